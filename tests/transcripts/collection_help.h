/* collection_help.h - what the tests of record importers share: reading with recorded faults, unpacked corpora,
 * mutants.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_COLLECTION_HELP_H
#define TESTS_COLLECTION_HELP_H

#include "dialect_help.h"

#include <ftw.h>
#include <unistd.h>

#include "base/utf8.h"
#include "transcripts/collection.h"

struct read_result {
	struct collection *c; /* NULL: no collection */
	struct recorded faults;
};

static inline struct read_result read_collection(const char *path, struct span text)
{
	struct read_result r;
	struct dialect_faults faults = recorder(&r.faults);
	r.c = collection_read(path, text, &faults);
	return r;
}

static inline struct read_result read_as(const char *path, const char *text, const char *label)
{
	struct read_result r = read_collection(path, span_of(text));
	assert_non_null(r.c);
	assert_string_equal(r.c->dialect->label, label);
	assert_true(*r.c->reason);
	return r;
}

static inline void finish_result(struct read_result *r)
{
	collection_destroy(r->c);
	buf_finish(&r->faults.all);
}

/* A fault's text is among those that were reported, at this line. */
static inline void assert_fault(const struct read_result *r, int line, const char *part)
{
	struct span rest = buf_view(&r->faults.all), one;
	char start[16];
	snprintf(start, sizeof start, "%d: ", line);
	while (span_next_line(&rest, &one))
		if (span_starts(one, start) && span_search(one, span_of(part), 0) < one.n)
			return;
	fail_msg("no fault with '%s' at line %d; there are:\n%s", part, line, r->faults.all.p ? r->faults.all.p : "none");
}

static inline int remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
	(void)info, (void)kind, (void)ftw;
	return remove(path);
}

static inline void remove_tree(const char *folder)
{
	nftw(folder, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* The unpacked archive NAME.tar.zst of the corpora, in a temporary folder; skips without them, tar or zstd. */
static inline void unpack_corpus(const char *name, char folder[64])
{
	const char *root = getenv("CORPORA");
	struct buf command = {0}, path = {0};
	buf_format(&path, "%s/%s.tar.zst", root ? root : "", name);
	strcpy(folder, "/tmp/carillon-corpus-XXXXXX");
	if (!root || !file_exists(path.p)) {
		buf_finish(&path);
		skip();
	}
	assert_non_null(mkdtemp(folder));
	buf_format(&command, "tar --zstd -xf '%s' -C '%s' 2>/dev/null", path.p, folder);
	int status = system(command.p);
	buf_finish(&command);
	buf_finish(&path);
	if (status != 0) {
		remove_tree(folder);
		skip();
	}
}

/* Every file below folder, in the order of their names: path from `root` on. */
static inline void each_file(const char *root, const char *below, void (*see)(void *data, const char *path,
	struct span bytes),
	void *data)
{
	char *folder = file_join(root, below), **names;
	size_t n;
	struct why why;
	assert_int_equal(file_list(folder, &names, &n, &why), OK);
	for (size_t i = 0; i < n; i++) {
		char *path = file_join(below, names[i]), *whole = file_join(root, path);
		if (file_is_folder(whole)) {
			each_file(root, path, see, data);
		} else {
			struct buf bytes = {0};
			assert_int_equal(file_read(whole, 64 * 1024 * 1024, &bytes, &why), OK);
			see(data, path, buf_view(&bytes));
			buf_finish(&bytes);
		}
		free(path);
		free(whole);
	}
	file_list_free(names, n);
	free(folder);
}

/* Every text in it is UTF-8 (which a page, a feed and the database take for granted), and lists are whole. */
static inline void assert_sound(const struct collection *c)
{
	assert_true(*c->reason);
	assert_non_null(c->dialect);
	for (size_t i = 0; i < c->n_documents; i++) {
		const struct document *d = c->documents[i];
		const char *const texts[] = {d->title, d->slug, d->show, d->author, d->description, d->image, d->guid, d->media_file,
			d->youtube, d->conference, d->room, d->track, d->session, d->language, d->license, d->page_url, d->notes};
		for (size_t k = 0; k < COUNT_OF(texts); k++)
			assert_true(utf8_is_valid(span_of(texts[k])));
		assert_true(*d->slug);
		assert_true(d->kind == DOCUMENT_EPISODE || d->kind == DOCUMENT_TALK);
		assert_true(d->duration_ms >= 0 && d->duration_ms <= INT64_C(86400000));
		assert_true(!*d->youtube || strlen(d->youtube) == 11);
		assert_true(d->season >= 0 && d->episode >= 0 && d->media_bytes >= 0);
		for (size_t k = 0; k < d->n_credits; k++)
			assert_true(*d->credits[k].name || *d->credits[k].ref);
		for (size_t k = 0; k < d->n_links; k++)
			assert_true(*d->links[k].url);
		for (size_t k = 0; k < d->n_media; k++)
			assert_true(*d->media[k].url && d->media[k].bytes >= 0 && d->media[k].duration_ms >= 0);
		for (size_t k = 0; k < d->n_chapters; k++)
			assert_true(d->chapters[k].start_ms >= 0);
		assert_true(!d->is_opted_out || !d->n_media || d->kind == DOCUMENT_TALK);
	}
	for (size_t i = 0; i < c->n_conferences; i++)
		assert_true(utf8_is_valid(span_of(c->conferences[i].name)) && utf8_is_valid(span_of(c->conferences[i].title)));
	for (size_t i = 0; i < c->n_subscriptions; i++)
		assert_true(*c->subscriptions[i].feed_url);
	if (c->decline)
		assert_true(*c->decline && !c->n_documents && !c->n_subscriptions);
}

#endif
