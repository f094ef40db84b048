/* The doctor over real archives, where a developer has them beside the checkout: every fault that is known to be in them
 * (counted by other means: over the JSON's values, the stamps' lines), at its line, and nothing else. This program is its
 * own media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#include "corpora.h"

#include "transcripts/doctor.h"
#include "transcripts/media_probe.h"

enum { MOST_CODES = 32 };

/* What was told, by code; cues: added up over "N cues ...", "N chapters ...". */
struct told {
	struct doctor_counts counts;
	struct { char code[24]; size_t n, n_with_line, n_cues; } codes[MOST_CODES];
	struct buf lines; /* "FILE:LINE code" each, FILE without its folder */
};

static void on_fault(void *data, const struct doctor_fault *f)
{
	struct told *t = data;
	size_t i = 0;
	while (t->codes[i].code[0] && strcmp(t->codes[i].code, f->code) != 0)
		i++;
	assert_true(i + 1 < MOST_CODES);
	snprintf(t->codes[i].code, sizeof t->codes[i].code, "%s", f->code);
	t->codes[i].n++;
	t->codes[i].n_with_line += f->line > 0;
	t->codes[i].n_cues += (size_t)atol(f->text);
	const char *name = strrchr(f->file, '/');
	buf_format(&t->lines, "%s:%d %s\n", name ? name + 1 : f->file, f->line, f->code);
}

static size_t index_of(const struct told *t, const char *code)
{
	size_t i = 0;
	while (i + 1 < MOST_CODES && strcmp(t->codes[i].code, code) != 0)
		i++;
	return i;
}

static size_t n_of(const struct told *t, const char *code)
{
	return t->codes[index_of(t, code)].n;
}

static size_t n_cues_of(const struct told *t, const char *code)
{
	return t->codes[index_of(t, code)].n_cues;
}

static size_t n_with_line(const struct told *t, const char *code)
{
	return t->codes[index_of(t, code)].n_with_line;
}

static void assert_told(const struct told *t, const char *line)
{
	if (!strstr(t->lines.p, line))
		fail_msg("no '%s' in:\n%s", line, t->lines.p);
}

/* All codes but these were told nowhere. */
static void assert_only(const struct told *t, const char *const *codes, size_t n)
{
	for (size_t i = 0; t->codes[i].code[0]; i++) {
		bool is_known = false;
		for (size_t k = 0; k < n; k++)
			is_known = is_known || strcmp(codes[k], t->codes[i].code) == 0;
		if (!is_known)
			fail_msg("%s was told, too:\n%s", t->codes[i].code, t->lines.p);
	}
}

/* A site that reads the folder from elsewhere. */
static struct told examine(const char *folder)
{
	static const char *const shows[] = {"towers", "codenewbie", "developeronfire", "floss-weekly", "giantrobots", "ladybug",
		"real-python", "rungeekradio", "soft-skills-engineering", "startupmadnessacademy"};
	struct feed_show feeds[COUNT_OF(shows)];
	for (size_t i = 0; i < COUNT_OF(shows); i++)
		feeds[i] = (struct feed_show){.name = shows[i], .title = "Towers", .description = "Rings.", .language = "en",
			.author = "Ada", .category = "Music", .image = "media/art.png"};
	struct told t = {0};
	char site[] = "/tmp/carillon-corpus-XXXXXX";
	assert_non_null(mkdtemp(site));
	char *var = file_join(site, "var"), *elsewhere = file_join(var, "elsewhere"), *real = realpath(folder, NULL);
	struct buf place = {0};
	struct why why = {0};
	assert_non_null(real);
	buf_format(&place, "%s\n", real);
	assert_int_equal(file_make_folder(var, NULL), OK);
	assert_int_equal(file_replace(elsewhere, buf_view(&place), NULL), OK);
	const struct doctor_site wanted = {site, shows, COUNT_OF(shows), feeds, "https://example.org"};
	const struct doctor_report report = {.fault = on_fault, .data = &t};
	if (doctor_run(&wanted, &report, &t.counts, &why))
		fail_msg("%s", why.text);
	buf_text(&t.lines, "");
	buf_finish(&place);
	free(real);
	free(elsewhere);
	free(var);
	corpus_remove(site);
	return t;
}

static struct told examine_part(const char *root, const char *part)
{
	char *folder = file_join(root, part);
	struct told t = examine(folder);
	free(folder);
	return t;
}

static void code_maven_has_a_duration_with_a_dot(void **state)
{
	(void)state;
	char *folder = corpus("cmos/md-2026");
	struct told t = examine(folder);
	assert_int_equal(t.counts.files, 11);
	assert_int_equal(n_of(&t, "duration-dot"), 1);
	assert_told(&t, "cmos-16-jan-henning-thorsen-and-marcus-ramberg.md:17 duration-dot\n");
	/* Its recordings aren't here. */
	assert_only(&t, (const char *const[]){"duration-dot", "feed"}, 2);
	buf_finish(&t.lines);
	free(folder);
}

