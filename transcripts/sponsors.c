/* SPDX-License-Identifier: MIT */
#include "transcripts/sponsors.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* A rule is words in lower case; | parts what may stand in one place, ~N is up to N words of any kind, a trailing - is
 * any ending. Cue borders don't count. Each has its key: the word at which it is looked at, one that hardly ever stands
 * elsewhere. */
struct rule {
	const char *key, *words;
};

#define ISSUE "episode|portion|part|segment|show|podcast|conversation|interview|week"

static const struct rule openings[] = {
	{"brought", "this|today's|our|the|that|every " ISSUE " ~8 brought to you by"},
	{"brought", "it's|it|and|been ~2 brought to you by"},
	{"brought", "transcripts ~8 brought to you by"},
	{"sponsored", "this|today's|our|the|that|every " ISSUE " ~8 sponsored ~1 by"},
	{"sponsored", "transcripts ~8 sponsored ~1 by"},
	{"sponsored", "it's been|also sponsored by"},
	{"supported", "this|today's " ISSUE " ~8 supported by"},
	{"possible", "this|today's " ISSUE " ~8 made possible by"},
	{"support", "support for this|the|today's " ISSUE " comes from"},
	{"word", "a ~2 word from ~2 sponsor-"},
	{"sponsor", "this week's|today's|our|episode's ~1 sponsor|sponsors ~2 is|are"},
	{"sponsors", "thank you to our sponsors be sure to"},
	{"sponsoring", "they're|who's|is sponsoring this|the|today's " ISSUE},
	{"sponsor", "tell you about our|the|this|today's ~2 sponsor-"},
	{"gesponsert", "diese|dieser|die ~3 folge|episode|sendung ~4 gesponsert von"},
	{"unterstutzt", "diese|dieser ~1 folge|episode ~4 unterstutzt von"},
	{"sponsor", "unser sponsor ~3 ist"},
	{"sponsorise", "cet|cette|ce episode|emission|podcast ~4 sponsorise par"},
	{"patrocinado", "este episodio|podcast ~4 patrocinado por"},
};

/* They end a read more often than they begin one, which then is short. */
static const struct rule thanks[] = {
	{"sponsoring", "thanks|thank ~6 for sponsoring this|the|today's|our " ISSUE},
	{"sponsoring", "thanks|thank ~6 for sponsoring talk|us"},
	{"supporting", "thanks|thank ~4 for supporting this|the|today's " ISSUE},
};

static const struct rule carriers[] = {
	{"check", "check it|them|us|out ~2 out|at"}, {"head", "head over"}, {"started", "get|getting started"},
	{"sign", "sign up"},
	{"signup", "signup"}, {"trial", "free trial"}, {"free", "for|try ~2 free"}, {"tell", "tell them"},
	{"know", "let them know"}, {"account", "account"}, {"learn", "learn more"}, {"hiring", "they're hiring"},
	{"offering", "what they're offering"}, {"offer", "have to offer"}, {"level", "level up your"},
	{"plans", "plans start"}, {"month", "a month"}, {"credit", "credit"}, {"guarantee", "guarantee"},
	{"centers", "data centers"},
};

/* What the listener is to do comes towards the end: behind one of these (or an address), more must follow soon. */
static const struct rule calls[] = {
	{"visit", "visit"}, {"code", "promo|coupon|discount|offer code"}, {"code", "use ~3 code"}, {"slash", "slash"},
	{"link", "the|use|our|that link"}, {"links", "links ~2 show notes"}, {"click", "click"},
};

/* These end a read where nothing carries it on at once. */
static const struct rule closings[] = {
	{"supporting", "for supporting"}, {"sponsoring", "for sponsoring"}, {"support", "helps support the|this " ISSUE},
	{"supports", "supports the|this " ISSUE}, {"them", "thank them for supporting"}, {"support", "for ~2 support"},
};

