/* test_media_study.c - one pass knows all of a recording, media.db keeps it, and hostile files get nowhere.
 * Damaged files: test_hostile_media.c. This program is its own media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_make.h"
#include "transcripts/media_preview.h"
#include "transcripts/media_store.h"
#include "tests/transcripts/descriptors.h"

static char *fixture(const char *name)
{
	struct buf path = {0};
	buf_format(&path, "%s/transcripts/media/%s", getenv("TEST_DATA"), name);
	return buf_take(&path);
}

static void read_fixture(const char *name, struct buf *bytes)
{
	char *path = fixture(name);
	assert_int_equal(file_read(path, 1 << 20, bytes, NULL), OK);
	free(path);
}

static struct media_study study(const char *name)
{
	struct media_study s;
	struct why why = {0};
	char *path = fixture(name);
	media_study_init(&s);
	if (media_study(path, NULL, &s, NULL, &why))
		fail_msg("%s: %s", name, why.text);
	free(path);
	return s;
}

/* ---- what is known ---- */

static void sound_is_told_of_every_format(void **state)
{
	(void)state;
	static const struct {
		const char *name, *mime, *codec;
		int rate;
	} media[] = {
		{"tone.mp3", "audio/mpeg", "mp3", 16000}, {"no-xing.mp3", "audio/mpeg", "mp3", 16000},
		{"tone.opus", "audio/ogg", "opus", 48000}, {"tone.ogg", "audio/ogg", "vorbis", 16000},
		{"tone.m4a", "audio/x-m4a", "aac", 16000}, {"tone.aac", "audio/aac", "aac", 16000},
		{"tone.flac", "audio/flac", "flac", 8000}, {"tone.wav", "audio/wav", "pcm_u8", 8000},
		{"clip.mp4", "video/mp4", "aac", 16000}, {"clip.webm", "video/webm", "opus", 48000},
		{"really-ogg.mp3", "audio/ogg", "vorbis", 16000},
	};
	for (size_t i = 0; i < COUNT_OF(media); i++) {
		struct media_study s = study(media[i].name);
		assert_string_equal(s.info.mime, media[i].mime);
		assert_string_equal(s.audio_codec, media[i].codec);
		assert_int_equal(s.sample_rate, media[i].rate);
		assert_int_equal(s.n_channels, 1);
		assert_in_range(s.info.duration_ms, 1900, 2150);
		assert_int_equal(s.bits_a_second, (s.info.n_bytes * 8000 + s.info.duration_ms / 2) / s.info.duration_ms);
		/* A sine of 440 Hz at an eighth. */
		assert_true(s.has_loudness && fabs(s.lufs + 21.9) < 0.5 && s.true_peak_db > -18.5 && s.true_peak_db < -16);
		assert_in_range(s.peaks.n, 19, 22);
		assert_in_range((unsigned char)s.peaks.p[5], 255 - 4 * 19, 255 - 4 * 17);
		assert_int_equal(s.n_damaged, 0);
		media_study_finish(&s);
	}
}

static void chapters_and_tags_are_those_of_the_file(void **state)
{
	(void)state;
	static const char *const names[] = {"chapters.mp3", "chapters.m4a", "chapters.opus", "talk.mp4"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct media_study s = study(names[i]);
		assert_int_equal(s.n_chapters, 2);
		assert_int_equal(s.chapters[0].start_ms, 0);
		assert_int_equal(s.chapters[1].start_ms, 1000);
		assert_string_equal(s.chapters[0].title, "Ding");
		assert_string_equal(s.chapters[1].title, "Dong <&>");
		assert_string_equal(media_study_tag(&s, "TITLE"), "Bells at noon");
		assert_string_equal(media_study_tag(&s, "artist"), "Ada");
		assert_null(media_study_tag(&s, "no such tag"));
		media_study_finish(&s);
	}
}

static void covers_pictures_and_captions_are_found(void **state)
{
	(void)state;
	struct media_study s = study("cover.mp3");
	assert_int_equal(s.cover_width, 16);
	assert_true(s.cover.n > 100 && memcmp(s.cover.p, "\xff\xd8\xff", 3) == 0);
	assert_false(s.info.has_video);
	media_study_finish(&s);
	static const char *const names[] = {"talk.mp4", "talk.mkv"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		s = study(names[i]);
		assert_true(s.info.has_video);
		assert_int_equal(s.width, 64);
		assert_int_equal(s.height, 48);
		assert_int_equal(s.frames_a_1000s, 5000);
		assert_int_equal(s.board.interval_ms, 1000);
		assert_in_range(s.board.n, 2, 3);
		assert_true(s.storyboard.n > 100 && s.poster.n > 100);
		assert_int_equal(s.n_captions, 1);
		assert_true(strcmp(s.captions[0].language, "deu") == 0 || strcmp(s.captions[0].language, "ger") == 0);
		assert_non_null(strstr(s.captions[0].vtt, "\nDing dong &amp; more\n\n00:00:0"));
		/* Matroska's has been moved by what its sound begins early. */
		if (i == 0)
			assert_string_equal(s.captions[0].vtt, "WEBVTT\n\n00:00:00.500 --> 00:00:01.000\nDing dong &amp; more\n\n"
				"00:00:01.000 --> 00:00:01.900\nTwo\nlines\n\n");
		media_study_finish(&s);
	}
}

