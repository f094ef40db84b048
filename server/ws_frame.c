/* SPDX-License-Identifier: MIT */
#include "server/ws_frame.h"

#include "base/mem.h"
#include "base/utf8.h"

enum { PROTOCOL_ERROR = 1002, NO_CODE = 1005, NOT_UTF8 = 1007, TOO_MANY = 1008, TOO_LARGE = 1009, MEMORY_KEPT = 64 << 10 };

void ws_reader_init(struct ws_reader *r, size_t limit)
{
	*r = (struct ws_reader){.limit = limit};
}

void ws_reader_finish(struct ws_reader *r)
{
	buf_finish(&r->message);
}

static enum ws_found fail(struct ws_reader *r, int code, const char *error)
{
	r->close_code = code;
	r->error = error;
	return WS_FOUND_ERROR;
}

static bool is_control(const struct ws_reader *r)
{
	return r->opcode >= WS_OP_CLOSE;
}

/* --- a frame's head --- */

static size_t head_length(const unsigned char head[2])
{
	unsigned length = head[1] & 0x7F;
	return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

/* What the first two bytes say. */
static enum ws_found check_start(struct ws_reader *r)
{
	unsigned length = r->head[1] & 0x7F;
	r->is_final = r->head[0] & 0x80;
	r->opcode = r->head[0] & 0x0F;
	if (r->head[0] & 0x70)
		return fail(r, PROTOCOL_ERROR, "reserved bits are set");
	if ((r->opcode > WS_BINARY && r->opcode < WS_OP_CLOSE) || r->opcode > WS_OP_PONG)
		return fail(r, PROTOCOL_ERROR, "unknown opcode");
	if (!(r->head[1] & 0x80))
		return fail(r, PROTOCOL_ERROR, "a client's frames are masked");
	if (is_control(r) && (!r->is_final || length > WS_CONTROL_MAX))
		return fail(r, PROTOCOL_ERROR, "a control frame is whole and short");
	if (!is_control(r) && (r->opcode == WS_CONTINUATION) != r->in_message)
		return fail(r, PROTOCOL_ERROR, r->in_message ? "a message begins within another" : "nothing is there to go on with");
	return WS_FOUND_NOTHING;
}

static void begin_message(struct ws_reader *r)
{
	buf_clear(&r->message);
	r->fragments = r->n_checked = 0;
	r->is_text = r->opcode == WS_TEXT;
	r->in_message = true;
}

/* The head is whole. */
static enum ws_found begin_payload(struct ws_reader *r)
{
	unsigned length = r->head[1] & 0x7F;
	size_t n = length == 126 ? 2 : length == 127 ? 8 : 0;
	r->left = n ? 0 : length;
	for (size_t i = 0; i < n; i++)
		r->left = r->left << 8 | r->head[2 + i];
	if (r->left >> 63 || (n == 2 && r->left < 126) || (n == 8 && r->left < 65536))
		return fail(r, PROTOCOL_ERROR, "a length in too many bytes");
	memmove(r->head, r->head + 2 + n, 4); /* the mask is all that is still needed */
	r->mask_at = 0;
	r->in_payload = true;
	if (is_control(r)) {
		r->n_control = 0;
		return WS_FOUND_NOTHING;
	}
	if (r->opcode != WS_CONTINUATION)
		begin_message(r);
	if (r->is_deaf)
		return WS_FOUND_NOTHING;
	if (r->left > r->limit || r->message.n + r->left > r->limit)
		return fail(r, TOO_LARGE, "message too large");
	if (++r->fragments > WS_FRAGMENTS_MAX + r->message.n / 256)
		return fail(r, TOO_MANY, "too many fragments");
	return WS_FOUND_NOTHING;
}

static size_t push_head(struct ws_reader *r, struct span bytes, enum ws_found *found)
{
	size_t used = 0;
	while (used < bytes.n) {
		r->head[r->n_head++] = (unsigned char)bytes.p[used++];
		if (r->n_head == 2)
			*found = check_start(r);
		if (*found)
			break;
		if (r->n_head > 2 && r->n_head == head_length(r->head)) {
			r->n_head = 0;
			*found = begin_payload(r);
			break;
		}
	}
	return used;
}

/* --- its payload --- */

/* Could more bytes make a character of these, of which there are at most 3? */
static bool may_go_on(struct span s)
{
	unsigned char lead = (unsigned char)s.p[0], second = s.n > 1 ? (unsigned char)s.p[1] : 0;
	size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
	if (s.n >= length)
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0xC0) != 0x80)
			return false;
	if (s.n == 1)
		return true;
	return !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second > 0x9F) && !(lead == 0xF0 && second < 0x90) &&
		!(lead == 0xF4 && second > 0x8F);
}

