/* planet_footer.h - the lines of a planet's page that say when: a day's heading, a post's end. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_FOOTER_H
#define TRANSCRIPTS_PLANET_FOOTER_H

#include "base/span.h"

/* "August 17, 2017" at the start of s; its length, 0 when there is none, and its day as ms since the epoch. */
size_t planet_page_date(struct span s, int64_t *ms);
/* A post's last line: "by NAME at August 17, 2017 02:05 PM", or the time alone. name may be empty. Times are taken for
 * UTC. */
bool planet_page_footer(struct span line, struct span *name, int64_t *ms);

#endif
