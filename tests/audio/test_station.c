/* A station in full, thread and all, with a clock that runs eight times as fast as the real one: what takes a quarter of
 * a minute in life is over in two seconds.
 * SPDX-License-Identifier: MIT */
#include "audio/station_hls.h"

#include <stdatomic.h>
#include <time.h>

#include "audio/synth/synth.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/audio/fast_clock.h"
#include "tests/audio/ffmpeg.h"

enum { PACKS_MAX = 1000, BURST_TAKEN = 11 /* ten packs of 200 ms, then two seconds as one */ };

/* --- the test's own loop --- */

static atomic_int wakes;

static void wake(void *data)
{
	(void)data;
	atomic_fetch_add(&wakes, 1);
}

static void collect_for(struct station *s, int64_t ms)
{
	int64_t end = clock_mono_ms() + ms;
	while (clock_mono_ms() < end) {
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
		if (atomic_exchange(&wakes, 0))
			station_collect(s);
	}
}

/* A busy machine takes its time: only what never comes is a failure. */
#define collect_until(s, condition)							\
	do {										\
		int64_t until_give_up = clock_mono_ms() + 30000 * fast_clock_speed;	\
		while (!(condition)) {							\
			assert_true(clock_mono_ms() < until_give_up);			\
			collect_for((s), 30);						\
		}									\
	} while (0)

struct ear {
	struct station_listener *listener;
	struct msg *packs[PACKS_MAX];
	size_t n;
	bool is_deaf; /* doesn't take what is offered */
	struct ear *leaves; /* is made to leave when this one hears something */
};

static void hear(void *data)
{
	struct ear *e = data;
	if (e->leaves && e->leaves->listener) {
		station_leave(e->leaves->listener);
		e->leaves->listener = NULL;
	}
	if (e->is_deaf || !e->listener)
		return;
	for (struct msg *m; (m = station_take(e->listener, NULL));) {
		assert_true(e->n < PACKS_MAX);
		e->packs[e->n++] = m;
	}
}

static void listen_to(struct station *s, enum encoder_format format, struct ear *e)
{
	struct why why;
	assert_int_equal(station_listen(s, format, hear, e, &e->listener, &why), OK);
}

static void leave(struct ear *e)
{
	station_leave(e->listener);
	e->listener = NULL;
	for (size_t i = 0; i < e->n; i++)
		msg_unref(e->packs[i]);
	e->n = 0;
}

static float *heard(const struct ear *e, const char *name, size_t *n_frames)
{
	char *path = file_join(test_folder(), name);
	struct buf bytes = {0};
	for (size_t i = 0; i < e->n; i++)
		buf_add(&bytes, msg_bytes(e->packs[i]), e->packs[i]->n);
	spill(path, buf_view(&bytes));
	buf_finish(&bytes);
	float *frames = decode(path, n_frames);
	free(path);
	return frames;
}

static void strike(struct station *s, int64_t at_ms, float key)
{
	station_note(s, &(struct note){at_ms, SYNTH_CELESTA, key, 0.8f, 0});
}

static size_t first_loud(const float *frames, size_t n, size_t from)
{
	for (size_t i = from; i < n; i++)
		if (fabsf(frames[i * 2]) > 0.005f)
			return i;
	return n;
}

static float loudest(const float *frames, size_t n)
{
	float most = 0;
	for (size_t i = 0; i < n * 2; i++)
		most = fmaxf(most, fabsf(frames[i]));
	return most;
}

/* --- the claims --- */

static void without_listeners_nothing_runs(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	strike(s, clock_wall_ms(), 69);
	collect_for(s, 300);
	assert_false(station_counts(s).running);
	assert_int_equal(station_counts(s).notes_dropped, 0);
	struct station_listener *l;
	struct why why;
	assert_int_equal(station_listen(s, ENCODER_FLAC, hear, NULL, &l, &why), E_FORMAT);
	station_destroy(s);
}

static void the_first_listener_gets_four_seconds_at_once(void **state)
{
	(void)state;
	static const enum encoder_format formats[] = {ENCODER_OPUS, ENCODER_MP3};
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct station *s = station_create("Test", 1, wake, NULL);
		struct ear *e = mem_new(1, sizeof *e);
		listen_to(s, formats[i], e);
		assert_null(station_take(e->listener, NULL));
		collect_until(s, e->n >= BURST_TAKEN);
		size_t n;
		float *frames = heard(e, formats[i] == ENCODER_OPUS ? "first.opus" : "first.mp3", &n);
		assert_true(n >= 4 * SYNTH_RATE * 95 / 100);
		assert_true(loudest(frames, n) < 0.001f); /* nothing was struck */
		free(frames);
		leave(e);
		free(e);
		station_destroy(s);
	}
}

