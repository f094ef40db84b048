/* route_audio.c - a station as endless audio: /stations/{name}/listen.mp3 and .opus.
 * SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "server/server.h"

/* With so much unsent a listener isn't fed any more: its place in the station's window stays where it is, and once the
 * window has moved past it, it goes on with the newest seconds. */
enum { UNSENT_MAX = 256 << 10 };

struct audio_stream {
	struct http *h;
	struct station_listener *listener; /* NULL for HEAD: the headers alone start no station */
};

static struct msg *next_page(void *data)
{
	struct audio_stream *a = data;
	if (!a->listener || http_stream_unsent(a->h) > UNSENT_MAX)
		return NULL;
	return station_take(a->listener);
}

static void closed(void *data)
{
	struct audio_stream *a = data;
	station_leave(a->listener);
	free(a);
}

static void available(void *data)
{
	struct audio_stream *a = data;
	http_stream_wake(a->h);
}

/* A title is the owner's text, and a header ends at a line's end. */
static char *header_text(const char *title)
{
	char *text = mem_strdup(title);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			*p = ' ';
	return text;
}

static void listen_in(struct http *h, enum encoder_format format, const char *type)
{
	struct hub_station *station = hub_station(http_server(h)->hub, http_part(h, 0));
	if (!station) {
		http_error(h, 404, "There is no such station here.");
		return;
	}
	static const struct http_stream_ops ops = {next_page, closed};
	struct audio_stream *a = mem_new(1, sizeof *a);
	a->h = h;
	struct why why;
	if (http_request(h)->method != HTTP_HEAD &&
	    station_listen(hub_station_audio(station), format, available, a, &a->listener, &why)) {
		free(a);
		http_error(h, 503, "The station's sound can't be started now; try again later.");
		return;
	}
	char *name = header_text(hub_station_config(station)->title);
	const struct http_field extra[] = {
		{"cache-control", "no-store"},
		{"accept-ranges", "none"},
		{"cross-origin-resource-policy", "cross-origin"}, /* players on other people's pages */
		{format == ENCODER_MP3 ? "icy-name" : NULL, name},
		{NULL, NULL},
	};
	http_stream(h, type, extra, &ops, a);
	free(name);
}

void route_listen_mp3(struct http *h)
{
	listen_in(h, ENCODER_MP3, "audio/mpeg");
}

void route_listen_opus(struct http *h)
{
	listen_in(h, ENCODER_OPUS, "audio/ogg; codecs=opus");
}
