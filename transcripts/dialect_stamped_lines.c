/* `HH:MM:SS text`, a line a cue, nobody named; also `MM:SS text` and stamps on a line of their own.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"
#include "transcripts/stamped.h"

static int detect(struct span text, char *reason, size_t room)
{
	struct line_census c;
	line_census_take(&c, text);
	if (c.n_stamped == 0)
		return 0;
	snprintf(reason, room, "%zu of %zu lines read '%s text'", c.n_stamped, c.n_lines, c.has_hours ? "HH:MM:SS" : "MM:SS");
	if (!line_census_is_stamped(&c) || stamped_has_speakers(&c))
		return 10;
	return 60 + (int)(30 * c.n_stamped / c.n_lines);
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	return stamped_parse(text, first_line, false, faults);
}

const struct dialect dialect_stamped_lines = {
	.name = "stamped lines (HH:MM:SS text)",
	.label = "stamped-lines",
	.detect = detect,
	.parse = parse,
};
