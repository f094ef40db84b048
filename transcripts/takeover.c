/* SPDX-License-Identifier: MIT */
#include "transcripts/takeover.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "transcripts/html_markdown.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_url.h"
#include "transcripts/takeover_parts.h"

struct takeover *takeover_create(void)
{
	struct takeover *t = mem_new(1, sizeof *t);
	t->feed_url = mem_strdup("");
	t->other_categories = mem_strdup("");
	return t;
}

void takeover_destroy(struct takeover *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		document_destroy(t->episodes[i]);
	for (size_t i = 0; i < t->_n_owned; i++)
		free(t->_owned[i]);
	for (size_t i = 0; i < t->_n_lists; i++)
		free(t->_lists[i]);
	free(t->episodes);
	free(t->_owned);
	free(t->_lists);
	free(t->feed_url);
	free(t->other_categories);
	free(t);
}

void takeover_links_finish(struct takeover_links *links)
{
	free(links->next);
	free(links->previous);
	free(links->moved_to);
	*links = (struct takeover_links){0};
}

const char *takeover_keep(struct takeover *t, char *text)
{
	if (!text || !*text) {
		free(text);
		return NULL;
	}
	t->_owned = mem_grow(t->_owned, t->_n_owned + 1, sizeof *t->_owned);
	return t->_owned[t->_n_owned++] = text;
}

char *takeover_address(struct span base, const char *url)
{
	struct buf out = {0};
	buf_text(&out, "");
	if (!planet_url_resolve(&out, base, span_of(url)) || !planet_url_is_safe(buf_view(&out), false))
		buf_clear(&out);
	buf_text(&out, "");
	return buf_take(&out);
}

/* ---- an episode ---- */

static void make_absolute(char **url, struct span base)
{
	char *whole = takeover_address(base, *url);
	free(*url);
	*url = whole;
}

static void make_markdown(struct document *d, struct span base)
{
	struct buf notes = {0}, text = {0};
	struct span own = span_of(*d->page_url ? d->page_url : "");
	if (planet_looks_like_html(span_of(d->notes)))
		html_to_markdown(&notes, span_of(d->notes), own.n ? own : base);
	else
		text_to_markdown(&notes, span_of(d->notes));
	document_set(&d->notes, buf_view(&notes));
	/* The shorter text is one for lists of results, without markup. */
	planet_html_to_text(&text, span_of(d->description));
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n' || text.p[i] == '\t')
			text.p[i] = ' ';
	document_set(&d->description, span_trim(buf_view(&text)));
	buf_finish(&notes);
	buf_finish(&text);
}

static void make_whole(struct document *d, struct span base)
{
	make_absolute(&d->page_url, base);
	make_absolute(&d->image, base);
	for (size_t i = 0; i < d->n_media; i++)
		make_absolute(&d->media[i].url, base);
	for (size_t i = 0; i < d->n_companions; i++)
		make_absolute(&d->companions[i].url, base);
	for (size_t i = 0; i < d->n_links; i++)
		make_absolute(&d->links[i].url, base);
	for (size_t i = 0; i < d->n_chapters; i++) {
		make_absolute(&d->chapters[i].url, base);
		make_absolute(&d->chapters[i].image, base);
	}
	document_set(&d->media_file, span_of(d->n_media ? d->media[0].url : ""));
}

static struct document *find_guid(const struct takeover *t, const char *guid)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->episodes[i]->guid, guid) == 0)
			return t->episodes[i];
	return NULL;
}

static void tell(const struct dialect_faults *faults, const struct document *d, const char *text)
{
	struct buf line = {0};
	buf_format(&line, "'%s': %s", *d->title ? d->title : d->guid, text);
	if (faults && faults->fault)
		faults->fault(faults->data, d->notes_line, line.p);
	buf_finish(&line);
}

/* True: it is taken over, and d is the takeover's. */
static bool take_episode(struct takeover *t, struct document *d, struct span base, const struct dialect_faults *faults)
{
	make_whole(d, base);
	if (!*d->media_file) {
		t->n_without_recording++;
		tell(faults, d, "it has no recording with an http address, so it is no episode; it was left out");
		return false;
	}
	/* The reader leaves the GUID away where it stood before in the same document. */
	bool is_repeated = !*d->guid;
	struct document *same = is_repeated ? NULL : find_guid(t, d->guid);
	if (same && strcmp(same->media_file, d->media_file) == 0) {
		t->n_doubles++; /* pages overlap */
		return false;
	}
	if (is_repeated || same) {
		if (find_guid(t, d->media_file)) {
			t->n_doubles++;
			return false;
		}
		document_set(&d->guid, span_of(d->media_file));
		tell(faults, d, "its GUID is another item's; its recording's address stands for it");
	} else if (strcmp(d->guid, d->media_file) == 0) {
		t->n_without_guid++;
	}
	for (size_t i = 0; is_repeated && i < t->n; i++)
		if (strcmp(t->episodes[i]->media_file, d->media_file) == 0) {
			t->n_doubles++;
			return false;
		}
	if (d->published_ms == INT64_MIN)
		tell(faults, d, "it has no date that can be read; give its page one, else the feed has that of its first publication");
	make_markdown(d, base);
	if ((t->n & (t->n - 1)) == 0)
		t->episodes = mem_grow(t->episodes, t->n ? t->n * 2 : 1, sizeof *t->episodes);
	t->episodes[t->n++] = d;
	return true;
}

