/* archive_takedown.c - cutting what was taken down out of items, and remembering that it was.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive_takedown.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_put.h"

#define RULES_STATE "takedown"

/* What of an item's row goes with which part. */
static const char *const cuts[][12] = {
	{"UPDATE items SET media_file='', youtube='', media_bytes=0, duration_ms=0 WHERE id=?1",
		"DELETE FROM media WHERE item=?1", "DELETE FROM soundbites WHERE item=?1", NULL},
	{"UPDATE items SET n_turns=0, n_cues=0, n_untimed=0, n_speech_tokens=0 WHERE id=?1",
		"UPDATE texts SET speech='' WHERE item=?1", "UPDATE cues SET cues=x'', turns=x'' WHERE item=?1",
		"DELETE FROM voices WHERE item=?1", "DELETE FROM heard WHERE item=?1", "DELETE FROM spoken_links WHERE item=?1",
		"DELETE FROM mentions WHERE item=?1", NULL},
	{"UPDATE items SET published=0, title='', author='', description='', image='', page_url='', tags='', notes='',"
		" has_notes=0, summary='', license='', guid='', room='', track='', session='', n_notes_tokens=0 WHERE id=?1",
		"UPDATE texts SET title='', people='', notes='', chapters='', speech='' WHERE item=?1",
		"DELETE FROM chapters WHERE item=?1", "DELETE FROM links WHERE item=?1", "DELETE FROM credits WHERE item=?1",
		"DELETE FROM publishing WHERE item=?1", "DELETE FROM page_notes WHERE item=?1",
		"DELETE FROM feed_notes WHERE item=?1", NULL},
};

static enum err run(struct archive *a, const char *sql, int64_t id, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, sql);
	sqlite3_bind_int64(s, 1, id);
	enum err e = archive_step(a, s, why);
	sqlite3_finalize(s);
	return e;
}

static enum err run_known(struct archive *a, enum archive_statement which, int64_t id, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, which);
	sqlite3_bind_int64(s, 1, id);
	return archive_step(a, s, why);
}

/* The index is told what it loses, word by word. */
static enum err cut(struct archive *a, int64_t id, unsigned what, struct why *why)
{
	enum err e = run_known(a, SQL_DELETE_SPOKEN, id, why);
	for (unsigned part = 0; part < COUNT_OF(cuts) && !e; part++)
		for (size_t i = 0; what >> part & 1 && cuts[part][i] && !e; i++)
			e = run(a, cuts[part][i], id, why);
	return e ? e : run_known(a, SQL_SPOKEN_AGAIN, id, why);
}

/* ---- what an item is ---- */

struct facts {
	struct takedown_item item;
	char *texts[4];
	struct buf address;
	char **media, **names;
	size_t n_media, n_names;
};

static void add(char ***list, size_t *n, struct span text)
{
	for (size_t i = 0; i < *n; i++)
		if (span_is(text, (*list)[i]))
			return;
	*list = mem_grow(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = span_dup(text);
}

static void add_all(struct archive *a, const char *sql, int64_t id, bool are_files, char ***list, size_t *n)
{
	sqlite3_stmt *s = db_prepare(a->db, sql);
	sqlite3_bind_int64(s, 1, id);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct span text = db_column_span(s, 0);
		for (size_t at = 0; are_files && (at = span_find(text, '/')) < text.n;)
			text = span_from(text, at + 1);
		if (text.n)
			add(list, n, text);
	}
	sqlite3_finalize(s);
}

static bool facts_read(struct archive *a, int64_t id, struct facts *f)
{
	*f = (struct facts){0};
	sqlite3_stmt *s = db_prepare(a->db, "SELECT path, transcript_path, CASE kind WHEN 2 THEN conference ELSE show END, slug,"
		" kind, show FROM items WHERE id=?1");
	sqlite3_bind_int64(s, 1, id);
	bool found = sqlite3_step(s) == SQLITE_ROW;
	if (found) {
		for (int i = 0; i < 4; i++)
			f->texts[i] = archive_dup_column(s, i);
		bool is_talk = sqlite3_column_int(s, 4) == ARCHIVE_TALK;
		const char *kind = is_talk ? "conferences" : f->texts[2][0] ? "shows" : "transcripts";
		buf_format(&f->address, "%s/%s%s%s", kind, f->texts[2], f->texts[2][0] ? "/" : "", f->texts[3]);
	}
	sqlite3_finalize(s);
	if (!found)
		return false;
	add_all(a, "SELECT media_file FROM items WHERE id=?1 UNION ALL SELECT url FROM media WHERE item=?1", id, true, &f->media,
		&f->n_media);
	add_all(a, "SELECT name FROM voices WHERE item=?1 UNION ALL SELECT coalesce(nullif(credits.name, ''), (SELECT name FROM"
		" person_records WHERE person_records.ref=credits.ref ORDER BY path LIMIT 1), credits.ref) FROM credits WHERE item=?1",
		id, false, &f->names, &f->n_names);
	f->item = (struct takedown_item){.place = f->texts[2], .address = f->address.p, .file = f->texts[0],
		.transcript_file = f->texts[1], .media = f->media, .n_media = f->n_media, .names = f->names, .n_names = f->n_names};
	return true;
}

