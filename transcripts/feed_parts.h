/* feed_parts.h - a feed while it is made, for feed*.c alone: what goes into it (feed_select.c, feed_pieces.c), what is
 * said of it as a whole (feed_head.c), and who writes it (feed_rss.c, feed_atom.c, feed_json.c).
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_PARTS_H
#define TRANSCRIPTS_FEED_PARTS_H

#include "transcripts/archive_parts.h"
#include "transcripts/feed_address.h"

/* An item that goes into the feed. */
struct feed_piece {
	struct archive_item *item;    /* owned */
	struct document *parts;       /* owned; feed_piece_parts reads it when it is first needed */
	int64_t date_ms;
	char *guid;                   /* owned */
	char *media_url;              /* owned; NULL without a recording */
	const char *mime;
	int64_t media_bytes, duration_ms;
	char *artwork, *artwork_url;  /* owned: its picture's file in the site (NULL elsewhere), its address; NULL: none */
	struct buf notes, short_notes; /* feed_notes: once rendered */
	char *moments;                /* owned: HTML of what a search found in it; NULL */
	bool is_locked;               /* was published before */
	bool is_trailer;              /* a show's */
	bool is_lent, has_lent_parts; /* what is owned above is another's (feed_items.c): all but parts, notes and moments; parts */
};

struct feed {
	struct archive *archive;
	const struct feed_site *site;
	const struct feed_request *request;
	void (*fault)(void *data, const char *path, const char *text);
	void *data;
	struct feed_piece *pieces;    /* newest first, each GUID and each media file once */
	size_t n, _room;
	struct buf *out;
	/* The head. */
	struct feed_show show;        /* what is said of this feed: the show's own, or made up for what is none */
	const char *title;            /* the channel's: the show's, with a season's or track's name */
	char *url, *rss_url, *link;   /* owned: the document's own address, the RSS form's without page, the page to look at */
	char *artwork, *image_url;    /* owned; the picture's file in the site, its address; NULL: none */
	size_t n_moved;
	bool is_podcast;              /* a show: Apple's rules are reported */
	bool has_podcast_urls;        /* addresses of this site may stand in podcast: tags */
	/* Pages: the first and last piece of this document, and how many archives there are. */
	size_t first, end, n_pages;
	char **_owned;                /* texts that were made for the head */
	size_t _n_owned;
};

/* ---- what goes in ---- */

/* Fills pieces. E_GONE: there is no such feed. E_DENIED: refused by the gate; diff says why. */
enum err feed_select(struct feed *f, struct feed_diff *diff, struct why *why) NODISCARD;
/* A show's or conference's, before a season or track is picked, with GUIDs, against what was published. */
enum err feed_collect(struct feed *f, enum feed_kind kind, const char *name, struct feed_diff *diff, struct why *why)
	NODISCARD;
void feed_piece_finish(struct feed_piece *p);
/* feed_items.c: fills pieces with what was collected before. False: it wasn't. */
bool feed_items_lend(const struct feed_site *site, enum feed_kind kind, const char *name, struct feed *f);
const struct document *feed_piece_parts(struct feed *f, struct feed_piece *p);
/* The item's recording and picture; false: it has none that a player could fetch. */
bool feed_take_media(struct feed *f, struct feed_piece *p);
/* Entries of renamed files go to their new slugs. */
void feed_follow_renames(struct feed *f, const char *space);
/* Both owned by the caller. */
void feed_note_artwork(struct feed *f, const char *image, const char *path, char **file, char **url);

/* ---- the head ---- */

/* E_GONE: there is no such show, conference or person. Before feed_select. */
enum err feed_head(struct feed *f, struct why *why) NODISCARD;
void feed_pages(struct feed *f); /* after feed_select: which pieces this document has */
void feed_finish(struct feed *f);
/* The address of page number (0: the feed itself) in this form; owned by the caller. */
char *feed_page_url(const struct feed *f, size_t page);
const char *feed_language(const struct feed *f);

/* ---- the writers ---- */

void feed_write_rss(struct feed *f);
void feed_write_rss_item(struct feed *f, struct feed_piece *p);
/* What RSS and Atom items have in common: transcripts, chapters, people ... of the podcast and psc namespaces. */
void feed_write_podcast_item(struct feed *f, struct feed_piece *p, const char *indent);
void feed_write_podcast_channel(struct feed *f);
void feed_write_community(struct feed *f);
/* path: of the file that says so. */
void feed_write_comments(struct feed *f, const char *indent, const struct feed_comments *x, const char *path);
/* podcast:image; file: the picture's in the site, or NULL. */
void feed_write_picture(struct feed *f, const char *indent, const char *file, const char *url, const char *path);
void feed_write_live(struct feed *f);
/* RFC 5005: archives (4) for those who know them, and the same as pages (3), of which the feed is the first. */
void feed_write_pages(struct feed *f, const char *indent, void (*link)(struct feed *f, const char *rel, const char *url));
void feed_write_atom(struct feed *f);
void feed_write_json(struct feed *f);
/* The notes in what a feed allows: whole, and in at most FEED_DESCRIPTION_MAX bytes, which Apple and PSP-1 take of a
 * description. Live as long as the piece. */
enum { FEED_DESCRIPTION_MAX = 4000 };
struct span feed_notes(const struct feed *f, struct feed_piece *p, const char *page_url);
struct span feed_short_notes(const struct feed *f, struct feed_piece *p, const char *page_url);
bool feed_has_notes(const struct feed_piece *p);
/* The short notes with the item's chapters as lines that Apple reads, where it has three and more: from the
 * start on; the start alone where the notes tell all the others. Appended. */
void feed_described(struct feed *f, struct feed_piece *p, const char *page_url, struct buf *html);
bool feed_has_chapters(struct feed *f, struct feed_piece *p); /* that are shown */
char *feed_item_url(const struct feed *f, const struct archive_item *item); /* owned by the caller */
const char *feed_item_title(const struct archive_item *item);
const char *feed_episode_type(struct feed *f, struct feed_piece *p);
bool feed_is_trailer(struct feed *f, const struct archive_item *item); /* without reading all of its parts */
/* The item's other recordings: calls each with address, type, bytes (0: not known), height, language. */
void feed_each_alternative(struct feed *f, struct feed_piece *p, void (*each)(struct feed *f, const char *url,
	const char *type, const struct document_media *m));
/* A licence as Podcasting 2.0 lists it: "cc-by-4.0"; false: none of those, then it needs an address. */
bool feed_license_id(const char *license, struct buf *id);

/* ---- helpers of all ---- */

void feed_report(const struct feed *f, const char *path, const char *format, ...) PRINTF(3, 4);
bool feed_says(const char *text); /* neither NULL nor blank */
bool feed_is_web_url(const char *text);
/* May this address stand in a podcast: tag? Only https: may; else it is reported, as `what` of path. */
bool feed_is_podcast_url(const struct feed *f, const char *url, const char *path, const char *what);
/* The last part of a path or URL: /media/ is flat, and so are its names. */
const char *feed_base_name(const char *path);
/* Owned by the caller. */
char *feed_media_path(const struct feed *f, const char *name);
char *feed_media_url(const struct feed *f, const char *name);

#endif
