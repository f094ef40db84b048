/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/utf8.h"

/* The byte after the quotation mark that ends a string. */
static const char *after_string(const char *begin, const char *end)
{
	for (const char *q = begin; (q = memchr(q, '"', (size_t)(end - q))); q++) {
		const char *p = q;
		while (p > begin && p[-1] == '\\')
			p--;
		if ((q - p) % 2 == 0)
			return q + 1;
	}
	return end;
}

/* cJSON recurses up to 1,000 levels; look before it does. Brackets inside strings don't count. */
static bool too_deep(struct span s)
{
	int depth = 0;
	const char *end = s.p + s.n;
	for (const char *p = s.p; p < end;) {
		char c = *p++;
		if (c == '"')
			p = after_string(p, end);
		else if ((c == '{' || c == '[') && ++depth > JSON_MAX_DEPTH)
			return true;
		else if (c == '}' || c == ']')
			depth--;
	}
	return false;
}

static cJSON *refuse(struct why *why, struct span text, size_t at, const char *what)
{
	(void)why_at(why, E_FORMAT, span_line_at(text, at), 0, "%s byte %zu", what, at + 1);
	return NULL;
}

/* The code of the escape \uXXXX at the start of s; -1: there is none. */
static int32_t escape_at(struct span s)
{
	int32_t code = 0;
	if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = s.p[i], lower = (char)(c | 0x20);
		if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'f'))
			return -1;
		code = code * 16 + (c <= '9' ? c - '0' : lower - 'a' + 10);
	}
	return code;
}

/* Half a surrogate pair, which programs leave that cut texts by UTF-16, and NUL, at which cJSON's strings would end,
 * become U+FFFD, in a copy of the same length. False: there is none. */
static bool mend(struct span text, struct buf *out)
{
	for (size_t at = 0; (at += span_find(span_from(text, at), '\\')) < text.n;) {
		int32_t code = escape_at(span_from(text, at));
		int32_t low = escape_at(span_from(text, at + 6 < text.n ? at + 6 : text.n));
		if (code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
			at += 12;
		} else if (code == 0 || (code >= 0xD800 && code < 0xE000)) {
			if (!out->n)
				buf_span(out, text);
			memcpy(out->p + at, "\\ufffd", 6);
			at += 6;
		} else {
			at += 2;
			if (at >= text.n)
				break;
		}
	}
	return out->n > 0;
}

static cJSON *parse(struct span text, const char **end)
{
	json_memory_begin();
	cJSON *tree = text.n ? cJSON_ParseWithLengthOpts(text.p, text.n, end, false) : NULL;
	json_memory_end();
	return tree;
}

static cJSON *parse_whole(struct span text, struct why *why)
{
	const char *end = NULL;
	cJSON *tree = parse(text, &end);
	if (!tree)
		return refuse(why, text, end && text.n ? (size_t)(end - text.p) : 0, "not JSON at");
	struct span rest = span_trim(span_from(text, (size_t)(end - text.p)));
	if (rest.n) {
		cJSON_Delete(tree);
		return refuse(why, text, (size_t)(rest.p - text.p), "more than one JSON value, at");
	}
	return tree;
}

static bool has(struct span text, const char *part)
{
	return span_search(text, span_of(part), 0) < text.n;
}

cJSON *json_parse(struct span text, struct why *why)
{
	size_t good = utf8_valid_prefix(text);
	if (good < text.n)
		return refuse(why, text, good, "not UTF-8 at");
	if (too_deep(text)) {
		(void)why_set(why, E_LIMIT, "nested deeper than %d levels", JSON_MAX_DEPTH);
		return NULL;
	}
	/* Most texts have neither, and are parsed as they are. */
	struct buf mended = {0};
	bool may_need = has(text, "\\u0000") || has(text, "\\ud") || has(text, "\\uD");
	cJSON *tree = parse_whole(may_need && mend(text, &mended) ? buf_view(&mended) : text, why);
	buf_finish(&mended);
	return tree;
}

const cJSON *json_get(const cJSON *object, const char *name)
{
	/* cJSON's own calls strcmp for every member; templates look up dozens of names among dozens. */
	const cJSON *item = cJSON_IsObject(object) ? object->child : NULL;
	while (item && !(item->string && item->string[0] == name[0] && strcmp(item->string, name) == 0))
		item = item->next;
	return item;
}

const cJSON *json_at(const cJSON *root, const char *pointer)
{
	const cJSON *item = root;
	while (item && *pointer == '/') {
		char name[256];
		size_t n = 0;
		for (pointer++; *pointer && *pointer != '/'; pointer++) {
			char c = *pointer;
			if (c == '~' && (pointer[1] == '0' || pointer[1] == '1'))
				c = *++pointer == '0' ? '~' : '/';
			if (n + 1 >= sizeof name)
				return NULL;
			name[n++] = c;
		}
		name[n] = '\0';
		if (cJSON_IsArray(item)) {
			int64_t index;
			if (!span_to_i64(span_make(name, n), &index) || index < 0 || index > 1000000)
				return NULL;
			item = cJSON_GetArrayItem(item, (int)index);
		} else {
			item = json_get(item, name);
		}
	}
	return *pointer ? NULL : item;
}

struct span json_string(const cJSON *item)
{
	return cJSON_IsString(item) && item->valuestring ? span_of(item->valuestring) : (struct span){NULL, 0};
}

bool json_i64(const cJSON *item, int64_t *out)
{
	if (!cJSON_IsNumber(item))
		return false;
	double value = item->valuedouble;
	if (!(fabs(value) <= 9007199254740992.0) || value != floor(value))
		return false;
	*out = (int64_t)value;
	return true;
}

bool json_is_true(const cJSON *item)
{
	return cJSON_IsTrue(item);
}

static void separate(struct json_writer *w)
{
	if (w->_comma)
		buf_char(w->out, ',');
	w->_comma = true;
}

void json_begin(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

void json_open(struct json_writer *w, char bracket)
{
	separate(w);
	buf_char(w->out, bracket);
	w->_comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	buf_char(w->out, bracket);
	w->_comma = true;
}

void json_key(struct json_writer *w, const char *name)
{
	separate(w);
	buf_char(w->out, '"');
	escape_json(w->out, span_of(name));
	buf_text(w->out, "\":");
	w->_comma = false;
}

void json_text(struct json_writer *w, struct span value)
{
	separate(w);
	buf_char(w->out, '"');
	escape_json(w->out, value);
	buf_char(w->out, '"');
}

void json_text_or_null(struct json_writer *w, struct span value)
{
	if (value.p)
		json_text(w, value);
	else
		json_null(w);
}

void json_int(struct json_writer *w, int64_t value)
{
	separate(w);
	buf_format(w->out, "%lld", (long long)value);
}

void json_number(struct json_writer *w, double value)
{
	if (!isfinite(value)) {
		json_null(w);
		return;
	}
	char text[32];
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	separate(w);
	buf_text(w->out, text);
}

void json_bool(struct json_writer *w, bool value)
{
	separate(w);
	buf_text(w->out, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	separate(w);
	buf_text(w->out, "null");
}
