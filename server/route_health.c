/* route_health.c - GET /healthz: is it well, and if not, why. Always 200: it is alive when it answers, and whoever restarts
 * what is merely degraded makes it worse.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "server/health.h"
#include "server/routes.h"
#include "server/server.h"

static void write_reason(void *data, const char *source, const char *text)
{
	struct json_writer *w = data;
	struct buf reason = {0};
	buf_format(&reason, "%s: %s", source ? source : "log", text);
	json_text(w, buf_view(&reason));
	buf_finish(&reason);
}

static void write_log(struct json_writer *w, const struct server *s)
{
	char text[HEALTH_TEXT];
	bool is_ill = health_log(s, text);
	json_open(w, '{');
	json_key(w, "storing"), json_bool(w, !is_ill);
	json_key(w, "text"), json_text(w, span_of(text));
	json_close(w, '}');
}

static void write_source(struct json_writer *w, const struct server *s, size_t i)
{
	char text[HEALTH_TEXT];
	enum source_state state = s->sources[i] ? source_status(s->sources[i]).state : SOURCE_FAILED;
	health_describe(s, i, text);
	json_open(w, '{');
	json_key(w, "name"), json_text(w, span_of(s->config->sources[i].name));
	json_key(w, "state"), json_text(w, span_of(source_state_name(state)));
	json_key(w, "stale"), json_bool(w, health_source_is_stale(s, i));
	json_key(w, "text"), json_text(w, span_of(text));
	json_close(w, '}');
}

void route_health(struct http *h)
{
	struct server *s = http_server(h);
	static const struct http_field no_store[] = {{"cache-control", "no-store"}, {NULL, NULL}};
	struct buf out = {0};
	struct json_writer w;
	bool degraded = health_check(s, NULL, NULL);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_key(&w, "status"), json_text(&w, degraded ? SPAN_LITERAL("degraded") : SPAN_LITERAL("ok"));
	json_key(&w, "uptime_s"), json_number(&w, (double)((clock_mono_ms() - s->started_ms) / 1000));
	json_key(&w, "reasons"), json_open(&w, '[');
	health_check(s, write_reason, &w);
	json_close(&w, ']');
	json_key(&w, "log"), write_log(&w, s);
	json_key(&w, "sources"), json_open(&w, '[');
	for (size_t i = 0; s->sources && i < s->config->n_sources; i++)
		write_source(&w, s, i);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(&out, '\n');
	http_reply(h, 200, "application/json", &out, no_store);
	buf_finish(&out);
}
