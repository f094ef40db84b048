/* SPDX-License-Identifier: MIT */
#include "transcripts/front_matter.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/yaml_tree.h"
#include "transcripts/datatalks.h"
#include "transcripts/front_matter_parts.h"
#include "transcripts/lines.h"

struct reading {
	struct document *d;
	const struct yaml *root;
	const struct dialect_faults *faults;
};

enum front_matter_found front_matter_split(struct span text, struct span *yaml, struct span *body, int *body_line)
{
	struct span rest = text, line;
	if (span_starts(rest, "\xEF\xBB\xBF"))
		rest = span_from(rest, 3);
	*yaml = *body = span_of("");
	*body_line = 1;
	if (!span_next_line(&rest, &line) || !span_is(span_trim(line), "---") || span_starts(line, " "))
		return FRONT_MATTER_NONE;
	const char *start = rest.p;
	int number = 1;
	while (span_next_line(&rest, &line)) {
		number++;
		/* Only at the margin: an indented --- belongs to a block of text. */
		if (!(span_starts(line, "---") || span_starts(line, "...")) || span_trim(line).n != 3)
			continue;
		*yaml = span_make(start, (size_t)(line.p - start));
		*body = rest;
		*body_line = number + 1;
		return FRONT_MATTER_WHOLE;
	}
	return FRONT_MATTER_OPEN;
}

/* Digits before one of Y..S; ISO 8601's time part. */
static bool read_iso_duration(struct span s, int64_t *ms)
{
	int64_t total = 0;
	static const struct { char unit; int64_t seconds; } units[] = {{'H', 3600}, {'M', 60}, {'S', 1}};
	size_t next_unit = 0;
	if (!span_starts(s, "PT") || s.n == 2)
		return false;
	s = span_from(s, 2);
	while (s.n) {
		size_t n = 0;
		int64_t value = 0;
		while (n < s.n && n < 9 && s.p[n] >= '0' && s.p[n] <= '9')
			value = value * 10 + (s.p[n++] - '0');
		if (n == 0 || n >= s.n)
			return false;
		while (next_unit < COUNT_OF(units) && units[next_unit].unit != s.p[n])
			next_unit++;
		if (next_unit == COUNT_OF(units))
			return false;
		total += value * units[next_unit++].seconds;
		s = span_from(s, n + 1);
	}
	*ms = total * 1000;
	return true;
}

bool front_matter_duration(struct span text, int64_t *ms)
{
	double seconds;
	text = span_trim(text);
	if (text.n && stamp_read(text, ms) == text.n)
		return true;
	/* A century in seconds: more is no recording, and has to fit the arithmetic. */
	if (span_to_double(text, &seconds) && seconds >= 0 && seconds < 3.2e9) {
		*ms = (int64_t)(seconds * 1000 + 0.5);
		return true;
	}
	return read_iso_duration(text, ms);
}

bool front_matter_dotted_time(struct span text, int64_t *ms)
{
	size_t dot = span_find(text, '.');
	int64_t minutes, seconds;
	if (dot == 0 || dot + 3 != text.n || !span_to_i64(span_make(text.p, dot), &minutes) ||
		!span_to_i64(span_from(text, dot + 1), &seconds) || minutes < 0 || minutes > 999 || seconds < 0 || seconds > 59)
		return false;
	*ms = (minutes * 60 + seconds) * 1000;
	return true;
}

static void wrong(const struct reading *r, const struct yaml *node, const char *key, const char *wanted)
{
	dialect_report(r->faults, NULL, node->line, "%s should be %s; it was left out", key, wanted);
}

/* The node's text when it is a scalar that says something; reports other kinds. */
static bool scalar(const struct reading *r, const struct yaml *node, const char *key, struct span *out)
{
	if (yaml_is_none(node))
		return false;
	if (node->kind != YAML_SCALAR) {
		wrong(r, node, key, "a text");
		return false;
	}
	*out = lines_trim(yaml_text(node));
	return out->n > 0;
}

static void read_text(const struct reading *r, const char *key, char **to)
{
	struct span value;
	if (scalar(r, yaml_get(r->root, key), key, &value))
		document_set(to, value);
}

static void read_number(const struct reading *r, const struct yaml *node, const char *key, int64_t *to)
{
	struct span text;
	int64_t value;
	if (!scalar(r, node, key, &text))
		return;
	if (!span_to_i64(text, &value) || value < 0)
		wrong(r, node, key, "a whole number");
	else
		*to = value;
}

