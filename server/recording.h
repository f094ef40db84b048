/* recording.h - a recorded stream, a message at a time: `.sse` as it came off the wire, or `.ndjson` / `.jsonl` with a
 * JSON value a line. For the player (player.h), which feeds it a file's bytes. Pure: no I/O, no clock; any thread.
 * What a line says isn't judged here: a line that isn't JSON is handed on like the others and counted by ingest.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_RECORDING_H
#define SERVER_RECORDING_H

#include "base/buf.h"
#include "base/err.h"

enum { RECORDING_MESSAGE_MAX = 4 << 20 }; /* bytes; as INGEST_MESSAGE_MAX */

enum recording_kind { RECORDING_SSE, RECORDING_LINES };
/* By the file's ending. E_FORMAT names the endings that are known. */
enum err recording_kind_of(const char *path, enum recording_kind *kind, struct why *why) NODISCARD;
/* By its first bytes: JSON begins with a bracket, an event stream doesn't. */
enum recording_kind recording_kind_by(struct span first_bytes);
/* E_FORMAT when the file's first bytes can't be a recording: none at all, or binary. */
enum err recording_check(struct span first_bytes, struct why *why) NODISCARD;

enum recorded_what {
	RECORDED_MESSAGE,
	RECORDED_OVERSIZE, /* larger than RECORDING_MESSAGE_MAX: skipped, data is empty */
	RECORDED_ERROR,    /* .sse: an `event: error`; data is what the upstream said */
	RECORDED_CUT,      /* .sse: the file ends inside this event; data is empty */
};

struct recorded {
	enum recorded_what what;
	struct span data; /* borrowed until the next recording_next or recording_push */
	struct span id;   /* .sse: the upstream's id, a resume position; empty otherwise. Borrowed likewise. */
	int line;         /* at which it begins, 1-based; counted from where reading began */
	uint64_t end;     /* offset in the file behind it, where reading may begin again */
};

struct recording;
/* start: the offset in the file that the first byte pushed has. */
struct recording *recording_create(enum recording_kind kind, uint64_t start);
void recording_destroy(struct recording *r); /* accepts NULL */
/* Copies the bytes. Call it when recording_next says E_AGAIN: then what is held stays below one message and a chunk. */
void recording_push(struct recording *r, struct span bytes);
/* No more bytes will come. */
void recording_end(struct recording *r);
/* OK: the next one; E_AGAIN: push more; E_GONE: that was all. */
enum err recording_next(struct recording *r, struct recorded *next) NODISCARD;

/* When a message was recorded, ms since the epoch, for pacing alone: the first of received_ms, received, meta.dt, time,
 * timestamp, t that holds a time: ISO 8601, seconds or milliseconds since the epoch. False when there is none. */
bool recording_time(struct span message, int64_t *ms);

#endif
