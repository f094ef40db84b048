/* feed_json.c - a feed as JSON Feed 1.1 (jsonfeed.org), with the same items; what it has no word for stands under
 * "_podcast", named as in the podcast namespace.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/feed_parts.h"

/* The writer of the item that is being written: feed_each_alternative knows of none. */
struct json_feed {
	struct feed feed; /* first: what feed_each_alternative hands back */
	struct json_writer w;
};

static void write_text(struct json_writer *w, const char *name, const char *text)
{
	if (!feed_says(text))
		return;
	struct buf repaired = {0};
	utf8_append_repaired(&repaired, span_trim(span_of(text)));
	json_key(w, name);
	json_text(w, buf_view(&repaired));
	buf_finish(&repaired);
}

static void write_date(struct json_writer *w, const char *name, int64_t ms)
{
	struct buf date = {0};
	time_format_iso(&date, ms);
	write_text(w, name, date.p);
	buf_finish(&date);
}

static void write_number(struct json_writer *w, const char *name, int64_t value)
{
	if (value <= 0)
		return;
	json_key(w, name);
	json_int(w, value);
}

static void write_author(struct json_writer *w, const char *name, const char *url)
{
	json_open(w, '{');
	write_text(w, "name", name);
	write_text(w, "url", url);
	json_close(w, '}');
}

static void write_head(struct feed *f, struct json_writer *w)
{
	const struct feed_show *s = &f->show;
	write_text(w, "version", "https://jsonfeed.org/version/1.1");
	write_text(w, "title", f->title);
	write_text(w, "home_page_url", f->link);
	write_text(w, "feed_url", f->url);
	write_text(w, "description", feed_says(s->description) ? s->description : f->title);
	write_text(w, "icon", f->image_url);
	write_text(w, "language", feed_language(f));
	size_t older = f->request->page ? f->request->page - 1 : f->n_pages;
	if (older) {
		char *url = feed_page_url(f, older);
		write_text(w, "next_url", url);
		free(url);
	}
	json_key(w, "authors");
	json_open(w, '[');
	write_author(w, feed_says(s->author) ? s->author : feed_says(s->title) ? s->title : f->title, NULL);
	json_close(w, ']');
	if (s->complete) {
		json_key(w, "expired");
		json_bool(w, true);
	}
	if (feed_says(f->site->hub)) {
		json_key(w, "hubs");
		json_open(w, '[');
		json_open(w, '{');
		write_text(w, "type", "WebSub");
		write_text(w, "url", f->site->hub);
		json_close(w, '}');
		json_close(w, ']');
	}
}

static void write_attachment(struct json_writer *w, const char *url, const char *type, int64_t bytes, int64_t duration_ms)
{
	json_open(w, '{');
	write_text(w, "url", url);
	write_text(w, "mime_type", type);
	write_number(w, "size_in_bytes", bytes);
	if (duration_ms > 0) {
		json_key(w, "duration_in_seconds");
		json_number(w, (double)duration_ms / 1000);
	}
	json_close(w, '}');
}

static void write_alternative(struct feed *f, const char *url, const char *type, const struct document_media *m)
{
	write_attachment(&((struct json_feed *)f)->w, url, type, m->bytes, m->duration_ms);
}

static void write_attachments(struct json_feed *j, struct feed_piece *p)
{
	json_key(&j->w, "attachments");
	json_open(&j->w, '[');
	if (p->media_url)
		write_attachment(&j->w, p->media_url, p->mime, p->media_bytes, p->duration_ms);
	feed_each_alternative(&j->feed, p, write_alternative);
	json_close(&j->w, ']');
}

/* As authors, or with their roles. */
static void write_people(struct json_feed *j, struct feed_piece *p, bool with_roles)
{
	struct json_writer *w = &j->w;
	const struct document *d = feed_piece_parts(&j->feed, p);
	if (!d->n_credits && (with_roles || !feed_says(p->item->author)))
		return;
	json_key(w, with_roles ? "persons" : "authors");
	json_open(w, '[');
	if (!d->n_credits)
		write_author(w, p->item->author, NULL);
	for (size_t i = 0; i < d->n_credits; i++) {
		char *slug = archive_person_slug(j->feed.archive, p->item->id, d->credits[i].name);
		struct buf url = {0};
		buf_format(&url, "%s/people/", j->feed.site->base_url);
		if (slug)
			escape_url(&url, span_of(slug));
		json_open(w, '{');
		write_text(w, "name", feed_says(d->credits[i].name) ? d->credits[i].name : d->credits[i].ref);
		if (with_roles)
			write_text(w, "role", d->credits[i].role);
		write_text(w, "url", slug ? url.p : NULL);
		json_close(w, '}');
		buf_finish(&url);
		free(slug);
	}
	json_close(w, ']');
}

