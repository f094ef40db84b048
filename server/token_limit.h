/* token_limit.h - who has shown too many wrong tokens: after TOKEN_LIMIT_WRONG of them within TOKEN_LIMIT_MS an address
 * waits for the rest of that time, without another look at what it shows. For push_access.c.
 * Of an IPv6 address its network of 64 bits. A fixed table: under many addresses the oldest are forgotten. Loop thread
 * only; the time comes in (clock_mono_ms).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TOKEN_LIMIT_H
#define SERVER_TOKEN_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TOKEN_LIMIT_WRONG = 10,
	TOKEN_LIMIT_WRONG_LOOPBACK = 80, /* a reverse proxy on this machine speaks for many */
	TOKEN_LIMIT_MS = 10000,
};

struct token_limit;
struct token_limit *token_limit_create(void);
void token_limit_destroy(struct token_limit *l); /* accepts NULL */

/* False: too many wrong ones, try again after TOKEN_LIMIT_MS at the latest. */
bool token_limit_allows(struct token_limit *l, const char *address, int64_t now_ms);
void token_limit_count(struct token_limit *l, const char *address, int64_t now_ms); /* one more wrong one */

#endif
