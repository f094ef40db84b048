/* SPDX-License-Identifier: MIT */
#include "server/publish_gone.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_takedown.h"

enum { TEXT_MAX = 64 << 20 };

struct gone_places {
	struct archive *archive;
	bool takes_media;
	struct gone_place {
		char *address, *slug;
		unsigned what;
	} *places;
	size_t n;
};

static void add(void *data, const char *address, const char *space, const char *slug, unsigned what)
{
	struct gone_places *g = data;
	(void)space;
	g->places = mem_grow(g->places, g->n + 1, sizeof *g->places);
	g->places[g->n++] = (struct gone_place){mem_strdup(address), mem_strdup(slug), what};
}

struct gone_places *gone_places_read(struct archive *archive)
{
	struct gone_places *g = mem_new(1, sizeof *g);
	struct why why;
	g->archive = archive;
	g->takes_media = archive && archive_has_taken_media(archive);
	if (archive && archive_taken_each(archive, add, g, &why))
		DIAG(DIAG_ERROR, "publish", "what was taken down can't be read: %s", why.text);
	return g;
}

void gone_places_free(struct gone_places *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++) {
		free(g->places[i].address);
		free(g->places[i].slug);
	}
	free(g->places);
	free(g);
}

void gone_places_each(const struct gone_places *g, void (*each)(void *data, const char *address), void *data)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->places[i].what & TAKEDOWN_PAGE)
			each(data, g->places[i].address);
}

bool gone_places_take_media(const struct gone_places *g, const char *name)
{
	struct archive_taken taken = {0};
	bool takes = g->takes_media && archive_taken_media_or_copy(g->archive, name, &taken) && taken.what & TAKEDOWN_RECORDING;
	archive_taken_finish(&taken);
	return takes;
}

/* "shows/bells/one.vtt", "shows/bells/one/embed/index.html". */
static bool is_of(struct span file, const char *address)
{
	size_t n = strlen(address);
	return span_starts(file, address) && file.n > n && (file.p[n] == '/' || file.p[n] == '.');
}

/* Every page and feed with the item has its address's last part in it. That others may have it too does no harm: they aren't
 * published any more. */
static bool mentions(const struct gone_places *g, const char *path)
{
	struct buf text = {0};
	bool does = file_read(path, TEXT_MAX, &text, NULL) == OK;
	for (size_t i = 0; does && i < g->n; i++)
		if (span_search(buf_view(&text), span_of(g->places[i].slug), 0) < text.n)
			break;
		else if (i + 1 == g->n)
			does = false;
	buf_finish(&text);
	return does;
}

/* May what was published as this file of the folder, and isn't any more, tell of what was taken down? */
static bool reaches(const struct gone_places *g, const char *folder, const char *file)
{
	static const char *const media[] = {"media/", "previews/"};
	struct span name = span_of(file);
	if (!g->n && !g->takes_media)
		return false;
	for (size_t i = 0; i < COUNT_OF(media); i++) {
		if (!span_starts(name, media[i]))
			continue;
		name = span_from(name, strlen(media[i]));
		char *recording = span_dup(span_make(name.p, span_find(name, '/')));
		bool takes = gone_places_take_media(g, recording);
		free(recording);
		return takes;
	}
	/* A copy that isn't made any more is worth nothing, and what it was made of has other words by now. */
	if (span_ends(name, ".gz"))
		return true;
	for (size_t i = 0; i < g->n; i++)
		if (is_of(name, g->places[i].address))
			return true;
	/* The search's files are of no use without the others of their run. */
	if (!g->n || span_starts(name, "search/"))
		return g->n;
	char *plain = span_dup(name), *path = file_join(folder, plain);
	bool does = mentions(g, path);
	free(plain);
	free(path);
	return does;
}

/* ---- the end of a run ---- */

struct settling {
	const struct publish_options *options;
	const struct gone_places *gone;
};

static bool must_go(void *data, const char *file)
{
	const struct settling *s = data;
	return reaches(s->gone, s->options->output, file);
}

static void told(void *data, const char *file, bool removed)
{
	const struct settling *s = data;
	s->options->old(s->options->data, file, removed);
}

enum err gone_settle(struct server *server, const struct publish_options *options, struct output *output, uint64_t made_from,
	struct output_counts *counts, struct why *why)
{
	struct archive *archive;
	enum err e = server_borrow_archive(server, &archive, why);
	if (e && e != E_GONE)
		return e;
	struct gone_places *gone = gone_places_read(archive);
	struct settling settling = {options, gone};
	const struct output_old old = {options->prune, must_go, told, &settling};
	e = output_settle(output, made_from, &old, counts, why);
	gone_places_free(gone);
	server_return_archive(server, archive);
	return e;
}
