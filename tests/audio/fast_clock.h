/* fast_clock.h - a clock that runs some times as fast as the real one, for tests of what takes its time.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_AUDIO_FAST_CLOCK_H
#define TESTS_AUDIO_FAST_CLOCK_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static int fast_clock_speed = 8;

static inline int64_t fast_mono_us(void)
{
	static _Atomic int64_t start;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000, none = 0;
	atomic_compare_exchange_strong(&start, &none, us);
	return 1000000 + (us - start) * fast_clock_speed;
}

static inline int64_t fast_wall_ms(void)
{
	return 1795000000000 + fast_mono_us() / 1000;
}

/* What main() returns. A machine that has other work can't keep up with a fast clock, and sound is lost that in life wouldn't be:
 * where tests fail, all are run again by a clock half as fast. Only what fails at twice the real speed, too, has failed. What
 * ends the process, as a sanitizer does, ends it at once. run_all() is called in a child process. */
static inline int fast_clock_main(int (*run_all)(void))
{
	for (;; fast_clock_speed /= 2) {
		FILE *said = tmpfile();
		int status = 0;
		pid_t child = said ? fork() : -1;
		if (child < 0)
			abort();
		if (child == 0) {
			dup2(fileno(said), STDOUT_FILENO);
			dup2(fileno(said), STDERR_FILENO);
			int failed = run_all();
			fflush(NULL);
			/* A test that fails leaves its memory behind: no leaks are looked for then. */
			if (failed)
				_exit(1);
			exit(0);
		}
		waitpid(child, &status, 0);
		if (status == 0 || WIFSIGNALED(status) || fast_clock_speed <= 2) {
			char piece[4096];
			rewind(said);
			for (size_t n; (n = fread(piece, 1, sizeof piece, said)) > 0;)
				fwrite(piece, 1, n, stdout);
			fclose(said);
			printf("# by a clock %d times as fast\n", fast_clock_speed);
			return status != 0;
		}
		fclose(said);
	}
}

#endif