/* Everything after the header. */
static struct buf bytes_of(const struct ear *e)
{
	struct buf bytes = {0};
	for (size_t i = 1; i < e->n; i++)
		buf_add(&bytes, msg_bytes(e->packs[i]), e->packs[i]->n);
	return bytes;
}

static bool has_heard(const struct ear *e, struct msg *m)
{
	struct buf all = bytes_of(e);
	bool found = memmem(all.p, all.n, msg_bytes(m), m->n) != NULL;
	buf_finish(&all);
	return found;
}

static void the_first_listener_hears_what_rang_just_before(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	int64_t now = clock_wall_ms();
	strike(s, now - 60000, 90); /* too long ago */
	strike(s, now - 1000, 80);
	listen_to(s, ENCODER_OPUS, e);
	collect_until(s, e->n >= BURST_TAKEN);
	size_t n;
	float *frames = heard(e, "before.opus", &n);
	/* 4 s, a little less for the codec's delay: struck 1 s before its end, plus the lead. What is lost at the start,
	 * because the fast clock runs on meanwhile, is less than a second. */
	size_t first = first_loud(frames, n, 0);
	assert_in_range(first, SYNTH_RATE * 9 / 4, SYNTH_RATE * 7 / 2);
	free(frames);
	leave(e);
	free(e);
	station_destroy(s);
}

static void listeners_of_a_format_share_the_same_pages(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	enum { EARS = 12 }; /* the last and the second are told at the same time */
	struct ear *ears = mem_new(EARS, sizeof *ears);
	listen_to(s, ENCODER_OPUS, &ears[0]);
	collect_until(s, ears[0].n > BURST_TAKEN + 2);
	listen_to(s, ENCODER_OPUS, &ears[1]);
	listen_to(s, ENCODER_MP3, &ears[2]);
	for (size_t i = 3; i < EARS; i++)
		listen_to(s, ENCODER_OPUS, &ears[i]);
	for (int i = 0; i < 10; i++) {
		strike(s, clock_wall_ms(), 60 + (float)i);
		collect_for(s, 100);
	}
	collect_until(s, ears[1].n > BURST_TAKEN + 3 && ears[2].n > BURST_TAKEN + 3);
	assert_int_equal(station_counts(s).listeners, EARS);
	/* The later one has the header, then what the earlier one had, from a burst before it came. */
	assert_ptr_equal(ears[0].packs[0], ears[1].packs[0]);
	struct buf early = bytes_of(&ears[0]), late = bytes_of(&ears[1]);
	const char *at = memmem(early.p, early.n, late.p, 1000);
	assert_non_null(at);
	assert_true(at > early.p);
	size_t common = early.n - (size_t)(at - early.p);
	assert_memory_equal(at, late.p, common < late.n ? common : late.n);
	buf_finish(&early);
	buf_finish(&late);
	/* Not only equal: the same buffers, for those who are told at the same time. */
	assert_ptr_equal(ears[1].packs[ears[1].n - 1], ears[EARS - 1].packs[ears[EARS - 1].n - 1]);
	for (size_t i = 3; i < EARS; i++)
		leave(&ears[i]);

	/* A format that starts later begins with the same four seconds: all three have the same sound. */
	size_t n[3];
	float *frames[3] = {heard(&ears[0], "early.opus", &n[0]), heard(&ears[1], "late.opus", &n[1]),
		heard(&ears[2], "late.mp3", &n[2])};
	for (size_t i = 0; i < 3; i++)
		assert_true(loudest(frames[i], n[i]) > 0.02f);
	assert_true(n[2] > 3 * SYNTH_RATE);
	/* From the first stroke on, which the codecs' delays move a little. */
	size_t first[3], quarter = SYNTH_RATE / 4;
	for (size_t i = 0; i < 3; i++)
		first[i] = first_loud(frames[i], n[i], 0);
	assert_true(likeness(frames[0] + first[0] * 2, quarter, frames[1] + first[1] * 2, quarter, 100) > 0.99);
	assert_true(likeness(frames[1] + first[1] * 2, quarter, frames[2] + first[2] * 2, quarter, 1000) > 0.95);
	for (size_t i = 0; i < 3; i++) {
		free(frames[i]);
		leave(&ears[i]);
	}
	assert_int_equal(station_counts(s).skips, 0);
	assert_int_equal(station_counts(s).pages_dropped, 0);
	free(ears);
	station_destroy(s);
}

