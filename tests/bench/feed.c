/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { AT_ONCE = 64 /* messages written together in a flood */, KEEP_ALIVE_S = 10 };

struct feed {
	enum feed_kind kind;
	int acceptor, fd;
	uint64_t serial;
	time_t alive; /* something was sent */
	size_t left, size; /* of a flood */
	struct buf out;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct feed *feed_create(enum feed_kind kind, int *port)
{
	struct feed *f = mem_new(1, sizeof *f);
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof own;
	*f = (struct feed){.kind = kind, .acceptor = socket(AF_INET, SOCK_STREAM, 0), .fd = -1,
		.serial = (uint64_t)time(NULL) << 24};
	if (bind(f->acceptor, (struct sockaddr *)&own, n) || listen(f->acceptor, 8) ||
	    getsockname(f->acceptor, (struct sockaddr *)&own, &n))
		die("feed");
	*port = ntohs(own.sin_port);
	return f;
}

void feed_accept(struct feed *f)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:ok\n\n";
	char text[4096];
	int one = 1;
	size_t got = 0;
	f->fd = accept(f->acceptor, NULL, NULL);
	setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (f->kind == FEED_LINES)
		return;
	do {
		ssize_t n = recv(f->fd, text + got, sizeof text - 1 - got, 0);
		if (n <= 0)
			die("the server didn't ask");
		got += (size_t)n;
		text[got] = 0;
	} while (!strstr(text, "\r\n\r\n"));
	if (send(f->fd, head, sizeof head - 1, 0) < 0)
		die("feed");
}

/* All members that EventStreams sends; the comment fills up to the size. */
static void add_event(struct feed *f, size_t size)
{
	unsigned long long n = ++f->serial, seconds = (unsigned long long)time(NULL);
	struct tm tm;
	time_t now = (time_t)seconds;
	gmtime_r(&now, &tm);
	buf_format(&f->out, "event: message\nid: [{\"topic\":\"eqiad.mediawiki.recentchange\",\"partition\":0,\"offset\":%llu}]\ndata: ", n);
	size_t begin = f->out.n;
	buf_format(&f->out, "{\"$schema\":\"/mediawiki/recentchange/1.0.1\",\"meta\":{\"uri\":\"https://w.org/a\","
		"\"id\":\"%012llx-4000-8000-000000000000\",\"dt\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\",\"domain\":\"w.org\",\"stream\":"
		"\"mediawiki.recentchange\",\"topic\":\"eqiad.mediawiki.recentchange\",\"partition\":0,\"offset\":%llu},\"id\":%llu,"
		"\"type\":\"edit\",\"namespace\":0,\"title\":\"A\",\"title_url\":\"https://w.org/a\",\"timestamp\":%llu,\"user\":\"B\","
		"\"bot\":false,\"notify_url\":\"https://w.org/a\",\"minor\":false,\"patrolled\":true,\"length\":{\"old\":1000,\"new\":1100},"
		"\"revision\":{\"old\":1,\"new\":2},\"server_url\":\"https://w.org\",\"server_name\":\"w.org\",\"server_script_path\":\"/w\","
		"\"wiki\":\"enwiki\",\"comment\":\"", n, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec, n, n, seconds);
	while (f->out.n - begin + 2 < size)
		buf_char(&f->out, (f->out.n - begin) % 7 ? 'e' : ' ');
	buf_text(&f->out, "\"}\n\n");
}

static void write_all(struct feed *f)
{
	for (size_t at = 0; at < f->out.n;) {
		ssize_t n = send(f->fd, f->out.p + at, f->out.n - at, MSG_NOSIGNAL);
		if (n <= 0)
			die("the server has left its feed");
		at += (size_t)n;
	}
	buf_clear(&f->out);
	f->alive = time(NULL);
}

void feed_send(struct feed *f, size_t count, size_t size)
{
	if (f->kind == FEED_LINES)
		buf_format(&f->out, "%zu %zu\n", count, size);
	else
		for (size_t i = 0; i < count; i++)
			add_event(f, size);
	write_all(f);
}

void feed_begin(struct feed *f, size_t count, size_t size)
{
	f->left = count;
	f->size = size;
}

bool feed_push(struct feed *f)
{
	bool is_empty = !f->out.n;
	for (size_t i = 0; is_empty && i < AT_ONCE && f->left; i++, f->left--)
		add_event(f, f->size);
	if (!f->out.n)
		return false;
	ssize_t n = send(f->fd, f->out.p, f->out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		die("the server has left its feed");
	if (n > 0)
		buf_drop(&f->out, (size_t)n);
	return true;
}

void feed_keep_alive(struct feed *f)
{
	if (f->kind != FEED_EVENTS || f->fd < 0 || time(NULL) - f->alive < KEEP_ALIVE_S)
		return;
	buf_text(&f->out, ":\n\n");
	write_all(f);
}

int feed_fd(const struct feed *f)
{
	return f->fd;
}
