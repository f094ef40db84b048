/* schedule_export.h - a conference as schedule.xml (application/vnd.c3voc.schedule+xml), which fahrplan apps and
 * recording crews read; valid against voc/schedule's XSD of 2026. Pure: appended to out; any thread.
 *
 * Times are in UTC. A day of the programme changes at 04:00, unless no talk has a time of day. A GUID that is no UUID
 * becomes one made from it (version 5), the same each time; numbers are made from the GUID too. A talk whose speaker
 * wants no recording is marked so and goes without one. Importing it again gives the same talks: title, start,
 * duration, room, track, kind, language, licence, people, links, notes.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SCHEDULE_EXPORT_H
#define TRANSCRIPTS_SCHEDULE_EXPORT_H

#include "transcripts/collection.h"

/* version: of this programme, any text. *n_left_out: talks without a date, which a schedule can't hold. E_GONE: there
 * is no talk with a date, and so no day; nothing was appended. */
enum err schedule_write_xml(const struct conference *c, const struct document *const *talks, size_t n_talks,
	const char *version, struct buf *out, size_t *n_left_out) NODISCARD;

#endif
