/* sponsors.h - sponsor reads: where in a transcript somebody is paid for what is said. Found by rules (all in
 * sponsors.c): a sentence such as "this episode is brought to you by ..." begins one; the sponsor's name, an address or
 * "visit", "sign up", "promo code" carry it on; thanks for the support, or a while without any of these, end it. Later in
 * the episode the sponsor's name begins one too, where enough of these follow. A turn whose speaker is "Break" or "Sponsor"
 * is one as a whole. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SPONSORS_H
#define TRANSCRIPTS_SPONSORS_H

#include "base/buf.h"
#include "transcripts/transcript.h"

struct sponsor_read {
	size_t first_cue, first_byte; /* where its first sentence begins, in that cue's text */
	size_t last_cue, end_byte;    /* behind its last sentence */
	const char *opening;          /* what it was known by: one of the rules, or the speaker's label; static */
	size_t n_evidence;            /* sentences that carried it on */
};

/* Ascending, without overlaps; owned by the caller (free). NULL with *n 0 where there are none. */
struct sponsor_read *sponsors_find(const struct transcript *t, size_t *n);

#endif
