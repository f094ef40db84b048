/* archive_people.c - credits and voices of all items made people, by the owner's rules; and reading them.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_store.h"
#include "transcripts/people_rules.h"
#include "transcripts/query.h"

/* ---- who is who ---- */

/* A name in an item, and everyone whom it means. */
struct naming {
	struct archive *archive;
	sqlite3_stmt *put;  /* into temp.seen */
	int64_t item, kind, n_turns, spoken_ms;
	struct span name, role;
	enum err e;
	struct why *why;
};

static void see(void *data, const char *slug, const char *name)
{
	struct naming *n = data;
	if (n->e)
		return;
	sqlite3_reset(n->put);
	archive_bind_text(n->put, 1, slug);
	archive_bind_text(n->put, 2, name);
	sqlite3_bind_int64(n->put, 3, n->item);
	sqlite3_bind_int64(n->put, 4, n->kind);
	db_bind_span(n->put, 5, n->role);
	db_bind_span(n->put, 6, n->name);
	sqlite3_bind_int64(n->put, 7, n->n_turns);
	sqlite3_bind_int64(n->put, 8, n->spoken_ms);
	n->e = archive_step(n->archive, n->put, n->why);
}

/* A credit without a name has its source's key to a person's record; a credit whose record isn't there names nobody. */
static const char names_sql[] =
	"SELECT item, kind, show, conference, name, '', voices.n_turns, spoken_ms FROM voices JOIN items ON id=item WHERE"
	" published UNION ALL "
	"SELECT item, kind, show, conference, coalesce(nullif(credits.name, ''), (SELECT name FROM person_records WHERE"
	" person_records.ref=credits.ref ORDER BY path LIMIT 1), ''), role, 0, 0 FROM credits JOIN items ON id=item WHERE"
	" published";

