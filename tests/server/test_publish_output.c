/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/publish_output.h"

struct old_files {
	struct buf names;
};

static void hear_old(void *data, const char *file, bool removed)
{
	(void)removed;
	buf_format(&((struct old_files *)data)->names, "%s ", file);
}

static char *make_folder(void)
{
	char *folder = mem_strdup("/tmp/carillon-output-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return folder;
}

static void remove_folder(char *folder)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
	free(folder);
}

/* One run: puts these files, each with its own name as content, and gives how many were written. */
static size_t run(const char *folder, const char *const *files, size_t n, uint64_t fingerprint, bool prune, struct buf *old)
{
	struct output *o;
	struct output_counts counts;
	struct old_files heard = {{0}};
	assert_int_equal(output_open(folder, false, &o, NULL), OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(output_put(o, files[i], span_of(files[i]), NULL), OK);
	assert_int_equal(output_settle(o, fingerprint, &(struct output_old){prune, NULL, hear_old, &heard}, &counts, NULL), OK);
	assert_int_equal(counts.files, n);
	output_close(o);
	if (old)
		*old = heard.names;
	else
		buf_finish(&heard.names);
	return counts.written;
}

static bool is_current(const char *folder, uint64_t fingerprint)
{
	struct output *o;
	assert_int_equal(output_open(folder, false, &o, NULL), OK);
	bool current = output_is_current(o, fingerprint);
	output_close(o);
	return current;
}

static const char *const three[] = {"a.html", "b/c/d.html", "b/e.html"};

static void only_what_has_changed_is_written(void **state)
{
	(void)state;
	char *folder = make_folder(), *file = file_join(folder, "b/e.html");
	assert_false(is_current(folder, 1));
	assert_int_equal(run(folder, three, 3, 1, false, NULL), 3);
	assert_true(is_current(folder, 1));
	assert_false(is_current(folder, 2));
	assert_int_equal(run(folder, three, 3, 1, false, NULL), 0);
	/* Younger than the list, and of the same size: read, found different, replaced. */
	assert_int_equal(file_replace(file, SPAN_LITERAL("B/e.html"), NULL), OK);
	const struct timespec later[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 4000000000}};
	assert_int_equal(utimensat(AT_FDCWD, file, later, 0), 0);
	assert_false(is_current(folder, 1));
	assert_int_equal(run(folder, three, 3, 1, false, NULL), 1);
	assert_int_equal(unlink(file), 0);
	assert_false(is_current(folder, 1));
	assert_int_equal(run(folder, three, 3, 1, false, NULL), 1);
	free(file);
	remove_folder(folder);
}

static void what_isnt_put_again_is_told_each_time_until_it_is_pruned(void **state)
{
	(void)state;
	char *folder = make_folder(), *file = file_join(folder, "b/c/d.html"), *below = file_join(folder, "b/c");
	struct buf old;
	run(folder, three, 3, 1, false, NULL);
	for (int i = 0; i < 2; i++) {
		run(folder, three, 1, 2, false, &old);
		assert_string_equal(old.p, "b/c/d.html b/e.html ");
		buf_finish(&old);
		assert_true(file_exists(file));
		assert_false(is_current(folder, 2));
	}
	run(folder, three, 1, 2, true, &old);
	assert_string_equal(old.p, "b/c/d.html b/e.html ");
	buf_finish(&old);
	assert_false(file_exists(below));
	assert_true(is_current(folder, 2));
	free(file);
	free(below);
	remove_folder(folder);
}

static void names_that_would_leave_the_folder_are_refused(void **state)
{
	(void)state;
	char *folder = make_folder(), longest[300];
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	const char *const bad[] = {"", "/a", "a/", "../a", "a/../b", "a//b", ".", "a/.", "a\nb", longest};
	struct output *o;
	assert_int_equal(output_open(folder, true, &o, NULL), OK);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(output_put(o, bad[i], SPAN_LITERAL("x"), NULL), E_FORMAT);
	assert_int_equal(output_put(o, "a..b/.c", SPAN_LITERAL("x"), NULL), OK);
	output_close(o);
	remove_folder(folder);
}

static void a_damaged_list_is_refused(void **state)
{
	(void)state;
	static const char *const lists[] = {"x\n", "0123456789abcdef\nnonsense\n", "0123456789abcdef\n0123456789abcdef 1 ../x\n",
		"0123456789abcdef\n0123456789abcdef -1 x\n", "0123456789abcdef\n0123456789abcdeX 1 x\n"};
	char *folder = make_folder(), *list = file_join(folder, ".carillon-published");
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct output *o;
		struct why why = {0};
		assert_int_equal(file_replace(list, span_of(lists[i]), NULL), OK);
		assert_int_equal(output_open(folder, false, &o, &why), E_FORMAT);
		assert_non_null(strstr(why.text, ".carillon-published:"));
	}
	free(list);
	remove_folder(folder);
}

static void links_out_of_the_folder_are_replaced_not_followed(void **state)
{
	(void)state;
	char *folder = make_folder(), *outside = make_folder();
	char *link = file_join(folder, "a.html"), *victim = file_join(outside, "victim");
	struct buf text = {0};
	assert_int_equal(file_replace(victim, SPAN_LITERAL("mine"), NULL), OK);
	assert_int_equal(symlink(victim, link), 0);
	run(folder, three, 1, 1, false, NULL);
	assert_int_equal(file_read(victim, 100, &text, NULL), OK);
	assert_string_equal(text.p, "mine");
	buf_clear(&text);
	assert_int_equal(file_read(link, 100, &text, NULL), OK);
	assert_string_equal(text.p, "a.html");
	buf_finish(&text);
	free(link);
	free(victim);
	remove_folder(folder);
	remove_folder(outside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_has_changed_is_written),
		cmocka_unit_test(what_isnt_put_again_is_told_each_time_until_it_is_pruned),
		cmocka_unit_test(names_that_would_leave_the_folder_are_refused),
		cmocka_unit_test(a_damaged_list_is_refused),
		cmocka_unit_test(links_out_of_the_folder_are_replaced_not_followed),
	};
	return cmocka_run_group_tests_name("publish output", tests, NULL, NULL);
}
