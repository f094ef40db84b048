/* feed_podcast.c - the podcast namespace's formal tags and Podlove's chapters, of the feed and of its items. Every
 * address in them is https:// (feed_is_podcast_url).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/export.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

enum { REMARK_MAX = 4000 };

/* ---- of both ---- */

static void write_location(struct feed *f, const char *indent, const char *name, const char *rel, const char *geo,
	const char *osm, const char *country)
{
	if (!feed_says(name))
		return;
	feed_xml_open(f->out, indent, "podcast:location");
	feed_xml_attribute(f->out, "rel", rel);
	feed_xml_attribute(f->out, "geo", geo);
	feed_xml_attribute(f->out, "osm", osm);
	feed_xml_attribute(f->out, "country", country);
	feed_xml_close(f->out, "podcast:location", name);
}

bool feed_license_id(const char *license, struct buf *id)
{
	static const char *const known[] = {"cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
		"cc-by-nc-nd-4.0", "cc-by-3.0", "cc-by-sa-3.0", "cc-by-nc-3.0", "cc-by-nc-sa-3.0", "cc-by-nd-3.0",
		"cc-by-nc-nd-3.0", "cc-by-2.0", "cc-by-sa-2.0", "cc-by-2.5", "cc-by-sa-2.5", "cc0-1.0", "pddl-1.0", "odbl-1.0",
		"odc-by-1.0", "gfdl-1.3"};
	static const char *const places[] = {"creativecommons.org/licenses/", "creativecommons.org/publicdomain/zero/"};
	struct span text = span_of(license);
	size_t at = span_search(text, span_of(places[0]), 0);
	buf_clear(id);
	if (at < text.n) { /* .../licenses/by-sa/4.0/deed.de */
		struct span rest = span_from(text, at + strlen(places[0]));
		size_t slash = span_find(rest, '/');
		struct span version = span_from(rest, slash + 1);
		buf_format(id, "cc-%.*s-%.*s", (int)slash, rest.p, (int)span_find(version, '/'), version.p);
	} else if (span_search(text, span_of(places[1]), 0) < text.n) {
		buf_text(id, "cc0-1.0");
	} else {
		for (size_t i = 0; i < text.n; i++)
			buf_char(id, text.p[i] == ' ' || text.p[i] == '_' ? '-' :
				text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] | 0x20) : text.p[i]);
	}
	buf_text(id, "");
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(id->p, known[i]) == 0)
			return true;
	return false;
}

static void write_license(struct feed *f, const char *indent, const char *path, const char *license, const char *url)
{
	struct buf id = {0};
	if (!feed_says(license))
		return;
	bool is_known = feed_license_id(license, &id), says_url = feed_says(url) || feed_is_web_url(license);
	const char *where = feed_says(url) ? url : license;
	bool has_url = says_url && feed_is_podcast_url(f, where, path, "license");
	if (!is_known && !has_url && !says_url)
		feed_report(f, path, "license %s is none that players know, such as cc-by-4.0; give its https:// address, the feed goes "
			"without it", license);
	if (is_known || has_url) {
		feed_xml_open(f->out, indent, "podcast:license");
		feed_xml_attribute(f->out, "url", has_url ? where : NULL);
		feed_xml_close(f->out, "podcast:license", is_known ? id.p : feed_is_web_url(license) ? "custom" : license);
	}
	buf_finish(&id);
}

/* ---- the channel ---- */

static void write_funding(struct feed *f)
{
	for (size_t i = 0; i < f->show.n_funding; i++) {
		const struct feed_funding *x = &f->show.funding[i];
		if (!feed_is_podcast_url(f, x->url, "carillon.yaml", "funding"))
			continue;
		feed_xml_open(f->out, "\t\t", "podcast:funding");
		feed_xml_attribute(f->out, "url", x->url);
		feed_xml_close(f->out, "podcast:funding", feed_says(x->label) ? x->label : "Support this show");
	}
}

static void write_people(struct feed *f)
{
	for (size_t i = 0; i < f->show.n_people; i++) {
		const struct feed_credit *x = &f->show.people[i];
		feed_xml_open(f->out, "\t\t", "podcast:person");
		feed_xml_attribute(f->out, "role", x->role);
		feed_xml_attribute(f->out, "group", x->group);
		if (feed_says(x->image) && feed_is_podcast_url(f, x->image, "carillon.yaml", "a person's image"))
			feed_xml_attribute(f->out, "img", x->image);
		if (feed_says(x->url) && feed_is_podcast_url(f, x->url, "carillon.yaml", "a person's url"))
			feed_xml_attribute(f->out, "href", x->url);
		feed_xml_close(f->out, "podcast:person", x->name);
	}
}