static void facts_finish(struct facts *f)
{
	for (size_t i = 0; i < COUNT_OF(f->texts); i++)
		free(f->texts[i]);
	for (size_t i = 0; i < f->n_media; i++)
		free(f->media[i]);
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	free(f->media);
	free(f->names);
	buf_finish(&f->address);
}

/* ---- taking down ---- */

static enum err note_use(struct archive *a, size_t rule, struct why *why)
{
	return run(a, "UPDATE takedowns SET is_used=1 WHERE n=?1", (int64_t)rule, why);
}

static enum err remember(struct archive *a, int64_t id, unsigned what, size_t rule, const struct facts *f, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "INSERT INTO taken(item, what, rule) VALUES(?1,?2,?3) ON CONFLICT(item) DO UPDATE SET"
		" what=what|?2");
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, what);
	sqlite3_bind_int64(s, 3, (int64_t)rule);
	enum err e = archive_step(a, s, why);
	sqlite3_finalize(s);
	for (size_t i = 0; i < f->n_media && !e; i++) {
		s = db_prepare(a->db, "INSERT OR IGNORE INTO taken_media(item, name) VALUES(?1,?2)");
		sqlite3_bind_int64(s, 1, id);
		archive_bind_text(s, 2, f->media[i]);
		e = archive_step(a, s, why);
		sqlite3_finalize(s);
	}
	return e;
}

/* What was taken down of it before; *rule is set then. */
static unsigned taken_before(struct archive *a, int64_t id, size_t *rule)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT what, rule FROM taken WHERE item=?1");
	unsigned what = 0;
	sqlite3_bind_int64(s, 1, id);
	if (sqlite3_step(s) == SQLITE_ROW) {
		what = (unsigned)sqlite3_column_int(s, 0);
		*rule = (size_t)sqlite3_column_int64(s, 1);
	}
	sqlite3_finalize(s);
	return what;
}

enum err archive_take_down(struct archive *a, int64_t id, bool is_again, struct why *why)
{
	struct facts f;
	size_t first = 0;
	if (!a->takedown || !a->takedown->n)
		return OK;
	enum err e = is_again ? OK : run(a, "DELETE FROM taken WHERE item=?1", id, why);
	if (!e && !is_again)
		e = run(a, "DELETE FROM taken_media WHERE item=?1", id, why);
	if (e || !facts_read(a, id, &f))
		return e;
	unsigned what = taken_before(a, id, &first);
	for (size_t i = 0; i < a->takedown->n && !e; i++) {
		unsigned parts = takedown_match(a->takedown, i, &f.item, a->takedown_people);
		if (!parts)
			continue;
		/* The reason that is told is of the rule that takes most. */
		if (!what || (parts == TAKEDOWN_ALL && what != TAKEDOWN_ALL))
			first = i;
		what |= parts;
		e = note_use(a, i, why);
	}
	if (!e && what)
		e = remember(a, id, what, first, &f, why);
	if (!e && what)
		e = cut(a, id, what, why);
	facts_finish(&f);
	return e;
}

static enum err take_down_all(struct archive *a, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT id FROM items ORDER BY id");
	int64_t *ids = NULL;
	size_t n = 0;
	while (sqlite3_step(s) == SQLITE_ROW) {
		if ((n & (n - 1)) == 0)
			ids = mem_grow(ids, n ? 2 * n : 1, sizeof *ids);
		ids[n++] = sqlite3_column_int64(s, 0);
	}
	sqlite3_finalize(s);
	enum err e = OK;
	for (size_t i = 0; i < n && !e; i++)
		e = archive_take_down(a, ids[i], true, why);
	free(ids);
	return e;
}

