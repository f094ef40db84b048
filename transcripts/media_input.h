/* media_input.h - the media child's view of its file: descriptor 0 through libavformat's demuxers of the named
 * formats and libavcodec's decoders of the named codecs, nothing else. No protocols, so that no file can name
 * another one (a playlist called evil.mp3). For media_child.c and its jobs (media_look.c, media_study_job.c ...):
 * nothing here runs in the program itself.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_INPUT_H
#define TRANSCRIPTS_MEDIA_INPUT_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/buf.h"
#include "transcripts/media_probe.h"

struct media_input {
	AVFormatContext *f;
	AVIOContext *io;
	int audio, video, cover; /* streams' numbers; -1: there is none */
	int64_t n_bytes;
};

/* also_pictures: single images too. False: it isn't media. */
bool media_input_open(struct media_input *in, bool also_pictures);
void media_input_close(struct media_input *in);
enum media_type media_input_type(const struct media_input *in);
/* As the file's head or its index says; 0: it doesn't, or only a guess from the first bit rate. */
int64_t media_input_declared_ms(const struct media_input *in);
/* A decoder for the stream with one thread; NULL: none that is allowed here. */
AVCodecContext *media_decoder(const struct media_input *in, int stream);

/* Answers with a record (media_job.h). A parent that has gone ends the child. */
void media_say(const char *key, struct span value);
void media_say_format(const char *key, const char *format, ...) PRINTF(2, 3);
/* "progress": of a thousand; only news, at most some hundred. */
void media_say_progress(int64_t done, int64_t of);

/* The output, for a muxer that may seek in it. */
enum { MEDIA_OUTPUT = 3 }; /* its descriptor */
AVIOContext *media_output_io(void);

/* The jobs; settings as sent. Each ends by answering. */
void media_look(void);
void media_study_job(void);
void media_normalise_job(const char *settings);
void media_rendition_job(const char *settings);
void media_artwork_job(const char *settings);

#endif
