/* SPDX-License-Identifier: MIT */
#include "server/health.h"

#include <stdio.h>

#include "base/clock.h"
#include "server/feeds.h"
#include "server/server.h"

bool health_is_stale(const struct source_status *status, int64_t now_ms, int64_t started_ms)
{
	if (status->state == SOURCE_ENDED || status->never_stale)
		return false;
	return now_ms - (status->last_message_ms ? status->last_message_ms : started_ms) > HEALTH_STALE_MS;
}

bool health_source_is_ill(const struct source_status *status, int64_t now_ms, int64_t started_ms)
{
	return status->state == SOURCE_FAILED || status->state == SOURCE_FALLBACK ||
		health_is_stale(status, now_ms, started_ms);
}

bool health_log_is_ill(const struct log_counts *log, uint64_t waiting, int64_t now_ms, char text[HEALTH_TEXT])
{
	text[0] = '\0';
	if (log->error && (waiting || now_ms - log->failed_ms < HEALTH_FAILED_MS)) {
		snprintf(text, HEALTH_TEXT, "%s; %llu wait", log->error == E_FULL
			? "the disk is full: events can't be stored until there is room again"
			: "events can't be stored; it is tried again every second", (unsigned long long)waiting);
		return true;
	}
	if (log->silent_since_ms && now_ms - log->silent_since_ms > HEALTH_STORING_MS) {
		snprintf(text, HEALTH_TEXT, "nothing was stored for %lld s: the disk is slow; %llu events wait",
			(long long)(now_ms - log->silent_since_ms) / 1000, (unsigned long long)waiting);
		return true;
	}
	return false;
}

bool health_log(const struct server *s, char text[HEALTH_TEXT])
{
	struct log_counts log = log_counts(s->log);
	uint64_t waiting = 0;
	for (size_t i = 0; s->sources && i < s->config->n_sources; i++)
		if (s->sources[i])
			waiting += source_status(s->sources[i]).counts.waiting;
	return health_log_is_ill(&log, waiting > log.waiting ? waiting : log.waiting, clock_mono_ms(), text);
}

bool health_source_is_stale(const struct server *s, size_t i)
{
	if (!s->sources[i])
		return false;
	struct source_status status = source_status(s->sources[i]);
	return health_is_stale(&status, clock_mono_ms(), s->started_ms);
}

void health_describe(const struct server *s, size_t i, char text[HEALTH_TEXT])
{
	if (!s->sources[i]) {
		snprintf(text, HEALTH_TEXT, "couldn't be started: the server's messages tell why");
		return;
	}
	struct source_status status = source_status(s->sources[i]);
	int64_t now = clock_mono_ms();
	if (health_is_stale(&status, now, s->started_ms))
		snprintf(text, HEALTH_TEXT, "nothing came for %lld min: %s", (long long)(now -
			(status.last_message_ms ? status.last_message_ms : s->started_ms)) / 60000, status.text);
	else
		snprintf(text, HEALTH_TEXT, "%s", status.text);
}

/* Who is told, through feeds_refused. */
struct telling {
	void (*wrong)(void *data, const char *source, const char *text);
	void *data;
};

static void tell_feed(void *data, const char *space, const char *text)
{
	const struct telling *t = data;
	char name[HEALTH_TEXT];
	snprintf(name, sizeof name, "feed %s", space);
	t->wrong(t->data, name, text);
}

bool health_check(const struct server *s, void (*wrong)(void *data, const char *source, const char *text), void *data)
{
	char text[HEALTH_TEXT];
	int64_t now = clock_mono_ms();
	bool is_ill = health_log(s, text);
	if (is_ill && wrong)
		wrong(data, NULL, text);
	struct telling telling = {wrong, data};
	is_ill |= s->feeds && feeds_refused(s->feeds, wrong ? tell_feed : NULL, &telling) > 0;
	for (size_t i = 0; s->sources && i < s->config->n_sources; i++) {
		if (s->sources[i]) {
			struct source_status status = source_status(s->sources[i]);
			if (!health_source_is_ill(&status, now, s->started_ms))
				continue;
		}
		is_ill = true;
		health_describe(s, i, text);
		if (wrong)
			wrong(data, s->config->sources[i].name, text);
	}
	return is_ill;
}
