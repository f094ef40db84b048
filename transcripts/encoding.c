/* SPDX-License-Identifier: MIT */
#include "transcripts/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <uchardet.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/lines.h"

enum {
	/* One broken byte in 50 is a text with slips; more is another encoding or no text. */
	BROKEN_ONE_IN = 50,
	DECLARATION_BYTES = 1024,
	GUESS_BYTES = 256 * 1024,
	NAME_BYTES = 32,
};

const char *encoding_foreign_format(struct span bytes)
{
	static const struct { const char *magic; size_t n, at; const char *what; } formats[] = {
		{"\x89PNG", 4, 0, "a PNG image"},
		{"\xFF\xD8\xFF", 3, 0, "a JPEG image"},
		{"GIF8", 4, 0, "a GIF image"},
		{"ID3", 3, 0, "MP3 audio"},
		{"\xFF\xFB", 2, 0, "MP3 audio"},
		{"\xFF\xF3", 2, 0, "MP3 audio"},
		{"OggS", 4, 0, "Ogg audio"},
		{"fLaC", 4, 0, "FLAC audio"},
		{"WAVE", 4, 8, "WAV audio"},
		{"WEBP", 4, 8, "a WebP image"},
		{"ftyp", 4, 4, "MP4 audio or video"},
		{"\x1A\x45\xDF\xA3", 4, 0, "Matroska or WebM video"},
		{"%PDF-", 5, 0, "a PDF"},
		{"PK\x03\x04", 4, 0, "a ZIP archive or an office document"},
		{"\x1F\x8B", 2, 0, "a gzip archive"},
		{"SQLite format 3", 15, 0, "an SQLite database"},
		{"STL", 3, 3, "EBU STL subtitles (save them as WebVTT or SubRip)"},
	};
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (bytes.n >= formats[i].at + formats[i].n &&
			memcmp(bytes.p + formats[i].at, formats[i].magic, formats[i].n) == 0)
			return formats[i].what;
	return NULL;
}

static int line_of(struct span text, size_t offset)
{
	int line = 1;
	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

struct census {
	size_t n_broken, first_broken; /* bytes */
	size_t n_wide;                 /* characters of several bytes that are whole */
};

static struct census take_census(struct span s)
{
	struct census c = {.first_broken = s.n};
	size_t from = 0;
	for (;;) {
		size_t good = from + utf8_valid_prefix(span_from(s, from));
		for (size_t i = from; i < good; i++)
			c.n_wide += ((unsigned char)s.p[i] & 0xC0) == 0xC0;
		if (good >= s.n)
			return c;
		if (c.n_broken++ == 0)
			c.first_broken = good;
		from = good + 1;
	}
}

/* A line each while they are few; a text that is in another encoding as a whole is one fault. */
static void report_broken_lines(struct span text, const struct dialect_faults *faults)
{
	enum { FEW = 20 };
	struct span rest = text, line;
	int first = 0, n = 0;
	for (int number = 1; span_next_line(&rest, &line); number++)
		if (!utf8_is_valid(line) && n++ == 0)
			first = number;
	if (n > FEW) {
		dialect_report(faults, NULL, first, "from here on %d lines hold bytes that aren't UTF-8, which became U+FFFD; "
			"save the file as UTF-8", n);
		return;
	}
	rest = text;
	for (int number = 1; span_next_line(&rest, &line); number++)
		if (!utf8_is_valid(line))
			dialect_report(faults, NULL, number, "bytes that aren't UTF-8 became U+FFFD; save the file as UTF-8");
}

/* Appends bytes as UTF-8; what is broken becomes U+FFFD. False: iconv doesn't know the name. */
static bool convert(const char *name, size_t unit, struct span bytes, struct buf *out, size_t *n_broken)
{
	enum { PIECE = 16 * 1024 };
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	char *in = (char *)bytes.p; /* iconv's prototype lacks the const */
	size_t left = bytes.n;
	*n_broken = 0;
	while (left) {
		buf_reserve(out, PIECE);
		char *to = out->p + out->n;
		size_t room = PIECE;
		size_t result = iconv(cd, &in, &left, &to, &room);
		out->n = (size_t)(to - out->p);
		out->p[out->n] = '\0';
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		utf8_append(out, 0xFFFD);
		++*n_broken;
		size_t skip = left < unit ? left : unit;
		in += skip;
		left -= skip;
	}
	iconv_close(cd);
	return true;
}

/* Controls that no text holds: the sign of a wrong guess, or of something that is no text. */
static bool has_strange_controls(struct span s)
{
	while (s.n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B) ||
			(c >= 0x80 && c < 0xA0 && c != 0x85))
			return true;
		s = span_from(s, n);
	}
	return false;
}

