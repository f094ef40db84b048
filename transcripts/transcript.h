/* transcript.h - what was said, in the one form that every importer makes and every export reads: turns (one speaker's
 * passage) made of cues (a timed line). Owned strings in one arena; built once, then read-only.
 * Times are milliseconds from the start of the recording. A cue's end is where it is known, else the start of the next
 * cue that has one of its own; the last one's is start + an estimate of 150 words a minute. A cue that its source gives
 * no time is marked untimed and carries the last time known before it (0 in a text without any): it was said then or
 * later, before the next cue that is timed. No time is made up for it.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TRANSCRIPT_H
#define TRANSCRIPTS_TRANSCRIPT_H

#include "base/err.h"
#include "base/span.h"

struct cue {
	int64_t start_ms, end_ms; /* end >= start */
	struct span text;         /* UTF-8, one line, plain text: no markup, no entities, single blanks */
	int line;                 /* in the file it came from */
	bool untimed;             /* start_ms is the last time known before it, not its own */
};

struct turn {
	struct span speaker;      /* as it reads; empty where unknown */
	size_t first_cue, n_cues; /* into transcript.cues; at least one */
};

/* An address that stands in a cue's markup, which the cue's text doesn't show. */
struct transcript_link {
	int64_t start_ms;         /* the cue's; -1 where it is untimed */
	struct span url, label;
};

struct transcript {
	struct cue *cues;
	size_t n_cues;
	struct turn *turns;
	size_t n_turns;
	size_t n_untimed;         /* cues */
	struct transcript_link *links; /* in the order in which they stand, each address once */
	size_t n_links;
	size_t n_faults;          /* lines that were reported and left out */
	char **_blocks;           /* private: owned text */
	size_t _n_blocks, _block_room, _block_used;
};

struct transcript *transcript_create(void);
void transcript_destroy(struct transcript *t); /* accepts NULL */
/* Starts a turn; cues that follow belong to it. A turn without cues is dropped by transcript_finish_build. */
void transcript_add_turn(struct transcript *t, struct span speaker);
/* Gives a turn its speaker afterwards. */
void transcript_name_turn(struct transcript *t, size_t turn, struct span speaker);
/* end_ms < 0: unknown. text is copied, blanks folded. An empty text adds nothing. Starts a turn without a speaker when
 * none is open. */
void transcript_add_cue(struct transcript *t, int64_t start_ms, int64_t end_ms, struct span text, int line);
/* A cue whose time nobody noted; last_ms: the last time known, where that isn't the last cue's start (a break's, say),
 * else -1. */
void transcript_add_untimed_cue(struct transcript *t, int64_t last_ms, struct span text, int line);
/* Of the last cue; nothing where the address is none of the web, or was there already. */
void transcript_add_link(struct transcript *t, struct span url, struct span label);
void transcript_add_timed_link(struct transcript *t, int64_t start_ms, struct span url, struct span label);
/* Appends to the last cue (continuation lines), with a blank between. */
void transcript_extend_cue(struct transcript *t, struct span text);
/* Afterwards, for corrections: replaces a cue's text; one that is left without any is dropped by
 * transcript_drop_empty. */
void transcript_set_cue(struct transcript *t, size_t i, struct span text);
void transcript_drop_empty(struct transcript *t);
/* Fills unknown ends, drops empty turns. Call once, after the last cue. */
void transcript_finish_build(struct transcript *t);

#endif
