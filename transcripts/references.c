/* references.c - one pass over an item's words, each looked up as a title's, a name's or a number's beginning. Words of
 * neighbouring cues follow each other.
 * SPDX-License-Identifier: MIT */
#include "transcripts/references.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "transcripts/references_index.h"

enum {
	BEFORE = 60, AFTER = 150, /* words around a speaker's name in which his talk is spoken of */
	TALK_NEAR = 12,           /* words between a name or a title and "talk" */
	TELLS_ALONE = 4,          /* so many telling words make a title a reference */
	TELLS_IN_SHOW = 2,        /* ... that of an episode in the same show... */
	TELLS_OF_TALK = 2,        /* ... or where a talk is spoken of */
	TELLS_OF_SPEAKER = 3,     /* so many of a title's near its speaker's name, without a talk being spoken of */
	SHOW_NEAR = 2,            /* words between a number and another show's title */
	YEAR_NEAR = 3,            /* words between a conference's name and its year */
	SPEAKERS_MAX = 3,         /* of a talk that is known by one of them */
	EVIDENCE_MAX = 3,         /* words told as evidence */
	EDITIONS_MAX = 64,
};

/* The words that lead to a number, and those that say that it is of a talk; in lower case. */
struct vocabulary {
	uint64_t calls[3], weak_calls[2], fillers[3], ands[2], talks[2], other_talks[6], before_talk[20], season[1];
	struct { uint64_t hash; int value; } spelled[28];
};

/* An item's words, and where each stands. */
struct speech {
	struct words words; /* borrowed, as the cues are */
	const uint32_t *cues; /* of each word */
	/* The speakers that are named in it: where, and the phrases of all their talks. */
	struct named { const struct phrase *first, *last; size_t at; } *named;
	size_t n_named;
	/* The editions of conferences that are named in it: word and year. */
	struct { uint64_t word; int year; } editions[EDITIONS_MAX];
	size_t n_editions;
};

struct finding {
	const struct reference_index *x;
	const struct speech *s;
	const struct vocabulary *v;
	const char *show;
	int64_t from;
	struct reference *list;
	size_t n;
};

static void fill(uint64_t *hashes, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hashes[i] = word_hash(span_of(list[i]));
}
#define FILL(to, ...) fill((to), (const char *const[]){__VA_ARGS__}, COUNT_OF(to))

static void make_vocabulary(struct vocabulary *v)
{
	/* "We show two things": a weak one needs a filler, "show number two". */
	FILL(v->calls, "episode", "episodes", "folge");
	FILL(v->weak_calls, "show", "podcast");
	FILL(v->fillers, "number", "no", "nummer");
	FILL(v->ands, "and", "und");
	/* To talk is a verb, too: what stands before tells. */
	FILL(v->talks, "talk", "session");
	FILL(v->other_talks, "keynote", "tutorial", "presentation", "vortrag", "workshop", "talks");
	FILL(v->before_talk, "a", "an", "the", "his", "her", "their", "this", "that", "my", "your", "our", "its", "s", "great",
		"good", "another", "pycon", "conference", "lightning", "next");
	FILL(v->season, "season");
	static const struct { const char *word; int value; } spelled[COUNT_OF(v->spelled)] = {{"one", 1}, {"two", 2},
		{"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10},
		{"eleven", 11}, {"twelve", 12}, {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16},
		{"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20}, {"thirty", 30}, {"forty", 40},
		{"fifty", 50}, {"sixty", 60}, {"seventy", 70}, {"eighty", 80}, {"ninety", 90}, {"hundred", 100}};
	for (size_t i = 0; i < COUNT_OF(spelled); i++) {
		v->spelled[i].hash = word_hash(span_of(spelled[i].word));
		v->spelled[i].value = spelled[i].value;
	}
}

static bool is_one_of(const uint64_t *list, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == hash)
			return true;
	return false;
}
#define IS_ONE_OF(list, hash) is_one_of((list), COUNT_OF(list), (hash))

static bool has_edition(const struct speech *s, uint64_t word, int year)
{
	for (size_t i = 0; i < s->n_editions; i++)
		if (s->editions[i].word == word && s->editions[i].year == year)
			return true;
	return false;
}

/* ---- evidence ---- */

/* As written, marks between the words too; cues are joined by a blank. */
static void add_words(struct buf *out, const struct speech *s, size_t at, size_t end)
{
	for (size_t i = at; i < end; i++) {
		const char *from = s->words.texts[i].p;
		while (i + 1 < end && s->cues[i + 1] == s->cues[i])
			i++;
		buf_text(out, i + 1 > at + 1 && out->n ? " " : "");
		buf_add(out, from, (size_t)(s->words.texts[i].p + s->words.texts[i].n - from));
	}
}

static bool is_found(const struct finding *f, const struct reference_target *target)
{
	if (target->id == f->from)
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].target == target->id)
			return true;
	return false;
}

