/* SPDX-License-Identifier: MIT */
#include "audio/station_hls.h"

#include "audio/station_impl.h"
#include "base/clock.h"

enum err station_hls_ask(struct station *s, struct why *why)
{
	s->feeds[ENCODER_HLS].idle_since_ms = clock_mono_ms();
	return station_ensure(s, ENCODER_HLS, why);
}

bool station_hls_list(struct station *s, struct hls_list *list)
{
	const struct feed *f = &s->feeds[ENCODER_HLS];
	*list = (struct hls_list){.run = f->begun, .seconds = ENCODER_SEGMENT_FRAMES / (double)SYNTH_RATE};
	if (!f->started || f->first == f->next)
		return false;
	uint64_t n = f->next - f->first;
	for (uint64_t number = f->next - (n < HLS_LISTED ? n : HLS_LISTED); number < f->next; number++)
		list->segments[list->n++] = (struct hls_segment){number,
			station_wall_ms(s, f->packs[number % STATION_WINDOW].mono_us)};
	return true;
}

struct msg *station_hls_segment(const struct station *s, uint64_t number)
{
	const struct feed *f = &s->feeds[ENCODER_HLS];
	return f->started && number >= f->first && number < f->next ? f->packs[number % STATION_WINDOW].msg : NULL;
}

struct msg *station_hls_init(const struct station *s)
{
	const struct feed *f = &s->feeds[ENCODER_HLS];
	return f->started ? f->header : NULL;
}
