/* SPDX-License-Identifier: MIT */
#include "audio/ranking.h"

#include <stddef.h>


#include "audio/synth/fmath.h" /* a libm's logarithm differs from machine to machine, and with it which tone is played */

static const double bins_an_octave = 8;
static const double lowest_octave = -44; /* far below a satoshi in BTC; the highest is 2^80, a million ether in wei */

void ranking_init(struct ranking *r)
{
	*r = (struct ranking){.next = 1};
}

/* 0 is below all others. NaN and what is negative count as 0. */
static size_t bin_of(double magnitude)
{
	if (!(magnitude > 0))
		return 0;
	if (magnitude > 1e300)
		magnitude = 1e300;
	if (magnitude < 1e-300)
		magnitude = 1e-300;
	return (size_t)fmath_clamp((fmath_log2(magnitude) - lowest_octave) * bins_an_octave + 1, 1, RANKING_BINS - 1);
}

void ranking_add(struct ranking *r, double magnitude)
{
	static const double most = 1e100;
	r->bins[bin_of(magnitude)] += r->next;
	r->total += r->next;
	r->next *= 1 + 0.6931471805599453 / RANKING_HALF_LIFE; /* later ones weigh more: so the old ones fade */
	if (r->next < most)
		return;
	for (size_t i = 0; i < RANKING_BINS; i++)
		r->bins[i] /= most;
	r->total /= most;
	r->next /= most;
}

double ranking_of(const struct ranking *r, double magnitude, double among)
{
	size_t bin = bin_of(magnitude);
	double below = 0;
	for (size_t i = 0; i < bin; i++)
		below += r->bins[i];
	return fmath_clamp((below + among * (r->bins[bin] + r->next)) / (r->total + r->next), 0, 1);
}
