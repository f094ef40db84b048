/* Markdown and the pages around it: Changelog, DataTalks.Club, Syntax, Code Maven's older form, chapters, front matter.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "transcripts/chapters.h"

static void bold_speakers_have_stamps_in_their_text(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("changelog.md", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_changelog);
	assert_int_equal(t->n_turns, 5);
	assert_span(t->turns[0].speaker, "");
	assert_span(t->turns[1].speaker, "Ada");
	assert_span(t->turns[2].speaker, "Ben Bell");
	assert_span(t->turns[3].speaker, "Ada");
	assert_span(t->turns[4].speaker, "Ben Bell");
	assert_cue(t, 1, 0, 241000, "Welcome to the show about bells. snake_case and bold and it and 2 * 3.");
	assert_true(t->cues[1].untimed);
	assert_cue(t, 3, 241000, 722500, "Thanks! [laughter] I like \xE2\x80\x9C"
		"bells\xE2\x80\x9D [unintelligible 00:04:20.10] "
		"and ropes.");
	assert_false(t->cues[3].untimed);
	/* What follows a break was said after it began; when isn't known. */
	assert_cue(t, 4, 637260, 722500, "We are back.");
	assert_true(t->cues[4].untimed);
	assert_cue(t, 5, 722500, 750000, "And on we go.");
	assert_cue(t, 6, 750000, 753600, "Unescaped.");
	assert_span(t->cues[8].text, "Note: a remark of Ben's.");
	assert_int_equal(t->n_untimed, 6);
	assert_int_equal(r.n, 0);
	document_destroy(d);
}

static void a_text_without_any_stamp_is_untimed_and_nothing_is_made_up(void **state)
{
	(void)state;
	struct document *d = read_text("a.md", "**Ada**: Ding.\n\n**Ben:** Dong\nand more.\n\n**Ada:** Bim.\n", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_changelog);
	assert_int_equal(t->n_turns, 3);
	assert_int_equal(t->n_cues, 3);
	assert_int_equal(t->n_untimed, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(t->cues[i].start_ms, 0);
	assert_span(t->cues[1].text, "Dong and more.");
	document_destroy(d);
}

static void plain_names_count_where_nearly_all_paragraphs_have_one(void **state)
{
	(void)state;
	struct buf text = {0};
	for (int i = 0; i < 4; i++)
		buf_text(&text, "Ada Bell: Ding.\n\nBen Rope: \\[00:10\\] Dong.\n\n");
	struct document *d = document_read("a.md", buf_view(&text), NULL);
	assert_ptr_equal(d->dialect, &dialect_changelog);
	assert_int_equal(d->transcript->n_turns, 8);
	document_destroy(d);
	buf_finish(&text);
	d = read_text("a.md", "Note: this.\n\nWarning: that.\n\nA text of words.\n", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	document_destroy(d);
}

static void a_transcript_in_the_front_matter_has_headers_as_chapters(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("datatalks.md", &faults);
	const struct transcript *t = d->transcript;
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_ptr_equal(d->dialect, &dialect_datatalks);
	assert_int_equal(d->duration_ms, 3797000);
	assert_int_equal(d->season, 2);
	assert_int_equal(d->episode, 3);
	assert_string_equal(d->youtube, "abcdefghijk");
	assert_int_equal(d->n_tags, 1);
	assert_true(d->published_ms == 1767312000000);
	assert_int_equal(d->n_credits, 2);
	assert_string_equal(d->credits[0].ref, "adabell");
	assert_string_equal(d->credits[0].role, "guest");
	assert_string_equal(d->credits[1].name, "Ben Rope");
	assert_string_equal(d->credits[1].ref, "");
	assert_int_equal(d->n_links, 1);
	assert_string_equal(d->links[0].label, "youtube");
	assert_int_equal(t->n_turns, 3);
	assert_int_equal(t->n_cues, 5);
	assert_cue(t, 0, 0, 12000, "Welcome to the show.");
	assert_cue(t, 2, 12000, 3602000, "on I go");
	assert_true(t->cues[2].untimed && t->cues[3].untimed);
	assert_int_equal(t->turns[1].n_cues, 2);
	assert_cue(t, 4, 3602000, 3603000, "hours");
	assert_int_equal(d->n_chapters, 2);
	assert_string_equal(d->chapters[1].title, "Second part");
	assert_int_equal(d->chapters[1].start_ms, 12000);
	assert_string_equal(r.all.p, "12: 'TODO' isn't an address (https://...); the link was left out\n"
		"29: time '0:123' isn't a time; the last one before it was taken, write it as M:SS\n"
		"36: a header without a line below it; it was left out\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static void headers_whose_times_go_back_are_chapters_in_order(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("a.md", "---\ntitle: Bells\ntranscript:\n- header: Late\n- line: hours\n  sec: 60\n"
		"- header: Early\n- line: minutes\n  sec: 30\n---\n", &faults);
	assert_int_equal(d->n_chapters, 2);
	assert_string_equal(d->chapters[0].title, "Early");
	assert_string_equal(d->chapters[1].title, "Late");
	assert_non_null(strstr(r.all.p, "7: the chapter's time goes back; they were put in order\n"));
	document_destroy(d);
	buf_finish(&r.all);
}

static void comments_are_an_address_or_said_to_be_off(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *protocol, *url, *account;
		bool is_bad;
	} all[] = {
		{"https://social.example/1", "activitypub", "https://social.example/1", "", false},
		{"{url: 'https://social.example/1', account: '@bells'}", "activitypub", "https://social.example/1", "@bells", false},
		{"[{protocol: nostr, uri: 'https://social.example/1'}]", "nostr", "https://social.example/1", "", false},
		{"{protocol: disabled}", "disabled", "", "", false},
		{"'javascript:1'", "", "", "", true}, {"{account: '@bells'}", "", "", "", true}, {"[https://a.example, https://b.example]", "", "", "", true},
	};
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct recorded r;
		struct dialect_faults faults = recorder(&r);
		struct buf text = {0};
		buf_format(&text, "---\ntitle: A\nmp3: {file: a.mp3}\ncomments: %s\n---\n", all[i].yaml);
		struct document *d = read_text("a.md", text.p, &faults);
		assert_string_equal(d->comments_protocol, all[i].protocol);
		assert_string_equal(d->comments, all[i].url);
		assert_string_equal(d->comments_account, all[i].account);
		assert_int_equal(r.all.p && strstr(r.all.p, "4: comments should be the address of one post"), all[i].is_bad);
		document_destroy(d);
		buf_finish(&text);
		buf_finish(&r.all);
	}
}

