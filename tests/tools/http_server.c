/* http_server.c - a server made of the loop, HTTP and WebSocket code alone, with routes of its own, so that tests
 * can drive them: http_server ADDR:PORT FOLDER [CONNECTIONS_PER_ADDRESS]. Prints the address that it listens on.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/http.h"
#include "server/loop.h"
#include "server/resolve.h"
#include "server/ws.h"

enum { LISTENERS_MAX = 4096, RESOLVES_MAX = 16 };

struct server {
	struct loop loop;
	const char *folder;
	uv_timer_t beat;
	struct stream *streams;
	struct ws *sockets[LISTENERS_MAX];
	size_t n_sockets;
	struct lookup *lookups[RESOLVES_MAX];
	char resolved[64];
	int streams_open, streams_closed, works_done, works_gone, ws_opened, ws_closed, ws_full, resolves_done, pages;
};

static void hello(struct http *h)
{
	struct buf body = {0};
	buf_text(&body, "hello\n");
	http_reply(h, 200, "text/plain; charset=utf-8", &body, NULL);
}

static void root(struct http *h)
{
	struct buf body = {0};
	buf_text(&body, "<!doctype html><title>Test</title>\n");
	http_reply(h, 200, "text/html; charset=utf-8", &body, NULL);
}

static void echo(struct http *h)
{
	struct buf body = {0};
	buf_span(&body, http_request(h)->body);
	http_reply(h, 201, "application/octet-stream", &body, NULL);
}

/* What the handler sees of a request, as JSON. */
static void show(struct http *h)
{
	struct buf body = {0}, q = {0};
	struct json_writer w;
	json_begin(&w, &body);
	json_open(&w, '{');
	json_key(&w, "path");
	json_text(&w, http_request(h)->path);
	json_key(&w, "query");
	json_text_or_null(&w, http_request(h)->query);
	json_key(&w, "parts");
	json_open(&w, '[');
	for (int i = 0; i < 3; i++)
		json_text_or_null(&w, http_part(h, i));
	json_close(&w, ']');
	json_key(&w, "q");
	bool there = http_query(h, "q", &q);
	json_text_or_null(&w, there ? span_make(q.p ? q.p : "", q.n) : (struct span){NULL, 0});
	json_key(&w, "peer");
	json_text(&w, span_of(http_request(h)->peer));
	json_key(&w, "agent");
	json_text_or_null(&w, http_header(h, "user-agent"));
	json_close(&w, '}');
	buf_finish(&q);
	http_reply(h, 200, "application/json", &body, NULL);
}

static void file(struct http *h)
{
	static const struct http_field open_to_all[] = {
		{"cross-origin-resource-policy", "cross-origin"}, {"access-control-allow-origin", "*"}, {NULL, NULL}};
	char *name = span_dup(http_part(h, 0));
	http_file(h, http_server(h)->folder, name, "audio/mpeg", open_to_all);
	free(name);
}

static void fixed(struct http *h)
{
	http_reply_static(h, "text/javascript", SPAN_LITERAL("export {};\n"), "0123456789abcdef", true);
}

static void redirect(struct http *h)
{
	struct buf to = {0};
	if (!http_query(h, "to", &to))
		buf_text(&to, "/hello");
	http_redirect(h, 302, to.p ? to.p : "");
	buf_finish(&to);
}

static void fail(struct http *h)
{
	http_error(h, 500, "this <always> fails");
}

/* ---- a slow answer ---- */

struct nap {
	struct server *server;
	int ms;
};

static void sleep_there(void *data)
{
	usleep((useconds_t)((struct nap *)data)->ms * 1000);
}

static void awake(struct http *h, void *data)
{
	struct nap *nap = data;
	if (h) {
		struct buf body = {0};
		nap->server->works_done++;
		buf_format(&body, "slept %d ms\n", nap->ms);
		http_reply(h, 200, "text/plain", &body, NULL);
	} else {
		nap->server->works_gone++;
	}
	free(nap);
}

static void slow(struct http *h)
{
	struct buf ms = {0};
	struct nap *nap = mem_new(1, sizeof(*nap));
	nap->server = http_server(h);
	nap->ms = http_query(h, "ms", &ms) ? atoi(ms.p) : 100;
	buf_finish(&ms);
	http_work(h, sleep_there, awake, nap);
}

/* ---- endless answers: a page at each beat, or as fast as they are taken ---- */

struct stream {
	struct stream *next, **place;
	struct http *h;
	struct server *server;
	bool floods;
	int due, given, most;
};

static struct msg *next_page(void *data)
{
	struct stream *s = data;
	if (s->most && s->given >= s->most)
		return NULL;
	if (!s->floods && s->due == 0)
		return NULL;
	s->due -= !s->floods;
	struct msg *m = msg_create(s->floods ? 8192 : 16);
	s->server->pages++;
	memset(msg_bytes(m), '.', m->n);
	snprintf((char *)msg_bytes(m), m->n, "page %09d", s->given++);
	msg_bytes(m)[m->n - 1] = '\n';
	return m;
}

