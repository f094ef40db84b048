/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_mentions.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"

/* ---- looking ---- */

struct mention_search {
	struct archive *archive;
	struct mention_index *index; /* made when it is first asked */
	struct mention_person *people;
	char **slugs;                /* a row's person is its number and 1 */
	size_t n;
	sqlite3_stmt *own, *put;
};

enum err mention_search_open(struct archive *a, struct mention_search **search, uint64_t *hash, struct why *why)
{
	struct mention_search *m = mem_new(1, sizeof *m);
	sqlite3_stmt *s = db_prepare(a->db, "SELECT slug, name FROM people UNION SELECT person, name FROM appearances ORDER BY 1, 2");
	int code;
	int64_t person = 0;
	m->archive = a;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((m->n & (m->n - 1)) == 0) {
			m->people = mem_grow(m->people, m->n ? m->n * 2 : 1, sizeof *m->people);
			m->slugs = mem_grow(m->slugs, m->n ? m->n * 2 : 1, sizeof *m->slugs);
		}
		m->slugs[m->n] = span_dup(db_column_span(s, 0));
		/* All rows of one person have the number of the first of them. */
		if (!m->n || strcmp(m->slugs[m->n], m->slugs[m->n - 1]) != 0)
			person = (int64_t)m->n + 1;
		m->people[m->n++] = (struct mention_person){person, span_dup(db_column_span(s, 1))};
		for (int i = 0; i < 2; i++)
			*hash = (*hash ^ span_hash(db_column_span(s, i))) * 0x100000001b3ull;
	}
	sqlite3_finalize(s);
	m->own = db_prepare(a->db, "SELECT 1 FROM appearances WHERE item=?1 AND person=?2");
	m->put = db_prepare(a->db, "INSERT OR IGNORE INTO mentions VALUES(?1,?2,?3,0)");
	*search = m;
	return code == SQLITE_DONE ? OK : db_error(a->db, why);
}

void mention_search_close(struct mention_search *m)
{
	if (!m)
		return;
	mention_index_destroy(m->index);
	for (size_t i = 0; i < m->n; i++) {
		free((char *)(uintptr_t)m->people[i].name);
		free(m->slugs[i]);
	}
	free(m->people);
	free(m->slugs);
	sqlite3_finalize(m->own);
	sqlite3_finalize(m->put);
	free(m);
}

static bool takes_part(struct mention_search *m, int64_t item, const char *slug)
{
	sqlite3_bind_int64(m->own, 1, item);
	archive_bind_text(m->own, 2, slug);
	bool takes = sqlite3_step(m->own) == SQLITE_ROW;
	sqlite3_reset(m->own);
	return takes;
}

/* The row in which the words of the name stand side by side. */
static bool has_name(const struct words *heading, const uint64_t *name, size_t n)
{
	for (size_t at = 0; at + n <= heading->n; at++)
		if (memcmp(heading->hashes + at, name, n * sizeof *name) == 0)
			return true;
	return false;
}

/* packed: empty for the notes. */
static enum err put_all(struct mention_search *m, int64_t item, const struct words *heading,
	const struct spoken_words *spoken, struct span packed, struct why *why)
{
	struct mention *list;
	size_t n;
	enum err e = OK;
	mentions_find(m->index, spoken, &list, &n);
	for (size_t i = 0; i < n && !e; i++) {
		const char *slug = m->slugs[list[i].person - 1];
		int64_t start_ms = -1;
		if (takes_part(m, item, slug) || has_name(heading, spoken->words.hashes + list[i].word, list[i].n_words))
			continue;
		if (packed.n) {
			struct packed_cue cue = unpack_cue(packed.p, spoken->cues[list[i].word]);
			start_ms = cue.untimed ? -1 : (int64_t)cue.start_ms;
		}
		sqlite3_bind_int64(m->put, 1, item);
		archive_bind_text(m->put, 2, slug);
		sqlite3_bind_int64(m->put, 3, start_ms);
		e = archive_step(m->archive, m->put, why);
	}
	free(list);
	return e;
}

bool mention_search_has_names(struct mention_search *m)
{
	if (!m->index)
		m->index = mention_index_create(m->archive->tokens, m->people, m->n);
	return mention_index_has_names(m->index);
}

enum err mention_search_put(struct mention_search *m, const struct mention_place *place, const struct spoken_words *spoken,
	struct why *why)
{
	struct words heading = {0};
	if (!mention_search_has_names(m))
		return OK;
	words_add(&heading, m->archive->tokens, place->heading);
	enum err e = put_all(m, place->item, &heading, spoken, place->packed, why);
	if (!e && place->notes.n) {
		struct spoken_words written;
		spoken_words_read(&written, m->archive->tokens, &place->notes, 1);
		e = put_all(m, place->item, &heading, &written, span_of(""), why);
		spoken_words_finish(&written);
	}
	words_finish(&heading);
	return e;
}

enum err mentions_strike(struct archive *a, struct reference_rules *rules, struct why *why)
{
	enum err e = db_run(a->db, "UPDATE mentions SET struck=0 WHERE struck", why);
	if (e)
		return e;
	sqlite3_stmt *s = db_prepare(a->db, "SELECT item, person, show, conference, slug FROM mentions JOIN items ON id=item");
	sqlite3_stmt *set = db_prepare(a->db, "UPDATE mentions SET struck=1 WHERE item=?1 AND person=?2");
	struct buf from = {0}, to = {0};
	int code = SQLITE_DONE;
	while (!e && (code = sqlite3_step(s)) == SQLITE_ROW) {
		archive_column_path(s, 2, &from);
		buf_clear(&to);
		buf_text(&to, "/people/");
		escape_url(&to, db_column_span(s, 1));
		if (!reference_rules_strike(rules, from.p, to.p))
			continue;
		sqlite3_bind_int64(set, 1, sqlite3_column_int64(s, 0));
		db_bind_span(set, 2, db_column_span(s, 1));
		e = archive_step(a, set, why);
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_finalize(s);
	sqlite3_finalize(set);
	buf_finish(&from);
	buf_finish(&to);
	return e;
}

/* ---- reading ---- */

static enum err read_all(struct archive *a, sqlite3_stmt *s, struct archive_mention **list, size_t *n, struct why *why)
{
	int code;
	*list = NULL;
	*n = 0;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		(*list)[(*n)++] = (struct archive_mention){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
			sqlite3_column_int(s, 2), archive_dup_column(s, 3), archive_dup_column(s, 4)};
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	if (!e)
		return OK;
	archive_mentions_free(*list, *n);
	*list = NULL;
	*n = 0;
	return e;
}

enum err archive_mentions_from(struct archive *a, int64_t item, struct archive_mention **list, size_t *n, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_MENTIONS_FROM);
	sqlite3_bind_int64(s, 1, item);
	return read_all(a, s, list, n, why);
}

enum err archive_mentions_to(struct archive *a, const char *person, struct archive_mention **list, size_t *n,
	struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_MENTIONS_TO);
	archive_bind_text(s, 1, person);
	return read_all(a, s, list, n, why);
}

void archive_mentions_free(struct archive_mention *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].slug);
		free(list[i].name);
	}
	free(list);
}
