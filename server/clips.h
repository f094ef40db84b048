/* clips.h - windows of stations that listeners ask for, rendered again from the log. A worker renders a clip once into
 * var/clips, whoever asks for it meanwhile waits for the same one; players come back for ranges of it. Files of an earlier
 * run are removed at the start, the oldest when they get too many: another run may have another configuration. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CLIPS_H
#define SERVER_CLIPS_H

#include "audio/encoder.h"
#include "server/filter.h"
#include "server/http.h"

enum {
	CLIPS_AT_ONCE = 2,                /* renderings; more are told to come back */
	CLIPS_WAITERS = 64,               /* requests that wait for one of them */
	CLIPS_BYTES = 256 << 20,          /* in var/clips */
	CLIP_MAX_MS = 10 * 60 * 1000,
	CLIP_SETTLED_MS = 60000,          /* a window that ended later than this ago isn't kept: events may still come */
};

struct clips;

/* var: the site's; must outlive it. */
struct clips *clips_create(struct server *server);
void clips_destroy(struct clips *c); /* accepts NULL; after the loop has ended */

struct clip {
	const struct config_station *station;
	struct filter filter;
	int64_t from_ms, to_ms;
	enum encoder_format format;
};

/* Answers the request, now or later; takes the filter. */
void clips_answer(struct clips *c, struct clip *clip, struct http *h);

#endif
