/* feed_xml.h - elements, attributes and dates of a feed in XML, for feed*.c. Text is escaped; what says nothing isn't
 * written. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_XML_H
#define TRANSCRIPTS_FEED_XML_H

#include "base/buf.h"

/* <name>text</name>, without blanks around; nothing for a NULL or blank text. */
void feed_xml_element(struct buf *out, const char *indent, const char *name, const char *text);
/* ` name="value"`; nothing for a NULL or blank value. */
void feed_xml_attribute(struct buf *out, const char *name, const char *value);
void feed_xml_open(struct buf *out, const char *indent, const char *name); /* "<name": attributes may follow */
/* Ends what feed_xml_open began: "/>", or ">text</name>". */
void feed_xml_close(struct buf *out, const char *name, const char *text);
/* RFC 2822, as RSS has it; RFC 3339, as Atom. */
void feed_xml_date(struct buf *out, const char *indent, const char *name, int64_t ms);
void feed_xml_iso_date(struct buf *out, const char *indent, const char *name, int64_t ms);
void feed_xml_number(struct buf *out, const char *indent, const char *name, int64_t value); /* nothing for 0 or less */
/* HTML in CDATA, as Apple wants it. */
void feed_xml_html(struct buf *out, const char *indent, const char *name, struct span html);
/* Offset of the first "]]>", or text.n. */
size_t feed_xml_cdata_end(struct span text);

#endif
