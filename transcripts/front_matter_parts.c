/* SPDX-License-Identifier: MIT */
#include "transcripts/front_matter_parts.h"

#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/front_matter.h"
#include "transcripts/lines.h"

const struct yaml *front_matter_get(const struct yaml *root, const char *key)
{
	const struct yaml *exact = yaml_get(root, key);
	if (exact || !root || root->kind != YAML_MAP)
		return exact;
	for (size_t i = 0; i < root->n; i++)
		if (span_equal_nocase(root->keys[i]->text, span_of(key)))
			return root->items[i];
	return NULL;
}

static struct span text_of(const struct yaml *map, const char *const *keys)
{
	for (; *keys; keys++) {
		struct span value = lines_trim(yaml_text(yaml_get(map, *keys)));
		if (value.n && !yaml_is_none(yaml_get(map, *keys)))
			return value;
	}
	return span_of("");
}

static bool is_address(struct span s)
{
	return span_starts(s, "https://") || span_starts(s, "http://") || span_starts(s, "/") ||
		span_starts(s, "mailto:") ||
		span_starts(s, "#");
}

struct span front_matter_youtube_id(struct span text)
{
	static const char *const marks[] = {"watch?v=", "&v=", "youtu.be/", "/embed/", "/live/", "/shorts/"};
	bool is_url = span_starts(text, "http") || span_search(text, SPAN_LITERAL("youtu"), 0) < text.n;
	struct span id = is_url ? span_of("") : text;
	for (size_t i = 0; is_url && i < COUNT_OF(marks) && id.n == 0; i++) {
		size_t at = span_search(text, span_of(marks[i]), 0);
		if (at < text.n)
			id = span_from(text, at + strlen(marks[i]));
	}
	size_t n = 0;
	while (n < id.n && ((id.p[n] >= '0' && id.p[n] <= '9') || (id.p[n] >= 'a' && id.p[n] <= 'z') ||
		(id.p[n] >= 'A' && id.p[n] <= 'Z') || id.p[n] == '-' || id.p[n] == '_'))
		n++;
	return n == id.n || is_url ? span_make(id.p, n) : span_of("");
}

/* "12:34", "754", "PT12M34S". */
static bool read_time(struct span s, int64_t *ms)
{
	return s.n && front_matter_duration(s, ms);
}

static void read_chapter(struct document *d, const struct yaml *node, const struct dialect_faults *faults)
{
	static const char *const starts[] = {"start", "startTime", "time", "at", "timestamp", NULL};
	static const char *const ends[] = {"end", "endTime", NULL};
	static const char *const titles[] = {"title", "name", "label", NULL};
	static const char *const urls[] = {"url", "href", "link", NULL};
	static const char *const images[] = {"image", "img", NULL};
	struct span title = {0};
	int64_t start_ms = -1, end_ms = -1;
	bool toc = true;
	if (node->kind == YAML_SCALAR) {
		if (!chapters_read_line(yaml_text(node), &start_ms, &end_ms, &title))
			start_ms = -1;
	} else if (node->kind == YAML_MAP && node->n == 1 && read_time(lines_trim(node->keys[0]->text), &start_ms)) {
		title = lines_trim(yaml_text(node->items[0])); /* - "12:34": Title */
	} else if (node->kind == YAML_MAP) {
		title = text_of(node, titles);
		if (!read_time(text_of(node, starts), &start_ms))
			start_ms = -1;
		if (!read_time(text_of(node, ends), &end_ms) || end_ms < start_ms)
			end_ms = -1;
		(void)yaml_bool(yaml_get(node, "toc"), &toc);
	}
	if (start_ms < 0 || (title.n == 0 && toc)) {
		dialect_report(faults, NULL, node->line,
			"a chapter needs a time and a title ('12:34 Title', or start and title); it "
			"was left out");
		return;
	}
	struct document_chapter *c = document_add_chapter(d);
	c->start_ms = start_ms;
	c->end_ms = end_ms;
	c->line = node->line;
	c->is_hidden = !toc;
	document_set(&c->title, title);
	if (node->kind == YAML_MAP) {
		document_set(&c->url, text_of(node, urls));
		document_set(&c->image, text_of(node, images));
	}
}

static void read_chapters(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	const struct yaml *node = front_matter_get(root, "chapters");
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		document_set(&d->chapters_file, lines_trim(yaml_text(node)));
		return;
	}
	if (node->kind == YAML_MAP) {
		dialect_report(faults, NULL, node->line, "chapters should be a list; it was left out");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		read_chapter(d, node->items[i], faults);
	chapters_sort(d, faults);
}

/* Collections name their people by keys: one word in small letters. */
static bool is_key(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return s.n > 0;
}

