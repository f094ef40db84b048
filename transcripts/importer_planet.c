/* importer_planet.c - a planet's page that was saved as text: its posts belong to the planet, not to the archive.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/document.h"
#include "transcripts/importer_job.h"
#include "transcripts/planet_page.h"
#include "transcripts/planet_store.h"

static enum err open_store(struct import *in)
{
	if (in->planet)
		return OK;
	char *var = file_join(in->site->folder, "var");
	enum err e = planet_store_open(var, &in->planet, in->why);
	free(var);
	return e;
}

static void report(struct import *in, struct listed_file *f, enum importer_outcome outcome, const char *reason,
	size_t n_posts, size_t n_blogs)
{
	struct buf records = {0};
	buf_format(&records, "%zu post%s of %zu blog%s", n_posts, n_posts == 1 ? "" : "s", n_blogs, n_blogs == 1 ? "" : "s");
	in->counts->posts += n_posts;
	f->taken = f->is_planet = true;
	import_report_file(in, f, outcome, outcome == IMPORTER_TAKEN ? dialect_planet_page.name : NULL, reason, 0, 0,
		records.p);
	buf_finish(&records);
}

enum err import_planet_page(struct import *in, struct listed_file *f)
{
	struct planet_feed **feeds;
	size_t n_feeds, n_posts = 0;
	struct why why = {0};
	enum err e = open_store(in);
	if (e)
		return e;
	if (planet_has_file(in->planet, f->path, f->hash, &n_posts, &n_feeds)) {
		report(in, f, IMPORTER_UNCHANGED, NULL, n_posts, n_feeds);
		return OK;
	}
	struct import_fault_context context = {in, f};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	e = planet_page_read(buf_view(&in->bytes), &faults, &feeds, &n_feeds, &why);
	if (e) {
		import_report_file(in, f, IMPORTER_NOT_RECOGNISED, NULL, why.text, 0, 0, NULL);
		import_fault(in, f->full, why.line, why.text);
		return OK;
	}
	e = planet_put_file(in->planet, f->path, f->hash, feeds, n_feeds, clock_wall_ms(), in->why);
	for (size_t i = 0; i < n_feeds; i++)
		n_posts += feeds[i]->n_entries;
	if (!e)
		report(in, f, IMPORTER_TAKEN, "its posts end in 'by NAME at DATE'; they belong to the planet", n_posts, n_feeds);
	planet_page_free(feeds, n_feeds);
	return e;
}

struct vanished {
	struct import *in;
	char **paths;
	size_t n;
};

static void look_for(void *data, const char *path)
{
	struct vanished *v = data;
	const struct listed_file *f = file_list_find(&v->in->list, path);
	char *full = file_join(v->in->site->folder, path);
	if (f ? f->readable && !f->is_planet : !file_exists(full)) {
		v->paths = mem_grow(v->paths, v->n + 1, sizeof *v->paths);
		v->paths[v->n++] = mem_strdup(path);
	}
	free(full);
}

enum err import_planet_vanished(struct import *in)
{
	struct vanished v = {.in = in};
	char *var = file_join(in->site->folder, "var"), *path = file_join(var, "planet.db");
	bool is_there = file_exists(path);
	free(path);
	free(var);
	enum err e = is_there ? open_store(in) : OK;
	if (!e && is_there)
		e = planet_each_file(in->planet, look_for, &v, in->why);
	for (size_t i = 0; i < v.n && !e; i++) {
		if (file_list_find(&in->list, v.paths[i])) {
			/* It is something else now. */
			e = planet_remove_file(in->planet, v.paths[i], in->why);
		} else if (in->site->forget) {
			e = planet_remove_file(in->planet, v.paths[i], in->why);
			in->counts->forgotten++;
			struct importer_file file = {.path = v.paths[i], .outcome = IMPORTER_FORGOTTEN, .reason = "", .named = true};
			if (in->report->file)
				in->report->file(in->report->data, &file);
		} else {
			in->counts->vanished++;
			import_fault_format(in, v.paths[i], 0, "the file has vanished, and the planet keeps its posts; bring it back, or "
				"take them out with 'carillon import --forget'");
		}
	}
	for (size_t i = 0; i < v.n; i++)
		free(v.paths[i]);
	free(v.paths);
	return e;
}
