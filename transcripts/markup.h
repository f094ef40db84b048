/* markup.h - markup reduced to the text a person reads: entities, inline HTML, Markdown links. For dialect_*.c only.
 * Linear in the input; pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MARKUP_H
#define TRANSCRIPTS_MARKUP_H

#include "base/buf.h"

/* Appends text with its character references decoded (HTML 4's names, decimal, hexadecimal); what isn't one stays. */
void markup_decode_entities(struct buf *out, struct span text);
/* The same by HTML's rule for text, which WebVTT follows: the oldest names need no semicolon ("&amp", "&notit;"). */
void markup_decode_references(struct buf *out, struct span text);
/* Appends HTML's inline markup as plain text, as captions have it: known tags and comments go, entities are decoded. */
void markup_html_to_text(struct buf *out, struct span text);
/* Appends one paragraph of Markdown as plain text: as markup_to_text, and backslash escapes are undone and the marks of
 * emphasis go. */
void markup_paragraph_to_text(struct buf *out, struct span text);
/* Calls each for every link of a text that markup_to_text reads: [label](url "title") and <a href="url">label</a>. The label
 * still has its own markup. */
void markup_each_link(struct span text, void (*each)(void *data, struct span url, struct span label), void *data);
/* Appends Markdown with inline HTML as plain text: links become what they are called, <q> becomes quotation marks,
 * other known tags, comments and code marks go, entities are decoded. What isn't known markup stays as it is. */
void markup_to_text(struct buf *out, struct span text);

#endif
