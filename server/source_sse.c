/* An event stream over http and https (WHATWG HTML, 9.2), by libwebsockets' client. One connection at a time; each
 * attempt goes through resolve -> connect -> answer -> stream, and whatever ends it leads to finish_attempt.
 * SPDX-License-Identifier: MIT */
#include "server/source_impl.h"

#include <libwebsockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/backoff.h"
#include "server/loop.h"
#include "server/playback.h"
#include "server/resolve.h"
#include "server/sse.h"
#include "server/url.h"

enum {
	SILENCE_MS = 30000,    /* EventStreams sends a comment every 15 s */
	LIVE_MINUTE_MS = 60000, /* a connection that lasted this long was a good one */
	REDIRECTS_MOST = 5,
	ADDRESSES_MOST = 8,
	READ_MOST = 16 << 10,
	ID_SENT_MOST = 8 << 10, /* libwebsockets builds the request in 16 KiB */
	BLOCKED_LOOK_MS = 1000,
};

struct sse_source;

struct sse_connection {
	struct loop_client client; /* first: what the loop gives back */
	struct sse_source *source;
};

struct sse_source {
	struct source base;
	struct sse_connection connection;
	struct url home, url; /* home: as configured; url: home, or where redirects led */
	int redirects;

	uv_timer_t retry, silence;
	struct resolve *resolving;
	int open_handles;
	char addresses[ADDRESSES_MOST][INET6_ADDRSTRLEN];
	size_t n_addresses, next_address;

	struct lws *wsi;      /* NULL between connections: callbacks of any other wsi are ignored */
	bool is_live, is_blocked; /* is_blocked: the log is behind, nothing is read */
	bool was_refused;     /* by the answer: the next address would say the same */
	int64_t asked_wait_ms; /* by the answer; 0: none */
	int64_t live_since_ms, last_byte_ms;
	uint64_t taken;       /* messages of this connection */
	struct sse sse;
	struct buf position;  /* behind the last message that ingest took */
	struct buf unread;    /* bytes that came before the socket stood still */
	struct backoff backoff;

	struct playback *fallback;
};

static void attempt(struct sse_source *s);
static void connect_next(struct sse_source *s);

static const char *source_name(const struct sse_source *s)
{
	return s->base.wanted->name;
}

static uint32_t random_bits(void)
{
	uint32_t bits = 0;
	/* Without entropy (never, once the machine is up) there is just no jitter. */
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
		bits = UINT32_MAX;
	return bits;
}

/* The fallback: a recording in place of the stream. */

static void on_fallback_ended(void *data, enum err e, const struct why *why)
{
	struct sse_source *s = data;
	(void)e; /* it repeats: only an error ends it */
	DIAG(DIAG_ERROR, "source", "%s: can't play the fallback: %s", source_name(s), why->text);
	playback_destroy(s->fallback);
	s->fallback = NULL;
	source_say(&s->base, SOURCE_WAITING, "can't reach %s, nor play the recording: %s", s->home.host, why->text);
}

static void on_fallback_played(void *data)
{
	struct source *s = data;
	s->last_message_ms = clock_mono_ms();
}

static void stop_fallback(struct sse_source *s)
{
	playback_destroy(s->fallback);
	s->fallback = NULL;
}

static void start_fallback(struct sse_source *s)
{
	if (s->fallback || !s->base.wanted->fallback)
		return;
	char *path = source_path(s->base.config, s->base.wanted->fallback);
	const struct playback_options options = {
		.path = path, .rate = -1, .repeat = true,
		.ended = on_fallback_ended, .played = on_fallback_played, .data = s,
	};
	struct why why;
	if (playback_create(&s->base.loop->uv, s->base.in, &options, &s->fallback, &why))
		DIAG(DIAG_ERROR, "source", "%s: can't play the fallback %s: %s", source_name(s), path, why.text);
	free(path);
}

/* States, as people read them. */

static void say_waiting(struct sse_source *s, int64_t wait_ms, const char *what)
{
	if (s->fallback)
		source_say(&s->base, SOURCE_FALLBACK, "can't reach %s (%s): playing the recording", s->home.host, what);
	else
		source_say(&s->base, SOURCE_WAITING, "%s: %s; trying again in %lld s", s->home.host, what,
			(long long)((wait_ms + 999) / 1000));
}

static void say_connecting(struct sse_source *s)
{
	if (!s->fallback)
		source_say(&s->base, SOURCE_CONNECTING, "connecting to %s", s->home.host);
}

