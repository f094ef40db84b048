/* Code Maven's interviews, the inside of [transcript] ... [/transcript]:
 *     [nick host1 Full Name]
 *     [M:SS] nick: text, on this line or the following ones
 * and their first draft: <nick host1 Full Name>, <entry M:SS nick>. Text is Markdown with some HTML; a blank line is a
 * paragraph inside the entry. An entry is a turn of one cue.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"

enum { NICK_BYTES = 60 };

struct declaration {
	struct span nick, name;
};

struct entry {
	int64_t ms;
	bool bad_time;
	struct span time; /* as written */
	struct span nick;
	struct span rest; /* what follows on the line */
};

/* Cuts the word up to the next blank off *s. */
static struct span cut_word(struct span *s)
{
	size_t n = 0;
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	struct span word = span_make(s->p, n);
	*s = lines_trim(span_from(*s, n));
	return word;
}

static bool is_role(struct span word)
{
	size_t n = span_starts(word, "host") ? 4 : span_starts(word, "guest") ? 5 : 0;
	if (n == 0)
		return false;
	for (; n < word.n; n++)
		if (word.p[n] < '0' || word.p[n] > '9')
			return false;
	return true;
}

/* `[nick host1 Full Name]` or `<nick host1 Full Name>`. */
static bool read_declaration(struct span line, struct declaration *out)
{
	if (line.n < 2)
		return false;
	char first = line.p[0], last = line.p[line.n - 1];
	if (!(first == '[' && last == ']') && !(first == '<' && last == '>'))
		return false;
	struct span inside = lines_trim(span_make(line.p + 1, line.n - 2));
	out->nick = cut_word(&inside);
	if (out->nick.n == 0 || !is_role(cut_word(&inside)) || inside.n == 0)
		return false;
	out->name = inside;
	return true;
}

/* "1:05" and also "1:5" or "1.05": digits and colons, whether a time or a slip. */
static bool is_time_like(struct span s)
{
	bool mark = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ':' || s.p[i] == '.' || s.p[i] == ',' || s.p[i] == ';')
			mark = true;
		else if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return mark && s.n >= 3 && s.p[0] >= '0' && s.p[0] <= '9';
}

static void read_time(struct entry *e)
{
	e->bad_time = stamp_read(e->time, &e->ms) != e->time.n;
}

/* `<entry 0:00 nick> text` */
static bool read_draft_entry(struct span line, struct entry *out)
{
	size_t end = span_find(line, '>');
	if (!span_starts(line, "<entry ") || end == line.n)
		return false;
	struct span inside = lines_trim(span_make(line.p + 7, end - 7));
	out->time = cut_word(&inside);
	out->nick = inside;
	out->rest = lines_trim(span_from(line, end + 1));
	read_time(out);
	return is_time_like(out->time) && out->nick.n > 0;
}

/* `[M:SS] nick: text`; a nick may have blanks in it, but a colon must end it within NICK_BYTES. */
static bool read_entry(struct span line, struct entry *out)
{
	if (read_draft_entry(line, out))
		return true;
	size_t close = span_find(span_make(line.p, line.n < 20 ? line.n : 20), ']');
	if (line.n < 3 || line.p[0] != '[' || close >= 20 || close == line.n)
		return false;
	out->time = lines_trim(span_make(line.p + 1, close - 1));
	if (!is_time_like(out->time))
		return false;
	struct span after = lines_trim(span_from(line, close + 1));
	size_t colon = span_find(span_make(after.p, after.n < NICK_BYTES ? after.n : NICK_BYTES), ':');
	if (colon == 0 || colon >= NICK_BYTES || colon == after.n) {
		/* The colon forgotten: one word alone is still a nick. */
		if (after.n == 0 || after.n > NICK_BYTES || memchr(after.p, ' ', after.n))
			return false;
		colon = after.n;
	}
	out->nick = lines_trim(span_make(after.p, colon));
	out->rest = lines_trim(span_from(after, colon + 1));
	read_time(out);
	return out->nick.n > 0 && lines_count_words(out->nick) <= 4;
}

static bool is_block_mark(struct span line, bool *opens)
{
	*opens = span_is(line, "[transcript]") || span_is(line, "<transcript>");
	return *opens || span_is(line, "[/transcript]") || span_is(line, "</transcript>");
}

static int detect(struct span text, char *reason, size_t room)
{
	struct lines lines;
	size_t n_entries = 0, n_declared = 0, n_lines = 0;
	bool block = false, opens;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		struct declaration d;
		struct entry e;
		if (lines.line.n == 0)
			continue;
		n_lines++;
		block |= is_block_mark(lines.line, &opens);
		n_declared += read_declaration(lines.line, &d);
		n_entries += read_entry(lines.line, &e);
	}
	if (n_entries == 0)
		return 0;
	snprintf(reason, room, "%zu speakers are declared as '[nick host1 Name]' and %zu lines read '[M:SS] nick:'",
		n_declared, n_entries);
	return n_declared ? 97 : block ? 92 : n_entries * 20 >= n_lines ? 55 : 10;
}

