/* archive.c - opening, tables, statements, transactions; writing is in archive_put.c, reading in archive_read.c.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/catalogue.h"
#include "transcripts/search.h"

static const char schema[] =
	"CREATE TABLE items(id INTEGER PRIMARY KEY, path TEXT NOT NULL, part TEXT NOT NULL, hash INTEGER NOT NULL,"
	" transcript_path TEXT, transcript_hash INTEGER NOT NULL, kind INTEGER NOT NULL, show TEXT NOT NULL,"
	" conference TEXT NOT NULL, slug TEXT NOT NULL,"
	" title TEXT NOT NULL, author TEXT NOT NULL, description TEXT NOT NULL, image TEXT NOT NULL, guid TEXT NOT NULL,"
	" media_file TEXT NOT NULL, youtube TEXT NOT NULL, transcript_file TEXT NOT NULL, language TEXT NOT NULL,"
	" license TEXT NOT NULL, page_url TEXT NOT NULL, room TEXT NOT NULL, track TEXT NOT NULL, session TEXT NOT NULL,"
	" tags TEXT NOT NULL, summary TEXT NOT NULL,"
	" media_bytes INTEGER NOT NULL, duration_ms INTEGER NOT NULL, published_ms INTEGER, season INTEGER NOT NULL,"
	" episode INTEGER NOT NULL, published INTEGER NOT NULL, explicit INTEGER NOT NULL, opted_out INTEGER NOT NULL,"
	" says_show INTEGER NOT NULL, n_turns INTEGER NOT NULL, n_cues INTEGER NOT NULL, n_notes_tokens INTEGER NOT NULL,"
	" n_speech_tokens INTEGER NOT NULL, n_untimed INTEGER NOT NULL, chapters_path TEXT, chapters_hash INTEGER NOT NULL,"
	" chapters_file TEXT NOT NULL, says_chapters INTEGER NOT NULL, wish TEXT NOT NULL, has_notes INTEGER NOT NULL,"
	/* Last: they are long, and who wants the others needn't go through them. */
	" notes TEXT NOT NULL,"
	" UNIQUE(path, part), UNIQUE(show, conference, slug));"
	"CREATE INDEX items_by_transcript ON items(transcript_path) WHERE transcript_path IS NOT NULL;"
	"CREATE INDEX items_by_chapters ON items(chapters_path) WHERE chapters_path IS NOT NULL;"
	"CREATE INDEX items_by_wish ON items(show, conference, wish) WHERE slug<>wish;"
	"CREATE TABLE texts(item INTEGER PRIMARY KEY, title TEXT NOT NULL, people TEXT NOT NULL, notes TEXT NOT NULL,"
	" chapters TEXT NOT NULL, speech TEXT NOT NULL);"
	"CREATE TABLE cues(item INTEGER PRIMARY KEY, cues BLOB NOT NULL, turns BLOB NOT NULL);"
	"CREATE TABLE voices(item INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, n_turns INTEGER NOT NULL,"
	" spoken_ms INTEGER NOT NULL, PRIMARY KEY(item, number)) WITHOUT ROWID;"
	"CREATE TABLE chapters(item INTEGER NOT NULL, joined INTEGER NOT NULL, n INTEGER NOT NULL, start_ms INTEGER NOT NULL,"
	" end_ms INTEGER NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, image TEXT NOT NULL, hidden INTEGER NOT NULL,"
	" line INTEGER NOT NULL, PRIMARY KEY(item, joined, n)) WITHOUT ROWID;"
	"CREATE TABLE links(item INTEGER NOT NULL, n INTEGER NOT NULL, url TEXT NOT NULL, label TEXT NOT NULL,"
	" PRIMARY KEY(item, n)) WITHOUT ROWID;"
	"CREATE TABLE media(item INTEGER NOT NULL, n INTEGER NOT NULL, url TEXT NOT NULL, type TEXT NOT NULL,"
	" language TEXT NOT NULL, bytes INTEGER NOT NULL, duration_ms INTEGER NOT NULL, height INTEGER NOT NULL,"
	" PRIMARY KEY(item, n)) WITHOUT ROWID;"
	"CREATE TABLE credits(item INTEGER NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,"
	" ref TEXT NOT NULL, line INTEGER NOT NULL, PRIMARY KEY(item, n)) WITHOUT ROWID;"
	"CREATE TABLE collections(path TEXT PRIMARY KEY, hash INTEGER NOT NULL, label TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE conferences(path TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, series TEXT NOT NULL,"
	" description TEXT NOT NULL, url TEXT NOT NULL, place TEXT NOT NULL, language TEXT NOT NULL, image TEXT NOT NULL,"
	" start_ms INTEGER, end_ms INTEGER, PRIMARY KEY(name, path)) WITHOUT ROWID;"
	"CREATE INDEX conferences_by_path ON conferences(path);"
	"CREATE TABLE person_records(path TEXT NOT NULL, ref TEXT NOT NULL, name TEXT NOT NULL, about TEXT NOT NULL,"
	" url TEXT NOT NULL, image TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY(ref, path)) WITHOUT ROWID;"
	"CREATE INDEX person_records_by_path ON person_records(path);"
	"CREATE TABLE show_records(path TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL,"
	" author TEXT NOT NULL, language TEXT NOT NULL, image TEXT NOT NULL, url TEXT NOT NULL, feed_url TEXT NOT NULL,"
	" category TEXT NOT NULL, guid TEXT NOT NULL, type TEXT NOT NULL, copyright TEXT NOT NULL, explicit INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE subscriptions(path TEXT NOT NULL, n INTEGER NOT NULL, title TEXT NOT NULL, feed_url TEXT NOT NULL,"
	" page_url TEXT NOT NULL, category TEXT NOT NULL, PRIMARY KEY(path, n)) WITHOUT ROWID;";

