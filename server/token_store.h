/* token_store.h - the tokens of a site, SITE/var/tokens: a text file, readable by its owner alone, a line a token, with
 * the token's hash in place of its secret. For the `token` verb, which changes it, and for push_access.c, which looks
 * tokens up in it while the verb may change it: it is replaced whole.
 * Blocking on a small local file. One thread a store.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TOKEN_STORE_H
#define SERVER_TOKEN_STORE_H

#include "server/token.h"

enum { TOKEN_NAME_MAX = 64 };

struct token_entry {
	const char *name;
	const char *stream; /* the source that it is for; NULL: any that takes pushes */
	char id[TOKEN_ID_TEXT + 1];
	unsigned char hash[TOKEN_HASH];
	int64_t created_ms;
};

struct token_store;
/* fault: told about each line of the file that can't be read, each time that the file is read anew; the others count. */
struct token_store *token_store_open(const char *var,
	void (*fault)(void *data, const char *file, int line, const char *text), void *data);
void token_store_close(struct token_store *s); /* accepts NULL */

/* Reads the file again if it was changed. No file is no tokens; nor are there any when it can't be read (E_IO, ...). */
enum err token_store_refresh(struct token_store *s, struct why *why) NODISCARD;
size_t token_store_count(const struct token_store *s);
/* All borrowed until the next refresh, add or revoke. */
const struct token_entry *token_store_at(const struct token_store *s, size_t i);
/* The entry of this token, or NULL. */
const struct token_entry *token_store_find(const struct token_store *s, struct span token);
/* By its id, as in an entry; NULL when it was revoked. */
const struct token_entry *token_store_find_id(const struct token_store *s, struct span id);

/* a-z, 0-9, - and _, at most TOKEN_NAME_MAX. */
bool token_name_is_one(struct span name);
/* Makes a token and stores it durably before it returns. stream: NULL for any. E_FORMAT: name isn't one (why); E_DENIED:
 * the name is taken; E_FULL, E_IO. */
enum err token_store_add(struct token_store *s, const char *name, const char *stream, char text[TOKEN_TEXT + 1],
	struct why *why) NODISCARD;
/* E_GONE: there is no token of that name. */
enum err token_store_revoke(struct token_store *s, const char *name, struct why *why) NODISCARD;

#endif