static void write_remarks(struct feed *f)
{
	for (size_t i = 0; i < f->show.n_remarks; i++) {
		const struct feed_remark *x = &f->show.remarks[i];
		if (strlen(x->text) > REMARK_MAX) {
			feed_report(f, "carillon.yaml", "a text for %s is over %d bytes; the feed goes without it",
				feed_says(x->purpose) ? x->purpose : "txt", REMARK_MAX);
			continue;
		}
		feed_xml_open(f->out, "\t\t", "podcast:txt");
		feed_xml_attribute(f->out, "purpose", x->purpose);
		feed_xml_close(f->out, "podcast:txt", x->text);
	}
	if (f->show.says_ai) {
		feed_xml_open(f->out, "\t\t", "podcast:txt");
		feed_xml_attribute(f->out, "purpose", "ai-content");
		feed_xml_close(f->out, "podcast:txt", f->show.is_ai ? "true" : "false");
	}
}

static void write_podroll(struct feed *f)
{
	size_t before = f->out->n, n = 0;
	buf_text(f->out, "\t\t<podcast:podroll>\n");
	for (size_t i = 0; i < f->show.n_podroll; i++) {
		const struct feed_remote *x = &f->show.podroll[i];
		char made[37];
		if (!feed_says(x->guid) && !feed_says(x->url))
			continue;
		feed_podcast_guid(feed_says(x->url) ? x->url : "", made);
		feed_xml_open(f->out, "\t\t\t", "podcast:remoteItem");
		feed_xml_attribute(f->out, "feedGuid", feed_says(x->guid) ? x->guid : made);
		if (feed_says(x->url) && feed_is_podcast_url(f, x->url, "carillon.yaml", "podroll"))
			feed_xml_attribute(f->out, "feedUrl", x->url);
		feed_xml_attribute(f->out, "medium", x->medium);
		feed_xml_attribute(f->out, "title", x->title);
		buf_text(f->out, "/>\n");
		n++;
	}
	buf_text(f->out, "\t\t</podcast:podroll>\n");
	if (!n) {
		f->out->n = before;
		f->out->p[before] = '\0';
	}
}

static void write_update_frequency(struct feed *f)
{
	const struct feed_show *s = &f->show;
	if (!feed_says(s->update_text) && !feed_says(s->update_rrule) && !s->update_complete)
		return;
	feed_xml_open(f->out, "\t\t", "podcast:updateFrequency");
	if (s->update_complete)
		buf_text(f->out, " complete=\"true\"");
	feed_xml_attribute(f->out, "dtstart", s->update_start);
	feed_xml_attribute(f->out, "rrule", s->update_rrule);
	feed_xml_close(f->out, "podcast:updateFrequency", feed_says(s->update_text) ? s->update_text :
		s->update_complete ? "complete" : s->update_rrule);
}

static void write_trailers(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct feed_piece *p = &f->pieces[i];
		if (!p->is_trailer || !p->media_url ||
			!feed_is_podcast_url(f, p->media_url, p->item->path, "trailer"))
			continue;
		struct buf date = {0};
		time_format_http(&date, p->date_ms);
		feed_xml_open(f->out, "\t\t", "podcast:trailer");
		feed_xml_attribute(f->out, "url", p->media_url);
		feed_xml_attribute(f->out, "pubdate", date.p);
		buf_format(f->out, " length=\"%lld\"", (long long)p->media_bytes);
		feed_xml_attribute(f->out, "type", p->mime);
		if (p->item->season > 0)
			buf_format(f->out, " season=\"%lld\"", (long long)p->item->season);
		feed_xml_close(f->out, "podcast:trailer", feed_item_title(p->item));
		buf_finish(&date);
	}
}

