/* Whatever ends an attempt leads to upstream_lost, which plans the next.
 * SPDX-License-Identifier: MIT */
#include "server/upstream.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/utf8.h"
#include "server/playback.h"
#include "server/resolve.h"

enum {
	LIVE_MINUTE_MS = 60000, /* a connection that lasted this long was a good one */
	REDIRECTS_MOST = 5,
	CONNECT_MS = 30000,     /* until it is live */
	BUSY_LOOK_MS = 1000,
	TICK_MS = 1000,
};

static void attempt(struct upstream *u);
static void connect_next(struct upstream *u);

static const char *source_name(const struct upstream *u)
{
	return u->base.wanted->name;
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
	struct upstream *u = data;
	(void)e; /* it repeats: only an error ends it */
	DIAG(DIAG_ERROR, "source", "%s: can't play the fallback: %s", source_name(u), why->text);
	playback_destroy(u->_fallback);
	u->_fallback = NULL;
	source_say(&u->base, SOURCE_WAITING, "can't reach %s, nor play the recording: %s", u->home.host, why->text);
}

static void on_fallback_played(void *data)
{
	struct source *s = data;
	s->last_message_ms = clock_mono_ms();
}

static void stop_fallback(struct upstream *u)
{
	playback_destroy(u->_fallback);
	u->_fallback = NULL;
}

static void start_fallback(struct upstream *u)
{
	if (u->_fallback || !u->base.wanted->fallback)
		return;
	char *path = source_path(u->base.config, u->base.wanted->fallback);
	const struct playback_options options = {
		.path = path, .rate = -1, .repeat = true,
		.ended = on_fallback_ended, .played = on_fallback_played, .data = u,
	};
	struct why why;
	if (playback_create(&u->base.loop->uv, u->base.in, &options, &u->_fallback, &why))
		DIAG(DIAG_ERROR, "source", "%s: can't play the fallback %s: %s", source_name(u), path, why.text);
	free(path);
}

void upstream_resume(struct upstream *u)
{
	if (u->_fallback)
		playback_resume(u->_fallback);
}

/* States, as people read them. */

static void say_waiting(struct upstream *u, int64_t wait_ms, const char *what)
{
	if (u->_fallback)
		source_say(&u->base, SOURCE_FALLBACK, "can't reach %s (%s): playing the recording", u->home.host, what);
	else
		source_say(&u->base, SOURCE_WAITING, "%s: %s; trying again in %lld s", u->home.host, what,
			(long long)((wait_ms + 999) / 1000));
}

static void say_connecting(struct upstream *u)
{
	if (!u->_fallback)
		source_say(&u->base, SOURCE_CONNECTING, "connecting to %s", u->home.host);
}

/* The end of an attempt. */

