/* err.h - how a function says that it failed; used by every room.
 * Functions that face the outside (open, parse, connect) also take a last `struct why *why` (may be NULL) and put one
 * sentence for the operator there. An error is reported once, by whoever decides what to do about it.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
	OK = 0,
	E_AGAIN,   /* nothing there yet; call again later */
	E_FULL,    /* a bounded queue or the disk is full */
	E_IO,      /* the machine refused: file, socket, database */
	E_FORMAT,  /* the bytes aren't what they should be */
	E_LIMIT,   /* larger than this program accepts */
	E_DENIED,  /* not allowed */
	E_GONE,    /* it doesn't exist, or no longer */
	E_TIMEOUT,
};

/* One sentence, lower-case first character, no trailing period. */
const char *err_text(enum err e);

/* What went wrong, for a person: `what is wrong; what to do`. line and column are 1-based, 0 = not applicable. */
struct why {
	int line, column;
	char text[200];
};

/* Fills why (if not NULL) and returns e, so that `return why_set(why, E_FORMAT, "...")` is one line. */
enum err why_set(struct why *why, enum err e, const char *format, ...) PRINTF(3, 4);
enum err why_at(struct why *why, enum err e, int line, int column, const char *format, ...) PRINTF(5, 6);

#endif
