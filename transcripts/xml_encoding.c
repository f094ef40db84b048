/* xml_encoding.c - which encoding an XML file is in, and its bytes as UTF-8 (XML 1.0, appendix F).
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "transcripts/encoding.h"
#include "transcripts/xml_text.h"

static void report(const struct dialect_faults *faults, size_t *n_faults, const char *text)
{
	(*n_faults)++;
	if (faults && faults->fault)
		faults->fault(faults->data, 1, text);
}

/* What a byte order mark or the zeros around the first "<" say. *skip: the mark's length. */
static const char *by_pattern(struct span b, size_t *skip)
{
	static const struct { const char *bytes; size_t n, skip; const char *name; } patterns[] = {
		{"\xFF\xFE\0\0", 4, 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, 4, "UTF-32BE"}, {"\xFF\xFE", 2, 2, "UTF-16LE"},
		{"\xFE\xFF", 2, 2, "UTF-16BE"}, {"\xEF\xBB\xBF", 3, 3, "UTF-8"}, {"<\0\0\0", 4, 0, "UTF-32LE"},
		{"\0\0\0<", 4, 0, "UTF-32BE"}, {"<\0", 2, 0, "UTF-16LE"}, {"\0<", 2, 0, "UTF-16BE"},
		{"\x4C\x6F\xA7\x94", 4, 0, "IBM037"},
	};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		if (b.n < patterns[i].n || memcmp(b.p, patterns[i].bytes, patterns[i].n) != 0)
			continue;
		*skip = patterns[i].skip;
		return patterns[i].name;
	}
	return NULL;
}

/* The name in <?xml ... encoding="..."?>, or empty. */
static struct span declared(struct span b)
{
	struct span head = span_trim(span_make(b.p, b.n < 400 ? b.n : 400));
	if (!span_starts(head, "<?xml"))
		return span_of("");
	head.n = span_search(head, SPAN_LITERAL("?>"), 0);
	struct span rest = span_trim(span_from(head, span_search(head, SPAN_LITERAL("encoding"), 0) + 8));
	if (!span_starts(rest, "="))
		return span_of("");
	rest = span_trim(span_from(rest, 1));
	if (!rest.n || (rest.p[0] != '"' && rest.p[0] != '\''))
		return span_of("");
	struct span name = span_from(rest, 1);
	name.n = span_find(name, rest.p[0]);
	return name.n < 40 ? span_trim(name) : span_of("");
}

/* Appends everything; a byte that means nothing there becomes U+FFFD. False when nobody knows the encoding. */
static bool convert(const char *name, struct span bytes, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	char *in = (char *)(uintptr_t)bytes.p;
	size_t left = bytes.n;
	while (left) {
		buf_reserve(out, left * 2 + 16);
		char *to = out->p + out->n;
		size_t room = left * 2 + 16, before = room;
		size_t result = iconv(cd, &in, &left, &to, &room);
		out->n += before - room;
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		utf8_append(out, 0xFFFD);
		in++;
		left--;
	}
	iconv_close(cd);
	buf_reserve(out, 1);
	out->p[out->n] = '\0';
	return true;
}

