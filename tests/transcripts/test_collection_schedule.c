/* Schedules in XML and JSON, media.ccc.de's JSON, and our own schedule.xml.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include "base/clock.h"
#include "transcripts/schedule_export.h"

static int64_t at(const char *iso)
{
	int64_t ms;
	assert_int_equal(time_parse(span_of(iso), &ms), OK);
	return ms;
}

static const char modern[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<schedule>\n<version>1</version>"
	"\n<conference><acronym>bells24</acronym>"
	"<title>Bells 2024</title><start>2024-12-27T09:30:00+00:00</start><end>2024-12-30</end><base_url>"
		"https://example.org/b/</base_url>"
	"</conference>\n<day date=\"2024-12-27\" start=\"2024-12-27T09:30:00+00:00\" end=\"2024-12-28T06:00:00+01:00\" "
		"index=\"1\">\n"
	"<room name=\"Tower\" guid=\"ba692ba3-421b-5371-8309-60acc34a3c05\">\n"
	"<event guid=\"270fa44c-821a-577f-8ca3-33e8d4a8c2a7\" id=\"2\"><date>2024-12-27T10:30:00+01:00</date><start>"
		"10:30</start>"
	"<duration>00:30</duration><room>Tower</room><slug>bells24-opening</slug><url>/talk/opening</url><title>"
		"Opening</title>"
	"<subtitle>A start</subtitle><language>en</language><track>Sound</track><type>lecture</type><abstract>"
		"Short.</abstract>"
	"<description>Long &amp; more.</description><logo/><persons><person id=\"1\">Ada</person><person "
		"guid=\"0c16ffaa-709d-599f-959f-9a38b911361a\""
	">Bob</person></persons><links><link href=\"https://example.org/x\">X</link><link href=\"//example.org/y\"/></links>"
	"<recording><license>CC0</license><optout>false</optout><url>https://example.org/v.webm</url></recording></event>\n"
	"<event guid=\"2abc31f7-32f9-5025-8b7c-97a4f67f7750\" id=\"3\"><start>00:30</start><duration>1:15</duration><room>"
		"Tower</room>"
	"<title>Night bells</title><subtitle/><persons/><recording><license/><optout>true</optout><url>"
		"https://example.org/n.webm</url></recording>"
	"<video_download_url>https://example.org/n.webm</video_download_url></event>\n</room>\n</day>\n</schedule>\n";

static void a_schedule_is_a_conference_and_its_talks(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.xml", modern, "schedule-xml");
	assert_int_equal(r.faults.n, 0);
	const struct conference *c = &r.c->conferences[0];
	assert_string_equal(c->name, "bells24");
	assert_string_equal(c->title, "Bells 2024");
	assert_string_equal(c->url, "https://example.org/b/");
	assert_int_equal(c->start_ms, at("2024-12-27T09:30:00Z"));
	assert_int_equal(r.c->n_documents, 2);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "270fa44c-821a-577f-8ca3-33e8d4a8c2a7");
	assert_string_equal(d->conference, "bells24");
	assert_string_equal(d->slug, "bells24-opening");
	assert_int_equal(d->published_ms, at("2024-12-27T09:30:00Z"));
	assert_int_equal(d->duration_ms, 1800000);
	assert_string_equal(d->room, "Tower");
	assert_string_equal(d->track, "Sound");
	assert_string_equal(d->session, "lecture");
	assert_string_equal(d->language, "en");
	assert_string_equal(d->description, "A start");
	assert_string_equal(d->notes, "Short.\n\nLong & more.");
	assert_string_equal(d->page_url, "https://example.org/talk/opening");
	assert_string_equal(d->license, "CC0");
	assert_int_equal(d->n_credits, 2);
	assert_string_equal(d->credits[0].role, "speaker");
	assert_string_equal(d->credits[1].ref, "0c16ffaa-709d-599f-959f-9a38b911361a");
	assert_string_equal(d->links[1].url, "https://example.org/y");
	assert_int_equal(d->n_media, 1);
	assert_string_equal(d->media[0].type, "video/webm");
	assert_false(d->is_opted_out);
	finish_result(&r);
}

static void who_wants_no_recording_gets_none(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.xml", modern, "schedule-xml");
	const struct document *d = r.c->documents[1];
	assert_true(d->is_opted_out);
	assert_int_equal(d->n_media, 0);
	finish_result(&r);
}

static void what_starts_after_midnight_belongs_to_the_night(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.xml", modern, "schedule-xml");
	const struct document *d = r.c->documents[1];
	/* 00:30 local time (+01:00) of the next morning. */
	assert_int_equal(d->published_ms, at("2024-12-27T23:30:00Z"));
	assert_int_equal(d->duration_ms, 75 * 60000);
	finish_result(&r);
}

