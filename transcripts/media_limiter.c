/* SPDX-License-Identifier: MIT */
#include "transcripts/media_limiter.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/media_loudness.h"

enum { AROUND = 16, HALF = 8 };

/* A frame goes through three lines: the interpolation sees HALF frames around it, then its gain is the least of the next
 * `width`, released slowly, then the mean of `width` of those. So at a peak the mean is over gains that all know of it. */
struct limiter {
	size_t n_channels, width, room; /* room: of each plane, a power of two */
	float gain, ceiling, release;
	float *planes[LOUDNESS_CHANNELS]; /* what came in, as a ring */
	float *wanted;                  /* the gain that each frame wants, as a ring */
	float *smooth;                  /* the last `width` released gains, as a ring */
	size_t *least;                  /* frames of growing wanted gain: the first is the least of the window */
	size_t first_least, n_least;
	size_t n_in, n_judged, n_out;
	double sum;
	float released;
	size_t n_ended;                 /* frames, when no more come; SIZE_MAX before */
};

struct limiter *limiter_create(int sample_rate, int n_channels, float gain, float ceiling)
{
	struct limiter *l = mem_new(1, sizeof *l);
	ASSERT(n_channels >= 1 && n_channels <= LOUDNESS_CHANNELS && sample_rate > 0);
	l->n_channels = (size_t)n_channels;
	l->width = (size_t)sample_rate / 200 + 1;
	for (l->room = 1; l->room < 2 * (l->width + AROUND) + 64; l->room *= 2)
		continue;
	l->gain = gain;
	l->ceiling = ceiling;
	/* Up again in about a tenth of a second. */
	l->release = 1.0f - expf(-1.0f / (0.1f * (float)sample_rate));
	for (size_t c = 0; c < l->n_channels; c++)
		l->planes[c] = mem_new(l->room, sizeof(float));
	l->wanted = mem_new(l->room, sizeof(float));
	l->least = mem_new(l->room, sizeof(size_t));
	l->smooth = mem_new(l->width, sizeof(float));
	l->released = 1.0f;
	l->n_ended = SIZE_MAX;
	return l;
}

void limiter_destroy(struct limiter *l)
{
	if (!l)
		return;
	for (size_t c = 0; c < l->n_channels; c++)
		free(l->planes[c]);
	free(l->wanted);
	free(l->least);
	free(l->smooth);
	free(l);
}

/* The largest value at frame i and up to the next one. */
static float peak_at(const struct limiter *l, size_t i)
{
	float most = 0;
	for (size_t c = 0; c < l->n_channels; c++) {
		float around[AROUND], largest = 0;
		for (size_t k = 0; k < AROUND; k++) {
			/* Before the first and after the last frame there is silence. */
			size_t at = i + k - (HALF - 1);
			bool is_sound = i + k >= HALF - 1 && at < l->n_in;
			around[k] = is_sound ? l->planes[c][at & (l->room - 1)] : 0.0f;
			largest = fmaxf(largest, fabsf(around[k]));
		}
		float here = fabsf(around[HALF - 1]);
		/* Between samples it is at most about twice as much. */
		if (largest * 2.2f > l->ceiling)
			here = fmaxf(here, loudness_between(around + HALF - 1));
		most = fmaxf(most, here);
	}
	return most;
}

static void judge(struct limiter *l)
{
	size_t i = l->n_judged++;
	float peak = peak_at(l, i), wanted = peak > l->ceiling ? l->ceiling / peak : 1.0f;
	l->wanted[i & (l->room - 1)] = wanted;
	while (l->n_least && l->wanted[l->least[(l->first_least + l->n_least - 1) & (l->room - 1)] & (l->room - 1)] >= wanted)
		l->n_least--;
	l->least[(l->first_least + l->n_least++) & (l->room - 1)] = i;
}

/* The gain of the next frame out. */
static float next_gain(struct limiter *l)
{
	while (l->least[l->first_least & (l->room - 1)] < l->n_out) {
		l->first_least++;
		l->n_least--;
	}
	float least = l->wanted[l->least[l->first_least & (l->room - 1)] & (l->room - 1)];
	float released = l->released + (1.0f - l->released) * l->release;
	l->released = released < least ? released : least;
	/* Before the first there was what it is. */
	for (size_t i = 0; l->n_out == 0 && i < l->width; i++) {
		l->smooth[i] = l->released;
		l->sum += (double)l->released;
	}
	float *place = &l->smooth[l->n_out % l->width];
	l->sum += (double)l->released - (double)*place;
	*place = l->released;
	return (float)(l->sum / (double)l->width);
}

/* A frame can go out when the gains of the next `width` frames are known. */
static bool put_next(struct limiter *l, float *const *planes, size_t to)
{
	size_t end = l->n_ended < SIZE_MAX ? l->n_ended : l->n_in > HALF ? l->n_in - HALF : 0;
	size_t until = l->n_out + l->width < end ? l->n_out + l->width : end;
	while (l->n_judged < until)
		judge(l);
	if (l->n_out >= l->n_judged || (l->n_ended == SIZE_MAX && l->n_judged < l->n_out + l->width))
		return false;
	float gain = next_gain(l);
	for (size_t c = 0; c < l->n_channels; c++)
		planes[c][to] = l->planes[c][l->n_out & (l->room - 1)] * gain;
	l->n_out++;
	return true;
}

size_t limiter_add(struct limiter *l, float *const *planes, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c < l->n_channels; c++) {
			float x = planes[c][i] * l->gain;
			l->planes[c][l->n_in & (l->room - 1)] = isfinite(x) ? x : 0.0f;
		}
		l->n_in++;
		/* Never more out than came in: the place is free. */
		out += put_next(l, planes, out);
	}
	return out;
}

size_t limiter_drain(struct limiter *l, float *const *planes, size_t n)
{
	size_t out = 0;
	l->n_ended = l->n_in;
	while (out < n && put_next(l, planes, out))
		out++;
	return out;
}
