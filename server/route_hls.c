/* route_hls.c - a station as HTTP Live Streaming (RFC 8216): /stations/{name}/hls.m3u8 and what it lists below hls/. The
 * list changes every three seconds; a segment never does, and its name is never used again.
 * SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio/station_hls.h"
#include "base/clock.h"
#include "base/mem.h"
#include "server/server.h"

enum { WAIT_MS = 10000 }; /* for the first segment, which takes three seconds */

/* Players on other people's pages may use it. */
#define OPEN {"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"}

/* A request for the list of a station that has only just been started by it. */
struct wait {
	struct http *h; /* NULL: it was answered, or the client has gone */
	struct station *station;
	struct station_listener *listener;
	char *query;    /* of what it lists */
	uv_timer_t timer;
};

static void init_name(struct msg *init, char name[32])
{
	snprintf(name, 32, "init-%016llx.mp4", (unsigned long long)span_fnv(span_make((const char *)msg_bytes(init), init->n)));
}

static void write_list(struct station *station, const struct hls_list *list, const char *query, struct buf *out)
{
	char init[32];
	init_name(station_hls_init(station), init);
	buf_format(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%.0f\n#EXT-X-MEDIA-SEQUENCE:%llu\n"
		"#EXT-X-DISCONTINUITY-SEQUENCE:%llu\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"hls/%s%s\"\n", ceil(list->seconds),
		(unsigned long long)list->segments[0].number, (unsigned long long)list->run, init, query);
	for (size_t i = 0; i < list->n; i++) {
		buf_text(out, "#EXT-X-PROGRAM-DATE-TIME:");
		time_format_iso(out, list->segments[i].wall_ms);
		buf_format(out, "\n#EXTINF:%.6f,\nhls/%llu.m4s%s\n", list->seconds, (unsigned long long)list->segments[i].number,
			query);
	}
}

/* False: there is nothing to list yet. */
static bool reply_list(struct http *h, struct station *station, const char *query)
{
	static const struct http_field fields[] = {OPEN, {NULL, NULL}};
	struct hls_list list;
	if (!station_hls_list(station, &list))
		return false;
	struct buf out = {0};
	write_list(station, &list, query, &out);
	http_reply(h, 200, "application/vnd.apple.mpegurl", &out, fields);
	return true;
}

static void wait_freed(uv_handle_t *timer)
{
	struct wait *w = timer->data;
	free(w->query);
	free(w);
}

static void wait_over(struct wait *w)
{
	station_leave(w->listener);
	w->h = NULL;
	uv_close((uv_handle_t *)&w->timer, wait_freed);
}

static void client_gone(void *data)
{
	wait_over(data);
}

static void segment_came(void *data)
{
	struct wait *w = data;
	struct http *h = w->h;
	if (!h || !reply_list(h, w->station, w->query))
		return;
	wait_over(w);
	http_later_done(h);
}

static void waited_too_long(uv_timer_t *timer)
{
	struct wait *w = timer->data;
	struct http *h = w->h;
	wait_over(w);
	http_error(h, 503, "The station's sound doesn't start; try again later.");
	http_later_done(h);
}

/* The list now, or as soon as there is something to list. Takes the query. */
static void answer_list(struct http *h, struct station *audio, char *query)
{
	struct why why;
	if (!station_hls_ask(audio, &why) && reply_list(h, audio, query)) {
		free(query);
		return;
	}
	struct wait *w = mem_new(1, sizeof *w);
	if (station_listen(audio, ENCODER_HLS, segment_came, w, &w->listener, &why)) {
		free(w);
		free(query);
		http_error(h, 503, "The station's sound can't be started now; try again later.");
		return;
	}
	w->query = query;
	w->h = h;
	w->station = audio;
	w->timer.data = w;
	uv_timer_init(&http_server(h)->loop.uv, &w->timer);
	uv_timer_start(&w->timer, waited_too_long, WAIT_MS, 0);
	http_later(h, client_gone, w);
}

void route_hls_list(struct http *h)
{
	struct hub_station *station = hub_station(http_server(h)->hub, http_part(h, 0));
	struct station *audio;
	struct filter filter;
	struct why why;
	if (!station) {
		http_error(h, 404, "There is no such station here.");
		return;
	}
	if (!route_filter(h, &filter))
		return;
	struct buf query = {0};
	buf_text(&query, "");
	filter_write_query(&filter, &query);
	if (hub_station_tune(station, &filter, &audio, &why))
		http_error(h, 503, why.text);
	else
		answer_list(h, audio, buf_take(&query));
	buf_finish(&query);
	filter_finish(&filter);
}

void route_hls_file(struct http *h)
{
	struct hub_station *station = hub_station(http_server(h)->hub, http_part(h, 0));
	struct filter filter;
	if (!route_filter(h, &filter))
		return;
	struct station *audio = station ? hub_station_find(station, &filter) : NULL;
	filter_finish(&filter);
	struct span name = http_part(h, 1);
	struct msg *file = audio ? station_hls_init(audio) : NULL;
	char init[32] = "";
	int64_t number;
	if (file)
		init_name(file, init);
	if (file && span_ends(name, ".m4s"))
		file = span_to_i64(span_make(name.p, name.n - 4), &number) && number >= 0 ?
			station_hls_segment(audio, (uint64_t)number) : NULL;
	else if (!span_is(name, init))
		file = NULL;
	if (!file) {
		http_error(h, 404, "This part of the station's sound isn't here, or no longer.");
		return;
	}
	struct why why;
	if (station_hls_ask(audio, &why)) {
		http_error(h, 503, "The station's sound can't be started now; try again later.");
		return;
	}
	char etag[64];
	snprintf(etag, sizeof etag, "%.*s", SPAN_ARG(name));
	static const struct http_field fields[] = {OPEN, {"cache-control", "public, max-age=3600, immutable"}, {NULL, NULL}};
	http_reply_msg(h, "audio/mp4", file, etag, fields);
}
