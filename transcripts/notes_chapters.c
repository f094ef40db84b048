/* notes_chapters.c - chapters that are written as lines of text.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"
#include "transcripts/notes_stamps.h"

enum { FEWEST = 3 };

/* One of the texts at the start of *s is cut off; false when none is there. */
static bool cut_any(struct span *s, const char *const *texts)
{
	for (; *texts; texts++)
		if (span_starts(*s, *texts)) {
			*s = span_from(*s, strlen(*texts));
			return true;
		}
	return false;
}

static struct span skip_all(struct span s, const char *const *texts)
{
	while (cut_any(&s, texts))
		;
	return s;
}

/* What stands before a time: a list's mark, a heading's, emphasis, an opening bracket. */
static struct span skip_lead(struct span line)
{
	static const char *const marks[] = {" ", "\t", "*", "-", "+", "#", ">", "_", "[", "(", "\\[", "`", "\xC2\xA0",
		"\xE2\x80\xA2", "\xE2\x8F\xB1", "\xEF\xB8\x8F", NULL};
	struct span s = line;
	/* "3. 12:34": a numbered list. */
	size_t n = 0;
	while (n < s.n && n < 4 && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (n && n + 1 < s.n && (s.p[n] == '.' || s.p[n] == ')') && s.p[n + 1] == ' ')
		s = span_from(s, n + 2);
	return skip_all(s, marks);
}

/* What closes what was opened before the time. */
static const char *const closers[] = {"*", "_", "]", ")", "\\]", "`", NULL};
/* What stands between a time and its title. */
static const char *const between[] = {" ", "\t", "-", "|", ":", "~", "\xC2\xA0", "\xE2\x80\x92", "\xE2\x80\x93",
	"\xE2\x80\x94", "\xE2\x80\xA2", "\xE2\x86\x92", "\xC2\xB7", "=>", NULL};

struct span chapters_trim_title(struct span title)
{
	return lines_trim(skip_all(lines_trim(title), between));
}

/* "(#t=12:34)" at the start of *s is cut off; *target is what it says. */
static bool cut_link(struct span *s, struct span *target)
{
	struct span rest = *s;
	size_t n = span_starts(rest, "](") ? 2 : 0;
	if (n == 0)
		return false;
	size_t end = span_find(rest, ')');
	if (end == rest.n)
		return false;
	struct span url = span_make(rest.p + n, end - n);
	size_t at = span_search(url, SPAN_LITERAL("t="), 0);
	bool is_time = at < url.n && at > 0 && (url.p[at - 1] == '#' || url.p[at - 1] == '?' || url.p[at - 1] == '&');
	*target = is_time ? span_from(url, at + 2) : span_of("");
	*s = span_from(rest, end + 1);
	return true;
}

/* " <https://...>`_", how reStructuredText ends the link that a time is, at the start of *s is cut off. */
static void cut_address(struct span *s)
{
	struct span rest = lines_trim(*s);
	size_t end = span_starts(rest, "<http") ? span_find(rest, '>') : rest.n;
	if (end == rest.n)
		return;
	rest = span_from(rest, end + 1);
	while (rest.n && (rest.p[0] == '`' || rest.p[0] == '_'))
		rest = span_from(rest, 1);
	*s = rest;
}

struct found {
	int64_t start_ms, end_ms;
	struct span title, target; /* title raw; target of its link, p NULL without one */
	int line;
};

static bool find_in_line(struct span line, struct found *f)
{
	struct span s = skip_lead(line);
	int64_t second;
	*f = (struct found){.end_ms = -1};
	size_t n = stamp_read(s, &f->start_ms);
	bool has_hours = n > 0 && span_find(span_from(s, span_find(s, ':') + 1), ':') == 2;
	if (n == 0 || (!has_hours && lines_is_clock_time(span_from(s, n))))
		return false;
	s = span_from(s, n);
	/* A number that goes on, an address, a word: "12:34:56:78", "10:30am", "1:1-matching". */
	if (s.n && ((s.p[0] >= '0' && s.p[0] <= '9') || s.p[0] == '%' || s.p[0] == '/' ||
		(s.p[0] >= 'a' && s.p[0] <= 'z') || (s.p[0] >= 'A' && s.p[0] <= 'Z')))
		return false;
	struct span close = s;
	if (span_starts(close, "\\"))
		close = span_from(close, 1);
	struct span link = close;
	if (cut_link(&link, &f->target))
		s = link;
	s = skip_all(s, closers);
	cut_address(&s);
	/* "12:34 - 15:00": where it ends. A title may begin with a time too, but with no more than a blank before it. */
	static const char *const blanks[] = {" ", "\t", "\xC2\xA0", NULL};
	struct span after = skip_all(s, between);
	n = after.p > skip_all(s, blanks).p ? stamp_read(after, &second) : 0;
	if (n && second >= f->start_ms && !lines_is_clock_time(span_from(after, n))) {
		f->end_ms = second;
		s = skip_all(span_from(after, n), closers);
	}
	f->title = chapters_trim_title(s);
	return true;
}

bool chapters_read_line(struct span line, int64_t *start_ms, int64_t *end_ms, struct span *title)
{
	struct found f;
	if (!find_in_line(lines_trim(line), &f) || f.title.n == 0)
		return false;
	*start_ms = f.start_ms;
	*end_ms = f.end_ms;
	*title = f.title;
	return true;
}

struct list {
	struct found *items;
	size_t n;
};

static bool is_heading(struct span line)
{
	return span_starts(line, "#");
}

/* A title for a time that stands alone: the next line that isn't empty, unless it has a time of its own or heads a new
 * part. */
static void name_last(struct list *l, struct span line)
{
	static const char *const marks[] = {"* ", "- ", "+ ", NULL};
	struct found *last = l->n ? &l->items[l->n - 1] : NULL;
	if (!last || last->title.n || is_heading(line))
		return;
	(void)cut_any(&line, marks);
	last->title = lines_trim(line);
}

static void collect(struct list *l, struct span text, int first_line)
{
	struct lines lines;
	struct found f;
	char fence = 0;
	bool waits = false;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		struct span line = lines.line;
		if (line.n == 0)
			continue;
		if (span_starts(line, "```") || span_starts(line, "~~~")) {
			fence = fence == 0 ? line.p[0] : fence == line.p[0] ? 0 : fence;
			continue;
		}
		if (fence)
			continue;
		if (find_in_line(line, &f)) {
			f.line = lines.number;
			if ((l->n & (l->n - 1)) == 0)
				l->items = mem_grow(l->items, l->n ? 2 * l->n : 1, sizeof *l->items);
			l->items[l->n++] = f;
			waits = f.title.n == 0;
		} else if (waits) {
			name_last(l, line);
			waits = false;
		}
	}
}

