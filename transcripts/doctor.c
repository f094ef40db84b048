/* doctor.c - a run: reads the site into an archive of its own, lets everything be looked at, and tells it in order.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/doctor_checkup.h"
#include "transcripts/importer.h"

enum { PAGE_BYTES_MAX = 64 << 20 };

/* ---- faults ---- */

static void add_fault(struct checkup *c, enum doctor_severity severity, const char *code, char *file, int line, char *text)
{
	c->faults = (c->n_faults & (c->n_faults - 1)) == 0 ?
		mem_grow(c->faults, c->n_faults ? c->n_faults * 2 : 1, sizeof *c->faults) : c->faults;
	c->faults[c->n_faults++] = (struct found_fault){.fault = {severity, code, file, line, text, false}};
}

char *checkup_full_path(const struct checkup *c, const char *path)
{
	return strcmp(c->site->folder, ".") == 0 ? mem_strdup(path) : file_join(c->site->folder, path);
}

void checkup_fault(struct checkup *c, enum doctor_severity severity, const char *code, const char *path, int line,
	const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	add_fault(c, severity, code, checkup_full_path(c, path), line, buf_take(&text));
}

void checkup_fix(struct checkup *c, struct span before, struct span after)
{
	struct found_fault *f = &c->faults[c->n_faults - 1];
	f->fault.is_fixable = true;
	f->fix = (struct doctor_fix){f->fault.file, f->fault.line, span_dup(before), span_dup(after)};
}

bool checkup_has_told(const struct checkup *c, const char *code, const char *path)
{
	char *file = checkup_full_path(c, path);
	bool has = false;
	for (size_t i = 0; i < c->n_faults && !has; i++)
		has = strcmp(c->faults[i].fault.code, code) == 0 && strcmp(c->faults[i].fault.file, file) == 0;
	free(file);
	return has;
}

static int by_place(const void *left, const void *right)
{
	const struct doctor_fault *a = &((const struct found_fault *)left)->fault;
	const struct doctor_fault *b = &((const struct found_fault *)right)->fault;
	int order = strcmp(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = strcmp(a->code, b->code);
	return order ? order : strcmp(a->text, b->text);
}

static void tell(struct checkup *c, const struct doctor_report *report, struct doctor_counts *counts)
{
	if (c->n_faults)
		qsort(c->faults, c->n_faults, sizeof *c->faults, by_place);
	for (size_t i = 0; i < c->n_faults; i++) {
		const struct found_fault *f = &c->faults[i];
		if (i && by_place(f, f - 1) == 0)
			continue;
		counts->errors += f->fault.severity == DOCTOR_ERROR;
		counts->warnings += f->fault.severity == DOCTOR_WARNING;
		counts->fixes += f->fault.is_fixable;
		report->fault(report->data, &f->fault);
		if (f->fault.is_fixable && report->fix)
			report->fix(report->data, &f->fix);
	}
}

static void finish(struct checkup *c)
{
	for (size_t i = 0; i < c->n_faults; i++) {
		free((char *)c->faults[i].fault.file);
		free((char *)c->faults[i].fault.text);
		free((char *)c->faults[i].fix.before);
		free((char *)c->faults[i].fix.after);
	}
	free(c->faults);
	for (size_t i = 0; i < c->n_items; i++)
		archive_item_free(c->items[i]);
	free(c->items);
	free(c->last_path);
	page_text_finish(&c->last);
}

/* ---- pages as they are written ---- */

bool page_text_read(struct page_text *p, const struct checkup *c, const char *path)
{
	char *full = checkup_full_path(c, path);
	*p = (struct page_text){0};
	bool is_read = file_read(full, PAGE_BYTES_MAX, &p->text, NULL) == OK;
	free(full);
	return is_read;
}

void page_text_finish(struct page_text *p)
{
	buf_finish(&p->text);
}

static bool has_key(struct span line, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i + n < line.n; i++) {
		bool begins = i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '{' || line.p[i - 1] == ',' || line.p[i - 1] == '\t';
		if (begins && span_starts(span_from(line, i), key) && line.p[i + n] == ':')
			return true;
	}
	return false;
}

int page_text_key(const struct page_text *p, const char *key, struct span *line)
{
	struct span rest = buf_view(&p->text);
	for (int number = 1; span_next_line(&rest, line); number++) {
		if (number > 1 && span_starts(*line, "---"))
			break;
		if (has_key(*line, key))
			return number;
	}
	*line = span_make("", 0);
	return 0;
}

/* The file's text; faults come file by file, so that one is kept. */
static const struct page_text *text_of(struct checkup *c, const char *path)
{
	if (!c->last_path || strcmp(c->last_path, path) != 0) {
		free(c->last_path);
		page_text_finish(&c->last);
		c->last_path = mem_strdup(path);
		if (!page_text_read(&c->last, c, path))
			buf_clear(&c->last.text);
	}
	return &c->last;
}

