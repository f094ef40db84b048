/* A clean site, of which the doctor says nothing, and one fault of each kind planted in it in turn. This program is its own
 * media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include "tests/transcripts/picture.h"
#include "transcripts/doctor.h"
#include "transcripts/media_probe.h"

static char *folder;
static struct buf told, diff;
static struct doctor_counts counts;
static const char *const shows[] = {"bells"};
static const struct feed_show feeds[] = {{.name = "bells", .title = "Bells", .description = "Rings.", .language = "en",
	.author = "Ada", .category = "Music", .image = "media/art.png"}};

static const char page_format[] =
	"---\ntitle: %s\ntimestamp: 2020-0%d-02T03:04:05\nepisode: %d\nmp3:\n  file: /media/%s.mp3\n  size: %d\n  time: 0:02\n"
	"%s---\n\n%s\n\n[transcript]\n[ada host1 Ada Bell]\n\n[00:00] ada:\nGood morning, tower %s.\n\n[00:01] ada:\nIt rings.\n"
	"[/transcript]\n";

struct planted {
	const char *title, *media, *head, *notes;
	int number, size;
};

static void write_page(const char *slug, int month, const struct planted *p)
{
	struct buf page = {0}, path = {0};
	buf_format(&page, page_format, p->title, month, p->number, p->media, p->size, p->head, p->notes, slug);
	buf_format(&path, "episodes/%s.md", slug);
	sample_write(folder, path.p, page.p);
	buf_finish(&page);
	buf_finish(&path);
}

static const struct planted clean_one = {"One", "one", "", "Notes of one.", 1, 20000};
static const struct planted clean_two = {"Two", "two", "chapters: [\"0:00 Start\", \"0:01 Middle\", \"0:02 End\"]\n",
	"See [the first](/shows/bells/one#t=1).", 2, 20001};

/* A real recording, made n bytes long by what players skip. */
static void write_media(const char *name, size_t n)
{
	struct buf fixture = {0}, path = {0}, bytes = {0};
	buf_format(&fixture, "%s/transcripts/media/tone.mp3", getenv("TEST_DATA"));
	assert_int_equal(file_read(fixture.p, 1 << 20, &bytes, NULL), OK);
	assert_true(bytes.n <= n);
	while (bytes.n < n)
		buf_char(&bytes, '\0');
	buf_format(&path, "media/%s", name);
	char *full = file_join(folder, path.p), *media = file_join(folder, "media");
	assert_int_equal(file_make_folder(media, NULL), OK);
	assert_int_equal(file_replace(full, buf_view(&bytes), NULL), OK);
	free(full);
	free(media);
	buf_finish(&fixture);
	buf_finish(&path);
	buf_finish(&bytes);
}

static const struct kind_rule *kinds;
static size_t n_kinds;

static int set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	write_media("one.mp3", 20000);
	write_media("two.mp3", 20001);
	struct buf picture = {0};
	char *art = file_join(folder, "media/art.png");
	picture_png(&picture, 1400, 1400, PICTURE_RGB);
	assert_int_equal(file_replace(art, buf_view(&picture), NULL), OK);
	buf_finish(&picture);
	free(art);
	write_page("one", 1, &clean_one);
	write_page("two", 2, &clean_two);
	sample_write(folder, "transcripts/alone.vtt",
		"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ben>A chime.\n\n00:02.000 --> 00:03.000\nAnother.\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_folder_remove(folder);
	return 0;
}

static void on_fault(void *data, const struct doctor_fault *f)
{
	(void)data;
	const char *name = strlen(f->file) > strlen(folder) ? f->file + strlen(folder) + 1 : f->file;
	buf_format(&told, "%s:%d %s%s\n", name, f->line, f->code, f->is_fixable ? " fixable" : "");
}

static void on_fix(void *data, const struct doctor_fix *fix)
{
	bool *writes = data;
	buf_format(&diff, "-%s\n+%s\n", fix->before, fix->after);
	if (*writes)
		assert_int_equal(doctor_apply(fix, NULL), OK);
}

static void examine(bool writes)
{
	const struct doctor_site site = {folder, shows, 1, feeds, "https://example.org", kinds, n_kinds};
	const struct doctor_report report = {on_fault, on_fix, &writes};
	struct why why = {0};
	buf_clear(&told);
	buf_text(&told, "");
	buf_clear(&diff);
	buf_text(&diff, "");
	if (doctor_run(&site, &report, &counts, &why))
		fail_msg("%s", why.text);
}

