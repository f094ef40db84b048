/* importer.c - passes over the listed files: episodes' pages first, each with the transcript and the chapters that belong
 * to it; then files of many records, the files of their talks, and transcripts that stand alone. What hasn't changed is
 * neither read as a document nor written.
 * SPDX-License-Identifier: MIT */
#include "transcripts/importer.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_takedown.h"
#include "transcripts/importer_job.h"
#include "transcripts/planet_store.h"

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

void import_report_unknown(struct import *in, struct listed_file *f, const struct document *d)
{
	report_file(in, f, IMPORTER_NOT_RECOGNISED, NULL, d->reason, 0, 0);
	import_fault_format(in, f->full, d->reason_line, "not recognised: %s", d->reason);
}

uint64_t import_hash(const struct import *in, const struct listed_file *f, struct span bytes)
{
	return span_hash(bytes) ^ in->rules_hash ^ (f->is_told ? span_hash(span_of(f->kind.label)) : 0);
}

/* From what was read ahead. */
static bool load_read(struct import *in, struct listed_file *f, struct buf *bytes)
{
	struct ahead_file read;
	if (!ahead_take(in->ahead, f, &read))
		return false;
	ahead_file_finish(&in->read);
	in->read = read;
	if (!read.is_read)
		return false;
	/* The document borrows from them. */
	buf_finish(bytes);
	*bytes = read.bytes;
	in->read.bytes = (struct buf){0};
	f->readable = true;
	f->hash = read.hash;
	return true;
}

bool import_load(struct import *in, struct listed_file *f, struct buf *bytes)
{
	struct why why = {0};
	/* A file that is looked at beside another comes in its own turn, too. */
	if (bytes == &in->bytes && load_read(in, f, bytes))
		return true;
	buf_clear(bytes);
	buf_text(bytes, "");
	f->readable = file_read(f->full, FILE_BYTES_MAX, bytes, &why) == OK;
	if (f->readable) {
		f->hash = import_hash(in, f, buf_view(bytes));
	} else if (!f->done) {
		report_file(in, f, IMPORTER_NOT_RECOGNISED, NULL, why.text, 0, 0);
		import_fault(in, f->full, 0, why.text);
	}
	return f->readable;
}

struct document *import_parse_document(const struct listed_file *f, const struct buf *bytes, const struct dialect_faults *faults)
{
	if (!f->is_told)
		return document_read(f->path, buf_view(bytes), faults);
	struct buf said = {0};
	import_told_by(f, &said);
	struct document *d = document_read_as(f->path, buf_view(bytes), span_of(f->kind.label), said.p, faults);
	buf_finish(&said);
	return d;
}

struct document *import_read_document(struct import *in, const struct listed_file *f, const struct buf *bytes)
{
	struct import_fault_context context = {in, f};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct document *d = in->read.file == f ? in->read.document : NULL;
	if (!d)
		return import_parse_document(f, bytes, &faults);
	for (size_t i = 0; i < in->read.n_faults; i++)
		import_fault_in_file(&context, in->read.faults[i].line, in->read.faults[i].text);
	in->read.document = NULL;
	return d;
}

