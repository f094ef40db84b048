/* search_lines - the lines that all engines of tests/bench/search get: what Carillon's importers read from each FILE, as
 * `number recording milliseconds text`, tabs between.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "transcripts/document.h"
#include "transcripts/transcript.h"

int main(int argc, char **argv)
{
	long id = 0;
	for (int i = 1; i < argc; i++) {
		struct buf bytes = {0};
		struct why why = {0};
		if (file_read(argv[i], 1u << 28, &bytes, &why)) {
			fprintf(stderr, "%s: %s\n", argv[i], why.text);
			return 1;
		}
		const char *slash = strrchr(argv[i], '/');
		struct document *d = document_read(slash ? slash + 1 : argv[i], buf_view(&bytes), NULL);
		const struct transcript *t = d->transcript;
		for (size_t k = 0; t && k < t->n_cues; k++)
			printf("%ld\t%d\t%lld\t%.*s\n", ++id, i, (long long)t->cues[k].start_ms, SPAN_ARG(t->cues[k].text));
		document_destroy(d);
		buf_finish(&bytes);
	}
	return 0;
}
