/* engine.h - everything that runs in a process that listens to its sources: builds what struct server holds, runs the loop,
 * takes it down in the reverse order. For `serve`, which also serves, and for `play`. When carillon.yaml changes to
 * something valid the whole of it is to be built anew; listeners come back by themselves.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ENGINE_H
#define SERVER_ENGINE_H

#include "server/server.h"

struct engine_options {
	const char *site;
	/* The address to listen at, on the heap; becomes the one with its real port, so that a reload keeps it. NULL: nobody is
	 * served, and no files are read. */
	char **where;
	bool allow_removal; /* what the feeds' gate refuses is done, at the first import */
	/* All runs; and: the loop has ended, and what is the caller's on it must be closed. Either may be NULL. */
	void (*started)(void *data, struct server *server);
	void (*stopping)(void *data, struct server *server);
	void *data;
};

/* Until told to stop; an exit code. Faults have been printed. *reload: it is to be run again. */
int engine_run(const struct engine_options *options, bool *reload);

#endif
