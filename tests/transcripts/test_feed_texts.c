/* What is written in a feed comes back as it was, whatever it is made of.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/feed_help.h"

static void notes_over_the_gate_come_as_text_and_whole_words(void **state)
{
	(void)state;
	struct buf notes = {0};
	for (int i = 0; i < 15000; i++)
		buf_text(&notes, "words & ");
	put(&(struct given){.slug = "one", .media = "one.mp3", .date = "2026-01-01", .notes = notes.p});
	write_feed(&whole_show);
	char *description = value("string(//item/description)");
	assert_true(strlen(description) <= 4000 && strlen(description) > 3900);
	assert_int_equal(strncmp(description, "<p>words &amp; words", 20), 0);
	xmlFree(description);
	buf_finish(&notes);
}

static struct buf random_text(uint32_t *seed)
{
	static const char *const parts[] = {"a", "b ", "]]>", "<", ">", "&", "\"", "'", "\x01", "\x0b", "\x7f", "\t", "\n",
		"\r", "\xff", "\xc3", "\xed\xa0\x80", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\x94\x94", "\xc3\xa9", "&amp;",
		"<![CDATA[", "<!--", "%s", "\xe2\x80\xa8"};
	struct buf out = {0};
	buf_text(&out, "x");
	for (size_t k = 0; k < 12; k++) {
		*seed = *seed * 1664525 + 1013904223;
		buf_text(&out, parts[(*seed >> 16) % COUNT_OF(parts)]);
	}
	buf_text(&out, "y");
	return out;
}

/* What an XML document can say of a text: without what XML forbids, broken bytes as U+FFFD. */
static char *sayable(struct span s)
{
	struct buf out = {0};
	while (s.n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if ((c >= 0x20 || c == '\t' || c == '\n' || c == '\r') && c != 0x7F && c != 0xFFFE && c != 0xFFFF)
			utf8_append(&out, c);
		s = span_from(s, n);
	}
	return buf_take(&out);
}

/* The n items below parent have these titles; they have one date, and so are sorted by slug. */
static void check_titles(xmlNode *parent, const char *element, char **titles, int n)
{
	int found = 0;
	for (xmlNode *node = parent->children; node; node = node->next) {
		if (strcmp((const char *)node->name, element) != 0)
			continue;
		for (xmlNode *child = node->children; child; child = child->next) {
			if (strcmp((const char *)child->name, "title") != 0)
				continue;
			xmlChar *got = xmlNodeGetContent(child);
			assert_string_equal((char *)got, titles[found]);
			xmlFree(got);
		}
		found++;
	}
	assert_int_equal(found, n);
}

static void two_thousand_random_texts_come_back_as_they_were(void **state)
{
	(void)state;
	enum { N = 2000 };
	char **titles = mem_new(N, sizeof *titles);
	uint32_t seed = 7;
	assert_int_equal(archive_begin(site.archive, NULL), OK);
	for (int i = 0; i < N; i++) {
		char slug[16], media[48];
		snprintf(slug, sizeof slug, "e%04d", i);
		snprintf(media, sizeof media, "https://example.net/%d.mp3", i);
		struct buf random = random_text(&seed);
		titles[i] = sayable(buf_view(&random));
		put(&(struct given){.slug = slug, .title = random.p, .media = media, .media_bytes = 1, .date = "2026-01-01",
			.description = random.p, .guid = i % 2 ? NULL : slug, .notes = i % 3 ? NULL : random.p});
		buf_finish(&random);
	}
	assert_int_equal(archive_commit(site.archive, NULL), OK);
	struct feed_show long_one = whole_show;
	long_one.page_items = N;
	write_feed(&long_one);
	xmlNode *channel = xmlDocGetRootElement(site.doc)->children;
	while (strcmp((const char *)channel->name, "channel") != 0)
		channel = channel->next;
	check_titles(channel, "item", titles, N);
	write_form(&long_one, FEED_ATOM);
	check_titles(xmlDocGetRootElement(site.doc), "entry", titles, N);
	write_form(&long_one, FEED_JSON);
	cJSON *json = json_parse(buf_view(&site.feed), NULL);
	assert_non_null(json);
	assert_int_equal(cJSON_GetArraySize(json_get(json, "items")), N);
	cJSON_Delete(json);
	for (int i = 0; i < N; i++)
		free(titles[i]);
	free(titles);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		ON_A_SITE(notes_over_the_gate_come_as_text_and_whole_words),
		ON_A_SITE(two_thousand_random_texts_come_back_as_they_were),
	};
	return cmocka_run_group_tests_name("feed_texts", tests, NULL, NULL);
}