static void an_old_schedule_without_dates_of_its_events_is_read(void **state)
{
	(void)state;
	struct read_result r = read_as("x/schedule.xml", "<?xml version='1.0' encoding='utf-8' "
		"?>\n<schedule><conference><title>Old Bells</title>"
		"<day_change>05:00</day_change></conference><day date='2013-08-24' index='1'><room name='HS1/2'>"
		"<event guid='fiY1iSGUjvq3YcgI6dYBwA' id='1'><start>09:30</start><duration>01:00</duration><title>Morning</title>"
			"<subtitle></subtitle>"
		"<slug>hs1_2_-_morning - ada</slug></event><event id='2'><start>04:30</start><duration>00:30</duration><title>"
			"Night</title></event>"
		"<event id='3'><start>late</start><duration>long</duration><title></title></event></room></day></schedule>",
			"schedule-xml");
	assert_int_equal(r.c->n_documents, 3);
	assert_string_equal(r.c->conferences[0].name, "old-bells");
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "fiY1iSGUjvq3YcgI6dYBwA");
	assert_string_equal(d->slug, "hs1-2-morning-ada");
	assert_int_equal(d->published_ms, at("2013-08-24T09:30:00Z"));
	assert_int_equal(r.c->documents[1]->published_ms, at("2013-08-25T04:30:00Z"));
	assert_string_equal(r.c->documents[1]->guid, "old-bells-2");
	assert_int_equal(r.c->documents[2]->published_ms, at("2013-08-24"));
	assert_int_equal(r.faults.n, 2);
	assert_fault(&r, 2, "no title");
	assert_fault(&r, 2, "no duration");
	finish_result(&r);
}

#define EVENT "\"guid\": \"a0a0fcfe-b7fb-46e3-84b6-97a5406016b4\", \"id\": 7, \"title\": \"Opening\", " \
	"\"subtitle\": \"\", " \
	"\"abstract\": \"A\", " \
	"\"description\": \"A and B\", \"language\": \"en\", \"track\": \"CCC\", \"type\": \"lecture\", " \
	"\"url\": \"https://example.org/7\", " \
	"\"slug\": \"x-7-opening\", \"recording_license\": \"CC0\", " \
	"\"links\": [{\"url\": \"https://example.org/l\", \"title\": \"L\"}], " \
	"\"attachments\": [{\"url\": \"/a.pdf\", \"title\": \"Slides\"}], \"persons\": [{\"id\": 1, \"public_name\": \"Ada\"}]"

static void version_1_has_days_and_rooms(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.json", "{\"schedule\":{\"version\":\"1\","
		"\"base_url\":\"https://example.org/b/\",\"conference\":{"
		"\"acronym\":\"bells\",\"title\":\"Bells\",\"start\":\"2019-08-21\",\"end\":\"2019-08-26\",\"days\":[{\"index\":1,"
			"\"date\":\"2019-08-21\","
		"\"day_start\":\"2019-08-21T09:00:00+02:00\",\"day_end\":\"2019-08-22T04:00:00+02:00\",\"rooms\":{\"Curie\":["
		"{" EVENT ",\"date\":\"2019-08-21T11:00:00+02:00\",\"start\":\"11:00\",\"duration\":\"00:30\","
			"\"do_not_record\":false},"
		"{\"title\":\"Night\",\"start\":\"01:00\",\"duration\":\"01:00\",\"do_not_record\":true,\"id\":8}]}}]}}}",
			"schedule-json");
	assert_int_equal(r.faults.n, 0);
	assert_int_equal(r.c->n_documents, 2);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->room, "Curie");
	assert_string_equal(d->notes, "A and B");
	assert_int_equal(d->published_ms, at("2019-08-21T09:00:00Z"));
	assert_int_equal(d->duration_ms, 1800000);
	assert_string_equal(d->links[1].url, "https://example.org/a.pdf");
	assert_string_equal(d->credits[0].name, "Ada");
	assert_int_equal(r.c->documents[1]->published_ms, at("2019-08-21T23:00:00Z"));
	assert_true(r.c->documents[1]->is_opted_out);
	assert_string_equal(r.c->documents[1]->guid, "bells-8");
	finish_result(&r);
}

