/* collection_words.c - what other people's records call languages, formats and YouTube's addresses.
 * ISO 639: the codes that conferences and feeds use; a three-letter code without a two-letter one is BCP 47 already.
 * SPDX-License-Identifier: MIT */
#include "transcripts/collection_parts.h"

#include "base/mem.h"

struct language {
	const char *tag, *codes, *name; /* codes: ISO 639-3 and the bibliographic one of 639-2, blank-separated */
};

static const struct language languages[] = {
	{"af", "afr", "Afrikaans"}, {"ar", "ara", "Arabic"}, {"az", "aze", "Azerbaijani"}, {"be", "bel", "Belarusian"},
	{"bg", "bul", "Bulgarian"}, {"bn", "ben", "Bengali"}, {"bs", "bos", "Bosnian"}, {"ca", "cat", "Catalan"},
	{"cs", "ces cze", "Czech"}, {"cy", "cym wel", "Welsh"}, {"da", "dan", "Danish"}, {"de", "deu ger", "German"},
	{"el", "ell gre", "Greek"}, {"en", "eng", "English"}, {"eo", "epo", "Esperanto"}, {"es", "spa", "Spanish"},
	{"et", "est", "Estonian"}, {"eu", "eus baq", "Basque"}, {"fa", "fas per", "Persian"}, {"fi", "fin", "Finnish"},
	{"fr", "fra fre", "French"}, {"ga", "gle", "Irish"}, {"gl", "glg", "Galician"}, {"gsw", "gsw", "Swiss German"},
	{"gu", "guj", "Gujarati"}, {"he", "heb", "Hebrew"}, {"hi", "hin", "Hindi"}, {"hr", "hrv", "Croatian"},
	{"hu", "hun", "Hungarian"}, {"hy", "hye arm", "Armenian"}, {"id", "ind", "Indonesian"},
	{"is", "isl ice", "Icelandic"}, {"it", "ita", "Italian"}, {"ja", "jpn", "Japanese"}, {"ka", "kat geo", "Georgian"},
	{"kk", "kaz", "Kazakh"}, {"ko", "kor", "Korean"}, {"la", "lat", "Latin"}, {"lt", "lit", "Lithuanian"},
	{"lv", "lav", "Latvian"}, {"mk", "mkd mac", "Macedonian"}, {"ml", "mal", "Malayalam"}, {"mn", "mon", "Mongolian"},
	{"mr", "mar", "Marathi"}, {"ms", "msa may", "Malay"}, {"mt", "mlt", "Maltese"}, {"nb", "nob", "Norwegian Bokmal"},
	{"ne", "nep", "Nepali"}, {"nl", "nld dut", "Dutch"}, {"nn", "nno", "Norwegian Nynorsk"},
	{"no", "nor", "Norwegian"}, {"pa", "pan", "Punjabi"}, {"pl", "pol", "Polish"}, {"pt", "por", "Portuguese"},
	{"ro", "ron rum", "Romanian"}, {"ru", "rus", "Russian"}, {"sk", "slk slo", "Slovak"}, {"sl", "slv", "Slovenian"},
	{"sq", "sqi alb", "Albanian"}, {"sr", "srp", "Serbian"}, {"sv", "swe", "Swedish"}, {"sw", "swa", "Swahili"},
	{"ta", "tam", "Tamil"}, {"te", "tel", "Telugu"}, {"th", "tha", "Thai"}, {"tl", "tgl", "Tagalog"},
	{"tr", "tur", "Turkish"}, {"uk", "ukr", "Ukrainian"}, {"ur", "urd", "Urdu"}, {"uz", "uzb", "Uzbek"},
	{"vi", "vie", "Vietnamese"}, {"zh", "zho chi", "Chinese"}, {"zu", "zul", "Zulu"},
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool has_word(const char *list, struct span word)
{
	struct span rest = span_of(list), piece;
	while (span_next_piece(&rest, ' ', &piece))
		if (span_equal_nocase(piece, word))
			return true;
	return false;
}

/* The language's own part of a tag. */
static bool append_primary(struct span code, struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(languages); i++) {
		const struct language *l = &languages[i];
		if (span_equal_nocase(code, span_of(l->tag)) || has_word(l->codes, code) ||
			span_equal_nocase(code, span_of(l->name))) {
			buf_text(out, l->tag);
			return true;
		}
	}
	if (code.n < 2 || code.n > 3)
		return false;
	for (size_t i = 0; i < code.n; i++)
		if (!is_letter(code.p[i]))
			return false;
	for (size_t i = 0; i < code.n; i++)
		buf_char(out, lower(code.p[i]));
	return true;
}

