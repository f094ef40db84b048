/* SPDX-License-Identifier: MIT */
#include "transcripts/references_words.h"

#include <stdlib.h>

#include "base/mem.h"

enum { NUMBER_MAX = 9999 };

/* Letters and digits, and all that isn't ASCII. */
static bool is_inside(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c >= 0x80;
}

/* FNV-1a as span_fnv has it, a byte at a time. */
static uint64_t hash_byte(uint64_t hash, unsigned char c)
{
	return (hash ^ c) * 0x100000001b3ull;
}
#define HASH_BEGIN 0xcbf29ce484222325ull

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The units alone: "twenty five" stays two words, whatever a title has. */
static uint64_t in_digits(uint64_t hash, size_t n, unsigned char first)
{
	static const struct { const char *name, *digits; } units[] = {{"one", "1"}, {"two", "2"}, {"three", "3"},
		{"four", "4"}, {"five", "5"}, {"six", "6"}, {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"ten", "10"},
		{"eleven", "11"}, {"twelve", "12"}};
	if (n < 3 || n > 6 || !(first == 'o' || first == 't' || first == 'f' || first == 's' || first == 'e' || first == 'n'))
		return hash;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if ((unsigned char)units[i].name[0] == first && span_fnv(span_of(units[i].name)) == hash)
			return span_fnv(span_of(units[i].digits));
	return hash;
}

uint64_t word_hash(struct span word)
{
	return in_digits(span_fnv(word), word.n, word.n ? (unsigned char)word.p[0] : 0);
}

struct span word_lowered(struct span word, char room[WORD_MAX])
{
	size_t n = word.n < WORD_MAX ? word.n : WORD_MAX;
	for (size_t i = 0; i < n; i++)
		room[i] = (char)lower(word.p[i]);
	return span_make(room, n);
}

struct span word_singular(struct span word, char room[WORD_MAX])
{
	struct span low = word_lowered(word, room);
	if (low.n > 4 && span_ends(low, "ies")) {
		low.n -= 2;
		room[low.n - 1] = 'y';
	} else if (low.n > 3 && low.p[low.n - 1] == 's' && low.p[low.n - 2] != 's') {
		low.n--;
	}
	return low;
}

uint64_t word_hash_singular(struct span word)
{
	char room[WORD_MAX];
	return word_hash(word_singular(word, room));
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
		uint64_t hash = HASH_BEGIN;
		for (; at < text.n && is_inside((unsigned char)text.p[at]); at++) {
			is_ascii &= (unsigned char)text.p[at] < 0x80;
			hash = hash_byte(hash, lower(text.p[at]));
		}
		struct span word = span_make(text.p + begin, at - begin);
		if (is_ascii) {
			push(w, in_digits(hash, word.n, lower(word.p[0])), word);
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

void spoken_words_read(struct spoken_words *s, struct tokens *tokens, const struct span *cues, size_t n_cues)
{
	size_t room = 0;
	*s = (struct spoken_words){0};
	for (size_t i = 0; i < n_cues; i++) {
		size_t first = s->words.n;
		words_add(&s->words, tokens, cues[i]);
		if (s->words.n > room) {
			room = s->words.n * 2;
			s->cues = mem_grow(s->cues, room, sizeof *s->cues);
		}
		for (size_t k = first; k < s->words.n; k++)
			s->cues[k] = (uint32_t)i;
	}
}

void spoken_words_finish(struct spoken_words *s)
{
	words_finish(&s->words);
	free(s->cues);
	s->cues = NULL;
}
