/* media_probe.h - what a media file really is: duration, size, type, by libavformat in a child process with limits (the
 * file may be hostile). Blocking; a worker's or a command's thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_PROBE_H
#define TRANSCRIPTS_MEDIA_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct media_info {
	int64_t n_bytes, duration_ms;
	const char *mime;  /* "audio/mpeg" "audio/x-m4a" "audio/ogg" "audio/wav" "audio/flac" "video/mp4" ... */
	bool has_video;
};

/* E_GONE: no such file; E_FORMAT: not media (why says what it looks like); E_TIMEOUT. */
enum err media_probe(const char *path, struct media_info *info, struct why *why) NODISCARD;
/* The type by ending alone, for serving: "application/octet-stream" when unknown. vtt, srt, json, txt, jpg, png too. */
const char *media_mime_of(const char *path);

#endif
