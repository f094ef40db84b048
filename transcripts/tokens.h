/* tokens.h - text into the words that the archive's search knows, folded to lower case without diacritics. Words are
 * those of SQLite's unicode61, but names of code are kept: `c++`, `c#` and `.net` are words of their own. A
 * one-letter name is only that (`c` doesn't find C++), a longer one is also findable without its marks (`notepad`,
 * `net`). Everything else that is joined by marks (asyncio.gather, f-string, snake_case) is a run of words, which a
 * query asks for as a phrase. The same code counts the words of each cue, so that a word's number leads to its cue.
 * One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TOKENS_H
#define TRANSCRIPTS_TOKENS_H

#include "base/err.h"
#include "base/span.h"

struct sqlite3;
struct tokens;

/* Makes the tokenizer "carillon" known to the connection's FTS5. The tokens may be used until the connection closes. */
enum err tokens_create(struct sqlite3 *db, struct tokens **tokens, struct why *why) NODISCARD;
/* For a thread without an archive. */
enum err tokens_create_alone(struct tokens **tokens, struct why *why) NODISCARD;
void tokens_destroy(struct tokens *t); /* before the connection closes; accepts NULL */

struct token {
	struct span text;   /* folded, marks included: "c++" */
	struct span plain;  /* what it is also found by; empty for most: "net" of ".net" */
	size_t start, end;  /* bytes in the text, marks included */
};
/* Calls each for every word until it returns false. Spans are borrowed during the call. */
void tokens_each(struct tokens *t, struct span text, bool (*each)(void *data, const struct token *token), void *data);
size_t tokens_count(struct tokens *t, struct span text);

#endif