/* What a sponsor never says: the show speaks again. */
static const struct rule stops[] = {
	{"subscribe", "subscribe"}, {"theme", "theme music"}, {"host", "this is your host"}, {"welcome", "welcome to"},
	{"welcome", "welcome back"}, {"thanks", "thanks for having|being|coming|listening"},
	{"personally", "personally support"},
	{"back", "back to the|our|my " ISSUE}, {"level", "want to level up"}, {"hey", "hey everyone|everybody"},
	{"hi", "hi everyone|everybody"}, {"hello", "hello everyone|everybody"}, {"interview", "into|to the interview"},
	{"links", "find the links"}, {"been", "this has been another"}, {"before", "before we|i"},
	{"quick", "quick announcement|heads|update"},
	{"share", "to share with you"}, {"announcement", "announcement before"},
};

static const char *const labels[] = {"break", "sponsor", "sponsors", "ad", "ads", "advertisement", "sponsor break",
	"ad break", "commercial", "commercial break", "werbung"};

enum {
	FIRST_REACH_MS = 50000,   /* how far behind the opening the first carrier may stand in the first minutes */
	LATER_REACH_MS = 110000,  /* and later, when reads are long */
	GAP_MS = 40000,           /* between one carrier and the next */
	SOON_MS = 18000,          /* behind a call */
	NAME_MS = 45000,          /* before the sponsor is named again */
	AT_ONCE_MS = 10000,       /* behind a closing */
	LONGEST_MS = 210000,
	INTRODUCTION_MS = 240000,
	NAMES_MAX = 6,            /* an opening */
	EPISODE_NAMES_MAX = 16,
	EVIDENCE_NEEDED = 3,      /* where a read begins without an opening */
	NAME_CUES_MAX = 24,       /* a name that is said in more cues is spoken of anyway */
	WORD_BYTES = 32,
	RULE_WORDS = 20,
	REST_BYTES = 80,          /* of a sentence that ends in the next cue */
};

/* The words of a few cues, folded, each with its place. */
struct word {
	char text[WORD_BYTES];
	size_t cue, start, end;
	bool is_capital;
};
struct words {
	struct word *all;
	size_t n, room;
};

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '\'';
}

/* U+2019 is an apostrophe too. */
static size_t apostrophe_at(struct span s, size_t i)
{
	return i + 2 < s.n && memcmp(s.p + i, "\xe2\x80\x99", 3) == 0 ? 3 : 0;
}

/* The words of a cue's bytes. */
static void add_words(struct words *w, const struct transcript *t, size_t cue, size_t from, size_t to)
{
	struct span s = span_make(t->cues[cue].text.p, to);
	for (size_t i = from; i < s.n;) {
		size_t start = i, n = 0;
		struct word word = {.cue = cue, .start = i, .is_capital = isupper((unsigned char)s.p[i])};
		for (; i < s.n && is_word_byte(s.p[i]); i++) {
			char c = s.p[i];
			size_t apostrophe = apostrophe_at(s, i);
			if (apostrophe) {
				c = '\'';
				i += apostrophe - 1;
			}
			if (n < sizeof word.text - 1)
				word.text[n++] = (char)tolower((unsigned char)c);
		}
		if (i == start) {
			i++;
			continue;
		}
		word.end = i;
		if (w->n == w->room)
			w->all = mem_grow(w->all, w->room = w->room ? w->room * 2 : 256, sizeof *w->all);
		w->all[w->n++] = word;
	}
}

/* True when the word is one of those between bars. */
static bool fits(struct span choice, const char *word)
{
	struct span one;
	while (span_next_piece(&choice, '|', &one)) {
		if (one.n && one.p[one.n - 1] == '-' ? strncmp(word, one.p, one.n - 1) == 0 : span_is(one, word))
			return true;
	}
	return false;
}

