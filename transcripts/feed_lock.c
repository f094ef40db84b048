/* feed_lock.c - the table behind feeds.lock, in memory as in the file: sorted lines.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed_lock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { FIELDS = 5, SHOW = 0, SLUG, GUID, DATE, MEDIA, FILE_MAX = 64 << 20 };

static const char head[] =
	"# What was published under which GUID: show, slug, GUID, date of first publication, media file.\n"
	"# Written by carillon serve. Keep it in version control: without it podcast players may take old episodes for\n"
	"# new ones.\n";

struct entry {
	char *comment; /* lines above it in the file, "" for none */
	char *show, *slug, *guid, *media;
	int64_t published_ms;
};

struct feed_lock {
	char *path;
	pthread_mutex_t mutex;
	struct entry **entries; /* sorted by show, slug; each stays where it is until the end */
	size_t n, room;
	char *tail; /* comments behind the last entry */
	bool dirty;
};

static void entry_free(struct entry *e)
{
	free(e->comment);
	free(e->show);
	free(e->slug);
	free(e->guid);
	free(e->media);
	free(e);
}

/* Where the item stands, or would stand. */
static bool find(const struct feed_lock *lock, const char *show, const char *slug, size_t *at)
{
	size_t low = 0, high = lock->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct entry *e = lock->entries[middle];
		int order = strcmp(e->show, show);
		order = order ? order : strcmp(e->slug, slug);
		if (order == 0) {
			*at = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return false;
}

static void insert(struct feed_lock *lock, size_t at, struct entry *e)
{
	if (lock->n == lock->room) {
		lock->room = lock->room ? lock->room * 2 : 32;
		lock->entries = mem_grow(lock->entries, lock->room, sizeof *lock->entries);
	}
	memmove(lock->entries + at + 1, lock->entries + at, (lock->n - at) * sizeof *lock->entries);
	lock->entries[at] = e;
	lock->n++;
}

static enum err read_line(struct feed_lock *lock, struct span line, int number, struct buf *comment, struct why *why)
{
	struct span fields[FIELDS] = {{0}}, rest = line;
	size_t n = 1;
	for (size_t i; (i = span_find(rest, '\t')) < rest.n; n++) {
		if (n == FIELDS)
			return why_at(why, E_FORMAT, number, 0, "more than %d fields; restore the line from version control",
				FIELDS);
		fields[n - 1] = span_make(rest.p, i);
		rest = span_from(rest, i + 1);
	}
	if (n != FIELDS)
		return why_at(why, E_FORMAT, number, 0,
			"%zu fields instead of %d with tabs between; restore the line from version control", n, FIELDS);
	fields[n - 1] = rest;
	if (!fields[SHOW].n || !fields[SLUG].n || !fields[GUID].n)
		return why_at(why, E_FORMAT, number, 0, "show, slug or GUID is empty; restore the line from version control");
	if (!utf8_is_valid(line) || memchr(line.p, '\0', line.n))
		return why_at(why, E_FORMAT, number, 0, "not UTF-8 text; restore the line from version control");
	int64_t published_ms;
	if (time_parse(fields[DATE], &published_ms))
		return why_at(why, E_FORMAT, number, 0, "'%.*s' is no date; restore the line from version control",
			fields[DATE].n > 40 ? 40 : (int)fields[DATE].n, fields[DATE].p);
	struct entry *e = mem_new(1, sizeof *e);
	e->show = span_dup(fields[SHOW]);
	e->slug = span_dup(fields[SLUG]);
	e->guid = span_dup(fields[GUID]);
	e->media = span_dup(fields[MEDIA]);
	e->published_ms = published_ms;
	size_t at;
	if (find(lock, e->show, e->slug, &at)) {
		entry_free(e);
		return why_at(why, E_FORMAT, number, 0, "%.*s %.*s is there twice; keep the line that was published",
			fields[SHOW].n > 60 ? 60 : (int)fields[SHOW].n, fields[SHOW].p,
			fields[SLUG].n > 60 ? 60 : (int)fields[SLUG].n, fields[SLUG].p);
	}
	e->comment = span_dup(buf_view(comment));
	buf_clear(comment);
	insert(lock, at, e);
	return OK;
}

enum err feed_lock_open(const char *path, struct feed_lock **out, struct why *why)
{
	struct buf bytes = {0}, comment = {0};
	enum err e = file_read(path, FILE_MAX, &bytes, why);
	if (e && e != E_GONE) {
		buf_finish(&bytes);
		return e;
	}
	struct feed_lock *lock = mem_new(1, sizeof *lock);
	lock->path = mem_strdup(path);
	pthread_mutex_init(&lock->mutex, NULL);
	if (e == E_GONE)
		buf_text(&comment, head);
	e = OK;
	struct span rest = buf_view(&bytes), line;
	for (int number = 1; !e && span_next_line(&rest, &line); number++) {
		if (span_trim(line).n && line.p[0] != '#') {
			e = read_line(lock, line, number, &comment, why);
			continue;
		}
		buf_span(&comment, line);
		buf_char(&comment, '\n');
	}
	lock->tail = span_dup(buf_view(&comment));
	buf_finish(&comment);
	buf_finish(&bytes);
	if (e) {
		feed_lock_close(lock);
		return e;
	}
	*out = lock;
	return OK;
}

void feed_lock_close(struct feed_lock *lock)
{
	if (!lock)
		return;
	for (size_t i = 0; i < lock->n; i++)
		entry_free(lock->entries[i]);
	free(lock->entries);
	free(lock->tail);
	free(lock->path);
	pthread_mutex_destroy(&lock->mutex);
	free(lock);
}

/* A field of one line: tabs, line ends and other controls become single blanks. */
static char *field(const char *text)
{
	struct buf out = {0};
	struct span s = span_trim(span_of(text));
	buf_text(&out, "");
	for (size_t i = 0; i < s.n; i++) {
		bool control = (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F;
		if (!control)
			buf_char(&out, s.p[i]);
		else if (out.n && out.p[out.n - 1] != ' ')
			buf_char(&out, ' ');
	}
	struct buf repaired = {0};
	buf_text(&repaired, "");
	utf8_append_repaired(&repaired, buf_view(&out));
	buf_finish(&out);
	return buf_take(&repaired);
}

/* RFC 9562, version 4. */
static char *random_uuid(void)
{
	unsigned char b[16];
	ASSERT(getrandom(b, sizeof b, 0) == sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	struct buf out = {0};
	for (int i = 0; i < 16; i++)
		buf_format(&out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
	return buf_take(&out);
}

bool feed_lock_find(struct feed_lock *lock, const char *show, const char *slug, struct feed_lock_entry *entry)
{
	char *clean_show = field(show), *clean_slug = field(slug);
	size_t at;
	pthread_mutex_lock(&lock->mutex);
	bool found = find(lock, clean_show, clean_slug, &at);
	if (found)
		*entry = (struct feed_lock_entry){lock->entries[at]->guid, lock->entries[at]->published_ms};
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	free(clean_slug);
	return found;
}

struct feed_lock_entry feed_lock_entry(struct feed_lock *lock, const char *show, const char *slug,
	const char *wanted_guid, int64_t published_ms, const char *media_path)
{
	char *clean_show = field(show), *clean_slug = field(slug);
	ASSERT(*clean_show && *clean_slug);
	size_t at;
	pthread_mutex_lock(&lock->mutex);
	if (!find(lock, clean_show, clean_slug, &at)) {
		struct entry *e = mem_new(1, sizeof *e);
		/* What already stands above the first line or behind the last one stays there. */
		e->comment = lock->n ? mem_strdup("") : lock->tail;
		if (!lock->n)
			lock->tail = mem_strdup("");
		e->show = mem_strdup(clean_show);
		e->slug = mem_strdup(clean_slug);
		e->guid = field(wanted_guid ? wanted_guid : "");
		if (!*e->guid) {
			free(e->guid);
			e->guid = random_uuid();
		}
		e->media = field(media_path ? media_path : "");
		e->published_ms = published_ms;
		if (lock->n && at == 0 && *lock->entries[0]->comment) {
			free(e->comment);
			e->comment = lock->entries[0]->comment;
			lock->entries[0]->comment = mem_strdup("");
		}
		insert(lock, at, e);
		lock->dirty = true;
	}
	struct feed_lock_entry found = {lock->entries[at]->guid, lock->entries[at]->published_ms};
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	free(clean_slug);
	return found;
}

enum err feed_lock_save(struct feed_lock *lock, struct why *why)
{
	enum err e = OK;
	struct buf out = {0};
	/* Held while writing: a second writer would use the same temporary file. */
	pthread_mutex_lock(&lock->mutex);
	if (!lock->dirty)
		goto done;
	for (size_t i = 0; i < lock->n; i++) {
		const struct entry *entry = lock->entries[i];
		buf_format(&out, "%s%s\t%s\t%s\t", entry->comment, entry->show, entry->slug, entry->guid);
		time_format_iso(&out, entry->published_ms);
		buf_format(&out, "\t%s\n", entry->media);
	}
	buf_text(&out, lock->tail);
	e = file_replace(lock->path, buf_view(&out), why);
	lock->dirty = e != OK;
done:
	pthread_mutex_unlock(&lock->mutex);
	buf_finish(&out);
	return e;
}
