/* SPDX-License-Identifier: MIT */
#include "audio/synth/voice.h"

#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"

static uint32_t audible_quanta(const struct partial *p)
{
	double size = p->amplitude < 0.0 ? -p->amplitude : p->amplitude;
	if (size <= voice_inaudible)
		return 0;
	if (p->log2_decay >= 0.0)
		return UINT32_MAX;
	double frames = (fmath_log2(voice_inaudible) - fmath_log2(size)) / p->log2_decay;
	return (uint32_t)fmath_clamp(frames / VOICE_QUANTUM + 1.0, 1.0, 1e9);
}

/* Longest-lived first. Plans come nearly sorted, so insertion is the right kind. */
static void sort_by_life(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n; i++)
		plan->partials[i].n_quanta = audible_quanta(&plan->partials[i]);
	for (uint32_t i = 1; i < plan->n; i++) {
		struct partial p = plan->partials[i];
		uint32_t to = i;
		for (; to > 0 && plan->partials[to - 1].n_quanta < p.n_quanta; to--)
			plan->partials[to] = plan->partials[to - 1];
		plan->partials[to] = p;
	}
}

static struct phasor phasor_scale(struct phasor a, double factor)
{
	return (struct phasor){a.re * factor, a.im * factor};
}

static void voice_set_partial(struct voice *v, uint32_t i, const struct partial *p)
{
	struct phasor turn = phasor_scale(fmath_phasor(p->cycles), fmath_exp2(p->log2_decay));
	struct phasor now = phasor_scale(fmath_phasor(p->phase), p->amplitude);
	struct phasor step = {1.0, 0.0};
	for (int lane = 0; lane < LANES; lane++) {
		/* Turned before the first use: a sine's sample at its start is 0, and the note is to begin on its frame. */
		now = phasor_times(now, turn);
		step = phasor_times(step, turn);
		v->re[i][lane] = (float)now.re;
		v->im[i][lane] = (float)now.im;
	}
	struct phasor leap = phasor_times(step, step);
	leap = phasor_times(leap, leap);
	leap = phasor_times(leap, leap);
	v->step_re[i] = (float)step.re;
	v->step_im[i] = (float)step.im;
	v->leap_re[i] = (float)leap.re;
	v->leap_im[i] = (float)leap.im;
	v->n_quanta[i] = p->n_quanta;
}
_Static_assert(VOICE_STEPS == 8, "a leap is a step squared three times");

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

void voice_start(struct voice *v, struct plan *plan, float left, float right)
{
	sort_by_life(plan);
	while (plan->n > 0 && plan->partials[plan->n - 1].n_quanta == 0)
		plan->n--;
	for (uint32_t i = 0; i < plan->n; i++)
		voice_set_partial(v, i, &plan->partials[i]);
	v->n_partials = plan->n;
	voice_set_noise(v, &plan->noise);
	v->is_sounding = plan->n > 0 || v->noise.gain > 0.0;
	v->attack = plan->attack;
	v->hold = plan->hold;
	v->release = plan->release;
	v->age = 0;
	v->at = VOICE_QUANTUM;
	v->left = left;
	v->right = right;
}

/* One quantum of all partials. A sine of any decay obeys y[k+1] = 2 Re(step) y[k] - |step|^2 y[k-1], which is half
 * the work of turning the phasor; its rounding errors would grow in the long run, so each quantum starts again from
 * the phasor, which leaps. The sums are eight variables and not an array: so they stay in registers. */
static void voice_sum_partials(struct voice *v)
{
	lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0}, sum4 = {0}, sum5 = {0}, sum6 = {0}, sum7 = {0};
	for (uint32_t i = 0; i < v->n_partials; i++) {
		lanes re = v->re[i], im = v->im[i];
		float step_re = v->step_re[i], step_im = v->step_im[i];
		lanes leap_re = lanes_of(v->leap_re[i]), leap_im = lanes_of(v->leap_im[i]);
		v->re[i] = re * leap_re - im * leap_im;
		v->im[i] = re * leap_im + im * leap_re;
		lanes twice = lanes_of(2.0f * step_re), decay = lanes_of(step_re * step_re + step_im * step_im);
		lanes odd = re * lanes_of(step_im) + im * lanes_of(step_re), even = im;
		sum0 += even;
		sum1 += odd;
		sum2 += even = twice * odd - decay * even;
		sum3 += odd = twice * even - decay * odd;
		sum4 += even = twice * odd - decay * even;
		sum5 += odd = twice * even - decay * odd;
		sum6 += even = twice * odd - decay * even;
		sum7 += twice * even - decay * odd;
	}
	const lanes sums[VOICE_STEPS] = {sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7};
	for (int k = 0; k < VOICE_STEPS; k++)
		lanes_store(v->frames + k * LANES, sums[k]);
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

static void voice_shape(struct voice *v)
{
	float from = envelope(v, v->age), slope = (envelope(v, v->age + 1) - from) * (1.0f / VOICE_QUANTUM);
	for (int i = 0; i < VOICE_QUANTUM; i++)
		v->frames[i] *= from + slope * (float)(i + 1);
}

/* False when nothing is left to be heard; the voice is then free. */
static bool voice_next_quantum(struct voice *v)
{
	uint32_t n = v->n_partials, total = v->attack + v->hold + v->release;
	while (n > 0 && v->n_quanta[n - 1] <= v->age)
		n--;
	v->n_partials = n;
	v->is_sounding = total > 0 ? v->age < total && (n > 0 || v->noise.gain > 0.0) : n > 0;
	if (!v->is_sounding)
		return false;
	voice_sum_partials(v);
	if (v->noise.gain > 0.0)
		voice_add_noise(v);
	if (total > 0)
		voice_shape(v);
	v->age++;
	v->at = 0;
	return true;
}

void voice_mix(struct voice *v, float *left, float *right, size_t n)
{
	lanes gain_left = lanes_of(v->left), gain_right = lanes_of(v->right);
	while (n > 0) {
		if (v->at == VOICE_QUANTUM && !voice_next_quantum(v))
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

float voice_loudness(const struct voice *v)
{
	float sum = 0.0f;
	uint32_t n = v->n_partials < 4 ? v->n_partials : 4;
	for (uint32_t i = 0; i < n; i++)
		sum += v->re[i][0] * v->re[i][0] + v->im[i][0] * v->im[i][0];
	sum += (float)(v->noise.y1 * v->noise.y1 + v->noise.y2 * v->noise.y2);
	if (v->attack + v->hold + v->release > 0) {
		float gain = envelope(v, v->age);
		/* A swell that only begins is soft and must not be the first to go. */
		if (v->age >= v->attack)
			sum *= gain * gain;
	}
	return sum;
}
