/* Outline: who is it for; the cap; notes; the drone; play.
 * SPDX-License-Identifier: MIT */
#include "audio/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/ranking.h"
#include "audio/score_rules.h"
#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"
#include "base/mem.h"

/* Places that events outside the cap have among themselves: a flood of accents is a flood, too. */
enum { UNCAPPED_MAX = 5 };

/* Who takes one waits a window for the next: a ring, so that the oldest is known. */
struct places {
	int64_t taken_ms[CAP_MAX];
	unsigned n, next;
};

struct score {
	const struct score_rules *rules;
	struct score_counts counts;
	struct ranking ranking; /* of magnitudes */
	struct places capped, uncapped;
	int64_t now_ms;         /* of the latest event */
	int64_t free_ms;        /* not before does the next note sound, where bursts are smoothed */
	/* How many asked for a place in the stretch of time that began at stretch_ms, and in the one before. */
	int64_t stretch_ms;
	unsigned asked, asked_before;
	/* The drone. */
	int64_t drone_ms, rate_ms;
	double rate;            /* events a minute */
};

static const char *const instruments[SYNTH_INSTRUMENTS] = {
	[SYNTH_CELESTA] = "celesta", [SYNTH_CLAV] = "clav", [SYNTH_SWELL] = "swell", [SYNTH_GLOCKENSPIEL] = "glockenspiel",
	[SYNTH_MARIMBA] = "marimba", [SYNTH_BELL] = "bell", [SYNTH_HARP] = "harp", [SYNTH_PAD] = "pad", [SYNTH_NOISE] = "noise",
};

const char *instrument_name(uint32_t instrument)
{
	return instrument < SYNTH_INSTRUMENTS ? instruments[instrument] : "unknown";
}

bool instrument_parse(struct span name, uint32_t *out)
{
	for (uint32_t i = 0; i < SYNTH_INSTRUMENTS; i++)
		if (span_is(name, instruments[i])) {
			*out = i;
			return true;
		}
	return false;
}

struct score *score_create(const struct score_rules *rules)
{
	struct score *s = mem_new(1, sizeof *s);
	s->rules = rules;
	s->now_ms = s->stretch_ms = s->free_ms = s->drone_ms = s->rate_ms = INT64_MIN / 2;
	ranking_init(&s->ranking);
	return s;
}

void score_destroy(struct score *s)
{
	free(s);
}

struct score_counts score_counts(const struct score *s)
{
	return s->counts;
}

/* Well-mixed bits that depend on the text and nothing else. FNV's low bits hang on the last byte alone, so they are
 * stirred (Stafford's mix 13, as in splitmix64). */
