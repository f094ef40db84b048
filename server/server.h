/* server.h - what `serve` has running, for its routes: made and owned by verb_serve.c. Loop thread only, but for `config`
 * and `templates`, which are read-only, and `var`.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/config.h"
#include "server/hub.h"
#include "server/ingest.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/source.h"

struct archive;
struct clips;
struct feeds;
struct media_store;
struct media_work;
struct planet;
struct planet_store;
struct push;
struct push_access;
struct push_jobs;
struct templates;
struct wikimon;

enum { SERVER_READERS = 4 }; /* as libuv's worker threads */

struct server {
	struct loop loop;
	struct config *config;
	char *var;              /* SITE/var */
	struct log *log;
	struct ingest *ingest;
	struct hub *hub;
	struct wikimon *wikimon;
	struct clips *clips;
	struct source **sources; /* as many as config has */
	struct push_access *push_access;
	struct push_jobs *push_jobs;
	struct push *push;
	struct feeds *feeds;
	struct media_store *media; /* thread-safe; NULL where it can't be opened, and where no pages are served */
	struct media_work *media_work;
	atomic_bool has_taken_media; /* something in media/ may have been taken down (archive_takedown.h) */
	struct planet *planet;  /* NULL when nothing is fetched */
	/* The site's own before the built-in ones. Others take their place when the files change; those that were are kept until
	 * the end, since a worker may be rendering one. */
	struct templates *_Atomic templates;
	struct templates **_old_templates;
	size_t _n_old_templates;
	int64_t started_ms;     /* clock_mono_ms */
	struct archive *archive; /* a command's own, which has just imported and reads all of it (archive_build.h); else NULL */
	/* private: readers of the archive that workers borrow */
	pthread_mutex_t _readers_lock;
	struct archive *_readers[SERVER_READERS];
	struct planet_store *_planet_readers[SERVER_READERS];
};

/* A worker's archive connection, given back with server_return_archive. E_GONE: nothing was imported yet. */
enum err server_borrow_archive(struct server *s, struct archive **archive, struct why *why) NODISCARD;
void server_return_archive(struct server *s, struct archive *archive);
/* The same for the planet's entries. E_GONE: none were ever fetched or imported. */
enum err server_borrow_planet(struct server *s, struct planet_store **store, struct why *why) NODISCARD;
void server_return_planet(struct server *s, struct planet_store *store);
void server_close_archives(struct server *s); /* at the end, when no worker runs */

#endif