int checkup_line_of(struct checkup *c, const struct archive_item *item, const char *text)
{
	struct span whole = buf_view(&text_of(c, item->path)->text), wanted = span_of(text), part = span_of(item->part);
	if (!wanted.n || !whole.n)
		return 0;
	size_t own = part.n ? span_search(whole, part, 0) : 0, best = whole.n;
	for (size_t at = 0; (at = span_search(whole, wanted, at)) < whole.n; at++) {
		if (best == whole.n || (at > own ? at - own : own - at) < (best > own ? best - own : own - best))
			best = at;
		if (at > own)
			break;
	}
	return best < whole.n ? span_line_at(whole, best) : 0;
}

int checkup_line_of_key(struct checkup *c, const struct archive_item *item, const char *key, const char *value)
{
	struct span line;
	int at = item->part[0] ? 0 : page_text_key(text_of(c, item->path), key, &line);
	if (!at)
		at = checkup_line_of(c, item, value);
	return at ? at : checkup_line_of(c, item, item->part);
}

/* ---- the run ---- */

/* What the importers report that has a code of its own. */
static const struct {
	const char *piece, *code;
	enum doctor_severity severity;
} known_reports[] = {
	{"not recognised", "not-recognised", DOCTOR_ERROR},
	{"the label says ", "chapter-label", DOCTOR_WARNING},
	{"its label ", "chapter-label", DOCTOR_WARNING},
	{"time goes back; they were put in order", "chapter-order", DOCTOR_WARNING},
	{"hours, which no recording has", "duration-days", DOCTOR_ERROR},
	{"is more than a day", "duration-days", DOCTOR_ERROR},
	{"one of the two is wrong", "number-twice", DOCTOR_WARNING},
};

static void from_importer(void *data, const char *file, int line, const char *text)
{
	/* doctor_item.c tells these, the first with its fix. */
	if (strstr(text, "has a dot; it was read as") || strstr(text, "has the time of the one before it"))
		return;
	const char *code = "import";
	enum doctor_severity severity = DOCTOR_WARNING;
	for (size_t i = 0; i < COUNT_OF(known_reports); i++) {
		if (!strstr(text, known_reports[i].piece))
			continue;
		code = known_reports[i].code;
		severity = known_reports[i].severity;
		break;
	}
	add_fault(data, severity, code, mem_strdup(file), line, mem_strdup(text));
}

static void unused_rule(void *data, const struct correction *rule)
{
	if (!rule->n)
		checkup_fault(data, DOCTOR_WARNING, "rule-unused", "corrections.yaml", rule->line,
			"nothing in the transcripts reads '%s'; correct the rule or take it out", rule->from);
}

static void unused_kind(void *data, const struct kind_rule *kind, size_t n)
{
	if (n == 0)
		checkup_fault(data, DOCTOR_WARNING, "rule-unused", "carillon.yaml", kind->line,
			"no file fits '%s' first; correct the pattern under import: or take it out", kind->files);
}

/* What doctor_item.c and doctor_across.c tell more exactly, and a draft, which is no fault. */
static bool is_told_elsewhere(const char *text)
{
	static const char *const pieces[] = {"bytes, the front matter says", "s long, the front matter says", "has the same", "is not in media/, and its size",
		"published: false"};
	for (size_t i = 0; i < COUNT_OF(pieces); i++)
		if (strstr(text, pieces[i]))
			return true;
	return false;
}

static void from_feed(void *data, const char *path, const char *text)
{
	if (is_told_elsewhere(text))
		return;
	checkup_fault(data, DOCTOR_WARNING, "feed", path, 0, "%s", text);
}

static enum err check_feed(struct checkup *c, const struct feed_site *feeds, const struct feed_request *request,
	struct why *why)
{
	struct buf feed = {0};
	struct feed_written written;
	enum err e = feed_write(c->archive, feeds, request, from_feed, c, &feed, &written, why);
	if (e == E_DENIED) {
		struct span rest = buf_view(&written.diff.lines), line;
		while (span_next_line(&rest, &line))
			checkup_fault(c, DOCTOR_ERROR, "feed-loss", "feeds.lock", 0, "feed %s: %.*s; bring it back, or let it go with "
				"--allow-removal", request->name, SPAN_ARG(line));
	}
	feed_diff_finish(&written.diff);
	buf_finish(&feed);
	return e == E_DENIED ? OK : e;
}

