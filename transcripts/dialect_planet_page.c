/* A planet's page saved as text: date headings, blogs' names, posts that end in `by NAME at DATE`. Recognised, so that
 * its many times of day aren't taken for a transcript. As a document it is declined: the importer takes its posts to the
 * planet (planet_page.h).
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/planet_footer.h"

static int detect(struct span text, char *reason, size_t room)
{
	struct lines lines;
	size_t n_dates = 0, n_posts = 0, n_lines = 0;
	bool titled = false;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		struct span line = lines.line;
		if (line.n == 0)
			continue;
		if (n_lines++ == 0)
			titled = span_starts(line, "Planet ");
		int64_t ms;
		struct span name;
		n_dates += planet_page_date(line, &ms) == line.n;
		n_posts += span_starts(line, "by ") && planet_page_footer(line, &name, &ms);
	}
	if (n_posts == 0)
		return 0;
	snprintf(reason, room, "%zu posts end in 'by NAME at DATE' under %zu dates%s", n_posts, n_dates,
		titled ? ", and it calls itself a planet" : "");
	return n_posts >= 2 && n_dates >= 1 ? 96 : titled ? 80 : 10;
}

const struct dialect dialect_planet_page = {
	.name = "planet page (posts of several blogs)",
	.label = "planet-page",
	.detect = detect,
	.decline = "it gathers posts of several blogs, which belong to the planet, and holds no episode and no transcript",
};
