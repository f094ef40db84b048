/* module_fetch.h - what of this program needs libcurl and its thirty libraries: whatever is fetched from the web.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MODULE_FETCH_H
#define SERVER_MODULE_FETCH_H

#include "server/fetch.h"

/* Raise it with any change of this struct or of what its functions do. */
enum { FETCH_VERSION = 1 };

struct fetch_functions {
	int version;
	void (*init)(void);
	struct fetcher *(*create)(const struct fetch_options *options);
	void (*destroy)(struct fetcher *f);
	void (*start)(struct fetcher *f, const struct fetch_request *request, fetch_done *done, void *data);
	void (*wait)(struct fetcher *f, int timeout_ms);
	size_t (*under_way)(const struct fetcher *f);
	void (*wake)(struct fetcher *f);
	int (*post)(const char *url, struct span form, struct why *why);
};

extern const struct fetch_functions carillon_fetch;

#endif
