/* WebVTT against other people's oracles: the web-platform-tests' parsing files, and vtt.js with its expected JSON.
 * Where this program reads otherwise on purpose, the file stands in a list with the reason.
 * SPDX-License-Identifier: MIT */
#include "corpora.h"

#include "base/json.h"
#include "base/utf8.h"

/* As a transcript keeps text: single blanks, none at the ends. */
static void fold(struct buf *out, struct span text)
{
	struct transcript *t = transcript_create();
	transcript_add_cue(t, 0, 0, text, 1);
	buf_clear(out);
	buf_text(out, "");
	if (t->n_cues)
		buf_span(out, t->cues[0].text);
	transcript_destroy(t);
}

static bool starts_with_digits_after(struct span s, const char *word)
{
	if (!span_starts(s, word))
		return false;
	for (size_t i = strlen(word); i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* These files name their own answer: a cue that is to be read says text, text0, valid ...; one whose settings alone are
 * wrong says invalid0, and is read too; one that isn't to be says invalid. */
static bool is_to_be_read(struct span line)
{
	return starts_with_digits_after(line, "text") || starts_with_digits_after(line, "valid") ||
		(starts_with_digits_after(line, "invalid") && line.n > strlen("invalid"));
}

static void check_wpt_file(const char *path, struct span bytes, void *data)
{
	struct span stem = file_stem(path), rest = bytes, line;
	size_t expected = 0, *n_files = data;
	if (!span_is(file_ending(path), "vtt"))
		return;
	while (span_next_line(&rest, &line))
		expected += is_to_be_read(line);
	if (span_is(stem, "signature-timings"))
		expected = 0; /* the timing stands in the signature's line, so all of it is header */
	struct document *d = document_read(path, bytes, NULL);
	size_t n = d->transcript ? d->transcript->n_cues : 0;
	if (n != expected)
		print_error("%s: %zu cues, not %zu: %s\n", path, n, expected, d->reason);
	assert_int_equal(n, expected);
	assert_true(n > 0 || (d->kind == DOCUMENT_UNKNOWN && strstr(d->reason, "no cue in it")));
	for (size_t i = 0; i < n; i++)
		assert_true(is_to_be_read(d->transcript->cues[i].text));
	document_destroy(d);
	++*n_files;
}

/* The text nodes of the tree, one after the other. */
static void text_of_tree(struct span tree, struct buf *out)
{
	struct span line;
	while (span_next_line(&tree, &line)) {
		size_t at = span_find(line, '|') + 1;
		line = span_trim(span_from(line, at));
		if (line.n >= 2 && line.p[0] == '"')
			buf_add(out, line.p + 1, line.n - 2);
	}
}

static const struct { const char *text, *ours, *why; } read_otherwise[] = {
	{"&<\n", "&<", "a '<' that nothing closes is text: captions say \"a < b\" more often than they are cut in a tag"},
	{"&<c\n", "&<c", "the same"},
	{"<0\n", "<0", "the same"},
	{"<0.500\n", "<0.500", "the same"},
	{"<0:00.500\n", "<0:00.500", "the same"},
	{"<00:00.500\n", "<00:00.500", "the same"},
	{"<00:00:00.500\n", "<00:00:00.500", "the same"},
	{"&ClockwiseContourIntegral;\n", "&ClockwiseContourIntegral;", "HTML 4's names are known, not HTML 5's 2,231"},
	{"&nsubE;\n", "&nsubE;", "the same"},
};

static void check_wpt_cues(const char *folder, const char *name)
{
	struct buf path = {0}, text = {0}, folded = {0};
	struct why why;
	buf_format(&path, "%s.json", name);
	struct buf json = read_or_fail(folder, path.p);
	cJSON *list = json_parse(buf_view(&json), &why);
	buf_clear(&path);
	buf_format(&path, "%s.vtt", name);
	struct buf vtt = read_or_fail(folder, path.p);
	struct document *d = document_read(path.p, buf_view(&vtt), NULL);
	const struct transcript *t = d->transcript;
	size_t k = 0;
	int64_t second = 0;
	assert_true(cJSON_IsArray(list));
	for (const cJSON *test = list->child; test; test = test->next, second++) {
		struct span raw = json_string(json_get(test, "text"));
		buf_clear(&text);
		text_of_tree(json_string(json_get(test, "expectedTree")), &text);
		for (size_t i = 0; i < COUNT_OF(read_otherwise); i++)
			if (span_is(raw, read_otherwise[i].text)) {
				buf_clear(&text);
				buf_text(&text, read_otherwise[i].ours);
			}
		fold(&folded, buf_view(&text));
		if (folded.n == 0) {
			assert_true(k == t->n_cues || t->cues[k].start_ms > second * 1000);
			continue;
		}
		assert_true(k < t->n_cues);
		assert_int_equal(t->cues[k].start_ms, second * 1000);
		assert_span(t->cues[k++].text, folded.p);
	}
	assert_int_equal(k, t->n_cues);
	document_destroy(d);
	cJSON_Delete(list);
	buf_finish(&json);
	buf_finish(&vtt);
	buf_finish(&path);
	buf_finish(&text);
	buf_finish(&folded);
}

static void web_platform_tests_parsing_files_give_their_cues(void **state)
{
	(void)state;
	char root[64];
	size_t n_files = 0;
	corpus_unpack("captions.tar.zst", root);
	char *files = file_join(root, "captions/webvtt-wpt/wpt-file-parsing"),
		*cues = file_join(root, "captions/webvtt-wpt/wpt-cue-parsing");
	corpus_each(files, check_wpt_file, &n_files);
	assert_int_equal(n_files, 20);
	check_wpt_cues(cues, "entities");
	check_wpt_cues(cues, "timestamps");
	free(files);
	free(cues);
	corpus_remove(root);
}

/* Without tags, references decoded: enough for what this suite's cues hold. */
static void reduce(struct span text, struct buf *out)
{
	static const struct { const char *name, *c; } known[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"},
		{"&nbsp;", " "},
		{"&lrm;", "\xE2\x80\x8E"}, {"&rlm;", "\xE2\x80\x8F"}};
	struct buf raw = {0};
	while (text.n) {
		size_t n = 1, end = span_find(text, '>');
		if (text.p[0] == '<' && end < text.n)
			n = end + 1;
		else
			for (size_t i = 0; i <= COUNT_OF(known); i++) {
				if (i == COUNT_OF(known)) {
					buf_char(&raw, text.p[0]);
				} else if (span_starts(text, known[i].name)) {
					buf_text(&raw, known[i].c);
					n = strlen(known[i].name);
					break;
				}
			}
		text = span_from(text, n);
	}
	fold(out, buf_view(&raw));
	buf_finish(&raw);
}

static const struct { const char *file, *why; } vtt_js_otherwise[] = {
	{"space-after-lt.vtt", "'< 00:01.000>' opens no tag here: it stays as text"},
	{"line-breaks.vtt", "'- ' at a cue's start is another voice's mark, and goes"},
	{"many-comments.vtt", "the same"},
	{"id.vtt", "vtt.js drops the cue after an id of '-->'; by section 6.1 a timing after it begins a cue"},
	{"min-top-digits.vtt", "'000:00.000' isn't a time by section 6.3, as the web-platform-tests have it"},
	{"minimum-spots-over-sixty.vtt", "the same of '120:00.000'"},
	{"fraction-digits.vtt", "where no cue's time has three digits behind its point, those that it has are read"},
};

struct vtt_js {
	size_t n_vtt, n_json, n_otherwise;
};

/* All that the cues of one timing say: a cue with several voices is several here. */
static void gather(const struct transcript *t, size_t *i, struct buf *out)
{
	const struct cue *first = &t->cues[*i];
	buf_clear(out);
	for (; *i < t->n_cues && t->cues[*i].start_ms == first->start_ms && t->cues[*i].end_ms == first->end_ms; ++*i)
		buf_format(out, "%s%.*s", out->n ? " " : "", SPAN_ARG(t->cues[*i].text));
}

static void check_vtt_js(const char *path, struct span bytes, void *data)
{
	struct vtt_js *count = data;
	struct buf json = {0}, json_path = {0}, expected = {0}, said = {0};
	struct why why;
	bool otherwise = false;
	if (!span_is(file_ending(path), "vtt"))
		return;
	struct document *d = document_read(path, bytes, NULL);
	count->n_vtt++;
	assert_true(*d->reason);
	assert_true((d->transcript != NULL) == (d->kind == DOCUMENT_TRANSCRIPT));
	for (size_t i = 0; i < COUNT_OF(vtt_js_otherwise); i++)
		otherwise |= span_ends(span_of(path), vtt_js_otherwise[i].file) &&
			path[strlen(path) - strlen(vtt_js_otherwise[i].file) - 1]
			== '/';
	count->n_otherwise += otherwise;
	buf_add(&json_path, path, strlen(path) - 4);
	buf_text(&json_path, ".json");
	if (!otherwise && file_read(json_path.p, 1 << 20, &json, &why) == OK) {
		cJSON *root = json_parse(buf_view(&json), &why);
		const cJSON *cues = json_get(root, "cues");
		size_t i = 0;
		assert_true(cJSON_IsArray(cues));
		for (const cJSON *c = cues->child; c; c = c->next) {
			reduce(json_string(json_get(c, "text")), &expected);
			if (expected.n == 0)
				continue;
			if (!d->transcript || i >= d->transcript->n_cues)
				fail_msg("%s: no cue '%s': %s", path, expected.p, d->reason);
			assert_int_equal(d->transcript->cues[i].start_ms,
				(int64_t)(json_get(c, "startTime")->valuedouble * 1000 + 0.5));
			assert_int_equal(d->transcript->cues[i].end_ms,
				(int64_t)(json_get(c, "endTime")->valuedouble * 1000 + 0.5));
			gather(d->transcript, &i, &said);
			if (!span_equal(buf_view(&said), buf_view(&expected)))
				print_error("%s\n", path);
			assert_string_equal(said.p, expected.p);
		}
		assert_true(!d->transcript || i == d->transcript->n_cues);
		count->n_json++;
		cJSON_Delete(root);
	}
	document_destroy(d);
	buf_finish(&json);
	buf_finish(&json_path);
	buf_finish(&expected);
	buf_finish(&said);
}

static void vtt_js_s_expected_cues_are_ours(void **state)
{
	(void)state;
	char root[64];
	struct vtt_js count = {0};
	corpus_unpack("captions.tar.zst", root);
	char *folder = file_join(root, "captions/vtt.js");
	corpus_each(folder, check_vtt_js, &count);
	assert_int_equal(count.n_vtt, 119);
	assert_int_equal(count.n_otherwise, COUNT_OF(vtt_js_otherwise));
	assert_int_equal(count.n_json, 56);
	free(folder);
	corpus_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(web_platform_tests_parsing_files_give_their_cues),
		cmocka_unit_test(vtt_js_s_expected_cues_are_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
