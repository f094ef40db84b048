/* doctor_item.c - what is wrong with one episode, talk or transcript: its recording, its times, its chapters.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/doctor_checkup.h"
#include "transcripts/item_chapters.h"

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	LATE_MS = 5000,           /* a transcript may run a little over: a last cue's end is often guessed */
	LONG_ENOUGH_MS = 300000,  /* below five minutes a short transcript says little */
	APPLE_CHAPTERS = 3,
	OFF_BY_MS = 2000,
};

static void add_time(struct buf *out, int64_t ms)
{
	stamp_write(out, ms < 0 ? 0 : ms, false);
}

/* ---- the recording ---- */

static bool is_address(const char *media)
{
	return strstr(media, "://") || strncmp(media, "//", 2) == 0;
}

/* "time: 25.01" -> "time: 25:01". Only where the rest of the line stays what it is. */
static void check_duration_spelling(struct checkup *c, const struct archive_item *item, const struct page_text *page)
{
	static const char *const keys[] = {"time", "duration"};
	for (size_t k = 0; k < COUNT_OF(keys); k++) {
		struct span line;
		int number = page_text_key(page, keys[k], &line);
		const char *key = number ? memmem(line.p, line.n, keys[k], strlen(keys[k])) : NULL;
		const char *dot = key ? memchr(key, '.', (size_t)(line.p + line.n - key)) : NULL;
		struct buf fixed = {0};
		if (!dot || dot == line.p || dot + 2 >= line.p + line.n)
			continue;
		bool is_time = dot[-1] >= '0' && dot[-1] <= '9' && dot[1] >= '0' && dot[1] <= '5' && dot[2] >= '0' && dot[2] <= '9' &&
			!memchr(dot + 1, '.', (size_t)(line.p + line.n - dot - 1)) &&
			(dot + 3 == line.p + line.n || dot[3] < '0' || dot[3] > '9');
		if (!is_time)
			continue;
		checkup_fault(c, DOCTOR_ERROR, "duration-dot", item->path, number,
			"the duration is written with a dot, which players refuse; write it with a colon");
		buf_span(&fixed, line);
		fixed.p[dot - line.p] = ':';
		checkup_fix(c, line, buf_view(&fixed));
		buf_finish(&fixed);
	}
}

/* The number in the line becomes the real one. */
static void fix_size(struct checkup *c, struct span line, int64_t said, int64_t real)
{
	struct buf number = {0}, fixed = {0};
	buf_format(&number, "%lld", (long long)said);
	const char *at = memmem(line.p, line.n, number.p, number.n);
	if (at) {
		buf_add(&fixed, line.p, (size_t)(at - line.p));
		buf_format(&fixed, "%lld", (long long)real);
		buf_span(&fixed, span_from(line, (size_t)(at - line.p) + number.n));
		checkup_fix(c, line, buf_view(&fixed));
	}
	buf_finish(&number);
	buf_finish(&fixed);
}

/* What it lasts, by media.db or by a look into its head. False: it isn't a recording, which the feed tells. */
static bool real_duration(const struct checkup *c, const char *path, int64_t *declared_ms, int64_t *real_ms)
{
	struct media_study s;
	struct media_info info;
	if (c->media && media_store_find(c->media, path, MEDIA_FACTS, &s, NULL) == OK) {
		*real_ms = s.info.duration_ms;
		*declared_ms = s.declared_ms;
		media_study_finish(&s);
		return true;
	}
	if (media_probe(path, &info, NULL))
		return false;
	*real_ms = info.duration_ms;
	*declared_ms = 0;
	return true;
}

static void check_real_duration(struct checkup *c, const struct archive_item *item, const struct page_text *page, const char *path)
{
	struct span line;
	int64_t declared, real;
	int at = page_text_key(page, "time", &line);
	if (!real_duration(c, path, &declared, &real) || !real)
		return;
	if (!at)
		at = page_text_key(page, "duration", &line);
	struct buf says = {0}, is = {0}, head = {0};
	add_time(&says, item->duration_ms);
	add_time(&is, real);
	add_time(&head, declared);
	if (item->duration_ms && item->duration_ms <= DAY_MS && llabs(item->duration_ms - real) > OFF_BY_MS)
		checkup_fault(c, DOCTOR_ERROR, "media-duration", item->path, at, "it says that %s lasts %s, but it lasts %s; correct the "
			"duration, or the recording's name", item->media_file, says.p, is.p);
	if (declared && llabs(declared - real) > OFF_BY_MS)
		checkup_fault(c, DOCTOR_ERROR, "media-cut", item->path, 0, "%s says itself that it lasts %s, but %s are in it; fetch or "
			"write it anew", item->media_file, head.p, is.p);
	buf_finish(&says);
	buf_finish(&is);
	buf_finish(&head);
}

