/* language.h - the languages whose inflected words the search knows: their codes, and which of them a text is in.
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_LANGUAGE_H
#define TRANSCRIPTS_LANGUAGE_H

#include "transcripts/tokens.h"

enum { LANGUAGES = 13 };
/* ISO 639-1, and as Snowball calls it. */
extern const char *const language_codes[LANGUAGES];

/* "en" for "en", "en-GB", "eng", "English"; NULL for what isn't one of ours, and for "". */
const char *language_code(struct span said);
/* By its commonest words, of which all languages have others: NULL when none stands out (too short, or another
 * language). Looks at the first few hundred words. One thread a struct tokens. */
const char *language_guess(struct tokens *tokens, struct span text);

#endif
