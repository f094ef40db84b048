/* verb_replay.c - `carillon replay`: a recorded stream through the real path. While `serve` runs on the site it holds
 * the log, and gets the messages by its control socket, so that its listeners hear them; else this process opens the log
 * itself. Either way the same ingest does the work and the counts add up. The configured upstream's resume position
 * stays where it is: a recording's ids belong to another reading of the stream.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/control.h"
#include "server/explain.h"
#include "server/loop.h"
#include "server/player.h"
#include "server/verb.h"

enum { SHOWN_PER_KIND = 20, COMMITTED_LOOK_MS = 5, PROGRESS_MS = 500 };

/* What can be wrong with a message; the skips that are no fault are only counted. */
enum fault { FAULT_BROKEN, FAULT_OVERSIZE, FAULT_INCOMPLETE, FAULT_CUT, FAULTS };

struct replay {
	const char *file;
	struct config *config;
	const struct config_source *source;
	struct mapper *mapper; /* looks at each message before it goes, to say what is wrong with it */
	int line;
	struct loop loop;
	struct player *player;
	uv_timer_t progress;

	struct control_client *client; /* by way of a running server, or: */
	struct log *log;
	struct loop_waker log_waker;
	struct ingest *ingest;
	struct ingest_source *in;
	uv_prepare_t turn_end;
	uv_timer_t look;

	uint64_t n_sent, n_cut, n_shown[FAULTS];
	struct control_counts counts;
	bool is_done, is_incomplete; /* is_incomplete: told already; the counts aren't known, or not of the whole file */
	int exit_code;
};

/* The machine's fault, not the data's. */
static void fail(struct replay *r, const char *file, const char *text)
{
	diag_fault(file, 0, "%s", text);
	r->is_incomplete = true;
	r->exit_code = EXIT_MACHINE;
}

static void show(struct replay *r, enum fault fault, int line, const char *text)
{
	if (r->n_shown[fault] < SHOWN_PER_KIND)
		diag_fault(r->file, line, "%s; skipped", text);
	r->n_shown[fault]++;
}

static void ignore_event(void *data, const struct event *ev)
{
	(void)data, (void)ev;
}

static void show_skipped(void *data, enum skip reason, const struct why *why)
{
	struct replay *r = data;
	if (reason == SKIP_INCOMPLETE)
		show(r, FAULT_INCOMPLETE, r->line, why->text);
}

/* Why ingest is going to skip a message, said with its line. The same mapping is asked. */
static void show_if_faulty(struct replay *r, const struct recorded *m)
{
	static const struct mapper_sink sink = {ignore_event, show_skipped};
	struct why why = {0};
	cJSON *tree = json_parse(m->data, &why);
	r->line = m->line;
	if (tree)
		mapper_map(r->mapper, tree, 0, &sink, r);
	else
		show(r, FAULT_BROKEN, m->line, why.text);
	cJSON_Delete(tree);
}

static void close_all(struct replay *r)
{
	r->is_done = true;
	player_destroy(r->player);
	r->player = NULL;
	control_close(r->client);
	r->client = NULL;
	uv_close((uv_handle_t *)&r->progress, NULL);
	if (!r->log)
		return;
	uv_close((uv_handle_t *)&r->turn_end, NULL);
	uv_close((uv_handle_t *)&r->look, NULL);
	loop_waker_finish(&r->log_waker, NULL);
}

/* --- into our own log --- */

static void on_log(void *data)
{
	ingest_collect(((struct replay *)data)->ingest);
}

static void on_turn_end(uv_prepare_t *prepare)
{
	ingest_flush(((struct replay *)prepare->data)->ingest);
}

static void on_committed(void *data, struct event *const *events, size_t n)
{
	(void)data, (void)events, (void)n; /* no server runs: nobody listens */
}

static void on_room(void *data)
{
	player_resume(((struct replay *)data)->player);
}

static void on_look(uv_timer_t *timer)
{
	struct replay *r = timer->data;
	struct ingest_counts now = ingest_counts(r->in);
	if (now.failed) {
		fail(r, NULL, "the log can't store the events; is the disk full?");
		close_all(r);
		return;
	}
	if (r->player || now.waiting)
		return;
	r->counts = (struct control_counts){.messages = now.messages, .in = now.in, .logged = now.logged,
		.duplicates = now.duplicates};
	memcpy(r->counts.skipped, now.skipped, sizeof r->counts.skipped);
	close_all(r);
}

static void use_own_log(struct replay *r)
{
	uv_loop_t *uv = &r->loop.uv;
	r->ingest = ingest_create(r->log, on_committed, r);
	r->in = ingest_source(r->ingest, r->source->name, r->source->mapping);
	ingest_on_resume(r->in, on_room, r);
	uv_prepare_init(uv, &r->turn_end);
	uv_timer_init(uv, &r->look);
	r->turn_end.data = r->look.data = r;
	uv_prepare_start(&r->turn_end, on_turn_end);
	uv_timer_start(&r->look, on_look, COMMITTED_LOOK_MS, COMMITTED_LOOK_MS);
}

