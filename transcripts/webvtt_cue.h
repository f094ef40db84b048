/* webvtt_cue.h - one cue of WebVTT: its timing line, and its text with voices. For dialect_webvtt.c.
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_WEBVTT_CUE_H
#define TRANSCRIPTS_WEBVTT_CUE_H

#include "base/buf.h"
#include "transcripts/transcript.h"

struct webvtt_timing {
	int64_t start_ms, end_ms;
};
/* Section 6.3, "collect WebVTT cue timings"; settings after it are ignored. */
bool webvtt_timing_read(struct span line, struct webvtt_timing *out);

/* A line cut for a message. */
struct webvtt_line_text {
	char text[64];
};
struct webvtt_line_text webvtt_line_text(struct span line);

/* The cues as they become turns. */
struct webvtt_speech {
	struct transcript *t;
	bool new_turn;       /* the next cue starts one */
	bool rolling;        /* captions scroll: what a cue repeats of the one before is left out */
	/* private */
	size_t _n_cues, _n_repeating;
	bool _word_stamps, _surveyed;
	bool _stamped;       /* this cue's words have stamps */
	struct buf _lines, _before; /* this cue's and the last one's lines, decoded, LF between */
	struct buf _voice, _piece;
};
/* First pass: looks at each cue's text, to learn whether the captions scroll. */
void webvtt_speech_survey(struct webvtt_speech *s, struct span text);
/* Second pass. */
void webvtt_speech_add(struct webvtt_speech *s, const struct webvtt_timing *timing, struct span text, int line);
void webvtt_speech_finish(struct webvtt_speech *s);

#endif
