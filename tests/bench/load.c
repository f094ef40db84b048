/* load.c - the other end of a server under test: gives it messages and is its crowd of listeners, so that times need no
 * second clock. load lines|events: prints the feed's port, then obeys lines on stdin, each answered by one of JSON:
 *   server PID             whose processor time is counted
 *   crowd PORT PATH N      opens N listeners
 *   rounds N COUNT SIZE MS N times: COUNT messages at once, the next when all have them, and so long after the last
 *   rate HZ SECONDS SIZE   one message at a time, at fixed moments
 *   flow HZ SECONDS SIZE   the same without waiting for it to arrive, times of the first listener alone
 *   flood COUNT SIZE       as fast as the server takes them, until the first listener has the last
 *   idle SECONDS           nothing
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "crowd.h"
#include "feed.h"

enum { EVENTS = 512, LOST_S = 60 };
static const uint32_t IS_FEED = UINT32_MAX, IS_COMMAND = UINT32_MAX - 1;

static int poller, server;
static struct crowd *crowd;
static struct feed *feed;
static uint64_t published;
static bool is_commanded;

/* What all threads of the server have used: the kernel's own account in ns, not its ticks. */
static int64_t used_ns(void)
{
	char path[64], file[400];
	int64_t sum = 0;
	snprintf(path, sizeof path, "/proc/%d/task", server);
	DIR *folder = opendir(path);
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		long long ns = 0;
		snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
		FILE *f = entry->d_name[0] == '.' ? NULL : fopen(file, "r");
		if (f && fscanf(f, "%lld", &ns) == 1)
			sum += ns;
		if (f)
			fclose(f);
	}
	if (folder)
		closedir(folder);
	return sum;
}

/* Reads what has come; waits no longer than until `until_ns`. */
static void turn(int64_t until_ns)
{
	struct epoll_event events[EVENTS];
	int64_t left = until_ns - crowd_now_ns();
	struct timespec wait = {.tv_sec = left > 0 ? left / 1000000000 : 0, .tv_nsec = left > 0 ? left % 1000000000 : 0};
	int n = epoll_pwait2(poller, events, EVENTS, &wait, NULL);
	for (int i = 0; i < n; i++)
		if (events[i].data.u32 == IS_COMMAND)
			is_commanded = true;
		else if (events[i].data.u32 != IS_FEED)
			crowd_read(crowd, events[i].data.u32);
}

static void wait_for_all(void)
{
	int64_t end = crowd_now_ns() + LOST_S * 1000000000LL;
	while (!crowd_has(crowd, published)) {
		turn(end);
		if (crowd_now_ns() >= end) {
			fprintf(stderr, "a message was lost: %llu of %llu came\n", (unsigned long long)crowd_events(crowd),
				(unsigned long long)published);
			exit(1);
		}
	}
}

static void publish(size_t count, size_t size)
{
	published += count;
	feed_send(feed, count, size);
}

