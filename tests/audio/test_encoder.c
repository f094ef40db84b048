/* SPDX-License-Identifier: MIT */
#include "audio/encoder.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/audio/ffmpeg.h"

enum { RATE = 48000, SECONDS = 3, FRAMES = RATE * SECONDS + 123 /* no multiple of any codec's frame */ };
static float sound[FRAMES * 2];
static const char *const endings[] = {"wav", "flac", "opus", "mp3"};
static const char *const codecs[] = {"pcm_s16le", "flac", "opus", "mp3"};

/* Two swept tones that come and go; left and right differ. */
static int make_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < FRAMES; i++) {
		double t = (double)i / RATE;
		double fade = 0.5 - 0.5 * cos(t * 4);
		sound[i * 2] = (float)(0.6 * fade * sin(2 * M_PI * (300 + 80 * t) * t));
		sound[i * 2 + 1] = (float)(0.4 * fade * sin(2 * M_PI * (450 - 50 * t) * t));
	}
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	remove_test_folder();
	return 0;
}

static char *path_of(const char *name)
{
	return file_join(test_folder(), name);
}

static void write_in_pieces(struct encoder *e, size_t piece)
{
	struct why why;
	for (size_t at = 0; at < FRAMES; at += piece) {
		size_t n = FRAMES - at < piece ? FRAMES - at : piece;
		assert_int_equal(encoder_write(e, sound + at * 2, n, &why), OK);
	}
}

static char *encoded(const char *name, size_t piece)
{
	char *path = path_of(name);
	enum encoder_format format;
	struct encoder *e;
	struct why why;
	const struct encoder_tags tags = {"A title", "An artist", "2026-11-20", "from a test"};
	assert_int_equal(encoder_format_of(path, &format, &why), OK);
	assert_int_equal(encoder_open_file(path, format, &tags, &e, &why), OK);
	assert_false(file_exists(path)); /* not before it is whole */
	write_in_pieces(e, piece);
	assert_int_equal(encoder_finish(e, &why), OK);
	encoder_destroy(e);
	assert_true(file_exists(path));
	return path;
}

static void every_format_probes_as_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		char name[16];
		snprintf(name, sizeof name, "probe.%s", endings[i]);
		char *path = encoded(name, 480);
		struct buf said = probe(path);
		char codec[32];
		int rate, channels;
		double duration;
		assert_int_equal(sscanf(said.p, "%31s %d %d %lf", codec, &rate, &channels, &duration), 4);
		assert_string_equal(codec, codecs[i]);
		assert_int_equal(rate, RATE);
		assert_int_equal(channels, 2);
		assert_true(fabs(duration - (double)FRAMES / RATE) < 0.05);
		buf_finish(&said);
		free(path);
	}
}

static void wav_and_flac_hold_the_samples_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char name[16];
		snprintf(name, sizeof name, "exact.%s", endings[i]);
		char *path = encoded(name, 512);
		size_t n;
		float *back = decode(path, &n);
		assert_int_equal(n, FRAMES);
		for (size_t k = 0; k < FRAMES * 2; k++)
			assert_true(back[k] == (float)lrintf(sound[k] * 32768.0f) / 32768.0f);
		free(back);
		free(path);
	}
}

static void opus_and_mp3_come_back_alike_and_as_long(void **state)
{
	(void)state;
	for (size_t i = 2; i < 4; i++) {
		char name[16];
		snprintf(name, sizeof name, "alike.%s", endings[i]);
		char *path = encoded(name, 1000);
		size_t n;
		float *back = decode(path, &n);
		assert_true(n >= FRAMES && n < FRAMES + 2500);
		assert_true(likeness(sound, FRAMES, back, n, 2) > 0.999);
		free(back);
		free(path);
	}
}

static void tags_are_readable(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		char name[16];
		snprintf(name, sizeof name, "tags.%s", endings[i]);
		char *path = encoded(name, 480);
		struct buf command = {0};
		buf_format(&command, "ffprobe -v error -show_entries format_tags:stream_tags '%s'", path);
		struct buf out = output_of(command.p);
		assert_non_null(strstr(out.p, "A title"));
		assert_non_null(strstr(out.p, "An artist"));
		assert_non_null(strstr(out.p, "2026-11-20"));
		buf_finish(&command);
		buf_finish(&out);
		free(path);
	}
}

