/* SPDX-License-Identifier: MIT */
#include "transcripts/mentions.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/people_rules.h"
#include "transcripts/references_index.h"

enum { NAME_MIN = 2, NAME_MAX = 5, LETTERS_MIN = 2, NEAR = 6, CALLS = 6 };

struct name {
	uint64_t key;        /* of the first two words */
	size_t at, n_words;  /* in the index's text */
	int64_t person;      /* 0: two have it */
};

struct mention_index {
	struct words text;
	struct name *names;  /* by key, the longest first */
	size_t n;
	uint32_t *slots;     /* a hash table: number of the first with a key, plus 1 */
	size_t mask;
	uint64_t im[2], host[3], greeted[4], own[2], is[1]; /* what is said of who speaks */
};

/* ---- the names ---- */

/* Names of groups, of kinds of sessions: in lower case. */
static bool is_group_word(struct span word)
{
	static const char *const groups[] = {"talk", "talks", "lightning", "team", "panel", "panelists", "conference", "foundation",
		"software", "group", "python", "pycon", "django", "community", "speaker", "speakers", "various", "staff", "organizer",
		"organizers", "organisers", "girls", "keynote", "welcome", "opening", "closing", "sprint", "sprints", "unknown", "inc",
		"gmbh", "ltd", "labs", "university", "institute", "committee", "crew", "users", "developers", "members", "session",
		"workshop", "club", "open", "source", "data", "science", "project", "podcast", "show", "guest", "host", "multiple",
		"several", "everyone", "all", "the", "ladies", "women", "anonymous", "society", "school", "academy", "network",
		"google", "microsoft", "mozilla", "amazon", "facebook", "github", "linux", "apache", "jupyter", "web", "app", "api"};
	char room[WORD_MAX];
	struct span low = word_lowered(word, room);
	for (size_t i = 0; i < COUNT_OF(groups); i++)
		if (span_is(low, groups[i]))
			return true;
	return false;
}

static bool is_capital(struct span word)
{
	uint32_t c = 0;
	utf8_decode(word, &c);
	/* Scripts without cases have no other sign either; Latin, Greek and Cyrillic small letters are told apart. */
	bool is_small = (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF) || (c >= 0x430 && c <= 0x45F) || (c >= 0x3B1 && c <= 0x3C9);
	return !is_small && !(c >= '0' && c <= '9');
}

static bool is_name(const struct words *w, size_t at, size_t n)
{
	if (n < NAME_MIN || n > NAME_MAX || w->texts[at].n < LETTERS_MIN || w->texts[at + n - 1].n < LETTERS_MIN)
		return false;
	for (size_t i = at; i < at + n; i++)
		if (is_group_word(w->texts[i]) || (w->texts[i].p[0] >= '0' && w->texts[i].p[0] <= '9'))
			return false;
	return true;
}

/* qsort has no place for data: words lie behind the names' numbers. */
struct sorted_name {
	struct name name;
	const uint64_t *words;
};

static int order(const void *left, const void *right)
{
	const struct sorted_name *a = left, *b = right;
	if (a->name.key != b->name.key)
		return a->name.key < b->name.key ? -1 : 1;
	if (a->name.n_words != b->name.n_words)
		return a->name.n_words > b->name.n_words ? -1 : 1;
	int by_words = memcmp(a->words, b->words, a->name.n_words * sizeof *a->words);
	return by_words ? by_words : (a->name.person > b->name.person) - (a->name.person < b->name.person);
}

static bool is_same(const struct sorted_name *a, const struct sorted_name *b)
{
	return a->name.key == b->name.key && a->name.n_words == b->name.n_words &&
		memcmp(a->words, b->words, a->name.n_words * sizeof *a->words) == 0;
}

