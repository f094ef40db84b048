/* archive_store.h - the archive's inside, for archive*.c and the search alone: its tables, and how cues and turns are
 * packed. All derived: raise ARCHIVE_VERSION on any change, and the next import rebuilds.
 *
 * items     an item a row: what the head of its file says, and which files it came from
 * chapters, links, media, credits   an item's parts, numbered from 0; chapters: its own, and those of another file
 * spoken_links  addresses that stand in the transcript, with their times
 * soundbites, numbered likewise; publishing: what only feeds say of an item, where its file says any of it
 * collections, conferences, person_records, show_records, subscriptions   what files of many records gave, by path
 * people, appearances   who is who, and in which items; made from credits and voices by the owner's rules
 * page_notes, feed_notes  an item's notes as its page has them, and as feeds complete them (notes.h), where it has any
 * refs      where an item speaks of another (archive_references.h); refs_read: the items that were looked at
 * mentions  where an item speaks of a person (archive_mentions.h), by the person's slug
 * state     single values by name
 * texts     what is searched, an item a row; the speech is all cue texts, each ended by a line feed but the last
 * spoken    the FTS5 index over texts, by reference; unindexed: the items that aren't in it yet
 * cues      packed, an item a row: cues (struct packed_cue, CUE_BYTES each) and turns (TURN_BYTES each)
 * voices    who speaks in an item, numbered from 1 as they first speak
 * takedowns the owner's rules about what must not be published; taken, taken_media: what they took (archive_takedown.h)
 * heard     what an import found out: language, sponsor reads (heard.h)
 * stems     the vocabulary's words that differ from their stem, by language and stem
 * pairs     words that often follow each other; names: people, conferences, titles, for suggestions (completion.h)
 * words     the vocabulary: each word's length in bytes, items that have it, times it occurs
 *
 * Packed numbers are 32 bits, little-endian. A page of results reads slices of texts and cues, never whole documents.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_STORE_H
#define TRANSCRIPTS_ARCHIVE_STORE_H

#include "base/buf.h"
#include "base/db.h"
#include "transcripts/archive.h"
#include "transcripts/tokens.h"

enum { ARCHIVE_VERSION = 11 };
/* Columns of spoken, in the order in which FTS5 gives a row's matches: speech last, since it has the most. */
enum { COLUMN_TITLE, COLUMN_PEOPLE, COLUMN_NOTES, COLUMN_CHAPTERS, COLUMN_SPEECH, COLUMN_COUNT };

enum archive_statement {
	SQL_BEGIN, SQL_BEGIN_READING, SQL_COMMIT,
	SQL_ITEM_ID, SQL_HOLDER, SQL_PATH_BY_SLUG, SQL_PATH_JOINED, SQL_JOINED, SQL_HAS, SQL_KNOWN,
	SQL_PUT_ITEM, SQL_PUT_TEXTS, SQL_PUT_PAGE_NOTES, SQL_PUT_FEED_NOTES, SQL_PUT_SPOKEN, SQL_PUT_UNINDEXED, SQL_PUT_CUES, SQL_PUT_VOICE, SQL_PUT_CHAPTER, SQL_PUT_LINK,
	SQL_PUT_SPOKEN_LINK, SQL_PUT_MEDIA, SQL_PUT_CREDIT, SQL_PUT_SOUNDBITE, SQL_PUT_PUBLISHING,
	SQL_PUT_HEARD, SQL_SET_SLUG, SQL_WISHES, SQL_WISH, SQL_SET_PEOPLE, SQL_SPOKEN_AGAIN,
	SQL_DELETE_SPOKEN, SQL_DELETE_UNINDEXED, SQL_DELETE_TEXTS, SQL_DELETE_CUES, SQL_DELETE_VOICES, SQL_DELETE_CHAPTERS,
	SQL_DELETE_LINKS, SQL_DELETE_SPOKEN_LINKS,
	SQL_DELETE_MEDIA, SQL_DELETE_CREDITS, SQL_DELETE_SOUNDBITES, SQL_DELETE_PUBLISHING,
	SQL_DELETE_HEARD, SQL_DELETE_REFERENCES, SQL_DELETE_MENTIONS, SQL_DELETE_REFERENCES_READ,
	SQL_DELETE_PAGE_NOTES, SQL_DELETE_FEED_NOTES,
	SQL_DELETE_ITEM,
	SQL_ITEMS_OF_PATH, SQL_OTHER_ITEMS_OF_PATH,
	SQL_PUT_COLLECTION, SQL_IS_COLLECTION, SQL_COLLECTION, SQL_PUT_CONFERENCE, SQL_PUT_PERSON_RECORD, SQL_PUT_SHOW_RECORD,
	SQL_PUT_SUBSCRIPTION,
	SQL_DELETE_COLLECTION, SQL_DELETE_CONFERENCES, SQL_DELETE_PERSON_RECORDS, SQL_DELETE_SHOW_RECORDS,
	SQL_DELETE_SUBSCRIPTIONS,
	SQL_ANY_TALK, SQL_ANY_PERSON, SQL_CONFERENCES, SQL_CONFERENCE, SQL_TALK_FOR, SQL_JOINED_TALK, SQL_CHAPTERED_TALK,
	SQL_GAVE, SQL_REF_NAME,
	SQL_CHAPTERS, SQL_SUMMARY, SQL_NOTES, SQL_PAGE_NOTES, SQL_FEED_NOTES, SQL_CONFERENCE_TITLE, SQL_LINKS, SQL_SPOKEN_LINKS, SQL_MEDIA, SQL_CREDITS,
	SQL_SOUNDBITES, SQL_PUBLISHING,
	SQL_PEOPLE, SQL_PERSON, SQL_APPEARANCES, SQL_PERSON_OF_NAME, SQL_REFERENCES_FROM, SQL_REFERENCES_TO,
	SQL_MENTIONS_FROM, SQL_MENTIONS_TO,
	SQL_STATE, SQL_SET_STATE,
	SQL_PATHS, SQL_FIND_ITEM, SQL_FIND_ITEM_ANY_SHOW, SQL_FIND_TALK, SQL_ITEM_BY_ID, SQL_LIST, SQL_LIST_TALKS,
	SQL_LIST_NEWEST_TALKS, SQL_SPEECH, SQL_CUES, SQL_VIEW, SQL_VOICES,
	SQL_DATA_VERSION, SQL_CATALOGUE, SQL_CATALOGUE_VOICES, SQL_CATALOGUE_PEOPLE, SQL_WORD, SQL_WORDS, SQL_STEM, SQL_WORDS_FROM,
	SQL_PAIRS_FROM, SQL_FOLLOWERS, SQL_NAMES_LIKE, SQL_SCAN,
	SQL_STATEMENTS,
};

