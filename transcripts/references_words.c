/* SPDX-License-Identifier: MIT */
#include "transcripts/references_words.h"

#include <stdlib.h>

#include "base/mem.h"

enum { WORD_MAX = 64, NUMBER_MAX = 9999 };

/* Letters and digits, and all that isn't ASCII. */
static bool is_inside(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c >= 0x80;
}

/* The units alone: "twenty five" stays two words, whatever a title has. */
static struct span in_digits(struct span word)
{
	static const struct { const char *name, *digits; } units[] = {{"one", "1"}, {"two", "2"}, {"three", "3"},
		{"four", "4"}, {"five", "5"}, {"six", "6"}, {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"ten", "10"},
		{"eleven", "11"}, {"twelve", "12"}};
	if (word.n < 3 || word.n > 6 || !strchr("otfsen", word.p[0]))
		return word;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (span_is(word, units[i].name))
			return span_of(units[i].digits);
	return word;
}

uint64_t word_hash(struct span word)
{
	return span_hash(in_digits(word));
}

static struct span lowered(struct span word, char *room)
{
	size_t n = word.n < WORD_MAX ? word.n : WORD_MAX;
	for (size_t i = 0; i < n; i++) {
		char c = word.p[i];
		room[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return span_make(room, n);
}

uint64_t word_hash_singular(struct span word)
{
	char room[WORD_MAX];
	struct span lower = lowered(word, room);
	if (lower.n > 3 && lower.p[lower.n - 1] == 's' && lower.p[lower.n - 2] != 's')
		lower.n--;
	return word_hash(lower);
}

int word_digits(struct span word)
{
	int value = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return -1;
		value = value * 10 + (word.p[i] - '0');
		if (value > NUMBER_MAX)
			return -1;
	}
	return word.n ? value : -1;
}

static void push(struct words *w, uint64_t hash, struct span text)
{
	if (w->n == w->_room) {
		w->_room = w->_room ? w->_room * 2 : 256;
		w->hashes = mem_grow(w->hashes, w->_room, sizeof *w->hashes);
		w->texts = mem_grow(w->texts, w->_room, sizeof *w->texts);
	}
	w->hashes[w->n] = hash;
	w->texts[w->n++] = text;
}

struct folding {
	struct words *words;
	struct span text;
};

static bool push_folded(void *data, const struct token *token)
{
	struct folding *f = data;
	push(f->words, word_hash(token->text), span_make(f->text.p + token->start, token->end - token->start));
	return true;
}

void words_add(struct words *w, struct tokens *tokens, struct span text)
{
	for (size_t at = 0; at < text.n;) {
		if (!is_inside((unsigned char)text.p[at])) {
			at++;
			continue;
		}
		size_t begin = at;
		bool is_ascii = true;
		for (; at < text.n && is_inside((unsigned char)text.p[at]); at++)
			is_ascii &= (unsigned char)text.p[at] < 0x80;
		struct span word = span_make(text.p + begin, at - begin);
		if (is_ascii) {
			char room[WORD_MAX];
			push(w, word_hash(lowered(word, room)), word);
		} else {
			struct folding f = {w, word};
			tokens_each(tokens, word, push_folded, &f);
		}
	}
}

void words_clear(struct words *w)
{
	w->n = 0;
}

void words_finish(struct words *w)
{
	free(w->hashes);
	free(w->texts);
	*w = (struct words){0};
}
