/* SPDX-License-Identifier: MIT */
#include "server/publish_announce.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "server/websub.h"
#include "transcripts/feed_address.h"

enum { KNOWN_BYTES_MAX = 64 << 20 };
static const char known_name[] = "announced", feeds_folder[] = "feeds/";

struct announcing {
	const struct config *config;
	struct span known;      /* what the hub was told, as the file has it: with a line feed before */
	struct buf now;         /* all that it knows when it has been told */
	struct websub *websub;  /* NULL: they are only counted */
	size_t n;
};

static void look_at(void *data, const char *file, uint64_t hash)
{
	struct announcing *a = data;
	struct feed_address address = {0};
	struct span path = span_of(file);
	bool is_feed = span_starts(path, feeds_folder) && feed_address_read(&address, span_from(path, sizeof feeds_folder - 1));
	if (is_feed && (address.request.kind == FEED_SHOW || address.request.kind == FEED_CONFERENCE)) {
		size_t begin = a->now.n - 1;
		buf_format(&a->now, "%016" PRIx64 " %s\n", hash, file);
		if (span_search(a->known, span_from(buf_view(&a->now), begin), 0) == a->known.n) {
			struct buf url = {0};
			buf_text(&url, a->config->base_url);
			feed_address_write(&url, &address.request);
			if (a->websub)
				websub_add(a->websub, url.p);
			a->n++;
			buf_finish(&url);
		}
	}
	feed_address_finish(&address);
}

static void look_at_all(struct announcing *a, const char *path, const struct output *output, struct buf *known)
{
	buf_text(known, "\n");
	/* What can't be read was never told. */
	(void)!file_read(path, KNOWN_BYTES_MAX, known, NULL);
	a->known = buf_view(known);
	buf_text(&a->now, "\n");
	output_each(output, look_at, a);
}

size_t announce_count(const struct config *config, const char *var, const struct output *output)
{
	struct announcing a = {.config = config};
	struct buf known = {0};
	char *path = file_join(var, known_name);
	if (config->hub && config->base_url)
		look_at_all(&a, path, output, &known);
	free(path);
	buf_finish(&known);
	buf_finish(&a.now);
	return a.n;
}

enum err announce_changed(const struct config *config, const char *var, const struct output *output, size_t *n,
	struct why *why)
{
	struct announcing a = {.config = config, .websub = websub_create(config->hub)};
	struct buf known = {0};
	char *path = file_join(var, known_name);
	look_at_all(&a, path, output, &known);
	*n = a.n;
	enum err e = a.n ? websub_send(a.websub, why) : OK;
	if (!e && a.n)
		e = file_replace(path, span_from(buf_view(&a.now), 1), why);
	websub_destroy(a.websub);
	free(path);
	buf_finish(&known);
	buf_finish(&a.now);
	return e;
}
