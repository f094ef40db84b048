/* control_frame.h - the frames of control.h on the wire; for control.c and control_client.c alone. Pure.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CONTROL_FRAME_H
#define SERVER_CONTROL_FRAME_H

#include "base/buf.h"
#include "server/control.h"

enum control_kind {
	CONTROL_HELLO = 'H', CONTROL_MESSAGE = 'M', CONTROL_OVERSIZE = 'O', CONTROL_FINISH = 'F',
	CONTROL_PURGE = 'P', CONTROL_DONE = 'D', CONTROL_PURGED = 'G', CONTROL_REFUSED = 'R',
	CONTROL_LISTEN = 'L', CONTROL_NOTE = 'N',
};

enum {
	CONTROL_VERSION = 3,
	CONTROL_HEAD = 5, /* bytes before the payload */
	CONTROL_PAYLOAD_MAX = INGEST_MESSAGE_MAX,
	CONTROL_NUMBERS = 4 + SKIP_REASONS,
};

void control_frame_add(struct buf *out, enum control_kind kind, struct span payload);
/* Looks at the front of bytes. OK: *payload and *n_frame, the bytes of the whole frame; E_AGAIN: more is needed;
 * E_LIMIT: longer than a frame may be. */
enum err control_frame_read(struct span bytes, enum control_kind *kind, struct span *payload, size_t *n_frame)
	NODISCARD;

/* PURGE's payload; its spans are borrowed. */
void control_purge_add(struct buf *out, enum log_name what, struct span name, struct span source);
bool control_purge_read(struct span payload, enum log_name *what, struct span *name, struct span *source);
/* PURGED's: how many events; why is empty where all went well. */
void control_purged_add(struct buf *out, uint64_t n_events, struct span why);
bool control_purged_read(struct span payload, uint64_t *n_events, struct span *why);

void control_note_add(struct buf *out, const struct note *note);
bool control_note_read(struct span payload, struct note *note);

void control_counts_add(struct buf *out, const struct control_counts *counts);
bool control_counts_read(struct span payload, struct control_counts *counts);

/* A Unix socket's path has room for 107 bytes, a site's folder may be deeper: so the socket is named by way of an open
 * descriptor of its folder. Room for "/proc/self/fd/2147483647/control.sock". */
enum { CONTROL_PATH_MAX = 48 };
/* The folder's descriptor, to be closed once the socket is; -1 with errno. */
int control_path(const char *var, char path[CONTROL_PATH_MAX]);

#endif