static void stream_closed(void *data)
{
	struct stream *s = data;
	s->server->streams_closed++;
	s->server->streams_open--;
	*s->place = s->next;
	if (s->next)
		s->next->place = s->place;
	free(s);
}

static const struct http_stream_ops stream_ops = {next_page, stream_closed};

static void stream(struct http *h)
{
	struct server *server = http_server(h);
	struct buf value = {0};
	struct stream *s = mem_new(1, sizeof(*s));
	s->h = h;
	s->server = server;
	s->floods = http_query(h, "flood", &value);
	buf_clear(&value);
	if (http_query(h, "most", &value))
		s->most = atoi(value.p);
	buf_finish(&value);
	s->next = server->streams;
	s->place = &server->streams;
	if (s->next)
		s->next->place = &s->next;
	server->streams = s;
	server->streams_open++;
	http_stream(h, "audio/ogg", NULL, &stream_ops, s);
}

static void beat(uv_timer_t *timer)
{
	struct server *server = timer->data;
	for (struct stream *s = server->streams, *next; s; s = next) {
		next = s->next;
		s->due++;
		if (s->most && s->given >= s->most)
			http_stream_end(s->h);
		else
			http_stream_wake(s->h);
	}
}

/* ---- counts ---- */

static long resident_kib(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f)
		return 0;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void counts(struct http *h)
{
	struct server *s = http_server(h);
	struct buf body = {0};
	size_t queued = 0;
	for (size_t i = 0; i < s->n_sockets; i++)
		queued += ws_queued(s->sockets[i]);
	buf_format(&body, "{\"connections\":%u,\"connections_max\":%u,\"refused\":%llu,\"streams_open\":%d,"
		"\"streams_closed\":%d,\"works_done\":%d,\"works_gone\":%d,\"ws_opened\":%d,\"ws_closed\":%d,"
		"\"ws_full\":%d,\"resolves_done\":%d,\"pages\":%d,\"ws_queued\":%zu,"
		"\"resolved\":\"%s\",\"rss_kib\":%ld}\n", s->loop.guard.connections, s->loop.guard.connections_max,
		(unsigned long long)s->loop.guard.refused, s->streams_open, s->streams_closed, s->works_done, s->works_gone,
		s->ws_opened, s->ws_closed, s->ws_full, s->resolves_done, s->pages, queued, s->resolved, resident_kib());
	http_reply(h, 200, "application/json", &body, NULL);
}

/* ---- names ---- */

struct lookup {
	struct server *server;
	struct resolve *resolve;
	size_t place;
};

static void resolved(void *data, const char *address, const struct why *why)
{
	struct lookup *k = data;
	k->server->lookups[k->place] = NULL;
	k->server->resolves_done++;
	snprintf(k->server->resolved, sizeof(k->server->resolved), "%s", address ? address : "none");
	if (!address)
		DIAG(DIAG_INFO, "test", "%s", why->text);
	free(k);
}

static void resolve(struct http *h)
{
	struct server *server = http_server(h);
	struct buf name = {0};
	if (http_query(h, "name", &name))
		for (size_t i = 0; i < RESOLVES_MAX; i++) {
			if (server->lookups[i])
				continue;
			struct lookup *k = server->lookups[i] = mem_new(1, sizeof(*k));
			k->server = server;
			k->place = i;
			k->resolve = resolve_start(&server->loop, name.p, resolved, k);
			break;
		}
	buf_finish(&name);
	hello(h);
}

/* ---- WebSockets ---- */

static void send_many(struct ws *ws, int n, int size)
{
	for (int i = 0; i < n; i++) {
		struct msg *m = msg_create((size_t)size);
		memset(msg_bytes(m), 'x', m->n);
		int used = snprintf((char *)msg_bytes(m), m->n, "%d ", i);
		if (used > 0 && (size_t)used < m->n)
			msg_bytes(m)[used] = 'x';
		enum err e = ws_send(ws, m);
		ws_server(ws)->ws_full += e == E_FULL;
		msg_unref(m);
		if (e)
			break;
	}
}

static bool ws_accepts(struct server *server, struct span name)
{
	(void)server;
	return !span_is(name, "nobody");
}

static void ws_opened(struct ws *ws)
{
	struct server *s = ws_server(ws);
	struct buf hello_to = {0};
	s->ws_opened++;
	if (s->n_sockets < LISTENERS_MAX)
		s->sockets[s->n_sockets++] = ws;
	if (ws_query(ws, "hello", &hello_to)) {
		struct msg *m = msg_from(buf_view(&hello_to));
		if (ws_send(ws, m) != OK)
			s->ws_full++;
		msg_unref(m);
	}
	buf_finish(&hello_to);
}