static void add_person(struct document *d, struct span name, struct span role, struct span ref, int line)
{
	name = lines_trim(name);
	if (name.n == 0)
		name = ref;
	if (name.n == 0)
		return;
	struct document_credit *c = document_add_credit(d);
	document_set(&c->name, name);
	document_set(&c->role, role);
	document_set(&c->ref, ref.n ? ref : is_key(name) ? name : span_of(""));
	c->line = line;
}

static void read_person(struct document *d, const struct yaml *node, struct span role,
	const struct dialect_faults *faults)
{
	static const char *const names[] = {"name", "title", NULL}, *const refs[] = {"ref", "slug", "id", NULL},
		*const roles[] = {"role", NULL};
	struct span piece, rest = yaml_text(node);
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		while (span_next_piece(&rest, ',', &piece))
			add_person(d, piece, role, span_of(""), node->line);
		return;
	}
	struct span own = text_of(node, roles);
	if (node->kind != YAML_MAP || (text_of(node, names).n == 0 && text_of(node, refs).n == 0))
		dialect_report(faults, NULL, node->line, "a person needs a name; it was left out");
	else
		add_person(d, text_of(node, names), own.n ? own : role, text_of(node, refs), node->line);
}

static void read_people(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	static const struct { const char *key, *role; } keys[] = {{"hosts", "host"}, {"host", "host"}, {"guests", "guest"},
		{"guest", "guest"}, {"speakers", "speaker"}, {"persons", ""}, {"people", ""}};
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const struct yaml *node = front_matter_get(root, keys[i].key);
		if (node && node->kind == YAML_LIST)
			for (size_t k = 0; k < node->n; k++)
				read_person(d, node->items[k], span_of(keys[i].role), faults);
		else
			read_person(d, node, span_of(keys[i].role), faults);
	}
}

static void add_link(struct document *d, struct span url, struct span label, int line,
	const struct dialect_faults *faults)
{
	if (!is_address(url)) {
		dialect_report(faults, NULL, line, "'%.*s' isn't an address (https://...); the link was left out",
			(int)(url.n < 60 ? url.n : 60), url.p ? url.p : "");
		return;
	}
	struct document_link *l = document_add_link(d);
	document_set(&l->url, url);
	document_set(&l->label, label);
}

static void read_links(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	static const char *const urls[] = {"url", "href", "link", NULL}, *const labels[] = {"label", "title", "name",
		"text", NULL};
	const struct yaml *node = front_matter_get(root, "links");
	for (size_t i = 0; node && node->kind != YAML_SCALAR && i < node->n; i++) {
		const struct yaml *item = node->items[i];
		if (yaml_is_none(item))
			continue;
		if (node->kind == YAML_MAP && item->kind == YAML_SCALAR) /* links: {label: url} */
			add_link(d, lines_trim(yaml_text(item)), node->keys[i]->text, item->line, faults);
		else if (item->kind == YAML_SCALAR)
			add_link(d, lines_trim(yaml_text(item)), span_of(""), item->line, faults);
		else
			add_link(d, text_of(item, urls), text_of(item, labels), item->line, faults);
	}
	if (node && node->kind == YAML_SCALAR && !yaml_is_none(node))
		add_link(d, lines_trim(yaml_text(node)), span_of(""), node->line, faults);
}

/* Other recordings of the same: a file's name, or file, type, language, size, time and height. */
static void read_alternate(struct document *d, const struct yaml *node, const struct dialect_faults *faults)
{
	static const char *const files[] = {"file", "url", NULL}, *const types[] = {"type", NULL},
		*const languages[] = {"language", NULL}, *const sizes[] = {"size", NULL}, *const times[] = {"time", "duration", NULL},
		*const heights[] = {"height", NULL};
	bool is_map = node->kind == YAML_MAP;
	struct span file = is_map ? text_of(node, files) : lines_trim(yaml_text(node));
	int64_t height = 0, bytes = 0, duration_ms = 0;
	if (!file.n || node->kind == YAML_LIST) {
		dialect_report(faults, NULL, node->line, "an alternate is a file's name, or file, type, language, size, time, height; it "
			"was left out");
		return;
	}
	struct document_media *m = document_add_media(d);
	document_set(&m->url, file);
	if (!is_map)
		return;
	document_set(&m->type, text_of(node, types));
	document_set(&m->language, text_of(node, languages));
	if (span_to_i64(text_of(node, heights), &height) && height > 0 && height < 100000)
		m->height = (int)height;
	if (span_to_i64(text_of(node, sizes), &bytes) && bytes > 0)
		m->bytes = bytes;
	if (read_time(text_of(node, times), &duration_ms))
		m->duration_ms = duration_ms;
}

static void read_alternates(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	const struct yaml *node = front_matter_get(root, "alternates");
	if (yaml_is_none(node))
		return;
	if (node->kind != YAML_LIST)
		read_alternate(d, node, faults);
	for (size_t i = 0; node->kind == YAML_LIST && i < node->n; i++)
		read_alternate(d, node->items[i], faults);
}

