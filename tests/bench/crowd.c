/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { PER_ADDRESS = 200 /* servers bound connections from one address */, MARK_MAX = 16 };

struct ear {
	int fd;
	bool is_control;
	unsigned char head[10], n_head;
	uint64_t left;  /* of the frame's payload */
	uint64_t bytes; /* of payload, ever */
	int64_t last_ns;
};

struct crowd {
	int poller;
	const char *mark;
	size_t n_marked; /* bytes of the mark that the last payload ended with */
	struct ear *ears;
	size_t n, n_there; /* there: have `wanted` bytes */
	uint64_t events, wanted;
};

int64_t crowd_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct crowd *crowd_create(int poller, const char *event_mark)
{
	struct crowd *c = mem_new(1, sizeof *c);
	*c = (struct crowd){.poller = poller, .mark = event_mark};
	return c;
}

static int open_one(int i, int port, const char *path)
{
	char text[1024];
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in own = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 0x100 + (uint32_t)(i / PER_ADDRESS))};
	struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) || connect(fd, (struct sockaddr *)&other, sizeof other))
		die("a listener can't connect");
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n", path, port);
	if (send(fd, text, (size_t)n, 0) != n)
		die("a listener can't ask");
	for (size_t got = 0;;) {
		ssize_t more = recv(fd, text + got, sizeof text - 1 - got, 0);
		if (more <= 0)
			die("no answer to a handshake");
		got += (size_t)more;
		text[got] = 0;
		if (strstr(text, "\r\n\r\n"))
			break;
	}
	if (strncmp(text, "HTTP/1.1 101", 12) != 0) {
		fprintf(stderr, "a handshake was answered with: %s\n", text);
		exit(1);
	}
	return fd;
}

void crowd_open(struct crowd *c, int port, const char *path, int n)
{
	c->ears = mem_grow(c->ears, c->n + (size_t)n, sizeof *c->ears);
	for (int i = 0; i < n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)c->n};
		c->ears[c->n] = (struct ear){.fd = open_one((int)c->n, port, path)};
		if (epoll_ctl(c->poller, EPOLL_CTL_ADD, c->ears[c->n].fd, &e))
			die("epoll_ctl");
		c->n++;
	}
}

/* The mark may lie across two reads. */
static void count_marks(struct crowd *c, const char *p, size_t n)
{
	size_t length = strlen(c->mark);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == c->mark[c->n_marked])
			c->n_marked++;
		else
			c->n_marked = p[i] == c->mark[0];
		if (c->n_marked == length) {
			c->events++;
			c->n_marked = 0;
		}
	}
}

static size_t head_size(const struct ear *e)
{
	int n = e->head[1] & 127;
	return n == 127 ? 10 : n == 126 ? 4 : 2;
}

/* Takes one byte of a frame's head. */
static void take_head(struct crowd *c, struct ear *e, unsigned char byte)
{
	e->head[e->n_head++] = byte;
	if (e->n_head < 2 || e->n_head < head_size(e))
		return;
	e->left = e->head[1] & 127;
	if (e->n_head > 2) {
		e->left = 0;
		for (int i = 2; i < e->n_head; i++)
			e->left = e->left << 8 | e->head[i];
	}
	int code = e->head[0] & 15;
	e->is_control = code > 2;
	e->n_head = 0;
	if (code == 8) {
		fprintf(stderr, "a listener was closed\n");
		exit(1);
	}
	if (code == 9) { /* pings of our servers are empty or small; a pong without what was in it keeps them content */
		static const unsigned char pong[6] = {0x8a, 0x80};
		if (send(e->fd, pong, sizeof pong, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof pong)
			die("pong");
	}
	if (!e->is_control && e == c->ears && !c->mark)
		c->events++;
}

void crowd_read(struct crowd *c, uint32_t ear)
{
	static unsigned char bytes[1 << 18];
	struct ear *e = &c->ears[ear];
	ssize_t n = recv(e->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n <= 0)
		die("a listener was cut off");
	uint64_t before = e->bytes;
	for (size_t i = 0; i < (size_t)n;) {
		if (!e->left) {
			take_head(c, e, bytes[i++]);
			continue;
		}
		size_t take = (size_t)n - i < e->left ? (size_t)n - i : (size_t)e->left;
		if (!e->is_control && ear == 0 && c->mark)
			count_marks(c, (char *)bytes + i, take);
		if (!e->is_control)
			e->bytes += take;
		e->left -= take;
		i += take;
	}
	if (e->bytes == before)
		return;
	e->last_ns = crowd_now_ns();
	if (c->wanted && before < c->wanted && e->bytes >= c->wanted)
		c->n_there++;
}

bool crowd_has(struct crowd *c, uint64_t events)
{
	if (c->events < events || c->ears[0].left)
		return false;
	if (c->wanted != c->ears[0].bytes) {
		c->wanted = c->ears[0].bytes;
		c->n_there = 0;
		for (size_t i = 0; i < c->n; i++)
			c->n_there += c->ears[i].bytes >= c->wanted;
	}
	return c->n_there == c->n;
}

uint64_t crowd_events(const struct crowd *c)
{
	return c->events;
}

uint64_t crowd_bytes(const struct crowd *c)
{
	return c->ears[0].bytes;
}

size_t crowd_size(const struct crowd *c)
{
	return c->n;
}

int64_t crowd_last_ns(const struct crowd *c, size_t ear)
{
	return c->ears[ear].last_ns;
}
