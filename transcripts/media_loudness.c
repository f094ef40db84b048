/* SPDX-License-Identifier: MIT */
#include "transcripts/media_loudness.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
	LANES = 8,
	HOPS_A_LANE = 2,
	TAPS = 24,          /* of each phase: 12 samples on either side */
	BLOCK = 32,         /* frames that are left out of the interpolation, or not, together */
	MARGIN = 64,        /* frames before the new ones that the interpolation reads */
	GATING_HOPS = 4,    /* 400 ms, every 100 ms */
	RANGE_HOPS = 30,    /* 3 s */
};

typedef float lanes __attribute__((vector_size(32)));
typedef float lanes_anywhere __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t lanes_bits __attribute__((vector_size(32)));

struct biquad {
	float b0, b1, b2, a1, a2;
};

struct weighting {
	struct biquad shelf, highpass;
};

struct channel {
	float weight;
	float *room;          /* `early` frames of before, then up to a round's */
};

struct loudness {
	size_t n_channels, hop, round, early, n_held;
	struct channel channels[LOUDNESS_CHANNELS];
	struct weighting weighting;
	double *energies;       /* a hop's weighted mean square, all channels */
	uint8_t *peaks;         /* each hop's */
	size_t n_hops, room;
	float true_peak;
	float *peak_of_hop;     /* of the round */
	uint64_t n_frames;
	double round_energies[LANES * HOPS_A_LANE];
	void (*weigh)(const float *x, size_t n_lane, size_t n_early, size_t hop, const struct weighting *w, double *energies);
	float (*interpolate)(const float *x, size_t n, float most);
};

/* ---- K-weighting ---- */

/* BS.1770-4 gives both filters at 48 kHz only; these are the analogue ones behind them, as EBU's and all meters take
 * them. */
static struct weighting weighting_at(double rate)
{
	double k = tan(M_PI * 1681.974450955533 / rate), q = 0.7071752369554196;
	double high = pow(10.0, 3.999843853973347 / 20.0), middle = pow(high, 0.4996667741545416);
	double a0 = 1.0 + k / q + k * k;
	struct weighting w;
	w.shelf = (struct biquad){(float)((high + middle * k / q + k * k) / a0), (float)(2.0 * (k * k - high) / a0),
		(float)((high - middle * k / q + k * k) / a0), (float)(2.0 * (k * k - 1.0) / a0),
		(float)((1.0 - k / q + k * k) / a0)};
	k = tan(M_PI * 38.13547087602444 / rate);
	q = 0.5003270373238773;
	a0 = 1.0 + k / q + k * k;
	w.highpass = (struct biquad){1.0f, -2.0f, 1.0f, (float)(2.0 * (k * k - 1.0) / a0), (float)((1.0 - k / q + k * k) / a0)};
	return w;
}

#define LANES_OF(v) ((lanes){(v), (v), (v), (v), (v), (v), (v), (v)})

/* x: where the first lane begins; lane i begins n_lane further on each, all n_early before. energies: of each lane's
 * hops. */
static inline __attribute__((always_inline)) void weigh_lanes(const float *x, size_t n_lane, size_t n_early, size_t hop,
	const struct weighting *w, double *energies)
{
	const lanes b0 = LANES_OF(w->shelf.b0), b1 = LANES_OF(w->shelf.b1), b2 = LANES_OF(w->shelf.b2);
	const lanes a1 = LANES_OF(w->shelf.a1), a2 = LANES_OF(w->shelf.a2);
	const lanes h1 = LANES_OF(w->highpass.a1), h2 = LANES_OF(w->highpass.a2);
	lanes s1 = {0}, s2 = {0}, t1 = {0}, t2 = {0};
	const float *p = x - n_early;
	for (size_t part = 0; part <= HOPS_A_LANE; part++) {
		size_t n = part ? hop : n_early;
		lanes sum = {0};
		for (size_t i = 0; i < n; i++, p++) {
			lanes v = {p[0], p[n_lane], p[2 * n_lane], p[3 * n_lane], p[4 * n_lane], p[5 * n_lane], p[6 * n_lane],
				p[7 * n_lane]};
			lanes y = b0 * v + s1;
			s1 = b1 * v - a1 * y + s2;
			s2 = b2 * v - a2 * y;
			lanes z = y + t1;
			t1 = t2 - (y + y) - h1 * z;
			t2 = y - h2 * z;
			sum += z * z;
		}
		for (size_t lane = 0; part && lane < LANES; lane++)
			energies[lane * HOPS_A_LANE + part - 1] += (double)sum[lane];
	}
}

