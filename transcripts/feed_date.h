/* feed_date.h - the dates that feeds carry: RFC 822 with everything that went wrong with it, ISO 8601 and its W3C
 * profile down to a year alone, C's asctime, seconds since the epoch. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_DATE_H
#define TRANSCRIPTS_FEED_DATE_H

#include "base/span.h"

/* False: it is no date, or a date that doesn't exist. *slip: NULL, or what had to be guessed ("it says no zone; UTC was
 * taken"). A date without a time is its midnight in UTC, and that is no slip. */
bool feed_date_parse(struct span text, int64_t *ms, const char **slip);

#endif
