/* references.c - one pass over an item's words. A title is looked up by its first three words; a number follows one of a
 * few words. Words of neighbouring cues follow each other.
 * SPDX-License-Identifier: MIT */
#include "transcripts/references.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
	KEY_WORDS = 3,       /* a title's first words, by which it is looked up */
	LETTERS_MIN = 12,    /* of a title: shorter ones are said by chance */
	TITLE_WORDS_MAX = 40,
	NUMBER_MAX = 9999,
};

/* A word's hash; titles and speech are compared by them, then by their letters where it counts: a clash needs 64 bits. */
struct words {
	uint64_t *hashes;
	size_t n, room;
};

static bool add_word(void *data, const struct token *token)
{
	struct words *w = data;
	if (w->n == w->room) {
		w->room = w->room ? w->room * 2 : 64;
		w->hashes = mem_grow(w->hashes, w->room, sizeof *w->hashes);
	}
	w->hashes[w->n++] = span_hash(token->text);
	return true;
}

struct title {
	uint64_t key;
	const struct reference_target *target; /* NULL: two have it */
	uint64_t *words;
	size_t n_words;
};

struct number {
	const char *show;
	int64_t number;
	const struct reference_target *target; /* NULL: two have it */
};

struct reference_index {
	struct tokens *tokens;
	struct title *titles;   /* by key */
	size_t n_titles;
	struct number *numbers; /* by show and number */
	size_t n_numbers;
	uint64_t calls[4], weak_calls[4], fillers[4]; /* "episode"; "show", which needs a filler; "number" */
	size_t n_calls, n_weak_calls, n_fillers;
	struct { uint64_t hash; int value; } spelled[32];
	size_t n_spelled;
};

static uint64_t key_of(const uint64_t *words)
{
	uint64_t key = 0;
	for (size_t i = 0; i < KEY_WORDS; i++)
		key = key * 0x100000001b3ull ^ words[i];
	return key;
}

/* ---- the index ---- */

static int title_order(const void *left, const void *right)
{
	const struct title *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	/* Of those that begin alike the longest first: it says more. */
	return (a->n_words < b->n_words) - (a->n_words > b->n_words);
}

