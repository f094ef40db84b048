/* corrections.c - a rule looks for its pieces (what stands between blanks) one after the other in a turn's cues. Most
 * rules occur in few transcripts: a look at the whole text in lower case tells, before any cue is looked at.
 * SPDX-License-Identifier: MIT */
#include "transcripts/corrections.h"

#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/yaml_tree.h"
#include "transcripts/lines.h"

enum { PIECES_MAX = 32 };

struct rule {
	struct correction told;
	struct buf lower; /* from in lower case; empty where it has letters beyond ASCII */
	struct span pieces[PIECES_MAX], by[PIECES_MAX];
	size_t n_pieces, n_by;
};

struct corrections {
	struct rule *rules;
	size_t n;
	locale_t locale;
};

/* ---- reading ---- */

/* Texts between blanks; 0 when there are too many. */
static size_t split(struct span text, struct span *pieces)
{
	size_t n = 0;
	while ((text = span_trim(text)).n) {
		size_t end = span_find(text, ' ');
		if (n == PIECES_MAX)
			return 0;
		pieces[n++] = span_make(text.p, end);
		text = span_from(text, end);
	}
	return n;
}

static void append_lower(struct buf *out, struct span text)
{
	buf_reserve(out, text.n);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		out->p[out->n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	out->p[out->n] = '\0';
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

static const char *fault_of(const struct yaml *node)
{
	static const char *const keys[] = {"from", "to", "show", "exact"};
	struct span pieces[PIECES_MAX];
	bool exact;
	if (node->kind != YAML_MAP)
		return "a rule is a map; write '- {from: spacey, to: spaCy}'";
	for (size_t i = 0; i < node->n; i++) {
		bool is_known = false;
		for (size_t k = 0; k < COUNT_OF(keys); k++)
			is_known |= span_is(yaml_text(node->keys[i]), keys[k]);
		if (!is_known)
			return "a rule has the keys from, to, show and exact; correct the other one";
	}
	if (!split(yaml_text(yaml_get(node, "from")), pieces))
		return "'from' must be one to 32 words";
	const struct yaml *to = yaml_get(node, "to");
	if (!to || to->kind != YAML_SCALAR || (yaml_is_none(to) && !to->quoted))
		return "'to' is missing; write \"\" to leave the words out";
	if (to->text.n && !split(to->text, pieces))
		return "'to' must be at most 32 words";
	if (yaml_get(node, "exact") && !yaml_bool(yaml_get(node, "exact"), &exact))
		return "'exact' must be true or false";
	return NULL;
}

static void add_rule(struct corrections *c, const struct yaml *node)
{
	c->rules = (c->n & (c->n - 1)) == 0 ? mem_grow(c->rules, c->n ? c->n * 2 : 1, sizeof *c->rules) : c->rules;
	struct rule *r = &c->rules[c->n++];
	*r = (struct rule){.told = {.from = span_dup(span_trim(yaml_text(yaml_get(node, "from")))),
		.to = span_dup(span_trim(yaml_text(yaml_get(node, "to")))),
		.show = span_dup(yaml_text(yaml_get(node, "show"))), .line = node->line}};
	if (yaml_get(node, "exact"))
		yaml_bool(yaml_get(node, "exact"), &r->told.exact);
	r->n_pieces = split(span_of(r->told.from), r->pieces);
	r->n_by = split(span_of(r->told.to), r->by);
	if (is_ascii(span_of(r->told.from)))
		append_lower(&r->lower, span_of(r->told.from));
}

struct corrections *corrections_read(struct span yaml, const struct dialect_faults *faults, struct why *why)
{
	struct yaml *root = yaml_parse(yaml, 1, why);
	if (!root)
		return NULL;
	if (root->kind != YAML_LIST && root->n) {
		why_set(why, E_FORMAT, "it must be a list of rules; write '- {from: spacey, to: spaCy}'");
		yaml_delete(root);
		return NULL;
	}
	struct corrections *c = mem_new(1, sizeof *c);
	c->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	for (size_t i = 0; root->kind == YAML_LIST && i < root->n; i++) {
		const char *fault = fault_of(root->items[i]);
		if (fault)
			dialect_report(faults, NULL, root->items[i]->line, "%s", fault);
		else
			add_rule(c, root->items[i]);
	}
	yaml_delete(root);
	return c;
}

void corrections_destroy(struct corrections *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free((char *)c->rules[i].told.from);
		free((char *)c->rules[i].told.to);
		free((char *)c->rules[i].told.show);
		buf_finish(&c->rules[i].lower);
	}
	free(c->rules);
	if (c->locale)
		freelocale(c->locale);
	free(c);
}

size_t corrections_count(const struct corrections *c)
{
	return c->n;
}

const struct correction *corrections_at(const struct corrections *c, size_t i)
{
	return &c->rules[i].told;
}

/* ---- applying ---- */

struct applying {
	const struct corrections *c;
	struct transcript *t;
	const struct correction_report *report;
};

static uint32_t lower(const struct corrections *c, uint32_t ch)
{
	if (ch < 0x80)
		return ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch;
	return c->locale ? (uint32_t)towlower_l((wint_t)ch, c->locale) : ch;
}

/* Letters, digits, and all beyond ASCII but its punctuation. */
static bool is_word(uint32_t ch)
{
	if (ch < 0x80)
		return (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_';
	return ch >= 0xC0 && !(ch >= 0x2000 && ch <= 0x206F) && !(ch >= 0x3000 && ch <= 0x303F) && ch != 0xFFFD;
}

static uint32_t char_before(struct span text, size_t at)
{
	uint32_t ch = ' ';
	size_t start = at;
	while (start > 0 && at - start < 4 && ((unsigned char)text.p[--start] & 0xC0) == 0x80)
		;
	if (at > 0)
		utf8_decode(span_from(text, start), &ch);
	return ch;
}

static uint32_t char_at(struct span text, size_t at)
{
	uint32_t ch = ' ';
	if (at < text.n)
		utf8_decode(span_from(text, at), &ch);
	return ch;
}

/* Bytes of text from `at` on that are the piece, ending at a word's border; 0 when they aren't. */
static size_t match_piece(const struct corrections *c, const struct rule *r, struct span piece, struct span text, size_t at)
{
	size_t i = 0, n = at;
	uint32_t a = 0, b;
	if (is_word(char_at(piece, 0)) && is_word(char_before(text, at)))
		return 0;
	while (i < piece.n) {
		if (n >= text.n)
			return 0;
		i += utf8_decode(span_from(piece, i), &a);
		n += utf8_decode(span_from(text, n), &b);
		if (r->told.exact ? a != b : lower(c, a) != lower(c, b))
			return 0;
	}
	return is_word(a) && is_word(char_at(text, n)) ? 0 : n - at;
}

struct match {
	size_t cue[PIECES_MAX], at[PIECES_MAX], n[PIECES_MAX]; /* of each piece */
};

/* The rule's pieces from there on, all in cues before `end`. */
static bool match_rule(const struct applying *ap, const struct rule *r, size_t cue, size_t end, size_t at, struct match *m)
{
	for (size_t k = 0; k < r->n_pieces; k++) {
		if (k) {
			at += m->n[k - 1];
			if (at < ap->t->cues[cue].text.n && ap->t->cues[cue].text.p[at++] != ' ')
				return false;
			if (at >= ap->t->cues[cue].text.n) {
				at = 0;
				if (++cue >= end || r->n_by != r->n_pieces)
					return false;
			}
		}
		m->cue[k] = cue;
		m->at[k] = at;
		m->n[k] = match_piece(ap->c, r, r->pieces[k], ap->t->cues[cue].text, at);
		if (!m->n[k])
			return false;
	}
	return true;
}

/* What replaces the pieces that stand in this cue: all of it in one cue, else word by word. */
static void write_replacement(const struct rule *r, const struct match *m, size_t first, size_t last, struct buf *out)
{
	if (m->cue[0] == m->cue[r->n_pieces - 1]) {
		buf_text(out, r->told.to);
		return;
	}
	for (size_t k = first; k <= last; k++) {
		if (k > first)
			buf_char(out, ' ');
		buf_span(out, r->by[k]);
	}
}

static size_t replace_in_cue(struct applying *ap, const struct rule *r, const struct match *m, size_t first, size_t last)
{
	struct cue *cue = &ap->t->cues[m->cue[first]];
	struct buf text = {0};
	buf_add(&text, cue->text.p, m->at[first]);
	write_replacement(r, m, first, last, &text);
	size_t after = text.n, from = m->at[last] + m->n[last];
	buf_span(&text, span_from(cue->text, from));
	if (ap->report && ap->report->change)
		ap->report->change(ap->report->data, (size_t)(r - ap->c->rules), cue->line, cue->text, buf_view(&text));
	transcript_set_cue(ap->t, m->cue[first], buf_view(&text));
	buf_finish(&text);
	return after;
}

/* Returns where in the last cue to go on. */
static size_t replace(struct applying *ap, const struct rule *r, const struct match *m)
{
	size_t at = 0;
	for (size_t first = 0; first < r->n_pieces;) {
		size_t last = first;
		while (last + 1 < r->n_pieces && m->cue[last + 1] == m->cue[first])
			last++;
		at = replace_in_cue(ap, r, m, first, last);
		first = last + 1;
	}
	return at;
}

static bool may_start(const struct corrections *c, const struct rule *r, uint32_t first, struct span text, size_t at)
{
	unsigned char byte = (unsigned char)text.p[at];
	if ((byte & 0xC0) == 0x80)
		return false;
	return r->told.exact || byte >= 0x80 || first >= 0x80 || lower(c, byte) == first;
}

static size_t apply_to_turn(struct applying *ap, struct rule *r, const struct turn *turn)
{
	size_t end = turn->first_cue + turn->n_cues, n = 0;
	uint32_t first = lower(ap->c, char_at(r->pieces[0], 0));
	for (size_t cue = turn->first_cue; cue < end; cue++)
		for (size_t at = 0; at < ap->t->cues[cue].text.n;) {
			struct match m;
			if (!may_start(ap->c, r, first, ap->t->cues[cue].text, at) || !match_rule(ap, r, cue, end, at, &m)) {
				at++;
				continue;
			}
			at = replace(ap, r, &m);
			cue = m.cue[r->n_pieces - 1];
			n++;
		}
	return n;
}

static void make_lower(const struct transcript *t, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < t->n_cues; i++) {
		append_lower(out, t->cues[i].text);
		buf_char(out, ' ');
	}
}

size_t corrections_apply(struct corrections *c, const char *place, struct transcript *t,
	const struct correction_report *report)
{
	struct applying ap = {c, t, report};
	struct buf text = {0};
	size_t total = 0;
	if (c->n)
		make_lower(t, &text);
	for (size_t i = 0; i < c->n; i++) {
		struct rule *r = &c->rules[i];
		if (*r->told.show && strcmp(r->told.show, place) != 0)
			continue;
		if (r->lower.n && (!text.n || !memmem(text.p, text.n, r->lower.p, r->lower.n)))
			continue;
		size_t n = 0;
		for (size_t k = 0; k < t->n_turns; k++)
			n += apply_to_turn(&ap, r, &t->turns[k]);
		r->told.n += n;
		total += n;
		if (n && i + 1 < c->n)
			make_lower(t, &text);
	}
	buf_finish(&text);
	if (total)
		transcript_drop_empty(t);
	return total;
}
