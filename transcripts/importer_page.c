/* importer_page.c - an episode's page with the two files that may belong to it: a transcript and its chapters.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/chapters.h"
#include "transcripts/importer_job.h"

/* What the page says of the two: what it has itself, or which files it names. */
struct claims {
	const char *slug;
	const char *transcript, *chapters; /* as its head names them, "" where it doesn't */
	bool has_transcript, has_chapters; /* of its own; chapters that are lines of its notes don't count */
};

/* Which files they are; NULL: none. */
struct beside {
	struct listed_file *transcript, *chapters;
};

/* ---- which files ---- */

/* The file that the page's head names: beside the page, in the site's transcripts/, or in the site. */
static struct listed_file *find_claimed(struct import *in, const struct listed_file *page, const char *claim)
{
	struct listed_file *found = NULL;
	if (claim[0] == '/')
		return file_list_at(&in->list, claim);
	const char *slash = strrchr(page->full, '/');
	char *beside = slash ? span_dup(span_make(page->full, (size_t)(slash - page->full))) : mem_strdup(".");
	char *transcripts = file_join(in->site->folder, "transcripts");
	const char *const folders[] = {beside, transcripts, in->site->folder};
	for (size_t i = 0; i < COUNT_OF(folders) && !found; i++) {
		char *full = file_join(folders[i], claim);
		found = file_list_at(&in->list, full);
		free(full);
	}
	free(beside);
	free(transcripts);
	return found;
}

/* One that nobody has yet, by what is in it; of several files of chapters the one that says most. */
static struct listed_file *find_by_slug(struct import *in, const char *slug, const struct listed_file *page,
	const struct listed_file *but, enum listed_content content)
{
	struct listed_file *found = NULL;
	size_t n;
	struct listed_file *const *files = file_list_of_slug(&in->list, slug, &n);
	for (size_t i = 0; i < n; i++) {
		struct listed_file *f = files[i];
		bool may_be = f != page && f != but && !f->may_be_page && !f->taken && !f->done &&
			(f->is_told || !import_is_media(f->path));
		if (!may_be || import_look(in, f) != content)
			continue;
		if (content == LISTED_WORDS)
			return f;
		if (!found || import_chapters_preference(f) < import_chapters_preference(found))
			found = f;
	}
	return found;
}

static struct beside find_beside(struct import *in, const struct listed_file *page, const struct claims *c)
{
	struct beside b = {0};
	if (c->chapters[0])
		b.chapters = find_claimed(in, page, c->chapters);
	else if (!c->has_chapters)
		b.chapters = find_by_slug(in, c->slug, page, NULL, LISTED_CHAPTERS);
	if (c->transcript[0])
		b.transcript = find_claimed(in, page, c->transcript);
	else if (!c->has_transcript)
		b.transcript = find_by_slug(in, c->slug, page, b.chapters, LISTED_WORDS);
	return b;
}

/* Others that have the page's name are left alone, and said so. */
static enum err decline_others(struct import *in, const struct listed_file *page, const char *slug,
	enum listed_content content, const char *reason)
{
	struct listed_file *f;
	enum err e = OK;
	while (!e && (f = find_by_slug(in, slug, page, NULL, content))) {
		import_report_file(in, f, IMPORTER_DECLINED, NULL, reason, 0, 0, NULL);
		e = import_remove_own_item(in, f);
	}
	return e;
}

/* A page with a transcript inside has no other; one with chapters, wherever they are, neither. */
static enum err decline_doubles(struct import *in, const struct listed_file *page, const struct claims *c,
	const struct beside *b)
{
	struct buf reason = {0};
	enum err e = OK;
	buf_format(&reason, "%s has a transcript of its own", page->path);
	if (c->has_transcript && !b->transcript)
		e = decline_others(in, page, c->slug, LISTED_WORDS, reason.p);
	buf_clear(&reason);
	if (b->chapters)
		buf_format(&reason, "%s was read for the chapters of %s", b->chapters->path, page->path);
	else
		buf_format(&reason, "%s has chapters of its own", page->path);
	if (!e && (c->has_chapters || b->chapters))
		e = decline_others(in, page, c->slug, LISTED_CHAPTERS, reason.p);
	buf_finish(&reason);
	return e;
}

/* ---- what is as it was ---- */

/* True where a joined file has vanished and its words are kept. */
static bool is_kept(struct import *in, const char *known_path)
{
	return !in->site->forget && known_path && !file_list_find(&in->list, known_path);
}

static bool is_same_file(struct import *in, struct listed_file *f, const char *claim, const char *known_path,
	uint64_t known_hash)
{
	if (f && (f->taken || !import_load(in, f, &in->more_bytes)))
		return false;
	/* A vanished one keeps its words; one that is still there belongs elsewhere now. */
	if (!f)
		return !known_path ? !claim[0] : is_kept(in, known_path);
	return known_path && strcmp(known_path, f->path) == 0 && known_hash == f->hash;
}

