/* archive.h - the archive's store: shows' episodes, conferences' talks and loose transcripts with their turns and cues,
 * in var/archive.db, derived from the site's files and rebuilt from them at will. What surrounds them (conferences,
 * people, chapters, links, media) is archive_parts.h's. The searchable text is one FTS5
 * document an item, so that phrases cross cues; each cue knows the number of its first token in it, so that a match
 * gives its exact cue and second. One struct archive belongs to one thread: one writer a database, any number of
 * readers. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_H
#define TRANSCRIPTS_ARCHIVE_H

#include "transcripts/document.h"

struct archive;

/* folder: the site's var/, made when missing. A database of an older version is emptied: the files are the truth.
 * E_FORMAT: a newer version, or not a database. */
enum err archive_open(const char *folder, struct archive **archive, struct why *why) NODISCARD;
/* For reading only. E_GONE when nothing was imported yet. */
enum err archive_open_reader(const char *folder, struct archive **archive, struct why *why) NODISCARD;
void archive_close(struct archive *a);
/* A reader: all that is read from now on until it is let go or closed is of one moment, and costs no lock each time. */
enum err archive_hold(struct archive *a, struct why *why) NODISCARD;
void archive_let_go(struct archive *a);

enum archive_kind {
	ARCHIVE_TRANSCRIPT, /* that no episode and no talk claims */
	ARCHIVE_EPISODE,
	ARCHIVE_TALK,
};

/* One transaction an item: replaces what this path and part gave before. show: resolved name, "" for a talk and for a
 * loose transcript in no show; conference: "" but for a talk. E_DENIED: another has this place and slug (why names
 * both); nothing was changed. */
struct archive_prepared;
struct archive_file {
	const char *path;    /* as the site knows it: relative to the site, or absolute for one elsewhere */
	const char *part;    /* the record's key in a file that holds many; NULL or "" for a file that is one document */
	uint64_t content_hash; /* of the file's bytes */
	const char *transcript_path; /* the file of the transcript joined to it, or NULL */
	uint64_t transcript_hash;
	const char *chapters_path; /* the same for a file of chapters */
	uint64_t chapters_hash;
	const char *show, *conference, *slug; /* conference NULL or "": none */
	const struct document *document;
	const struct transcript *transcript; /* the joined one; NULL: the document's own */
	const struct document *chapters;     /* the file of chapters; NULL: the document's own count */
	const struct archive_prepared *prepared; /* of the document (archive_prepare.h); NULL: it is done now */
	bool is_again;       /* document is what the archive had, not what the file says */
};
enum err archive_put(struct archive *a, const struct archive_file *file, struct why *why) NODISCARD;
/* True when this path (also that of joined transcript or chapters) is in with this hash: nothing to do. */
bool archive_has(struct archive *a, const char *path, uint64_t content_hash);
/* The same for many files on any thread, as it is now. Owned. */
struct archive_hashes;
struct archive_hashes *archive_hashes_read(struct archive *a);
bool archive_hashes_have(const struct archive_hashes *known, const char *path, uint64_t content_hash);
void archive_hashes_free(struct archive_hashes *known); /* accepts NULL */
/* Takes a path out with all that it gave (its file vanished and the owner said so). */
enum err archive_remove(struct archive *a, const char *path, struct why *why) NODISCARD;
/* What is put or removed between begin and commit reaches the disk together, for speed; after a failed put (but
 * E_DENIED) only archive_rollback may follow. */
enum err archive_begin(struct archive *a, struct why *why) NODISCARD;
enum err archive_commit(struct archive *a, struct why *why) NODISCARD;
void archive_rollback(struct archive *a);
/* From now on what is put isn't searched until archive_settle is called on an archive without this: for files alone no index is
 * needed, and it is half of an import's work. What an index was there for stays right. */
void archive_defer_index(struct archive *a);
/* Does somebody who wants to search have to call archive_settle first? */
bool archive_awaits_index(struct archive *a);
/* After a run of changes: makes the index of what was deferred, merges it where it pays, and counts the vocabulary, which
 * did-you-mean and ranking use; on an archive that defers it only notes that all this waits. Does nothing when nothing
 * has changed. */
