/* SPDX-License-Identifier: MIT */
#include "server/http_head.h"

#include "base/escape.h"
#include "base/utf8.h"

enum { BAD = 400, URI_TOO_LONG = 414, HEAD_TOO_LARGE = 431, BAD_VERSION = 505 };

/* RFC 9110 5.6.2 */
static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.n > 0;
}

int http_head_find_end(struct span b, size_t *scanned, size_t *length)
{
	/* A TLS hello or other noise would otherwise wait for the time-out. */
	if (b.n && !is_token_char(b.p[0]))
		return BAD;
	for (size_t i = *scanned; i < b.n && i < HTTP_HEAD_MAX; i++) {
		if (b.p[i] != '\n')
			continue;
		if (i == 0 || b.p[i - 1] != '\r')
			return BAD;
		if (i >= 3 && b.p[i - 2] == '\n') {
			*length = i + 1;
			return HTTP_HEAD_WHOLE;
		}
	}
	*scanned = b.n;
	return b.n >= HTTP_HEAD_MAX ? HEAD_TOO_LARGE : HTTP_HEAD_MORE;
}

/* Cuts a line off; each ends with CRLF, and holds no other CR. */
static bool take_line(struct span *rest, struct span *line)
{
	size_t end = span_find(*rest, '\r');
	if (end + 1 >= rest->n || rest->p[end + 1] != '\n')
		return false;
	*line = span_make(rest->p, end);
	*rest = span_from(*rest, end + 2);
	return true;
}

static int take_version(struct span s, int *minor)
{
	if (s.n != 8 || !span_starts(s, "HTTP/") || s.p[6] != '.' || s.p[5] < '0' || s.p[5] > '9' || s.p[7] < '0' ||
	    s.p[7] > '9')
		return BAD;
	if (s.p[5] != '1')
		return BAD_VERSION;
	*minor = s.p[7] == '0' ? 0 : 1;
	return 0;
}

static int parse_request_line(struct span line, struct http_head *head)
{
	struct span version;
	size_t first = span_find(line, ' ');
	head->method = span_make(line.p, first);
	struct span rest = span_from(line, first + 1);
	size_t second = span_find(rest, ' ');
	head->target = span_make(rest.p, second);
	version = span_from(rest, second + 1);
	if (!is_token(head->method) || first >= line.n || second >= rest.n)
		return BAD;
	if (head->target.n > HTTP_TARGET_MAX)
		return URI_TOO_LONG;
	int status = take_version(version, &head->minor);
	if (status)
		return status;
	for (size_t i = 0; i < head->target.n; i++) {
		unsigned char c = (unsigned char)head->target.p[i];
		if (c <= ' ' || c == 0x7F || c == '#')
			return BAD;
	}
	/* RFC 9112 3.2.2: a server takes the absolute form too. */
	for (int i = 0; i < 2; i++) {
		struct span scheme = span_of(i ? "https://" : "http://");
		if (head->target.n > scheme.n && span_equal_nocase(span_make(head->target.p, scheme.n), scheme)) {
			struct span after = span_from(head->target, scheme.n);
			after = span_from(after, span_find(after, '/'));
			head->target = after.n ? after : SPAN_LITERAL("/");
		}
	}
	if (!head->target.n || (head->target.p[0] != '/' && !span_is(head->target, "*")))
		return BAD;
	return 0;
}

static int parse_field(struct span line, struct http_head *head)
{
	size_t colon = span_find(line, ':');
	/* is_token refuses a blank before the colon and a folded line, which begins with one. */
	struct span name = span_make(line.p, colon);
	if (colon >= line.n || !is_token(name))
		return BAD;
	struct span value = span_from(line, colon + 1);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7F)
			return BAD;
	}
	if (head->n_fields == HTTP_FIELDS_MAX)
		return HEAD_TOO_LARGE;
	value = span_trim(value);
	head->fields[head->n_fields++] = (struct http_head_field){name, value};
	return 0;
}

