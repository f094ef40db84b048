/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "server/http_conn.h"

static void work_on_thread(uv_work_t *request)
{
	struct http_work *w = request->data;
	w->work(w->data);
}

static void work_done(uv_work_t *request, int status)
{
	struct http_work *w = request->data;
	struct http *h = w->h;
	struct http_conn *c = h ? h->conn : NULL;
	(void)status; /* never cancelled */
	if (h)
		h->work = NULL;
	w->loop->_works--;
	w->done(h, w->data);
	free(w);
	if (h) {
		ASSERT(h->is_answered || h->work);
		http_conn_went_on(c);
	}
}

void http_work(struct http *h, void (*work)(void *data), void (*done)(struct http *h, void *data), void *data)
{
	struct http_work *w = mem_new(1, sizeof(*w));
	ASSERT(!h->is_answered && !h->work);
	*w = (struct http_work){.h = h, .loop = h->conn->listener->loop, .work = work, .done = done, .data = data};
	w->request.data = w;
	h->work = w;
	w->loop->_works++;
	uv_queue_work(&w->loop->uv, &w->request, work_on_thread, work_done);
}
