/* SPDX-License-Identifier: MIT */
#include "audio/synth/synth.h"
#include "audio/synth/synth_plan.h"

#include "audio/synth/fmath.h"
#include "audio/synth/leveller.h"
#include "audio/synth/limiter.h"
#include "audio/synth/room.h"
#include "audio/synth/voice.h"

/* The way of a sample: voices -> left and right -> room -> leveller -> limiter -> out. Nothing in it depends on
 * where a block ends: voices count quanta from their onset, the rest works frame by frame. */

enum {
	VOICES = SYNTH_VOICES_MAX,
	FADE = 128, /* frames that a stolen voice takes to end */
};

/* Softer than -80 dB nobody hears; it also keeps the partials away from denormals. */
static const float least_level = 1e-4f;

struct synth {
	struct voice voices[VOICES];
	/* The voices that sound, by their starts: so the order in which they are added up is that of the notes. The first free
	 * one is the lowest: a quiet station stays within little memory. */
	uint16_t active[VOICES], idle[VOICES];
	uint32_t n_active, n_idle;
	float power[VOICES]; /* of the active ones, in their order */
	bank_sum *sum;
	struct room room;
	struct leveller leveller;
	struct limiter limiter;
	struct synth_note pending[SYNTH_PENDING_MAX]; /* a ring in order of frame, then of calls */
	uint32_t first_pending, n_pending;
	uint64_t frame, stolen;
	uint32_t random;
	float fade_left[FADE], fade_right[FADE]; /* what stolen voices still have to say; a ring from fade_at on */
	uint32_t fade_at, n_fade;
	float left[SYNTH_BLOCK_MAX], right[SYNTH_BLOCK_MAX];
};
_Static_assert((SYNTH_PENDING_MAX & (SYNTH_PENDING_MAX - 1)) == 0, "the ring of notes is indexed by a mask");

size_t synth_size(void)
{
	return sizeof(struct synth);
}

void synth_init(struct synth *s, uint32_t seed)
{
	/* All but the voices: they need nothing before they start, and memory that isn't touched costs nothing. */
	unsigned char *bytes = (unsigned char *)s;
	for (size_t i = offsetof(struct synth, active); i < sizeof *s; i++)
		bytes[i] = 0;
	s->n_idle = VOICES;
	for (uint32_t i = 0; i < VOICES; i++)
		s->idle[i] = (uint16_t)(VOICES - 1 - i);
	s->sum = bank_choose();
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

/* Adds what the voice would still have said to the fade, ever softer. */
static void synth_fade_out(struct synth *s, struct voice *v)
{
	float left[FADE] = {0}, right[FADE] = {0};
	voice_mix(v, s->sum, left, right, FADE);
	for (uint32_t i = 0; i < FADE; i++) {
		float gain = (float)(FADE - i) * (1.0f / (FADE + 1));
		uint32_t at = (s->fade_at + i) % FADE;
		s->fade_left[at] += gain * left[i];
		s->fade_right[at] += gain * right[i];
	}
	s->n_fade = FADE;
}

/* Takes the i-th active voice out of the list, which keeps its order. */
static void synth_retire(struct synth *s, uint32_t i)
{
	s->idle[s->n_idle++] = s->active[i];
	s->n_active--;
	for (; i < s->n_active; i++) {
		s->active[i] = s->active[i + 1];
		s->power[i] = s->power[i + 1];
	}
}

/* A free voice, or the softest one's, the oldest of equals. */
static struct voice *synth_take_voice(struct synth *s)
{
	if (s->n_idle == 0) {
		uint32_t softest = 0;
		for (uint32_t i = 1; i < s->n_active; i++)
			if (s->power[i] < s->power[softest])
				softest = i;
		synth_fade_out(s, &s->voices[s->active[softest]]);
		synth_retire(s, softest);
		s->stolen++;
	}
	return &s->voices[s->idle[s->n_idle - 1]];
}

void synth_start_plan(struct synth *s, struct plan *plan, float level, float pan)
{
	struct phasor side = fmath_phasor((pan + 1.0) / 8.0);
	struct voice *v = synth_take_voice(s);
	voice_start(v, plan, fmath_flush((float)side.re), fmath_flush((float)side.im));
	if (!v->is_sounding)
		return;
	leveller_note(&s->leveller, plan, level);
	s->active[s->n_active] = s->idle[--s->n_idle];
	s->power[s->n_active++] = v->power;
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
	synth_start_plan(s, &plan, note->level, note->pan);
}

static void synth_mix_fade(struct synth *s, float *left, float *right, size_t n)
{
	for (size_t i = 0; i < n && s->n_fade > 0; i++) {
		left[i] += s->fade_left[s->fade_at];
		right[i] += s->fade_right[s->fade_at];
		s->fade_left[s->fade_at] = s->fade_right[s->fade_at] = 0.0f;
		s->fade_at = (s->fade_at + 1) % FADE;
		s->n_fade--;
	}
}

static void synth_mix(struct synth *s, size_t from, size_t to)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < s->n_active; i++) {
		struct voice *v = &s->voices[s->active[i]];
		voice_mix(v, s->sum, s->left + from, s->right + from, to - from);
		if (!v->is_sounding) {
			s->idle[s->n_idle++] = s->active[i];
			continue;
		}
		s->power[kept] = v->power;
		s->active[kept++] = s->active[i];
	}
	s->n_active = kept;
	synth_mix_fade(s, s->left + from, s->right + from, to - from);
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
	leveller_process(&s->leveller, s->limiter.kept, s->left, s->right, n);
	limiter_process(&s->limiter, s->left, s->right, out, n);
	s->frame += n;
}

uint64_t synth_frame(const struct synth *s)
{
	return s->frame;
}

uint32_t synth_voices(const struct synth *s)
{
	return s->n_active;
}

uint64_t synth_stolen(const struct synth *s)
{
	return s->stolen;
}