static void check_media(struct checkup *c, const struct archive_item *item, const struct page_text *page)
{
	struct span line;
	struct stat info;
	if (!item->media_file[0] || is_address(item->media_file))
		return;
	const char *name = strrchr(item->media_file, '/');
	char *folder = file_join(c->site->folder, "media"), *path = file_join(folder, name ? name + 1 : item->media_file);
	int at = page_text_key(page, "size", &line);
	if (stat(path, &info)) {
		/* One with a size is on another machine; then the page's word is all there is. */
		struct span media;
		int key = page_text_key(page, "file", &media);
		if (!key)
			key = page_text_key(page, "media", &media);
		if (item->media_bytes == 0)
			checkup_fault(c, DOCTOR_ERROR, "media-missing", item->path, key,
				"its recording %s isn't in media/; put it there, or say its size if it is elsewhere", item->media_file);
	} else {
		check_real_duration(c, item, page, path);
	}
	if (!stat(path, &info) && item->media_bytes && item->media_bytes != info.st_size) {
		checkup_fault(c, DOCTOR_ERROR, "media-size", item->path, at, "it says that %s has %lld bytes, the file has %lld; "
			"correct the size, downloads are checked against it", item->media_file, (long long)item->media_bytes,
			(long long)info.st_size);
		if (at)
			fix_size(c, line, item->media_bytes, info.st_size);
	}
	free(folder);
	free(path);
}

static void check_duration(struct checkup *c, const struct archive_item *item, const struct page_text *page)
{
	struct span line;
	int at = page_text_key(page, "time", &line);
	if (!at)
		at = page_text_key(page, "duration", &line);
	if (item->duration_ms > DAY_MS)
		checkup_fault(c, DOCTOR_ERROR, "duration-days", item->path, at,
			"it is said to last %.1f days; correct its duration", (double)item->duration_ms / DAY_MS);
}

/* ---- the transcript ---- */

/* The transcript's own file, where it has one. */
static char *transcript_path(struct checkup *c, const struct archive_item *item)
{
	char *path = archive_transcript_path(c->archive, item->id);
	return path ? path : mem_strdup(item->path);
}

struct cue_faults {
	size_t n_empty, n_back;
	int first_empty, first_back;
	int64_t last_ms;
	int last_line;
};

static struct cue_faults census(const struct transcript *t)
{
	struct cue_faults f = {0};
	for (size_t i = 0; i < t->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		if (cue->end_ms == cue->start_ms && f.n_empty++ == 0)
			f.first_empty = cue->line;
		if (i && cue->start_ms < t->cues[i - 1].start_ms && f.n_back++ == 0)
			f.first_back = cue->line;
		if (cue->start_ms >= f.last_ms) {
			f.last_ms = cue->start_ms;
			f.last_line = cue->line;
		}
	}
	return f;
}

static void check_length(struct checkup *c, const struct archive_item *item, const char *path, const struct cue_faults *f)
{
	struct buf said = {0}, real = {0};
	add_time(&said, item->duration_ms);
	add_time(&real, f->last_ms);
	if (item->duration_ms && f->last_ms > item->duration_ms + LATE_MS)
		checkup_fault(c, DOCTOR_ERROR, "transcript-longer", path, f->last_line,
			"the transcript runs to %s, but the recording is said to last %s; one of them is another's", real.p, said.p);
	else if (item->duration_ms > LONG_ENOUGH_MS && f->last_ms < item->duration_ms / 2)
		checkup_fault(c, DOCTOR_WARNING, "transcript-short", path, f->last_line,
			"the transcript ends at %s of %s; its end is missing, or the duration is wrong", real.p, said.p);
	buf_finish(&said);
	buf_finish(&real);
}

/* Where only starts are written, to the second, two in one second are no fault: the ends are ours. */
static bool says_ends(const struct checkup *c, const char *path)
{
	static const struct dialect *const with_ends[] = {&dialect_webvtt, &dialect_subrip, &dialect_podcasting_json,
		&dialect_whisper, &dialect_whisper_tsv, &dialect_whisper_cpp, &dialect_assemblyai};
	struct page_text page;
	bool says = false;
	if (!page_text_read(&page, c, path))
		return false;
	struct document *d = document_read(path, buf_view(&page.text), NULL);
	for (size_t i = 0; i < COUNT_OF(with_ends); i++)
		says = says || d->dialect == with_ends[i];
	document_destroy(d);
	page_text_finish(&page);
	return says;
}

