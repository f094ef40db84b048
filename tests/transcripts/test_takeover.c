/* A show that moves in: names that stay, pages and entries that read back as what was written.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "base/mem.h"
#include "base/yaml_tree.h"
#include "transcripts/takeover.h"

static struct takeover *read_feed(const char *items)
{
	struct takeover *t = takeover_create();
	struct takeover_links links;
	struct buf feed = {0};
	struct why why = {0};
	buf_format(&feed, "<rss version=\"2.0\"><channel><title>Bells</title><link>https://bells.example/</link>%s</channel></rss>", items);
	if (takeover_add(t, buf_view(&feed), "https://bells.example/feed.xml", NULL, &links, &why))
		fail_msg("%s", why.text);
	takeover_links_finish(&links);
	buf_finish(&feed);
	return t;
}

static const char *no_slug(void *data, const char *guid)
{
	(void)data, (void)guid;
	return NULL;
}

static bool never_taken(void *data, const char *slug)
{
	(void)data, (void)slug;
	return false;
}

static const struct takeover_known nothing = {no_slug, never_taken, NULL};

static const char *slug_of(const struct takeover *t, const char *guid)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->episodes[i]->guid, guid) == 0)
			return t->episodes[i]->slug;
	return "none";
}

#define ITEM(guid, title, link, day) "<item><guid>" guid "</guid><title>" title "</title><link>" link "</link><pubDate>" day \
	" Nov 2026 10:00:00 GMT</pubDate><enclosure url=\"https://bells.example/" guid ".mp3\" length=\"1\" type=\"audio/mpeg\"/></item>"

static void slugs_come_from_addresses_or_titles_and_stay(void **state)
{
	static const char old[] = ITEM("a", "Same title", "https://bells.example/?p=1", "1") ITEM("b", "Same title", "", "2")
		ITEM("c", "C", "https://bells.example/2026/the-tower.html", "3") ITEM("d", "Dee!", "https://bells.example/episodes/12", "4")
		ITEM("e", "&#1050;&#1086;&#1083;&#1086;&#1082;&#1086;&#1083;", "https://bells.example/all", "5") ITEM("f", "!!!",
		"https://bells.example/all", "6") ITEM("g", "G", "https://bells.example/caf%C3%A9-bells/", "7");
	static const char newer[] = ITEM("z", "Same title", "", "20");
	struct buf both = {0};
	(void)state;
	struct takeover *t = read_feed(old);
	takeover_name(t, &nothing);
	assert_string_equal(slug_of(t, "a"), "same-title");
	assert_string_equal(slug_of(t, "b"), "same-title-2");
	assert_string_equal(slug_of(t, "c"), "the-tower");
	assert_string_equal(slug_of(t, "d"), "dee");
	assert_string_equal(slug_of(t, "e"), "Колокол");
	assert_true(strncmp(slug_of(t, "f"), "episode-", 8) == 0);
	assert_string_equal(slug_of(t, "g"), "café-bells");
	/* What is newer stands above, and takes no name away. */
	buf_format(&both, "%s%s", newer, old);
	struct takeover *later = read_feed(both.p);
	takeover_name(later, &nothing);
	for (size_t i = 0; i < t->n; i++)
		assert_string_equal(slug_of(later, t->episodes[i]->guid), t->episodes[i]->slug);
	assert_string_equal(slug_of(later, "z"), "same-title-3");
	takeover_destroy(t);
	takeover_destroy(later);
	buf_finish(&both);
}

