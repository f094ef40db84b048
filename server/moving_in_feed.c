/* moving_in_feed.c - the feed of the show that moves in: read where it is now, with all its pages.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/moving_in.h"
#include "server/verb.h"
#include "transcripts/dialect.h"
#include "transcripts/planet_feed.h"
#include "transcripts/planet_url.h"

enum { STEP_MS = 200, MOST_MOVES = 5, MOST_SILENCES = 2 };

/* ---- answers ---- */

static void keep_answer(void *data, struct fetch_result *r)
{
	struct moving_answer *a = data;
	*a = (struct moving_answer){.outcome = r->outcome, .status = r->status, .body = r->body, .url = mem_strdup(r->url),
		.moved_to = r->moved_to ? mem_strdup(r->moved_to) : NULL, .type = mem_strdup(r->type), .length = r->length,
		.is_private = r->is_private, .why = r->why};
	r->body = (struct buf){0};
}

bool moving_is_silent(const struct moving *m, const char *url, struct why *why)
{
	struct span host = planet_url_host(span_of(url));
	int times = 0;
	for (size_t i = 0; i < m->n_silent_hosts; i++)
		times += span_is(host, m->silent_hosts[i]);
	if (times < MOST_SILENCES)
		return false;
	(void)why_set(why, E_AGAIN, "%.*s didn't answer a moment ago, so it wasn't asked again; try again later",
		host.n > 100 ? 100 : (int)host.n, host.p);
	return true;
}

void moving_note_silence(struct moving *m, const char *url)
{
	m->silent_hosts = mem_grow(m->silent_hosts, m->n_silent_hosts + 1, sizeof *m->silent_hosts);
	m->silent_hosts[m->n_silent_hosts++] = span_dup(planet_url_host(span_of(url)));
}

void moving_fetch(struct moving *m, const struct fetch_request *request, struct moving_answer *answer)
{
	*answer = (struct moving_answer){.outcome = FETCH_FAILED, .length = -1};
	if (moving_is_silent(m, request->url, &answer->why))
		return;
	fetch_start(m->fetcher, request, keep_answer, answer);
	while (fetch_under_way(m->fetcher))
		fetch_wait(m->fetcher, STEP_MS);
	if (answer->outcome == FETCH_FAILED && answer->status == 0)
		moving_note_silence(m, request->url);
}

void moving_answer_finish(struct moving_answer *a)
{
	buf_finish(&a->body);
	free(a->url);
	free(a->moved_to);
	free(a->type);
	*a = (struct moving_answer){0};
}

void moving_clear_progress(const struct moving *m)
{
	if (m->shows_progress)
		fprintf(stderr, "\r\033[K");
}

/* ---- what is read ---- */

struct faults {
	const struct moving *m;
	const char *place;
};

static void tell_fault(void *data, int line, const char *text)
{
	const struct faults *f = data;
	moving_clear_progress(f->m);
	fflush(stdout);
	diag_fault(f->place, line, "%s", text);
}

static enum err add(struct moving *m, struct takeover *t, struct span bytes, const char *url, const char *place,
	struct takeover_links *links, struct why *why)
{
	struct faults data = {m, place};
	const struct dialect_faults faults = {tell_fault, &data};
	return takeover_add(t, bytes, url, &faults, links, why);
}

static bool is_address(const char *from)
{
	return span_starts(span_of(from), "http://") || span_starts(span_of(from), "https://");
}

/* ---- pages ---- */

struct visits {
	char **urls;
	size_t n, next;
};

static void visit(struct visits *v, const char *url)
{
	if (!*url)
		return;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->urls[i], url) == 0)
			return;
	v->urls = mem_grow(v->urls, v->n + 1, sizeof *v->urls);
	v->urls[v->n++] = mem_strdup(url);
}

static void read_page(struct moving *m, struct visits *v, const char *url)
{
	struct moving_answer a;
	struct takeover_links links = {0};
	struct why why = {0};
	const struct fetch_request request = {.url = url, .limit = PLANET_FEED_BYTES, .is_named = m->may_be_private};
	moving_fetch(m, &request, &a);
	bool ok = a.outcome == FETCH_DONE;
	why = a.why;
	if (ok)
		ok = add(m, m->takeover, buf_view(&a.body), a.url, url, &links, &why) == OK;
	if (ok) {
		m->n_feed_pages++;
		visit(v, links.next);
		visit(v, links.previous);
	} else {
		moving_clear_progress(m);
		diag_fault(url, 0, "an older page of the feed is missing: %s; what was read is taken, do it again later", why.text);
		m->n_unfinished++;
	}
	takeover_links_finish(&links);
	moving_answer_finish(&a);
}

