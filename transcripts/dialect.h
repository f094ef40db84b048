/* dialect.h - the dialects that transcripts are written in, one file each (dialect_*.c), and how they are told apart.
 * Importers are pure: bytes in, turns and cues out, line numbers kept. Detection looks at content, never at names
 * alone, and says its reason. Faults in a line are reported through `fault` (what is wrong; what was done); the rest
 * goes on.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DIALECT_H
#define TRANSCRIPTS_DIALECT_H

#include "transcripts/transcript.h"

struct document;

struct dialect_faults {
	void (*fault)(void *data, int line, const char *text); /* may be NULL */
	void *data;
};

struct dialect {
	const char *name;  /* as `import` prints it: "speaker lines (MM:SS Speaker: text)" */
	const char *label; /* short and stable, for configuration and the archive: "speaker-lines" */
	/* 0 = surely not ... 100 = surely; reason (say 120 bytes) tells what was seen. */
	int (*detect)(struct span text, char *reason, size_t room);
	/* NULL: recognised, but declined; decline then says why and what to do instead. first_line: the file's line at
	 * which text starts. */
	struct transcript *(*parse)(struct span text, int first_line, const struct dialect_faults *faults);
	const char *decline;
	/* NULL, or: what the file says of itself beside the words (its language, its chapters), into the document. */
	void (*describe)(struct document *d, struct span text, const struct dialect_faults *faults);
};

/* The one that is surest, or NULL when none reaches 50; reason as above (also filled for NULL: what was looked for). */
const struct dialect *dialect_detect(struct span text, char *reason, size_t room);
const struct dialect *dialect_named(struct span label);

/* The one whose label is nearest to a text that is none, for a message; NULL when none is near. */
const char *dialect_nearest_label(struct span label);
/* All of them, by index; NULL behind the last. */
const struct dialect *dialect_at(size_t i);

extern const struct dialect dialect_speaker_lines;   /* MM:SS Speaker: text */
extern const struct dialect dialect_stamped_lines;   /* HH:MM:SS text */
extern const struct dialect dialect_inline_stamps;   /* 0:42 text 0:52 text */
extern const struct dialect dialect_paragraphs;      /* [0:42] Speaker: text, a paragraph a turn */
extern const struct dialect dialect_webvtt;
extern const struct dialect dialect_subrip;
extern const struct dialect dialect_podcasting_json; /* Podcasting 2.0 */
extern const struct dialect dialect_podcasting_html; /* <cite>, <time>, <p> */
extern const struct dialect dialect_whisper;         /* OpenAI's JSON */
extern const struct dialect dialect_whisper_tsv;
extern const struct dialect dialect_whisper_cpp;
extern const struct dialect dialect_assemblyai;
extern const struct dialect dialect_code_maven;      /* the inside of [transcript] ... [/transcript] */
extern const struct dialect dialect_changelog;       /* **Speaker:** text \[04:01\] */
extern const struct dialect dialect_datatalks;       /* transcript: in the front matter */
/* Recognised and declined: */
extern const struct dialect dialect_assemblyai_summary;
extern const struct dialect dialect_planet_page;
extern const struct dialect dialect_ttml;
extern const struct dialect dialect_substation;
extern const struct dialect dialect_microdvd;

/* A time stamp at the start of s: M:SS to MMM:SS, H:MM:SS, HH:MM:SS, each with an optional .mmm or ,mmm. Returns its
 * length in bytes, 0 when there is none. */
size_t stamp_read(struct span s, int64_t *ms);
/* "1:02:03" or "2:03"; with millis "01:02:03.250" as WebVTT wants it. */
struct buf;
void stamp_write(struct buf *out, int64_t ms, bool webvtt);
/* Seconds as a page's #t= has them: "754" or "754.25", no zeros at the end. */
void stamp_fragment(struct buf *out, int64_t ms);

#endif