static void long_titles_are_cut_between_words(void **state)
{
	struct buf item = {0};
	(void)state;
	buf_text(&item, "<item><guid>l</guid><title>");
	for (int i = 0; i < 40; i++)
		buf_text(&item, i % 2 ? "glockenspiel " : "колокольня ");
	buf_text(&item, "</title><enclosure url=\"https://b.example/1.mp3\" length=\"1\" type=\"audio/mpeg\"/></item>");
	struct takeover *t = read_feed(item.p);
	takeover_name(t, &nothing);
	const char *slug = slug_of(t, "l");
	assert_in_range(strlen(slug), 40, 80);
	assert_true(strcmp(slug + strlen(slug) - 12, "glockenspiel") == 0 || strstr(slug, "колокольня"));
	char *file = takeover_file_name(slug, "l");
	for (const char *p = file; *p; p++)
		assert_true((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-');
	free(file);
	takeover_destroy(t);
	buf_finish(&item);
}

/* A page is read again as what it was written from, whatever the texts hold. */
static void pages_read_back_as_they_were_written(void **state)
{
	static const char *const pieces[] = {"a", "B ", ":", ": ", "#", " #", "-", "'", "\"", "\\", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">",
		"%", "@", "`", "true", "no", "~", "null", "1.5", "é", "я", "\xF0\x9F\x94\x94", "?", "---", "=", "0x1", "\xE2\x80\xA8", "\x7f"};
	uint32_t seed = 7;
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct takeover t = {.n = 0};
		struct document *d = document_create(DOCUMENT_EPISODE);
		struct buf text = {0}, page = {0};
		for (int i = 0; i < 6; i++) {
			seed = seed * 1664525u + 1013904223u;
			buf_text(&text, pieces[(seed >> 16) % COUNT_OF(pieces)]);
		}
		struct span value = span_trim(buf_view(&text));
		/* U+2028 counts as a blank at a text's end. */
		if (!value.n || span_starts(value, "\xE2\x80\xA8") || span_ends(value, "\xE2\x80\xA8"))
			goto next;
		document_set(&d->title, value);
		document_set(&d->guid, value);
		document_set(&d->place, value);
		document_add_tag(d, value);
		document_set(&document_add_credit(d)->name, value);
		struct document_chapter *c = document_add_chapter(d);
		document_set(&c->title, value);
		document_set(&d->media_file, SPAN_LITERAL("https://b.example/a?b=c,d"));
		struct document_media *m = document_add_media(d);
		document_set(&m->url, span_of(d->media_file));
		document_set(&m->type, SPAN_LITERAL("audio/mpeg"));
		d->media_bytes = 12;
		d->duration_ms = 61500;
		d->published_ms = 1793527200000;
		const struct takeover_page how = {.show = "bells"};
		takeover_write_page(&t, d, &how, &page);
		struct document *again = document_read("x.md", buf_view(&page), NULL);
		if (again->kind != DOCUMENT_EPISODE || strcmp(again->title, d->title) != 0)
			fail_msg("%s\n%s", again->reason, page.p);
		assert_string_equal(again->guid, d->guid);
		assert_string_equal(again->place, d->place);
		assert_int_equal(again->n_tags, 1);
		assert_string_equal(again->tags[0], d->tags[0]);
		assert_int_equal(again->n_credits, 1);
		assert_string_equal(again->credits[0].name, d->credits[0].name);
		assert_int_equal(again->n_chapters, 1);
		assert_string_equal(again->chapters[0].title, d->chapters[0].title);
		assert_string_equal(again->media_file, d->media_file);
		assert_string_equal(again->media[0].type, "audio/mpeg");
		assert_int_equal(again->media_bytes, 12);
		assert_int_equal(again->duration_ms, 61500);
		assert_true(again->published_ms == d->published_ms);
		document_destroy(again);
	next:
		document_destroy(d);
		buf_finish(&text);
		buf_finish(&page);
	}
}

static void the_shows_entry_is_yaml_that_says_the_same(void **state)
{
	(void)state;
	struct takeover *t = read_feed("<copyright>Ada: \"bells\" # &amp; co</copyright><podcast:funding xmlns:podcast=\"https://podcastindex.org/namespace/1.0\""
		" url=\"https://b.example/give?a=1,b\">Give, {please}</podcast:funding>" ITEM("a", "A", "", "1"));
	struct buf out = {0};
	struct why why = {0};
	takeover_assume_guid(t, "https://mp3s.nashownotes.com/pc20rss.xml");
	takeover_write_show(t, "bells", "media/art.png", &out);
	struct yaml *root = yaml_parse(buf_view(&out), 1, &why);
	if (!root)
		fail_msg("%s\n%s", why.text, out.p);
	const struct yaml *show = root->items[0];
	assert_true(span_is(yaml_text(yaml_get(show, "copyright")), "Ada: \"bells\" # & co"));
	assert_true(span_is(yaml_text(yaml_get(show, "image")), "media/art.png"));
	/* The specification's own example. */
	assert_true(span_is(yaml_text(yaml_get(show, "guid")), "917393e3-1b1e-5cef-ace4-edaa54e1f810"));
	assert_true(span_is(yaml_text(yaml_get(yaml_get(show, "funding")->items[0], "label")), "Give, {please}"));
	yaml_delete(root);
	buf_finish(&out);
	takeover_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slugs_come_from_addresses_or_titles_and_stay),
		cmocka_unit_test(long_titles_are_cut_between_words),
		cmocka_unit_test(pages_read_back_as_they_were_written),
		cmocka_unit_test(the_shows_entry_is_yaml_that_says_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