static void write_transcripts(struct json_writer *w, const char *page_url, bool has_times)
{
	static const char *const forms[][2] = {{"vtt", "text/vtt"}, {"srt", "application/x-subrip"}, {"json", "application/json"},
		{"html", "text/html"}};
	json_key(w, "transcripts");
	json_open(w, '[');
	for (size_t i = has_times ? 0 : COUNT_OF(forms) - 1; i < COUNT_OF(forms); i++) { /* without times the HTML alone */
		struct buf url = {0};
		buf_format(&url, "%s.%s", page_url, forms[i][0]);
		json_open(w, '{');
		write_text(w, "url", url.p);
		write_text(w, "type", forms[i][1]);
		json_close(w, '}');
		buf_finish(&url);
	}
	json_close(w, ']');
}

static void write_podcast(struct json_feed *j, struct feed_piece *p, const char *page_url)
{
	struct json_writer *w = &j->w;
	const struct document *d = feed_piece_parts(&j->feed, p);
	json_key(w, "_podcast");
	json_open(w, '{');
	write_text(w, "about", "https://podcastindex.org/namespace/1.0");
	write_text(w, "episodeType", feed_episode_type(&j->feed, p));
	write_number(w, "season", p->item->season);
	if (*d->episode_decimal)
		write_text(w, "episode", d->episode_decimal);
	else
		write_number(w, "episode", p->item->episode);
	json_key(w, "explicit");
	json_bool(w, p->item->explicit_ || j->feed.show.explicit_);
	if (p->item->n_cues)
		write_transcripts(w, page_url, p->item->n_untimed < p->item->n_cues);
	if (feed_has_chapters(&j->feed, p)) {
		struct buf url = {0};
		buf_format(&url, "%s.chapters.json", page_url);
		write_text(w, "chapters", url.p);
		buf_finish(&url);
	}
	write_people(j, p, true);
	write_text(w, "location", d->place);
	write_text(w, "license", p->item->license);
	if (d->n_soundbites) {
		json_key(w, "soundbites");
		json_open(w, '[');
		for (size_t i = 0; i < d->n_soundbites; i++) {
			json_open(w, '{');
			json_key(w, "startTime");
			json_number(w, (double)d->soundbites[i].start_ms / 1000);
			json_key(w, "duration");
			json_number(w, (double)d->soundbites[i].duration_ms / 1000);
			write_text(w, "title", d->soundbites[i].title);
			json_close(w, '}');
		}
		json_close(w, ']');
	}
	json_close(w, '}');
}

static void write_item(struct json_feed *j, struct feed_piece *p)
{
	struct json_writer *w = &j->w;
	const struct archive_item *item = p->item;
	char *page_url = feed_item_url(&j->feed, item);
	json_open(w, '{');
	write_text(w, "id", p->guid);
	write_text(w, "url", page_url);
	write_text(w, "title", feed_item_title(item));
	json_key(w, "content_html");
	json_text(w, feed_notes(&j->feed, p, page_url));
	write_text(w, "summary", item->description);
	write_text(w, "image", p->artwork_url);
	write_date(w, "date_published", p->date_ms);
	write_text(w, "language", item->language);
	write_people(j, p, false);
	if (item->n_tags) {
		json_key(w, "tags");
		json_open(w, '[');
		for (size_t i = 0; i < item->n_tags; i++)
			json_text(w, span_of(item->tags[i]));
		json_close(w, ']');
	}
	write_attachments(j, p);
	write_podcast(j, p, page_url);
	json_close(w, '}');
	free(page_url);
}

void feed_write_json(struct feed *f)
{
	struct json_feed j = {.feed = *f}; /* borrows all that f has; what items read of their parts is given back */
	json_begin(&j.w, f->out);
	json_open(&j.w, '{');
	write_head(&j.feed, &j.w);
	json_key(&j.w, "items");
	json_open(&j.w, '[');
	for (size_t i = f->first; i < f->end; i++)
		write_item(&j, &f->pieces[i]);
	json_close(&j.w, ']');
	json_close(&j.w, '}');
	buf_char(f->out, '\n');
}
