/* template.h - pages from web/templates and, before them, the owner's SITE/templates: a small Mustache ({{x}} escaped, {{{x}}}
 * as it is, {{#x}} {{^x}} {{/x}} {{>part}}, dotted names, {{.}}) over cJSON data. No C library for Mustache is in Debian 12.
 * {{asset:station.js}} gives the asset's cacheable URL. Templates are taken apart once, when they are loaded; a set is
 * read-only then: any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TEMPLATE_H
#define SERVER_TEMPLATE_H

#include "base/buf.h"
#include "base/json.h"

struct templates;

/* Hears what is wrong with the owner's: file as it opens from the current folder, "what is wrong; what to do". */
typedef void template_fault(void *data, const char *file, int line, const char *text);
/* The built-in ones and SITE/templates/NAME.html, which takes the place of the built-in one of that name, or is a part of its
 * own for {{>NAME}}. One that is broken is told of, and the built-in one is used. site NULL: the built-in ones alone.
 * Owned by the caller. */
struct templates *templates_load(const char *site, template_fault *fault, void *data) NODISCARD;
void templates_free(struct templates *t); /* accepts NULL */
/* Of all that the owner's templates say; 0 without any. The same as long as they say the same. */
uint64_t templates_hash(const struct templates *t);

/* Renders NAME inside layout, whose {{{content}}} it becomes; data also gives layout's {{title}}, {{site}}, {{description}}.
 * t NULL: the built-in ones. A built-in one that is broken ends the program. */
void template_page(const struct templates *t, const char *name, const cJSON *data, struct buf *out);
/* One template alone. */
void template_render(const struct templates *t, const char *name, const cJSON *data, struct buf *out);

#endif
