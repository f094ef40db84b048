/* SPDX-License-Identifier: MIT */
#include "server/clips.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/server.h"
#include "server/tape.h"

struct job;

struct waiter {
	struct http *h;
	struct job *job;
	struct waiter *next;
};

struct job {
	struct clips *clips;
	struct clip clip;
	char *name;        /* what it is */
	char *file, *path; /* below the folder, and whole; no two jobs write the same, if one of them is only ending */
	struct waiter *waiters;
	size_t n_waiters;
	uv_work_t request;
	atomic_bool stop; /* nobody waits any more */
	enum err error;
	struct why why;
	struct job *next;
};

struct kept {
	char *name, *file;
	uint64_t n_bytes;
};

struct clips {
	struct server *server;
	char *folder;
	struct job *jobs;
	size_t n_jobs;
	unsigned n_ever;   /* jobs */
	struct kept *kept; /* oldest first */
	size_t n_kept;
	uint64_t n_bytes;
};

static void remove_file(const struct clips *c, const char *name)
{
	char *path = file_join(c->folder, name);
	(void)!unlink(path);
	free(path);
}

static void drop_oldest(struct clips *c)
{
	remove_file(c, c->kept[0].file);
	free(c->kept[0].name);
	free(c->kept[0].file);
	c->n_bytes -= c->kept[0].n_bytes;
	memmove(c->kept, c->kept + 1, --c->n_kept * sizeof *c->kept);
}

struct clips *clips_create(struct server *server)
{
	struct clips *c = mem_new(1, sizeof *c);
	char **names;
	size_t n;
	c->server = server;
	c->folder = file_join(server->var, "clips");
	if (file_list(c->folder, &names, &n, NULL) == OK) {
		for (size_t i = 0; i < n; i++)
			remove_file(c, names[i]);
		file_list_free(names, n);
	}
	return c;
}

void clips_destroy(struct clips *c)
{
	if (!c)
		return;
	ASSERT(!c->jobs);
	while (c->n_kept)
		drop_oldest(c);
	free(c->kept);
	free(c->folder);
	free(c);
}

/* --- the files --- */

/* What a clip is, in a name. */
static char *name_of(const struct clip *clip)
{
	static const char *const endings[] = {[ENCODER_WAV] = "wav", [ENCODER_FLAC] = "flac", [ENCODER_OPUS] = "opus",
		[ENCODER_MP3] = "mp3"};
	struct buf text = {0}, name = {0};
	for (size_t i = 0; i < clip->filter.channel.n; i++)
		buf_format(&text, "%s\n", clip->filter.channel.items[i]);
	buf_text(&text, "\n");
	for (size_t i = 0; i < clip->filter.actor_kind.n; i++)
		buf_format(&text, "%s\n", clip->filter.actor_kind.items[i]);
	buf_format(&name, "%s-%lld-%lld-%016llx.%s", clip->station->name, (long long)clip->from_ms, (long long)clip->to_ms,
		(unsigned long long)span_fnv(buf_view(&text)), endings[clip->format]);
	buf_finish(&text);
	return buf_take(&name);
}

static const char *kept_file(const struct clips *c, const char *name)
{
	for (size_t i = 0; i < c->n_kept; i++)
		if (strcmp(c->kept[i].name, name) == 0)
			return c->kept[i].file;
	return NULL;
}

static void keep(struct clips *c, const struct job *j)
{
	struct stat info;
	if (stat(j->path, &info) != 0)
		return;
	c->kept = mem_grow(c->kept, c->n_kept + 1, sizeof *c->kept);
	c->kept[c->n_kept++] = (struct kept){mem_strdup(j->name), mem_strdup(j->file), (uint64_t)info.st_size};
	c->n_bytes += (uint64_t)info.st_size;
	while (c->n_bytes > CLIPS_BYTES && c->n_kept > 1)
		drop_oldest(c);
}

/* --- answers --- */

static void send_file(const struct clips *c, const char *file, enum encoder_format format, struct http *h)
{
	static const struct http_field extra[] = {
		{"cache-control", "private, max-age=3600"}, {"access-control-allow-origin", "*"},
		{"cross-origin-resource-policy", "cross-origin"}, {NULL, NULL},
	};
	http_file(h, c->folder, file, format == ENCODER_OPUS ? "audio/ogg; codecs=opus" : encoder_mime(format), extra);
}

