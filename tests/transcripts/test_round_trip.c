/* Every format that is written is read back: the same as far as the format holds it (export.h), and the same bytes when
 * it is written again.
 * SPDX-License-Identifier: MIT */
#include "corpora.h"
#include "random_transcript.h"

#include "transcripts/chapters.h"
#include "transcripts/collection.h"
#include "transcripts/export.h"

static const struct format {
	const char *name;
	const struct dialect *dialect;
	void (*write)(const struct transcript *t, struct buf *out);
	bool has_turns, has_speakers, has_ends, has_order; /* held exactly */
} formats[] = {
	{"a.vtt", &dialect_webvtt, export_vtt, true, true, true, false},
	{"a.srt", &dialect_subrip, export_srt, false, false, true, false},
	{"a.json", &dialect_podcasting_json, export_json, false, true, true, true},
	{"a.html", &dialect_podcasting_html, export_html, true, true, false, true},
	{"a.txt", &dialect_paragraphs, export_text, false, false, false, true},
};

static bool rises(const struct transcript *t)
{
	for (size_t i = 0; i < t->n_cues; i++)
		if ((i && t->cues[i].start_ms < t->cues[i - 1].start_ms) || t->cues[i].end_ms <= t->cues[i].start_ms)
			return false;
	return true;
}

static struct span speaker_of(const struct transcript *t, size_t cue)
{
	size_t i = 0;
	while (t->turns[i].first_cue + t->turns[i].n_cues <= cue)
		i++;
	return t->turns[i].speaker;
}

static void compare(const struct format *f, const struct transcript *a, const struct transcript *b)
{
	if (f->write == export_text) {
		assert_int_equal(a->n_turns, b->n_turns);
		for (size_t i = 0; i < a->n_turns; i++)
			assert_int_equal(a->cues[a->turns[i].first_cue].start_ms / 1000,
				b->cues[b->turns[i].first_cue].start_ms / 1000);
		return;
	}
	assert_int_equal(a->n_cues, b->n_cues);
	if (!f->has_order && !rises(a))
		return;
	if (f->has_turns)
		assert_int_equal(a->n_turns, b->n_turns);
	for (size_t i = 0; i < a->n_cues; i++) {
		assert_int_equal(a->cues[i].start_ms, b->cues[i].start_ms);
		if (f->has_ends)
			assert_int_equal(a->cues[i].end_ms, b->cues[i].end_ms);
		if (f->has_speakers) {
			assert_true(span_equal(a->cues[i].text, b->cues[i].text));
			if (a->n_cues < 1000)
				assert_true(span_equal(speaker_of(a, i), speaker_of(b, i)));
		}
	}
}

static void check(const struct transcript *t, const char *what)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		const struct format *f = &formats[i];
		struct buf first = {0}, second = {0};
		f->write(t, &first);
		struct document *d = document_read(f->name, buf_view(&first), NULL);
		if (d->dialect != f->dialect || d->kind != DOCUMENT_TRANSCRIPT)
			fail_msg("%s as %s: %s\n%.2000s", what, f->name, d->reason, first.p);
		f->write(d->transcript, &second);
		if (!span_equal(buf_view(&first), buf_view(&second)))
			fail_msg("%s as %s:\n%.1500s\n=====\n%.1500s", what, f->name, first.p, second.p);
		compare(f, t, d->transcript);
		document_destroy(d);
		buf_finish(&first);
		buf_finish(&second);
	}
}

static void generated_transcripts_come_back_from_every_format(void **state)
{
	(void)state;
	uint32_t seed = 20261121;
	for (int i = 0; i < 1500; i++) {
		struct transcript *t = random_transcript(&seed);
		check(t, "generated");
		transcript_destroy(t);
	}
}

static void fixtures_come_back_from_every_format(void **state)
{
	(void)state;
	static const char *const names[] = {"speaker_lines.txt", "inline_stamps.txt", "old_mac.txt", "tabs.txt",
		"voices.vtt",
		"scrolling.vtt", "captions.srt", "code_maven.md"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct document *d = fixture_document(names[i], NULL);
		check(d->transcript, names[i]);
		document_destroy(d);
	}
}