/* What only feeds say of an item. */
static const char feed_schema[] =
	"CREATE TABLE IF NOT EXISTS soundbites(item INTEGER NOT NULL, n INTEGER NOT NULL, start_ms INTEGER NOT NULL,"
	" duration_ms INTEGER NOT NULL, title TEXT NOT NULL, PRIMARY KEY(item, n)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS publishing(item INTEGER PRIMARY KEY, episode_type TEXT NOT NULL, episode_decimal TEXT NOT NULL,"
	" short_title TEXT NOT NULL, place TEXT NOT NULL, geo TEXT NOT NULL, osm TEXT NOT NULL, country TEXT NOT NULL,"
	" comments TEXT NOT NULL, comments_protocol TEXT NOT NULL, comments_account TEXT NOT NULL, comments_account_url TEXT NOT NULL,"
	" blocked INTEGER NOT NULL);";

/* What is derived from the items. */
static const char derived_schema[] =
	"CREATE INDEX IF NOT EXISTS items_by_youtube ON items(youtube) WHERE youtube<>'';"
	"CREATE INDEX IF NOT EXISTS items_by_conference ON items(conference, published_ms);"
	"CREATE TABLE IF NOT EXISTS page_notes(item INTEGER PRIMARY KEY, html TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS feed_notes(item INTEGER PRIMARY KEY, html TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS unindexed(item INTEGER PRIMARY KEY);"
	"CREATE TABLE IF NOT EXISTS takedowns(n INTEGER PRIMARY KEY, address TEXT NOT NULL, what INTEGER NOT NULL,"
	" reason TEXT NOT NULL, date TEXT NOT NULL, is_used INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS taken(item INTEGER PRIMARY KEY, what INTEGER NOT NULL, rule INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS taken_media(item INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(item, name)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS heard(item INTEGER PRIMARY KEY, language TEXT NOT NULL, sponsors BLOB NOT NULL);"
	"CREATE TABLE IF NOT EXISTS people(slug TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL, about TEXT NOT NULL,"
	" url TEXT NOT NULL, image TEXT NOT NULL, place TEXT NOT NULL, n_episodes INTEGER NOT NULL, n_talks INTEGER NOT NULL,"
	" spoken_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS appearances(person TEXT NOT NULL, item INTEGER NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL,"
	" n_turns INTEGER NOT NULL, spoken_ms INTEGER NOT NULL, PRIMARY KEY(person, item, role, name)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS appearances_by_item ON appearances(item, name);"
	"CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS stems(language TEXT NOT NULL, stem TEXT NOT NULL, word TEXT NOT NULL,"
	" PRIMARY KEY(language, stem, word)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS words(n_bytes INTEGER NOT NULL, word TEXT NOT NULL, n_items INTEGER NOT NULL,"
	" n_times INTEGER NOT NULL, PRIMARY KEY(n_bytes, word)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS words_by_word ON words(word, n_times);"
	"CREATE TABLE IF NOT EXISTS refs(item INTEGER NOT NULL, n INTEGER NOT NULL, target INTEGER NOT NULL,"
	" start_ms INTEGER NOT NULL, kind INTEGER NOT NULL, words TEXT NOT NULL, struck INTEGER NOT NULL,"
	" PRIMARY KEY(item, n), UNIQUE(item, target)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS refs_by_target ON refs(target);"
	"CREATE TABLE IF NOT EXISTS refs_read(item INTEGER PRIMARY KEY);"
	"CREATE TABLE IF NOT EXISTS spoken_links(item INTEGER NOT NULL, n INTEGER NOT NULL, start_ms INTEGER NOT NULL, url TEXT NOT NULL,"
	" label TEXT NOT NULL, PRIMARY KEY(item, n)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS mentions(item INTEGER NOT NULL, person TEXT NOT NULL, start_ms INTEGER NOT NULL,"
	" struck INTEGER NOT NULL, PRIMARY KEY(item, person)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS mentions_by_person ON mentions(person);"
	"CREATE TABLE IF NOT EXISTS pairs(first TEXT NOT NULL, second TEXT NOT NULL, n_times INTEGER NOT NULL,"
	" PRIMARY KEY(first, second)) WITHOUT ROWID;";

