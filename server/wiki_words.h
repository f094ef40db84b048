/* wiki_words.h - what MediaWiki's names say, for the mappings. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WIKI_WORDS_H
#define SERVER_WIKI_WORDS_H

#include "base/span.h"

enum { WIKI_OF_HOST_MORE = 16 };

/* en.wikipedia.org is enwiki: what the field `wiki` would say, as far as a host tells; else the host. room: as long as
 * the host and WIKI_OF_HOST_MORE; the result may lie there. */
struct span wiki_of_host(struct span host, char *room);
/* An editor without an account: an IP address, or a temporary account (~2026-12345-67). */
bool is_nameless(struct span name);

#endif
