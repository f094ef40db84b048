/* Podcasting 2.0's transcript in JSON: {"version", "segments": [{"speaker"?, "startTime", "endTime"?, "body"}]}, times
 * in seconds; a body may be a word or a sentence, and is a cue either way. A segment without a speaker is nobody's.
 * https://github.com/Podcastindex-org/podcast-namespace/blob/main/transcripts/transcripts.md
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/timed_json.h"

static int detect(struct span text, char *reason, size_t room)
{
	if (!timed_json_has(text, "\"segments\"") || !timed_json_has(text, "\"body\""))
		return 0;
	cJSON *root = timed_json_parse(text, NULL);
	const cJSON *segments = json_get(root, "segments");
	const cJSON *first = cJSON_IsArray(segments) ? segments->child : NULL;
	int score = 0;
	if (json_get(first, "body")) {
		snprintf(reason, room, "JSON with a list 'segments' of %d, each with startTime and body",
			cJSON_GetArraySize(segments));
		score = json_get(first, "startTime") ? 98 : 60;
	}
	cJSON_Delete(root);
	return score;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct timed_json_items i;
	cJSON *root = timed_json_parse(text, NULL);
	timed_json_begin(&i, root, "segments", text, first_line);
	while (timed_json_next(&i)) {
		struct span body = json_string(json_get(i.item, "body"));
		int64_t start_ms = -1, end_ms = -1;
		if (body.n == 0) {
			dialect_report(faults, t, i.line, "a segment without a body; it was left out");
			continue;
		}
		if (!timed_json_time(json_get(i.item, "startTime"), 1000, &start_ms))
			start_ms = -1;
		if (!timed_json_time(json_get(i.item, "endTime"), 1000, &end_ms))
			end_ms = -1;
		timed_json_turn(t, json_string(json_get(i.item, "speaker")));
		timed_json_add(t, start_ms, end_ms, body, i.line, faults);
	}
	cJSON_Delete(root);
	transcript_finish_build(t);
	return t;
}

const struct dialect dialect_podcasting_json = {
	.name = "Podcasting 2.0 JSON",
	.label = "podcasting-json",
	.detect = detect,
	.parse = parse,
};
