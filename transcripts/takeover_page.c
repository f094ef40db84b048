/* takeover_page.c - an episode of somebody's feed as a page of this site: front matter in the keys that front_matter.h
 * names, then its notes.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/takeover_parts.h"

static void add(struct buf *out, const char *indent, const char *key, struct span value)
{
	if (!value.n)
		return;
	buf_format(out, "%s%s: ", indent, key);
	takeover_add_scalar(out, value);
	buf_char(out, '\n');
}

static void add_text(struct buf *out, const char *key, const char *value)
{
	add(out, "", key, span_of(value));
}

static void add_number(struct buf *out, const char *indent, const char *key, int64_t value)
{
	if (value > 0)
		buf_format(out, "%s%s: %lld\n", indent, key, (long long)value);
}

/* Seconds, with a fraction where there is one: nothing is rounded. */
static void add_seconds(struct buf *out, const char *key, int64_t ms)
{
	if (ms % 1000)
		buf_format(out, "%s: %lld.%03d", key, (long long)(ms / 1000), (int)(ms % 1000));
	else
		buf_format(out, "%s: %lld", key, (long long)(ms / 1000));
}

static void add_duration(struct buf *out, const char *indent, const char *key, int64_t ms)
{
	if (ms <= 0)
		return;
	buf_text(out, indent);
	add_seconds(out, key, ms);
	buf_char(out, '\n');
}

/* In a group on one line, always in quotes: a comma or bracket would end it. */
static void add_quoted(struct buf *out, const char *key, const char *value)
{
	struct buf scalar = {0};
	if (!*value)
		return;
	takeover_add_scalar(&scalar, span_of(value));
	if (scalar.p[0] == '"')
		buf_format(out, ", %s: %s", key, scalar.p);
	else
		buf_format(out, ", %s: \"%s\"", key, scalar.p);
	buf_finish(&scalar);
}

static void add_recording(struct buf *out, const struct document *d, const struct takeover_page *page)
{
	const struct document_media *m = d->n_media ? &d->media[0] : NULL;
	const char *type = m && strchr(m->type, '/') ? m->type : page->media_type ? page->media_type : "";
	int64_t bytes = page->media_bytes ? page->media_bytes : d->media_bytes;
	buf_text(out, "media:\n");
	add(out, "  ", "file", span_of(page->media_file ? page->media_file : d->media_file));
	add_number(out, "  ", "size", bytes);
	add_duration(out, "  ", "time", d->duration_ms);
	if (!page->media_file)
		add(out, "  ", "type", span_of(type));
}

static void add_alternates(struct buf *out, const struct document *d)
{
	bool is_first = true;
	for (size_t i = 1; i < d->n_media; i++) {
		const struct document_media *m = &d->media[i];
		if (!*m->url)
			continue;
		struct buf line = {0};
		add_quoted(&line, "file", m->url);
		add_quoted(&line, "type", m->type);
		add_quoted(&line, "language", m->language);
		if (m->bytes > 0)
			buf_format(&line, ", size: %lld", (long long)m->bytes);
		if (m->height > 0)
			buf_format(&line, ", height: %d", m->height);
		buf_format(out, "%s  - {%s}\n", is_first ? "alternates:\n" : "", line.p + 2);
		is_first = false;
		buf_finish(&line);
	}
}

static void add_people(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->n_credits; i++) {
		struct buf line = {0};
		add_quoted(&line, "name", d->credits[i].name);
		add_quoted(&line, "role", d->credits[i].role);
		buf_format(out, "%s  - {%s}\n", i ? "" : "people:\n", line.n ? line.p + 2 : "");
		buf_finish(&line);
	}
}

static void add_tags(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->n_tags; i++) {
		buf_text(out, i ? "  - " : "tags:\n  - ");
		takeover_add_scalar(out, span_of(d->tags[i]));
		buf_char(out, '\n');
	}
}

static void add_chapters(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->n_chapters; i++) {
		const struct document_chapter *c = &d->chapters[i];
		buf_text(out, i ? "  - {" : "chapters:\n  - {");
		add_seconds(out, "start", c->start_ms);
		if (c->end_ms > c->start_ms) {
			buf_text(out, ", ");
			add_seconds(out, "end", c->end_ms);
		}
		add_quoted(out, "title", c->title);
		add_quoted(out, "url", c->url);
		add_quoted(out, "image", c->image);
		buf_text(out, c->is_hidden ? ", toc: false}\n" : "}\n");
	}
}

static void add_soundbites(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->n_soundbites; i++) {
		const struct document_soundbite *s = &d->soundbites[i];
		buf_text(out, i ? "  - {" : "soundbites:\n  - {");
		add_seconds(out, "start", s->start_ms);
		buf_text(out, ", ");
		add_seconds(out, "duration", s->duration_ms);
		add_quoted(out, "title", s->title);
		buf_text(out, "}\n");
	}
}

