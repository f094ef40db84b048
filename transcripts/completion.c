/* completion.c - finding them; completion_count.c counts.
 * SPDX-License-Identifier: MIT */
#include "transcripts/completion.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/completion_names.h"
#include "transcripts/query.h"

enum {
	SHORTEST = 2,       /* letters before anything is suggested */
	SHORTEST_PAIR = 3,  /* before pairs whose first word begins so */
	TYPED_WORDS = 8,    /* of what was typed, the last ones, count */
};

/* What was typed, taken apart at its end. */
struct typed {
	struct span text;
	char *words[TYPED_WORDS]; /* folded; the last may be unfinished */
	size_t starts[TYPED_WORDS];
	size_t n;
	bool is_open;             /* the last word is still being typed */
};

struct found {
	struct archive *archive;
	struct completion *list;
	size_t n, limit;
};

static bool take_word(void *data, const struct token *token)
{
	struct typed *t = data;
	if (t->n == TYPED_WORDS) {
		free(t->words[0]);
		memmove(t->words, t->words + 1, (TYPED_WORDS - 1) * sizeof *t->words);
		memmove(t->starts, t->starts + 1, (TYPED_WORDS - 1) * sizeof *t->starts);
		t->n--;
	}
	t->words[t->n] = span_dup(token->text);
	t->starts[t->n++] = token->start;
	t->is_open = token->end == t->text.n;
	return true;
}

static void add(struct found *f, const char *kind, char *text, char *url)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->list[i].text, text) == 0 && strcmp(f->list[i].url, url) == 0) {
			free(text);
			free(url);
			return;
		}
	}
	f->list[f->n++] = (struct completion){kind, text, url};
}

static char *search_url(struct span text)
{
	struct buf url = {0};
	buf_text(&url, "/search?q=");
	escape_url(&url, text);
	return buf_take(&url);
}

/* What was typed before the word, and then these. */
static void add_words(struct found *f, const char *kind, const struct typed *t, size_t kept, struct span a,
	struct span b)
{
	struct buf text = {0};
	buf_add(&text, t->text.p, kept);
	buf_span(&text, a);
	if (b.n) {
		buf_char(&text, ' ');
		buf_span(&text, b);
	}
	char *url = search_url(buf_view(&text));
	add(f, kind, buf_take(&text), url);
}

/* Everything that begins with the word lies between it and this. */
static char *end_of_range(const char *word)
{
	struct buf end = {0};
	buf_text(&end, word);
	buf_char(&end, '\xff');
	return buf_take(&end);
}

/* Rows of one word or two. */
static enum err add_rows(struct found *f, const char *kind, const struct typed *t, size_t kept, sqlite3_stmt *s,
	size_t most, struct why *why)
{
	int code = SQLITE_ROW;
	for (size_t i = 0; i < most && f->n < f->limit && (code = sqlite3_step(s)) == SQLITE_ROW; i++)
		add_words(f, kind, t, kept, db_column_span(s, 0),
			sqlite3_column_count(s) > 1 ? db_column_span(s, 1) : span_make("", 0));
	enum err e = code == SQLITE_ROW || code == SQLITE_DONE ? OK : db_error(f->archive->db, why);
	sqlite3_reset(s);
	return e;
}

/* Words that often follow the one before. */
static enum err add_followers(struct found *f, const struct typed *t, const char *first, const char *begin, size_t kept,
	struct why *why)
{
	char *end = end_of_range(begin);
	sqlite3_stmt *s = archive_statement(f->archive, SQL_FOLLOWERS);
	archive_bind_text(s, 1, first);
	archive_bind_text(s, 2, begin);
	archive_bind_text(s, 3, end);
	enum err e = add_rows(f, "words", t, kept, s, f->limit, why);
	free(end);
	return e;
}

static enum err add_range(struct found *f, const char *kind, enum archive_statement which, const struct typed *t,
	size_t most, struct why *why)
{
	const char *begin = t->words[t->n - 1];
	char *end = end_of_range(begin);
	sqlite3_stmt *s = archive_statement(f->archive, which);
	archive_bind_text(s, 1, begin);
	archive_bind_text(s, 2, end);
	enum err e = add_rows(f, kind, t, t->starts[t->n - 1], s, most, why);
	free(end);
	return e;
}

static enum err add_said(struct found *f, const struct typed *t, struct why *why)
{
	const char *last = t->words[t->n - 1];
	if (!t->is_open) {
		size_t n = t->text.n;
		return t->text.p[n - 1] == ' ' ? add_followers(f, t, last, "", n, why) : OK;
	}
	enum err e = OK;
	if (t->n > 1)
		e = add_followers(f, t, t->words[t->n - 2], last, t->starts[t->n - 1], why);
	if (!e && strlen(last) >= SHORTEST && f->n < f->limit)
		e = add_range(f, "word", SQL_WORDS_FROM, t, (f->limit - f->n + 1) / 2, why);
	if (!e && strlen(last) >= SHORTEST_PAIR && t->n == 1 && f->n < f->limit)
		e = add_range(f, "words", SQL_PAIRS_FROM, t, (f->limit - f->n + 1) / 2, why);
	return e;
}

