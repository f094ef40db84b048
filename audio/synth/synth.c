/* SPDX-License-Identifier: MIT */
#include "audio/synth/synth.h"

#include "audio/synth/fmath.h"
#include "audio/synth/leveller.h"
#include "audio/synth/limiter.h"
#include "audio/synth/room.h"
#include "audio/synth/voice.h"

/* The way of a sample: voices -> left and right -> room -> leveller -> limiter -> out. Nothing in it depends on
 * where a block ends: voices count quanta from their onset, the rest works frame by frame. */

enum { VOICES = 256 };

/* Softer than -80 dB nobody hears; it also keeps the partials away from denormals. */
static const float least_level = 1e-4f;

struct synth {
	struct voice voices[VOICES];
	struct room room;
	struct leveller leveller;
	struct limiter limiter;
	struct synth_note pending[SYNTH_PENDING_MAX]; /* a ring in order of frame, then of calls */
	uint32_t first_pending, n_pending;
	uint64_t frame, stolen;
	uint32_t random;
	float rest_left, rest_right; /* where stolen voices stood when they were cut: it fades instead of stepping */
	float left[SYNTH_BLOCK_MAX], right[SYNTH_BLOCK_MAX];
};
_Static_assert((SYNTH_PENDING_MAX & (SYNTH_PENDING_MAX - 1)) == 0, "the ring of notes is indexed by a mask");

size_t synth_size(void)
{
	return sizeof(struct synth);
}

void synth_init(struct synth *s, uint32_t seed)
{
	unsigned char *bytes = (unsigned char *)s;
	for (size_t i = 0; i < sizeof *s; i++)
		bytes[i] = 0;
	s->random = seed * 2654435761u + 1u;
	room_init(&s->room);
	leveller_init(&s->leveller);
	limiter_init(&s->limiter);
}

static struct synth_note *pending(struct synth *s, uint32_t i)
{
	return &s->pending[(s->first_pending + i) & (SYNTH_PENDING_MAX - 1)];
}

bool synth_note(struct synth *s, const struct synth_note *note)
{
	if (s->n_pending == SYNTH_PENDING_MAX)
		return false;
	struct synth_note taken = {
		.frame = note->frame > s->frame ? note->frame : s->frame,
		.instrument = note->instrument < SYNTH_INSTRUMENTS ? note->instrument : SYNTH_CELESTA,
		.key = (float)fmath_clamp(note->key, 0.0, 127.0),
		.level = (float)fmath_clamp(note->level, 0.0, 1.0),
		.pan = (float)fmath_clamp(note->pan, -1.0, 1.0),
	};
	/* A pan that isn't a number is the middle, not the left end to which the others clamp. */
	if (note->pan != note->pan)
		taken.pan = 0.0f;
	uint32_t to = s->n_pending++;
	for (; to > 0 && pending(s, to - 1)->frame > taken.frame; to--)
		*pending(s, to) = *pending(s, to - 1);
	*pending(s, to) = taken;
	return true;
}

/* A free voice, or the softest one, whose sound is cut; its last sample goes into the rest. */
static struct voice *synth_take_voice(struct synth *s)
{
	struct voice *softest = &s->voices[0];
	float least = 0.0f;
	for (uint32_t i = 0; i < VOICES; i++) {
		struct voice *v = &s->voices[i];
		if (voice_is_free(v))
			return v;
		float loudness = voice_loudness(v);
		if (i == 0 || loudness < least) {
			least = loudness;
			softest = v;
		}
	}
	if (softest->at > 0 && softest->age > 0) {
		float last = softest->frames[softest->at - 1];
		s->rest_left += last * softest->left;
		s->rest_right += last * softest->right;
	}
	s->stolen++;
	return softest;
}

static void synth_start(struct synth *s, const struct synth_note *note)
{
	s->random = s->random * 1664525u + 1013904223u; /* Numerical Recipes' generator */
	if (note->level < least_level)
		return;
	struct strike strike = {
		.cycles = 440.0 / SYNTH_RATE * fmath_exp2((note->key - 69.0) / 12.0),
		.key = note->key,
		.level = note->level,
		.random = s->random >> 8,
	};
	static void (*const plans[SYNTH_INSTRUMENTS])(struct plan *, const struct strike *) = {
		[SYNTH_CELESTA] = celesta_plan, [SYNTH_CLAV] = clav_plan, [SYNTH_SWELL] = swell_plan,
		[SYNTH_GLOCKENSPIEL] = glockenspiel_plan, [SYNTH_MARIMBA] = marimba_plan, [SYNTH_BELL] = bell_plan,
		[SYNTH_HARP] = harp_plan, [SYNTH_PAD] = pad_plan, [SYNTH_NOISE] = noise_plan,
	};
	struct plan plan;
	plan.n = 0;
	plan.attack = plan.hold = plan.release = 0;
	plan.noise.width = 0.0;
	plans[note->instrument](&plan, &strike);
	struct phasor side = fmath_phasor((note->pan + 1.0) / 8.0);
	leveller_note(&s->leveller);
	voice_start(synth_take_voice(s), &plan, fmath_flush((float)side.re), fmath_flush((float)side.im));
}

static void synth_fade_rest(struct synth *s, float *left, float *right, size_t n)
{
	if (s->rest_left == 0.0f && s->rest_right == 0.0f)
		return;
	for (size_t i = 0; i < n; i++) {
		s->rest_left = fmath_flush(s->rest_left * 0.985f);
		s->rest_right = fmath_flush(s->rest_right * 0.985f);
		left[i] += s->rest_left;
		right[i] += s->rest_right;
	}
}

static void synth_mix(struct synth *s, size_t from, size_t to)
{
	for (uint32_t i = 0; i < VOICES; i++)
		if (!voice_is_free(&s->voices[i]))
			voice_mix(&s->voices[i], s->left + from, s->right + from, to - from);
	synth_fade_rest(s, s->left + from, s->right + from, to - from);
}

void synth_render(struct synth *s, float *out, size_t n)
{
	if (n > SYNTH_BLOCK_MAX)
		n = SYNTH_BLOCK_MAX;
	for (size_t i = 0; i < n; i++)
		s->left[i] = s->right[i] = 0.0f;
	for (size_t at = 0; at < n;) {
		while (s->n_pending > 0 && pending(s, 0)->frame <= s->frame + at) {
			synth_start(s, pending(s, 0));
			s->first_pending++;
			s->n_pending--;
		}
		size_t to = n;
		if (s->n_pending > 0 && pending(s, 0)->frame - s->frame < n)
			to = (size_t)(pending(s, 0)->frame - s->frame);
		synth_mix(s, at, to);
		at = to;
	}
	room_process(&s->room, s->left, s->right, n);
	leveller_process(&s->leveller, s->left, s->right, n);
	limiter_process(&s->limiter, s->left, s->right, out, n);
	s->frame += n;
}

uint64_t synth_frame(const struct synth *s)
{
	return s->frame;
}

uint32_t synth_voices(const struct synth *s)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < VOICES; i++)
		n += !voice_is_free(&s->voices[i]);
	return n;
}

uint64_t synth_stolen(const struct synth *s)
{
	return s->stolen;
}
