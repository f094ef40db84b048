/* random_transcript.h - transcripts of words that mean something to one format or another, for the tests of exports.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_RANDOM_TRANSCRIPT_H
#define TESTS_RANDOM_TRANSCRIPT_H

#include "dialect_help.h"

static inline uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static inline struct transcript *random_transcript(uint32_t *seed)
{
	static const char *const names[] = {"", "", "Anna", "Two Words", "Bert & Co", "<x>", "\xC5\x81ukasz", "v", "a--",
		"-->"};
	static const char *const words[] = {"bell", "- ring", ">> who", "a < b", "&amp;", "-->", "<v A>", "1:30",
		"\xC3\xA9t\xC3\xA9", "WEBVTT", "NOTE turn", "12", "<i>", ">", "\"q\"",
		"Ada:", "Ada : x", "[0:10]", "{\\an8}", "`c`", "[a](b)", "**B:**", "1:02:03", "*", "<p>", "</p>", "&#65;",
		"\\["};
	struct transcript *t = transcript_create();
	int64_t now = next_random(seed) % 5000;
	size_t n_turns = 1 + next_random(seed) % 8;
	for (size_t i = 0; i < n_turns; i++) {
		transcript_add_turn(t, span_of(names[next_random(seed) % COUNT_OF(names)]));
		for (size_t k = 1 + next_random(seed) % 4; k > 0; k--) {
			struct buf text = {0};
			for (size_t w = 1 + next_random(seed) % 4; w > 0; w--)
				buf_format(&text, "%s ", words[next_random(seed) % COUNT_OF(words)]);
			int64_t end = now + 1 + next_random(seed) % 4000;
			transcript_add_cue(t, now, end, buf_view(&text), 1);
			now += next_random(seed) % 3 ? next_random(seed) % 9000 : 0;
			buf_finish(&text);
		}
	}
	transcript_finish_build(t);
	return t;
}

static inline void assert_same(const struct transcript *a, const struct transcript *b)
{
	assert_int_equal(a->n_turns, b->n_turns);
	assert_int_equal(a->n_cues, b->n_cues);
	for (size_t i = 0; i < a->n_turns; i++) {
		assert_true(span_equal(a->turns[i].speaker, b->turns[i].speaker));
		assert_int_equal(a->turns[i].first_cue, b->turns[i].first_cue);
		assert_int_equal(a->turns[i].n_cues, b->turns[i].n_cues);
	}
	for (size_t i = 0; i < a->n_cues; i++) {
		assert_int_equal(a->cues[i].start_ms, b->cues[i].start_ms);
		assert_int_equal(a->cues[i].end_ms, b->cues[i].end_ms);
		assert_true(span_equal(a->cues[i].text, b->cues[i].text));
	}
}

#endif
