/* An event stream over http and https (WHATWG HTML, 9.2).
 * SPDX-License-Identifier: MIT */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "server/sse.h"
#include "server/upstream.h"

enum {
	SILENCE_MS = 30000,     /* EventStreams sends a comment every 15 s */
	READ_MOST = 16 << 10,
	ID_SENT_MOST = 8 << 10, /* libwebsockets builds the request in 16 KiB */
};

struct sse_source {
	struct upstream up; /* first: its base is the source */
	struct sse sse;
	struct buf position; /* behind the last message that ingest took */
	struct buf unread;   /* bytes that came before the socket stood still */
};

static struct sse_source *of(struct upstream *u)
{
	return (struct sse_source *)u;
}

/* The stream. */

static void move_position(struct sse_source *s, struct span id)
{
	/* Until the first id comes, that of the time before counts. */
	if (!id.n)
		return;
	buf_clear(&s->position);
	buf_span(&s->position, id);
}

static bool on_event(void *data, const struct sse_event *ev)
{
	struct sse_source *s = data;
	struct ingest_source *in = s->up.base.in;
	enum err e;
	if (ev->oversize)
		e = ingest_skip(in, SKIP_OVERSIZE, ev->id);
	else /* an upstream's error is counted as broken: nothing is no JSON */
		e = ingest_message(in, span_is(ev->type, "error") ? span_make("", 0) : ev->data, ev->id);
	if (e)
		return false;
	upstream_took(&s->up);
	move_position(s, ev->id);
	return true;
}

/* As much of the bytes as the log has room for; the rest waits. */
static void read_bytes(struct sse_source *s, struct span bytes)
{
	if (s->up.is_held) {
		buf_span(&s->unread, bytes);
		return;
	}
	size_t used = sse_push(&s->sse, bytes);
	s->up.is_held = sse_is_waiting(&s->sse);
	if (!s->up.is_held) {
		move_position(s, sse_last_id(&s->sse)); /* a block without data moves it too */
		return;
	}
	buf_span(&s->unread, span_from(bytes, used));
	if (s->up.wsi)
		lws_rx_flow_control(s->up.wsi, 0);
}

static void resume(struct source *source)
{
	struct sse_source *s = (struct sse_source *)source;
	upstream_resume(&s->up);
	if (!s->up.is_held)
		return;
	s->up.is_held = false;
	struct buf unread = s->unread;
	s->unread = (struct buf){0};
	read_bytes(s, buf_view(&unread));
	buf_finish(&unread);
	upstream_heard(&s->up);
	if (!s->up.is_held && s->up.wsi)
		lws_rx_flow_control(s->up.wsi, 1);
}

/* The connection. */

static int add_headers(struct upstream *u, struct lws *wsi, unsigned char **p, unsigned char *end)
{
	struct sse_source *s = of(u);
	if (upstream_add_header(wsi, "accept:", SPAN_LITERAL("text/event-stream"), p, end) ||
	    upstream_add_header(wsi, "accept-encoding:", SPAN_LITERAL("identity"), p, end))
		return -1;
	if (s->position.n > ID_SENT_MOST)
		DIAG(DIAG_WARN, "source", "%s: its last event id is too long to be sent; it starts anew", u->base.wanted->name);
	else if (s->position.n)
		return upstream_add_header(wsi, "last-event-id:", buf_view(&s->position), p, end);
	return 0;
}

static int answered(struct upstream *u, struct lws *wsi, unsigned status)
{
	char room[256];
	if (status == 204) /* the standard's way to say: don't come back */
		return upstream_ended(u, "it has ended the stream");
	if (status != 200) {
		snprintf(room, sizeof room, "it answers %u", status);
		return upstream_refused(u, 0, room);
	}
	struct span type = upstream_answer_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, room, sizeof room);
	type.n = span_find(type, ';');
	if (!span_equal_nocase(span_trim(type), SPAN_LITERAL("text/event-stream")))
		return upstream_refused(u, BACKOFF_REFUSED_MS, "its answer isn't an event stream");
	struct span coding = upstream_answer_header(wsi, WSI_TOKEN_HTTP_CONTENT_ENCODING, room, sizeof room);
	if (coding.n && !span_equal_nocase(coding, SPAN_LITERAL("identity")))
		return upstream_refused(u, BACKOFF_REFUSED_MS, "its answer is compressed, though that wasn't asked for");
	upstream_is_live(u);
	return 0;
}

static int read_more(struct lws *wsi)
{
	char room[READ_MOST], *p = room;
	int n = sizeof room;
	return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
}

static int callback(struct upstream *u, struct lws *wsi, int reason, void *in, size_t n)
{
	switch (reason) {
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return read_more(wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		/* 4.1.6 reads a chunk size of 2^31 and more as a negative length. */
		if (n > READ_MOST)
			return -1;
		upstream_heard(u);
		read_bytes(of(u), span_make(in, n));
		return 0;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
		upstream_lost(u, true, "it closed the stream");
		return -1;
	default:
		return 0;
	}
}

static bool is_busy(const struct upstream *u)
{
	return sse_is_waiting(&((const struct sse_source *)u)->sse);
}

static void let_go(struct upstream *u)
{
	struct sse_source *s = of(u);
	buf_clear(&s->unread);
	if (s->sse.retry_ms >= 0)
		backoff_set_base(&u->backoff, s->sse.retry_ms);
	if (!sse_is_waiting(&s->sse)) /* what waits is still its last event */
		sse_restart(&s->sse);
}

static void destroy(struct upstream *u)
{
	struct sse_source *s = of(u);
	sse_finish(&s->sse);
	buf_finish(&s->position);
	buf_finish(&s->unread);
	free(s);
}

static const struct upstream_kind kind = {
	.method = "GET", .silence_ms = SILENCE_MS, .add_headers = add_headers, .is_busy = is_busy, .answered = answered,
	.callback = callback, .let_go = let_go, .destroy = destroy,
};

/* The source. */

static bool takes(struct span url)
{
	return span_starts(url, "http://") || span_starts(url, "https://");
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct sse_source *s = mem_new(1, sizeof *s);
	enum err e = upstream_start(&s->up, common, &kind, why);
	if (e) {
		free(s);
		return e;
	}
	sse_init(&s->sse, INGEST_MESSAGE_MAX, on_event, s);
	char *position = ingest_position(common->in);
	if (position)
		buf_text(&s->position, position);
	free(position);
	*source = &s->up.base;
	return OK;
}

static void stop(struct source *source)
{
	upstream_stop((struct upstream *)source);
}

const struct source_ops source_sse = {.takes = takes, .start = start, .resume = resume, .stop = stop};
