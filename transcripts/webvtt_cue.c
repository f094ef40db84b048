/* SPDX-License-Identifier: MIT */
#include "transcripts/webvtt_cue.h"

#include "transcripts/markup.h"
#include "transcripts/stamped.h"

enum {
	HOURS_DIGITS = 6, /* a century of recording; more would not fit the arithmetic */
	OVERLAP_LINES = 4,
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\n' || c == '\r';
}

static void skip_blanks(struct span *s)
{
	while (s->n && is_blank(s->p[0]))
		*s = span_from(*s, 1);
}

static size_t cut_number(struct span *s, int64_t *value)
{
	size_t n = 0;
	*value = 0;
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9' && n <= HOURS_DIGITS)
		*value = *value * 10 + (s->p[n++] - '0');
	*s = span_from(*s, n);
	return n;
}

static bool cut_char(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

/* Section 6.3, "collect a WebVTT timestamp". */
static bool cut_timestamp(struct span *s, int64_t *ms)
{
	int64_t hours = 0, minutes, seconds, thousandths;
	size_t n = cut_number(s, &minutes);
	bool with_hours = n != 2 || minutes > 59;
	if (n == 0 || n > HOURS_DIGITS || !cut_char(s, ':') || cut_number(s, &seconds) != 2)
		return false;
	if (with_hours || (s->n && s->p[0] == ':')) {
		hours = minutes;
		minutes = seconds;
		if (!cut_char(s, ':') || cut_number(s, &seconds) != 2)
			return false;
	}
	if (!cut_char(s, '.') || cut_number(s, &thousandths) != 3 || minutes > 59 || seconds > 59)
		return false;
	*ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
	return true;
}

bool webvtt_timing_read(struct span line, struct webvtt_timing *out)
{
	skip_blanks(&line);
	if (!cut_timestamp(&line, &out->start_ms))
		return false;
	skip_blanks(&line);
	if (!span_starts(line, "-->"))
		return false;
	line = span_from(line, 3);
	skip_blanks(&line);
	return cut_timestamp(&line, &out->end_ms);
}

struct webvtt_line_text webvtt_line_text(struct span line)
{
	struct webvtt_line_text out = {0};
	for (size_t i = 0; i < line.n && i + 1 < sizeof out.text; i++)
		out.text[i] = line.p[i] >= 0x20 && line.p[i] < 0x7F ? line.p[i] : '?';
	return out;
}

/* Text up to the next tag, or one tag. A '<' that starts nothing like a tag, or that nothing closes, is text: captions
 * say "a < b" more often than they are cut inside a tag. */
enum token_kind { TOKEN_TEXT, TOKEN_VOICE, TOKEN_VOICE_END, TOKEN_WORD_STAMP, TOKEN_OTHER };

struct token {
	enum token_kind kind;
	struct span text; /* of a voice: its annotation */
};

static bool opens_tag(struct span s)
{
	if (s.n < 2)
		return false;
	char c = s.p[1];
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '>';
}

static void read_tag(struct span inside, struct token *out)
{
	out->kind = TOKEN_OTHER;
	if (inside.n == 0)
		return;
	if (inside.p[0] >= '0' && inside.p[0] <= '9') {
		out->kind = TOKEN_WORD_STAMP;
	} else if (span_is(inside, "/v")) {
		out->kind = TOKEN_VOICE_END;
	} else if (inside.p[0] == 'v' && (inside.n == 1 || inside.p[1] == '.' || is_blank(inside.p[1]))) {
		/* Classes stand between the name and the first blank. */
		size_t n = 1;
		while (n < inside.n && !is_blank(inside.p[n]))
			n++;
		out->kind = TOKEN_VOICE;
		out->text = span_trim(span_from(inside, n));
	}
}

static bool next_token(struct span *rest, struct token *out)
{
	if (rest->n == 0)
		return false;
	*out = (struct token){0};
	if (rest->p[0] == '<' && opens_tag(*rest)) {
		size_t end = span_find(*rest, '>');
		if (end < rest->n) {
			read_tag(span_make(rest->p + 1, end - 1), out);
			*rest = span_from(*rest, end + 1);
			return true;
		}
		/* Nothing closes it, nor any later one: the rest is text. */
		out->text = *rest;
		*rest = span_from(*rest, rest->n);
		return true;
	}
	size_t n = 1;
	while (n < rest->n && !(rest->p[n] == '<' && opens_tag(span_from(*rest, n))))
		n++;
	out->text = span_make(rest->p, n);
	*rest = span_from(*rest, n);
	return true;
}

/* The cue as its viewer reads it, a line a line; the first voice goes to _voice. */
static void decode_lines(struct webvtt_speech *s, struct span text)
{
	struct buf swap = s->_before;
	s->_before = s->_lines;
	s->_lines = swap;
	buf_clear(&s->_lines);
	buf_clear(&s->_voice);
	s->_stamped = false;
	struct span line;
	while (span_next_line(&text, &line)) {
		struct token token;
		size_t start = s->_lines.n;
		while (next_token(&line, &token)) {
			if (token.kind == TOKEN_TEXT)
				markup_decode_references(&s->_lines, token.text);
			else if (token.kind == TOKEN_VOICE && s->_voice.n == 0)
				markup_decode_references(&s->_voice, token.text);
			s->_stamped |= token.kind == TOKEN_WORD_STAMP;
		}
		struct span said = lines_trim(span_from(buf_view(&s->_lines), start));
		if (said.n == 0) {
			s->_lines.n = start;
			continue;
		}
		memmove(s->_lines.p + start, said.p, said.n);
		s->_lines.n = start + said.n;
		buf_char(&s->_lines, '\n');
	}
}

static size_t count_lines(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* Bytes at the start of `now` that repeat the last lines of `before`; both end each line with LF. */
static size_t overlap(struct span before, struct span now)
{
	size_t best = 0, n_before = count_lines(before), end = 0;
	for (size_t k = 1; k <= OVERLAP_LINES && k <= n_before; k++) {
		end += span_find(span_from(now, end), '\n') + 1;
		if (end > now.n)
			break;
		if (before.n >= end && memcmp(before.p + before.n - end, now.p, end) == 0 &&
			(before.n == end || before.p[before.n - end - 1] == '\n'))
			best = end;
	}
	return best;
}

void webvtt_speech_survey(struct webvtt_speech *s, struct span text)
{
	bool after_stamped = s->_stamped;
	decode_lines(s, text);
	s->_n_cues++;
	s->_word_stamps |= s->_stamped;
	/* A cue that only repeats may be a speaker who says it twice; a repetition that goes on with more scrolls, and so
	 * does one that shows plain what was just shown with a stamp at each word. */
	size_t n = overlap(buf_view(&s->_before), buf_view(&s->_lines));
	s->_n_repeating += n > 0 && (n < s->_lines.n || (after_stamped && !s->_stamped));
}

static void say(struct webvtt_speech *s, struct span voice, const struct webvtt_timing *timing, struct span words,
	int line)
{
	enum { NAME_BYTES = 4096 };
	words = lines_trim(words);
	voice = lines_trim(voice);
	if (words.n == 0)
		return;
	bool starts = s->new_turn || s->t->n_turns == 0;
	if (voice.n == 0) {
		starts |= stamped_cut_voice_mark(&words);
		if (words.n == 0) {
			s->new_turn = starts;
			return;
		}
	}
	/* Compared as the transcript keeps it, with its blanks folded. */
	size_t n_turns = s->t->n_turns;
	transcript_add_turn(s->t, span_make(voice.p, voice.n < NAME_BYTES ? voice.n : NAME_BYTES));
	if (!starts && span_equal(s->t->turns[n_turns].speaker, s->t->turns[n_turns - 1].speaker))
		s->t->n_turns--;
	s->new_turn = false;
	transcript_add_cue(s->t, timing->start_ms, timing->end_ms, words, line);
}

static void add_scrolling(struct webvtt_speech *s, const struct webvtt_timing *timing, struct span text, int line)
{
	decode_lines(s, text);
	size_t n = overlap(buf_view(&s->_before), buf_view(&s->_lines));
	say(s, buf_view(&s->_voice), timing, span_from(buf_view(&s->_lines), n), line);
}

void webvtt_speech_add(struct webvtt_speech *s, const struct webvtt_timing *timing, struct span text, int line)
{
	if (!s->_surveyed) {
		s->_surveyed = true;
		s->rolling = s->_n_repeating * (s->_word_stamps ? 10 : 3) > s->_n_cues;
		buf_clear(&s->_lines);
		buf_clear(&s->_before);
	}
	if (s->rolling) {
		add_scrolling(s, timing, text, line);
		return;
	}
	struct token token;
	buf_clear(&s->_voice);
	buf_clear(&s->_piece);
	while (next_token(&text, &token)) {
		if (token.kind == TOKEN_TEXT) {
			markup_decode_references(&s->_piece, token.text);
		} else if (token.kind == TOKEN_VOICE || token.kind == TOKEN_VOICE_END) {
			say(s, buf_view(&s->_voice), timing, buf_view(&s->_piece), line);
			buf_clear(&s->_piece);
			buf_clear(&s->_voice);
			markup_decode_references(&s->_voice, token.text);
		}
	}
	say(s, buf_view(&s->_voice), timing, buf_view(&s->_piece), line);
}

void webvtt_speech_finish(struct webvtt_speech *s)
{
	buf_finish(&s->_lines);
	buf_finish(&s->_before);
	buf_finish(&s->_voice);
	buf_finish(&s->_piece);
}
