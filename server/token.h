/* token.h - the secret by which somebody may push events: made, read, hashed, compared; for the `token` verb and for the
 * store. `carillon_ID_SECRET`: the ID (8 characters) tells tokens apart and may be shown; the SECRET is 32 random bytes.
 * Both in base32, lower case (a-z, 2-7), so that a double click selects the whole. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TOKEN_H
#define SERVER_TOKEN_H

#include "base/err.h"
#include "base/span.h"

enum {
	TOKEN_ID_TEXT = 8,
	TOKEN_SECRET_TEXT = 52, /* 32 bytes, 5 bits a character */
	TOKEN_TEXT = 9 + TOKEN_ID_TEXT + 1 + TOKEN_SECRET_TEXT,
	TOKEN_HASH = 32,
};

/* From the kernel's random numbers. E_IO: it has none. */
enum err token_make(char text[TOKEN_TEXT + 1], struct why *why) NODISCARD;
/* Has it a token's form? *id is borrowed from text. */
bool token_parse(struct span text, struct span *id);
/* SHA-256 of the whole text: 256 random bits need no slow hash. */
void token_hash(struct span text, unsigned char hash[TOKEN_HASH]);
/* In a time that doesn't depend on where they differ. */
bool token_hash_equal(const unsigned char a[TOKEN_HASH], const unsigned char b[TOKEN_HASH]);
/* Overwrites a text that was a secret; the compiler doesn't leave it out. */
void token_wipe(void *text, size_t n);

#endif
