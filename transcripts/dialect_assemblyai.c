/* AssemblyAI's JSON, times in ms: {"sentences": [...]}, {"paragraphs": [...]} or a whole answer {"status", "audio_url",
 * "text", "words", "utterances"?, "chapters"?}. Each entry has text, start, end, words of {text, start, end, speaker}
 * and maybe a speaker of its own ("A"), kept as the letter it is. A sentence or paragraph is a cue; where a sentence's
 * speaker isn't said, it is who says most of its words. Utterances and bare words are cut into sentences. An answer
 * without words has no times at all: it is recognised and declined.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/chapters.h"
#include "transcripts/document.h"
#include "transcripts/lines.h"
#include "transcripts/timed_json.h"

static const char *const lists[] = {"sentences", "paragraphs", "utterances", "words"};
enum { SENTENCES, PARAGRAPHS, UTTERANCES, WORDS, NO_LIST };

/* The finest list that has times and isn't bare words. */
static int list_of(const cJSON *root)
{
	for (int i = 0; i < NO_LIST; i++) {
		const cJSON *list = json_get(root, lists[i]), *first = cJSON_IsArray(list) ? list->child : NULL;
		if (json_get(first, "text") && json_get(first, "start"))
			return i;
	}
	return NO_LIST;
}

static int detect(struct span text, char *reason, size_t room)
{
	if (!timed_json_has(text, "\"sentences\"") && !timed_json_has(text, "\"paragraphs\"") &&
		!timed_json_has(text, "\"utterances\"") && !timed_json_has(text, "\"words\""))
		return 0;
	cJSON *root = timed_json_parse(text, NULL);
	int list = json_get(root, "segments") ? NO_LIST : list_of(root);
	if (list < NO_LIST)
		snprintf(reason, room, "JSON with a list '%s' of %d, each with text, start and end in ms", lists[list],
			cJSON_GetArraySize(json_get(root, lists[list])));
	cJSON_Delete(root);
	return list < NO_LIST ? 95 : 0;
}

/* Who says most of the words; the first of them where it is even. */
static struct span speaker_of(const cJSON *entry)
{
	struct { struct span name; size_t n; } voices[8] = {0};
	const cJSON *own = json_get(entry, "speaker"), *words = json_get(entry, "words");
	size_t best = 0;
	if (cJSON_IsString(own))
		return json_string(own);
	for (const cJSON *w = cJSON_IsArray(words) ? words->child : NULL; w; w = w->next) {
		struct span name = json_string(json_get(w, "speaker"));
		size_t i = 0;
		while (i + 1 < sizeof voices / sizeof *voices && voices[i].n && !span_equal(voices[i].name, name))
			i++;
		if (voices[i].n++ == 0)
			voices[i].name = name;
		if (voices[i].n > voices[best].n || (voices[i].n == voices[best].n && i < best))
			best = i;
	}
	return voices[best].n ? voices[best].name : span_of("");
}

static void add_entry(struct transcript *t, const cJSON *entry, int line, const struct dialect_faults *faults)
{
	int64_t start_ms = -1, end_ms = -1;
	struct span said = lines_trim(json_string(json_get(entry, "text")));
	if (said.n == 0)
		return;
	if (!timed_json_time(json_get(entry, "start"), 1, &start_ms))
		start_ms = -1;
	if (!timed_json_time(json_get(entry, "end"), 1, &end_ms))
		end_ms = -1;
	timed_json_turn(t, speaker_of(entry));
	timed_json_add(t, start_ms, end_ms, said, line, faults);
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct timed_json_items i;
	cJSON *root = timed_json_parse(text, NULL);
	int list = list_of(root);
	timed_json_begin(&i, list < NO_LIST ? root : NULL, list < NO_LIST ? lists[list] : NULL, text, first_line);
	if (list == WORDS)
		timed_json_add_words(t, &i, 1, faults);
	while (timed_json_next(&i)) {
		const cJSON *words = json_get(i.item, "words");
		if (list != UTTERANCES || !cJSON_IsArray(words) || !words->child) {
			add_entry(t, i.item, i.line, faults);
			continue;
		}
		/* Its words may leave the speaker to the utterance. */
		struct span speaker = json_string(json_get(i.item, "speaker"));
		struct timed_json_items said;
		size_t first_turn = t->n_turns;
		timed_json_begin(&said, words, NULL, span_of(""), i.line);
		timed_json_add_words(t, &said, 1, faults);
		if (t->n_turns == first_turn + 1 && t->turns[first_turn].speaker.n == 0 && speaker.n)
			transcript_name_turn(t, first_turn, speaker);
	}
	cJSON_Delete(root);
	transcript_finish_build(t);
	return t;
}

/* Its own chapters: {"gist", "headline", "summary", "start", "end"}. */
static void describe(struct document *d, struct span text, const struct dialect_faults *faults)
{
	struct timed_json_items i;
	cJSON *root = timed_json_parse(text, NULL);
	const cJSON *language = json_get(root, "language_code");
	timed_json_describe(d, json_string(language), json_get(root, "audio_duration"), 1000);
	timed_json_begin(&i, root, "chapters", text, 1);
	while (timed_json_next(&i)) {
		int64_t ms;
		struct span title = lines_trim(json_string(json_get(i.item, "gist")));
		if (title.n == 0)
			title = lines_trim(json_string(json_get(i.item, "headline")));
		if (title.n == 0 || !timed_json_time(json_get(i.item, "start"), 1, &ms))
			continue;
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = ms;
		c->line = i.line;
		if (timed_json_time(json_get(i.item, "end"), 1, &ms) && ms >= c->start_ms)
			c->end_ms = ms;
		document_set(&c->title, title);
	}
	chapters_sort(d, faults);
	cJSON_Delete(root);
}

const struct dialect dialect_assemblyai = {
	.name = "AssemblyAI JSON",
	.label = "assemblyai",
	.detect = detect,
	.parse = parse,
	.describe = describe,
};

static int detect_summary(struct span text, char *reason, size_t room)
{
	if (!timed_json_has(text, "\"audio_url\"") || !timed_json_has(text, "\"status\""))
		return 0;
	cJSON *root = timed_json_parse(text, NULL);
	int score = 0;
	if (json_get(root, "audio_url") && json_get(root, "status") && list_of(root) == NO_LIST) {
		struct span status = json_string(json_get(root, "status"));
		snprintf(reason, room, "JSON of a recognition with audio_url and status '%.*s', but no words with times",
			(int)(status.n < 20 ? status.n : 20), status.p ? status.p : "");
		score = 95;
	}
	cJSON_Delete(root);
	return score;
}

const struct dialect dialect_assemblyai_summary = {
	.name = "AssemblyAI summary",
	.label = "assemblyai-summary",
	.detect = detect_summary,
	.decline = "the answer holds the text without a single time; export its sentences or paragraphs instead",
};