static void the_same_sound_gives_the_same_bytes_however_it_is_cut(void **state)
{
	(void)state;
	static const size_t pieces[] = {1, 480, 5000};
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		struct buf first = {0};
		for (size_t k = 0; k < COUNT_OF(pieces); k++) {
			char name[16];
			snprintf(name, sizeof name, "cut%zu.%s", k, endings[i]);
			char *path = encoded(name, pieces[k]);
			struct buf bytes = {0};
			assert_int_equal(file_read(path, 8 << 20, &bytes, NULL), OK);
			if (k == 0)
				buf_span(&first, buf_view(&bytes));
			assert_true(span_equal(buf_view(&first), buf_view(&bytes)));
			buf_finish(&bytes);
			free(path);
		}
		buf_finish(&first);
	}
}

static void what_is_no_number_or_too_loud_becomes_harmless(void **state)
{
	(void)state;
	float bad[2048 * 2];
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		bad[i] = i % 4 == 0 ? NAN : i % 4 == 1 ? INFINITY : i % 4 == 2 ? 1.5f : -1e30f;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		char name[16];
		snprintf(name, sizeof name, "bad.%s", endings[i]);
		char *path = path_of(name);
		struct encoder *e;
		struct why why;
		assert_int_equal(encoder_open_file(path, (enum encoder_format)i, NULL, &e, &why), OK);
		assert_int_equal(encoder_write(e, bad, COUNT_OF(bad) / 2, &why), OK);
		assert_int_equal(encoder_finish(e, &why), OK);
		encoder_destroy(e);
		size_t n;
		float *back = decode(path, &n);
		assert_true(n >= 2048);
		for (size_t k = 0; i < 2 && k < 4; k++)
			assert_true(back[k] == (k < 2 ? 0.0f : k == 2 ? 32767 / 32768.0f : -1.0f));
		free(back);
		free(path);
	}
}

static void a_file_without_frames_is_still_a_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		char name[16];
		snprintf(name, sizeof name, "none.%s", endings[i]);
		char *path = path_of(name);
		struct encoder *e;
		struct why why;
		assert_int_equal(encoder_open_file(path, (enum encoder_format)i, NULL, &e, &why), OK);
		assert_int_equal(encoder_finish(e, &why), OK);
		encoder_destroy(e);
		assert_true(file_exists(path));
		free(path);
	}
}

static void an_unfinished_file_leaves_the_old_one_and_nothing_else(void **state)
{
	(void)state;
	char *path = path_of("kept.flac"), *partial = path_of("kept.flac.partial");
	spill(path, SPAN_LITERAL("precious"));
	struct encoder *e;
	struct why why;
	assert_int_equal(encoder_open_file(path, ENCODER_FLAC, NULL, &e, &why), OK);
	write_in_pieces(e, 480);
	assert_true(file_exists(partial));
	encoder_destroy(e);
	assert_false(file_exists(partial));
	struct buf bytes = {0};
	assert_int_equal(file_read(path, 100, &bytes, NULL), OK);
	assert_true(span_is(buf_view(&bytes), "precious"));
	buf_finish(&bytes);
	free(path);
	free(partial);
}

static void what_cant_be_written_is_said(void **state)
{
	(void)state;
	struct encoder *e;
	struct why why;
	enum encoder_format format;
	assert_int_equal(encoder_open_file("/nowhere/at/all.wav", ENCODER_WAV, NULL, &e, &why), E_IO);
	assert_non_null(strstr(why.text, "No such file"));
	char *folder = path_of("folder.wav");
	assert_int_equal(file_make_folder(folder, NULL), OK);
	assert_int_equal(encoder_open_file(folder, ENCODER_WAV, NULL, &e, &why), E_IO);
	assert_non_null(strstr(why.text, "folder"));
	free(folder);
	assert_int_equal(encoder_format_of("sound.aiff", &format, &why), E_FORMAT);
	assert_non_null(strstr(why.text, ".wav, .flac, .opus or .mp3"));
	assert_int_equal(encoder_format_of("sound.MP3", &format, &why), OK);
	assert_int_equal(format, ENCODER_MP3);
}

static void a_name_with_a_colon_is_a_name(void **state)
{
	(void)state;
	char *path = encoded("http:example.wav", 4800);
	free(path);
}

