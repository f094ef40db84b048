/* planet_text.h - plain text as HTML, for feeds and pages that have no more: an empty line parts paragraphs, lines
 * that begin with a bullet are a list, indented ones are code; a single line stays bare. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_TEXT_H
#define TRANSCRIPTS_PLANET_TEXT_H

#include "base/buf.h"

void planet_text_to_html(struct buf *out, struct span text);

#endif