/* This was told, whatever else. */
static void check_among(const char *wanted)
{
	examine(false);
	if (!strstr(told.p, wanted))
		fail_msg("no '%s' in:\n%s", wanted, told.p);
}

/* Exactly this was told. */
static void check(const char *wanted)
{
	examine(false);
	assert_string_equal(told.p, wanted);
}

static void of_a_clean_site_nothing_is_said(void **state)
{
	(void)state;
	check("");
	assert_int_equal(counts.files, 3);
}

static void plant(struct planted p)
{
	write_page("two", 2, &p);
}

static struct planted two(void)
{
	return clean_two;
}

static void recordings_that_arent_what_is_said_of_them(void **state)
{
	(void)state;
	struct planted p = two();
	p.size = 20002;
	plant(p);
	check("episodes/two.md:7 media-size fixable\n");
	p = two();
	p.size = 20000;
	plant(p);
	check("episodes/two.md:7 media-size fixable\nepisodes/two.md:7 size-twice\n");
	p = two();
	p.media = "three";
	p.size = 0;
	plant(p);
	examine(false);
	assert_non_null(strstr(told.p, "episodes/two.md:6 media-missing\n"));
	p = two();
	p.media = "one";
	p.size = 20000;
	plant(p);
	examine(false);
	assert_non_null(strstr(told.p, "episodes/two.md:6 media-twice\n"));
}

static void times_that_cant_be(void **state)
{
	(void)state;
	sample_write(folder, "episodes/three.md", "---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\nmp3: {file: /media/three.mp3, "
		"size: 40000, time: 25.01}\n---\n\nNotes.\n");
	write_media("three.mp3", 40000);
	check_among("episodes/three.md:4 duration-dot fixable\n");
	sample_write(folder, "episodes/three.md", "---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\nmp3: {file: /media/three.mp3, "
		"size: 40000, time: \"850:12:40\"}\n---\n\nNotes.\n");
	check_among("episodes/three.md:4 duration-days\n");
}

static void transcripts_that_dont_fit(void **state)
{
	(void)state;
	sample_write(folder, "episodes/three.md", "---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\nmp3: {file: /media/three.mp3, "
		"size: 40000, time: \"0:10\"}\n---\n\nNotes.\n");
	write_media("three.mp3", 40000);
	sample_write(folder, "transcripts/three.vtt",
		"WEBVTT\n\n00:01.000 --> 00:02.000\na\n\n01:00.000 --> 01:01.000\nb\n");
	check_among("transcripts/three.vtt:6 transcript-longer\n");
	sample_write(folder, "episodes/three.md", "---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\nmp3: {file: /media/three.mp3, "
		"size: 40000, time: \"50:00\"}\n---\n\nNotes.\n");
	check_among("transcripts/three.vtt:6 transcript-short\n");
}

static void cues_that_nobody_sees(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/alone.vtt", "WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:02.000 --> 00:03.000\nb\n");
	check("transcripts/alone.vtt:6 cue-order\n");
	sample_write(folder, "transcripts/alone.vtt",
		"WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:06.000 --> 00:06.000\nb\n\n00:07.000 --> 00:08.000\nc\n");
	check("transcripts/alone.vtt:6 cue-length\n");
	sample_write(folder, "transcripts/alone.vtt", "1\n00:00:05,000 --> 00:00:05,000\na\n\n2\n00:00:06,000 --> 00:00:07,000\nb\n");
	check("transcripts/alone.vtt:2 cue-length\n");
	/* Where ends aren't written, two lines within a second are nothing. */
	sample_write(folder, "transcripts/alone.txt", "00:00:01 One thing.\n00:00:04 Another.\n00:00:04 A third one.\n"
		"00:00:09 The last.\n");
	char *vtt = file_join(folder, "transcripts/alone.vtt");
	assert_int_equal(unlink(vtt), 0);
	free(vtt);
	check("");
}

static void chapters_that_apple_ignores(void **state)
{
	(void)state;
	struct planted p = two();
	p.head = "chapters: [\"0:00 Start\", \"0:01 Middle\"]\n";
	plant(p);
	check("episodes/two.md:9 chapters-few\n");
	p.head = "chapters: [\"0:01 Start\", \"0:02 Middle\", \"0:03 End\"]\n";
	plant(p);
	check("episodes/two.md:9 chapters-start\n");
	p.head = "chapters:\n  - 0:00 Start\n  - 0:03 Middle\n  - 0:03 Twin\n  - 0:02 Back\n  - 0:59 Late\n";
	plant(p);
	check_among("episodes/two.md:12 chapter-twice\n");
	check_among("episodes/two.md:13 chapter-order\n");
	check_among("episodes/two.md:14 chapter-late\n");
	p = two();
	p.head = "";
	p.notes = "**[0:00](#t=0:00)** Start\n\n**[0:01](#t=0:02)** Middle\n\n**[0:02](#t=0:02)** End\n";
	plant(p);
	check("episodes/two.md:13 chapter-label\n");
}