/* --- into a running server --- */

static void on_server_done(void *data, enum err e, const struct control_counts *counts, const struct why *why)
{
	struct replay *r = data;
	if (e)
		fail(r, NULL, why->text);
	else
		r->counts = *counts;
	close_all(r);
}

/* --- the file --- */

static enum err hand_over(struct replay *r, const struct recorded *m)
{
	bool oversize = m->what == RECORDED_OVERSIZE;
	/* An upstream's error is counted as broken: nothing is no JSON. */
	struct span message = m->what == RECORDED_MESSAGE ? m->data : span_make("", 0);
	if (r->client)
		return control_send(r->client, message, oversize);
	return oversize ? ingest_skip(r->in, SKIP_OVERSIZE, (struct span){0}) : ingest_message(r->in, message, (struct span){0});
}

static enum err on_message(void *data, const struct recorded *m)
{
	struct replay *r = data;
	if (m->what == RECORDED_CUT) {
		r->n_cut++;
		show(r, FAULT_CUT, m->line, "the file ends inside this event");
		return OK;
	}
	enum err e = hand_over(r, m);
	if (e)
		return e;
	r->n_sent++;
	if (m->what == RECORDED_OVERSIZE)
		show(r, FAULT_OVERSIZE, m->line, "larger than 4 MiB");
	else if (m->what == RECORDED_ERROR)
		show(r, FAULT_BROKEN, m->line, "the upstream reported an error instead of an event");
	else
		show_if_faulty(r, m);
	return OK;
}

static void on_ended(void *data, enum err e, const struct why *why)
{
	struct replay *r = data;
	player_destroy(r->player);
	r->player = NULL;
	if (e == E_FORMAT) {
		diag_fault(r->file, 0, "%s", why->text);
		r->exit_code = EXIT_FAULTS;
		r->is_incomplete = true;
	} else if (e) {
		fail(r, NULL, why->text);
	} else if (!r->n_sent && !r->n_cut) {
		diag_fault(r->file, 0, "nothing in it is a message; a recording is a .sse, .ndjson or .jsonl file");
		r->exit_code = EXIT_FAULTS;
	}
	if (r->client)
		control_finish(r->client);
}

static void on_progress(uv_timer_t *timer)
{
	const struct replay *r = timer->data;
	fprintf(stderr, "\r%llu messages ", (unsigned long long)r->n_sent);
}

/* The log's lock tells whether a server runs: its socket may be one that a killed server left. */
static enum err open_way_in(struct replay *r, struct why *why)
{
	static const struct control_client_ops ops = {.room = on_room, .done = on_server_done};
	char *var = file_join(r->config->site, "var");
	loop_waker_init(&r->loop, &r->log_waker, on_log, r);
	enum err e = log_open(var, loop_wake, &r->log_waker, &r->log, why);
	if (e) {
		r->log = NULL;
		loop_waker_finish(&r->log_waker, NULL);
	} else {
		use_own_log(r);
	}
	if (e == E_DENIED)
		e = control_connect(&r->loop, var, r->source->name, &ops, r, &r->client, why);
	free(var);
	return e;
}

/* --- what is said at the end --- */

static void say_held_back(struct replay *r, enum fault fault, uint64_t n_all, const char *name)
{
	uint64_t shown = r->n_shown[fault] < SHOWN_PER_KIND ? r->n_shown[fault] : SHOWN_PER_KIND;
	if (n_all > shown)
		diag_fault(r->file, 0, "%llu more of these (%s); skipped, only the first %d are listed",
			(unsigned long long)(n_all - shown), name, (int)SHOWN_PER_KIND);
	if (n_all)
		r->exit_code = r->exit_code ? r->exit_code : EXIT_FAULTS;
}

static void add_reason(struct buf *out, const char *name, uint64_t n, uint64_t *sum)
{
	if (n)
		buf_format(out, "%s%s %llu", *sum ? ", " : "", name, (unsigned long long)n);
	*sum += n;
}

static void say_counts(struct replay *r)
{
	const struct control_counts *c = &r->counts;
	struct buf reasons = {0};
	uint64_t skipped = 0;
	buf_text(&reasons, "");
	for (int i = SKIP_NOTHING + 1; i < SKIP_REASONS; i++)
		add_reason(&reasons, skip_name((enum skip)i), c->skipped[i], &skipped);
	add_reason(&reasons, "cut", r->n_cut, &skipped);
	printf("in %llu = logged %llu + duplicates %llu + skipped %llu%s%s%s\n", (unsigned long long)(c->in + r->n_cut),
		(unsigned long long)c->logged, (unsigned long long)c->duplicates, (unsigned long long)skipped,
		skipped ? " (" : "", reasons.p, skipped ? ")" : "");
	buf_finish(&reasons);
	say_held_back(r, FAULT_BROKEN, c->skipped[SKIP_BROKEN], "broken");
	say_held_back(r, FAULT_OVERSIZE, c->skipped[SKIP_OVERSIZE], "oversize");
	say_held_back(r, FAULT_INCOMPLETE, c->skipped[SKIP_INCOMPLETE], "incomplete");
	say_held_back(r, FAULT_CUT, r->n_cut, "cut");
	if (c->messages != r->n_sent)
		fail(r, r->file, "not all messages arrived; replay it again, what is there already is not doubled");
}

