/* publish_gone.h - what was taken down (transcripts/takedown.h), for `publish`: what isn't written, and what former runs wrote
 * that must go.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_GONE_H
#define SERVER_PUBLISH_GONE_H

#include "server/publish.h"
#include "server/publish_output.h"
#include "transcripts/archive.h"

struct gone_places;
/* archive: borrowed until it is freed; NULL: nothing was imported. */
struct gone_places *gone_places_read(struct archive *archive);
void gone_places_free(struct gone_places *g); /* accepts NULL */
/* Calls each for the address of every page that was taken down whole. */
void gone_places_each(const struct gone_places *g, void (*each)(void *data, const char *address), void *data);
/* This file of the media folder isn't to be published. */
bool gone_places_take_media(const struct gone_places *g, const char *name);

/* output_settle; what may still tell of something that was taken down goes, whether old files are to go or not. */
enum err gone_settle(struct server *server, const struct publish_options *options, struct output *output, uint64_t made_from,
	struct output_counts *counts, struct why *why) NODISCARD;

#endif
