/* Of a socket one batch is with the log at a time; what comes meanwhile is gathered into the next. So the batches grow
 * with load, and the answers have the messages' order by themselves.
 * SPDX-License-Identifier: MIT */
#include "server/push.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "server/push_access.h"
#include "server/server.h"
#include "server/source_push.h"

enum {
	CLOSE_POLICY = 1008,
	TEXT_SHOWN = 100,        /* bytes of a reason: a batch's answers must fit into the socket's queue */
	ANSWERS_WAITING = 64 << 10, /* over it the client doesn't read: nothing more is begun */
};

_Static_assert(PUSH_UNDER_WAY * (TEXT_SHOWN + 60) + ANSWERS_WAITING <= WS_QUEUE_HARD, "the answers to a batch must fit");
_Static_assert((int)WS_CREDENTIAL > (int)TOKEN_ID_TEXT, "the credential is a token's id");

struct pusher {
	struct push *push;
	struct pusher *next, *previous;
	struct ws *ws;                 /* NULL: closed; what was received is still stored */
	struct source *source;
	struct ingest_source *in;
	char token_id[TOKEN_ID_TEXT + 1];
	char *name;                    /* the source's */
	struct ingest_push *gathering; /* NULL: nothing */
	size_t n_gathered, gathered_bytes, n_out, out_bytes;
	bool is_out, is_held, is_committing;
};

struct push {
	struct server *server;
	struct pusher *pushers;
	uv_timer_t look;               /* runs while there are any */
	bool is_stopped;
};

/* --- answers --- */

static void send_text(struct pusher *p, struct buf *text)
{
	if (p->ws) {
		struct msg *m = msg_from(buf_view(text));
		enum err e = ws_send(p->ws, m);
		(void)e; /* one that is full or gone is being closed: that follows */
		msg_unref(m);
	}
	buf_clear(text);
}

static void write_receipt(struct buf *out, const struct ingest_receipt *r)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	if (r->n_events) {
		json_key(&w, "seq");
		if (r->n_events > 1)
			json_open(&w, '[');
		for (size_t i = 0; i < r->n_events; i++)
			json_int(&w, (int64_t)r->seqs[i]);
		if (r->n_events > 1)
			json_close(&w, ']');
		if (r->n_duplicates == r->n_events)
			json_key(&w, "duplicate"), json_bool(&w, true);
	}
	if (r->skipped) {
		struct span text = span_of(r->text);
		if (text.n > TEXT_SHOWN)
			text.n = utf8_valid_prefix(span_make(text.p, TEXT_SHOWN));
		json_key(&w, "skipped"), json_text(&w, span_of(skip_name(r->skipped)));
		json_key(&w, "text"), json_text(&w, text);
	}
	json_close(&w, '}');
}

/* --- the way in --- */

static void release(struct pusher *p)
{
	if (p->ws || p->is_out || p->gathering)
		return;
	if (p->previous)
		p->previous->next = p->next;
	else
		p->push->pushers = p->next;
	if (p->next)
		p->next->previous = p->previous;
	if (!p->push->pushers && !p->push->is_stopped)
		uv_timer_stop(&p->push->look);
	free(p->name);
	free(p);
}

static void hold_or_not(struct pusher *p)
{
	size_t n = p->n_gathered + p->n_out, bytes = p->gathered_bytes + p->out_bytes;
	/* Not stopped and started with each message. */
	bool is_half = n > PUSH_UNDER_WAY / 2 || bytes > PUSH_BYTES / 2;
	bool hold = p->is_held ? is_half : n >= PUSH_UNDER_WAY || bytes >= PUSH_BYTES;
	if (!p->ws || hold == p->is_held)
		return;
	p->is_held = hold;
	ws_hold(p->ws, hold);
}

static void on_durable(void *data, enum err e, const struct ingest_receipt *receipts, size_t n);

/* Hands over what was gathered, if it can be; else the timer, or room in the log, tries again. */
static void go_on(struct pusher *p)
{
	if (!p->gathering || p->is_out || (p->ws && ws_queued(p->ws) > ANSWERS_WAITING))
		return;
	struct ingest_push *push = p->gathering;
	p->gathering = NULL;
	p->is_out = true;
	p->n_out = p->n_gathered;
	p->out_bytes = p->gathered_bytes;
	p->n_gathered = p->gathered_bytes = 0;
	p->is_committing = true;
	enum err e = ingest_push_commit(push, on_durable, p);
	p->is_committing = false;
	if (!e)
		return;
	p->gathering = push;
	p->is_out = false;
	p->n_gathered = p->n_out;
	p->gathered_bytes = p->out_bytes;
	p->n_out = p->out_bytes = 0;
}

