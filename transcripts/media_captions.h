/* media_captions.h - the captions that lie in a video, as WebVTT: SubRip, MP4's timed text, WebVTT and ASS. For
 * media_study_job.c, in the media child.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_CAPTIONS_H
#define TRANSCRIPTS_MEDIA_CAPTIONS_H

#include "transcripts/media_input.h"

struct media_captions;

struct media_captions *media_captions_create(const struct media_input *in);
/* Of any stream: those without captions are left alone. */
void media_captions_packet(struct media_captions *c, const AVPacket *packet);
/* Answers with "captions" a track, "LANGUAGE\nTITLE\n" and the WebVTT; frees. */
void media_captions_finish(struct media_captions *c);

#endif
