/* feed_community.c - the channel's tags of Podcasting 2.0 that lead to people: chat, comments, who publishes, who is paid;
 * and its pictures.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "transcripts/feed_artwork.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

#define INDENT "\t\t"

static void number(struct feed *f, const char *name, double value)
{
	if (value > 0)
		buf_format(f->out, " %s=\"%.10g\"", name, value);
}

static void write_chat(struct feed *f)
{
	const struct feed_chat *chat = &f->show.chat;
	if (!feed_says(chat->server))
		return;
	feed_xml_open(f->out, INDENT, "podcast:chat");
	feed_xml_attribute(f->out, "server", chat->server);
	feed_xml_attribute(f->out, "protocol", chat->protocol);
	feed_xml_attribute(f->out, "accountId", chat->account);
	feed_xml_attribute(f->out, "space", chat->space);
	buf_text(f->out, "/>\n");
}

void feed_write_comments(struct feed *f, const char *indent, const struct feed_comments *x, const char *path)
{
	bool is_off = strcmp(x->protocol, "disabled") == 0;
	if (!is_off && !feed_is_podcast_url(f, x->url, path, "comments"))
		return;
	feed_xml_open(f->out, indent, "podcast:socialInteract");
	feed_xml_attribute(f->out, "protocol", x->protocol);
	if (!is_off) {
		feed_xml_attribute(f->out, "uri", x->url);
		feed_xml_attribute(f->out, "accountId", x->account);
		if (feed_says(x->account_url) && feed_is_podcast_url(f, x->account_url, path, "account_url of comments"))
			feed_xml_attribute(f->out, "accountUrl", x->account_url);
		number(f, "priority", x->priority);
	}
	buf_text(f->out, "/>\n");
}

static void write_publisher(struct feed *f)
{
	const struct feed_remote *x = &f->show.publisher;
	char made[37];
	if (!feed_says(x->guid) && !feed_says(x->url))
		return;
	feed_podcast_guid(feed_says(x->url) ? x->url : "", made);
	buf_text(f->out, INDENT "<podcast:publisher>\n");
	feed_xml_open(f->out, INDENT "\t", "podcast:remoteItem");
	feed_xml_attribute(f->out, "medium", "publisher");
	feed_xml_attribute(f->out, "feedGuid", feed_says(x->guid) ? x->guid : made);
	if (feed_says(x->url) && feed_is_podcast_url(f, x->url, "carillon.yaml", "publisher"))
		feed_xml_attribute(f->out, "feedUrl", x->url);
	feed_xml_attribute(f->out, "title", x->title);
	buf_text(f->out, "/>\n" INDENT "</podcast:publisher>\n");
}

static void write_value(struct feed *f)
{
	const struct feed_show *s = &f->show;
	if (!feed_says(s->value_type) || !s->n_recipients)
		return;
	feed_xml_open(f->out, INDENT, "podcast:value");
	feed_xml_attribute(f->out, "type", s->value_type);
	feed_xml_attribute(f->out, "method", s->value_method);
	feed_xml_attribute(f->out, "suggested", s->value_suggested);
	buf_text(f->out, ">\n");
	for (size_t i = 0; i < s->n_recipients; i++) {
		const struct feed_recipient *x = &s->recipients[i];
		feed_xml_open(f->out, INDENT "\t", "podcast:valueRecipient");
		feed_xml_attribute(f->out, "name", x->name);
		feed_xml_attribute(f->out, "type", x->type);
		feed_xml_attribute(f->out, "address", x->address);
		feed_xml_attribute(f->out, "customKey", x->custom_key);
		feed_xml_attribute(f->out, "customValue", x->custom_value);
		number(f, "split", x->split);
		if (x->fee)
			buf_text(f->out, " fee=\"true\"");
		buf_text(f->out, "/>\n");
	}
	buf_text(f->out, INDENT "</podcast:value>\n");
}

void feed_write_picture(struct feed *f, const char *indent, const char *file, const char *url, const char *path)
{
	struct feed_artwork artwork = {0};
	if (!feed_says(url) || !feed_is_podcast_url(f, url, path, "image"))
		return;
	bool is_known = file && feed_artwork_read(file, &artwork, NULL) == OK;
	feed_xml_open(f->out, indent, "podcast:image");
	feed_xml_attribute(f->out, "href", url);
	if (is_known && artwork.width) {
		buf_format(f->out, " width=\"%u\" height=\"%u\"", artwork.width, artwork.height);
		if (artwork.width == artwork.height)
			feed_xml_attribute(f->out, "aspect-ratio", "1/1");
	}
	if (is_known)
		feed_xml_attribute(f->out, "type", artwork.type);
	feed_xml_attribute(f->out, "purpose", "artwork");
	buf_text(f->out, "/>\n");
}

void feed_write_community(struct feed *f)
{
	feed_write_picture(f, INDENT, f->artwork, f->image_url, "carillon.yaml");
	write_chat(f);
	for (size_t i = 0; i < f->show.n_comments; i++)
		feed_write_comments(f, INDENT, &f->show.comments[i], "carillon.yaml");
	write_publisher(f);
	write_value(f);
	if (f->show.uses_podping)
		buf_text(f->out, INDENT "<podcast:podping usesPodping=\"true\"/>\n");
}