static void a_file_that_was_cut_is_as_long_as_it_is(void **state)
{
	(void)state;
	struct media_study s = study("cut.mp3");
	assert_in_range(s.declared_ms, 1990, 2100);
	assert_in_range(s.info.duration_ms, 1200, 1500);
	media_study_finish(&s);
}

static void previews_are_made_of_what_there_is(void **state)
{
	(void)state;
	struct media_study s = study("talk.mp4");
	struct buf out = {0}, parts = {0}, part = {0};
	const char *type;
	for (size_t i = 0; buf_clear(&part), media_preview_part(&s, i, &part); i++) {
		buf_format(&parts, "%s ", part.p);
		buf_clear(&out);
		assert_true(media_preview(&s, part.p, &out, &type) && out.n > 50);
	}
	assert_string_equal(parts.p, "about.json waveform.svg peaks.json storyboard.jpg storyboard.vtt poster.jpg captions-1.vtt ");
	buf_clear(&out);
	assert_true(media_preview(&s, "storyboard.vtt", &out, &type));
	assert_true(span_starts(buf_view(&out), "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,160,120\n"));
	static const char *const none[] = {"cover.jpg", "captions-0.vtt", "captions-2.vtt", "captions-.vtt", "", "..", "captions-1.vttx"};
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(media_preview(&s, none[i], &out, &type));
	media_study_finish(&s);
	buf_finish(&out);
	buf_finish(&parts);
	buf_finish(&part);
}

/* ---- media.db ---- */

static char folder[] = "/tmp/carillon-study-XXXXXX";

static char *in_folder(const char *name)
{
	return file_join(folder, name);
}

static void put(const char *fixture_name, const char *name)
{
	struct buf bytes = {0};
	char *path = in_folder(name);
	read_fixture(fixture_name, &bytes);
	assert_int_equal(file_replace(path, buf_view(&bytes), NULL), OK);
	buf_finish(&bytes);
	free(path);
}

/* True when it needed no pass. */
static bool known(struct media_store *m, const char *name, enum err wanted)
{
	struct media_study s;
	bool was_known;
	char *path = in_folder(name);
	assert_int_equal(media_store_study(m, path, NULL, &s, &was_known, NULL), wanted);
	if (!wanted)
		assert_true(s.info.duration_ms > 1000 && s.peaks.n > 9);
	media_study_finish(&s);
	free(path);
	return was_known;
}

static void a_file_is_read_once_whatever_it_is_called(void **state)
{
	(void)state;
	struct media_store *m;
	struct media_study s;
	struct why why;
	char *one = in_folder("one.mp3"), *two = in_folder("two.mp3"), *var = in_folder("var");
	put("tone.mp3", "one.mp3");
	put("page.mp3", "page.mp3");
	assert_int_equal(media_store_open(var, &m, NULL), OK);
	assert_int_equal(media_store_find(m, one, MEDIA_FACTS, &s, NULL), E_GONE);
	assert_false(known(m, "one.mp3", OK));
	assert_true(known(m, "one.mp3", OK));
	assert_false(known(m, "page.mp3", E_FORMAT));
	assert_true(known(m, "page.mp3", E_FORMAT));
	media_store_close(m);
	/* Another start of the program, another name. */
	assert_int_equal(media_store_open(var, &m, NULL), OK);
	assert_int_equal(rename(one, two), 0);
	assert_true(known(m, "two.mp3", OK));
	assert_int_equal(media_store_find(m, two, MEDIA_ALL, &s, NULL), OK);
	media_study_finish(&s);
	/* Other bytes under an old name. */
	put("tone.flac", "two.mp3");
	assert_int_equal(media_store_find(m, two, MEDIA_FACTS, &s, NULL), E_GONE);
	assert_false(known(m, "two.mp3", OK));
	assert_int_equal(media_store_find(m, two, MEDIA_FACTS, &s, NULL), OK);
	assert_string_equal(s.info.mime, "audio/flac");
	media_study_finish(&s);
	char *page = in_folder("page.mp3");
	assert_int_equal(media_store_find(m, page, MEDIA_FACTS, &s, &why), E_FORMAT);
	assert_string_equal(why.text, "not media: it looks like an HTML page; put an audio or video file there");
	media_store_close(m);
	struct media_store *reader;
	assert_int_equal(media_store_open_reader(var, &reader, NULL), OK);
	assert_int_equal(media_store_find(reader, two, MEDIA_FACTS, &s, NULL), OK);
	media_study_finish(&s);
	media_store_close(reader);
	assert_int_equal(media_store_open_reader(folder, &reader, NULL), E_GONE);
	free(page);
	free(one);
	free(two);
	free(var);
}