/* Apart from the schema, since it needs the tokenizer. Without columnsize: items knows the lengths. The hash is what
 * one transaction gathers before it writes: large enough that an import leaves few segments. */
static const char index_schema[] =
	"CREATE VIRTUAL TABLE IF NOT EXISTS spoken USING fts5(title, people, notes, chapters, speech, tokenize='carillon',"
	" content='texts', content_rowid='item', columnsize=0);"
	"CREATE VIRTUAL TABLE IF NOT EXISTS names USING fts5(text, ref UNINDEXED, tokenize='carillon', prefix='2 3',"
	" columnsize=0, detail=none);"
	"INSERT INTO spoken(spoken, rank) VALUES('hashsize', 33554432);";

#define ITEM_COLUMNS \
	"id, path, part, show, conference, slug, title, author, description, image, guid, media_file, youtube," \
	" language, license, page_url, room, track, session, summary, tags, kind, media_bytes, duration_ms, published_ms, season," \
	" episode, published, explicit, opted_out, n_turns, n_cues, n_untimed, hash, has_notes"
/* A conference may be told of by several files (a category, a schedule): of two texts the greater wins, whichever file
 * came first. */
#define CONFERENCE_COLUMNS \
	"name, max(title), max(series), max(description), max(url), max(place), max(language), max(image), min(start_ms)," \
	" max(end_ms)"

#define IF_INDEXED " AND NOT EXISTS(SELECT 1 FROM unindexed WHERE unindexed.item=?1)"

