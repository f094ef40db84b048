/* verb_play.c - `carillon play`: a station on the loudspeaker. Beside a running `serve` it hears the notes from there; alone
 * it listens to the sources itself, as `serve` would, and serves nobody.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "audio/speaker.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/control.h"
#include "server/engine.h"
#include "server/verb.h"

enum { TICK_MS = 100, RETRY_MS = 1000 };

struct play {
	const char *site, *station;
	char *var;
	struct speaker *speaker;
	uv_timer_t tick;
	uint64_t underruns_told;
	/* alone */
	struct hub_ear ear;
	/* beside a server */
	struct loop loop;
	struct control_client *client;
	uv_timer_t retry;
	bool is_refused;
};

static void on_note(void *data, const struct note *note)
{
	struct play *p = data;
	speaker_note(p->speaker, note);
}

static void device_gone(void *data, const char *why)
{
	(void)data;
	DIAG(DIAG_WARN, "play", "the device went: %s; it is looked for every second", why);
}

static void device_back(void *data, const char *device)
{
	(void)data;
	DIAG(DIAG_INFO, "play", "playing on %s again", device);
}

static void on_tick(uv_timer_t *timer)
{
	struct play *p = timer->data;
	speaker_tick(p->speaker, device_gone, device_back, p);
	struct speaker_counts counts = speaker_counts(p->speaker);
	if (counts.underruns > p->underruns_told)
		DIAG(DIAG_WARN, "play", "the device ran dry, %llu times so far: this machine is too busy",
			(unsigned long long)counts.underruns);
	p->underruns_told = counts.underruns;
}

static void start_ticking(struct play *p, uv_loop_t *loop)
{
	uv_timer_init(loop, &p->tick);
	p->tick.data = p;
	uv_timer_start(&p->tick, on_tick, TICK_MS, TICK_MS);
}

/* --- beside a server --- */

static void connect_again(uv_timer_t *timer);

static void heard_last(void *data, enum err e, const struct control_counts *counts, const struct why *why)
{
	struct play *p = data;
	(void)counts;
	p->is_refused = e != E_GONE;
	DIAG(p->is_refused ? DIAG_ERROR : DIAG_WARN, "play", "%s", why->text);
	control_close(p->client);
	p->client = NULL;
	if (p->is_refused)
		loop_stop(&p->loop);
	else
		uv_timer_start(&p->retry, connect_again, RETRY_MS, 0);
}

/* A server that went away comes back: to take its place would keep it from its log. */
static void connect_again(uv_timer_t *timer)
{
	static const struct control_client_ops ops = {.done = heard_last, .note = on_note};
	struct play *p = timer->data;
	struct why why;
	if (control_hear(&p->loop, p->var, p->station, &ops, p, &p->client, &why))
		uv_timer_start(&p->retry, connect_again, RETRY_MS, 0);
}

/* E_GONE: no server runs. */
static enum err play_beside(struct play *p, struct why *why)
{
	static const struct control_client_ops ops = {.done = heard_last, .note = on_note};
	enum err e = loop_init(&p->loop, false, why);
	if (e)
		return e;
	e = control_hear(&p->loop, p->var, p->station, &ops, p, &p->client, why);
	if (!e) {
		uv_timer_init(&p->loop.uv, &p->retry);
		p->retry.data = p;
		start_ticking(p, &p->loop.uv);
		loop_run(&p->loop);
		control_close(p->client);
		uv_close((uv_handle_t *)&p->tick, NULL);
		uv_close((uv_handle_t *)&p->retry, NULL);
		if (p->is_refused)
			e = why_set(why, E_DENIED, "the running server refused");
	}
	loop_finish(&p->loop);
	return e;
}

/* --- alone --- */

static void started(void *data, struct server *server)
{
	struct play *p = data;
	p->ear = (struct hub_ear){.note = on_note, .data = p};
	hub_hear(hub_station(server->hub, span_of(p->station)), &p->ear);
	start_ticking(p, &server->loop.uv);
}

