/* feed_lock.c - the table behind feeds.lock, in memory as in the file: sorted lines.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed_lock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { SHOW = 0, SLUG, GUID, DATE, MEDIA, BYTES, ADDRESS, STATE, FIELDS, FEWEST_FIELDS = 5, FILE_MAX = 64 << 20 };

static const char head[] =
	"# What was published under which GUID: show, slug, GUID, date of first publication, media file, its size and address.\n"
	"# Written by carillon serve. Keep it in version control: without it podcast players may take old episodes for\n"
	"# new ones.\n";

struct entry {
	char *comment; /* lines above it in the file, "" for none */
	char *show, *slug, *guid, *media, *address;
	int64_t published_ms, bytes;
	bool is_withdrawn;
};

/* What the file was when it was read or written. */
struct file_state {
	bool exists;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct feed_lock {
	char *path;
	pthread_mutex_t mutex;
	struct entry **entries; /* sorted by show, slug */
	size_t n, room;
	struct entry **buried;  /* replaced ones: somebody may still hold their texts */
	size_t n_buried;
	struct file_state state;
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
	free(e->address);
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

static void bury(struct feed_lock *lock, struct entry *e)
{
	lock->buried = mem_grow(lock->buried, lock->n_buried + 1, sizeof *lock->buried);
	lock->buried[lock->n_buried++] = e;
}

/* Returns how many fields there are; FIELDS + 1 for more than that. */
static size_t split(struct span line, struct span fields[FIELDS])
{
	struct span rest = line;
	size_t n = 1;
	for (size_t i; (i = span_find(rest, '\t')) < rest.n; n++) {
		if (n == FIELDS)
			return FIELDS + 1;
		fields[n - 1] = span_make(rest.p, i);
		rest = span_from(rest, i + 1);
	}
	fields[n - 1] = rest;
	return n;
}

static enum err check_fields(struct span line, const struct span fields[FIELDS], size_t n, int number, int64_t *bytes,
	struct why *why)
{
	if (n > FIELDS)
		return why_at(why, E_FORMAT, number, 0, "more than %d fields; restore the line from version control", FIELDS);
	if (n < FEWEST_FIELDS || n == FEWEST_FIELDS + 1)
		return why_at(why, E_FORMAT, number, 0,
			"%zu fields instead of %d with tabs between; restore the line from version control", n, FEWEST_FIELDS);
	if (!fields[SHOW].n || !fields[SLUG].n || !fields[GUID].n)
		return why_at(why, E_FORMAT, number, 0, "show, slug or GUID is empty; restore the line from version control");
	if (!utf8_is_valid(line) || memchr(line.p, '\0', line.n))
		return why_at(why, E_FORMAT, number, 0, "not UTF-8 text; restore the line from version control");
	if (n > BYTES && fields[BYTES].n && (!span_to_i64(fields[BYTES], bytes) || *bytes < 0))
		return why_at(why, E_FORMAT, number, 0, "'%.*s' is no size; restore the line from version control",
			fields[BYTES].n > 40 ? 40 : (int)fields[BYTES].n, fields[BYTES].p);
	if (n > STATE && fields[STATE].n && !span_is(fields[STATE], "withdrawn"))
		return why_at(why, E_FORMAT, number, 0, "the last field may only say withdrawn; restore the line from version control");
	return OK;
}

static enum err read_line(struct feed_lock *lock, struct span line, int number, struct buf *comment, struct why *why)
{
	struct span fields[FIELDS] = {{0}};
	size_t n = split(line, fields);
	int64_t published_ms, bytes = 0;
	enum err bad = check_fields(line, fields, n, number, &bytes, why);
	if (bad)
		return bad;
	if (time_parse(fields[DATE], &published_ms))
		return why_at(why, E_FORMAT, number, 0, "'%.*s' is no date; restore the line from version control",
			fields[DATE].n > 40 ? 40 : (int)fields[DATE].n, fields[DATE].p);
	struct entry *e = mem_new(1, sizeof *e);
	e->show = span_dup(fields[SHOW]);
	e->slug = span_dup(fields[SLUG]);
	e->guid = span_dup(fields[GUID]);
	e->media = span_dup(fields[MEDIA]);
	e->address = span_dup(fields[ADDRESS]);
	e->published_ms = published_ms;
	e->bytes = bytes;
	e->is_withdrawn = fields[STATE].n > 0;
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

static struct file_state look_at(const char *path)
{
	struct stat info;
	if (stat(path, &info))
		return (struct file_state){false, 0, 0, {0, 0}};
	return (struct file_state){true, info.st_ino, info.st_size, info.st_mtim};
}

static bool is_same_state(const struct file_state *a, const struct file_state *b)
{
	return a->exists == b->exists && a->inode == b->inode && a->size == b->size &&
		a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

enum err feed_lock_open(const char *path, struct feed_lock **out, struct why *why)
{
	struct buf bytes = {0}, comment = {0};
	struct file_state state = look_at(path);
	enum err e = file_read(path, FILE_MAX, &bytes, why);
	if (e && e != E_GONE) {
		buf_finish(&bytes);
		return e;
	}
	struct feed_lock *lock = mem_new(1, sizeof *lock);
	lock->path = mem_strdup(path);
	lock->state = state;
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
	for (size_t i = 0; i < lock->n_buried; i++)
		entry_free(lock->buried[i]);
	free(lock->buried);
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

static struct feed_lock_entry view(const struct entry *e)
{
	return (struct feed_lock_entry){e->slug, e->guid, e->published_ms, e->media, e->address, e->bytes, e->is_withdrawn};
}

bool feed_lock_find(struct feed_lock *lock, const char *show, const char *slug, struct feed_lock_entry *entry)
{
	char *clean_show = field(show), *clean_slug = field(slug);
	size_t at;
	pthread_mutex_lock(&lock->mutex);
	bool found = find(lock, clean_show, clean_slug, &at);
	if (found)
		*entry = view(lock->entries[at]);
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	free(clean_slug);
	return found;
}

struct feed_lock_entry *feed_lock_list(struct feed_lock *lock, const char *show, size_t *n)
{
	char *clean_show = field(show);
	size_t at;
	pthread_mutex_lock(&lock->mutex);
	find(lock, clean_show, "", &at);
	size_t end = at;
	while (end < lock->n && strcmp(lock->entries[end]->show, clean_show) == 0)
		end++;
	struct feed_lock_entry *list = mem_new(end - at + 1, sizeof *list);
	for (size_t i = at; i < end; i++)
		list[i - at] = view(lock->entries[i]);
	*n = end - at;
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	return list;
}

const char **feed_lock_shows(struct feed_lock *lock, size_t *n)
{
	pthread_mutex_lock(&lock->mutex);
	const char **list = mem_new(lock->n, sizeof *list);
	*n = 0;
	for (size_t i = 0; i < lock->n; i++) {
		const struct entry *e = lock->entries[i];
		if (!e->is_withdrawn && e->slug[0] != '*' && (*n == 0 || strcmp(list[*n - 1], e->show) != 0))
			list[(*n)++] = e->show;
	}
	pthread_mutex_unlock(&lock->mutex);
	return list;
}

/* Puts a new entry in its place; what already stands above the first line or behind the last one stays there. */
static void insert_new(struct feed_lock *lock, size_t at, struct entry *e)
{
	e->comment = lock->n ? mem_strdup("") : lock->tail;
	if (!lock->n)
		lock->tail = mem_strdup("");
	if (lock->n && at == 0 && *lock->entries[0]->comment) {
		free(e->comment);
		e->comment = lock->entries[0]->comment;
		lock->entries[0]->comment = mem_strdup("");
	}
	insert(lock, at, e);
	lock->dirty = true;
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
		e->show = mem_strdup(clean_show);
		e->slug = mem_strdup(clean_slug);
		e->guid = field(wanted_guid ? wanted_guid : "");
		if (!*e->guid) {
			free(e->guid);
			e->guid = random_uuid();
		}
		e->media = field(media_path ? media_path : "");
		e->address = mem_strdup("");
		e->published_ms = published_ms;
		insert_new(lock, at, e);
	}
	struct feed_lock_entry found = view(lock->entries[at]);
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	free(clean_slug);
	return found;
}

static bool is_same_entry(const struct entry *a, const struct entry *b)
{
	return strcmp(a->guid, b->guid) == 0 && strcmp(a->media, b->media) == 0 && strcmp(a->address, b->address) == 0 &&
		a->published_ms == b->published_ms && a->bytes == b->bytes && a->is_withdrawn == b->is_withdrawn;
}

/* Takes e over. */
static void replace(struct feed_lock *lock, size_t at, struct entry *e)
{
	struct entry *old = lock->entries[at];
	if (is_same_entry(old, e)) {
		entry_free(e);
		return;
	}
	e->comment = mem_strdup(old->comment);
	bury(lock, old);
	lock->entries[at] = e;
	lock->dirty = true;
}

void feed_lock_put(struct feed_lock *lock, const char *show, const struct feed_lock_entry *from)
{
	struct entry *e = mem_new(1, sizeof *e);
	e->show = field(show);
	e->slug = field(from->slug);
	e->guid = field(from->guid);
	e->media = field(from->media_path ? from->media_path : "");
	e->address = field(from->media_url ? from->media_url : "");
	e->published_ms = from->published_ms;
	e->bytes = from->media_bytes;
	e->is_withdrawn = from->is_withdrawn;
	ASSERT(*e->show && *e->slug && *e->guid);
	size_t at;
	pthread_mutex_lock(&lock->mutex);
	if (find(lock, e->show, e->slug, &at))
		replace(lock, at, e);
	else
		insert_new(lock, at, e);
	pthread_mutex_unlock(&lock->mutex);
}

void feed_lock_move(struct feed_lock *lock, const char *show, const char *from, const char *to)
{
	char *clean_show = field(show), *clean_from = field(from), *clean_to = field(to);
	size_t at, target;
	pthread_mutex_lock(&lock->mutex);
	if (find(lock, clean_show, clean_from, &at) && !find(lock, clean_show, clean_to, &target)) {
		struct entry *old = lock->entries[at], *e = mem_new(1, sizeof *e);
		*e = (struct entry){mem_strdup(old->comment), mem_strdup(old->show), mem_strdup(clean_to), mem_strdup(old->guid),
			mem_strdup(old->media), mem_strdup(old->address), old->published_ms, old->bytes, old->is_withdrawn};
		memmove(lock->entries + at, lock->entries + at + 1, (lock->n - at - 1) * sizeof *lock->entries);
		lock->n--;
		bury(lock, old);
		find(lock, clean_show, clean_to, &target);
		insert(lock, target, e);
		lock->dirty = true;
	}
	pthread_mutex_unlock(&lock->mutex);
	free(clean_show);
	free(clean_from);
	free(clean_to);
}

enum err feed_lock_refresh(struct feed_lock *lock, struct why *why)
{
	struct feed_lock *fresh = NULL;
	enum err e = OK;
	pthread_mutex_lock(&lock->mutex);
	struct file_state state = look_at(lock->path);
	/* What couldn't be saved is known here alone. */
	if (!lock->dirty && !is_same_state(&state, &lock->state))
		e = feed_lock_open(lock->path, &fresh, why);
	if (fresh) {
		for (size_t i = 0; i < lock->n; i++)
			bury(lock, lock->entries[i]);
		free(lock->entries);
		free(lock->tail);
		lock->entries = fresh->entries;
		lock->n = fresh->n;
		lock->room = fresh->room;
		lock->tail = fresh->tail;
		lock->state = fresh->state;
		pthread_mutex_destroy(&fresh->mutex);
		free(fresh->path);
		free(fresh);
	}
	pthread_mutex_unlock(&lock->mutex);
	return e;
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
		buf_format(&out, "\t%s", entry->media);
		if (entry->bytes || *entry->address || entry->is_withdrawn)
			buf_format(&out, "\t%lld\t%s", (long long)entry->bytes, entry->address);
		buf_text(&out, entry->is_withdrawn ? "\twithdrawn\n" : "\n");
	}
	buf_text(&out, lock->tail);
	e = file_replace(lock->path, buf_view(&out), why);
	lock->dirty = e != OK;
	if (!e)
		lock->state = look_at(lock->path);
done:
	pthread_mutex_unlock(&lock->mutex);
	buf_finish(&out);
	return e;
}
