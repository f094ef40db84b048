/* feed_artwork.h - what a picture really is: kind, size in pixels, hash; read from its head without decoding it. Results
 * are remembered by path, size and time of change. Blocking; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_ARTWORK_H
#define TRANSCRIPTS_FEED_ARTWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct feed_artwork {
	const char *type;         /* "image/jpeg", "image/png"; NULL: neither */
	uint32_t width, height;   /* 0: can't be told */
	bool has_alpha, is_rgb;   /* is_rgb: not grey, not CMYK */
	char hash[64 + 8];        /* "sha256-" and hex digits of all bytes */
};

/* E_GONE: no such file; E_LIMIT: larger than 64 MiB. */
enum err feed_artwork_read(const char *path, struct feed_artwork *artwork, struct why *why) NODISCARD;

#endif
