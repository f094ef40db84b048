/* SPDX-License-Identifier: MIT */
#include "transcripts/references_index.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
	LETTERS_MIN = 12,     /* of a title: shorter ones are said by chance */
	TELLING_LETTERS = 4,
	LONG_TITLE = 5,       /* words: one that may be found though it tells little */
	TITLE_WORDS_MAX = 40,
	NAME_WORDS_MAX = 6,
	OFTEN_IN = 100,       /* a word that more than a title in so many has tells little... */
	OFTEN_MIN = 3,        /* ...once more than so many have it */
};

uint64_t phrase_key(const uint64_t *words, size_t n)
{
	uint64_t key = 0;
	for (size_t i = 0; i < n; i++)
		key = (key ^ words[i]) * 0x100000001b3ull ^ key >> 29;
	return key;
}

int reference_hash_order(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

int reference_number_order(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int order = strcmp(a->show, b->show);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* ---- telling words ---- */

bool reference_is_telling(const struct reference_index *x, uint64_t singular)
{
	return x->n_telling && bsearch(&singular, x->telling, x->n_telling, sizeof singular, reference_hash_order);
}

/* In the singular. */
static bool is_empty(struct span word)
{
	static const char *const empty[] = {"about", "after", "been", "before", "being", "better", "could", "does", "doing",
		"done", "each", "every", "from", "going", "good", "have", "here", "into", "just", "keynote", "know", "learn",
		"like", "make", "making", "more", "most", "much", "other", "over", "part", "really", "right", "session", "should",
		"some", "talk", "than", "that", "their", "them", "then", "there", "these", "they", "thing", "this", "time",
		"tutorial", "using", "want", "way", "well", "were", "what", "when", "where", "which", "will", "with", "work",
		"working", "would", "year", "your"};
	if (word.n < TELLING_LETTERS || (word.p[0] >= '0' && word.p[0] <= '9'))
		return true;
	for (size_t i = 0; i < COUNT_OF(empty); i++)
		if (span_is(word, empty[i]))
			return true;
	return false;
}

static bool is_telling(struct span word, const struct reference_vocabulary *v)
{
	char room[WORD_MAX];
	if (is_empty(word_singular(word, room)))
		return false;
	return !v || !v->is_frequent || (!v->is_frequent(v->data, word_singular(word, room)) &&
		!v->is_frequent(v->data, word_lowered(word, room)));
}

/* A title's word, once a title. */
struct title_word {
	uint64_t singular;
	struct span text;
};
struct title_words {
	struct title_word *list;
	size_t n, room;
};

static void add_title_words(struct title_words *all, const struct words *title)
{
	size_t first = all->n;
	for (size_t i = 0; i < title->n; i++) {
		uint64_t singular = word_hash_singular(title->texts[i]);
		bool is_new = true;
		for (size_t k = first; k < all->n && is_new; k++)
			is_new = all->list[k].singular != singular;
		if (!is_new)
			continue;
		if (all->n == all->room) {
			all->room = all->room ? all->room * 2 : 256;
			all->list = mem_grow(all->list, all->room, sizeof *all->list);
		}
		all->list[all->n++] = (struct title_word){singular, title->texts[i]};
	}
}

static int title_word_order(const void *left, const void *right)
{
	return reference_hash_order(left, right); /* the hash comes first */
}

static void find_telling(struct reference_index *x, const struct reference_target *targets, size_t n,
	const struct reference_vocabulary *vocabulary)
{
	struct title_words all = {0};
	struct words w = {0};
	for (size_t i = 0; i < n; i++) {
		words_clear(&w);
		words_add(&w, x->tokens, span_of(targets[i].title));
		add_title_words(&all, &w);
	}
	words_finish(&w);
	x->telling = mem_new(all.n + 1, sizeof *x->telling);
	if (all.n)
		qsort(all.list, all.n, sizeof *all.list, title_word_order);
	for (size_t i = 0, end; i < all.n; i = end) {
		for (end = i + 1; end < all.n && all.list[end].singular == all.list[i].singular; end++)
			;
		if ((end - i > OFTEN_MIN && (end - i) * OFTEN_IN > n) || !is_telling(all.list[i].text, vocabulary))
			continue;
		x->telling[x->n_telling++] = all.list[i].singular;
	}
	free(all.list);
}

/* ---- phrases ---- */

static void add_phrase(struct phrases *p, size_t at, size_t n_words, size_t n_telling,
	const struct reference_target *target)
{
	if (p->n == p->_room) {
		p->_room = p->_room ? p->_room * 2 : 64;
		p->list = mem_grow(p->list, p->_room, sizeof *p->list);
	}
	/* The words' place is a number until all are read: the row still grows. */
	p->list[p->n++] = (struct phrase){.key = at, .n_words = n_words, .n_telling = n_telling, .target = target};
}

static int phrase_order(const void *left, const void *right)
{
	const struct phrase *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	/* Of those that begin alike the longest first: it says more. */
	if (a->n_words != b->n_words)
		return a->n_words > b->n_words ? -1 : 1;
	int order = memcmp(a->words, b->words, a->n_words * sizeof *a->words);
	return order ? order : (a->target->id > b->target->id) - (a->target->id < b->target->id);
}

static void finish_phrases(struct phrases *p, const struct words *text, size_t n_key_words)
{
	for (size_t i = 0; i < p->n; i++) {
		p->list[i].words = text->hashes + p->list[i].key;
		p->list[i].key = phrase_key(p->list[i].words, n_key_words);
	}
	if (p->n)
		qsort(p->list, p->n, sizeof *p->list, phrase_order);
	size_t n_slots = 64;
	while (n_slots < p->n * 4)
		n_slots *= 2;
	p->slots = mem_new(n_slots, sizeof *p->slots);
	p->mask = n_slots - 1;
	for (size_t i = 0; i < p->n; i++) {
		if (i && p->list[i].key == p->list[i - 1].key)
			continue;
		size_t slot = p->list[i].key & p->mask;
		while (p->slots[slot])
			slot = (slot + 1) & p->mask;
		p->slots[slot] = (uint32_t)i + 1;
	}
}

size_t phrases_find(const struct phrases *p, uint64_t key)
{
	for (size_t slot = key & p->mask; p->slots[slot]; slot = (slot + 1) & p->mask)
		if (p->list[p->slots[slot] - 1].key == key)
			return p->slots[slot] - 1;
	return p->n;
}

/* ---- titles ---- */

static void add_title_phrase(struct reference_index *x, const struct reference_target *target, size_t from,
	size_t n_words)
{
	size_t n_telling = 0, n_letters = 0;
	for (size_t i = from; i < from + n_words; i++) {
		n_letters += x->text.texts[i].n + 1;
		n_telling += reference_is_telling(x, word_hash_singular(x->text.texts[i]));
	}
	if (n_words >= TITLE_KEY_WORDS && n_words <= TITLE_WORDS_MAX && n_letters > LETTERS_MIN &&
			(n_telling || n_words >= LONG_TITLE))
		add_phrase(&x->titles, from, n_words, n_telling, target);
}

/* "Ropes of Hemp: a Survey": what stands before the colon. */
static size_t main_part(struct span title)
{
	size_t colon = span_search(title, SPAN_LITERAL(": "), 0), dash = span_search(title, SPAN_LITERAL(" - "), 0);
	return colon < dash ? colon : dash;
}

static void add_title(struct reference_index *x, const struct reference_target *target)
{
	struct span title = span_of(target->title);
	size_t from = x->text.n, cut = main_part(title);
	words_add(&x->text, x->tokens, title);
	size_t n_words = x->text.n - from, n_main = 0;
	add_title_phrase(x, target, from, n_words);
	while (n_main < n_words && x->text.texts[from + n_main].p < title.p + cut)
		n_main++;
	if (n_main > TITLE_KEY_WORDS && n_main < n_words)
		add_title_phrase(x, target, from, n_main);
}

static bool are_same(const struct phrase *a, const struct phrase *b)
{
	return a->key == b->key && a->n_words == b->n_words &&
		memcmp(a->words, b->words, a->n_words * sizeof *a->words) == 0;
}

/* One title given to several: nobody knows which is meant. */
static void strike_twins(struct phrases *p)
{
	for (size_t i = 0, end; i < p->n; i = end) {
		for (end = i + 1; end < p->n && are_same(&p->list[i], &p->list[end]); end++)
			;
		for (size_t k = i; k < end && end - i > 1; k++)
			p->list[k].target = NULL;
	}
}

/* ---- the rest ---- */

static void add_names(struct reference_index *x, const struct reference_target *target)
{
	for (size_t i = 0; i < target->n_speakers; i++) {
		size_t from = x->text.n;
		words_add(&x->text, x->tokens, span_of(target->speakers[i]));
		size_t n_words = x->text.n - from;
		if (n_words >= NAME_KEY_WORDS && n_words <= NAME_WORDS_MAX)
			add_phrase(&x->names, from, n_words, 0, target);
	}
}

bool reference_edition(const char *conference, uint64_t *word, int *year)
{
	struct span rest = span_of(conference), piece;
	*word = 0;
	*year = 0;
	while (span_next_piece(&rest, '-', &piece)) {
		int number = word_digits(piece);
		if (!*word && number < 0)
			*word = word_hash(piece);
		if (piece.n == 4 && number >= 1980 && number < 2100)
			*year = number;
	}
	return *word && *year;
}

static void add_conferences(struct reference_index *x, const struct reference_target *targets, size_t n)
{
	const char *last = "";
	for (size_t i = 0; i < n; i++) {
		uint64_t word;
		int year;
		if (!targets[i].conference[0] || strcmp(targets[i].conference, last) == 0)
			continue;
		last = targets[i].conference;
		if (reference_edition(last, &word, &year))
			x->conferences[x->n_conferences++] = word;
	}
	if (x->n_conferences)
		qsort(x->conferences, x->n_conferences, sizeof *x->conferences, reference_hash_order);
	size_t n_kept = 0;
	for (size_t i = 0; i < x->n_conferences; i++)
		if (!n_kept || x->conferences[n_kept - 1] != x->conferences[i])
			x->conferences[n_kept++] = x->conferences[i];
	x->n_conferences = n_kept;
}

static void add_numbers(struct reference_index *x, const struct reference_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (targets[i].number > 0 && targets[i].show[0])
			x->numbers[x->n_numbers++] = (struct numbered){targets[i].show, targets[i].number, &targets[i]};
	if (x->n_numbers)
		qsort(x->numbers, x->n_numbers, sizeof *x->numbers, reference_number_order);
	for (size_t i = 1; i < x->n_numbers; i++)
		if (reference_number_order(&x->numbers[i], &x->numbers[i - 1]) == 0)
			x->numbers[i].target = x->numbers[i - 1].target = NULL;
}

struct reference_index *reference_index_create(struct tokens *tokens, const struct reference_target *targets, size_t n,
	const struct reference_show *shows, size_t n_shows, const struct reference_vocabulary *vocabulary)
{
	struct reference_index *x = mem_new(1, sizeof *x);
	x->tokens = tokens;
	x->numbers = mem_new(n + 1, sizeof *x->numbers);
	x->conferences = mem_new(n + 1, sizeof *x->conferences);
	x->shows = mem_new(n_shows + 1, sizeof *x->shows);
	size_t *places = mem_new(n_shows + 1, sizeof *places);
	find_telling(x, targets, n, vocabulary);
	for (size_t i = 0; i < n; i++) {
		add_title(x, &targets[i]);
		add_names(x, &targets[i]);
	}
	for (size_t i = 0; i < n_shows; i++) {
		places[i] = x->text.n;
		words_add(&x->text, tokens, span_of(shows[i].title));
		if (x->text.n - places[i] >= 2)
			x->shows[x->n_shows++] = (struct show_title){shows[i].name, NULL, x->text.n - places[i]};
		else
			places[i] = SIZE_MAX;
	}
	for (size_t i = 0, k = 0; i < n_shows; i++)
		if (places[i] != SIZE_MAX)
			x->shows[k++].words = x->text.hashes + places[i];
	free(places);
	finish_phrases(&x->titles, &x->text, TITLE_KEY_WORDS);
	finish_phrases(&x->names, &x->text, NAME_KEY_WORDS);
	strike_twins(&x->titles);
	add_numbers(x, targets, n);
	add_conferences(x, targets, n);
	return x;
}

void reference_index_destroy(struct reference_index *x)
{
	if (!x)
		return;
	words_finish(&x->text);
	free(x->titles.list);
	free(x->titles.slots);
	free(x->names.list);
	free(x->names.slots);
	free(x->numbers);
	free(x->shows);
	free(x->telling);
	free(x->conferences);
	free(x);
}
