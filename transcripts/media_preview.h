/* media_preview.h - what a page shows of a recording before it plays: waveform, storyboard, cover, captions, each as
 * a file of its own. For the server's routes and for static pages. Pure.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_PREVIEW_H
#define TRANSCRIPTS_MEDIA_PREVIEW_H

#include "transcripts/media_study.h"

/* Parts: waveform.svg, peaks.json ({"peaks_a_second":10,"peaks":[0...255]}), storyboard.jpg, storyboard.vtt,
 * poster.jpg, cover.jpg, captions-1.vtt ..., about.json (media_json.h). False: it has no such part. s needs all
 * parts of media_store.h. name: the recording's, for what names another part of it. */
bool media_preview(const struct media_study *s, const char *part, struct buf *out, const char **type);
/* The i-th part that there is, from 0; false: no more. */
bool media_preview_part(const struct media_study *s, size_t i, struct buf *part);

/* The waveform as an SVG path's data: bars from 0 to MEDIA_WAVE_WIDTH, around the middle of MEDIA_WAVE_HEIGHT; the
 * loudest fills it. False: there is no sound, or it is silent. */
enum { MEDIA_WAVE_WIDTH = 1200, MEDIA_WAVE_HEIGHT = 100 };
bool media_preview_wave(const struct media_study *s, struct buf *path);

#endif
