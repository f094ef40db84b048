/* processor_time.h - how much a test has worked, by itself and in children that have ended: what "linear" and "cheap" are
 * measured by. Other work on the machine, which moves the clock, leaves it alone.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BASE_PROCESSOR_TIME_H
#define TESTS_BASE_PROCESSOR_TIME_H

#include <stdint.h>
#include <sys/resource.h>

static inline int64_t processor_us(void)
{
	struct rusage own, children;
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return (int64_t)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) * 1000000 +
		own.ru_utime.tv_usec + own.ru_stime.tv_usec + children.ru_utime.tv_usec + children.ru_stime.tv_usec;
}

#endif
