/* importer.c - two passes over the listed files: episode pages first, each with the transcript that belongs to it, then
 * the transcripts that stand alone. What hasn't changed is neither read as a document nor written.
 * SPDX-License-Identifier: MIT */
#include "transcripts/importer.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/importer_job.h"

enum {
	FILE_BYTES_MAX = 64 << 20,
	FILES_A_COMMIT = 64,
};

void import_fault(struct import *in, const char *file, int line, const char *text)
{
	in->counts->faults++;
	if (in->report->fault)
		in->report->fault(in->report->data, file, line, text);
}

void import_fault_in_file(void *data, int line, const char *text)
{
	struct import_fault_context *context = data;
	import_fault(context->in, context->file->full, line, text);
}

void import_fault_format(struct import *in, const char *file, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	import_fault(in, file, line, text.p);
	buf_finish(&text);
}

void import_report_file(struct import *in, struct listed_file *f, enum importer_outcome outcome, const char *name,
	const char *reason, size_t n_turns, size_t n_cues, const char *records)
{
	f->done = true;
	in->counts->unchanged += outcome == IMPORTER_UNCHANGED;
	in->counts->declined += outcome == IMPORTER_DECLINED;
	in->counts->not_recognised += outcome == IMPORTER_NOT_RECOGNISED;
	if (outcome == IMPORTER_TAKEN || outcome == IMPORTER_UNCHANGED) {
		in->counts->turns += n_turns;
		in->counts->cues += n_cues;
	}
	if (in->report->progress)
		in->report->progress(in->report->data, ++in->n_looked_at, in->list.n);
	struct importer_file file = {f->path, outcome, name, reason ? reason : "", n_turns, n_cues, records, f->named};
	if (in->report->file)
		in->report->file(in->report->data, &file);
}

static void report_file(struct import *in, struct listed_file *f, enum importer_outcome outcome, const char *name,
	const char *reason, size_t n_turns, size_t n_cues)
{
	import_report_file(in, f, outcome, name, reason, n_turns, n_cues, NULL);
}

static void report_unknown(struct import *in, struct listed_file *f, const struct document *d)
{
	report_file(in, f, IMPORTER_NOT_RECOGNISED, NULL, d->reason, 0, 0);
	import_fault_format(in, f->full, d->reason_line, "not recognised: %s", d->reason);
}

bool import_load(struct import *in, struct listed_file *f, struct buf *bytes)
{
	struct why why = {0};
	buf_clear(bytes);
	buf_text(bytes, "");
	f->readable = file_read(f->full, FILE_BYTES_MAX, bytes, &why) == OK;
	if (f->readable) {
		f->hash = span_hash(buf_view(bytes)) ^ in->rules_hash;
	} else if (!f->done) {
		report_file(in, f, IMPORTER_NOT_RECOGNISED, NULL, why.text, 0, 0);
		import_fault(in, f->full, 0, why.text);
	}
	return f->readable;
}

static struct document *read_document(struct import *in, const struct listed_file *f, const struct buf *bytes)
{
	struct import_fault_context context = {in, f};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	return document_read(f->path, buf_view(bytes), &faults);
}

static bool has_show(const struct import *in, const char *name)
{
	for (size_t i = 0; i < in->site->n_shows; i++)
		if (strcmp(in->site->shows[i], name) == 0)
			return true;
	return false;
}

static const char *default_show(const struct import *in)
{
	return in->site->n_shows ? in->site->shows[0] : "";
}

/* An unchanged file may still belong elsewhere since the configuration has changed. */
static bool is_show_right(const struct import *in, const struct archive_known *known)
{
	return known->says_show || strcmp(known->show, default_show(in)) == 0;
}

/* Once a run: a list of episodes has the same show in every record. */
static void report_unknown_show(struct import *in, const struct listed_file *f, const char *name)
{
	for (size_t i = 0; i < in->n_unknown_shows; i++)
		if (strcmp(in->unknown_shows[i], name) == 0)
			return;
	in->unknown_shows = mem_grow(in->unknown_shows, in->n_unknown_shows + 1, sizeof *in->unknown_shows);
	in->unknown_shows[in->n_unknown_shows++] = mem_strdup(name);
	import_fault_format(in, f->full, 0, "there is no show %s in carillon.yaml; add it, or correct the page's 'show:'", name);
}