static const char *const sql_of[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READING] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ITEM_ID] = "SELECT id FROM items WHERE path=?1 AND part=?2",
	[SQL_HOLDER] = "SELECT id, path, part FROM items WHERE show=?1 AND conference=?2 AND slug=?3",
	[SQL_PATH_BY_SLUG] = "SELECT path FROM items WHERE show=?1 AND conference='' AND slug=?2",
	[SQL_PATH_JOINED] = "SELECT path FROM items WHERE transcript_path=?1 UNION ALL SELECT path FROM items WHERE"
		" chapters_path=?1",
	[SQL_JOINED] = "SELECT transcript_path, transcript_hash, chapters_path, chapters_hash FROM items WHERE id=?1",
	[SQL_HAS] = "SELECT 1 FROM items WHERE path=?1 AND hash=?2"
		" UNION ALL SELECT 1 FROM items WHERE transcript_path=?1 AND transcript_hash=?2"
		" UNION ALL SELECT 1 FROM items WHERE chapters_path=?1 AND chapters_hash=?2",
	[SQL_KNOWN] = "SELECT hash, transcript_hash, kind, n_turns, n_cues, show, slug, transcript_path,"
		" transcript_file, says_show, chapters_hash, chapters_path, chapters_file, says_chapters FROM items WHERE path=?1 AND part=''",
	[SQL_PUT_ITEM] = "INSERT INTO items(id, path, part, hash, transcript_path, transcript_hash, kind, show, conference,"
		" slug, title, author, description, image, guid, media_file, youtube, transcript_file, language, license, page_url,"
		" room, track, session, tags, notes, media_bytes, duration_ms, published_ms, season, episode, published, explicit,"
		" opted_out, says_show, n_turns, n_cues, n_notes_tokens, n_speech_tokens, n_untimed, chapters_hash, says_chapters,"
		" chapters_file, wish, chapters_path, summary, has_notes)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,"
		"?28,?29,?30,?31,?32,?33,?34,?35,?36,?37,?38,?39,?40,?41,?42,?43,?44,?45,?46,?47)",
	[SQL_PUT_TEXTS] = "INSERT INTO texts(item, title, people, notes, chapters, speech) VALUES(?1,?2,?3,?4,?5,?6)",
	[SQL_PUT_PAGE_NOTES] = "INSERT INTO page_notes VALUES(?1,?2)",
	[SQL_PUT_FEED_NOTES] = "INSERT INTO feed_notes VALUES(?1,?2)",
	[SQL_PUT_SPOKEN] = "INSERT INTO spoken(rowid, title, people, notes, chapters, speech) VALUES(?1,?2,?3,?4,?5,?6)",
	[SQL_PUT_UNINDEXED] = "INSERT INTO unindexed(item) VALUES(?1)",
	[SQL_PUT_CUES] = "INSERT INTO cues(item, cues, turns) VALUES(?1,?2,?3)",
	[SQL_PUT_VOICE] = "INSERT INTO voices(item, number, name, n_turns, spoken_ms) VALUES(?1,?2,?3,?4,?5)",
	[SQL_PUT_CHAPTER] = "INSERT INTO chapters VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
	[SQL_PUT_SPOKEN_LINK] = "INSERT INTO spoken_links VALUES(?1,?2,?3,?4,?5)",
	[SQL_PUT_LINK] = "INSERT INTO links VALUES(?1,?2,?3,?4)",
	[SQL_PUT_MEDIA] = "INSERT INTO media VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
	[SQL_PUT_CREDIT] = "INSERT INTO credits VALUES(?1,?2,?3,?4,?5,?6)",
	[SQL_PUT_SOUNDBITE] = "INSERT INTO soundbites VALUES(?1,?2,?3,?4,?5)",
	[SQL_PUT_PUBLISHING] = "INSERT INTO publishing VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[SQL_SET_SLUG] = "UPDATE items SET slug=?2 WHERE id=?1",
	[SQL_WISHES] = "SELECT id, show, conference, wish, path, part, slug FROM items WHERE part<>'' AND (show, conference,"
		" wish) IN (SELECT show, conference, wish FROM items WHERE slug<>wish) ORDER BY show, conference, wish, path, part",
	[SQL_WISH] = "SELECT wish FROM items WHERE id=?1",
	[SQL_SET_PEOPLE] = "UPDATE texts SET people=?2 WHERE item=?1",
	[SQL_SPOKEN_AGAIN] = "INSERT INTO spoken(rowid, title, people, notes, chapters, speech) SELECT item, title, people,"
		" notes, chapters, speech FROM texts WHERE item=?1" IF_INDEXED,
	/* FTS5 must be told what it had indexed, word by word, to take it out again. */
	[SQL_DELETE_SPOKEN] = "INSERT INTO spoken(spoken, rowid, title, people, notes, chapters, speech)"
		" SELECT 'delete', item, title, people, notes, chapters, speech FROM texts WHERE item=?1" IF_INDEXED,
	[SQL_DELETE_UNINDEXED] = "DELETE FROM unindexed WHERE item=?1",
	[SQL_DELETE_TEXTS] = "DELETE FROM texts WHERE item=?1",
	[SQL_DELETE_CUES] = "DELETE FROM cues WHERE item=?1",
	[SQL_DELETE_VOICES] = "DELETE FROM voices WHERE item=?1",
	[SQL_DELETE_CHAPTERS] = "DELETE FROM chapters WHERE item=?1",
	[SQL_DELETE_SPOKEN_LINKS] = "DELETE FROM spoken_links WHERE item=?1",
	[SQL_DELETE_LINKS] = "DELETE FROM links WHERE item=?1",
	[SQL_DELETE_MEDIA] = "DELETE FROM media WHERE item=?1",
	[SQL_DELETE_CREDITS] = "DELETE FROM credits WHERE item=?1",
	[SQL_DELETE_SOUNDBITES] = "DELETE FROM soundbites WHERE item=?1",
	[SQL_DELETE_PUBLISHING] = "DELETE FROM publishing WHERE item=?1",
	[SQL_PUT_HEARD] = "INSERT OR REPLACE INTO heard(item, language, sponsors) VALUES(?1,?2,?3)",
	[SQL_DELETE_HEARD] = "DELETE FROM heard WHERE item=?1",
	[SQL_DELETE_REFERENCES] = "DELETE FROM refs WHERE item=?1 OR target=?1",
	[SQL_DELETE_MENTIONS] = "DELETE FROM mentions WHERE item=?1",
	[SQL_DELETE_REFERENCES_READ] = "DELETE FROM refs_read WHERE item=?1",
	[SQL_DELETE_PAGE_NOTES] = "DELETE FROM page_notes WHERE item=?1",
	[SQL_DELETE_FEED_NOTES] = "DELETE FROM feed_notes WHERE item=?1",
	[SQL_DELETE_ITEM] = "DELETE FROM items WHERE id=?1",
	[SQL_ITEMS_OF_PATH] = "SELECT id, part FROM items WHERE path=?1",
	[SQL_OTHER_ITEMS_OF_PATH] = "SELECT id FROM items WHERE path=?1 AND hash<>?2",
	[SQL_PUT_COLLECTION] = "INSERT OR REPLACE INTO collections VALUES(?1,?2,?3)",
	[SQL_IS_COLLECTION] = "SELECT 1 FROM collections WHERE path=?1",
	[SQL_COLLECTION] = "SELECT (SELECT count(*) FROM items WHERE path=?1 AND kind=1), (SELECT count(*) FROM items WHERE"
		" path=?1 AND kind=2), (SELECT count(*) FROM conferences WHERE path=?1), (SELECT count(*) FROM person_records WHERE"
		" path=?1), (SELECT sum(n_turns) FROM items WHERE path=?1 AND transcript_path IS NULL), (SELECT sum(n_cues)"
		" FROM items WHERE path=?1 AND transcript_path IS NULL) FROM"
		" collections WHERE path=?1 AND hash=?2",
	[SQL_PUT_CONFERENCE] = "INSERT OR REPLACE INTO conferences VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
	[SQL_PUT_PERSON_RECORD] = "INSERT OR REPLACE INTO person_records VALUES(?1,?2,?3,?4,?5,?6,?7)",
	[SQL_PUT_SHOW_RECORD] = "INSERT OR REPLACE INTO show_records VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[SQL_PUT_SUBSCRIPTION] = "INSERT INTO subscriptions VALUES(?1,?2,?3,?4,?5,?6)",
	[SQL_DELETE_COLLECTION] = "DELETE FROM collections WHERE path=?1",
	[SQL_DELETE_CONFERENCES] = "DELETE FROM conferences WHERE path=?1",
	[SQL_DELETE_PERSON_RECORDS] = "DELETE FROM person_records WHERE path=?1",
	[SQL_DELETE_SHOW_RECORDS] = "DELETE FROM show_records WHERE path=?1",
	[SQL_DELETE_SUBSCRIPTIONS] = "DELETE FROM subscriptions WHERE path=?1",
	[SQL_ANY_TALK] = "SELECT 1 FROM items WHERE kind=2 AND published LIMIT 1",
	[SQL_ANY_PERSON] = "SELECT 1 FROM people LIMIT 1",
	/* With talks but no file of its own a conference has its name alone. */
	[SQL_CONFERENCES] = "WITH held AS (SELECT conference AS name, count(*) AS n_talks, sum(n_cues>0) AS n_transcripts,"
		" min(published_ms) AS first, max(published_ms) AS last FROM items WHERE conference<>'' AND published GROUP BY 1),"
		" told AS (SELECT " CONFERENCE_COLUMNS " FROM conferences GROUP BY name)"
		" SELECT held.name, told.*, n_talks, n_transcripts, first, last FROM held LEFT JOIN told USING(name)"
		" UNION ALL SELECT told.name, told.*, 0, 0, NULL, NULL FROM told WHERE name NOT IN (SELECT name FROM held)",
	[SQL_CONFERENCE] = "SELECT ?1, told.*, (SELECT count(*) FROM items WHERE conference=?1 AND published),"
		" (SELECT count(*) FROM items WHERE conference=?1 AND published AND n_cues>0),"
		" (SELECT min(published_ms) FROM items WHERE conference=?1), (SELECT max(published_ms) FROM items WHERE"
		" conference=?1) FROM (SELECT " CONFERENCE_COLUMNS " FROM conferences WHERE name=?1) AS told"
		" WHERE told.name IS NOT NULL OR EXISTS(SELECT 1 FROM items WHERE conference=?1)",
	[SQL_TALK_FOR] = "SELECT id FROM items WHERE conference<>'' AND (?1 IS NULL OR conference=?1) AND (slug=?2 OR guid=?2"
		" OR youtube=?3) ORDER BY slug=?2 DESC, path, part LIMIT 2",
	[SQL_JOINED_TALK] = "SELECT id FROM items WHERE transcript_path=?1 AND part<>''",
	[SQL_GAVE] = "SELECT 1 FROM items WHERE path=?1 UNION ALL SELECT 1 FROM items WHERE (transcript_path=?1 OR chapters_path=?1) AND part<>''"
		" UNION ALL SELECT 1 FROM collections WHERE path=?1",
	[SQL_CHAPTERED_TALK] = "SELECT id FROM items WHERE chapters_path=?1 AND part<>''",
	[SQL_REF_NAME] = "SELECT name FROM person_records WHERE ref=?1 ORDER BY path LIMIT 1",
	/* ?2: 0 its own, 1 those of the joined file; NULL: those that count. */
	[SQL_CHAPTERS] = "SELECT start_ms, end_ms, title, url, image, hidden, line FROM chapters WHERE item=?1 AND"
		" joined=coalesce(?2, (SELECT max(joined) FROM chapters WHERE item=?1)) ORDER BY n",
	[SQL_SUMMARY] = "SELECT texts.notes, tags FROM texts JOIN items ON id=item WHERE item=?1",
	[SQL_NOTES] = "SELECT notes FROM items WHERE id=?1",
	[SQL_PAGE_NOTES] = "SELECT html FROM page_notes WHERE item=?1",
	[SQL_FEED_NOTES] = "SELECT html FROM feed_notes WHERE item=?1",
	[SQL_CONFERENCE_TITLE] = "SELECT max(title) FROM conferences WHERE name=?1",
	[SQL_SPOKEN_LINKS] = "SELECT start_ms, url, label FROM spoken_links WHERE item=?1 ORDER BY n",
	[SQL_LINKS] = "SELECT url, label FROM links WHERE item=?1 ORDER BY n",
	[SQL_MEDIA] = "SELECT url, type, language, bytes, duration_ms, height FROM media WHERE item=?1 ORDER BY n",
	[SQL_CREDITS] = "SELECT name, role, ref, line FROM credits WHERE item=?1 ORDER BY n",
	[SQL_SOUNDBITES] = "SELECT start_ms, duration_ms, title FROM soundbites WHERE item=?1 ORDER BY n",
	[SQL_PUBLISHING] = "SELECT episode_type, episode_decimal, short_title, place, geo, osm, country, comments,"
		" comments_protocol, comments_account, comments_account_url, blocked FROM"
		" publishing WHERE item=?1",
	[SQL_PEOPLE] = "SELECT slug, name, about, url, image, place, n_episodes, n_talks, spoken_ms FROM people WHERE"
		" ?1 IS NULL OR instr(' '||folded, ' '||?1) ORDER BY folded, slug LIMIT ?2 OFFSET ?3",
	[SQL_PERSON] = "SELECT slug, name, about, url, image, place, n_episodes, n_talks, spoken_ms FROM people WHERE slug=?1",
	[SQL_APPEARANCES] = "SELECT item, max(role), sum(appearances.n_turns), sum(spoken_ms) FROM appearances JOIN items ON"
		" id=item WHERE person=?1 AND published GROUP BY item ORDER BY published_ms DESC NULLS LAST, show, conference, slug",
	[SQL_REFERENCES_FROM] = "SELECT item, target, start_ms, refs.kind, words, struck FROM refs JOIN items AS f ON f.id=item"
		" JOIN items AS t ON t.id=target WHERE (?1=0 OR item=?1) AND f.published AND t.published ORDER BY f.show,"
		" f.conference, f.slug, start_ms<0, start_ms, refs.n",
	[SQL_REFERENCES_TO] = "SELECT item, target, start_ms, refs.kind, words, struck FROM refs JOIN items ON id=item WHERE"
		" target=?1 AND published ORDER BY published_ms DESC NULLS LAST, show, conference, slug",
	[SQL_MENTIONS_FROM] = "SELECT item, start_ms, struck, person, people.name FROM mentions JOIN people ON people.slug=person"
		" JOIN items ON id=item WHERE (?1=0 OR item=?1) AND published ORDER BY show, conference, items.slug, start_ms<0,"
		" start_ms, person",
	[SQL_MENTIONS_TO] = "SELECT item, start_ms, struck, person, people.name FROM mentions JOIN people ON people.slug=person"
		" JOIN items ON id=item WHERE person=?1 AND published ORDER BY published_ms DESC NULLS LAST, show, conference,"
		" items.slug",
	[SQL_PERSON_OF_NAME] = "SELECT DISTINCT person FROM appearances WHERE item=?1 AND name=?2 LIMIT 2",
	[SQL_STATE] = "SELECT value FROM state WHERE name=?1",
	[SQL_SET_STATE] = "INSERT OR REPLACE INTO state VALUES(?1,?2)",
	[SQL_PATHS] = "SELECT path FROM items UNION SELECT transcript_path FROM items WHERE transcript_path IS NOT NULL"
		" UNION SELECT chapters_path FROM items WHERE chapters_path IS NOT NULL UNION SELECT path FROM collections ORDER BY 1",
	[SQL_FIND_ITEM] = "SELECT " ITEM_COLUMNS " FROM items WHERE show=?1 AND conference='' AND slug=?2",
	[SQL_FIND_ITEM_ANY_SHOW] = "SELECT " ITEM_COLUMNS " FROM items WHERE conference='' AND slug=?2 ORDER BY show LIMIT 1",
	[SQL_FIND_TALK] = "SELECT " ITEM_COLUMNS " FROM items WHERE show='' AND conference=?1 AND slug=?2",
	[SQL_ITEM_BY_ID] = "SELECT " ITEM_COLUMNS " FROM items WHERE id=?1",
	/* Sorted by themselves: rows are long. */
	[SQL_LIST] = "SELECT id FROM items WHERE conference='' AND (?1 IS NULL OR show=?1) AND kind>=?2"
		" ORDER BY published_ms DESC NULLS LAST, show, slug LIMIT ?3 OFFSET ?4",
	[SQL_LIST_TALKS] = "SELECT id FROM items WHERE conference=?1 ORDER BY published_ms NULLS LAST, title, slug LIMIT ?3 OFFSET ?4",
	[SQL_LIST_NEWEST_TALKS] = "SELECT id FROM items WHERE conference<>'' ORDER BY published_ms DESC NULLS"
		" LAST, conference, slug LIMIT ?3 OFFSET ?4",
	[SQL_SPEECH] = "SELECT speech FROM texts WHERE item=?1",
	[SQL_CUES] = "SELECT cues, turns FROM cues WHERE item=?1",
	[SQL_VIEW] = "SELECT cues, turns, kind, show, conference, slug, title, published_ms FROM items LEFT JOIN cues ON"
		" item=id WHERE id=?1",
	[SQL_VOICES] = "SELECT name FROM voices WHERE item=?1 ORDER BY number",
	[SQL_DATA_VERSION] = "PRAGMA data_version",
	[SQL_CATALOGUE] = "SELECT id, kind, show, conference, slug, published, published_ms, n_notes_tokens,"
		" n_speech_tokens, heard.language, heard.sponsors FROM items LEFT JOIN heard ON item=id ORDER BY id",
	/* As written, and as the rules see it. */
	[SQL_CATALOGUE_VOICES] = "SELECT voices.item, number, voices.name, people.name FROM voices LEFT JOIN appearances ON"
		" appearances.item=voices.item AND appearances.name=voices.name LEFT JOIN people ON slug=person"
		" GROUP BY voices.item, number, slug ORDER BY voices.item, number",
	[SQL_CATALOGUE_PEOPLE] = "SELECT appearances.item, row_number() OVER (), appearances.name, people.name FROM appearances"
		" LEFT JOIN people ON slug=person WHERE appearances.item NOT IN (SELECT item FROM voices) ORDER BY appearances.item",
	[SQL_WORD] = "SELECT n_items, n_times FROM words WHERE n_bytes=?1 AND word=?2",
	[SQL_STEM] = "SELECT stems.word, n_times FROM stems JOIN words ON n_bytes=length(CAST(stems.word AS BLOB)) AND"
		" words.word=stems.word WHERE language=?1 AND stem=?2",
	[SQL_WORDS_FROM] = "SELECT word FROM words WHERE word>=?1 AND word<?2 ORDER BY n_times DESC, word",
	[SQL_PAIRS_FROM] = "SELECT first, second FROM pairs WHERE first>=?1 AND first<?2 ORDER BY n_times DESC, first, second",
	[SQL_FOLLOWERS] = "SELECT second FROM pairs WHERE first=?1 AND second>=?2 AND second<?3 ORDER BY n_times DESC, second",
	[SQL_NAMES_LIKE] = "SELECT text, ref FROM names WHERE names MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid",
	[SQL_WORDS] = "SELECT word, n_times FROM words ORDER BY n_bytes, word",
	[SQL_SCAN] = "SELECT carillon_scan(spoken, ?2) FROM spoken WHERE spoken MATCH ?1",
};