/* Whether the rule's words from `rule` on stand at word i; *end is behind them. */
static bool stands_at(const struct words *w, size_t i, struct span rule, size_t *end)
{
	struct span part;
	while (span_next_piece(&rule, ' ', &part)) {
		if (part.p[0] == '~') {
			/* The next part may come after up to N words. */
			size_t most = (size_t)(part.p[1] - '0');
			struct span next;
			if (!span_next_piece(&rule, ' ', &next))
				return false;
			size_t last = i + most;
			while (i < w->n && i <= last && !fits(next, w->all[i].text))
				i++;
			if (i >= w->n || i > last)
				return false;
			i++;
			continue;
		}
		if (i >= w->n || !fits(part, w->all[i].text))
			return false;
		i++;
	}
	*end = i;
	return true;
}

/* The first place, not before `from`, at which the rule's key stands at *key and the rule around it. */
static bool find_rule(const struct words *w, const struct rule *rules, size_t n_rules, size_t key, size_t *first,
	size_t *end, size_t *which)
{
	for (size_t r = 0; r < n_rules; r++) {
		if (strcmp(w->all[key].text, rules[r].key) != 0)
			continue;
		for (size_t back = 0; back <= RULE_WORDS && back <= key; back++) {
			if (stands_at(w, key - back, span_of(rules[r].words), end) && *end > key) {
				*first = key - back;
				*which = r;
				return true;
			}
		}
	}
	return false;
}

struct names {
	char folded[EPISODE_NAMES_MAX][WORD_BYTES], as_written[EPISODE_NAMES_MAX][WORD_BYTES];
	size_t n;
};

struct finder {
	const struct transcript *t;
	struct sponsor_read *reads;
	size_t n, room;
	struct names opening, episode; /* of the sponsors that the opening speaks of; of all of them */
	struct names common;           /* what was taken for a name, but is said too often */
	const struct names *names;     /* those that carry on the read that is followed */
};

/* Whether a rule's key may be in the text. Every line of every transcript is asked: one pass, few letters. */
static bool has_trigger(struct span s)
{
	static const char *const of_p[] = {"ponsor", "port for", "ported by", "porting", "patrocinado", NULL};
	static const char *const of_r[] = {"rought", "rst\xc3\xbctzt von", NULL};
	static const char *const of_s[] = {"ssible by", NULL};
	for (size_t i = 0; i + 6 <= s.n; i++) {
		const char *const *list = s.p[i] == 'p' ? of_p : s.p[i] == 'r' ? of_r : s.p[i] == 's' ? of_s : NULL;
		for (; list && *list; list++)
			if (span_starts(span_from(s, i), *list))
				return true;
	}
	return false;
}

/* In how many cues the name is said, counted up to one more than matters. */
static size_t cues_with(const struct transcript *t, struct span name)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_cues && n <= NAME_CUES_MAX; i++)
		n += span_search(t->cues[i].text, name, 0) < t->cues[i].text.n;
	return n;
}

static bool has_name(const struct names *names, const char *folded)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->folded[i], folded) == 0)
			return true;
	return false;
}

static void add_name(struct names *names, const struct word *word, struct span as_written)
{
	if (has_name(names, word->text) || names->n == EPISODE_NAMES_MAX || as_written.n >= WORD_BYTES)
		return;
	memcpy(names->folded[names->n], word->text, WORD_BYTES);
	memcpy(names->as_written[names->n], as_written.p, as_written.n);
	names->as_written[names->n++][as_written.n] = '\0';
}

/* Capital words after "by" are the sponsor's name. */
static void take_names(struct finder *f, const struct words *w, size_t i)
{
	static const char usual[] = "|python|talk|this|with|your|visit|thank|thanks|please|check|";
	f->opening.n = 0;
	for (size_t end = i + 10; i < w->n && i < end && f->opening.n < NAMES_MAX; i++) {
		const struct word *word = &w->all[i];
		char barred[WORD_BYTES + 2];
		struct span as_written = span_make(f->t->cues[word->cue].text.p + word->start, word->end - word->start);
		snprintf(barred, sizeof barred, "|%s|", word->text);
		if (!word->is_capital || strlen(word->text) <= 3 || strstr(usual, barred) || has_name(&f->common, word->text))
			continue;
		if (!has_name(&f->episode, word->text) && cues_with(f->t, as_written) > NAME_CUES_MAX) {
			add_name(&f->common, word, as_written);
			continue;
		}
		add_name(&f->opening, word, as_written);
		add_name(&f->episode, word, as_written);
	}
}