/* What ISO 8859-1 and ASCII are called is windows-1252 for everybody who reads the web. */
static const char *usual_name(const char *name)
{
	static const char *const western[] = {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"};
	for (size_t i = 0; i < sizeof western / sizeof *western; i++)
		if (span_equal_nocase(span_of(name), span_of(western[i])))
			return "WINDOWS-1252";
	static const struct { const char *name, *better; } others[] = {{"gb2312", "GB18030"}, {"gbk", "GB18030"},
		{"shift_jis", "CP932"}, {"x-sjis", "CP932"}, {"shift-jis", "CP932"}, {"euc-kr", "CP949"}, {"ks_c_5601-1987", "CP949"},
		{"iso-8859-9", "WINDOWS-1254"}, {"x-mac-cyrillic", "MACCYRILLIC"}, {"mac-cyrillic", "MACCYRILLIC"},
		{"x-mac-roman", "MACINTOSH"}, {"tis-620", "CP874"}, {"windows-874", "CP874"}, {"big5", "BIG5-HKSCS"}};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (span_equal_nocase(span_of(name), span_of(others[i].name)))
			return others[i].better;
	return name;
}

/* Those whose bytes are all ASCII: that a file is valid UTF-8 says nothing against them. */
static bool is_seven_bit(struct span name)
{
	return span_equal_nocase(span_make(name.p, name.n < 8 ? name.n : 8), span_of("iso-2022")) ||
		span_equal_nocase(name, span_of("utf-7")) || span_equal_nocase(name, span_of("hz-gb-2312"));
}

static size_t count_broken(struct span s)
{
	size_t n = 0;
	for (size_t at = 0; (at += utf8_valid_prefix(span_from(s, at))) < s.n; at++)
		n++;
	return n;
}

/* Passes faults on and counts them. */
struct counting {
	const struct dialect_faults *faults;
	size_t *n;
};

static void count_fault(void *data, int line, const char *text)
{
	struct counting *c = data;
	++*c->n;
	if (c->faults && c->faults->fault)
		c->faults->fault(c->faults->data, line, text);
}

/* By what its letters look like, where there are enough of them. */
static bool guess(struct span bytes, size_t n_broken, struct span *text, struct buf *room,
	const struct dialect_faults *faults, size_t *n_faults)
{
	enum { ENOUGH = 16 };
	struct counting counting = {faults, n_faults};
	struct dialect_faults counted = {count_fault, &counting};
	struct why why;
	return n_broken >= ENOUGH && encoding_to_utf8(bytes, text, room, &counted, &why);
}

void xml_text_decode(struct span bytes, struct span *text, struct buf *room, const struct dialect_faults *faults,
	size_t *n_faults)
{
	char fault[160];
	size_t skip = 0;
	const char *pattern = by_pattern(bytes, &skip);
	if (pattern && strcmp(pattern, "UTF-8") != 0 && convert(pattern, span_from(bytes, skip), room)) {
		*text = buf_view(room);
		return;
	}
	struct span plain = span_from(bytes, skip), name = declared(plain);
	char *own = span_dup(name);
	bool is_utf8 = utf8_is_valid(plain);
	if (is_utf8 && !(is_seven_bit(name) && convert(own, plain, room))) {
		*text = plain;
	} else if (is_utf8) {
		*text = buf_view(room);
	} else if (name.n && !span_equal_nocase(name, span_of("utf-8")) && !span_equal_nocase(name, span_of("utf-16")) &&
		convert(usual_name(own), plain, room)) {
		*text = buf_view(room);
	} else {
		/* A few slips in UTF-8, or another encoding as a whole? Letters beyond ASCII tell. */
		size_t n_broken = count_broken(plain), n_high = 0;
		for (size_t i = 0; i < plain.n; i++)
			n_high += (unsigned char)plain.p[i] >= 0xC2;
		bool slips = n_broken * 4 < n_high;
		if (!slips && !name.n && guess(plain, n_broken, text, room, faults, n_faults)) {
			free(own);
			return;
		}
		buf_clear(room);
		if (slips)
			utf8_append_repaired(room, plain);
		else
			(void)convert("WINDOWS-1252", plain, room);
		if (name.n)
			snprintf(fault, sizeof fault, "the encoding is declared as '%.*s', but isn't that; it was read as %s",
				SPAN_ARG(name), slips ? "UTF-8 with broken bytes" : "windows-1252");
		else
			snprintf(fault, sizeof fault, "no encoding is declared, and it isn't UTF-8; it was read as %s",
				slips ? "UTF-8 with broken bytes" : "windows-1252");
		report(faults, n_faults, fault);
		*text = buf_view(room);
	}
	free(own);
}

bool xml_text_is_likely(struct span bytes)
{
	size_t skip = 0;
	const char *pattern = by_pattern(bytes, &skip);
	if (pattern && strcmp(pattern, "UTF-8") != 0)
		return true;
	struct span s = span_trim(span_from(bytes, skip));
	return s.n > 1 && s.p[0] == '<';
}
