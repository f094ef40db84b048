/* route_clip.c - GET /stations/NAME/clip.opus?from=T&to=T (also .mp3 .flac .wav): a window of a station, rendered again from
 * the log. ?channel= and ?actor_kind= narrow, as they do live.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "server/clips.h"
#include "server/routes.h"
#include "server/server.h"

static bool read_time(struct http *h, const char *name, int64_t *ms)
{
	struct buf text = {0};
	bool good = http_query(h, name, &text) && time_parse(buf_view(&text), ms) == OK;
	buf_finish(&text);
	return good;
}

/* NULL: it is a window that can be rendered. */
static const char *read_window(struct http *h, struct clip *clip)
{
	int64_t now_ms = clock_wall_ms();
	if (!read_time(h, "from", &clip->from_ms) || !read_time(h, "to", &clip->to_ms))
		return "A clip needs ?from=T&to=T, times as 2026-11-20T09:30:00Z or seconds since 1970.";
	if (clip->from_ms >= clip->to_ms)
		return "The clip's end isn't after its beginning.";
	if (clip->from_ms >= now_ms)
		return "The clip begins in the future.";
	if (clip->to_ms > now_ms)
		clip->to_ms = now_ms;
	if (clip->to_ms - clip->from_ms > CLIP_MAX_MS)
		return "A clip is ten minutes long at most; carillon render makes longer ones.";
	return NULL;
}

void route_clip(struct http *h)
{
	struct hub_station *station = hub_station(http_server(h)->hub, http_part(h, 0));
	struct clip clip = {0};
	struct span file = http_part(h, 1);
	char name[16];
	if (!station || !span_starts(file, "clip.") || file.n >= sizeof name) {
		http_error(h, 404, station ? "Stations have no such page." : "There is no such station here.");
		return;
	}
	memcpy(name, file.p, file.n);
	name[file.n] = '\0';
	struct why why;
	if (encoder_format_of(name, &clip.format, &why)) {
		http_error(h, 404, "Clips come as .opus, .mp3, .flac and .wav.");
		return;
	}
	const char *wrong = read_window(h, &clip);
	if (wrong) {
		http_error(h, 400, wrong);
		return;
	}
	if (!route_filter(h, &clip.filter))
		return;
	clip.station = hub_station_config(station);
	clips_answer(http_server(h)->clips, &clip, h);
}
