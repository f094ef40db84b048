/* push_access.h - who may push into which source: the token in `Authorization: Bearer ...` against var/tokens, wrong ones
 * limited by address. For route_push.c and push.c. Loop thread only.
 * What a token looks like is never written to the log, only the address and, for a good one, nothing.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUSH_ACCESS_H
#define SERVER_PUSH_ACCESS_H

#include "base/span.h"
#include "server/token.h"

struct ingest_source;
struct push_access;
struct server;
struct source;

struct push_access *push_access_create(const char *var);
void push_access_destroy(struct push_access *a); /* accepts NULL */

struct push_grant {
	struct source *source;
	struct ingest_source *in;
	char token_id[TOKEN_ID_TEXT + 1];
};
/* 0 and *grant, or the status to refuse with. In this order, so that without a right token nothing is learnt about the
 * site: 429 too many wrong tokens from this address, 401 no token, 503 var/tokens can't be read, 401 a wrong token, 404
 * no source that takes pushes, 403 a token of another source. */
int push_access_check(struct server *server, struct span source, struct span authorization, const char *peer,
	struct push_grant *grant);
/* Is the token of a grant still good for this source? */
bool push_access_holds(struct push_access *a, struct span token_id, struct span source);
uint64_t push_access_wrong(const struct push_access *a); /* wrong tokens so far, refused tries included */

#endif