static bool is_sponsors_name(const struct finder *f, const char *word)
{
	for (size_t i = 0; i < f->names->n; i++)
		if (strncmp(word, f->names->folded[i], strlen(f->names->folded[i])) == 0)
			return true;
	return false;
}

/* An address: example.com/talk. */
static bool has_address(struct span s)
{
	/* Spelled out: L-I-N-O. */
	for (size_t i = 0; i + 6 < s.n; i++)
		if (s.p[i + 1] == '-' && s.p[i + 3] == '-' && s.p[i + 5] == '-' && isupper((unsigned char)s.p[i]) &&
				isupper((unsigned char)s.p[i + 2]) && isupper((unsigned char)s.p[i + 4]))
			return true;
	static const char endings[] = "|com|fm|io|org|net|dev|ai|ci|co|app|tv|de|fr|eu|uk|us|";
	for (size_t i = 1; i + 2 < s.n; i++) {
		size_t n = 0;
		char barred[8] = "|";
		if (s.p[i] != '.' || !isalnum((unsigned char)s.p[i - 1]))
			continue;
		while (n < 5 && i + 1 + n < s.n && islower((unsigned char)s.p[i + 1 + n])) {
			barred[n + 1] = s.p[i + 1 + n];
			n++;
		}
		barred[n + 1] = '|';
		if (n > 1 && n < 5 && strstr(endings, barred))
			return true;
	}
	return false;
}

enum evidence { NOTHING, CARRIES, NAMES, CALLS, CLOSES, STOPS };

/* What a sentence says of whether the read goes on: the first n_own words, and what follows them. */
static enum evidence weigh(const struct finder *f, const struct words *w, size_t n_own, struct span text)
{
	enum evidence seen = has_address(text) ? CALLS : NOTHING;
	size_t first, end, which;
	for (size_t i = 0; i < n_own; i++) {
		if (find_rule(w, stops, COUNT_OF(stops), i, &first, &end, &which))
			return seen == CLOSES ? CLOSES : STOPS;
		if (find_rule(w, closings, COUNT_OF(closings), i, &first, &end, &which))
			seen = CLOSES;
		else if (seen < CALLS && find_rule(w, calls, COUNT_OF(calls), i, &first, &end, &which))
			seen = CALLS;
		else if (seen < NAMES && is_sponsors_name(f, w->all[i].text))
			seen = NAMES;
		else if (seen == NOTHING && find_rule(w, carriers, COUNT_OF(carriers), i, &first, &end, &which))
			seen = CARRIES;
	}
	return seen;
}

static bool ends_sentence(struct span s, size_t i)
{
	return (s.p[i] == '.' || s.p[i] == '?' || s.p[i] == '!') && (i + 1 == s.n || s.p[i + 1] == ' ');
}

static bool is_behind(size_t cue, size_t byte, size_t other_cue, size_t other_byte)
{
	return cue != other_cue ? cue > other_cue : byte > other_byte;
}

static void add_read(struct finder *f, const struct sponsor_read *read)
{
	struct sponsor_read *last = f->n ? &f->reads[f->n - 1] : NULL;
	if (last && !is_behind(read->first_cue, read->first_byte, last->last_cue, last->end_byte)) {
		/* One that begins inside of another goes on with it. */
		if (is_behind(read->last_cue, read->end_byte, last->last_cue, last->end_byte)) {
			last->last_cue = read->last_cue;
			last->end_byte = read->end_byte;
		}
		last->n_evidence += read->n_evidence;
		return;
	}
	if (f->n == f->room)
		f->reads = mem_grow(f->reads, f->room = f->room ? f->room * 2 : 8, sizeof *f->reads);
	f->reads[f->n++] = *read;
}

