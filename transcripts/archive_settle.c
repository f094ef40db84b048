/* archive_settle.c - after a run of changes: the index of what was deferred, the vocabulary, and what is counted by it; or
 * a note that all of these wait.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive_store.h"
#include "transcripts/completion.h"
#include "transcripts/stems.h"

void archive_defer_index(struct archive *a)
{
	a->defers_index = true;
}

bool archive_awaits_index(struct archive *a)
{
	return archive_state(a, ARCHIVE_DEFERRED) != 0;
}

/* FTS5 knows the words of what it has indexed. */
static enum err count_words(struct archive *a, struct why *why)
{
	return db_run(a->db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'spoken', 'row');"
		/* What wasn't there before, for stems_count. */
		"CREATE TEMP TABLE IF NOT EXISTS fresh_words(word TEXT NOT NULL);"
		"DELETE FROM temp.fresh_words;"
		"INSERT INTO temp.fresh_words SELECT term FROM temp.vocabulary WHERE NOT EXISTS(SELECT 1 FROM words WHERE"
		" n_bytes=length(CAST(term AS BLOB)) AND word=term);"
		"DELETE FROM words;"
		"INSERT INTO words SELECT length(CAST(term AS BLOB)), term, doc, cnt FROM temp.vocabulary ORDER BY 1, 2;", why);
}

static sqlite3_int64 count(struct archive *a, const char *sql)
{
	sqlite3_stmt *s = db_prepare(a->db, sql);
	sqlite3_int64 n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return n;
}

static enum err settle_index(struct archive *a, struct why *why)
{
	sqlite3_int64 n_deferred = count(a, "SELECT count(*) FROM unindexed"), n_changes = (sqlite3_int64)a->n_changes + n_deferred;
	enum err e = OK;
	if (n_deferred)
		e = db_run(a->db, "INSERT INTO spoken(rowid, title, people, notes, chapters, speech) SELECT item, title, people, notes,"
			" chapters, speech FROM texts WHERE item IN (SELECT item FROM unindexed) ORDER BY item; DELETE FROM unindexed", why);
	/* Merging all costs as much as the import of many files: only after many. */
	bool much_has_changed = n_changes * 8 > count(a, "SELECT count(*) FROM items");
	if (!e && much_has_changed)
		e = db_run(a->db, "INSERT INTO spoken(spoken) VALUES('optimize')", why);
	if (!e)
		e = count_words(a, why);
	if (!e)
		e = stems_count(a, why);
	if (!e)
		e = completions_count(a, much_has_changed, why);
	return e ? e : archive_set_state(a, ARCHIVE_DEFERRED, 0, why);
}

enum err archive_settle(struct archive *a, struct why *why)
{
	bool is_stale = a->n_changes || archive_state(a, ARCHIVE_STALE);
	if (!is_stale && (a->defers_index || !archive_awaits_index(a)))
		return OK;
	enum err e = archive_begin(a, why);
	if (e)
		return e;
	e = a->defers_index ? archive_set_state(a, ARCHIVE_DEFERRED, 1, why) : settle_index(a, why);
	if (!e)
		e = archive_set_state(a, ARCHIVE_STALE, 0, why);
	if (e) {
		archive_rollback(a);
		return e;
	}
	e = archive_commit(a, why);
	if (!e) {
		a->n_changes = 0;
		a->is_stale = false;
	}
	a->generation++;
	return e;
}
