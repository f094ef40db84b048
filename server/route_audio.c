/* route_audio.c - a station as endless audio: /stations/{name}/listen.mp3 and .opus. An MP3 player that sends
 * Icy-MetaData: 1 is told what sounds: every METAINT bytes of sound comes a block with the title, or one byte that says
 * that it is still the same (SHOUTcast's protocol). The sound is shared by all listeners, titled or not.
 * SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "server/server.h"

enum {
	METAINT = 16000, /* bytes: a second of MP3, and what everybody uses */
	/* What the kernel keeps for one who reads slowly (it doubles this): 4 s of MP3. */
	SEND_BUFFER = 32 << 10,
};

struct audio_stream {
	struct http *h;
	struct station_listener *listener; /* NULL for HEAD: the headers alone start no station */
	bool is_titled;
	size_t until_title;     /* bytes of sound until the next block */
	struct msg *last_title; /* the block sent last */
};

static struct msg *same_title;

static void put_title(struct audio_stream *a, struct msg *title)
{
	if (title && title != a->last_title) {
		msg_unref(a->last_title);
		a->last_title = msg_ref(title);
		http_stream_put(a->h, title, 0, title->n);
		return;
	}
	if (!same_title)
		same_title = msg_from(SPAN_LITERAL("\0"));
	http_stream_put(a->h, same_title, 0, 1);
}

static void put_titled(struct audio_stream *a, struct msg *page, struct msg *title)
{
	for (size_t at = 0; at < page->n;) {
		size_t left = page->n - at, n = left < a->until_title ? left : a->until_title;
		http_stream_put(a->h, page, at, n);
		at += n;
		a->until_title -= n;
		if (!a->until_title) {
			put_title(a, title);
			a->until_title = METAINT;
		}
	}
}

/* One page; a listener whose queue is full isn't asked: its place in the station's window stays where it is, and once the
 * window has moved past it, it goes on with the newest seconds. */
static void fill(void *data)
{
	struct audio_stream *a = data;
	struct msg *title, *page = a->listener ? station_take(a->listener, &title) : NULL;
	if (!page)
		return;
	if (a->is_titled)
		put_titled(a, page, title);
	else
		http_stream_put(a->h, page, 0, page->n);
	msg_unref(page);
}

static void closed(void *data)
{
	struct audio_stream *a = data;
	station_leave(a->listener);
	msg_unref(a->last_title);
	free(a);
}

static void available(void *data)
{
	struct audio_stream *a = data;
	http_stream_wake(a->h);
}

/* False: the request has been answered. */
static bool begin(struct audio_stream *a, struct hub_station *station, const struct filter *filter, enum encoder_format format)
{
	struct station *audio;
	struct why why;
	enum err e = hub_station_tune(station, filter, &audio, &why);
	if (!e && station_listen(audio, format, available, a, &a->listener, &why))
		e = why_set(&why, E_IO, "The station's sound can't be started now; try again later.");
	if (e)
		http_error(a->h, 503, why.text);
	return e == OK;
}

static void listen_in(struct http *h, enum encoder_format format, const char *type)
{
	struct hub_station *station = hub_station(http_server(h)->hub, http_part(h, 0));
	if (!station) {
		http_error(h, 404, "There is no such station here.");
		return;
	}
	struct filter filter;
	if (!route_filter(h, &filter))
		return;
	static const struct http_stream_ops ops = {.fill = fill, .closed = closed, .until_close = true};
	struct audio_stream *a = mem_new(1, sizeof *a);
	a->h = h;
	bool is_mp3 = format == ENCODER_MP3;
	a->is_titled = is_mp3 && span_is(http_header(h, "icy-metadata"), "1");
	a->until_title = METAINT;
	if (http_request(h)->method != HTTP_HEAD && !begin(a, station, &filter, format)) {
		filter_finish(&filter);
		free(a);
		return;
	}
	filter_finish(&filter);
	char bit_rate[16], interval[16];
	snprintf(bit_rate, sizeof bit_rate, "%d", encoder_stream_bit_rate(format) / 1000);
	snprintf(interval, sizeof interval, "%d", METAINT);
	const struct http_field fields[] = {
		{"cache-control", "no-store"},
		{"accept-ranges", "none"},
		{"cross-origin-resource-policy", "cross-origin"}, /* players on other people's pages */
		{"access-control-allow-origin", "*"},
		{is_mp3 ? "icy-name" : NULL, hub_station_config(station)->title},
		{"icy-br", bit_rate},
		{a->is_titled ? "icy-metaint" : NULL, interval},
		{NULL, NULL},
	};
	http_stream(h, type, fields, &ops, a);
	http_stream_buffer(h, SEND_BUFFER);
}

void route_listen_mp3(struct http *h)
{
	listen_in(h, ENCODER_MP3, "audio/mpeg");
}

void route_listen_opus(struct http *h)
{
	listen_in(h, ENCODER_OPUS, "audio/ogg; codecs=opus");
}