static int number_order(const void *left, const void *right)
{
	const struct number *a = left, *b = right;
	int order = strcmp(a->show, b->show);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void add_title(struct reference_index *x, const struct reference_target *target)
{
	struct words w = {0};
	tokens_each(x->tokens, span_of(target->title), add_word, &w);
	if (w.n < KEY_WORDS || w.n > TITLE_WORDS_MAX || strlen(target->title) < LETTERS_MIN) {
		free(w.hashes);
		return;
	}
	x->titles[x->n_titles++] = (struct title){key_of(w.hashes), target, w.hashes, w.n};
}

static bool same_words(const struct title *a, const struct title *b)
{
	return a->n_words == b->n_words && memcmp(a->words, b->words, a->n_words * sizeof *a->words) == 0;
}

static void strike_twins(struct reference_index *x)
{
	for (size_t i = 0; i < x->n_titles; i++)
		for (size_t k = i + 1; k < x->n_titles && x->titles[k].key == x->titles[i].key; k++)
			if (same_words(&x->titles[i], &x->titles[k]))
				x->titles[i].target = x->titles[k].target = NULL;
	for (size_t i = 1; i < x->n_numbers; i++)
		if (number_order(&x->numbers[i], &x->numbers[i - 1]) == 0)
			x->numbers[i].target = x->numbers[i - 1].target = NULL;
}

static void add_hash(uint64_t *list, size_t *n, const char *word)
{
	list[(*n)++] = span_hash(span_of(word));
}

static void add_vocabulary(struct reference_index *x)
{
	static const char *const calls[] = {"episode", "episodes", "folge"};
	static const char *const weak_calls[] = {"show", "podcast"}; /* "we show two things" */
	static const char *const fillers[] = {"number", "no", "nummer"};
	static const struct { const char *word; int value; } spelled[] = {{"one", 1}, {"two", 2}, {"three", 3}, {"four", 4},
		{"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10}, {"eleven", 11}, {"twelve", 12},
		{"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18},
		{"nineteen", 19}, {"twenty", 20}, {"thirty", 30}, {"forty", 40}, {"fifty", 50}, {"sixty", 60}, {"seventy", 70},
		{"eighty", 80}, {"ninety", 90}, {"hundred", 100}};
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		add_hash(x->calls, &x->n_calls, calls[i]);
	for (size_t i = 0; i < COUNT_OF(weak_calls); i++)
		add_hash(x->weak_calls, &x->n_weak_calls, weak_calls[i]);
	for (size_t i = 0; i < COUNT_OF(fillers); i++)
		add_hash(x->fillers, &x->n_fillers, fillers[i]);
	for (size_t i = 0; i < COUNT_OF(spelled); i++) {
		x->spelled[x->n_spelled].hash = span_hash(span_of(spelled[i].word));
		x->spelled[x->n_spelled++].value = spelled[i].value;
	}
}

struct reference_index *reference_index_create(struct tokens *tokens, const struct reference_target *targets, size_t n)
{
	struct reference_index *x = mem_new(1, sizeof *x);
	x->tokens = tokens;
	x->titles = mem_new(n + 1, sizeof *x->titles);
	x->numbers = mem_new(n + 1, sizeof *x->numbers);
	add_vocabulary(x);
	for (size_t i = 0; i < n; i++) {
		add_title(x, &targets[i]);
		if (targets[i].number > 0 && targets[i].show[0])
			x->numbers[x->n_numbers++] = (struct number){targets[i].show, targets[i].number, &targets[i]};
	}
	qsort(x->titles, x->n_titles, sizeof *x->titles, title_order);
	qsort(x->numbers, x->n_numbers, sizeof *x->numbers, number_order);
	strike_twins(x);
	return x;
}

void reference_index_destroy(struct reference_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n_titles; i++)
		free(x->titles[i].words);
	free(x->titles);
	free(x->numbers);
	free(x);
}

/* ---- looking ---- */

/* An item's words, and where each stands. */
struct speech_words {
	struct words words;
	int *values;          /* a number in digits; -1 otherwise */
	struct span *texts;   /* as written */
	uint32_t *cues;
	size_t room;
	uint32_t cue;
	struct span text;     /* the cue's */
};

static int digits(struct span word)
{
	int value = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9' || value > NUMBER_MAX)
			return -1;
		value = value * 10 + (word.p[i] - '0');
	}
	return word.n ? value : -1;
}

static bool add_spoken(void *data, const struct token *token)
{
	struct speech_words *s = data;
	size_t n = s->words.n;
	if (n == s->room) {
		s->room = s->room ? s->room * 2 : 1024;
		s->values = mem_grow(s->values, s->room, sizeof *s->values);
		s->texts = mem_grow(s->texts, s->room, sizeof *s->texts);
		s->cues = mem_grow(s->cues, s->room, sizeof *s->cues);
	}
	s->values[n] = digits(token->text);
	s->texts[n] = span_make(s->text.p + token->start, token->end - token->start);
	s->cues[n] = s->cue;
	return add_word(&s->words, token);
}

static bool is_one_of(const uint64_t *list, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == hash)
			return true;
	return false;
}

static int spelled_value(const struct reference_index *x, uint64_t hash)
{
	for (size_t i = 0; i < x->n_spelled; i++)
		if (x->spelled[i].hash == hash)
			return x->spelled[i].value;
	return -1;
}

/* "25", "twenty five", "one hundred and five" from there on; 0: none. *end: after it. */
static int64_t read_number(const struct reference_index *x, const struct speech_words *s, size_t at, size_t *end)
{
	int64_t total = 0;
	*end = at;
	if (at < s->words.n && s->values[at] >= 0) {
		*end = at + 1;
		return s->values[at];
	}
	for (; *end < s->words.n; (*end)++) {
		int value = spelled_value(x, s->words.hashes[*end]);
		if (value < 0)
			break;
		if (value == 100 && total > 0 && total < 10)
			total *= 100;
		else if (total == 0 || (value < 10 && total % 10 == 0 && total % 100 != 10) || (total % 100 == 0 && value < 100))
			total += value;
		else
			break;
	}
	return total;
}

