/* score_compile.h - descriptions to rules, for score_builtin.c. Private to audio/; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_COMPILE_H
#define AUDIO_SCORE_COMPILE_H

#include "audio/score.h"

/* The nodes are read one after the other, the later ones over the earlier. Else as score_compile. */
struct score_rules *score_compile_from(const struct yaml *const *nodes, size_t n,
	void (*tell)(void *data, int line, const char *text), void *data) NODISCARD;

#endif
