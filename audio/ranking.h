/* ranking.h - where a magnitude stands among those that came lately: the running distribution of a stream, as a histogram
 * of logarithms that forgets (half of its weight is of the last RANKING_HALF_LIFE values). So a score needs not be told
 * whether its stream counts in bytes or in ether. Pure; one thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_RANKING_H
#define AUDIO_RANKING_H

enum {
	RANKING_BINS = 1000,
	RANKING_HALF_LIFE = 400, /* values */
};

struct ranking {
	double bins[RANKING_BINS];
	double total, next; /* of all bins; of the next value */
};

void ranking_init(struct ranking *r);
void ranking_add(struct ranking *r, double magnitude);
/* 0...1: the part of the stream that is smaller, and of those that are alike (within an eighth of an octave) the part
 * `among`, 0...1. An empty ranking counts as one value that is alike. */
double ranking_of(const struct ranking *r, double magnitude, double among);

#endif
