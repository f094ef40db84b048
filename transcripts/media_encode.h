/* media_encode.h - sound into an encoder, for the media child's jobs: planes of floats in, packets into a muxer.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_ENCODE_H
#define TRANSCRIPTS_MEDIA_ENCODE_H

#include "transcripts/media_input.h"
#include "transcripts/media_loudness.h"

/* Any of libavcodec's sample formats as planes of floats. */
struct media_planes {
	float *p[LOUDNESS_CHANNELS];
	size_t _room;
};
enum { MEDIA_PLANES_ROOM = 1024 }; /* frames that each plane holds at least */
/* The frame's samples, converted; borrowed until the next call. False: more channels than LOUDNESS_CHANNELS. */
bool media_planes_of(struct media_planes *planes, const AVFrame *frame);
void media_planes_finish(struct media_planes *planes);

struct media_encoder {
	AVCodecContext *c;
	AVFormatContext *f;
	AVStream *stream;
	AVFrame *frame;
	float *held[LOUDNESS_CHANNELS]; /* what isn't a whole frame yet */
	size_t n_held, room;
	int64_t next_pts;               /* in samples */
};

/* A stream of that codec in f, before its header is written. False: this codec can't be written. */
bool media_encoder_open(struct media_encoder *e, AVFormatContext *f, enum AVCodecID codec, int rate,
	const AVChannelLayout *layout, int64_t bits_a_second, bool is_deep);
/* n frames; false: it failed. n 0 with planes NULL: no more come. */
bool media_encoder_add(struct media_encoder *e, float *const *planes, size_t n);
void media_encoder_close(struct media_encoder *e);

/* An output with nothing in it yet, that writes to MEDIA_OUTPUT; NULL: no such format. */
AVFormatContext *media_muxer(const char *format);
void media_muxer_close(AVFormatContext *f);
/* What stands beside the sound: tags and chapters. */
void media_copy_words(const AVFormatContext *from, AVFormatContext *to);
/* What a codec has ready, into the muxer; false: it failed. */
bool media_write_packets(AVCodecContext *c, AVFormatContext *f, const AVStream *stream);

#endif
