/* SPDX-License-Identifier: MIT */
#include "server/item_page.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "server/item_media.h"
#include "server/item_mentions.h"
#include "server/item_references.h"
#include "server/metadata.h"
#include "transcripts/archive_parts.h"
#include "transcripts/dialect.h"
#include "transcripts/export.h"
#include "transcripts/item_chapters.h"

enum { PARAGRAPH_BYTES = 500, PARAGRAPH_MAX = 1500 };

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"}, {NULL, NULL}};

/* The cue's anchor: "t=754" or "t=754.25"; the same text that search puts behind '#'. */
static void add_anchor(cJSON *object, int64_t ms)
{
	struct buf text = {0};
	buf_text(&text, "t=");
	stamp_fragment(&text, ms);
	cJSON_AddStringToObject(object, "anchor", text.p);
	buf_finish(&text);
}

/* Who speaks, as a link where he has a page. */
static void add_speaker(cJSON *data, struct page *page, int64_t item, struct span speaker)
{
	char *name = span_dup(speaker);
	char *person = *name ? archive_person_slug(page->archive, item, name) : NULL;
	cJSON_AddStringToObject(data, "speaker", name);
	if (person)
		cJSON_AddStringToObject(data, "person", person);
	free(person);
	free(name);
}

/* Where the walk through the cues is. */
struct cue_walk {
	int64_t last_anchor_ms;
	int n_references;
};

/* A paragraph ends with a sentence, once it is long; a very long one anywhere. */
static size_t paragraph_end(const struct transcript *t, size_t from, size_t end)
{
	size_t n_bytes = 0;
	for (size_t i = from; i < end; i++) {
		struct span text = span_trim(t->cues[i].text);
		n_bytes += text.n + 1;
		bool ends_sentence = text.n && strchr(".?!", text.p[text.n - 1]);
		if (n_bytes >= PARAGRAPH_MAX || (n_bytes >= PARAGRAPH_BYTES && ends_sentence))
			return i + 1;
	}
	return end;
}

static cJSON *cue_data(const struct cue *cue, const cJSON *page_data, struct cue_walk *walk)
{
	cJSON *data = cJSON_CreateObject();
	page_add_text(data, "text", cue->text);
	/* An id may stand only once on a page: of cues at the same moment the first gets it. */
	if (cue->start_ms > walk->last_anchor_ms) {
		add_anchor(data, cue->start_ms);
		walk->last_anchor_ms = cue->start_ms;
	}
	item_references_add_to_cue(data, page_data, cue->start_ms, &walk->n_references);
	if (!cue->untimed)
		cJSON_AddNumberToObject(data, "start", (double)cue->start_ms / 1000);
	return data;
}

static cJSON *paragraph_data(const struct transcript *t, size_t from, size_t end, const cJSON *page_data,
	struct cue_walk *walk)
{
	cJSON *data = cJSON_CreateObject();
	if (!t->cues[from].untimed) {
		struct buf text = {0};
		stamp_write(&text, t->cues[from].start_ms, false);
		cJSON_AddStringToObject(data, "time", text.p);
		buf_finish(&text);
		cJSON *link = cJSON_AddObjectToObject(data, "link");
		add_anchor(link, t->cues[from].start_ms);
	}
	cJSON *cues = cJSON_AddArrayToObject(data, "cues");
	for (size_t i = from; i < end; i++)
		cJSON_AddItemToArray(cues, cue_data(&t->cues[i], page_data, walk));
	return data;
}

static void add_transcript(cJSON *data, struct page *page, const struct archive_item *item)
{
	struct transcript *t = item->n_cues ? archive_transcript(page->archive, item->id) : NULL;
	if (!t)
		return;
	cJSON_AddTrueToObject(data, "has_turns");
	cJSON_AddBoolToObject(data, "has_times", export_has_times(t));
	cJSON *turns = cJSON_AddArrayToObject(data, "turns");
	struct cue_walk walk = {.last_anchor_ms = -1};
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		size_t end = turn->first_cue + turn->n_cues;
		for (size_t from = turn->first_cue, next; from < end; from = next) {
			next = paragraph_end(t, from, end);
			cJSON *paragraph = paragraph_data(t, from, next, data, &walk);
			/* Only the first says who speaks. */
			add_speaker(paragraph, page, item->id, from == turn->first_cue ? turn->speaker : span_of(""));
			cJSON_AddItemToArray(turns, paragraph);
		}
	}
	transcript_destroy(t);
}

static void add_notes(cJSON *data, const struct page *page, const struct archive_item *item)
{
	struct buf html = {0};
	archive_page_notes(page->archive, item->id, &html);
	cJSON_AddStringToObject(data, "notes", html.p ? html.p : "");
	buf_finish(&html);
}