static void show_notes_are_chapters_and_a_link_that_differs_is_a_fault(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("show_notes.md", &faults);
	static const struct { int64_t ms; const char *title; int line; } expected[] = {{164000, "What of bells?", 18},
		{380000, "Ropes", 23}, {645000, "Third one", 24}, {1200000, "Heading", 26}, {7082000, "Wrong link", 25}};
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_int_equal(d->episode, 42);
	assert_string_equal(d->media_file, "https://example.org/bells042.mp3");
	assert_string_equal(d->youtube, "abcdefghijk");
	assert_true(d->published_ms == 1524057971080);
	assert_int_equal(d->n_credits, 2);
	assert_string_equal(d->credits[0].name, "Ada");
	assert_string_equal(d->credits[0].role, "host");
	assert_string_equal(d->credits[1].role, "guest");
	assert_int_equal(d->n_chapters, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_int_equal(d->chapters[i].start_ms, expected[i].ms);
		assert_string_equal(d->chapters[i].title, expected[i].title);
		assert_int_equal(d->chapters[i].line, expected[i].line);
	}
	assert_string_equal(r.all.p,
		"25: the label says 1:58:02, its link #t=01:58; the label was taken, make them the same\n"
		"27: a time without a title; it was left out of the chapters\n"
		"26: the chapter's time goes back; they were put in order\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static size_t chapters_of(const char *notes)
{
	struct buf text = {0};
	buf_format(&text, "---\ntitle: x\nmp3: a.mp3\n---\n%s", notes);
	struct document *d = document_read("a.md", buf_view(&text), NULL);
	size_t n = d->n_chapters;
	document_destroy(d);
	buf_finish(&text);
	return n;
}

static void a_page_s_list_of_rising_times_is_its_chapters(void **state)
{
	(void)state;
	assert_int_equal(chapters_of("* 0:00 Intro\n* 1:30 - Ropes\n* [1:02:03] Bells\n"), 3);
	assert_int_equal(chapters_of("(00:00) Intro\n00:01:30\tRopes\n**2:00** \xE2\x80\x93 Bells\n"), 3);
	assert_int_equal(chapters_of("1. 0:00-1:30 Intro\n2. 1:30 \xE2\x80\x93 2:00 Ropes\n3. 2:00 Bells\n"), 3);
	/* Two are no list, times that go back aren't one, code is none, a clock's times are none. */
	assert_int_equal(chapters_of("* 0:00 Intro\n* 1:30 Ropes\n"), 0);
	assert_int_equal(chapters_of("* 0:00 Intro\n* 5:30 Ropes\n* 1:00 Bells\n"), 0);
	assert_int_equal(chapters_of("```\n0:00 a\n1:00 b\n2:00 c\n```\n"), 0);
	assert_int_equal(chapters_of("9:00 am Coffee\n10:30am Talk\n11:00 a.m. Bells\n"), 0);
}

static void chapters_in_the_front_matter_win(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("a.md",
		"---\ntitle: x\nmp3: a.mp3\nchapters:\n- 0:00 Intro\n- {start: '1:30', title: Ropes, url: "
		"https://example.org, end: 120}\n- {start: 200, image: a.jpg, toc: false}\n- '4:00': Bells\n- no time\nlang: de\n"
		"license: cc-by-4.0\npersons:\n- {name: Ada, role: producer, ref: ada-bell}\nspeakers: Ben, Cy\nlinks:\n"
		"- https://example.org/a\n- {url: /b, title: B}\n---\n1:00 a\n2:00 b\n3:00 c\n", &faults);
	assert_int_equal(d->n_chapters, 4);
	assert_string_equal(d->chapters[1].url, "https://example.org");
	assert_int_equal(d->chapters[1].end_ms, 120000);
	assert_true(d->chapters[2].is_hidden);
	assert_string_equal(d->chapters[3].title, "Bells");
	assert_int_equal(d->chapters[3].start_ms, 240000);
	assert_string_equal(d->language, "de");
	assert_string_equal(d->license, "cc-by-4.0");
	assert_int_equal(d->n_credits, 3);
	assert_string_equal(d->credits[2].role, "producer");
	assert_string_equal(d->credits[2].ref, "ada-bell");
	assert_string_equal(d->credits[1].name, "Cy");
	assert_int_equal(d->n_links, 2);
	assert_string_equal(d->links[1].label, "B");
	assert_string_equal(r.all.p,
		"9: a chapter needs a time and a title ('12:34 Title', or start and title); it was left out\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static void files_of_chapters_are_known_and_named_by_the_page(void **state)
{
	(void)state;
	struct document *d = fixture_document("chapters.json", NULL);
	assert_int_equal(d->kind, DOCUMENT_DECLINED);
	assert_true(d->is_chapters);
	assert_int_equal(d->n_chapters, 3);
	assert_int_equal(d->chapters[1].start_ms, 61500);
	assert_int_equal(d->chapters[1].end_ms, 70000);
	assert_string_equal(d->chapters[1].image, "https://example.org/r.jpg");
	assert_true(d->chapters[2].is_hidden);
	document_destroy(d);
	d = fixture_document("chapters.psc", NULL);
	assert_true(d->is_chapters);
	assert_int_equal(d->n_chapters, 3);
	assert_string_equal(d->chapters[1].title, "Ropes & bells");
	assert_int_equal(d->chapters[2].start_ms, 18723500);
	document_destroy(d);
	d = read_text("a.md", "---\ntitle: x\nmp3: a.mp3\nchapters: a.chapters.json\n---\n", NULL);
	assert_string_equal(d->chapters_file, "a.chapters.json");
	document_destroy(d);
	/* Lines with times are a transcript's unless the name says otherwise. */
	d = read_text("a.txt", "00:00:00 Intro\n00:01:00 Ropes\n00:02:00 End\n", NULL);
	assert_int_equal(d->kind, DOCUMENT_TRANSCRIPT);
	document_destroy(d);
	d = read_text("a.chapters.txt", "00:00:00 Intro\n00:01:00 Ropes\n00:02:00 End\n", NULL);
	assert_true(d->is_chapters && d->n_chapters == 3);
	assert_string_equal(d->chapters[1].title, "Ropes");
	assert_int_equal(d->chapters[2].line, 3);
	document_destroy(d);
	d = read_text("a.chapters.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nDing.\n", NULL);
	assert_int_equal(d->kind, DOCUMENT_TRANSCRIPT);
	document_destroy(d);
	/* What a document type names is text within bounds, as in feeds (xml_text.h); nothing from outside is read. */
	d = read_text("a.psc",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><psc:chapters xmlns:psc=\"http://podlove.org/simple-chapters\">"
		"<psc:chapter start=\"0\" title=\"&a;\"/></psc:chapters>", NULL);
	assert_true(d->is_chapters);
	assert_string_equal(d->chapters[0].title, "b");
	document_destroy(d);
	d = read_text("a.psc", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><psc:chapters"
		" xmlns:psc=\"http://podlove.org/simple-chapters\"><psc:chapter start=\"0\" title=\"&a;\"/></psc:chapters>", NULL);
	assert_true(!d->is_chapters || strcmp(d->chapters[0].title ? d->chapters[0].title : "", "") == 0 ||
		strcmp(d->chapters[0].title, "&a;") == 0);
	document_destroy(d);
}

static void the_older_pages_of_code_maven_are_episodes(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("code_maven_2016.txt", &faults);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_true(d->is_page && d->published);
	assert_string_equal(d->title, "Bells #3: Of ropes");
	assert_string_equal(d->slug, "code-maven-2016");
	assert_string_equal(d->media_file, "/media/bells-3.mp3");
	assert_int_equal(d->media_bytes, 44576759);
	assert_int_equal(d->duration_ms, 1114000);
	assert_string_equal(d->image, "/img/bells.jpg");
	assert_string_equal(d->author, "ada");
	assert_string_equal(d->youtube, "abcdefghijk");
	assert_int_equal(d->n_tags, 3);
	assert_true(d->published_ms == 1474660861000);
	assert_int_equal(d->transcript->n_turns, 2);
	assert_span(d->transcript->turns[1].speaker, "Ben Rope");
	assert_cue(d->transcript, 0, 3000, 18000, "Hi there, \xE2\x80\x9Cwelcome\xE2\x80\x9D.");
	assert_int_equal(d->transcript->cues[0].line, 36);
	assert_non_null(strstr(d->notes, "Interview with [Ada](https://example.org/) of the **bells**.\n"));
	assert_non_null(strstr(d->notes,
		"\n## Links\n\n* [A rope](<https://example.org/a(b)>)\n* ![x](/img/x.png) vector\\<int>\n"));
	assert_non_null(strstr(d->notes, "```\nVideo <Size>: 854\n```\n"));
	assert_null(strstr(d->notes, "remark"));
	assert_string_equal(r.all.p, "6: the time of =mp3 '18.34' has a dot; it was read as 18:34, write it so\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static void paragraphs_are_turns(void **state)
{
	(void)state;
	struct document *d = fixture_document("paragraphs.txt", NULL);
	assert_ptr_equal(d->dialect, &dialect_paragraphs);
	assert_int_equal(d->transcript->n_turns, 3);
	assert_span(d->transcript->turns[1].speaker, "Guest");
	assert_cue(d->transcript, 2, 3723000, 3724600, "And on: we go.");
	document_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bold_speakers_have_stamps_in_their_text),
		cmocka_unit_test(a_text_without_any_stamp_is_untimed_and_nothing_is_made_up),
		cmocka_unit_test(plain_names_count_where_nearly_all_paragraphs_have_one),
		cmocka_unit_test(a_transcript_in_the_front_matter_has_headers_as_chapters),
		cmocka_unit_test(headers_whose_times_go_back_are_chapters_in_order),
		cmocka_unit_test(comments_are_an_address_or_said_to_be_off),
		cmocka_unit_test(show_notes_are_chapters_and_a_link_that_differs_is_a_fault),
		cmocka_unit_test(a_page_s_list_of_rising_times_is_its_chapters),
		cmocka_unit_test(chapters_in_the_front_matter_win),
		cmocka_unit_test(files_of_chapters_are_known_and_named_by_the_page),
		cmocka_unit_test(the_older_pages_of_code_maven_are_episodes),
		cmocka_unit_test(paragraphs_are_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
