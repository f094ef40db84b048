/* importer_talks.c - which of several transcripts is a talk's, and what an archive keeps of them.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/importer_job.h"

/* ---- what is in already ---- */

void import_keep_alone(struct import *in, struct listed_file *f, size_t n_turns, size_t n_cues)
{
	f->taken = true;
	import_report_file(in, f, IMPORTER_UNCHANGED, NULL, NULL, n_turns, n_cues, NULL);
}

/* With the talk that it belongs to. */
bool import_kept_with_talk(struct import *in, struct listed_file *f)
{
	if (!f->talk || archive_joined_talk(in->archive, f->path) != f->talk || !archive_has(in->archive, f->path, f->hash))
		return false;
	struct archive_item *talk = archive_item_by_id(in->archive, f->talk);
	import_keep_alone(in, f, talk ? talk->n_turns : 0, talk ? talk->n_cues : 0);
	archive_item_free(talk);
	return true;
}

/* With an episode whose page has vanished. */
bool import_kept_without_page(struct import *in, struct listed_file *f)
{
	char *page = archive_joined_talk(in->archive, f->path) ? NULL : archive_path_joined_to(in->archive, f->path);
	struct archive_known known;
	bool kept = page && archive_has(in->archive, f->path, f->hash) && !file_list_find(&in->list, page) &&
		archive_known(in->archive, page, &known);
	if (kept) {
		import_keep_alone(in, f, known.n_turns, known.n_cues);
		archive_known_finish(&known);
	}
	free(page);
	return kept;
}

/* ---- one of several ---- */

struct candidate {
	struct listed_file *file;
	int preference;
};

/* A talk's best first. */
static int by_talk(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	if (a->file->talk != b->file->talk)
		return a->file->talk < b->file->talk ? -1 : 1;
	if (a->preference != b->preference)
		return a->preference - b->preference;
	return (a->file > b->file) - (a->file < b->file);
}

static enum err decline_other(struct import *in, struct listed_file *f, const struct listed_file *taken)
{
	struct buf reason = {0};
	buf_format(&reason, "its talk has the words of %s", taken->path);
	import_report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0, NULL);
	buf_finish(&reason);
	return import_remove_own_item(in, f);
}

/* One transcript a talk: the first that is one. */
enum err import_talks_transcripts(struct import *in)
{
	struct candidate *all = mem_new(in->list.n + 1, sizeof *all);
	const struct listed_file *taken = NULL;
	size_t n = 0;
	enum err e = OK;
	for (size_t i = 0; i < in->list.n; i++) {
		struct listed_file *f = &in->list.files[i];
		if (f->done || import_is_media(f->path))
			continue;
		f->talk = import_talk_of(in, f);
		if (f->talk)
			all[n++] = (struct candidate){f, import_talk_preference(in, f)};
	}
	qsort(all, n, sizeof *all, by_talk);
	for (size_t i = 0; i < n && !e; i++) {
		struct listed_file *f = all[i].file;
		if (taken && taken->talk == f->talk) {
			e = decline_other(in, f, taken);
			continue;
		}
		e = import_alone(in, f);
		if (f->taken && archive_joined_talk(in->archive, f->path) == f->talk)
			taken = f;
	}
	free(all);
	return e;
}
