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

static size_t arrows(struct span text)
{
	return lines_with(text, "-->");
}

/* What became of the files of a folder; kinds by enum document_kind. */
struct outcome {
	size_t n_files, n_kind[DOCUMENT_UNKNOWN + 1], n_turns, n_cues, n_speakers, n_chapters, n_untimed;
	const struct dialect *dialect; /* only of this one, NULL = any */
	size_t (*count)(struct span);  /* an independent count of the cues, NULL = none */
	const char *ending;
};

static size_t count_speakers(const struct transcript *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_turns; i++) {
		bool is_new = t->turns[i].speaker.n > 0;
		for (size_t k = 0; is_new && k < i; k++)
			is_new = !span_equal(t->turns[k].speaker, t->turns[i].speaker);
		n += is_new;
	}
	return n;
}

static void take_outcome(const char *path, struct span bytes, void *data)
{
	struct outcome *o = data;
	if (o->ending && !span_is(file_ending(path), o->ending))
		return;
	struct document *d = document_read(path, bytes, NULL);
	o->n_files++;
	o->n_kind[d->kind]++;
	assert_true(*d->reason);
	/* Never a silent empty transcript. */
	assert_true(!d->transcript || d->transcript->n_cues > 0);
	if (o->count && o->count(bytes) != (d->transcript ? d->transcript->n_cues : 0))
		print_error("%s: %s\n", path, d->reason);
	if (o->count)
		assert_int_equal(d->transcript ? d->transcript->n_cues : 0, o->count(bytes));
	if (d->transcript && (!o->dialect || o->dialect == d->dialect)) {
		o->n_turns += d->transcript->n_turns;
		o->n_cues += d->transcript->n_cues;
		o->n_speakers += count_speakers(d->transcript);
		o->n_untimed += d->transcript->n_untimed;
	}
	o->n_chapters += d->n_chapters;
	document_destroy(d);
}

static struct outcome outcome_of(const char *root, const char *name, struct outcome start)
{
	char *folder = file_join(root, name);
	corpus_each(folder, take_outcome, &start);
	free(folder);
	return start;
}

/* `[nick host1 Name]`, indented or not. */
static size_t declarations(struct span text)
{
	size_t n = 0;
	struct span line;
	while (span_next_line(&text, &line)) {
		line = span_trim(line);
		n += span_starts(line, "[") && span_ends(line, "]") && (span_search(line, SPAN_LITERAL(" host"), 0) < line.n ||
			span_search(line, SPAN_LITERAL(" guest"), 0) < line.n);
	}
	return n;
}

static size_t n_declared;

static void add_declarations(const char *path, struct span bytes, void *data)
{
	(void)path, (void)data;
	n_declared += declarations(bytes);
}

static void code_maven_s_pages_are_episodes_in_both_forms(void **state)
{
	(void)state;
	char *root = corpus("cmos");
	static const char *const folders[] = {"md-2026", "tt-2016"};
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		struct outcome o = outcome_of(root, folders[i], (struct outcome){.count = entries});
		assert_int_equal(o.n_files, 11);
		assert_int_equal(o.n_kind[DOCUMENT_EPISODE], 10);
		assert_int_equal(o.n_kind[DOCUMENT_DECLINED], 1);
		assert_int_equal(o.n_turns, 585);
		assert_int_equal(o.n_cues, 585);
		assert_int_equal(o.n_speakers, 21);
		assert_int_equal(o.n_chapters, 0);
	}
	char *pages = file_join(root, "md-2026");
	n_declared = 0;
	corpus_each(pages, add_declarations, NULL);
	assert_int_equal(n_declared, 21);
	struct outcome o = outcome_of(root, "skeletons", (struct outcome){0});
	assert_int_equal(o.n_files, 2);
	assert_int_equal(o.n_kind[DOCUMENT_EPISODE], 2);
	assert_int_equal(o.n_cues, 2);
	o = outcome_of(root, "other-video-pages", (struct outcome){0});
	assert_int_equal(o.n_files, 53);
	assert_int_equal(o.n_kind[DOCUMENT_EPISODE], 47);
	assert_int_equal(o.n_kind[DOCUMENT_DECLINED], 6);
	assert_int_equal(o.n_chapters, 42); /* in two pages, whose notes list 24 and 18 times */
	o = outcome_of(root, "srt-2016", (struct outcome){.count = arrows});
	assert_int_equal(o.n_cues, 215);
	free(pages);
	free(root);
}

/* The same episodes, ten years apart: what was said and when is the same. */
static void the_two_forms_of_a_code_maven_page_say_the_same(void **state)
{
	(void)state;
	char *old_folder = corpus("cmos/tt-2016"), *new_folder = corpus("cmos/md-2026"), **names;
	size_t n, n_compared = 0;
	struct why why;
	assert_int_equal(file_list(old_folder, &names, &n, &why), OK);
	for (size_t i = 0; i < n; i++) {
		struct buf name = {0};
		struct span stem = file_stem(names[i]);
		buf_format(&name, "%.*s.md", SPAN_ARG(stem));
		struct buf before = read_or_fail(old_folder, names[i]), after = read_or_fail(new_folder, name.p);
		struct document *a = document_read(names[i], buf_view(&before), NULL), *b = document_read(name.p,
			buf_view(&after), NULL);
		assert_int_equal(a->kind, b->kind);
		assert_string_equal(a->slug, b->slug);
		if (a->transcript) {
			assert_int_equal(a->transcript->n_cues, b->transcript->n_cues);
			for (size_t k = 0; k < a->transcript->n_cues; k++) {
				assert_int_equal(a->transcript->cues[k].start_ms, b->transcript->cues[k].start_ms);
				assert_true(span_equal(a->transcript->turns[k].speaker, b->transcript->turns[k].speaker));
			}
			assert_string_equal(a->title, b->title);
			assert_int_equal(a->media_bytes, b->media_bytes);
			assert_int_equal(a->duration_ms, b->duration_ms);
			assert_true(a->published_ms == b->published_ms);
			n_compared++;
		}
		document_destroy(a);
		document_destroy(b);
		buf_finish(&before);
		buf_finish(&after);
		buf_finish(&name);
	}
	assert_int_equal(n_compared, 10);
	file_list_free(names, n);
	free(old_folder);
	free(new_folder);
}

