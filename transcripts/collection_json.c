/* collection_json.c - how the importers of JSON records read members, and say where a fault stands.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_lines.h"
#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/lines.h"

void json_reading_finish(struct json_reading *r)
{
	json_lines_destroy(r->_lines);
	for (size_t i = 0; i < r->_n_reported; i++)
		free(r->_reported[i]);
	free(r->_reported);
	slug_set_destroy(r->slugs);
}

void json_reading_fault(struct json_reading *r, const cJSON *at, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	if (!r->_lines)
		r->_lines = json_lines_create(r->text, r->root);
	collection_report(r->c, r->faults, json_lines_find(r->_lines, at), "%s", text.p);
	buf_finish(&text);
}

static const char *kind_of(const cJSON *item)
{
	return cJSON_IsObject(item) ? "an object" : cJSON_IsArray(item) ? "a list" : cJSON_IsNumber(item) ? "a number" :
		cJSON_IsBool(item) ? "true or false" : "null";
}

struct span json_member(struct json_reading *r, const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);
	if (item && !cJSON_IsString(item) && !cJSON_IsNull(item))
		json_reading_fault(r, item, "'%s' is %s, not a text; it was left out", key, kind_of(item));
	return lines_trim(json_string(item));
}

void json_set_line(struct json_reading *r, char **field, const cJSON *object, const char *key)
{
	struct span value = json_member(r, object, key);
	if (value.n)
		collection_set_line(field, value);
}

void json_set_text(struct json_reading *r, char **field, const cJSON *object, const char *key)
{
	struct span value = json_member(r, object, key);
	if (value.n)
		collection_set_text(field, value);
}

void json_set_time(struct json_reading *r, int64_t *ms, const cJSON *object, const char *key)
{
	struct span value = json_member(r, object, key);
	if (value.n && time_parse(value, ms) != OK)
		json_reading_fault(r, json_get(object, key), "'%s' is '%.*s', which is no date; write YYYY-MM-DD", key,
			SPAN_ARG(value));
}

void json_set_language(struct json_reading *r, char **field, const cJSON *object, const char *key)
{
	struct span value = json_member(r, object, key);
	struct buf tag = {0};
	if (value.n && !language_tag(value, &tag)) {
		json_reading_fault(r, json_get(object, key), "'%s' is '%.*s', which is no language code; it was kept as it is", key,
			SPAN_ARG(value));
		buf_span(&tag, value);
	}
	if (tag.n)
		collection_set_line(field, buf_view(&tag));
	buf_finish(&tag);
}

void json_add_tags(struct json_reading *r, struct document *d, const cJSON *object, const char *key)
{
	const cJSON *list = json_get(object, key), *item;
	if (list && !cJSON_IsArray(list) && !cJSON_IsNull(list))
		json_reading_fault(r, list, "'%s' is %s, not a list; it was left out", key,
			cJSON_IsString(list) ? "a text" : kind_of(list));
	if (!cJSON_IsArray(list))
		return;
	cJSON_ArrayForEach(item, list) {
		struct span tag = lines_trim(json_string(item));
		if (tag.n)
			document_add_tag(d, tag);
		else if (!cJSON_IsString(item))
			json_reading_fault(r, item, "'%s' has %s in it, not a text; it was left out", key, kind_of(item));
	}
}

static bool is_listed(const char *list, const char *word)
{
	struct span rest = span_of(list), piece;
	while (span_next_piece(&rest, ' ', &piece))
		if (span_is(piece, word))
			return true;
	return false;
}

void json_report_unknown(struct json_reading *r, const cJSON *object, const char *known)
{
	enum { MOST = 40 }; /* beyond it the file isn't what it was taken for, and one more name helps nobody */
	const cJSON *item;
	if (!cJSON_IsObject(object))
		return;
	cJSON_ArrayForEach(item, object) {
		if (!item->string || is_listed(known, item->string))
			continue;
		bool was_reported = r->_n_reported > MOST;
		for (size_t i = 0; i < r->_n_reported && !was_reported; i++)
			was_reported = strcmp(r->_reported[i], item->string) == 0;
		if (was_reported)
			continue;
		r->_reported = mem_grow(r->_reported, r->_n_reported + 1, sizeof *r->_reported);
		r->_reported[r->_n_reported++] = mem_strdup(item->string);
		if (r->_n_reported > MOST) {
			json_reading_fault(r, item, "from here on further keys that aren't known were left out");
			return;
		}
		json_reading_fault(r, item, "'%s' is not a key that is known here; it was left out", item->string);
	}
}

bool json_has(const cJSON *object, const char *names)
{
	struct span rest = span_of(names), name;
	if (!cJSON_IsObject(object))
		return false;
	while (span_next_piece(&rest, ' ', &name)) {
		char *copy = span_dup(name);
		bool has = json_get(object, copy) != NULL;
		free(copy);
		if (!has)
			return false;
	}
	return true;
}