static uint64_t fingerprint(struct media_store *m)
{
	uint64_t all = 1;
	assert_int_equal(media_store_fingerprint(m, &all, NULL), OK);
	return all;
}

static void the_fingerprint_changes_with_each_recording_that_becomes_known_and_with_nothing_else(void **state)
{
	(void)state;
	struct media_store *m;
	char *var = in_folder("known");
	assert_int_equal(media_store_open(var, &m, NULL), OK);
	uint64_t none = fingerprint(m);
	put("tone.mp3", "one.mp3");
	assert_false(known(m, "one.mp3", OK));
	uint64_t one = fingerprint(m);
	assert_true(one != none);
	put("tone.mp3", "two.mp3");
	(void)known(m, "two.mp3", OK);
	assert_true(fingerprint(m) == one);
	put("tone.flac", "page.mp3");
	assert_false(known(m, "page.mp3", OK));
	assert_true(fingerprint(m) != one);
	media_store_close(m);
	static const char *const names[] = {"one.mp3", "known/media.db", "known/media.db-wal", "known/media.db-shm"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = in_folder(names[i]);
		unlink(path);
		free(path);
	}
	rmdir(var);
	free(var);
}

static void what_is_kept_is_what_was_found(void **state)
{
	(void)state;
	struct media_store *m;
	struct media_study fresh = study("talk.mp4"), kept;
	char *var = in_folder("var"), *path = in_folder("talk.mp4");
	put("talk.mp4", "talk.mp4");
	assert_int_equal(media_store_open(var, &m, NULL), OK);
	assert_false(known(m, "talk.mp4", OK));
	assert_int_equal(media_store_find(m, path, MEDIA_ALL, &kept, NULL), OK);
	assert_int_equal(kept.info.duration_ms, fresh.info.duration_ms);
	assert_true(kept.lufs == fresh.lufs && kept.true_peak_db == fresh.true_peak_db);
	assert_true(span_equal(buf_view(&kept.storyboard), buf_view(&fresh.storyboard)));
	assert_true(span_equal(buf_view(&kept.peaks), buf_view(&fresh.peaks)));
	assert_int_equal(kept.n_captions, 1);
	assert_int_equal(kept.n_chapters, 2);
	media_study_finish(&kept);
	assert_int_equal(media_store_find(m, path, MEDIA_FACTS, &kept, NULL), OK);
	assert_int_equal(kept.storyboard.n + kept.poster.n + kept.n_captions, 0);
	assert_int_equal(kept.board.n, fresh.board.n);
	media_study_finish(&kept);
	media_study_finish(&fresh);
	media_store_close(m);
	free(path);
	free(var);
}

static void a_look_says_what_a_study_found(void **state)
{
	(void)state;
	struct media_store *m;
	struct media_info info;
	char *var = in_folder("var"), *path = in_folder("page.mp3");
	put("cut.mp3", "page.mp3");
	assert_int_equal(media_probe(path, &info, NULL), OK);
	assert_in_range(info.duration_ms, 1990, 2100); /* its head's word */
	assert_int_equal(media_store_open(var, &m, NULL), OK);
	assert_false(known(m, "page.mp3", OK));
	assert_int_equal(media_probe(path, &info, NULL), OK);
	assert_in_range(info.duration_ms, 1200, 1500);
	assert_int_equal(info.n_bytes, 3000);
	assert_string_equal(info.mime, "audio/mpeg");
	media_store_close(m);
	free(path);
	free(var);
}

static atomic_bool stopped;

static void stop_soon(void *data, int thousandths)
{
	(void)data, (void)thousandths;
	atomic_store(&stopped, true);
}