/* UTF-16 and UTF-32 by their mark. */
static const char *wide_by_mark(struct span s, size_t *mark, size_t *unit)
{
	static const struct { const char *bytes; size_t n, unit; const char *name; } marks[] = {
		{"\xFF\xFE\0\0", 4, 4, "UTF-32LE"},
		{"\0\0\xFE\xFF", 4, 4, "UTF-32BE"},
		{"\xFF\xFE", 2, 2, "UTF-16LE"},
		{"\xFE\xFF", 2, 2, "UTF-16BE"},
	};
	for (size_t i = 0; i < COUNT_OF(marks); i++)
		if (s.n >= marks[i].n && memcmp(s.p, marks[i].bytes, marks[i].n) == 0) {
			*mark = marks[i].n;
			*unit = marks[i].unit;
			return marks[i].name;
		}
	return NULL;
}

/* Letters of European languages in UTF-16: every other byte is NUL. */
static const char *wide_by_pattern(struct span s)
{
	size_t n_nul[2] = {0};
	size_t n = s.n < 4096 ? s.n & ~(size_t)1 : 4096;
	for (size_t i = 0; i < n; i++)
		n_nul[i & 1] += s.p[i] == 0;
	if (n < 8)
		return NULL;
	if (n_nul[1] * 10 >= n * 4 && n_nul[0] * 50 <= n)
		return "UTF-16LE";
	return n_nul[0] * 10 >= n * 4 && n_nul[1] * 50 <= n ? "UTF-16BE" : NULL;
}

/* The value of encoding="..." in an XML declaration, of charset= in a head's meta; "" where there is none. */
static void read_declaration(struct span s, char name[NAME_BYTES])
{
	struct span head = span_make(s.p, s.n < DECLARATION_BYTES ? s.n : DECLARATION_BYTES);
	struct span key = span_starts(span_trim(head), "<?xml") ? SPAN_LITERAL("encoding") : SPAN_LITERAL("charset");
	name[0] = '\0';
	if (head.n == 0 || span_trim(head).n == 0 || span_trim(head).p[0] != '<')
		return;
	struct span rest = span_trim(span_from(head, span_search(head, key, 0) + key.n));
	if (!span_starts(rest, "="))
		return;
	rest = span_trim(span_from(rest, 1));
	if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\''))
		rest = span_from(rest, 1);
	size_t n = 0;
	for (; n < rest.n && n + 1 < NAME_BYTES; n++) {
		char c = rest.p[n];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
			c == '.' || c == ':'))
			break;
		name[n] = c;
	}
	name[n] = '\0';
}

/* A name from outside may ask for anything that iconv knows; only what ASCII lies within can be true of this text. */
static bool is_plausible(const char *name)
{
	struct span s = span_of(name);
	static const char *const never[] = {"UTF", "UCS", "UNICODE", "EBCDIC", "IBM037"};
	for (size_t i = 0; i < COUNT_OF(never); i++)
		if (s.n >= strlen(never[i]) && span_equal_nocase(span_make(s.p, strlen(never[i])), span_of(never[i])))
			return false;
	return s.n > 0;
}