static void give_up(struct sse_source *s, enum source_state state, const char *what)
{
	stop_fallback(s);
	source_say(&s->base, state, "%s: %s", s->home.host, what);
	DIAG(state == SOURCE_ENDED ? DIAG_INFO : DIAG_ERROR, "source", "%s: %s", source_name(s), s->base.text);
}

/* The end of an attempt. */

/* Nothing of this connection is looked at any more. From within its own callback that must return -1 then. */
static void let_go(struct sse_source *s, bool within_callback)
{
	struct lws *wsi = s->wsi;
	s->wsi = NULL;
	s->is_live = false;
	uv_timer_stop(&s->silence);
	buf_clear(&s->unread);
	if (!wsi)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	if (!within_callback)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void on_retry(uv_timer_t *timer)
{
	struct sse_source *s = timer->data;
	/* An event that the log had no room for is the connection's last word; the next begins behind it. */
	if (sse_is_waiting(&s->sse)) {
		uv_timer_start(timer, on_retry, BLOCKED_LOOK_MS, 0);
		return;
	}
	sse_restart(&s->sse);
	s->url = s->home;
	s->redirects = 0;
	s->base.reconnects++;
	say_connecting(s);
	attempt(s);
}

static void on_next_address(uv_timer_t *timer)
{
	connect_next(timer->data);
}

/* what: for people, "it closed the stream". Plans the next attempt. */
static void finish_attempt(struct sse_source *s, bool within_callback, const char *what)
{
	bool was_live = s->is_live;
	bool was_good = was_live && (s->taken > 0 || clock_mono_ms() - s->live_since_ms >= LIVE_MINUTE_MS);
	char text[120];
	snprintf(text, sizeof text, "%s", what); /* may live in the connection that is let go */
	let_go(s, within_callback);
	if (!was_live && !s->was_refused && s->next_address < s->n_addresses) {
		uv_timer_start(&s->retry, on_next_address, 0, 0);
		return;
	}
	if (was_good)
		backoff_reset(&s->backoff);
	if (s->sse.retry_ms >= 0)
		backoff_set_base(&s->backoff, s->sse.retry_ms);
	int64_t wait_ms = backoff_next_ms(&s->backoff, random_bits());
	int64_t asked_ms = backoff_at_least_ms(s->asked_wait_ms, random_bits());
	if (asked_ms > wait_ms)
		wait_ms = asked_ms;
	s->asked_wait_ms = 0;
	if (!was_live)
		start_fallback(s);
	say_waiting(s, wait_ms, text);
	/* The edge in front of EventStreams cuts each connection after 15 minutes: an end is nothing to worry about. */
	DIAG(was_live ? DIAG_INFO : DIAG_WARN, "source", "%s: %s: %s; trying again in %lld ms", source_name(s), s->url.host,
		text, (long long)wait_ms);
	uv_timer_start(&s->retry, on_retry, (uint64_t)wait_ms, 0);
}

static void on_silence(uv_timer_t *timer)
{
	struct sse_source *s = timer->data;
	int64_t left = s->last_byte_ms + SILENCE_MS - clock_mono_ms();
	if (s->is_blocked)
		left = SILENCE_MS; /* it is us who don't read */
	if (left > 0)
		uv_timer_start(timer, on_silence, (uint64_t)left, 0);
	else
		finish_attempt(s, false, "silent for 30 s");
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
	enum err e;
	if (ev->oversize)
		e = ingest_skip(s->base.in, SKIP_OVERSIZE, ev->id);
	else /* an upstream's error is counted as broken: nothing is no JSON */
		e = ingest_message(s->base.in, span_is(ev->type, "error") ? span_make("", 0) : ev->data, ev->id);
	if (e)
		return false;
	s->base.last_message_ms = clock_mono_ms();
	s->taken++;
	move_position(s, ev->id);
	return true;
}

/* As much of the bytes as the log has room for; the rest waits. */
static void read_bytes(struct sse_source *s, struct span bytes)
{
	if (s->is_blocked) {
		buf_span(&s->unread, bytes);
		return;
	}
	size_t used = sse_push(&s->sse, bytes);
	s->is_blocked = sse_is_waiting(&s->sse);
	if (!s->is_blocked) {
		move_position(s, sse_last_id(&s->sse)); /* a block without data moves it too */
		return;
	}
	buf_span(&s->unread, span_from(bytes, used));
	if (s->wsi)
		lws_rx_flow_control(s->wsi, 0);
}

static void resume(struct source *source)
{
	struct sse_source *s = (struct sse_source *)source;
	if (s->fallback)
		playback_resume(s->fallback);
	if (!s->is_blocked)
		return;
	s->is_blocked = false;
	struct buf unread = s->unread;
	s->unread = (struct buf){0};
	read_bytes(s, buf_view(&unread));
	buf_finish(&unread);
	s->last_byte_ms = clock_mono_ms();
	if (!s->is_blocked && s->wsi)
		lws_rx_flow_control(s->wsi, 1);
}

/* The answer. */

static struct span answer_header(struct lws *wsi, enum lws_token_indexes token, char *room, size_t size)
{
	int n = lws_hdr_copy(wsi, room, (int)size, token);
	return n > 0 ? span_trim(span_make(room, (size_t)n)) : (struct span){0};
}

static int refuse(struct sse_source *s, int64_t wait_ms, const char *what)
{
	s->was_refused = true;
	s->asked_wait_ms = wait_ms;
	finish_attempt(s, true, what);
	return -1;
}

static int begin_stream(struct sse_source *s, struct lws *wsi)
{
	char room[256];
	struct span type = answer_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, room, sizeof room);
	type.n = span_find(type, ';');
	if (!span_equal_nocase(span_trim(type), SPAN_LITERAL("text/event-stream")))
		return refuse(s, BACKOFF_REFUSED_MS, "its answer isn't an event stream");
	struct span coding = answer_header(wsi, WSI_TOKEN_HTTP_CONTENT_ENCODING, room, sizeof room);
	if (coding.n && !span_equal_nocase(coding, SPAN_LITERAL("identity")))
		return refuse(s, BACKOFF_REFUSED_MS, "its answer is compressed, though that wasn't asked for");
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* else lws hangs up in the middle of the stream */
	s->is_live = true;
	s->live_since_ms = s->last_byte_ms = clock_mono_ms();
	s->taken = 0;
	stop_fallback(s);
	source_say(&s->base, SOURCE_LIVE, "listening to %s", s->home.host);
	DIAG(DIAG_INFO, "source", "%s: listening to %s", source_name(s), s->url.host);
	return 0;
}