static const char talk_format[] = "{\n  \"title\": \"%s\",\n  \"speakers\": [\"Ada Bell\"],\n  \"recorded\": \"2020-05-02\",\n"
	"  \"description\": \"\",\n  \"duration\": %s,\n  \"videos\": [{\"type\": \"youtube\",\n"
	"    \"url\": \"https://www.youtube.com/watch?v=%s\"}]\n}\n";

static void write_talk(const char *name, const char *title, const char *duration, const char *video)
{
	struct buf talk = {0}, path = {0};
	buf_format(&talk, talk_format, title, duration, video);
	buf_format(&path, "talks/towers-2020/videos/%s.json", name);
	sample_write(folder, path.p, talk.p);
	buf_finish(&talk);
	buf_finish(&path);
}

static void talks_that_last_for_weeks_or_have_anothers_video(void **state)
{
	(void)state;
	sample_write(folder, "talks/towers-2020/category.json", "{\"title\": \"Towers 2020\"}\n");
	write_talk("on-ropes", "On Ropes", "1200", "abcdefghijk");
	write_talk("on-wheels", "On Wheels", "1300.5", "bcdefghijkl");
	check("");
	write_talk("on-wheels", "On Wheels", "3060760", "bcdefghijkl");
	check("talks/towers-2020/videos/on-wheels.json:6 duration-days\n");
	write_talk("on-wheels", "On Wheels", "1300.5", "abcdefghijk");
	check("talks/towers-2020/videos/on-wheels.json:8 video-twice\n");
}

static void numbers_in_the_names_of_files(void **state)
{
	(void)state;
	struct buf name = {0};
	for (int i = 1; i <= 10; i++) {
		buf_clear(&name);
		buf_format(&name, "transcripts/talk/%03d-bells.vtt", i);
		sample_write(folder, name.p, "WEBVTT\n\n00:01.000 --> 00:02.000\na\n");
	}
	buf_finish(&name);
	check("");
	sample_write(folder, "transcripts/talk/7-ropes.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\na\n");
	check("transcripts/talk/7-ropes.vtt:0 number-twice\n");
}

static void records_with_the_number_title_or_page_of_another(void **state)
{
	(void)state;
	static const char start[] = "[\n  {\"ep\": \"8\", \"title\": \"One bell\", \"date\": \"2020-01-01\",\n"
		"    \"permalink\": \"https://example.com/1\", \"guests\": [], \"hosts\": []},\n";
	struct buf list = {0};
	buf_format(&list, "%s  {\"ep\": \"8\", \"title\": \"Two bells\", \"date\": \"2020-01-02\",\n    \"permalink\": "
		"\"https://example.com/2\", \"guests\": [], \"hosts\": []}\n]\n", start);
	sample_write(folder, "talks/podcasts/bells.json", list.p);
	check_among("talks/podcasts/bells.json:4 number-twice\n");
	assert_null(strstr(strstr(told.p, "number-twice") + 1, "number-twice"));
	buf_clear(&list);
	buf_format(&list, "%s  {\"ep\": \"9\", \"title\": \"One bell\", \"date\": \"2020-01-02\",\n    \"permalink\": "
		"\"https://example.com/1\", \"guests\": [], \"hosts\": []}\n]\n", start);
	sample_write(folder, "talks/podcasts/bells.json", list.p);
	check_among("talks/podcasts/bells.json:5 page-twice\n");
	check_among("talks/podcasts/bells.json:4 title-twice\n");
	assert_null(strstr(told.p, "number-twice"));
	buf_finish(&list);
}

static void the_same_number_or_title_twice(void **state)
{
	(void)state;
	struct planted p = two();
	p.number = 1;
	plant(p);
	check("episodes/two.md:4 number-twice\n");
	p = two();
	p.title = "one";
	plant(p);
	check("episodes/two.md:2 title-twice\n");
	p = two();
	p.head = "youtube: abcdefghijk\n";
	plant(p);
	p = clean_one;
	p.head = "youtube: abcdefghijk\n";
	write_page("one", 1, &p);
	check("episodes/two.md:9 video-twice\n");
}