/* Most notes have none, and most of reading a page would be looking for them. */
static bool may_have_times(struct span text)
{
	for (size_t i = 0; (i += span_find(span_from(text, i), ':')) < text.n; i++)
		if (i && i + 1 < text.n && text.p[i - 1] >= '0' && text.p[i - 1] <= '9' && text.p[i + 1] >= '0' && text.p[i + 1] <= '9')
			return true;
	return false;
}

static bool rises(const struct list *l)
{
	for (size_t i = 1; i < l->n; i++)
		if (l->items[i].start_ms <= l->items[i - 1].start_ms)
			return false;
	return l->n >= FEWEST;
}

static void report_link(const struct found *f, const struct dialect_faults *faults)
{
	int64_t ms;
	if (!f->target.p || f->target.n == 0)
		return;
	struct buf label = {0};
	stamp_write(&label, f->start_ms, false);
	if (!notes_stamp_target(f->target, &ms))
		dialect_report(faults, NULL, f->line, "the link '#t=%.*s' isn't a time; its label %s was taken",
			(int)(f->target.n < 30 ? f->target.n : 30), f->target.p, label.p);
	else if (ms / 1000 != f->start_ms / 1000)
		dialect_report(faults, NULL, f->line,
			"the label says %s, its link #t=%.*s; the label was taken, make them the same",
			label.p, (int)(f->target.n < 30 ? f->target.n : 30), f->target.p);
	buf_finish(&label);
}

