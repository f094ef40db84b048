/* doctor_across.c - what is wrong between items: the same number, title, recording or video twice; and names that look
 * like several people's.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

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
	struct page_text page;
	struct span line;
	int at = 0;
	if (page_text_read(&page, c, other->path)) {
		at = page_text_key(&page, "episode", &line);
		page_text_finish(&page);
	}
	checkup_fault(c, DOCTOR_WARNING, "number-twice", other->path, other->part[0] ? 0 : at,
		"episode %lld is also %s; give one another number", (long long)other->episode,
		first->part[0] ? first->part : first->path);
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
	checkup_fault(c, DOCTOR_WARNING, "title-twice", other->path, 0, "'%s' is also the title of %s; listeners can't tell "
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
	struct page_text page;
	struct span line;
	int at = 0;
	if (strcmp(first->media_file, other->media_file) == 0)
		return; /* one recording of two pages: media-twice */
	if (page_text_read(&page, c, other->path)) {
		at = page_text_key(&page, "size", &line);
		page_text_finish(&page);
	}
	checkup_fault(c, DOCTOR_WARNING, "size-twice", other->path, other->part[0] ? 0 : at,
		"it says the same %lld bytes as %s of %s; one was copied from the other, correct it",
		(long long)other->media_bytes, first->media_file, first->path);
}

static char *media_key(const struct archive_item *item)
{
	return item->kind == ARCHIVE_EPISODE && item->media_file[0] ? format_key("%s", item->media_file) : NULL;
}

static void media_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	checkup_fault(c, DOCTOR_ERROR, "media-twice", other->path, 0, "%s is also the recording of %s; apps ignore the second "
		"of two episodes with one file", other->media_file, first->part[0] ? first->part : first->path);
}

static char *video_key(const struct archive_item *item)
{
	return item->youtube[0] ? format_key("%s", item->youtube) : NULL;
}

static void video_twice(struct checkup *c, const struct archive_item *first, const struct archive_item *other)
{
	checkup_fault(c, DOCTOR_WARNING, "video-twice", other->path, 0, "its video %s is also that of %s; one of them is "
		"another's", other->youtube, first->path);
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
			checkup_fault(c, DOCTOR_WARNING, "name-compound", item ? item->path : "people.yaml", 0,
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
	compare(c, title_key, title_twice);
	compare(c, size_key, size_twice);
	compare(c, media_key, media_twice);
	compare(c, video_key, video_twice);
	check_names(c);
}