void feed_write_podcast_channel(struct feed *f)
{
	const struct feed_show *s = &f->show;
	struct buf *out = f->out;
	char guid[37];
	feed_podcast_guid(f->rss_url, guid);
	feed_xml_element(out, "\t\t", "podcast:guid", f->is_podcast && feed_says(s->guid) ? s->guid : guid);
	feed_xml_open(out, "\t\t", "podcast:locked");
	feed_xml_attribute(out, "owner", s->email);
	feed_xml_close(out, "podcast:locked", s->locked ? "yes" : "no");
	feed_xml_element(out, "\t\t", "podcast:medium", s->medium);
	if (s->block)
		feed_xml_element(out, "\t\t", "podcast:block", "yes");
	write_location(f, "\t\t", s->place, s->place_rel, s->place_geo, s->place_osm, s->place_country);
	write_license(f, "\t\t", "carillon.yaml", s->license, s->license_url);
	write_people(f);
	write_funding(f);
	write_remarks(f);
	write_podroll(f);
	write_update_frequency(f);
	feed_write_community(f);
	if (f->is_podcast)
		write_trailers(f);
}

/* ---- items ---- */

static const char *episode_type(const struct archive_item *item, const char *type)
{
	/* An imported feed's stands there. */
	if (!*type && item->kind == ARCHIVE_EPISODE)
		type = item->session;
	return strcmp(type, "trailer") == 0 ? "trailer" : strcmp(type, "bonus") == 0 ? "bonus" : "full";
}

const char *feed_episode_type(struct feed *f, struct feed_piece *p)
{
	return episode_type(p->item, feed_piece_parts(f, p)->episode_type);
}

bool feed_is_trailer(struct feed *f, const struct archive_item *item)
{
	char *type = archive_episode_type(f->archive, item->id);
	bool is = strcmp(episode_type(item, type), "trailer") == 0;
	free(type);
	return is;
}

static void write_transcripts(struct feed *f, struct feed_piece *p, const char *page_url, const char *indent)
{
	static const struct {
		const char *ending, *type;
		bool is_caption, needs_times;
	} forms[] = {{"vtt", "text/vtt", true, true}, {"srt", "application/x-subrip", true, true},
		{"json", "application/json", false, true}, {"html", "text/html", false, false}};
	bool is_video = p->mime && strncmp(p->mime, "video/", 6) == 0;
	const char *language = feed_says(p->item->language) ? p->item->language : feed_language(f);
	if (!p->item->n_cues || !feed_is_podcast_url(f, page_url, p->item->path, "transcript"))
		return;
	/* One without times is in the form alone that does without. */
	bool has_times = p->item->n_untimed < p->item->n_cues;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct buf url = {0};
		if (forms[i].needs_times && !has_times)
			continue;
		buf_format(&url, "%s.%s", page_url, forms[i].ending);
		feed_xml_open(f->out, indent, "podcast:transcript");
		feed_xml_attribute(f->out, "url", url.p);
		feed_xml_attribute(f->out, "type", forms[i].type);
		feed_xml_attribute(f->out, "language", language);
		if (is_video && forms[i].is_caption)
			feed_xml_attribute(f->out, "rel", "captions");
		buf_text(f->out, "/>\n");
		buf_finish(&url);
	}
}

static void write_chapters(struct feed *f, struct feed_piece *p, const char *page_url, const char *indent)
{
	const struct document *d = feed_piece_parts(f, p);
	struct buf psc = {0};
	if (!feed_has_chapters(f, p))
		return;
	if (feed_is_podcast_url(f, page_url, p->item->path, "chapters")) {
		struct buf url = {0};
		buf_format(&url, "%s.chapters.json", page_url);
		feed_xml_open(f->out, indent, "podcast:chapters");
		feed_xml_attribute(f->out, "url", url.p);
		feed_xml_attribute(f->out, "type", "application/json+chapters");
		buf_text(f->out, "/>\n");
		buf_finish(&url);
	}
	export_chapters_psc(d->chapters, d->n_chapters, &psc);
	/* Without the declaration; the namespace is the feed's. */
	struct span rest = buf_view(&psc), line;
	span_next_line(&rest, &line);
	span_next_line(&rest, &line);
	buf_format(f->out, "%s<psc:chapters version=\"1.2\">\n", indent);
	while (span_next_line(&rest, &line))
		buf_format(f->out, "%s%.*s\n", indent, SPAN_ARG(line));
	buf_finish(&psc);
}

/* Podcasting 2.0's list of roles has no speaker; who gives a talk is the conference's guest. */
static const char *role_of(const char *role)
{
	return strcmp(role, "speaker") == 0 ? "guest" : *role ? role : NULL;
}

