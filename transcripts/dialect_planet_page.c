/* A planet's page saved as text: date headings, author headings, posts that end in `by NAME at DATE`. Recognised, so
 * that its many times of day aren't taken for a transcript, and declined.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "transcripts/lines.h"

static size_t month_at(struct span s)
{
	static const char *const months[] = {"January ", "February ", "March ", "April ", "May ", "June ", "July ",
		"August ", "September ", "October ", "November ", "December "};
	for (size_t i = 0; i < COUNT_OF(months); i++)
		if (span_starts(s, months[i]))
			return strlen(months[i]);
	return 0;
}

/* "August 17, 2017" at the start of s; returns its length. */
static size_t date_at(struct span s)
{
	size_t i = month_at(s), day = i;
	if (i == 0)
		return 0;
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	if (i == day || i - day > 2 || i + 6 > s.n || s.p[i] != ',' || s.p[i + 1] != ' ')
		return 0;
	for (size_t k = i + 2; k < i + 6; k++)
		if (s.p[k] < '0' || s.p[k] > '9')
			return 0;
	return i + 6;
}

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
		if (date_at(line) == line.n)
			n_dates++;
		if (!span_starts(line, "by "))
			continue;
		size_t at = span_search(line, SPAN_LITERAL(" at "), 0);
		n_posts += at < line.n && date_at(span_from(line, at + 4)) > 0;
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
	.decline = "it gathers posts of several blogs and holds no episode and no transcript; leave it out of the site",
};
