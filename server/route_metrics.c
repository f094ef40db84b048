/* route_metrics.c - GET /metrics: what was counted, in Prometheus' text format 0.0.4. Names and reasons that become labels
 * are of a-z, 0-9, - and _, so that nothing in them needs escaping.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/feeds.h"
#include "server/health.h"
#include "server/media_work.h"
#include "server/planet.h"
#include "server/push.h"
#include "server/push_access.h"
#include "server/routes.h"
#include "server/server.h"
#include "server/wikimon.h"
#include "transcripts/planet_store.h"

static void family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_format(out, "# HELP carillon_%s %s\n# TYPE carillon_%s %s\n", name, help, name, type);
}

static const struct http_field no_store[] = {{"cache-control", "no-store"}, {NULL, NULL}};

static void value(struct buf *out, const char *name, const char *labels, double number)
{
	if (isnan(number))
		buf_format(out, "carillon_%s%s NaN\n", name, labels);
	else
		buf_format(out, "carillon_%s%s %.15g\n", name, labels, number);
}

static void source_metrics(struct buf *out, const struct server *s)
{
	static const struct {
		const char *name, *type, *help;
	} families[] = {
		{"source_messages_total", "counter", "Messages that came in from a source; one with several events counts as often."},
		{"source_logged_total", "counter", "Events that were committed to the log."},
		{"source_duplicates_total", "counter", "Events that the log had already."},
		{"source_refused_total", "counter", "Pushed events that weren't stored, as their sender was told."},
		{"source_lost_total", "counter", "Messages that never came: gaps in a sequence, datagrams without room."},
		{"source_dropped_tags_total", "counter", "Tags that didn't fit into their event."},
		{"source_failed_batches_total", "counter", "Batches that couldn't be stored, each time that it was tried."},
		{"source_reconnects_total", "counter", "Connections made after the first."},
		{"source_waiting_events", "gauge", "Events that wait for their commit."},
		{"source_up", "gauge", "1 while the source itself is heard, 0 while it is waited for or has failed."},
		{"source_stale", "gauge", "1 when nothing came for 120 s though something should."},
		{"source_lag_seconds", "gauge", "How long after its own time the last event came; NaN before the first."},
		{"source_last_message_age_seconds", "gauge", "Since when no message came; NaN before the first."},
		{"source_last_event_time_seconds", "gauge", "The newest event's own time, since the epoch; NaN before the first."},
	};
	int64_t now = clock_mono_ms();
	for (size_t k = 0; k < sizeof families / sizeof *families; k++) {
		family(out, families[k].name, families[k].type, families[k].help);
		for (size_t i = 0; i < s->config->n_sources; i++) {
			if (!s->sources[i])
				continue;
			struct source_status status = source_status(s->sources[i]);
			const struct ingest_counts *c = &status.counts;
			bool is_up = status.state == SOURCE_LIVE || status.state == SOURCE_ENDED;
			const double numbers[] = {
				(double)c->in, (double)c->logged, (double)c->duplicates, (double)c->refused, (double)c->lost,
				(double)c->dropped_tags, (double)c->failed, (double)status.reconnects, (double)c->waiting, is_up,
				health_is_stale(&status, now, s->started_ms), c->last_event_ms ? (double)c->lag_ms / 1000 : NAN,
				status.last_message_ms ? (double)(now - status.last_message_ms) / 1000 : NAN,
				c->last_event_ms ? (double)c->last_event_ms / 1000 : NAN,
			};
			struct buf labels = {0};
			buf_format(&labels, "{source=\"%s\"}", status.name);
			value(out, families[k].name, labels.p, numbers[k]);
			buf_finish(&labels);
		}
	}
	family(out, "source_skipped_total", "counter", "Messages that became no event, by reason.");
	for (size_t i = 0; i < s->config->n_sources; i++) {
		if (!s->sources[i])
			continue;
		struct source_status status = source_status(s->sources[i]);
		for (int reason = SKIP_NOTHING + 1; reason < SKIP_REASONS; reason++) {
			struct buf labels = {0};
			buf_format(&labels, "{source=\"%s\",reason=\"%s\"}", status.name, skip_name((enum skip)reason));
			value(out, "source_skipped_total", labels.p, (double)status.counts.skipped[reason]);
			buf_finish(&labels);
		}
	}
}

static void station_metrics(struct buf *out, const struct server *s)
{
	static const struct {
		const char *name, *type, *help;
	} families[] = {
		{"station_events_per_minute", "gauge", "Events a minute over the last minute, newest weighed most."},
		{"station_audio_listeners", "gauge", "Listeners of the audio streams, also of narrowed ones."},
		{"station_notes_dropped_total", "counter", "Notes that the audio thread had no room for."},
		{"station_audio_skips_total", "counter", "Audio listeners moved ahead because they were too slow."},
		{"station_late_blocks_total", "counter", "Audio blocks that were rendered after their time."},
		{"station_pages_dropped_total", "counter", "Packs of 200 ms of sound that the loop was too busy to take."},
		{"station_blocks_dropped_total", "counter", "Audio blocks of 10 ms that the encoder was too late for."},
		{"station_hls", "gauge", "1 while HLS segments are being made."},
		{"station_played_total", "counter", "Events that got notes."},
		{"station_capped_total", "counter", "Events left silent because the score's cap was reached."},
		{"station_unplayed_total", "counter", "Events of kinds that the score leaves silent."},
	};
	for (size_t k = 0; k < sizeof families / sizeof *families; k++) {
		family(out, families[k].name, families[k].type, families[k].help);
		struct hub_station *station;
		for (size_t i = 0; (station = hub_station_at(s->hub, i)); i++) {
			struct station_counts counts = hub_station_counts(station);
			struct score_counts score = hub_station_score(station);
			const double numbers[] = {hub_station_rate(station), (double)counts.listeners, (double)counts.notes_dropped,
				(double)counts.skips, (double)counts.late_blocks, (double)counts.pages_dropped,
				(double)counts.blocks_dropped, counts.hls, (double)score.played, (double)score.capped, (double)score.unplayed};
			struct buf labels = {0};
			buf_format(&labels, "{station=\"%s\"}", hub_station_config(station)->name);
			value(out, families[k].name, labels.p, numbers[k]);
			buf_finish(&labels);
		}
	}
}

static void planet_metrics(struct buf *out, const struct server *s)
{
	struct planet_counts counts = planet_counts(s->planet);
	family(out, "planet_feeds", "gauge", "Feeds of the planet, by how they are.");
	for (size_t i = 0; i < COUNT_OF(counts.feeds); i++) {
		struct buf labels = {0};
		buf_format(&labels, "{state=\"%s\"}", planet_state_name((enum planet_state)i));
		value(out, "planet_feeds", labels.p, (double)counts.feeds[i]);
		buf_finish(&labels);
	}
	family(out, "planet_fetches_total", "counter", "Feeds that were asked for, by what came of it.");
	for (int i = 0; i < PLANET_FETCHES; i++) {
		struct buf labels = {0};
		buf_format(&labels, "{outcome=\"%s\"}", planet_fetch_name((enum planet_fetch)i));
		value(out, "planet_fetches_total", labels.p, (double)counts.fetches[i]);
		buf_finish(&labels);
	}
	family(out, "planet_entries_total", "counter", "Posts that weren't there before.");
	value(out, "planet_entries_total", "", (double)counts.entries);
	family(out, "planet_bytes_total", "counter", "Bytes of feeds that came.");
	value(out, "planet_bytes_total", "", (double)counts.bytes);
}

static void commit_metrics(struct buf *out, const struct log_counts *log)
{
	uint64_t n = 0;
	family(out, "log_commit_seconds", "histogram", "From handing a batch to the log until it was known to be durable.");
	for (size_t i = 0; i < LOG_STEPS; i++) {
		struct buf labels = {0};
		n += log->within[i];
		if (isinf(log_steps[i]))
			buf_text(&labels, "{le=\"+Inf\"}");
		else
			buf_format(&labels, "{le=\"%.15g\"}", log_steps[i]);
		value(out, "log_commit_seconds_bucket", labels.p, (double)n);
		buf_finish(&labels);
	}
	value(out, "log_commit_seconds_sum", "", log->commit_s_sum);
	value(out, "log_commit_seconds_count", "", (double)n);
}

void route_metrics(struct http *h)
{
	struct server *s = http_server(h);
	struct buf out = {0};
	struct log_counts log = log_counts(s->log);
	struct hub_counts hub = hub_counts(s->hub);
	struct ws_counts ws = ws_counts(&s->loop);
	struct feed_counts feeds = feeds_counts(s->feeds);
	struct media_work_counts media = media_work_counts(s->media_work);
	const struct {
		const char *name, *type, *help;
		double number;
	} singles[] = {
		{"log_events_total", "counter", "Events committed since the start.", (double)log.events},
		{"log_forgotten_events_total", "counter", "Events that were too old to be kept, as of the newest commit.",
			(double)log.forgotten},
		{"log_last_seq", "gauge", "The newest event's number.", (double)log.last_seq},
		{"log_failed_batches_total", "counter", "Batches that could not be committed.", (double)log.failed},
		{"log_waiting_events", "gauge", "Events that wait for their commit.", (double)log.waiting},
		{"log_last_commit_seconds", "gauge", "How long the last transaction took.", log.commit_ms_last / 1000},
		{"log_slowest_commit_seconds", "gauge", "How long the slowest transaction took.", log.commit_ms_max / 1000},
		{"healthy", "gauge", "1 while /healthz says ok, 0 while it says degraded.", !health_check(s, NULL, NULL)},
		{"connections", "gauge", "Connections open now.", (double)s->loop.guard.connections},
		{"connections_refused_total", "counter", "Connections closed at once by a limit.", (double)s->loop.guard.refused},
		{"personal_stations", "gauge", "Narrowed stations that play now.", (double)hub.personal},
		{"live_listeners", "gauge", "Live sockets and event streams open now.", (double)hub.listeners},
		{"live_streams", "gauge", "Event streams among them.", (double)hub.streams},
		{"wikimon_listeners", "gauge", "Sockets that speak wikimon's messages, open now.", (double)wikimon_listeners(s->wikimon)},
		{"live_closed_slow_total", "counter", "Listeners hung up on because they were too slow.",
			(double)(ws.closed_slow + hub.streams_slow)},
		{"live_frames_dropped_total", "counter", "Frames that those had waiting.",
			(double)(ws.frames_dropped + hub.streams_dropped)},
		{"live_queue_bytes", "gauge", "Bytes that wait for listeners.", (double)ws.queued + (double)hub.streams_waiting},
		{"push_sockets", "gauge", "WebSockets open now over which events are pushed.", (double)push_sockets(s->push)},
		{"push_wrong_tokens_total", "counter", "Tries to push with a wrong token, or from an address that waits after too many.",
			(double)push_access_wrong(s->push_access)},
		{"feeds_refused", "gauge", "Feeds that go on as they were, since they would lose something.",
			(double)feeds_refused(s->feeds, NULL, NULL)},
		{"feeds_refused_total", "counter", "Times that a feed was refused for another reason than before.", (double)feeds.refused},
		{"websub_announced_total", "counter", "Changed feeds that the hub was told of.", (double)feeds.announced},
		{"websub_failed_total", "counter", "Changed feeds that the hub couldn't be told of.",
			(double)feeds.failed_announcements},
		{"media_files", "gauge", "Recordings in media/, as of the last look.", (double)media.files},
		{"media_files_done", "gauge", "Those of them that this look has passed.", (double)media.done},
		{"media_studied_total", "counter", "Recordings that were read through.", (double)media.studied},
		{"media_unreadable_total", "counter", "Recordings that couldn't be read.", (double)media.unreadable},
		{"live_frames_total", "counter", "Frames made for live listeners.", (double)hub.frames},
	};
	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
		family(&out, singles[i].name, singles[i].type, singles[i].help);
		value(&out, singles[i].name, "", singles[i].number);
	}
	commit_metrics(&out, &log);
	source_metrics(&out, s);
	station_metrics(&out, s);
	if (s->planet)
		planet_metrics(&out, s);
	http_reply(h, 200, "text/plain; version=0.0.4; charset=utf-8", &out, no_store);
	buf_finish(&out);
}
