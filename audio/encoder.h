/* encoder.h - stereo float frames to a file or an endless stream, by libav*. The only audio file that names libav is
 * encoder.c, which the program loads when it needs it (server/module_codecs.h).
 * One encoder belongs to one thread. Never on the loop: encoding may take milliseconds, a file may block.
 * in: float32 [n][2] interleaved at 48 kHz, full scale 1.0, any n.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_ENCODER_H
#define AUDIO_ENCODER_H

#include "base/err.h"
#include "base/span.h"

enum encoder_format {
	ENCODER_WAV, ENCODER_FLAC, ENCODER_OPUS, ENCODER_MP3,
	ENCODER_HLS, /* AAC in segments of fragmented MP4; endless only */
};
enum { ENCODER_SEGMENT_FRAMES = 140 * 1024 }; /* of HLS: 2.987 s, whole frames of AAC */

struct encoder_chapter {
	uint64_t from, to; /* frames */
	char *title;
};

struct encoder_tags { /* any may be NULL */
	const char *title, *artist, *date, *comment;
	const char *source; /* where the sound's events came from; WAV has no place for it */
	/* MP3: ID3v2 CHAP; Opus and FLAC: Vorbis comments CHAPTER000 and CHAPTER000NAME; WAV: none. */
	const struct encoder_chapter *chapters;
	size_t n_chapters;
};

struct encoder;

/* By the path's ending: .wav .flac .opus .mp3. E_FORMAT names them. */
enum err encoder_format_of(const char *path, enum encoder_format *format, struct why *why) NODISCARD;
/* Writes to path.partial and renames it when encoder_finish succeeds: a broken run leaves no half file under its
 * name. */
enum err encoder_open_file(const char *path, enum encoder_format format, const struct encoder_tags *tags,
	struct encoder **encoder, struct why *why) NODISCARD;
/* Endless: Ogg Opus 96 kb/s in pages of 20 ms, MP3 128 kb/s without Xing and ID3, AAC 128 kb/s in segments of
 * ENCODER_SEGMENT_FRAMES. sink gets whole pages, frames, segments. is_header marks the bytes that every later listener
 * must get first (Ogg's two header pages, the MP4's moov). */
enum err encoder_open_stream(enum encoder_format format, const struct encoder_tags *tags,
	void (*sink)(void *data, struct span bytes, bool is_header), void *data, struct encoder **encoder,
	struct why *why) NODISCARD;
enum err encoder_write(struct encoder *e, const float *frames, size_t n, struct why *why) NODISCARD;
/* Drains, closes, renames. The encoder must still be destroyed. */
enum err encoder_finish(struct encoder *e, struct why *why) NODISCARD;
void encoder_destroy(struct encoder *e); /* accepts NULL; an unfinished file is removed */
int encoder_stream_bit_rate(enum encoder_format format); /* of the endless form; 0: it has none */
const char *encoder_mime(enum encoder_format format); /* "audio/ogg", "audio/mpeg", "audio/flac", "audio/wav", "audio/mp4" */

#endif