sqlite3_stmt *archive_statement(struct archive *a, enum archive_statement which)
{
	if (!a->statements[which])
		a->statements[which] = db_prepare(a->db, sql_of[which]);
	sqlite3_reset(a->statements[which]);
	sqlite3_clear_bindings(a->statements[which]);
	return a->statements[which];
}

enum err archive_step(struct archive *a, sqlite3_stmt *s, struct why *why)
{
	int code = sqlite3_step(s);
	enum err e = code == SQLITE_DONE || code == SQLITE_ROW ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

/* SQLite's own way to empty a database of any state; other processes see either the old or the new. */
static enum err empty(sqlite3 *db, struct why *why)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
	enum err e = db_run(db, "VACUUM", why);
	sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
	return e;
}

/* The tables that need the tokenizer come after those of the schema, all at once: a reader sees all of them or knows that
 * it came too early. */
static enum err make_tables(struct archive *a, struct why *why)
{
	enum err e = archive_begin(a, why);
	if (e)
		return e;
	e = db_run(a->db, derived_schema, why);
	if (!e)
		e = db_run(a->db, feed_schema, why);
	if (!e)
		e = db_run(a->db, index_schema, why);
	if (!e)
		return archive_commit(a, why);
	archive_rollback(a);
	return e;
}

static bool has_tables(struct archive *a)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT 1 FROM sqlite_schema WHERE name='names'");
	bool has = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	return has;
}

