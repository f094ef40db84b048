/* SPDX-License-Identifier: MIT */
#include "transcripts/media_check.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/doctor_checkup.h"

enum { PAGE_BYTES = 16 << 20, OFF_BY_MS = 2000, PAGE = 500 };

struct check {
	const char *site;
	struct media_store *store;
	const struct media_check_report *report;
	size_t *n_faults;
};

/* One item with its page and its recording. */
struct checked {
	struct check *check;
	const struct archive_item *item;
	const char *name;       /* of the recording */
	char *page;             /* the item's file, as it opens */
	struct page_text text;  /* empty where the item is one of many in its file */
};

static void tell(const struct checked *c, int line, const char *format, ...) PRINTF(3, 4);
static void tell(const struct checked *c, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	c->check->report->fault(c->check->report->data, c->page, line, text.p);
	buf_finish(&text);
	(*c->check->n_faults)++;
}

static int line_of(const struct checked *c, const char *const *keys)
{
	struct span line;
	for (; *keys; keys++) {
		int at = page_text_key(&c->text, *keys, &line);
		if (at)
			return at;
	}
	return 0;
}

static void check_duration(const struct checked *c, const struct media_study *s)
{
	static const char *const keys[] = {"time", "duration", NULL};
	int64_t said = c->item->duration_ms, real = s->info.duration_ms;
	if (!said || !real || llabs(said - real) <= OFF_BY_MS)
		return;
	struct buf says = {0}, is = {0};
	stamp_write(&says, said, false);
	stamp_write(&is, real, false);
	tell(c, line_of(c, keys), "media/%s lasts %s, the page says %s; correct the page, or the recording's name",
		c->name, is.p, says.p);
	buf_finish(&says);
	buf_finish(&is);
}

static void check_size(const struct checked *c, const struct media_study *s)
{
	static const char *const keys[] = {"size", NULL};
	if (c->item->media_bytes && c->item->media_bytes != s->info.n_bytes)
		tell(c, line_of(c, keys), "media/%s has %lld bytes, the page says %lld; correct the page, downloads are checked "
			"against it",
			c->name, (long long)s->info.n_bytes, (long long)c->item->media_bytes);
}

static void check_recording(const struct checked *c, const struct media_study *s)
{
	static const char *const keys[] = {"file", "media", "mp3", NULL};
	const char *by_name = media_mime_of(c->name);
	int64_t off = s->declared_ms ? s->info.duration_ms - s->declared_ms : 0;
	if (strcmp(by_name, s->info.mime) != 0)
		tell(c, line_of(c, keys), "media/%s is %s inside, which its name doesn't say; players may refuse it: rename it",
			c->name, s->info.mime);
	if (llabs(off) > OFF_BY_MS)
		tell(c, line_of(c, keys), "media/%s says that it lasts %lld s, but %lld s are in it; %s", c->name,
			(long long)(s->declared_ms + 500) / 1000, (long long)(s->info.duration_ms + 500) / 1000,
			off < 0 ? "it was cut off: fetch it again" : "players show the wrong length: write it anew");
	if (s->n_damaged)
		tell(c, line_of(c, keys), "media/%s has %lld pieces that can't be decoded; listen to it, and fetch or make it again",
			c->name, (long long)s->n_damaged);
}

static void check_item(struct check *check, const struct archive_item *item)
{
	const char *slash = strrchr(item->media_file, '/');
	struct checked c = {.check = check, .item = item, .name = slash ? slash + 1 : item->media_file};
	struct media_study s;
	if (!*c.name)
		return;
	char *folder = file_join(check->site, "media"), *path = file_join(folder, c.name);
	if (file_exists(path) && media_store_find(check->store, path, MEDIA_FACTS, &s, NULL) == OK) {
		c.page = item->path[0] == '/' ? mem_strdup(item->path) : file_join(check->site, item->path);
		if (!item->part[0])
			(void)!file_read(c.page, PAGE_BYTES, &c.text.text, NULL);
		check_duration(&c, &s);
		check_size(&c, &s);
		check_recording(&c, &s);
		page_text_finish(&c.text);
		free(c.page);
		media_study_finish(&s);
	}
	free(path);
	free(folder);
}

/* list_from: archive_list or archive_list_talks with a page of its items. */
static enum err check_all(struct check *check, struct archive *a, bool talks, struct why *why)
{
	size_t n = PAGE;
	for (size_t offset = 0; n == PAGE; offset += n) {
		struct archive_item **items;
		enum err e = talks ? archive_list_talks(a, NULL, PAGE, offset, &items, &n, why) :
			archive_list(a, NULL, true, PAGE, offset, &items, &n, why);
		if (e)
			return e;
		for (size_t i = 0; i < n; i++) {
			check_item(check, items[i]);
			archive_item_free(items[i]);
		}
		free(items);
	}
	return OK;
}

enum err media_check(struct archive *a, const char *site, struct media_store *store,
	const struct media_check_report *report, size_t *n_faults, struct why *why)
{
	struct check check = {site, store, report, n_faults};
	enum err e = check_all(&check, a, false, why);
	return e ? e : check_all(&check, a, true, why);
}
