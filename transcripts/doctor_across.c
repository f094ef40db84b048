/* doctor_across.c - what is wrong between items: the same number, title, recording or video twice; and names that look
 * like several people's.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/doctor_checkup.h"
#include "transcripts/people_rules.h"

enum { SIZE_MIN = 1000 }; /* bytes; smaller sizes are placeholders */

/* An item with what it is compared by; equal keys are a fault. */
struct keyed {
	const struct archive_item *item;
	char *key;
};

static int by_key(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	int order = strcmp(a->key, b->key);
	if (!order)
		order = strcmp(a->item->path, b->item->path);
	return order ? order : strcmp(a->item->part, b->item->part);
}

/* key_of gives NULL where there is nothing to compare. told(first, other) reports the second and later of equals. */
static void compare(struct checkup *c, char *(*key_of)(const struct archive_item *item),
	void (*told)(struct checkup *c, const struct archive_item *first, const struct archive_item *other))
{
	struct keyed *all = mem_new(c->n_items + 1, sizeof *all);
	size_t n = 0;
	for (size_t i = 0; i < c->n_items; i++) {
		char *key = key_of(c->items[i]);
		if (key)
			all[n++] = (struct keyed){c->items[i], key};
	}
	qsort(all, n, sizeof *all, by_key);
	for (size_t i = 1, first = 0; i < n; i++) {
		if (strcmp(all[i].key, all[first].key) != 0)
			first = i;
		else
			told(c, all[first].item, all[i].item);
	}
	for (size_t i = 0; i < n; i++)
		free(all[i].key);
	free(all);
}

static char *format_key(const char *format, ...) PRINTF(1, 2);
static char *format_key(const char *format, ...)
{
	struct buf key = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&key, format, args);
	va_end(args);
	return buf_take(&key);
}

/* ---- numbers ---- */

static char *number_key(const struct archive_item *item)
{
	if (item->kind != ARCHIVE_EPISODE || !item->episode)
		return NULL;
	return format_key("%s\n%lld\n%lld", item->show, (long long)item->season, (long long)item->episode);
}

static void number_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	/* Of a list its importer has told it, with the line of the number. */
	if (strcmp(first->path, other->path) == 0 && checkup_has_told(c, "number-twice", other->path))
		return;
	int at = checkup_line_of_key(c, other, "episode", "");
	if (!other->part[0] && !at)
		at = checkup_line_of_key(c, other, "number", "");
	checkup_fault(c, DOCTOR_WARNING, "number-twice", other->path, at, "episode %lld is also %s; give one another number",
		(long long)other->episode, first->part[0] ? first->part : first->path);
}

/* Transcripts alone have their number in the file's name: "402-on-ropes.txt". */
static struct span number_in_name(const char *path)
{
	struct span stem = file_stem(path);
	size_t n = 0;
	while (n < stem.n && stem.p[n] >= '0' && stem.p[n] <= '9')
		n++;
	bool is_number = n > 0 && n < stem.n && strchr("-_. ", stem.p[n]);
	return span_make(stem.p, is_number ? n : 0);
}

static struct span folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return span_make(path, slash ? (size_t)(slash - path) : 0);
}

static char *file_number_key(const struct archive_item *item)
{
	struct span number = number_in_name(item->path), folder = folder_of(item->path);
	while (number.n > 1 && number.p[0] == '0')
		number = span_from(number, 1);
	return item->kind == ARCHIVE_TRANSCRIPT && number.n ?
		format_key("%.*s\n%.*s", SPAN_ARG(folder), SPAN_ARG(number)) : NULL;
}

/* Only where nine of ten files have a number: elsewhere it may be a year, or part of the title. */
static bool is_numbered(const struct checkup *c, struct span folder)
{
	enum { FEWEST = 10 };
	size_t n = 0, n_numbers = 0;
	for (size_t i = 0; i < c->n_items; i++) {
		const struct archive_item *item = c->items[i];
		if (item->kind != ARCHIVE_TRANSCRIPT || !span_equal(folder_of(item->path), folder))
			continue;
		n++;
		n_numbers += number_in_name(item->path).n > 0;
	}
	return n >= FEWEST && n_numbers * 10 >= n * 9;
}

static void file_number_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	struct span number = number_in_name(other->path);
	if (is_numbered(c, folder_of(other->path)))
		checkup_fault(c, DOCTOR_WARNING, "number-twice", other->path, 0, "number %.*s is also %s; one of them is an older "
			"form of it, or has another's number", SPAN_ARG(number), first->path);
}

