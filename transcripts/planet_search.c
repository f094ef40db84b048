/* planet_search.c - the search over the planet's entries: the same queries as over what was said (query.h), another
 * index, so that posts never stand among recordings.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/language.h"
#include "transcripts/planet_store_parts.h"
#include "transcripts/query.h"
#include "transcripts/search.h"
#include "transcripts/stems.h"

enum { TIME_LIMIT_US = 500 * 1000, STEPS_BETWEEN_LOOKS = 1000, OFFSET_MAX = 10000, LANGUAGES_LOOKED_AT = 4 };

struct looking {
	int64_t deadline_us;
};

static int is_late(void *data)
{
	return clock_mono_us() > ((const struct looking *)data)->deadline_us;
}

/* ---- other forms of a word: those of the index's words that have its stem ---- */

static void add_form(struct query_word *word, struct span text, size_t *n_left_out)
{
	if (span_is(text, word->text))
		return;
	for (size_t i = 0; i < word->n_forms; i++)
		if (span_is(text, word->forms[i]))
			return;
	if (word->n_forms < QUERY_FORMS_MAX)
		word->forms[word->n_forms++] = span_dup(text);
	else
		++*n_left_out;
}

/* The index's words that begin as the word does; those with its stem are its forms. */
static void find_forms(struct planet_store *s, const char *language, struct query_word *word, size_t *n_left_out)
{
	enum { COMMON = 3 };
	struct buf wanted = {0}, stem = {0}, end = {0};
	if (!stems_of(language, span_of(word->text), &wanted))
		return;
	struct span start = span_make(word->text, COMMON);
	buf_span(&end, start);
	buf_text(&end, "\xF4\x8F\xBF\xBF");
	sqlite3_stmt *q = db_prepare(s->db, "SELECT term FROM temp.planet_words WHERE term>=?1 AND term<?2");
	db_bind_span(q, 1, start);
	db_bind_span(q, 2, buf_view(&end));
	while (sqlite3_step(q) == SQLITE_ROW) {
		struct span term = db_column_span(q, 0);
		buf_clear(&stem);
		if (stems_of(language, term, &stem) && span_equal(buf_view(&stem), buf_view(&wanted)))
			add_form(word, term, n_left_out);
	}
	sqlite3_finalize(q);
	buf_finish(&wanted);
	buf_finish(&stem);
	buf_finish(&end);
}

static size_t languages_of(struct planet_store *s, const char *languages[LANGUAGES_LOOKED_AT])
{
	size_t n = 0;
	languages[n++] = "en";
	sqlite3_stmt *q = db_prepare(s->db, "SELECT language FROM feeds WHERE wanted AND language<>'' GROUP BY 1 ORDER BY"
		" count(*) DESC");
	while (n < LANGUAGES_LOOKED_AT && sqlite3_step(q) == SQLITE_ROW) {
		const char *code = language_code(db_column_span(q, 0));
		bool is_new = code != NULL;
		for (size_t i = 0; i < n && is_new; i++)
			is_new = strcmp(languages[i], code) != 0;
		if (is_new)
			languages[n++] = code;
	}
	sqlite3_finalize(q);
	return n;
}

