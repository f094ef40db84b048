/* synth_test.h - for the tests of the synthesizer: renders, and simple measures of what comes out.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_AUDIO_SYNTH_TEST_H
#define TESTS_AUDIO_SYNTH_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "audio/score.h"
#include "audio/synth/synth.h"
#include "base/mem.h"
#include "base/span.h"

static const float minus_1_db = 0.8912509f;

static inline struct synth *synth_create(void)
{
	struct synth *s = mem_new(1, synth_size());
	synth_init(s, 1);
	return s;
}

/* n_frames of stereo, owned by the caller. */
static inline float *render(struct synth *s, size_t n_frames, size_t block)
{
	float *out = mem_new(n_frames, 2 * sizeof *out);
	for (size_t done = 0; done < n_frames;) {
		size_t n = n_frames - done < block ? n_frames - done : block;
		synth_render(s, out + 2 * done, n);
		done += n;
	}
	return out;
}

static inline float *render_one(struct synth_note note, size_t n_frames)
{
	struct synth *s = synth_create();
	assert_true(synth_note(s, &note));
	float *out = render(s, n_frames, SYNTH_BLOCK_MAX);
	free(s);
	return out;
}

static inline float peak_of(const float *samples, size_t n_frames)
{
	float peak = 0.0f;
	for (size_t i = 0; i < 2 * n_frames; i++) {
		assert_true(isfinite(samples[i]));
		peak = fmaxf(peak, fabsf(samples[i]));
	}
	return peak;
}

/* The same numbers in every run: uniform in 0...1. */
static inline double random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 11) / 9007199254740992.0;
}

/* Renders while feeding notes, which are in order of frame, as fast as they are taken. */
static inline float *render_notes(struct synth *s, const struct synth_note *notes, size_t n_notes, size_t n_frames, size_t block)
{
	float *out = mem_new(n_frames, 2 * sizeof *out);
	size_t next = 0;
	for (size_t done = 0; done < n_frames;) {
		while (next < n_notes && synth_note(s, &notes[next]))
			next++;
		size_t n = n_frames - done < block ? n_frames - done : block;
		synth_render(s, out + 2 * done, n);
		done += n;
	}
	return out;
}

#endif