static char *name_url(struct found *f, enum completion_name kind, struct span ref)
{
	struct buf url = {0};
	int64_t id = 0;
	if (kind == NAME_TITLE) {
		struct archive_item *item = span_to_i64(ref, &id) ? archive_item_by_id(f->archive, id) : NULL;
		if (item)
			archive_item_path(&url, item);
		archive_item_free(item);
	} else {
		buf_text(&url, kind == NAME_PERSON ? "/people/" : "/conferences/");
		escape_url(&url, ref);
		if (kind == NAME_CONFERENCE)
			buf_char(&url, '/');
	}
	buf_text(&url, "");
	return buf_take(&url);
}

/* as_filter: the query's part before, to which a person is added as speaker:"name". */
static enum err add_names(struct found *f, const struct typed *t, enum completion_name kind, size_t most,
	const struct span *as_filter, struct why *why)
{
	static const char *const kinds[] = {[NAME_PERSON] = "person", [NAME_CONFERENCE] = "conference",
		[NAME_TITLE] = "title"};
	struct buf expression = {0};
	for (size_t i = 0; i < t->n; i++)
		buf_format(&expression, "%s\"%s\"%s", i ? " AND " : "", t->words[i], i + 1 == t->n && t->is_open ? "*" : "");
	sqlite3_stmt *s = archive_statement(f->archive, SQL_NAMES_LIKE);
	db_bind_span(s, 1, buf_view(&expression));
	sqlite3_bind_int64(s, 2, completion_names_from(kind));
	sqlite3_bind_int64(s, 3, completion_names_from(kind + 1) - 1);
	int code = SQLITE_ROW;
	for (size_t i = 0; i < most && f->n < f->limit && (code = sqlite3_step(s)) == SQLITE_ROW; i++) {
		struct span name = db_column_span(s, 0);
		if (as_filter) {
			struct buf text = {0};
			buf_format(&text, "%.*sspeaker:\"%.*s\" ", SPAN_ARG(*as_filter), SPAN_ARG(name));
			char *url = search_url(buf_view(&text));
			add(f, kinds[kind], buf_take(&text), url);
		} else {
			add(f, kinds[kind], span_dup(name), name_url(f, kind, db_column_span(s, 1)));
		}
	}
	enum err e = code == SQLITE_ROW || code == SQLITE_DONE ? OK : db_error(f->archive->db, why);
	sqlite3_reset(s);
	buf_finish(&expression);
	return e;
}

/* The part of the query behind speaker:, where that is being typed; *before is what stands in front. */
static bool is_speaker(struct span typed, struct span *before, struct span *name)
{
	static const char field[] = "speaker:";
	size_t n = sizeof field - 1;
	for (size_t i = typed.n; i-- > 0;) {
		if (i + n > typed.n || !span_equal_nocase(span_make(typed.p + i, n), SPAN_LITERAL("speaker:")) ||
				(i > 0 && typed.p[i - 1] != ' '))
			continue;
		*before = span_make(typed.p, i);
		*name = span_from(typed, i + n);
		bool quoted = name->n && name->p[0] == '"';
		*name = span_from(*name, quoted);
		return name->n > 0 && span_find(*name, quoted ? '"' : ' ') == name->n;
	}
	return false;
}

enum err completions_find(struct archive *a, struct span text, size_t limit, struct completion **list, size_t *n,
	struct why *why)
{
	struct span before, name;
	bool as_filter = is_speaker(text, &before, &name);
	struct typed t = {.text = text.n > QUERY_BYTES_MAX ? span_make(text.p, 0) : as_filter ? name : text};
	limit = limit == 0 ? COMPLETIONS_DEFAULT : limit > COMPLETIONS_MAX ? COMPLETIONS_MAX : limit;
	struct found f = {a, mem_new(limit, sizeof *f.list), 0, limit};
	enum err e = OK;
	tokens_each(a->tokens, t.text, take_word, &t);
	if (t.n && (t.n > 1 || strlen(t.words[0]) >= SHORTEST)) {
		if (as_filter) {
			e = add_names(&f, &t, NAME_PERSON, limit, &before, why);
		} else {
			/* Half for what was said, the rest for names. One letter begins too many of them. */
			struct found said = f;
			said.limit = (limit + 1) / 2;
			e = add_said(&said, &t, why);
			f.n = said.n;
			size_t share = (limit - f.n + 2) / 3;
			bool is_vague = t.is_open && strlen(t.words[t.n - 1]) < SHORTEST;
			for (int kind = NAME_PERSON; kind <= NAME_TITLE && !e && !is_vague; kind++)
				e = add_names(&f, &t, (enum completion_name)kind, kind == NAME_TITLE ? limit : share, NULL, why);
		}
	}
	for (size_t i = 0; i < t.n; i++)
		free(t.words[i]);
	if (e) {
		completions_free(f.list, f.n);
		f = (struct found){0};
	}
	*list = f.list;
	*n = f.n;
	return e;
}

void completions_free(struct completion *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].text);
		free(list[i].url);
	}
	free(list);
}

void completions_write_json(struct json_writer *w, struct span typed, const struct completion *list, size_t n)
{
	json_open(w, '{');
	json_key(w, "query");
	json_text(w, typed);
	json_key(w, "suggestions");
	json_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(w, '{');
		json_key(w, "kind");
		json_text(w, span_of(list[i].kind));
		json_key(w, "text");
		json_text(w, span_of(list[i].text));
		json_key(w, "url");
		json_text(w, span_of(list[i].url));
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
}
