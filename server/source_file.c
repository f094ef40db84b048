/* SPDX-License-Identifier: MIT */
#include "server/source_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/loop.h"
#include "server/playback.h"

struct file_source {
	struct source base;
	struct playback *playback;
};

static bool takes(struct span url)
{
	return span_starts(url, "file:");
}

static const char *file_name(const struct source *s)
{
	const char *path = s->wanted->url + sizeof "file:" - 1, *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void on_played(void *data)
{
	struct source *s = data;
	s->last_message_ms = clock_mono_ms();
}

static void on_ended(void *data, enum err e, const struct why *why)
{
	struct file_source *f = data;
	playback_destroy(f->playback);
	f->playback = NULL;
	if (e) {
		source_say(&f->base, SOURCE_FAILED, "can't play %s: %s", file_name(&f->base), why->text);
		DIAG(DIAG_ERROR, "source", "%s: %s", f->base.wanted->name, f->base.text);
		return;
	}
	source_say(&f->base, SOURCE_ENDED, "%s has been played to its end", file_name(&f->base));
	DIAG(DIAG_INFO, "source", "%s: %s", f->base.wanted->name, f->base.text);
}

/* Where the log says that playing got to. */
static uint64_t start_offset(const struct source *s)
{
	char *position = ingest_position(s->in);
	int64_t offset;
	bool is_one = position && span_to_i64(span_of(position), &offset) && offset > 0;
	free(position);
	return is_one ? (uint64_t)offset : 0;
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct file_source *f = mem_new(1, sizeof *f);
	f->base = *common;
	char *path = source_path(common->config, common->wanted->url);
	const struct playback_options options = {
		.path = path, .rate = common->wanted->rate, .repeat = common->wanted->repeat,
		.start = common->wanted->repeat ? 0 : start_offset(common),
		.ended = on_ended, .played = on_played, .data = f,
	};
	source_say(&f->base, SOURCE_LIVE, "playing %s", file_name(common));
	enum err e = playback_create(&common->loop->uv, common->in, &options, &f->playback, why);
	free(path);
	if (e)
		free(f);
	else
		*source = &f->base;
	return e;
}

static void resume(struct source *s)
{
	struct file_source *f = (struct file_source *)s;
	if (f->playback)
		playback_resume(f->playback);
}

static void stop(struct source *s)
{
	struct file_source *f = (struct file_source *)s;
	playback_destroy(f->playback);
	free(f);
}

const struct source_ops source_file = {.takes = takes, .start = start, .resume = resume, .stop = stop};
