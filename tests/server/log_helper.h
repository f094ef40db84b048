/* log_helper.h - for the tests that need a real log: a temporary folder, and waiting for commits.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SERVER_LOG_HELPER_H
#define TESTS_SERVER_LOG_HELPER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/log.h"

static inline char *temp_folder(void)
{
	const char *base = getenv("TMPDIR");
	struct buf path = {0};
	buf_format(&path, "%s/carillon-test-XXXXXX", base && *base ? base : "/tmp");
	char *folder = mkdtemp(path.p);
	ASSERT(folder);
	return buf_take(&path);
}

/* Removes the folder with what lies in it, which has no folders; frees the name. */
static inline void remove_folder(char *folder)
{
	char **names;
	size_t n;
	if (file_list(folder, &names, &n, NULL) == OK) {
		for (size_t i = 0; i < n; i++) {
			char *path = file_join(folder, names[i]);
			unlink(path);
			free(path);
		}
		file_list_free(names, n);
	}
	rmdir(folder);
	free(folder);
}

static inline void nothing_to_wake(void *data)
{
	(void)data;
}

/* An event of no special content; id is text that outlives it. */
static inline struct event *plain_event(const char *id, int64_t time_ms)
{
	struct event ev = {
		.time_ms = time_ms, .received_ms = time_ms + 5, .magnitude = 12, .polarity = 1,
		.id = span_of(id), .source = span_of("wikimedia"), .channel = span_of("enwiki"), .namespace_ = span_of("0"),
		.kind = span_of("edit"), .entity = span_of("Bell"), .label = span_of("Bell"), .actor = span_of("Somebody"),
		.unit = span_of("bytes"), .summary = span_of(""), .url = span_of("https://en.wikipedia.org/wiki/Bell"),
	};
	return event_copy(&ev);
}

struct collected {
	size_t batches, events, duplicates, failed_batches;
	uint64_t first_seq, last_seq;
	enum err error;
	struct event **failed; /* those of failed batches, in order; owned */
	size_t n_failed;
};

static inline void collect_one(void *data, struct log_commit *c)
{
	struct collected *all = data;
	all->batches++;
	all->duplicates += c->n_duplicates;
	if (c->error) {
		all->error = c->error;
		all->failed_batches++;
		all->failed = mem_grow(all->failed, all->n_failed + c->n_events, sizeof *all->failed);
	}
	for (size_t i = 0; i < c->n_events; i++) {
		if (c->error) {
			all->failed[all->n_failed++] = c->events[i];
			continue;
		}
		ASSERT(!all->last_seq || c->events[i]->seq == all->last_seq + 1);
		if (!all->first_seq)
			all->first_seq = c->events[i]->seq;
		all->last_seq = c->events[i]->seq;
		all->events++;
		free(c->events[i]);
	}
	free(c->events);
}

/* Until so many batches have come back in all. */
static inline void collect_batches(struct log *log, struct collected *all, size_t n_batches)
{
	while (all->batches < n_batches) {
		log_collect(log, collect_one, all);
		usleep(200);
	}
}

/* Appends n events with ids PREFIX0, PREFIX1 ... from `first` on as one batch. */
static inline enum err append_numbered(struct log *log, size_t first, size_t n, const char *position)
{
	struct event **events = mem_new(n ? n : 1, sizeof *events);
	for (size_t i = 0; i < n; i++) {
		char id[32];
		snprintf(id, sizeof id, "id-%zu", first + i);
		events[i] = plain_event(id, 1000000 + (int64_t)(first + i));
	}
	enum err e = log_append(log, "wikimedia", events, n, position, NULL, NULL);
	if (e) {
		for (size_t i = 0; i < n; i++)
			free(events[i]);
		free(events);
	}
	return e;
}

static inline struct log *open_log(const char *var)
{
	struct log *log;
	struct why why = {0};
	if (log_open(var, nothing_to_wake, NULL, &log, &why)) {
		fprintf(stderr, "%s\n", why.text);
		ASSERT(!"the log opens");
	}
	return log;
}

#endif