static void rounds(size_t n, size_t count, size_t size, double pace_ms)
{
	uint64_t bytes = crowd_bytes(crowd);
	int64_t begin = crowd_now_ns(), used = used_ns();
	for (size_t i = 0; i < n; i++) {
		int64_t at = begin + (int64_t)((double)i * pace_ms * 1e6);
		while (crowd_now_ns() < at)
			turn(at);
		publish(count, size);
		wait_for_all();
	}
	double deliveries = (double)(n * count) * (double)crowd_size(crowd);
	printf("{\"us\": %.4f, \"per_s\": %.0f, \"bytes\": %.1f}\n", (double)(used_ns() - used) / 1000 / deliveries,
		deliveries / ((double)(crowd_now_ns() - begin) / 1e9), (double)(crowd_bytes(crowd) - bytes) / (double)(n * count));
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static void tell_times(float *ms, size_t n, int64_t used, int64_t begin)
{
	double seconds = (double)(crowd_now_ns() - begin) / 1e9;
	qsort(ms, n, sizeof *ms, by_size);
	printf("{\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f, \"cpu\": %.2f}\n", ms[n / 2], ms[n * 99 / 100], ms[n - 1],
		(double)used / 1e7 / seconds);
	free(ms);
}

static void rate(double hz, double seconds, size_t size)
{
	size_t n = (size_t)(hz * seconds), n_ears = crowd_size(crowd);
	float *ms = mem_new(n * n_ears, sizeof *ms);
	int64_t used = used_ns(), begin = crowd_now_ns();
	for (size_t i = 0; i < n; i++) {
		/* One that comes late because the last wasn't through yet is late all the same. */
		int64_t at = begin + (int64_t)((double)i * 1e9 / hz);
		while (crowd_now_ns() < at)
			turn(at);
		publish(1, size);
		wait_for_all();
		for (size_t k = 0; k < n_ears; k++)
			ms[i * n_ears + k] = (float)((double)(crowd_last_ns(crowd, k) - at) / 1e6);
	}
	tell_times(ms, n * n_ears, used_ns() - used, begin);
}

static void flow(double hz, double seconds, size_t size)
{
	size_t n = (size_t)(hz * seconds), sent = 0, got = 0;
	uint64_t before = crowd_events(crowd);
	float *ms = mem_new(n, sizeof *ms);
	int64_t used = used_ns(), begin = crowd_now_ns();
	while (got < n) {
		int64_t at = begin + (int64_t)((double)sent * 1e9 / hz);
		if (sent < n && crowd_now_ns() >= at) {
			publish(1, size);
			sent++;
			continue;
		}
		turn(sent < n ? at : crowd_now_ns() + 1000000000);
		for (; got < crowd_events(crowd) - before; got++)
			ms[got] = (float)((double)(crowd_last_ns(crowd, 0) - begin) / 1e6 - (double)got * 1e3 / hz);
	}
	tell_times(ms, n, used_ns() - used, begin);
}

static void flood(size_t count, size_t size)
{
	struct epoll_event e = {.events = EPOLLOUT, .data.u32 = IS_FEED};
	int64_t used = used_ns(), begin = crowd_now_ns(), written = 0;
	feed_begin(feed, count, size);
	published += count;
	epoll_ctl(poller, EPOLL_CTL_ADD, feed_fd(feed), &e);
	while (!crowd_has(crowd, published)) {
		if (!written && !feed_push(feed)) {
			written = crowd_now_ns();
			epoll_ctl(poller, EPOLL_CTL_DEL, feed_fd(feed), &e);
		}
		turn(crowd_now_ns() + 1000000000);
	}
	double seconds = (double)(crowd_now_ns() - begin) / 1e9;
	printf("{\"per_s\": %.0f, \"us\": %.3f, \"seconds\": %.3f}\n", (double)count / seconds,
		(double)(used_ns() - used) / 1000 / (double)count, seconds);
}

static void idle(double seconds)
{
	int64_t used = used_ns(), begin = crowd_now_ns(), end = begin + (int64_t)(seconds * 1e9);
	while (crowd_now_ns() < end) {
		int64_t soon = crowd_now_ns() + 1000000000;
		turn(soon < end ? soon : end);
		feed_keep_alive(feed);
	}
	printf("{\"cpu\": %.3f}\n", (double)(used_ns() - used) / 1e7 / seconds);
}

static void obey(char *line)
{
	char path[256];
	double a = 0, b;
	int port;
	size_t n, count, size;
	if (sscanf(line, "server %d", &server) == 1) {
		feed_accept(feed);
		printf("{}\n");
	} else if (sscanf(line, "crowd %d %255s %zu", &port, path, &n) == 3) {
		crowd_open(crowd, port, path, (int)n);
		printf("{}\n");
	} else if (sscanf(line, "rounds %zu %zu %zu %lf", &n, &count, &size, &a) == 4) {
		rounds(n, count, size, a);
	} else if (sscanf(line, "rate %lf %lf %zu", &a, &b, &size) == 3) {
		rate(a, b, size);
	} else if (sscanf(line, "flow %lf %lf %zu", &a, &b, &size) == 3) {
		flow(a, b, size);
	} else if (sscanf(line, "flood %zu %zu", &count, &size) == 2) {
		flood(count, size);
	} else if (sscanf(line, "idle %lf", &a) == 1) {
		idle(a);
	} else {
		fprintf(stderr, "no such command: %s\n", line);
		exit(2);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[512];
	int port;
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	bool has_events = argc > 1 && strcmp(argv[1], "events") == 0;
	poller = epoll_create1(0);
	crowd = crowd_create(poller, has_events ? "{\"seq\":" : NULL);
	feed = feed_create(has_events ? FEED_EVENTS : FEED_LINES, &port);
	printf("%d\n", port);
	fflush(stdout);
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = IS_COMMAND};
	epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &e);
	for (;;) {
		/* Between commands, too, what comes is read and pings are answered. */
		turn(crowd_now_ns() + 1000000000);
		feed_keep_alive(feed);
		if (!is_commanded)
			continue;
		is_commanded = false;
		ssize_t n = read(STDIN_FILENO, line, sizeof line - 1); /* the next comes only after the answer */
		if (n <= 0)
			return 0;
		line[n] = 0;
		obey(line);
	}
}
