/* SPDX-License-Identifier: MIT */
#include "transcripts/word_forms.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/language.h"
#include "transcripts/stems.h"

/* One language's groups: the words of one stem. Numbers of groups and ranks of words are kept with 1 added: 0 is none. */
struct grouping {
	uint32_t *group;   /* by rank: of the word that differs from its stem */
	uint32_t *stem_of; /* by rank: the group whose stem the word is */
	uint32_t *next;    /* by rank: the group's next word */
	uint32_t *first;   /* by group */
	uint32_t *stem;    /* by group: the stem, where it is a word */
};

struct word_forms {
	struct grouping languages[LANGUAGES];
	size_t n_languages;
	uint32_t *list;    /* what is given out */
	size_t n, room;
};

static void group_words(struct grouping *g, const struct vocabulary *v, const uint32_t *sorted, size_t language,
	struct vocabulary *stems)
{
	struct sb_stemmer *stemmer = stems_open(language_codes[language]);
	for (size_t rank = 0; rank < v->n; rank++) {
		struct span word = vocabulary_word(v, sorted[rank]), stem;
		if (!stems_stem(stemmer, word, &stem) || span_equal(stem, word))
			continue;
		size_t group = vocabulary_add(stems, stem);
		g->group[rank] = (uint32_t)group + 1;
		g->next[rank] = g->first[group];
		g->first[group] = (uint32_t)rank + 1;
	}
	stems_close(stemmer);
}

static void read_language(struct grouping *g, const struct vocabulary *v, const uint32_t *sorted, const uint32_t *ranks,
	size_t language)
{
	struct vocabulary stems = {0};
	uint32_t **arrays[] = {&g->group, &g->stem_of, &g->next, &g->first, &g->stem};
	for (size_t i = 0; i < COUNT_OF(arrays); i++)
		*arrays[i] = mem_new(v->n + 1, sizeof **arrays[i]);
	group_words(g, v, sorted, language, &stems);
	for (size_t group = 0; group < stems.n; group++) {
		size_t number = vocabulary_find(v, vocabulary_word(&stems, group));
		if (number == VOCABULARY_NONE)
			continue;
		g->stem[group] = ranks[number] + 1;
		g->stem_of[ranks[number]] = (uint32_t)group + 1;
	}
	vocabulary_finish(&stems);
}

struct word_forms *word_forms_create(const struct vocabulary *v, const uint32_t *sorted, uint32_t languages)
{
	struct word_forms *f = mem_new(1, sizeof *f);
	uint32_t *ranks = mem_new(v->n + 1, sizeof *ranks);
	for (size_t rank = 0; rank < v->n; rank++)
		ranks[sorted[rank]] = (uint32_t)rank;
	for (size_t i = 0; i < LANGUAGES; i++)
		if (languages & 1u << i)
			read_language(&f->languages[f->n_languages++], v, sorted, ranks, i);
	free(ranks);
	return f;
}

static void add(struct word_forms *f, uint32_t rank)
{
	if (f->n == f->room) {
		f->room = f->room ? f->room * 2 : 64;
		f->list = mem_grow(f->list, f->room, sizeof *f->list);
	}
	f->list[f->n++] = rank;
}

static void add_group(struct word_forms *f, const struct grouping *g, uint32_t group, uint32_t but)
{
	if (!group)
		return;
	for (uint32_t word = g->first[group - 1]; word; word = g->next[word - 1])
		if (word - 1 != but)
			add(f, word - 1);
	if (g->stem[group - 1] && g->stem[group - 1] - 1 != but)
		add(f, g->stem[group - 1] - 1);
}

static int by_rank(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

size_t word_forms_of(struct word_forms *f, uint32_t rank, const uint32_t **ranks)
{
	f->n = 0;
	for (size_t i = 0; i < f->n_languages; i++) {
		const struct grouping *g = &f->languages[i];
		add_group(f, g, g->group[rank], rank);
		add_group(f, g, g->stem_of[rank], rank);
	}
	if (f->n > 1)
		qsort(f->list, f->n, sizeof *f->list, by_rank);
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (!n || f->list[n - 1] != f->list[i])
			f->list[n++] = f->list[i];
	*ranks = f->list;
	return n;
}

void word_forms_destroy(struct word_forms *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_languages; i++) {
		struct grouping *g = &f->languages[i];
		free(g->group);
		free(g->stem_of);
		free(g->next);
		free(g->first);
		free(g->stem);
	}
	free(f->list);
	free(f);
}
