/* Transcripts and chapters in JSON.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "transcripts/chapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect *const dialects[] = {&dialect_podcasting_json, &dialect_whisper, &dialect_whisper_cpp,
		&dialect_assemblyai, &dialect_assemblyai_summary};
	struct dialect_faults faults = fuzz_faults();
	struct span text = span_make((const char *)data, size);
	struct document *d = document_create(DOCUMENT_EPISODE);
	char reason[200];
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		fuzz_dialect(dialects[i], text);
		if (dialects[i]->describe)
			dialects[i]->describe(d, text, &faults);
	}
	chapters_read(chapters_detect(text, reason, sizeof reason), d, text, &faults);
	document_destroy(d);
	return 0;
}