static void version_2_is_flat_and_refers_to_its_rooms_and_tracks(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.json", "{\"schedule\":{\"version\":\"2\","
		"\"conference\":{\"acronym\":\"bells\",\"title\":\"Bells\","
		"\"start\":\"2024-12-27T09:30:00Z\",\"end\":\"2024-12-30T09:30:00Z\",\"description\":{\"de\":\"Glocken\","
			"\"en\":\"Bells!\"},"
		"\"rooms\":[{\"name\":\"Tower\",\"guid\":\"g1\",\"slug\":\"tower\"}],\"tracks\":[{\"name\":\"Sound & "
			"Noise\",\"slug\":\"sound\"}],\"days\":[]},"
		"\"events\":[{\"guid\":\"270fa44c-821a-577f-8ca3-33e8d4a8c2a7\",\"title\":\"Opening\",\"subtitle\":null,"
			"\"abstract\":{\"de\":\"Anfang\"},"
		"\"description\":null,\"language\":\"de\",\"track\":{\"slug\":\"sound\"},\"type\":\"TALK\","
			"\"room\":{\"guid\":\"g1\"},"
		"\"start\":\"2024-12-27T10:30:00+01:00\",\"end\":\"2024-12-27T11:00:00+01:00\",\"slug\":\"bells-opening\","
			"\"url\":\"https://example.org/o\","
		"\"links\":[],\"participants\":[{\"name\":\"Ada\",\"guid\":\"p1\",\"role\":\"MODERATOR\"}],\"state\":\"CONFIRMED\"},"
		"{\"type\":\"BREAK\",\"title\":\"Lunch\",\"start\":\"2024-12-27T12:00:00Z\",\"end\":\"2024-12-27T13:00:00Z\"},\n"
		"{\"guid\":\"x\",\"title\":\"Gone\",\"state\":\"CANCELED\",\"start\":\"2024-12-27T12:00:00Z\"}]}}", "schedule-json");
	assert_int_equal(r.c->n_documents, 1);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->room, "Tower");
	assert_string_equal(d->track, "Sound & Noise");
	assert_string_equal(d->notes, "Anfang");
	assert_string_equal(d->credits[0].role, "moderator");
	assert_int_equal(d->duration_ms, 1800000);
	assert_string_equal(r.c->conferences[0].description, "Bells!");
	assert_int_equal(r.faults.n, 1);
	assert_fault(&r, 2, "CANCELED");
	assert_non_null(strstr(r.c->reason, "1 breaks"));
	finish_result(&r);
}

static void one_submission_is_a_talk_of_its_folder_s_conference(void **state)
{
	(void)state;
	struct read_result r = read_as("talks/bells-2021/event.json", "{\"guid\":\"83ae8aec-0724-4eef-9b5a-6ead8698e629\","
		"\"title\":\"Vanity\","
		"\"abstract\":\"A\",\"duration\":2700,\"do_not_record\":\"true\",\"track\":null,\"speakers\":[{\"full_name\":\"Ada "
			"Bell\",\"email\":\"a@example.org\"}],"
		"\"language\":\"\",\"slot\":{\"start\":\"2021-10-20T11:00:00+02:00\",\"room\":\"R1\"},"
			"\"public_url\":\"https://example.org/p\"}", "schedule-json");
	assert_int_equal(r.faults.n, 0);
	assert_int_equal(r.c->n_conferences, 0);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->conference, "");
	assert_int_equal(d->duration_ms, 2700000);
	assert_true(d->is_opted_out);
	assert_string_equal(d->room, "R1");
	assert_int_equal(d->published_ms, at("2021-10-20T09:00:00Z"));
	assert_string_equal(d->credits[0].name, "Ada Bell");
	assert_string_equal(d->page_url, "https://example.org/p");
	finish_result(&r);
}