/* A whole number, or one between two others: "315.5" is kept as it is written. */
static void read_episode(const struct reading *r)
{
	const struct yaml *node = yaml_get(r->root, "episode");
	struct span text;
	double value;
	bool is_decimal = scalar(r, node, "episode", &text) && span_find(text, '.') < text.n;
	if (!is_decimal)
		read_number(r, node, "episode", &r->d->episode);
	else if (span_to_double(text, &value) && value >= 0 && text.n < 16)
		document_set(&r->d->episode_decimal, text);
	else
		wrong(r, node, "episode", "a number");
}

static void read_flag(const struct reading *r, const char *key, bool *to)
{
	const struct yaml *node = yaml_get(r->root, key);
	if (yaml_is_none(node))
		return;
	if (!yaml_bool(node, to))
		wrong(r, node, key, "true or false");
}

static void read_date(const struct reading *r, const char *key)
{
	enum { MS_DIGITS = 13 };
	const struct yaml *node = yaml_get(r->root, key);
	struct span text;
	int64_t value;
	if (!scalar(r, node, key, &text))
		return;
	if (text.n == MS_DIGITS && span_to_i64(text, &value)) {
		r->d->published_ms = value; /* some generators count milliseconds */
		return;
	}
	if (time_parse(text, &r->d->published_ms) != OK) {
		r->d->published_ms = INT64_MIN;
		wrong(r, node, key, "a date such as 2026-11-20T09:30:00");
	}
}

static void read_duration(const struct reading *r, const struct yaml *node, const char *key, bool dotted)
{
	struct span text;
	int64_t ms;
	if (!scalar(r, node, key, &text))
		return;
	if (dotted && front_matter_dotted_time(text, &ms)) {
		dialect_report(r->faults, NULL, node->line, "%s '%.*s' has a dot; it was read as %d:%02d, write it so", key,
			SPAN_ARG(text), (int)(ms / 60000), (int)(ms / 1000 % 60));
		r->d->duration_ms = ms;
	} else if (front_matter_duration(text, &ms)) {
		r->d->duration_ms = ms;
	} else {
		wrong(r, node, key, "a time such as 25:01");
	}
}

/* What an address doesn't tell by its ending. */
static void read_media_type(const struct reading *r, const struct yaml *node)
{
	struct document *d = r->d;
	struct span type;
	if (!scalar(r, yaml_get(node, "type"), "type", &type) || !*d->media_file)
		return;
	struct document_media *m = document_add_media(d);
	document_set(&m->url, span_of(d->media_file));
	document_set(&m->type, type);
	m->bytes = d->media_bytes;
}

/* `mp3:` and `media:`: a file, or a map of file, size, time, type. */
static void read_media(const struct reading *r, const char *key)
{
	const struct yaml *node = yaml_get(r->root, key);
	struct span value;
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		document_set(&r->d->media_file, lines_trim(yaml_text(node)));
		return;
	}
	if (node->kind == YAML_LIST) {
		wrong(r, node, key, "a file's name, or file, size and time");
		return;
	}
	if (scalar(r, yaml_get(node, "file"), "file", &value))
		document_set(&r->d->media_file, value);
	read_number(r, yaml_get(node, "size"), "size", &r->d->media_bytes);
	read_duration(r, yaml_get(node, "duration"), "duration", true);
	read_duration(r, yaml_get(node, "time"), "time", true);
	read_media_type(r, node);
}

static void add_tag(struct document *d, struct span tag)
{
	tag = lines_trim(tag);
	if (tag.n)
		document_add_tag(d, tag);
}

/* A list, or texts with commas between. */
static void read_tags(const struct reading *r)
{
	const struct yaml *node = yaml_get(r->root, yaml_get(r->root, "tags") ? "tags" : "topics");
	struct span rest, piece;
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_MAP) {
		wrong(r, node, "tags", "a list");
		return;
	}
	rest = yaml_text(node);
	while (span_next_piece(&rest, ',', &piece))
		add_tag(r->d, piece);
	for (size_t i = 0; node->kind == YAML_LIST && i < node->n; i++) {
		if (node->items[i]->kind == YAML_SCALAR)
			add_tag(r->d, yaml_text(node->items[i]));
		else
			wrong(r, node->items[i], "a tag", "a text");
	}
}

/* One name, or a list of them. */
static void read_author(const struct reading *r)
{
	const struct yaml *node = yaml_get(r->root, "author");
	if (!node || node->kind != YAML_LIST) {
		read_text(r, "author", &r->d->author);
		return;
	}
	struct buf names = {0};
	struct span name;
	for (size_t i = 0; i < node->n; i++) {
		if (!scalar(r, node->items[i], "author", &name))
			continue;
		if (names.n)
			buf_text(&names, ", ");
		buf_span(&names, name);
	}
	document_set(&r->d->author, buf_view(&names));
	buf_finish(&names);
}

