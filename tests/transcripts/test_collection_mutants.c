/* Whatever somebody's editor, export or malice makes of a file of records: no crash, no hang, the same answer twice,
 * and
 * nothing in it that a page or a feed can't hold.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include "tests/base/processor_time.h"
#include "transcripts/schedule_export.h"

enum { MUTANTS = 5000 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bytes that mean something to one format or another. */
static const char *const tokens[] = {"\"", "\\", "{", "}", "[", "]", ":", ",", "null", "true", "-1", "1e999",
	"99999999999999999999", "0.5", "\"\"",
	"\\u0000", "\\ud800", "<", ">", "</", "/>", "&", "&amp;", "&#0;", "&#x110000;", "&lt;", "&nosuch;", "<![CDATA[",
		"]]>", "<!--", "-->", "<?", "?>",
	"<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!ENTITY b '&a;'>", "&a;", "'", "=", " xmlns='x'", " xmlns:itunes='y'", "\n", "\r",
		"\t", "\0", "\xEF\xBB\xBF",
	"\xFF\xFE", "\xC2", "\xE2\x80\x8B", "\xED\xA0\x80", "<item>", "</item>", "<entry>", "</channel>", "2004-02-30",
		"25:61", "PT99H", "00:00:00",
	"1:2:3:4", "//", "http://", "encoding='utf-16'", "encoding='bogus'", "+99:99"};

static void mutate(struct buf *b, uint32_t *seed)
{
	for (uint32_t k = 1 + next_random(seed) % 8; k > 0 && b->n > 0; k--) {
		size_t at = next_random(seed) % b->n, n;
		switch (next_random(seed) % 6) {
		case 0:
			b->p[at] = (char)next_random(seed);
			break;
		case 1: /* cut a piece out */
			n = 1 + next_random(seed) % 40;
			n = n > b->n - at ? b->n - at : n;
			memmove(b->p + at, b->p + at + n, b->n - at - n);
			b->n -= n;
			break;
		case 2:
		case 3: { /* put a token in */
			const char *token = tokens[next_random(seed) % COUNT_OF(tokens)];
			n = *token ? strlen(token) : 1;
			buf_reserve(b, n);
			memmove(b->p + at + n, b->p + at, b->n - at);
			memcpy(b->p + at, token, n);
			b->n += n;
			break;
		}
		case 4: { /* double a piece */
			n = next_random(seed) % 120;
			n = n > b->n - at ? b->n - at : n;
			char *piece = span_dup(span_make(b->p + at, n));
			buf_add(b, piece, n);
			free(piece);
			break;
		}
		default:
			if (next_random(seed) % 4 == 0)
				b->n = at; /* a copy that was broken off */
		}
	}
}

static void digest(const struct read_result *r, struct buf *out)
{
	buf_span(out, buf_view(&r->faults.all));
	if (!r->c)
		return;
	buf_format(out, "%s %s %zu %zu %zu %zu\n", r->c->dialect->label, r->c->reason, r->c->n_documents, r->c->n_conferences,
		r->c->n_persons,
		r->c->n_subscriptions);
	for (size_t i = 0; i < r->c->n_documents; i++) {
		const struct document *d = r->c->documents[i];
		buf_format(out, "%s|%s|%s|%s|%lld|%lld|%s|%zu %zu %zu\n", d->title, d->slug, d->guid, d->notes,
			(long long)d->published_ms,
			(long long)d->duration_ms, d->media_file, d->n_credits, d->n_links, d->n_media);
	}
}

/* What came in as a schedule goes out as one. */
static void check_export(const struct collection *c)
{
	struct buf xml = {0};
	size_t n_left;
	if (!c->n_conferences)
		return;
	if (schedule_write_xml(&c->conferences[0], (const struct document *const *)c->documents, c->n_documents, "1", &xml,
		&n_left) == OK) {
		struct read_result again = read_as("s.xml", xml.p, "schedule-xml");
		assert_int_equal(again.c->n_documents, c->n_documents - n_left);
		finish_result(&again);
	}
	buf_finish(&xml);
}

static void read_twice(const char *path, struct span bytes, bool exports)
{
	struct buf digests[2] = {{0}};
	for (int i = 0; i < 2; i++) {
		struct read_result r = read_collection(path, bytes);
		if (r.c) {
			assert_sound(r.c);
			if (exports && i == 0)
				check_export(r.c);
		}
		digest(&r, &digests[i]);
		finish_result(&r);
	}
	assert_int_equal(digests[0].n, digests[1].n);
	if (digests[0].n)
		assert_memory_equal(digests[0].p, digests[1].p, digests[0].n);
	buf_finish(&digests[0]);
	buf_finish(&digests[1]);
}

