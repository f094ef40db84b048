/* SPDX-License-Identifier: MIT */
#include "server/url.h"

#include <stdio.h>

static bool is_clean(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
			return false;
	return true;
}

static enum err set_host(struct url *url, struct span authority, struct why *why)
{
	struct span host = authority, port = {0};
	bool brackets = span_starts(authority, "[");
	size_t end = brackets ? span_find(authority, ']') : 0;
	if (brackets && end == authority.n)
		return why_set(why, E_FORMAT, "a bracket of the URL's address is missing");
	struct span rest = span_from(authority, end);
	size_t colon = span_find(rest, ':');
	if (colon < rest.n) {
		port = span_from(rest, colon + 1);
		host = span_make(authority.p, end + colon);
	}
	int64_t number = url->is_tls ? 443 : 80;
	if (port.n && (!span_to_i64(port, &number) || number < 1 || number > 65535))
		return why_set(why, E_FORMAT, "the URL's port isn't one; it is a number up to 65535");
	if (brackets) {
		if (host.n != end + 1)
			return why_set(why, E_FORMAT, "the URL's address isn't one");
		host = span_make(host.p + 1, end - 1);
	}
	if (!host.n || span_find(authority, '@') < authority.n)
		return why_set(why, E_FORMAT, "the URL has %s", host.n ? "a user name in it" : "no host");
	if (host.n >= URL_HOST_MAX - 2)
		return why_set(why, E_LIMIT, "the URL's host is too long");
	url->port = (int)number;
	snprintf(url->host, sizeof url->host, "%.*s", SPAN_ARG(host));
	const char *open = brackets ? "[" : "", *close = brackets ? "]" : "";
	if (number == (url->is_tls ? 443 : 80))
		snprintf(url->authority, sizeof url->authority, "%s%.*s%s", open, SPAN_ARG(host), close);
	else
		snprintf(url->authority, sizeof url->authority, "%s%.*s%s:%d", open, SPAN_ARG(host), close, url->port);
	return OK;
}

static enum err set_path(struct url *url, struct span path, struct why *why)
{
	path.n = span_find(path, '#');
	const char *slash = span_starts(path, "/") ? "" : "/";
	if (path.n + 2 > URL_PATH_MAX)
		return why_set(why, E_LIMIT, "the URL is too long");
	snprintf(url->path, sizeof url->path, "%s%.*s", slash, SPAN_ARG(path));
	return OK;
}

enum err url_parse(struct span text, struct url *url, struct why *why)
{
	size_t scheme = span_search(text, SPAN_LITERAL("://"), 0);
	struct span name = span_make(text.p, scheme);
	url->is_tls = span_equal_nocase(name, SPAN_LITERAL("https")) || span_equal_nocase(name, SPAN_LITERAL("wss"));
	if (!url->is_tls && !span_equal_nocase(name, SPAN_LITERAL("http")) && !span_equal_nocase(name, SPAN_LITERAL("ws")))
		return why_set(why, E_FORMAT, "not an http, https, ws or wss URL");
	if (!is_clean(text))
		return why_set(why, E_FORMAT, "the URL has blanks or control characters in it");
	struct span rest = span_from(text, scheme + 3);
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' && rest.p[end] != '#')
		end++;
	enum err e = set_host(url, span_make(rest.p, end), why);
	return e ? e : set_path(url, span_from(rest, end), why);
}

/* "mailto:x", "ftp://x", and http(s) too; not "a/b:c". */
static bool has_scheme(struct span s)
{
	size_t colon = span_find(s, ':');
	for (size_t i = 0; i < colon; i++)
		if (s.p[i] == '/' || s.p[i] == '?' || s.p[i] == '#')
			return false;
	return colon > 0 && colon < s.n;
}

enum err url_redirect(const struct url *base, struct span location, struct url *url, struct why *why)
{
	char text[2 * URL_PATH_MAX + 2 * URL_HOST_MAX];
	const char *scheme = base->is_tls ? "https" : "http";
	int n;
	if (has_scheme(location)) {
		n = snprintf(text, sizeof text, "%.*s", SPAN_ARG(location));
	} else if (span_starts(location, "//")) {
		n = snprintf(text, sizeof text, "%s:%.*s", scheme, SPAN_ARG(location));
	} else if (span_starts(location, "/")) {
		n = snprintf(text, sizeof text, "%s://%s%.*s", scheme, base->authority, SPAN_ARG(location));
	} else {
		/* Relative to the last '/' before the query. */
		struct span folder = span_of(base->path);
		folder.n = span_find(folder, '?');
		while (folder.n && folder.p[folder.n - 1] != '/')
			folder.n--;
		n = snprintf(text, sizeof text, "%s://%s%.*s%.*s", scheme, base->authority, SPAN_ARG(folder),
			SPAN_ARG(location));
	}
	if (!location.n)
		return why_set(why, E_FORMAT, "the redirect leads nowhere");
	if (n < 0 || (size_t)n >= sizeof text)
		return why_set(why, E_LIMIT, "the redirect's URL is too long");
	enum err e = url_parse(span_of(text), url, why);
	if (!e && base->is_tls && !url->is_tls)
		return why_set(why, E_DENIED, "the redirect leads from https to http");
	return e;
}
