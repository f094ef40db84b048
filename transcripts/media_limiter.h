/* media_limiter.h - keeps the true peak of sound below a ceiling: the gain goes down before a peak comes, and up again
 * after it. Planes of floats; 5 ms late. For the media child. Pure.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_LIMITER_H
#define TRANSCRIPTS_MEDIA_LIMITER_H

#include <stddef.h>

struct limiter;

/* gain is applied before; ceiling as amplitude. n_channels at most LOUDNESS_CHANNELS. */
struct limiter *limiter_create(int sample_rate, int n_channels, float gain, float ceiling);
void limiter_destroy(struct limiter *l); /* accepts NULL */
/* n frames in; up to as many out, in place; returns how many. */
size_t limiter_add(struct limiter *l, float *const *planes, size_t n);
/* After the last: the frames that are still held, at most n; 0: none is left. */
size_t limiter_drain(struct limiter *l, float *const *planes, size_t n);

#endif