static struct claims known_claims(const struct archive_known *known)
{
	return (struct claims){.slug = known->slug, .transcript = known->transcript_file, .chapters = known->chapters_file,
		.has_transcript = known->has_transcript && !known->transcript_path, .has_chapters = known->says_chapters};
}

static enum err keep_unchanged(struct import *in, struct listed_file *page, const struct archive_known *known,
	const struct beside *b)
{
	struct claims c = known_claims(known);
	bool own = c.has_transcript;
	in->counts->episodes++;
	page->taken = true;
	import_report_file(in, page, IMPORTER_UNCHANGED, NULL, NULL, own ? known->n_turns : 0, own ? known->n_cues : 0, NULL);
	if (b->transcript) {
		b->transcript->taken = true;
		import_report_file(in, b->transcript, IMPORTER_UNCHANGED, NULL, NULL, known->n_turns, known->n_cues, NULL);
	}
	if (b->chapters) {
		b->chapters->taken = true;
		import_report_file(in, b->chapters, IMPORTER_UNCHANGED, NULL, NULL, 0, 0, NULL);
	}
	return decline_doubles(in, page, &c, b);
}

/* The page, and the files that belong to it now, are in the archive as they are. */
static bool is_unchanged(struct import *in, struct listed_file *page, const struct archive_known *known,
	struct beside *b)
{
	if (known->kind != ARCHIVE_EPISODE || known->content_hash != page->hash || !import_is_show_right(in, known))
		return false;
	struct claims c = known_claims(known);
	*b = find_beside(in, page, &c);
	return is_same_file(in, b->transcript, c.transcript, known->transcript_path, known->transcript_hash) &&
		is_same_file(in, b->chapters, c.chapters, known->chapters_path, known->chapters_hash);
}

enum err import_keep_page(struct import *in, struct listed_file *page, bool *done)
{
	struct archive_known known;
	struct beside b = {0};
	*done = archive_known(in->archive, page->path, &known) && is_unchanged(in, page, &known, &b);
	enum err e = *done ? keep_unchanged(in, page, &known, &b) : OK;
	archive_known_finish(&known);
	return e;
}

/* ---- what is read ---- */

/* The joined transcript, read; NULL when the file is none (reported). */
static struct document *read_transcript(struct import *in, struct listed_file *f)
{
	if (!import_load(in, f, &in->more_bytes))
		return NULL;
	struct document *d = import_read_document(in, f, &in->more_bytes);
	if (d->transcript)
		return d;
	if (d->kind == DOCUMENT_DECLINED)
		import_report_file(in, f, IMPORTER_DECLINED, NULL, d->reason, 0, 0, NULL);
	else
		import_report_unknown(in, f, d);
	document_destroy(d);
	return NULL;
}

static void report_transcript(struct import *in, struct listed_file *f, const struct listed_file *page,
	const struct document *d)
{
	struct buf reason = {0};
	buf_format(&reason, "%s; it belongs to %s", d->reason, page->path);
	f->taken = true;
	import_report_file(in, f, IMPORTER_TAKEN, d->dialect ? d->dialect->name : "a transcript", reason.p,
		d->transcript->n_turns, d->transcript->n_cues, NULL);
	buf_finish(&reason);
}

/* What is put beside the page: read now, or kept of files that have vanished. */
struct joining {
	struct document *transcript, *chapters;
	struct transcript *kept;
	struct document *kept_chapters;
};

static void joining_finish(struct joining *j)
{
	document_destroy(j->transcript);
	document_destroy(j->chapters);
	transcript_destroy(j->kept);
	document_destroy(j->kept_chapters);
}

static void keep_vanished(struct import *in, const struct archive_known *known, const struct beside *b, struct joining *j)
{
	bool transcript = !b->transcript && is_kept(in, known->transcript_path);
	bool chapters = !b->chapters && is_kept(in, known->chapters_path);
	struct archive_item *item = transcript || chapters ? archive_find(in->archive, known->show, known->slug) : NULL;
	if (item && transcript)
		j->kept = archive_transcript(in->archive, item->id);
	if (item && chapters)
		j->kept_chapters = archive_joined_chapters(in->archive, item->id);
	archive_item_free(item);
}

static void read_beside(struct import *in, const struct listed_file *page, const struct claims *c, const struct beside *b,
	struct joining *j)
{
	static const char others[] = "its %s %s belongs to another page already; name another";
	if (b->transcript && b->transcript->taken)
		import_fault_format(in, page->full, 0, others, "transcript", b->transcript->path);
	else if (b->transcript)
		j->transcript = read_transcript(in, b->transcript);
	else if (c->transcript[0] && !j->kept)
		import_fault_format(in, page->full, 0, "its transcript %s isn't there; correct 'transcript:' or put it into "
			"transcripts/", c->transcript);
	if (b->chapters && b->chapters->taken)
		import_fault_format(in, page->full, 0, others, "file of chapters", b->chapters->path);
	else if (b->chapters)
		j->chapters = import_read_chapters(in, b->chapters, c->chapters[0]);
	else if (c->chapters[0] && !j->kept_chapters)
		import_fault_format(in, page->full, 0, "its chapters %s aren't there; correct 'chapters:' or put the file beside "
			"the page", c->chapters);
}

