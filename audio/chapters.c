/* SPDX-License-Identifier: MIT */
#include "audio/chapters.h"

#include <math.h>
#include <stdlib.h>

#include "audio/synth/synth.h"
#include "base/mem.h"

enum { FRAMES_A_MS = SYNTH_RATE / 1000, TITLE_MAX = 200 };

static void add(struct chapters *c, uint64_t from, struct span title)
{
	size_t n = title.n < TITLE_MAX ? title.n : TITLE_MAX;
	while (n < title.n && n > 0 && (title.p[n] & 0xC0) == 0x80) /* not within a character */
		n--;
	if (c->n)
		c->items[c->n - 1].to = from;
	c->items = mem_grow(c->items, c->n + 1, sizeof *c->items);
	c->items[c->n++] = (struct encoder_chapter){.from = from, .title = span_dup(span_make(title.p, n))};
}

static struct span title_of(const struct event *ev)
{
	return ev->label.n ? ev->label : ev->entity.n ? ev->entity : ev->kind;
}

enum err chapters_find(const struct render_job *job, const char *title, struct chapters *out, struct why *why)
{
	double length_ms = (double)(job->to_ms - job->from_ms) / job->speed;
	double apart_ms = fmax(CHAPTERS_APART_MS, length_ms / CHAPTERS_MAX);
	*out = (struct chapters){0};
	for (double last_ms = 0;;) {
		const struct event *ev;
		enum err e = job->next(job->data, &ev, why);
		if (e == E_GONE)
			break;
		if (e) {
			chapters_finish(out);
			return e;
		}
		double at_ms = (double)(ev->time_ms - job->from_ms) / job->speed;
		if (!ev->accent || (out->n && at_ms - last_ms < apart_ms) || out->n == CHAPTERS_MAX)
			continue;
		if (!out->n && at_ms >= apart_ms)
			add(out, 0, span_of(title));
		add(out, out->n ? (uint64_t)(at_ms * FRAMES_A_MS) : 0, title_of(ev));
		last_ms = at_ms;
	}
	if (out->n)
		out->items[out->n - 1].to = (uint64_t)ceil(length_ms * FRAMES_A_MS);
	return OK;
}

void chapters_finish(struct chapters *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->items[i].title);
	free(c->items);
	*c = (struct chapters){0};
}
