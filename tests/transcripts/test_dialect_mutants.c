/* Whatever somebody's editor, disk or malice makes of a file: no crash, no hang, the same answer twice.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "base/utf8.h"
#include "tests/base/processor_time.h"
#include "transcripts/export.h"

/* Each is read; one in TWICE_IN is read twice, for the same answer, and by every dialect's parser. */
enum { MUTANTS = 5000, TWICE_IN = 25 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bytes that mean something to one dialect or another. */
static const char *const tokens[] = {"0:00", "00:59:59", ":", "[", "]", "<v ", ">", "<", "-->", "\n", "\r",
	"\xE2\x80\xA8", "&amp;", "\0", "---\n", "[transcript]\n", "[/transcript]\n", "WEBVTT\n", "99:99", "{%", "%}",
	"\xC2",
	"\xC2\xA0", "  ", "](", "`",
	"host1 ", "\xEF\xBB\xBF", "9999999999", "#", "\"", "{", "}", ",", "\\[", "\\", "**", "NaN", "null", "-1", "1e300",
	"<time>", "</p>", "<cite>", "<!--", "=", "\t", "- line: ", "sec: ", "\xFF\xFE", "{\\an8}", "](#t=1"};

static void mutate(struct buf *b, uint32_t *seed)
{
	for (uint32_t k = 1 + next_random(seed) % 8; k > 0 && b->n > 0; k--) {
		size_t at = next_random(seed) % b->n;
		switch (next_random(seed) % 5) {
		case 0:
			b->p[at] = (char)next_random(seed);
			break;
		case 1: { /* cut a piece out */
			size_t n = 1 + next_random(seed) % 40;
			if (n > b->n - at)
				n = b->n - at;
			memmove(b->p + at, b->p + at + n, b->n - at - n);
			b->n -= n;
			break;
		}
		case 2: { /* put a token in */
			const char *token = tokens[next_random(seed) % COUNT_OF(tokens)];
			size_t n = *token ? strlen(token) : 1;
			buf_reserve(b, n);
			memmove(b->p + at + n, b->p + at, b->n - at);
			memcpy(b->p + at, token, n);
			b->n += n;
			break;
		}
		case 3: { /* double a piece */
			size_t n = next_random(seed) % 60;
			if (n > b->n - at)
				n = b->n - at;
			char *piece = span_dup(span_make(b->p + at, n));
			buf_add(b, piece, n);
			free(piece);
			break;
		}
		default:
			b->n = at; /* a copy that was broken off */
		}
	}
}

static void check_sound(const struct transcript *t)
{
	size_t next = 0;
	for (size_t i = 0; i < t->n_turns; i++) {
		assert_int_equal(t->turns[i].first_cue, next);
		assert_true(t->turns[i].n_cues > 0);
		next += t->turns[i].n_cues;
		assert_true(utf8_is_valid(t->turns[i].speaker));
	}
	assert_int_equal(next, t->n_cues);
	for (size_t i = 0; i < t->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		assert_true(cue->start_ms >= 0 && cue->end_ms >= cue->start_ms);
		assert_true(cue->text.n > 0 && utf8_is_valid(cue->text));
		assert_true(memchr(cue->text.p, '\n', cue->text.n) == NULL);
		assert_true(cue->line > 0);
	}
}

static void digest(const struct document *d, const struct recorded *r, struct buf *out)
{
	buf_format(out, "%d %s %s %s %s\n", (int)d->kind, d->reason, d->title, d->slug, d->notes);
	buf_span(out, buf_view(&r->all));
	if (d->transcript)
		export_vtt(d->transcript, out);
}

static void read_times(const char *name, struct span bytes, int times)
{
	struct buf first = {0}, second = {0};
	struct buf *digests[] = {&first, &second};
	for (int i = 0; i < times; i++) {
		struct recorded r;
		struct dialect_faults faults = recorder(&r);
		struct document *d = document_read(name, bytes, &faults);
		assert_true(*d->reason && *d->slug);
		assert_true((d->kind == DOCUMENT_TRANSCRIPT) <= (d->transcript != NULL));
		if (d->transcript)
			check_sound(d->transcript);
		for (size_t k = 0; k < d->n_chapters; k++)
			assert_true(d->chapters[k].start_ms >= 0 && (k == 0 ||
				d->chapters[k].start_ms >= d->chapters[k - 1].start_ms));
		if (times > 1)
			digest(d, &r, digests[i]);
		document_destroy(d);
		buf_finish(&r.all);
	}
	assert_int_equal(first.n, times > 1 ? second.n : 0);
	if (first.n)
		assert_memory_equal(first.p, second.p, first.n);
	buf_finish(&first);
	buf_finish(&second);
}

/* Every dialect's parser also meets what isn't its own: an owner may override the detection. */
static void parse_with_each(struct span bytes)
{
	const struct dialect *dialect;
	for (size_t i = 0; (dialect = dialect_at(i)); i++) {
		if (!dialect->parse)
			continue;
		struct transcript *t = dialect->parse(bytes, 1, NULL);
		check_sound(t);
		transcript_destroy(t);
	}
}

static void mutants_of(const char *name, uint32_t seed)
{
	struct buf original = fixture(name);
	int64_t slowest = 0;
	for (int i = 0; i < MUTANTS; i++) {
		struct buf mutant = {0};
		buf_span(&mutant, buf_view(&original));
		mutate(&mutant, &seed);
		int64_t start = processor_us();
		bool twice = i % TWICE_IN == 0;
		read_times(name, buf_view(&mutant), twice ? 2 : 1);
		if (twice)
			parse_with_each(buf_view(&mutant));
		int64_t took = processor_us() - start;
		slowest = took > slowest ? took : slowest;
		buf_finish(&mutant);
	}
	assert_true(slowest < 10000000);
	buf_finish(&original);
}

static void mutants_of_speaker_lines_are_harmless(void **state) { (void)state; mutants_of("speaker_lines.txt", 1); }
static void mutants_of_stamped_lines_are_harmless(void **state) { (void)state; mutants_of("stamped_lines.txt", 2); }
static void mutants_of_old_mac_files_are_harmless(void **state) { (void)state; mutants_of("old_mac.txt", 3); }
static void mutants_of_tables_with_tabs_are_harmless(void **state) { (void)state; mutants_of("tabs.txt", 4); }
static void mutants_of_inline_stamps_are_harmless(void **state) { (void)state; mutants_of("inline_stamps.txt", 5); }
static void mutants_of_paragraphs_are_harmless(void **state) { (void)state; mutants_of("paragraphs.txt", 6); }
static void mutants_of_episode_pages_are_harmless(void **state) { (void)state; mutants_of("code_maven.md", 7); }
static void mutants_of_older_pages_are_harmless(void **state) { (void)state; mutants_of("code_maven_2016.txt", 8); }
static void mutants_of_webvtt_are_harmless(void **state) { (void)state; mutants_of("voices.vtt", 9); }
static void mutants_of_scrolling_captions_are_harmless(void **state) { (void)state; mutants_of("scrolling.vtt", 10); }
static void mutants_of_subrip_are_harmless(void **state) { (void)state; mutants_of("captions.srt", 11); }
static void mutants_of_podcasting_json_are_harmless(void **state) { (void)state; mutants_of("podcasting.json", 12); }
static void mutants_of_podcasting_html_are_harmless(void **state) { (void)state; mutants_of("podcasting.html", 13); }
static void mutants_of_whisper_are_harmless(void **state) { (void)state; mutants_of("whisper.json", 14); }
static void mutants_of_whisper_s_table_are_harmless(void **state) { (void)state; mutants_of("whisper.tsv", 15); }
static void mutants_of_whisper_cpp_are_harmless(void **state) { (void)state; mutants_of("whisper_cpp.json", 16); }
static void mutants_of_assemblyai_are_harmless(void **state) { (void)state; mutants_of("assemblyai.json", 17); }
static void mutants_of_bare_words_are_harmless(void **state) { (void)state; mutants_of("assemblyai_words.json", 18); }
static void mutants_of_changelog_are_harmless(void **state) { (void)state; mutants_of("changelog.md", 19); }
static void mutants_of_datatalks_are_harmless(void **state) { (void)state; mutants_of("datatalks.md", 20); }
static void mutants_of_show_notes_are_harmless(void **state) { (void)state; mutants_of("show_notes.md", 21); }
static void mutants_of_json_chapters_are_harmless(void **state) { (void)state; mutants_of("chapters.json", 22); }
static void mutants_of_simple_chapters_are_harmless(void **state) { (void)state; mutants_of("chapters.psc", 23); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants_of_speaker_lines_are_harmless),
		cmocka_unit_test(mutants_of_stamped_lines_are_harmless),
		cmocka_unit_test(mutants_of_old_mac_files_are_harmless),
		cmocka_unit_test(mutants_of_tables_with_tabs_are_harmless),
		cmocka_unit_test(mutants_of_inline_stamps_are_harmless),
		cmocka_unit_test(mutants_of_paragraphs_are_harmless),
		cmocka_unit_test(mutants_of_episode_pages_are_harmless),
		cmocka_unit_test(mutants_of_older_pages_are_harmless),
		cmocka_unit_test(mutants_of_webvtt_are_harmless),
		cmocka_unit_test(mutants_of_scrolling_captions_are_harmless),
		cmocka_unit_test(mutants_of_subrip_are_harmless),
		cmocka_unit_test(mutants_of_podcasting_json_are_harmless),
		cmocka_unit_test(mutants_of_podcasting_html_are_harmless),
		cmocka_unit_test(mutants_of_whisper_are_harmless),
		cmocka_unit_test(mutants_of_whisper_s_table_are_harmless),
		cmocka_unit_test(mutants_of_whisper_cpp_are_harmless),
		cmocka_unit_test(mutants_of_assemblyai_are_harmless),
		cmocka_unit_test(mutants_of_bare_words_are_harmless),
		cmocka_unit_test(mutants_of_changelog_are_harmless),
		cmocka_unit_test(mutants_of_datatalks_are_harmless),
		cmocka_unit_test(mutants_of_show_notes_are_harmless),
		cmocka_unit_test(mutants_of_json_chapters_are_harmless),
		cmocka_unit_test(mutants_of_simple_chapters_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