static uint64_t bits_of(struct span text)
{
	uint64_t x = span_fnv(text);
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static double fraction(uint64_t bits) /* 0...1 */
{
	return (double)(bits & 0xffff) / 65535.0;
}

/* --- who is it for --- */

static bool texts_have(const struct texts *t, struct span text)
{
	for (size_t i = 0; i < t->n; i++)
		if (span_equal(t->items[i], text))
			return true;
	return t->n == 0;
}

static bool tags_fit(const struct texts *t, const struct event *ev)
{
	for (size_t i = 0; i < ev->n_tags; i++)
		if (texts_have(t, ev->tags[i]))
			return true;
	return t->n == 0;
}

static bool part_fits(const struct score_part *p, const struct event *ev, double magnitude)
{
	return texts_have(&p->kind, ev->kind) && texts_have(&p->source, ev->source) && texts_have(&p->channel, ev->channel) &&
		texts_have(&p->unit, ev->unit) && tags_fit(&p->tag, ev) &&
		(!p->polarities || p->polarities >> (ev->polarity + 1) & 1) &&
		(!p->actor_kinds || p->actor_kinds >> ev->actor_kind & 1) &&
		(p->accent == ACCENT_ANY || (p->accent == ACCENT_YES) == ev->accent) &&
		magnitude >= p->from && magnitude < p->below;
}

static const struct score_part *part_for(const struct score_rules *r, const struct event *ev, double magnitude)
{
	for (size_t i = 0; i < r->n_parts; i++)
		if (part_fits(&r->parts[i], ev, magnitude))
			return r->parts[i].is_silent ? NULL : &r->parts[i];
	return NULL;
}

/* --- the cap --- */

/* When one of the first `limit` of n places is free next, from at_ms on. */
static int64_t places_free_ms(const struct places *p, unsigned n, unsigned limit, int64_t window_ms, int64_t at_ms)
{
	int64_t free_ms = p->n < limit ? at_ms : p->taken_ms[(p->next + n - limit) % n] + window_ms;
	return free_ms > at_ms ? free_ms : at_ms;
}

static void places_take(struct places *p, unsigned n, int64_t at_ms)
{
	p->taken_ms[p->next] = at_ms;
	p->next = (p->next + 1) % n;
	if (p->n < n)
		p->n++;
}

static void begin_anew(struct score *s)
{
	s->capped = s->uncapped = (struct places){0};
	s->free_ms = s->stretch_ms = s->drone_ms = s->rate_ms = INT64_MIN / 2;
	s->asked = s->asked_before = 0;
}

/* How many ask for a place in so long a time, judged by this stretch and the one before. */
static double count_asked(struct score *s, int64_t length_ms, int64_t at_ms)
{
	int64_t age_ms = at_ms - s->stretch_ms;
	if (age_ms >= length_ms) {
		s->asked_before = age_ms < 2 * length_ms ? s->asked : 0;
		s->asked = 0;
		s->stretch_ms = s->asked_before ? s->stretch_ms + length_ms : at_ms;
		age_ms = at_ms - s->stretch_ms;
	}
	s->asked++;
	return s->asked + s->asked_before * (1 - (double)age_ms / (double)length_ms);
}

/* How many of the cap's places are for this event. While more ask than there are places, none for those that are small,
 * and the last seventh is kept for the largest. More are let through than have room: they don't come evenly, and an empty
 * place is a lost note. */
static unsigned places_for(struct score *s, const struct event *ev, double magnitude, int64_t at_ms)
{
	const struct score_rules *r = s->rules;
	const double generous = 2, largest = 0.1;
	int64_t length_ms = r->window_ms + r->smooth_ms; /* what comes in it can sound in it */
	double asked = count_asked(s, length_ms, at_ms);
	double places = r->cap * (double)length_ms / (double)r->window_ms * generous;
	if (asked <= places)
		return r->cap;
	/* The id's bits decide among magnitudes that are alike. */
	double rank = ranking_of(&s->ranking, magnitude, fraction(bits_of(ev->id)));
	return rank < 1 - places / asked ? 0 : rank < 1 - largest * places / asked ? r->cap - r->cap / 7 : r->cap;
}

/* When the event may sound; false when not at all. Smoothed, notes follow each other at uneven distances, of which the
 * mean is what the cap lets through. */
static bool find_moment(struct score *s, const struct event *ev, double magnitude, bool is_uncapped, int64_t *at_ms)
{
	const struct score_rules *r = s->rules;
	if (is_uncapped) {
		if (places_free_ms(&s->uncapped, UNCAPPED_MAX, UNCAPPED_MAX, r->window_ms, *at_ms) > *at_ms)
			return false;
		places_take(&s->uncapped, UNCAPPED_MAX, *at_ms);
		return true;
	}
	int64_t came_ms = *at_ms, moment_ms = came_ms;
	unsigned limit = places_for(s, ev, magnitude, came_ms);
	if (!limit)
		return false;
	if (r->smooth_ms && s->free_ms > moment_ms)
		moment_ms = s->free_ms;
	moment_ms = places_free_ms(&s->capped, r->cap, limit, r->window_ms, moment_ms);
	if (moment_ms - came_ms > r->smooth_ms)
		return false;
	places_take(&s->capped, r->cap, moment_ms);
	double uneven = 0.5 + fraction(bits_of(ev->id) >> 16);
	s->free_ms = moment_ms + (int64_t)((double)r->window_ms / r->cap * uneven);
	*at_ms = moment_ms;
	return true;
}

/* --- notes --- */

static struct span pan_text(const struct score_rules *r, const struct event *ev)
{
	switch (r->pan) {
	case PAN_CHANNEL: return ev->channel;
	case PAN_ACTOR: return ev->actor;
	case PAN_KIND: return ev->kind;
	case PAN_SOURCE: return ev->source;
	case PAN_ENTITY:
	case PAN_MIDDLE: break;
	}
	return ev->entity.n ? ev->entity : ev->id;
}

static float pan_of(const struct score_rules *r, const struct event *ev)
{
	if (r->pan == PAN_MIDDLE)
		return 0;
	return (float)(fraction(bits_of(pan_text(r, ev)) >> 16) * 2 - 1) * r->width;
}

/* Listen to Wikipedia never plays the lowest of its samples. */
static int least_tone(const struct score_rules *r)
{
	return r->law == LAW_HATNOTE && r->n_tones > 1 ? 1 : 0;
}

static int tone_of(const struct score_rules *r, double place, uint64_t bits)
{
	int n = (int)r->n_tones, tone = (int)floor(place * n);
	tone += (int)(bits % r->fuzz) - (int)(r->fuzz / 2);
	int least = least_tone(r);
	return tone < least ? least : tone > n - 1 ? n - 1 : tone;
}

/* A step beyond the range's ends goes on in octaves of the scale. */
static double key_of_step(const struct score_rules *r, int tone)
{
	int steps = (int)r->scale.n, n = (int)r->n_tones, octaves = 0;
	while (tone < 0) {
		tone += steps;
		octaves--;
	}
	while (tone >= n) {
		tone -= steps;
		octaves++;
	}
	if (tone < 0) /* a range of less than an octave */
		tone = 0;
	return r->tones[tone] + 12.0 * octaves;
}

static float clamp_key(double key)
{
	while (key < 0)
		key += 12;
	while (key > 127)
		key -= 12;
	return (float)key;
}

/* A chord's notes stand side by side around its place, as a section of players does. */
static size_t write_chord(const struct score_rules *r, const struct score_part *p, struct note first, int tone,
	uint64_t bits, struct note *out)
{
	const struct chord *chord = &p->chords[(bits >> 8) % p->n_chords];
	float middle = first.pan * 0.5f;
	for (size_t i = 0; i < chord->n; i++) {
		double key = p->chord_kind == CHORD_KEYS ? chord->notes[i] : key_of_step(r, tone + (int)chord->notes[i]);
		out[i] = first;
		out[i].key = clamp_key(key + 12.0 * p->octave);
		out[i].at_ms += p->strum_ms * (int64_t)i;
		out[i].pan = middle + (i % 2 ? 1.0f : -1.0f) * 0.09f * (float)i;
	}
	return chord->n;
}

static size_t write_notes(const struct score_rules *r, const struct score_part *p, const struct event *ev,
	struct pitch pitch, int64_t at_ms, struct note *out)
{
	uint64_t bits = bits_of(ev->entity.n ? ev->entity : ev->id);
	struct levels levels = p->has_levels ? p->levels : r->levels;
	int tone = tone_of(r, pitch.place, bits);
	out[0] = (struct note){
		.at_ms = at_ms,
		.instrument = p->instrument,
		.key = clamp_key(r->tones[tone] + 12.0 * p->octave),
		.level = levels.small + (levels.large - levels.small) * (float)pitch.weight,
		.pan = pan_of(r, ev),
	};
	return p->n_chords ? write_chord(r, p, out[0], tone, bits, out) : 1;
}

/* --- the drone: peep's states (Gilfix & Couch, 2000), one quiet chord that grows with the rate --- */

static void count_rate(struct score *s, int64_t at_ms)
{
	static const double settle_ms = 20000;
	double age_ms = (double)(at_ms - s->rate_ms);
	s->rate = age_ms < 100 * settle_ms ? s->rate * fmath_exp2(-fmath_clamp(age_ms, 0, 1e9) / settle_ms) : 0;
	s->rate += 60000 / settle_ms * 0.6931471805599453;
	s->rate_ms = at_ms;
}

static size_t write_drone(struct score *s, int64_t at_ms, struct note *out)
{
	static const double grows_at[DRONE_NOTES] = {5, 20, 120, 600}; /* events a minute: a rare event stands alone */
	const struct score_drone *d = &s->rules->drone;
	if (!d->is_on || at_ms < s->drone_ms || s->rate < grows_at[0])
		return 0;
	s->drone_ms = at_ms + d->every_ms;
	size_t n = 0;
	for (; n < DRONE_NOTES && s->rate >= grows_at[n]; n++)
		out[n] = (struct note){.at_ms = at_ms, .instrument = d->instrument, .key = d->keys[n],
			.level = d->level / (1.0f + 0.25f * (float)n), .pan = n ? (n % 2 ? 0.5f : -0.5f) : 0.0f};
	return n;
}

/* --- play --- */

size_t score_play(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX])
{
	const struct score_rules *r = s->rules;
	double magnitude = fmath_clamp(ev->magnitude, 0, 1e300);
	const struct score_part *part = part_for(r, ev, magnitude);
	if (!part) {
		s->counts.unplayed++;
		return 0;
	}
	if (at_ms < s->now_ms - r->window_ms)
		begin_anew(s);
	s->now_ms = at_ms;
	count_rate(s, at_ms);
	double rank = ranking_of(&s->ranking, magnitude, 0.5);
	int64_t moment_ms = at_ms;
	bool plays = find_moment(s, ev, magnitude, part->is_uncapped, &moment_ms);
	if (!part->is_uncapped)
		ranking_add(&s->ranking, magnitude);
	if (!plays) {
		s->counts.capped++;
		return 0;
	}
	s->counts.played++;
	size_t n = write_notes(r, part, ev, score_pitch(r, magnitude, rank), moment_ms, out);
	return n + write_drone(s, at_ms, out + n);
}
