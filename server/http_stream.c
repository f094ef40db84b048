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
	h->is_chunked = h->head.minor == 1 && !h->head_only;
	h->conn->close_after |= h->head.minor == 0;
	h->stream = ops;
	h->stream_data = data;
	h->is_complete = h->head_only;
	http_begin(h, 200, type, HTTP_NO_LENGTH, extra);
}

static void put_page(struct http *h, struct msg *m)
{
	if (h->is_chunked) {
		struct http_piece size = {.is_small = true};
		size.n = (size_t)snprintf(size.small, sizeof(size.small), "%zx\r\n", m->n);
		http_conn_put(h->conn, size);
	}
	http_conn_put(h->conn, (struct http_piece){.p = (const char *)msg_bytes(m), .n = m->n, .msg = m});
	if (h->is_chunked)
		http_conn_put(h->conn, (struct http_piece){.p = "\r\n", .n = 2});
}

void http_stream_fill(struct http *h)
{
	while (h->stream && h->conn->out_bytes < FILL_UNTIL) {
		struct msg *m = h->stream->next(h->stream_data);
		if (!m)
			return;
		/* An empty chunk would end the answer; and `next` itself may have ended it. */
		if (m->n && h->stream)
			put_page(h, m);
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
