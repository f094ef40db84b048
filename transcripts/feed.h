/* feed.h - feeds, written from the archive: RSS 2.0 with the itunes, content, atom, podcast and psc namespaces (Apple
 * 823, PSP-1, Podcasting 2.0), Atom, JSON Feed 1.1; of a show, a season, a conference, a track, a person, a search. The
 * same archive, media and feeds.lock give the same bytes; only a live programme's status follows the clock. An item has
 * the same GUID in every feed. Blocking; a worker's thread.
 * Where the show's configuration lacks something, description and author fall back to the title, language to en, image
 * and category to nothing; all but the author are reported, since Apple refuses such a feed. It is valid all the same.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_H
#define TRANSCRIPTS_FEED_H

#include "base/buf.h"
#include "transcripts/archive.h"
#include "transcripts/feed_gate.h"
#include "transcripts/feed_lock.h"
#include "transcripts/feed_show.h"
#include "transcripts/search.h"

/* More items than twice this are put into pages (RFC 5005): archives of so many that never change again, and the feed
 * itself with the newest, at least so many. Few players follow pages, so they are large. */
enum { FEED_PAGE_ITEMS = 500, FEED_SEARCH_ITEMS = 1000 };

struct media_store;
struct feed_items;

struct feed_site {
	const char *folder;       /* media are looked up in folder/media, by their file names */
	const char *base_url;     /* without final '/' */
	const char *title;        /* the site's */
	const struct feed_show *shows;
	size_t n_shows;
	struct feed_lock *lock;   /* GUIDs and dates once published; saved here before a feed is handed out */
	struct feed_lock *served; /* what this machine served last; may be NULL */
	const char *hub;          /* WebSub's, or NULL */
	struct media_store *media; /* for chapters that lie in recordings; may be NULL */
	bool allow_removal;       /* what the gate would refuse is done */
	bool lints;               /* shows' RSS is looked at by feed_lint.h; what it finds is told as a fault */
	bool adds_nothing;        /* what is new isn't published by it: for a command that only lets go */
	struct feed_items *const *items; /* of these feeds what they have is known (feed_items_collect) */
	size_t n_items;
};

enum feed_kind { FEED_SHOW, FEED_CONFERENCE, FEED_PERSON, FEED_SEARCH };
enum feed_form { FEED_RSS, FEED_ATOM, FEED_JSON, FEED_FORMS };

/* Which feed; feed_address.h reads one from a path. */
struct feed_request {
	enum feed_kind kind;
	enum feed_form form;
	const char *name;         /* a show's or conference's; a person's slug */
	int64_t season;           /* a show's; 0 = all */
	const char *track;        /* a conference's, as a slug; NULL = all */
	size_t page;              /* 1 = the oldest archive; 0 = the feed itself */
	struct span query;        /* a search's address after '?', as it was asked for */
	const struct search_request *search;
};

struct feed_written {
	size_t n_items;           /* in this document */
	struct feed_diff diff;    /* against what was published; shows and conferences only. The caller's to finish */
};

/* Episodes without a media file (one of the site, or an address or a path elsewhere whose size the front matter says), or
 * not published, are left out; talks without one are items all the same. An item without a date has that of its first
 * publication. `fault` (may be NULL) hears, in one sentence each, what was left out and what Apple, PSP-1 or the podcast
 * namespace would miss: path is the item's file, "carillon.yaml" or "feeds.lock".
 * E_GONE: there is no such show, conference, person, season, track or page. E_DENIED: the gate refused (feed_gate.h),
 * written->diff says why; nothing was written or published. E_IO ...: the archive can't be read. */
enum err feed_write(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_written *written, struct why *why) NODISCARD;
/* The same in all forms, one after the other, with items that are looked up and notes that are read once. `made` gets each,
 * borrowed. request->form isn't looked at. */
enum err feed_write_forms(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data,
	void (*made)(void *made_data, enum feed_form form, struct span document), void *made_data,
	struct feed_written *written, struct why *why) NODISCARD;

/* For who writes many: what a show's or conference's feeds have (whole: its whole feed), looked up and compared with what was
 * published once for all of them, and for those of people. Errors and faults are feed_write's but for what is found while
 * writing; with it in feed_site neither comes a second time. Doesn't change any more: any number of threads may write from
 * it, each with its own archive. */
enum err feed_items_collect(struct archive *a, const struct feed_site *site, const struct feed_request *whole,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct feed_items **items,
	struct feed_diff *diff, struct why *why) NODISCARD;
void feed_items_free(struct feed_items *items); /* accepts NULL */

/* "bells", "conference/pycon": where feeds.lock keeps a show's or conference's; owned by the caller. */
char *feed_space(enum feed_kind kind, const char *name);
const char *feed_media_type(enum feed_form form); /* for Content-Type */

/* UUIDv5 of the feed's URL without scheme and trailing slashes, in podcast:guid's namespace. 36 characters and NUL. */
void feed_podcast_guid(const char *feed_url, char out[37]);
/* The GUID of an item that brings none: UUIDv5 of its slug within its feed's. Not random, so that even a site that
 * can't keep its feeds.lock gives the same one again. */
void feed_item_guid(const char *feed_url, const char *slug, char out[37]);

#endif
