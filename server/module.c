/* SPDX-License-Identifier: MIT */
#include "server/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Beside the program, or where its installation has it; owned by the caller. */
static char *module_path(const struct module *m)
{
	static const char *const places[] = {"", "../" CARILLON_LIBDIR "/carillon/"};
	char program[PATH_MAX];
	struct buf path = {0};
	ssize_t n = readlink("/proc/self/exe", program, sizeof program);
	size_t folder = n > 0 ? (size_t)n : 0;
	while (folder && program[folder - 1] != '/')
		folder--;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		buf_clear(&path);
		buf_add(&path, program, folder);
		buf_format(&path, "%scarillon-%s.so", places[i], m->name);
		if (file_exists(path.p))
			break;
	}
	return buf_take(&path);
}

static void load(struct module *m)
{
	char *path = module_path(m);
	struct buf symbol = {0};
	buf_format(&symbol, "carillon_%s", m->name);
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const int *version = module ? dlsym(module, symbol.p) : NULL;
	if (!version)
		(void)why_set(&m->_why, E_GONE, "%.160s; install carillon whole", dlerror());
	else if (*version != m->version)
		(void)why_set(&m->_why, E_GONE, "%.160s is another version's; start carillon again", path);
	else
		m->_table = version;
	buf_finish(&symbol);
	free(path);
}

const void *module_load(struct module *m, struct why *why)
{
	pthread_mutex_lock(&lock);
	if (!m->_is_tried)
		load(m);
	m->_is_tried = true;
	pthread_mutex_unlock(&lock);
	if (!m->_table)
		(void)why_set(why, E_GONE, "%s", m->_why.text);
	return m->_table;
}

void module_check(const struct module *m)
{
	char *path = module_path(m);
	if (!file_exists(path))
		diag_fault(NULL, 0, "%s isn't there: %s; install carillon whole", path, m->without);
	free(path);
}
