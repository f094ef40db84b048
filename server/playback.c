/* SPDX-License-Identifier: MIT */
#include "server/playback.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"

enum { ROUND_LEAST_MS = 1000 };

struct playback {
	uv_loop_t *loop;
	uv_timer_t next_round;
	struct ingest_source *in;
	struct playback_options options;
	char *path;
	struct player *player;
	int64_t round_start_ms; /* monotonic */
	uint64_t n_round;       /* messages in this round */
};

/* What isn't a message is counted where a message would have been. */
static enum err hand_over(struct playback *p, const struct recorded *m, struct span position)
{
	if (m->what == RECORDED_OVERSIZE)
		return ingest_skip(p->in, SKIP_OVERSIZE, position);
	/* An upstream's error is counted as broken: nothing is no JSON. */
	return ingest_message(p->in, m->what == RECORDED_MESSAGE ? m->data : span_make("", 0), position);
}

static enum err on_message(void *data, const struct recorded *m)
{
	struct playback *p = data;
	if (m->what == RECORDED_CUT) {
		DIAG(DIAG_WARN, "source", "%s:%d: the file ends inside an event; that one is skipped", p->path, m->line);
		return OK;
	}
	char position[24];
	snprintf(position, sizeof position, "%llu", (unsigned long long)m->end);
	enum err e = hand_over(p, m, p->options.repeat ? (struct span){0} : span_of(position));
	if (e)
		return e;
	p->n_round++;
	if (p->options.played)
		p->options.played(p->options.data);
	return OK;
}

static void on_ended(void *data, enum err e, const struct why *why);

static enum err start_round(struct playback *p, uint64_t start, struct why *why)
{
	static const struct player_ops ops = {.message = on_message, .ended = on_ended};
	const struct player_options options = {.path = p->path, .rate = p->options.rate, .start = start};
	p->round_start_ms = clock_mono_ms();
	p->n_round = 0;
	/* The wall clock, so that the rounds after a restart are others than those before. */
	if (p->options.repeat)
		ingest_perform(p->in, (uint64_t)clock_wall_ms());
	return player_create(p->loop, &options, &ops, p, &p->player, why);
}

static void on_next_round(uv_timer_t *timer)
{
	struct playback *p = timer->data;
	struct why why;
	enum err e = start_round(p, 0, &why);
	if (e)
		p->options.ended(p->options.data, e, &why);
}

static void on_ended(void *data, enum err e, const struct why *why)
{
	struct playback *p = data;
	struct why nothing;
	player_destroy(p->player);
	p->player = NULL;
	if (!e && p->options.repeat && p->n_round == 0) {
		e = why_set(&nothing, E_FORMAT, "%s has no message in it", p->path);
		why = &nothing;
	}
	if (e || !p->options.repeat) {
		p->options.ended(p->options.data, e, why);
		return;
	}
	int64_t wait_ms = p->round_start_ms + ROUND_LEAST_MS - clock_mono_ms();
	uv_timer_start(&p->next_round, on_next_round, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

enum err playback_create(uv_loop_t *loop, struct ingest_source *in, const struct playback_options *options,
	struct playback **playback, struct why *why)
{
	if (options->repeat && options->rate == 0)
		return why_set(why, E_FORMAT, "repeat needs a rate above 0, or none for the recorded times");
	struct playback *p = mem_new(1, sizeof *p);
	p->loop = loop;
	p->in = in;
	p->options = *options;
	p->path = mem_strdup(options->path);
	enum err e = start_round(p, options->start, why);
	if (e) {
		if (options->repeat)
			ingest_perform(in, 0);
		free(p->path);
		free(p);
		return e;
	}
	uv_timer_init(loop, &p->next_round);
	p->next_round.data = p;
	*playback = p;
	return OK;
}

void playback_resume(struct playback *p)
{
	if (p->player)
		player_resume(p->player);
}

static void on_timer_gone(uv_handle_t *handle)
{
	struct playback *p = handle->data;
	free(p->path);
	free(p);
}

void playback_destroy(struct playback *p)
{
	if (!p)
		return;
	if (p->options.repeat)
		ingest_perform(p->in, 0);
	player_destroy(p->player);
	p->player = NULL;
	uv_close((uv_handle_t *)&p->next_round, on_timer_gone);
}
