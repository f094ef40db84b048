/* SPDX-License-Identifier: MIT */
#include "transcripts/dialect.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/nearest.h"

enum { SURE_ENOUGH = 50, REASON_BYTES = 200 };

static const struct dialect *const dialects[] = {
	&dialect_webvtt,
	&dialect_subrip,
	&dialect_podcasting_json,
	&dialect_whisper,
	&dialect_whisper_cpp,
	&dialect_assemblyai,
	&dialect_whisper_tsv,
	&dialect_podcasting_html,
	&dialect_code_maven,
	&dialect_changelog,
	&dialect_datatalks,
	&dialect_paragraphs,
	&dialect_inline_stamps,
	&dialect_speaker_lines,
	&dialect_stamped_lines,
	&dialect_assemblyai_summary,
	&dialect_planet_page,
	&dialect_ttml,
	&dialect_substation,
	&dialect_microdvd,
};

const struct dialect *dialect_detect(struct span text, char *reason, size_t room)
{
	const struct dialect *best = NULL;
	int best_score = SURE_ENOUGH - 1;
	snprintf(reason, room, "no line reads 'MM:SS text', 'MM:SS Speaker: text', '[MM:SS] nick:', '**Speaker:** text' or "
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

const struct dialect *dialect_at(size_t i)
{
	return i < COUNT_OF(dialects) ? dialects[i] : NULL;
}

const char *dialect_nearest_label(struct span label)
{
	const char *labels[COUNT_OF(dialects) + 2] = {"page"};
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		labels[i + 1] = dialects[i]->label;
	return nearest_word(label, labels);
}