/* As a kind that somebody says it is, rightly or not. */
static void read_as_told(const char *path, struct span bytes, size_t any)
{
	size_t n = 0;
	while (collection_dialect_at(n))
		n++;
	const char *label = collection_dialect_at(any % n)->label;
	struct read_result r;
	struct dialect_faults faults = recorder(&r.faults);
	r.c = collection_read_as(path, bytes, span_of(label), "it was said so", &faults);
	if (r.c) {
		assert_true(strcmp(r.c->dialect->label, label) == 0 || r.c->decline);
		assert_sound(r.c);
	}
	finish_result(&r);
}

static void mutants_of(const char *path, const char *text, uint32_t seed, bool exports)
{
	int64_t slowest = 0;
	read_twice(path, span_of(text), exports);
	for (int i = 0; i < MUTANTS; i++) {
		struct buf mutant = {0};
		buf_text(&mutant, text);
		mutate(&mutant, &seed);
		int64_t start = processor_us();
		read_twice(path, buf_view(&mutant), exports);
		read_as_told(path, buf_view(&mutant), (size_t)i);
		int64_t took = processor_us() - start;
		slowest = took > slowest ? took : slowest;
		buf_finish(&mutant);
	}
	assert_true(slowest < 10000000);
}

static void mutants_of_pyvideo_are_harmless(void **state)
{
	(void)state;
	mutants_of("c/videos/x.json", "{\"title\":\"On bells\",\"speakers\":[\"Ada\",\"\"],\"recorded\":\"2017-05-20\","
		"\"description\":\"Long\\r\\ntext\","
		"\"language\":\"deu\",\"duration\":1800.5,\"tags\":[\"bells\"],\"related_urls\":[\"https://example.org/a\","
			"{\"label\":\"S\",\"url\":\"u\"}],"
		"\"slug\":\"About_Bells\",\"copyright_text\":null,\"videos\":[{\"type\":\"youtube\","
			"\"url\":\"http://youtu.be/abc-_fghijk\",\"length\":1801}]}", 1, false);
}

static void mutants_of_code_and_talk_are_harmless(void **state)
{
	(void)state;
	mutants_of("podcasts/x.json", "[{\"ep\":\"1\",\"title\":\"One\",\"permalink\":\"https://example.org/1\","
		"\"date\":\"2016-01-01\",\"guests\":[\"ada\"],"
		"\"hosts\":[\"bob\"],\"keywords\":[\"k\"]},{\"ep\":2,\"title\":\"One\",\"permalink\":\"p\",\"hosts\":[]}]", 2, false);
	mutants_of("people/ada.json", "{\"name\":\"Ada Bell\",\"twitter\":\"ada\",\"github\":\"a\",\"home\":\"\","
		"\"country\":\"Belgium\",\"topics\":[]}", 3, false);
	mutants_of("events/x.json", "{\"name\":\"Bells\",\"event_start\":\"2016-09-17\",\"event_end\":\"2016-09-18\","
		"\"website\":\"u\",\"languages\":[\"English\"],"
		"\"location\":{\"city\":\"Ghent\",\"country\":\"Belgium\",\"state\":\"\"},\"tags\":[]}", 4, false);
}

static void mutants_of_media_ccc_de_are_harmless(void **state)
{
	(void)state;
	mutants_of("c.json", "{\"acronym\":\"bells24\",\"title\":\"B\",\"aspect_ratio\":\"16:9\",\"events\":[{\"guid\":\"g\","
		"\"title\":\"T\",\"slug\":\"s\",\"persons\":[\"Ada\"],"
		"\"date\":\"2024-12-27T11:00:00.000+01:00\",\"length\":1801,\"original_language\":\"deu\","
			"\"conference_url\":\"https://x/c/bells24\",\"recordings\":["
		"{\"mime_type\":\"video/mp4\",\"language\":\"deu-eng\",\"length\":5,\"height\":720,"
			"\"recording_url\":\"https://x/b.mp4\"}]}]}", 5, true);
}

