/* chapters.c - chapters that are a file of their own.
 * SPDX-License-Identifier: MIT */
#include "transcripts/chapters.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/timed_json.h"
#include "transcripts/xml_tree.h"

/* Normal play time: "37", "7:48", "35:12.250", "05:12:03.5". */
static bool read_npt(struct span s, int64_t *ms)
{
	double seconds;
	size_t n = stamp_read(s, ms);
	if (n && n == s.n)
		return true;
	if (n && s.p[n] == '.' && n + 1 < s.n && *ms % 1000 == 0) {
		int64_t unit = 100;
		for (n++; n < s.n && s.p[n] >= '0' && s.p[n] <= '9'; n++, unit /= 10)
			*ms += (s.p[n] - '0') * unit;
		return n == s.n;
	}
	if (n || !span_to_double(s, &seconds) || !(seconds >= 0 && seconds < 3.2e9))
		return false;
	*ms = (int64_t)(seconds * 1000 + 0.5);
	return true;
}

/* As lenient and as careful as with feeds: no document type, no entities, no attributes without end (xml_text.h). */
static bool open_psc(struct xml_tree *tree, struct span text, const struct dialect_faults *faults)
{
	struct why why = {0};
	bool is_psc = text.n <= 5 * 1024 * 1024 && xml_tree_read(tree, text, faults, &why) == OK &&
		(xml_is(tree->root, "psc:chapters") || xml_is(tree->root, "chapters"));
	if (why.text[0])
		dialect_report(faults, NULL, why.line, "%s", why.text);
	return is_psc;
}

static xmlNode *next_chapter(xmlNode *node)
{
	while (node && !xml_is(node, "psc:chapter") && !xml_is(node, "chapter"))
		node = xml_following(node);
	return node;
}

enum chapters_form chapters_detect(struct span text, char *reason, size_t room)
{
	struct span head = lines_trim(span_make(text.p, text.n < 1024 ? text.n : 1024));
	enum chapters_form form = CHAPTERS_NONE;
	if (timed_json_has(text, "\"chapters\"") && timed_json_has(text, "\"startTime\"")) {
		cJSON *root = timed_json_parse(text, NULL);
		const cJSON *list = json_get(root, "chapters"), *first = cJSON_IsArray(list) ? list->child : NULL;
		if (json_get(first, "startTime") && !json_get(root, "segments")) {
			snprintf(reason, room, "JSON chapters of Podcasting 2.0, %d of them", cJSON_GetArraySize(list));
			form = CHAPTERS_JSON;
		}
		cJSON_Delete(root);
	} else if (head.n && head.p[0] == '<' && span_search(head, SPAN_LITERAL("chapters"), 0) < head.n) {
		struct xml_tree tree = {0};
		size_t n = 0;
		if (open_psc(&tree, text, NULL)) {
			for (xmlNode *c = next_chapter(xml_first(tree.root)); c; c = next_chapter(xml_following(c)))
				n++;
			snprintf(reason, room, "Podlove's simple chapters, %zu of them", n);
			form = n ? CHAPTERS_PSC : CHAPTERS_NONE;
		}
		xml_tree_finish(&tree);
	}
	return form;
}

static const struct {
	const char *label, *name;
} forms[] = {[CHAPTERS_NONE] = {"", ""}, [CHAPTERS_JSON] = {"chapters-json", "chapters (Podcasting 2.0 JSON)"},
	[CHAPTERS_PSC] = {"chapters-psc", "chapters (Podlove's XML)"}, [CHAPTERS_LINES] = {"chapters-lines",
	"chapters (HH:MM:SS Title)"}};

enum chapters_form chapters_named(struct span label)
{
	for (size_t i = CHAPTERS_NONE + 1; i < COUNT_OF(forms); i++)
		if (span_is(label, forms[i].label))
			return (enum chapters_form)i;
	return CHAPTERS_NONE;
}

const char *chapters_label(enum chapters_form form)
{
	return forms[form].label;
}

const char *chapters_name(enum chapters_form form)
{
	return forms[form].name;
}

