/* feeds.h - the site's feeds while it is served: their documents, what the gate refused, when each last changed. What was
 * served last is kept in var/feeds, so that a refused feed goes on as it was. Any thread, but for opening and closing.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_FEEDS_H
#define SERVER_FEEDS_H

#include "server/config.h"
#include "transcripts/feed_address.h"

struct feeds;
struct media_store;

/* Damage in feeds.lock is printed, and the feeds are closed then: feeds_are_open is false. allow_removal: until
 * feeds_check has run once, what the gate would refuse is done. */
struct feeds *feeds_create(const struct config *config, bool allow_removal);
void feeds_destroy(struct feeds *f); /* accepts NULL */
bool feeds_are_open(const struct feeds *f);
/* What is known of the recordings, for their chapters (may be NULL); before other threads come. */
void feeds_use_media(struct feeds *f, struct media_store *media);

struct feed_document {
	const char *type;   /* media type */
	int64_t changed_ms; /* when these bytes were first served, whole seconds */
	const char *hub;    /* to be told of in Link, or NULL */
	bool is_old;        /* the gate refused the new one */
};
/* Writes one, or what was served before where the gate refuses. E_GONE: no such feed; E_AGAIN: refused, and nothing
 * was kept; E_DENIED: the feeds aren't open. fault as for feed_write. */
enum err feeds_document(struct feeds *f, struct archive *archive, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_document *document, struct why *why) NODISCARD;
/* For `publish`, which writes every feed. First what a show's or conference's feeds have is collected (whole: its whole feed),
 * once for all of them, and the gate is asked. E_DENIED: refused, E_GONE: there is none. Any number of threads, each with
 * another show or conference. */
enum err feeds_collect(struct feeds *f, struct archive *archive, const struct feed_request *whole,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct why *why) NODISCARD;
/* When all are collected, any number of threads write them: each feed in all its forms, which `made` gets, borrowed. fault hears
 * what is found while writing, and what validators miss. */
enum err feeds_for_files(struct feeds *f, struct archive *archive, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data,
	void (*made)(void *made_data, enum feed_form form, struct span document), void *made_data, struct why *why) NODISCARD;
void feeds_forget_collected(struct feeds *f); /* when no feed is written any more */
/* After an import: every show's feed, and every feed that was ever asked for, against what was published; the faults are
 * told, the hub is told of what has changed. Blocking, a worker's thread. */
void feeds_check(struct feeds *f, struct archive *archive, void (*fault)(void *data, const char *path, const char *text),
	void *data);

/* The shows and "conference/NAME"s with something published, whether they are still there or not. Owned by the caller (free);
 * the names live as long as f. */
const char **feeds_known(struct feeds *f, size_t *n);

/* Calls each for every feed that the gate refuses now: its show or "conference/NAME", and why. Returns how many. */
size_t feeds_refused(struct feeds *f, void (*each)(void *data, const char *space, const char *text), void *data);

/* For a command: what is gone from the archive may leave its feed; nothing else is published. Tells each feed that loses
 * something. */
void feeds_let_go(const struct config *config, struct archive *archive,
	void (*told)(void *data, const char *space, const char *text), void *data);

/* A show that has moved away (new_feed_url) sends its subscribers there: 301, as Apple and the others want it. NULL: it hasn't;
 * one that has just moved here may name its feed's very address. Borrowed. */
const char *feeds_moved_to(const struct config *config, const struct config_show *show);

struct feed_counts {
	uint64_t refused, announced, failed_announcements;
};
struct feed_counts feeds_counts(struct feeds *f);

#endif