static void names_are_read_back_from_subrip_and_text(void **state)
{
	(void)state;
	struct transcript *t = transcript_create();
	transcript_add_turn(t, span_of("Ada"));
	transcript_add_cue(t, 0, 1000, span_of("Ding."), 1);
	transcript_add_cue(t, 1000, 2000, span_of("Dong."), 1);
	transcript_add_turn(t, span_of("The Guest"));
	transcript_add_cue(t, 2000, 3000, span_of("Bim: bam"), 1);
	transcript_finish_build(t);
	for (int i = 0; i < 2; i++) {
		struct buf out = {0};
		(i ? export_text : export_srt)(t, &out);
		struct document *d = document_read(i ? "a.txt" : "a.srt", buf_view(&out), NULL);
		assert_int_equal(d->transcript->n_turns, 2);
		assert_span(d->transcript->turns[0].speaker, "Ada");
		assert_span(d->transcript->turns[1].speaker, "The Guest");
		assert_span(d->transcript->cues[d->transcript->n_cues - 1].text, "Bim: bam");
		document_destroy(d);
		buf_finish(&out);
	}
	transcript_destroy(t);
}

static void what_has_no_time_of_its_own_is_held(void **state)
{
	(void)state;
	struct transcript *t = transcript_create();
	struct buf html = {0}, text = {0};
	transcript_add_turn(t, span_of("Ada"));
	transcript_add_cue(t, 1250, -1, span_of("Ding."), 1);
	transcript_add_untimed_cue(t, -1, span_of("Dong."), 1);
	transcript_add_turn(t, span_of(""));
	transcript_add_untimed_cue(t, 60000, span_of("After a break."), 1);
	transcript_finish_build(t);
	assert_true(export_has_times(t));
	export_html(t, &html);
	assert_string_equal(html.p, "<cite>Ada:</cite>\n<time>0:01.250</time>\n<p>Ding.</p>\n<p>Dong.</p>\n<cite></cite>\n"
		"<time>1:00</time>\n<time></time>\n<p>After a break.</p>\n");
	export_text(t, &text);
	assert_string_equal(text.p, "[0:01] Ada: Ding. Dong.\n\n[--:--] After a break.\n");
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = document_read("a.html", buf_view(&html), &faults);
	assert_ptr_equal(d->dialect, &dialect_podcasting_html);
	assert_int_equal(r.n, 0);
	assert_int_equal(d->transcript->n_untimed, 2);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(d->transcript->cues[i].start_ms, t->cues[i].start_ms);
		assert_int_equal(d->transcript->cues[i].untimed, t->cues[i].untimed);
	}
	document_destroy(d);
	d = document_read("a.txt", buf_view(&text), NULL);
	assert_ptr_equal(d->dialect, &dialect_paragraphs);
	assert_int_equal(d->transcript->n_untimed, 1);
	assert_true(d->transcript->cues[1].untimed);
	document_destroy(d);
	buf_finish(&html);
	buf_finish(&text);
	transcript_destroy(t);
}

static void without_any_time_none_is_made_up(void **state)
{
	(void)state;
	/* Changelog's transcripts without stamps: names or none, long and short. */
	for (size_t n = 1; n < 40; n += n) {
		struct transcript *t = transcript_create();
		struct buf html = {0}, text = {0}, again = {0};
		for (size_t i = 0; i < n; i++) {
			transcript_add_turn(t, span_of(n == 2 ? "" : i % 2 ? "Guest" : "Ada"));
			transcript_add_untimed_cue(t, -1, span_of(i % 3 ? "[0:12] was when: he said so." : "Ding & dong."), 1);
		}
		transcript_finish_build(t);
		assert_false(export_has_times(t));
		export_html(t, &html);
		export_text(t, &text);
		assert_null(strstr(html.p, "<time>0"));
		assert_null(strstr(text.p, "[0:00]"));
		for (int i = 0; i < 2; i++) {
			struct document *d = document_read(i ? "a.txt" : "a.html", buf_view(i ? &text : &html), NULL);
			assert_ptr_equal(d->dialect, i ? &dialect_paragraphs : &dialect_podcasting_html);
			assert_int_equal(d->transcript->n_untimed, n);
			assert_int_equal(d->transcript->n_turns, n);
			(i ? export_text : export_html)(d->transcript, &again);
			assert_string_equal(again.p, i ? text.p : html.p);
			buf_clear(&again);
			document_destroy(d);
		}
		buf_finish(&html);
		buf_finish(&text);
		buf_finish(&again);
		transcript_destroy(t);
	}
}

