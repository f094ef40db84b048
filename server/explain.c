/* SPDX-License-Identifier: MIT */
#include "server/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/recording.h"
#include "server/verb.h"

enum { CHUNK = 64 << 10 };

struct explaining {
	const char *file;
	struct mapper *mapper;
	bool is_quiet;         /* only counts */
	int line;
	uint64_t n_messages, n_events, skipped[SKIP_REASONS];
};

/* --- one message --- */

static void show_text(struct buf *out, const char *name, struct span text)
{
	if (!text.n)
		return;
	struct json_writer w;
	buf_format(out, " %s=", name);
	json_begin(&w, out);
	json_text(&w, text); /* quoted, so that blanks and control characters are seen as what they are */
}

static void on_event(void *data, const struct event *ev)
{
	struct explaining *x = data;
	x->n_events++;
	if (x->is_quiet)
		return;
	struct buf out = {0};
	buf_format(&out, "%s:%d: %.*s", x->file, x->line, SPAN_ARG(ev->kind));
	show_text(&out, "id", ev->id);
	buf_text(&out, " time=");
	time_format_iso(&out, ev->time_ms);
	show_text(&out, "channel", ev->channel);
	show_text(&out, "namespace", ev->namespace_);
	show_text(&out, "entity", ev->entity);
	show_text(&out, "actor", ev->actor);
	buf_format(&out, " actor_kind=%s magnitude=%.15g", actor_kind_name(ev->actor_kind), ev->magnitude);
	show_text(&out, "unit", ev->unit);
	buf_format(&out, " polarity=%d accent=%s", ev->polarity, ev->accent ? "true" : "false");
	for (size_t i = 0; i < ev->n_tags; i++)
		show_text(&out, "tag", ev->tags[i]);
	if (!span_equal(ev->label, ev->entity))
		show_text(&out, "label", ev->label);
	if (ev->before || ev->after)
		buf_format(&out, " before=%lld after=%lld", (long long)ev->before, (long long)ev->after);
	show_text(&out, "summary", ev->summary);
	show_text(&out, "url", ev->url);
	puts(out.p);
	buf_finish(&out);
}

static void on_skipped(void *data, enum skip reason, const struct why *why)
{
	struct explaining *x = data;
	x->skipped[reason]++;
	if (!x->is_quiet)
		printf("%s:%d: skipped (%s): %s\n", x->file, x->line, skip_name(reason), why->text);
}

static void skip(struct explaining *x, enum skip reason, const char *text)
{
	struct why why;
	(void)why_set(&why, E_FORMAT, "%s", text);
	on_skipped(x, reason, &why);
}

static void explain_message(struct explaining *x, const struct recorded *m)
{
	static const struct mapper_sink sink = {on_event, on_skipped};
	struct why why = {0};
	x->line = m->line;
	x->n_messages++;
	if (m->what == RECORDED_OVERSIZE) {
		skip(x, SKIP_OVERSIZE, "larger than 4 MiB");
	} else if (m->what == RECORDED_CUT) {
		skip(x, SKIP_CUT, "the file ends inside this event");
	} else if (m->what == RECORDED_ERROR) {
		skip(x, SKIP_BROKEN, "the upstream reported an error instead of an event");
	} else {
		cJSON *tree = json_parse(m->data, &why);
		if (tree)
			mapper_map(x->mapper, tree, clock_wall_ms(), &sink, x);
		else
			on_skipped(x, SKIP_BROKEN, &why);
		cJSON_Delete(tree);
	}
}

/* --- the file --- */

static enum err explain_bytes(struct explaining *x, struct recording **recording, struct span bytes, struct why *why)
{
	struct recorded m;
	if (!*recording) {
		enum recording_kind kind;
		enum err e = recording_check(bytes, why);
		if (e)
			return e;
		*recording = recording_create(recording_kind_of(x->file, &kind, NULL) ? recording_kind_by(bytes) : kind, 0);
	}
	if (bytes.n)
		recording_push(*recording, bytes);
	else
		recording_end(*recording);
	while (recording_next(*recording, &m) == OK)
		explain_message(x, &m);
	return OK;
}

static enum err explain_descriptor(struct explaining *x, int fd, struct why *why)
{
	struct recording *recording = NULL;
	char *chunk = mem_new(CHUNK, 1);
	enum err e = OK;
	for (ssize_t n = 1; n && !e;) {
		n = read(fd, chunk, CHUNK);
		if (n < 0)
			e = why_set(why, E_IO, "can't read it: %s", strerror(errno));
		else
			e = explain_bytes(x, &recording, span_make(chunk, (size_t)n), why);
	}
	recording_destroy(recording);
	free(chunk);
	return e;
}

static enum err explain_file(struct explaining *x, const struct mapping *mapping, struct why *why)
{
	enum recording_kind kind;
	struct stat info;
	int fd = strcmp(x->file, "-") == 0 ? dup(STDIN_FILENO) : open(x->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, E_IO, "can't read it: %s", strerror(errno));
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && strcmp(x->file, "-") != 0 && recording_kind_of(x->file, &kind, why)) {
		close(fd);
		return E_FORMAT;
	}
	x->mapper = mapper_create(mapping);
	enum err e = explain_descriptor(x, fd, why);
	mapper_destroy(x->mapper);
	close(fd);
	return e;
}

/* --- the whole --- */

/* Tries each; what can be read only once is for the first. */
static const struct config_source *best_source(const struct config *config, const char *file)
{
	const struct config_source *best = config->n_sources ? &config->sources[0] : NULL;
	uint64_t most = 0;
	if (strcmp(file, "-") == 0)
		return best;
	for (size_t i = 0; i < config->n_sources; i++) {
		struct explaining x = {.file = file, .is_quiet = true};
		struct why why;
		if (!explain_file(&x, config->sources[i].mapping, &why) && x.n_events > most) {
			most = x.n_events;
			best = &config->sources[i];
		}
	}
	return best;
}

static uint64_t say_counts(const struct explaining *x, const struct config_source *source)
{
	uint64_t faults = 0, all = 0;
	for (int i = SKIP_NOTHING + 1; i < SKIP_REASONS; i++)
		all += x->skipped[i];
	printf("%llu messages with the mapping %s of %s: %llu events, %llu skipped", (unsigned long long)x->n_messages,
		mapping_name(source->mapping), source->name, (unsigned long long)x->n_events, (unsigned long long)all);
	const char *before = " (";
	for (int i = SKIP_NOTHING + 1; i < SKIP_REASONS; i++) {
		if (!x->skipped[i])
			continue;
		printf("%s%s %llu", before, skip_name((enum skip)i), (unsigned long long)x->skipped[i]);
		before = ", ";
		faults += skip_is_fault((enum skip)i) ? x->skipped[i] : 0;
	}
	puts(all ? ")" : "");
	return faults;
}

int explain(const struct config *config, const struct config_source *source, const char *file)
{
	struct explaining x = {.file = file};
	struct why why = {0};
	if (!source)
		source = best_source(config, file);
	if (!source) {
		diag_fault(config->file, 0, "it has no sources; a mapping belongs to one");
		return EXIT_USAGE;
	}
	enum err e = explain_file(&x, source->mapping, &why);
	if (e) {
		diag_fault(file, 0, "%s", why.text);
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	}
	return say_counts(&x, source) ? EXIT_FAULTS : EXIT_DONE;
}