static void ws_received(struct ws *ws, struct span message, bool is_text)
{
	int n, size;
	char *text = span_dup(message);
	if (is_text && sscanf(text, "flood %d %d", &n, &size) == 2) {
		send_many(ws, n, size);
	} else if (is_text && sscanf(text, "close %d", &n) == 1) {
		ws_close(ws, n, "as you wish");
	} else if (is_text && message.n > 1000) {
		struct buf size_text = {0};
		buf_format(&size_text, "%zu bytes", message.n);
		struct msg *m = msg_from(buf_view(&size_text));
		ws_server(ws)->ws_full += ws_send(ws, m) == E_FULL;
		msg_unref(m);
		buf_finish(&size_text);
	} else {
		struct msg *m = is_text ? msg_from(message) : msg_from(SPAN_LITERAL("binary"));
		ws_server(ws)->ws_full += ws_send(ws, m) == E_FULL;
		msg_unref(m);
	}
	free(text);
}

static void ws_gone(struct ws *ws)
{
	struct server *s = ws_server(ws);
	s->ws_closed++;
	for (size_t i = 0; i < s->n_sockets; i++)
		if (s->sockets[i] == ws)
			s->sockets[i--] = s->sockets[--s->n_sockets];
}

/* One shared message to everyone: /broadcast?n=10&size=200 */
static void broadcast(struct http *h)
{
	struct server *s = http_server(h);
	struct buf value = {0};
	int n = http_query(h, "n", &value) ? atoi(value.p) : 1;
	buf_clear(&value);
	int size = http_query(h, "size", &value) ? atoi(value.p) : 200;
	buf_finish(&value);
	static int number;
	for (int k = 0; k < n; k++) {
		struct msg *m = msg_create((size_t)size);
		memset(msg_bytes(m), ' ', m->n);
		int used = snprintf((char *)msg_bytes(m), m->n, "%d", number++);
		if (used > 0 && (size_t)used < m->n)
			msg_bytes(m)[used] = ' ';
		for (size_t i = 0; i < s->n_sockets; i++)
			s->ws_full += ws_send(s->sockets[i], m) == E_FULL;
		msg_unref(m);
	}
	hello(h);
}

const struct http_route http_routes[] = {
	{HTTP_GET, "/", root},
	{HTTP_GET, "/hello", hello},
	{HTTP_POST, "/echo", echo},
	{HTTP_GET, "/show/{a}/{b}", show},
	{HTTP_GET, "/show/{a}/", show},
	{HTTP_GET, "/show/{a}", show},
	{HTTP_GET, "/files/{name...}", file},
	{HTTP_GET, "/fixed.js", fixed},
	{HTTP_GET, "/redirect", redirect},
	{HTTP_GET, "/fail", fail},
	{HTTP_GET, "/api/fail", fail},
	{HTTP_GET, "/slow", slow},
	{HTTP_GET, "/stream", stream},
	{HTTP_GET, "/counts", counts},
	{HTTP_POST, "/resolve", resolve},
	{HTTP_POST, "/broadcast", broadcast},
	{HTTP_GET, NULL, NULL},
};

const struct ws_route ws_routes[] = {
	{"/ws/{name}", "test.v1", ws_accepts, ws_opened, ws_received, ws_gone},
	{"/plain/{name}", NULL, ws_accepts, ws_opened, ws_received, ws_gone},
	{0},
};

int main(int argc, char **argv)
{
	struct server *s = mem_new(1, sizeof(*s));
	struct why why = {0};
	if (argc < 3) {
		fputs("usage: http_server ADDR:PORT FOLDER [CONNECTIONS_PER_ADDRESS]\n", stderr);
		return 2;
	}
	s->folder = argv[2];
	s->loop.server = s;
	if (loop_init(&s->loop, true, &why) != OK) {
		diag_fault_why(NULL, 0, &why);
		return 3;
	}
	if (argc > 3)
		s->loop.guard.per_loopback = (unsigned)atoi(argv[3]);
	if (loop_listen(&s->loop, argv[1], &why) != OK) {
		diag_fault_why(NULL, 0, &why);
		loop_finish(&s->loop);
		free(s);
		return 3;
	}
	printf("%s\n", s->loop.listening);
	fflush(stdout);
	uv_timer_init(&s->loop.uv, &s->beat);
	s->beat.data = s;
	uv_timer_start(&s->beat, beat, 20, 20);
	loop_run(&s->loop);
	uv_close((uv_handle_t *)&s->beat, NULL);
	for (size_t i = 0; i < RESOLVES_MAX; i++)
		if (s->lookups[i]) {
			resolve_cancel(s->lookups[i]->resolve);
			free(s->lookups[i]);
		}
	loop_finish(&s->loop);
	free(s);
	return 0;
}
