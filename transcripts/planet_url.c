/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_url.h"

struct parts {
	struct span scheme, authority, path, query, fragment; /* without their marks */
	bool has_authority, has_query, has_fragment;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The scheme's length, 0 for none. */
static size_t scheme_length(struct span s)
{
	size_t n = 0;
	while (n < s.n && (is_letter(s.p[n]) || (n && ((s.p[n] >= '0' && s.p[n] <= '9') || strchr("+-.", s.p[n])))))
		n++;
	return n && n < s.n && s.p[n] == ':' ? n : 0;
}

static void take_apart(struct span s, struct parts *out)
{
	*out = (struct parts){.scheme = span_make(s.p, 0)};
	size_t n = scheme_length(s);
	if (n) {
		out->scheme = span_make(s.p, n);
		s = span_from(s, n + 1);
	}
	n = span_find(s, '#');
	out->has_fragment = n < s.n;
	out->fragment = span_from(s, n + 1);
	s.n = n;
	n = span_find(s, '?');
	out->has_query = n < s.n;
	out->query = span_from(s, n + 1);
	s.n = n;
	if (span_starts(s, "//")) {
		out->has_authority = true;
		s = span_from(s, 2);
		n = span_find(s, '/');
		out->authority = span_make(s.p, n);
		s = span_from(s, n);
	}
	out->path = s;
}

/* RFC 3986 5.2.4, on a path that is whole. */
static void remove_dots(struct span path, struct buf *out)
{
	size_t start = out->n;
	while (path.n) {
		struct span rest = span_from(path, 1);
		size_t n = 1 + span_find(rest, '/');
		struct span segment = span_make(path.p, path.p[0] == '/' ? n : span_find(path, '/'));
		bool is_last = segment.n == path.n;
		if (span_is(segment, "/.") || span_is(segment, ".")) {
			if (is_last && segment.p[0] == '/')
				buf_char(out, '/');
		} else if (span_is(segment, "/..") || span_is(segment, "..")) {
			while (out->n > start && out->p[out->n - 1] != '/')
				out->n--;
			if (out->n > start)
				out->n--;
			if (is_last)
				buf_char(out, '/');
		} else {
			buf_span(out, segment);
		}
		path = span_from(path, segment.n);
	}
	if (out->p)
		out->p[out->n] = '\0';
}

/* Without what no address holds: line ends and tabs go, other controls and blanks are written as %XX. */
static void tidy(struct span s, struct buf *out)
{
	while (s.n && (unsigned char)s.p[0] <= ' ')
		s = span_from(s, 1);
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	/* A backslash is a slash to browsers: an address must not change its host between here and there. */
	size_t authority_end = s.n;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '?' || s.p[i] == '#') {
			authority_end = i;
			break;
		}
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c <= ' ' || c == 0x7F || strchr("\"<>`{}|^", c))
			buf_format(out, "%%%02X", c);
		else
			buf_char(out, c == '\\' && i < authority_end ? '/' : (char)c);
	}
}

static bool is_hierarchical(struct span scheme)
{
	static const char *const known[] = {"http", "https", "ftp", "file"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_equal_nocase(scheme, span_of(known[i])))
			return true;
	return false;
}

static void put_path(struct buf *out, const struct parts *base, const struct parts *r)
{
	struct buf merged = {0};
	if (!span_starts(r->path, "/")) {
		size_t n = base->path.n;
		while (n && base->path.p[n - 1] != '/')
			n--;
		buf_add(&merged, base->path.p, n);
		if (base->has_authority && !merged.n)
			buf_char(&merged, '/');
	}
	buf_span(&merged, r->path);
	remove_dots(buf_view(&merged), out);
	buf_finish(&merged);
}

static void put_rest(struct buf *out, const struct parts *query_of, const struct parts *r)
{
	if (query_of->has_query) {
		buf_char(out, '?');
		buf_span(out, query_of->query);
	}
	if (r->has_fragment) {
		buf_char(out, '#');
		buf_span(out, r->fragment);
	}
}

static void put_origin(struct buf *out, struct span scheme, const struct parts *of)
{
	for (size_t i = 0; i < scheme.n; i++)
		buf_char(out, scheme.p[i] >= 'A' && scheme.p[i] <= 'Z' ? (char)(scheme.p[i] + 32) : scheme.p[i]);
	buf_char(out, ':');
	if (!of->has_authority)
		return;
	buf_text(out, "//");
	buf_span(out, of->authority);
}

bool planet_url_resolve(struct buf *out, struct span base, struct span reference)
{
	struct buf tidy_reference = {0}, tidy_base = {0};
	struct parts r, b;
	tidy(reference, &tidy_reference);
	tidy(base, &tidy_base);
	take_apart(buf_view(&tidy_reference), &r);
	take_apart(buf_view(&tidy_base), &b);
	/* "http:page.html", from before RFC 3986, is relative to a base of the same scheme. */
	if (r.scheme.n && !r.has_authority && is_hierarchical(r.scheme) && span_equal_nocase(r.scheme, b.scheme))
		r.scheme.n = 0;
	bool is_whole = r.scheme.n > 0, ok = tidy_reference.n && tidy_reference.n <= PLANET_URL_BYTES &&
		tidy_base.n <= PLANET_URL_BYTES && (is_whole || (b.scheme.n && (b.has_authority || r.has_authority)));
	if (ok && is_whole) {
		put_origin(out, r.scheme, &r);
		if (r.has_authority && is_hierarchical(r.scheme))
			remove_dots(r.path, out);
		else
			buf_span(out, r.path);
		put_rest(out, &r, &r);
	} else if (ok && r.has_authority) {
		put_origin(out, b.scheme, &r);
		remove_dots(r.path, out);
		put_rest(out, &r, &r);
	} else if (ok) {
		put_origin(out, b.scheme, &b);
		if (r.path.n)
			put_path(out, &b, &r);
		else
			buf_span(out, b.path);
		put_rest(out, r.path.n || r.has_query ? &r : &b, &r);
	}
	buf_finish(&tidy_reference);
	buf_finish(&tidy_base);
	return ok;
}

struct span planet_url_host(struct span url)
{
	struct parts p;
	take_apart(url, &p);
	struct span host = p.authority;
	for (size_t at; (at = span_find(host, '@')) < host.n;)
		host = span_from(host, at + 1);
	if (span_starts(host, "[")) {
		size_t end = span_find(host, ']');
		return span_make(host.p, end < host.n ? end + 1 : 0);
	}
	host.n = span_find(host, ':');
	return host;
}

bool planet_url_is_safe(struct span url, bool is_link)
{
	struct parts p;
	take_apart(url, &p);
	if (is_link && span_equal_nocase(p.scheme, SPAN_LITERAL("mailto")))
		return p.path.n > 0;
	return (span_equal_nocase(p.scheme, SPAN_LITERAL("http")) || span_equal_nocase(p.scheme, SPAN_LITERAL("https"))) &&
		p.has_authority && planet_url_host(url).n > 0;
}