static void stopping(void *data, struct server *server)
{
	struct play *p = data;
	hub_unhear(hub_station(server->hub, span_of(p->station)), &p->ear);
	uv_close((uv_handle_t *)&p->tick, NULL);
}

static int play(struct play *p)
{
	struct why why = {0};
	bool reload;
	const struct engine_options options = {.site = p->site, .started = started, .stopping = stopping, .data = p};
	if (!log_is_written(p->var))
		return engine_run(&options, &reload);
	if (play_beside(p, &why) == OK)
		return EXIT_DONE;
	diag_fault(NULL, 0, "%s", why.text);
	return EXIT_MACHINE;
}

/* --- the command --- */

static void print_device(void *data, const char *backend, const char *id, const char *name, bool is_default)
{
	*(bool *)data = true;
	printf("%s %s:%s\t%s\n", is_default ? "*" : " ", backend, id, name);
}

static int list_devices(void)
{
	bool any = false;
	speaker_list(print_device, &any);
	if (any)
		return EXIT_DONE;
	diag_fault(NULL, 0, "no sound server answers; is PulseAudio or JACK running?");
	return EXIT_MACHINE;
}

static int open_and_play(struct play *p, const char *device)
{
	struct why why = {0};
	if (speaker_open(device, (uint32_t)span_fnv(span_of(p->station)), &p->speaker, &why)) {
		diag_fault(NULL, 0, "%s", why.text);
		return EXIT_MACHINE;
	}
	printf("Playing on %s; a note sounds %d ms after its event.\n", speaker_device(p->speaker), SPEAKER_LEAD_MS);
	fflush(stdout);
	p->var = file_join(p->site, "var");
	int code = play(p);
	struct speaker_counts counts = speaker_counts(p->speaker);
	printf("%llu notes, %llu dropped, %llu underruns, the device was lost %llu times; latency %.0f ms\n",
		(unsigned long long)counts.notes, (unsigned long long)counts.notes_dropped, (unsigned long long)counts.underruns,
		(unsigned long long)counts.losses, counts.latency_s * 1000);
	speaker_close(p->speaker);
	free(p->var);
	return code;
}

static int run(int argc, char **argv)
{
	struct play p = {.site = "."};
	const char *device = NULL;
	bool lists = false, done;
	const struct option_spec specs[] = {{"site", &p.site, NULL}, {"station", &p.station, NULL}, {"device", &device, NULL},
		{"list-devices", NULL, &lists}};
	int n_operands;
	if (options_read(&verb_play, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands) {
		diag_fault(NULL, 0, "play takes no '%s'; see carillon play --help", argv[1]);
		return EXIT_USAGE;
	}
	if (lists)
		return list_devices();
	if (!p.station || !*p.station) {
		diag_fault(NULL, 0, "--station is missing; see carillon play --help");
		return EXIT_USAGE;
	}
	struct config *config;
	enum err e = config_load(p.site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = verb_station(config, p.station) ? open_and_play(&p, device) : EXIT_USAGE;
	config_destroy(config);
	return code;
}

const struct verb verb_play = {
	.name = "play",
	.usage = "play [--site DIR] --station NAME [--device D] | play --list-devices",
	.summary = "A station on this machine's loudspeaker",
	.help = "While `serve` runs for the site, the notes come from there; else the sources are listened to here, and logged.\n"
		"A device that vanishes is looked for until it is back.\n\n"
		"  --site DIR       the site's folder (default: the current one)\n"
		"  --station NAME   as in carillon.yaml\n"
		"  --device D       as --list-devices names it, or a sound server: pulseaudio, jack, alsa\n"
		"  --list-devices   what there is; * marks each sound server's default\n\n"
		"Example:\n  carillon play --site mysite --station wikipedia\n",
	.run = run,
};
