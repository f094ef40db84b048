/* xml_text.h - XML as people serve it, made into what a parser takes without looking anywhere else: UTF-8, no document
 * type, no entities, no characters that XML forbids. Lines stay where they are. libxml2 never sees a declaration of an
 * entity, so nothing can be expanded or fetched. Pure; any thread.
 *
 * Encodings: byte order mark, then the declaration, then UTF-8 if the bytes are that, else windows-1252. A declaration
 * that nobody knows, or that the bytes contradict, is reported.
 * Entities: XML's own, HTML's by name, and those that the document's own type declares as plain text of at most 256
 * bytes. One that is declared by other entities (billion laughs) or kept in another file is refused: xml_text_read
 * returns E_DENIED for the first, reports the second and leaves its name in the text.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_XML_TEXT_H
#define TRANSCRIPTS_XML_TEXT_H

#include "transcripts/dialect.h"

struct xml_text {
	struct buf utf8;      /* starts after the XML declaration, whose place is taken by blanks */
	int n_faults;
	const struct dialect_faults *_faults;
	char **_names, **_values; /* declared entities */
	size_t _n;
};

/* out is zeroed, and is finished by the caller also after an error. E_DENIED: see above; why says it. */
enum err xml_text_read(struct xml_text *out, struct span bytes, const struct dialect_faults *faults, struct why *why)
	NODISCARD;
void xml_text_finish(struct xml_text *t);

/* True when the bytes can be XML at all: "<" comes first in one of the encodings that XML may have. */
bool xml_text_is_likely(struct span bytes);

#endif