static const struct reference_target *find_number(const struct reference_index *x, const char *show, int64_t number)
{
	const struct number wanted = {show, number, NULL};
	const struct number *found = x->n_numbers ?
		bsearch(&wanted, x->numbers, x->n_numbers, sizeof wanted, number_order) : NULL;
	return found ? found->target : NULL;
}

/* The longest title that is spoken from there on. */
static const struct title *find_title(const struct reference_index *x, const struct speech_words *s, size_t at)
{
	if (at + KEY_WORDS > s->words.n)
		return NULL;
	uint64_t key = key_of(s->words.hashes + at);
	size_t low = 0, high = x->n_titles;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (x->titles[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < x->n_titles && x->titles[low].key == key; low++) {
		const struct title *t = &x->titles[low];
		if (t->target && at + t->n_words <= s->words.n &&
				memcmp(s->words.hashes + at, t->words, t->n_words * sizeof *t->words) == 0)
			return t;
	}
	return NULL;
}

struct finding {
	struct reference *list;
	size_t n;
	int64_t from;
};

static void add_reference(struct finding *f, const struct speech_words *s, const struct reference_target *target,
	enum reference_kind kind, size_t at, size_t end)
{
	if (target->id == f->from)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].target == target->id)
			return;
	struct buf words = {0};
	/* As written, marks between the words too; cues are joined by a blank. */
	for (size_t i = at; i < end; i++) {
		const char *from = s->texts[i].p;
		while (i + 1 < end && s->cues[i + 1] == s->cues[i])
			i++;
		buf_text(&words, words.n ? " " : "");
		buf_add(&words, from, (size_t)(s->texts[i].p + s->texts[i].n - from));
	}
	f->list = (f->n & (f->n - 1)) == 0 ? mem_grow(f->list, f->n ? f->n * 2 : 1, sizeof *f->list) : f->list;
	f->list[f->n++] = (struct reference){target->id, kind, s->cues[at], buf_take(&words)};
}

static void look_at(const struct reference_index *x, const struct speech_words *s, const char *show, size_t at,
	struct finding *f)
{
	const struct title *title = find_title(x, s, at);
	if (title)
		add_reference(f, s, title->target, REFERENCE_TITLE, at, at + title->n_words);
	size_t next = at + 1, end;
	bool has_filler = next < s->words.n && is_one_of(x->fillers, x->n_fillers, s->words.hashes[next]);
	bool calls = is_one_of(x->calls, x->n_calls, s->words.hashes[at]) ||
		(has_filler && is_one_of(x->weak_calls, x->n_weak_calls, s->words.hashes[at]));
	if (!calls)
		return;
	next += has_filler;
	int64_t number = read_number(x, s, next, &end);
	const struct reference_target *target = number ? find_number(x, show, number) : NULL;
	if (target)
		add_reference(f, s, target, REFERENCE_NUMBER, at, end);
}

void references_find(const struct reference_index *x, int64_t from, const char *show, const struct transcript *t,
	struct reference **list, size_t *n)
{
	struct speech_words s = {0};
	for (size_t i = 0; i < t->n_cues; i++) {
		s.cue = (uint32_t)i;
		s.text = t->cues[i].text;
		tokens_each(x->tokens, s.text, add_spoken, &s);
	}
	struct finding f = {.from = from};
	for (size_t at = 0; at < s.words.n; at++)
		look_at(x, &s, show, at, &f);
	*list = f.list;
	*n = f.n;
	free(s.words.hashes);
	free(s.values);
	free(s.texts);
	free(s.cues);
}

void references_free(struct reference *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].words);
	free(list);
}