static enum err set_up(struct archive *a, bool writable, struct why *why)
{
	enum err e = tokens_create(a->db, &a->tokens, why);
	if (!e)
		e = search_register(a->db, why);
	if (!e && writable)
		e = make_tables(a, why);
	if (!e && !writable && !has_tables(a))
		e = why_set(why, E_GONE, "nothing was imported yet");
	/* The words that people look for are read again and again. */
	if (!e)
		e = db_run(a->db, "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY", why);
	return e;
}

static enum err finish_open(enum err e, sqlite3 *db, bool writable, struct archive **archive, struct why *why)
{
	struct archive *a = mem_new(1, sizeof *a);
	a->db = db;
	if (!e)
		e = set_up(a, writable, why);
	if (e) {
		archive_close(a);
		return e;
	}
	*archive = a;
	return OK;
}

enum err archive_open(const char *folder, struct archive **archive, struct why *why)
{
	*archive = NULL;
	sqlite3 *db = NULL;
	enum err e = file_make_folder(folder, why);
	if (e)
		return e;
	char *path = file_join(folder, ARCHIVE_FILE);
	e = db_open_derived(path, ARCHIVE_VERSION, schema, &db, why);
	if (e == E_AGAIN && db) {
		e = empty(db, why);
		db_close(db);
		db = NULL;
		if (!e)
			e = db_open_derived(path, ARCHIVE_VERSION, schema, &db, why);
	}
	free(path);
	return finish_open(e, db, true, archive, why);
}

