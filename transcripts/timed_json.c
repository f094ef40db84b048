/* SPDX-License-Identifier: MIT */
#include "transcripts/timed_json.h"

#include "base/mem.h"
#include "transcripts/lines.h"

enum { WORDS_A_CUE = 30 };

/* The offset after the string whose opening quote stands at `at`. */
static size_t after_string(struct span s, size_t at)
{
	for (at++; at < s.n && s.p[at] != '"'; at++)
		at += s.p[at] == '\\';
	return at < s.n ? at + 1 : s.n;
}

static bool ends_word(struct span s, size_t at)
{
	return at >= s.n || !((s.p[at] >= 'a' && s.p[at] <= 'z') || (s.p[at] >= 'A' && s.p[at] <= 'Z'));
}

/* Bare NaN, Infinity, -Infinity outside strings, as null. False when there were none. */
static bool patch_numbers(struct span text, struct buf *out)
{
	bool any = false;
	size_t kept = 0;
	for (size_t i = 0; i < text.n;) {
		if (text.p[i] == '"') {
			i = after_string(text, i);
			continue;
		}
		struct span rest = span_from(text, i);
		size_t minus = rest.p[0] == '-';
		size_t n = span_starts(rest, "NaN") ? 3 : span_starts(span_from(rest, minus), "Infinity") ? minus + 8 : 0;
		if (n == 0 || !ends_word(text, i + n)) {
			i++;
			continue;
		}
		buf_add(out, text.p + kept, i - kept);
		buf_text(out, "null");
		any = true;
		i += n;
		kept = i;
	}
	buf_span(out, span_from(text, kept));
	return any;
}

cJSON *timed_json_parse(struct span text, struct why *why)
{
	cJSON *root = json_parse(text, why);
	struct buf patched = {0};
	if (!root && (span_search(text, SPAN_LITERAL("NaN"), 0) < text.n ||
		span_search(text, SPAN_LITERAL("Infinity"), 0) < text.n) && patch_numbers(text, &patched))
		root = json_parse(buf_view(&patched), NULL);
	buf_finish(&patched);
	return root;
}

bool timed_json_has(struct span text, const char *quoted_name)
{
	struct span s = lines_trim(span_make(text.p, text.n < 256 ? text.n : 256));
	return s.n && (s.p[0] == '{' || s.p[0] == '[') && span_search(text, span_of(quoted_name), 0) < text.n;
}

static struct span skip_blanks(struct span s, int *line)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r' || s.p[0] == ',')) {
		*line += s.p[0] == '\n';
		s = span_from(s, 1);
	}
	return s;
}

/* Behind the value at the start of s; the text is known to be JSON. */
static struct span skip_value(struct span s, int *line)
{
	int depth = 0;
	size_t i = 0;
	while (i < s.n) {
		char c = s.p[i];
		if (c == '"') {
			size_t end = after_string(s, i);
			for (; i < end; i++)
				*line += s.p[i] == '\n';
		} else if (c == '{' || c == '[') {
			depth++;
			i++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				break;
			depth--;
			i++;
		} else if (c == ',' && depth == 0) {
			break;
		} else {
			*line += c == '\n';
			i++;
			continue;
		}
		if (depth == 0)
			break;
	}
	return span_from(s, i);
}

void timed_json_begin(struct timed_json_items *i, const cJSON *root, const char *key, struct span text, int first_line)
{
	const cJSON *list = key ? json_get(root, key) : root;
	struct buf quoted = {0};
	*i = (struct timed_json_items){.line = first_line, ._line = first_line};
	if (!cJSON_IsArray(list))
		return;
	i->_next = list->child;
	struct span rest = skip_blanks(text, &i->_line);
	if (key && rest.n) {
		buf_format(&quoted, "\"%s\"", key);
		for (rest = skip_blanks(span_from(rest, 1), &i->_line); rest.n && rest.p[0] == '"';
			rest = skip_blanks(skip_value(rest, &i->_line), &i->_line)) {
			size_t n = after_string(rest, 0);
			bool is_it = span_equal(span_make(rest.p, n), buf_view(&quoted));
			rest = skip_blanks(span_from(rest, n), &i->_line);
			if (rest.n && rest.p[0] == ':')
				rest = skip_blanks(span_from(rest, 1), &i->_line);
			if (is_it)
				break;
		}
		buf_finish(&quoted);
	}
	if (rest.n && rest.p[0] == '[')
		i->_rest = skip_blanks(span_from(rest, 1), &i->_line);
	else
		i->_line = first_line; /* the key is spelt with escapes: no place, but the values are there */
}

bool timed_json_next(struct timed_json_items *i)
{
	if (!i->_next)
		return false;
	i->item = i->_next;
	i->_next = i->_next->next;
	i->line = i->_line;
	if (i->_rest.n)
		i->_rest = skip_blanks(skip_value(i->_rest, &i->_line), &i->_line);
	return true;
}