static void notes_of_one_batch_keep_their_distances(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	listen_to(s, ENCODER_OPUS, e);
	collect_until(s, e->n > BURST_TAKEN);
	/* Far enough ahead for a machine that is busy with other things: the lead alone is 30 ms of its time here. */
	int64_t at = clock_wall_ms() + 1500;
	strike(s, at, 80);
	strike(s, at + 4000, 80);
	size_t before_notes = e->n;
	collect_until(s, e->n > before_notes + 4);
	size_t n;
	float *frames = heard(e, "distance.opus", &n);
	size_t first = first_loud(frames, n, 0);
	assert_true(first < n);
	/* The struck bar has died away, or sounds evenly on, three and a half seconds later: look for the jump. */
	size_t second = n;
	float before = 0;
	for (size_t i = first + SYNTH_RATE * 7 / 2; i + 480 < n && second == n; i += 48) {
		float now = 0;
		for (size_t k = 0; k < 480; k++)
			now = fmaxf(now, fabsf(frames[(i + k) * 2]));
		if (before > 0 && now > before * 3 && now > 0.005f)
			second = first_loud(frames, n, i + 400);
		before = fmaxf(now, 1e-6f);
	}
	assert_true(second < n);
	assert_in_range(second - first, 4 * SYNTH_RATE - 1500, 4 * SYNTH_RATE + 1500);
	free(frames);
	leave(e);
	free(e);
	station_destroy(s);
}

/* Of MP3, whose bytes are its time. */
static double seconds(const struct ear *e)
{
	size_t n = 0;
	for (size_t i = 0; i < e->n; i++)
		n += e->packs[i]->n;
	return (double)n / 16000;
}

static void a_slow_listener_skips_ahead_and_is_counted(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *slow = mem_new(1, sizeof *slow), *good = mem_new(1, sizeof *good);
	listen_to(s, ENCODER_MP3, slow);
	listen_to(s, ENCODER_MP3, good);
	collect_until(s, seconds(slow) >= 4);
	size_t before = slow->n;
	double heard_before = seconds(slow), until = seconds(good) + 14;
	slow->is_deaf = true;
	collect_until(s, seconds(good) > until);
	slow->is_deaf = false;
	collect_until(s, slow->n > before);
	assert_int_equal(station_counts(s).skips, 1);
	/* It went on with the newest four seconds, and missed the rest. */
	assert_true(seconds(slow) - heard_before >= 3.9 && seconds(slow) - heard_before < 8);
	struct msg *newest = slow->packs[slow->n - 1];
	collect_until(s, has_heard(good, newest));
	size_t n;
	free(heard(slow, "slow.mp3", &n)); /* decodes without complaint across the gap */
	leave(slow);
	leave(good);
	free(slow);
	free(good);
	station_destroy(s);
}

static void the_thread_ends_after_the_last_listener_and_starts_again(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	for (int round = 0; round < 2; round++) {
		listen_to(s, ENCODER_MP3, e);
		collect_until(s, e->n >= BURST_TAKEN);
		assert_true(station_counts(s).running);
		leave(e);
		int64_t left_ms = clock_mono_ms();
		collect_until(s, !station_counts(s).running);
		assert_true(clock_mono_ms() - left_ms >= 3000); /* grace */
		assert_int_equal(station_counts(s).listeners, 0);
	}
	free(e);
	station_destroy(s);
}

static void coming_back_within_the_grace_finds_it_running(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	listen_to(s, ENCODER_OPUS, e);
	collect_until(s, e->n > BURST_TAKEN);
	leave(e);
	collect_for(s, 200);
	listen_to(s, ENCODER_OPUS, e);
	hear(e); /* at once, without waiting for the thread */
	assert_in_range(e->n, 1 + BURST_TAKEN / 2, 1 + BURST_TAKEN);
	collect_for(s, 4000);
	assert_true(station_counts(s).running);
	leave(e);
	/* Coming and going faster than the thread turns. */
	for (int i = 0; i < 200; i++) {
		listen_to(s, i % 2 ? ENCODER_OPUS : ENCODER_MP3, e);
		leave(e);
	}
	listen_to(s, ENCODER_MP3, e);
	collect_until(s, e->n >= BURST_TAKEN);
	leave(e);
	free(e);
	station_destroy(s);
}