/* The next attempt begins at once, outside the callback of the one that it replaces. */
static void on_redirected(uv_timer_t *timer)
{
	attempt(timer->data);
}

static int redirect(struct sse_source *s, struct lws *wsi)
{
	char room[URL_PATH_MAX + URL_HOST_MAX + 16];
	struct span location = answer_header(wsi, WSI_TOKEN_HTTP_LOCATION, room, sizeof room);
	struct url next;
	struct why why;
	if (s->redirects++ == REDIRECTS_MOST)
		return refuse(s, BACKOFF_REFUSED_MS, "it redirects without end");
	if (url_redirect(&s->url, location, &next, &why))
		return refuse(s, BACKOFF_REFUSED_MS, why.text);
	s->url = next;
	let_go(s, true);
	uv_timer_start(&s->retry, on_redirected, 0, 0);
	return -1;
}

static int on_answer(struct sse_source *s, struct lws *wsi)
{
	unsigned status = lws_http_client_http_response(wsi);
	char what[64], room[64];
	int64_t wait_ms = status >= 400 && status < 500 ? BACKOFF_REFUSED_MS : 0;
	if (status == 200)
		return begin_stream(s, wsi);
	if (status == 204) { /* the standard's way to say: don't come back */
		let_go(s, true);
		give_up(s, SOURCE_ENDED, "it has ended the stream");
		return -1;
	}
	if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		return redirect(s, wsi);
	if (status == 429 || status == 503) {
		struct span asked = answer_header(wsi, WSI_TOKEN_HTTP_RETRY_AFTER, room, sizeof room);
		backoff_retry_after(asked, clock_wall_ms(), &wait_ms);
	}
	snprintf(what, sizeof what, "it answers %u", status);
	return refuse(s, wait_ms, what);
}

/* libwebsockets. */

static int add_header(struct lws *wsi, const char *name, struct span value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value.p, (int)value.n,
		p, end);
}

static int add_headers(struct sse_source *s, struct lws *wsi, unsigned char **p, size_t room)
{
	unsigned char *end = *p + room;
	struct buf agent = {0};
	buf_format(&agent, "carillon/%s (+%s)", CARILLON_VERSION, s->base.config->base_url ? s->base.config->base_url : "");
	int failed = add_header(wsi, "accept:", SPAN_LITERAL("text/event-stream"), p, end) ||
		add_header(wsi, "accept-encoding:", SPAN_LITERAL("identity"), p, end) ||
		add_header(wsi, "user-agent:", buf_view(&agent), p, end);
	buf_finish(&agent);
	if (s->position.n > ID_SENT_MOST)
		DIAG(DIAG_WARN, "source", "%s: its last event id is too long to be sent; it starts anew", source_name(s));
	else if (s->position.n)
		failed = failed || add_header(wsi, "last-event-id:", buf_view(&s->position), p, end);
	return failed ? -1 : 0;
}

