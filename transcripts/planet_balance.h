/* planet_balance.h - XML whose tags don't match, made to: an end tag closes what stands open inside its element, one
 * without a beginning goes, and what is open at the end is closed. libxml2's own recovery takes each end tag for the
 * innermost element, after which all that follows stands inside one another. For planet_feed_xml.c. Pure; linear.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_BALANCE_H
#define TRANSCRIPTS_PLANET_BALANCE_H

#include "base/buf.h"

/* Appends the text without its XML declaration. Tags that would nest deeper than 200 are left out, their text stays. */
void planet_balance(struct span utf8, struct buf *out);

#endif