static void on_durable(void *data, enum err e, const struct ingest_receipt *receipts, size_t n)
{
	struct pusher *p = data;
	struct buf text = {0};
	size_t n_events = 0;
	for (size_t i = 0; i < n; i++) {
		n_events += receipts[i].n_events;
		if (e && receipts[i].n_events)
			buf_text(&text, "{\"error\":\"disk full\"}");
		else
			write_receipt(&text, &receipts[i]);
		send_text(p, &text);
	}
	buf_finish(&text);
	if (!e && n_events && !p->push->is_stopped)
		source_push_took(p->source, n_events);
	p->is_out = false;
	p->n_out = p->out_bytes = 0;
	if (p->is_committing)
		return; /* there was nothing to store: go_on's caller goes on */
	if (!p->push->is_stopped)
		go_on(p);
	hold_or_not(p);
	release(p);
}

static void on_room(void *data)
{
	struct push *push = data;
	for (struct pusher *p = push->pushers, *next; p; p = next) {
		next = p->next;
		go_on(p);
		hold_or_not(p);
		release(p);
	}
}

static void on_look(uv_timer_t *timer)
{
	struct push *push = timer->data;
	for (struct pusher *p = push->pushers, *next; p; p = next) {
		next = p->next;
		if (p->ws && !push_access_holds(push->server->push_access, span_of(p->token_id), span_of(p->name)))
			ws_close(p->ws, CLOSE_POLICY, "this token doesn't hold any more");
		go_on(p);
		hold_or_not(p);
		release(p);
	}
}

/* --- sockets --- */

static size_t count_of(const struct push *push, struct span token_id)
{
	size_t n = 0;
	for (const struct pusher *p = push->pushers; p; p = p->next)
		n += p->ws && span_is(token_id, p->token_id);
	return n;
}

int push_admits(struct server *server, struct span source, const struct http_head *head, const char *peer,
	char credential[WS_CREDENTIAL])
{
	struct push_grant grant;
	int status = push_access_check(server, source, http_head_get(head, "authorization"), peer, &grant);
	if (status)
		return status;
	memcpy(credential, grant.token_id, sizeof grant.token_id);
	return count_of(server->push, span_of(grant.token_id)) >= PUSH_PER_TOKEN ? 429 : 0;
}

void push_opened(struct ws *ws)
{
	struct server *server = ws_server(ws);
	struct push *push = server->push;
	const struct config_source *wanted = config_source(server->config, ws_part(ws, 0));
	struct pusher *p = mem_new(1, sizeof *p);
	ASSERT(wanted); /* push_admits saw it */
	*p = (struct pusher){.push = push, .ws = ws, .source = server->sources[wanted - server->config->sources],
		.name = mem_strdup(wanted->name), .next = push->pushers};
	p->in = source_push_ingest(p->source);
	memcpy(p->token_id, ws_credential(ws), sizeof p->token_id);
	if (p->next)
		p->next->previous = p;
	else
		uv_timer_start(&push->look, on_look, PUSH_LOOK_MS, PUSH_LOOK_MS);
	push->pushers = p;
	source_push_on_room(p->source, on_room, push);
	ws_set_data(ws, p);
	/* Several handshakes may have been let in before the first was through. */
	if (count_of(push, span_of(p->token_id)) > PUSH_PER_TOKEN)
		ws_close(ws, CLOSE_POLICY, "too many connections with this token");
}

void push_received(struct ws *ws, struct span message, bool is_text)
{
	struct pusher *p = ws_data(ws);
	(void)is_text;
	if (!p->gathering)
		p->gathering = ingest_push_begin(p->in);
	ingest_push_message(p->gathering, message);
	p->n_gathered++;
	p->gathered_bytes += message.n;
	go_on(p);
	hold_or_not(p);
}

void push_closed(struct ws *ws)
{
	struct pusher *p = ws_data(ws);
	p->ws = NULL;
	go_on(p);
	release(p);
}

uint64_t push_sockets(const struct push *push)
{
	uint64_t n = 0;
	for (const struct pusher *p = push->pushers; p; p = p->next)
		n += p->ws != NULL;
	return n;
}

struct push *push_create(struct server *server)
{
	struct push *push = mem_new(1, sizeof *push);
	push->server = server;
	uv_timer_init(&server->loop.uv, &push->look);
	push->look.data = push;
	return push;
}

void push_stop(struct push *push)
{
	if (!push)
		return;
	push->is_stopped = true;
	for (struct pusher *p = push->pushers, *next; p; p = next) {
		next = p->next;
		ASSERT(!p->ws);
		/* One whose earlier batch is still out has to wait for the client to send this again: it wasn't answered. */
		go_on(p);
		ingest_push_drop(p->gathering);
		p->gathering = NULL;
		release(p);
	}
	uv_close((uv_handle_t *)&push->look, NULL);
}

void push_destroy(struct push *push)
{
	if (!push)
		return;
	ASSERT(!push->pushers);
	free(push);
}
