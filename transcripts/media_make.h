/* media_make.h - new files from recordings, made by media children (media_probe.h) and put in place whole, or not at
 * all. A file that is there is replaced: whoever calls has asked. Blocking; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_MAKE_H
#define TRANSCRIPTS_MEDIA_MAKE_H

#include "transcripts/media_study.h"

/* A copy in the same format whose integrated loudness is target (LUFS) within half a LU and whose true peak is at
 * most -1 dBTP: one gain for all, and a limiter for the peaks that it would lift above; measured again afterwards,
 * and done again where the encoder has added to them. before and after: both, owned by the caller. E_FORMAT:
 * silence, or no sound. */
enum err media_normalise(const char *from, const char *to, double target, const struct media_watcher *watcher,
	struct media_study *before, struct media_study *after, struct why *why) NODISCARD;

struct media_segment {
	int64_t at, n_bytes, ms;
};
struct media_rendition {
	int width, height;
	char codecs[64];              /* RFC 6381 */
	int64_t init_bytes;
	struct media_segment *segments; /* owned */
	size_t n_segments;
};
/* A smaller video of that height, as fragmented MP4. */
enum err media_rendition(const char *from, int height, const char *to, const struct media_watcher *watcher,
	struct media_rendition *r, struct why *why) NODISCARD;
void media_rendition_finish(struct media_rendition *r);
/* The HLS playlist of one rendition, in the file `name` beside it; and the one of all, largest first. */
void media_rendition_playlist(const struct media_rendition *r, const char *name, struct buf *out);
void media_rendition_master(const struct media_rendition *all, char *const *playlists, size_t n, struct buf *out);

struct media_artwork {
	int side, width, height; /* of what was written; of the original */
};
enum err media_artwork(const char *from, const char *to, bool is_png, struct media_artwork *a, struct why *why) NODISCARD;

#endif
