/* score_helper.h - for the tests of scores: rules out of YAML, and streams of events.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_AUDIO_SCORE_HELPER_H
#define TESTS_AUDIO_SCORE_HELPER_H

#include <math.h>
#include <stdio.h>

#include "audio/score_rules.h"
#include "base/buf.h"
#include "base/mem.h"

static inline void collect_fault(void *data, int line, const char *text)
{
	buf_format(data, "%d: %s\n", line, text);
}

/* A score that owns its rules and their text. */
struct own_score {
	struct yaml *text;
	struct score_rules *rules;
	struct score *score;
};

static inline struct own_score own_score(const char *text)
{
	struct own_score own;
	struct why why = {0};
	struct buf said = {0};
	own.text = yaml_parse(span_of(text), 1, &why);
	ASSERT(own.text);
	own.rules = score_compile(own.text, collect_fault, &said);
	if (!own.rules)
		fprintf(stderr, "%s", said.p);
	ASSERT(own.rules);
	own.score = score_create(own.rules);
	buf_finish(&said);
	return own;
}

static inline void own_score_end(struct own_score *own)
{
	score_destroy(own->score);
	score_rules_destroy(own->rules);
	yaml_delete(own->text);
}

static inline double random_unit(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (double)(*state >> 8) / 16777216.0;
}

/* Log-normal, as bytes of edits and values of payments are; middle is the median. */
static inline double random_magnitude(uint32_t *state, double middle)
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += random_unit(state);
	return middle * exp(2.5 * (sum - 6));
}

/* The n-th event of a stream; id and entity are text that lives until the next call. */
static inline struct event numbered_event(int n, double magnitude)
{
	static char text[32];
	snprintf(text, sizeof text, "event %d", n);
	return (struct event){.kind = SPAN_LITERAL("edit"), .unit = SPAN_LITERAL("points"), .id = span_of(text), .entity = span_of(text),
		.magnitude = magnitude, .polarity = 1};
}

#endif
