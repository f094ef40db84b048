/* importer_talks.c - which of several transcripts, and of several files of chapters, is a talk's, and what an archive
 * keeps of them.
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

/* The talk that has its words or its chapters now. */
static int64_t talk_now(struct import *in, struct listed_file *f)
{
	return import_look(in, f) == LISTED_CHAPTERS ? archive_chaptered_talk(in->archive, f->path) :
		archive_joined_talk(in->archive, f->path);
}

/* With the talk that it belongs to. */
bool import_kept_with_talk(struct import *in, struct listed_file *f)
{
	if (!f->talk || talk_now(in, f) != f->talk || !archive_has(in->archive, f->path, f->hash))
		return false;
	struct archive_item *talk = import_look(in, f) == LISTED_CHAPTERS ? NULL : archive_item_by_id(in->archive, f->talk);
	import_keep_alone(in, f, talk ? talk->n_turns : 0, talk ? talk->n_cues : 0);
	archive_item_free(talk);
	return true;
}

/* With an episode whose page has vanished. */
bool import_kept_without_page(struct import *in, struct listed_file *f)
{
	bool is_a_talks = archive_joined_talk(in->archive, f->path) || archive_chaptered_talk(in->archive, f->path);
	char *page = is_a_talks ? NULL : archive_path_joined_to(in->archive, f->path);
	struct archive_known known;
	bool kept = page && archive_has(in->archive, f->path, f->hash) && !file_list_find(&in->list, page) &&
		archive_known(in->archive, page, &known);
	if (kept) {
		bool has_words = known.transcript_path && strcmp(known.transcript_path, f->path) == 0;
		import_keep_alone(in, f, has_words ? known.n_turns : 0, has_words ? known.n_cues : 0);
		archive_known_finish(&known);
	}
	free(page);
	return kept;
}

/* ---- one of several ---- */

struct candidate {
	struct listed_file *file;
	bool is_chapters;
	int preference;
};

/* A talk's best first, its transcripts before its chapters. */
static int by_talk(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	if (a->file->talk != b->file->talk)
		return a->file->talk < b->file->talk ? -1 : 1;
	if (a->is_chapters != b->is_chapters)
		return a->is_chapters - b->is_chapters;
	if (a->preference != b->preference)
		return a->preference - b->preference;
	return (a->file > b->file) - (a->file < b->file);
}

static enum err decline_other(struct import *in, const struct candidate *c, const struct candidate *taken)
{
	struct buf reason = {0};
	buf_format(&reason, "its talk has the %s of %s", c->is_chapters ? "chapters" : "words", taken->file->path);
	import_report_file(in, c->file, IMPORTER_DECLINED, NULL, reason.p, 0, 0, NULL);
	buf_finish(&reason);
	return import_remove_own_item(in, c->file);
}

static size_t find_candidates(struct import *in, struct candidate *all)
{
	size_t n = 0;
	for (size_t i = 0; i < in->list.n; i++) {
		struct listed_file *f = &in->list.files[i];
		if (f->done || (!f->is_told && import_is_media(f->path)))
			continue;
		f->talk = import_talk_of(in, f);
		if (!f->talk)
			continue;
		bool is_chapters = import_look(in, f) == LISTED_CHAPTERS;
		if (!f->done)
			all[n++] = (struct candidate){f, is_chapters,
				is_chapters ? import_chapters_preference(f) : import_talk_preference(in, f)};
	}
	return n;
}

enum err import_talks_files(struct import *in)
{
	struct candidate *all = mem_new(in->list.n + 1, sizeof *all);
	size_t n = find_candidates(in, all);
	const struct candidate *taken = NULL;
	enum err e = OK;
	qsort(all, n, sizeof *all, by_talk);
	for (size_t i = 0; i < n && !e; i++) {
		struct candidate *c = &all[i];
		if (taken && taken->file->talk == c->file->talk && taken->is_chapters == c->is_chapters) {
			e = decline_other(in, c, taken);
			continue;
		}
		e = import_alone(in, c->file);
		if (c->file->taken && talk_now(in, c->file) == c->file->talk)
			taken = c;
	}
	free(all);
	return e;
}
