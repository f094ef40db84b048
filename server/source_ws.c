/* A WebSocket's messages (RFC 6455), ws:// and wss://: what the configuration says is sent first, then each message that comes
 * is an event or more. Such streams have no position: what was said while nobody listened is gone.
 * SPDX-License-Identifier: MIT */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "server/upstream.h"

enum {
	PING_MS = 25000,            /* nothing heard for so long: a ping, which every WebSocket answers */
	SILENCE_MS = 65000,         /* two of them weren't answered */
	FRAGMENTS_MOST = 1024,      /* of a message, and one more for each 64 bytes of it */
	READ_OVER_MOST = 64 << 20,  /* bytes of a message that is too large */
	REFUSAL_MOST = 8 << 10,     /* bytes of a message that may be an answer to what we sent */
	SAID_MOST = 80,             /* bytes of what it says that are told on */
};

/* One that the log had no room for. Bounded by what libwebsockets had read when it was told to stop. */
struct waiting {
	struct waiting *next;
	struct buf message;
	bool is_oversize;
};

struct ws_source {
	struct upstream up; /* first: its base is the source */
	struct buf message; /* so far */
	size_t n_fragments, read_over; /* read_over: bytes of it that were dropped; 0: it isn't too large */
	struct waiting *first_waiting, **last_waiting;
	size_t next_subscribe;
	bool wants_ping, wants_keep_alive;
	int64_t spoke_ms;  /* either side a message */
	int64_t heard_ms, pinged_ms;
	bool has_sequence; /* on this connection */
	int64_t sequence;  /* the last one */
	uint64_t n_missed; /* by gaps in it, since the start */
	char said[SAID_MOST + 1];    /* by the upstream, in refusal of what we sent; "" : nothing */
	char closing[SAID_MOST + 60]; /* why it closed, as it told */
};

static struct ws_source *of(struct upstream *u)
{
	return (struct ws_source *)u;
}

/* What comes from outside, fit for a line: bounded, valid, without control characters. */
static void put_line(char *out, size_t room, struct span text)
{
	struct buf line = {0};
	while (text.n && line.n < room) {
		uint32_t c;
		text = span_from(text, utf8_decode(text, &c));
		utf8_append(&line, c < ' ' || c == 0x7F || (c >= 0x80 && c < 0xA0) ? ' ' : c);
	}
	while (line.n >= room) {
		do
			line.n--;
		while (((unsigned char)line.p[line.n] & 0xC0) == 0x80);
	}
	memcpy(out, line.p ? line.p : "", line.n);
	out[line.n] = '\0';
	buf_finish(&line);
}

/* What a message tells besides its events. */

static void look_at_sequence(struct ws_source *s, const cJSON *tree)
{
	int64_t number;
	if (!json_i64(json_at(tree, s->up.base.wanted->sequence), &number))
		return;
	if (s->has_sequence && number > s->sequence && number - s->sequence > 1) {
		uint64_t missed = (uint64_t)(number - s->sequence - 1);
		s->n_missed += missed;
		ingest_lost(s->up.base.in, missed);
		DIAG(DIAG_WARN, "source", "%s: %llu messages are missing: its sequence went from %lld to %lld",
			s->up.base.wanted->name, (unsigned long long)missed, (long long)s->sequence, (long long)number);
	}
	s->has_sequence = true;
	s->sequence = number;
}

/* JSON-RPC's way to refuse: {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"..."}}. */
static void look_for_refusal(struct ws_source *s, const cJSON *tree)
{
	const cJSON *error = json_get(tree, "error");
	struct span text = json_string(json_get(error, "message"));
	if (!cJSON_IsObject(error) || !(json_get(tree, "jsonrpc") || json_get(tree, "id")))
		return;
	put_line(s->said, sizeof s->said, text.n ? text : SPAN_LITERAL("an error without words"));
	source_say(&s->up.base, SOURCE_WAITING, "%.40s refuses what was asked: %s", s->up.home.host, s->said);
	DIAG(DIAG_WARN, "source", "%s: %s refuses what was asked: %s", s->up.base.wanted->name, s->up.home.host, s->said);
}

static void look_at(struct ws_source *s, struct span message)
{
	bool may_refuse = message.n <= REFUSAL_MOST && span_search(message, SPAN_LITERAL("\"error\""), 0) < message.n;
	if (!may_refuse && !s->up.base.wanted->sequence)
		return;
	cJSON *tree = json_parse(message, NULL);
	if (tree && may_refuse)
		look_for_refusal(s, tree);
	if (tree && s->up.base.wanted->sequence)
		look_at_sequence(s, tree);
	cJSON_Delete(tree);
}

