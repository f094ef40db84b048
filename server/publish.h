/* publish.h - the whole site as static files, made by the page builders that serve it: what differs is where links lead.
 * Blocking; a command's thread, which makes as many workers as the machine has processors, each with an archive reader of
 * its own.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_H
#define SERVER_PUBLISH_H

#include "server/publish_output.h"
#include "server/server.h"

enum publish_media { PUBLISH_LINK, PUBLISH_COPY, PUBLISH_NONE };

struct publish_options {
	const char *output;      /* folder */
	bool absolute;           /* links begin with base_url; else they are relative, and the folder can be read anywhere */
	bool prune, compresses;
	bool allow_removal;      /* of items out of feeds */
	bool all;                /* build every page, whatever the last run's list says */
	enum publish_media media;
	/* Each is called from any thread, but never two at a time. */
	void (*progress)(void *data, size_t done, size_t total);
	void (*old)(void *data, const char *file, bool removed); /* of a former run */
	void (*fault)(void *data, const char *file, const char *text);  /* "what is wrong; what to do" */
	void *data;
};

struct publish_result {
	struct output_counts counts;
	bool is_unchanged;       /* nothing was built: all is as the last run left it */
	size_t n_faults;
	size_t n_unannounced;    /* feeds that the hub doesn't know as they are; 0 without one */
	size_t n_refused;        /* feeds that would lose something: nothing was written then */
	size_t n_dead;           /* links within the site that lead to nothing published */
	char *first_dead;        /* owned; "PAGE: ADDRESS" */
};

/* server: config, var, feeds, templates, the readers' lock, and media, which may be NULL. */
enum err publish_run(struct server *server, const struct publish_options *options, struct publish_result *result,
	struct why *why) NODISCARD;

#endif
