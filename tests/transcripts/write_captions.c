/* write_captions FOLDER [FROM...]: the WebVTT that this program writes, of every fixture and of generated transcripts, or
 * of all transcripts below the folders FROM, for parsers of other people's to read (tests/e2e/captions.mjs).
 * SPDX-License-Identifier: MIT */
#include "random_transcript.h"

#include "transcripts/export.h"

static int n_written;

static void write_one(const char *folder, const char *name, const struct transcript *t)
{
	struct buf vtt = {0}, file = {0};
	struct why why = {0};
	export_vtt(t, &vtt);
	buf_format(&file, "%s/%05d-%.100s.vtt", folder, n_written, name);
	if (file_replace(file.p, buf_view(&vtt), &why) != OK) {
		fprintf(stderr, "%s: %s\n", file.p, why.text);
		exit(3);
	}
	n_written++;
	buf_finish(&vtt);
	buf_finish(&file);
}

static void write_folder(const char *folder, const char *from)
{
	char **names;
	size_t n;
	struct why why = {0};
	if (file_list(from, &names, &n, &why) != OK) {
		fprintf(stderr, "%s: %s\n", from, why.text);
		exit(3);
	}
	for (size_t i = 0; i < n; i++) {
		struct buf bytes = {0};
		char *path = file_join(from, names[i]);
		if (file_is_folder(path))
			write_folder(folder, path);
		else if (file_read(path, 1 << 24, &bytes, &why) == OK) {
			struct document *d = document_read(names[i], buf_view(&bytes), NULL);
			if (d->transcript)
				write_one(folder, names[i], d->transcript);
			document_destroy(d);
		}
		buf_finish(&bytes);
		free(path);
	}
	file_list_free(names, n);
}

int main(int argc, char **argv)
{
	enum { GENERATED = 300 };
	uint32_t seed = 20261122;
	if (argc < 2 || !getenv("TEST_DATA")) {
		fprintf(stderr, "usage: TEST_DATA=tests/data write_captions FOLDER [FROM...]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		write_folder(argv[1], argv[i]);
	if (argc > 2) {
		printf("%d\n", n_written);
		return 0;
	}
	char *fixtures = file_join(getenv("TEST_DATA"), "transcripts");
	write_folder(argv[1], fixtures);
	free(fixtures);
	for (int i = 0; i < GENERATED; i++) {
		struct transcript *t = random_transcript(&seed);
		char name[32];
		snprintf(name, sizeof name, "generated-%03d", i);
		write_one(argv[1], name, t);
		transcript_destroy(t);
	}
	printf("%d\n", n_written);
	return 0;
}
