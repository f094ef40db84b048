/* The laws by which a magnitude becomes a place between the lowest tone and the highest.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "audio/score_rules.h"
#include "audio/synth/fmath.h" /* logarithms that are the same on every machine, so that the notes are */

/* Both formulas fall with the logarithm to a base b that solves b^100 = 1000 + b: from 100 for nothing to 0 for 1000,
 * of px in the one and of bitcoins in the other. */
static const double base = 1.0715307808111486871978099;

static double pitch_of(double x)
{
	return 100.0 - fmath_clamp(fmath_log2(x + base) / fmath_log2(base), 0.0, 100.0);
}

struct hatnote hatnote_law(double n_bytes)
{
	static const double px_per_root_byte = 5.0, least_radius = 3.0;
	struct hatnote h = {.radius = sqrt(fabs(n_bytes)) * px_per_root_byte};
	if (!(h.radius > least_radius)) /* NaN too */
		h.radius = least_radius;
	h.pitch = pitch_of(h.radius);
	return h;
}

struct bitlisten bitlisten_law(double bitcoins)
{
	double x = fmath_clamp(bitcoins, 0.0, 1e12);
	return (struct bitlisten){.pitch = pitch_of(x), .volume = fmath_clamp(x / (1000.0 / 0.4) + 0.3, 0.3, 0.7)};
}

/* The logarithm between the two ends. */
static double share(const struct score_rules *r, double magnitude)
{
	double x = fmath_clamp(magnitude, r->least, r->most);
	return fmath_log2(x / r->least) / fmath_log2(r->most / r->least);
}

struct pitch score_pitch(const struct score_rules *r, double magnitude, double rank)
{
	switch (r->law) {
	case LAW_HATNOTE: {
		double pitch = hatnote_law(magnitude).pitch / 100.0;
		return (struct pitch){pitch, 1.0 - pitch};
	}
	case LAW_BITLISTEN: {
		struct bitlisten b = bitlisten_law(magnitude);
		return (struct pitch){b.pitch / 100.0, (b.volume - 0.3) / 0.4};
	}
	case LAW_LOG: break;
	}
	double weight = r->has_magnitudes ? share(r, magnitude) : rank;
	return (struct pitch){1.0 - weight, weight};
}
