/* media_probe.h - what a media file really is: duration, size, type, by libavformat in a child process with limits (the
 * file may be hostile). Blocking; a worker's or a command's thread.
 * The children are made by this same program, started once more with MEDIA_CHILD_ARGUMENT: its main, and that of a test
 * that probes, hands over to media_child_main before anything else. Limits of each child: 512 MiB of memory, 60 s of
 * CPU, 120 s of time, no file but the one given, no new privileges, and a filter of system calls that lets it read,
 * seek, answer and have memory (media_seal.h): code that took over a child could do no more than that.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_PROBE_H
#define TRANSCRIPTS_MEDIA_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct media_info {
	int64_t n_bytes, duration_ms; /* duration 0: it doesn't say */
	const char *mime;  /* "audio/mpeg" "audio/x-m4a" "audio/ogg" "audio/wav" "audio/flac" "video/mp4" ...; static */
	bool has_video;    /* moving pictures; artwork in an audio file is none */
};

/* E_GONE: no such file; E_FORMAT: not media (why says what it looks like); E_TIMEOUT; E_IO: the child couldn't be
 * started or died. Results, E_FORMAT too, are remembered by path, size and time of change; thread-safe. */
enum err media_probe(const char *path, struct media_info *info, struct why *why) NODISCARD;
/* What a study found for the file as it is now (media_study.h): from now on media_probe says that. Some heads lie. */
void media_probe_learn(const char *path, const struct media_info *info);
/* The type by ending alone, for serving: "application/octet-stream" when unknown. vtt, srt, json, txt, jpg, png too. */
const char *media_mime_of(const char *path);

/* The hidden first argument, and what it runs: takes requests (media_job.h) from the socket that is descriptor 0, and
 * makes a child for each, until the socket is closed. Its result is the process's exit code. */
#define MEDIA_CHILD_ARGUMENT "--media-child"
enum { MEDIA_CHILD_SECONDS = 120 };
#define MEDIA_LONGEST_MS (INT64_C(100) * 24 * 3600 * 1000)
int media_child_main(void);

/* Between the two (media_probe.c, media_child.c): the types that the child may answer, by number. */
extern const char *const media_types[];
enum media_type {
	MEDIA_MP3, MEDIA_M4A, MEDIA_AAC, MEDIA_OGG, MEDIA_FLAC, MEDIA_WAV, MEDIA_WEBM_AUDIO, MEDIA_MATROSKA_AUDIO,
	MEDIA_MP4, MEDIA_QUICKTIME, MEDIA_M4V, MEDIA_OGG_VIDEO, MEDIA_WEBM_VIDEO, MEDIA_MATROSKA_VIDEO, MEDIA_TYPES
};

#endif
