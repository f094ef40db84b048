/* SPDX-License-Identifier: MIT */
#include "server/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/http_conn.h"
#include "server/ws_handshake.h"

/* On every answer. */
static const struct http_field standard_fields[] = {
	{"content-security-policy", HTTP_POLICY("", "'none'")},
	{"x-content-type-options", "nosniff"},
	{"referrer-policy", "no-referrer"},
	{"cross-origin-opener-policy", "same-origin"},
	{"cross-origin-resource-policy", "same-origin"},
};

const struct http_request *http_request(const struct http *h)
{
	return &h->request;
}

struct span http_header(const struct http *h, const char *name)
{
	return h->head ? http_head_get(h->head, name) : (struct span){0};
}

bool http_query(const struct http *h, const char *name, struct buf *value)
{
	return query_value(h->request.query, name, value);
}

struct server *http_server(const struct http *h)
{
	return h->conn->listener->loop->server;
}

const struct http_route *http_matched(const struct http *h)
{
	return h->route;
}

struct span http_part(const struct http *h, int i)
{
	ASSERT(i >= 0 && i < HTTP_PARTS_MAX);
	return h->parts[i];
}

void http_forget_request(struct http *h)
{
	if (h->head_bytes)
		explicit_bzero(h->head_bytes, h->n_head_bytes);
	free(h->head_bytes);
	free(h->head);
	h->head_bytes = NULL;
	h->head = NULL;
	buf_finish(&h->path);
	h->request.path = h->request.query = (struct span){0};
	memset(h->parts, 0, sizeof h->parts);
}

void http_free(struct http *h)
{
	if (h->work)
		h->work->h = NULL;
	if (h->later_gone)
		h->later_gone(h->later_data);
	if (h->file >= 0)
		close(h->file);
	h->conn->listener->bodies -= h->body.n;
	buf_finish(&h->body);
	http_forget_request(h);
	free(h);
}

/* ---- which route ---- */

int http_resolve(struct http *h)
{
	enum http_method wanted = h->head_only ? HTTP_GET : h->request.method;
	bool is_known = false;
	for (const struct http_route *r = http_routes; r->pattern; r++) {
		if ((r->applies && !r->applies(h)) || !http_pattern_matches(r->pattern, h->request.path, h->parts))
			continue;
		is_known = true;
		if (r->method == wanted) {
			h->route = r;
			return 0;
		}
	}
	if (is_known)
		return h->request.method == HTTP_OPTIONS ? 204 : 405;
	return ws_route_of(h->request.path) ? 426 : 404;
}

/* Methods that the path knows, for 405 and OPTIONS. */
static void list_methods(const struct http *h, char out[64])
{
	bool known[HTTP_OTHER] = {[HTTP_OPTIONS] = true};
	struct span parts[HTTP_PARTS_MAX];
	for (const struct http_route *r = http_routes; r->pattern; r++)
		if (!r->applies && http_pattern_matches(r->pattern, h->request.path, parts))
			known[r->method] = true;
	snprintf(out, 64, "%s%sOPTIONS", known[HTTP_GET] ? "GET, HEAD, " : "", known[HTTP_POST] ? "POST, " : "");
}

void http_dispatch(struct http *h)
{
	h->route->handle(h);
	ASSERT(h->is_answered || h->work || h->later_gone);
}

void http_later(struct http *h, void (*gone)(void *data), void *data)
{
	ASSERT(!h->is_answered && !h->work && !h->later_gone);
	h->later_gone = gone;
	h->later_data = data;
}

void http_later_done(struct http *h)
{
	ASSERT(h->is_answered && h->later_gone);
	h->later_gone = NULL;
	http_conn_went_on(h->conn);
}

/* ---- the head of an answer ---- */

const char *http_status_text(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 302: return "Found";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 307: return "Temporary Redirect";
	case 308: return "Permanent Redirect";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 410: return "Gone";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 416: return "Range Not Satisfiable";
	case 417: return "Expectation Failed";
	case 422: return "Unprocessable Content";
	case 426: return "Upgrade Required";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	case 507: return "Insufficient Storage";
	default: return status < 400 ? "Done" : "Failed";
	}
}

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_format(out, "%s: ", name);
	/* A value may carry text from outside, and must stay one line. */
	for (const char *c = value; *c; c++)
		buf_char(out, (unsigned char)*c < ' ' || *c == 0x7F ? ' ' : *c);
	buf_text(out, "\r\n");
}