/* "US" "Hant" "419": written as BCP 47 recommends. Django's "formal" and "informal" are no subtags. */
static bool append_subtag(struct span part, struct buf *out)
{
	if (span_equal_nocase(part, span_of("formal")) || span_equal_nocase(part, span_of("informal")))
		return true;
	if (part.n < 1 || part.n > 8)
		return false;
	for (size_t i = 0; i < part.n; i++)
		if (!is_letter(part.p[i]) && !(part.p[i] >= '0' && part.p[i] <= '9'))
			return false;
	buf_char(out, '-');
	for (size_t i = 0; i < part.n; i++) {
		char c = lower(part.p[i]);
		buf_char(out, part.n == 2 || (part.n == 4 && i == 0) ? upper(c) : c);
	}
	return true;
}

static bool one_tag(struct span code, struct buf *out)
{
	size_t before = out->n;
	struct span rest = span_trim(code);
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '-' && rest.p[end] != '_' && rest.p[end] != '.' && rest.p[end] != '@')
		end++;
	bool ok = append_primary(span_make(rest.p, end), out);
	/* "en_US.UTF-8": the encoding isn't the language's. */
	while (ok && end < rest.n && rest.p[end] != '.' && rest.p[end] != '@') {
		rest = span_from(rest, end + 1);
		for (end = 0; end < rest.n && rest.p[end] != '-' && rest.p[end] != '_' && rest.p[end] != '.';)
			end++;
		ok = append_subtag(span_make(rest.p, end), out);
	}
	if (!ok && out->p) {
		out->n = before;
		out->p[before] = '\0';
	}
	return ok;
}

/* "de, en", "German/English": mul, which ISO 639 has for it, when each is a language. */
static bool is_several(struct span list)
{
	struct buf ignored = {0};
	size_t n = 0;
	bool ok = true;
	while (list.n && ok) {
		size_t end = 0;
		while (end < list.n && !strchr(",/;+&|", list.p[end]))
			end++;
		n++;
		ok = one_tag(span_make(list.p, end), &ignored);
		list = span_from(list, end + 1);
	}
	buf_finish(&ignored);
	return ok && n > 1;
}

bool language_tag(struct span code, struct buf *out)
{
	if (one_tag(code, out))
		return true;
	if (!is_several(code))
		return false;
	buf_text(out, "mul");
	return true;
}

static bool starts_nocase(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && span_equal_nocase(span_make(s.p, n), span_of(prefix));
}

static struct span skip_prefix(struct span s, const char *prefix)
{
	return starts_nocase(s, prefix) ? span_from(s, strlen(prefix)) : s;
}

static struct span id_at(struct span s)
{
	size_t n = 0;
	while (n < s.n && (is_letter(s.p[n]) || (s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '-' || s.p[n] == '_'))
		n++;
	return n == 11 ? span_make(s.p, n) : span_of("");
}

struct span youtube_id(struct span url)
{
	static const char *const hosts[] = {"www.youtube.com/", "youtube.com/", "m.youtube.com/", "music.youtube.com/",
		"www.youtube-nocookie.com/", "youtube-nocookie.com/"};
	static const char *const folders[] = {"embed/", "v/", "shorts/", "live/", "e/", "vi/"};
	struct span s = span_trim(url);
	s = skip_prefix(skip_prefix(s, "https:"), "http:");
	s = skip_prefix(s, "//");
	if (starts_nocase(s, "youtu.be/") || starts_nocase(s, "www.youtu.be/"))
		return id_at(span_from(s, span_find(s, '/') + 1));
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		if (!starts_nocase(s, hosts[i]))
			continue;
		struct span path = span_from(s, strlen(hosts[i]));
		for (size_t k = 0; k < COUNT_OF(folders); k++)
			if (starts_nocase(path, folders[k]))
				return id_at(span_from(path, strlen(folders[k])));
		/* "watch?feature=share&v=ID", also with the & that HTML writes. */
		for (size_t at = 0; at + 2 < path.n; at++)
			if ((path.p[at] == '?' || path.p[at] == '&' || path.p[at] == ';' || path.p[at] == '/') && path.p[at + 1] == 'v' &&
				path.p[at + 2] == '=')
				return id_at(span_from(path, at + 3));
		return span_of("");
	}
	return span_of("");
}

struct span media_type_of(struct span word)
{
	static const struct { const char *word, *type; } types[] = {
		{"mp4", "video/mp4"}, {"m4v", "video/x-m4v"}, {"webm", "video/webm"}, {"ogv", "video/ogg"},
		{"mkv", "video/x-matroska"}, {"flv", "video/x-flv"}, {"avi", "video/x-msvideo"}, {"mov", "video/quicktime"},
		{"mpg", "video/mpeg"}, {"mpeg", "video/mpeg"}, {"wmv", "video/x-ms-wmv"}, {"mp3", "audio/mpeg"},
		{"m4a", "audio/x-m4a"}, {"ogg", "audio/ogg"}, {"oga", "audio/ogg"}, {"opus", "audio/ogg"}, {"flac", "audio/flac"},
		{"wav", "audio/wav"},
	};
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (span_equal_nocase(word, span_of(types[i].word)))
			return span_of(types[i].type);
	return word;
}
