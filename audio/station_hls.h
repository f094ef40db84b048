/* station_hls.h - a station's sound as segments for HTTP Live Streaming (RFC 8216): the window of the last ones, kept in
 * memory and shared. Segments are made from the first request for the list on, until nobody has asked for 30 s.
 * Loop thread only; what is returned is valid until the next station_collect.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_HLS_H
#define AUDIO_STATION_HLS_H

#include "audio/station.h"

enum {
	HLS_LISTED = 8, /* segments in the list: 24 s */
	/* RFC 8216 6.2.2: one that left the list stays for as long as it and the longest list with it last. */
	HLS_KEPT = 2 * HLS_LISTED + 1,
};

struct hls_segment {
	uint64_t number; /* media sequence: never used twice, not even by another run of the program */
	int64_t wall_ms; /* when its first sample was due */
};

struct hls_list {
	struct hls_segment segments[HLS_LISTED]; /* oldest first */
	size_t n;
	double seconds; /* of each of them */
	uint64_t run; /* number of the run's first segment: those of one run follow each other without a gap */
};

/* Somebody wants it: starts it where it doesn't run, and keeps it running. */
enum err station_hls_ask(struct station *s, struct why *why) NODISCARD;
/* False: there are no segments yet; station_listen tells when there are. */
bool station_hls_list(struct station *s, struct hls_list *list);
/* The bytes of a segment, of what a player needs before the first; NULL: there is no such, or no longer. Borrowed. */
struct msg *station_hls_segment(const struct station *s, uint64_t number);
struct msg *station_hls_init(const struct station *s);

#endif
