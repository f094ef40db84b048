/* test_media_probe.c - media are what they are, not what they are called; and nothing hostile gets far.
 * This program is its own media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/base/processor_time.h"
#include "transcripts/media_probe.h"
#include "tests/transcripts/descriptors.h"

static char *fixture(const char *name)
{
	struct buf path = {0};
	buf_format(&path, "%s/transcripts/media/%s", getenv("TEST_DATA"), name);
	return buf_take(&path);
}

static enum err probe(const char *name, struct media_info *info, struct why *why)
{
	char *path = fixture(name);
	enum err e = media_probe(path, info, why);
	free(path);
	return e;
}

static void duration_type_and_size_are_the_files_own(void **state)
{
	(void)state;
	static const struct {
		const char *name, *mime;
		bool has_video;
	} media[] = {
		{"tone.mp3", "audio/mpeg", false}, {"no-xing.mp3", "audio/mpeg", false}, {"cover.mp3", "audio/mpeg", false},
		{"tone.opus", "audio/ogg", false}, {"tone.ogg", "audio/ogg", false}, {"tone.m4a", "audio/x-m4a", false},
		{"tone.aac", "audio/aac", false}, {"tone.flac", "audio/flac", false}, {"tone.wav", "audio/wav", false},
		{"clip.mp4", "video/mp4", true}, {"clip.webm", "video/webm", true}, {"really-ogg.mp3", "audio/ogg", false},
	};
	for (size_t i = 0; i < COUNT_OF(media); i++) {
		struct media_info info;
		struct why why = {0};
		struct stat s;
		char *path = fixture(media[i].name);
		assert_int_equal(stat(path, &s), 0);
		if (media_probe(path, &info, &why))
			fail_msg("%s: %s", media[i].name, why.text);
		assert_string_equal(info.mime, media[i].mime);
		assert_int_equal(info.has_video, media[i].has_video);
		assert_int_equal(info.n_bytes, s.st_size);
		if (info.duration_ms < 1950 || info.duration_ms > 2150)
			fail_msg("%s: %lld ms", media[i].name, (long long)info.duration_ms);
		free(path);
	}
}

static void what_is_no_media_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *name, *what;
	} others[] = {
		{"page.mp3", "not media: it looks like an HTML page; put an audio or video file there"},
		{"empty.mp3", "not media: it looks like an empty file; put an audio or video file there"},
		{"playlist.mp3", "not media: it looks like a playlist; put an audio or video file there"},
		{"make.sh", "not media: it looks like text; put an audio or video file there"},
	};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct media_info info;
		for (int again = 0; again < 2; again++) { /* the second time from memory */
			struct why why = {0};
			assert_int_equal(probe(others[i].name, &info, &why), E_FORMAT);
			assert_string_equal(why.text, others[i].what);
		}
	}
}

static void a_file_that_is_not_there_and_a_folder_are_told_apart(void **state)
{
	(void)state;
	struct media_info info;
	assert_int_equal(probe("nothing.mp3", &info, NULL), E_GONE);
	assert_int_equal(probe(".", &info, NULL), E_FORMAT);
	assert_int_equal(media_probe("/dev/zero", &info, NULL), E_FORMAT);
}

static void a_file_that_changes_is_looked_at_again(void **state)
{
	(void)state;
	char path[] = "/tmp/carillon-probe-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct media_info info;
	assert_int_equal(media_probe(path, &info, NULL), E_FORMAT);
	struct buf bytes = {0};
	char *tone = fixture("tone.mp3");
	assert_int_equal(file_read(tone, 1 << 20, &bytes, NULL), OK);
	assert_int_equal(file_replace(path, buf_view(&bytes), NULL), OK);
	assert_int_equal(media_probe(path, &info, NULL), OK);
	assert_string_equal(info.mime, "audio/mpeg");
	int64_t start = processor_us();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(media_probe(path, &info, NULL), OK);
	assert_true(processor_us() - start < 200000); /* a child costs some 10 ms */
	unlink(path);
	free(tone);
	buf_finish(&bytes);
}

