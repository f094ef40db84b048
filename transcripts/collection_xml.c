/* SPDX-License-Identifier: MIT */
#include "transcripts/collection_xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/xml_text.h"

enum { HEAD = 65536 }; /* a multiple of 4: no character of UTF-16 or UTF-32 is cut */

static struct {
	enum err e;
	const char *decline;
} const declines[] = {
	{E_DENIED, "it declares entities that could grow without end, and was not read; write their text itself"},
	{E_LIMIT, "it has more attributes or namespaces than a feed or schedule can have, and was not read"},
	{E_FORMAT, "there is no element in it that can be read"},
};

bool xml_reading_begin(struct xml_reading *r, struct collection *c, const char *path, struct span text,
	const struct dialect_faults *faults)
{
	struct why why = {0};
	*r = (struct xml_reading){.c = c, .path = path, .faults = faults};
	enum err e = xml_tree_read(&r->tree, text, faults, &why);
	c->n_faults += r->tree.n_faults;
	if (e == OK)
		return true;
	if (why.text[0])
		collection_report(c, faults, why.line, "%s", why.text);
	for (size_t i = 0; i < COUNT_OF(declines); i++)
		if (declines[i].e == e)
			c->decline = declines[i].decline;
	return false;
}

void xml_reading_finish(struct xml_reading *r)
{
	xml_tree_finish(&r->tree);
	slug_set_destroy(r->slugs);
}

void xml_reading_fault(struct xml_reading *r, const xmlNode *at, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	collection_report(r->c, r->faults, xml_line(at), "%s", text.p);
	buf_finish(&text);
}

void xml_set_line(char **field, const xmlNode *node)
{
	char *text = xml_content(node);
	if (*text)
		collection_set_line(field, span_of(text));
	free(text);
}

void xml_set_text(char **field, const xmlNode *node)
{
	char *text = xml_content(node);
	text_dedent(text);
	if (*text)
		collection_set_text(field, span_of(text));
	free(text);
}

static void set_url(char **field, const xmlNode *node, char *text)
{
	if (*text) {
		/* Broken over lines, an address is still one. */
		char *line = mem_strdup("");
		collection_set_line(&line, span_of(text));
		char *url = xml_resolve(node, line);
		document_set(field, span_of(url));
		free(url);
		free(line);
	}
	free(text);
}

void xml_set_url(char **field, const xmlNode *node)
{
	set_url(field, node, xml_content(node));
}

void xml_set_url_attribute(char **field, const xmlNode *node, const char *attribute)
{
	set_url(field, node, xml_attribute(node, attribute));
}

/* Behind what may stand before the first element. */
static struct span skip_prolog(struct span s)
{
	for (;;) {
		s = span_trim(s);
		if (span_starts(s, "<!--")) {
			s = span_from(s, span_search(s, SPAN_LITERAL("-->"), 4) + 3);
		} else if (span_starts(s, "<?")) {
			s = span_from(s, span_find(s, '>') + 1);
		} else if (span_starts(s, "<!")) {
			size_t open = span_find(s, '['), end = span_find(s, '>');
			if (open < end)
				end = span_search(s, SPAN_LITERAL(">"), span_search(s, SPAN_LITERAL("]"), open));
			s = span_from(s, end + 1);
		} else {
			return s;
		}
	}
}

void xml_find_root(struct span bytes, struct xml_root *out)
{
	struct buf room = {0};
	struct span text;
	size_t n_faults = 0;
	*out = (struct xml_root){.name = ""};
	if (!xml_text_is_likely(bytes))
		return;
	xml_text_decode(span_make(bytes.p, bytes.n < HEAD ? bytes.n : HEAD), &text, &room, NULL,
		&n_faults);
	struct span s = skip_prolog(text);
	if (s.n > 1 && s.p[0] == '<') {
		struct span tag = span_make(s.p + 1, span_find(s, '>') - 1);
		size_t n = 0, start = 0;
		while (n < tag.n && !strchr(" \t\r\n/>", tag.p[n])) {
			if (tag.p[n] == ':')
				start = n + 1;
			n++;
		}
		snprintf(out->name, sizeof out->name, "%.*s", SPAN_ARG(span_make(tag.p + start, n - start)));
		snprintf(out->tag, sizeof out->tag, "%.*s", SPAN_ARG(tag));
	}
	buf_finish(&room);
}
