/* moving_in.h - `carillon import --from-feed`: somebody's show comes from its feed into this site's folder, as files that
 * its owner has from then on. What is there is never overwritten; done again, it adds what is new. Blocking; one thread.
 * Parts: moving_in_feed.c reads the feed, page for page, and follows it where it has moved; moving_in_site.c knows what the
 * site has; moving_in_files.c brings transcripts, chapters and recordings; moving_in.c does one episode after the other.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MOVING_IN_H
#define SERVER_MOVING_IN_H

#include <stdio.h>

#include "server/config.h"
#include "server/fetch.h"
#include "transcripts/feed_lock.h"
#include "transcripts/takeover.h"

struct moving_options {
	const char *site, *from; /* from: an address or a file */
	const char *show;        /* NULL: by the feed's title */
	bool media;              /* recordings and artwork come along */
	bool is_mine;            /* podcast:locked is overruled */
};

/* The exit code. *is_ready: the site knows the show, so that its files can be imported. */
int moving_in(const struct moving_options *options, bool *is_ready);

/* ---- between the parts ---- */

struct moving_page { /* that the site has */
	char *guid, *slug, *path, *media_file;
	int64_t media_bytes, published_ms;
	bool has_chapters, has_transcript; /* of its own, or names files that have them */
};

struct moving {
	const struct moving_options *options;
	struct config *config;   /* NULL: the site has none */
	char *show;              /* its name here */
	struct fetcher *fetcher;
	struct takeover *takeover;
	char *feed_url;          /* where the feed was read at last; "" for a file */
	bool may_be_private;     /* what the feed names may be at private addresses: it was there itself */
	struct feed_lock *lock;
	struct moving_page *pages;
	size_t n_pages;
	bool shows_progress;
	char **silent_hosts;     /* that didn't answer, once for each time */
	size_t n_silent_hosts;
	/* The account of it. */
	size_t n_feed_pages, n_written, n_there, n_transcripts, n_chapters, n_recordings, n_withdrawn, n_unfinished;
	int faults_before;
};

/* An answer that outlives the request; moving_answer_finish. */
struct moving_answer {
	enum fetch_outcome outcome;
	int status;
	struct buf body;
	char *url, *moved_to, *type; /* moved_to NULL: it hasn't */
	int64_t length;
	bool is_private;
	struct why why;
};
void moving_fetch(struct moving *m, const struct fetch_request *request, struct moving_answer *answer);
void moving_answer_finish(struct moving_answer *answer);
/* A host that didn't answer twice isn't waited for a thousand times. */
bool moving_is_silent(const struct moving *m, const char *url, struct why *why);
void moving_note_silence(struct moving *m, const char *url);
void moving_clear_progress(const struct moving *m);

/* False: there is no feed; told. *exit_code then. */
bool moving_read_feed(struct moving *m, int *exit_code);

/* What is in episodes/ and feeds.lock. False: feeds.lock can't be read; told. */
bool moving_read_site(struct moving *m);
const struct moving_page *moving_find_page(const struct moving *m, const char *guid);
/* The slugs of the takeover's episodes. */
void moving_name_episodes(struct moving *m);
/* The GUID and date as they were published. */
void moving_lock(struct moving *m, const char *slug, const char *guid, int64_t published_ms, const char *media_file,
	int64_t bytes);
/* The show: in carillon.yaml, which is made where there is none, or printed. True: the site knows it. image: in media/, or
 * NULL. */
bool moving_write_show(struct moving *m, const char *image);

/* Into transcripts/, what known (NULL: a page that is new) doesn't have. True where its chapters lie there now. */
bool moving_take_companions(struct moving *m, const struct document *d, const struct moving_page *known);
/* The recording, and its picture. *is_over: it may come in another run, so the page waits. */
void moving_take_recording(struct moving *m, const struct document *d, struct takeover_page *page, char **file,
	char **image, bool *is_waiting);
/* What the feed doesn't say of a recording its server may. */
void moving_ask_size(struct moving *m, struct document *d, struct takeover_page *page, char **type);
/* The show's artwork into media/; its path in the site, owned by the caller; NULL: it stays where it is. */
char *moving_take_artwork(struct moving *m);

#endif
