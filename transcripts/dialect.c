/* SPDX-License-Identifier: MIT */
#include "transcripts/dialect.h"

#include <stdio.h>

#include "base/mem.h"

enum { SURE_ENOUGH = 50, REASON_BYTES = 200 };

static const struct dialect *const dialects[] = {
	&dialect_webvtt,
	&dialect_subrip,
	&dialect_code_maven,
	&dialect_planet_page,
	&dialect_inline_stamps,
	&dialect_speaker_lines,
	&dialect_stamped_lines,
};

const struct dialect *dialect_detect(struct span text, char *reason, size_t room)
{
	const struct dialect *best = NULL;
	int best_score = SURE_ENOUGH - 1;
	snprintf(reason, room, "no line reads 'MM:SS text', 'MM:SS Speaker: text', '[MM:SS] nick:' or "
		"'00:00.000 --> 00:00.000', and no times stand inside its paragraphs");
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		char own[REASON_BYTES] = "";
		int score = dialects[i]->detect(text, own, sizeof own);
		if (score <= best_score) {
			/* A near miss tells more than the general sentence. */
			if (!best && score > 0)
				snprintf(reason, room, "%s", own);
			continue;
		}
		best = dialects[i];
		best_score = score;
		snprintf(reason, room, "%s", own);
	}
	return best;
}

const struct dialect *dialect_named(struct span label)
{
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		if (span_is(label, dialects[i]->label))
			return dialects[i];
	return NULL;
}
