/* module_fetch_table.c - what the module gives.
 * SPDX-License-Identifier: MIT */
#include "server/module_fetch.h"

__attribute__((visibility("default"))) const struct fetch_functions carillon_fetch = {
	.version = FETCH_VERSION,
	.init = fetch_init,
	.create = fetch_create,
	.destroy = fetch_destroy,
	.start = fetch_start,
	.wait = fetch_wait,
	.under_way = fetch_under_way,
	.wake = fetch_wake,
	.post = fetch_post,
};
