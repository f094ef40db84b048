/* importer_kinds.c - what files are: what the owner says, in carillon.yaml or by `import --as`, and what is seen where
 * two files may belong together.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path_glob.h"
#include "transcripts/archive_parts.h"
#include "transcripts/chapters.h"
#include "transcripts/importer_job.h"

/* ---- what --as said ---- */

static bool is_at_or_below(const char *path, struct span folder)
{
	return strncmp(path, folder.p, folder.n) == 0 && (path[folder.n] == '\0' || path[folder.n] == '/');
}

/* What is said of the nearest one of the path and its folders; "auto" too. */
static const char *find_said(const struct told_kinds *kinds, const char *path)
{
	const char *label = NULL;
	size_t n = 0;
	for (size_t i = 0; i < kinds->n; i++) {
		struct span at = span_of(kinds->items[i].path);
		if (at.n >= n && is_at_or_below(path, at)) {
			label = kinds->items[i].label;
			n = at.n;
		}
	}
	return label;
}

const char *told_kinds_find(const struct told_kinds *kinds, const char *path)
{
	const char *label = find_said(kinds, path);
	return label && !kind_is_auto(span_of(label)) ? label : NULL;
}

void told_kinds_set(struct told_kinds *kinds, struct span path, struct span label)
{
	size_t kept = 0;
	for (size_t i = 0; i < kinds->n; i++) {
		struct told_kind *k = &kinds->items[i];
		if (is_at_or_below(k->path, path)) {
			free(k->path);
			free(k->label);
		} else {
			kinds->items[kept++] = *k;
		}
	}
	kinds->n = kept;
	char *key = span_dup(path);
	const char *above = find_said(kinds, key);
	if (span_equal(label, above ? span_of(above) : span_of("auto"))) {
		free(key);
		return;
	}
	kinds->items = mem_grow(kinds->items, kinds->n + 1, sizeof *kinds->items);
	kinds->items[kinds->n++] = (struct told_kind){key, span_dup(label)};
}

void told_kinds_finish(struct told_kinds *kinds)
{
	for (size_t i = 0; i < kinds->n; i++) {
		free(kinds->items[i].path);
		free(kinds->items[i].label);
	}
	free(kinds->items);
	*kinds = (struct told_kinds){0};
}

/* ---- each file's ---- */

void import_told_by(const struct listed_file *f, struct buf *out)
{
	if (f->rule)
		buf_format(out, "carillon.yaml:%d says so", f->rule->line);
	else
		buf_text(out, "'carillon import --as' said so");
}

static const struct kind_rule *rule_for(const struct importer_site *site, const char *path)
{
	for (size_t i = 0; i < site->n_kinds; i++)
		if (path_glob(site->kinds[i].files, path))
			return &site->kinds[i];
	return NULL;
}

/* Its content may have looked like a file of many records, which are gone then. */
static enum err tell(struct import *in, struct listed_file *f, const char *label, const struct kind_rule *rule)
{
	f->is_told = kind_named(span_of(label), &f->kind);
	f->rule = rule;
	if (!f->is_told) {
		import_fault_format(in, f->full, 0, "var/elsewhere says that it is '%s', which is no kind of file; say what it is "
			"with 'carillon import --as'", label);
		return OK;
	}
	f->may_be_page = strcmp(f->kind.label, "page") == 0;
	bool was_collection = f->kind.of == KIND_DOCUMENT && archive_is_collection(in->archive, f->path);
	return was_collection ? archive_remove(in->archive, f->path, in->why) : OK;
}

enum err import_tell_kinds(struct import *in)
{
	const struct importer_site *site = in->site;
	size_t *n_files = mem_new(site->n_kinds + 1, sizeof *n_files);
	enum err e = OK;
	for (size_t i = 0; i < in->list.n && !e; i++) {
		struct listed_file *f = &in->list.files[i];
		const char *label = told_kinds_find(&in->list.kinds, f->path);
		const struct kind_rule *rule = rule_for(site, f->path);
		if (rule)
			n_files[rule - site->kinds]++;
		if (label)
			e = tell(in, f, label, NULL);
		else if (rule && !kind_is_auto(span_of(rule->as)))
			e = tell(in, f, rule->as, rule);
	}
	for (size_t i = 0; i < site->n_kinds && !e && in->report->kind; i++)
		in->report->kind(in->report->data, &site->kinds[i], n_files[i]);
	free(n_files);
	return e;
}

/* ---- what is seen ---- */

/* Only what begins so can be such a file without being named so: the rest isn't read twice. */
static bool is_seen_as_chapters(const struct listed_file *f, struct span bytes)
{
	struct span stem, start = span_trim(span_make(bytes.p, bytes.n < 1024 ? bytes.n : 1024));
	bool may_be = chapters_is_named(f->path, &stem) || (start.n && (start.p[0] == '{' || start.p[0] == '<' ||
		(unsigned char)start.p[0] >= 0xEF || start.p[0] == '\0'));
	struct document *d = may_be ? document_read(f->path, bytes, NULL) : NULL;
	bool is = d && d->is_chapters;
	document_destroy(d);
	return is;
}

static bool is_seen_as_records(const struct listed_file *f, struct span bytes)
{
	struct collection *c = import_may_be_collection(bytes) ? collection_read(f->path, bytes, NULL) : NULL;
	collection_destroy(c);
	return c != NULL;
}

enum listed_content import_look(struct import *in, struct listed_file *f)
{
	if (f->content != LISTED_NOT_LOOKED_AT)
		return f->content;
	if (f->is_told)
		return f->content = f->kind.of == KIND_COLLECTION ? LISTED_RECORDS :
			chapters_named(span_of(f->kind.label)) ? LISTED_CHAPTERS : LISTED_WORDS;
	if (!import_load(in, f, &in->more_bytes))
		return f->content = LISTED_UNREADABLE;
	struct span bytes = buf_view(&in->more_bytes);
	return f->content = is_seen_as_chapters(f, bytes) ? LISTED_CHAPTERS :
		is_seen_as_records(f, bytes) ? LISTED_RECORDS : LISTED_WORDS;
}
