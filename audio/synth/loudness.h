/* loudness.h - K-weighting after ITU-R BS.1770-4, Annex 1: a shelf for the head, a high pass, then the mean square of both
 * channels. The response by itself tells a plan how loud its partials will be; the filter tells the leveller how loud
 * everything is. 48 kHz only. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_LOUDNESS_H
#define AUDIO_SYNTH_LOUDNESS_H

#include "audio/synth/fmath.h"

/* y = b0 x + b1 x' + b2 x" - a1 y' - a2 y" */
struct biquad {
	double b0, b1, b2, a1, a2;
};

static const struct biquad k_shelf = {1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585};
static const struct biquad k_highpass = {1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621};

/* LUFS of a mean square p, both channels added: -0.691 + 10 log10 p. */
static const double k_offset_db = -0.691;

static inline double biquad_power_response(const struct biquad *q, double cycles)
{
	struct phasor z = fmath_phasor(cycles), zz = phasor_times(z, z);
	double top_re = q->b0 + q->b1 * z.re + q->b2 * zz.re, top_im = q->b1 * z.im + q->b2 * zz.im;
	double bottom_re = 1.0 + q->a1 * z.re + q->a2 * zz.re, bottom_im = q->a1 * z.im + q->a2 * zz.im;
	return (top_re * top_re + top_im * top_im) / (bottom_re * bottom_re + bottom_im * bottom_im);
}

/* By how much the weighting multiplies the power of a sine. */
static inline double k_weight(double cycles)
{
	return biquad_power_response(&k_shelf, cycles) * biquad_power_response(&k_highpass, cycles);
}

static inline double db_of_power(double power)
{
	return 3.01029995663981195 * fmath_log2(power);
}

static inline double power_of_db(double db)
{
	return fmath_exp2(db * 0.332192809488736235);
}

#endif