static void links_that_lead_nowhere(void **state)
{
	(void)state;
	struct planted p = two();
	p.notes = "See [it](/shows/bells/gone),\nor [here](https://example.org/people/nobody).\n\n"
		"Also [this](#t=70), [that](/shows/bells/one.vtt), [a file](/media/one.mp3), [ours](/other/page), "
		"[Ada](/people/ada-bell).";
	plant(p);
	check("episodes/two.md:12 link-dead\nepisodes/two.md:13 link-dead\nepisodes/two.md:15 link-late\n");
}

static void names_of_several(void **state)
{
	(void)state;
	struct planted p = two();
	p.head = "guests: [Ada Bell and Ben Hur]\n";
	plant(p);
	check("episodes/two.md:9 name-compound\n");
	sample_write(folder, "people.yaml", "compound: {\"Ada Bell and Ben Hur\": [Ada Bell, Ben Hur]}\n");
	check("");
}

static void rules_that_are_used_nowhere(void **state)
{
	(void)state;
	sample_write(folder, "corrections.yaml", "- {from: rings, to: sings}\n- {from: gong, to: bell}\n");
	check("corrections.yaml:2 rule-unused\n");
}

static void patterns_that_fit_nothing(void **state)
{
	(void)state;
	static const struct kind_rule rules[] = {{"transcripts/*.vtt", "webvtt", 4}, {"transcripts/alone.*", "subrip", 5}};
	kinds = rules;
	n_kinds = COUNT_OF(rules);
	check("carillon.yaml:5 rule-unused\n");
	n_kinds = 0;
}

static void chapters_in_a_file_of_their_own(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.chapters.json", "{\"version\": \"1.2.0\", \"chapters\": [\n"
		"{\"startTime\": 1, \"title\": \"A\"},\n{\"startTime\": 2, \"title\": \"B\"},\n{\"startTime\": 90000, \"title\": \"C\"}]}\n");
	sample_write(folder, "episodes/nobody.chapters.txt", "0:00 A\n0:01 B\n");
	check("episodes/nobody.chapters.txt:0 import\nepisodes/one.chapters.json:2 chapters-start\n"
		"episodes/one.chapters.json:4 chapter-late\n");
}

static void what_import_and_feeds_report(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/strange.txt", "Nothing in here has a time.\n");
	char *art = file_join(folder, "media/art.png");
	assert_int_equal(unlink(art), 0);
	free(art);
	check("carillon.yaml:0 feed\ntranscripts/strange.txt:0 not-recognised\n");
}

static void fixes_are_written_and_then_gone(void **state)
{
	(void)state;
	struct planted p = two();
	p.size = 1234;
	plant(p);
	sample_write(folder, "episodes/three.md", "---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\nmp3: {file: /media/three.mp3, "
		"size: 40000, time: 25.01}\n---\n\nNotes.\n");
	write_media("three.mp3", 40000);
	examine(true);
	assert_int_equal(counts.fixes, 2);
	assert_non_null(strstr(diff.p, "-  size: 1234\n+  size: 20001\n"));
	assert_non_null(strstr(diff.p, "+mp3: {file: /media/three.mp3, size: 40000, time: 25:01}\n"));
	examine(false);
	assert_int_equal(counts.fixes, 0);
	const struct doctor_fix stale = {"/nowhere", 1, "a", "b"};
	assert_int_not_equal(doctor_apply(&stale, NULL), OK);
}

static void the_site_is_left_alone(void **state)
{
	(void)state;
	examine(false);
	char *var = file_join(folder, "var"), *lock = file_join(folder, "feeds.lock");
	assert_false(file_exists(var));
	assert_false(file_exists(lock));
	free(var);
	free(lock);
}

static int finish(void **state)
{
	(void)state;
	buf_finish(&told);
	buf_finish(&diff);
	return 0;
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		ONE(of_a_clean_site_nothing_is_said),
		ONE(recordings_that_arent_what_is_said_of_them),
		ONE(times_that_cant_be),
		ONE(transcripts_that_dont_fit),
		ONE(cues_that_nobody_sees),
		ONE(chapters_that_apple_ignores),
		ONE(talks_that_last_for_weeks_or_have_anothers_video),
		ONE(numbers_in_the_names_of_files),
		ONE(records_with_the_number_title_or_page_of_another),
		ONE(the_same_number_or_title_twice),
		ONE(links_that_lead_nowhere),
		ONE(names_of_several),
		ONE(patterns_that_fit_nothing),
		ONE(chapters_in_a_file_of_their_own),
		ONE(rules_that_are_used_nowhere),
		ONE(what_import_and_feeds_report),
		ONE(fixes_are_written_and_then_gone),
		ONE(the_site_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}
