/* OpenAI Whisper's JSON: {"text", "language", "segments": [{"start", "end", "text" (a blank in front), "words"?}]},
 * times in seconds; also what its relatives write in this form (a speaker in each segment, NaN for numbers). A segment
 * is a cue. Whisper falls into loops that repeat a line over and over: they are kept, for nobody knows which was said,
 * and each is reported. Without segments the words are read: {"words": [{"word", "start", "end"}]}.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"
#include "transcripts/timed_json.h"

enum { LOOP_CUES = 5 };

static const cJSON *first_of(const cJSON *root, const char *key)
{
	const cJSON *list = json_get(root, key);
	return cJSON_IsArray(list) ? list->child : NULL;
}

static int detect(struct span text, char *reason, size_t room)
{
	if (!timed_json_has(text, "\"segments\"") && !timed_json_has(text, "\"word\""))
		return 0;
	cJSON *root = timed_json_parse(text, NULL);
	const cJSON *segment = first_of(root, "segments"), *word = first_of(root, "words");
	int score = 0;
	if (json_get(segment, "text") && json_get(segment, "start")) {
		snprintf(reason, room, "JSON with a list 'segments' of %d, each with start, end and text in seconds%s",
			cJSON_GetArraySize(json_get(root, "segments")), json_get(root, "language") ? ", and a language" : "");
		score = 96;
	} else if (json_get(word, "word") && json_get(word, "start")) {
		snprintf(reason, room, "JSON with a list 'words' of %d, each with word, start and end",
			cJSON_GetArraySize(json_get(root, "words")));
		score = 90;
	}
	cJSON_Delete(root);
	return score;
}

static void report_loops(const struct transcript *t, const struct dialect_faults *faults)
{
	for (size_t i = 0; i < t->n_cues;) {
		size_t n = 1;
		while (i + n < t->n_cues && span_equal(t->cues[i + n].text, t->cues[i].text))
			n++;
		if (n >= LOOP_CUES)
			dialect_report(faults, NULL, t->cues[i].line,
				"the same words %zu times one after the other, which looks like a "
				"recogniser's loop; they were kept, listen and delete what wasn't said", n);
		i += n;
	}
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct timed_json_items i;
	cJSON *root = timed_json_parse(text, NULL);
	timed_json_begin(&i, root, "segments", text, first_line);
	while (timed_json_next(&i)) {
		struct span said = lines_trim(json_string(json_get(i.item, "text")));
		int64_t start_ms = -1, end_ms = -1;
		if (said.n == 0)
			continue; /* silence is a segment too */
		if (!timed_json_time(json_get(i.item, "start"), 1000, &start_ms))
			start_ms = -1;
		if (!timed_json_time(json_get(i.item, "end"), 1000, &end_ms))
			end_ms = -1;
		timed_json_turn(t, json_string(json_get(i.item, "speaker")));
		timed_json_add(t, start_ms, end_ms, said, i.line, faults);
	}
	if (t->n_cues == 0) {
		timed_json_begin(&i, root, "words", text, first_line);
		timed_json_add_words(t, &i, 1000, faults);
	}
	cJSON_Delete(root);
	transcript_finish_build(t);
	report_loops(t, faults);
	return t;
}

static void describe(struct document *d, struct span text, const struct dialect_faults *faults)
{
	(void)faults;
	cJSON *root = timed_json_parse(text, NULL);
	timed_json_describe(d, json_string(json_get(root, "language")), json_get(root, "duration"), 1000);
	cJSON_Delete(root);
}

const struct dialect dialect_whisper = {
	.name = "Whisper JSON",
	.label = "whisper",
	.detect = detect,
	.parse = parse,
	.describe = describe,
};