static enum err see_all(struct archive *a, const struct people_rules *rules, struct why *why)
{
	struct naming n = {.archive = a, .why = why};
	sqlite3_stmt *names = db_prepare(a->db, names_sql);
	n.put = db_prepare(a->db, "INSERT INTO temp.seen VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
	int code;
	while (!n.e && (code = sqlite3_step(names)) == SQLITE_ROW) {
		bool is_talk = sqlite3_column_int(names, 1) == ARCHIVE_TALK;
		char *place = span_dup(db_column_span(names, is_talk ? 3 : 2));
		n.item = sqlite3_column_int64(names, 0);
		n.kind = sqlite3_column_int64(names, 1);
		n.name = db_column_span(names, 4);
		n.role = db_column_span(names, 5);
		n.n_turns = sqlite3_column_int64(names, 6);
		n.spoken_ms = sqlite3_column_int64(names, 7);
		people_rules_resolve(rules, place, n.name, see, &n);
		free(place);
	}
	enum err e = n.e ? n.e : code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(names);
	sqlite3_finalize(n.put);
	return e;
}

/* Of one person's spellings the one most used, then the first by its bytes. */
static const char settle_sql[] =
	"DELETE FROM people; DELETE FROM appearances;"
	"INSERT INTO appearances SELECT slug, item, role, written, sum(n_turns), sum(spoken_ms) FROM temp.seen"
	" GROUP BY slug, item, role, written;"
	"INSERT INTO people SELECT slug, (SELECT name FROM temp.seen AS s WHERE s.slug=seen.slug GROUP BY name ORDER BY"
	" count(*) DESC, name LIMIT 1), '', '', '', '', '', count(DISTINCT CASE WHEN kind<>2 THEN item END),"
	" count(DISTINCT CASE WHEN kind=2 THEN item END), sum(spoken_ms) FROM temp.seen GROUP BY slug;"
	"DROP TABLE temp.seen;";

/* What the rules say of a person, else what the sources' records do. */
static enum err describe(struct archive *a, const struct people_rules *rules, sqlite3_stmt *set, struct span slug,
	struct span name, struct why *why)
{
	char *key = span_dup(slug);
	const struct people_rule *rule = people_rules_find(rules, key);
	struct buf folded = {0};
	query_fold_name(a->tokens, name, &folded);
	buf_text(&folded, "");
	db_bind_span(set, 1, slug);
	archive_bind_text(set, 2, folded.p);
	archive_bind_text(set, 3, rule ? rule->about : "");
	archive_bind_text(set, 4, rule ? rule->url : "");
	archive_bind_text(set, 5, rule ? rule->image : "");
	db_bind_span(set, 6, name);
	enum err e = archive_step(a, set, why);
	buf_finish(&folded);
	free(key);
	return e;
}

static enum err describe_all(struct archive *a, const struct people_rules *rules, struct why *why)
{
	sqlite3_stmt *people = db_prepare(a->db, "SELECT slug, name FROM people ORDER BY slug");
	sqlite3_stmt *set = db_prepare(a->db, "UPDATE people SET folded=?2, about=coalesce(nullif(?3,''), told.about, ''),"
		" url=coalesce(nullif(?4,''), told.url, ''), image=coalesce(nullif(?5,''), told.image, ''),"
		" place=coalesce(told.place, '') FROM (SELECT max(about) AS about, max(url) AS url, max(image) AS image, max(place)"
		" AS place FROM person_records WHERE name=?6) AS told WHERE slug=?1");
	enum err e = OK;
	int code = SQLITE_DONE;
	while (!e && (code = sqlite3_step(people)) == SQLITE_ROW)
		e = describe(a, rules, set, db_column_span(people, 0), db_column_span(people, 1), why);
	if (!e && code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_finalize(people);
	sqlite3_finalize(set);
	return e;
}

enum err archive_settle_people(struct archive *a, const struct people_rules *rules, uint64_t rules_hash, struct why *why)
{
	if (!a->n_changes && !archive_state(a, ARCHIVE_STALE) && archive_state(a, ARCHIVE_PEOPLE_RULES) == (int64_t)rules_hash)
		return OK;
	bool own;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	e = db_run(a->db, "DROP TABLE IF EXISTS temp.seen; CREATE TEMP TABLE seen(slug, name, item, kind, role, written, n_turns,"
		" spoken_ms); CREATE INDEX temp.seen_slug ON seen(slug, name);", why);
	if (!e)
		e = see_all(a, rules, why);
	if (!e)
		e = db_run(a->db, settle_sql, why);
	if (!e)
		e = describe_all(a, rules, why);
	if (!e)
		e = archive_set_state(a, ARCHIVE_PEOPLE_RULES, (int64_t)rules_hash, why);
	return archive_leave(a, own, e, why);
}

/* ---- reading ---- */

enum { PERSON_TEXTS = 6 };

static struct archive_person *read_person(sqlite3_stmt *s)
{
	struct archive_person *person = mem_new(1, sizeof *person);
	const char **const fields[PERSON_TEXTS] = {&person->slug, &person->name, &person->about, &person->url, &person->image,
		&person->place};
	size_t room = 0;
	for (int i = 0; i < PERSON_TEXTS; i++)
		room += db_column_span(s, i).n + 1;
	char *p = person->_block = mem_new(room, 1);
	for (int i = 0; i < PERSON_TEXTS; i++) {
		struct span text = db_column_span(s, i);
		if (text.n)
			memcpy(p, text.p, text.n);
		*fields[i] = p;
		p += text.n + 1;
	}
	person->n_episodes = (size_t)sqlite3_column_int64(s, PERSON_TEXTS);
	person->n_talks = (size_t)sqlite3_column_int64(s, PERSON_TEXTS + 1);
	person->spoken_ms = sqlite3_column_int64(s, PERSON_TEXTS + 2);
	return person;
}

enum err archive_people(struct archive *a, const char *starts_with, size_t limit, size_t offset,
	struct archive_person ***people, size_t *n, struct why *why)
{
	struct buf folded = {0};
	sqlite3_stmt *s = archive_statement(a, SQL_PEOPLE);
	if (starts_with) {
		query_fold_name(a->tokens, span_of(starts_with), &folded);
		buf_text(&folded, "");
		archive_bind_text(s, 1, folded.p);
	}
	sqlite3_bind_int64(s, 2, limit > INT64_MAX ? -1 : (int64_t)limit);
	sqlite3_bind_int64(s, 3, offset > INT64_MAX ? INT64_MAX : (int64_t)offset);
	*people = NULL;
	*n = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*people = mem_grow(*people, *n ? *n * 2 : 1, sizeof **people);
		(*people)[(*n)++] = read_person(s);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	buf_finish(&folded);
	if (!e)
		return OK;
	for (size_t i = 0; i < *n; i++)
		archive_person_free((*people)[i]);
	free(*people);
	*people = NULL;
	*n = 0;
	return e;
}

struct archive_person *archive_person_find(struct archive *a, const char *slug)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PERSON);
	archive_bind_text(s, 1, slug);
	struct archive_person *person = sqlite3_step(s) == SQLITE_ROW ? read_person(s) : NULL;
	sqlite3_reset(s);
	return person;
}

void archive_person_free(struct archive_person *p)
{
	if (!p)
		return;
	free(p->_block);
	free(p);
}

enum err archive_appearances(struct archive *a, const char *slug, struct archive_appearance **list, size_t *n,
	struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_APPEARANCES);
	archive_bind_text(s, 1, slug);
	*list = NULL;
	*n = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		(*list)[(*n)++] = (struct archive_appearance){sqlite3_column_int64(s, 0), archive_dup_column(s, 1),
			(size_t)sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3)};
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	if (e) {
		archive_appearances_free(*list, *n);
		*list = NULL;
		*n = 0;
	}
	return e;
}

void archive_appearances_free(struct archive_appearance *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].role);
	free(list);
}

char *archive_person_slug(struct archive *a, int64_t item, const char *name)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PERSON_OF_NAME);
	sqlite3_bind_int64(s, 1, item);
	archive_bind_text(s, 2, name);
	char *slug = sqlite3_step(s) == SQLITE_ROW ? archive_dup_column(s, 0) : NULL;
	if (slug && sqlite3_step(s) == SQLITE_ROW) {
		free(slug);
		slug = NULL;
	}
	sqlite3_reset(s);
	return slug;
}