static bool read_soundbite(struct document *d, const struct yaml *node)
{
	static const char *const starts[] = {"start", "startTime", "startOffset", NULL},
		*const ends[] = {"end", "endTime", "endOffset", NULL}, *const durations[] = {"duration", NULL},
		*const titles[] = {"title", "name", NULL};
	int64_t start_ms, end_ms, duration_ms;
	if (node->kind != YAML_MAP || !read_time(text_of(node, starts), &start_ms))
		return false;
	if (!read_time(text_of(node, durations), &duration_ms)) {
		if (!read_time(text_of(node, ends), &end_ms))
			return false;
		duration_ms = end_ms - start_ms;
	}
	if (duration_ms <= 0)
		return false;
	struct document_soundbite *s = document_add_soundbite(d);
	s->start_ms = start_ms;
	s->duration_ms = duration_ms;
	document_set(&s->title, text_of(node, titles));
	return true;
}

/* key: also DataTalks' quotableClips. */
static void read_soundbites(const struct yaml *root, const char *key, struct document *d,
	const struct dialect_faults *faults)
{
	const struct yaml *node = front_matter_get(root, key);
	if (yaml_is_none(node))
		return;
	if (node->kind != YAML_LIST)
		dialect_report(faults, NULL, node->line, "%s should be a list; it was left out", key);
	for (size_t i = 0; node->kind == YAML_LIST && i < node->n; i++)
		if (!read_soundbite(d, node->items[i]))
			dialect_report(faults, NULL, node->items[i]->line, "a soundbite needs a start and an end after it, or a duration "
				"({start: 1:02, end: 1:40, title: ...}); it was left out");
}

static void read_location(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	static const char *const names[] = {"name", NULL}, *const geos[] = {"geo", NULL}, *const osms[] = {"osm", NULL},
		*const countries[] = {"country", NULL};
	const struct yaml *node = front_matter_get(root, "location");
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		document_set(&d->place, lines_trim(yaml_text(node)));
	} else if (node->kind == YAML_MAP && text_of(node, names).n) {
		document_set(&d->place, text_of(node, names));
		document_set(&d->place_geo, text_of(node, geos));
		document_set(&d->place_osm, text_of(node, osms));
		document_set(&d->place_country, text_of(node, countries));
	} else {
		dialect_report(faults, NULL, node->line, "location should be a place's name, or name, geo, osm and country; it was left "
			"out");
	}
}

/* As a show's in carillon.yaml, or an address alone. */
static void read_comments(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	static const char *const urls[] = {"url", "uri", NULL}, *const protocols[] = {"protocol", NULL},
		*const accounts[] = {"account", "accountId", NULL}, *const account_urls[] = {"account_url", "accountUrl", NULL};
	const struct yaml *node = front_matter_get(root, "comments");
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_LIST && node->n == 1)
		node = node->items[0];
	struct span url = node->kind == YAML_SCALAR ? lines_trim(yaml_text(node)) : node->kind == YAML_MAP ? text_of(node, urls) :
		span_of("");
	struct span protocol = node->kind == YAML_MAP ? text_of(node, protocols) : span_of("");
	bool is_off = !url.n && span_is(protocol, "disabled");
	if (!is_off && !span_starts(url, "https://") && !span_starts(url, "http://")) {
		dialect_report(faults, NULL, node->line, "comments should be the address of one post that is answered to, or {protocol, url, "
			"account, account_url}, or {protocol: disabled}; it was left out");
		return;
	}
	document_set(&d->comments, url);
	document_set(&d->comments_protocol, is_off ? span_of("disabled") : protocol.n ? protocol : span_of("activitypub"));
	if (node->kind != YAML_MAP || is_off)
		return;
	document_set(&d->comments_account, text_of(node, accounts));
	document_set(&d->comments_account_url, text_of(node, account_urls));
}

static void read_episode_type(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	const struct yaml *node = front_matter_get(root, "episode_type");
	struct span type = lines_trim(yaml_text(node));
	if (yaml_is_none(node))
		return;
	if (span_is(type, "full") || span_is(type, "trailer") || span_is(type, "bonus"))
		document_set(&d->episode_type, type);
	else
		dialect_report(faults, NULL, node->line, "episode_type is full, trailer or bonus; it was left out");
}

void front_matter_read_parts(const struct yaml *root, struct document *d, const struct dialect_faults *faults)
{
	read_chapters(root, d, faults);
	read_people(root, d, faults);
	read_links(root, d, faults);
	read_soundbites(root, "soundbites", d, faults);
	read_soundbites(root, "quotableClips", d, faults);
	read_alternates(root, d, faults);
	read_location(root, d, faults);
	read_comments(root, d, faults);
	read_episode_type(root, d, faults);
}
