/* verb_render.c - `carillon render`: a window of a station, out of the log, into a sound file. Reads the log beside a
 * running `serve` without holding it up.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/tape.h"

enum { OUTPUT_MAX_MS = 24 * 3600 * 1000 };

struct request {
	const char *site, *station, *from, *to, *speed, *output;
	int64_t from_ms, to_ms;
	double speed_factor;
	enum encoder_format format;
};

static bool read_time(const char *option, const char *text, int64_t *ms)
{
	if (time_parse(span_of(text), ms) == OK)
		return true;
	diag_fault(NULL, 0, "--%s '%s' is no time; write 2026-11-20T09:30:00Z, 2026-11-20, or seconds since 1970", option,
		text);
	return false;
}

/* Everything that is wrong with the command itself; all of it is said. */
static bool check_usage(struct request *r, int n_operands, char **argv)
{
	bool ok = true;
	if (n_operands) {
		diag_fault(NULL, 0, "render takes no '%s'; the file's name belongs behind --output", argv[1]);
		ok = false;
	}
	const struct { const char *name, *value; } needed[] = {{"station", r->station}, {"from", r->from}, {"to", r->to},
		{"output", r->output}};
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (!needed[i].value || !needed[i].value[0]) {
			diag_fault(NULL, 0, "--%s is missing; see carillon render --help", needed[i].name);
			ok = false;
		}
	if (!ok)
		return false;

	struct why why;
	if (encoder_format_of(r->output, &r->format, &why)) {
		diag_fault_why(NULL, 0, &why);
		ok = false;
	}
	r->speed_factor = 1;
	if (r->speed && (!span_to_double(span_of(r->speed), &r->speed_factor) || !(r->speed_factor > 0))) {
		diag_fault(NULL, 0, "--speed '%s' is no positive number; 1 is as it was, 60 makes a minute of an hour", r->speed);
		ok = false;
	}
	bool has_from = read_time("from", r->from, &r->from_ms), has_to = read_time("to", r->to, &r->to_ms);
	if (!ok || !has_from || !has_to)
		return false;
	if (r->to_ms <= r->from_ms) {
		diag_fault(NULL, 0, "--to %s isn't after --from %s; swap them or choose a later end", r->to, r->from);
		return false;
	}
	double output_ms = (double)(r->to_ms - r->from_ms) / r->speed_factor;
	if (!(output_ms <= OUTPUT_MAX_MS)) {
		diag_fault(NULL, 0, "that makes %.1f hours of sound, and 24 is the most; choose a shorter window or --speed %.0f",
			output_ms / 3600000, ceil((double)(r->to_ms - r->from_ms) / OUTPUT_MAX_MS));
		return false;
	}
	return true;
}

static void print_summary(const struct request *r, const struct render_result *result)
{
	char peak[32] = "silent";
	if (result->peak > 0)
		snprintf(peak, sizeof peak, "peak %.1f dBFS", 20 * log10((double)result->peak));
	printf("%s: %llu events, %llu notes, %.1f seconds, %s\n", r->output, (unsigned long long)result->events,
		(unsigned long long)result->notes, (double)result->frames / 48000, peak);
	if (result->notes_dropped)
		diag_fault(NULL, 0, "%llu notes were left out, more came at once than the instrument takes; choose a lower --speed",
			(unsigned long long)result->notes_dropped);
}

static void show_progress(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	if (total)
		fprintf(stderr, "\r%3d %%", (int)(done * 100 / total));
}

static int render_file(const struct request *r, const struct config *config, const struct config_station *station)
{
	char *var = file_join(r->site, "var");
	struct tape tape = {.config = config, .station = station, .var = var, .from_ms = r->from_ms, .to_ms = r->to_ms,
		.speed = r->speed_factor, .path = r->output, .format = r->format,
		.progress = verb_shows_progress() ? show_progress : NULL};
	struct render_result result;
	struct why why = {0};
	enum err e = tape_record(&tape, &result, &why);
	if (tape.progress)
		fprintf(stderr, "\r     \r");
	if (e)
		diag_fault_why(e == E_GONE ? NULL : r->output, 0, &why);
	else
		print_summary(r, &result);
	free(var);
	return e ? EXIT_MACHINE : result.notes_dropped ? EXIT_FAULTS : EXIT_DONE;
}

static int run(int argc, char **argv)
{
	struct request r = {.site = "."};
	const struct option_spec specs[] = {
		{"site", &r.site, NULL}, {"station", &r.station, NULL}, {"from", &r.from, NULL}, {"to", &r.to, NULL},
		{"speed", &r.speed, NULL}, {"output", &r.output, NULL},
	};
	int n_operands;
	bool done;
	if (options_read(&verb_render, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (!check_usage(&r, n_operands, argv))
		return EXIT_USAGE;
	struct config *config;
	enum err e = config_load(r.site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	const struct config_station *station = verb_station(config, r.station);
	int code = station ? render_file(&r, config, station) : EXIT_USAGE;
	config_destroy(config);
	return code;
}

const struct verb verb_render = {
	.name = "render",
	.usage = "render [--site DIR] --station NAME --from T --to T [--speed N] --output FILE",
	.summary = "Make a sound file of what a station has heard",
	.encodes = true,
	.help =
		"The events of the window [from, to) are played again out of the log, the same way each time.\n"
		"The file's ending says what it becomes: .wav and .flac (16 bits), .opus, .mp3.\n"
		"It ends when the last note has died away. `serve` may run meanwhile. Each accent begins a chapter (not in WAV).\n"
		"\n"
		"  --site DIR       the site's folder (default: the current one)\n"
		"  --station NAME   as in carillon.yaml\n"
		"  --from T, --to T ISO 8601 (UTC where no zone is given), or seconds since 1970\n"
		"  --speed N        N times as fast (default 1); at most 24 hours of sound\n"
		"  --output FILE    replaced whole, or left as it was\n"
		"\n"
		"Example: an hour of Wikipedia in a minute\n"
		"  carillon render --station wikipedia --from 2026-11-20T09:00Z --to 2026-11-20T10:00Z --speed 60 \\\n"
		"    --output hour.opus\n",
	.run = run,
};