bool timed_json_time(const cJSON *item, double unit_ms, int64_t *ms)
{
	const double century_ms = 3.2e12;
	double value;
	if (cJSON_IsNumber(item))
		value = item->valuedouble;
	else if (!cJSON_IsString(item) || !span_to_double(span_trim(json_string(item)), &value))
		return false;
	value *= unit_ms;
	if (!(value >= 0 && value < century_ms))
		return false;
	*ms = (int64_t)(value + 0.5);
	return true;
}

void timed_json_add(struct transcript *t, int64_t start_ms, int64_t end_ms, struct span text, int line,
	const struct dialect_faults *faults)
{
	if (start_ms < 0) {
		dialect_report(faults, t, line, "words without a time; they were given the last one before them");
		transcript_add_untimed_cue(t, -1, text, line);
		return;
	}
	if (end_ms >= 0 && end_ms < start_ms)
		dialect_report(faults, NULL, line, "the words end before they start; they were given no length");
	transcript_add_cue(t, start_ms, end_ms >= 0 && end_ms < start_ms ? start_ms : end_ms, text, line);
}

void timed_json_turn(struct transcript *t, struct span speaker)
{
	/* Compared as the transcript keeps it, with its blanks folded. */
	size_t n = t->n_turns;
	transcript_add_turn(t, speaker);
	if (n && t->turns[n - 1].n_cues && span_equal(t->turns[n].speaker, t->turns[n - 1].speaker))
		t->n_turns--;
}

void timed_json_describe(struct document *d, struct span language, const cJSON *duration, double unit_ms)
{
	static const struct { const char *name, *code; } names[] = {{"arabic", "ar"}, {"chinese", "zh"}, {"czech", "cs"},
		{"danish", "da"}, {"dutch", "nl"}, {"english", "en"}, {"finnish", "fi"}, {"french", "fr"}, {"german", "de"},
		{"greek", "el"}, {"hebrew", "he"}, {"hindi", "hi"}, {"hungarian", "hu"}, {"italian", "it"}, {"japanese", "ja"},
		{"korean", "ko"}, {"norwegian", "no"}, {"persian", "fa"}, {"polish", "pl"}, {"portuguese", "pt"},
		{"romanian", "ro"}, {"russian", "ru"}, {"spanish", "es"}, {"swedish", "sv"}, {"turkish", "tr"},
		{"ukrainian", "uk"}};
	int64_t ms;
	language = lines_trim(language);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_equal_nocase(language, span_of(names[i].name)))
			language = span_of(names[i].code);
	if (language.n >= 2 && (language.n <= 3 || span_find(language, '-') < 4 || span_find(language, '_') < 4))
		document_set(&d->language, language);
	if (timed_json_time(duration, unit_ms, &ms))
		d->duration_ms = ms;
}

static bool ends_sentence(struct span word)
{
	return span_ends(word, ".") || span_ends(word, "?") || span_ends(word, "!") || span_ends(word, ".\"") ||
		span_ends(word, "?\"") || span_ends(word, "\xE3\x80\x82");
}

void timed_json_add_words(struct transcript *t, struct timed_json_items *words, double unit_ms,
	const struct dialect_faults *faults)
{
	struct buf text = {0};
	struct span speaker = {0};
	int64_t start_ms = -1, end_ms = -1;
	int n_words = 0, line = 0;
	while (timed_json_next(words)) {
		const cJSON *w = words->item, *said = json_get(w, "text") ? json_get(w, "text") : json_get(w, "word");
		struct span word = lines_trim(json_string(said)), voice = json_string(json_get(w, "speaker"));
		int64_t from, to;
		if (text.n && (!span_equal(voice, speaker) || n_words >= WORDS_A_CUE)) {
			timed_json_add(t, start_ms, end_ms, buf_view(&text), line, faults);
			buf_clear(&text);
		}
		if (word.n == 0)
			continue;
		if (text.n == 0) {
			timed_json_turn(t, voice);
			speaker = voice;
			start_ms = -1;
			n_words = 0;
			line = words->line;
		}
		if (timed_json_time(json_get(w, "start"), unit_ms, &from) && start_ms < 0)
			start_ms = from;
		end_ms = timed_json_time(json_get(w, "end"), unit_ms, &to) ? to : -1;
		if (text.n)
			buf_char(&text, ' ');
		buf_span(&text, word);
		n_words++;
		if (ends_sentence(word)) {
			timed_json_add(t, start_ms, end_ms, buf_view(&text), line, faults);
			buf_clear(&text);
		}
	}
	if (text.n)
		timed_json_add(t, start_ms, end_ms, buf_view(&text), line, faults);
	buf_finish(&text);
}
