/* collection_schedule.h - what a conference's schedule means, whether it is XML or JSON. For collection_schedule*.c
 * only.
 * Source: publishing.md 3.9; pentabarf, frab, pretalx and the hub write it, each in its own way.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COLLECTION_SCHEDULE_H
#define TRANSCRIPTS_COLLECTION_SCHEDULE_H

#include "transcripts/collection_parts.h"

/* A day of the programme. It may end after midnight: what starts before the day does belongs to the night. */
struct schedule_day {
	int64_t date_ms;          /* its midnight, as if local time were UTC; INT64_MIN = not said */
	int64_t offset_ms;        /* of local time, where the day's start or end says so */
	int64_t start_ms, end_ms; /* INT64_MIN = not said */
	int64_t change_ms;        /* into the day: without a start, what is earlier than that is the next morning */
};
void schedule_day_init(struct schedule_day *d, struct span date, struct span start, struct span end,
	struct span change);
/* The date-time where there is one, else day and time of day ("09:30"); INT64_MIN where neither can be read. */
int64_t schedule_start_ms(const struct schedule_day *d, struct span date, struct span start);
/* "00:30" (hours and minutes!), "1:30:00", "PT45M", "45" (minutes), "2700" (seconds: no talk lasts 14 hours). */
bool schedule_duration(struct span text, int64_t *ms);
/* Description is the subtitle; notes are the abstract and what follows it, each once. */
void schedule_set_texts(struct document *d, struct span subtitle, struct span abstract, struct span description);
/* url as a browser would follow it from base: "//host/x" and "/x" too. Owned by the caller. */
char *schedule_url(struct span base, struct span url);
void schedule_add_link(struct document *d, struct span base, struct span url, struct span label);
void schedule_add_media(struct document *d, struct span base, struct span url);
/* Slug, guid and conference where the source left them open. */
void schedule_conclude(struct document *d, struct span code, struct span id, struct slug_set **slugs);

#endif
