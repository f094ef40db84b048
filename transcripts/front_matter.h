/* front_matter.h - the YAML between two `---` lines at the top of an episode's page, into a struct document. For
 * document.c. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FRONT_MATTER_H
#define TRANSCRIPTS_FRONT_MATTER_H

#include "transcripts/document.h"

enum front_matter_found { FRONT_MATTER_NONE, FRONT_MATTER_OPEN, FRONT_MATTER_WHOLE };

/* Finds the block. FRONT_MATTER_OPEN: it begins but never ends. body_line: the file's line at which the body starts. */
enum front_matter_found front_matter_split(struct span text, struct span *yaml, struct span *body, int *body_line);

/* Parses it into d, whose texts are all allocated by then or NULL. False: not YAML, or no map; why says so. Values of a
 * wrong type are reported and left out. */
bool front_matter_read(struct span yaml, struct document *d, const struct dialect_faults *faults, struct why *why);

/* A duration: "25:01", "1:02:03", seconds ("1501", "1501.5"), "PT25M1S". False when it is none. */
bool front_matter_duration(struct span text, int64_t *ms);

#endif
