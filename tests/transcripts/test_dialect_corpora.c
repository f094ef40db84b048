/* Real transcripts, where a developer has them beside the checkout: counts against an independent count of the lines.
 * SPDX-License-Identifier: MIT */
#include "corpora.h"

static bool is_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

/* ^\d\d:\d\d:\d\d<blank> */
static size_t lines_with_hours(struct span text)
{
	size_t n = 0;
	struct span line;
	while (span_next_line(&text, &line))
		n += line.n > 8 && is_digits(line.p, 2) && line.p[2] == ':' && is_digits(line.p + 3, 2) && line.p[5] == ':' &&
			is_digits(line.p + 6, 2) && line.p[8] == ' ';
	return n;
}

/* ^\d\d:\d\d<blank> */
static size_t lines_with_minutes(struct span text)
{
	size_t n = 0;
	struct span line;
	while (span_next_line(&text, &line))
		n += line.n > 5 && is_digits(line.p, 2) && line.p[2] == ':' && is_digits(line.p + 3, 2) && line.p[5] == ' ';
	return n;
}

/* Every d:dd in the text that isn't part of a longer number. */
static size_t times_anywhere(struct span text)
{
	size_t n = 0;
	for (size_t i = 1; i + 2 < text.n; i++)
		n += text.p[i] == ':' && is_digits(text.p + i - 1, 1) && is_digits(text.p + i + 1, 2);
	return n;
}

static size_t lines_with(struct span text, const char *part)
{
	size_t n = 0;
	struct span line;
	while (span_next_line(&text, &line))
		n += span_search(line, span_of(part), 0) < line.n;
	return n;
}

/* ^\s*\[\d+:\d\d\] */
static size_t entries(struct span text)
{
	size_t n = 0;
	struct span line;
	while (span_next_line(&text, &line)) {
		line = span_trim(line);
		size_t colon = span_find(line, ':');
		n += line.n > 4 && line.p[0] == '[' && (colon == 2 || colon == 3) && colon + 3 < line.n &&
			is_digits(line.p + 1, colon - 1) && is_digits(line.p + colon + 1, 2) && line.p[colon + 3] == ']';
	}
	return n;
}

struct seed {
	struct buf bytes;
	struct document *document;
	struct recorded faults;
};

static struct seed read_seed(const char *name)
{
	struct seed s = {.document = NULL};
	char *folder = corpus("seeds");
	struct dialect_faults faults = recorder(&s.faults);
	s.bytes = read_or_fail(folder, name);
	s.document = document_read(name, buf_view(&s.bytes), &faults);
	free(folder);
	return s;
}

static void finish_seed(struct seed *s)
{
	document_destroy(s->document);
	buf_finish(&s->bytes);
	buf_finish(&s->faults.all);
}

static void seed_000_has_104_and_13_turns_of_two_speakers(void **state)
{
	(void)state;
	struct seed s = read_seed("000_76cf7d74f19e8927.txt");
	const struct transcript *t = s.document->transcript;
	assert_int_equal(lines_with_minutes(buf_view(&s.bytes)), 104);
	assert_int_equal(lines_with_hours(buf_view(&s.bytes)), 13);
	assert_ptr_equal(s.document->dialect, &dialect_speaker_lines);
	assert_int_equal(t->n_turns, 117);
	assert_int_equal(t->n_cues, 117);
	size_t n_first = 0;
	for (size_t i = 0; i < t->n_turns; i++)
		n_first += span_is(t->turns[i].speaker, "Michael Kennedy");
	assert_int_equal(n_first, 59);
	assert_string_equal(s.document->title, "#165: Python and the blockchain");
	assert_int_equal(s.faults.n, 0);
	finish_seed(&s);
}

static void seed_001_is_an_episode_of_44_entries(void **state)
{
	(void)state;
	struct seed s = read_seed("001_1e4cf06daf4b0f9b.txt");
	assert_int_equal(s.document->kind, DOCUMENT_EPISODE);
	assert_ptr_equal(s.document->dialect, &dialect_code_maven);
	assert_int_equal(s.document->transcript->n_turns, 44);
	assert_int_equal(entries(buf_view(&s.bytes)), 44);
	assert_string_equal(s.document->youtube, "6cmmK7Gsr7A");
	assert_int_equal(s.document->duration_ms, 1114000);
	assert_int_equal(s.document->media_bytes, 44576759);
	assert_int_equal(s.faults.n, 0);
	finish_seed(&s);
}

static void seed_002_has_841_cues(void **state)
{
	(void)state;
	struct seed s = read_seed("002_1ef0e1d3de91dd97.txt");
	assert_ptr_equal(s.document->dialect, &dialect_stamped_lines);
	assert_int_equal(s.document->transcript->n_cues, 841);
	assert_int_equal(lines_with_hours(buf_view(&s.bytes)), 841);
	assert_int_equal(s.faults.n, 0);
	finish_seed(&s);
}