static void talk_python_has_cues_without_length_and_one_number_twice(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("talkpython.tar.zst", root);
	struct told t = examine_part(root, "talkpython/current");
	assert_int_equal(t.counts.files, 277);
	assert_int_equal(n_of(&t, "cue-length"), 11);
	assert_int_equal(n_cues_of(&t, "cue-length"), 72);
	assert_int_equal(n_of(&t, "cue-order"), 1);
	assert_int_equal(n_cues_of(&t, "cue-order"), 1);
	assert_told(&t, "487-building-rust-extensions-for-python.txt:1075 cue-order\n");
	assert_int_equal(n_of(&t, "number-twice"), 1);
	assert_told(&t, "402-polars.txt:0 number-twice\n");
	assert_only(&t, (const char *const[]){"cue-length", "cue-order", "number-twice", "feed"}, 4);
	buf_finish(&t.lines);
	t = examine_part(root, "talkpython/youtube");
	assert_int_equal(t.counts.files, 11);
	assert_int_equal(n_of(&t, "cue-length"), 3);
	assert_int_equal(n_cues_of(&t, "cue-length"), 3);
	assert_int_equal(n_of(&t, "cue-order"), 2);
	assert_int_equal(n_cues_of(&t, "cue-order"), 4);
	assert_only(&t, (const char *const[]){"cue-length", "cue-order", "feed"}, 3);
	buf_finish(&t.lines);
	t = examine_part(root, "talkpython/history-2024-12");
	assert_int_equal(t.counts.files, 77);
	assert_int_equal(n_of(&t, "cue-order"), 17);
	assert_int_equal(n_cues_of(&t, "cue-order"), 28);
	assert_only(&t, (const char *const[]){"cue-order", "feed"}, 2);
	buf_finish(&t.lines);
	corpus_remove(root);
}

static void pyvideo_has_doubled_videos_and_names_of_several(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("pyvideo.tar.zst", root);
	struct told t = examine_part(root, "pyvideo");
	assert_int_equal(t.counts.files, 11066);
	assert_int_equal(n_of(&t, "video-twice"), 2);
	assert_told(&t, "pycon-kr-2024-looking-back-10-years-pycon-jun-ki-kim.json:22 video-twice\n");
	assert_told(&t, "meg-ray-keynote-pycon-2019.json:29 video-twice\n");
	/* Four of lightning talks have chapters for most of an hour and are said to last 60 to 100 seconds. */
	assert_int_equal(n_of(&t, "chapter-late"), 4);
	assert_int_equal(n_cues_of(&t, "chapter-late"), 15 + 14 + 8 + 5);
	assert_int_equal(n_with_line(&t, "chapter-late"), 4);
	assert_int_equal(n_of(&t, "name-compound"), 20);
	assert_int_equal(n_of(&t, "import"), 5);
	assert_int_equal(n_with_line(&t, "import"), 5);
	assert_only(&t, (const char *const[]){"video-twice", "name-compound", "chapter-late", "import", "feed"}, 5);
	buf_finish(&t.lines);
	corpus_remove(root);
}

static void code_and_talk_has_numbers_titles_addresses_and_videos_twice(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("codeandtalk.tar.zst", root);
	struct told t = examine_part(root, "codeandtalk");
	assert_int_equal(t.counts.files, 6216);
	/* All of ladybug's thirteen episodes are number 1. */
	assert_int_equal(n_of(&t, "number-twice"), 12);
	assert_told(&t, "ladybug.json:22 number-twice\n");
	assert_int_equal(n_of(&t, "title-twice"), 4);
	assert_told(&t, "floss-weekly.json:442 title-twice\n");
	assert_int_equal(n_of(&t, "page-twice"), 1);
	assert_told(&t, "floss-weekly.json:5999 page-twice\n");
	/* 44 videos, one of them in three talks. */
	assert_int_equal(n_of(&t, "video-twice"), 45);
	static const char *const located[] = {"number-twice", "title-twice", "page-twice", "video-twice"};
	for (size_t i = 0; i < COUNT_OF(located); i++)
		assert_int_equal(n_with_line(&t, located[i]), n_of(&t, located[i]));
	/* Lists of addresses among its sources. */
	assert_int_equal(n_of(&t, "not-recognised"), 11);
	assert_int_equal(n_of(&t, "import"), 2);
	assert_only(&t, (const char *const[]){"number-twice", "title-twice", "page-twice", "video-twice", "not-recognised",
		"import", "feed"}, 7);
	buf_finish(&t.lines);
	corpus_remove(root);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_maven_has_a_duration_with_a_dot),
		cmocka_unit_test(talk_python_has_cues_without_length_and_one_number_twice),
		cmocka_unit_test(pyvideo_has_doubled_videos_and_names_of_several),
		cmocka_unit_test(code_and_talk_has_numbers_titles_addresses_and_videos_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
