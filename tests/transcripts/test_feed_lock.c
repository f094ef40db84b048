/* test_feed_lock.c - a GUID that was published stays.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_lock.h"

static char folder[64], path[96];

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/carillon-lock-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/feeds.lock", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static struct feed_lock *open_lock(void)
{
	struct feed_lock *lock;
	struct why why;
	assert_int_equal(feed_lock_open(path, &lock, &why), OK);
	return lock;
}

static void write_text(const char *text)
{
	assert_int_equal(file_replace(path, span_of(text), NULL), OK);
}

static char *text(void)
{
	struct buf out = {0};
	assert_int_equal(file_read(path, 1 << 20, &out, NULL), OK);
	return buf_take(&out);
}

static void a_guid_survives_a_restart_and_new_wishes(void **state)
{
	(void)state;
	struct feed_lock *lock = open_lock();
	struct feed_lock_entry a = feed_lock_entry(lock, "s", "b", "wanted", 1000, "media/b.mp3");
	assert_string_equal(a.guid, "wanted");
	char *random = mem_strdup(feed_lock_entry(lock, "s", "a", "", 2000, "media/a.mp3").guid);
	assert_int_equal(strlen(random), 36);
	assert_int_equal(random[14], '4');
	assert_int_equal(feed_lock_save(lock, NULL), OK);
	feed_lock_close(lock);

	lock = open_lock();
	struct feed_lock_entry again = feed_lock_entry(lock, "s", "b", "other", 5000, "media/c.mp3");
	assert_string_equal(again.guid, "wanted");
	assert_int_equal(again.published_ms, 1000);
	assert_string_equal(feed_lock_entry(lock, "s", "a", NULL, 0, NULL).guid, random);
	unlink(path);
	assert_int_equal(feed_lock_save(lock, NULL), OK); /* nothing new: nothing is written */
	assert_false(file_exists(path));
	feed_lock_close(lock);
	free(random);
	feed_lock_close(NULL);
}

static void lines_are_sorted_and_comments_stay(void **state)
{
	(void)state;
	write_text("# ours\r\n\r\n# about m\nm\tx\tg1\t2020-01-02T03:04:05Z\tmedia/x.mp3\n# the end\n");
	struct feed_lock *lock = open_lock();
	feed_lock_entry(lock, "z", "y", "g3", 1577934245000, "");
	feed_lock_entry(lock, "a", "y", "g\t2\n", 1577934245250, "q");
	feed_lock_entry(lock, "m", "b", "g4", 0, "media/b c.mp3");
	assert_int_equal(feed_lock_save(lock, NULL), OK);
	feed_lock_close(lock);
	char *written = text();
	assert_string_equal(written,
		"# ours\n\n# about m\na\ty\tg 2\t2020-01-02T03:04:05.250Z\tq\n"
		"m\tb\tg4\t1970-01-01T00:00:00Z\tmedia/b c.mp3\n"
		"m\tx\tg1\t2020-01-02T03:04:05Z\tmedia/x.mp3\n"
		"z\ty\tg3\t2020-01-02T03:04:05Z\t\n# the end\n");
	free(written);
	feed_lock_close(open_lock());
}

static void a_new_file_says_what_it_is(void **state)
{
	(void)state;
	struct feed_lock *lock = open_lock();
	feed_lock_entry(lock, "s", "b", "g1", 0, "m");
	feed_lock_entry(lock, "s", "a", "g2", 0, "m");
	assert_int_equal(feed_lock_save(lock, NULL), OK);
	feed_lock_close(lock);
	char *written = text();
	assert_int_equal(strncmp(written, "# What was published", 20), 0);
	assert_non_null(strstr(written, "\ns\ta\tg2\t1970-01-01T00:00:00Z\tm\ns\tb\tg1"));
	free(written);
}

static void a_damaged_line_is_an_error_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
	} damaged[] = {
		{"s\ta\tg\t2020-01-02\n", 1},
		{"# c\ns\ta\tg\t2020-01-02\tm\tmore\n", 2},
		{"s\ta\tg\t2020-01-02\tm\n<<<<<<< HEAD\n", 2},
		{"s\ta\t\t2020-01-02\tm\n", 1},
		{"s\ta\tg\tyesterday\tm\n", 1},
		{"s\ta\tg\t2020-01-02\tm\ns\ta\th\t2020-01-02\tm\n", 2},
		{"s\ta\tg\xff\t2020-01-02\tm\n", 1},
	};
	for (size_t i = 0; i < COUNT_OF(damaged); i++) {
		struct feed_lock *lock = NULL;
		struct why why = {0};
		write_text(damaged[i].text);
		assert_int_equal(feed_lock_open(path, &lock, &why), E_FORMAT);
		assert_int_equal(why.line, damaged[i].line);
		assert_non_null(strchr(why.text, ';'));
		assert_null(lock);
	}
}

static void a_site_that_cant_be_written_keeps_its_entries_in_memory(void **state)
{
	(void)state;
	struct feed_lock *lock;
	struct why why;
	assert_int_equal(feed_lock_open("/proc/feeds.lock", &lock, &why), OK);
	feed_lock_entry(lock, "s", "a", "g", 0, "m");
	assert_int_not_equal(feed_lock_save(lock, &why), OK);
	assert_int_not_equal(feed_lock_save(lock, &why), OK); /* still to be saved */
	assert_string_equal(feed_lock_entry(lock, "s", "a", "h", 0, "m").guid, "g");
	feed_lock_close(lock);
}

static void *many(void *data)
{
	char slug[16];
	for (int i = 0; i < 200; i++) {
		snprintf(slug, sizeof slug, "e%d", i);
		feed_lock_entry(data, "s", slug, "", i, "m");
		if (i % 50 == 0 && feed_lock_save(data, NULL))
			abort();
	}
	return NULL;
}

static void several_threads_agree_on_every_guid(void **state)
{
	(void)state;
	struct feed_lock *lock = open_lock();
	pthread_t threads[4];
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, lock), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(feed_lock_save(lock, NULL), OK);
	struct feed_lock *read = open_lock();
	for (int i = 0; i < 200; i++) {
		char slug[16];
		snprintf(slug, sizeof slug, "e%d", i);
		assert_string_equal(feed_lock_entry(read, "s", slug, "", 0, "").guid,
			feed_lock_entry(lock, "s", slug, "", 0, "").guid);
	}
	feed_lock_close(lock);
	feed_lock_close(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_guid_survives_a_restart_and_new_wishes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_are_sorted_and_comments_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_new_file_says_what_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_line_is_an_error_with_its_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_site_that_cant_be_written_keeps_its_entries_in_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(several_threads_agree_on_every_guid, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("feed_lock", tests, NULL, NULL);
}