static void write_credits(struct feed *f, struct feed_piece *p, const char *indent)
{
	const struct document *d = feed_piece_parts(f, p);
	for (size_t i = 0; i < d->n_credits; i++) {
		const struct document_credit *c = &d->credits[i];
		char *slug = archive_person_slug(f->archive, p->item->id, c->name);
		feed_xml_open(f->out, indent, "podcast:person");
		feed_xml_attribute(f->out, "role", role_of(c->role));
		if (slug) {
			struct buf url = {0};
			buf_format(&url, "%s/people/", f->site->base_url);
			escape_url(&url, span_of(slug));
			if (feed_is_podcast_url(f, url.p, p->item->path, "person"))
				feed_xml_attribute(f->out, "href", url.p);
			buf_finish(&url);
		}
		feed_xml_close(f->out, "podcast:person", feed_says(c->name) ? c->name : c->ref);
		free(slug);
	}
}

static void write_season(struct feed *f, struct feed_piece *p, const char *indent)
{
	const struct archive_item *item = p->item;
	const struct document *d = feed_piece_parts(f, p);
	if (item->season > 0) {
		feed_xml_open(f->out, indent, "podcast:season");
		for (size_t i = 0; i < f->show.n_seasons; i++)
			if (f->show.seasons[i].number == item->season)
				feed_xml_attribute(f->out, "name", f->show.seasons[i].name);
		buf_format(f->out, ">%lld</podcast:season>\n", (long long)item->season);
	}
	if (*d->episode_decimal)
		feed_xml_element(f->out, indent, "podcast:episode", d->episode_decimal);
	else
		feed_xml_number(f->out, indent, "podcast:episode", item->episode);
}

static void write_soundbites(struct feed *f, struct feed_piece *p, const char *indent)
{
	const struct document *d = feed_piece_parts(f, p);
	for (size_t i = 0; i < d->n_soundbites; i++) {
		const struct document_soundbite *s = &d->soundbites[i];
		if (p->duration_ms > 0 && s->start_ms + s->duration_ms > p->duration_ms + 1000) {
			feed_report(f, p->item->path, "a soundbite at %lld s ends after the recording; the feed goes without it",
				(long long)s->start_ms / 1000);
			continue;
		}
		feed_xml_open(f->out, indent, "podcast:soundbite");
		buf_format(f->out, " startTime=\"%.1f\" duration=\"%.1f\"", (double)s->start_ms / 1000, (double)s->duration_ms / 1000);
		feed_xml_close(f->out, "podcast:soundbite", s->title);
	}
}

static void write_alternative(struct feed *f, const char *url, const char *type, const struct document_media *m)
{
	if (!feed_is_podcast_url(f, url, "media", "alternateEnclosure"))
		return;
	feed_xml_open(f->out, "\t\t\t", "podcast:alternateEnclosure");
	feed_xml_attribute(f->out, "type", type);
	if (strcmp(type, "application/x-mpegURL") == 0)
		buf_text(f->out, " length=\"0\"");
	if (m->bytes > 0)
		buf_format(f->out, " length=\"%lld\"", (long long)m->bytes);
	if (m->bytes > 0 && m->duration_ms > 0)
		buf_format(f->out, " bitrate=\"%lld\"", (long long)llround((double)m->bytes * 8000 / (double)m->duration_ms));
	if (m->height > 0)
		buf_format(f->out, " height=\"%d\"", m->height);
	feed_xml_attribute(f->out, "lang", m->language);
	buf_text(f->out, ">\n\t\t\t\t<podcast:source");
	feed_xml_attribute(f->out, "uri", url);
	buf_text(f->out, "/>\n\t\t\t</podcast:alternateEnclosure>\n");
}

void feed_write_podcast_item(struct feed *f, struct feed_piece *p, const char *indent)
{
	const struct document *d = feed_piece_parts(f, p);
	char *page_url = feed_item_url(f, p->item);
	write_transcripts(f, p, page_url, indent);
	write_chapters(f, p, page_url, indent);
	write_credits(f, p, indent);
	write_season(f, p, indent);
	write_soundbites(f, p, indent);
	write_location(f, indent, d->place, "subject", d->place_geo, d->place_osm, d->place_country);
	write_license(f, indent, p->item->path, p->item->license, NULL);
	if (*d->comments_protocol)
		feed_write_comments(f, indent, &(struct feed_comments){d->comments_protocol, d->comments, d->comments_account,
			d->comments_account_url, 0}, p->item->path);
	feed_write_picture(f, indent, NULL, p->artwork_url, p->item->path);
	feed_each_alternative(f, p, write_alternative);
	free(page_url);
}