static struct document *random_chapters(uint32_t *seed)
{
	static const char *const titles[] = {"Intro", "Bells & ropes", "- dash", "10:30 tea", "<b>", "\"q\"", "a\n b",
		"12:00 - 13:00 x",
		"\xC3\x89t\xC3\xA9", "pm tools", "*", "", "_x_", "(a)"};
	struct document *d = document_create(DOCUMENT_EPISODE);
	int64_t now = next_random(seed) % 3 ? next_random(seed) % 90000 : 0;
	for (size_t n = 1 + next_random(seed) % 8; n > 0; n--) {
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = now;
		c->end_ms = next_random(seed) % 3 ? -1 : now + next_random(seed) % 5000;
		c->is_hidden = next_random(seed) % 5 == 0;
		document_set(&c->title, span_of(titles[next_random(seed) % COUNT_OF(titles)]));
		if (next_random(seed) % 3 == 0)
			document_set(&c->url, span_of("https://example.org/?a=1&b=2"));
		if (next_random(seed) % 4 == 0)
			document_set(&c->image, span_of("https://example.org/a.jpg"));
		now += next_random(seed) % 400000;
	}
	return d;
}

static void write_description(const struct document_chapter *chapters, size_t n, struct buf *out)
{
	(void)export_chapters_description(chapters, n, out);
}

static void compare_chapters(const struct document *a, const struct document *b)
{
	assert_int_equal(b->n_chapters, a->n_chapters);
	for (size_t c = 0; c < a->n_chapters; c++) {
		assert_int_equal(b->chapters[c].start_ms, a->chapters[c].start_ms);
		assert_int_equal(b->chapters[c].end_ms, a->chapters[c].end_ms);
		assert_int_equal(b->chapters[c].is_hidden, a->chapters[c].is_hidden);
		assert_string_equal(b->chapters[c].title, a->chapters[c].title);
		assert_string_equal(b->chapters[c].url, a->chapters[c].url);
		assert_string_equal(b->chapters[c].image, a->chapters[c].image);
	}
}

static void check_chapters(const struct document *d)
{
	static void (*const writers[])(const struct document_chapter *, size_t, struct buf *) = {export_chapters_json,
		export_chapters_psc, write_description};
	size_t n_shown = 0;
	for (size_t c = 0; c < d->n_chapters; c++)
		n_shown += !d->chapters[c].is_hidden;
	for (size_t k = 0; k < COUNT_OF(writers); k++) {
		struct buf first = {0}, second = {0};
		char reason[200];
		writers[k](d->chapters, d->n_chapters, &first);
		struct document *back = document_create(DOCUMENT_EPISODE);
		enum chapters_form form = k < 2 ? chapters_detect(buf_view(&first), reason, sizeof reason) : CHAPTERS_NONE;
		if (k == 2)
			chapters_read_description(back, buf_view(&first), 1, NULL);
		else
			chapters_read(form, back, buf_view(&first), NULL);
		writers[k](back->chapters, back->n_chapters, &second);
		if (!span_equal(buf_view(&first), buf_view(&second)))
			fail_msg("%s\n=====\n%s", first.p, second.p ? second.p : "");
		if (k == 0)
			compare_chapters(d, back);
		else if (k == 1)
			assert_int_equal(back->n_chapters, n_shown);
		document_destroy(back);
		buf_finish(&first);
		buf_finish(&second);
	}
}

static void chapters_come_back_from_every_form(void **state)
{
	(void)state;
	uint32_t seed = 42;
	for (int i = 0; i < 3000; i++) {
		struct document *d = random_chapters(&seed);
		check_chapters(d);
		document_destroy(d);
	}
}