/* Nothing of this connection is looked at any more. From within its own callback that must return -1 then. */
static void let_go(struct upstream *u, bool within_callback)
{
	struct lws *wsi = u->wsi;
	u->wsi = NULL;
	u->is_live = false;
	uv_timer_stop(&u->_silence);
	uv_timer_stop(&u->_tick);
	u->kind->let_go(u);
	if (!wsi)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	if (!within_callback)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void on_retry(uv_timer_t *timer)
{
	struct upstream *u = timer->data;
	/* A message that the log had no room for is the connection's last word; the next begins behind it. */
	if (u->kind->is_busy && u->kind->is_busy(u)) {
		uv_timer_start(timer, on_retry, BUSY_LOOK_MS, 0);
		return;
	}
	u->kind->let_go(u);
	u->url = u->home;
	u->_redirects = 0;
	u->base.reconnects++;
	say_connecting(u);
	attempt(u);
}

static void on_next_address(uv_timer_t *timer)
{
	connect_next(timer->data);
}

void upstream_lost(struct upstream *u, bool within_callback, const char *what)
{
	bool was_live = u->is_live;
	bool was_good = was_live && (u->_taken > 0 || clock_mono_ms() - u->_live_since_ms >= LIVE_MINUTE_MS);
	char text[120];
	snprintf(text, sizeof text, "%s", what); /* may live in the connection that is let go */
	text[utf8_valid_prefix(span_of(text))] = '\0';
	let_go(u, within_callback);
	if (!was_live && !u->_was_refused && u->_next_address < u->_n_addresses) {
		uv_timer_start(&u->_retry, on_next_address, 0, 0);
		return;
	}
	if (was_good)
		backoff_reset(&u->backoff);
	int64_t wait_ms = backoff_next_ms(&u->backoff, random_bits());
	int64_t asked_ms = backoff_at_least_ms(u->_asked_wait_ms, random_bits());
	if (asked_ms > wait_ms)
		wait_ms = asked_ms;
	u->_asked_wait_ms = 0;
	if (!was_live)
		start_fallback(u);
	say_waiting(u, wait_ms, text);
	/* The edge in front of EventStreams cuts each connection after 15 minutes: an end is nothing to worry about. */
	DIAG(was_live ? DIAG_INFO : DIAG_WARN, "source", "%s: %s: %s; trying again in %lld ms", source_name(u), u->url.host,
		text, (long long)wait_ms);
	uv_timer_start(&u->_retry, on_retry, (uint64_t)wait_ms, 0);
}

int upstream_refused(struct upstream *u, int64_t wait_ms, const char *what)
{
	u->_was_refused = true;
	u->_asked_wait_ms = wait_ms;
	upstream_lost(u, true, what);
	return -1;
}

int upstream_ended(struct upstream *u, const char *what)
{
	let_go(u, true);
	stop_fallback(u);
	source_say(&u->base, SOURCE_ENDED, "%s: %s", u->home.host, what);
	DIAG(DIAG_INFO, "source", "%s: %s", source_name(u), u->base.text);
	return -1;
}

static int64_t patience_ms(const struct upstream *u)
{
	return u->is_live ? u->kind->silence_ms : CONNECT_MS;
}

static void on_silence(uv_timer_t *timer)
{
	struct upstream *u = timer->data;
	int64_t left = u->_heard_ms + patience_ms(u) - clock_mono_ms();
	char text[40];
	if (u->is_live && u->is_held)
		left = patience_ms(u); /* it is us who don't read */
	if (left > 0) {
		uv_timer_start(timer, on_silence, (uint64_t)left, 0);
		return;
	}
	snprintf(text, sizeof text, "silent for %d s", (int)(patience_ms(u) / 1000));
	upstream_lost(u, false, text);
}

/* What the source tells of its connection. */

static void on_tick(uv_timer_t *timer)
{
	struct upstream *u = timer->data;
	u->kind->tick(u);
}

void upstream_is_live(struct upstream *u)
{
	lws_set_timeout(u->wsi, NO_PENDING_TIMEOUT, 0); /* else lws hangs up in the middle of the stream */
	u->is_live = true;
	u->_live_since_ms = u->_heard_ms = clock_mono_ms();
	u->_taken = 0;
	stop_fallback(u);
	if (u->kind->tick)
		uv_timer_start(&u->_tick, on_tick, TICK_MS, TICK_MS);
	source_say(&u->base, SOURCE_LIVE, "listening to %s", u->home.host);
	DIAG(DIAG_INFO, "source", "%s: listening to %s", source_name(u), u->url.host);
}

void upstream_heard(struct upstream *u)
{
	u->_heard_ms = clock_mono_ms();
}

void upstream_took(struct upstream *u)
{
	u->base.last_message_ms = clock_mono_ms();
	u->_taken++;
}

/* The answer. */

struct span upstream_answer_header(struct lws *wsi, int token, char *room, size_t size)
{
	int n = lws_hdr_copy(wsi, room, (int)size, (enum lws_token_indexes)token);
	return n > 0 ? span_trim(span_make(room, (size_t)n)) : (struct span){0};
}

/* The next attempt begins at once, outside the callback of the one that it replaces. */
static void on_redirected(uv_timer_t *timer)
{
	attempt(timer->data);
}

static int redirect(struct upstream *u, struct lws *wsi)
{
	char room[URL_PATH_MAX + URL_HOST_MAX + 16];
	struct span location = upstream_answer_header(wsi, WSI_TOKEN_HTTP_LOCATION, room, sizeof room);
	struct url next;
	struct why why;
	if (u->_redirects++ == REDIRECTS_MOST)
		return upstream_refused(u, BACKOFF_REFUSED_MS, "it redirects without end");
	if (url_redirect(&u->url, location, &next, &why))
		return upstream_refused(u, BACKOFF_REFUSED_MS, why.text);
	u->url = next;
	let_go(u, true);
	uv_timer_start(&u->_retry, on_redirected, 0, 0);
	return -1;
}

static int on_answer(struct upstream *u, struct lws *wsi)
{
	unsigned status = lws_http_client_http_response(wsi);
	char what[64], room[64];
	int64_t wait_ms = status >= 400 && status < 500 ? BACKOFF_REFUSED_MS : 0;
	if (status < 300)
		return u->kind->answered(u, wsi, status);
	if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		return redirect(u, wsi);
	if (status == 429 || status == 503) {
		struct span asked = upstream_answer_header(wsi, WSI_TOKEN_HTTP_RETRY_AFTER, room, sizeof room);
		backoff_retry_after(asked, clock_wall_ms(), &wait_ms);
	}
	snprintf(what, sizeof what, "it answers %u", status);
	return upstream_refused(u, wait_ms, what);
}

/* libwebsockets. */

int upstream_add_header(struct lws *wsi, const char *name, struct span value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value.p, (int)value.n,
		p, end);
}