static enum err put_rules(struct archive *a, const struct takedown *rules, struct why *why)
{
	enum err e = db_run(a->db, "DELETE FROM takedowns; DELETE FROM taken; DELETE FROM taken_media", why);
	for (size_t i = 0; i < rules->n && !e; i++) {
		const struct takedown_rule *rule = &rules->rules[i];
		bool is_whole = rule->what == 0 || rule->what == TAKEDOWN_ALL;
		struct buf address = {0};
		buf_text(&address, rule->item);
		if (span_starts(span_of(rule->file), "media/"))
			buf_text(&address, rule->file);
		if (rule->person[0] && is_whole)
			buf_format(&address, "people/%s", rule->slugs[0]);
		sqlite3_stmt *s = db_prepare(a->db, "INSERT INTO takedowns(n, address, what, reason, date, is_used) VALUES(?1,?2,?3,?4,?5,0)");
		sqlite3_bind_int64(s, 1, (int64_t)i);
		archive_bind_text(s, 2, address.p);
		sqlite3_bind_int64(s, 3, rule->what ? rule->what : TAKEDOWN_ALL);
		archive_bind_text(s, 4, rule->reason);
		archive_bind_text(s, 5, rule->date);
		e = archive_step(a, s, why);
		sqlite3_finalize(s);
		buf_finish(&address);
	}
	return e;
}

enum err archive_takedown_begin(struct archive *a, const struct takedown *rules, const struct people_rules *people,
	uint64_t hash, struct why *why)
{
	a->takedown = rules;
	a->takedown_people = people;
	if (archive_state(a, RULES_STATE) == (int64_t)hash)
		return OK;
	bool own;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	e = put_rules(a, rules, why);
	if (!e)
		e = take_down_all(a, why);
	if (!e)
		e = archive_set_state(a, RULES_STATE, (int64_t)hash, why);
	return archive_leave(a, own, e, why);
}

enum err archive_takedown_again(struct archive *a, struct why *why)
{
	/* Where nothing was put, nothing means anything else. */
	return a->takedown && a->takedown->n && a->n_changes ? take_down_all(a, why) : OK;
}

void archive_takedown_end(struct archive *a)
{
	a->takedown = NULL;
	a->takedown_people = NULL;
}

bool archive_takedown_is_used(struct archive *a, size_t i)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT is_used FROM takedowns WHERE n=?1");
	sqlite3_bind_int64(s, 1, (int64_t)i);
	bool is = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return is;
}

/* ---- reading ---- */

void archive_taken_finish(struct archive_taken *t)
{
	free(t->reason);
	free(t->date);
	*t = (struct archive_taken){0};
}

/* One row: what, reason, date. */
static bool read_taken(sqlite3_stmt *s, struct archive_taken *t)
{
	*t = (struct archive_taken){0};
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0))
		*t = (struct archive_taken){(unsigned)sqlite3_column_int(s, 0), archive_dup_column(s, 1), archive_dup_column(s, 2)};
	sqlite3_finalize(s);
	return t->what;
}

#define ADDRESS "CASE WHEN items.kind=2 THEN 'conferences/'||conference||'/' WHEN show='' THEN 'transcripts/'" \
	" ELSE 'shows/'||show||'/' END||slug"

/* CROSS JOIN: what was taken down is little; SQLite would go through all items for it. */
bool archive_taken_page(struct archive *a, const char *address, struct archive_taken *t)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT taken.what, reason, date FROM taken CROSS JOIN items ON id=item JOIN takedowns ON n=rule"
		" WHERE " ADDRESS "=?1 UNION ALL SELECT what, reason, date FROM takedowns WHERE address=?1 LIMIT 1");
	archive_bind_text(s, 1, address);
	return read_taken(s, t);
}

static bool is_used(struct archive *a, const char *name)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT 1 FROM items WHERE media_file=?1 OR substr(media_file, -length(?1)-1)='/'||?1"
		" UNION ALL SELECT 1 FROM media WHERE url=?1 OR substr(url, -length(?1)-1)='/'||?1 LIMIT 1");
	archive_bind_text(s, 1, name);
	bool is = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	return is;
}