static size_t sentences(struct span text)
{
	size_t n = 0;
	/* Each sentence has a list of words of its own. */
	for (size_t at = 0; (at = span_search(text, SPAN_LITERAL("\"words\":"), at)) < text.n; at++)
		n++;
	return n;
}

static void talk_python_s_files_are_all_recognised_with_every_cue(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("talkpython.tar.zst", root);
	struct outcome o = outcome_of(root, "talkpython/current", (struct outcome){.count = lines_with_hours,
		.ending = "txt"});
	assert_int_equal(o.n_files, 252);
	assert_int_equal(o.n_kind[DOCUMENT_TRANSCRIPT], 252);
	assert_int_equal(o.n_cues, 249653);
	assert_int_equal(o.n_untimed, 0);
	o = outcome_of(root, "talkpython/current", (struct outcome){.count = arrows, .ending = "vtt"});
	assert_int_equal(o.n_files, 25);
	assert_int_equal(o.n_cues, 28913);
	o = outcome_of(root, "talkpython/youtube", (struct outcome){.count = arrows});
	assert_int_equal(o.n_files, 11);
	assert_int_equal(o.n_cues, 18689);
	o = outcome_of(root, "talkpython/history-2024-12", (struct outcome){0});
	assert_int_equal(o.n_files, 77);
	assert_int_equal(o.n_kind[DOCUMENT_TRANSCRIPT], 77);
	assert_int_equal(o.n_turns, 6230);
	assert_int_equal(o.n_cues, 13545);
	o = outcome_of(root, "talkpython/history-2024-12", (struct outcome){.dialect = &dialect_speaker_lines});
	assert_int_equal(o.n_turns, 5717);
	o = outcome_of(root, "talkpython/asr-json-2022", (struct outcome){.count = sentences,
		.dialect = &dialect_assemblyai});
	assert_int_equal(o.n_files, 1);
	assert_int_equal(o.n_cues, 567);
	assert_int_equal(o.n_turns, 83);
	assert_int_equal(o.n_speakers, 2);
	corpus_remove(root);
}

static void every_caption_file_is_read_or_refused_with_its_reason(void **state)
{
	(void)state;
	char root[64];
	static const struct { const char *folder; size_t n_files, n_transcripts, n_cues; } suites[] = {
		{"captions/go-astisub", 12, 7, 36}, {"captions/pysrt", 6, 6, 2690}, {"captions/srt", 1, 1, 3},
		{"captions/podcast-namespace", 2, 2, 229}};
	corpus_unpack("captions.tar.zst", root);
	for (size_t i = 0; i < COUNT_OF(suites); i++) {
		struct outcome o = outcome_of(root, suites[i].folder, (struct outcome){0});
		assert_int_equal(o.n_files, suites[i].n_files);
		assert_int_equal(o.n_kind[DOCUMENT_TRANSCRIPT], suites[i].n_transcripts);
		assert_int_equal(o.n_cues, suites[i].n_cues);
	}
	struct outcome all = outcome_of(root, "captions", (struct outcome){0});
	assert_int_equal(all.n_files, 340);
	/* The expected JSON, region and signature tests without a cue, and EBU STL aren't; TTML and SubStation are
	 * declined. */
	assert_int_equal(all.n_kind[DOCUMENT_TRANSCRIPT], 117);
	assert_int_equal(all.n_kind[DOCUMENT_DECLINED], 4);
	assert_int_equal(all.n_kind[DOCUMENT_UNKNOWN], 219);
	struct outcome json = outcome_of(root, "captions", (struct outcome){.ending = "json"});
	assert_int_equal(json.n_kind[DOCUMENT_UNKNOWN], json.n_files);
	corpus_remove(root);
}

static void the_podcast_namespace_s_speakers_are_read(void **state)
{
	(void)state;
	char root[64];
	corpus_unpack("captions.tar.zst", root);
	struct outcome o = outcome_of(root, "captions/podcast-namespace", (struct outcome){.ending = "srt"});
	assert_int_equal(o.n_speakers, 3);
	assert_int_equal(o.n_turns, 10);
	o = outcome_of(root, "captions/podcast-namespace", (struct outcome){.ending = "vtt"});
	assert_int_equal(o.n_speakers, 2);
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
		cmocka_unit_test(code_maven_s_pages_are_episodes_in_both_forms),
		cmocka_unit_test(the_two_forms_of_a_code_maven_page_say_the_same),
		cmocka_unit_test(talk_python_s_files_are_all_recognised_with_every_cue),
		cmocka_unit_test(every_caption_file_is_read_or_refused_with_its_reason),
		cmocka_unit_test(the_podcast_namespace_s_speakers_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
