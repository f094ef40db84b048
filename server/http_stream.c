/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "server/http_conn.h"

#include <sys/socket.h>

enum { FILL_UNTIL = 64 << 10 }; /* pages are asked for until so much waits for the socket */

void http_stream(struct http *h, const char *type, const struct http_field *extra, const struct http_stream_ops *ops,
	void *data)
{
	/* HTTP/1.0 knows no chunks: there the end of the connection is the end. */
	bool until_close = ops->until_close || h->head->minor == 0;
	h->is_chunked = !until_close && !h->head_only;
	h->conn->close_after |= until_close;
	h->stream = ops;
	h->stream_data = data;
	h->is_complete = h->head_only;
	http_begin(h, 200, type, HTTP_NO_LENGTH, extra);
	/* Thousands may stay for a day: they cost what they need. */
	http_forget_request(h);
	if (!h->conn->in.n)
		buf_finish(&h->conn->in);
}

static void put_part(struct http *h, struct msg *m, size_t from, size_t bytes)
{
	if (h->is_chunked) {
		struct http_piece size = {.is_small = true};
		size.n = (size_t)snprintf(size.small, sizeof(size.small), "%zx\r\n", bytes);
		http_conn_put(h->conn, size);
	}
	http_conn_put(h->conn, (struct http_piece){.p = (const char *)msg_bytes(m) + from, .n = bytes, .msg = m});
	if (h->is_chunked)
		http_conn_put(h->conn, (struct http_piece){.p = "\r\n", .n = 2});
}

void http_stream_put(struct http *h, struct msg *m, size_t from, size_t n)
{
	if (n)
		put_part(h, msg_ref(m), from, n);
}

void http_stream_fill(struct http *h)
{
	while (h->stream && h->stream->fill && h->conn->out_bytes < FILL_UNTIL) {
		size_t before = h->conn->out_bytes;
		h->stream->fill(h->stream_data);
		if (h->conn->out_bytes == before)
			return;
	}
	while (h->stream && h->conn->out_bytes < FILL_UNTIL) {
		struct msg *m = h->stream->next(h->stream_data);
		if (!m)
			return;
		/* An empty chunk would end the answer; and `next` itself may have ended it. */
		if (m->n && h->stream)
			put_part(h, m, 0, m->n);
		else
			msg_unref(m);
	}
}

void http_stream_wake(struct http *h)
{
	if (h->stream)
		http_conn_push_out(h->conn);
}

void http_stream_gone(struct http *h)
{
	const struct http_stream_ops *ops = h->stream;
	h->stream = NULL;
	if (ops && ops->closed)
		ops->closed(h->stream_data);
}

void http_stream_end(struct http *h)
{
	struct http_conn *c = h->conn;
	if (!h->stream)
		return;
	if (h->is_chunked)
		http_conn_put(c, (struct http_piece){.p = "0\r\n\r\n", .n = 5});
	h->is_complete = true;
	http_stream_gone(h);
	http_conn_push_out(c);
}

void http_stream_buffer(struct http *h, int bytes)
{
	(void)setsockopt(h->conn->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

size_t http_stream_unsent(const struct http *h)
{
	return h->conn->out_bytes;
}