static void answer(const struct job *j, struct http *h)
{
	if (!j->error)
		send_file(j->clips, j->file, j->clip.format, h);
	else if (j->error == E_GONE)
		http_error(h, 404, "Nothing was logged here yet.");
	else
		http_error(h, j->error == E_FULL ? 507 : 503, "The clip can't be made now; try again later.");
}

/* --- rendering --- */

static void job_free(struct job *j)
{
	filter_finish(&j->clip.filter);
	free(j->name);
	free(j->file);
	free(j->path);
	free(j);
}

static void work(uv_work_t *request)
{
	struct job *j = request->data;
	const struct server *s = j->clips->server;
	const struct tape tape = {.config = s->config, .station = j->clip.station, .filter = &j->clip.filter, .var = s->var,
		.from_ms = j->clip.from_ms, .to_ms = j->clip.to_ms, .speed = 1, .path = j->path, .format = j->clip.format,
		.stop = &j->stop};
	struct render_result result;
	j->error = file_make_folder(j->clips->folder, &j->why);
	if (!j->error)
		j->error = tape_record(&tape, &result, &j->why);
}

static void work_done(uv_work_t *request, int status)
{
	struct job *j = request->data;
	struct clips *c = j->clips;
	(void)status; /* never cancelled */
	struct job **p = &c->jobs;
	while (*p != j)
		p = &(*p)->next;
	*p = j->next;
	c->n_jobs--;
	c->server->loop._works--;
	if (j->error && !atomic_load(&j->stop))
		DIAG(DIAG_WARN, "clips", "%s: %s", j->name, j->why.text);
	for (struct waiter *w = j->waiters, *next; w; w = next) {
		next = w->next;
		struct http *h = w->h;
		free(w);
		answer(j, h);
		http_later_done(h);
	}
	if (!j->error && clock_wall_ms() - j->clip.to_ms >= CLIP_SETTLED_MS)
		keep(c, j);
	else
		(void)!unlink(j->path); /* who is being sent it has it open */
	job_free(j);
}

static void waiter_gone(void *data)
{
	struct waiter *w = data;
	struct job *j = w->job;
	struct waiter **p = &j->waiters;
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	free(w);
	if (--j->n_waiters == 0)
		atomic_store(&j->stop, true);
}

static void wait_for(struct job *j, struct http *h)
{
	struct waiter *w = mem_new(1, sizeof *w);
	*w = (struct waiter){.h = h, .job = j, .next = j->waiters};
	j->waiters = w;
	j->n_waiters++;
	http_later(h, waiter_gone, w);
}

static struct job *start(struct clips *c, struct clip *clip, char *name)
{
	struct job *j = mem_new(1, sizeof *j);
	struct buf file = {0};
	buf_format(&file, "%u-%s", ++c->n_ever, name);
	*j = (struct job){.clips = c, .clip = *clip, .name = name, .path = file_join(c->folder, file.p), .next = c->jobs};
	j->file = buf_take(&file);
	clip->filter = (struct filter){0};
	j->request.data = j;
	c->jobs = j;
	c->n_jobs++;
	c->server->loop._works++; /* the loop isn't left while a worker is out */
	uv_queue_work(&c->server->loop.uv, &j->request, work, work_done);
	return j;
}

static void come_back_later(struct http *h)
{
	static const struct http_field extra[] = {{"retry-after", "5"}, {NULL, NULL}};
	struct buf body = {0};
	buf_text(&body, "Other clips are being made; come back in a few seconds.\n");
	http_reply(h, 503, "text/plain; charset=utf-8", &body, extra);
}

void clips_answer(struct clips *c, struct clip *clip, struct http *h)
{
	char *name = name_of(clip);
	struct job *j = c->jobs;
	while (j && (strcmp(j->name, name) != 0 || atomic_load(&j->stop)))
		j = j->next;
	const char *file = kept_file(c, name);
	if (file) {
		send_file(c, file, clip->format, h);
	} else if (j && j->n_waiters < CLIPS_WAITERS) {
		wait_for(j, h);
	} else if (j || c->n_jobs >= CLIPS_AT_ONCE) {
		come_back_later(h);
	} else {
		wait_for(start(c, clip, name), h);
		name = NULL;
	}
	filter_finish(&clip->filter);
	free(name);
}