struct reading {
	struct transcript *t;
	const struct dialect_faults *faults;
	struct declaration *declared;
	size_t n_declared;
	struct span *unknown; /* nicks that were reported already */
	size_t n_unknown;
	bool open;            /* an entry is being read */
	struct entry entry;
	int line;
	int64_t last_ms;
	struct buf raw, plain;
};

static struct span speaker_of(struct reading *r, struct span nick, int line)
{
	for (size_t i = 0; i < r->n_declared; i++)
		if (span_equal_nocase(r->declared[i].nick, nick))
			return r->declared[i].name;
	for (size_t i = 0; i < r->n_unknown; i++)
		if (span_equal(r->unknown[i], nick))
			return nick;
	dialect_report(r->faults, r->t, line, "speaker '%.*s' isn't declared; kept under this name, declare it as "
		"[%.*s guest1 Full Name]", SPAN_ARG(nick), SPAN_ARG(nick));
	/* Few nicks are expected; a file of nothing but new ones must not cost its square. */
	if (r->n_unknown < 100) {
		r->unknown = mem_grow(r->unknown, r->n_unknown + 1, sizeof *r->unknown);
		r->unknown[r->n_unknown++] = nick;
	}
	return nick;
}

static void keep_link(void *data, struct span url, struct span label)
{
	struct reading *r = data;
	buf_clear(&r->plain);
	markup_to_text(&r->plain, label);
	transcript_add_link(r->t, url, buf_view(&r->plain));
}

static void close_entry(struct reading *r)
{
	if (!r->open)
		return;
	r->open = false;
	buf_clear(&r->plain);
	markup_to_text(&r->plain, buf_view(&r->raw));
	size_t n_before = r->t->n_cues;
	transcript_add_turn(r->t, speaker_of(r, r->entry.nick, r->line));
	transcript_add_cue(r->t, r->entry.ms, -1, buf_view(&r->plain), r->line);
	if (r->t->n_cues == n_before)
		dialect_report(r->faults, r->t, r->line, "an entry without words; it was left out");
	else
		markup_each_link(buf_view(&r->raw), keep_link, r);
	buf_clear(&r->raw);
}

static void open_entry(struct reading *r, const struct entry *e, int line)
{
	close_entry(r);
	r->entry = *e;
	r->line = line;
	r->open = true;
	if (e->bad_time) {
		r->entry.ms = r->last_ms;
		dialect_report(r->faults, r->t, line, "'%.*s' isn't a time; the entry was given the time of the one before, "
			"write it as M:SS", SPAN_ARG(e->time));
	}
	r->last_ms = r->entry.ms;
	buf_span(&r->raw, e->rest);
}

static void read_line(struct reading *r, struct span line, int number)
{
	struct declaration d;
	struct entry e;
	if (read_entry(line, &e)) {
		open_entry(r, &e, number);
	} else if (!r->open && read_declaration(line, &d)) {
		if (r->n_declared < 100) {
			r->declared = mem_grow(r->declared, r->n_declared + 1, sizeof *r->declared);
			r->declared[r->n_declared++] = d;
		}
	} else if (r->open) {
		if (r->raw.n)
			buf_char(&r->raw, '\n');
		if (!span_is(line, "</entry>"))
			buf_span(&r->raw, line);
	} else if (line.n) {
		dialect_report(r->faults, r->t, number, "neither '[nick host1 Name]' nor '[M:SS] nick:'; the line was left out");
	}
}

static bool has_block(struct span text)
{
	struct lines lines;
	bool opens;
	lines_init(&lines, text, 1);
	while (lines_next(&lines))
		if (is_block_mark(lines.line, &opens) && opens)
			return true;
	return false;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct reading r = {.t = transcript_create(), .faults = faults};
	struct lines lines;
	bool inside = !has_block(text), opens;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		if (is_block_mark(lines.line, &opens))
			inside = opens;
		else if (inside)
			read_line(&r, lines.line, lines.number);
	}
	close_entry(&r);
	free(r.declared);
	free(r.unknown);
	buf_finish(&r.raw);
	buf_finish(&r.plain);
	transcript_finish_build(r.t);
	return r.t;
}

const struct dialect dialect_code_maven = {
	.name = "Code Maven's transcript block ([M:SS] nick: text)",
	.label = "code-maven",
	.detect = detect,
	.parse = parse,
};
