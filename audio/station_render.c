/* SPDX-License-Identifier: MIT */
#include "audio/station_render.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/ring.h"

enum { NOTES = 1024 };

struct station_render {
	struct ring notes;
	int64_t start_us;
	uint64_t blocks, refused;
	struct synth *synth;
};

struct station_render *station_render_create(uint32_t seed, int64_t start_us)
{
	struct station_render *r = mem_new(1, sizeof *r);
	ring_init(&r->notes, NOTES, sizeof(struct timed_note));
	r->start_us = start_us;
	r->synth = mem_new(1, synth_size());
	synth_init(r->synth, seed);
	return r;
}

void station_render_destroy(struct station_render *r)
{
	if (!r)
		return;
	ring_finish(&r->notes);
	free(r->synth);
	free(r);
}

enum err station_render_note(struct station_render *r, const struct timed_note *note)
{
	return ring_push(&r->notes, note) ? OK : E_FULL;
}

void station_render_block(struct station_render *r, float *out)
{
	struct timed_note n;
	while (ring_pop(&r->notes, &n)) {
		int64_t after_us = n.mono_us - r->start_us;
		n.note.frame = after_us > 0 ? (uint64_t)after_us * (SYNTH_RATE / 1000) / 1000 : 0;
		r->refused += !synth_note(r->synth, &n.note);
	}
	synth_render(r->synth, out, STATION_BLOCK);
	r->blocks++;
}

int64_t station_render_due_us(const struct station_render *r)
{
	return r->start_us + (int64_t)r->blocks * STATION_BLOCK_US;
}

void station_render_postpone(struct station_render *r, int64_t us)
{
	r->start_us += us;
}

uint64_t station_render_refused(const struct station_render *r)
{
	return r->refused;
}
