/* SPDX-License-Identifier: MIT */
#include "transcripts/references_index.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
	LETTERS_MIN = 12,     /* of a title: shorter ones are said by chance */
	TELLING_LETTERS = 4,
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

/* ---- words ---- */

static size_t times_in_titles(const struct reference_index *x, uint64_t singular)
{
	size_t low = 0, high = x->n_title_words;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (x->title_words[middle] < singular)
			low = middle + 1;
		else
			high = middle;
	}
	size_t first = low;
	while (low < x->n_title_words && x->title_words[low] == singular)
		low++;
	return low - first;
}

bool reference_word_is_telling(const struct reference_index *x, struct span word, uint64_t singular)
{
	static const char *const empty[] = {"about", "after", "been", "before", "being", "better", "could", "does", "doing",
		"done", "each", "every", "from", "going", "good", "have", "here", "into", "just", "keynote", "know", "learn",
		"like", "make", "making", "more", "most", "much", "other", "over", "part", "really", "right", "session", "should",
		"some", "talk", "than", "that", "their", "them", "then", "there", "these", "they", "thing", "things", "this",
		"time", "tutorial", "using", "want", "ways", "well", "were", "what", "when", "where", "which", "will", "with",
		"work", "working", "would", "year", "years", "your"};
	if (word.n < TELLING_LETTERS)
		return false;
	for (size_t i = 0; i < COUNT_OF(empty); i++)
		if (span_equal_nocase(word, span_of(empty[i])))
			return false;
	size_t times = times_in_titles(x, singular);
	return times <= OFTEN_MIN || times * OFTEN_IN <= x->n_titles;
}

/* Each title's words once: how many titles have a word. */
static void count_title_words(struct reference_index *x, const struct reference_target *targets, size_t n)
{
	struct words w = {0};
	size_t room = 0;
	for (size_t i = 0; i < n; i++) {
		words_clear(&w);
		words_add(&w, x->tokens, span_of(targets[i].title));
		if (x->n_title_words + w.n > room) {
			room = (x->n_title_words + w.n) * 2;
			x->title_words = mem_grow(x->title_words, room, sizeof *x->title_words);
		}
		size_t first = x->n_title_words;
		for (size_t k = 0; k < w.n; k++) {
			uint64_t singular = word_hash_singular(w.texts[k]);
			bool is_new = true;
			for (size_t m = first; m < x->n_title_words && is_new; m++)
				is_new = x->title_words[m] != singular;
			if (is_new)
				x->title_words[x->n_title_words++] = singular;
		}
	}
	x->n_titles = n;
	if (x->n_title_words)
		qsort(x->title_words, x->n_title_words, sizeof *x->title_words, reference_hash_order);
	words_finish(&w);
}

/* ---- phrases ---- */

static void add_phrase(struct phrases *p, size_t at, size_t n_words, const struct reference_target *target)
{
	if (p->n == p->_room) {
		p->_room = p->_room ? p->_room * 2 : 64;
		p->list = mem_grow(p->list, p->_room, sizeof *p->list);
	}
	/* The words' place is a number until all are read: the row still grows. */
	p->list[p->n++] = (struct phrase){.key = at, .n_words = n_words, .target = target};
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

static bool says_enough(const struct reference_index *x, const struct words *w, size_t from, size_t n_words, bool is_whole)
{
	size_t n_telling = 0, n_letters = 0;
	for (size_t i = from; i < from + n_words; i++) {
		n_letters += w->texts[i].n + 1;
		n_telling += reference_word_is_telling(x, w->texts[i], word_hash_singular(w->texts[i]));
	}
	if (n_words < TITLE_KEY_WORDS || n_words > TITLE_WORDS_MAX || n_letters < LETTERS_MIN)
		return false;
	/* Of three words all, of more two must tell something: "What is new in Python" is said by anybody. */
	if (!is_whole)
		return n_words > TITLE_KEY_WORDS && n_telling >= 2;
	return n_words == TITLE_KEY_WORDS ? n_telling >= 2 : n_telling >= 2 || n_words >= 7;
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
	if (says_enough(x, &x->text, from, n_words, true))
		add_phrase(&x->titles, from, n_words, target);
	while (n_main < n_words && x->text.texts[from + n_main].p < title.p + cut)
		n_main++;
	if (n_main < n_words && says_enough(x, &x->text, from, n_main, false))
		add_phrase(&x->titles, from, n_main, target);
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
			add_phrase(&x->names, from, n_words, target);
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
	const struct reference_show *shows, size_t n_shows)
{
	struct reference_index *x = mem_new(1, sizeof *x);
	x->tokens = tokens;
	x->numbers = mem_new(n + 1, sizeof *x->numbers);
	x->conferences = mem_new(n + 1, sizeof *x->conferences);
	x->shows = mem_new(n_shows + 1, sizeof *x->shows);
	size_t *places = mem_new(n_shows + 1, sizeof *places);
	count_title_words(x, targets, n);
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
	free(x->title_words);
	free(x->conferences);
	free(x);
}