/* Of an item whose transcript alone was taken down the recording is in use. */
static bool taken_as_named(struct archive *a, const char *name, struct archive_taken *t)
{
	/* An item that uses it and isn't taken down at all keeps it. SQLite has no bitwise aggregate; there are three bits. */
	sqlite3_stmt *s = db_prepare(a->db, "SELECT min(taken.what&1)+min(taken.what&2)+min(taken.what&4), min(reason), min(date),"
		" (SELECT count(*) FROM items WHERE id NOT IN (SELECT item FROM taken) AND (media_file=?1 OR substr(media_file,"
		" -length(?1)-1)='/'||?1 OR id IN (SELECT item FROM media WHERE url=?1 OR substr(url, -length(?1)-1)='/'||?1))) FROM"
		" taken_media JOIN taken USING(item) JOIN takedowns ON n=rule WHERE name=?1");
	archive_bind_text(s, 1, name);
	*t = (struct archive_taken){0};
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) && !sqlite3_column_int(s, 3))
		*t = (struct archive_taken){(unsigned)sqlite3_column_int(s, 0), archive_dup_column(s, 1), archive_dup_column(s, 2)};
	sqlite3_finalize(s);
	return t->what;
}

/* What `carillon media` makes has its name from the recording's: STEM-480p.mp4, STEM.m3u8, STEM-normalised.mp3. */
static struct span made_of(const char *name)
{
	struct span stem = file_stem(name);
	size_t n = stem.n;
	if (span_ends(stem, "-normalised"))
		return span_make(stem.p, n - strlen("-normalised"));
	if (n < 3 || stem.p[n - 1] != 'p')
		return stem;
	do
		n--;
	while (n && stem.p[n - 1] >= '0' && stem.p[n - 1] <= '9');
	return n && n < stem.n - 1 && stem.p[n - 1] == '-' ? span_make(stem.p, n - 1) : stem;
}

static bool taken_with_its_original(struct archive *a, const char *name, struct archive_taken *t)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT DISTINCT name FROM taken_media UNION SELECT substr(address, 7) FROM takedowns WHERE"
		" address LIKE 'media/%'");
	struct span stem = made_of(name);
	bool taken = false;
	while (!taken && sqlite3_step(s) == SQLITE_ROW) {
		char *other = archive_dup_column(s, 0);
		bool is_kin = span_equal(made_of(other), stem) && (!span_equal(file_stem(name), file_stem(other)) ||
			span_ends(span_of(name), ".m3u8"));
		taken = is_kin && archive_taken_media(a, other, t);
		free(other);
	}
	sqlite3_finalize(s);
	return taken;
}

bool archive_taken_media(struct archive *a, const char *name, struct archive_taken *t)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT what, reason, date FROM takedowns WHERE address='media/'||?1");
	archive_bind_text(s, 1, name);
	return read_taken(s, t) || taken_as_named(a, name, t);
}

bool archive_taken_media_or_copy(struct archive *a, const char *name, struct archive_taken *t)
{
	return archive_taken_media(a, name, t) || (!is_used(a, name) && taken_with_its_original(a, name, t));
}

bool archive_has_taken_media(struct archive *a)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT 1 FROM taken_media UNION ALL SELECT 1 FROM takedowns WHERE address"
		" LIKE 'media/%' LIMIT 1");
	bool has = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	return has;
}

/* "shows/bells/one": the feed's space and the slug. */
static void tell(const char *address, unsigned what, void (*each)(void *, const char *, const char *, const char *, unsigned),
	void *data)
{
	struct span rest = span_of(address), kind, place = {"", 0};
	struct buf space = {0};
	span_next_piece(&rest, '/', &kind);
	if (!span_is(kind, "transcripts"))
		span_next_piece(&rest, '/', &place);
	buf_format(&space, "%s%.*s", span_is(kind, "conferences") ? "conference/" : "", SPAN_ARG(place));
	char *slug = span_dup(rest);
	each(data, address, space.p, slug, what);
	free(slug);
	buf_finish(&space);
}

enum err archive_taken_each(struct archive *a, void (*each)(void *data, const char *address, const char *space,
	const char *slug, unsigned what), void *data, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT address, max(what) FROM (SELECT " ADDRESS " AS address, taken.what AS what FROM taken"
		" CROSS JOIN items ON id=item UNION ALL SELECT address, what FROM takedowns WHERE address<>'') WHERE address LIKE"
		" 'shows/%' OR address LIKE 'conferences/%' OR address LIKE 'transcripts/%' GROUP BY address ORDER BY address");
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		char *address = archive_dup_column(s, 0);
		tell(address, (unsigned)sqlite3_column_int(s, 1), each, data);
		free(address);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	return e;
}