const char *import_show(struct import *in, const struct listed_file *f, const char *name)
{
	if (!name[0])
		return default_show(in);
	if (in->site->n_shows && !has_show(in, name))
		report_unknown_show(in, f, name);
	return name;
}

static const char *show_of(struct import *in, const struct listed_file *f, const struct document *d)
{
	return import_show(in, f, d->show);
}

/* ---- writing ---- */

enum err import_next_put(struct import *in)
{
	if (++in->n_puts % FILES_A_COMMIT)
		return OK;
	enum err e = archive_commit(in->archive, in->why);
	return e ? e : archive_begin(in->archive, in->why);
}

/* Puts it; where the slug's holder has vanished (a renamed file) it makes room, and where it comes later in the list:
 * then this one would have the slug in a rebuild. *taken is false after a clash. */
static enum err put(struct import *in, const struct listed_file *f, const struct archive_file *file, bool *taken)
{
	struct why why = {0};
	enum err e = archive_put(in->archive, file, &why);
	if (e == E_DENIED) {
		char *holder = archive_path_of(in->archive, file->show, file->slug);
		char *full = file_join(in->site->folder, holder ? holder : "");
		const struct listed_file *other = holder ? file_list_find(&in->list, holder) : NULL;
		if (holder && (other ? !other->done : !file_exists(full))) {
			e = archive_remove(in->archive, holder, &why);
			if (!e)
				e = archive_put(in->archive, file, &why);
		}
		free(full);
		free(holder);
	}
	*taken = e == OK;
	if (e == E_DENIED || e == E_LIMIT) {
		import_fault(in, f->full, 0, why.text);
		return import_remove_own_item(in, f);
	}
	if (e) {
		why_set(in->why, e, "%s", why.text);
		return e;
	}
	return import_next_put(in);
}

enum err import_remove_own_item(struct import *in, const struct listed_file *f)
{
	return archive_gave(in->archive, f->path) ? archive_remove(in->archive, f->path, in->why) : OK;
}

/* ---- an episode and its transcript ---- */

/* The file that `transcript:` names: beside the page, in the site's transcripts/, or in the site. */
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

bool import_is_media(const char *path)
{
	static const char *const endings[] = {"mp3", "m4a", "ogg", "oga", "opus", "flac", "wav", "mp4", "m4v", "mov", "mkv",
		"webm", "jpg", "jpeg", "png", "gif", "webp", "svg", "pdf", "zip"};
	struct span ending = file_ending(path);
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (span_equal_nocase(ending, span_of(endings[i])))
			return true;
	return false;
}

/* A list of talks or a feed has its name by chance. */
static bool is_collection(struct import *in, struct listed_file *f)
{
	struct span bytes;
	if (!import_load(in, f, &in->more_bytes))
		return true;
	bytes = buf_view(&in->more_bytes);
	struct collection *c = import_may_be_collection(bytes) ? collection_read(f->path, bytes, NULL) : NULL;
	collection_destroy(c);
	return c != NULL;
}

static struct listed_file *find_by_slug(struct import *in, const char *slug, const struct listed_file *page)
{
	for (size_t i = 0; i < in->list.n; i++) {
		struct listed_file *f = &in->list.files[i];
		if (f != page && !f->is_markdown && !f->taken && !f->done && strcmp(f->slug, slug) == 0 && !import_is_media(f->path) &&
				!is_collection(in, f))
			return f;
	}
	return NULL;
}

/* A transcript beside a page that has one inside is left alone, and said so. */
static enum err decline_doubles(struct import *in, const char *slug, const struct listed_file *page)
{
	struct listed_file *f;
	enum err e = OK;
	while (!e && (f = find_by_slug(in, slug, page))) {
		struct buf reason = {0};
		buf_format(&reason, "%s has a transcript of its own", page->path);
		report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0);
		buf_finish(&reason);
		e = import_remove_own_item(in, f);
	}
	return e;
}

/* Which file is this page's transcript. NULL: none, or the one inside. */
static struct listed_file *transcript_of(struct import *in, const struct listed_file *page, const char *slug,
	const char *claim, bool has_own)
{
	if (claim[0])
		return find_claimed(in, page, claim);
	return has_own ? NULL : find_by_slug(in, slug, page);
}