static bool has_field(const struct http_field *fields, const char *name)
{
	for (; fields && fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return true;
	return false;
}

void http_begin(struct http *h, int status, const char *type, int64_t length, const struct http_field *extra)
{
	ASSERT(!h->is_answered);
	h->is_answered = true;
	struct buf out = {0}, date = {0};
	buf_format(&out, "HTTP/1.1 %d %s\r\n", status, http_status_text(status));
	time_format_http(&date, clock_wall_ms());
	add_field(&out, "date", date.p);
	buf_finish(&date);
	if (type)
		add_field(&out, "content-type", type);
	if (length != HTTP_NO_LENGTH && status != 204 && status != 304)
		buf_format(&out, "content-length: %lld\r\n", (long long)length);
	if (h->is_chunked)
		add_field(&out, "transfer-encoding", "chunked");
	for (size_t i = 0; i < COUNT_OF(standard_fields); i++)
		if (!has_field(extra, standard_fields[i].name))
			add_field(&out, standard_fields[i].name, standard_fields[i].value);
	for (const struct http_field *f = extra; f && f->name; f++)
		add_field(&out, f->name, f->value);
	if (h->conn->close_after || h->conn->listener->is_stopped)
		add_field(&out, "connection", "close");
	buf_text(&out, "\r\n");
	size_t n = out.n;
	char *bytes = buf_take(&out);
	http_conn_put(h->conn, (struct http_piece){.p = bytes, .n = n, .owned = bytes});
}

/* ---- answers ---- */

/* RFC 9110 13.1.2: a list of tags, or "*". weak: W/ doesn't matter. */
bool http_etag_matches(struct span list, const char *etag, bool weak)
{
	struct span piece;
	while (span_next_piece(&list, ',', &piece)) {
		piece = span_trim(piece);
		if (weak && span_starts(piece, "W/"))
			piece = span_from(piece, 2);
		if (span_is(piece, etag) || (weak && span_is(piece, "*")))
			return true;
	}
	return false;
}

enum { MOST_FIELDS = 16 };

/* extra and these, those of extra first in rank. */
static void join_fields(struct http_field out[MOST_FIELDS], const struct http_field *extra,
	const struct http_field *more, size_t n_more)
{
	size_t n = 0;
	for (const struct http_field *f = extra; f && f->name; f++) {
		ASSERT(n < MOST_FIELDS - 1);
		out[n++] = *f;
	}
	for (size_t i = 0; i < n_more; i++) {
		if (has_field(extra, more[i].name))
			continue;
		ASSERT(n < MOST_FIELDS - 1);
		out[n++] = more[i];
	}
	out[n] = (struct http_field){NULL, NULL};
}

/* RFC 9110 13.1.3: only where the answer says when it was changed. */
static bool is_unmodified(const struct http *h, const struct http_field *fields)
{
	struct span since = http_header(h, "if-modified-since");
	int64_t since_ms, changed_ms;
	for (; since.p && fields && fields->name; fields++)
		if (strcmp(fields->name, "last-modified") == 0)
			return time_parse_http(since, &since_ms) == OK && time_parse_http(span_of(fields->value), &changed_ms) == OK &&
				changed_ms <= since_ms;
	return false;
}

/* Gives body with its tag: what is to be freed or released after it is given with it. */
static void reply_piece(struct http *h, int status, const char *type, struct http_piece body,
	const struct http_field *fields, const char *etag)
{
	h->is_complete = true;
	struct span none_match = http_header(h, "if-none-match");
	bool reads = h->request.method == HTTP_GET || h->head_only;
	bool is_same = none_match.p ? etag && http_etag_matches(none_match, etag, true) : status == 200 && is_unmodified(h, fields);
	if (reads && is_same) {
		http_begin(h, 304, NULL, HTTP_NO_LENGTH, fields);
		piece_finish(&body);
		return;
	}
	http_begin(h, status, type, (int64_t)body.n, fields);
	if (h->head_only || !body.n || status == 204 || status == 304)
		piece_finish(&body);
	else
		http_conn_put(h->conn, body);
}

void http_reply(struct http *h, int status, const char *type, struct buf *body, const struct http_field *extra)
{
	struct http_field fields[MOST_FIELDS];
	char etag[24];
	size_t n = body ? body->n : 0, n_more = 0;
	struct http_field more[2] = {{NULL, NULL}};
	if (status == 200 && n && !has_field(extra, "etag")) {
		snprintf(etag, sizeof(etag), "\"%016llx\"", (unsigned long long)span_hash(buf_view(body)));
		more[n_more++] = (struct http_field){"etag", etag};
		more[n_more++] = (struct http_field){"cache-control", "no-cache"};
	}
	join_fields(fields, extra, more, n_more);
	char *bytes = body ? buf_take(body) : NULL;
	reply_piece(h, status, type, (struct http_piece){.p = bytes, .n = n, .owned = bytes}, fields, n_more ? etag : NULL);
}

void http_reply_static(struct http *h, const char *type, struct span body, const char *etag, bool immutable)
{
	char quoted[80];
	snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
	const struct http_field fields[] = {
		{"etag", quoted},
		{"cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache"},
		{NULL, NULL},
	};
	reply_piece(h, 200, type, (struct http_piece){.p = body.p, .n = body.n}, fields, quoted);
}

void http_reply_msg(struct http *h, const char *type, struct msg *body, const char *etag, const struct http_field *extra)
{
	char quoted[80];
	snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
	struct http_field fields[MOST_FIELDS];
	join_fields(fields, extra, &(const struct http_field){"etag", quoted}, 1);
	reply_piece(h, 200, type,
		(struct http_piece){.p = (const char *)msg_bytes(body), .n = body->n, .msg = msg_ref(body)}, fields, quoted);
}

/* Is it a program that asks? */
static bool speaks_json(const struct http *h)
{
	return span_starts(h->request.path, "/api/") || span_starts(h->request.path, "/sources/");
}

static void error_body(const struct http *h, int status, const char *text, struct buf *body)
{
	if (speaks_json(h)) {
		struct json_writer w;
		json_begin(&w, body);
		json_open(&w, '{');
		json_key(&w, "error");
		json_text(&w, span_of(text));
		json_close(&w, '}');
		buf_char(body, '\n');
		return;
	}
	buf_format(body, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n<title>%d ", status);
	escape_html(body, span_of(http_status_text(status)));
	buf_text(body, "</title>\n<h1>");
	escape_html(body, span_of(http_status_text(status)));
	buf_text(body, "</h1>\n<p>");
	escape_html(body, span_of(text));
	buf_text(body, "</p>\n<p><a href=\"/\">Home</a></p>\n</html>\n");
}

static const char *explanation(int status)
{
	switch (status) {
	case 400: return "This request can't be understood.";
	case 401: return "This needs a token: Authorization: Bearer TOKEN.";
	case 403: return "This isn't allowed.";
	case 404: return "There is nothing at this address.";
	case 405: return "This address doesn't take that method.";
	case 408: return "The request took too long.";
	case 413: return "This is more than is accepted here.";
	case 414: return "This address is too long.";
	case 426: return "This address speaks WebSocket only.";
	case 429: return "Too many wrong tokens, or too many connections; try again in a few seconds.";
	case 431: return "The request's head is too large.";
	case 501: return "That isn't supported; send a Content-Length instead of a Transfer-Encoding.";
	case 503: return "Too busy; try again in a moment.";
	case 505: return "HTTP/1.1 is spoken here.";
	default: return http_status_text(status);
	}
}

void http_error(struct http *h, int status, const char *text)
{
	char methods[64];
	struct buf body = {0};
	struct http_field fields[4] = {{"cache-control", "no-store"}};
	if (status == 405 || (status == 204 && h->request.method == HTTP_OPTIONS)) {
		list_methods(h, methods);
		fields[1] = (struct http_field){"allow", methods};
	} else if (status == 426) {
		fields[1] = (struct http_field){"upgrade", "websocket"};
		fields[2] = (struct http_field){"sec-websocket-version", "13"};
	} else if (status == 503) {
		fields[1] = (struct http_field){"retry-after", "5"};
	} else if (status == 429) {
		fields[1] = (struct http_field){"retry-after", "10"};
	} else if (status == 401) {
		fields[1] = (struct http_field){"www-authenticate", "Bearer"};
	}
	if (status != 204)
		error_body(h, status, text ? text : explanation(status), &body);
	http_reply(h, status, status == 204 ? NULL : speaks_json(h) ? "application/json" :
		"text/html; charset=utf-8", &body, fields);
}

void http_redirect(struct http *h, int status, const char *location)
{
	struct buf safe = {0};
	for (const char *c = location; *c; c++) {
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7F || *c == '"' || *c == '<' || *c == '>')
			buf_format(&safe, "%%%02X", (unsigned char)*c);
		else
			buf_char(&safe, *c);
	}
	const struct http_field fields[] = {{"location", safe.n ? safe.p : "/"}, {NULL, NULL}};
	http_reply(h, status, NULL, NULL, fields);
	buf_finish(&safe);
}