static void play(struct replay *r, double rate)
{
	static const struct player_ops ops = {.message = on_message, .ended = on_ended};
	const struct player_options options = {.path = r->file, .rate = rate, .pipes = true};
	struct why why = {0};
	enum err e = player_create(&r->loop.uv, &options, &ops, r, &r->player, &why);
	if (e) {
		diag_fault(r->file, 0, "%s", why.text);
		r->exit_code = e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
		return;
	}
	uv_timer_init(&r->loop.uv, &r->progress);
	r->progress.data = r;
	if (verb_shows_progress())
		uv_timer_start(&r->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
	if (open_way_in(r, &why)) {
		fail(r, NULL, why.text);
		close_all(r);
	}
	loop_run(&r->loop);
	if (verb_shows_progress())
		fprintf(stderr, "\r\033[K");
	if (!r->is_done) {
		fail(r, r->file, "stopped before the end; replay it again, what is there already is not doubled");
		close_all(r);
	}
	if (!r->is_incomplete)
		say_counts(r);
	if (r->ingest) {
		ingest_flush(r->ingest);
		ingest_destroy(r->ingest);
	}
	log_close(r->log);
}

static int unknown_source(const struct config *config, const char *name)
{
	struct buf known = {0};
	buf_text(&known, config->n_sources ? "" : "none");
	for (size_t i = 0; i < config->n_sources; i++)
		buf_format(&known, "%s%s", i ? ", " : "", config->sources[i].name);
	diag_fault(config->file, 0, "no source is called '%s'; known: %s", name, known.p);
	buf_finish(&known);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *source = NULL, *rate_text = NULL;
	int n_operands;
	bool done, only_explain = false;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"source", &source, NULL}, {"rate", &rate_text, NULL},
		{"explain", NULL, &only_explain}};
	double rate = -1;
	if (options_read(&verb_replay, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands != 1 || (!source && !only_explain)) {
		diag_fault(NULL, 0, "replay needs --source NAME and one FILE; see carillon replay --help");
		return EXIT_USAGE;
	}
	if (rate_text && (!span_to_double(span_of(rate_text), &rate) || rate < 0)) {
		diag_fault(NULL, 0, "--rate '%s' is no rate; write events a second, 0 for as fast as it goes", rate_text);
		return EXIT_USAGE;
	}
	struct replay r = {.file = argv[1]};
	enum err e = config_load(site, &r.config);
	if (e)
		return e == E_GONE ? EXIT_MACHINE : EXIT_FAULTS;
	r.source = source ? config_source(r.config, span_of(source)) : NULL;
	if (!r.source && source) {
		r.exit_code = unknown_source(r.config, source);
		config_destroy(r.config);
		return r.exit_code;
	}
	if (only_explain) {
		r.exit_code = explain(r.config, r.source, r.file);
		config_destroy(r.config);
		return r.exit_code;
	}
	r.mapper = mapper_create(r.source->mapping);
	/* What ingest skips is told here with its line; a second telling in the server's way would only repeat it. */
	diag_set_level(DIAG_ERROR);
	struct why why = {0};
	if (loop_init(&r.loop, false, &why)) {
		fail(&r, NULL, why.text);
	} else {
		play(&r, rate);
		loop_finish(&r.loop);
	}
	mapper_destroy(r.mapper);
	config_destroy(r.config);
	return r.exit_code;
}

const struct verb verb_replay = {
	.name = "replay",
	.usage = "replay [--site DIR] --source NAME [--rate N] [--explain] FILE",
	.summary = "Sends a recorded stream through the real path, as if the source had just said it",
	.help = "FILE is a recording: .sse as it came off the wire, or .ndjson / .jsonl with a JSON message a line; or a named\n"
		"pipe, or - for the standard input.\n"
		"While `carillon serve` runs on the site its listeners hear it; else the events go into the log alone.\n"
		"What the log has already is not doubled. Events keep the times that the recording gives them.\n\n"
		"  --site DIR     the site's folder; the current one without it\n"
		"  --source NAME  the source in carillon.yaml whose mapping reads the messages\n"
		"  --rate N       N events a second; 0: as fast as it goes; without it: by the recorded times\n"
		"  --explain      only shows what each message becomes, with its line, or why nothing comes of it; without\n"
		"                 --source by the source whose mapping makes most of the file\n\n"
		"Example:\n  carillon replay --site mysite --source wikimedia --rate 50 recording.sse\n\n"
		"At the end one line says what became of each message. Exit code 1: some were faulty; they are listed.\n",
	.run = run,
};
