/* planet_feed.h - somebody's feed as the planet takes it: RSS 0.9 to 2.0, RSS 1.0 and 1.1 (RDF), Atom 0.3 and 1.0, CDF,
 * JSON Feed 1.0 and 1.1, OPML (a list of other feeds). Entries keep their original ids; texts are cleaned HTML
 * (planet_clean.h), titles and names plain text, addresses absolute. Broken XML gives what can be read of it. Pure;
 * any thread.
 *
 * Relative addresses: from xml:base; without one from the feed's address (Atom, RFC 4287 2), or from its page (RSS).
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_FEED_H
#define TRANSCRIPTS_PLANET_FEED_H

#include "transcripts/dialect.h"

enum { PLANET_FEED_BYTES = 5 << 20 /* craft.md P3 */, PLANET_ENTRIES_MAX = 5000 };

struct planet_enclosure {
	char *url, *type;
	int64_t bytes; /* 0: not said */
};

/* Texts are owned and never NULL, "" where nothing is said; times are INT64_MIN then. */
struct planet_entry {
	char *guid;             /* the feed's own, letter for letter; else its page's or enclosure's address,
	                         * else a hash of it */
	char *url, *title, *author, *author_email, *author_url, *language, *image;
	char *content, *summary; /* clean HTML; content is the fullest text, summary a shorter one that differs */
	char *source_title, *source_url, *source_id; /* where the entry came from, when the feed is itself a planet */
	char *rights;
	int64_t published_ms, updated_ms;
	char **tags;
	struct planet_enclosure *enclosures;
	size_t n_tags, n_enclosures;
};

struct planet_subscription {
	char *url, *title, *page;
};

struct planet_feed {
	const char *kind;  /* "RSS 2.0", "Atom 1.0", "JSON Feed 1.1", "OPML" ... */
	char *title, *subtitle, *url, *id, *author, *author_email, *language, *image, *rights;
	char *self, *moved_to;   /* its own idea of its address; itunes:new-feed-url */
	int64_t updated_ms;
	int64_t ttl_ms;          /* how long it may be kept, as the feed says (ttl, sy:updatePeriod); 0: it doesn't */
	struct planet_entry *entries; /* in the feed's order */
	struct planet_subscription *subscriptions; /* OPML only */
	size_t n_entries, n_subscriptions;
	size_t n_left_out;       /* entries over PLANET_ENTRIES_MAX, or of an id that stood in it already */
};

struct planet_input {
	struct span bytes;
	struct span type;        /* Content-Type as it was sent; "" when unknown */
	const char *url;         /* where it was read from, after redirects; "" */
	const struct dialect_faults *faults; /* may be NULL */
};

/* *out is owned by the caller; NULL on E_FORMAT (no feed: why says what it is and what to do), E_LIMIT, E_DENIED. */
enum err planet_feed_read(const struct planet_input *in, struct planet_feed **out, struct why *why) NODISCARD;
void planet_feed_destroy(struct planet_feed *f); /* accepts NULL */

#endif
