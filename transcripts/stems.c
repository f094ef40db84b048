/* SPDX-License-Identifier: MIT */
#include "transcripts/stems.h"

#include <libstemmer.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/catalogue.h"
#include "transcripts/language.h"

enum {
	SHORTEST = 3,      /* letters: shorter words have no other forms worth the noise */
	LONGEST = 40,
};

struct sb_stemmer *stems_open(const char *language)
{
	struct sb_stemmer *stemmer = sb_stemmer_new(language, NULL);
	ASSERT(stemmer); /* language_codes are all Snowball's */
	return stemmer;
}

/* Borrowed from the stemmer until its next word. */
static struct span stem(struct sb_stemmer *stemmer, struct span word)
{
	const sb_symbol *text = sb_stemmer_stem(stemmer, (const sb_symbol *)word.p, (int)word.n);
	ASSERT(text); /* only memory can be missing */
	return span_make((const char *)text, (size_t)sb_stemmer_length(stemmer));
}

/* Names of code and numbers have no forms. */
static bool has_forms(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] < 'a' || ((unsigned char)word.p[i] > 'z' && (unsigned char)word.p[i] < 0x80))
			return false;
	return word.n >= SHORTEST && word.n <= LONGEST;
}

/* A word that is its own stem is found without the table. */
static enum err count_language(struct archive *a, const char *language, bool only_fresh, struct why *why)
{
	struct sb_stemmer *stemmer = stems_open(language);
	sqlite3_stmt *words = db_prepare(a->db, only_fresh ? "SELECT word FROM temp.fresh_words ORDER BY word"
		: "SELECT word FROM words ORDER BY word");
	sqlite3_stmt *put = db_prepare(a->db, "INSERT OR IGNORE INTO stems(language, stem, word) VALUES(?1,?2,?3)");
	enum err e = OK;
	int code = SQLITE_DONE;
	while (!e && (code = sqlite3_step(words)) == SQLITE_ROW) {
		struct span word = db_column_span(words, 0);
		if (!has_forms(word))
			continue;
		struct span its = stem(stemmer, word);
		if (span_equal(its, word))
			continue;
		sqlite3_bind_text(put, 1, language, -1, SQLITE_STATIC);
		db_bind_span(put, 2, its);
		db_bind_span(put, 3, word);
		e = archive_step(a, put, why);
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_finalize(words);
	sqlite3_finalize(put);
	stems_close(stemmer);
	return e;
}

enum err stems_count(struct archive *a, struct why *why)
{
	enum err e = OK;
	sqlite3_stmt *languages = db_prepare(a->db, "SELECT DISTINCT language FROM heard WHERE language<>'' ORDER BY 1");
	sqlite3_stmt *known = db_prepare(a->db, "SELECT 1 FROM stems WHERE language=?1 LIMIT 1");
	while (!e && sqlite3_step(languages) == SQLITE_ROW) {
		const char *language = language_code(db_column_span(languages, 0));
		if (!language)
			continue;
		sqlite3_bind_text(known, 1, language, -1, SQLITE_STATIC);
		bool only_fresh = sqlite3_step(known) == SQLITE_ROW;
		sqlite3_reset(known);
		e = count_language(a, language, only_fresh, why);
	}
	sqlite3_finalize(languages);
	sqlite3_finalize(known);
	return e;
}

/* The forms of one word, the most often said first, as they are found in one language after the other. */
struct forms {
	char *text[QUERY_FORMS_MAX];
	int64_t n_times[QUERY_FORMS_MAX];
	uint32_t languages[QUERY_FORMS_MAX];
	size_t n, n_left_out;
};

static void take_form(struct forms *f, const struct query_word *word, uint32_t language, struct span text,
	int64_t n_times)
{
	if (n_times == 0 || span_is(text, word->text))
		return;
	for (size_t i = 0; i < f->n; i++)
		if (span_is(text, f->text[i])) {
			f->languages[i] |= language;
			return;
		}
	if (f->n == QUERY_FORMS_MAX) {
		f->n_left_out++;
		if (f->n_times[f->n - 1] >= n_times)
			return;
		free(f->text[--f->n]);
	}
	size_t i = f->n++;
	for (; i > 0 && f->n_times[i - 1] < n_times; i--) {
		f->text[i] = f->text[i - 1];
		f->n_times[i] = f->n_times[i - 1];
		f->languages[i] = f->languages[i - 1];
	}
	f->text[i] = span_dup(text);
	f->n_times[i] = n_times;
	f->languages[i] = language;
}

static enum err find_forms(struct archive *a, size_t number, const struct query_word *word, struct forms *f,
	struct why *why)
{
	const char *language = language_codes[number];
	struct sb_stemmer *stemmer = stems_open(language);
	struct span its = stem(stemmer, span_of(word->text));
	sqlite3_stmt *s = archive_statement(a, SQL_WORD);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)its.n);
	db_bind_span(s, 2, its);
	/* Its stem may itself be a word, of this stem or of another. */
	int64_t n_times = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 1) : 0;
	sqlite3_reset(s);
	char *own = span_dup(its);
	if (n_times && has_forms(its) && span_is(stem(stemmer, its), own))
		take_form(f, word, 1u << number, span_of(own), n_times);
	s = archive_statement(a, SQL_STEM);
	sqlite3_bind_text(s, 1, language, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, own, -1, SQLITE_STATIC);
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		take_form(f, word, 1u << number, db_column_span(s, 0), sqlite3_column_int64(s, 1));
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	stems_close(stemmer);
	free(own);
	return e;
}

enum err stems_expand(struct archive *a, struct query *q, size_t *n_left_out, struct why *why)
{
	size_t room = QUERY_FORMS_IN_ALL;
	enum err e = OK;
	*n_left_out = 0;
	for (size_t i = 0; i < q->n_words && !e; i++) {
		struct query_word *word = &q->words[i];
		struct forms f = {.n = 0};
		if (!word->inflects || !has_forms(span_of(word->text)))
			continue;
		for (size_t k = 0; k < LANGUAGES && !e; k++)
			if (a->catalogue->languages & 1u << k)
				e = find_forms(a, k, word, &f, why);
		for (size_t k = 0; k < f.n; k++) {
			if (word->n_forms < room) {
				word->form_languages[word->n_forms] = f.languages[k];
				word->forms[word->n_forms++] = f.text[k];
			} else {
				free(f.text[k]);
				f.n_left_out++;
			}
		}
		room -= word->n_forms;
		*n_left_out += f.n_left_out;
	}
	return e;
}

bool stems_stem(struct sb_stemmer *stemmer, struct span word, struct span *its)
{
	if (!has_forms(word))
		return false;
	*its = stem(stemmer, word);
	return true;
}

void stems_close(struct sb_stemmer *stemmer)
{
	sb_stemmer_delete(stemmer);
}

bool stems_of(const char *language, struct span word, struct buf *out)
{
	if (!has_forms(word))
		return false;
	struct sb_stemmer *stemmer = stems_open(language);
	buf_span(out, stem(stemmer, word));
	stems_close(stemmer);
	return true;
}
