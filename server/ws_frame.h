/* ws_frame.h - a client's WebSocket frames out of bytes (RFC 6455, 5), and the heads of ours. For ws.c. Pure and
 * incremental: the bytes may be cut anywhere. One thread at a time. No extension is ever agreed on, so the reserved bits
 * are errors; text is checked as it comes, so that bytes that aren't UTF-8 fail at once and not at the message's end.
 * Bounded: a message has at most `limit` bytes, and not more fragments than WS_FRAGMENTS_MAX and one for each 256 bytes.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WS_FRAME_H
#define SERVER_WS_FRAME_H

#include "base/buf.h"

enum { WS_CONTROL_MAX = 125, WS_HEAD_MAX = 14, WS_FRAGMENTS_MAX = 4096 };
enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_OP_CLOSE = 8, WS_OP_PING = 9, WS_OP_PONG = 10 };

enum ws_found {
	WS_FOUND_NOTHING, /* all bytes were used; more are needed */
	WS_FOUND_MESSAGE, /* in message; is_text says of which kind */
	WS_FOUND_PING,    /* with control[0 .. n_control) */
	WS_FOUND_PONG,
	WS_FOUND_CLOSE,   /* checked: close_code, 1005 where there was none */
	WS_FOUND_ERROR,   /* close_code and error say why; nothing that follows means anything */
};

struct ws_reader {
	struct buf message;         /* as far as it came */
	uint64_t left;              /* bytes of this frame's payload that are still to come */
	size_t limit, fragments, n_checked; /* n_checked: bytes of message that are whole characters */
	int close_code;
	const char *error;          /* for people, short */
	unsigned char head[WS_HEAD_MAX], control[WS_CONTROL_MAX];
	unsigned char n_head, n_control, opcode, mask_at;
	bool is_final, is_text, in_message, in_payload;
	bool is_deaf;               /* set by the caller: messages aren't kept any more, only control frames count */
};

void ws_reader_init(struct ws_reader *r, size_t limit);
void ws_reader_finish(struct ws_reader *r);
/* Reads up to the next thing that there is to say; returns how many bytes were used. What was found stays until the next
 * call. */
size_t ws_reader_push(struct ws_reader *r, struct span bytes, enum ws_found *found) NODISCARD;

/* Writes the head of a whole, unmasked frame with n bytes of payload; returns its length, 2, 4 or 10. */
size_t ws_frame_head(unsigned char out[10], enum ws_opcode opcode, size_t n);

#endif