struct member {
	const char *key, *value;
};

/* "key: {a: ..., b: ...}", where the first of them says something. */
static void add_group(struct buf *out, const char *key, const struct member *members, size_t n)
{
	struct buf line = {0};
	if (!*members[0].value)
		return;
	for (size_t i = 0; i < n; i++)
		add_quoted(&line, members[i].key, members[i].value);
	buf_format(out, "%s: {%s}\n", key, line.p + strlen(", "));
	buf_finish(&line);
}

static void add_groups(struct buf *out, const struct document *d)
{
	const struct member place[] = {{"name", d->place}, {"geo", d->place_geo}, {"osm", d->place_osm}, {"country", d->place_country}};
	const struct member comments[] = {{"protocol", d->comments_protocol}, {"url", d->comments}, {"account", d->comments_account},
		{"account_url", d->comments_account_url}};
	add_group(out, "location", place, COUNT_OF(place));
	add_group(out, "comments", comments, COUNT_OF(comments));
}

/* What is a link only because a feed has nothing else to say it with. */
static bool is_own(const struct document *d, const char *url)
{
	for (size_t i = 0; i < d->n_companions; i++)
		if (strcmp(d->companions[i].url, url) == 0)
			return true;
	size_t n = d->n_media ? strlen(d->media[0].url) : 0;
	return n && strncmp(url, d->media[0].url, n) == 0 && strncmp(url + n, "#t=", 3) == 0;
}

static void add_links(struct buf *out, const struct document *d)
{
	bool is_first = true;
	for (size_t i = 0; i < d->n_links; i++) {
		struct buf line = {0};
		add_quoted(&line, "url", d->links[i].url);
		add_quoted(&line, "label", d->links[i].label);
		if (*d->links[i].url && !is_own(d, d->links[i].url)) {
			buf_format(out, "%s  - {%s}\n", is_first ? "links:\n" : "", line.p + 2);
			is_first = false;
		}
		buf_finish(&line);
	}
}

static void add_head(const struct takeover *t, const struct document *d, const struct takeover_page *page, struct buf *out)
{
	const struct feed_show *s = &t->show;
	struct buf date = {0};
	if (d->published_ms != INT64_MIN)
		time_format_iso(&date, d->published_ms);
	add_text(out, "title", *d->title ? d->title : d->slug);
	add_text(out, "show", page->show);
	if (date.n)
		buf_format(out, "date: %s\n", date.p);
	add_text(out, "guid", d->guid);
	add_recording(out, d, page);
	add_text(out, "permalink", d->page_url);
	add_text(out, "description", d->description);
	if (!s->author || strcmp(s->author, d->author) != 0)
		add_text(out, "author", d->author);
	if (page->image)
		add_text(out, "image", page->image);
	else if (!s->image || strcmp(s->image, d->image) != 0)
		add_text(out, "image", d->image);
	add_number(out, "", "season", d->season);
	if (*d->episode_decimal)
		buf_format(out, "episode: %s\n", d->episode_decimal);
	else
		add_number(out, "", "episode", d->episode);
	add_text(out, "episode_type", d->episode_type);
	add_text(out, "short_title", d->short_title);
	if (d->explicit_ != s->explicit_)
		buf_format(out, "explicit: %s\n", d->explicit_ ? "true" : "false");
	if (d->is_blocked)
		buf_text(out, "block: true\n");
	if (!s->language || strcmp(s->language, d->language) != 0)
		add_text(out, "language", d->language);
	add_text(out, "license", d->license);
	buf_finish(&date);
}

/* The show's people stand in its entry: an episode has its own, or none. */
static bool has_own_people(const struct takeover *t, const struct document *d)
{
	if (d->n_credits != t->show.n_people)
		return true;
	for (size_t i = 0; i < d->n_credits; i++)
		if (strcmp(d->credits[i].name, t->show.people[i].name) != 0)
			return true;
	return false;
}

void takeover_write_page(const struct takeover *t, const struct document *d, const struct takeover_page *page,
	struct buf *out)
{
	buf_text(out, "---\n");
	add_head(t, d, page, out);
	if (has_own_people(t, d))
		add_people(out, d);
	add_tags(out, d);
	add_groups(out, d);
	if (!page->has_chapters_file)
		add_chapters(out, d);
	add_soundbites(out, d);
	add_alternates(out, d);
	add_links(out, d);
	buf_text(out, "---\n");
	if (*d->notes)
		buf_format(out, "\n%s%s", d->notes, d->notes[strlen(d->notes) - 1] == '\n' ? "" : "\n");
}
