/* SPDX-License-Identifier: MIT */
#include "server/publish_hosts.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/file.h"
#include "server/feeds.h"

void publish_headers(struct buf *out)
{
	static const char *const open[][2] = {{"vtt", "text/vtt; charset=utf-8"}, {"srt", "application/x-subrip; charset=utf-8"},
		{"chapters.json", "application/json+chapters"}};
	buf_text(out, "/*\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n"
		"/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n");
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		buf_format(out, "/*.%s\n  Content-Type: %s\n  Access-Control-Allow-Origin: *\n", open[i][0], open[i][1]);
	buf_text(out, "/shows/*.json\n  Access-Control-Allow-Origin: *\n/feeds/*\n  Access-Control-Allow-Origin: *\n"
		"/media/*\n  Access-Control-Allow-Origin: *\n");
}

/* A path's own percent signs, blanks and the like; slashes stay. */
static void write_path(struct buf *out, const char *path)
{
	struct span rest = span_of(path), piece;
	for (bool first = true; span_next_piece(&rest, '/', &piece); first = false) {
		if (!first)
			buf_char(out, '/');
		escape_url(out, piece);
	}
	if (*path && path[strlen(path) - 1] == '/')
		buf_char(out, '/');
}

void publish_redirects(const struct config *config, struct buf *out)
{
	for (size_t i = 0; config->base_url && i < config->n_shows; i++) {
		const struct config_show *show = &config->shows[i];
		const char *to = feeds_moved_to(config, show);
		if (to) {
			feed_address_write(out, &(struct feed_request){.kind = FEED_SHOW, .name = show->name});
			buf_format(out, " %s 301\n", to);
		}
	}
	for (size_t i = 0; i < config->n_redirects; i++) {
		write_path(out, config->redirects[i].from);
		buf_format(out, " %s 301\n", config->redirects[i].to);
	}
}

bool publish_stub_file(const struct config_redirect *redirect, struct buf *file)
{
	struct span path = span_from(span_of(redirect->from), 1);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	struct span ending = file_ending(redirect->from);
	if (!path.n || (ending.n && !span_is(ending, "html") && !span_is(ending, "htm")))
		return false;
	buf_span(file, path);
	if (!ending.n)
		buf_text(file, "/index.html");
	return true;
}

void publish_stub(const struct config_redirect *redirect, links_map *map, void *data, struct buf *out)
{
	struct buf link = {0}, safe = {0};
	if (redirect->to[0] == '/')
		map(data, span_of(redirect->to), &link);
	else
		buf_text(&link, redirect->to);
	escape_html(&safe, buf_view(&link));
	buf_format(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Moved</title>\n"
		"<meta http-equiv=\"refresh\" content=\"0; url=%s\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n</head>\n<body>\n"
		"<p>This page is now at <a href=\"%s\">%s</a>.</p>\n</body>\n</html>\n", safe.p, safe.p, safe.p);
	buf_finish(&link);
	buf_finish(&safe);
}

enum err publish_hash_folder(const char *site, const char *name, uint64_t *hash, struct why *why)
{
	char *folder = file_join(site, name), **names;
	size_t n;
	enum err e = file_list(folder, &names, &n, why);
	for (size_t i = 0; !e && i < n; i++) {
		char *path = file_join(folder, names[i]);
		struct stat info;
		if (lstat(path, &info) == 0) {
			const uint64_t facts[] = {span_hash(span_of(names[i])), (uint64_t)info.st_size, (uint64_t)info.st_mtim.tv_sec,
				(uint64_t)info.st_mtim.tv_nsec};
			for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
				*hash = (*hash ^ facts[k]) * 0x100000001B3u;
		}
		free(path);
	}
	if (!e)
		file_list_free(names, n);
	free(folder);
	return e == E_GONE ? OK : e;
}
