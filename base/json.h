/* json.h - JSON in and out (RFC 8259). Reading is cJSON's (a tree, numbers as doubles, depth at most 64); this header
 * adds what it lacks: UTF-8 is checked, trailing bytes are refused, look-ups are by JSON pointer and case-sensitive, and
 * nothing aliases a missing member with a null one. An escaped NUL or half of a surrogate pair is read as U+FFFD.
 * Writing goes straight into a struct buf. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/err.h"

enum { JSON_MAX_DEPTH = 64 };

/* Owned by the caller, freed with cJSON_Delete; NULL on E_FORMAT (why says at which byte, and
 * its line is the text's). */
cJSON *json_parse(struct span text, struct why *why) NODISCARD;

/* Member of an object, or NULL (also when object is NULL or no object). */
const cJSON *json_get(const cJSON *object, const char *name);
/* RFC 6901: "/a/b/0". NULL when it points at nothing; "" is the root. */
const cJSON *json_at(const cJSON *root, const char *pointer);
/* The string's bytes, borrowed from the tree; empty when item isn't a string. */
struct span json_string(const cJSON *item);
/* True when item is a whole number within ±2^53. */
bool json_i64(const cJSON *item, int64_t *out);
bool json_is_true(const cJSON *item);

/* Writing. Commas are the writer's: json_key and values put one where it is needed. */
struct json_writer {
	struct buf *out;
	bool _comma;
};
void json_begin(struct json_writer *w, struct buf *out);
void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_key(struct json_writer *w, const char *name);
void json_text(struct json_writer *w, struct span value);
void json_text_or_null(struct json_writer *w, struct span value); /* null when value.p is NULL */
void json_int(struct json_writer *w, int64_t value);
/* Shortest text that reads back as the same double; null when not finite. */
void json_number(struct json_writer *w, double value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);

#endif