/* Each name once; one that several people have is nobody's. */
static void settle_names(struct mention_index *x)
{
	struct sorted_name *sorted = mem_new(x->n + 1, sizeof *sorted);
	size_t n = 0;
	for (size_t i = 0; i < x->n; i++)
		sorted[i] = (struct sorted_name){x->names[i], x->text.hashes + x->names[i].at};
	qsort(sorted, x->n, sizeof *sorted, order);
	for (size_t i = 0, end; i < x->n; i = end) {
		struct name name = sorted[i].name;
		for (end = i + 1; end < x->n && is_same(&sorted[i], &sorted[end]); end++)
			if (sorted[end].name.person != name.person)
				name.person = 0;
		x->names[n++] = name;
	}
	x->n = n;
	free(sorted);
}

static void make_slots(struct mention_index *x)
{
	size_t n_slots = 64;
	while (n_slots < x->n * 4)
		n_slots *= 2;
	x->slots = mem_new(n_slots, sizeof *x->slots);
	x->mask = n_slots - 1;
	for (size_t i = 0; i < x->n; i++) {
		if (i && x->names[i].key == x->names[i - 1].key)
			continue;
		size_t slot = x->names[i].key & x->mask;
		while (x->slots[slot])
			slot = (slot + 1) & x->mask;
		x->slots[slot] = (uint32_t)i + 1;
	}
}

static void fill(uint64_t *hashes, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hashes[i] = word_hash(span_of(list[i]));
}
#define FILL(to, ...) fill((to), (const char *const[]){__VA_ARGS__}, COUNT_OF(to))

struct mention_index *mention_index_create(struct tokens *tokens, const struct mention_person *people, size_t n)
{
	struct mention_index *x = mem_new(1, sizeof *x);
	x->names = mem_new(n + 1, sizeof *x->names);
	for (size_t i = 0; i < n; i++) {
		size_t at = x->text.n;
		struct span name = span_of(people[i].name);
		if (people_name_is_compound(name))
			continue;
		words_add(&x->text, tokens, name);
		size_t n_words = x->text.n - at;
		if (is_name(&x->text, at, n_words))
			x->names[x->n++] = (struct name){phrase_key(x->text.hashes + at, NAME_MIN), at, n_words, people[i].id};
	}
	settle_names(x);
	make_slots(x);
	/* "I'm", "I am", "your host", "my name is", "this is", "thanks for coming": of two who speak. */
	FILL(x->im, "m", "am");
	FILL(x->host, "host", "hosts", "hosted");
	FILL(x->greeted, "welcome", "hello", "hi", "hey");
	FILL(x->own, "name", "this");
	FILL(x->is, "is");
	return x;
}

bool mention_index_has_names(const struct mention_index *x)
{
	return x->n > 0;
}

void mention_index_destroy(struct mention_index *x)
{
	if (!x)
		return;
	words_finish(&x->text);
	free(x->names);
	free(x->slots);
	free(x);
}

/* ---- in what is said ---- */

static bool is_one_of(const uint64_t *list, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == hash)
			return true;
	return false;
}
#define IS_ONE_OF(list, hash) is_one_of((list), COUNT_OF(list), (hash))

/* What stands between two words of one cue; empty between cues. */
static struct span gap_after(const struct spoken_words *s, size_t at)
{
	const struct words *w = &s->words;
	if (at + 1 >= w->n || s->cues[at] != s->cues[at + 1])
		return span_of("");
	const char *end = w->texts[at].p + w->texts[at].n;
	return span_make(end, (size_t)(w->texts[at + 1].p - end));
}

/* A stop ends an initial within a name, and behind a word the sentence. */
static bool goes_on(struct span gap, struct span word)
{
	const char *may = word.n == 1 ? " .-'\t\n" : " -'\t\n";
	for (size_t i = 0; i < gap.n; i++)
		if (!strchr(may, gap.p[i]) && (unsigned char)gap.p[i] < 0x80)
			return false;
	return true;
}

