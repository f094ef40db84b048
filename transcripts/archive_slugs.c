/* archive_slugs.c - one slug for one item. Records that wish for the same one are settled by who they are, never by who
 * came first: a page's is its own, then the first record by path and key has it, all others get an ending. While files are
 * being put each only gets one that is free; archive_settle_slugs then gives each its own.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_put.h"

static int64_t holder_of(struct archive *a, const char *show, const char *conference, const char *slug)
{
	sqlite3_stmt *s = archive_statement(a, SQL_HOLDER);
	archive_bind_text(s, 1, show);
	archive_bind_text(s, 2, conference);
	archive_bind_text(s, 3, slug);
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return id;
}

/* Nearly always the first ending is free: it doesn't tell the folder, so that a moved one keeps its addresses. */
static void add_ending(struct buf *out, const char *wish, const char *path, const char *part, unsigned attempt)
{
	const char *name = strrchr(path, '/');
	struct buf key = {0};
	buf_format(&key, "%s\n%s", attempt || !name ? path : name + 1, part);
	if (attempt > 1)
		buf_format(&key, "\n%u", attempt);
	uint64_t hash = span_fnv(buf_view(&key));
	buf_clear(out);
	if (attempt)
		buf_format(out, "%s-%08x", wish, (unsigned)(hash & 0xFFFFFFFF));
	else
		buf_format(out, "%s-%04x", wish, (unsigned)(hash & 0xFFFF));
	buf_finish(&key);
}

void archive_free_slug(struct archive *a, const struct archive_slug *wanted, struct buf *out)
{
	for (unsigned attempt = 0;; attempt++) {
		add_ending(out, wanted->wish, wanted->path, wanted->part, attempt);
		int64_t holder = holder_of(a, wanted->show, wanted->conference, out->p);
		if (!holder || holder == wanted->id)
			return;
	}
}

/* All that wish for a slug which more than one wishes for. */
struct wishes {
	struct archive_slug *all; /* by place, wish, path, part; texts owned */
	char **before;            /* slugs that they had */
	size_t n;
};

static void wishes_finish(struct wishes *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free((char *)w->all[i].show);
		free((char *)w->all[i].conference);
		free((char *)w->all[i].wish);
		free((char *)w->all[i].path);
		free((char *)w->all[i].part);
		free(w->before[i]);
	}
	free(w->all);
	free(w->before);
}

static enum err read_wishes(struct archive *a, struct wishes *w, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_WISHES);
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((w->n & (w->n - 1)) == 0) {
			w->all = mem_grow(w->all, w->n ? w->n * 2 : 1, sizeof *w->all);
			w->before = mem_grow(w->before, w->n ? w->n * 2 : 1, sizeof *w->before);
		}
		w->before[w->n] = archive_dup_column(s, 6);
		w->all[w->n++] = (struct archive_slug){sqlite3_column_int64(s, 0), archive_dup_column(s, 1),
			archive_dup_column(s, 2), archive_dup_column(s, 3), archive_dup_column(s, 4), archive_dup_column(s, 5)};
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

static bool is_same_wish(const struct archive_slug *x, const struct archive_slug *y)
{
	return strcmp(x->wish, y->wish) == 0 && strcmp(x->show, y->show) == 0 && strcmp(x->conference, y->conference) == 0;
}

/* Out of each other's way: no slug begins with a slash. */
static enum err set_aside(struct archive *a, const struct wishes *w, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < w->n && !e; i++) {
		char aside[32];
		snprintf(aside, sizeof aside, "/%lld", (long long)w->all[i].id);
		e = archive_set_slug(a, w->all[i].id, aside, why);
	}
	return e;
}

/* First those that get what they wish for, then endings around them. */
static enum err give(struct archive *a, const struct wishes *w, struct buf *now, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < w->n && !e; i++) {
		const struct archive_slug *s = &w->all[i];
		bool is_first = i == 0 || !is_same_wish(s, s - 1);
		if (!is_first || holder_of(a, s->show, s->conference, s->wish))
			continue;
		buf_text(&now[i], s->wish);
		e = archive_set_slug(a, s->id, s->wish, why);
	}
	for (size_t i = 0; i < w->n && !e; i++) {
		if (now[i].n)
			continue;
		archive_free_slug(a, &w->all[i], &now[i]);
		e = archive_set_slug(a, w->all[i].id, now[i].p, why);
	}
	return e;
}

enum err archive_settle_slugs(struct archive *a, struct why *why)
{
	struct wishes w = {0};
	bool own;
	enum err e = read_wishes(a, &w, why);
	if (e || !w.n) {
		wishes_finish(&w);
		return e;
	}
	e = archive_enter(a, &own, why);
	if (e) {
		wishes_finish(&w);
		return e;
	}
	struct buf *now = mem_new(w.n, sizeof *now);
	e = set_aside(a, &w, why);
	if (!e)
		e = give(a, &w, now, why);
	bool has_changed = false;
	for (size_t i = 0; i < w.n; i++) {
		has_changed = has_changed || strcmp(w.before[i], now[i].p ? now[i].p : "") != 0;
		buf_finish(&now[i]);
	}
	free(now);
	wishes_finish(&w);
	if (e || has_changed)
		return archive_leave(a, own, e, why);
	return own ? archive_commit(a, why) : OK;
}
