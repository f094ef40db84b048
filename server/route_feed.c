/* route_feed.c - /feeds/... and /media/FILE: what podcast players fetch. Both are open to other sites' players.
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/feeds.h"
#include "server/gzip.h"
#include "server/page.h"
#include "server/route_search.h"
#include "server/routes.h"
#include "transcripts/archive_takedown.h"
#include "transcripts/media_probe.h"

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"},
	{"cross-origin-resource-policy", "cross-origin"},
	{NULL, NULL},
};

/* What is wrong with a feed, gathered while it is written. */
struct faults {
	struct buf first;
	size_t n;
	uint64_t hash;
};

static void hear(void *data, const char *path, const char *text)
{
	struct faults *faults = data;
	if (faults->n++ == 0)
		buf_format(&faults->first, "%s: %s", path, text);
	faults->hash = (faults->hash ^ span_hash(span_of(path)) ^ span_hash(span_of(text))) * 31;
}

/* Players ask every few minutes: the same faults are said once, not each time. */
static void log_faults(const char *name, const struct faults *faults)
{
	static _Atomic uint64_t said[16];
	_Atomic uint64_t *before = &said[span_hash(span_of(name)) % (sizeof said / sizeof *said)];
	if (atomic_exchange(before, faults->hash) != faults->hash && faults->n)
		DIAG(DIAG_WARN, "feed", "%s: %zu faults, the first: %s", name, faults->n, faults->first.p);
}

/* Link, Last-Modified, and what an encoded body needs. */
static void add_fields(struct page *page, const struct feed_request *request, const struct feed_document *document)
{
	struct buf link = {0}, changed = {0};
	struct http_field *fields = page->fields;
	size_t n = 0;
	for (const struct http_field *f = open_to_all; f->name; f++)
		fields[n++] = *f;
	buf_format(&link, "<%s", page->server->config->base_url);
	feed_address_write(&link, request);
	buf_text(&link, ">; rel=\"self\"");
	if (document->hub)
		buf_format(&link, ", <%s>; rel=\"hub\"", document->hub);
	time_format_http(&changed, document->changed_ms);
	page->owned[0] = buf_take(&link);
	page->owned[1] = buf_take(&changed);
	fields[n++] = (struct http_field){"link", page->owned[0]};
	fields[n++] = (struct http_field){"last-modified", page->owned[1]};
	fields[n++] = (struct http_field){"vary", "accept-encoding"};
	if (page->accepts_gzip && gzip_body(&page->out))
		fields[n++] = (struct http_field){"content-encoding", "gzip"};
	fields[n] = (struct http_field){NULL, NULL};
	page->extra = fields;
}

static void refuse(struct page *page, const char *name, enum err e, const struct why *why)
{
	static const struct http_field later[] = {{"retry-after", "3600"}, {"cache-control", "no-store"}, {NULL, NULL}};
	buf_clear(&page->out);
	if (e == E_GONE) {
		page->status = 404;
		return;
	}
	/* Without its GUIDs, or with items gone, every subscriber would lose something or download everything again: no feed is
	 * better. */
	page->status = e == E_DENIED || e == E_AGAIN ? 503 : 500;
	page->extra = later;
	DIAG(DIAG_ERROR, "feed", "%s isn't served: %s", name, why->text);
}

/* A show's RSS. */
static bool is_main(const struct feed_request *request)
{
	return request->kind == FEED_SHOW && request->form == FEED_RSS && !request->season && !request->page;
}

static const char *moved_to(const struct page *page, const struct feed_request *request)
{
	const struct config *config = page->server->config;
	const struct config_show *show = is_main(request) ? config_show(config, span_of(request->name)) : NULL;
	return show ? feeds_moved_to(config, show) : NULL;
}

void page_of_feed(struct page *page)
{
	struct feed_address address;
	struct search_input input;
	struct feed_document document;
	struct faults faults = {.first = {0}};
	struct why why = {0};
	bool is_one = feed_address_read(&address, span_of(page->part[0]));
	search_input_read(&input, buf_view(&page->query));
	address.request.query = buf_view(&page->query);
	address.request.search = &input.request;
	if (!is_one || !page->archive || (address.request.kind == FEED_SEARCH && !search_input_asks(&input))) {
		page->status = 404;
	} else if (moved_to(page, &address.request)) {
		page->status = 301;
		page->location = mem_strdup(moved_to(page, &address.request));
	} else {
		enum err e = feeds_document(page->server->feeds, page->archive, &address.request, hear, &faults, &page->out, &document,
			&why);
		if (e) {
			refuse(page, page->part[0], e, &why);
		} else {
			page->type = document.type;
			add_fields(page, &address.request, &document);
			log_faults(page->part[0], &faults);
		}
	}
	buf_finish(&faults.first);
	search_input_finish(&input);
	feed_address_finish(&address);
}

static void send_media(struct http *h, const char *file)
{
	char *folder = file_join(http_server(h)->config->site, "media");
	http_file(h, folder, file, media_mime_of(file), open_to_all);
	free(folder);
}

struct media_job {
	struct server *server;
	char *file;
	char *refusal; /* it was taken down */
};

static void look_up_media(void *data)
{
	struct media_job *job = data;
	struct archive *archive;
	struct archive_taken taken;
	struct why why = {0};
	if (server_borrow_archive(job->server, &archive, &why))
		return;
	if (archive_taken_media_or_copy(archive, job->file, &taken) && taken.what & TAKEDOWN_RECORDING) {
		struct buf text = {0};
		buf_format(&text, "it was taken down%s%s%s%s", taken.date[0] ? " on " : "", taken.date, taken.reason[0] ? ": " : "",
			taken.reason);
		job->refusal = buf_take(&text);
	}
	archive_taken_finish(&taken);
	server_return_archive(job->server, archive);
}

static void media_looked_up(struct http *h, void *data)
{
	struct media_job *job = data;
	if (h && job->refusal)
		http_error(h, 410, job->refusal);
	else if (h)
		send_media(h, job->file);
	free(job->refusal);
	free(job->file);
	free(job);
}

void route_media(struct http *h)
{
	struct span name = http_part(h, 0);
	/* A name that begins with a dot is no media: an editor's or a downloader's left-over. */
	if (!name.n || name.p[0] == '.') {
		http_error(h, 404, "no such file");
		return;
	}
	char *file = span_dup(name);
	struct server *server = http_server(h);
	/* Nearly always there is nothing to ask for, and the loop sends it at once. */
	if (!atomic_load(&server->has_taken_media)) {
		send_media(h, file);
		free(file);
		return;
	}
	struct media_job *job = mem_new(1, sizeof *job);
	*job = (struct media_job){server, file, NULL};
	http_work(h, look_up_media, media_looked_up, job);
}
