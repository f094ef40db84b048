/* Code Maven's pages, the young and the old, and the block in them; with that, every page's front matter.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialect_faults faults = fuzz_faults();
	struct span text = span_make((const char *)data, size);
	struct buf page = {0};
	fuzz_dialect(&dialect_code_maven, text);
	static const char *const heads[] = {"---\ntitle: x\nmp3: a.mp3\n", "=title x\n=mp3 a.mp3, 1, 0:01\n",
		"---\n---\n[transcript]\n"};
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		buf_clear(&page);
		buf_text(&page, heads[i]);
		buf_span(&page, text);
		struct document *d = document_read_as("a.md", buf_view(&page), span_of("page"), "it was said so", &faults);
		fuzz_check_document(d);
		document_destroy(d);
	}
	buf_finish(&page);
	return 0;
}