static void mutants_of_schedules_in_json_are_harmless(void **state)
{
	(void)state;
	mutants_of("s.json", "{\"schedule\":{\"base_url\":\"https://example.org/b/\",\"conference\":{\"acronym\":\"bells\","
		"\"title\":\"Bells\",\"days\":[{\"index\":1,"
		"\"date\":\"2019-08-21\",\"day_start\":\"2019-08-21T09:00:00+02:00\",\"rooms\":{\"Curie\":[{\"guid\":\"g\",\"id\":7,"
			"\"title\":\"T\",\"start\":\"11:00\","
		"\"duration\":\"00:30\",\"do_not_record\":false,\"persons\":[{\"public_name\":\"Ada\"}],"
			"\"links\":[{\"url\":\"/l\"}],\"abstract\":\"A\"}]}}]}}}", 6, true);
}

static void mutants_of_schedules_in_xml_are_harmless(void **state)
{
	(void)state;
	mutants_of("s.xml", "<?xml version='1.0' encoding='utf-8'?>\n<schedule><conference><acronym>bells</acronym><title>B "
		"&amp; B</title></conference>\n"
		"<day date='2013-08-24' index='1'><room name='HS1'><event guid='g' id='1'><start>09:30</start><duration>"
			"01:00</duration><title>M</title>"
		"<abstract>A</abstract><persons><person id='1'>Ada</person></persons><links><link "
			"href='u'>l</link></links><recording><optout>true</optout>"
		"</recording></event></room></day></schedule>", 7, true);
}

static void mutants_of_rss_are_harmless(void **state)
{
	(void)state;
	mutants_of("f.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE rss [<!ENTITY tower 'Tower'>]>\n<rss "
		"version=\"2.0\" "
		"xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" "
			"xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel><title>&tower; B</title>"
		"<item><title>One</title><guid isPermaLink=\"false\">g</guid><pubDate>Wed, 15 Jun 2022 19:00:00 "
			"+0200</pubDate><enclosure url=\"https://x/1.mp3\" "
		"length=\"12\" type=\"audio/mpeg\"/><itunes:duration>1:02:03</itunes:duration><description><![CDATA[<p>x</p>]]>"
			"</description>"
		"<podcast:soundbite startTime=\"7\" duration=\"6\">D</podcast:soundbite><podcast:person "
			"role=\"guest\">Cid</podcast:person></item></channel></rss>", 8, false);
}

static void mutants_of_atom_are_harmless(void **state)
{
	(void)state;
	mutants_of("f.xml", "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://example.org/b/' "
		"xml:lang='de'><title type='html'>A &lt;i>c&lt;/i></title>"
		"<entry><title>E</title><id>urn:1</id><link href='1.html'/><link rel='enclosure' href='1.mp3' "
			"length='7'/><updated>2017-12-13T18:30:02Z</updated>"
		"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>F <b>t</b></p></div></content><category "
			"term='t'/></entry></feed>", 9, false);
}

static void mutants_of_json_feed_are_harmless(void **state)
{
	(void)state;
	mutants_of("f.json", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"B\",\"home_page_url\":\"u\","
		"\"authors\":[{\"name\":\"Ada\"}],\"items\":[{\"id\":7,"
		"\"url\":\"https://x/1\",\"title\":\"One\",\"content_html\":\"<p>x</p>\","
			"\"date_published\":\"2019-10-12T07:20:50.52Z\",\"attachments\":[{\"url\":\"u.mp3\","
		"\"mime_type\":\"audio/mpeg\",\"size_in_bytes\":5,\"duration_in_seconds\":61.5}]}]}", 10, false);
}

static void mutants_of_lists_of_feeds_are_harmless(void **state)
{
	(void)state;
	mutants_of("l.opml", "<?xml version='1.0'?>\n<opml version='1.1'><body><outline text='Tech'><outline type='rss' "
		"text='A \"b\" c' xmlUrl='https://a/feed' "
		"htmlUrl='https://a'/></outline></body></opml>", 11, false);
	mutants_of("p.ini", "[Planet]\nname = P\n\n[https://a.example/feed]\nname = Ada\n[bob]\ntitle = Bob\nfeed = "
		"https://b.example/feed\n", 12, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants_of_pyvideo_are_harmless),
		cmocka_unit_test(mutants_of_code_and_talk_are_harmless),
		cmocka_unit_test(mutants_of_media_ccc_de_are_harmless),
		cmocka_unit_test(mutants_of_schedules_in_json_are_harmless),
		cmocka_unit_test(mutants_of_schedules_in_xml_are_harmless),
		cmocka_unit_test(mutants_of_rss_are_harmless),
		cmocka_unit_test(mutants_of_atom_are_harmless),
		cmocka_unit_test(mutants_of_json_feed_are_harmless),
		cmocka_unit_test(mutants_of_lists_of_feeds_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