static void chapters_are_written_as_their_readers_want_them(void **state)
{
	(void)state;
	struct document *d = document_create(DOCUMENT_EPISODE);
	struct buf out = {0};
	for (int i = 0; i < 2; i++) {
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = i ? 61500 : 3723250;
		document_set(&c->title, span_of(i ? "Bells & \"ropes\"" : "Tuning"));
	}
	d->chapters[0].end_ms = 3800000;
	export_chapters_json(d->chapters, 2, &out);
	assert_string_equal(out.p,
		"{\"version\":\"1.2.0\",\"chapters\":[{\"startTime\":61.5,\"title\":\"Bells & \\\"ropes\\\"\"},"
		"{\"startTime\":3723.25,\"endTime\":3800,\"title\":\"Tuning\"}]}\n");
	buf_clear(&out);
	export_chapters_psc(d->chapters, 2, &out);
	assert_string_equal(out.p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<psc:chapters version=\"1.2\" xmlns:psc=\"http://podlove.org/simple-chapters\">\n"
		"\t<psc:chapter start=\"00:01:01.500\" title=\"Bells &amp; &quot;ropes&quot;\"/>\n"
		"\t<psc:chapter start=\"01:02:03.250\" title=\"Tuning\"/>\n</psc:chapters>\n");
	buf_clear(&out);
	assert_true(export_chapters_description(d->chapters, 2, &out));
	assert_string_equal(out.p, "00:00:00 Intro\n00:01:01 Bells & \"ropes\"\n01:02:03 Tuning\n");
	buf_clear(&out);
	assert_false(export_chapters_description(d->chapters, 1, &out));
	buf_finish(&out);
	document_destroy(d);
}

static size_t n_corpus;

static void check_file(const char *path, struct span bytes, void *data)
{
	(void)data;
	struct document *d = document_read(path, bytes, NULL);
	/* Every eighth of the long ones: the rest are of their kind. */
	if (d->transcript && (d->transcript->n_cues < 1000 || span_hash(span_of(path)) % 8 == 0)) {
		check(d->transcript, path);
		n_corpus++;
	}
	document_destroy(d);
}

static void the_corpora_s_transcripts_come_back_from_every_format(void **state)
{
	(void)state;
	char root[64];
	char *folder = corpus("cmos"), *seeds = corpus("seeds");
	corpus_each(folder, check_file, NULL);
	corpus_each(seeds, check_file, NULL);
	free(folder);
	free(seeds);
	corpus_unpack("captions.tar.zst", root);
	corpus_each(root, check_file, NULL);
	corpus_remove(root);
	corpus_unpack("talkpython.tar.zst", root);
	corpus_each(root, check_file, NULL);
	corpus_remove(root);
	assert_true(n_corpus >= 300);
}

static size_t n_lists, n_chapters;

static void check_list(const struct document *d)
{
	if (!d->n_chapters)
		return;
	check_chapters(d);
	n_lists++;
	n_chapters += d->n_chapters;
}

static void check_lists(const char *path, struct span bytes, void *data)
{
	(void)data;
	struct collection *c = collection_read(path, bytes, NULL);
	for (size_t i = 0; c && i < c->n_documents; i++)
		check_list(c->documents[i]);
	collection_destroy(c);
	if (c)
		return;
	struct document *d = document_read(path, bytes, NULL);
	check_list(d);
	document_destroy(d);
}

/* Drawn from descriptions, told by feeds, written in notes. */
static void the_corpora_s_chapters_come_back_from_every_form(void **state)
{
	(void)state;
	static const char *const archives[] = {"pyvideo.tar.zst", "codeandtalk.tar.zst", "feeds.tar.zst"};
	char root[64], *folder = corpus("cmos");
	corpus_each(folder, check_lists, NULL);
	free(folder);
	assert_int_equal(n_lists, 2);
	assert_int_equal(n_chapters, 42);
	for (size_t i = 0; i < COUNT_OF(archives); i++) {
		corpus_unpack(archives[i], root);
		corpus_each(root, check_lists, NULL);
		corpus_remove(root);
	}
	assert_int_equal(n_lists, 57);
	assert_int_equal(n_chapters, 582);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_transcripts_come_back_from_every_format),
		cmocka_unit_test(fixtures_come_back_from_every_format),
		cmocka_unit_test(names_are_read_back_from_subrip_and_text),
		cmocka_unit_test(what_has_no_time_of_its_own_is_held),
		cmocka_unit_test(without_any_time_none_is_made_up),
		cmocka_unit_test(chapters_come_back_from_every_form),
		cmocka_unit_test(chapters_are_written_as_their_readers_want_them),
		cmocka_unit_test(the_corpora_s_chapters_come_back_from_every_form),
		cmocka_unit_test(the_corpora_s_transcripts_come_back_from_every_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