struct catalogue;
struct people_rules;
struct search_scan;
struct takedown;

struct archive {
	sqlite3 *db;
	struct tokens *tokens;
	bool in_transaction;
	size_t n_changes;      /* by this connection, since archive_settle */
	bool defers_index;     /* archive_defer_index */
	bool is_stale;         /* ARCHIVE_STALE is set in this transaction or before */
	uint64_t generation;   /* counts this connection's changes */
	struct catalogue *catalogue;
	const struct takedown *takedown; /* borrowed while an importer runs, else NULL */
	const struct people_rules *takedown_people;
	char *built_at, *place; /* archive_build.h: where it lies, and where it shall; NULL: in its place */
	bool is_whole;         /* on the disk */
	sqlite3_stmt *statements[SQL_STATEMENTS];
};

#define ARCHIVE_FILE "archive.db" /* in var */

/* A new one, at a path where nothing is; see db_create_unshared. */
enum err archive_create_at(const char *path, struct archive **archive, struct why *why) NODISCARD;
enum err archive_open_reader_at(const char *path, struct archive **archive, struct why *why) NODISCARD;
void archive_build_close(struct archive *a); /* when its database is closed: into its place, or away */

/* The statement, reset and ready to bind; made when it is first asked for. */
sqlite3_stmt *archive_statement(struct archive *a, enum archive_statement which);
/* One step of a statement that gives no rows, then resets it. */
enum err archive_step(struct archive *a, sqlite3_stmt *s, struct why *why) NODISCARD;
/* Begins a transaction unless the caller has one open (*own says so); archive_leave ends it, by e. */
enum err archive_enter(struct archive *a, bool *own, struct why *why) NODISCARD;
enum err archive_leave(struct archive *a, bool own, enum err e, struct why *why) NODISCARD;
/* A value that outlives the connection; 0 when it was never set. ARCHIVE_STALE: items have changed since what is derived
 * from them (vocabulary, people) was made. */
#define ARCHIVE_STALE "stale"
/* Set where the index, and what is counted by it (words, stems, pairs, names), waits for an archive that doesn't defer
 * it: what they hold then is older than the items. */
#define ARCHIVE_DEFERRED "deferred"
/* Persons' records have changed since items were searched by their names. */
#define ARCHIVE_NAMES "names"
/* Of the file by whose rules the people were made. */
#define ARCHIVE_PEOPLE_RULES "people_rules"
int64_t archive_state(struct archive *a, const char *name);
enum err archive_set_state(struct archive *a, const char *name, int64_t value, struct why *why) NODISCARD;
/* The item's row, texts, cues and parts. */
enum err archive_remove_item(struct archive *a, int64_t id, struct why *why) NODISCARD;
/* Binds text; NULL as "". */
void archive_bind_text(sqlite3_stmt *s, int index, const char *text);
char *archive_dup_column(sqlite3_stmt *s, int column); /* NULL for NULL */
/* Replaces out by the page's path of the item whose show, conference and slug stand in this column and the next two. */
void archive_column_path(sqlite3_stmt *s, int column, struct buf *out);

enum { CUE_BYTES = 20, TURN_BYTES = 8 };
#define CUE_UNTIMED 0x80000000u
struct packed_cue {
	uint32_t first_token; /* in the speech */
	uint32_t offset;      /* of its text in the speech, bytes */
	uint32_t start_ms, end_ms;
	uint32_t line;        /* in the file it came from */
	bool untimed;         /* the line's highest bit */
};
struct packed_turn {
	uint32_t first_cue;
	uint32_t voice;       /* 0 = unknown */
};

static inline uint32_t unpack_u32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static inline struct packed_cue unpack_cue(const char *cues, size_t i)
{
	const char *p = cues + i * CUE_BYTES;
	uint32_t line = unpack_u32(p + 16);
	return (struct packed_cue){unpack_u32(p), unpack_u32(p + 4), unpack_u32(p + 8), unpack_u32(p + 12),
		line & ~CUE_UNTIMED, (line & CUE_UNTIMED) != 0};
}
static inline struct packed_turn unpack_turn(const char *turns, size_t i)
{
	return (struct packed_turn){unpack_u32(turns + i * TURN_BYTES), unpack_u32(turns + i * TURN_BYTES + 4)};
}

#endif