static void weigh_plain(const float *x, size_t n_lane, size_t n_early, size_t hop, const struct weighting *w,
	double *energies)
{
	weigh_lanes(x, n_lane, n_early, hop, w, energies);
}

/* ---- true peak ---- */

/* What comes nearest, by least squares, to a delay of a quarter and of half a sample from 0 to 0.45 cycles: within
 * 0.1 dB up to 0.43. Three quarters is the quarter's mirror. */
static const float quarter[TAPS] = {
	-0.002276235f, 0.004109652f, -0.006653191f, 0.010091643f, -0.014683541f, 0.020827124f, -0.029204349f, 0.041130570f,
	-0.059551262f, 0.092696480f, -0.175271833f, 0.898188160f, 0.299525590f, -0.125357321f, 0.076008585f, -0.051771114f,
	0.036950119f, -0.026799690f, 0.019402811f, -0.013837012f, 0.009597757f, -0.006377163f, 0.003967118f, -0.002213060f,
};
static const float half[TAPS] = {
	-0.003170710f, 0.005703828f, -0.009200793f, 0.013900269f, -0.020129792f, 0.028383685f, -0.039489547f, 0.054999807f,
	-0.078256471f, 0.118010876f, -0.206516621f, 0.634705853f, 0.634705853f, -0.206516621f, 0.118010876f, -0.078256471f,
	0.054999807f, -0.039489547f, 0.028383685f, -0.020129792f, 0.013900269f, -0.009200793f, 0.005703828f, -0.003170710f,
};
/* The largest sum of a phase's coefficients without their signs. */
static const float most_gain = 2.4254f;

#define TAKE_LARGER(a, b) do { \
	lanes_bits larger = (b) > (a); \
	(a) = (lanes)(((lanes_bits)(b) & larger) | ((lanes_bits)(a) & ~larger)); \
} while (0)

/* n: a multiple of LANES. A quarter and three quarters are half the sum and half the difference of what the filters'
 * even and odd parts give: the larger of the two is half of both without their signs. */
static inline __attribute__((always_inline)) float interpolate_lanes(const float *x, size_t n, float most)
{
	const lanes_bits no_sign = (lanes_bits)LANES_OF(0.0f) + 0x7FFFFFFF;
	lanes top = LANES_OF(most);
	for (size_t i = 0; i < n; i += LANES) {
		lanes middle = {0}, even = {0}, odd = {0};
		const float *first = x + i - (TAPS / 2 - 1), *last = first + TAPS - 1;
		for (size_t k = 0; k < TAPS / 2; k++) {
			lanes a = *(const lanes_anywhere *)(first + k), b = *(const lanes_anywhere *)(last - k);
			lanes sum = a + b, difference = a - b;
			middle += sum * half[k];
			even += sum * (0.5f * (quarter[k] + quarter[TAPS - 1 - k]));
			odd += difference * (0.5f * (quarter[k] - quarter[TAPS - 1 - k]));
		}
		middle = (lanes)((lanes_bits)middle & no_sign);
		even = (lanes)((lanes_bits)even & no_sign);
		odd = (lanes)((lanes_bits)odd & no_sign);
		even += odd;
		TAKE_LARGER(top, middle);
		TAKE_LARGER(top, even);
	}
	for (size_t lane = 0; lane < LANES; lane++)
		most = top[lane] > most ? top[lane] : most;
	return most;
}