static void a_full_disk_is_an_error_and_leaves_no_file(void **state)
{
	(void)state;
	char *path = path_of("full.wav");
	struct buf partial = {0};
	buf_format(&partial, "%s.partial", path);
	assert_int_equal(symlink("/dev/full", partial.p), 0); /* every write to it fails with ENOSPC */
	struct encoder *e = NULL;
	struct why why;
	enum err err = encoder_open_file(path, ENCODER_WAV, NULL, &e, &why);
	for (size_t i = 0; !err && i < 10; i++)
		err = encoder_write(e, sound, FRAMES, &why);
	assert_int_equal(err, E_FULL);
	assert_non_null(strstr(why.text, "No space left"));
	encoder_destroy(e);
	assert_false(file_exists(path));
	buf_finish(&partial);
	free(path);
}

/* --- endless --- */

enum { PAGES_MAX = 4000 };
struct taken {
	struct buf header;
	struct buf pages[PAGES_MAX];
	size_t n;
};

static void take(void *data, struct span bytes, bool is_header)
{
	struct taken *t = data;
	if (is_header) {
		buf_span(&t->header, bytes);
		return;
	}
	assert_true(t->n < PAGES_MAX);
	buf_span(&t->pages[t->n++], bytes);
}

static void streamed(enum encoder_format format, struct taken *t)
{
	struct encoder *e;
	struct why why;
	const struct encoder_tags tags = {.title = "A station"};
	assert_int_equal(encoder_open_stream(format, &tags, take, t, &e, &why), OK);
	write_in_pieces(e, 480);
	encoder_destroy(e); /* an endless stream is left, not finished */
}

static void forget(struct taken *t)
{
	buf_finish(&t->header);
	for (size_t i = 0; i < t->n; i++)
		buf_finish(&t->pages[i]);
	free(t);
}

static void opus_pages_are_whole_and_short_after_two_header_pages(void **state)
{
	(void)state;
	struct taken *t = mem_new(1, sizeof *t);
	streamed(ENCODER_OPUS, t);
	assert_true(t->n >= FRAMES / 960 - 3);
	assert_memory_equal(t->header.p, "OggS", 4);
	assert_non_null(memmem(t->header.p, t->header.n, "OpusHead", 8));
	assert_non_null(memmem(t->header.p, t->header.n, "OpusTags", 8));
	assert_non_null(memmem(t->header.p, t->header.n, "A station", 9));
	for (size_t i = 0; i < t->n; i++) {
		/* RFC 3533: 27 bytes, then the lacing values whose sum is the body's length. */
		const unsigned char *p = (const unsigned char *)t->pages[i].p;
		assert_memory_equal(p, "OggS", 4);
		size_t body = 0;
		for (size_t k = 0; k < p[26]; k++)
			body += p[27 + k];
		assert_int_equal(t->pages[i].n, 27 + p[26] + body);
	}
	forget(t);
}

static void mp3_frames_are_whole_and_have_no_header(void **state)
{
	(void)state;
	struct taken *t = mem_new(1, sizeof *t);
	streamed(ENCODER_MP3, t);
	assert_int_equal(t->header.n, 0);
	assert_true(t->n >= FRAMES / 1152 - 3);
	for (size_t i = 0; i < t->n; i++) {
		assert_int_equal((unsigned char)t->pages[i].p[0], 0xFF);
		assert_int_equal(t->pages[i].n, 384); /* 128 kb/s, 1152 frames at 48 kHz */
	}
	forget(t);
}

static void a_listener_who_joins_late_decodes_without_complaint(void **state)
{
	(void)state;
	static const enum encoder_format formats[] = {ENCODER_OPUS, ENCODER_MP3};
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct taken *t = mem_new(1, sizeof *t);
		streamed(formats[i], t);
		size_t from = t->n / 3;
		struct buf heard = {0};
		buf_span(&heard, buf_view(&t->header));
		for (size_t k = from; k < t->n; k++)
			buf_span(&heard, buf_view(&t->pages[k]));
		char *path = path_of(formats[i] == ENCODER_OPUS ? "late.opus" : "late.mp3");
		spill(path, buf_view(&heard));
		size_t n;
		float *back = decode(path, &n);
		assert_true(n > RATE * 3 / 2);
		size_t start = FRAMES / 3, shift = 6000;
		/* The tail of what was put in, somewhere within the codec's delay. */
		assert_true(likeness(back + RATE, n / 2, sound + (start - shift / 2) * 2 + RATE, FRAMES - start, 4000) > 0.99);
		free(back);
		free(path);
		buf_finish(&heard);
		forget(t);
	}
}

