/* json_lines.h - the line in a text at which a JSON value stands; cJSON's tree keeps none, and a fault needs FILE:LINE.
 * Built from the text that was parsed and the tree that came out of it: both are walked in the same order. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_LINES_H
#define BASE_JSON_LINES_H

#include "base/json.h"

struct json_lines;

/* Owned by the caller; borrows nothing. text must be what tree was parsed from. */
struct json_lines *json_lines_create(struct span text, const cJSON *tree) NODISCARD;
void json_lines_destroy(struct json_lines *l); /* accepts NULL */
/* 1-based line at which the value starts; 1 for a value that isn't of this tree (NULL too). */
int json_lines_find(const struct json_lines *l, const cJSON *item);

#endif