static void many_files_are_told_apart_also_from_memory(void **state)
{
	(void)state;
	enum { N = 200 };
	char folder[] = "/tmp/carillon-probe-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct buf bytes = {0};
	char *tone = fixture("tone.mp3");
	assert_int_equal(file_read(tone, 1 << 20, &bytes, NULL), OK);
	for (int again = 0; again < 2; again++) {
		int64_t start = processor_us();
		for (int i = 0; i < N; i++) {
			struct media_info info;
			struct why why = {0};
			struct buf path = {0};
			buf_format(&path, "%s/%d.mp3", folder, i);
			if (!again)
				assert_int_equal(file_replace(path.p, buf_view(&bytes), NULL), OK);
			if (media_probe(path.p, &info, &why))
				fail_msg("%s: %s", path.p, why.text);
			assert_int_equal(info.n_bytes, bytes.n);
			buf_finish(&path);
		}
		if (getenv("SHOW_TIMES"))
			print_message("# %d files: %lld us each\n", N, (long long)(processor_us() - start) / N);
	}
	for (int i = 0; i < N; i++) {
		struct buf path = {0};
		buf_format(&path, "%s/%d.mp3", folder, i);
		unlink(path.p);
		buf_finish(&path);
	}
	assert_int_equal(rmdir(folder), 0);
	buf_finish(&bytes);
	free(tone);
}

static pid_t child_pid(void)
{
	char path[64], line[64] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	if (!fgets(line, sizeof line, f))
		line[0] = '\0';
	fclose(f);
	return (pid_t)strtol(line, NULL, 10);
}

static void a_starter_that_was_killed_is_replaced(void **state)
{
	(void)state;
	struct media_info info;
	char path[] = "/tmp/carillon-probe-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	pid_t pid = child_pid();
	if (!pid) {
		close(fd);
		unlink(path);
		skip();
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	siginfo_t ended;
	assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(media_probe(path, &info, NULL), E_FORMAT);
	assert_int_not_equal(child_pid(), pid);
	unlink(path);
}

static void damaged_files_cost_no_more_than_a_child(void **state)
{
	(void)state;
	static const char *const names[] = {"cover.mp3", "tone.opus", "tone.m4a", "tone.flac", "clip.mp4", "clip.webm"};
	char path[] = "/tmp/carillon-probe-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	size_t before = count_descriptors();
	uint32_t seed = 1;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *whole = fixture(names[i]);
		for (int round = 0; round < 10; round++) {
			struct buf bytes = {0};
			assert_int_equal(file_read(whole, 1 << 20, &bytes, NULL), OK);
			for (int k = 0; k < 20; k++) {
				seed = seed * 1664525 + 1013904223;
				bytes.p[(seed >> 8) % (k < 10 ? 400 : bytes.n)] = (char)(seed >> 3);
			}
			assert_int_equal(file_replace(path, span_make(bytes.p, round % 3 ? bytes.n : bytes.n / 2), NULL), OK);
			struct media_info info;
			struct why why = {0};
			enum err e = media_probe(path, &info, &why);
			assert_true(e == OK || e == E_FORMAT || e == E_IO);
			assert_true(e == OK || why.text[0]);
			buf_finish(&bytes);
		}
		free(whole);
	}
	assert_int_equal(count_descriptors(), before);
	unlink(path);
}

static void types_by_ending_are_those_that_players_and_apple_know(void **state)
{
	(void)state;
	assert_string_equal(media_mime_of("a/b.MP3"), "audio/mpeg");
	assert_string_equal(media_mime_of("b.m4a"), "audio/x-m4a");
	assert_string_equal(media_mime_of("b.vtt"), "text/vtt; charset=utf-8");
	assert_string_equal(media_mime_of("b.srt"), "application/x-subrip");
	assert_string_equal(media_mime_of("mp3"), "application/octet-stream");
	assert_string_equal(media_mime_of(""), "application/octet-stream");
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duration_type_and_size_are_the_files_own),
		cmocka_unit_test(what_is_no_media_is_named),
		cmocka_unit_test(a_file_that_is_not_there_and_a_folder_are_told_apart),
		cmocka_unit_test(a_file_that_changes_is_looked_at_again),
		cmocka_unit_test(many_files_are_told_apart_also_from_memory),
		cmocka_unit_test(a_starter_that_was_killed_is_replaced),
		cmocka_unit_test(damaged_files_cost_no_more_than_a_child),
		cmocka_unit_test(types_by_ending_are_those_that_players_and_apple_know),
	};
	return cmocka_run_group_tests_name("media_probe", tests, NULL, NULL);
}