int http_head_parse(struct span bytes, struct http_head *head)
{
	struct span line;
	memset(head, 0, sizeof *head);
	if (!take_line(&bytes, &line))
		return BAD;
	int status = parse_request_line(line, head);
	if (status)
		return status;
	while (bytes.n) {
		if (!take_line(&bytes, &line))
			return BAD;
		if (line.n == 0)
			break;
		status = parse_field(line, head);
		if (status)
			return status;
	}
	size_t hosts = http_head_count(head, "host");
	if (hosts > 1 || (hosts == 0 && head->minor == 1))
		return BAD;
	return HTTP_HEAD_WHOLE;
}

struct span http_head_get(const struct http_head *head, const char *name)
{
	struct span wanted = span_of(name);
	for (size_t i = 0; i < head->n_fields; i++)
		if (span_equal_nocase(head->fields[i].name, wanted))
			return head->fields[i].value.p ? head->fields[i].value : SPAN_LITERAL("");
	return (struct span){NULL, 0};
}

size_t http_head_count(const struct http_head *head, const char *name)
{
	size_t n = 0;
	struct span wanted = span_of(name);
	for (size_t i = 0; i < head->n_fields; i++)
		n += span_equal_nocase(head->fields[i].name, wanted);
	return n;
}

bool http_head_lists(const struct http_head *head, const char *name, const char *token)
{
	struct span wanted = span_of(name), piece;
	for (size_t i = 0; i < head->n_fields; i++) {
		if (!span_equal_nocase(head->fields[i].name, wanted))
			continue;
		struct span rest = head->fields[i].value;
		while (span_next_piece(&rest, ',', &piece))
			if (span_equal_nocase(span_trim(piece), span_of(token)))
				return true;
	}
	return false;
}

static int check_segment(struct span decoded)
{
	if (span_is(decoded, ".") || span_is(decoded, ".."))
		return BAD;
	for (size_t i = 0; i < decoded.n; i++) {
		unsigned char c = (unsigned char)decoded.p[i];
		if (c < ' ' || c == 0x7F)
			return BAD;
		if (c == '/')
			return 404;
	}
	return utf8_is_valid(decoded) ? 0 : BAD;
}

int http_head_path(struct span target, struct buf *path, struct span *query)
{
	size_t mark = span_find(target, '?');
	*query = mark < target.n ? span_from(target, mark + 1) : (struct span){NULL, 0};
	struct span rest = span_make(target.p, mark);
	if (!rest.n || rest.p[0] != '/')
		return 404; /* "*" */
	while (rest.n) {
		/* rest begins with '/' here; a final one leaves an empty last segment. */
		rest = span_from(rest, 1);
		size_t n = span_find(rest, '/');
		buf_char(path, '/');
		size_t start = path->n;
		if (unescape_url(path, span_make(rest.p, n), false) != OK)
			return BAD;
		int status = check_segment(span_make(path->p + start, path->n - start));
		if (status)
			return status;
		rest = span_from(rest, n);
	}
	return 0;
}

bool http_pattern_matches(const char *pattern, struct span path, struct span parts[HTTP_PARTS_MAX])
{
	struct span rest = span_of(pattern);
	int n_parts = 0;
	while (rest.n) {
		if (!path.n || path.p[0] != '/')
			return false;
		rest = span_from(rest, 1);
		path = span_from(path, 1);
		size_t n = span_find(rest, '/'), have = span_find(path, '/');
		struct span wanted = span_make(rest.p, n);
		if (span_starts(wanted, "{")) {
			if (span_ends(wanted, "...}"))
				have = path.n;
			if (have == 0 || n_parts == HTTP_PARTS_MAX)
				return false;
			parts[n_parts++] = span_make(path.p, have);
		} else if (!span_equal(wanted, span_make(path.p, have))) {
			return false;
		}
		rest = span_from(rest, n);
		path = span_from(path, have);
	}
	return path.n == 0;
}
