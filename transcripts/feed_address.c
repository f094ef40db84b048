/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_address.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum { SEGMENTS = 8, NUMBER_DIGITS = 9 };

static const char *const endings[FEED_FORMS] = {".xml", ".atom", ".json"};

/* Digits only, from 1 on. */
static bool read_number(const char *text, int64_t *number)
{
	size_t n = strlen(text);
	return n && n <= NUMBER_DIGITS && text[0] != '0' && strspn(text, "0123456789") == n &&
		span_to_i64(span_of(text), number);
}

static bool take_ending(struct feed_address *a, char *last)
{
	for (int form = 0; form < FEED_FORMS; form++) {
		size_t n = strlen(last), k = strlen(endings[form]);
		if (n <= k || strcmp(last + n - k, endings[form]) != 0)
			continue;
		last[n - k] = '\0';
		a->request.form = (enum feed_form)form;
		return true;
	}
	return false;
}

/* Cut into their places in the one copy. */
static size_t cut(char *path, char *segments[SEGMENTS])
{
	size_t n = 0;
	for (char *at = path; at && n < SEGMENTS; n++) {
		char *slash = strchr(at, '/');
		segments[n] = at;
		if (slash)
			*slash = '\0';
		at = slash ? slash + 1 : NULL;
		if (!*segments[n] || (n == SEGMENTS - 1 && at))
			return 0;
	}
	return n;
}

bool feed_address_is_taken(struct span show)
{
	return span_is(show, "search") || span_is(show, "planet");
}

bool feed_address_read(struct feed_address *a, struct span path)
{
	char *s[SEGMENTS];
	*a = (struct feed_address){._room = span_dup(path)};
	struct feed_request *r = &a->request;
	size_t n = memchr(path.p ? path.p : "", '\0', path.n) ? 0 : cut(a->_room, s);
	int64_t page = 0;
	if (!n || !take_ending(a, s[n - 1]))
		return false;
	if (n == 1 && strcmp(s[0], "search") == 0) {
		r->kind = FEED_SEARCH;
		return true;
	}
	if (n > 2 && strcmp(s[n - 2], "page") == 0) {
		if (!read_number(s[n - 1], &page))
			return false;
		r->page = (size_t)page;
		n -= 2;
	}
	if (n > 1 && strcmp(s[0], "conference") == 0 && !(n == 3 && strcmp(s[1], "season") == 0)) {
		r->kind = FEED_CONFERENCE;
		r->name = s[1];
		if (n == 2)
			return true;
		r->track = n == 4 && strcmp(s[2], "track") == 0 ? s[3] : NULL;
		return r->track;
	}
	if (n == 2 && strcmp(s[0], "person") == 0) {
		r->kind = FEED_PERSON;
		r->name = s[1];
		return true;
	}
	r->kind = FEED_SHOW;
	r->name = s[0];
	if (n == 1)
		return !feed_address_is_taken(span_of(s[0]));
	return n == 3 && strcmp(s[1], "season") == 0 && read_number(s[2], &r->season);
}

void feed_address_finish(struct feed_address *a)
{
	free(a->_room);
	*a = (struct feed_address){0};
}

void feed_track_slug(struct buf *out, const char *track)
{
	size_t before = out->n;
	escape_slug(out, span_of(track));
	if (out->n == before)
		buf_text(out, "other");
}

static void add_segment(struct buf *out, const char *before, const char *text)
{
	buf_text(out, before);
	escape_url(out, span_of(text));
}

void feed_address_write(struct buf *out, const struct feed_request *r)
{
	switch (r->kind) {
	case FEED_SHOW:
		add_segment(out, "/feeds/", r->name);
		if (r->season)
			buf_format(out, "/season/%lld", (long long)r->season);
		break;
	case FEED_CONFERENCE:
		add_segment(out, "/feeds/conference/", r->name);
		if (r->track)
			add_segment(out, "/track/", r->track);
		break;
	case FEED_PERSON: add_segment(out, "/feeds/person/", r->name); break;
	case FEED_SEARCH: buf_text(out, "/feeds/search"); break;
	}
	if (r->page)
		buf_format(out, "/page/%zu", r->page);
	buf_text(out, endings[r->form]);
	if (r->kind == FEED_SEARCH && r->query.n) {
		buf_char(out, '?');
		buf_span(out, r->query);
	}
}
