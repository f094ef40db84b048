/* loudness_meter.h - for the tests: ITU-R BS.1770's K-weighted mean square of every 100 ms, written down once more so that
 * the synthesizer isn't measured with its own yardstick. 48 kHz, float [n][2].
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_AUDIO_LOUDNESS_METER_H
#define TESTS_AUDIO_LOUDNESS_METER_H

#include <math.h>
#include <stddef.h>

#include "base/mem.h"

enum { METER_HOP = 4800 };

/* n_frames / METER_HOP mean squares, both channels added; owned by the caller. */
static inline double *meter_hops(const float *out, size_t n_frames)
{
	size_t n = n_frames / METER_HOP;
	double *hops = mem_new(n + 1, sizeof *hops);
	for (size_t side = 0; side < 2; side++) {
		double x1 = 0, x2 = 0, y1 = 0, y2 = 0, z1 = 0, z2 = 0;
		for (size_t i = 0; i < n * METER_HOP; i++) {
			double x = (double)out[2 * i + side];
			double y = 1.53512485958697 * x - 2.69169618940638 * x1 + 1.19839281085285 * x2 + 1.69065929318241 * y1 - 0.73248077421585 * y2;
			double z = y - 2.0 * y1 + y2 + 1.99004745483398 * z1 - 0.99007225036621 * z2;
			x2 = x1, x1 = x, y2 = y1, y1 = y, z2 = z1, z1 = z;
			hops[i / METER_HOP] += z * z / METER_HOP;
		}
	}
	return hops;
}

/* LUFS of n hops from one on; -120 for silence. */
static inline double meter_lufs(const double *hops, size_t from, size_t n)
{
	double sum = 0.0;
	for (size_t i = 0; i < n; i++)
		sum += hops[from + i];
	return -0.691 + 10.0 * log10(fmax(sum / (double)n, 1e-12));
}

/* The loudest n hops of those in from...to. */
static inline double meter_loudest(const double *hops, size_t from, size_t to, size_t n)
{
	double most = -120.0;
	for (size_t i = from; i + n <= to; i++)
		most = fmax(most, meter_lufs(hops, i, n));
	return most;
}

#endif
