/* SPDX-License-Identifier: MIT */
#include "server/module_fetch.h"

#include "server/module.h"

struct module module_fetch = {.name = "fetch", .version = FETCH_VERSION, .without = "nothing can be fetched from the web"};

static const struct fetch_functions *get(struct why *why)
{
	return module_load(&module_fetch, why);
}

void fetch_init(void)
{
	const struct fetch_functions *f = get(NULL);
	if (f)
		f->init();
}

struct fetcher *fetch_create(const struct fetch_options *options)
{
	const struct fetch_functions *f = get(NULL);
	return f ? f->create(options) : NULL;
}

int fetch_post(const char *url, struct span form, struct why *why)
{
	const struct fetch_functions *f = get(why);
	return f ? f->post(url, form, why) : 0;
}

/* Who has a fetcher has the module. */
static const struct fetch_functions *loaded(void)
{
	return module_fetch._table;
}

void fetch_destroy(struct fetcher *f)
{
	if (f)
		loaded()->destroy(f);
}

void fetch_start(struct fetcher *f, const struct fetch_request *request, fetch_done *done, void *data)
{
	loaded()->start(f, request, done, data);
}

void fetch_wait(struct fetcher *f, int timeout_ms)
{
	loaded()->wait(f, timeout_ms);
}

size_t fetch_under_way(const struct fetcher *f)
{
	return loaded()->under_way(f);
}

void fetch_wake(struct fetcher *f)
{
	loaded()->wake(f);
}
