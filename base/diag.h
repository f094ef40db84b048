/* diag.h - what the program says on stderr.
 * While it serves: one logfmt line (t= lvl= mod= msg= ...), each call site limited to 5 lines per 10 s, then a count.
 * For a command's user: `carillon: FILE:LINE: what is wrong; what to do`, each counted as a fault.
 * Any thread but the audio threads. Never pass a token, cookie or query string.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARN, DIAG_ERROR };

/* private: one a call site */
struct diag_site {
	int64_t window_start_ms;
	int lines;
	int held_back;
};

/* DIAG(DIAG_WARN, "source", "upstream closed after %d s", n); the message is quoted and escaped as needed. */
#define DIAG(level, module, ...)                                          \
	do {                                                              \
		static struct diag_site diag_site_here;                   \
		diag_write(&diag_site_here, (level), (module), __VA_ARGS__); \
	} while (0)
void diag_write(struct diag_site *site, enum diag_level level, const char *module, const char *format, ...) PRINTF(4, 5);
void diag_set_level(enum diag_level least); /* default DIAG_INFO */

/* Prints `carillon: file:line: text` (without a place where file is NULL, without a line where it is 0) and counts it.
 * text is "what is wrong; what to do". */
void diag_fault(const char *file, int line, const char *format, ...) PRINTF(3, 4);
/* The same from a why; the line is why's unless that is 0, then line. */
void diag_fault_why(const char *file, int line, const struct why *why);
/* How many faults were printed so far. */
int diag_fault_count(void);

#endif
