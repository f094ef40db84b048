/* SPDX-License-Identifier: MIT */
#include "server/soundbite_lines.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/dialect.h"

enum { SHORTEST_MS = 15000, LONG_ENOUGH_MS = 60000, LONGEST_MS = 120000, TITLE_BYTES = 80 };

static bool ends_sentence(struct span text)
{
	text = span_trim(text);
	while (text.n && strchr("\"')", text.p[text.n - 1]))
		text.n--;
	return text.n && strchr(".?!", text.p[text.n - 1]);
}

/* Where the sentence ends that makes it long enough. */
static int64_t end_after(const struct transcript *t, int64_t start_ms)
{
	int64_t end_ms = start_ms + SHORTEST_MS;
	for (size_t i = 0; t && i < t->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		if (cue->untimed || cue->start_ms < start_ms)
			continue;
		if (cue->end_ms > start_ms + LONGEST_MS)
			break;
		end_ms = cue->end_ms > end_ms ? cue->end_ms : end_ms;
		if (end_ms - start_ms >= LONG_ENOUGH_MS || (end_ms - start_ms > SHORTEST_MS && ends_sentence(cue->text)))
			break;
	}
	return end_ms;
}

/* The snippet without its marks, in quotes; cut where it is long. */
static void add_title(struct buf *out, struct span html)
{
	const struct { const char *html, *text; } known[] = {{"<mark>", ""}, {"</mark>", ""}, {"&lt;", "<"}, {"&gt;", ">"},
		{"&quot;", "\\\""}, {"&#39;", "'"}, {"&amp;", "&"}, {"\\", "\\\\"}, {"\n", " "}};
	size_t first = out->n;
	buf_char(out, '"');
	for (size_t n; html.n && out->n - first < TITLE_BYTES; html = span_from(html, n)) {
		n = 0;
		for (size_t i = 0; i < COUNT_OF(known) && !n; i++)
			if (span_starts(html, known[i].html)) {
				buf_text(out, known[i].text);
				n = strlen(known[i].html);
			}
		if (!n) {
			uint32_t c;
			n = utf8_decode(html, &c);
			utf8_append(out, c);
		}
	}
	buf_text(out, html.n ? "\xE2\x80\xA6\"" : "\"");
}

void soundbite_lines(struct archive *a, const struct search_hit *hit, struct buf *out)
{
	struct archive_item *item = archive_item_by_id(a, hit->item->id);
	if (!item)
		return;
	if (item->kind != ARCHIVE_EPISODE || item->part[0]) {
		buf_format(out, "# %s: no page of an episode, so there is no front matter to put a soundbite in\n", item->path);
		archive_item_free(item);
		return;
	}
	struct transcript *t = archive_transcript(a, item->id);
	size_t n = 0;
	buf_format(out, "# %s\n", item->path);
	for (size_t i = 0; i < hit->n_moments; i++) {
		const struct search_moment *m = &hit->moments[i];
		int64_t start_ms = (int64_t)(m->start * 1000 + 0.5);
		if (!m->html[0] || m->is_chapter)
			continue;
		buf_text(out, n++ ? "  - {start: " : "soundbites:\n  - {start: ");
		stamp_write(out, start_ms, false);
		buf_text(out, ", end: ");
		stamp_write(out, end_after(t, start_ms / 1000 * 1000) + 999, false);
		buf_text(out, ", title: ");
		add_title(out, span_of(m->html));
		buf_text(out, "}\n");
	}
	if (!n)
		buf_text(out, "# found in its title, notes or chapters alone\n");
	transcript_destroy(t);
	archive_item_free(item);
}
