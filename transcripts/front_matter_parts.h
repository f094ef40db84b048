/* front_matter_parts.h - the keys of a front matter that hold lists: chapters, people, links. For front_matter.c.
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FRONT_MATTER_PARTS_H
#define TRANSCRIPTS_FRONT_MATTER_PARTS_H

#include "base/yaml_tree.h"
#include "transcripts/document.h"

void front_matter_read_parts(const struct yaml *root, struct document *d, const struct dialect_faults *faults);
/* The id in an address of YouTube's, or the text itself where it is an id; empty when it is neither. */
struct span front_matter_youtube_id(struct span text);
/* The value of a key whose first letter may be a capital (Hosts). */
const struct yaml *front_matter_get(const struct yaml *root, const char *key);

#endif