static void give(const struct joining *j, const struct beside *b, const struct archive_known *known,
	struct archive_file *file)
{
	if (j->transcript || j->kept) {
		file->transcript_path = j->transcript ? b->transcript->path : known->transcript_path;
		file->transcript_hash = j->transcript ? b->transcript->hash : known->transcript_hash;
		file->transcript = j->transcript ? j->transcript->transcript : j->kept;
	}
	if (j->chapters || j->kept_chapters) {
		file->chapters_path = j->chapters ? b->chapters->path : known->chapters_path;
		file->chapters_hash = j->chapters ? b->chapters->hash : known->chapters_hash;
		file->chapters = j->chapters ? j->chapters : j->kept_chapters;
	}
}

static enum err put_joined(struct import *in, struct listed_file *page, const struct document *d,
	const struct archive_known *known, const struct beside *b, const struct joining *j)
{
	struct archive_file file = {.path = page->path, .content_hash = page->hash, .show = import_show(in, page, d->show),
		.slug = d->slug, .document = d, .prepared = import_prepared(in, page)};
	enum err e = OK;
	if (j->transcript) {
		import_correct(in, b->transcript, file.show, j->transcript->transcript);
		e = import_remove_own_item(in, b->transcript);
	} else if (d->transcript) {
		import_correct(in, page, file.show, d->transcript);
	}
	give(j, b, known, &file);
	/* It may have been a talk's. */
	if (!e && j->chapters)
		e = import_remove_own_item(in, b->chapters);
	return e ? e : import_put(in, page, &file, &page->taken);
}

static void report_page(struct import *in, struct listed_file *page, const struct document *d, const struct beside *b,
	const struct joining *j)
{
	if (!page->taken) {
		import_report_file(in, page, IMPORTER_DECLINED, NULL, "its slug is another's", 0, 0, NULL);
		return;
	}
	bool own = d->transcript && !j->transcript;
	in->counts->episodes++;
	import_report_file(in, page, IMPORTER_TAKEN, "an episode page", d->reason, own ? d->transcript->n_turns : 0,
		own ? d->transcript->n_cues : 0, NULL);
	if (j->transcript)
		report_transcript(in, b->transcript, page, j->transcript);
	if (j->chapters)
		import_report_chapters(in, b->chapters, j->chapters, page->path);
}

static struct claims document_claims(const struct document *d)
{
	return (struct claims){.slug = d->slug, .transcript = d->transcript_file, .chapters = d->chapters_file,
		.has_transcript = d->transcript != NULL, .has_chapters = d->n_chapters && !d->are_chapters_noted};
}

enum err import_read_page(struct import *in, struct listed_file *page, const struct document *d)
{
	struct archive_known known;
	struct joining j = {0};
	archive_known(in->archive, page->path, &known);
	struct claims c = document_claims(d);
	struct beside b = find_beside(in, page, &c);
	keep_vanished(in, &known, &b, &j);
	read_beside(in, page, &c, &b, &j);
	enum err e = put_joined(in, page, d, &known, &b, &j);
	if (!e) {
		struct beside taken = {j.transcript ? b.transcript : NULL, j.chapters ? b.chapters : NULL};
		report_page(in, page, d, &b, &j);
		if (page->taken)
			e = decline_doubles(in, page, &c, &taken);
	}
	joining_finish(&j);
	archive_known_finish(&known);
	return e;
}

/* A page without a recording is an episode's where something of a recording has its name. */
static bool has_beside(struct import *in, const struct listed_file *page, const struct document *d)
{
	struct claims c = {.slug = d->slug, .transcript = d->transcript_file, .chapters = "", .has_chapters = true};
	return find_beside(in, page, &c).transcript != NULL;
}

enum err import_page(struct import *in, struct listed_file *page)
{
	bool kept;
	if (!import_load(in, page, &in->bytes))
		return OK;
	enum err e = import_keep_page(in, page, &kept);
	if (e || kept)
		return e;
	struct document *d = import_read_document(in, page, &in->bytes);
	if (d->kind == DOCUMENT_DECLINED && d->is_page && has_beside(in, page, d)) {
		d->kind = DOCUMENT_EPISODE;
		free(d->reason);
		d->reason = mem_strdup("front matter, and a transcript has its name");
	}
	if (d->kind == DOCUMENT_EPISODE)
		e = import_read_page(in, page, d);
	else if (d->kind == DOCUMENT_DECLINED && d->dialect == &dialect_planet_page)
		e = import_planet_page(in, page);
	else if (d->kind == DOCUMENT_DECLINED)
		import_report_file(in, page, IMPORTER_DECLINED, NULL, d->reason, 0, 0, NULL);
	else if (d->kind == DOCUMENT_UNKNOWN)
		import_report_unknown(in, page, d);
	if (!e && page->done && d->kind != DOCUMENT_EPISODE)
		e = import_remove_own_item(in, page);
	/* A transcript in a file of Markdown waits for the second pass. */
	document_destroy(d);
	return e;
}
