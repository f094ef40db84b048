/* takeover.h - somebody's show, as its feed has it, on its way to become a site's own: `carillon import --from-feed`.
 * What is read: RSS, Atom and JSON Feed of every age (collection_feed*.c), page for page (RFC 5005). What comes out:
 * episodes under slugs that stay the same when it is done again, their pages (front matter and Markdown), and the show
 * as an entry of carillon.yaml. Nothing here touches the network or a file. One thread at a time.
 *
 * An episode is an item with a recording. Its GUID is the feed's, letter for letter; one without goes by its enclosure's
 * address, as Apple has it. An item whose GUID stood already is the same one again, unless its recording is another.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TAKEOVER_H
#define TRANSCRIPTS_TAKEOVER_H

#include "transcripts/document.h"
#include "transcripts/feed_show.h"

enum { TAKEOVER_FILE_BYTES = 64 << 20, TAKEOVER_PAGES = 500, TAKEOVER_EPISODES = 20000 };

struct takeover {
	struct feed_show show;       /* name is the caller's; texts live as long as the takeover */
	char *feed_url;              /* its own idea of its address; "" */
	char *other_categories;      /* what Apple's first one isn't, for a comment; "" */
	struct document **episodes;  /* the feed's order; notes are Markdown, addresses absolute */
	size_t n;
	size_t n_without_guid, n_doubles, n_without_recording;
	char **_owned;
	void **_lists;
	size_t _n_owned, _n_lists;
	bool _has_show;
};

/* Where one document of the feed leads; owned texts, "" where it doesn't say. */
struct takeover_links {
	char *next, *previous, *moved_to; /* RFC 5005's next and prev-archive (JSON Feed's next_url); itunes:new-feed-url */
};

struct takeover *takeover_create(void);
void takeover_destroy(struct takeover *t); /* accepts NULL */
/* Adds what one document of the feed has. The first one tells of the show. url: where it was read, "" for a file.
 * E_FORMAT: it is no feed; why says what it is. links is filled in any case; takeover_links_finish. */
enum err takeover_add(struct takeover *t, struct span bytes, const char *url, const struct dialect_faults *faults,
	struct takeover_links *links, struct why *why) NODISCARD;
void takeover_links_finish(struct takeover_links *links);

/* A feed without a podcast:guid has one all the same: the directories made it from its address. It moves along. */
void takeover_assume_guid(struct takeover *t, const char *feed_url);

/* What a site has of the show already: which slug a GUID has, which slugs are taken. */
struct takeover_known {
	const char *(*slug_of)(void *data, const char *guid); /* NULL: it is new */
	bool (*is_taken)(void *data, const char *slug);
	void *data;
};
/* Gives every episode its slug, the oldest first: from its page's address or its title. */
void takeover_name(struct takeover *t, const struct takeover_known *known);
/* A file's name in ASCII for an episode or a show; owned by the caller. */
char *takeover_file_name(const char *slug, const char *guid);
/* A name for the show: small letters, digits and hyphens of ASCII; owned by the caller. */
char *takeover_show_name(const struct takeover *t);

/* How an episode's page shall stand in the site. */
struct takeover_page {
	const char *show;
	const char *media_file;  /* in media/; NULL: where it is */
	int64_t media_bytes;     /* of that file, or as the server says it; 0: as the feed has it */
	const char *media_type;  /* where the feed has none; NULL */
	const char *image;       /* in media/; NULL: the feed's, where it isn't the show's */
	bool has_chapters_file;  /* its chapters lie in transcripts/: those of the feed aren't needed */
};
/* Appends episodes/SLUG.md. */
void takeover_write_page(const struct takeover *t, const struct document *d, const struct takeover_page *page,
	struct buf *out);
/* Appends the show as an entry of `shows:`, each line indented by two blanks. image: in the site, or NULL. */
void takeover_write_show(const struct takeover *t, const char *name, const char *image, struct buf *out);

/* "key: value" for YAML: plain where that is safe, else in double quotes. */
void takeover_add_scalar(struct buf *out, struct span value);

#endif