static void take_episodes(struct takeover *t, struct collection *c, struct span base, const struct dialect_faults *faults)
{
	for (size_t i = 0; i < c->n_documents && t->n < TAKEOVER_EPISODES; i++)
		if (take_episode(t, c->documents[i], base, faults))
			c->documents[i] = NULL;
}

/* ---- where it leads ---- */

static void set_link(char **field, struct span base, char *url)
{
	if (!*field && *url)
		*field = takeover_address(base, url);
	free(url);
}

static void read_links(struct takeover_links *links, const xmlNode *channel, struct span base)
{
	for (const xmlNode *node = xml_child(channel, "atom:link"); node; node = xml_next(node, "atom:link")) {
		char *rel = xml_attribute(node, "rel");
		if (span_equal_nocase(span_of(rel), SPAN_LITERAL("next")))
			set_link(&links->next, base, xml_attribute(node, "href"));
		else if (span_equal_nocase(span_of(rel), SPAN_LITERAL("prev-archive")))
			set_link(&links->previous, base, xml_attribute(node, "href"));
		free(rel);
	}
	set_link(&links->moved_to, base, xml_content(xml_child(channel, "itunes:new-feed-url")));
}

static void fill_links(struct takeover_links *links)
{
	char **const all[] = {&links->next, &links->previous, &links->moved_to};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (!*all[i])
			*all[i] = mem_strdup("");
}

/* ---- a document ---- */

/* Relative addresses are seen from where the feed is; a file knows that from its own link to itself. */
static struct span base_of(const struct collection *c, const char *url)
{
	if (*url || !c->show)
		return span_of(url);
	return span_of(*c->show->feed_url ? c->show->feed_url : c->show->url);
}

static void read_head_json(struct takeover *t, struct takeover_links *links, const struct collection *c, struct span text,
	struct span base)
{
	struct why why;
	cJSON *json = json_parse(text, &why);
	char *next = span_dup(json_string(json_get(json, "next_url")));
	set_link(&links->next, base, next);
	if (!t->_has_show)
		takeover_read_show(t, c->show, NULL, base);
	cJSON_Delete(json);
}

static void read_head_xml(struct takeover *t, struct takeover_links *links, const struct collection *c, struct span bytes,
	struct span base)
{
	struct xml_tree tree;
	struct why why;
	/* It was read once already: its faults are told. */
	if (xml_tree_read(&tree, bytes, NULL, &why) == OK) {
		const xmlNode *channel = xml_child(tree.root, "channel");
		channel = channel ? channel : tree.root;
		read_links(links, channel, base);
		if (!t->_has_show)
			takeover_read_show(t, c->show, channel, base);
	}
	xml_tree_finish(&tree);
}

static const char *kind_of(const struct collection *c)
{
	return c ? c->reason : "it is neither XML nor JSON";
}

enum err takeover_add(struct takeover *t, struct span bytes, const char *url, const struct dialect_faults *faults,
	struct takeover_links *links, struct why *why)
{
	struct collection *c = collection_read("feed", bytes, faults);
	bool is_json = c && strcmp(c->dialect->label, "feed-json") == 0;
	bool is_feed = c && (is_json || strcmp(c->dialect->label, "feed") == 0);
	enum err e = OK;
	*links = (struct takeover_links){0};
	if (!is_feed || c->decline || !c->show) {
		e = why_set(why, E_FORMAT, "it is no feed (%.120s); name the address of the show's RSS feed",
			c && c->decline ? c->decline : kind_of(c));
	} else {
		struct span base = base_of(c, url);
		char *own = mem_strdup(base.p);
		if (is_json)
			read_head_json(t, links, c, bytes, span_of(own));
		else
			read_head_xml(t, links, c, bytes, span_of(own));
		take_episodes(t, c, span_of(own), faults);
		free(own);
	}
	fill_links(links);
	collection_destroy(c);
	return e;
}