static float interpolate_plain(const float *x, size_t n, float most)
{
	return interpolate_lanes(x, n, most);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void weigh_avx2(const float *x, size_t n_lane, size_t n_early, size_t hop,
	const struct weighting *w, double *energies)
{
	weigh_lanes(x, n_lane, n_early, hop, w, energies);
}

__attribute__((target("avx2"))) static float interpolate_avx2(const float *x, size_t n, float most)
{
	return interpolate_lanes(x, n, most);
}
#endif

float loudness_between(const float *x)
{
	float one = 0, two = 0, three = 0;
	for (int k = 0; k < TAPS; k++) {
		one += x[k - (TAPS / 2 - 1)] * quarter[k];
		two += x[k - (TAPS / 2 - 1)] * half[k];
		three += x[k - (TAPS / 2 - 1)] * quarter[TAPS - 1 - k];
	}
	return fmaxf(fmaxf(fabsf(one), fabsf(two)), fabsf(three));
}

/* ---- gathering ---- */

struct loudness *loudness_create(int sample_rate, int n_channels, const float *weights)
{
	if (n_channels < 1 || n_channels > LOUDNESS_CHANNELS || sample_rate < 4000 || sample_rate > 768000)
		return NULL;
	struct loudness *l = mem_new(1, sizeof *l);
	l->n_channels = (size_t)n_channels;
	/* An even number: then a round is a whole number of blocks. */
	l->hop = (size_t)((sample_rate + 10) / 20 * 2);
	l->round = l->hop * LANES * HOPS_A_LANE;
	l->early = l->hop / 2 > MARGIN ? l->hop / 2 : MARGIN;
	for (size_t i = 0; i < l->n_channels; i++) {
		l->channels[i].weight = weights[i];
		l->channels[i].room = mem_new(l->early + l->round + MARGIN, sizeof(float));
	}
	l->peak_of_hop = mem_new(LANES * HOPS_A_LANE + 1, sizeof(float));
	l->weighting = weighting_at(sample_rate);
	l->weigh = weigh_plain;
	l->interpolate = interpolate_plain;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2")) {
		l->weigh = weigh_avx2;
		l->interpolate = interpolate_avx2;
	}
#endif
	return l;
}

void loudness_destroy(struct loudness *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_channels; i++)
		free(l->channels[i].room);
	free(l->energies);
	free(l->peaks);
	free(l->peak_of_hop);
	free(l);
}

static inline __attribute__((always_inline)) float largest(const float *x, size_t n)
{
	float most = 0;
	for (size_t i = 0; i < n; i++) {
		float v = fabsf(x[i]);
		most = v > most ? v : most;
	}
	return most;
}

/* The peaks of n new frames of one channel. The interpolation ends twelve samples early: the round after does
 * the rest, from its margin. */
static void find_peaks(struct loudness *l, const float *x, size_t n)
{
	float before = largest(x - BLOCK, BLOCK);
	for (size_t at = 0; at < n; at += BLOCK) {
		size_t n_here = n - at < BLOCK ? n - at : BLOCK, hop = at / l->hop;
		float here = largest(x + at, n_here);
		if (here > l->peak_of_hop[hop])
			l->peak_of_hop[hop] = here;
		if (here > l->true_peak)
			l->true_peak = here;
		if (fmaxf(before, here) * most_gain > l->true_peak)
			l->true_peak = l->interpolate(x + at - TAPS / 2, n_here / LANES * LANES, l->true_peak);
		before = here;
	}
}

static uint8_t peak_byte(float peak)
{
	if (!(peak > 0))
		return 0;
	double steps = 255.0 + 80.0 * log10((double)peak);
	return steps >= 255.0 ? 255 : steps <= 0.0 ? 0 : (uint8_t)(steps + 0.5);
}

