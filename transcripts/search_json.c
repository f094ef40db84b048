/* search_json.c - a search result as the JSON that /api/search and `carillon search --json` give.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/clock.h"
#include "transcripts/search.h"

static void write_url(struct json_writer *w, struct span base_url, const char *path)
{
	struct buf url = {0};
	buf_span(&url, base_url);
	buf_text(&url, path);
	json_key(w, "url");
	json_text(w, buf_view(&url));
	buf_finish(&url);
}

static void write_text(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_text(w, span_of(text));
}

static void write_moment(struct json_writer *w, const struct search_moment *m, struct span base_url)
{
	json_open(w, '{');
	json_key(w, "start");
	json_number(w, m->start);
	json_key(w, "end");
	json_number(w, m->end);
	write_text(w, "speaker", m->speaker);
	write_text(w, "html", m->html);
	write_url(w, base_url, m->url);
	if (m->is_chapter) {
		json_key(w, "chapter");
		json_bool(w, true);
	}
	if (m->is_sponsored) {
		json_key(w, "sponsor");
		json_bool(w, true);
	}
	json_close(w, '}');
}

static void write_hit(struct json_writer *w, const struct search_hit *hit, struct span base_url)
{
	struct buf date = {0};
	if (hit->item->published_ms != INT64_MIN)
		time_format_iso(&date, hit->item->published_ms);
	json_open(w, '{');
	write_text(w, "kind", hit->kind);
	write_text(w, "show", hit->item->show);
	if (hit->item->kind == ARCHIVE_TALK)
		write_text(w, "conference", hit->item->conference);
	if (hit->conference_title)
		write_text(w, "conference_title", hit->conference_title);
	if (hit->author)
		write_text(w, "author", hit->author);
	write_text(w, "slug", hit->item->slug);
	write_text(w, "title", hit->item->title);
	json_key(w, "date");
	json_text_or_null(w, buf_view(&date));
	write_url(w, base_url, hit->url);
	json_key(w, "score");
	json_number(w, round(hit->score * 1e4) / 1e4);
	json_key(w, "moments");
	json_open(w, '[');
	for (size_t i = 0; i < hit->n_moments; i++)
		write_moment(w, &hit->moments[i], base_url);
	json_close(w, ']');
	if (hit->summary)
		write_text(w, "summary", hit->summary);
	json_close(w, '}');
	buf_finish(&date);
}

void search_write_json(struct json_writer *w, const struct search_request *request, const struct search_result *r,
	struct span base_url)
{
	json_open(w, '{');
	json_key(w, "query");
	json_text(w, request->query);
	json_key(w, "total");
	json_int(w, (int64_t)r->total);
	json_key(w, "took_ms");
	json_number(w, round(r->took_ms * 1e3) / 1e3);
	json_key(w, "did_you_mean");
	json_text_or_null(w, span_of(r->did_you_mean));
	/* Only where something was left out: nothing is cut short in silence. */
	if (r->timed_out) {
		json_key(w, "timed_out");
		json_bool(w, true);
	}
	if (r->n_ignored) {
		json_key(w, "ignored_words");
		json_int(w, (int64_t)r->n_ignored);
	}
	if (r->n_forms_left_out) {
		json_key(w, "forms_left_out");
		json_int(w, (int64_t)r->n_forms_left_out);
	}
	json_key(w, "hits");
	json_open(w, '[');
	for (size_t i = 0; i < r->n_hits; i++)
		write_hit(w, &r->hits[i], base_url);
	json_close(w, ']');
	json_close(w, '}');
}