static void seed_003_is_a_planet_and_declined(void **state)
{
	(void)state;
	struct seed s = read_seed("003_4cc94bcedcc6a228.txt");
	assert_int_equal(s.document->kind, DOCUMENT_DECLINED);
	assert_ptr_equal(s.document->dialect, &dialect_planet_page);
	finish_seed(&s);
}

static void seed_004_has_275_cues_26_of_them_glued(void **state)
{
	(void)state;
	struct seed s = read_seed("004_3c1bb2f3315cea86.txt");
	const struct transcript *t = s.document->transcript;
	assert_ptr_equal(s.document->dialect, &dialect_inline_stamps);
	assert_int_equal(times_anywhere(buf_view(&s.bytes)), 275);
	assert_int_equal(t->n_cues, 275);
	/* Glued to the word before: (1:28) `School.1:28` */
	bool glued = false;
	for (size_t i = 1; i < t->n_cues; i++)
		glued |= t->cues[i].start_ms == 88000 && span_ends(t->cues[i - 1].text, "School.");
	assert_true(glued);
	for (size_t i = 1; i < t->n_cues; i++)
		assert_true(t->cues[i].start_ms >= t->cues[i - 1].start_ms);
	assert_int_equal(s.faults.n, 0);
	finish_seed(&s);
}

static void every_episode_page_has_as_many_turns_as_entries(void **state)
{
	(void)state;
	char *folder = corpus("cmos/md-2026"), **names;
	size_t n, n_episodes = 0;
	struct why why;
	assert_int_equal(file_list(folder, &names, &n, &why), OK);
	for (size_t i = 0; i < n; i++) {
		struct buf bytes = read_or_fail(folder, names[i]);
		struct document *d = document_read(names[i], buf_view(&bytes), NULL);
		size_t expected = entries(buf_view(&bytes));
		if (expected) {
			assert_int_equal(d->kind, DOCUMENT_EPISODE);
			assert_int_equal(d->transcript->n_turns, expected);
			assert_int_equal(d->transcript->n_cues, expected);
			assert_true(d->duration_ms > 0 && d->media_bytes > 0);
			n_episodes++;
		} else {
			assert_int_equal(d->kind, DOCUMENT_DECLINED);
		}
		document_destroy(d);
		buf_finish(&bytes);
	}
	assert_true(n_episodes >= 10);
	file_list_free(names, n);
	free(folder);
}

static size_t check_folder(const char *root, const char *name, size_t (*count)(struct span), const char *ending)
{
	char *folder = file_join(root, name), **names;
	size_t n, n_checked = 0;
	struct why why;
	assert_int_equal(file_list(folder, &names, &n, &why), OK);
	for (size_t i = 0; i < n; i++) {
		if (!span_is(file_ending(names[i]), ending))
			continue;
		struct buf bytes = read_or_fail(folder, names[i]);
		struct document *d = document_read(names[i], buf_view(&bytes), NULL);
		if (d->kind != DOCUMENT_TRANSCRIPT || (count && count(buf_view(&bytes)) != d->transcript->n_cues))
			print_error("%s: %s\n", names[i], d->reason);
		assert_int_equal(d->kind, DOCUMENT_TRANSCRIPT);
		assert_true(d->transcript->n_cues >= 18);
		if (count)
			assert_int_equal(d->transcript->n_cues, count(buf_view(&bytes)));
		n_checked++;
		document_destroy(d);
		buf_finish(&bytes);
	}
	file_list_free(names, n);
	free(folder);
	return n_checked;
}

static size_t arrows(struct span text)
{
	return lines_with(text, "-->");
}

static void talk_python_s_files_are_all_recognised_with_every_cue(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("talkpython.tar.zst", root);
	assert_true(check_folder(root, "talkpython/current", lines_with_hours, "txt") >= 100);
	assert_true(check_folder(root, "talkpython/current", arrows, "vtt") >= 20);
	assert_true(check_folder(root, "talkpython/youtube", arrows, "vtt") >= 10);
	assert_true(check_folder(root, "talkpython/history-2024-12", NULL, "txt") >= 70);
	corpus_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seed_000_has_104_and_13_turns_of_two_speakers),
		cmocka_unit_test(seed_001_is_an_episode_of_44_entries),
		cmocka_unit_test(seed_002_has_841_cues),
		cmocka_unit_test(seed_003_is_a_planet_and_declined),
		cmocka_unit_test(seed_004_has_275_cues_26_of_them_glued),
		cmocka_unit_test(every_episode_page_has_as_many_turns_as_entries),
		cmocka_unit_test(talk_python_s_files_are_all_recognised_with_every_cue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
