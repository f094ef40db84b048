/* whisper.cpp's JSON: {"result": {"language"}, "transcription": [{"timestamps": {"from": "00:00:00,000", "to"},
 * "offsets": {"from": 0, "to"} in ms, "text", "speaker"?}]}. An entry is a cue.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"
#include "transcripts/timed_json.h"

static int detect(struct span text, char *reason, size_t room)
{
	if (!timed_json_has(text, "\"transcription\""))
		return 0;
	cJSON *root = timed_json_parse(text, NULL);
	const cJSON *list = json_get(root, "transcription"), *first = cJSON_IsArray(list) ? list->child : NULL;
	int score = 0;
	if (json_get(first, "text") && (json_get(first, "offsets") || json_get(first, "timestamps"))) {
		snprintf(reason, room, "JSON with a list 'transcription' of %d, each with offsets or timestamps and text",
			cJSON_GetArraySize(list));
		score = 98;
	}
	cJSON_Delete(root);
	return score;
}

/* Offsets are exact; the stamps stand in where somebody took them out. */
static int64_t time_of(const cJSON *entry, const char *which)
{
	int64_t ms;
	if (timed_json_time(json_get(json_get(entry, "offsets"), which), 1, &ms))
		return ms;
	struct span stamp = lines_trim(json_string(json_get(json_get(entry, "timestamps"), which)));
	return stamp.n && stamp_read(stamp, &ms) == stamp.n ? ms : -1;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct timed_json_items i;
	cJSON *root = timed_json_parse(text, NULL);
	timed_json_begin(&i, root, "transcription", text, first_line);
	while (timed_json_next(&i)) {
		struct span said = lines_trim(json_string(json_get(i.item, "text")));
		if (said.n == 0)
			continue;
		timed_json_turn(t, json_string(json_get(i.item, "speaker")));
		timed_json_add(t, time_of(i.item, "from"), time_of(i.item, "to"), said, i.line, faults);
	}
	cJSON_Delete(root);
	transcript_finish_build(t);
	return t;
}

static void describe(struct document *d, struct span text, const struct dialect_faults *faults)
{
	(void)faults;
	cJSON *root = timed_json_parse(text, NULL);
	timed_json_describe(d, json_string(json_at(root, "/result/language")), NULL, 1);
	cJSON_Delete(root);
}

const struct dialect dialect_whisper_cpp = {
	.name = "whisper.cpp JSON",
	.label = "whisper-cpp",
	.detect = detect,
	.parse = parse,
	.describe = describe,
};
