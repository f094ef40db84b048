/* WebVTT captions.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_dialect(&dialect_webvtt, span_make((const char *)data, size));
	return 0;
}