static bool text_is_good(struct ws_reader *r, bool is_end)
{
	struct span fresh = span_from(buf_view(&r->message), r->n_checked);
	size_t good = utf8_valid_prefix(fresh);
	r->n_checked += good;
	struct span rest = span_from(fresh, good);
	return !rest.n || (!is_end && rest.n < 4 && may_go_on(rest));
}

static void unmask(struct ws_reader *r, unsigned char *out, const char *in, size_t n)
{
	unsigned char mask[8];
	size_t i = 0;
	for (size_t k = 0; k < sizeof mask; k++)
		mask[k] = r->head[(r->mask_at + k) & 3];
	for (; i + sizeof mask <= n; i += sizeof mask)
		for (size_t k = 0; k < sizeof mask; k++) /* of a fixed length, so that it becomes one operation */
			out[i + k] = (unsigned char)in[i + k] ^ mask[k];
	for (; i < n; i++)
		out[i] = (unsigned char)in[i] ^ mask[i & 7];
	r->mask_at = (unsigned char)((r->mask_at + n) & 3);
}

static bool is_close_code(int code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != NO_CODE && code != 1006) || (code >= 3000 && code <= 4999);
}

static enum ws_found close_frame(struct ws_reader *r)
{
	r->close_code = NO_CODE;
	if (r->n_control == 0)
		return WS_FOUND_CLOSE;
	if (r->n_control == 1)
		return fail(r, PROTOCOL_ERROR, "half a close code");
	int code = r->control[0] << 8 | r->control[1];
	if (!is_close_code(code))
		return fail(r, PROTOCOL_ERROR, "no such close code");
	if (!utf8_is_valid(span_make((const char *)r->control + 2, r->n_control - 2u)))
		return fail(r, NOT_UTF8, "the close reason isn't UTF-8");
	r->close_code = code;
	return WS_FOUND_CLOSE;
}

static enum ws_found frame_is_whole(struct ws_reader *r)
{
	r->in_payload = false;
	if (r->opcode == WS_OP_CLOSE)
		return close_frame(r);
	if (is_control(r))
		return r->opcode == WS_OP_PING ? WS_FOUND_PING : WS_FOUND_PONG;
	if (!r->is_final)
		return WS_FOUND_NOTHING;
	r->in_message = false;
	if (r->is_deaf)
		return WS_FOUND_NOTHING;
	if (r->is_text && !text_is_good(r, true))
		return fail(r, NOT_UTF8, "text that isn't UTF-8");
	return WS_FOUND_MESSAGE;
}

static size_t push_payload(struct ws_reader *r, struct span bytes, enum ws_found *found)
{
	size_t n = r->left < bytes.n ? (size_t)r->left : bytes.n;
	r->left -= n;
	if (is_control(r)) {
		unmask(r, r->control + r->n_control, bytes.p, n);
		r->n_control = (unsigned char)(r->n_control + n);
	} else if (!r->is_deaf && n) {
		buf_reserve(&r->message, n);
		unmask(r, (unsigned char *)r->message.p + r->message.n, bytes.p, n);
		r->message.n += n;
		r->message.p[r->message.n] = '\0';
		if (r->is_text && !text_is_good(r, false))
			*found = fail(r, NOT_UTF8, "text that isn't UTF-8");
	}
	if (!*found && !r->left)
		*found = frame_is_whole(r);
	return n;
}

size_t ws_reader_push(struct ws_reader *r, struct span bytes, enum ws_found *found)
{
	size_t used = 0;
	*found = WS_FOUND_NOTHING;
	/* A large message's memory isn't kept for the next. */
	if (!r->in_message && r->message.n > MEMORY_KEPT)
		buf_finish(&r->message);
	while (!*found && (used < bytes.n || (r->in_payload && !r->left))) {
		struct span rest = span_from(bytes, used);
		used += r->in_payload ? push_payload(r, rest, found) : push_head(r, rest, found);
	}
	return used;
}

/* --- ours --- */

size_t ws_frame_head(unsigned char out[10], enum ws_opcode opcode, size_t n)
{
	size_t n_length = n < 126 ? 0 : n < 65536 ? 2 : 8;
	out[0] = (unsigned char)(0x80 | opcode);
	out[1] = (unsigned char)(n_length == 0 ? n : n_length == 2 ? 126 : 127);
	for (size_t i = 0; i < n_length; i++)
		out[2 + i] = (unsigned char)(n >> (8 * (n_length - 1 - i)));
	return 2 + n_length;
}