/* True when the page, and the transcript that belongs to it now, are in the archive as they are. */
static bool is_unchanged(struct import *in, struct listed_file *page, const struct archive_known *known,
	struct listed_file **transcript)
{
	if (known->kind != ARCHIVE_EPISODE || known->content_hash != page->hash || !is_show_right(in, known))
		return false;
	bool has_own = known->has_transcript && !known->transcript_path;
	*transcript = transcript_of(in, page, known->slug, known->transcript_file, has_own);
	if (*transcript && ((*transcript)->taken || !import_load(in, *transcript, &in->more_bytes)))
		return false;
	if (!*transcript)
		/* A vanished one keeps its words. */
		return !known->transcript_path ? !known->transcript_file[0] : !in->site->forget;
	return known->transcript_path && strcmp(known->transcript_path, (*transcript)->path) == 0 &&
		known->transcript_hash == (*transcript)->hash;
}

static enum err keep_unchanged(struct import *in, struct listed_file *page, const struct archive_known *known,
	struct listed_file *transcript)
{
	in->counts->episodes++;
	bool has_own = known->has_transcript && !known->transcript_path;
	page->taken = true;
	report_file(in, page, IMPORTER_UNCHANGED, NULL, NULL, has_own ? known->n_turns : 0, has_own ? known->n_cues : 0);
	if (transcript) {
		transcript->taken = true;
		report_file(in, transcript, IMPORTER_UNCHANGED, NULL, NULL, known->n_turns, known->n_cues);
	}
	return has_own ? decline_doubles(in, known->slug, page) : OK;
}

/* The joined transcript, read; NULL when the file is none (reported). */
static struct document *read_joined(struct import *in, struct listed_file *f)
{
	if (!import_load(in, f, &in->more_bytes))
		return NULL;
	struct document *d = read_document(in, f, &in->more_bytes);
	if (d->transcript)
		return d;
	if (d->kind == DOCUMENT_DECLINED)
		report_file(in, f, IMPORTER_DECLINED, NULL, d->reason, 0, 0);
	else
		report_unknown(in, f, d);
	document_destroy(d);
	return NULL;
}

static void report_joined(struct import *in, struct listed_file *f, const struct listed_file *page,
	const struct document *d)
{
	struct buf reason = {0};
	buf_format(&reason, "%s; it belongs to %s", d->reason, page->path);
	f->taken = true;
	report_file(in, f, IMPORTER_TAKEN, d->dialect ? d->dialect->name : "a transcript", reason.p, d->transcript->n_turns,
		d->transcript->n_cues);
	buf_finish(&reason);
}

/* The words of a joined file that has vanished, as the archive still has them. */
static struct transcript *keep_vanished(struct import *in, const struct archive_known *known)
{
	if (in->site->forget || !known->transcript_path || file_list_find(&in->list, known->transcript_path))
		return NULL;
	struct archive_item *item = archive_find(in->archive, known->show, known->slug);
	struct transcript *t = item ? archive_transcript(in->archive, item->id) : NULL;
	archive_item_free(item);
	return t;
}

static enum err put_episode(struct import *in, struct listed_file *page, const struct document *d,
	const struct archive_known *known)
{
	struct listed_file *f = transcript_of(in, page, d->slug, d->transcript_file, d->transcript != NULL);
	struct document *joined = NULL;
	struct transcript *kept = NULL;
	enum err e = OK;
	if (f && f->taken)
		import_fault_format(in, page->full, 0, "its transcript %s belongs to another page already; name another",
			f->path);
	else if (f)
		joined = read_joined(in, f);
	else
		kept = keep_vanished(in, known);
	if (!f && !kept && d->transcript_file[0])
		import_fault_format(in, page->full, 0, "its transcript %s isn't there; correct 'transcript:' or put it into "
			"transcripts/", d->transcript_file);
	struct archive_file file = {.path = page->path, .content_hash = page->hash, .show = show_of(in, page, d),
		.slug = d->slug, .document = d};
	if (d->transcript && !joined)
		import_correct(in, page, file.show, d->transcript);
	if (joined) {
		import_correct(in, f, file.show, joined->transcript);
		file.transcript_path = f->path;
		file.transcript_hash = f->hash;
		file.transcript = joined->transcript;
		e = import_remove_own_item(in, f);
	} else if (kept) {
		file.transcript_path = known->transcript_path;
		file.transcript_hash = known->transcript_hash;
		file.transcript = kept;
	}
	if (!e && d->transcript && !joined)
		e = decline_doubles(in, d->slug, page);
	if (!e)
		e = put(in, page, &file, &page->taken);
	if (!e && page->taken) {
		bool own = d->transcript && !joined;
		in->counts->episodes++;
		report_file(in, page, IMPORTER_TAKEN, "an episode page", d->reason,
			own ? d->transcript->n_turns : 0, own ? d->transcript->n_cues : 0);
		if (joined)
			report_joined(in, f, page, joined);
	} else if (!e) {
		report_file(in, page, IMPORTER_DECLINED, NULL, "its slug is another's", 0, 0);
	}
	document_destroy(joined);
	transcript_destroy(kept);
	return e;
}

