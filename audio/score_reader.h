/* score_reader.h - values of a score's description, each with a fault that says where it is wrong and what would be right.
 * For score_compile.c. One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_READER_H
#define AUDIO_SCORE_READER_H

#include "audio/score_rules.h"

enum { READER_NAMES_MAX = 40 };

struct score_reader {
	struct score_rules *rules;
	struct score_part *part; /* the one being read */
	void (*fault)(void *data, int line, const char *text);
	void *data;
	bool is_faulty;
};

struct number_range {
	const char *what; /* "a level" */
	double low, high;
};

struct known_key {
	const char *name;
	void (*read)(struct score_reader *c, const struct yaml *value);
};

void reader_fault(struct score_reader *c, int line, const char *format, ...) PRINTF(3, 4);
/* These are false, and the fault told, when the value isn't what it should be; out is then undefined. */
bool reader_number(struct score_reader *c, const struct yaml *value, const struct number_range *range, double *out);
bool reader_whole(struct score_reader *c, const struct yaml *value, const struct number_range *range, int64_t *out);
/* 300ms, 4s, 1.5s; "none" is 0 where least_ms is 0. */
bool reader_time(struct score_reader *c, const struct yaml *value, const char *what, int64_t least_ms, int64_t most_ms,
	int64_t *out);
bool reader_yes(struct score_reader *c, const struct yaml *value, const char *key, bool *out);
/* A list of two; what: "the smallest and the largest". */
bool reader_pair(struct score_reader *c, const struct yaml *value, const char *key, const char *what);
/* Which of the names, of which the last is NULL; -1, told with the nearest, when it is none. */
int reader_name(struct score_reader *c, const struct yaml *value, const char *what, const char *const *names);
/* Reads a group's known keys; every other one is a fault with the nearest known. what: "a score". */
void reader_map(struct score_reader *c, const struct yaml *node, const char *what, const struct known_key *keys, size_t n);

#endif
