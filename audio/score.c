/* SPDX-License-Identifier: MIT */
#include "audio/score.h"

#include <stdlib.h>

#include "audio/score_law.h"
#include "audio/synth/synth.h"
#include "base/mem.h"

static const struct score_law *const laws[] = {&score_law_hatnote};

static const char *const instruments[SYNTH_INSTRUMENTS] = {
	[SYNTH_CELESTA] = "celesta", [SYNTH_CLAV] = "clav", [SYNTH_SWELL] = "swell", [SYNTH_GLOCKENSPIEL] = "glockenspiel",
	[SYNTH_MARIMBA] = "marimba", [SYNTH_BELL] = "bell", [SYNTH_HARP] = "harp", [SYNTH_PAD] = "pad", [SYNTH_NOISE] = "noise",
};

enum err score_create(struct span name, struct score **score, struct why *why)
{
	for (size_t i = 0; i < COUNT_OF(laws); i++)
		if (span_is(name, laws[i]->name)) {
			*score = mem_new(1, sizeof **score);
			(*score)->law = laws[i];
			return OK;
		}
	*score = NULL;
	return why_set(why, E_GONE, "there is no score named \"%.*s\"; use hatnote", SPAN_ARG(name));
}

void score_destroy(struct score *s)
{
	free(s);
}

size_t score_play(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX])
{
	return s->law->play(s, ev, at_ms, out);
}

struct score_counts score_counts(const struct score *s)
{
	return s->counts;
}

bool score_take_place(struct score *s, int64_t at_ms)
{
	for (unsigned i = 0; i < s->n_taken; i++) {
		int64_t age_ms = at_ms - s->taken_ms[i];
		/* A place taken in a far future was taken before the clock was set back: it would never become free. */
		if (age_ms >= SCORE_CAP_WINDOW_MS || age_ms <= -SCORE_CAP_WINDOW_MS) {
			s->taken_ms[i] = at_ms;
			return true;
		}
	}
	if (s->n_taken == SCORE_CAP)
		return false;
	s->taken_ms[s->n_taken++] = at_ms;
	return true;
}

uint64_t score_bits(const struct event *ev)
{
	/* FNV's low bits hang on the last byte alone, so they are stirred (Stafford's mix 13, as in splitmix64). */
	uint64_t x = span_hash(ev->entity.n ? ev->entity : ev->id);
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

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
