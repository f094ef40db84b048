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
	uv_fs_t read;        /* of a regular file, on a worker */
	uv_poll_t readable;  /* of a pipe, where a read may wait for ever */
	const struct player_ops *ops;
	void *data;
	char *path;
	int fd;
	bool is_pipe;
	struct recording *recording; /* NULL: what kind it is is seen from the first bytes */
	struct recorded next;
	bool has_next, reading, checked, paused, closing, ended;
	int open_handles;
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
	if (p->open_handles || p->reading)
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

/* n bytes are in the chunk; 0: the end; below: an error. */
static void take_chunk(struct player *p, ssize_t n)
{
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
	if (!p->recording)
		p->recording = recording_create(recording_kind_by(bytes), 0);
	p->offset += bytes.n;
	if (n)
		recording_push(p->recording, bytes);
	else
		recording_end(p->recording);
	play(p);
}

static void on_read(uv_fs_t *request)
{
	struct player *p = request->data;
	ssize_t n = request->result;
	uv_fs_req_cleanup(request);
	p->reading = false;
	if (p->closing)
		release(p);
	else
		take_chunk(p, n);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct player *p = poll->data;
	(void)status, (void)events; /* read says what is wrong */
	ssize_t n = read(p->fd, p->chunk, CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->reading = false;
	uv_poll_stop(poll);
	take_chunk(p, n < 0 ? -errno : n);
}

static void read_more(struct player *p)
{
	uv_buf_t room = uv_buf_init(p->chunk, CHUNK);
	p->reading = true;
	if (p->is_pipe) {
		uv_poll_start(&p->readable, UV_READABLE, on_readable);
		return;
	}
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
			enum err e = p->recording ? recording_next(p->recording, &p->next) : E_AGAIN;
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

/* A regular file, or a pipe where that is allowed. */
static enum err open_recording(const struct player_options *options, int *fd, struct stat *info, struct why *why)
{
	bool is_input = options->pipes && strcmp(options->path, "-") == 0;
	*fd = is_input ? dup(STDIN_FILENO) : open(options->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return why_set(why, errno == ENOENT || errno == ENOTDIR ? E_GONE : E_IO, "can't read the recording: %s",
			strerror(errno));
	bool is_read = fstat(*fd, info) == 0;
	if (is_read && (S_ISREG(info->st_mode) ||
	    (options->pipes && (S_ISFIFO(info->st_mode) || S_ISSOCK(info->st_mode) || S_ISCHR(info->st_mode)))))
		return OK;
	close(*fd);
	return why_set(why, E_FORMAT, "not a regular file; a recording is a .sse, .ndjson or .jsonl file");
}

enum err player_create(uv_loop_t *loop, const struct player_options *options, const struct player_ops *ops, void *data,
	struct player **player, struct why *why)
{
	enum recording_kind kind;
	struct stat info;
	int fd;
	enum err e = open_recording(options, &fd, &info, why);
	if (e)
		return e;
	bool is_named = recording_kind_of(options->path, &kind, why) == OK;
	if (!is_named && S_ISREG(info.st_mode)) {
		close(fd);
		return E_FORMAT;
	}
	struct player *p = mem_new(1, sizeof *p);
	p->ops = ops;
	p->data = data;
	p->path = mem_strdup(options->path);
	p->fd = fd;
	p->is_pipe = !S_ISREG(info.st_mode);
	p->chunk = mem_new(CHUNK, 1);
	p->rate = options->rate;
	p->recorded_ms = -1;
	/* A file that has become shorter was replaced: from its beginning then. */
	p->offset = !p->is_pipe && options->start <= (uint64_t)info.st_size ? options->start : 0;
	p->checked = p->offset > 0;
	if (is_named)
		p->recording = recording_create(kind, p->offset);
	p->timer.data = p->readable.data = p;
	uv_timer_init(loop, &p->timer);
	p->open_handles = 1;
	if (p->is_pipe) {
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		p->open_handles += uv_poll_init(loop, &p->readable, fd) == 0;
	}
	play_soon(p, 0);
	*player = p;
	return OK;
}

static void on_handle_gone(uv_handle_t *handle)
{
	struct player *p = handle->data;
	p->open_handles--;
	release(p);
}

void player_destroy(struct player *p)
{
	if (!p)
		return;
	ASSERT(!p->closing);
	p->closing = true;
	uv_close((uv_handle_t *)&p->timer, on_handle_gone);
	if (p->is_pipe) {
		p->reading = false; /* nobody is at it: it was only waited for */
		uv_close((uv_handle_t *)&p->readable, on_handle_gone);
	}
}