/* Where the sentence that has this byte begins, in its cue. */
static size_t sentence_start(struct span s, size_t byte)
{
	while (byte > 0 && !(byte < s.n && s.p[byte - 1] == ' ' && byte > 1 && ends_sentence(s, byte - 2)))
		byte--;
	return byte;
}

static size_t sentence_end(struct span s, size_t byte)
{
	while (byte < s.n && !(byte > 0 && ends_sentence(s, byte - 1)))
		byte++;
	return byte;
}

/* A sentence goes on in the next cue, where it ends soon. */
static void end_sentence_of(const struct transcript *t, struct sponsor_read *read)
{
	struct span text = t->cues[read->last_cue].text;
	if (read->end_byte < text.n || text.n == 0 || ends_sentence(text, text.n - 1) || read->last_cue + 1 >= t->n_cues)
		return;
	struct span next = t->cues[read->last_cue + 1].text;
	size_t end = sentence_end(next, 1);
	if (end <= REST_BYTES && end > 0 && ends_sentence(next, end - 1)) {
		read->last_cue++;
		read->end_byte = end;
	}
}

/* When this byte of a cue is spoken, if all are as long. */
static int64_t time_of(const struct cue *cue, size_t byte)
{
	return cue->start_ms + (cue->end_ms - cue->start_ms) * (int64_t)byte / (int64_t)(cue->text.n + 1);
}

/* From the opening's end on, sentence by sentence, as long as something carries it. reach: how far behind it the first
 * such may be; 0 as usual. */
static void follow(struct finder *f, struct sponsor_read *read, size_t cue, size_t byte, int64_t reach, bool *has_call)
{
	const struct transcript *t = f->t;
	int64_t start = time_of(&t->cues[cue], byte), at = start;
	int64_t allowed = reach ? reach : start < INTRODUCTION_MS ? FIRST_REACH_MS : LATER_REACH_MS;
	read->last_cue = cue;
	read->end_byte = byte = sentence_end(t->cues[cue].text, byte);
	end_sentence_of(t, read);
	while (cue < t->n_cues) {
		struct span text = t->cues[cue].text;
		while (byte < text.n && text.p[byte] == ' ')
			byte++;
		if (byte >= text.n) {
			cue++;
			byte = 0;
			continue;
		}
		int64_t now = time_of(&t->cues[cue], byte);
		/* A name may carry it on for longer than the rest, but behind a closing. */
		int64_t longest = allowed == AT_ONCE_MS || allowed > NAME_MS ? allowed : NAME_MS;
		if (now - start > LONGEST_MS || now < at || now - at > longest)
			return;
		size_t end = sentence_end(text, byte + 1);
		struct words w = {0};
		add_words(&w, t, cue, byte, end);
		size_t n_own = w.n;
		add_words(&w, t, cue, end, text.n);
		if (cue + 1 < t->n_cues)
			add_words(&w, t, cue + 1, 0, t->cues[cue + 1].text.n);
		enum evidence e = weigh(f, &w, n_own, span_make(text.p + byte, end - byte));
		free(w.all);
		if (e == STOPS)
			return;
		byte = end;
		if (e == NOTHING || (e != NAMES && now - at > allowed))
			continue;
		read->last_cue = cue;
		read->end_byte = end;
		read->n_evidence++;
		*has_call |= e == CALLS || e == CLOSES;
		at = now;
		allowed = e == CLOSES ? AT_ONCE_MS : e == CALLS ? SOON_MS : allowed == SOON_MS ? SOON_MS : GAP_MS;
		end_sentence_of(t, read);
	}
}