static void add_chapters(cJSON *data, const struct document *d)
{
	cJSON *chapters = cJSON_AddArrayToObject(data, "chapters");
	for (size_t i = 0; i < d->n_chapters; i++) {
		if (d->chapters[i].is_hidden)
			continue;
		cJSON *chapter = cJSON_CreateObject();
		struct buf time = {0};
		stamp_write(&time, d->chapters[i].start_ms, false);
		cJSON_AddStringToObject(chapter, "time", time.p);
		add_anchor(chapter, d->chapters[i].start_ms);
		cJSON_AddStringToObject(chapter, "title", d->chapters[i].title);
		cJSON_AddItemToArray(chapters, chapter);
		buf_finish(&time);
	}
	cJSON_AddBoolToObject(data, "has_chapters", cJSON_GetArraySize(chapters) > 0);
}

static void add_soundbites(cJSON *data, const struct document *d)
{
	cJSON *soundbites = cJSON_AddArrayToObject(data, "soundbites");
	for (size_t i = 0; i < d->n_soundbites; i++) {
		const struct document_soundbite *s = &d->soundbites[i];
		cJSON *soundbite = cJSON_CreateObject();
		struct buf text = {0};
		stamp_write(&text, s->start_ms, false);
		cJSON_AddStringToObject(soundbite, "time", text.p);
		buf_clear(&text);
		buf_format(&text, "%lld", (long long)(s->duration_ms + 500) / 1000);
		cJSON_AddStringToObject(soundbite, "seconds", text.p);
		cJSON_AddStringToObject(soundbite, "title", s->title);
		cJSON_AddNumberToObject(soundbite, "end", (double)(s->start_ms + s->duration_ms) / 1000);
		add_anchor(soundbite, s->start_ms);
		cJSON_AddItemToArray(soundbites, soundbite);
		buf_finish(&text);
	}
	cJSON_AddBoolToObject(data, "has_soundbites", d->n_soundbites > 0);
}

