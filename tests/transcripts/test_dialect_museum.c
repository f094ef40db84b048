/* Every way in which a long-running show has written its transcripts over the years, made anew with forty lines each: none
 * loses a line, a second or a speaker.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

enum { LINES = 40, STEP = 7 };

enum stamp { NONE, MINUTES, HOURS, LONG_HOURS, INLINE };

/* Minutes count on behind the hour. LONG_HOURS: an hour on, without a leading zero. */
static void add_stamp(struct buf *out, enum stamp stamp, int i)
{
	int t = i * STEP + (stamp == LONG_HOURS ? 3600 : 0);
	if (stamp == HOURS)
		buf_format(out, "%02d:%02d:%02d", t / 3600, t / 60 % 60, t % 60);
	else if (stamp == LONG_HOURS)
		buf_format(out, "%d:%02d:%02d", t / 3600, t / 60 % 60, t % 60);
	else if (stamp != NONE)
		buf_format(out, "%d:%02d", t / 60, t % 60);
}

static const char *const speakers[] = {"Ada Bell", "Ben Rope"}, *const loud[] = {"BELL", "ROPE"};

static void add_words(struct buf *out, int i)
{
	static const char *const words[] = {"the", "bell", "is", "rung", "by", "a", "rope", "that", "goes", "up", "to", "its", "wheel"};
	buf_format(out, "Line %d says", i);
	for (int k = 1; k < 8; k++)
		buf_format(out, " %s", words[(i * k + k) % (int)COUNT_OF(words)]);
	buf_text(out, ".");
}

static const struct form {
	const char *name;
	enum stamp stamp;
	const char *lead;             /* before the first line */
	const char *between;          /* stamp and words; with a %s for the speaker where there is one */
	const char *const *speakers;
	const char *end;              /* of a line */
	const char *prose;            /* stands behind every ninth line */
	const struct dialect *dialect;
	size_t n_turns;
	bool speaker_first;           /* Name: TAB stamp TAB words */
} forms[] = {
	{"hours", HOURS, "", " ", NULL, "\n\n", "", &dialect_stamped_lines, 1},
	{"hours and names", HOURS, "", " %s: ", speakers, "\n\n", "", &dialect_speaker_lines, LINES},
	{"minutes", MINUTES, "", " ", NULL, "\n\n", "", &dialect_stamped_lines, 1},
	{"minutes and names", MINUTES, "", " %s: ", speakers, "\n\n", "", &dialect_speaker_lines, LINES},
	{"minutes, mixed with prose", MINUTES, "Notes of an hour.\n\n", " ", NULL, "\n\n", "And more of it.\n\n", &dialect_stamped_lines, 1},
	{"minutes and names, mixed with prose", MINUTES, "Notes of an hour.\n\n", " %s: ", speakers, "\n\n", "And more of it.\n\n",
		&dialect_speaker_lines, LINES},
	{"hours and names in capitals", LONG_HOURS, "", " %s: ", loud, "\n\n", "", &dialect_speaker_lines, LINES},
	{"prose, then minutes", MINUTES, "Welcome to a page about bells.\n\nIt has no times yet.\n\n", " ", NULL, "\n", "",
		&dialect_stamped_lines, 1},
	{"inline", INLINE, "", " ", NULL, " ", "", &dialect_inline_stamps, 1},
	{"names, tabs, hours", HOURS, "", "%s:\t", speakers, "\n", "", &dialect_speaker_lines, LINES, true},
	{"a no-break space behind the stamp", HOURS, "", "\xC2\xA0", NULL, "\n\n", "", &dialect_stamped_lines, 1},
	{"line separators", HOURS, "", " ", NULL, "\xE2\x80\xA8", "", &dialect_stamped_lines, 1},
	{"stamps on their own lines", HOURS, "", "\n", NULL, "\n\n", "", &dialect_stamped_lines, 1},
	{"old Macs' ends", MINUTES, "", " %s: ", speakers, "\r\r", "", &dialect_speaker_lines, LINES},
	{"Windows' ends", HOURS, "", " %s: ", speakers, "\r\n\r\n", "", &dialect_speaker_lines, LINES},
};

static void write_line(const struct form *f, int i, struct buf *out)
{
	const char *speaker = f->speakers ? f->speakers[i % 2] : "";
	if (f->speaker_first) {
		buf_format(out, "%s:\t", speaker);
		add_stamp(out, f->stamp, i);
		buf_text(out, "\t");
	} else {
		struct span between = span_of(f->between);
		size_t at = span_search(between, SPAN_LITERAL("%s"), 0);
		add_stamp(out, f->stamp, i);
		buf_span(out, span_make(between.p, at));
		if (at < between.n) {
			buf_text(out, speaker);
			buf_span(out, span_from(between, at + 2));
		}
	}
	add_words(out, i);
	buf_text(out, f->end);
	if (i % 9 == 8)
		buf_text(out, f->prose);
}

static void every_form_keeps_each_line_second_and_speaker(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT_OF(forms); k++) {
		const struct form *f = &forms[k];
		struct buf text = {0};
		buf_text(&text, f->lead);
		for (int i = 0; i < LINES; i++)
			write_line(f, i, &text);
		struct document *d = document_read("a.txt", buf_view(&text), NULL);
		const struct transcript *t = d->transcript;
		if (!t || d->dialect != f->dialect || t->n_cues != LINES || t->n_turns != f->n_turns)
			fail_msg("%s: %s; %zu turns, %zu cues\n%.600s", f->name, d->reason, t ? t->n_turns : 0, t ? t->n_cues : 0, text.p);
		for (int i = 0; i < LINES; i++) {
			struct buf words = {0};
			add_words(&words, i);
			assert_int_equal(t->cues[i].start_ms, (i * STEP + (f->stamp == LONG_HOURS ? 3600 : 0)) * 1000);
			if (!span_starts(t->cues[i].text, words.p))
				fail_msg("%s: line %d is '%.*s'", f->name, i, SPAN_ARG(t->cues[i].text));
			buf_finish(&words);
		}
		for (size_t i = 0; f->speakers && i < t->n_turns; i++)
			assert_span(t->turns[i].speaker, f->speakers[i % 2]);
		document_destroy(d);
		buf_finish(&text);
	}
}

/* Minutes first, hours and names later, prose in between: in one file. */
static void mixtures_in_one_file_are_read_to_the_end(void **state)
{
	(void)state;
	struct buf text = {0};
	for (int i = 0; i < LINES; i++) {
		add_stamp(&text, i < 15 ? MINUTES : HOURS, i);
		if (i >= 15 && i % 4)
			buf_format(&text, " %s:", speakers[i % 2]);
		buf_text(&text, " ");
		add_words(&text, i);
		buf_text(&text, i % 9 == 8 ? "\n\nSomething in between.\n\n" : "\n\n");
	}
	struct document *d = document_read("a.txt", buf_view(&text), NULL);
	assert_non_null(d->transcript);
	assert_int_equal(d->transcript->n_cues, LINES);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(d->transcript->cues[i].start_ms, i * STEP * 1000);
	document_destroy(d);
	buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_keeps_each_line_second_and_speaker),
		cmocka_unit_test(mixtures_in_one_file_are_read_to_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