/* What is held is measured: whole rounds, and the last one with zeros behind it. */
static void measure(struct loudness *l)
{
	size_t n_whole = l->n_held / l->hop, n_begun = (l->n_held + l->hop - 1) / l->hop;
	memset(l->round_energies, 0, sizeof l->round_energies);
	memset(l->peak_of_hop, 0, (LANES * HOPS_A_LANE + 1) * sizeof(float));
	for (size_t c = 0; c < l->n_channels; c++) {
		float *x = l->channels[c].room + l->early;
		double energies[LANES * HOPS_A_LANE] = {0};
		memset(x + l->n_held, 0, (l->round - l->n_held + MARGIN) * sizeof(float));
		find_peaks(l, x, l->n_held);
		if (l->channels[c].weight > 0)
			l->weigh(x, l->hop * HOPS_A_LANE, l->early, l->hop, &l->weighting, energies);
		for (size_t i = 0; i < n_whole; i++)
			l->round_energies[i] += (double)l->channels[c].weight * energies[i] / (double)l->hop;
		memmove(l->channels[c].room, l->channels[c].room + l->round, l->early * sizeof(float));
	}
	if (l->n_hops + n_begun > l->room) {
		l->room = l->room ? l->room * 2 : 4096;
		l->energies = mem_grow(l->energies, l->room, sizeof(double));
		l->peaks = mem_grow(l->peaks, l->room, 1);
	}
	for (size_t i = 0; i < n_begun; i++) {
		/* A tenth of a second that isn't whole has a peak, but no loudness. */
		l->energies[l->n_hops + i] = i < n_whole ? l->round_energies[i] : NAN;
		l->peaks[l->n_hops + i] = peak_byte(l->peak_of_hop[i]);
	}
	l->n_hops += n_begun;
	l->n_held = 0;
}

void loudness_add(struct loudness *l, const float *const *planes, size_t n)
{
	for (size_t done = 0; done < n && l->n_hops < LOUDNESS_HOPS;) {
		size_t room = l->round - l->n_held, part = n - done < room ? n - done : room;
		for (size_t c = 0; c < l->n_channels; c++) {
			float *to = l->channels[c].room + l->early + l->n_held;
			const float *from = planes[c] + done;
			for (size_t i = 0; i < part; i++) /* false for NaN too */
				to[i] = fabsf(from[i]) < 1e6f ? from[i] : 0.0f;
		}
		l->n_held += part;
		l->n_frames += part;
		done += part;
		if (l->n_held == l->round)
			measure(l);
	}
}

/* ---- the result ---- */

static double lufs_of(double energy)
{
	return energy > 0 ? -0.691 + 10.0 * log10(energy) : -INFINITY;
}

/* Means of `width` hops, one a hop. Returns how many. */
static size_t windows(const struct loudness *l, size_t width, double *means)
{
	size_t n = l->n_hops;
	while (n && isnan(l->energies[n - 1]))
		n--;
	if (n < width)
		return 0;
	for (size_t i = 0; i + width <= n; i++) {
		double sum = 0;
		for (size_t k = 0; k < width; k++)
			sum += l->energies[i + k];
		means[i] = sum / (double)width;
	}
	return n - width + 1;
}

static double mean_above(const double *means, size_t n, double gate)
{
	double sum = 0;
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (lufs_of(means[i]) >= gate) {
			sum += means[i];
			count++;
		}
	return count ? sum / (double)count : 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* EBU Tech 3342: between the tenth and the ninety-fifth of a hundred, of what is above the gate. */
static double range_of(double *means, size_t n)
{
	double gate = lufs_of(mean_above(means, n, -70.0)) - 20.0;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (lufs_of(means[i]) >= -70.0 && lufs_of(means[i]) >= gate)
			means[kept++] = means[i];
	if (kept < 2)
		return 0;
	qsort(means, kept, sizeof *means, ascending);
	size_t low = (size_t)((double)(kept - 1) * 0.1 + 0.5), high = (size_t)((double)(kept - 1) * 0.95 + 0.5);
	return lufs_of(means[high]) - lufs_of(means[low]);
}

void loudness_result(struct loudness *l, struct loudness_result *result, struct buf *peaks)
{
	if (l->n_held)
		measure(l);
	double *means = mem_new(l->n_hops + 1, sizeof *means);
	size_t n = windows(l, GATING_HOPS, means);
	double first = mean_above(means, n, -70.0);
	*result = (struct loudness_result){.lufs = lufs_of(mean_above(means, n, fmax(-70.0, lufs_of(first) - 10.0))),
		.true_peak_db = l->true_peak > 0 ? 20.0 * log10((double)l->true_peak) : -INFINITY, .n_frames = l->n_frames};
	n = windows(l, RANGE_HOPS, means);
	result->range_lu = range_of(means, n);
	free(means);
	buf_add(peaks, l->peaks, l->n_hops);
}
