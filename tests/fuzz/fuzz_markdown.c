/* Markdown: Changelog's speakers, a transcript in the front matter, chapters in notes.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "transcripts/chapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialect_faults faults = fuzz_faults();
	struct span text = span_make((const char *)data, size);
	struct document *d = document_create(DOCUMENT_EPISODE);
	struct buf first = {0}, second = {0};
	fuzz_dialect(&dialect_changelog, text);
	fuzz_dialect(&dialect_datatalks, text);
	chapters_read_notes(d, text, 1, true, &faults);
	document_set(&d->slug, span_of("a"));
	document_set(&d->reason, span_of("a"));
	fuzz_check_document(d);
	/* What players are told reads back as the same. */
	export_chapters_json(d->chapters, d->n_chapters, &first);
	struct document *back = document_create(DOCUMENT_EPISODE);
	chapters_read(CHAPTERS_JSON, back, buf_view(&first), &faults);
	if (utf8_is_valid(text)) {
		ASSERT(back->n_chapters == d->n_chapters);
		export_chapters_json(back->chapters, back->n_chapters, &second);
		ASSERT(span_equal(buf_view(&first), buf_view(&second)));
	}
	document_destroy(back);
	document_destroy(d);
	buf_finish(&first);
	buf_finish(&second);
	return 0;
}
