/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/db.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/ring.h"

enum { ITEMS = 20000 };

static void *send_numbers(void *data)
{
	for (uintptr_t i = 1; i <= ITEMS; i++)
		assert_int_equal(mailbox_send_wait(data, (void *)i), OK);
	return NULL;
}

static void a_mailbox_gives_everything_in_order_across_threads(void **state)
{
	(void)state;
	struct mailbox *m = mailbox_create(64, NULL, NULL);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, send_numbers, m), 0);
	uintptr_t expected = 1;
	while (expected <= ITEMS) {
		void *items[16];
		size_t n = mailbox_wait(m, items, 16, 5000);
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal((uintptr_t)items[i], expected++);
	}
	pthread_join(thread, NULL);
	assert_int_equal(mailbox_wait(m, &(void *){NULL}, 1, 10), 0);
	mailbox_destroy(m, NULL);
}

static void a_full_mailbox_says_so_and_a_closed_one_drains(void **state)
{
	(void)state;
	struct mailbox *m = mailbox_create(2, NULL, NULL);
	void *item;
	assert_int_equal(mailbox_send(m, mem_strdup("a")), OK);
	assert_int_equal(mailbox_send(m, mem_strdup("b")), OK);
	assert_int_equal(mailbox_send(m, NULL), E_FULL);
	mailbox_close(m);
	assert_int_equal(mailbox_send(m, NULL), E_GONE);
	assert_int_equal(mailbox_take(m, &item, 1), 1);
	assert_string_equal(item, "a");
	free(item);
	assert_false(mailbox_is_drained(m));
	mailbox_destroy(m, free);
}

static void *push_numbers(void *data)
{
	for (uint32_t i = 1; i <= ITEMS;)
		i += ring_push(data, &i);
	return NULL;
}

static void a_ring_gives_everything_in_order_across_threads(void **state)
{
	(void)state;
	struct ring r;
	ring_init(&r, 100, sizeof(uint32_t));
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, push_numbers, &r), 0);
	for (uint32_t expected = 1, got; expected <= ITEMS;)
		if (ring_pop(&r, &got))
			assert_int_equal(got, expected++);
	pthread_join(thread, NULL);
	assert_null(ring_peek(&r));
	for (uint32_t i = 0; i < 128; i++)
		assert_true(ring_push(&r, &i));
	assert_false(ring_push(&r, &(uint32_t){0}));
	ring_finish(&r);
}

static void a_message_lives_as_long_as_its_last_reference(void **state)
{
	(void)state;
	struct msg *m = msg_from(span_of("frame"));
	struct msg *again = msg_ref(m);
	msg_unref(m);
	assert_memory_equal(msg_bytes(again), "frame", 5);
	msg_unref(again);
	msg_unref(NULL);
}

static char *temporary_folder(void)
{
	char *folder = mem_strdup("/tmp/carillon-base-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return folder;
}

static void a_file_is_replaced_whole_and_read_within_limits(void **state)
{
	(void)state;
	char *folder = temporary_folder(), *deep = file_join(folder, "a/b"), *path = file_join(deep, "x.TXT");
	struct why why;
	struct buf text = {0};
	assert_int_equal(file_make_folder(deep, &why), OK);
	assert_int_equal(file_make_folder(deep, &why), OK);
	assert_int_equal(file_read(path, 100, &text, &why), E_GONE);
	assert_int_equal(file_replace(path, span_of("one"), &why), OK);
	assert_int_equal(file_replace(path, span_of("two!"), &why), OK);
	assert_int_equal(file_read(path, 100, &text, &why), OK);
	assert_string_equal(text.p, "two!");
	buf_clear(&text);
	assert_int_equal(file_read(path, 3, &text, &why), E_LIMIT);
	assert_int_equal(file_read(folder, 3, &text, &why), E_IO);
	char **names;
	size_t n;
	assert_int_equal(file_list(deep, &names, &n, &why), OK);
	assert_int_equal(n, 1);
	assert_true(span_is(file_stem(path), "x") && span_is(file_ending(path), "TXT"));
	file_list_free(names, n);
	assert_int_equal(file_make_folder(path, &why), E_IO);
	buf_finish(&text);
	unlink(path);
	rmdir(deep);
	char *a = file_join(folder, "a");
	rmdir(a);
	rmdir(folder);
	free(a);
	free(path);
	free(deep);
	free(folder);
}

static void a_database_of_a_newer_version_or_none_at_all_is_refused(void **state)
{
	(void)state;
	char *folder = temporary_folder(), *path = file_join(folder, "x.db");
	sqlite3 *db;
	struct why why;
	assert_int_equal(db_open_reader(path, 1, &db, &why), E_GONE);
	assert_int_equal(db_open(path, 2, "CREATE TABLE t(x)", &db, &why), OK);
	db_close(db);
	assert_int_equal(db_open(path, 2, "CREATE TABLE t(x)", &db, &why), OK);
	db_close(db);
	assert_int_equal(db_open(path, 1, "", &db, &why), E_FORMAT);
	assert_non_null(strstr(why.text, "newer carillon"));
	assert_int_equal(db_open(path, 3, "", &db, &why), E_AGAIN);
	db_close(db);
	char *no_database = file_join(folder, "no.db");
	assert_int_equal(file_replace(no_database, span_of("this is text, and long enough to be looked at, really it is"
		" not a database at all, but somebody gave it that name ......................................"), &why), OK);
	assert_int_equal(db_open(no_database, 1, "CREATE TABLE t(x)", &db, &why), E_FORMAT);
	assert_int_equal(db_open("/nowhere/at/all.db", 1, "", &db, &why), E_IO);
	struct buf remove = {0};
	buf_format(&remove, "rm -r %s", folder);
	assert_int_equal(system(remove.p), 0);
	buf_finish(&remove);
	free(no_database);
	free(path);
	free(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mailbox_gives_everything_in_order_across_threads),
		cmocka_unit_test(a_full_mailbox_says_so_and_a_closed_one_drains),
		cmocka_unit_test(a_ring_gives_everything_in_order_across_threads),
		cmocka_unit_test(a_message_lives_as_long_as_its_last_reference),
		cmocka_unit_test(a_file_is_replaced_whole_and_read_within_limits),
		cmocka_unit_test(a_database_of_a_newer_version_or_none_at_all_is_refused),
	};
	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
