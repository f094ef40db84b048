/* Whatever somebody's editor, disk or malice makes of a file: no crash, no hang, the same answer twice.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "transcripts/export.h"

enum { MUTANTS = 2000 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bytes that mean something to one dialect or another. */
static const char *const tokens[] = {"0:00", "00:59:59", ":", "[", "]", "<v ", ">", "<", "-->", "\n", "\r",
	"\xE2\x80\xA8", "&amp;", "\0", "---\n", "[transcript]\n", "[/transcript]\n", "WEBVTT\n", "99:99", "{%", "%}", "\xC2",
	"\xC2\xA0", "  ", "](", "`",
	"host1 ", "\xEF\xBB\xBF", "9999999999", "#"};

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

static void read_twice(const char *name, struct span bytes)
{
	struct buf first = {0}, second = {0};
	struct buf *digests[] = {&first, &second};
	for (int i = 0; i < 2; i++) {
		struct recorded r;
		struct dialect_faults faults = recorder(&r);
		struct document *d = document_read(name, bytes, &faults);
		assert_true(*d->reason && *d->slug);
		assert_true((d->kind == DOCUMENT_TRANSCRIPT) <= (d->transcript != NULL));
		if (d->transcript)
			check_sound(d->transcript);
		digest(d, &r, digests[i]);
		document_destroy(d);
		buf_finish(&r.all);
	}
	assert_int_equal(first.n, second.n);
	assert_memory_equal(first.p, second.p, first.n);
	buf_finish(&first);
	buf_finish(&second);
}

/* Every dialect's parser also meets what isn't its own: an owner may override the detection. */
static void parse_with_each(struct span bytes)
{
	static const struct dialect *const all[] = {&dialect_speaker_lines, &dialect_stamped_lines, &dialect_inline_stamps,
		&dialect_webvtt, &dialect_subrip, &dialect_code_maven};
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct transcript *t = all[i]->parse(bytes, 1, NULL);
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
		int64_t start = clock_mono_ms();
		read_twice(name, buf_view(&mutant));
		parse_with_each(buf_view(&mutant));
		int64_t took = clock_mono_ms() - start;
		slowest = took > slowest ? took : slowest;
		buf_finish(&mutant);
	}
	assert_true(slowest < 10000);
	buf_finish(&original);
}

static void mutants_of_speaker_lines_are_harmless(void **state) { (void)state; mutants_of("speaker_lines.txt", 1); }
static void mutants_of_stamped_lines_are_harmless(void **state) { (void)state; mutants_of("stamped_lines.txt", 2); }
static void mutants_of_old_mac_files_are_harmless(void **state) { (void)state; mutants_of("old_mac.txt", 3); }
static void mutants_of_inline_stamps_are_harmless(void **state) { (void)state; mutants_of("inline_stamps.txt", 4); }
static void mutants_of_episode_pages_are_harmless(void **state) { (void)state; mutants_of("code_maven.md", 5); }
static void mutants_of_webvtt_are_harmless(void **state) { (void)state; mutants_of("voices.vtt", 6); }
static void mutants_of_subrip_are_harmless(void **state) { (void)state; mutants_of("captions.srt", 8); }
static void mutants_of_scrolling_captions_are_harmless(void **state) { (void)state; mutants_of("scrolling.vtt", 7); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants_of_speaker_lines_are_harmless),
		cmocka_unit_test(mutants_of_stamped_lines_are_harmless),
		cmocka_unit_test(mutants_of_old_mac_files_are_harmless),
		cmocka_unit_test(mutants_of_inline_stamps_are_harmless),
		cmocka_unit_test(mutants_of_episode_pages_are_harmless),
		cmocka_unit_test(mutants_of_webvtt_are_harmless),
		cmocka_unit_test(mutants_of_subrip_are_harmless),
		cmocka_unit_test(mutants_of_scrolling_captions_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
