/* Show notes to HTML: the gate before cmark, and what comes behind it.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "transcripts/notes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct buf out = {0};
	struct why why;
	enum { LIMIT = 4000 };
	if (notes_to_html(text, 0, &out, &why) == OK) {
		ASSERT(span_search(buf_view(&out), SPAN_LITERAL("<script"), 0) == out.n);
		ASSERT(span_search(buf_view(&out), SPAN_LITERAL("href=\"javascript:"), 0) == out.n);
	}
	buf_clear(&out);
	if (notes_to_feed_html(text, "https://example.org/a", LIMIT, &out, &why) == OK)
		ASSERT(out.n <= LIMIT);
	buf_clear(&out);
	notes_to_text(text, &out);
	ASSERT(out.n == 0 || !memchr(out.p, '\n', out.n));
	buf_finish(&out);
	return 0;
}
