/* Fifty clocks that jump: order, numbers and music don't depend on what the wall says.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/score.h"
#include "base/clock.h"
#include "server/ingest.h"
#include "tests/server/log_helper.h"

#include <cmocka.h> /* last: its macro skip() would meet `enum skip` */

enum { SCHEDULES = 50, MESSAGES = 120, HOUR = 3600000 };

static _Atomic int64_t wall, mono_us; /* the log's thread looks, too */

static int64_t injected_wall(void)
{
	return wall;
}

static int64_t injected_mono(void)
{
	return mono_us += 7; /* it never stands still, nor goes back */
}

/* Where the wall is after message i of a schedule, whatever it was before. */
static int64_t jumped(int schedule, int i)
{
	static const int64_t starts[] = {1700000000000, 0, 2147483647000 /* 2038 */, 253402300799000, 1774749600000 /* the night on
		which clocks go forward */};
	int64_t start = starts[schedule % COUNT_OF(starts)];
	switch (schedule / (int)COUNT_OF(starts)) {
	case 0: return start;                                    /* frozen */
	case 1: return start + i * 10;
	case 2: return start + (i % 2 ? HOUR : 0);               /* to and fro with each message */
	case 3: return start - i * INT64_C(1000);                /* backwards */
	case 4: return start + (i > 60 ? -24 * (int64_t)HOUR : i * 10);
	case 5: return start + (i > 60 ? HOUR : 0) - (i > 90 ? HOUR : 0);
	case 6: return start + i / 20 * (int64_t)HOUR;
	case 7: return i > 60 ? 0 : start;
	case 8: return start + (i % 7) * (int64_t)HOUR - (i % 5) * (int64_t)HOUR;
	default: return start + (i * 7919 % 101 - 50) * INT64_C(60000);
	}
}

struct heard {
	uint64_t last_seq;
	struct ingest *ingest;
};

static void published(void *data, struct event *const *events, size_t n)
{
	struct heard *h = data;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(events[i]->seq, h->last_seq + 1);
		h->last_seq = events[i]->seq;
	}
}

static void send_message(struct ingest_source *s, int i)
{
	struct buf text = {0};
	buf_format(&text, "{\"meta\":{\"id\":\"m-%d\",\"dt\":\"2026-11-20T10:%02d:%02d.%03dZ\"},\"type\":\"edit\",\"namespace\":0,"
		"\"title\":\"Page %d\",\"user\":\"Somebody\",\"length\":{\"old\":100,\"new\":%d},\"wiki\":\"enwiki\"}", i, i / 60, i % 60,
		i * 37 % 1000, i % 17, 100 + i * i);
	assert_int_equal(ingest_message(s, buf_view(&text), SPAN_LITERAL("p")), OK);
	buf_finish(&text);
}

static void settle(struct ingest *ingest)
{
	while (!ingest_is_idle(ingest)) {
		ingest_flush(ingest);
		ingest_collect(ingest);
		usleep(100);
	}
}

/* The notes of all events by their own times, as render plays them, in a number. */
static uint64_t music(const char *var)
{
	struct log_reader *r;
	struct score *score = score_create(score_named(SPAN_LITERAL("hatnote")));
	const struct event *ev;
	struct note notes[SCORE_NOTES_MAX];
	struct buf all = {0};
	size_t n_events = 0;
	assert_int_equal(log_reader_open(var, &r, NULL), OK);
	assert_int_equal(log_reader_window(r, 0, INT64_MAX, NULL), OK);
	while (log_reader_next(r, &ev, NULL) == OK) {
		size_t n = score_play(score, ev, ev->time_ms, notes);
		buf_format(&all, "%lld:", (long long)ev->time_ms);
		for (size_t i = 0; i < n; i++)
			buf_format(&all, "%lld %u %.9g %.9g %.9g;", (long long)notes[i].at_ms, notes[i].instrument, (double)notes[i].key,
				(double)notes[i].level, (double)notes[i].pan);
		n_events++;
	}
	assert_int_equal(n_events, MESSAGES);
	uint64_t hash = span_hash(buf_view(&all));
	buf_finish(&all);
	score_destroy(score);
	log_reader_close(r);
	return hash;
}

static uint64_t run_schedule(int schedule)
{
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct heard heard = {0};
	struct ingest *ingest = ingest_create(log, published, &heard);
	struct ingest_source *source = ingest_source(ingest, "wikimedia", mapping_named(SPAN_LITERAL("mediawiki")));
	for (int i = 0; i < MESSAGES; i++) {
		wall = jumped(schedule, i);
		send_message(source, i);
		if (i % 11 == 0)
			ingest_flush(ingest); /* jumps come within batches, and between them */
		ingest_collect(ingest);
	}
	settle(ingest);
	assert_int_equal(heard.last_seq, MESSAGES);
	/* A second time: all known, whatever the clock says now. */
	wall = jumped(schedule, 3);
	send_message(source, 5);
	settle(ingest);
	assert_int_equal(ingest_counts(source).duplicates, 1);
	assert_int_equal(log_counts(log).last_seq, MESSAGES);
	ingest_destroy(ingest);
	log_close(log);
	uint64_t hash = music(var);
	remove_folder(var);
	return hash;
}

static void numbers_and_music_are_the_same_whatever_the_wall_clock_does(void **state)
{
	(void)state;
	uint64_t expected = 0;
	clock_inject(injected_wall, injected_mono);
	for (int schedule = 0; schedule < SCHEDULES; schedule++) {
		uint64_t hash = run_schedule(schedule);
		if (!expected)
			expected = hash;
		if (hash != expected)
			fail_msg("schedule %d sounds otherwise", schedule);
	}
	clock_inject(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_music_are_the_same_whatever_the_wall_clock_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