/* words: taken over. */
static void add_reference(struct finding *f, const struct reference_target *target, enum reference_kind kind, size_t at,
	struct buf *words)
{
	f->list = (f->n & (f->n - 1)) == 0 ? mem_grow(f->list, f->n ? f->n * 2 : 1, sizeof *f->list) : f->list;
	f->list[f->n++] = (struct reference){target->id, kind, f->s->cues[at], buf_take(words)};
}

static void add_spoken(struct finding *f, const struct reference_target *target, enum reference_kind kind, size_t at,
	size_t end)
{
	if (is_found(f, target))
		return;
	struct buf words = {0};
	add_words(&words, f->s, at, end);
	add_reference(f, target, kind, at, &words);
}

/* ---- by number ---- */

static int spelled_value(const struct finding *f, size_t at)
{
	for (size_t i = 0; i < COUNT_OF(f->v->spelled) && at < f->s->words.n; i++)
		if (f->v->spelled[i].hash == f->s->words.hashes[at])
			return f->v->spelled[i].value;
	return -1;
}

/* "25", "twenty five", "one hundred and five" from there on; 0: none. *end: after it. */
static int64_t read_number(const struct finding *f, size_t at, size_t *end)
{
	const struct words *w = &f->s->words;
	int64_t total = 0;
	*end = at;
	if (at < w->n && word_digits(w->texts[at]) >= 0) {
		*end = at + 1;
		return word_digits(w->texts[at]);
	}
	for (; *end < w->n; (*end)++) {
		/* "One hundred and five". */
		bool has_and = total >= 100 && IS_ONE_OF(f->v->ands, w->hashes[*end]) && spelled_value(f, *end + 1) > 0;
		*end += has_and;
		int value = spelled_value(f, *end);
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

static bool stands_at(const struct words *w, size_t at, const uint64_t *words, size_t n)
{
	return at + n <= w->n && memcmp(w->hashes + at, words, n * sizeof *words) == 0;
}

/* "Episode 25 of Small Bells", "Small Bells, episode 25": the show that is named beside; else the item's own. */
static const char *show_beside(const struct finding *f, size_t at, size_t end)
{
	for (size_t i = 0; i < f->x->n_shows; i++) {
		const struct show_title *t = &f->x->shows[i];
		for (size_t gap = 0; gap <= SHOW_NEAR; gap++)
			if (stands_at(&f->s->words, end + gap, t->words, t->n_words) ||
					(at >= gap + t->n_words && stands_at(&f->s->words, at - gap - t->n_words, t->words, t->n_words)))
				return t->show;
	}
	return f->show;
}

static void look_for_numbers(struct finding *f, size_t at)
{
	const struct words *w = &f->s->words;
	size_t next = at + 1;
	bool has_filler = next < w->n && IS_ONE_OF(f->v->fillers, w->hashes[next]);
	if (!IS_ONE_OF(f->v->calls, w->hashes[at]) && !(has_filler && IS_ONE_OF(f->v->weak_calls, w->hashes[at])))
		return;
	next += has_filler;
	/* "Season three, episode eight" is said of other shows. */
	for (size_t i = 1; i <= 2 && i <= at; i++)
		if (IS_ONE_OF(f->v->season, w->hashes[at - i]))
			return;
	/* "Episodes 25 and 26". */
	for (size_t begin = at; next < w->n;) {
		size_t end;
		int64_t number = read_number(f, next, &end);
		if (!number)
			return;
		const struct numbered wanted = {show_beside(f, begin, end), number, NULL};
		const struct numbered *found = f->x->n_numbers ?
			bsearch(&wanted, f->x->numbers, f->x->n_numbers, sizeof wanted, reference_number_order) : NULL;
		if (found && found->target)
			add_spoken(f, found->target, REFERENCE_NUMBER, begin, end);
		if (end >= w->n || !IS_ONE_OF(f->v->ands, w->hashes[end]))
			return;
		begin = next = end + 1;
	}
}

/* ---- what else speaks for it ---- */

static bool is_edition_named(const struct finding *f, const struct reference_target *target)
{
	uint64_t word;
	int year;
	if (!reference_edition(target->conference, &word, &year))
		return false;
	return has_edition(f->s, word, year);
}

static bool is_talk(const struct finding *f, size_t k, size_t end)
{
	const struct words *w = &f->s->words;
	if (IS_ONE_OF(f->v->other_talks, w->hashes[k]))
		return true;
	return IS_ONE_OF(f->v->talks, w->hashes[k]) && (k == end || (k && IS_ONE_OF(f->v->before_talk, w->hashes[k - 1])));
}

/* "His talk", "the keynote" near a name or a title; SIZE_MAX where nothing such is said. */
static size_t talk_near(const struct finding *f, size_t at, size_t end)
{
	const struct words *w = &f->s->words;
	size_t from = at > TALK_NEAR ? at - TALK_NEAR : 0, to = end + TALK_NEAR < w->n ? end + TALK_NEAR : w->n;
	for (size_t k = from; k < to; k++)
		if ((k < at || k >= end) && is_talk(f, k, end))
			return k;
	return SIZE_MAX;
}

/* ---- by title ---- */

static bool is_speaker_named(const struct finding *f, const struct reference_target *target)
{
	for (size_t i = 0; i < f->s->n_named; i++)
		for (const struct phrase *p = f->s->named[i].first; p < f->s->named[i].last; p++)
			if (p->target == target)
				return true;
	return false;
}

static bool tells_enough(const struct finding *f, const struct phrase *title, size_t at)
{
	const struct reference_target *target = title->target;
	if (title->n_telling >= TELLS_ALONE)
		return true;
	if (target->show[0])
		return title->n_telling >= TELLS_IN_SHOW && strcmp(target->show, f->show) == 0;
	return is_speaker_named(f, target) || (title->n_telling >= TELLS_OF_TALK &&
		(talk_near(f, at, at + title->n_words) != SIZE_MAX || is_edition_named(f, target)));
}

/* The longest title that is spoken from there on. */
static void look_for_title(struct finding *f, size_t at)
{
	const struct words *w = &f->s->words;
	if (at + TITLE_KEY_WORDS > w->n)
		return;
	uint64_t key = phrase_key(w->hashes + at, TITLE_KEY_WORDS);
	const struct phrases *titles = &f->x->titles;
	for (size_t i = phrases_find(titles, key); i < titles->n && titles->list[i].key == key; i++) {
		const struct phrase *title = &titles->list[i];
		if (!stands_at(w, at, title->words, title->n_words))
			continue;
		if (title->target && tells_enough(f, title, at))
			add_spoken(f, title->target, REFERENCE_TITLE, at, at + title->n_words);
		return;
	}
}

/* ---- by speaker ---- */

/* Which of the title's telling words are spoken around the name. */
struct match {
	size_t n_telling, n;
	size_t places[EVIDENCE_MAX];
};

static bool is_known(const struct words *w, const size_t *places, size_t n, uint64_t singular)
{
	for (size_t i = 0; i < n; i++)
		if (word_hash_singular(w->texts[places[i]]) == singular)
			return true;
	return false;
}

/* Among the words of the name itself. */
static bool is_in(const struct words *w, size_t at, size_t end, uint64_t singular)
{
	for (; at < end; at++)
		if (word_hash_singular(w->texts[at]) == singular)
			return true;
	return false;
}

static struct match match_title(const struct finding *f, const struct reference_target *target, size_t at, size_t end)
{
	const struct words *w = &f->s->words;
	size_t from = at > BEFORE ? at - BEFORE : 0, to = end + AFTER < w->n ? end + AFTER : w->n;
	struct words title = {0};
	struct match match = {0};
	words_add(&title, f->x->tokens, span_of(target->title));
	for (size_t i = 0; i < title.n; i++) {
		uint64_t singular = word_hash_singular(title.texts[i]);
		if (!reference_is_telling(f->x, singular) || is_in(w, at, end, singular))
			continue;
		match.n_telling++;
		if (match.n == EVIDENCE_MAX || is_known(w, match.places, match.n, singular))
			continue;
		for (size_t k = from; k < to; k++) {
			if (word_hash_singular(w->texts[k]) != singular)
				continue;
			match.places[match.n++] = k;
			break;
		}
	}
	words_finish(&title);
	return match;
}

/* Of all talks of the one who is named the one that fits best; none where two fit as well. Where a talk is spoken of two
 * telling words of its title are enough, or all where it has one, or that its edition is named; where that is, one. */
static void choose_talk(struct finding *f, const struct phrase *first, const struct phrase *last, size_t at)
{
	size_t end = at + first->n_words, talk = talk_near(f, at, end), best_score = 0, n_best = 0;
	const struct reference_target *best = NULL;
	struct match best_match = {0};
	for (const struct phrase *p = first; p < last; p++) {
		struct match match = match_title(f, p->target, at, end);
		/* One name of many doesn't mean a session of lightning talks. */
		bool is_named = p->target->n_speakers <= SPEAKERS_MAX && is_edition_named(f, p->target);
		bool fits = match.n >= TELLS_OF_SPEAKER || (is_named && match.n) || (talk != SIZE_MAX && (is_named ||
			match.n >= TELLS_OF_TALK || (match.n && match.n == match.n_telling)));
		size_t score = fits ? match.n * 2 + 1 + is_named : 0;
		if (score > best_score) {
			best_score = score;
			n_best = 0;
			best = p->target;
			best_match = match;
		}
		n_best += score && score == best_score;
	}
	if (n_best != 1 || is_found(f, best))
		return;
	struct buf words = {0};
	add_words(&words, f->s, at, end);
	if (!best_match.n)
		best_match = (struct match){.n = 1, .places = {talk}};
	for (size_t i = 0; i < best_match.n; i++) {
		buf_text(&words, i ? ", " : " … ");
		buf_span(&words, f->s->words.texts[best_match.places[i]]);
	}
	add_reference(f, best, REFERENCE_SPEAKER, at, &words);
}

/* The talks of the one whose name stands there. */
static bool find_name(const struct reference_index *x, const struct words *w, size_t at, struct named *named)
{
	const struct phrases *names = &x->names;
	if (at + NAME_KEY_WORDS > w->n || !names->n)
		return false;
	uint64_t key = phrase_key(w->hashes + at, NAME_KEY_WORDS);
	const struct phrase *end = names->list + names->n;
	for (const struct phrase *p = names->list + phrases_find(names, key); p < end && p->key == key;) {
		const struct phrase *next = p;
		while (next < end && next->key == key && next->n_words == p->n_words &&
				memcmp(next->words, p->words, p->n_words * sizeof *p->words) == 0)
			next++;
		if (stands_at(w, at, p->words, p->n_words)) {
			*named = (struct named){p, next, at};
			return true;
		}
		p = next;
	}
	return false;
}

/* ---- all ---- */

static void read_editions(const struct reference_index *x, struct speech *s)
{
	for (size_t at = 0; at < s->words.n && s->n_editions < EDITIONS_MAX && x->n_conferences; at++) {
		if (!bsearch(&s->words.hashes[at], x->conferences, x->n_conferences, sizeof *x->conferences, reference_hash_order))
			continue;
		for (size_t k = at + 1; k < s->words.n && k <= at + YEAR_NEAR; k++) {
			int year = s->words.texts[k].n == 4 ? word_digits(s->words.texts[k]) : -1;
			if (year < 0 || has_edition(s, s->words.hashes[at], year))
				continue;
			s->editions[s->n_editions].word = s->words.hashes[at];
			s->editions[s->n_editions++].year = year;
			break;
		}
	}
}

static void read_names(const struct reference_index *x, struct speech *s)
{
	struct named named;
	for (size_t at = 0; at < s->words.n; at++) {
		if (!find_name(x, &s->words, at, &named))
			continue;
		if ((s->n_named & (s->n_named - 1)) == 0)
			s->named = mem_grow(s->named, s->n_named ? s->n_named * 2 : 1, sizeof *s->named);
		s->named[s->n_named++] = named;
	}
}

void references_find(const struct reference_index *x, int64_t from, const char *show, const struct spoken_words *spoken,
	struct reference **list, size_t *n)
{
	struct speech s = {.words = spoken->words, .cues = spoken->cues};
	struct vocabulary v;
	make_vocabulary(&v);
	read_editions(x, &s);
	read_names(x, &s);
	struct finding f = {.x = x, .s = &s, .v = &v, .show = show, .from = from};
	for (size_t at = 0, k = 0; at < s.words.n; at++) {
		look_for_title(&f, at);
		look_for_numbers(&f, at);
		if (k < s.n_named && s.named[k].at == at) {
			choose_talk(&f, s.named[k].first, s.named[k].last, at);
			k++;
		}
	}
	*list = f.list;
	*n = f.n;
	free(s.named);
}

void references_free(struct reference *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].words);
	free(list);
}