static void a_pass_can_be_stopped(void **state)
{
	(void)state;
	struct media_study s;
	struct why why = {0};
	const struct media_watcher watcher = {stop_soon, NULL, &stopped};
	char *path = in_folder("long.wav");
	/* Ten minutes of silence: a head, and a hole. */
	static const unsigned char head[44] = "RIFF\xff\xff\xff\x7fWAVE" "fmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0" "data\xd0\x2e\x50\6";
	int file = open(path, O_CREAT | O_RDWR, 0600);
	assert_true(file >= 0 && write(file, head, sizeof head) == sizeof head);
	assert_int_equal(ftruncate(file, 44 + 600 * 176400), 0);
	close(file);
	media_study_init(&s);
	int64_t start = clock_mono_ms();
	assert_int_equal(media_study(path, &watcher, &s, NULL, &why), E_TIMEOUT);
	assert_true(clock_mono_ms() - start < 5000);
	media_study_finish(&s);
	unlink(path);
	free(path);
}

/* ---- hostile files ---- */

static void files_that_name_others_reach_nothing(void **state)
{
	(void)state;
	int trap = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n_at = sizeof at;
	assert_true(bind(trap, (struct sockaddr *)&at, sizeof at) == 0 && listen(trap, 16) == 0);
	assert_int_equal(getsockname(trap, (struct sockaddr *)&at, &n_at), 0);
	static const char *const polyglots[] = {
		"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:%d/x.ts\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#http://127.0.0.1:%d/\n",
		"ffconcat version 1.0\nfile http://127.0.0.1:%d/a.mp3\nfile /etc/passwd\n",
		"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio %d RTP/AVP 0\n",
		"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><AdaptationSet><Representation>"
		"<BaseURL>http://127.0.0.1:%d/</BaseURL></Representation></AdaptationSet></Period></MPD>",
		"<asx version=\"3.0\"><entry><ref href=\"http://127.0.0.1:%d/\"/></entry></asx>",
		"<smil><body><audio src=\"http://127.0.0.1:%d/\"/></body></smil>",
		"[playlist]\nFile1=http://127.0.0.1:%d/a.mp3\nNumberOfEntries=1\n",
		"RTSPtext\nrtsp://127.0.0.1:%d/x\n",
		"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"http://127.0.0.1:%d/\">]><x>&e;</x>",
		"ID3\4\0\0\0\0\0\0<html><img src=\"http://127.0.0.1:%d/\"></html>",
		"%%PDF-1.4\n1 0 obj <</F (http://127.0.0.1:%d/)>>\n\xff\xfb\x90\x64",
	};
	char *path = in_folder("polyglot.mp3");
	size_t before = count_descriptors();
	for (size_t i = 0; i < COUNT_OF(polyglots); i++) {
		char text[600];
		/* One begins with a byte that ends a string in C. */
		size_t n = strlen(polyglots[i]) < 6 ? sizeof "ID3\4\0\0\0\0\0\0" - 1 : 0;
		memcpy(text, polyglots[i], n);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		n += (size_t)snprintf(text + n, sizeof text - n, polyglots[i] + n, ntohs(at.sin_port));
#pragma GCC diagnostic pop
		assert_int_equal(file_replace(path, span_make(text, n), NULL), OK);
		struct media_study s;
		struct why why = {0};
		media_study_init(&s);
		enum err e = media_study(path, NULL, &s, NULL, &why);
		if (e != E_FORMAT)
			fail_msg("polyglot %zu: %d %s", i, (int)e, why.text);
		media_study_finish(&s);
	}
	assert_int_equal(accept(trap, NULL, NULL), -1);
	close(trap);
	assert_int_equal(count_descriptors(), before - 1);
	unlink(path);
	free(path);
}

static void a_child_that_talks_nonsense_is_not_believed(void **state)
{
	(void)state;
	static const char *const records[][2] = {
		{"media", "99 1 0"}, {"media", "0 -1 0"}, {"media", "0 1 2"}, {"media", ""}, {"loudness", "1 2"}, {"loudness", "9999999 0 0"},
		{"board", "1 1 1"}, {"board", "0 0 0 0 0"}, {"cover", "GIF89a"}, {"storyboard", ""}, {"captions", "de"}, {"tag", "none"},
		{"chapter", "x"}, {"chapter", "-1 2 x"}, {"audio", "1 2 \x1b[31m"}, {"video", "-1 0 0 x"}, {"nothing", "1"},
	};
	struct media_study s;
	media_study_init(&s);
	for (size_t i = 0; i < COUNT_OF(records); i++)
		if (media_study_take(&s, span_of(records[i][0]), span_of(records[i][1])))
			fail_msg("%s %s", records[i][0], records[i][1]);
	for (int i = 0; i <= MEDIA_CHAPTERS; i++)
		assert_int_equal(media_study_take(&s, span_of("chapter"), span_of("1 2 \xff")), i < MEDIA_CHAPTERS);
	assert_string_equal(s.chapters[0].title, "\xef\xbf\xbd");
	media_study_finish(&s);
}