static int add_headers(struct upstream *u, struct lws *wsi, unsigned char **p, size_t room)
{
	unsigned char *end = *p + room;
	struct buf agent = {0};
	buf_format(&agent, "carillon/%s (+%s)", CARILLON_VERSION, u->base.config->base_url ? u->base.config->base_url : "");
	int failed = upstream_add_header(wsi, "user-agent:", buf_view(&agent), p, end);
	buf_finish(&agent);
	if (!failed && u->kind->add_headers)
		failed = u->kind->add_headers(u, wsi, p, end);
	return failed ? -1 : 0;
}

/* what: libwebsockets' words, "HS: ACCEPT missing" where the answer isn't a handshake's; NULL: none. */
static void on_failed(struct upstream *u, const char *what)
{
	char text[120];
	if (what && span_starts(span_of(what), "HS: ")) {
		snprintf(text, sizeof text, "its answer is no WebSocket handshake (%s)", what + 4);
		what = text;
	}
	upstream_lost(u, true, what ? what : "the connection failed");
}

static int on_lws(struct loop_client *client, struct lws *wsi, int reason, void *in, size_t n)
{
	struct upstream *u = ((struct upstream_connection *)client)->upstream;
	if (u->wsi != wsi)
		return 0; /* another stage of a connection that was let go */
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(u, wsi, in, n);
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		return on_answer(u, wsi);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_failed(u, in);
		return 0;
	default:
		return u->kind->callback(u, wsi, reason, in, n);
	}
}

/* The guard's is meant for listeners: it hangs up on a WebSocket that answered no ping for 45 s, whatever else it says. */
static const lws_retry_bo_t no_idle_policy = {0};

static void connect_next(struct upstream *u)
{
	struct lws_client_connect_info info = {
		.context = u->base.loop->lws,
		.vhost = u->base.loop->clients,
		.address = u->_addresses[u->_next_address++], /* a literal: lws never asks the resolver */
		.port = u->url.port,
		.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (u->url.is_tls ? LCCSCF_USE_SSL : 0),
		.path = u->url.path,
		.host = u->url.authority, /* also what the certificate must be for */
		.method = u->kind->method,
		.alpn = "http/1.1",
		.local_protocol_name = "clients",
		.retry_and_idle_policy = &no_idle_policy,
		.opaque_user_data = &u->_connection,
		.pwsi = &u->wsi,
	};
	u->_was_refused = false;
	u->_heard_ms = clock_mono_ms();
	uv_timer_start(&u->_silence, on_silence, CONNECT_MS, 0);
	if (!lws_client_connect_via_info(&info)) {
		u->wsi = NULL;
		upstream_lost(u, false, "no connection could be begun");
	}
}

static void on_resolved(void *data, const char *address, const struct why *why)
{
	struct upstream *u = data;
	u->_n_addresses = u->_next_address = 0;
	for (const char *a = address; a && u->_n_addresses < UPSTREAM_ADDRESSES; a = resolve_next(u->_resolving))
		snprintf(u->_addresses[u->_n_addresses++], sizeof *u->_addresses, "%s", a);
	u->_resolving = NULL;
	if (u->_n_addresses)
		connect_next(u);
	else
		upstream_lost(u, false, why->text);
}

/* getaddrinfo may take many seconds, and the loop has listeners to serve. */
static void attempt(struct upstream *u)
{
	u->_resolving = resolve_start(u->base.loop, u->url.host, on_resolved, u);
}

/* Beginning and end. */

static void init_timer(struct upstream *u, uv_timer_t *timer)
{
	uv_timer_init(&u->base.loop->uv, timer);
	timer->data = u;
	u->_open_handles++;
}

static void on_first(uv_timer_t *timer)
{
	attempt(timer->data);
}

enum err upstream_start(struct upstream *u, const struct source *common, const struct upstream_kind *kind, struct why *why)
{
	enum err e = url_parse(span_of(common->wanted->url), &u->home, why);
	if (e)
		return e;
	if (!common->loop->clients)
		return why_set(why, E_IO, "the loop has no sockets");
	u->base = *common;
	u->kind = kind;
	u->url = u->home;
	u->_connection = (struct upstream_connection){.client = {on_lws}, .upstream = u};
	backoff_init(&u->backoff);
	init_timer(u, &u->_retry);
	init_timer(u, &u->_silence);
	init_timer(u, &u->_tick);
	say_connecting(u);
	uv_timer_start(&u->_retry, on_first, 0, 0);
	return OK;
}

static void on_handle_gone(uv_handle_t *handle)
{
	struct upstream *u = handle->data;
	if (--u->_open_handles == 0)
		u->kind->destroy(u);
}

void upstream_stop(struct upstream *u)
{
	let_go(u, false);
	stop_fallback(u);
	resolve_cancel(u->_resolving);
	uv_close((uv_handle_t *)&u->_retry, on_handle_gone);
	uv_close((uv_handle_t *)&u->_silence, on_handle_gone);
	uv_close((uv_handle_t *)&u->_tick, on_handle_gone);
}
