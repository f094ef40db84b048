/* clock.h - the only place that asks what time it is, so that tests can inject their own. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

/* Milliseconds since the epoch, UTC. May jump: never order or time anything by it. */
int64_t clock_wall_ms(void);
/* Milliseconds since some start; never goes back. For time-outs and pacing. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* What this thread has had of a processor, in microseconds: what others do doesn't count. Not replaced by tests. */
int64_t clock_thread_us(void);
/* Replaces both clocks (tests); NULL puts the real ones back. Only before threads start. */
void clock_inject(int64_t (*wall_ms)(void), int64_t (*mono_us)(void));

/* Reads ISO 8601 / RFC 3339: YYYY-MM-DD, optionally T or blank and HH:MM[:SS[.fraction]], optionally Z or ±HH:MM (none
 * means UTC); or seconds since the epoch, fractions allowed. Result in ms since the epoch. E_FORMAT otherwise. */
enum err time_parse(struct span text, int64_t *ms) NODISCARD;
/* "2026-11-20T09:30:00.250Z"; the fraction only where it isn't zero. */
void time_format_iso(struct buf *out, int64_t ms);
/* "Fri, 20 Nov 2026 09:30:00 GMT" (RFC 9110 dates; also RFC 2822 as podcast feeds want it). */
void time_format_http(struct buf *out, int64_t ms);
/* Reads the RFC 9110 form; E_FORMAT otherwise. */
enum err time_parse_http(struct span text, int64_t *ms) NODISCARD;

#endif