static void pretalx_lists_its_submissions_in_several_languages(void **state)
{
	(void)state;
	struct read_result r = read_as("talks/bells/submissions.json", "{\"count\":1,\"next\":null,"
		"\"results\":[{\"code\":\"ABCDEF\","
		"\"title\":\"Vanity\",\"abstract\":\"A\",\"submission_type\":{\"de\":\"Vortrag\",\"en\":\"Talk\"},"
		"\"track\":{\"en\":\"Sound\"},\"content_locale\":\"de\",\"duration\":45,\"state\":\"confirmed\","
		"\"slot\":{\"room\":{\"en\":\"Tower\"},\"start\":\"2021-10-20T11:00:00+02:00\"},"
		"\"speakers\":[{\"code\":\"AAA\",\"name\":\"Ada\"}]}]}", "schedule-json");
	assert_int_equal(r.faults.n, 0);
	assert_int_equal(r.c->n_documents, 1);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "ABCDEF");
	assert_string_equal(d->session, "Talk");
	assert_string_equal(d->track, "Sound");
	assert_string_equal(d->room, "Tower");
	assert_string_equal(d->language, "de");
	assert_int_equal(d->duration_ms, 45 * 60000);
	finish_result(&r);
}

static void live_streams_are_declined(void **state)
{
	(void)state;
	struct read_result r = read_as("streams.json", "[{\"conference\":\"Bells\",\"slug\":\"bells\",\"groups\":[]}]",
		"voctoweb-streams");
	assert_non_null(r.c->decline);
	finish_result(&r);
	r = read_as("relive.json", "[{\"title\":\"x\",\"guid\":\"g\",\"room\":\"r\",\"playlist\":\"//x\"}]",
		"voctoweb-streams");
	assert_non_null(r.c->decline);
	finish_result(&r);
}

static void media_ccc_de_tells_events_with_their_recordings(void **state)
{
	(void)state;
	struct read_result r = read_as("event.json", "{\"guid\":\"g-1\",\"title\":\"Bells\",\"subtitle\":null,"
		"\"slug\":\"bells24-1-bells\",\"link\":\"https://example.org/f\","
		"\"description\":\"D\",\"original_language\":\"deu\",\"persons\":[\"Ada\",\"\"],\"tags\":[\"bells24\",\"1\"],"
			"\"view_count\":7,\"promoted\":false,"
		"\"date\":\"2024-12-27T11:00:00.000+01:00\",\"release_date\":\"2024-12-28\",\"length\":1801,\"duration\":1801,"
			"\"thumb_url\":\"https://example.org/t.jpg\","
		"\"poster_url\":\"https://example.org/p.jpg\",\"frontend_link\":\"https://example.org/v/bells\","
			"\"url\":\"https://api.example.org/events/g-1\","
		"\"conference_title\":\"Bells\",\"conference_url\":\"https://api.example.org/public/conferences/bells24\","
			"\"related\":[],\"recordings\":["
		"{\"size\":300,\"length\":1801,\"mime_type\":\"video/mp4\",\"language\":\"deu-eng\",\"filename\":\"b.mp4\","
			"\"state\":\"new\",\"folder\":\"h264-hd\","
		"\"high_quality\":true,\"width\":1920,\"height\":1080,\"recording_url\":\"https://cdn.example.org/b.mp4\"},"
		"{\"mime_type\":\"application/x-subrip\",\"language\":\"deu\",\"filename\":\"b.srt\","
			"\"recording_url\":\"https://cdn.example.org/b.srt\"},"
		"{\"mime_type\":\"application/pdf\",\"filename\":\"b.pdf\",\"recording_url\":\"https://cdn.example.org/b.pdf\"},"
			"{\"mime_type\":\"audio/mpeg\"}]}",
		"media-ccc");
	assert_int_equal(r.faults.n, 2);
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->conference, "bells24");
	assert_string_equal(d->language, "de");
	assert_int_equal(d->published_ms, at("2024-12-27T10:00:00Z"));
	assert_int_equal(d->duration_ms, 1801000);
	assert_string_equal(d->image, "https://example.org/p.jpg");
	assert_string_equal(d->page_url, "https://example.org/v/bells");
	assert_int_equal(d->n_media, 1);
	assert_string_equal(d->media[0].language, "deu-eng");
	assert_int_equal(d->media[0].height, 1080);
	assert_int_equal(d->media[0].bytes, 0);
	assert_int_equal(d->n_links, 3);
	assert_string_equal(d->links[1].label, "Subtitles (deu)");
	assert_string_equal(d->links[2].label, "Slides");
	finish_result(&r);
}

