/* takeover_parts.h - what the takeover's files share. For takeover*.c only.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TAKEOVER_PARTS_H
#define TRANSCRIPTS_TAKEOVER_PARTS_H

#include "transcripts/collection.h"
#include "transcripts/takeover.h"
#include "transcripts/xml_tree.h"

/* Takes the text over; NULL for an empty one. */
const char *takeover_keep(struct takeover *t, char *text);
/* The show's facts: those that a collection has, and those that stand in the channel (NULL for JSON Feed). base: what
 * its addresses are seen from. */
void takeover_read_show(struct takeover *t, const struct show_record *record, const xmlNode *channel, struct span base);
/* Absolute; "" where it is none that a page may link to. Owned by the caller. */
char *takeover_address(struct span base, const char *url);

#endif
