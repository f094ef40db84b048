/* verb_media.h - what verb_media.c and verb_media_make.c share.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_VERB_MEDIA_H
#define SERVER_VERB_MEDIA_H

#include <stdbool.h>

#include "base/err.h"
#include "transcripts/media_store.h"

struct verb_media_options {
	const char *site, *output, *target, *heights; /* NULL: not said */
	bool agrees, is_png;
};

/* The site's store; *store NULL where there is no site, unless there must be one. What is wrong has been printed. */
enum err verb_media_store(const char *site, bool must_be, struct media_store **store) NODISCARD;
/* data: what it is that goes on. Only on a terminal. */
void verb_media_progress(void *data, int thousandths);
void verb_media_clear_progress(void);

/* Each returns the exit code. */
int verb_media_normalise(const struct verb_media_options *o, const char *file);
int verb_media_renditions(const struct verb_media_options *o, const char *file);
int verb_media_artwork(const struct verb_media_options *o, const char *file);

#endif
