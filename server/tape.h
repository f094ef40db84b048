/* tape.h - a window of a station out of the log into a sound file: what `carillon render` and clips have in common.
 * Blocking; reads the log beside whoever writes it. Any thread but the loop's.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TAPE_H
#define SERVER_TAPE_H

#include <stdatomic.h>

#include "audio/render.h"
#include "server/config.h"
#include "server/filter.h"

struct tape {
	const struct config *config;
	const struct config_station *station;
	const struct filter *filter; /* narrows the station; NULL: it doesn't */
	const char *var;                 /* the site's */
	int64_t from_ms, to_ms;          /* [from, to) of the events' time */
	double speed;                    /* > 0; 1 = as it was */
	const char *path;                /* replaced whole, or left as it was */
	enum encoder_format format;
	void (*progress)(void *data, uint64_t done, uint64_t total); /* as render_job's; may be NULL */
	void *data;
	const atomic_bool *stop;         /* true: it ends soon, with E_GONE and no file; may be NULL */
};

/* E_GONE: nothing was ever logged there. */
enum err tape_record(const struct tape *t, struct render_result *result, struct why *why) NODISCARD;

#endif