/* ---- titles ---- */

static char *title_key(const struct archive_item *item)
{
	if (item->kind != ARCHIVE_EPISODE || !item->title[0])
		return NULL;
	char *key = format_key("%s\n%s", item->show, item->title);
	for (char *p = key; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return key;
}

static void title_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	int at = checkup_line_of_key(c, other, "title", other->title);
	checkup_fault(c, DOCTOR_WARNING, "title-twice", other->path, at, "'%s' is also the title of %s; listeners can't tell "
		"them apart", other->title, first->part[0] ? first->part : first->path);
}

/* ---- recordings ---- */

static char *size_key(const struct archive_item *item)
{
	return item->kind == ARCHIVE_EPISODE && item->media_bytes >= SIZE_MIN ?
		format_key("%lld", (long long)item->media_bytes) : NULL;
}

static void size_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	char *number = format_key("%lld", (long long)other->media_bytes);
	int at = checkup_line_of_key(c, other, "size", number);
	free(number);
	if (strcmp(first->media_file, other->media_file) == 0)
		return; /* one recording of two pages: media-twice */
	checkup_fault(c, DOCTOR_WARNING, "size-twice", other->path, at,
		"it says the same %lld bytes as %s of %s; one was copied from the other, correct it",
		(long long)other->media_bytes, first->media_file, first->path);
}

static char *media_key(const struct archive_item *item)
{
	return item->kind == ARCHIVE_EPISODE && item->media_file[0] ? format_key("%s", item->media_file) : NULL;
}

static void media_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	int at = checkup_line_of(c, other, other->media_file);
	checkup_fault(c, DOCTOR_ERROR, "media-twice", other->path, at, "%s is also the recording of %s; apps ignore the second "
		"of two episodes with one file", other->media_file, first->part[0] ? first->part : first->path);
}

static char *video_key(const struct archive_item *item)
{
	return item->youtube[0] ? format_key("%s", item->youtube) : NULL;
}

static void video_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	int at = checkup_line_of(c, other, other->youtube);
	checkup_fault(c, DOCTOR_WARNING, "video-twice", other->path, at, "its video %s is also that of %s; one of them is "
		"another's", other->youtube, first->path);
}

/* ---- pages ---- */

static char *page_key(const struct archive_item *item)
{
	return item->kind == ARCHIVE_EPISODE && item->page_url[0] ? format_key("%s", item->page_url) : NULL;
}

/* Where several have one address, it is the show's on purpose. */
static void page_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_items; i++)
		n += strcmp(c->items[i]->page_url, other->page_url) == 0;
	if (n > 2)
		return;
	checkup_fault(c, DOCTOR_WARNING, "page-twice", other->path, checkup_line_of(c, other, other->page_url),
		"'%s' leads to %s, as '%s' does; one of them is another's", other->title, other->page_url, first->title);
}

/* ---- names ---- */

static void check_names(struct checkup *c)
{
	struct archive_person **people = NULL;
	size_t n = 0;
	struct why why;
	if (archive_people(c->archive, NULL, SIZE_MAX, 0, &people, &n, &why))
		return;
	for (size_t i = 0; i < n; i++) {
		struct archive_appearance *list = NULL;
		size_t n_list = 0;
		if (people_name_is_compound(span_of(people[i]->name)) &&
				archive_appearances(c->archive, people[i]->slug, &list, &n_list, &why) == OK && n_list) {
			struct archive_item *item = archive_item_by_id(c->archive, list[0].item);
			int at = item ? checkup_line_of(c, item, people[i]->name) : 0;
			checkup_fault(c, DOCTOR_WARNING, "name-compound", item ? item->path : "people.yaml", at,
				"'%s' looks like several people; say who they are under 'compound:' in people.yaml", people[i]->name);
			archive_item_free(item);
		}
		archive_appearances_free(list, n_list);
		archive_person_free(people[i]);
	}
	free(people);
}

void doctor_check_across(struct checkup *c)
{
	compare(c, number_key, number_twice);
	compare(c, file_number_key, file_number_twice);
	compare(c, title_key, title_twice);
	compare(c, size_key, size_twice);
	compare(c, media_key, media_twice);
	compare(c, video_key, video_twice);
	compare(c, page_key, page_twice);
	check_names(c);
}