/* Handles the page when it is in the archive as it is; *done says so. */
static enum err keep_page(struct import *in, struct listed_file *page, bool *done)
{
	struct archive_known known;
	struct listed_file *transcript = NULL;
	*done = archive_known(in->archive, page->path, &known) && is_unchanged(in, page, &known, &transcript);
	enum err e = *done ? keep_unchanged(in, page, &known, transcript) : OK;
	archive_known_finish(&known);
	return e;
}

static enum err read_page(struct import *in, struct listed_file *page, const struct document *d)
{
	struct archive_known known;
	archive_known(in->archive, page->path, &known);
	enum err e = put_episode(in, page, d, &known);
	archive_known_finish(&known);
	return e;
}

static enum err import_page(struct import *in, struct listed_file *page)
{
	bool kept;
	if (!import_load(in, page, &in->bytes))
		return OK;
	enum err e = keep_page(in, page, &kept);
	if (e || kept)
		return e;
	struct document *d = read_document(in, page, &in->bytes);
	if (d->kind == DOCUMENT_DECLINED && d->is_page && transcript_of(in, page, d->slug, d->transcript_file, false)) {
		d->kind = DOCUMENT_EPISODE;
		free(d->reason);
		d->reason = mem_strdup("front matter, and a transcript has its name");
	}
	if (d->kind == DOCUMENT_EPISODE)
		e = read_page(in, page, d);
	else if (d->kind == DOCUMENT_DECLINED)
		report_file(in, page, IMPORTER_DECLINED, NULL, d->reason, 0, 0);
	else if (d->kind == DOCUMENT_UNKNOWN)
		report_unknown(in, page, d);
	if (page->done && d->kind != DOCUMENT_EPISODE)
		e = import_remove_own_item(in, page);
	/* A transcript in a file of Markdown waits for the second pass. */
	document_destroy(d);
	return e;
}

/* ---- transcripts that stand alone ---- */

/* The form of the same transcript that was taken already. */
static const struct listed_file *taken_twin(const struct import *in, const struct listed_file *f)
{
	const struct listed_file *files = in->list.files;
	for (size_t i = (size_t)(f - files); i > 0 && listed_file_is_twin(&files[i - 1], f); i--)
		if (files[i - 1].taken && !files[i - 1].is_markdown)
			return &files[i - 1];
	return NULL;
}

static void set_title(struct document *d, const struct listed_file *f)
{
	if (d->title && d->title[0])
		return;
	free(d->title);
	d->title = span_dup(file_stem(f->path));
	for (char *c = d->title; *c; c++)
		if (*c == '_' || *c == '-')
			*c = ' ';
}

static enum err put_alone(struct import *in, struct listed_file *f, struct document *d)
{
	set_title(d, f);
	struct archive_file file = {.path = f->path, .content_hash = f->hash, .show = show_of(in, f, d), .slug = d->slug,
		.document = d};
	import_correct(in, f, file.show, d->transcript);
	enum err e = put(in, f, &file, &f->taken);
	if (e)
		return e;
	if (!f->taken) {
		report_file(in, f, IMPORTER_DECLINED, NULL, "its slug is another's", 0, 0);
		return OK;
	}
	in->counts->transcripts++;
	report_file(in, f, IMPORTER_TAKEN, d->dialect ? d->dialect->name : "a transcript", d->reason,
		d->transcript->n_turns, d->transcript->n_cues);
	return OK;
}

