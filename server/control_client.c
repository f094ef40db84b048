/* The side that sends: see control.h.
 * SPDX-License-Identifier: MIT */
#include "server/control.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/control_frame.h"
#include "server/loop.h"

enum { READ_ROOM = 4 << 10, UNSENT_MOST = 1 << 20, UNSENT_ROOM = 256 << 10 };

struct control_client {
	uv_pipe_t pipe;
	uv_connect_t connect;
	int folder;
	const struct control_client_ops *ops;
	void *data;
	struct buf in;
	char room[READ_ROOM];
	bool wants_room, done, closing;
};

static void tell_done(struct control_client *c, enum err e, const struct control_counts *counts, const struct why *why)
{
	if (c->done || c->closing)
		return;
	c->done = true;
	c->ops->done(c->data, e, counts, why);
}

static void went_away(struct control_client *c, int code)
{
	struct why why;
	enum err e = why_set(&why, E_GONE, "the running server went away: %s", uv_strerror(code));
	tell_done(c, e, NULL, &why);
}

struct frame {
	uv_write_t write;
	struct control_client *client;
	char *bytes;
};

static void on_written(uv_write_t *write, int status)
{
	struct frame *f = (struct frame *)write;
	struct control_client *c = f->client;
	free(f->bytes);
	free(f);
	if (c->closing)
		return;
	if (status) {
		/* Why it went away may stand in what is still to be read. */
		if (status != UV_EPIPE && status != UV_ECONNRESET)
			went_away(c, status);
		return;
	}
	if (c->wants_room && uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) <= UNSENT_ROOM) {
		c->wants_room = false;
		c->ops->room(c->data);
	}
}

static void send_frame(struct control_client *c, enum control_kind kind, struct span payload)
{
	struct buf bytes = {0};
	control_frame_add(&bytes, kind, payload);
	struct frame *f = mem_new(1, sizeof *f);
	f->client = c;
	uv_buf_t out = uv_buf_init(bytes.p, (unsigned)bytes.n);
	f->bytes = buf_take(&bytes);
	if (uv_write(&f->write, (uv_stream_t *)&c->pipe, &out, 1, on_written)) {
		/* There is no socket: on_connected or on_read tells why. */
		free(f->bytes);
		free(f);
	}
}

/* True when a whole answer was there. */
static bool read_answer(struct control_client *c)
{
	enum control_kind kind;
	struct span payload;
	size_t n_frame;
	struct control_counts counts;
	struct why why;
	struct note note;
	for (;;) {
		if (c->closing || control_frame_read(buf_view(&c->in), &kind, &payload, &n_frame))
			return c->closing;
		if (kind != CONTROL_NOTE || !c->ops->note || !control_note_read(payload, &note))
			break;
		buf_drop(&c->in, n_frame);
		c->ops->note(c->data, &note);
	}
	if (kind == CONTROL_DONE && control_counts_read(payload, &counts))
		tell_done(c, OK, &counts, NULL);
	else if (kind == CONTROL_REFUSED)
		tell_done(c, why_set(&why, E_DENIED, "%.*s", SPAN_ARG(payload)), NULL, &why);
	else
		tell_done(c, why_set(&why, E_DENIED, "the running server isn't this version of carillon"), NULL, &why);
	return true;
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
	struct control_client *c = handle->data;
	(void)wanted;
	*room = uv_buf_init(c->room, sizeof c->room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
	struct control_client *c = stream->data;
	if (n > 0)
		buf_add(&c->in, room->base, (size_t)n);
	if (n < 0 || read_answer(c))
		uv_read_stop(stream);
	if (n < 0)
		went_away(c, (int)n);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct control_client *c = connect->data;
	if (!c->closing && status)
		went_away(c, status);
	else if (!c->closing)
		uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read);
}

static enum err connect_with(struct loop *loop, const char *var, enum control_kind kind, const char *name,
	const struct control_client_ops *ops, void *data, struct control_client **client, struct why *why)
{
	char path[CONTROL_PATH_MAX];
	int folder = control_path(var, path);
	if (folder < 0 || access(path, F_OK)) {
		int code = errno;
		if (folder >= 0)
			close(folder);
		return why_set(why, E_GONE, "no %s/control.sock: %s", var, strerror(code));
	}
	struct control_client *c = mem_new(1, sizeof *c);
	c->folder = folder;
	c->ops = ops;
	c->data = data;
	uv_pipe_init(&loop->uv, &c->pipe, 0);
	c->pipe.data = c->connect.data = c;
	uv_pipe_connect(&c->connect, &c->pipe, path, on_connected);
	/* libuv keeps what is written until the connection stands. */
	struct buf first = {0};
	buf_char(&first, CONTROL_VERSION);
	buf_text(&first, name);
	send_frame(c, kind, buf_view(&first));
	buf_finish(&first);
	*client = c;
	return OK;
}

enum err control_connect(struct loop *loop, const char *var, const char *source, const struct control_client_ops *ops,
	void *data, struct control_client **client, struct why *why)
{
	return connect_with(loop, var, CONTROL_HELLO, source, ops, data, client, why);
}

enum err control_hear(struct loop *loop, const char *var, const char *station, const struct control_client_ops *ops,
	void *data, struct control_client **client, struct why *why)
{
	return connect_with(loop, var, CONTROL_LISTEN, station, ops, data, client, why);
}

enum err control_send(struct control_client *c, struct span message, bool oversize)
{
	if (uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > UNSENT_MOST) {
		c->wants_room = true;
		return E_FULL;
	}
	send_frame(c, oversize ? CONTROL_OVERSIZE : CONTROL_MESSAGE, oversize ? (struct span){0} : message);
	return OK;
}

void control_finish(struct control_client *c)
{
	send_frame(c, CONTROL_FINISH, (struct span){0});
}

static void on_pipe_gone(uv_handle_t *handle)
{
	struct control_client *c = handle->data;
	close(c->folder);
	buf_finish(&c->in);
	free(c);
}

void control_close(struct control_client *c)
{
	if (!c)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->pipe, on_pipe_gone);
}
