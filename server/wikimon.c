/* SPDX-License-Identifier: MIT */
#include "server/wikimon.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "server/server.h"

enum { LANGUAGE_MAX = 32 };

struct listener {
	struct ws *ws;
	char *channel;
	struct listener *next, **at;
};

struct wikimon {
	struct listener *listeners;
	uint64_t n;
	struct buf message; /* scratch */
};

/* MediaWiki's canonical names; a namespace of one wiki alone is named by the title's own prefix. */
static struct span namespace_name(const struct event *ev)
{
	static const struct {
		int64_t number;
		const char *name;
	} known[] = {{-2, "Media"}, {-1, "Special"}, {0, "Main"}, {1, "Talk"}, {2, "User"}, {3, "User talk"}, {4, "Project"},
		{5, "Project talk"}, {6, "File"}, {7, "File talk"}, {8, "MediaWiki"}, {9, "MediaWiki talk"}, {10, "Template"},
		{11, "Template talk"}, {12, "Help"}, {13, "Help talk"}, {14, "Category"}, {15, "Category talk"}};
	int64_t number;
	if (!span_to_i64(ev->namespace_, &number))
		return SPAN_LITERAL("Special");
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].number == number)
			return span_of(known[i].name);
	size_t colon = span_find(ev->entity, ':');
	return colon < ev->entity.n ? span_make(ev->entity.p, colon) : SPAN_LITERAL("Main");
}

static bool has_tag(const struct event *ev, const char *tag)
{
	for (size_t i = 0; i < ev->n_tags; i++)
		if (span_is(ev->tags[i], tag))
			return true;
	return false;
}

static void write_text(struct json_writer *w, const char *key, struct span text)
{
	json_key(w, key);
	json_text_or_null(w, text.n ? text : (struct span){NULL, 0});
}

static void write_revision(struct json_writer *w, const char *key, int64_t revision)
{
	struct buf text = {0};
	if (revision)
		buf_format(&text, "%lld", (long long)revision);
	write_text(w, key, buf_view(&text));
	buf_finish(&text);
}

