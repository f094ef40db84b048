/* media_board.h - a video's storyboard while its packets go by: small pictures at even times in one JPEG, and one
 * larger to show before it plays. Only keyframes are decoded, the last one before each time; of what lasts two
 * minutes at most everything. For media_study_job.c, in the media child.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_BOARD_H
#define TRANSCRIPTS_MEDIA_BOARD_H

#include "transcripts/media_input.h"

struct media_board;

/* NULL: there is no video, or none that can be decoded here. */
struct media_board *media_board_create(const struct media_input *in, int64_t duration_ms);
void media_board_packet(struct media_board *b, const AVPacket *packet);
/* Answers with "storyboard", "board" (its measures) and "poster"; frees. Accepts NULL. */
void media_board_finish(struct media_board *b);

#endif
