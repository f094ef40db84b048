/* SPDX-License-Identifier: MIT */
#include "audio/synth/voice.h"

#include "audio/synth/fmath.h"
#include "audio/synth/lanes.h"

enum { POWER_PERIOD = 8 }; /* quanta between new looks at a voice's power */

static void voice_set_noise(struct voice *v, const struct band *band)
{
	v->noise = (struct resonance){0};
	if (band->width <= 0.0 || band->cycles > 0.45)
		return;
	/* Poles at radius r: width = (1 - r) / pi; the output's mean square is (1 - r^2) / 2 of the input's. */
	double r = 1.0 - fmath_clamp(3.14159265358979324 * band->width, 1e-5, 0.5), rr = r * r;
	v->noise.a1 = -(1.0 + rr) * fmath_phasor(band->cycles).re;
	v->noise.a2 = rr;
	double root = (double)__builtin_sqrtf((float)(0.5 * (1.0 - rr) * (1.0 / 3.0))); /* of uniform noise */
	v->noise.gain = band->amplitude / root * 0.5 * (1.0 - rr);
	v->noise.random = band->random;
}

/* 0 to 1 over attack, 1 for hold, back to 0 over release, without corners. */
static float envelope(const struct voice *v, uint32_t quantum)
{
	uint32_t n = v->attack, into = quantum;
	if (quantum >= v->attack) {
		n = v->release;
		uint32_t left = v->attack + v->hold + v->release;
		into = quantum >= left ? 0 : left - quantum;
		if (into >= n)
			return 1.0f;
	}
	float x = (float)into / (float)n;
	return x * x * (3.0f - 2.0f * x);
}

static uint32_t voice_span(const struct voice *v)
{
	return v->attack + v->hold + v->release;
}

static void voice_look(struct voice *v)
{
	float power = bank_power(&v->bank) + (float)(v->noise.y1 * v->noise.y1 + v->noise.y2 * v->noise.y2);
	/* A swell that only begins is soft and must not be the first to go. */
	if (voice_span(v) > 0 && v->age >= v->attack) {
		float gain = envelope(v, v->age);
		power *= gain * gain;
	}
	v->power = power;
}

void voice_start(struct voice *v, struct plan *plan, float left, float right)
{
	bank_set(&v->bank, plan);
	voice_set_noise(v, &plan->noise);
	v->is_sounding = v->bank.n > 0 || v->noise.gain > 0.0;
	v->attack = plan->attack;
	v->hold = plan->hold;
	v->release = plan->release;
	v->age = 0;
	v->at = VOICE_QUANTUM;
	v->left = left;
	v->right = right;
	voice_look(v);
	if (v->noise.gain > 0.0)
		v->power += (float)(plan->noise.amplitude * plan->noise.amplitude);
}

static void voice_add_noise(struct voice *v)
{
	struct resonance *r = &v->noise;
	for (int i = 0; i < VOICE_QUANTUM; i++) {
		r->random = r->random * 1664525u + 1013904223u; /* Numerical Recipes' generator; its high bits serve */
		double x = (double)(int32_t)r->random * (1.0 / 2147483648.0);
		double y = r->gain * (x - r->x2) - r->a1 * r->y1 - r->a2 * r->y2;
		r->x2 = r->x1;
		r->x1 = x;
		r->y2 = r->y1;
		r->y1 = y;
		v->frames[i] += (float)y;
	}
}

static void voice_shape(struct voice *v)
{
	float from = envelope(v, v->age), slope = (envelope(v, v->age + 1) - from) * (1.0f / VOICE_QUANTUM);
	for (int i = 0; i < VOICE_QUANTUM; i++)
		v->frames[i] *= from + slope * (float)(i + 1);
}

/* False when nothing is left to be heard. */
static bool voice_next_quantum(struct voice *v, bank_sum *sum)
{
	bool lives = bank_trim(&v->bank, v->age) || v->noise.gain > 0.0;
	v->is_sounding = lives && (voice_span(v) == 0 || v->age < voice_span(v));
	if (!v->is_sounding)
		return false;
	sum(&v->bank, v->frames);
	bank_leap(&v->bank);
	if (v->noise.gain > 0.0)
		voice_add_noise(v);
	if (voice_span(v) > 0)
		voice_shape(v);
	v->age++;
	v->at = 0;
	if (v->age % POWER_PERIOD == 0)
		voice_look(v);
	return true;
}

void voice_mix(struct voice *v, bank_sum *sum, float *left, float *right, size_t n)
{
	lanes gain_left = lanes_of(v->left), gain_right = lanes_of(v->right);
	while (n > 0) {
		if (v->at == VOICE_QUANTUM && !voice_next_quantum(v, sum))
			return;
		size_t count = VOICE_QUANTUM - v->at;
		if (count > n)
			count = n;
		const float *from = v->frames + v->at;
		size_t i = 0;
		for (; i + LANES <= count; i += LANES) {
			lanes x = lanes_load(from + i);
			lanes_store(left + i, lanes_load(left + i) + x * gain_left);
			lanes_store(right + i, lanes_load(right + i) + x * gain_right);
		}
		for (; i < count; i++) {
			left[i] += from[i] * v->left;
			right[i] += from[i] * v->right;
		}
		v->at += (uint32_t)count;
		left += count;
		right += count;
		n -= count;
	}
}
