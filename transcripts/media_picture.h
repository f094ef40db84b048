/* media_picture.h - decoded pictures to JPEG, scaled by libswscale; for the media child's jobs.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_PICTURE_H
#define TRANSCRIPTS_MEDIA_PICTURE_H

#include <libavcodec/avcodec.h>

#include "base/buf.h"

/* A picture of full-range 4:2:0, black; sides are even. NULL: memory is out. */
AVFrame *media_picture_new(int width, int height);
/* Scales the source's rectangle (x, y, width, height of the source's) into that of the target whose corner and size are
 * given; all even. False: libswscale can't. */
struct media_rectangle {
	int x, y, width, height;
};
bool media_picture_scale(const AVFrame *from, struct media_rectangle cut, AVFrame *to, struct media_rectangle place);
/* The largest even size of this shape within the box. */
struct media_rectangle media_picture_fit(const AVFrame *from, int box_width, int box_height);
/* quality: 2 the best to 31. Appends a JPEG; false: it didn't work. */
bool media_picture_jpeg(const AVFrame *picture, int quality, struct buf *out);
/* A picture of RGB24 as PNG. */
bool media_picture_png(const AVFrame *picture, struct buf *out);
/* Into another format of the same size. */
bool media_picture_convert(const AVFrame *from, AVFrame *to);
bool media_picture_has_alpha(const AVFrame *picture);
/* A JPEG, scaled down to fit into the box. */
bool media_picture_thumbnail(const AVFrame *from, int box_width, int box_height, int quality, struct buf *out);
/* One packet through a decoder; false: no picture came of it. */
bool media_picture_decode(AVCodecContext *decoder, const AVPacket *packet, AVFrame *picture);

#endif
