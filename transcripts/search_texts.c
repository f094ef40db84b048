/* SPDX-License-Identifier: MIT */
#include "transcripts/search_texts.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"

enum {
	WORDS_MAX = 4000, /* of one text that are looked at */
	LEAD_WORDS = 4,
	RUN_MAX = QUERY_WORDS_MAX,
};

/* Where each unit stands while the words come by: how many of a phrase's words have come, for every place it may have begun at. */
struct finding {
	struct text_words *words;
	const struct query *query;
	uint32_t language;
	uint64_t begun[QUERY_WORDS_MAX]; /* by unit: bit k = the last k+1 words were its first k+1 */
};

static bool is_word(const struct query_word *word, struct span text)
{
	return word->prefix ? span_starts(text, word->text) : span_is(text, word->text);
}

static bool is_form(const struct query_word *word, struct span text, uint32_t language)
{
	for (size_t i = 0; i < word->n_forms; i++)
		if ((language == 0 || word->form_languages[i] & language) && span_is(text, word->forms[i]))
			return true;
	return false;
}

static bool fits(const struct finding *f, size_t word, const struct token *token, bool with_forms)
{
	const struct query_word *wanted = &f->query->words[f->query->run[word]];
	return is_word(wanted, token->text) || (token->plain.n && is_word(wanted, token->plain)) ||
		(with_forms && is_form(wanted, token->text, f->language));
}

static void mark(struct text_words *w, size_t n)
{
	for (size_t i = 0; i < n && i < w->n; i++)
		w->all[w->n - 1 - i].is_marked = true;
}

static bool take(void *data, const struct token *token)
{
	struct finding *f = data;
	struct text_words *w = f->words;
	if ((w->n & (w->n - 1)) == 0)
		w->all = mem_grow(w->all, w->n ? w->n * 2 : 1, sizeof *w->all);
	w->all[w->n++] = (struct text_word){token->start, token->end, false};
	for (size_t i = 0; i < f->query->n_units; i++) {
		const struct query_unit *unit = &f->query->units[i];
		uint64_t begun = f->begun[i] << 1 | 1, now = 0;
		for (size_t k = 0; k < unit->n; k++)
			if (begun >> k & 1 && fits(f, unit->first + k, token, unit->n == 1))
				now |= (uint64_t)1 << k;
		f->begun[i] = now;
		if (!(now >> (unit->n - 1) & 1))
			continue;
		w->units |= (uint32_t)1 << i;
		mark(w, unit->n);
	}
	return w->n < WORDS_MAX;
}

void text_words_find(struct text_words *w, struct tokens *tokens, const struct query *q, uint32_t language,
	struct span text)
{
	struct finding f = {.words = w, .query = q, .language = language};
	*w = (struct text_words){0};
	tokens_each(tokens, text, take, &f);
}

void text_words_finish(struct text_words *w)
{
	free(w->all);
	*w = (struct text_words){0};
}

/* Escaped, each run of blanks one. */
static void write_piece(struct buf *html, struct span piece)
{
	while (piece.n) {
		size_t n = 0;
		while (n < piece.n && (unsigned char)piece.p[n] > ' ')
			n++;
		escape_html(html, span_make(piece.p, n));
		piece = span_from(piece, n);
		for (n = 0; n < piece.n && (unsigned char)piece.p[n] <= ' '; n++)
			;
		if (n)
			buf_char(html, ' ');
		piece = span_from(piece, n);
	}
}

/* To the end of what stands around a word without a blank, a bracket or a full stop, say. */
static size_t border(struct span text, size_t at, size_t end)
{
	while (at < end && (unsigned char)text.p[at] > ' ')
		at++;
	return at;
}

void text_words_write(const struct text_words *w, struct span text, size_t most, struct buf *html)
{
	size_t first = 0;
	while (first < w->n && !w->all[first].is_marked)
		first++;
	size_t from = first == w->n || first < most ? 0 : first - LEAD_WORDS;
	size_t to = w->n - from > most ? from + most : w->n;
	if (!w->n)
		return;
	size_t done = from ? w->all[from].start : 0;
	while (from && done > 0 && (unsigned char)text.p[done - 1] > ' ')
		done--;
	if (from)
		buf_text(html, "… ");
	bool is_open = false;
	for (size_t i = from; i < to; i++) {
		const struct text_word *word = &w->all[i];
		if (is_open && !word->is_marked)
			buf_text(html, "</mark>");
		size_t start = word->start > done ? word->start : done;
		write_piece(html, span_make(text.p + done, start - done));
		if (!is_open && word->is_marked)
			buf_text(html, "<mark>");
		is_open = word->is_marked;
		if (word->end > start)
			write_piece(html, span_make(text.p + start, word->end - start));
		done = word->end > start ? word->end : start;
	}
	if (is_open)
		buf_text(html, "</mark>");
	size_t end = to < w->n ? border(text, done, w->all[to].start) : text.n;
	while (end > done && (unsigned char)text.p[end - 1] <= ' ')
		end--;
	write_piece(html, span_make(text.p + done, end - done));
	if (to < w->n)
		buf_text(html, " …");
}