/* One blank where there were several, no table's border at the end. */
static struct span tidy_title(struct buf *title)
{
	size_t n = 0;
	for (size_t i = 0; i < title->n; i++)
		if (title->p[i] != ' ' || n == 0 || title->p[n - 1] != ' ')
			title->p[n++] = title->p[i];
	struct span said = lines_trim(span_make(title->p, n));
	while (said.n && said.p[said.n - 1] == '|') {
		said.n--;
		said = lines_trim(said);
	}
	return said;
}

static void add_all(struct document *d, const struct list *l, const struct dialect_faults *faults)
{
	struct buf title = {0};
	for (size_t i = 0; i < l->n; i++) {
		const struct found *f = &l->items[i];
		buf_clear(&title);
		markup_paragraph_to_text(&title, f->title);
		struct span said = tidy_title(&title);
		if (said.n == 0) {
			dialect_report(faults, NULL, f->line, "a time without a title; it was left out of the chapters");
			continue;
		}
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = f->start_ms;
		c->end_ms = f->end_ms;
		c->line = f->line;
		document_set(&c->title, said);
		report_link(f, faults);
	}
	buf_finish(&title);
}

static void report_order(const struct list *l, const struct dialect_faults *faults)
{
	for (size_t i = 1; i < l->n; i++)
		if (l->items[i].start_ms == l->items[i - 1].start_ms)
			dialect_report(faults, NULL, l->items[i].line, "the chapter has the time of the one before it");
}

void chapters_read_notes(struct document *d, struct span text, int first_line, bool is_list,
	const struct dialect_faults *faults)
{
	struct list l = {0};
	if (may_have_times(text))
		collect(&l, text, first_line);
	if (is_list || rises(&l)) {
		add_all(d, &l, faults);
		report_order(&l, faults);
		chapters_sort(d, faults);
	}
	free(l.items);
}

/* "18:30 Doors, 19:00 Talks": of the day's hours, in steps of five minutes. */
static bool are_clock_times(const struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].start_ms % 5000 != 0 || l->items[i].start_ms >= 24 * 60000)
			return false;
	return true;
}

void chapters_draw(struct document *d, struct span text, int line)
{
	struct list l = {0};
	collect(&l, text, 1);
	const struct found *last = l.n ? &l.items[l.n - 1] : NULL;
	/* What begins at the start is a list of chapters even where its recording is said to be shorter. */
	bool fits = rises(&l) && (l.items[0].start_ms == 0 ||
		(!are_clock_times(&l) && (!d->duration_ms || last->start_ms < d->duration_ms)));
	for (size_t i = 0; i < l.n; i++)
		l.items[i].line = line;
	if (fits)
		add_all(d, &l, NULL);
	free(l.items);
}

void chapters_read_description(struct document *d, struct span text, int first_line,
	const struct dialect_faults *faults)
{
	struct lines lines;
	struct found f;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		if (!find_in_line(lines.line, &f))
			continue;
		if (f.title.n == 0) {
			dialect_report(faults, NULL, lines.number, "a time without a title; it was left out of the chapters");
			continue;
		}
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = f.start_ms;
		c->end_ms = f.end_ms;
		c->line = lines.number;
		document_set(&c->title, f.title);
	}
	chapters_sort(d, faults);
}

struct placed {
	struct document_chapter chapter;
	size_t index;
};

static int by_start(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->chapter.start_ms != y->chapter.start_ms)
		return x->chapter.start_ms < y->chapter.start_ms ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

void chapters_sort(struct document *d, const struct dialect_faults *faults)
{
	size_t first = 1;
	while (first < d->n_chapters && d->chapters[first].start_ms >= d->chapters[first - 1].start_ms)
		first++;
	if (first >= d->n_chapters)
		return;
	dialect_report(faults, NULL, d->chapters[first].line, "the chapter's time goes back; they were put in order");
	struct placed *placed = mem_new(d->n_chapters, sizeof *placed);
	for (size_t i = 0; i < d->n_chapters; i++)
		placed[i] = (struct placed){d->chapters[i], i};
	qsort(placed, d->n_chapters, sizeof *placed, by_start);
	for (size_t i = 0; i < d->n_chapters; i++)
		d->chapters[i] = placed[i].chapter;
	free(placed);
}