static bool is_written_as_a_name(const struct spoken_words *s, size_t at, size_t n)
{
	const struct words *w = &s->words;
	if (!is_capital(w->texts[at]) || !is_capital(w->texts[at + n - 1]))
		return false;
	for (size_t i = at; i + 1 < at + n; i++)
		if (!goes_on(gap_after(s, i), w->texts[i]))
			return false;
	/* "my friend Carrie Ada Bell": somebody else. Where a sentence begins the word before is only its first. */
	bool has_before = at > 1 && span_is(gap_after(s, at - 1), " ") && span_is(gap_after(s, at - 2), " ");
	if (has_before && is_capital(w->texts[at - 1]) && w->texts[at - 1].n > LETTERS_MIN && !is_capital(w->texts[at - 2]))
		return false;
	/* "Ada Bell Foundation". */
	size_t next = at + n;
	return !(next < w->n && span_is(gap_after(s, next - 1), " ") && is_capital(w->texts[next]) && w->texts[next].n > 1);
}

/* "I'm your host, Ada Bell", "my name is Ada Bell", "this is Ada Bell", "Ada Bell, welcome", "Hi, Ada Bell". */
static bool is_introduced(const struct mention_index *x, const struct words *w, size_t at, size_t n)
{
	size_t before = at > 0 ? at - 1 : 0, end = at + n;
	if (at && (IS_ONE_OF(x->im, w->hashes[before]) || IS_ONE_OF(x->host, w->hashes[before]) ||
			IS_ONE_OF(x->greeted, w->hashes[before])))
		return true;
	if (at > 1 && IS_ONE_OF(x->is, w->hashes[before]) && IS_ONE_OF(x->own, w->hashes[before - 1]))
		return true;
	for (size_t i = end; i < w->n && i < end + NEAR; i++)
		if (w->hashes[i] == x->greeted[0])
			return true;
	for (size_t i = at > CALLS ? at - CALLS : 0; i < at; i++)
		if (IS_ONE_OF(x->host, w->hashes[i]) || w->hashes[i] == x->greeted[0])
			return true;
	return false;
}

static const struct name *name_at(const struct mention_index *x, const struct words *w, size_t at)
{
	uint64_t key = phrase_key(w->hashes + at, NAME_MIN);
	size_t slot = key & x->mask;
	while (x->slots[slot] && x->names[x->slots[slot] - 1].key != key)
		slot = (slot + 1) & x->mask;
	for (size_t i = x->slots[slot]; i && i <= x->n && x->names[i - 1].key == key; i++) {
		const struct name *name = &x->names[i - 1];
		if (at + name->n_words <= w->n &&
				memcmp(w->hashes + at, x->text.hashes + name->at, name->n_words * sizeof *w->hashes) == 0)
			return name;
	}
	return NULL;
}

/* Who speaks there stays in the list until its end, so that he isn't found again: word SIZE_MAX. */
static struct mention *find_person(struct mention *list, size_t n, int64_t person)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].person == person)
			return &list[i];
	return NULL;
}

void mentions_find(const struct mention_index *x, const struct spoken_words *spoken, struct mention **list, size_t *n)
{
	const struct words *w = &spoken->words;
	*list = NULL;
	*n = 0;
	for (size_t at = 0; x->n && at + NAME_MIN <= w->n; at++) {
		const struct name *name = name_at(x, w, at);
		if (!name || !name->person || !is_written_as_a_name(spoken, at, name->n_words))
			continue;
		bool speaks = is_introduced(x, w, at, name->n_words);
		struct mention *known = find_person(*list, *n, name->person);
		if (known) {
			known->word = speaks ? SIZE_MAX : known->word;
			continue;
		}
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		(*list)[(*n)++] = (struct mention){name->person, speaks ? SIZE_MAX : at, name->n_words};
	}
	size_t kept = 0;
	for (size_t i = 0; i < *n; i++)
		if ((*list)[i].word != SIZE_MAX)
			(*list)[kept++] = (*list)[i];
	*n = kept;
}
