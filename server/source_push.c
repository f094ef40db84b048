/* SPDX-License-Identifier: MIT */
#include "server/source_push.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/source_impl.h"

struct push_source {
	struct source base;
	uint64_t n_pushed;
	void (*room)(void *data);
	void *room_data;
};

static bool takes(struct span url)
{
	return span_is(url, "push");
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct push_source *p = mem_new(1, sizeof *p);
	(void)why;
	p->base = *common;
	source_say(&p->base, SOURCE_LIVE, "waiting for pushes");
	*source = &p->base;
	return OK;
}

static void describe(const struct source *s, char *text, size_t room)
{
	const struct push_source *p = (const struct push_source *)s;
	if (!s->last_message_ms)
		return;
	long long ago = (clock_mono_ms() - s->last_message_ms) / 1000, unit = ago < 120 ? 1 : ago < 7200 ? 60 : 3600;
	snprintf(text, room, "%llu event%s pushed, the last %lld %s ago", (unsigned long long)p->n_pushed,
		p->n_pushed == 1 ? "" : "s", ago / unit, unit == 1 ? "s" : unit == 60 ? "min" : "h");
}

static void resume(struct source *s)
{
	struct push_source *p = (struct push_source *)s;
	if (p->room)
		p->room(p->room_data);
}

static void stop(struct source *s)
{
	free(s);
}

struct ingest_source *source_push_ingest(const struct source *s)
{
	return s->ops == &source_push ? s->in : NULL;
}

void source_push_took(struct source *s, size_t n_events)
{
	ASSERT(s->ops == &source_push);
	((struct push_source *)s)->n_pushed += n_events;
	s->last_message_ms = clock_mono_ms();
}

void source_push_on_room(struct source *s, void (*room)(void *data), void *data)
{
	struct push_source *p = (struct push_source *)s;
	ASSERT(s->ops == &source_push);
	p->room = room;
	p->room_data = data;
}

const struct source_ops source_push = {.takes = takes, .start = start, .resume = resume, .stop = stop,
	.describe = describe, .never_stale = true};
