/* source_impl.h - what every transport's source begins with, and its table; for source.c and source_*.c alone.
 * Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SOURCE_IMPL_H
#define SERVER_SOURCE_IMPL_H

#include "server/source.h"

struct source {
	const struct source_ops *ops;
	struct loop *loop;
	const struct config *config;
	const struct config_source *wanted;
	struct ingest_source *in;
	enum source_state state;
	char text[160];
	int64_t last_message_ms;
	uint64_t reconnects;
};

struct source_ops {
	/* May the URL be this transport's? */
	bool (*takes)(struct span url);
	/* Makes one that begins with *common and starts it. */
	enum err (*start)(const struct source *common, struct source **source, struct why *why);
	/* The log has room again. */
	void (*resume)(struct source *s);
	/* Stops it; frees it when its handles are closed. */
	void (*stop)(struct source *s);
	/* Writes the status' text anew when it is asked for; NULL: what source_say said stands. */
	void (*describe)(const struct source *s, char *text, size_t room);
	bool never_stale;
};
extern const struct source_ops source_sse, source_ws, source_file, source_push, source_udp;

void source_say(struct source *s, enum source_state state, const char *format, ...) PRINTF(3, 4);
/* Path of a file:PATH, joined with the site; owned. */
char *source_path(const struct config *config, const char *url);

#endif