static void two_streams_of_the_same_sound_are_the_same(void **state)
{
	(void)state;
	static const enum encoder_format formats[] = {ENCODER_OPUS, ENCODER_MP3, ENCODER_HLS};
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct taken *a = mem_new(1, sizeof *a), *b = mem_new(1, sizeof *b);
		streamed(formats[i], a);
		streamed(formats[i], b);
		assert_true(span_equal(buf_view(&a->header), buf_view(&b->header)));
		assert_int_equal(a->n, b->n);
		for (size_t k = 0; k < a->n; k++)
			assert_true(span_equal(buf_view(&a->pages[k]), buf_view(&b->pages[k])));
		forget(a);
		forget(b);
	}
}

/* Three times the sound, as what a player gets that starts with this segment. */
static float *played_from(size_t segment, size_t *n)
{
	struct taken *t = mem_new(1, sizeof *t);
	struct encoder *e;
	struct why why;
	assert_int_equal(encoder_open_stream(ENCODER_HLS, NULL, take, t, &e, &why), OK);
	for (int i = 0; i < 3; i++)
		write_in_pieces(e, 480);
	encoder_destroy(e);
	assert_int_equal(t->n, 3 * FRAMES / ENCODER_SEGMENT_FRAMES);
	struct buf joined = {0};
	buf_span(&joined, buf_view(&t->header));
	for (size_t i = segment; i < t->n; i++)
		buf_span(&joined, buf_view(&t->pages[i]));
	char *path = path_of("segments.mp4");
	spill(path, buf_view(&joined));
	float *back = decode(path, n);
	free(path);
	buf_finish(&joined);
	forget(t);
	return back;
}

static void hls_segments_join_without_a_gap_and_each_begins_alone(void **state)
{
	(void)state;
	enum { PRIMING = 1024, SEGMENT = ENCODER_SEGMENT_FRAMES };
	size_t n, n_late;
	float *all = played_from(0, &n), *late = played_from(1, &n_late);
	/* Frame for frame: not one more or less, at the joins neither. */
	assert_int_equal(n, 3 * SEGMENT);
	assert_int_equal(n_late, 2 * SEGMENT);
	for (size_t from = PRIMING; from + 20000 < n; from += 10000) {
		size_t at = (from - PRIMING) % FRAMES;
		if (at + 20000 < FRAMES)
			assert_true(likeness(all + from * 2, 20000, sound + at * 2, 20000, 0) > 0.97);
	}
	/* A decoder that starts at a later one has the same sound, but for its first frame, whose half is in the one before. */
	for (size_t i = PRIMING * 2; i < n_late * 2; i++)
		assert_true(fabsf(late[i] - all[SEGMENT * 2 + i]) < 1e-4f);
	free(all);
	free(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_probes_as_what_it_says),
		cmocka_unit_test(wav_and_flac_hold_the_samples_exactly),
		cmocka_unit_test(opus_and_mp3_come_back_alike_and_as_long),
		cmocka_unit_test(tags_are_readable),
		cmocka_unit_test(the_same_sound_gives_the_same_bytes_however_it_is_cut),
		cmocka_unit_test(what_is_no_number_or_too_loud_becomes_harmless),
		cmocka_unit_test(a_file_without_frames_is_still_a_file),
		cmocka_unit_test(an_unfinished_file_leaves_the_old_one_and_nothing_else),
		cmocka_unit_test(what_cant_be_written_is_said),
		cmocka_unit_test(a_name_with_a_colon_is_a_name),
		cmocka_unit_test(a_full_disk_is_an_error_and_leaves_no_file),
		cmocka_unit_test(opus_pages_are_whole_and_short_after_two_header_pages),
		cmocka_unit_test(mp3_frames_are_whole_and_have_no_header),
		cmocka_unit_test(a_listener_who_joins_late_decodes_without_complaint),
		cmocka_unit_test(two_streams_of_the_same_sound_are_the_same),
		cmocka_unit_test(hls_segments_join_without_a_gap_and_each_begins_alone),
	};
	return cmocka_run_group_tests(tests, make_sound, clean_up);
}