enum err archive_settle(struct archive *a, struct why *why) NODISCARD;

/* What is known of a path that gave an item. */
struct archive_known {
	uint64_t content_hash, transcript_hash, chapters_hash;
	enum archive_kind kind;
	bool has_transcript, says_show; /* says_show: the file names its show itself */
	bool says_chapters; /* it has chapters of its own that are more than lines of its notes */
	size_t n_turns, n_cues;
	char *show, *slug, *transcript_path, *chapters_path; /* owned; a path is NULL without such a file */
	char *transcript_file, *chapters_file; /* as the episode's head names them, "" where it doesn't */
};
/* False when this path gave no item by itself (a file that holds many is archive_parts.h's). */
bool archive_known(struct archive *a, const char *path, struct archive_known *known);
void archive_known_finish(struct archive_known *known);
/* The path of the item with this show and slug, or of the item that this file of a transcript or of chapters is joined
 * to; owned by the caller, NULL when there is none. */
char *archive_path_of(struct archive *a, const char *show, const char *slug);
char *archive_path_joined_to(struct archive *a, const char *path);
/* Calls each(path) for every file in the archive, joined ones too, by path. */
enum err archive_each_path(struct archive *a, void (*each)(void *data, const char *path), void *data,
	struct why *why) NODISCARD;

enum { ARCHIVE_SUMMARY_BYTES = 500 };
/* Reading. Text is borrowed from the item, which the caller owns and frees. */
struct archive_item {
	int64_t id;
	enum archive_kind kind;
	const char *path, *part, *show, *conference, *slug, *title, *author, *description, *image, *guid, *media_file, *youtube,
		*language, *license, *page_url, *room, *track, *session,
		*summary; /* how its notes begin, as a line of plain text: up to ARCHIVE_SUMMARY_BYTES */
	int64_t media_bytes, duration_ms, published_ms; /* published_ms INT64_MIN = not said */
	int64_t season, episode;
	bool published, explicit_, is_opted_out, has_notes;
	size_t n_turns, n_cues;
	size_t n_untimed; /* cues of which nobody knows when they were said */
	uint64_t content_hash;
	char **tags;
	size_t n_tags;
	char *_block; /* private */
};
/* An episode or loose transcript; show NULL: any. NULL when there is none. */
struct archive_item *archive_find(struct archive *a, const char *show, const char *slug);
struct archive_item *archive_find_talk(struct archive *a, const char *conference, const char *slug);
/* A show's, newest first; show NULL: all shows'. episodes_only leaves loose transcripts out. *items owned, each freed by
 * archive_item_free. */
enum err archive_list(struct archive *a, const char *show, bool episodes_only, size_t limit, size_t offset,
	struct archive_item ***items, size_t *n, struct why *why) NODISCARD;
/* A conference's in the order of its programme: day and time, then title; conference NULL: all, newest first. */
enum err archive_list_talks(struct archive *a, const char *conference, size_t limit, size_t offset,
	struct archive_item ***items, size_t *n, struct why *why) NODISCARD;
void archive_item_free(struct archive_item *item);
/* Its page's path: "/shows/SHOW/SLUG", "/conferences/NAME/SLUG", or "/transcripts/SLUG" without a show;
 * percent-encoded. */
void archive_item_path(struct buf *out, const struct archive_item *item);
/* By its number; NULL when there is none. */
struct archive_item *archive_item_by_id(struct archive *a, int64_t id);
/* The file that the item's transcript, its chapters came from, where it is another than the item's; owned by the caller,
 * or NULL. */
char *archive_transcript_path(struct archive *a, int64_t item_id);
char *archive_chapters_path(struct archive *a, int64_t item_id);
/* Its notes as they were written, where the archive has the item. Appended. */
bool archive_notes(struct archive *a, int64_t item_id, struct buf *markdown);
/* Its notes as its page shows them, and as notes_finish_feed_html completes them: appended. False: it has none. */
bool archive_page_notes(struct archive *a, int64_t item_id, struct buf *html);
bool archive_feed_notes(struct archive *a, int64_t item_id, struct buf *html);
/* The item's transcript, owned by the caller; NULL without one. */
struct transcript *archive_transcript(struct archive *a, int64_t item_id);

#endif