static void read_pages(struct moving *m, const struct takeover_links *first)
{
	struct visits v = {0};
	visit(&v, m->feed_url);
	v.next = v.n;
	visit(&v, first->next);
	visit(&v, first->previous);
	while (v.next < v.n && m->n_feed_pages < TAKEOVER_PAGES && m->takeover->n < TAKEOVER_EPISODES) {
		const char *url = v.urls[v.next++];
		if (m->shows_progress)
			fprintf(stderr, "\r\033[Kpage %zu of the feed, %zu episodes", m->n_feed_pages + 1, m->takeover->n);
		read_page(m, &v, url);
	}
	moving_clear_progress(m);
	if (v.next < v.n)
		diag_fault(m->options->from, 0, "it has more than %d pages or %d episodes; the rest was left out", TAKEOVER_PAGES,
			TAKEOVER_EPISODES);
	for (size_t i = 0; i < v.n; i++)
		free(v.urls[i]);
	free(v.urls);
}

/* ---- where it is now ---- */

/* The new address is this site's own: the move is announced already. */
static bool is_ours(const struct moving *m, const char *url)
{
	size_t n = m->config && m->config->base_url ? strlen(m->config->base_url) : 0;
	return n && strncmp(url, m->config->base_url, n) == 0;
}

/* Fetches url; true: the takeover is of what is there. */
static bool read_address(struct moving *m, const char *url, bool is_named, struct takeover_links *links, struct moving_answer *a,
	struct why *why)
{
	const struct fetch_request request = {.url = url, .limit = PLANET_FEED_BYTES, .is_named = is_named};
	moving_fetch(m, &request, a);
	*why = a->why;
	if (a->outcome != FETCH_DONE)
		return false;
	struct takeover *t = takeover_create();
	if (add(m, t, buf_view(&a->body), a->url, url, links, why)) {
		takeover_destroy(t);
		return false;
	}
	takeover_destroy(m->takeover);
	m->takeover = t;
	m->may_be_private |= a->is_private;
	free(m->feed_url);
	m->feed_url = mem_strdup(a->url);
	if (a->moved_to)
		printf("%s: moved for good to %s (301)\n", url, a->moved_to);
	return true;
}

/* itunes:new-feed-url, as far as it leads. */
static void follow(struct moving *m, struct takeover_links *links)
{
	for (int i = 0; *links->moved_to && strcmp(links->moved_to, m->feed_url) != 0; i++) {
		struct takeover_links further = {0};
		struct moving_answer a = {0};
		struct why why = {0};
		const char *url = links->moved_to;
		if (is_ours(m, url)) {
			printf("%s: itunes:new-feed-url leads to this site already\n", m->feed_url);
			break;
		}
		if (i == MOST_MOVES) {
			diag_fault(m->feed_url, 0, "itunes:new-feed-url leads from one feed to the next more than %d times; the last one was "
				"taken", MOST_MOVES);
			break;
		}
		char *before = mem_strdup(m->feed_url);
		bool moved = read_address(m, url, m->may_be_private, &further, &a, &why);
		if (moved)
			printf("%s: moved to %s (itunes:new-feed-url)\n", before, url);
		else
			diag_fault(before, 0, "itunes:new-feed-url leads to %s, where there is no feed (%s); the old one was taken", url,
				why.text);
		free(before);
		if (moved) {
			takeover_links_finish(links);
			*links = further;
		} else {
			takeover_links_finish(&further);
		}
		moving_answer_finish(&a);
		if (!moved)
			break;
	}
}

static bool read_file(struct moving *m, struct takeover_links *links, struct why *why)
{
	struct buf bytes = {0};
	enum err e = file_read(m->options->from, TAKEOVER_FILE_BYTES, &bytes, why);
	m->takeover = takeover_create();
	m->feed_url = mem_strdup("");
	e = e ? e : add(m, m->takeover, buf_view(&bytes), "", m->options->from, links, why);
	if (!e && *links->moved_to)
		printf("%s: the feed has moved to %s (itunes:new-feed-url); this file was taken\n", m->options->from, links->moved_to);
	buf_finish(&bytes);
	return e == OK;
}

bool moving_read_feed(struct moving *m, int *exit_code)
{
	struct takeover_links links = {0};
	struct moving_answer a = {0};
	struct why why = {0};
	const char *from = m->options->from;
	bool ok;
	if (is_address(from)) {
		/* What he typed he may fetch (fetch.h). */
		ok = read_address(m, from, true, &links, &a, &why);
		if (ok)
			follow(m, &links);
		*exit_code = a.outcome == FETCH_FAILED && a.status == 0 ? EXIT_MACHINE : EXIT_FAULTS;
	} else if (strstr(from, "://")) {
		ok = false;
		(void)why_set(&why, E_FORMAT, "a feed is fetched from https:// or http://, or it is a file");
		*exit_code = EXIT_USAGE;
	} else {
		ok = read_file(m, &links, &why);
		*exit_code = file_exists(from) ? EXIT_FAULTS : EXIT_MACHINE;
	}
	if (ok) {
		m->n_feed_pages = 1;
		read_pages(m, &links);
		takeover_assume_guid(m->takeover, *m->takeover->feed_url ? m->takeover->feed_url : m->feed_url);
	} else {
		diag_fault_why(from, 0, &why);
	}
	takeover_links_finish(&links);
	moving_answer_finish(&a);
	return ok;
}
