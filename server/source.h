/* source.h - where events come from: a transport that takes messages off the wire and hands them to ingest with their
 * resume position. One file a transport (source_sse.c, source_ws.c, source_file.c...). Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SOURCE_H
#define SERVER_SOURCE_H

#include "server/config.h"
#include "server/ingest.h"

struct loop;
struct source;

enum source_state { SOURCE_WAITING, SOURCE_CONNECTING, SOURCE_LIVE, SOURCE_FALLBACK, SOURCE_ENDED, SOURCE_FAILED };
const char *source_state_name(enum source_state s);

/* Starts it; the log's position for it is where it resumes. */
enum err source_start(struct loop *loop, const struct config *config, const struct config_source *wanted,
	struct ingest *ingest, struct source **source, struct why *why) NODISCARD;
void source_stop(struct source *s); /* accepts NULL; frees it */

struct source_status {
	enum source_state state;
	const char *name;
	char text[160];          /* for people: "listening to stream.example.org", "can't reach ...: playing the recording" */
	int64_t last_message_ms; /* clock_mono_ms; 0 = none yet */
	uint64_t reconnects;
	bool never_stale;        /* nothing is wrong when nothing comes */
	struct ingest_counts counts;
};
struct source_status source_status(const struct source *s);

#endif
