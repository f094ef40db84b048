/* `MM:SS Speaker: text`, a line a turn; HH:MM:SS after an hour; also `Speaker: HH:MM:SS text`.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"
#include "transcripts/stamped.h"

static int detect(struct span text, char *reason, size_t room)
{
	struct line_census c;
	line_census_take(&c, text);
	if (c.n_labelled == 0)
		return 0;
	snprintf(reason, room, "%zu of %zu lines read '%s Speaker: text'", c.n_labelled, c.n_lines,
		c.has_hours ? "HH:MM:SS" : "MM:SS");
	if (!line_census_is_stamped(&c) || !stamped_has_speakers(&c))
		return 10;
	return 60 + (int)(30 * c.n_stamped / c.n_lines);
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	return stamped_parse(text, first_line, true, faults);
}

const struct dialect dialect_speaker_lines = {
	.name = "speaker lines (MM:SS Speaker: text)",
	.label = "speaker-lines",
	.detect = detect,
	.parse = parse,
};