static void one_listener_may_end_another_while_being_told(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *ears = mem_new(3, sizeof *ears);
	for (size_t i = 0; i < 3; i++)
		listen_to(s, ENCODER_OPUS, &ears[i]);
	ears[2].leaves = &ears[1]; /* told first: newest first */
	ears[0].leaves = &ears[0];
	collect_until(s, ears[2].n > 0 && !ears[0].listener);
	assert_int_equal(station_counts(s).listeners, 1);
	for (size_t i = 0; i < 3; i++)
		leave(&ears[i]);
	free(ears);
	station_destroy(s);
}

static void a_loop_that_doesnt_collect_costs_pages_not_memory(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e), *f = mem_new(1, sizeof *f);
	listen_to(s, ENCODER_OPUS, e);
	listen_to(s, ENCODER_MP3, f);
	int64_t end = clock_mono_ms() + 30000;
	while (clock_mono_ms() < end)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	collect_until(s, e->n > BURST_TAKEN && f->n > BURST_TAKEN);
	collect_until(s, station_counts(s).pages_dropped > 0);
	leave(e);
	leave(f);
	free(e);
	free(f);
	station_destroy(s);
}

static void a_station_may_go_before_its_listeners(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	listen_to(s, ENCODER_OPUS, e);
	collect_for(s, 500);
	station_destroy(s);
	assert_null(station_take(e->listener, NULL));
	leave(e);
	free(e);
}

static void notes_from_a_wrong_clock_are_dropped_and_counted(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct ear *e = mem_new(1, sizeof *e);
	listen_to(s, ENCODER_OPUS, e);
	strike(s, clock_wall_ms() + 3600000, 69);
	assert_int_equal(station_counts(s).notes_dropped, 1);
	/* More in one turn than the ring and the synthesizer hold. */
	for (int i = 0; i < 3000; i++)
		strike(s, clock_wall_ms() + 5000, 69);
	collect_until(s, station_counts(s).notes_dropped > 900);
	leave(e);
	free(e);
	station_destroy(s);
}

static void hls_keeps_a_window_of_segments_while_somebody_asks(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct hls_list list, later;
	struct why why;
	assert_false(station_hls_list(s, &list));
	assert_null(station_hls_init(s));
	assert_int_equal(station_hls_ask(s, &why), OK);
	collect_until(s, station_hls_list(s, &list));
	assert_true(list.n >= 1);
	assert_true(list.segments[0].number == list.run);
	/* Its first sample is about as old as what a listener starts with. */
	int64_t age = clock_wall_ms() - list.segments[0].wall_ms;
	assert_true(age >= 3900 && age < 60000);

	struct buf all = {0};
	struct msg *init = station_hls_init(s);
	buf_add(&all, msg_bytes(init), init->n);
	uint64_t next = list.run;
	size_t taken = 0;
	while (taken < 2 * HLS_KEPT) {
		assert_int_equal(station_hls_ask(s, &why), OK);
		collect_for(s, 500);
		assert_true(station_hls_list(s, &later));
		assert_true(later.n <= HLS_LISTED && later.run == list.run);
		for (size_t i = 0; i < later.n; i++) {
			const struct hls_segment *segment = &later.segments[i];
			assert_true(!i || segment->number == later.segments[i - 1].number + 1);
			/* Where the machine couldn't keep up with the fast clock, time was lost between two of them, and they say so. */
			assert_true(!i || llabs(segment->wall_ms - later.segments[i - 1].wall_ms - 2987) <= 1 ||
				station_counts(s).late_blocks);
			if (segment->number < next)
				continue;
			assert_true(segment->number == next++);
			struct msg *m = station_hls_segment(s, segment->number);
			buf_add(&all, msg_bytes(m), m->n);
			taken++;
		}
	}
	/* What left the list stays a while for those who have an older one; then it goes. */
	uint64_t newest = later.segments[later.n - 1].number;
	assert_non_null(station_hls_segment(s, newest - HLS_KEPT + 1));
	assert_null(station_hls_segment(s, newest - HLS_KEPT));
	assert_null(station_hls_segment(s, newest + 1));
	char *path = file_join(test_folder(), "window.mp4");
	spill(path, buf_view(&all));
	size_t n;
	free(decode(path, &n));
	assert_int_equal(n, taken * ENCODER_SEGMENT_FRAMES);
	free(path);
	buf_finish(&all);

	/* Nobody asks: it ends, and when it comes back no number is used again. */
	assert_true(station_counts(s).hls);
	collect_until(s, !station_counts(s).running);
	assert_null(station_hls_segment(s, newest));
	assert_int_equal(station_hls_ask(s, &why), OK);
	collect_until(s, station_hls_list(s, &later));
	assert_true(later.run > newest);
	assert_true(later.segments[0].number == later.run);
	station_destroy(s);
}

