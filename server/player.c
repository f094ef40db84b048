/* SPDX-License-Identifier: MIT */
#include "server/player.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	CHUNK = 64 << 10,
	MESSAGES_A_TURN = 256, /* then others on the loop have their turn */
	BEHIND_MOST_US = 1000000,
};

struct player {
	uv_timer_t timer;
	uv_fs_t read;
	const struct player_ops *ops;
	void *data;
	char *path;
	int fd;
	struct recording *recording;
	struct recorded next;
	bool has_next, reading, checked, paused, closing, timer_gone, ended;
	uint64_t offset;     /* where the next chunk is read */
	char *chunk;

	double rate;
	int64_t due_us;      /* monotonic: when next is played; 0 before the first */
	int64_t recorded_ms; /* of the last message that had a time; < 0 before the first */
	int64_t origin_us;   /* monotonic time of the first recorded time, origin_ms */
	int64_t origin_ms;
	int in_this_second, in_last_second; /* messages with the same whole second as their time */
};

static void play(struct player *p);

static void release(struct player *p)
{
	if (!p->timer_gone || p->reading)
		return;
	close(p->fd);
	recording_destroy(p->recording);
	free(p->path);
	free(p->chunk);
	free(p);
}

static void on_timer(uv_timer_t *timer)
{
	play(timer->data);
}

static void play_soon(struct player *p, int64_t wait_ms)
{
	uv_timer_start(&p->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void end(struct player *p, enum err e, const struct why *why)
{
	if (p->ended)
		return;
	p->ended = true;
	uv_timer_stop(&p->timer);
	p->ops->ended(p->data, e, why);
}

static void on_read(uv_fs_t *request)
{
	struct player *p = request->data;
	ssize_t n = request->result;
	uv_fs_req_cleanup(request);
	p->reading = false;
	if (p->closing) {
		release(p);
		return;
	}
	struct why why;
	if (n < 0) {
		end(p, why_set(&why, E_IO, "can't read %s: %s", p->path, uv_strerror((int)n)), &why);
		return;
	}
	struct span bytes = span_make(p->chunk, (size_t)n);
	if (!p->checked && recording_check(bytes, &why)) {
		end(p, E_FORMAT, &why);
		return;
	}
	p->checked = true;
	p->offset += bytes.n;
	if (n)
		recording_push(p->recording, bytes);
	else
		recording_end(p->recording);
	play(p);
}

static void read_more(struct player *p)
{
	uv_buf_t room = uv_buf_init(p->chunk, CHUNK);
	p->reading = true;
	p->read.data = p;
	int code = uv_fs_read(p->timer.loop, &p->read, p->fd, &room, 1, (int64_t)p->offset, on_read);
	ASSERT(code == 0); /* only says no to a missing callback or loop */
}

/* Where inside its second a message stands. Many recordings know whole seconds only; what shares one is spread over it
 * as densely as the second before was filled, so that a stream doesn't become a chord a second. */
static int64_t within_second_ms(struct player *p, int64_t ms)
{
	if (ms != p->recorded_ms) {
		p->in_last_second = p->in_this_second;
		p->in_this_second = 0;
	}
	int nth = p->in_this_second++;
	if (ms % 1000 || p->in_last_second <= 1)
		return 0;
	return nth < p->in_last_second ? nth * 1000 / p->in_last_second : 999;
}

static int64_t due_by_recorded_time(struct player *p, int64_t now_us)
{
	int64_t ms;
	if (!recording_time(p->next.data, &ms))
		return p->due_us ? p->due_us : now_us; /* with the one before */
	if (p->recorded_ms < 0) {
		p->origin_us = now_us;
		p->origin_ms = ms;
	}
	int64_t within = within_second_ms(p, ms);
	p->recorded_ms = ms;
	int64_t due = p->origin_us + (ms - p->origin_ms + within) * 1000;
	return due > p->due_us ? due : p->due_us; /* the file's order wins over its times */
}

static int64_t due(struct player *p)
{
	int64_t now = clock_mono_us();
	if (p->rate == 0)
		return now;
	if (p->rate < 0)
		return due_by_recorded_time(p, now);
	/* A long pause isn't made up for by a burst. */
	int64_t next = p->due_us ? p->due_us + (int64_t)(1e6 / p->rate) : now;
	return next < now - BEHIND_MOST_US ? now : next;
}

static void play(struct player *p)
{
	if (p->reading || p->paused || p->closing || p->ended)
		return;
	for (int i = 0; i < MESSAGES_A_TURN; i++) {
		if (!p->has_next) {
			enum err e = recording_next(p->recording, &p->next);
			if (e == E_AGAIN) {
				read_more(p);
				return;
			}
			if (e) {
				end(p, OK, NULL);
				return;
			}
			p->has_next = true;
			p->due_us = due(p);
		}
		int64_t wait_us = p->due_us - clock_mono_us();
		if (p->rate != 0 && wait_us > 0) {
			play_soon(p, (wait_us + 999) / 1000);
			return;
		}
		enum err e = p->ops->message(p->data, &p->next);
		if (p->closing)
			return;
		if (e == E_FULL) {
			p->paused = true;
			return;
		}
		p->has_next = false;
	}
	play_soon(p, 0);
}

void player_resume(struct player *p)
{
	if (!p->paused)
		return;
	p->paused = false;
	play_soon(p, 0);
}

enum err player_create(uv_loop_t *loop, const struct player_options *options, const struct player_ops *ops, void *data,
	struct player **player, struct why *why)
{
	enum recording_kind kind;
	enum err e = recording_kind_of(options->path, &kind, why);
	if (e)
		return e;
	int fd = open(options->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	if (fd < 0)
		return why_set(why, errno == ENOENT || errno == ENOTDIR ? E_GONE : E_IO, "can't read the recording: %s",
			strerror(errno));
	if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
		close(fd);
		return why_set(why, E_FORMAT, "not a regular file; a recording is a .sse, .ndjson or .jsonl file");
	}
	struct player *p = mem_new(1, sizeof *p);
	p->ops = ops;
	p->data = data;
	p->path = mem_strdup(options->path);
	p->fd = fd;
	p->chunk = mem_new(CHUNK, 1);
	p->rate = options->rate;
	p->recorded_ms = -1;
	/* A file that has become shorter was replaced: from its beginning then. */
	p->offset = options->start <= (uint64_t)info.st_size ? options->start : 0;
	p->checked = p->offset > 0;
	p->recording = recording_create(kind, p->offset);
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	play_soon(p, 0);
	*player = p;
	return OK;
}

static void on_timer_gone(uv_handle_t *handle)
{
	struct player *p = handle->data;
	p->timer_gone = true;
	release(p);
}

void player_destroy(struct player *p)
{
	if (!p)
		return;
	ASSERT(!p->closing);
	p->closing = true;
	uv_close((uv_handle_t *)&p->timer, on_timer_gone);
}