static void check_transcript(struct checkup *c, const struct archive_item *item)
{
	struct transcript *t = item->n_cues ? archive_transcript(c->archive, item->id) : NULL;
	if (!t)
		return;
	char *path = transcript_path(c, item);
	struct cue_faults f = census(t);
	if (f.n_empty && says_ends(c, path))
		checkup_fault(c, DOCTOR_WARNING, "cue-length", path, f.first_empty, "%zu cue%s no time at all; players never show "
			"%s, give each an end after its start", f.n_empty, f.n_empty == 1 ? " lasts" : "s last",
			f.n_empty == 1 ? "it" : "them");
	if (f.n_back)
		checkup_fault(c, DOCTOR_WARNING, "cue-order", path, f.first_back, "%zu cue%s before the one above; correct the "
			"times", f.n_back, f.n_back == 1 ? " starts" : "s start");
	check_length(c, item, path, &f);
	free(path);
	transcript_destroy(t);
}

/* ---- chapters ---- */

static size_t characters_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

/* Those after the end of a recording that is known are in no form (item_chapters.h). */
static void check_late_chapters(struct checkup *c, const struct archive_item *item, const struct document *d, const char *file)
{
	const char *name = strrchr(item->media_file, '/');
	char *folder = file_join(c->site->folder, "media"), *path = file_join(folder, name ? name + 1 : item->media_file);
	int64_t declared, real = 0, end = item->duration_ms ? item->duration_ms + LATE_MS : 0;
	bool is_real = item->media_file[0] && !is_address(item->media_file) && file_exists(path) &&
		real_duration(c, path, &declared, &real) && real;
	if (is_real)
		end = real + ITEM_CHAPTER_LATE_MS;
	size_t late = d->n_chapters, n = d->n_chapters;
	while (late > 0 && end && d->chapters[late - 1].start_ms > end)
		late--;
	if (late < n)
		checkup_fault(c, DOCTOR_ERROR, "chapter-late", file, d->chapters[late].line,
			"%zu chapter%s after the recording's end; correct %s or the duration", n - late,
			n - late == 1 ? " starts" : "s start", n - late == 1 ? "its time" : "their times");
	free(folder);
	free(path);
}

static void check_chapters(struct checkup *c, const struct archive_item *item)
{
	struct document *d = archive_parts(c->archive, item->id);
	char *path = archive_chapters_path(c->archive, item->id);
	const char *file = path ? path : item->path;
	for (size_t i = 0; i < d->n_chapters && item->part[0] && !path; i++)
		if (!d->chapters[i].line)
			d->chapters[i].line = checkup_line_of(c, item, d->chapters[i].title);
	size_t n = d->n_chapters;
	const struct document_chapter *all = d->chapters;
	bool is_published = item->kind == ARCHIVE_EPISODE; /* Apple reads no talks */
	if (is_published && n && n < APPLE_CHAPTERS)
		checkup_fault(c, DOCTOR_WARNING, "chapters-few", file, all[0].line,
			"Apple shows chapters only from three on, here are %zu; add some or take them out", n);
	if (is_published && n && all[0].start_ms != 0)
		checkup_fault(c, DOCTOR_WARNING, "chapters-start", file, all[0].line,
			"the first chapter doesn't start at 0:00, so Apple ignores all of them; add one that does");
	for (size_t i = 1; i < n; i++) {
		if (all[i].start_ms == all[i - 1].start_ms)
			checkup_fault(c, DOCTOR_WARNING, "chapter-twice", file, all[i].line,
				"two chapters start at the same time; correct one");
		else if (all[i].start_ms < all[i - 1].start_ms)
			checkup_fault(c, DOCTOR_WARNING, "chapter-order", file, all[i].line,
				"the chapter starts before the one above; correct its time");
	}
	for (size_t i = 0; i < n; i++)
		if (characters_of(all[i].title) > ITEM_CHAPTER_TITLE)
			checkup_fault(c, DOCTOR_WARNING, "chapter-title", file, all[i].line,
				"the chapter's title is over %d characters, the forms for players cut it; shorten it", ITEM_CHAPTER_TITLE);
		else if (!all[i].title[0] && !all[i].is_hidden)
			checkup_fault(c, DOCTOR_WARNING, "chapter-title", file, all[i].line,
				"the chapter has no title, players show its number; give it one");
	check_late_chapters(c, item, d, file);
	document_destroy(d);
	free(path);
}

void doctor_check_item(struct checkup *c, const struct archive_item *item)
{
	struct page_text page;
	if (item->kind == ARCHIVE_EPISODE && !item->part[0] && page_text_read(&page, c, item->path)) {
		check_duration_spelling(c, item, &page);
		check_media(c, item, &page);
		check_duration(c, item, &page);
		page_text_finish(&page);
	} else if (item->kind != ARCHIVE_TRANSCRIPT) {
		page = (struct page_text){0};
		check_duration(c, item, &page);
	}
	check_transcript(c, item);
	if (item->kind != ARCHIVE_TRANSCRIPT)
		check_chapters(c, item);
}