static enum err expand(struct planet_store *s, struct query *q, size_t *n_left_out, struct why *why)
{
	const char *languages[LANGUAGES_LOOKED_AT];
	size_t n = languages_of(s, languages);
	enum err e = db_run(s->db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.planet_words USING fts5vocab('main', 'words',"
		" 'row')", why);
	for (size_t i = 0; i < q->n_words && !e; i++)
		for (size_t k = 0; q->words[i].inflects && k < n; k++)
			find_forms(s, languages[k], &q->words[i], n_left_out);
	return e;
}

/* ---- the expression ---- */

/* All units: a word in one of its forms, or words that follow each other. */
static void write_expression(const struct query *q, struct buf *out)
{
	for (size_t i = 0; i < q->n_units; i++) {
		const struct query_unit *unit = &q->units[i];
		const struct query_word *word = &q->words[q->run[unit->first]];
		buf_text(out, i ? " AND (" : "(");
		for (size_t k = 0; k < unit->n; k++) {
			const struct query_word *one = &q->words[q->run[unit->first + k]];
			buf_format(out, "%s\"%s\"%s", k ? " + " : "", one->text, one->prefix ? " *" : "");
		}
		for (size_t k = 0; unit->n == 1 && k < word->n_forms; k++)
			buf_format(out, " OR \"%s\"", word->forms[k]);
		buf_char(out, ')');
	}
	if (q->without.n && q->n_units) {
		struct buf all = {0};
		buf_format(&all, "(%s) NOT (%s)", out->p, q->without.p);
		buf_finish(out);
		*out = all;
	}
}

/* ---- hits ---- */

struct found {
	int64_t id;
	double score;
};

struct finding {
	struct planet_store *s;
	const struct query *q;
	struct found *best;
	size_t n_best, keep, total;
	bool timed_out;
};

static bool is_by(const struct finding *f, struct span author)
{
	struct buf folded = {0};
	bool fits = true;
	query_fold_name(f->s->tokens, author, &folded);
	for (size_t i = 0; i < f->q->speakers.n && fits; i++)
		fits = span_search(buf_view(&folded), span_of(f->q->speakers.names[i]), 0) < folded.n;
	buf_finish(&folded);
	return fits;
}

static enum err find(struct finding *f, struct span expression, struct why *why)
{
	sqlite3_stmt *q = db_prepare(f->s->db, expression.n ?
		"SELECT words.rowid, -bm25(words, 8.0, 4.0, 1.0), CASE WHEN entries.author<>'' THEN entries.author ELSE"
		" feeds.author END FROM"
		" words JOIN entries ON entries.id=words.rowid JOIN feeds ON feeds.id=entries.feed WHERE words MATCH ?1 AND wanted"
		" AND shown_ms>=?2 AND shown_ms<?3 ORDER BY bm25(words, 8.0, 4.0, 1.0), shown_ms DESC, entries.id" :
		"SELECT entries.id, 0, CASE WHEN entries.author<>'' THEN entries.author ELSE feeds.author END FROM entries JOIN"
		" feeds ON feeds.id=entries.feed WHERE ?1 IS NULL AND wanted AND shown_ms>=?2 AND shown_ms<?3 ORDER BY shown_ms DESC,"
		" entries.id");
	if (expression.n)
		db_bind_span(q, 1, expression);
	sqlite3_bind_int64(q, 2, f->q->from_ms);
	sqlite3_bind_int64(q, 3, f->q->before_ms);
	int code;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		if (f->q->speakers.n && !is_by(f, db_column_span(q, 2)))
			continue;
		if (f->n_best < f->keep) {
			f->best = mem_grow(f->best, f->n_best + 1, sizeof *f->best);
			f->best[f->n_best++] = (struct found){sqlite3_column_int64(q, 0), sqlite3_column_double(q, 1)};
		}
		f->total++;
	}
	f->timed_out = code == SQLITE_INTERRUPT;
	enum err e = code == SQLITE_DONE || f->timed_out ? OK : db_error(f->s->db, why);
	sqlite3_finalize(q);
	return e;
}

/* The index marks what matched with \x02 and \x03, which no text holds. */
static char *marked_html(struct span text)
{
	struct buf html = {0};
	buf_text(&html, "");
	while (text.n) {
		size_t n = 0;
		while (n < text.n && text.p[n] != '\x02' && text.p[n] != '\x03')
			n++;
		escape_html(&html, span_make(text.p, n));
		if (n < text.n)
			buf_text(&html, text.p[n] == '\x02' ? "<mark>" : "</mark>");
		text = span_from(text, n + 1);
	}
	return buf_take(&html);
}

/* One block: the texts stand behind the struct. */
static struct search_item *item_of(sqlite3_stmt *q, int64_t id)
{
	struct span slug = db_column_span(q, 2), title = db_column_span(q, 0);
	struct search_item *item = mem_new(sizeof *item + slug.n + title.n + 3, 1);
	char *p = (char *)(item + 1);
	item->show = item->conference = p++;
	item->slug = p;
	memcpy(p, slug.p, slug.n);
	p += slug.n + 1;
	item->title = p;
	memcpy(p, title.p, title.n);
	item->id = id;
	item->kind = ARCHIVE_TRANSCRIPT;
	item->published_ms = sqlite3_column_int64(q, 4);
	return item;
}

/* A post that has no address of its own stands on its feed's page. */
static void write_place(struct buf *url, struct span slug, int64_t id)
{
	buf_text(url, "/planet/");
	escape_url(url, slug);
	buf_format(url, "/?post=%lld#e%lld", (long long)id, (long long)id);
}

