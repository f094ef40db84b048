/* Other people's feeds for the planet: RSS, Atom, CDF, JSON Feed, OPML, and a planet's page as text; the HTML in them. What
 * comes out is UTF-8 and harmless, and cleaning it again changes nothing.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "transcripts/html_markdown.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed.h"
#include "transcripts/planet_page.h"
#include "transcripts/planet_url.h"

/* Only these begin a tag that the cleaner writes, and no event or address of another kind is in one. */
static void check_html(struct span html)
{
	struct buf again = {0};
	ASSERT(utf8_is_valid(html));
	for (size_t i = 0; i < html.n; i++) {
		struct span rest = span_from(html, i);
		ASSERT(rest.p[0] != '<' || (rest.n > 1 && (rest.p[1] == '/' || (rest.p[1] >= 'a' && rest.p[1] <= 'z'))));
		ASSERT(!span_starts(rest, "<script") && !span_starts(rest, "<style") && !span_starts(rest, "<iframe"));
		ASSERT(!span_starts(rest, "href=\"javascript") || i == 0 || html.p[i - 1] != ' ');
	}
	planet_clean(&again, html, span_of(""));
	ASSERT(span_equal(buf_view(&again), html));
	buf_finish(&again);
}

static void check_entries(const struct planet_feed *f)
{
	for (size_t i = 0; i < f->n_entries; i++) {
		const struct planet_entry *e = &f->entries[i];
		ASSERT(*e->guid);
		ASSERT(!*e->url || planet_url_is_safe(span_of(e->url), true));
		check_html(span_of(e->content));
		check_html(span_of(e->summary));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct dialect_faults faults = fuzz_faults();
	struct planet_feed *f, **feeds;
	struct why why;
	struct buf out = {0};
	size_t n;
	const struct planet_input in = {text, span_of("text/xml; charset=iso-8859-1"), "https://a.example/f", &faults};
	if (planet_feed_read(&in, &f, &why) == OK) {
		check_entries(f);
		planet_feed_destroy(f);
	}
	if (planet_page_read(text, &faults, &feeds, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++)
			check_entries(feeds[i]);
		planet_page_free(feeds, n);
	}
	planet_clean(&out, text, span_of("https://a.example/"));
	check_html(buf_view(&out));
	buf_clear(&out);
	/* Notes of a show that moves in. */
	html_to_markdown(&out, text, SPAN_LITERAL("https://a.example/"));
	text_to_markdown(&out, text);
	buf_finish(&out);
	return 0;
}