static void titles_come_with_the_sound_that_they_name(void **state)
{
	(void)state;
	struct station *s = station_create("Test", 1, wake, NULL);
	struct station_listener *l;
	struct why why;
	assert_int_equal(station_listen(s, ENCODER_MP3, hear, &(struct ear){.is_deaf = true}, &l, &why), OK);
	struct msg *title = NULL, *page = NULL;
	collect_until(s, (page = station_take(l, &title)));
	assert_non_null(memmem(msg_bytes(title), title->n, "'Test'", 6));
	struct msg *first = msg_ref(title);
	msg_unref(page);
	station_title(s, SPAN_LITERAL("A bell"), 0.5f);
	/* All that was made before still has the old one. */
	collect_for(s, 3000);
	bool has_come = false;
	while ((page = station_take(l, &title))) {
		bool is_new = memmem(msg_bytes(title), title->n, "'A bell - Test'", 15) != NULL;
		assert_true(is_new || title == first);
		assert_true(is_new || !has_come);
		has_come |= is_new;
		msg_unref(page);
	}
	assert_true(has_come);
	msg_unref(first);
	station_leave(l);
	station_destroy(s);
}

static void many_stations_come_and_go(void **state)
{
	(void)state;
	enum { STATIONS = 24 };
	clock_inject(NULL, NULL); /* a clock eight times as fast would ask for more processors than there are */
	struct station *stations[STATIONS];
	struct ear *ears = mem_new(STATIONS, sizeof *ears);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < STATIONS; i++) {
			stations[i] = station_create("Test", (uint32_t)i, wake, NULL);
			listen_to(stations[i], i % 2 ? ENCODER_OPUS : ENCODER_MP3, &ears[i]);
		}
		int64_t end = clock_mono_ms() + (round ? 0 : 1000);
		do {
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
			for (size_t i = 0; i < STATIONS; i++)
				station_collect(stations[i]);
		} while (clock_mono_ms() < end);
		for (size_t i = 0; i < STATIONS; i++) {
			leave(&ears[i]);
			station_destroy(stations[i]); /* while it runs, or only just starts */
		}
	}
	free(ears);
	clock_inject(fast_wall_ms, fast_mono_us);
}

static int use_fast_clock(void **state)
{
	(void)state;
	clock_inject(fast_wall_ms, fast_mono_us);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	clock_inject(NULL, NULL);
	remove_test_folder();
	return 0;
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_listeners_nothing_runs),
		cmocka_unit_test(the_first_listener_gets_four_seconds_at_once),
		cmocka_unit_test(the_first_listener_hears_what_rang_just_before),
		cmocka_unit_test(listeners_of_a_format_share_the_same_pages),
		cmocka_unit_test(hls_keeps_a_window_of_segments_while_somebody_asks),
		cmocka_unit_test(titles_come_with_the_sound_that_they_name),
		cmocka_unit_test(many_stations_come_and_go),
		cmocka_unit_test(notes_of_one_batch_keep_their_distances),
		cmocka_unit_test(a_slow_listener_skips_ahead_and_is_counted),
		cmocka_unit_test(the_thread_ends_after_the_last_listener_and_starts_again),
		cmocka_unit_test(coming_back_within_the_grace_finds_it_running),
		cmocka_unit_test(one_listener_may_end_another_while_being_told),
		cmocka_unit_test(a_loop_that_doesnt_collect_costs_pages_not_memory),
		cmocka_unit_test(a_station_may_go_before_its_listeners),
		cmocka_unit_test(notes_from_a_wrong_clock_are_dropped_and_counted),
	};
	return cmocka_run_group_tests(tests, use_fast_clock, clean_up);
}

int main(void)
{
	return fast_clock_main(run_all);
}