enum err archive_create_at(const char *path, struct archive **archive, struct why *why)
{
	*archive = NULL;
	sqlite3 *db = NULL;
	enum err e = db_create_unshared(path, ARCHIVE_VERSION, schema, &db, why);
	return finish_open(e, db, true, archive, why);
}

enum err archive_open_reader_at(const char *path, struct archive **archive, struct why *why)
{
	*archive = NULL;
	sqlite3 *db = NULL;
	enum err e = db_open_reader(path, ARCHIVE_VERSION, &db, why);
	/* What an older program left can't be read; it is as if nothing was imported. */
	if (e == E_AGAIN)
		e = E_GONE;
	return finish_open(e, db, false, archive, why);
}

enum err archive_open_reader(const char *folder, struct archive **archive, struct why *why)
{
	char *path = file_join(folder, ARCHIVE_FILE);
	enum err e = archive_open_reader_at(path, archive, why);
	free(path);
	return e;
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < COUNT_OF(a->statements); i++)
		sqlite3_finalize(a->statements[i]);
	catalogue_destroy(a->catalogue);
	if (a->db)
		db_close(a->db);
	if (a->built_at)
		archive_build_close(a);
	tokens_destroy(a->tokens);
	free(a);
}

enum err archive_hold(struct archive *a, struct why *why)
{
	return db_run(a->db, "BEGIN", why);
}

