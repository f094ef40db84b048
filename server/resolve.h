/* resolve.h - names to addresses without holding up the loop: libwebsockets would call getaddrinfo on it. An outgoing
 * connection goes to the literal that this gives, with `host` the name (certificate and SNI are checked by that). Loop
 * thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_RESOLVE_H
#define SERVER_RESOLVE_H

#include "base/err.h"

struct loop;
struct resolve;

/* address: "192.0.2.1" or "2001:db8::1", borrowed during the call; NULL when there is none, and why says it. The
 * resolve is gone when done returns. */
typedef void resolve_done(void *data, const char *address, const struct why *why);

/* Only from done: the name's other addresses, one a call, in the resolver's order; NULL when there are no more. */
const char *resolve_next(struct resolve *r);

/* Looks the name up on a thread of its own; a literal comes back as it is, later too. Never NULL. */
struct resolve *resolve_start(struct loop *l, const char *name, resolve_done *done, void *data);
/* done isn't called any more; accepts NULL. To be called for each that is open before loop_finish; not from done. */
void resolve_cancel(struct resolve *r);

#endif
