/* datatalks.h - a transcript inside an episode's front matter: the list under `transcript:`. For front_matter.c and its
 * dialect. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DATATALKS_H
#define TRANSCRIPTS_DATATALKS_H

#include "base/yaml_tree.h"
#include "transcripts/document.h"

/* Owned; NULL when there is no line that can be read. Its headers become d's chapters (d may be NULL). */
struct transcript *datatalks_read(const struct yaml *list, struct document *d, const struct dialect_faults *faults);

#endif