/* True when the archive has it as it is. */
static bool is_kept(struct import *in, struct listed_file *f)
{
	struct archive_known known;
	bool kept = archive_known(in->archive, f->path, &known) && known.kind == ARCHIVE_TRANSCRIPT && known.content_hash == f->hash &&
		is_show_right(in, &known) && !f->talk;
	if (kept) {
		in->counts->transcripts++;
		import_keep_alone(in, f, known.n_turns, known.n_cues);
	}
	archive_known_finish(&known);
	return kept || import_kept_with_talk(in, f) || import_kept_without_page(in, f);
}

enum err import_alone(struct import *in, struct listed_file *f)
{
	if (import_is_media(f->path)) {
		report_file(in, f, IMPORTER_DECLINED, NULL, "it is no text; recordings and pictures belong into media/", 0, 0);
		return OK;
	}
	const struct listed_file *twin = taken_twin(in, f);
	if (twin) {
		struct buf reason = {0};
		buf_format(&reason, "it has the name of %s, which was read as the same transcript in another form", twin->path);
		report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0);
		buf_finish(&reason);
		return import_remove_own_item(in, f);
	}
	bool kept;
	if (!import_load(in, f, &in->bytes) || is_kept(in, f))
		return OK;
	enum err e = keep_page(in, f, &kept);
	if (e || kept)
		return e;
	struct document *d = read_document(in, f, &in->bytes);
	if (d->kind == DOCUMENT_EPISODE) {
		e = read_page(in, f, d);
	} else if (d->kind == DOCUMENT_TRANSCRIPT) {
		e = import_joined_to_talk(in, f, d, &kept);
		if (!e && !kept)
			e = put_alone(in, f, d);
	} else if (d->kind == DOCUMENT_DECLINED) {
		report_file(in, f, IMPORTER_DECLINED, NULL, d->reason, 0, 0);
		e = import_remove_own_item(in, f);
	} else {
		report_unknown(in, f, d);
		e = import_remove_own_item(in, f);
	}
	document_destroy(d);
	return e;
}

static enum err import_all(struct import *in)
{
	/* What is forgotten makes room first: what belonged to it may be somebody else's. */
	enum err e = in->site->forget ? import_vanished(in) : OK;
	for (size_t i = 0; i < in->list.n && !e; i++)
		if (in->list.files[i].is_markdown)
			e = import_page(in, &in->list.files[i]);
	/* Talks before the transcripts that belong to them. */
	for (size_t i = 0; i < in->list.n && !e; i++)
		if (!in->list.files[i].done && !in->list.files[i].is_markdown && !import_is_media(in->list.files[i].path))
			e = import_collection(in, &in->list.files[i], &(bool){false});
	if (!e)
		e = archive_settle_slugs(in->archive, in->why);
	if (!e)
		e = import_talks_transcripts(in);
	for (size_t i = 0; i < in->list.n && !e; i++)
		if (!in->list.files[i].done)
			e = import_alone(in, &in->list.files[i]);
	if (!e && !in->site->forget)
		e = import_vanished(in);
	return e ? e : archive_settle_refs(in->archive, in->why);
}

enum err importer_run(struct archive *a, const struct importer_site *site, const char *const *paths, size_t n_paths,
	const struct importer_report *report, struct importer_counts *counts, struct why *why)
{
	static const struct importer_report silent;
	struct importer_counts uncounted;
	struct import in = {.archive = a, .site = site, .report = report ? report : &silent,
		.counts = counts ? counts : &uncounted, .why = why};
	*in.counts = (struct importer_counts){0};
	enum err e = file_list_make(&in.list, site->folder, paths, n_paths, site->forget, why);
	if (e)
		return e;
	in.counts->files = in.list.n;
	import_read_corrections(&in);
	e = archive_begin(a, why);
	if (!e) {
		e = import_all(&in);
		if (e)
			archive_rollback(a);
		else
			e = archive_commit(a, why);
	}
	if (!e)
		e = import_settle(&in);
	for (size_t i = 0; in.report->rule && i < corrections_count(in.corrections); i++)
		in.report->rule(in.report->data, corrections_at(in.corrections, i));
	corrections_destroy(in.corrections);
	for (size_t i = 0; i < in.n_unknown_shows; i++)
		free(in.unknown_shows[i]);
	free(in.unknown_shows);
	file_list_finish(&in.list);
	buf_finish(&in.bytes);
	buf_finish(&in.more_bytes);
	return e;
}