/* Messages. */

static uint64_t not_skipped(const struct ingest_source *in)
{
	struct ingest_counts counts = ingest_counts(in);
	uint64_t n = counts.in;
	for (int reason = 0; reason < SKIP_REASONS; reason++)
		n -= counts.skipped[reason];
	return n;
}

/* False: the log has no room for it now. */
static bool give(struct ws_source *s, struct span message, bool is_oversize)
{
	struct ingest_source *in = s->up.base.in;
	const struct span nowhere = {0};
	uint64_t before = not_skipped(in);
	enum err e = is_oversize ? ingest_skip(in, SKIP_OVERSIZE, nowhere) : ingest_message(in, message, nowhere);
	if (e)
		return false;
	/* A connection isn't good for telling only that it won't have us. */
	if (not_skipped(in) == before)
		return true;
	upstream_took(&s->up);
	if (s->up.is_live && s->up.base.state != SOURCE_LIVE)
		source_say(&s->up.base, SOURCE_LIVE, "listening to %.40s, though it says: %s", s->up.home.host, s->said);
	return true;
}

static void hold(struct ws_source *s, bool is_oversize)
{
	struct waiting *w = mem_new(1, sizeof *w);
	w->is_oversize = is_oversize;
	w->message = s->message;
	s->message = (struct buf){0};
	*s->last_waiting = w;
	s->last_waiting = &w->next;
	s->up.is_held = true;
	if (s->up.wsi)
		lws_rx_flow_control(s->up.wsi, 0);
}

static void drop_first_waiting(struct ws_source *s)
{
	struct waiting *w = s->first_waiting;
	s->first_waiting = w->next;
	if (!s->first_waiting)
		s->last_waiting = &s->first_waiting;
	buf_finish(&w->message);
	free(w);
}

static void end_message(struct ws_source *s)
{
	bool is_oversize = s->read_over;
	s->spoke_ms = clock_mono_ms();
	if (!is_oversize)
		look_at(s, buf_view(&s->message));
	if (s->up.is_held || !give(s, buf_view(&s->message), is_oversize))
		hold(s, is_oversize);
	/* A large message's memory isn't kept for the next. */
	if (s->message.n > 64 << 10)
		buf_finish(&s->message);
	buf_clear(&s->message);
	s->n_fragments = s->read_over = 0;
}

static int receive(struct ws_source *s, struct lws *wsi, struct span bytes)
{
	size_t rest = lws_remaining_packet_payload(wsi), n = s->message.n + bytes.n;
	s->heard_ms = clock_mono_ms();
	upstream_heard(&s->up);
	if (s->read_over || n > INGEST_MESSAGE_MAX || rest > INGEST_MESSAGE_MAX - n) {
		buf_finish(&s->message);
		s->read_over += n;
	} else {
		buf_span(&s->message, bytes);
	}
	if (++s->n_fragments > FRAGMENTS_MOST + (s->message.n + s->read_over) / 64 || s->read_over > READ_OVER_MOST) {
		upstream_lost(&s->up, true, "it sends a message without end");
		return -1;
	}
	if (lws_is_final_fragment(wsi) && !rest)
		end_message(s);
	return 0;
}

static void resume(struct source *source)
{
	struct ws_source *s = (struct ws_source *)source;
	upstream_resume(&s->up);
	if (!s->up.is_held)
		return;
	while (s->first_waiting && give(s, buf_view(&s->first_waiting->message), s->first_waiting->is_oversize))
		drop_first_waiting(s);
	if (s->first_waiting)
		return;
	s->up.is_held = false;
	s->heard_ms = clock_mono_ms();
	upstream_heard(&s->up);
	if (!s->up.wsi)
		return;
	lws_rx_flow_control(s->up.wsi, 1);
	lws_cancel_service(s->up.base.loop->lws); /* what it has read before is looked at on its next turn only */
}

/* What we say. */

static int send_text(struct ws_source *s, const char *text)
{
	struct buf frame = {0};
	size_t n = strlen(text);
	buf_reserve(&frame, LWS_PRE + n);
	memcpy(frame.p + LWS_PRE, text, n); /* it is masked in place */
	int written = lws_write(s->up.wsi, (unsigned char *)frame.p + LWS_PRE, n, LWS_WRITE_TEXT);
	buf_finish(&frame);
	s->spoke_ms = clock_mono_ms();
	return written < 0 ? -1 : 0;
}

