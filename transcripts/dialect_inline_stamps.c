/* Times inside the paragraphs: `0:42 text 0:52 text`, sometimes glued to the word before them (`School.1:28  If`).
 * Speech also holds clock times ("at 9:30"), so a time within a line counts as a stamp only where it fits: the stamps
 * taken are the heaviest sequence that never goes back (a line's first time weighs most), and none leaps further than
 * the words between can fill. What isn't a stamp stays in the text.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/stamped.h"

enum {
	MS_A_WORD = 400,       /* 150 words a minute */
	LEAP_FREE_MS = 120000, /* music and pauses: a leap up to this needs no words */
	LEAP_FACTOR = 6,
	WEIGHT_LEADING = 4, WEIGHT_INLINE = 2, WEIGHT_DOUBTFUL = 1,
};

struct stamp {
	const char *start, *end; /* what it takes up in the text, brackets too */
	int64_t ms;
	int line;
	bool leading, taken;
	int weight;
	/* private to the choice of the sequence */
	size_t rank, before; /* before: 1 + index of the stamp before it in the best sequence, 0 = none */
	int64_t total;
};

struct stamps {
	struct stamp *items;
	size_t n;
	size_t n_leading, n_labelled; /* lines that start with a stamp, and those of them that then name a speaker */
};

static void stamps_add(struct stamps *s, struct stamp item)
{
	if ((s->n & (s->n - 1)) == 0)
		s->items = mem_grow(s->items, s->n ? 2 * s->n : 1, sizeof *s->items);
	s->items[s->n++] = item;
}

static bool is_digit(const char *p, const char *first, const char *end)
{
	return p >= first && p < end && *p >= '0' && *p <= '9';
}

/* "at 9:30", "until 17:00": rather a clock than a recording. */
static bool follows_clock_word(const char *first, const char *p)
{
	static const char *const words[] = {" at ", " by ", " until ", " till ", " around ", " before ", " after ", " from "};
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(p - first) >= n && memcmp(p - n, words[i], n) == 0)
			return true;
	}
	return false;
}

/* Looks for a stamp whose first digit is at p; line is the whole line. */
static bool read_inline(struct span line, const char *p, struct stamp *out)
{
	const char *first = line.p, *end = line.p + line.n;
	if (is_digit(p - 1, first, end))
		return false;
	/* Of an address, a price, an attribute. */
	if (p > first && strchr("/$#=\"", p[-1]))
		return false;
	/* With a digit before it, what follows these is the rest of another number. */
	if (p > first && (p[-1] == ':' || p[-1] == '-' || p[-1] == ',') && is_digit(p - 2, first, end))
		return false;
	int64_t ms;
	size_t n = stamp_read(span_make(p, (size_t)(end - p)), &ms);
	if (n == 0)
		return false;
	const char *after = p + n;
	if (lines_is_clock_time(span_make(after, (size_t)(end - after))))
		return false;
	if (after < end && (*after == '%' || *after == '/' || (*after == '-' && is_digit(after + 1, first, end))))
		return false;
	*out = (struct stamp){.start = p, .end = after, .ms = ms, .weight = WEIGHT_INLINE};
	if (p > first && (p[-1] == '[' || p[-1] == '(')) {
		/* "[12:05]" is a stamp, "[12:05 inaudible]" a remark. */
		if (after >= end || *after != (p[-1] == '[' ? ']' : ')'))
			return false;
		out->start--;
		out->end++;
	}
	if (follows_clock_word(first, p))
		out->weight = WEIGHT_DOUBTFUL;
	return true;
}

/* Captions have their own dialects, whose timings hold two times a line. */
static bool is_caption_timing(struct span line)
{
	return span_search(line, SPAN_LITERAL("-->"), 0) < line.n;
}