static void media_ccc_de_s_lists_are_read_too(void **state)
{
	(void)state;
	struct read_result r = read_as("c.json", "{\"conferences\":[{\"acronym\":\"bells24\",\"title\":\"Bells "
		"2024\",\"aspect_ratio\":\"16:9\",\"slug\":\"b/24\","
		"\"recordings_url\":\"u\",\"logo_url\":\"https://example.org/l.png\",\"events\":[{\"guid\":\"g\",\"title\":\"T\"},"
			"{\"title\":\"no guid\"}]},"
		"{\"acronym\":\"bells25\",\"title\":\"Bells 2025\",\"images_url\":\"u\"},\n7]}", "media-ccc");
	assert_int_equal(r.c->n_conferences, 2);
	assert_int_equal(r.c->n_documents, 1);
	assert_string_equal(r.c->documents[0]->conference, "bells24");
	assert_int_equal(r.faults.n, 2);
	assert_fault(&r, 2, "without 'acronym'");
	finish_result(&r);
	r = read_as("e.json", "{\"events\":[{\"guid\":\"g\",\"title\":\"T\","
		"\"conference_url\":\"https://x/public/conferences/bells24\"}]}", "media-ccc");
	assert_int_equal(r.c->n_documents, 1);
	finish_result(&r);
	r = read_as("r.json", "{\"recordings\":[{\"recording_url\":\"u\",\"mime_type\":\"video/mp4\",\"filename\":\"f\"}]}",
		"media-ccc");
	assert_non_null(r.c->decline);
	finish_result(&r);
}

/* What an export must keep. */
static void assert_same_talk(const struct document *a, const struct document *b)
{
	const char *const texts[][2] = {{a->title, b->title}, {a->room, b->room}, {a->track, b->track},
		{a->session, b->session},
		{a->language, b->language}, {a->license, b->license}, {a->page_url, b->page_url}, {a->notes, b->notes},
		{a->description, b->description}, {a->image, b->image}};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_string_equal(texts[i][0], texts[i][1]);
	assert_int_equal(a->published_ms, b->published_ms);
	assert_int_equal(a->duration_ms, b->duration_ms);
	assert_int_equal(a->is_opted_out, b->is_opted_out);
	assert_int_equal(a->n_credits, b->n_credits);
	for (size_t i = 0; i < a->n_credits; i++)
		assert_string_equal(a->credits[i].name, b->credits[i].name);
	assert_int_equal(a->n_links, b->n_links);
	for (size_t i = 0; i < a->n_links; i++)
		assert_string_equal(a->links[i].url, b->links[i].url);
}

static const struct document *talk_titled(const struct collection *c, const char *title)
{
	for (size_t i = 0; i < c->n_documents; i++)
		if (strcmp(c->documents[i]->title, title) == 0)
			return c->documents[i];
	return NULL;
}

static struct buf export_all(const struct collection *c)
{
	struct buf out = {0};
	size_t n_left;
	assert_int_equal(schedule_write_xml(&c->conferences[0], (const struct document *const *)c->documents, c->n_documents,
		"1 & only",
		&out, &n_left), OK);
	assert_int_equal(n_left, 0);
	return out;
}

static void a_schedule_that_we_write_reads_back_the_same(void **state)
{
	(void)state;
	struct read_result r = read_as("schedule.xml", modern, "schedule-xml");
	struct buf first = export_all(r.c);
	struct read_result again = read_as("schedule.xml", first.p, "schedule-xml");
	assert_int_equal(again.faults.n, 0);
	assert_int_equal(again.c->n_documents, 2);
	for (size_t i = 0; i < 2; i++)
		assert_same_talk(r.c->documents[i], talk_titled(again.c, r.c->documents[i]->title));
	assert_string_equal(again.c->documents[0]->guid, "270fa44c-821a-577f-8ca3-33e8d4a8c2a7");
	/* And that one writes the same again. */
	struct buf second = export_all(again.c);
	assert_string_equal(first.p, second.p);
	buf_finish(&first);
	buf_finish(&second);
	finish_result(&again);
	finish_result(&r);
}

