/* feed_live.c - podcast:liveItem: a station of the site as a show's live programme. A station sounds whenever somebody
 * listens, so it is live unless its owner gave it hours, or says otherwise.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

#define INDENT "\t\t\t"

static const char *status_of(const struct feed_live *live)
{
	int64_t now = clock_wall_ms();
	if (feed_says(live->status))
		return live->status;
	if (now < live->start_ms)
		return "pending";
	return live->end_ms != INT64_MIN && now >= live->end_ms ? "ended" : "live";
}

static void write_stream(struct feed *f, const char *station_url, const char *file, const char *type)
{
	struct buf url = {0};
	buf_format(&url, "%s/%s", station_url, file);
	if (feed_is_podcast_url(f, url.p, "carillon.yaml", "live")) {
		buf_format(f->out, INDENT "<podcast:alternateEnclosure length=\"0\"");
		feed_xml_attribute(f->out, "type", type);
		buf_text(f->out, "><podcast:source");
		feed_xml_attribute(f->out, "uri", url.p);
		buf_text(f->out, "/></podcast:alternateEnclosure>\n");
	}
	buf_finish(&url);
}

static void write_one(struct feed *f, const struct feed_live *live)
{
	struct buf station = {0}, date = {0}, slug = {0};
	char guid[37];
	struct buf *out = f->out;
	buf_format(&station, "%s/stations/", f->site->base_url);
	escape_url(&station, span_of(live->station));
	feed_xml_open(out, "\t\t", "podcast:liveItem");
	feed_xml_attribute(out, "status", status_of(live));
	time_format_iso(&date, live->start_ms);
	feed_xml_attribute(out, "start", date.p);
	if (live->end_ms != INT64_MIN) {
		buf_clear(&date);
		time_format_iso(&date, live->end_ms);
		feed_xml_attribute(out, "end", date.p);
	}
	buf_text(out, ">\n");
	buf_format(&slug, "live %s %lld", live->station, (long long)live->start_ms);
	feed_item_guid(f->rss_url, slug.p, guid);
	feed_xml_element(out, INDENT, "title", feed_says(live->title) ? live->title : live->station);
	feed_xml_element(out, INDENT, "link", station.p);
	buf_format(out, INDENT "<guid isPermaLink=\"false\">%s</guid>\n" INDENT "<enclosure", guid);
	buf_clear(&slug);
	buf_format(&slug, "%s/listen.mp3", station.p);
	feed_xml_attribute(out, "url", slug.p);
	buf_text(out, " type=\"audio/mpeg\" length=\"0\"/>\n"); /* it has no end */
	write_stream(f, station.p, "listen.opus", "audio/ogg");
	write_stream(f, station.p, "hls.m3u8", "application/x-mpegURL");
	if (feed_is_podcast_url(f, station.p, "carillon.yaml", "live")) {
		feed_xml_open(out, INDENT, "podcast:contentLink");
		feed_xml_attribute(out, "href", station.p);
		feed_xml_close(out, "podcast:contentLink", "Listen on the site");
	}
	buf_text(out, "\t\t</podcast:liveItem>\n");
	buf_finish(&station);
	buf_finish(&date);
	buf_finish(&slug);
}

void feed_write_live(struct feed *f)
{
	for (size_t i = 0; i < f->show.n_live; i++)
		write_one(f, &f->show.live[i]);
}
