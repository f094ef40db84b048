/* importer_vanished.c - files that gave words to the archive and aren't there any more.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/importer_job.h"

/* As it opens, for messages. */
static char *full_path(const struct import *in, const char *path)
{
	return strcmp(in->site->folder, ".") == 0 ? mem_strdup(path) : file_join(in->site->folder, path);
}

struct vanished {
	struct import *in;
	char **paths;
	size_t n;
};

static void look_for(void *data, const char *path)
{
	struct vanished *v = data;
	if (file_list_find(&v->in->list, path))
		return;
	char *full = file_join(v->in->site->folder, path);
	if (!file_exists(full)) {
		v->paths = mem_grow(v->paths, v->n + 1, sizeof *v->paths);
		v->paths[v->n++] = mem_strdup(path);
	}
	free(full);
}

static bool is_below_missing(const struct file_list *list, const char *path)
{
	for (size_t i = 0; i < list->n_missing; i++) {
		size_t n = strlen(list->missing[i]);
		if (strncmp(path, list->missing[i], n) == 0 && (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

static enum err forget(struct import *in, const char *path)
{
	enum err e = archive_remove(in->archive, path, in->why);
	if (e)
		return e;
	in->counts->forgotten++;
	struct importer_file file = {.path = path, .outcome = IMPORTER_FORGOTTEN, .reason = "", .named = true};
	if (in->report->file)
		in->report->file(in->report->data, &file);
	return import_next_put(in);
}

enum err import_vanished(struct import *in)
{
	struct vanished v = {.in = in};
	enum err e = archive_each_path(in->archive, look_for, &v, in->why);
	for (size_t i = 0; i < in->list.n_missing && !in->site->forget; i++)
		import_fault_format(in, in->list.missing[i], 0, "it isn't there any more, and the archive keeps what it "
			"had; bring it back, or take it out with 'carillon import --forget'");
	for (size_t i = 0; i < v.n && !e; i++) {
		if (in->site->forget) {
			e = forget(in, v.paths[i]);
			continue;
		}
		in->counts->vanished++;
		if (is_below_missing(&in->list, v.paths[i]))
			continue;
		char *full = full_path(in, v.paths[i]);
		import_fault_format(in, full, 0, "the file has vanished, and the archive keeps its words; bring it back, "
			"or take it out with 'carillon import --forget'");
		free(full);
	}
	for (size_t i = 0; i < v.n; i++)
		free(v.paths[i]);
	free(v.paths);
	return e;
}
