/* audience.c - many listeners of endless audio in one process, who read as players do. audience PORT PATH N opens them
 * (a line `open` when each has its first sound), then answers each line on stdin by one of JSON: {"bytes": of all since
 * the last line, "least": of the listener who got least, "silent_ms": the longest that one of them got nothing}.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, PER_ADDRESS = 100, IS_COMMAND = UINT32_MAX >> 1 };

struct listener {
	int fd;
	uint64_t bytes;
	int64_t last_ms, silent_ms;
};

static struct listener *listeners;
static int n_listeners, n_heard, poller;

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* From many addresses: one alone may have only so many connections. */
static int open_one(int i, int port, const char *path)
{
	char text[512];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in own = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 0x100 + (uint32_t)(i / PER_ADDRESS))};
	struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) || connect(fd, (struct sockaddr *)&other, sizeof other))
		die("a listener can't connect");
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: audience\r\nAccept: */*\r\n\r\n",
		path, port);
	if (send(fd, text, (size_t)n, 0) != n)
		die("a listener can't ask");
	return fd;
}

static void read_one(struct listener *l)
{
	static char room[1 << 18];
	ssize_t n = recv(l->fd, room, sizeof room, MSG_DONTWAIT);
	if (n <= 0)
		die("a listener was hung up on");
	if (!l->bytes && strncmp(room, "HTTP/1.", 7) != 0 && strncmp(room + 9, "200", 3) != 0) {
		fprintf(stderr, "answered with: %.*s\n", (int)n, room);
		exit(1);
	}
	/* The head alone is no sound. */
	if (l->bytes <= 4096 && l->bytes + (uint64_t)n > 4096 && ++n_heard == n_listeners)
		puts("open");
	int64_t now = now_ms();
	if (l->last_ms && now - l->last_ms > l->silent_ms)
		l->silent_ms = now - l->last_ms;
	l->last_ms = now;
	l->bytes += (uint64_t)n;
}

static void answer(void)
{
	static uint64_t *before;
	if (!before)
		before = calloc((size_t)n_listeners, sizeof *before);
	uint64_t all = 0, least = UINT64_MAX;
	int64_t silent = 0;
	for (int i = 0; i < n_listeners; i++) {
		uint64_t n = listeners[i].bytes - before[i];
		before[i] = listeners[i].bytes;
		all += n;
		least = n < least ? n : least;
		silent = listeners[i].silent_ms > silent ? listeners[i].silent_ms : silent;
		listeners[i].silent_ms = 0;
	}
	printf("{\"bytes\": %llu, \"least\": %llu, \"silent_ms\": %lld}\n", (unsigned long long)all, (unsigned long long)least,
		(long long)silent);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: audience PORT PATH N\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	n_listeners = atoi(argv[3]);
	listeners = calloc((size_t)n_listeners, sizeof *listeners);
	poller = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event commands = {.events = EPOLLIN, .data.u32 = IS_COMMAND};
	epoll_ctl(poller, EPOLL_CTL_ADD, 0, &commands);
	for (int i = 0; i < n_listeners; i++) {
		listeners[i].fd = open_one(i, atoi(argv[1]), argv[2]);
		struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
		if (epoll_ctl(poller, EPOLL_CTL_ADD, listeners[i].fd, &e))
			die("epoll_ctl");
		if (i % 50 == 49)
			usleep(20000); /* real listeners don't come in the same millisecond */
	}
	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(poller, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			char line[64];
			if (events[i].data.u32 != IS_COMMAND)
				read_one(&listeners[events[i].data.u32]);
			else if (read(0, line, sizeof line) > 0)
				answer();
			else
				return 0;
		}
	}
}
