/* importer_rules.c - the owner's files of rules, beside the configuration: corrections.yaml, people.yaml,
 * references.yaml.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_references.h"
#include "transcripts/importer_job.h"
#include "transcripts/people_rules.h"

enum { RULES_BYTES_MAX = 4 << 20 };

/* One of the files: its text, empty where there is none. */
struct rules_file {
	char *path; /* as it opens */
	struct buf text;
	bool is_there;
};

static struct rules_file read_rules(struct import *in, const char *name)
{
	struct rules_file f = {.path = file_join(in->site->folder, name)};
	struct why why = {0};
	enum err e = file_read(f.path, RULES_BYTES_MAX, &f.text, &why);
	if (e && e != E_GONE)
		import_fault(in, f.path, 0, why.text);
	f.is_there = !e;
	buf_text(&f.text, "");
	return f;
}

static void rules_finish(struct rules_file *f)
{
	free(f->path);
	buf_finish(&f->text);
}

void import_read_corrections(struct import *in)
{
	struct rules_file f = read_rules(in, "corrections.yaml");
	struct listed_file file = {.full = f.path};
	struct import_fault_context context = {in, &file};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct why why = {0};
	in->corrections = corrections_read(buf_view(&f.text), &faults, &why);
	in->rules_hash = f.is_there ? span_hash(buf_view(&f.text)) : 0;
	if (!in->corrections) {
		import_fault_format(in, f.path, why.line, "%s; nothing is corrected until it is", why.text);
		in->corrections = corrections_read(SPAN_LITERAL(""), NULL, &why);
	}
	ASSERT(in->corrections);
	rules_finish(&f);
}

static struct people_rules *read_people_rules(struct import *in, uint64_t *hash)
{
	struct rules_file f = read_rules(in, "people.yaml");
	struct listed_file file = {.full = f.path};
	struct import_fault_context context = {in, &file};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct why why = {0};
	struct people_rules *rules = people_rules_read(buf_view(&f.text), &faults, &why);
	*hash = span_hash(buf_view(&f.text));
	if (!rules) {
		import_fault_format(in, f.path, why.line, "%s; nobody's names are joined until it is corrected", why.text);
		rules = people_rules_read(SPAN_LITERAL(""), NULL, &why);
	}
	ASSERT(rules);
	rules_finish(&f);
	return rules;
}

static struct reference_rules *read_reference_rules(struct import *in, uint64_t *hash)
{
	struct rules_file f = read_rules(in, "references.yaml");
	struct listed_file file = {.full = f.path};
	struct import_fault_context context = {in, &file};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct why why = {0};
	struct reference_rules *rules = reference_rules_read(buf_view(&f.text), &faults, &why);
	*hash = span_hash(buf_view(&f.text));
	if (!rules) {
		import_fault_format(in, f.path, why.line, "%s; nothing is struck until it is corrected", why.text);
		rules = reference_rules_read(SPAN_LITERAL(""), NULL, &why);
	}
	ASSERT(rules);
	rules_finish(&f);
	return rules;
}

static enum err settle_references(struct import *in)
{
	const struct importer_site *site = in->site;
	struct reference_show *shows = mem_new(site->n_shows + 1, sizeof *shows);
	for (size_t i = 0; i < site->n_shows; i++)
		shows[i] = (struct reference_show){site->shows[i], site->show_titles ? site->show_titles[i] : ""};
	struct archive_reference_rules rules = {.shows = shows, .n_shows = site->n_shows,
		.base_url = site->base_url ? site->base_url : ""};
	rules.rules = read_reference_rules(in, &rules.hash);
	rules.hash ^= span_hash(span_of(rules.base_url));
	for (size_t i = 0; i < rules.n_shows; i++)
		rules.hash = rules.hash * 31 + span_hash(span_of(shows[i].title));
	enum err e = archive_settle_references(in->archive, &rules, in->why);
	reference_rules_destroy(rules.rules);
	free(shows);
	return e;
}

enum err import_settle(struct import *in)
{
	uint64_t hash;
	struct people_rules *people = read_people_rules(in, &hash);
	enum err e = archive_settle_people(in->archive, people, hash, in->why);
	people_rules_destroy(people);
	if (!e)
		e = archive_settle(in->archive, in->why);
	return e ? e : settle_references(in);
}

struct correcting {
	struct import *in;
	const struct listed_file *file;
};

static void report_change(void *data, size_t rule, int line, struct span before, struct span after)
{
	const struct correcting *c = data;
	const struct importer_report *report = c->in->report;
	if (report->correction)
		report->correction(report->data, corrections_at(c->in->corrections, rule), c->file->full, line, before, after);
}

void import_correct(struct import *in, const struct listed_file *f, const char *place, struct transcript *t)
{
	struct correcting correcting = {in, f};
	const struct correction_report report = {report_change, &correcting};
	in->counts->corrected += corrections_apply(in->corrections, place, t, &report);
}