/* The feeds as they would be written, against a copy of what was published: GUIDs are neither given nor kept. */
static enum err check_feeds(struct checkup *c, const char *folder, struct why *why)
{
	const struct doctor_site *site = c->site;
	char *original = file_join(site->folder, "feeds.lock"), *copy = file_join(folder, "feeds.lock");
	struct buf text = {0};
	struct feed_lock *lock = NULL;
	enum err e = file_read(original, PAGE_BYTES_MAX, &text, why);
	if (!e)
		e = file_replace(copy, buf_view(&text), why);
	if (e == E_GONE)
		e = OK;
	if (!e && feed_lock_open(copy, &lock, why)) {
		checkup_fault(c, DOCTOR_ERROR, "feed-lock", "feeds.lock", why->line, "%s", why->text);
		lock = NULL;
	}
	const struct feed_site feeds = {.folder = site->folder, .base_url = site->base_url ? site->base_url : "",
		.title = "", .lints = true, .shows = site->feeds, .n_shows = site->n_shows, .lock = lock,
		.media = c->media};
	for (size_t i = 0; i < site->n_shows && lock && !e; i++) {
		const struct feed_request request = {.kind = FEED_SHOW, .name = site->feeds[i].name};
		e = check_feed(c, &feeds, &request, why);
	}
	feed_lock_close(lock);
	unlink(copy);
	free(original);
	free(copy);
	buf_finish(&text);
	return e;
}

static enum err list_items(struct checkup *c, struct why *why)
{
	struct archive_item **talks = NULL;
	size_t n_talks = 0;
	enum err e = archive_list(c->archive, NULL, false, SIZE_MAX, 0, &c->items, &c->n_items, why);
	if (!e)
		e = archive_list_talks(c->archive, NULL, SIZE_MAX, 0, &talks, &n_talks, why);
	if (!e) {
		c->items = mem_grow(c->items, c->n_items + n_talks + 1, sizeof(struct archive_item *));
		for (size_t i = 0; i < n_talks; i++)
			c->items[c->n_items++] = talks[i];
	}
	free(talks);
	return e;
}

static enum err look(struct checkup *c, const char *folder, struct doctor_counts *counts, struct why *why)
{
	const struct importer_site site = {.folder = c->site->folder, .shows = c->site->shows, .n_shows = c->site->n_shows,
		.base_url = c->site->base_url, .kinds = c->site->kinds, .n_kinds = c->site->n_kinds};
	const struct importer_report report = {.fault = from_importer, .rule = unused_rule, .kind = unused_kind, .data = c};
	struct importer_counts imported;
	enum err e = importer_run(c->archive, &site, NULL, 0, &report, &imported, why);
	counts->files = imported.files;
	if (!e)
		e = list_items(c, why);
	if (e)
		return e;
	for (size_t i = 0; i < c->n_items; i++) {
		doctor_check_item(c, c->items[i]);
		doctor_check_links(c, c->items[i]);
	}
	doctor_check_across(c);
	return check_feeds(c, folder, why);
}

static void remove_folder(const char *folder)
{
	static const char *const names[] = {"archive.db", "archive.db-wal", "archive.db-shm"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = file_join(folder, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(folder);
}

enum err doctor_run(const struct doctor_site *site, const struct doctor_report *report, struct doctor_counts *counts,
	struct why *why)
{
	const char *tmp = getenv("TMPDIR");
	char *folder = file_join(tmp && *tmp ? tmp : "/tmp", "carillon-doctor-XXXXXX");
	struct checkup c = {.site = site};
	*counts = (struct doctor_counts){0};
	enum err e = mkdtemp(folder) ? archive_open(folder, &c.archive, why) :
		why_set(why, E_IO, "no temporary folder can be made in %s; set TMPDIR", tmp && *tmp ? tmp : "/tmp");
	if (!e) {
		char *var = file_join(site->folder, "var");
		/* Without it recordings are only looked at, not read through. */
		(void)!media_store_open_reader(var, &c.media, NULL);
		free(var);
		e = look(&c, folder, counts, why);
		media_store_close(c.media);
	}
	if (!e)
		tell(&c, report, counts);
	finish(&c);
	archive_close(c.archive);
	remove_folder(folder);
	free(folder);
	return e;
}

enum err doctor_apply(const struct doctor_fix *fix, struct why *why)
{
	struct buf text = {0}, out = {0};
	enum err e = file_read(fix->file, PAGE_BYTES_MAX, &text, why);
	if (e)
		return e;
	const char *at = text.p ? text.p : "", *end = at + text.n;
	for (int number = 1; number < fix->line && at < end; number++) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		at = feed ? feed + 1 : end;
	}
	size_t n = strlen(fix->before);
	if ((size_t)(end - at) < n || memcmp(at, fix->before, n) != 0) {
		e = why_set(why, E_AGAIN, "the line isn't what it was; nothing was changed, run the doctor again");
	} else {
		buf_add(&out, text.p, (size_t)(at - text.p));
		buf_text(&out, fix->after);
		buf_add(&out, at + n, (size_t)(end - at) - n);
		e = file_replace(fix->file, buf_view(&out), why);
	}
	buf_finish(&text);
	buf_finish(&out);
	return e;
}
