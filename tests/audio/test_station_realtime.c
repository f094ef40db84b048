/* What a station's rendering thread does between the beginning and the end of a block, under a storm of notes: no
 * allocation, no lock, no system call. Two nets: the linker gives every forbidden function of our own objects to a
 * __wrap_ that ends the program when the thread is inside of a block; and the kernel, asked for it by
 * PR_SET_SYSCALL_USER_DISPATCH, ends it on any system call there, whoever makes it.
 * A quarter of a minute of sound, with a clock eight times as fast; with FULL=1 a minute, in its own time.
 * SPDX-License-Identifier: MIT */
#include "audio/station.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "audio/station_render.h"
#include "base/clock.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
enum { CALLS_PASS = 0, CALLS_END = 1, MINUTE = 6000 /* blocks */ };

static _Thread_local bool in_block;
static _Thread_local volatile char calls; /* read by the kernel at each system call of this thread */
static _Thread_local bool is_watched;
static atomic_ullong blocks, watched_blocks;

static void fall(const char *what)
{
	in_block = false;
	calls = CALLS_PASS;
	fprintf(stderr, "inside of a block: %s\n", what);
	abort();
}

/* Every wrapper has its own shape; what they do is the same. */
#define WRAP(type, name, parameters, arguments)     \
	type __real_##name parameters;              \
	type __wrap_##name parameters;              \
	type __wrap_##name parameters               \
	{                                           \
		if (in_block)                       \
			fall(#name);                \
		return __real_##name arguments;     \
	}
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
	if (in_block)
		fall("free");
	__real_free(p);
}
WRAP(int, posix_memalign, (void **p, size_t align, size_t n), (p, align, n))
WRAP(void *, aligned_alloc, (size_t align, size_t n), (align, n))
WRAP(int, pthread_mutex_lock, (pthread_mutex_t *m), (m))
WRAP(int, pthread_mutex_unlock, (pthread_mutex_t *m), (m))
WRAP(int, pthread_cond_wait, (pthread_cond_t *c, pthread_mutex_t *m), (c, m))
WRAP(int, pthread_cond_signal, (pthread_cond_t *c), (c))
WRAP(int, sem_wait, (sem_t *s), (s))
WRAP(int, sem_post, (sem_t *s), (s))
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(int, nanosleep, (const struct timespec *t, struct timespec *left), (t, left))
WRAP(int, clock_nanosleep, (clockid_t clock, int flags, const struct timespec *t, struct timespec *left),
	(clock, flags, t, left))

void __real_station_render_block(struct station_render *r, float *out);
void __wrap_station_render_block(struct station_render *r, float *out);
void __wrap_station_render_block(struct station_render *r, float *out)
{
	if (!is_watched)
		is_watched = prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0L, 0L, &calls) == 0;
	in_block = true;
	calls = CALLS_END;
	__real_station_render_block(r, out);
	calls = CALLS_PASS;
	in_block = false;
	atomic_fetch_add(&blocks, 1);
	atomic_fetch_add(&watched_blocks, is_watched);
}

/* --- the nets hold --- */

static void stray_malloc(void)
{
	void *volatile p = malloc(10);
	free(p);
}

static void stray_lock(void)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&m);
}

static void stray_call(void)
{
	getppid(); /* none of the wrapped ones: only the kernel sees it */
}

/* Does the program end when this is done inside of a block? */
static bool is_caught(void (*stray)(void))
{
	pid_t child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		signal(SIGSYS, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr) ||
		    prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0L, 0L, &calls))
			_exit(3);
		in_block = true;
		calls = CALLS_END;
		stray();
		calls = CALLS_PASS;
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status);
}

static void what_is_forbidden_is_caught(void **state)
{
	(void)state;
	assert_true(is_caught(stray_malloc));
	assert_true(is_caught(stray_lock));
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 0L, 0L, 0L, 0L) && errno == EINVAL)
		print_message("this kernel knows no syscall user dispatch: only the linker's net is up\n");
	else
		assert_true(is_caught(stray_call));
}

/* --- sound under a storm --- */

static int speed = 8;
static unsigned long long length = MINUTE / 4;

static int64_t fast_mono_us(void)
{
	static _Atomic int64_t start;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000, none = 0;
	atomic_compare_exchange_strong(&start, &none, us);
	return 1000000 + (us - start) * speed;
}

static int64_t fast_wall_ms(void)
{
	return 1795000000000 + fast_mono_us() / 1000;
}

static void wake(void *data)
{
	(void)data;
}

static void take_all(void *data)
{
	struct station_listener **l = data;
	for (struct msg *m; *l && (m = station_take(*l, NULL));)
		msg_unref(m);
}

/* 2,000 notes a second, ten times what the cap of a score lets through; now and then 10,000 at once, and nonsense. */
static void storm(struct station *s, uint64_t turn, int n)
{
	static uint32_t seed = 1;
	for (int i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		struct note note = {clock_wall_ms() + (int64_t)(seed >> 8) % 100, (seed >> 16) % SYNTH_INSTRUMENTS,
			(float)(20 + (seed >> 20) % 100), (float)(seed % 1000) / 1000, (float)(seed % 200) / 100 - 1};
		if (turn % 97 == 0 && i % 50 == 0)
			note.key = i % 100 ? NAN : 1e30f, note.level = INFINITY, note.pan = -1e30f;
		station_note(s, &note);
	}
}

static void a_block_allocates_nothing_locks_nothing_and_calls_nobody(void **state)
{
	(void)state;
	clock_inject(fast_wall_ms, fast_mono_us);
	struct station *s = station_create("Storm", 1, wake, NULL);
	struct station_listener *opus = NULL, *mp3 = NULL;
	struct why why;
	assert_int_equal(station_listen(s, ENCODER_OPUS, take_all, &opus, &opus, &why), OK);
	assert_int_equal(station_listen(s, ENCODER_MP3, take_all, &mp3, &mp3, &why), OK);
	int64_t last = clock_mono_ms();
	for (uint64_t turn = 1; blocks < length; turn++) {
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
		int64_t now = clock_mono_ms();
		storm(s, turn, (int)(now - last) * 2);
		if (turn % 499 == 0)
			storm(s, turn, 10000);
		last = now;
		station_collect(s);
	}
	struct station_counts counts = station_counts(s);
	print_message("%llu blocks, %llu watched by the kernel; %llu notes dropped\n", (unsigned long long)blocks,
		(unsigned long long)watched_blocks, (unsigned long long)counts.notes_dropped);
	assert_true(counts.notes_dropped > 0);
	assert_true(watched_blocks == 0 || watched_blocks == blocks);
	station_leave(opus);
	station_leave(mp3);
	station_destroy(s);
	clock_inject(NULL, NULL);
}

int main(void)
{
	if (getenv("FULL"))
		speed = 1, length = MINUTE;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_forbidden_is_caught),
		cmocka_unit_test(a_block_allocates_nothing_locks_nothing_and_calls_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
