/* crowd.h - many WebSocket listeners in one process, for load.c. All of them get the same bytes: the first one's events
 * are counted, the others are known to have them when they have as many bytes.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_CROWD_H
#define TESTS_BENCH_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crowd;

int64_t crowd_now_ns(void);
/* The text by which an event is recognised in a frame; NULL: each frame is one. */
struct crowd *crowd_create(int poller, const char *event_mark);
/* Ends the process when a handshake isn't answered well. */
void crowd_open(struct crowd *c, int port, const char *path, int n);
/* Reads what a listener's socket has; ear: epoll_event.data.u32. */
void crowd_read(struct crowd *c, uint32_t ear);
/* True when all have `events` events since they came. */
bool crowd_has(struct crowd *c, uint64_t events);
uint64_t crowd_events(const struct crowd *c); /* the first one's */
uint64_t crowd_bytes(const struct crowd *c);  /* the same, of payload */
size_t crowd_size(const struct crowd *c);
int64_t crowd_last_ns(const struct crowd *c, size_t ear); /* when it got its last bytes */

#endif
