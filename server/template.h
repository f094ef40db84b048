/* template.h - pages from web/templates: a small Mustache ({{x}} escaped, {{{x}}} as it is, {{#x}} {{^x}} {{/x}} {{>part}},
 * dotted names, {{.}}) over cJSON data. No C library for Mustache is in Debian 12. {{asset:station.js}} gives the asset's
 * cacheable URL. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TEMPLATE_H
#define SERVER_TEMPLATE_H

#include "base/buf.h"
#include "base/json.h"

/* Renders web/templates/NAME.html inside web/templates/layout.html, whose {{{content}}} it becomes; data also gives
 * layout's {{title}}, {{site}}, {{description}}. A template that is broken ends the program: they are ours, built in. */
void template_page(const char *name, const cJSON *data, struct buf *out);
/* One template alone. */
void template_render(const char *name, const cJSON *data, struct buf *out);

#endif
