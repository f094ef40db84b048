/* SPDX-License-Identifier: MIT */
#include "server/source_impl.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

static const struct source_ops *const transports[] = {&source_sse, &source_ws, &source_file, &source_push, &source_udp};

const char *source_state_name(enum source_state s)
{
	static const char *const names[] = {"waiting", "connecting", "live", "fallback", "ended", "failed"};
	return names[s];
}

void source_say(struct source *s, enum source_state state, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	text.n = text.n < sizeof s->text ? text.n : sizeof s->text - 1;
	text.n = utf8_valid_prefix(buf_view(&text)); /* it may have been cut within a character */
	memcpy(s->text, text.p ? text.p : "", text.n);
	s->text[text.n] = '\0';
	buf_finish(&text);
	s->state = state;
}

char *source_path(const struct config *config, const char *url)
{
	ASSERT(span_starts(span_of(url), "file:"));
	return file_join(config->site, url + sizeof "file:" - 1);
}

static void on_resume(void *data)
{
	struct source *s = data;
	s->ops->resume(s);
}

enum err source_start(struct loop *loop, const struct config *config, const struct config_source *wanted,
	struct ingest *ingest, struct source **source, struct why *why)
{
	const struct source_ops *ops = NULL;
	for (size_t i = 0; i < COUNT_OF(transports) && !ops; i++)
		if (transports[i]->takes(span_of(wanted->url)))
			ops = transports[i];
	if (!ops)
		return why_set(why, E_FORMAT, "no transport for %s; write https://..., wss://..., udp://ADDR:PORT, push or file:PATH", wanted->url);
	const struct source common = {
		.ops = ops, .loop = loop, .config = config, .wanted = wanted,
		.in = ingest_source(ingest, wanted->name, wanted->mapping),
	};
	enum err e = ops->start(&common, source, why);
	if (!e)
		ingest_on_resume(common.in, on_resume, *source);
	return e;
}

void source_stop(struct source *s)
{
	if (!s)
		return;
	ingest_on_resume(s->in, NULL, NULL);
	s->ops->stop(s);
}

struct source_status source_status(const struct source *s)
{
	struct source_status status = {
		.state = s->state, .name = s->wanted->name, .last_message_ms = s->last_message_ms,
		.reconnects = s->reconnects, .never_stale = s->ops->never_stale, .counts = ingest_counts(s->in),
	};
	memcpy(status.text, s->text, sizeof status.text);
	if (s->ops->describe)
		s->ops->describe(s, status.text, sizeof status.text);
	return status;
}
