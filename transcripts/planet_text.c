/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_text.h"

#include "base/escape.h"

/* How a paragraph of plain text is written: what code and lists look like in it. */
enum shape { PLAIN, CODE, BULLETS };

static bool is_bullet(struct span line, struct span *text)
{
	line = span_trim(line);
	*text = span_trim(span_from(line, strlen("\xE2\x80\xA2")));
	return span_starts(line, "\xE2\x80\xA2");
}

static enum shape shape_of(struct span block)
{
	struct span line, text;
	size_t n = 0, n_bullets = 0, n_indented = 0;
	while (span_next_line(&block, &line)) {
		n++;
		n_bullets += is_bullet(line, &text);
		n_indented += span_starts(line, "  ") || span_starts(line, "\t");
	}
	return n_bullets == n ? BULLETS : n > 1 && n_indented ? CODE : PLAIN;
}

static void put_block(struct buf *out, struct span block)
{
	struct span line, text;
	enum shape shape = shape_of(block);
	if (shape == CODE) {
		buf_text(out, "<pre>");
		escape_html(out, block);
		buf_text(out, "</pre>");
		return;
	}
	buf_text(out, shape == BULLETS ? "<ul>" : "<p>");
	for (bool first = true; span_next_line(&block, &line); first = false) {
		bool bullet = shape == BULLETS && is_bullet(line, &text);
		buf_text(out, bullet ? "<li>" : first ? "" : "<br>");
		escape_html(out, bullet ? text : span_trim(line));
		if (bullet)
			buf_text(out, "</li>");
	}
	buf_text(out, shape == BULLETS ? "</ul>" : "</p>");
}

void planet_text_to_html(struct buf *out, struct span text)
{
	struct span line;
	/* The first line's indentation counts. */
	struct span end = span_trim(text);
	while (text.n && end.n && (text.p[0] == '\n' || text.p[0] == '\r'))
		text = span_from(text, 1);
	text.n = end.n ? (size_t)(end.p + end.n - text.p) : 0;
	if (span_find(text, '\n') == text.n && span_find(text, '\r') == text.n) {
		escape_html(out, span_trim(text));
		return;
	}
	struct span block = span_make(text.p, 0);
	while (span_next_line(&text, &line)) {
		if (span_trim(line).n) {
			if (!block.n)
				block.p = line.p;
			block.n = (size_t)(line.p + line.n - block.p);
		} else if (block.n) {
			put_block(out, block);
			block.n = 0;
		}
	}
	if (block.n)
		put_block(out, block);
}