static int read_more(struct lws *wsi)
{
	char room[READ_MOST], *p = room;
	int n = sizeof room;
	return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
}

static int on_lws(struct loop_client *client, struct lws *wsi, int reason, void *in, size_t n)
{
	struct sse_source *s = ((struct sse_connection *)client)->source;
	if (s->wsi != wsi)
		return 0; /* another stage of a connection that was let go */
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(s, wsi, in, n);
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		return on_answer(s, wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return read_more(wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		/* 4.1.6 reads a chunk size of 2^31 and more as a negative length. */
		if (n > READ_MOST)
			return -1;
		s->last_byte_ms = clock_mono_ms();
		read_bytes(s, span_make(in, n));
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		finish_attempt(s, true, in ? in : "the connection failed");
		return 0;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
		finish_attempt(s, true, "it closed the stream");
		return -1;
	default:
		return 0;
	}
}

static void connect_next(struct sse_source *s)
{
	struct lws_client_connect_info info = {
		.context = s->base.loop->lws,
		.vhost = s->base.loop->clients,
		.address = s->addresses[s->next_address++], /* a literal: lws never asks the resolver */
		.port = s->url.port,
		.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (s->url.is_tls ? LCCSCF_USE_SSL : 0),
		.path = s->url.path,
		.host = s->url.authority, /* also what the certificate must be for */
		.method = "GET",
		.alpn = "http/1.1",
		.local_protocol_name = "clients",
		.opaque_user_data = &s->connection,
		.pwsi = &s->wsi,
	};
	s->was_refused = false;
	s->last_byte_ms = clock_mono_ms();
	uv_timer_start(&s->silence, on_silence, SILENCE_MS, 0);
	if (!lws_client_connect_via_info(&info)) {
		s->wsi = NULL;
		finish_attempt(s, false, "no connection could be begun");
	}
}

static void on_resolved(void *data, const char *address, const struct why *why)
{
	struct sse_source *s = data;
	s->n_addresses = s->next_address = 0;
	for (const char *a = address; a && s->n_addresses < ADDRESSES_MOST; a = resolve_next(s->resolving))
		snprintf(s->addresses[s->n_addresses++], sizeof *s->addresses, "%s", a);
	s->resolving = NULL;
	if (s->n_addresses)
		connect_next(s);
	else
		finish_attempt(s, false, why->text);
}

/* getaddrinfo may take many seconds, and the loop has listeners to serve. */
static void attempt(struct sse_source *s)
{
	s->resolving = resolve_start(s->base.loop, s->url.host, on_resolved, s);
}

/* The source. */

static bool takes(struct span url)
{
	return span_starts(url, "http://") || span_starts(url, "https://");
}

static void init_timer(struct sse_source *s, uv_timer_t *timer)
{
	uv_timer_init(&s->base.loop->uv, timer);
	timer->data = s;
	s->open_handles++;
}

static void on_first(uv_timer_t *timer)
{
	attempt(timer->data);
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct url url;
	enum err e = url_parse(span_of(common->wanted->url), &url, why);
	if (e)
		return e;
	if (!common->loop->clients)
		return why_set(why, E_IO, "the loop has no sockets");
	struct sse_source *s = mem_new(1, sizeof *s);
	s->base = *common;
	s->connection = (struct sse_connection){.client = {on_lws}, .source = s};
	s->home = s->url = url;
	sse_init(&s->sse, INGEST_MESSAGE_MAX, on_event, s);
	backoff_init(&s->backoff);
	char *position = ingest_position(common->in);
	if (position)
		buf_text(&s->position, position);
	free(position);
	init_timer(s, &s->retry);
	init_timer(s, &s->silence);
	say_connecting(s);
	uv_timer_start(&s->retry, on_first, 0, 0);
	*source = &s->base;
	return OK;
}

static void on_handle_gone(uv_handle_t *handle)
{
	struct sse_source *s = handle->data;
	if (--s->open_handles)
		return;
	sse_finish(&s->sse);
	buf_finish(&s->position);
	buf_finish(&s->unread);
	free(s);
}

static void stop(struct source *source)
{
	struct sse_source *s = (struct sse_source *)source;
	let_go(s, false);
	stop_fallback(s);
	resolve_cancel(s->resolving);
	uv_close((uv_handle_t *)&s->retry, on_handle_gone);
	uv_close((uv_handle_t *)&s->silence, on_handle_gone);
}

const struct source_ops source_sse = {.takes = takes, .start = start, .resume = resume, .stop = stop};