void archive_let_go(struct archive *a)
{
	(void)!db_run(a->db, "COMMIT", NULL); /* nothing was written: nothing can be lost */
}

enum err archive_begin(struct archive *a, struct why *why)
{
	ASSERT(!a->in_transaction);
	enum err e = archive_step(a, archive_statement(a, SQL_BEGIN), why);
	a->in_transaction = !e;
	return e;
}

enum err archive_commit(struct archive *a, struct why *why)
{
	ASSERT(a->in_transaction);
	enum err e = archive_step(a, archive_statement(a, SQL_COMMIT), why);
	if (e)
		archive_rollback(a);
	a->in_transaction = false;
	return e;
}

void archive_rollback(struct archive *a)
{
	/* A full disk may have rolled back already: then there is nothing to do, and nothing else can fail. */
	if (!sqlite3_get_autocommit(a->db))
		sqlite3_exec(a->db, "ROLLBACK", NULL, NULL, NULL);
	a->in_transaction = false;
	a->is_stale = false;
	a->generation++;
}

void archive_bind_text(sqlite3_stmt *s, int index, const char *text)
{
	sqlite3_bind_text(s, index, text ? text : "", -1, SQLITE_STATIC);
}

char *archive_dup_column(sqlite3_stmt *s, int column)
{
	struct span text = db_column_span(s, column);
	return text.p ? span_dup(text) : NULL;
}

void archive_column_path(sqlite3_stmt *s, int column, struct buf *out)
{
	char *show = span_dup(db_column_span(s, column)), *conference = span_dup(db_column_span(s, column + 1)),
		*slug = span_dup(db_column_span(s, column + 2));
	buf_clear(out);
	archive_item_path(out, &(struct archive_item){.show = show, .conference = conference, .slug = slug});
	free(show);
	free(conference);
	free(slug);
}

int64_t archive_state(struct archive *a, const char *name)
{
	sqlite3_stmt *s = archive_statement(a, SQL_STATE);
	archive_bind_text(s, 1, name);
	int64_t value = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return value;
}

enum err archive_set_state(struct archive *a, const char *name, int64_t value, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_SET_STATE);
	archive_bind_text(s, 1, name);
	sqlite3_bind_int64(s, 2, value);
	return archive_step(a, s, why);
}

enum err archive_enter(struct archive *a, bool *own, struct why *why)
{
	*own = !a->in_transaction;
	return *own ? archive_begin(a, why) : OK;
}

enum err archive_leave(struct archive *a, bool own, enum err e, struct why *why)
{
	if (!e) {
		a->n_changes++;
		a->generation++;
	}
	/* Kept with the change itself: what is derived from it may be interrupted. */
	if (!e && !a->is_stale) {
		e = archive_set_state(a, ARCHIVE_STALE, 1, why);
		a->is_stale = !e;
	}
	if (!own)
		return e;
	if (!e)
		return archive_commit(a, why);
	archive_rollback(a);
	return e;
}
