/* media_loudness.h - how loud a recording is, while it is decoded: ITU-R BS.1770-4 and EBU R 128 (integrated
 * loudness, EBU Tech 3342's range, true peak), and the peaks of its waveform. For the media child. Pure. The
 * K-weighting runs over eight stretches of time side by side: each starts half a tenth of a second early, in
 * silence, after which the filter has forgotten where it began to 75 dB. The four-fold interpolation for the true
 * peak is left out where it can't find a higher one: no interpolated value exceeds the largest sample around it
 * times the sum of the filter's coefficients.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_LOUDNESS_H
#define TRANSCRIPTS_MEDIA_LOUDNESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct loudness;

enum { LOUDNESS_CHANNELS = 8, LOUDNESS_HOPS = 12 * 3600 * 10 };

/* weights: a channel's, 1 but for the surround ones (1.41) and LFE (0). 1 <= n_channels <= LOUDNESS_CHANNELS, 4000 <=
 * sample_rate <= 768000; NULL otherwise. */
struct loudness *loudness_create(int sample_rate, int n_channels, const float *weights);
void loudness_destroy(struct loudness *l); /* accepts NULL */
/* n frames, a plane a channel; full scale is 1. Not finite ones count as silence. What is over twelve hours is left
 * out. */
void loudness_add(struct loudness *l, const float *const *planes, size_t n);

struct loudness_result {
	double lufs;         /* integrated; -INFINITY: silence, or shorter than 400 ms */
	double range_lu;     /* loudness range; 0 where there is none */
	double true_peak_db; /* dBTP; -INFINITY: silence */
	uint64_t n_frames;
};
/* After the last frame. peaks gets a byte for each tenth of a second: the largest sample of any channel in quarters
 * of a decibel below 255 = full scale, 0 = below -63.75 dB. */
void loudness_result(struct loudness *l, struct loudness_result *result, struct buf *peaks);

/* The interpolation between two samples, for whoever must hold a true peak: the largest |value| at the three quarters
 * between x[0] and x[1]; x[-11] to x[12] are read. */
float loudness_between(const float *x);

#endif
