/* soundbite_lines.h - the moments of a search as lines for an episode's front matter: `carillon search --soundbites`.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SOUNDBITE_LINES_H
#define SERVER_SOUNDBITE_LINES_H

#include "transcripts/search.h"

/* Appends "# episodes/one.md" and a `soundbites:` list in YAML, a line a moment with a time: from where it is said to the end of a
 * sentence, 15 seconds at least and about a minute at most, as players want them (at most 120). Of an item that is one
 * record of many in its file, which has no front matter, only a comment. a: the archive that was searched. */
void soundbite_lines(struct archive *a, const struct search_hit *hit, struct buf *out);

#endif
