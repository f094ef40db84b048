/* takeover_slug.c - what an episode is called here. The same feed gives the same names, however many items it has
 * gained since: the oldest comes first, and what the site knows keeps its own.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/takeover_parts.h"

enum { LONGEST = 80, SHORTEST = 3 };

static int oldest_first(const void *a, const void *b)
{
	const struct document *const *p = a, *const *q = b;
	if ((*p)->published_ms != (*q)->published_ms)
		return (*p)->published_ms < (*q)->published_ms ? -1 : 1;
	return strcmp((*p)->guid, (*q)->guid);
}

/* At most LONGEST bytes, cut between words where there is a word before. */
static void shorten(struct buf *slug, size_t start)
{
	size_t n = slug->n - start;
	if (n <= LONGEST)
		return;
	struct span s = span_make(slug->p + start, LONGEST);
	s.n = utf8_valid_prefix(s);
	size_t cut = s.n;
	while (cut > LONGEST / 2 && s.p[cut - 1] != '-')
		cut--;
	cut = cut > LONGEST / 2 ? cut - 1 : s.n;
	slug->n = start + cut;
	slug->p[slug->n] = '\0';
}

static bool has_letter(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] >= 'a' && s.p[i] <= 'z') || (unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
}

/* The last part of its page's address, where that is a name: no number, no query's page, nothing that every site has. */
static void slug_of_address(const struct document *d, struct buf *slug)
{
	static const char *const common[] = {"index", "default", "episode", "episodes", "podcast", "listen", "play", "show", "post",
		"view", "download", "audio", "feed", "rss"};
	struct span url = span_of(d->page_url);
	size_t scheme = span_search(url, SPAN_LITERAL("://"), 0);
	struct span rest = span_from(url, scheme + 3), piece, last = {0};
	if (scheme == url.n || span_find(url, '?') < url.n)
		return;
	rest.n = span_find(rest, '#');
	rest = span_from(rest, span_find(rest, '/'));
	while (span_next_piece(&rest, '/', &piece))
		if (piece.n)
			last = piece;
	size_t dot = last.n;
	while (dot > 0 && last.p[dot - 1] != '.')
		dot--;
	if (dot > 1 && last.n - dot <= 5)
		last.n = dot - 1;
	struct buf decoded = {0};
	if (unescape_url(&decoded, last, false) == OK && utf8_is_valid(buf_view(&decoded)))
		escape_slug(slug, buf_view(&decoded));
	buf_finish(&decoded);
	bool is_common = slug->n < SHORTEST || slug->n > LONGEST || !has_letter(buf_view(slug));
	for (size_t i = 0; i < COUNT_OF(common); i++)
		is_common |= span_is(buf_view(slug), common[i]);
	if (is_common)
		buf_clear(slug);
}

static bool is_shared(const struct takeover *t, const struct document *d)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->episodes[i] != d && strcmp(t->episodes[i]->page_url, d->page_url) == 0)
			return true;
	return false;
}

static void add_hash(struct buf *out, const char *guid)
{
	buf_format(out, "%08x", (unsigned)(span_fnv(span_of(guid)) & 0xFFFFFFFFu));
}

static void wish(const struct takeover *t, const struct document *d, struct buf *slug)
{
	if (*d->page_url && !is_shared(t, d))
		slug_of_address(d, slug);
	if (!slug->n)
		escape_slug(slug, span_of(d->title));
	shorten(slug, 0);
	if (!slug->n) {
		buf_text(slug, "episode-");
		add_hash(slug, d->guid);
	}
}

static bool is_given(struct document *const *list, size_t n, const char *slug)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->slug, slug) == 0)
			return true;
	return false;
}

void takeover_name(struct takeover *t, const struct takeover_known *known)
{
	struct document **sorted = mem_new(t->n + 1, sizeof *sorted);
	size_t n_named = 0;
	/* Those that have a name keep it, and nobody else gets it. */
	for (size_t i = 0; i < t->n; i++) {
		const char *slug = known->slug_of(known->data, t->episodes[i]->guid);
		if (!slug)
			continue;
		document_set(&t->episodes[i]->slug, span_of(slug));
		sorted[n_named++] = t->episodes[i];
	}
	size_t n = n_named;
	for (size_t i = 0; i < t->n; i++)
		if (!known->slug_of(known->data, t->episodes[i]->guid))
			sorted[n++] = t->episodes[i];
	if (n > n_named)
		qsort(sorted + n_named, n - n_named, sizeof *sorted, oldest_first);
	for (size_t i = n_named; i < n; i++) {
		struct buf slug = {0};
		wish(t, sorted[i], &slug);
		size_t stem = slug.n;
		for (int number = 2; is_given(sorted, i, slug.p) || known->is_taken(known->data, slug.p); number++) {
			slug.n = stem;
			buf_format(&slug, "-%d", number);
		}
		document_set(&sorted[i]->slug, buf_view(&slug));
		buf_finish(&slug);
	}
	free(sorted);
}

char *takeover_file_name(const char *slug, const char *guid)
{
	struct buf name = {0};
	bool is_whole = true;
	for (const char *p = slug; *p; p++) {
		is_whole &= (unsigned char)*p < 0x80;
		if ((unsigned char)*p < 0x80 && !(*p == '-' && (!name.n || name.p[name.n - 1] == '-')))
			buf_char(&name, *p);
	}
	while (name.n && name.p[name.n - 1] == '-')
		name.n--;
	/* What is left of another script's letters isn't its name any more. */
	if (!is_whole) {
		buf_text(&name, name.n ? "-" : "episode-");
		add_hash(&name, guid);
	}
	buf_text(&name, "");
	name.p[name.n] = '\0';
	return buf_take(&name);
}