static int send_ping(struct ws_source *s)
{
	unsigned char frame[LWS_PRE];
	s->pinged_ms = clock_mono_ms();
	return lws_write(s->up.wsi, frame + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* One frame a call. */
static int writable(struct ws_source *s)
{
	const struct config_source *wanted = s->up.base.wanted;
	int failed = 0;
	if (s->next_subscribe < wanted->subscribe.n) {
		failed = send_text(s, wanted->subscribe.items[s->next_subscribe++]);
	} else if (s->wants_keep_alive) {
		s->wants_keep_alive = false;
		failed = send_text(s, wanted->keep_alive);
	} else if (s->wants_ping) {
		s->wants_ping = false;
		failed = send_ping(s);
	}
	if (s->next_subscribe < wanted->subscribe.n || s->wants_keep_alive || s->wants_ping)
		lws_callback_on_writable(s->up.wsi);
	return failed;
}

static void tick(struct upstream *u)
{
	struct ws_source *s = of(u);
	const struct config_source *wanted = u->base.wanted;
	int64_t now = clock_mono_ms();
	s->wants_keep_alive = wanted->keep_alive && now - s->spoke_ms >= wanted->keep_alive_ms;
	s->wants_ping = now - s->heard_ms >= PING_MS && now - s->pinged_ms >= PING_MS;
	if (!u->is_held && (s->wants_keep_alive || s->wants_ping))
		lws_callback_on_writable(u->wsi);
}

/* The connection. */

static int answered(struct upstream *u, struct lws *wsi, unsigned status)
{
	char what[60];
	(void)wsi;
	if (status == 101)
		return 0; /* libwebsockets looks whether it is the answer to our key */
	snprintf(what, sizeof what, "its answer (%u) is no WebSocket handshake", status);
	return upstream_refused(u, BACKOFF_REFUSED_MS, what);
}

static int established(struct ws_source *s, struct lws *wsi)
{
	upstream_is_live(&s->up);
	s->spoke_ms = s->heard_ms = s->pinged_ms = clock_mono_ms();
	s->said[0] = s->closing[0] = '\0';
	lws_callback_on_writable(wsi);
	return 0;
}

/* libwebsockets 4.1.6 has written 1002 over the codes that came after RFC 6455 (1012 to 1014) by now. */
static void read_closing(struct ws_source *s, struct span payload)
{
	char reason[SAID_MOST + 1];
	if (payload.n < 2)
		return;
	unsigned code = (unsigned)(unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1];
	put_line(reason, sizeof reason, span_from(payload, 2));
	snprintf(s->closing, sizeof s->closing, "it closed the connection (%u%s%s)", code, *reason ? ": " : "", reason);
}

static int callback(struct upstream *u, struct lws *wsi, int reason, void *in, size_t n)
{
	struct ws_source *s = of(u);
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return established(s, wsi);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return receive(s, wsi, span_make(in, n));
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		s->heard_ms = clock_mono_ms();
		upstream_heard(u);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return writable(s);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		read_closing(s, span_make(in, n));
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		upstream_lost(u, true, *s->closing ? s->closing : "the connection ended");
		return -1;
	default:
		return 0;
	}
}

static bool is_busy(const struct upstream *u)
{
	return ((const struct ws_source *)u)->first_waiting;
}

static void let_go(struct upstream *u)
{
	struct ws_source *s = of(u);
	buf_finish(&s->message);
	s->n_fragments = s->read_over = s->next_subscribe = 0;
	s->wants_ping = s->wants_keep_alive = s->has_sequence = false;
}

static void destroy(struct upstream *u)
{
	struct ws_source *s = of(u);
	while (s->first_waiting)
		drop_first_waiting(s);
	buf_finish(&s->message);
	free(s);
}

static const struct upstream_kind kind = {
	.silence_ms = SILENCE_MS, .is_busy = is_busy, .tick = tick, .answered = answered, .callback = callback,
	.let_go = let_go, .destroy = destroy,
};

/* The source. */

static bool takes(struct span url)
{
	return span_starts(url, "ws://") || span_starts(url, "wss://");
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct ws_source *s = mem_new(1, sizeof *s);
	enum err e = upstream_start(&s->up, common, &kind, why);
	if (e) {
		free(s);
		return e;
	}
	s->last_waiting = &s->first_waiting;
	*source = &s->up.base;
	return OK;
}

static void stop(struct source *source)
{
	upstream_stop((struct upstream *)source);
}

static void describe(const struct source *source, char *text, size_t room)
{
	const struct ws_source *s = (const struct ws_source *)source;
	size_t n = strlen(text);
	if (s->n_missed)
		snprintf(text + n, room - n, "; %llu messages were missed", (unsigned long long)s->n_missed);
}

const struct source_ops source_ws = {
	.takes = takes, .start = start, .resume = resume, .stop = stop, .describe = describe,
};
