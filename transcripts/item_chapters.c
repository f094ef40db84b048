/* SPDX-License-Identifier: MIT */
#include "transcripts/item_chapters.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/chapters.h"
#include "transcripts/lines.h"

/* ---- the recording ---- */

/* What is known of the item's file in the site's media folder. */
static bool study_of(const char *media_file, const char *folder, struct media_store *media, struct media_study *s)
{
	const char *slash = strrchr(media_file, '/'), *name = slash ? slash + 1 : media_file;
	if (!media || !*name)
		return false;
	char *media_folder = file_join(folder, "media"), *path = file_join(media_folder, name);
	bool is_known = media_store_find(media, path, MEDIA_FACTS, s, NULL) == OK;
	free(path);
	free(media_folder);
	return is_known;
}

bool item_chapters_in_recording(const char *media_file, const char *folder, struct media_store *media)
{
	struct media_study s;
	if (!study_of(media_file, folder, media, &s))
		return false;
	bool has = s.n_chapters > 0;
	media_study_finish(&s);
	return has;
}

static void take_from_recording(struct document *d, const struct media_study *s)
{
	for (size_t i = 0; i < s->n_chapters; i++) {
		struct document_chapter *chapter = document_add_chapter(d);
		chapter->start_ms = s->chapters[i].start_ms;
		chapter->end_ms = s->chapters[i].end_ms;
		document_set(&chapter->title, span_of(s->chapters[i].title));
	}
}

/* ---- as all forms can say them ---- */

/* On one line, at most so many characters; a longer one ends with an ellipsis. */
static void fold_title(struct buf *out, struct span title)
{
	size_t n_characters = 0;
	bool blank = false;
	buf_clear(out);
	for (title = lines_trim(title); title.n;) {
		uint32_t c;
		size_t n = utf8_decode(title, &c);
		title = span_from(title, n);
		if (c <= ' ' || c == 0x7F) {
			blank = true;
			continue;
		}
		if (n_characters + blank + 1 >= ITEM_CHAPTER_TITLE && title.n) {
			utf8_append(out, 0x2026);
			break;
		}
		if (blank)
			buf_char(out, ' ');
		utf8_append(out, c);
		n_characters += 1 + blank;
		blank = false;
	}
	buf_text(out, "");
}

static void drop(struct document_chapter *c)
{
	free(c->title);
	free(c->url);
	free(c->image);
}

/* Keeps those that start in time and where no other that is shown does. */
static void keep_distinct(struct document *d, int64_t until_ms)
{
	size_t n = 0;
	int64_t last_shown = -1;
	for (size_t i = 0; i < d->n_chapters; i++) {
		struct document_chapter *c = &d->chapters[i];
		bool is_late = until_ms > 0 && c->start_ms > until_ms + ITEM_CHAPTER_LATE_MS;
		if (is_late || (!c->is_hidden && c->start_ms == last_shown)) {
			drop(c);
			continue;
		}
		last_shown = c->is_hidden ? last_shown : c->start_ms;
		d->chapters[n++] = *c;
	}
	d->n_chapters = n;
}

static void correct_ends(struct document *d, int64_t until_ms)
{
	int64_t next_ms = until_ms > 0 ? until_ms : INT64_MAX;
	for (size_t i = d->n_chapters; i-- > 0;) {
		struct document_chapter *c = &d->chapters[i];
		if (c->end_ms > next_ms)
			c->end_ms = next_ms;
		if (c->end_ms <= c->start_ms)
			c->end_ms = -1;
		next_ms = c->is_hidden ? next_ms : c->start_ms;
	}
}

static void name_all(struct document *d)
{
	struct buf title = {0};
	size_t number = 0;
	for (size_t i = 0; i < d->n_chapters; i++) {
		struct document_chapter *c = &d->chapters[i];
		number += !c->is_hidden;
		fold_title(&title, span_of(c->title));
		if (!title.n && !c->is_hidden)
			buf_format(&title, "Chapter %zu", number);
		document_set(&c->title, buf_view(&title));
	}
	buf_finish(&title);
}

void item_chapters(const struct archive_item *item, const char *folder, struct media_store *media, struct document *d)
{
	struct media_study s;
	int64_t until_ms = 0;
	if (study_of(item->media_file, folder, media, &s)) {
		if (!d->n_chapters)
			take_from_recording(d, &s);
		until_ms = s.info.duration_ms;
		media_study_finish(&s);
	}
	chapters_sort(d, NULL);
	keep_distinct(d, until_ms);
	correct_ends(d, until_ms);
	name_all(d);
}

bool item_chapters_are_told(struct span text, const struct document *d)
{
	struct document *told = document_create(DOCUMENT_EPISODE);
	size_t n_shown = 0, n_told = 0;
	chapters_read_notes(told, text, 1, true, NULL);
	for (size_t i = 0; i < d->n_chapters; i++) {
		n_shown += !d->chapters[i].is_hidden;
		for (size_t k = 0; k < told->n_chapters && !d->chapters[i].is_hidden; k++)
			if (told->chapters[k].start_ms / 1000 == d->chapters[i].start_ms / 1000) {
				n_told++;
				break;
			}
	}
	document_destroy(told);
	return n_shown && n_told == n_shown;
}