static bool is_web_address(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static void add_links(cJSON *data, const struct document *d, const char *youtube)
{
	cJSON *links = cJSON_AddArrayToObject(data, "links"), *videos = cJSON_AddArrayToObject(data, "videos");
	for (size_t i = 0; i < d->n_links; i++) {
		if (!is_web_address(d->links[i].url))
			continue;
		cJSON *link = cJSON_CreateObject();
		cJSON_AddStringToObject(link, "url", d->links[i].url);
		cJSON_AddStringToObject(link, "label", d->links[i].label[0] ? d->links[i].label : d->links[i].url);
		if (d->links[i].start_ms >= 0) {
			struct buf time = {0};
			stamp_write(&time, d->links[i].start_ms, false);
			cJSON_AddStringToObject(link, "time", time.p);
			add_anchor(link, d->links[i].start_ms);
			buf_finish(&time);
		}
		cJSON_AddItemToArray(links, link);
	}
	for (size_t i = 0; i < d->n_media; i++) {
		/* The one on YouTube has a link of its own. */
		if (!is_web_address(d->media[i].url) || (*youtube && strstr(d->media[i].url, youtube)))
			continue;
		cJSON *video = cJSON_CreateObject();
		cJSON_AddStringToObject(video, "url", d->media[i].url);
		cJSON_AddStringToObject(video, "type", d->media[i].type[0] ? d->media[i].type : "recording");
		cJSON_AddItemToArray(videos, video);
	}
	cJSON_AddBoolToObject(data, "has_links", cJSON_GetArraySize(links) > 0);
	cJSON_AddBoolToObject(data, "has_videos", cJSON_GetArraySize(videos) > 0);
}

static void add_credits(cJSON *data, struct page *page, const struct document *d, int64_t item)
{
	cJSON *people = cJSON_AddArrayToObject(data, "people");
	for (size_t i = 0; i < d->n_credits; i++) {
		cJSON *person = cJSON_CreateObject();
		char *slug = archive_person_slug(page->archive, item, d->credits[i].name);
		cJSON_AddStringToObject(person, "name", d->credits[i].name);
		cJSON_AddStringToObject(person, "role", d->credits[i].role);
		if (slug)
			cJSON_AddStringToObject(person, "person", slug);
		cJSON_AddBoolToObject(person, "is_first", i == 0);
		cJSON_AddItemToArray(people, person);
		free(slug);
	}
	cJSON_AddBoolToObject(data, "has_people", d->n_credits > 0);
}

static void add_parts(cJSON *data, struct page *page, const struct archive_item *item, const struct document *d)
{
	add_chapters(data, d);
	add_soundbites(data, d);
	add_links(data, d, item->youtube);
	add_credits(data, page, d, item->id);
	const struct { const char *name, *text; } facts[] = {{"room", item->room}, {"track", item->track},
		{"session", item->session}, {"license", item->license}};
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		cJSON_AddStringToObject(data, facts[i].name, facts[i].text);
	if (is_web_address(item->page_url))
		cJSON_AddStringToObject(data, "source_url", item->page_url);
	cJSON_AddBoolToObject(data, "is_opted_out", item->is_opted_out);
}

static void item_page(struct page *page, const struct archive_item *item)
{
	struct buf path = {0};
	archive_item_path(&path, item);
	cJSON *data = page_data(page, item->title[0] ? item->title : item->slug, item->description, path.p);
	cJSON *fields = page_item(page, item);
	/* The item's own members, beside the page's. */
	cJSON_AddItemToObject(data, "item", fields);
	struct document *d = archive_parts(page->archive, item->id);
	item_chapters(item, page->server->config->site, page->server->media, d);
	struct metadata_media media;
	metadata_media(page, item, &media);
	metadata_add_item(data, page, item, d, &media);
	item_media_add(data, page, item);
	add_notes(data, page, item);
	add_parts(data, page, item, d);
	metadata_media_finish(&media);
	document_destroy(d);
	item_references_add(data, page, item);
	item_mentions_add(data, page, item);
	add_transcript(data, page, item);
	const struct config_show *show = config_show(page->server->config, span_of(item->show));
	if (show && item->kind == ARCHIVE_EPISODE)
		page_add_subscribe(data, page, show);
	page_add_youtube(data, page, item);
	if (!cJSON_GetObjectItem(data, "media") && is_web_address(item->media_file))
		cJSON_AddStringToObject(data, "recording", item->media_file);
	page_render(page, "episode", data);
	buf_finish(&path);
}

static const struct {
	const char *ending, *type;
	void (*write)(const struct transcript *t, struct buf *out);
	bool wants_times; /* what nobody knows the time of can't be said in it */
} exports[] = {
	{".vtt", "text/vtt; charset=utf-8", export_vtt, true},
	{".srt", "application/x-subrip; charset=utf-8", export_srt, true},
	{".json", "application/json", export_json, true},
	{".html", "text/html; charset=utf-8", export_html, false},
	{".txt", "text/plain; charset=utf-8", export_text, false},
};

static void write_description(const struct document_chapter *chapters, size_t n, struct buf *out)
{
	/* Also where Apple finds them too few. */
	(void)export_chapters_description(chapters, n, out);
}

/* Looked for before the others: ".chapters.json" ends with ".json". */
static const struct {
	const char *ending, *type;
	void (*write)(const struct document_chapter *chapters, size_t n, struct buf *out);
} chapter_exports[] = {
	{".chapters.json", "application/json+chapters", export_chapters_json},
	{".psc", "application/xml; charset=utf-8", export_chapters_psc},
	{".chapters.txt", "text/plain; charset=utf-8", write_description},
};

struct archive_item *item_find(const struct page *page, item_finder find, const char *place, const char *slug)
{
	struct archive_item *item = page->archive ? find(page->archive, place, slug) : NULL;
	if (item && item->published)
		return item;
	archive_item_free(item);
	return NULL;
}

/* What the address names without its ending; NULL where there is none, or it isn't published. */
static struct archive_item *find_stem(struct page *page, item_finder find, const char *place, struct span slug,
	const char *ending)
{
	char *stem = span_dup(span_make(slug.p, slug.n - strlen(ending)));
	struct archive_item *item = item_find(page, find, place, stem);
	free(stem);
	return item;
}

static void write_transcript(struct page *page, const struct archive_item *item, size_t format)
{
	struct transcript *t = item ? archive_transcript(page->archive, item->id) : NULL;
	if (t && (export_has_times(t) || !exports[format].wants_times)) {
		exports[format].write(t, &page->out);
		page->type = exports[format].type;
		page->extra = open_to_all;
	} else {
		page_not_found(page, t ? "transcript with times" : "transcript");
	}
	transcript_destroy(t);
}

static void write_chapters(struct page *page, const struct archive_item *item, size_t format)
{
	struct document *d = item ? archive_parts(page->archive, item->id) : NULL;
	if (d)
		item_chapters(item, page->server->config->site, page->server->media, d);
	if (d && d->n_chapters)
		chapter_exports[format].write(d->chapters, d->n_chapters, &page->out);
	if (page->out.n) {
		page->type = chapter_exports[format].type;
		page->extra = open_to_all;
	} else {
		page_not_found(page, "chapters");
	}
	document_destroy(d);
}

/* "slug.vtt", "slug.chapters.json": the transcript or the chapters in that format. True when the slug ended so; then the
 * page is answered. */
static bool export_page(struct page *page, item_finder find, const char *place, struct span slug)
{
	for (size_t i = 0; i < COUNT_OF(chapter_exports); i++) {
		if (!span_ends(slug, chapter_exports[i].ending))
			continue;
		struct archive_item *item = find_stem(page, find, place, slug, chapter_exports[i].ending);
		write_chapters(page, item, i);
		archive_item_free(item);
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(exports); i++) {
		if (!span_ends(slug, exports[i].ending))
			continue;
		struct archive_item *item = find_stem(page, find, place, slug, exports[i].ending);
		write_transcript(page, item, i);
		archive_item_free(item);
		return true;
	}
	return false;
}

void item_page_build(struct page *page, item_finder find, const char *place, const char *slug)
{
	if (export_page(page, find, place, span_of(slug)))
		return;
	struct archive_item *item = item_find(page, find, place, slug);
	if (item)
		item_page(page, item);
	else
		page_not_found(page, "episode");
	archive_item_free(item);
}
