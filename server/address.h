/* address.h - which addresses are the world's: what a server may connect to when somebody else names the host. Pure;
 * any thread.
 * Source: IANA's registries of special-purpose addresses (RFC 6890 and those after it).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* False for private, loopback, link-local, shared (100.64/10), documentation, benchmark, multicast and reserved ones,
 * and for every family but IPv4 and IPv6. IPv6 that carries an IPv4 address (mapped, 6to4, NAT64) counts as that. */
bool address_is_public(const struct sockaddr *address);
/* The same for a literal; false for what is none. */
bool address_text_is_public(const char *text);

#endif
