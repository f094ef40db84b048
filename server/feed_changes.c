/* SPDX-License-Identifier: MIT */
#include "server/feed_changes.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"

enum { FILE_MAX = 64 << 20 };

struct change {
	char *address;
	uint64_t hash;
	int64_t changed_ms;
};

struct feed_changes {
	pthread_mutex_t mutex;
	char *path;
	struct change *all; /* sorted by address */
	size_t n, room;
	bool dirty;
};

static bool find(const struct feed_changes *c, const char *address, size_t *at)
{
	size_t low = 0, high = c->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(c->all[middle].address, address);
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

static void take_out(struct feed_changes *c, size_t at)
{
	free(c->all[at].address);
	memmove(c->all + at, c->all + at + 1, (c->n - at - 1) * sizeof *c->all);
	c->n--;
}

/* The one that changed longest ago; a search's, where there is any. */
static void make_room(struct feed_changes *c)
{
	size_t oldest = SIZE_MAX;
	for (int searches = 1; searches >= 0 && oldest == SIZE_MAX; searches--)
		for (size_t i = 0; i < c->n; i++) {
			bool is_search = span_starts(span_of(c->all[i].address), "/feeds/search.");
			if (is_search == (searches == 1) && (oldest == SIZE_MAX || c->all[i].changed_ms < c->all[oldest].changed_ms))
				oldest = i;
		}
	take_out(c, oldest);
}

static void insert(struct feed_changes *c, size_t at, struct change change)
{
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 64;
		c->all = mem_grow(c->all, c->room, sizeof *c->all);
	}
	memmove(c->all + at + 1, c->all + at, (c->n - at) * sizeof *c->all);
	c->all[at] = change;
	c->n++;
}

/* address TAB hash TAB time */
static void read_line(struct feed_changes *c, struct span line)
{
	size_t first = span_find(line, '\t');
	struct span rest = span_from(line, first + 1);
	size_t second = span_find(rest, '\t');
	int64_t changed_ms;
	char *hash = span_dup(span_make(rest.p, second)), *end;
	unsigned long long value = strtoull(hash, &end, 16);
	char *address = span_dup(span_make(line.p, first));
	size_t at;
	if (first && second == 16 && !*end && time_parse(span_from(rest, second + 1), &changed_ms) == OK &&
		!find(c, address, &at) && c->n < FEED_CHANGES_MAX) {
		insert(c, at, (struct change){address, value, changed_ms});
		address = NULL;
	}
	free(address);
	free(hash);
}

struct feed_changes *feed_changes_open(const char *folder)
{
	struct feed_changes *c = mem_new(1, sizeof *c);
	struct buf text = {0};
	pthread_mutex_init(&c->mutex, NULL);
	c->path = file_join(folder, "changes");
	if (file_read(c->path, FILE_MAX, &text, NULL) == OK) {
		struct span rest = buf_view(&text), line;
		while (span_next_line(&rest, &line))
			read_line(c, line);
	}
	buf_finish(&text);
	return c;
}

void feed_changes_close(struct feed_changes *c)
{
	if (!c)
		return;
	feed_changes_save(c);
	for (size_t i = 0; i < c->n; i++)
		free(c->all[i].address);
	free(c->all);
	free(c->path);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

bool feed_changes_note(struct feed_changes *c, const char *address, uint64_t hash, int64_t *changed_ms)
{
	size_t at;
	pthread_mutex_lock(&c->mutex);
	bool is_known = find(c, address, &at), is_new = !is_known || c->all[at].hash != hash;
	int64_t now = clock_wall_ms() / 1000 * 1000;
	if (!is_known) {
		if (c->n >= FEED_CHANGES_MAX) {
			make_room(c);
			find(c, address, &at);
		}
		insert(c, at, (struct change){mem_strdup(address), hash, now});
	} else if (is_new) {
		/* Later than before, even where the clock went back: else a player would think it has it. */
		int64_t before = c->all[at].changed_ms;
		c->all[at].hash = hash;
		c->all[at].changed_ms = now > before ? now : before + 1000;
	}
	*changed_ms = c->all[at].changed_ms;
	c->dirty |= is_new;
	pthread_mutex_unlock(&c->mutex);
	return is_new;
}

uint64_t feed_changes_hash(struct feed_changes *c, const char *address)
{
	size_t at;
	pthread_mutex_lock(&c->mutex);
	uint64_t hash = find(c, address, &at) ? c->all[at].hash : 0;
	pthread_mutex_unlock(&c->mutex);
	return hash;
}

void feed_changes_each(struct feed_changes *c, void (*each)(void *data, const char *address), void *data)
{
	pthread_mutex_lock(&c->mutex);
	size_t n = c->n;
	char **addresses = mem_new(n + 1, sizeof *addresses);
	for (size_t i = 0; i < n; i++)
		addresses[i] = mem_strdup(c->all[i].address);
	pthread_mutex_unlock(&c->mutex);
	for (size_t i = 0; i < n; i++) {
		each(data, addresses[i]);
		free(addresses[i]);
	}
	free(addresses);
}

void feed_changes_save(struct feed_changes *c)
{
	struct buf out = {0};
	struct why why = {0};
	pthread_mutex_lock(&c->mutex);
	for (size_t i = 0; i < c->n && c->dirty; i++) {
		buf_format(&out, "%s\t%016llx\t", c->all[i].address, (unsigned long long)c->all[i].hash);
		time_format_iso(&out, c->all[i].changed_ms);
		buf_char(&out, '\n');
	}
	if (c->dirty && file_replace(c->path, buf_view(&out), &why))
		DIAG(DIAG_WARN, "feed", "%s can't be kept: %s", c->path, why.text);
	c->dirty = false;
	pthread_mutex_unlock(&c->mutex);
	buf_finish(&out);
}

bool feed_path_decode(struct buf *out, struct span path)
{
	return unescape_url(out, span_make(path.p, span_find(path, '?')), false) == OK;
}