static void look_at(struct finder *f, size_t cue)
{
	struct words w = {0};
	for (size_t i = cue > 1 ? cue - 1 : 0; i < f->t->n_cues && i <= cue + 1; i++)
		add_words(&w, f->t, i, 0, f->t->cues[i].text.n);
	for (size_t i = 0; i < w.n; i++) {
		size_t first, end, which;
		if (w.all[i].cue != cue)
			continue;
		bool opens = find_rule(&w, openings, COUNT_OF(openings), i, &first, &end, &which);
		if (!opens && !find_rule(&w, thanks, COUNT_OF(thanks), i, &first, &end, &which))
			continue;
		const struct word *from = &w.all[first], *to = &w.all[end - 1];
		struct sponsor_read read = {.first_cue = from->cue, .opening = (opens ? openings : thanks)[which].words};
		if (opens)
			take_names(f, &w, end);
		f->names = &f->opening;
		read.first_byte = sentence_start(f->t->cues[from->cue].text, from->start);
		bool has_call = false;
		follow(f, &read, to->cue, to->end, opens ? 0 : AT_ONCE_MS, &has_call);
		add_read(f, &read);
		while (i + 1 < end)
			i++;
	}
	free(w.all);
}

static bool is_inside(const struct finder *f, size_t cue)
{
	for (size_t i = 0; i < f->n; i++)
		if (cue >= f->reads[i].first_cue && cue <= f->reads[i].last_cue)
			return true;
	return false;
}

/* Where the first of the episode's sponsors is named; text.n where none is. */
static size_t find_name(const struct finder *f, uint32_t first_letters, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 'A' || text.p[i] > 'Z' || !(first_letters >> (text.p[i] - 'A') & 1))
			continue;
		for (size_t k = 0; k < f->episode.n; k++)
			if (span_starts(span_from(text, i), f->episode.as_written[k]))
				return i;
	}
	return text.n;
}

/* A read may begin without an opening: who the sponsors are has been said elsewhere in the episode. It must call upon
 * the listener, and have more evidence. */
static void look_for_names(struct finder *f)
{
	size_t n_opened = f->n, done = 0;
	uint32_t first_letters = 0;
	for (size_t i = 0; i < f->episode.n; i++)
		first_letters |= 1u << (f->episode.as_written[i][0] - 'A');
	f->names = &f->episode;
	for (size_t cue = 0; cue < f->t->n_cues && n_opened; cue++) {
		struct span text = f->t->cues[cue].text;
		size_t at = find_name(f, first_letters, text);
		if (at == text.n || cue < done || is_inside(f, cue))
			continue;
		struct sponsor_read read = {.first_cue = cue, .first_byte = sentence_start(text, at),
			.opening = "a sponsor's name"};
		bool has_call = false;
		follow(f, &read, cue, at, 0, &has_call);
		if (!has_call || read.n_evidence < EVIDENCE_NEEDED)
			continue;
		add_read(f, &read);
		done = read.last_cue + 1;
	}
}

static void take_labelled_turns(struct finder *f)
{
	const struct transcript *t = f->t;
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		for (size_t k = 0; k < COUNT_OF(labels) && turn->n_cues; k++) {
			if (!span_equal_nocase(turn->speaker, span_of(labels[k])))
				continue;
			size_t last = turn->first_cue + turn->n_cues - 1;
			struct sponsor_read read = {.first_cue = turn->first_cue, .last_cue = last,
				.end_byte = t->cues[last].text.n, .opening = labels[k]};
			add_read(f, &read);
			break;
		}
	}
}

static int by_place(const void *a, const void *b)
{
	const struct sponsor_read *x = a, *y = b;
	if (x->first_cue != y->first_cue)
		return x->first_cue < y->first_cue ? -1 : 1;
	return (x->first_byte > y->first_byte) - (x->first_byte < y->first_byte);
}

struct sponsor_read *sponsors_find(const struct transcript *t, size_t *n)
{
	struct finder f = {.t = t}, merged = {.t = t};
	for (size_t i = 0; i < t->n_cues; i++) {
		/* A trigger of several words may lie across the border to the next cue: its key stands in one of them. */
		if (has_trigger(t->cues[i].text))
			look_at(&f, i);
	}
	look_for_names(&f);
	take_labelled_turns(&f);
	if (f.n)
		qsort(f.reads, f.n, sizeof *f.reads, by_place);
	for (size_t i = 0; i < f.n; i++)
		add_read(&merged, &f.reads[i]);
	free(f.reads);
	*n = merged.n;
	return merged.reads;
}
