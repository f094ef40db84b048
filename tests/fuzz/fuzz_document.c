/* Any bytes as any file: encodings, detection, all that follows.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a.md", "a.txt", "a.vtt", "a.srt", "a.json", "a.html", "a.tsv"};
	struct dialect_faults faults = fuzz_faults();
	struct span bytes = span_make((const char *)data, size);
	struct document *d = document_read(names[span_hash(bytes) % COUNT_OF(names)], bytes, &faults);
	fuzz_check_document(d);
	document_destroy(d);
	return 0;
}