static void fill_hit(struct finding *f, const struct found *found, struct span expression, struct search_hit *hit)
{
	sqlite3_stmt *q = db_prepare(f->s->db, expression.n ?
		"SELECT entries.title, entries.url, slug, CASE WHEN entries.author<>'' THEN entries.author ELSE feeds.author END,"
		" shown_ms,"
		" snippet(words, 2, char(2), char(3), '\xE2\x80\xA6', 24) FROM words JOIN entries ON entries.id=words.rowid JOIN"
		" feeds ON feeds.id=entries.feed WHERE words MATCH ?2 AND words.rowid=?1" :
		"SELECT entries.title, entries.url, slug, CASE WHEN entries.author<>'' THEN entries.author ELSE feeds.author END,"
		" shown_ms, '' FROM entries JOIN feeds ON feeds.id=entries.feed WHERE entries.id=?1");
	sqlite3_bind_int64(q, 1, found->id);
	if (expression.n)
		db_bind_span(q, 2, expression);
	hit->kind = "post";
	hit->score = found->score;
	if (sqlite3_step(q) == SQLITE_ROW) {
		struct buf url = {0};
		struct span own = db_column_span(q, 1), words = db_column_span(q, 5);
		if (own.n)
			buf_span(&url, own);
		else
			write_place(&url, db_column_span(q, 2), found->id);
		hit->item = item_of(q, found->id);
		hit->url = buf_take(&url);
		if (words.n)
			hit->summary = marked_html(words);
		hit->author = span_dup(db_column_span(q, 3));
	}
	sqlite3_finalize(q);
}

static enum err run(struct planet_store *s, struct query *q, struct search_result *r, size_t limit, size_t offset,
	struct why *why)
{
	struct finding f = {.s = s, .q = q, .keep = limit + offset};
	struct buf expression = {0};
	enum err e = expand(s, q, &r->n_forms_left_out, why);
	write_expression(q, &expression);
	if (!e)
		e = find(&f, buf_view(&expression), why);
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	r->total = f.total;
	r->timed_out = f.timed_out;
	size_t n = f.n_best > offset ? f.n_best - offset : 0;
	r->hits = mem_new(n + 1, sizeof *r->hits);
	for (size_t i = 0; i < n && !e; i++) {
		fill_hit(&f, &f.best[offset + i], buf_view(&expression), &r->hits[r->n_hits]);
		r->n_hits += r->hits[r->n_hits].item != NULL;
	}
	buf_finish(&expression);
	free(f.best);
	return e;
}

bool planet_search_is_meant(const struct search_request *request)
{
	struct span rest = request->query, word;
	if (span_equal_nocase(span_trim(request->kind), SPAN_LITERAL("post")))
		return true;
	while (span_next_piece(&rest, ' ', &word))
		if (span_equal_nocase(word, SPAN_LITERAL("kind:post")))
			return true;
	return false;
}

enum err planet_search(struct planet_store *s, const struct search_request *request, struct search_result **result,
	struct why *why)
{
	int64_t start = clock_mono_us();
	size_t limit = request->limit ? request->limit : SEARCH_LIMIT_DEFAULT;
	limit = limit > SEARCH_LIMIT_MAX ? SEARCH_LIMIT_MAX : limit;
	size_t offset = request->offset > OFFSET_MAX ? OFFSET_MAX : request->offset;
	struct query q;
	struct looking looking = {start + TIME_LIMIT_US};
	struct search_result *r = mem_new(1, sizeof *r);
	*result = NULL;
	query_parse(&q, s->tokens, request->query);
	query_add_name(&q, &q.speakers, s->tokens, request->speaker);
	query_add_year(&q, request->year);
	/* No post is of a show or of a conference, or is a recording. */
	bool is_none = span_trim(request->show).n || span_trim(request->conference).n || span_trim(request->item).n ||
		q.shows.n || q.conferences.n || q.items.n;
	bool asks = q.n_units || q.speakers.n || q.from_ms != INT64_MIN || q.before_ms != INT64_MAX;
	enum err e = db_run(s->db, "BEGIN", why);
	sqlite3_progress_handler(s->db, STEPS_BETWEEN_LOOKS, is_late, &looking);
	if (!e && asks && !is_none)
		e = run(s, &q, r, limit, offset, why);
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	if (!sqlite3_get_autocommit(s->db))
		(void)!db_run(s->db, "COMMIT", NULL);
	r->n_ignored = q.n_ignored;
	query_finish(&q);
	r->took_ms = (double)(clock_mono_us() - start) / 1000;
	if (e) {
		search_result_free(r);
		return e;
	}
	*result = r;
	return OK;
}