static struct collection *strange_talks(void)
{
	struct collection *c = mem_new(1, sizeof *c);
	struct conference *conference = collection_add_conference(c);
	document_set(&conference->name, SPAN_LITERAL("b"));
	for (int i = 0; i < 40; i++) {
		struct document *d = collection_add_document(c, DOCUMENT_TALK);
		document_set(&d->title, SPAN_LITERAL("Bells <&> \x01more"));
		document_set(&d->slug, SPAN_LITERAL("bells"));
		document_set(&d->guid, i % 2 ? SPAN_LITERAL("same") : SPAN_LITERAL(""));
		document_set(&d->page_url, SPAN_LITERAL("not an address"));
		d->published_ms = at("2020-02-28T22:00:00Z") + i * INT64_C(3600000);
		d->duration_ms = i * INT64_C(61000);
	}
	return c;
}

static void a_schedule_has_unique_ids_guids_and_days_whatever_it_is_made_of(void **state)
{
	(void)state;
	struct collection *c = strange_talks();
	struct buf xml = export_all(c);
	struct read_result r = read_as("s.xml", xml.p, "schedule-xml");
	assert_int_equal(r.faults.n, 0);
	assert_int_equal(r.c->n_documents, 40);
	for (size_t i = 0; i < 40; i++)
		for (size_t k = i + 1; k < 40; k++)
			assert_string_not_equal(r.c->documents[i]->guid, r.c->documents[k]->guid);
	/* 22:00 to 04:00, then two whole days less ten hours. */
	size_t n_days = 0;
	for (const char *p = xml.p; (p = strstr(p, "<day ")); p++)
		n_days++;
	assert_int_equal(n_days, 3);
	buf_finish(&xml);
	finish_result(&r);
	collection_destroy(c);
}

/* By xmllint. */
static void assert_valid(struct span xml, const char *xsd)
{
	char path[] = "/tmp/carillon-schedule-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml.p, xml.n), (int)xml.n);
	close(fd);
	struct buf command = {0};
	buf_format(&command, "xmllint --nonet --noout --schema '%s' '%s' 2>&1", xsd, path);
	assert_int_equal(system(command.p), 0);
	buf_finish(&command);
	unlink(path);
}

/* SCHEDULE_XSD: validator/xsd/schedule.xml.xsd of a checkout of github.com/voc/schedule. */
static void a_schedule_that_we_write_is_valid(void **state)
{
	(void)state;
	const char *xsd = getenv("SCHEDULE_XSD");
	if (!xsd || !file_exists(xsd))
		skip();
	struct read_result r = read_as("schedule.xml", modern, "schedule-xml");
	struct collection *c = strange_talks();
	struct buf plain = export_all(r.c), strange = export_all(c);
	assert_valid(buf_view(&plain), xsd);
	assert_valid(buf_view(&strange), xsd);
	buf_finish(&plain);
	buf_finish(&strange);
	finish_result(&r);
	collection_destroy(c);
}

static void a_schedule_without_a_dated_talk_is_refused(void **state)
{
	(void)state;
	struct collection *c = mem_new(1, sizeof *c);
	collection_add_conference(c);
	collection_add_document(c, DOCUMENT_TALK);
	struct buf out = {0};
	size_t n_left = 0;
	assert_int_equal(schedule_write_xml(&c->conferences[0], (const struct document *const *)c->documents, 1, "1", &out,
		&n_left), E_GONE);
	assert_int_equal(n_left, 1);
	assert_int_equal(out.n, 0);
	collection_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_is_a_conference_and_its_talks),
		cmocka_unit_test(who_wants_no_recording_gets_none),
		cmocka_unit_test(what_starts_after_midnight_belongs_to_the_night),
		cmocka_unit_test(an_old_schedule_without_dates_of_its_events_is_read),
		cmocka_unit_test(version_1_has_days_and_rooms),
		cmocka_unit_test(version_2_is_flat_and_refers_to_its_rooms_and_tracks),
		cmocka_unit_test(one_submission_is_a_talk_of_its_folder_s_conference),
		cmocka_unit_test(pretalx_lists_its_submissions_in_several_languages),
		cmocka_unit_test(live_streams_are_declined),
		cmocka_unit_test(media_ccc_de_tells_events_with_their_recordings),
		cmocka_unit_test(media_ccc_de_s_lists_are_read_too),
		cmocka_unit_test(a_schedule_that_we_write_reads_back_the_same),
		cmocka_unit_test(a_schedule_has_unique_ids_guids_and_days_whatever_it_is_made_of),
		cmocka_unit_test(a_schedule_that_we_write_is_valid),
		cmocka_unit_test(a_schedule_without_a_dated_talk_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