/* ---- copies ---- */

static void a_copy_has_the_loudness_that_was_asked_for(void **state)
{
	(void)state;
	static const char *const names[] = {"chapters.mp3", "chapters.m4a", "chapters.opus", "tone.ogg", "tone.flac", "tone.wav", "tone.aac",
		"talk.mp4", "talk.mkv", "clip.webm"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct media_study before, after;
		struct why why = {0};
		char *from = fixture(names[i]), *to = in_folder(names[i]);
		if (media_normalise(from, to, -16.0, NULL, &before, &after, &why))
			fail_msg("%s: %s", names[i], why.text);
		assert_true(fabs(after.lufs + 16.0) <= 0.5 && after.true_peak_db <= -1.0);
		assert_string_equal(after.info.mime, before.info.mime);
		assert_string_equal(after.audio_codec, before.audio_codec);
		assert_int_equal(after.n_chapters, before.n_chapters);
		assert_int_equal(after.n_captions, before.n_captions);
		assert_int_equal(after.width, before.width);
		assert_in_range(after.info.duration_ms, before.info.duration_ms - 150, before.info.duration_ms + 150);
		if (media_study_tag(&before, "title"))
			assert_string_equal(media_study_tag(&after, "title"), media_study_tag(&before, "title"));
		media_study_finish(&before);
		media_study_finish(&after);
		unlink(to);
		free(from);
		free(to);
	}
}

static void a_cover_stays_with_its_copy(void **state)
{
	(void)state;
	struct media_study before, after;
	char *from = fixture("cover.mp3"), *to = in_folder("cover.mp3");
	assert_int_equal(media_normalise(from, to, -20.0, NULL, &before, &after, NULL), OK);
	assert_int_equal(after.cover_width, 16);
	media_study_finish(&before);
	media_study_finish(&after);
	unlink(to);
	free(from);
	free(to);
}

static void what_can_not_be_made_leaves_nothing_behind(void **state)
{
	(void)state;
	struct media_study before, after;
	struct media_rendition r;
	struct media_artwork a;
	struct why why = {0};
	char *page = fixture("page.mp3"), *tone = fixture("tone.mp3"), *to = in_folder("made");
	char **names;
	size_t n_before, n_after;
	assert_int_equal(file_list(folder, &names, &n_before, NULL), OK);
	file_list_free(names, n_before);
	assert_int_equal(media_normalise(page, to, -16, NULL, &before, &after, &why), E_FORMAT);
	assert_int_equal(media_rendition(tone, 100, to, NULL, &r, &why), E_IO);
	assert_string_equal(why.text, "it has no moving pictures; renditions are made of videos");
	media_rendition_finish(&r);
	assert_int_equal(media_artwork(tone, to, false, &a, &why), E_IO);
	assert_int_equal(file_list(folder, &names, &n_after, NULL), OK);
	file_list_free(names, n_after);
	assert_int_equal(n_after, n_before);
	free(page);
	free(tone);
	free(to);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	static const char *const names[] = {"two.mp3", "page.mp3", "talk.mp4", "var/media.db", "var/media.db-wal", "var/media.db-shm"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = in_folder(names[i]);
		unlink(path);
		free(path);
	}
	char *var = in_folder("var");
	rmdir(var);
	free(var);
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_is_told_of_every_format),
		cmocka_unit_test(chapters_and_tags_are_those_of_the_file),
		cmocka_unit_test(covers_pictures_and_captions_are_found),
		cmocka_unit_test(a_file_that_was_cut_is_as_long_as_it_is),
		cmocka_unit_test(previews_are_made_of_what_there_is),
		cmocka_unit_test(a_file_is_read_once_whatever_it_is_called),
		cmocka_unit_test(the_fingerprint_changes_with_each_recording_that_becomes_known_and_with_nothing_else),
		cmocka_unit_test(what_is_kept_is_what_was_found),
		cmocka_unit_test(a_look_says_what_a_study_found),
		cmocka_unit_test(a_pass_can_be_stopped),
		cmocka_unit_test(files_that_name_others_reach_nothing),
		cmocka_unit_test(a_child_that_talks_nonsense_is_not_believed),
		cmocka_unit_test(a_copy_has_the_loudness_that_was_asked_for),
		cmocka_unit_test(a_cover_stays_with_its_copy),
		cmocka_unit_test(what_can_not_be_made_leaves_nothing_behind),
	};
	return cmocka_run_group_tests_name("media_study", tests, make_folder, remove_folder);
}
