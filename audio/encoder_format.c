/* encoder_format.c - what there is to know of the encoders' formats without libav.
 * SPDX-License-Identifier: MIT */
#include "audio/encoder.h"
#include "base/file.h"
#include "base/mem.h"

static const struct {
	const char *ending, *mime;  /* no ending: no file */
	int stream_bit_rate;        /* 0: no stream */
} formats[] = {
	[ENCODER_WAV] = {"wav", "audio/wav", 0},
	[ENCODER_FLAC] = {"flac", "audio/flac", 0},
	[ENCODER_OPUS] = {"opus", "audio/ogg", 96000},
	[ENCODER_MP3] = {"mp3", "audio/mpeg", 128000},
	[ENCODER_HLS] = {NULL, "audio/mp4", 128000},
};

enum err encoder_format_of(const char *path, enum encoder_format *format, struct why *why)
{
	struct span ending = file_ending(path);
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (formats[i].ending && span_equal_nocase(ending, span_of(formats[i].ending))) {
			*format = (enum encoder_format)i;
			return OK;
		}
	return why_set(why, E_FORMAT, "the ending of '%.80s' names no sound format; use .wav, .flac, .opus or .mp3", path);
}

int encoder_stream_bit_rate(enum encoder_format format)
{
	return formats[format].stream_bit_rate;
}

const char *encoder_mime(enum encoder_format format)
{
	return formats[format].mime;
}