const struct archive_prepared *import_prepared(const struct import *in, const struct listed_file *f)
{
	return in->read.file == f && in->read.is_prepared ? &in->read.prepared : NULL;
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

bool import_is_show_right(const struct import *in, const struct archive_known *known)
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

/* ---- writing ---- */

enum err import_next_put(struct import *in)
{
	if (++in->n_puts % FILES_A_COMMIT)
		return OK;
	enum err e = archive_commit(in->archive, in->why);
	return e ? e : archive_begin(in->archive, in->why);
}

enum err import_put(struct import *in, const struct listed_file *f, const struct archive_file *file, bool *taken)
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

/* ---- transcripts that stand alone ---- */

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

/* The form of the same transcript that was taken already. */
static const struct listed_file *taken_twin(const struct import *in, const struct listed_file *f)
{
	const struct listed_file *files = in->list.files;
	for (size_t i = (size_t)(f - files); i > 0 && listed_file_is_twin(&files[i - 1], f); i--)
		if (files[i - 1].taken && !files[i - 1].may_be_page && files[i - 1].content != LISTED_CHAPTERS)
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
	struct archive_file file = {.path = f->path, .content_hash = f->hash, .show = import_show(in, f, d->show), .slug = d->slug,
		.document = d, .prepared = import_prepared(in, f)};
	import_correct(in, f, file.show, d->transcript);
	enum err e = import_put(in, f, &file, &f->taken);
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
		import_is_show_right(in, &known) && !f->talk;
	if (kept) {
		in->counts->transcripts++;
		import_keep_alone(in, f, known.n_turns, known.n_cues);
	}
	archive_known_finish(&known);
	return kept || import_kept_with_talk(in, f) || import_kept_without_page(in, f);
}

enum err import_alone(struct import *in, struct listed_file *f)
{
	if (import_is_media(f->path) && !f->is_told) {
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
	enum err e = import_keep_page(in, f, &kept);
	if (e || kept)
		return e;
	struct document *d = import_read_document(in, f, &in->bytes);
	/* A file of many records that has become one of another kind. */
	if ((d->kind == DOCUMENT_EPISODE || d->transcript || d->is_chapters) && archive_is_collection(in->archive, f->path))
		e = archive_remove(in->archive, f->path, in->why);
	if (e) {
		/* below */
	} else if (d->kind == DOCUMENT_EPISODE) {
		e = import_read_page(in, f, d);
	} else if (d->is_chapters) {
		e = import_chapters_alone(in, f, d);
	} else if (d->kind == DOCUMENT_TRANSCRIPT) {
		e = import_joined_to_talk(in, f, d, &kept);
		if (!e && !kept)
			e = put_alone(in, f, d);
	} else if (d->kind == DOCUMENT_DECLINED && d->dialect == &dialect_planet_page) {
		e = import_planet_page(in, f);
		if (!e)
			e = import_remove_own_item(in, f);
	} else if (d->kind == DOCUMENT_DECLINED) {
		report_file(in, f, IMPORTER_DECLINED, NULL, d->reason, 0, 0);
		e = import_remove_own_item(in, f);
	} else {
		import_report_unknown(in, f, d);
		e = import_remove_own_item(in, f);
	}
	document_destroy(d);
	return e;
}

/* Media by their endings, where their owner says nothing else. */
static bool is_to_read(const struct listed_file *f)
{
	return !f->done && (f->is_told || !import_is_media(f->path));
}

/* One after the other, read ahead of it. */
static enum err import_each(struct import *in, bool (*is_wanted)(const struct listed_file *f),
	enum err (*import_one)(struct import *in, struct listed_file *f))
{
	size_t *files = mem_new(in->list.n + 1, sizeof *files), n = 0;
	enum err e = OK;
	for (size_t i = 0; i < in->list.n; i++)
		if (is_wanted(&in->list.files[i]))
			files[n++] = i;
	in->ahead = ahead_start(in, files, n);
	for (size_t i = 0; i < n && !e; i++)
		/* Another one may have taken it meanwhile. */
		if (is_wanted(&in->list.files[files[i]]))
			e = import_one(in, &in->list.files[files[i]]);
	ahead_stop(in->ahead);
	in->ahead = NULL;
	ahead_file_finish(&in->read);
	free(files);
	return e;
}

static bool may_be_page(const struct listed_file *f)
{
	return f->may_be_page;
}

static bool is_left(const struct listed_file *f)
{
	return !f->done;
}

static enum err import_all(struct import *in)
{
	enum err e = import_tell_kinds(in);
	/* What is forgotten makes room first: what belonged to it may be somebody else's. */
	if (!e && in->site->forget)
		e = import_vanished(in);
	if (!e)
		e = import_each(in, may_be_page, import_page);
	/* Talks before the files that belong to them. */
	for (size_t i = 0; i < in->list.n && !e; i++)
		if (is_to_read(&in->list.files[i]) && !in->list.files[i].may_be_page)
			e = import_collection(in, &in->list.files[i], &(bool){false});
	if (!e)
		e = archive_settle_slugs(in->archive, in->why);
	if (!e)
		e = archive_takedown_again(in->archive, in->why);
	if (!e)
		e = import_talks_files(in);
	if (!e)
		e = import_each(in, is_left, import_alone);
	if (!e && !in->site->forget)
		e = import_vanished(in);
	if (!e)
		e = import_planet_vanished(in);
	return e ? e : archive_settle_names(in->archive, in->why);
}

enum err importer_run(struct archive *a, const struct importer_site *site, const char *const *paths, size_t n_paths,
	const struct importer_report *report, struct importer_counts *counts, struct why *why)
{
	static const struct importer_report silent;
	struct importer_counts uncounted;
	struct import in = {.archive = a, .site = site, .report = report ? report : &silent,
		.counts = counts ? counts : &uncounted, .why = why};
	*in.counts = (struct importer_counts){0};
	enum err e = file_list_make(&in.list, site, paths, n_paths, why);
	if (e)
		return e;
	in.counts->files = in.list.n;
	if (site->defers_index)
		archive_defer_index(a);
	import_read_corrections(&in);
	e = import_read_takedown(&in);
	if (!e)
		e = archive_begin(a, why);
	if (!e) {
		e = archive_takedown_begin(a, in.takedown, in.takedown_people, in.takedown_hash, why);
		if (!e)
			e = import_all(&in);
		if (e)
			archive_rollback(a);
		else
			e = archive_commit(a, why);
	}
	if (!e)
		e = import_settle(&in);
	if (!e)
		import_end_takedown(&in);
	archive_takedown_end(a);
	takedown_destroy(in.takedown);
	people_rules_destroy(in.takedown_people);
	for (size_t i = 0; in.report->rule && i < corrections_count(in.corrections); i++)
		in.report->rule(in.report->data, corrections_at(in.corrections, i));
	corrections_destroy(in.corrections);
	for (size_t i = 0; i < in.n_unknown_shows; i++)
		free(in.unknown_shows[i]);
	free(in.unknown_shows);
	planet_store_close(in.planet);
	file_list_finish(&in.list);
	buf_finish(&in.bytes);
	buf_finish(&in.more_bytes);
	return e;
}
