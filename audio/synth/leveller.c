/* SPDX-License-Identifier: MIT */
#include "audio/synth/leveller.h"

#include <stdbool.h>

#include "audio/synth/fmath.h"
#include "audio/synth/loudness.h"
#include "audio/synth/plan.h"

static const double wanted_lufs = -16.0;
static const double absolute_gate_lufs = -70.0, relative_gate_lu = -10.0;
static const double most_db = 9.0, least_db = -60.0;
/* Weight of all blocks together: what the first guess counts for, and what the memory holds at most. */
static const double least_weight = 20.0, most_weight = 450.0;

/* A single stroke's loudest block lies about 7 LU above what it integrates to; what exceeds the programme by more than
 * this is turned down at once. */
static const double headroom_lu = 9.0;
static const double surprise_lu = 4.0, forget_up = 0.85, forget_down = 0.7;
enum { HOPS_BELOW = 40, NOTES_BELOW = 3 };
static const double rise_db = 0.6, fall_db = -12.0; /* a hop, at most */

static double lufs(double power)
{
	return power > 1e-12 ? k_offset_db + db_of_power(power) : -121.0;
}

static int bin_of(double loudness)
{
	return (int)fmath_clamp(loudness - LEVELLER_LOWEST, 0.0, LEVELLER_BINS - 1);
}

static void learn(struct leveller *l, double power)
{
	int bin = bin_of(lufs(power));
	l->weight[bin] += 1.0;
	l->power[bin] += power;
}

static void forget(struct leveller *l, double factor)
{
	for (int i = 0; i < LEVELLER_BINS; i++) {
		l->weight[i] *= factor;
		l->power[i] *= factor;
	}
}

static double weight(const struct leveller *l)
{
	double sum = 0.0;
	for (int i = 0; i < LEVELLER_BINS; i++)
		sum += l->weight[i];
	return sum;
}

/* Mean square of what lies above a gate. */
static double mean_above(const struct leveller *l, double gate)
{
	double n = 0.0, sum = 0.0;
	for (int i = bin_of(gate); i < LEVELLER_BINS; i++) {
		n += l->weight[i];
		sum += l->power[i];
	}
	return n > 0.0 ? sum / n : 0.0;
}

static double gate_of(const struct leveller *l)
{
	return lufs(mean_above(l, absolute_gate_lufs - l->gain_db)) + relative_gate_lu;
}

static double recent(const struct leveller *l, uint32_t n_hops)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < n_hops; i++)
		sum += l->hops[(l->at - 1 - i + LEVELLER_SHORT) % LEVELLER_SHORT];
	return sum / n_hops;
}

/* How loud the programme is, as far as it is known. */
static double programme(const struct leveller *l)
{
	return lufs(mean_above(l, gate_of(l)));
}

void leveller_init(struct leveller *l)
{
	*l = (struct leveller){.at = LEVELLER_SHORT};
	/* A note of ordinary level, falling by 15 dB a second. */
	double loudest = plan_full_lufs - 4.0;
	for (int i = 0; i < least_weight; i++)
		learn(l, power_of_db(loudest - 1.5 * i - k_offset_db));
	l->gain_db = wanted_lufs - programme(l);
	l->gain = (float)fmath_exp2(l->gain_db * 0.166096404744368118);
}

void leveller_note(struct leveller *l)
{
	l->notes_below++;
}

static void listen(struct leveller *l)
{
	double block = recent(l, LEVELLER_BLOCK), loudness = lufs(block);
	if (loudness + l->gain_db < absolute_gate_lufs)
		return;
	if (lufs(recent(l, LEVELLER_SHORT)) > programme(l) + surprise_lu)
		forget(l, forget_up);
	if (loudness > gate_of(l))
		l->notes_below = l->hops_below = 0;
	else
		l->hops_below++;
	if (l->hops_below > HOPS_BELOW && l->notes_below >= NOTES_BELOW)
		forget(l, forget_down);
	double all = weight(l);
	if (all > most_weight)
		forget(l, most_weight / all);
	learn(l, block);
}

static void flush(pair *x)
{
	for (int i = 0; i < 2; i++)
		(*x)[i] = (*x)[i] < 1e-15 && (*x)[i] > -1e-15 ? 0.0 : (*x)[i];
}

static void end_hop(struct leveller *l)
{
	l->hops[l->at++ % LEVELLER_SHORT] = (l->square[0] + l->square[1]) / LEVELLER_HOP;
	l->square = pair_of(0.0);
	l->n_frames = 0;
	for (int i = 0; i < 2; i++) {
		flush(&l->shelf[i]);
		flush(&l->highpass[i]);
	}
	listen(l);
	double loudness = lufs(recent(l, LEVELLER_BLOCK));
	double known = programme(l);
	double target = wanted_lufs - (loudness - headroom_lu > known ? loudness - headroom_lu : known);
	target = fmath_clamp(target, least_db, most_db);
	l->gain_db += fmath_clamp(target - l->gain_db, fall_db, rise_db);
	float next = (float)fmath_exp2(l->gain_db * 0.166096404744368118); /* log2(10) / 20 */
	l->slope = (next - l->gain) * (1.0f / LEVELLER_HOP);
}

static pair filter(const struct biquad *q, pair memory[2], pair x)
{
	pair y = pair_of(q->b0) * x + memory[0];
	memory[0] = pair_of(q->b1) * x - pair_of(q->a1) * y + memory[1];
	memory[1] = pair_of(q->b2) * x - pair_of(q->a2) * y;
	return y;
}

static void run(struct leveller *l, float *left, float *right, size_t n)
{
	pair shelf[2] = {l->shelf[0], l->shelf[1]}, highpass[2] = {l->highpass[0], l->highpass[1]}, square = l->square;
	float gain = l->gain, slope = l->slope;
	for (size_t i = 0; i < n; i++) {
		pair x = filter(&k_highpass, highpass, filter(&k_shelf, shelf, (pair){left[i], right[i]}));
		square += x * x;
		gain += slope;
		left[i] *= gain;
		right[i] *= gain;
	}
	for (int i = 0; i < 2; i++) {
		l->shelf[i] = shelf[i];
		l->highpass[i] = highpass[i];
	}
	l->square = square;
	l->gain = gain;
}

void leveller_process(struct leveller *l, float *left, float *right, size_t n)
{
	while (n > 0) {
		size_t count = LEVELLER_HOP - l->n_frames;
		if (count > n)
			count = n;
		run(l, left, right, count);
		l->n_frames += (uint32_t)count;
		if (l->n_frames == LEVELLER_HOP)
			end_hop(l);
		left += count;
		right += count;
		n -= count;
	}
}
