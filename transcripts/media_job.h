/* media_job.h - between this program and its media children, for media_*.c alone: what a child is asked, and the
 * records that it answers with: "KEY N\n" and N bytes each. A child's last one is "end"; without it the answer
 * counts for nothing. Blocking; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_JOB_H
#define TRANSCRIPTS_MEDIA_JOB_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

enum media_work {
	MEDIA_LOOK = 'l',      /* type and duration */
	MEDIA_STUDY = 's',     /* everything, in one pass */
	MEDIA_NORMALISE = 'n', /* a copy of another loudness; settings: gain and ceiling in dB */
	MEDIA_RENDITION = 'r', /* a smaller video; settings: height */
	MEDIA_ARTWORK = 'a',   /* a square picture */
};

enum { MEDIA_SETTINGS = 200, MEDIA_RECORD_BYTES = 16 << 20 };

struct media_job {
	enum media_work work;
	const char *settings;     /* "" for none; under MEDIA_SETTINGS bytes */
	int file, output;         /* open; output -1: none. Both stay the caller's */
	bool is_gentle;           /* with a lower priority */
	int seconds;              /* of processor time; twice as many on the clock */
	int64_t most_bytes;       /* of output */
	const atomic_bool *stop;  /* may be NULL */
	bool (*record)(void *data, struct span key, struct span value); /* false: that can't be; the child is disbelieved */
	void *data;
};

/* E_FORMAT: not media, in the child's words; E_TIMEOUT: also when it was stopped; E_IO: the child couldn't be started,
 * or died, or talked nonsense. */
enum err media_job_run(const struct media_job *job, struct why *why) NODISCARD;

struct stat;
/* Opens a regular file for a job, with what fstat says of it. Errors are those of media_probe (in media_probe.c). */
enum err media_open(const char *path, int *file, struct stat *info, struct why *why) NODISCARD;

#endif
