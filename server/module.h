/* module.h - parts of this program whose libraries few commands need: loading those would be most of the time that a command takes
 * to start. Each is a shared object, carillon-NAME.so, beside the program where it was built, in LIBDIR/carillon where it is
 * installed. In the program a file of stubs (module_NAME.c) stands for its functions and loads it at the first call; tests are
 * linked with the functions themselves. Any thread, but the first load is better the main thread's, before there are
 * others: libraries leave things behind in the thread that loads them.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MODULE_H
#define SERVER_MODULE_H

#include <stdbool.h>

#include "base/err.h"

struct module {
	const char *name;
	int version;         /* that its table must have: a program that runs while it is replaced finds a new module */
	const char *without; /* what the program can't do then */
	const void *_table;
	bool _is_tried;
	struct why _why;
};

/* The module's only symbol, carillon_NAME: a struct whose first member is an int, its version. E_GONE: it can't be loaded. */
const void *module_load(struct module *m, struct why *why);
/* Says so where the module isn't there at all: half a program was installed. */
void module_check(const struct module *m);

extern struct module module_codecs, module_fetch, module_speaker;

#endif
