/* fuzz.h - what the fuzz targets share: each is one file with one LLVMFuzzerTestOneInput. A target checks more than
 * that nothing crashes: what was read is sound, and reads the same when it is written and read again.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/document.h"
#include "transcripts/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_fault(void *data, int line, const char *text)
{
	(void)data;
	ASSERT(line >= 0 && *text);
}

static inline struct dialect_faults fuzz_faults(void)
{
	return (struct dialect_faults){fuzz_fault, NULL};
}

static inline void fuzz_check_sound(const struct transcript *t)
{
	size_t next = 0;
	for (size_t i = 0; i < t->n_turns; i++) {
		ASSERT(t->turns[i].first_cue == next && t->turns[i].n_cues > 0);
		next += t->turns[i].n_cues;
		ASSERT(utf8_is_valid(t->turns[i].speaker));
	}
	ASSERT(next == t->n_cues);
	for (size_t i = 0; i < t->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		ASSERT(cue->start_ms >= 0 && cue->end_ms >= cue->start_ms && cue->line > 0);
		ASSERT(cue->text.n > 0 && utf8_is_valid(cue->text) && !memchr(cue->text.p, '\n', cue->text.n));
	}
}

/* Reads text in one dialect. What comes out must survive WebVTT, which holds turns, speakers and cues. */
static inline void fuzz_dialect(const struct dialect *dialect, struct span text)
{
	struct dialect_faults faults = fuzz_faults();
	char reason[200] = "";
	int score = dialect->detect(text, reason, sizeof reason);
	ASSERT(score >= 0 && score <= 100 && (score < 50 || *reason));
	if (!dialect->parse)
		return;
	struct transcript *t = dialect->parse(text, 1, &faults);
	struct buf first = {0}, second = {0};
	fuzz_check_sound(t);
	export_vtt(t, &first);
	struct transcript *back = dialect_webvtt.parse(buf_view(&first), 1, NULL);
	fuzz_check_sound(back);
	ASSERT(back->n_faults == 0 && back->n_cues == t->n_cues);
	export_vtt(back, &second);
	ASSERT(span_equal(buf_view(&first), buf_view(&second)));
	transcript_destroy(back);
	transcript_destroy(t);
	buf_finish(&first);
	buf_finish(&second);
}

static inline void fuzz_check_document(const struct document *d)
{
	ASSERT(*d->reason && *d->slug);
	ASSERT(d->kind != DOCUMENT_TRANSCRIPT || d->transcript);
	if (d->transcript)
		fuzz_check_sound(d->transcript);
	for (size_t i = 0; i < d->n_chapters; i++)
		ASSERT(d->chapters[i].start_ms >= 0 && (i == 0 || d->chapters[i].start_ms >= d->chapters[i - 1].start_ms));
}

#endif
