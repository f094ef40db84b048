/* planet_feed_parts.h - what the planet's readers share. For planet_feed*.c and planet_page.c only.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_FEED_PARTS_H
#define TRANSCRIPTS_PLANET_FEED_PARTS_H

#include "transcripts/planet_feed.h"

struct planet_feed *planet_feed_create(const char *kind);
struct planet_entry *planet_add_entry(struct planet_feed *f);
void planet_entry_add_tag(struct planet_entry *e, struct span tag);
/* Adds it, where the address is safe and new. */
void planet_entry_add_enclosure(struct planet_entry *e, struct span base, struct span url, struct span type,
	int64_t bytes);
struct planet_subscription *planet_add_subscription(struct planet_feed *f);
/* An empty field takes the address, absolute and safe; others are left alone. */
void planet_set_url(char **field, struct span base, struct span url, bool is_link);
/* A plain text as one line, from HTML where is_html. */
void planet_set_title(char **field, struct span text, bool is_html);
/* "ada@example.org (Ada)", "Ada <ada@example.org>", "Ada": taken apart. */
void planet_set_author(char **name, char **email, struct span text);
/* Sees to it that an entry has an id, and a content where it has a summary only. */
void planet_entry_conclude(struct planet_entry *e);

enum err planet_read_xml(struct planet_feed *f, const struct planet_input *in, struct why *why) NODISCARD;
struct cJSON;
enum err planet_read_json(struct planet_feed *f, const struct planet_input *in, const struct cJSON *json,
	struct why *why) NODISCARD;

#endif
