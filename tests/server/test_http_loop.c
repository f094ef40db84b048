/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/http.h"
#include "server/loop.h"
#include "server/resolve.h"
#include "server/ws.h"

const struct http_route http_routes[] = {{HTTP_GET, NULL, NULL}};
const struct ws_route ws_routes[] = {{0}};

static int open_descriptors(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void stop_now(void *data)
{
	loop_stop(data);
}

static void a_loop_can_be_had_again_and_leaves_nothing_open(void **state)
{
	(void)state;
	int before = 0;
	for (int i = 0; i < 4; i++) {
		struct loop *l = mem_new(1, sizeof(*l));
		struct loop_waker w;
		struct why why;
		assert_int_equal(loop_init(l, i != 2, &why), OK);
		if (l->lws)
			assert_int_equal(loop_listen(l, "127.0.0.1:0", &why), OK);
		loop_waker_init(l, &w, stop_now, l);
		loop_wake(&w);
		loop_run(l);
		loop_waker_finish(&w, NULL);
		loop_finish(l);
		assert_null(l->lws);
		free(l);
		/* Some are the process's own, made by the first: the signal pipe, the generator of random numbers. */
		if (i == 0)
			before = open_descriptors();
		assert_int_equal(open_descriptors(), before);
	}
}

static void what_never_began_can_be_finished(void **state)
{
	(void)state;
	struct loop l = {0};
	loop_finish(&l);
}

struct found {
	struct loop *loop;
	int n, missing;
	char address[64];
};

static void resolved(void *data, const char *address, const struct why *why)
{
	struct found *f = data;
	if (address)
		snprintf(f->address, sizeof(f->address), "%s", address);
	else
		f->missing += strstr(why->text, "no address") != NULL;
	if (++f->n == 3)
		loop_stop(f->loop);
}

static void names_become_literals_and_a_dropped_one_is_silent(void **state)
{
	(void)state;
	struct loop l = {0};
	struct found f = {.loop = &l};
	assert_int_equal(loop_init(&l, false, NULL), OK);
	resolve_start(&l, "127.0.0.1", resolved, &f);
	resolve_start(&l, "no such name", resolved, &f);
	resolve_start(&l, "", resolved, &f);
	resolve_cancel(resolve_start(&l, "localhost", resolved, &f));
	resolve_cancel(NULL);
	loop_run(&l);
	loop_finish(&l);
	assert_string_equal(f.address, "127.0.0.1");
	assert_int_equal(f.n, 3);
	assert_int_equal(f.missing, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_can_be_had_again_and_leaves_nothing_open),
		cmocka_unit_test(what_never_began_can_be_finished),
		cmocka_unit_test(names_become_literals_and_a_dropped_one_is_silent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
