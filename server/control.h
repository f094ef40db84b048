/* control.h - var/control.sock, by which another process of the same user hands messages to a running `serve`: for
 * engine.c, which listens, and verb_replay.c, verb_log.c and verb_play.c, which send. Exactly one process writes events.db, so a
 * replay into a site that is being served goes this way, and listeners hear it; and so does the order to take a name out.
 * `carillon play` hears a station's notes this way.
 * Loop thread only.
 *
 * The socket has mode 0600. Frames both ways: 4 bytes length of the payload (big-endian), 1 byte kind, payload.
 *   client: HELLO version byte, source's name · MESSAGE bytes · OVERSIZE empty · FINISH empty
 *           or, alone: PURGE what and which name · LISTEN version byte, station's name
 *   server: DONE struct control_counts as 64-bit numbers (big-endian), once all is committed · PURGED how many · REFUSED text
 *           NOTE at_ms, instrument, key, level, pan, as long as the client stays; a client that doesn't read loses some
 * There is no answer a message: the stream's own flow control holds a sender back while the log is behind. Resume
 * positions don't travel: a recording's ids belong to its own stream and never move the configured upstream's.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "audio/score.h"
#include "server/ingest.h"

struct config;
struct hub;
struct loop;

/* What became of the messages of one replay: in = logged + duplicates + the sum of skipped. */
struct control_counts {
	uint64_t messages, in, logged, duplicates, skipped[SKIP_REASONS];
};

struct control;
/* Replaces the socket that a killed server left: call it with the log open, which makes this process the one. */
enum err control_listen(struct loop *loop, const char *var, const struct config *config, struct ingest *ingest,
	struct log *log, struct hub *hub, struct control **control, struct why *why) NODISCARD;
/* Stops listening, ends the replays in progress, removes the socket. Its memory goes with its handles. Accepts NULL. */
void control_stop(struct control *c);

struct control_client;
struct control_client_ops {
	void (*room)(void *data); /* after an E_FULL: send again */
	/* Once. OK with the counts, after control_finish; E_DENIED: the server said why; E_GONE: it went away. */
	void (*done)(void *data, enum err e, const struct control_counts *counts, const struct why *why);
	void (*note)(void *data, const struct note *note); /* control_hear alone */
};
/* Connects to the server of this var folder; what can't be told at once comes by done. E_GONE: no socket there. */
enum err control_connect(struct loop *loop, const char *var, const char *source, const struct control_client_ops *ops,
	void *data, struct control_client **client, struct why *why) NODISCARD;
/* The same for a station's notes, which come until done or control_close. */
enum err control_hear(struct loop *loop, const char *var, const char *station, const struct control_client_ops *ops,
	void *data, struct control_client **client, struct why *why) NODISCARD;
/* Copies the message; oversize: only that there was one. E_FULL: not taken, wait for room. */
enum err control_send(struct control_client *c, struct span message, bool oversize) NODISCARD;
/* Nothing more comes; done follows. */
void control_finish(struct control_client *c);
/* Nothing is called any more; its memory goes with its handles. Accepts NULL. */
void control_close(struct control_client *c);

#endif