static void guess(struct span s, char name[NAME_BYTES])
{
	uchardet_t detector = uchardet_new();
	size_t n = s.n < GUESS_BYTES ? s.n : GUESS_BYTES;
	name[0] = '\0';
	if (uchardet_handle_data(detector, s.p, n) == 0) {
		uchardet_data_end(detector);
		snprintf(name, NAME_BYTES, "%s", uchardet_get_charset(detector));
		/* On the web the one has always meant the other (WHATWG Encoding 4.2): it has the quotation marks and
		 * dashes. */
		if (span_is(span_of(name), "ISO-8859-1"))
			snprintf(name, NAME_BYTES, "WINDOWS-1252");
	}
	uchardet_delete(detector);
}

/* Tries an encoding of single bytes or of Asia's; room stays empty when it can't be this one. */
static bool try_encoding(const char *name, struct span bytes, struct buf *room)
{
	size_t n_broken;
	if (!is_plausible(name) || !convert(name, 1, bytes, room, &n_broken))
		return false;
	if (n_broken == 0 && !has_strange_controls(buf_view(room)))
		return true;
	buf_clear(room);
	return false;
}

static bool read_wide(const char *name, size_t unit, struct span bytes, struct span *text, struct buf *room,
	const struct dialect_faults *faults, struct why *why)
{
	size_t n_broken;
	if (!convert(name, unit, bytes, room, &n_broken)) {
		(void)why_set(why, E_FORMAT, "it is text in %s, which this machine can't convert; save it as UTF-8", name);
		return false;
	}
	if (n_broken > room->n / BROKEN_ONE_IN + 1) {
		(void)why_set(why, E_FORMAT, "it begins like text in %s, but isn't; save it as UTF-8", name);
		return false;
	}
	if (n_broken)
		dialect_report(faults, NULL, 1, "%zu characters aren't %s and became U+FFFD; save the file as UTF-8", n_broken,
			name);
	*text = buf_view(room);
	return true;
}

/* Bytes that aren't UTF-8 as a whole. */
static bool read_other(struct span bytes, struct span *text, struct buf *room, const struct dialect_faults *faults,
	struct why *why)
{
	char name[NAME_BYTES];
	struct census c = take_census(bytes);
	int line = line_of(bytes, c.first_broken);
	read_declaration(bytes, name);
	if (try_encoding(name, bytes, room)) {
		*text = buf_view(room);
		return true;
	}
	/* Whole characters of several bytes don't come about by chance: it is UTF-8 with slips. */
	bool is_utf8 = c.n_wide > c.n_broken;
	guess(bytes, name);
	if (!is_utf8 && try_encoding(name, bytes, room)) {
		dialect_report(faults, NULL, line,
			"bytes that aren't UTF-8; the file was read as %s, by its letters: save it as "
			"UTF-8", name);
		*text = buf_view(room);
		return true;
	}
	if (c.n_broken > bytes.n / BROKEN_ONE_IN) {
		(void)why_at(why, E_FORMAT, line, 0,
			"%zu bytes aren't UTF-8, nor of any encoding that could be told; save it as "
			"UTF-8", c.n_broken);
		return false;
	}
	report_broken_lines(bytes, faults);
	utf8_append_repaired(room, bytes);
	*text = buf_view(room);
	return true;
}

bool encoding_to_utf8(struct span bytes, struct span *text, struct buf *room, const struct dialect_faults *faults,
	struct why *why)
{
	size_t mark = 0, unit = 2;
	const char *wide = wide_by_mark(bytes, &mark, &unit);
	if (wide)
		return read_wide(wide, unit, span_from(bytes, mark), text, room, faults, why);
	if (span_starts(bytes, "\xEF\xBB\xBF"))
		bytes = span_from(bytes, 3);
	size_t nul = span_find(bytes, '\0');
	/* WebVTT says what a NUL in it means; elsewhere it means that this is no text. */
	if (nul < bytes.n && !span_starts(bytes, "WEBVTT")) {
		wide = wide_by_pattern(bytes);
		if (wide)
			return read_wide(wide, unit, bytes, text, room, faults, why);
		(void)why_at(why, E_FORMAT, line_of(bytes, nul), 0, "it holds NUL bytes, so it isn't text");
		return false;
	}
	if (!utf8_is_valid(bytes))
		return read_other(bytes, text, room, faults, why);
	*text = bytes;
	return true;
}