bool chapters_is_named(const char *name, struct span *stem)
{
	static const char ending[] = ".chapters";
	*stem = file_stem(name);
	if (stem->n < sizeof ending || !span_ends(*stem, ending))
		return false;
	stem->n -= sizeof ending - 1;
	return true;
}

/* A chapter's line; false for another one that isn't empty. */
static bool is_chapter_line(struct span line)
{
	int64_t start_ms, end_ms;
	struct span title;
	return line.n == 0 || (chapters_read_line(line, &start_ms, &end_ms, &title) && title.n);
}

enum chapters_form chapters_detect_lines(struct span text, char *reason, size_t room)
{
	struct lines lines;
	size_t n = 0, n_lines = 0;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		n_lines += lines.line.n > 0;
		n += lines.line.n && is_chapter_line(lines.line);
	}
	snprintf(reason, room, "its name says so, and %zu of its %zu lines begin with a time", n, n_lines);
	return n && n * 2 >= n_lines ? CHAPTERS_LINES : CHAPTERS_NONE;
}

static void read_lines(struct document *d, struct span text, const struct dialect_faults *faults)
{
	struct lines lines;
	lines_init(&lines, text, 1);
	while (lines_next(&lines))
		if (!is_chapter_line(lines.line))
			dialect_report(faults, NULL, lines.number, "a line without a time and a title; it was left out");
	chapters_read_description(d, text, 1, NULL);
}

static void read_json(struct document *d, struct span text, const struct dialect_faults *faults)
{
	cJSON *root = timed_json_parse(text, NULL);
	struct timed_json_items i;
	timed_json_begin(&i, root, "chapters", text, 1);
	while (timed_json_next(&i)) {
		const cJSON *toc = json_get(i.item, "toc");
		int64_t start_ms, end_ms;
		if (!timed_json_time(json_get(i.item, "startTime"), 1000, &start_ms)) {
			dialect_report(faults, NULL, i.line, "a chapter without a startTime in seconds; it was left out");
			continue;
		}
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = start_ms;
		c->line = i.line;
		c->is_hidden = cJSON_IsFalse(toc);
		if (timed_json_time(json_get(i.item, "endTime"), 1000, &end_ms) && end_ms >= start_ms)
			c->end_ms = end_ms;
		document_set(&c->title, lines_trim(json_string(json_get(i.item, "title"))));
		document_set(&c->url, lines_trim(json_string(json_get(i.item, "url"))));
		document_set(&c->image, lines_trim(json_string(json_get(i.item, "img"))));
	}
	cJSON_Delete(root);
}

static void set_attribute(char **to, const xmlNode *node, const char *name)
{
	char *value = xml_attribute(node, name);
	document_set(to, lines_trim(span_of(value)));
	free(value);
}

static void read_psc(struct document *d, struct span text, const struct dialect_faults *faults)
{
	struct xml_tree tree = {0};
	xmlNode *node = open_psc(&tree, text, faults) ? next_chapter(xml_first(tree.root)) : NULL;
	for (; node; node = next_chapter(xml_following(node))) {
		int64_t start_ms;
		char *start = xml_attribute(node, "start");
		bool good = read_npt(lines_trim(span_of(start)), &start_ms);
		free(start);
		if (!good) {
			dialect_report(faults, NULL, xml_line(node), "a chapter without a start such as 0:12:34.500; it was left out");
			continue;
		}
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = start_ms;
		c->line = xml_line(node);
		set_attribute(&c->title, node, "title");
		set_attribute(&c->url, node, "href");
		set_attribute(&c->image, node, "image");
	}
	xml_tree_finish(&tree);
}

void chapters_read(enum chapters_form form, struct document *d, struct span text, const struct dialect_faults *faults)
{
	if (form == CHAPTERS_JSON)
		read_json(d, text, faults);
	else if (form == CHAPTERS_PSC)
		read_psc(d, text, faults);
	else if (form == CHAPTERS_LINES)
		read_lines(d, text, faults);
	chapters_sort(d, faults);
}
