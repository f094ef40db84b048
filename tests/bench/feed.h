/* feed.h - what the server under test gets its messages from, for load.c: an event stream of recentchange messages, or
 * for servers that are told what to send, lines "COUNT SIZE".
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_FEED_H
#define TESTS_BENCH_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum feed_kind { FEED_LINES, FEED_EVENTS };
struct feed;

/* Listens on a free port of loopback: *port. */
struct feed *feed_create(enum feed_kind kind, int *port);
/* Waits until the server has connected, and has asked if it is an event stream. */
void feed_accept(struct feed *f);
/* count messages; size: of a line's frames, or of an event's JSON (at least; 0: as short as it goes). Blocks until the
 * socket has taken it. */
void feed_send(struct feed *f, size_t count, size_t size);
/* The same without waiting: writes a few of feed_begin's messages, as far as they fit now. False: all is written. */
void feed_begin(struct feed *f, size_t count, size_t size);
bool feed_push(struct feed *f);
/* A comment, if it has been silent for long: servers leave upstreams that show no life. */
void feed_keep_alive(struct feed *f);
int feed_fd(const struct feed *f);

#endif
