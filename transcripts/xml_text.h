/* xml_text.h - XML as people serve it, made into what a parser takes without looking anywhere else: UTF-8, no document
 * type, no entities, no comments, no characters that XML forbids. Lines stay where they are. libxml2 never sees the
 * declaration of an entity, so nothing can be expanded or fetched. Pure; any thread.
 *
 * Entities: XML's own, HTML's by name, and those that the document itself declares as plain text of at most 256 bytes.
 * Refused (E_DENIED): an entity that is declared by another (billion laughs), entities that make the text 1 MiB longer.
 * Refused (E_LIMIT): more than 512 attributes in a tag, 256 namespaces in force. One that is kept in another file is
 * reported, and its name stays in the text.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_XML_TEXT_H
#define TRANSCRIPTS_XML_TEXT_H

#include "base/buf.h"
#include "transcripts/dialect.h"

/* Appends to out. Faults count in *n_faults. */
enum err xml_text_tidy(struct span utf8, struct buf *out, const struct dialect_faults *faults, size_t *n_faults,
	struct why *why) NODISCARD;

/* The bytes as UTF-8: by byte order mark, by the pattern of UTF-16 and UTF-32, UTF-8 if that is what they are, by the
 * XML declaration, by their letters (encoding.h); else windows-1252. *text is borrowed from bytes or from room. What
 * the declaration got wrong is reported. */
void xml_text_decode(struct span bytes, struct span *text, struct buf *room, const struct dialect_faults *faults,
	size_t *n_faults);

/* Whether these bytes begin as XML does, in any of those encodings. */
bool xml_text_is_likely(struct span bytes);

#endif
