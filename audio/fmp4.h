/* fmp4.h - one AAC track as fragmented MP4 (ISO/IEC 14496-12), the form of HLS segments (RFC 8216 3.3): an
 * initialization section, then segments that each begin with a frame that decodes alone. For the encoder. Pure.
 * The encoder's priming is declared by an edit list, so that a player's time 0 is the first real sample.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_FMP4_H
#define AUDIO_FMP4_H

#include "base/buf.h"

struct fmp4_track {
	uint32_t rate;      /* Hz; also the timescale */
	uint32_t channels;
	uint32_t bit_rate;  /* bits/s */
	struct span config; /* AudioSpecificConfig, ISO/IEC 14496-3; at most 64 bytes */
	uint32_t priming;   /* samples before the first real one */
};

/* Appends ftyp and moov. */
void fmp4_init(struct buf *out, const struct fmp4_track *track);

enum { FMP4_UNITS_MAX = 512 };

/* A segment in the making; zeroed at first, goes on with the next one after fmp4_end. */
struct fmp4_segment {
	struct buf data;
	uint32_t sizes[FMP4_UNITS_MAX];
	size_t n_units;       /* access units added since the last end */
	uint32_t sequence;    /* segments ended */
	uint64_t decode_time; /* samples ended */
};

void fmp4_add(struct fmp4_segment *s, struct span unit); /* at most FMP4_UNITS_MAX */
/* Appends styp, moof and mdat; each unit is unit_samples long. */
void fmp4_end(struct fmp4_segment *s, uint32_t unit_samples, struct buf *out);
void fmp4_segment_finish(struct fmp4_segment *s);

#endif