static void collect(struct span text, int first_line, struct stamps *out)
{
	struct lines lines;
	struct stamped_line s;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		struct span line = lines.line;
		if (is_caption_timing(line))
			continue;
		const char *p = line.p, *end = line.p + line.n;
		if (line.n && stamped_line_read(line, &s)) {
			stamps_add(out, (struct stamp){.start = line.p, .end = s.whole.n ? s.whole.p : end, .ms = s.ms,
				.line = lines.number, .leading = true, .weight = WEIGHT_LEADING});
			p = out->items[out->n - 1].end;
			out->n_leading++;
			out->n_labelled += s.label.n > 0;
		}
		while (p < end) {
			struct stamp found;
			if (*p >= '0' && *p <= '9' && read_inline(line, p, &found)) {
				found.line = lines.number;
				stamps_add(out, found);
				p = found.end;
				continue;
			}
			p++;
		}
	}
}

static int by_time(const void *a, const void *b)
{
	int64_t x = (*(const struct stamp *const *)a)->ms, y = (*(const struct stamp *const *)b)->ms;
	return (x > y) - (x < y);
}

static void rank_by_time(struct stamps *s)
{
	struct stamp **sorted = mem_new(s->n + 1, sizeof *sorted);
	for (size_t i = 0; i < s->n; i++)
		sorted[i] = &s->items[i];
	qsort(sorted, s->n, sizeof *sorted, by_time);
	size_t rank = 0;
	for (size_t i = 0; i < s->n; i++) {
		rank += i == 0 || sorted[i]->ms != sorted[i - 1]->ms;
		sorted[i]->rank = rank;
	}
	free(sorted);
}

/* The heaviest non-decreasing subsequence, with a Fenwick tree of prefix maxima over the ranks: n log n. */
static void choose_sequence(struct stamps *s)
{
	rank_by_time(s);
	size_t *best = mem_new(s->n + 1, sizeof *best); /* 1 + index of the heaviest end; 0 = none */
	size_t heaviest = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct stamp *it = &s->items[i];
		it->before = 0;
		for (size_t r = it->rank; r > 0; r -= r & -r)
			if (best[r] && (!it->before || s->items[best[r] - 1].total > s->items[it->before - 1].total))
				it->before = best[r];
		it->total = it->weight + (it->before ? s->items[it->before - 1].total : 0);
		for (size_t r = it->rank; r <= s->n; r += r & -r)
			if (!best[r] || s->items[best[r] - 1].total < it->total)
				best[r] = i + 1;
		if (!heaviest || s->items[heaviest - 1].total < it->total)
			heaviest = i + 1;
	}
	for (size_t i = heaviest; i; i = s->items[i - 1].before)
		s->items[i - 1].taken = true;
	free(best);
}

static void drop_leaps(struct stamps *s)
{
	const struct stamp *last = NULL;
	int64_t n_words = 0; /* since last; counted once each, however many stamps are dropped */
	const char *counted_to = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct stamp *it = &s->items[i];
		if (!it->taken)
			continue;
		if (last) {
			n_words += (int64_t)lines_count_words(span_make(counted_to, (size_t)(it->start - counted_to)));
			int64_t gap = it->ms - last->ms;
			if (!it->leading && gap > LEAP_FREE_MS)
				it->taken = gap <= n_words * MS_A_WORD * LEAP_FACTOR;
		}
		counted_to = it->taken ? it->end : it->start;
		if (it->taken) {
			last = it;
			n_words = 0;
		}
	}
	/* A line's first time is a stamp even where it goes back: kept as it is. */
	for (size_t i = 0; i < s->n; i++)
		s->items[i].taken |= s->items[i].leading;
}

static void find_stamps(struct span text, int first_line, struct stamps *out)
{
	*out = (struct stamps){0};
	collect(text, first_line, out);
	if (out->n) {
		choose_sequence(out);
		drop_leaps(out);
	}
}

