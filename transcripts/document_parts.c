/* document_parts.c - a document's memory.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/document.h"

enum { TEXTS = 31 };

static void texts_of(struct document *d, char **texts[TEXTS])
{
	char **const all[TEXTS] = {&d->reason, &d->title, &d->slug, &d->show, &d->author, &d->description, &d->image, &d->guid,
		&d->transcript_file, &d->media_file, &d->youtube, &d->notes, &d->conference, &d->room, &d->track, &d->session,
		&d->language, &d->license, &d->page_url,
		&d->chapters_file, &d->episode_type, &d->episode_decimal, &d->short_title, &d->place, &d->place_geo, &d->place_osm,
		&d->place_country, &d->comments, &d->comments_protocol, &d->comments_account, &d->comments_account_url};
	for (size_t i = 0; i < TEXTS; i++)
		texts[i] = all[i];
}

struct document *document_create(enum document_kind kind)
{
	struct document *d = mem_new(1, sizeof *d);
	char **texts[TEXTS];
	texts_of(d, texts);
	for (size_t i = 0; i < TEXTS; i++)
		*texts[i] = mem_strdup("");
	d->kind = kind;
	d->published = true;
	d->published_ms = INT64_MIN;
	return d;
}

void document_destroy(struct document *d)
{
	if (!d)
		return;
	char **texts[TEXTS];
	texts_of(d, texts);
	for (size_t i = 0; i < TEXTS; i++)
		free(*texts[i]);
	for (size_t i = 0; i < d->n_tags; i++)
		free(d->tags[i]);
	for (size_t i = 0; i < d->n_chapters; i++) {
		free(d->chapters[i].title);
		free(d->chapters[i].url);
		free(d->chapters[i].image);
	}
	for (size_t i = 0; i < d->n_credits; i++) {
		free(d->credits[i].name);
		free(d->credits[i].role);
		free(d->credits[i].ref);
	}
	for (size_t i = 0; i < d->n_links; i++) {
		free(d->links[i].url);
		free(d->links[i].label);
	}
	for (size_t i = 0; i < d->n_media; i++) {
		free(d->media[i].url);
		free(d->media[i].type);
		free(d->media[i].language);
	}
	for (size_t i = 0; i < d->n_soundbites; i++)
		free(d->soundbites[i].title);
	for (size_t i = 0; i < d->n_companions; i++) {
		free(d->companions[i].url);
		free(d->companions[i].type);
		free(d->companions[i].language);
	}
	free(d->companions);
	free(d->soundbites);
	free(d->tags);
	free(d->chapters);
	free(d->credits);
	free(d->links);
	free(d->media);
	transcript_destroy(d->transcript);
	free(d);
}

void document_set(char **text, struct span value)
{
	char *copy = span_dup(value);
	free(*text);
	*text = copy;
}

/* Room for one more; grows by doubling. */
static void *grow(void *list, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? mem_grow(list, n ? n * 2 : 1, size) : list;
}

struct document_chapter *document_add_chapter(struct document *d)
{
	d->chapters = grow(d->chapters, d->n_chapters, sizeof *d->chapters);
	struct document_chapter *c = &d->chapters[d->n_chapters++];
	*c = (struct document_chapter){.end_ms = -1, .title = mem_strdup(""), .url = mem_strdup(""), .image = mem_strdup("")};
	return c;
}

struct document_credit *document_add_credit(struct document *d)
{
	d->credits = grow(d->credits, d->n_credits, sizeof *d->credits);
	struct document_credit *c = &d->credits[d->n_credits++];
	*c = (struct document_credit){.name = mem_strdup(""), .role = mem_strdup(""), .ref = mem_strdup("")};
	return c;
}

struct document_link *document_add_link(struct document *d)
{
	d->links = grow(d->links, d->n_links, sizeof *d->links);
	struct document_link *l = &d->links[d->n_links++];
	*l = (struct document_link){.url = mem_strdup(""), .label = mem_strdup(""), .start_ms = -1};
	return l;
}

struct document_media *document_add_media(struct document *d)
{
	d->media = grow(d->media, d->n_media, sizeof *d->media);
	struct document_media *m = &d->media[d->n_media++];
	*m = (struct document_media){.url = mem_strdup(""), .type = mem_strdup(""), .language = mem_strdup("")};
	return m;
}

struct document_soundbite *document_add_soundbite(struct document *d)
{
	d->soundbites = grow(d->soundbites, d->n_soundbites, sizeof *d->soundbites);
	struct document_soundbite *s = &d->soundbites[d->n_soundbites++];
	*s = (struct document_soundbite){.title = mem_strdup("")};
	return s;
}

struct document_companion *document_add_companion(struct document *d)
{
	d->companions = grow(d->companions, d->n_companions, sizeof *d->companions);
	struct document_companion *c = &d->companions[d->n_companions++];
	*c = (struct document_companion){.url = mem_strdup(""), .type = mem_strdup(""), .language = mem_strdup("")};
	return c;
}

void document_add_tag(struct document *d, struct span tag)
{
	d->tags = grow(d->tags, d->n_tags, sizeof *d->tags);
	d->tags[d->n_tags++] = span_dup(tag);
}
