/* hashtag.h - the #tags in a line of text, for the mappings. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HASHTAG_H
#define SERVER_HASHTAG_H

#include "base/span.h"

/* Cuts the next tag off *rest into *tag, with its sign: '#' or U+FF03 at the start of the text or after white space,
 * then letters, digits and '_' of any script. False when there is none left. at_start: whether *rest is at the start of
 * the text or after white space; kept between calls. */
bool hashtag_next(struct span *rest, bool *at_start, struct span *tag);

#endif
