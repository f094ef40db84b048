/* wikimon.h - WS /wikimon/LANG: a wiki's edits in the messages of hatnote's wikimon, so that its existing clients (Listen to
 * Wikipedia's front end among them) work with only their host changed. One JSON object a text frame: the fields of version
 * 1 with the values of version 2 (revisions the right way round, `new` and `newusers` as actions, temporary accounts
 * anonymous). Nothing is replayed; a client that can't keep up is closed with 1013. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WIKIMON_H
#define SERVER_WIKIMON_H

#include "base/event.h"
#include "server/ws.h"

struct wikimon;

struct wikimon *wikimon_create(void);
void wikimon_destroy(struct wikimon *w); /* accepts NULL; no socket may be left */
/* Events that were committed: each goes to the listeners of its wiki, as one shared frame. */
void wikimon_publish(struct wikimon *w, struct event *const *events, size_t n);
uint64_t wikimon_listeners(const struct wikimon *w);

/* Appends the message, or nothing for kinds that wikimon doesn't send (log entries, categorize). Pure. */
bool wikimon_write(struct buf *out, const struct event *ev);
/* "en" -> "enwiki", "wikidata" -> "wikidatawiki", "zh-min-nan" -> "zh_min_nanwiki". Pure. */
void wikimon_channel(struct buf *out, struct span language);

/* The handlers of its ws_route. */
bool wikimon_accepts(struct server *server, struct span language);
void wikimon_opened(struct ws *ws);
void wikimon_received(struct ws *ws, struct span message, bool is_text);
void wikimon_closed(struct ws *ws);

#endif
