/* SPDX-License-Identifier: MIT */
#include "transcripts/media_limiter.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/media_loudness.h"

enum { AROUND = 24, HALF = 12 };
#define MOST_BETWEEN 2.5f /* a value between samples, next to the largest of them */

/* A frame goes through three lines: the interpolation sees HALF frames around it, then its gain is the least of the
 * next `width`, released slowly, then the mean of `width` of those. So at a peak the mean is over gains that all
 * know of it. */
struct limiter {
	size_t n_channels, width, room; /* room: of each plane, a power of two */
	float gain, ceiling, release;
	float *planes[LOUDNESS_CHANNELS]; /* what came in, as a ring that is there twice */
	float *wanted;                  /* the gain that each frame wants, as a ring */
	float *smooth;                  /* the last `width` released gains, as a ring */
	size_t *least;                  /* frames of growing wanted gain: the first is the least of the window */
	size_t first_least, n_least;
	size_t n_in, n_judged, n_out;
	size_t n_loud;                  /* frames up to the last one that may make a peak */
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
		l->planes[c] = mem_new(2 * l->room, sizeof(float));
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

/* Puts a frame's value where it is found, twice: what begins near the ring's end goes on behind it. */
static void put_value(struct limiter *l, size_t channel, size_t frame, float x)
{
	size_t at = frame & (l->room - 1);
	l->planes[channel][at] = l->planes[channel][at + l->room] = x;
}

/* The largest value at frame i and up to the next one. Before the first and after the last frame there is silence. */
static float peak_at(const struct limiter *l, size_t i)
{
	float most = 0;
	/* Between samples it is at most about twice as much as at the largest of those around. */
	if (l->n_loud + HALF <= i + 1)
		return 0;
	for (size_t c = 0; c < l->n_channels; c++) {
		const float *around = l->planes[c] + ((i - (HALF - 1)) & (l->room - 1));
		most = fmaxf(most, fmaxf(fabsf(around[HALF - 1]), loudness_between(around + HALF - 1)));
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
			put_value(l, c, l->n_in, isfinite(x) ? x : 0.0f);
			if (fabsf(x) * MOST_BETWEEN > l->ceiling)
				l->n_loud = l->n_in + 1;
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
	for (size_t c = 0; l->n_ended == SIZE_MAX && c < l->n_channels; c++)
		for (size_t i = 0; i < AROUND; i++)
			put_value(l, c, l->n_in + i, 0.0f);
	l->n_ended = l->n_in;
	while (out < n && put_next(l, planes, out))
		out++;
	return out;
}
