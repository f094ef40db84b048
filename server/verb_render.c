/* verb_render.c - `carillon render`: a window of a station, out of the log, into a sound file. Reads the log beside a
 * running `serve` without holding it up.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio/render.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "server/config.h"
#include "server/log.h"

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

static void say_unknown_station(const struct config *config, const char *name)
{
	if (!config->n_stations) {
		diag_fault(config->file, 0, "there are no stations to render; add one under stations:");
		return;
	}
	struct buf known = {0};
	const char **names = mem_new(config->n_stations + 1, sizeof *names);
	for (size_t i = 0; i < config->n_stations; i++) {
		names[i] = config->stations[i].name;
		buf_format(&known, "%s%s", i ? ", " : "", names[i]);
	}
	const char *meant = nearest_word(span_of(name), names);
	if (meant)
		diag_fault(NULL, 0, "there is no station '%s'; did you mean %s? There are: %s", name, meant, known.p);
	else
		diag_fault(NULL, 0, "there is no station '%s'; there are: %s", name, known.p);
	free(names);
	buf_finish(&known);
}

/* --- the window's events --- */

struct window {
	struct log_reader *log;
	const struct config_station *station;
	bool shows_progress;
};

static enum err next_wanted(void *data, const struct event **ev, struct why *why)
{
	struct window *w = data;
	for (;;) {
		enum err e = log_reader_next(w->log, ev, why);
		if (e || config_station_wants(w->station, *ev))
			return e;
	}
}

static void show_progress(void *data, uint64_t done, uint64_t total)
{
	struct window *w = data;
	if (w->shows_progress && total)
		fprintf(stderr, "\r%3d %%", (int)(done * 100 / total));
}

static enum err open_log(const struct request *r, struct log_reader **log)
{
	struct why why = {0};
	char *var = file_join(r->site, "var");
	enum err e = log_reader_open(var, log, &why);
	if (e == E_GONE)
		diag_fault(NULL, 0, "%s holds no events yet; run carillon serve --site %s for a while, or carillon replay", var,
			r->site);
	else if (e)
		diag_fault_why(NULL, 0, &why);
	else
		e = log_reader_window(*log, r->from_ms, r->to_ms, &why);
	free(var);
	return e;
}

/* --- the file --- */

static enum err open_output(const struct request *r, const struct config *config, const struct config_station *station,
	struct encoder **encoder)
{
	struct buf title = {0}, date = {0}, comment = {0};
	time_format_iso(&date, r->from_ms);
	buf_format(&title, "%s, %s", station->title, date.p);
	buf_format(&comment, "Events from %s to ", date.p);
	time_format_iso(&comment, r->to_ms);
	if (r->speed_factor != 1)
		buf_format(&comment, ", %g times as fast", r->speed_factor);
	date.p[10] = '\0'; /* the day */
	const struct encoder_tags tags = {title.p, config->title, date.p, comment.p};
	struct why why;
	enum err e = encoder_open_file(r->output, r->format, &tags, encoder, &why);
	if (e)
		diag_fault_why(r->output, 0, &why);
	buf_finish(&title);
	buf_finish(&date);
	buf_finish(&comment);
	return e;
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

static int render_file(const struct request *r, const struct config *config, const struct config_station *station)
{
	int code = EXIT_MACHINE;
	struct window window = {.station = station, .shows_progress = verb_shows_progress()};
	struct encoder *encoder = NULL;
	struct render_job job = {.from_ms = r->from_ms, .to_ms = r->to_ms, .speed = r->speed_factor,
		.seed = (uint32_t)span_hash(span_of(station->name)), .next = next_wanted, .data = &window,
		.progress = show_progress};
	struct render_result result;
	struct why why = {0};
	job.score = score_create(station->score);
	if (open_log(r, &window.log) || open_output(r, config, station, &encoder))
		goto end;
	enum err e = render_to(encoder, &job, &result, &why);
	if (!e)
		e = encoder_finish(encoder, &why);
	if (window.shows_progress)
		fprintf(stderr, "\r     \r");
	if (e) {
		diag_fault_why(r->output, 0, &why);
		goto end;
	}
	print_summary(r, &result);
	code = result.notes_dropped ? EXIT_FAULTS : EXIT_DONE;
end:
	encoder_destroy(encoder);
	log_reader_close(window.log);
	score_destroy(job.score);
	return code;
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
	const struct config_station *station = config_station(config, span_of(r.station));
	int code = EXIT_USAGE;
	if (station)
		code = render_file(&r, config, station);
	else
		say_unknown_station(config, r.station);
	config_destroy(config);
	return code;
}

const struct verb verb_render = {
	.name = "render",
	.usage = "render [--site DIR] --station NAME --from T --to T [--speed N] --output FILE",
	.summary = "Make a sound file of what a station has heard",
	.help =
		"The events of the window [from, to) are played again out of the log, the same way each time.\n"
		"The file's ending says what it becomes: .wav and .flac (16 bits), .opus, .mp3.\n"
		"It ends when the last note has died away. `serve` may run meanwhile.\n"
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
