/* The dialects of lines: stamped, labelled, inline, paragraphs, tables.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect *const dialects[] = {&dialect_speaker_lines, &dialect_stamped_lines,
		&dialect_inline_stamps,
		&dialect_paragraphs, &dialect_whisper_tsv, &dialect_planet_page, &dialect_substation, &dialect_microdvd};
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		fuzz_dialect(dialects[i], span_make((const char *)data, size));
	return 0;
}
