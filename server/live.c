/* live.c - WS /stations/NAME/live: text frames, each a JSON array of events of the last 50 ms, often of one.
 * ?after=SEQ first sends what was missed; ?channel=a,b and ?actor_kind=anon,bot narrow. One who is closed because the
 * server stops (1001) or it was too slow (1013) is told ?after= in the reason.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/routes.h"
#include "server/server.h"
#include "server/tail.h"

enum {
	CLOSE_GOING_WRONG = 1008, CLOSE_TRY_AGAIN = 1013,
	CLOCK_MESSAGE_MAX = 64, CLOCK_EVERY_MS = 50,
};

struct live {
	struct tail *tail;
	int64_t answered_ms; /* when the clock was told last */
};

static void frame(void *data, struct msg *m)
{
	/* Too much waits: the socket closes itself with 1013, and tells the listener with which number to come back. */
	enum err e = ws_send(data, m);
	(void)e;
}

static size_t unsent(void *data)
{
	return ws_queued(data);
}

static void failed(void *data)
{
	ws_close(data, CLOSE_TRY_AGAIN, "the log can't be read now; try again later");
}

/* False: it is no number. Absent and empty are no `after`. */
static bool read_after(struct ws *ws, uint64_t *after, bool *have)
{
	struct buf text = {0};
	int64_t number = 0;
	*have = ws_query(ws, "after", &text) && text.n;
	bool good = !*have || (span_to_i64(buf_view(&text), &number) && number >= 0);
	*after = (uint64_t)number;
	buf_finish(&text);
	return good;
}

static enum err read_filter(struct ws *ws, struct filter *filter, struct why *why)
{
	struct buf channels = {0}, kinds = {0};
	(void)ws_query(ws, "channel", &channels);
	(void)ws_query(ws, "actor_kind", &kinds);
	enum err e = filter_parse(buf_view(&channels), buf_view(&kinds), filter, why);
	buf_finish(&channels);
	buf_finish(&kinds);
	return e;
}

bool live_accepts(struct server *server, struct span station)
{
	return hub_station(server->hub, station) != NULL;
}

void live_opened(struct ws *ws)
{
	static const struct tail_ops ops = {frame, unsent, failed};
	struct server *server = ws_server(ws);
	struct hub_station *station = hub_station(server->hub, ws_part(ws, 0));
	struct filter filter;
	struct why why = {0};
	uint64_t after;
	bool have_after;
	if (!read_after(ws, &after, &have_after)) {
		ws_close(ws, CLOSE_GOING_WRONG, "after isn't the number of an event");
		return;
	}
	if (read_filter(ws, &filter, &why)) {
		ws_close(ws, CLOSE_GOING_WRONG, why.text);
		return;
	}
	/* All that the log has was published: one who wants only what is live is owed what comes after it. */
	ws_resumable(ws, have_after ? after : log_counts(server->log).last_seq);
	struct live *l = mem_new(1, sizeof *l);
	l->answered_ms = INT64_MIN / 2;
	ws_set_data(ws, l);
	l->tail = tail_create(server, station, &filter, HUB_ARRAY, have_after ? &after : NULL, &ops, ws);
	filter_finish(&filter);
}

/* {"clock":N} is answered with {"clock":N,"now":MS}, this machine's clock as it stands in notes: what a page needs to play
 * them when everybody does (the offset of the exchange with the shortest way there and back, as in NTP, RFC 5905). One who
 * asks too often gets no answer. */
static void answer_clock(struct live *l, struct ws *ws, struct span message)
{
	int64_t mono_ms = clock_mono_ms();
	cJSON *json = message.n <= CLOCK_MESSAGE_MAX && mono_ms - l->answered_ms >= CLOCK_EVERY_MS ? json_parse(message, NULL) : NULL;
	const cJSON *clock = json ? json_get(json, "clock") : NULL;
	if (clock && cJSON_IsNumber(clock)) {
		struct buf text = {0};
		struct json_writer w;
		l->answered_ms = mono_ms;
		json_begin(&w, &text);
		json_open(&w, '{');
		json_key(&w, "clock"), json_number(&w, clock->valuedouble);
		json_key(&w, "now"), json_int(&w, clock_wall_ms());
		json_close(&w, '}');
		struct msg *m = msg_from(buf_view(&text));
		(void)!ws_send(ws, m);
		msg_unref(m);
		buf_finish(&text);
	}
	cJSON_Delete(json);
}

/* Whatever else a listener says is bounded by ws.c, and means nothing. */
void live_received(struct ws *ws, struct span message, bool is_text)
{
	if (is_text && ws_data(ws))
		answer_clock(ws_data(ws), ws, message);
}

void live_closed(struct ws *ws)
{
	struct live *l = ws_data(ws);
	if (!l)
		return;
	tail_destroy(l->tail);
	free(l);
	ws_set_data(ws, NULL);
}