static int detect(struct span text, char *reason, size_t room)
{
	struct stamps s;
	size_t n_leading = 0, n_inline = 0;
	const struct stamp *first = NULL, *last = NULL;
	find_stamps(text, 1, &s);
	for (size_t i = 0; i < s.n; i++) {
		struct stamp *it = &s.items[i];
		if (!it->taken)
			continue;
		n_leading += it->leading;
		n_inline += !it->leading;
		if (!first)
			first = it;
		last = it;
	}
	int score = 0;
	if (n_inline && first != last) {
		snprintf(reason, room, "%zu times stand inside its paragraphs and %zu at their start, in order", n_inline,
			n_leading);
		/* An article that mentions a few clock times isn't spoken at 150 words a minute between them. */
		int64_t said = (int64_t)lines_count_words(span_make(first->end, (size_t)(last->start - first->end))) * MS_A_WORD;
		int64_t took = last->ms - first->ms;
		bool paced = took * 4 >= said && took <= said * LEAP_FACTOR + LEAP_FREE_MS;
		score = n_inline + n_leading >= 3 && n_inline * 4 >= n_leading + n_inline && paced ? 95 : 10;
	}
	free(s.items);
	return score;
}

static void report_wordless(struct transcript *t, const struct stamp *stamp, const struct dialect_faults *faults)
{
	dialect_report(faults, t, stamp->line, "a time without words; it was left out");
}

/* Where speakers are named, a name starts a turn; else a paragraph is, as far as one can tell, one voice's passage. */
static void start_turn(struct transcript *t, const struct stamp *stamp, struct span *words, bool named)
{
	struct span name;
	size_t n = named ? label_read(*words, &name) : 0;
	if (n) {
		transcript_add_turn(t, name);
		*words = lines_trim(span_from(*words, n));
	} else if (stamp->leading && !named) {
		transcript_add_turn(t, span_of(""));
	}
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct stamped_head head = {0};
	struct stamps s;
	struct lines lines;
	const struct stamp *waiting = NULL; /* a stamp whose words haven't come yet */
	size_t i = 0;
	bool any = false;
	find_stamps(text, first_line, &s);
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		const char *p = lines.line.p, *end = lines.line.p + lines.line.n;
		if (lines.line.n == 0)
			continue;
		while (i < s.n && !s.items[i].taken)
			i++;
		const char *lead_end = i < s.n && s.items[i].start < end ? s.items[i].start : end;
		struct span lead = lines_trim(span_make(p, (size_t)(lead_end - p)));
		if (!any && lead.n)
			stamped_head_add(&head, lead, lines.number);
		else if (lead.n && waiting)
			transcript_add_cue(t, waiting->ms, -1, lead, waiting->line);
		else if (lead.n)
			transcript_extend_cue(t, lead);
		if (lead.n)
			waiting = NULL;
		for (; i < s.n && s.items[i].start < end; i++) {
			const struct stamp *stamp = &s.items[i];
			if (!stamp->taken)
				continue;
			size_t next = i + 1;
			while (next < s.n && !s.items[next].taken)
				next++;
			const char *stop = next < s.n && s.items[next].start < end ? s.items[next].start : end;
			if (!any)
				stamped_head_finish(&head, t, stamp->ms);
			any = true;
			if (waiting)
				report_wordless(t, waiting, faults);
			struct span words = lines_trim(span_make(stamp->end, (size_t)(stop - stamp->end)));
			start_turn(t, stamp, &words, s.n_labelled * 5 >= s.n_leading && s.n_labelled);
			waiting = words.n ? NULL : stamp;
			transcript_add_cue(t, stamp->ms, -1, words, stamp->line);
		}
	}
	if (waiting)
		report_wordless(t, waiting, faults);
	free(s.items);
	buf_finish(&head.text);
	transcript_finish_build(t);
	return t;
}

const struct dialect dialect_inline_stamps = {
	.name = "stamps inside paragraphs (0:42 text 0:52 text)",
	.label = "inline-stamps",
	.detect = detect,
	.parse = parse,
};