static void read_slug(const struct reading *r)
{
	struct span value;
	struct buf slug = {0};
	const struct yaml *node = yaml_get(r->root, "slug");
	if (!scalar(r, node, "slug", &value))
		return;
	escape_slug(&slug, value);
	if (slug.n)
		document_set(&r->d->slug, buf_view(&slug));
	else
		wrong(r, node, "slug", "letters, digits and hyphens");
	buf_finish(&slug);
}

bool front_matter_is_media(struct span url)
{
	static const char *const endings[] = {".mp3", ".m4a", ".mp4", ".m4v", ".mov", ".ogg", ".oga", ".ogv", ".opus",
		".wav",
		".aac", ".flac", ".webm", ".mkv"};
	struct span path = span_make(url.p, span_find(url, '?'));
	path.n = span_find(path, '#');
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		size_t n = strlen(endings[i]);
		if (path.n > n && span_equal_nocase(span_from(path, path.n - n), span_of(endings[i])))
			return true;
	}
	return false;
}

/* `url:` is the recording for some, the page for others; `permalink:` is the page. */
static void read_address(const struct reading *r)
{
	struct span url;
	read_text(r, "permalink", &r->d->page_url);
	if (!scalar(r, yaml_get(r->root, "url"), "url", &url))
		return;
	if (!front_matter_is_media(url))
		document_set(&r->d->page_url, url);
	else if (!*r->d->media_file)
		document_set(&r->d->media_file, url);
}

static void read_youtube(const struct reading *r)
{
	const struct yaml *nodes[] = {yaml_get(r->root, "youtube"), yaml_get(r->root, "youtube_url"),
		yaml_get(yaml_get(r->root, "ids"), "youtube")};
	for (size_t i = 0; i < COUNT_OF(nodes) && !*r->d->youtube; i++) {
		struct span value;
		if (!scalar(r, nodes[i], "youtube", &value))
			continue;
		struct span id = front_matter_youtube_id(value);
		if (id.n)
			document_set(&r->d->youtube, id);
		else
			wrong(r, nodes[i], "youtube", "a recording's id or address there");
	}
}

/* A file's name, or the transcript itself. */
static void read_transcript(const struct reading *r)
{
	const struct yaml *node = yaml_get(r->root, "transcript");
	if (!node || node->kind != YAML_LIST) {
		read_text(r, "transcript", &r->d->transcript_file);
		return;
	}
	r->d->transcript = datatalks_read(node, r->d->n_chapters ? NULL : r->d, r->faults); /* first-hand chapters win */
	if (r->d->transcript)
		r->d->dialect = &dialect_datatalks;
}

bool front_matter_read(struct span yaml, struct document *d, bool *is_show_notes, const struct dialect_faults *faults,
	struct why *why)
{
	enum { FIRST_LINE = 2 }; /* the file's first is --- */
	struct yaml *root = yaml_parse(yaml, FIRST_LINE, why);
	if (!root)
		return false;
	if (root->kind != YAML_MAP) {
		(void)why_at(why, E_FORMAT, root->line, 0, "the front matter isn't a list of 'key: value' lines");
		yaml_delete(root);
		return false;
	}
	struct reading r = {d, root, faults};
	read_text(&r, "title", &d->title);
	read_slug(&r);
	read_text(&r, "show", &d->show);
	read_author(&r);
	read_text(&r, "description", &d->description);
	read_text(&r, "image", &d->image);
	read_text(&r, "guid", &d->guid);
	read_text(&r, "lang", &d->language);
	read_text(&r, "language", &d->language);
	read_text(&r, "license", &d->license);
	read_youtube(&r);
	read_media(&r, "media");
	read_media(&r, "mp3");
	read_duration(&r, yaml_get(root, "duration"), "duration", false);
	read_address(&r);
	read_date(&r, "dateadded");
	read_date(&r, "date");
	read_date(&r, "timestamp");
	read_number(&r, yaml_get(root, "season"), "season", &d->season);
	read_number(&r, yaml_get(root, "number"), "number", &d->episode);
	read_episode(&r);
	read_text(&r, "short_title", &d->short_title);
	read_flag(&r, "block", &d->is_blocked);
	read_flag(&r, "published", &d->published);
	read_flag(&r, "explicit", &d->explicit_);
	read_tags(&r);
	front_matter_read_parts(root, d, faults);
	read_transcript(&r);
	*is_show_notes = yaml_get(root, "number") && front_matter_is_media(lines_trim(yaml_text(yaml_get(root, "url"))));
	yaml_delete(root);
	return true;
}
