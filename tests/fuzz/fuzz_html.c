/* What is written in angle brackets: Podcasting 2.0's HTML, Podlove's chapters, hand-written notes, inline markup.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "transcripts/chapters.h"
#include "transcripts/html_notes.h"
#include "transcripts/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size), rest = text, line;
	struct dialect_faults faults = fuzz_faults();
	struct html_notes notes = {0};
	struct buf out = {0};
	char reason[200];
	struct document *d = document_create(DOCUMENT_EPISODE);
	fuzz_dialect(&dialect_podcasting_html, text);
	fuzz_dialect(&dialect_ttml, text);
	/* XML comes in as UTF-8 (encoding.h). */
	if (utf8_is_valid(text))
		chapters_read(chapters_detect(text, reason, sizeof reason), d, text, &faults);
	size_t n_lines = 0;
	while (span_next_line(&rest, &line)) {
		html_notes_line(&notes, line, &out);
		n_lines++;
	}
	/* A line stays on its line. */
	for (size_t i = 0; i < out.n; i++)
		n_lines -= out.p[i] == '\n';
	ASSERT(n_lines == 0);
	html_notes_finish(&notes);
	buf_clear(&out);
	markup_to_text(&out, text);
	markup_html_to_text(&out, text);
	markup_decode_references(&out, text);
	markup_paragraph_to_text(&out, text);
	document_destroy(d);
	buf_finish(&out);
	return 0;
}
