/* ffmpeg.h - for the tests of audio/: what another program makes of our sound. Runs the ffmpeg and ffprobe commands.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_AUDIO_FFMPEG_H
#define TESTS_AUDIO_FFMPEG_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

/* Everything that the command prints on stdout; it must exit with 0. */
static inline struct buf output_of(const char *command)
{
	struct buf out = {0};
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	char chunk[65536];
	for (size_t n; (n = fread(chunk, 1, sizeof chunk, pipe)) > 0;)
		buf_add(&out, chunk, n);
	assert_int_equal(pclose(pipe), 0);
	return out;
}

/* "codec rate channels duration" of the first stream; duration is of the container. */
static inline struct buf probe(const char *path)
{
	struct buf command = {0};
	buf_format(&command, "ffprobe -v error -show_entries stream=codec_name,sample_rate,channels:format=duration "
		"-of default=noprint_wrappers=1:nokey=1 '%s' 2>&1 | tr '\\n' ' '", path);
	struct buf out = output_of(command.p);
	buf_finish(&command);
	return out;
}

/* The file's frames, float [n][2] at 48 kHz, owned. Any complaint of the decoder fails the test. */
static inline float *decode(const char *path, size_t *n_frames)
{
	struct buf command = {0};
	buf_format(&command, "ffmpeg -nostdin -v error -i '%s' -f f32le -ac 2 -ar 48000 - 2>'%s.log'", path, path);
	struct buf out = output_of(command.p);
	buf_clear(&command);
	buf_format(&command, "cat '%s.log'; rm '%s.log'", path, path);
	struct buf complaints = output_of(command.p);
	buf_finish(&command);
	if (complaints.n)
		fail_msg("decoding %s: %s", path, complaints.p);
	*n_frames = out.n / (2 * sizeof(float));
	return (float *)(void *)buf_take(&out);
}

/* How alike two signals are, -1...1, at the best shift of up to `most` frames either way (left channel). */
static inline double likeness(const float *a, size_t n_a, const float *b, size_t n_b, int most)
{
	double best = -1;
	for (int shift = -most; shift <= most; shift++) {
		double ab = 0, aa = 0, bb = 0;
		for (size_t i = 0; i < n_a; i++) {
			int64_t j = (int64_t)i + shift;
			if (j < 0 || j >= (int64_t)n_b)
				continue;
			double x = (double)a[i * 2], y = (double)b[j * 2];
			ab += x * y;
			aa += x * x;
			bb += y * y;
		}
		double r = aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
		best = r > best ? r : best;
	}
	return best;
}

static inline char *test_folder(void)
{
	static char path[] = "/tmp/carillon-test-XXXXXX";
	static int made;
	if (!made++)
		assert_non_null(mkdtemp(path));
	return path;
}

static inline void remove_test_folder(void)
{
	struct buf command = {0};
	buf_format(&command, "rm -r '%s'", test_folder());
	struct buf out = output_of(command.p);
	buf_finish(&out);
	buf_finish(&command);
}

static inline void spill(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	assert_int_equal(fclose(f), 0);
}

#endif
