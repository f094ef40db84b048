/* planet_store.h - the planet's store, SITE/var/planet.db: feeds with the state of their fetching, and the entries that
 * came with them. Not derived from the site's files: a feed forgets its old entries, this doesn't. One struct planet
 * belongs to one thread: one writer a process, any number of readers. Blocking.
 *
 * An entry is told apart by its feed and its original id. It is shown by its own date, but never by one later than
 * when it was first seen; one without a date by that moment. What it is shown by stays when it is changed later.
 * A feed that is no longer wanted keeps its entries; they are shown no more. Of a feed at most PLANET_KEPT entries
 * are kept.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_STORE_H
#define TRANSCRIPTS_PLANET_STORE_H

#include "transcripts/planet_feed.h"

enum { PLANET_KEPT = 5000 };

struct planet_store;

/* folder: the site's var/, made when missing. E_FORMAT: a newer version, or not a database. */
enum err planet_store_open(const char *folder, struct planet_store **store, struct why *why) NODISCARD;
/* For reading only. E_GONE when there is none yet. */
enum err planet_store_open_reader(const char *folder, struct planet_store **store, struct why *why) NODISCARD;
void planet_store_close(struct planet_store *s); /* accepts NULL */

enum planet_state {
	PLANET_WAITING, /* never fetched */
	PLANET_WELL,
	PLANET_FAILING,
	PLANET_GONE,    /* 410: not asked for any more */
	PLANET_FILE,    /* entries that were imported from a file; nothing to fetch */
};
const char *planet_state_name(enum planet_state state);

struct planet_source {
	int64_t id;
	char *url;    /* as configured */
	char *at;     /* where it is fetched now: url, or where a permanent redirect led */
	char *slug;   /* in its page's address; stays */
	char *name;   /* as configured, else the feed's own title, else its host */
	char *page, *feed_id, *author, *language, *rights, *kind, *subtitle;
	char *etag, *last_modified, *error; /* error: what is wrong; what to do. "" while well */
	char *via;    /* the list that named it, "" */
	enum planet_state state;
	int status;   /* of the last answer; 0 none */
	int n_failures; /* in a row */
	uint64_t body_hash;
	int64_t checked_ms, succeeded_ms, changed_ms, next_ms; /* INT64_MIN: never; next_ms: not before */
	int64_t newest_ms; /* its newest entry's date; INT64_MIN without one */
	size_t n_entries;
	bool is_list; /* OPML: names other feeds */
	bool wanted;
};

struct planet_wanted {
	const char *url, *name; /* name: "" where the feed's own title is to stand */
};
/* What the configuration names: these, and those that a list among them named, and no others are wanted from now on;
 * new ones are added. One that was gone (410) and is taken out is asked again when it is named anew. */
enum err planet_want(struct planet_store *s, const struct planet_wanted *wanted, size_t n, struct why *why) NODISCARD;
/* What a list that was fetched (OPML) names; one that the configuration names too stays as it is there. */
enum err planet_want_list(struct planet_store *s, const char *list_url, const struct planet_subscription *subscriptions,
	size_t n, struct why *why) NODISCARD;
/* All that are wanted, by name; imported files' too. *sources owned: planet_sources_free. */
enum err planet_sources(struct planet_store *s, struct planet_source **sources, size_t *n, struct why *why) NODISCARD;
void planet_sources_free(struct planet_source *sources, size_t n);

/* The outcome of asking for a feed once. */
struct planet_update {
	enum planet_state state;
	int status, n_failures;
	const char *error, *etag, *last_modified; /* NULL: stays as it is; error "" when well */
	const char *at;                           /* NULL: stays */
	uint64_t body_hash;
	int64_t now_ms, next_ms;
	const struct planet_feed *feed;           /* NULL: nothing new */
};
/* One transaction. n_new: entries that weren't there before. E_GONE: the feed isn't there. */
enum err planet_update(struct planet_store *s, int64_t source, const struct planet_update *u, size_t *n_new,
	struct why *why) NODISCARD;

/* Entries of a file that was imported: path is what it is known by, names tell its feeds apart (a planet's page holds
 * several). Replaces what the path gave before. */
enum err planet_put_file(struct planet_store *s, const char *path, uint64_t hash, struct planet_feed *const *feeds,
	size_t n, int64_t now_ms, struct why *why) NODISCARD;
/* True when this path gave entries when it had this hash; how many, of how many feeds. */
bool planet_has_file(struct planet_store *s, const char *path, uint64_t hash, size_t *n_entries, size_t *n_feeds);
enum err planet_remove_file(struct planet_store *s, const char *path, struct why *why) NODISCARD;
/* Calls each for the path of every file that gave entries. */
enum err planet_each_file(struct planet_store *s, void (*each)(void *data, const char *path), void *data,
	struct why *why) NODISCARD;

/* An entry as it is shown. Texts borrowed from the post. */
struct planet_post {
	int64_t id, source;
	const char *guid, *url, *title, *author, *author_email, *author_url, *language, *image, *content, *summary,
		*source_title, *source_url, *source_id, *rights, *tags, *enclosures; /* tags, enclosures: JSON lists */
	const char *feed_slug, *feed_name, *feed_page, *feed_url, *feed_id, *feed_author, *feed_rights, *feed_language;
	int64_t shown_ms, updated_ms, published_ms; /* the last two INT64_MIN: not said */
	char *_block;
};
/* Newest first; slug NULL: of all feeds. E_GONE: no wanted feed has that slug. */
enum err planet_posts(struct planet_store *s, const char *slug, size_t limit, size_t offset, struct planet_post **posts,
	size_t *n, size_t *total, struct why *why) NODISCARD;
/* How many of the feed's posts stand before this one; 0 when it isn't there. */
size_t planet_post_place(struct planet_store *s, const char *slug, int64_t id);
void planet_posts_free(struct planet_post *posts, size_t n);

/* The same as long as pages made from this store would be. */
enum err planet_fingerprint(struct planet_store *s, uint64_t *fingerprint, struct why *why) NODISCARD;
/* When anything last changed, for ETags and feeds; INT64_MIN: never. */
int64_t planet_changed_ms(struct planet_store *s);

struct search_request;
struct search_result;
/* Whether a search is for posts: kind "post", or kind:post in the query. All others are for recordings. */
bool planet_search_is_meant(const struct search_request *request);
/* The search over entries (kind "post" in a search's answers): all words, in any of their forms, best first. Filters by
 * show, conference and recording match no post; speaker: is the author. A hit has no moments, since nothing was spoken;
 * its summary has the words around the best match. */
enum err planet_search(struct planet_store *s, const struct search_request *request, struct search_result **result,
	struct why *why) NODISCARD;

#endif
