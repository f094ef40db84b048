/* importer_chapters.c - chapters that are a file of their own, and the talks that some of them belong to; episodes take
 * theirs in importer_page.c.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/chapters.h"
#include "transcripts/importer_job.h"

struct document *import_read_chapters(struct import *in, struct listed_file *f, bool is_claimed)
{
	bool is_chapters = import_look(in, f) == LISTED_CHAPTERS;
	if (!import_load(in, f, &in->more_bytes))
		return NULL;
	struct import_fault_context context = {in, f};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct document *d = is_chapters || f->is_told || !is_claimed ? import_read_document(in, f, &in->more_bytes) :
		document_read_as(f->path, buf_view(&in->more_bytes), span_of(chapters_label(CHAPTERS_LINES)),
			"its page names it for its chapters", &faults);
	if (d->is_chapters)
		return d;
	if (d->kind == DOCUMENT_UNKNOWN) {
		import_report_unknown(in, f, d);
	} else {
		import_report_file(in, f, IMPORTER_DECLINED, NULL, d->reason, 0, 0, NULL);
		import_fault(in, f->full, 0, "a page names it for its chapters, but it is something else; correct 'chapters:'");
	}
	document_destroy(d);
	return NULL;
}

int import_chapters_preference(const struct listed_file *f)
{
	struct span ending = file_ending(f->path);
	return span_equal_nocase(ending, SPAN_LITERAL("json")) ? 0 : span_equal_nocase(ending, SPAN_LITERAL("txt")) ? 2 : 1;
}

void import_report_chapters(struct import *in, struct listed_file *f, const struct document *d, const char *owner)
{
	struct buf reason = {0}, records = {0};
	buf_format(&reason, "%s; they belong to %s", d->reason, owner);
	buf_format(&records, "%zu chapter%s", d->n_chapters, d->n_chapters == 1 ? "" : "s");
	f->taken = true;
	import_report_file(in, f, IMPORTER_TAKEN, "chapters", reason.p, 0, 0, records.p);
	buf_finish(&reason);
	buf_finish(&records);
}

static void PRINTF(3, 4) decline(struct import *in, struct listed_file *f, const char *format, ...)
{
	struct buf reason = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&reason, format, args);
	va_end(args);
	import_report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0, NULL);
	buf_finish(&reason);
}

static enum err join_talk(struct import *in, struct listed_file *f, const struct document *d,
	const struct archive_item *talk)
{
	struct buf owner = {0};
	buf_format(&owner, "the talk %s of %s", talk->slug, talk->conference);
	enum err e = archive_chaptered_talk(in->archive, f->path) == talk->id ? OK : import_remove_own_item(in, f);
	if (!e)
		e = archive_join_chapters(in->archive, talk->id, f->path, f->hash, d, in->why);
	if (!e) {
		import_report_chapters(in, f, d, owner.p);
		e = import_next_put(in);
	}
	buf_finish(&owner);
	return e;
}

enum err import_chapters_alone(struct import *in, struct listed_file *f, const struct document *d)
{
	struct archive_item *talk = f->talk ? archive_item_by_id(in->archive, f->talk) : NULL;
	enum err e;
	if (talk && !talk->is_opted_out) {
		e = join_talk(in, f, d, talk);
	} else if (talk) {
		decline(in, f, "the speaker of %s wants no recording published", talk->slug);
		e = import_remove_own_item(in, f);
	} else {
		decline(in, f, "%s; no episode and no talk claims them", d->reason);
		import_fault(in, f->full, 0, "these chapters are nobody's; give the file its episode's or talk's name "
			"(NAME.chapters.json), or name it in the page (chapters: FILE)");
		e = import_remove_own_item(in, f);
	}
	archive_item_free(talk);
	return e;
}