static void write_flag(struct json_writer *w, const char *key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

/* The mapping keeps a summary's hashtags among the tags, with their sign ('#' or its full-width form). */
static void write_hashtags(struct json_writer *w, const struct event *ev)
{
	json_key(w, "hashtags"), json_open(w, '[');
	for (size_t i = 0; i < ev->n_tags; i++) {
		struct span tag = ev->tags[i];
		if (span_starts(tag, "#"))
			json_text(w, span_from(tag, 1));
		else if (span_starts(tag, "\xEF\xBC\x83"))
			json_text(w, span_from(tag, 3));
	}
	json_close(w, ']');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* '@' or U+FF20 at the start or after a blank, then everything up to a blank or one of # < > [ ] | { }. */
static void write_mentions(struct json_writer *w, struct span s)
{
	json_key(w, "mentions"), json_open(w, '[');
	for (size_t i = 0; i < s.n; i++) {
		size_t sign = s.p[i] == '@' ? 1 : span_starts(span_from(s, i), "\xEF\xBC\xA0") ? 3 : 0;
		if (!sign || (i && !is_blank(s.p[i - 1])))
			continue;
		size_t end = i + sign;
		while (end < s.n && !is_blank(s.p[end]) && !strchr("#<>[]|{}", s.p[end]))
			end++;
		if (end > i + sign)
			json_text(w, span_make(s.p + i + sign, end - i - sign));
		i = end - 1;
	}
	json_close(w, ']');
}

/* A summary may begin with the section that was edited, between slash-star and star-slash. */
static void write_summary(struct json_writer *w, struct span summary)
{
	struct span section = {NULL, 0}, rest = span_trim(summary);
	size_t end = span_search(rest, SPAN_LITERAL("*/"), 2);
	if (span_starts(rest, "/*") && end < rest.n) {
		section = span_trim(span_make(rest.p + 2, end - 2));
		rest = span_trim(span_from(rest, end + 2));
	}
	write_text(w, "summary", summary);
	write_text(w, "section", section);
	write_text(w, "parsed_summary", rest);
}

static void write_flags(struct json_writer *w, const struct event *ev, bool is_new)
{
	char flags[5];
	size_t n = 0;
	if (has_tag(ev, "unpatrolled"))
		flags[n++] = '!';
	if (is_new)
		flags[n++] = 'N';
	if (has_tag(ev, "minor"))
		flags[n++] = 'M';
	if (ev->actor_kind == ACTOR_BOT)
		flags[n++] = 'B';
	write_text(w, "flags", span_make(flags, n));
}

bool wikimon_write(struct buf *out, const struct event *ev)
{
	bool is_join = span_is(ev->kind, "join"), is_new = span_is(ev->kind, "new"), is_edit = span_is(ev->kind, "edit");
	struct json_writer w;
	if (!is_join && !is_new && !is_edit)
		return false;
	json_begin(&w, out);
	json_open(&w, '{');
	json_key(&w, "action"), json_text(&w, span_of(is_join ? "newusers" : is_new ? "new" : "edit"));
	json_key(&w, "change_size"), json_number(&w, is_join ? 0 : ev->magnitude * ev->polarity);
	write_flags(&w, ev, is_new);
	if (ev->actor_kind == ACTOR_ANON)
		json_key(&w, "geo_ip"), json_open(&w, '{'), json_close(&w, '}');
	write_hashtags(&w, ev);
	write_mentions(&w, ev->summary);
	write_flag(&w, "is_anon", ev->actor_kind == ACTOR_ANON);
	write_flag(&w, "is_bot", ev->actor_kind == ACTOR_BOT);
	write_flag(&w, "is_minor", has_tag(ev, "minor"));
	write_flag(&w, "is_new", is_new);
	write_flag(&w, "is_unpatrolled", has_tag(ev, "unpatrolled"));
	json_key(&w, "ns"), json_text(&w, is_join ? SPAN_LITERAL("Special") : namespace_name(ev));
	json_key(&w, "page_title"), json_text(&w, is_join ? SPAN_LITERAL("Special:Log/newusers") : ev->entity);
	write_revision(&w, "rev_id", ev->after);
	write_revision(&w, "parent_rev_id", ev->before);
	write_summary(&w, ev->summary);
	/* For a new account it is how it was made; accounts that others made aren't welcomed. */
	json_key(&w, "url"), json_text(&w, !is_join ? ev->url : ev->accent ? SPAN_LITERAL("create") : SPAN_LITERAL("byemail"));
	json_key(&w, "user"), json_text(&w, ev->actor.p ? ev->actor : SPAN_LITERAL(""));
	json_close(&w, '}');
	return true;
}

void wikimon_channel(struct buf *out, struct span language)
{
	for (size_t i = 0; i < language.n; i++)
		buf_char(out, language.p[i] == '-' ? '_' : language.p[i]);
	buf_text(out, "wiki");
}

struct wikimon *wikimon_create(void)
{
	return mem_new(1, sizeof(struct wikimon));
}

void wikimon_destroy(struct wikimon *w)
{
	if (!w)
		return;
	ASSERT(!w->listeners);
	buf_finish(&w->message);
	free(w);
}

uint64_t wikimon_listeners(const struct wikimon *w)
{
	return w->n;
}

void wikimon_publish(struct wikimon *w, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n && w->listeners; i++) {
		struct msg *m = NULL;
		for (struct listener *l = w->listeners; l; l = l->next) {
			if (!span_is(events[i]->channel, l->channel))
				continue;
			if (!m) {
				buf_clear(&w->message);
				if (!wikimon_write(&w->message, events[i]))
					break;
				m = msg_from(buf_view(&w->message));
			}
			/* One that is full is being closed with 1013; the protocol has no way to catch up. */
			enum err e = ws_send(l->ws, m);
			(void)e;
		}
		msg_unref(m);
	}
}

/* Any name that could be a wiki's: which of them are heard is known only when they speak. */
bool wikimon_accepts(struct server *server, struct span language)
{
	(void)server;
	for (size_t i = 0; i < language.n; i++) {
		char c = language.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return language.n <= LANGUAGE_MAX;
}

void wikimon_opened(struct ws *ws)
{
	struct wikimon *w = ws_server(ws)->wikimon;
	struct listener *l = mem_new(1, sizeof *l);
	struct buf channel = {0};
	wikimon_channel(&channel, ws_part(ws, 0));
	l->ws = ws;
	l->channel = buf_take(&channel);
	l->next = w->listeners;
	l->at = &w->listeners;
	if (l->next)
		l->next->at = &l->next;
	w->listeners = l;
	w->n++;
	ws_set_data(ws, l);
}

void wikimon_received(struct ws *ws, struct span message, bool is_text)
{
	(void)ws, (void)message, (void)is_text;
}

void wikimon_closed(struct ws *ws)
{
	struct listener *l = ws_data(ws);
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	ws_server(ws)->wikimon->n--;
	free(l->channel);
	free(l);
}
