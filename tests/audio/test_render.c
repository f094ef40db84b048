/* SPDX-License-Identifier: MIT */
#include "audio/render.h"

#include "audio/synth/synth.h"
#include "base/file.h"
#include "tests/audio/ffmpeg.h"

enum { EVENTS_MAX = 3000 };
static const int64_t start_ms = 1795000000000;

/* A list of edits as a log would give it. */
struct list {
	struct event events[EVENTS_MAX];
	size_t n, next;
	enum err at_end; /* E_GONE, or what goes wrong */
	uint64_t told, done, total;
};
static struct list list;

static void add(int64_t at_ms, double magnitude, const char *entity)
{
	struct event *ev = &list.events[list.n++];
	*ev = (struct event){
		.seq = list.n,
		.time_ms = start_ms + at_ms,
		.received_ms = start_ms + at_ms,
		.magnitude = magnitude,
		.polarity = list.n % 3 ? 1 : -1,
		.id = span_of(entity),
		.source = SPAN_LITERAL("wikimedia"),
		.channel = SPAN_LITERAL("enwiki"),
		.namespace_ = SPAN_LITERAL("0"),
		.kind = SPAN_LITERAL("edit"),
		.entity = span_of(entity),
		.label = span_of(entity),
		.unit = SPAN_LITERAL("bytes"),
	};
}

static enum err next(void *data, const struct event **ev, struct why *why)
{
	struct list *l = data;
	if (l->next == l->n)
		return l->at_end == E_GONE ? E_GONE : why_set(why, l->at_end, "the log broke off");
	*ev = &l->events[l->next++];
	return OK;
}

static void progress(void *data, uint64_t done, uint64_t total)
{
	struct list *l = data;
	assert_true(done >= l->done && done <= total);
	l->told++;
	l->done = done;
	l->total = total;
}

static int empty_list(void **state)
{
	(void)state;
	memset(&list, 0, sizeof list);
	list.at_end = E_GONE;
	return 0;
}

static enum err try_render(const char *name, int64_t window_ms, double speed, uint32_t seed,
	struct render_result *result, struct why *why)
{
	char *path = file_join(test_folder(), name);
	enum encoder_format format;
	struct encoder *encoder;
	struct score *score = score_create(score_named(SPAN_LITERAL("hatnote")));
	list.next = 0;
	list.done = 0;
	assert_int_equal(encoder_format_of(path, &format, why), OK);
	assert_int_equal(encoder_open_file(path, format, NULL, &encoder, why), OK);
	const struct render_job job = {start_ms, start_ms + window_ms, speed, seed, score, next, &list, progress};
	enum err e = render_to(encoder, &job, result, why);
	if (!e)
		assert_int_equal(encoder_finish(encoder, why), OK);
	encoder_destroy(encoder);
	score_destroy(score);
	free(path);
	return e;
}

static struct render_result rendered(const char *name, int64_t window_ms, double speed, uint32_t seed)
{
	struct render_result result;
	struct why why;
	assert_int_equal(try_render(name, window_ms, speed, seed, &result, &why), OK);
	return result;
}

static float *frames_of(const char *name, size_t *n)
{
	char *path = file_join(test_folder(), name);
	float *frames = decode(path, n);
	free(path);
	return frames;
}

static bool same_file(const char *a, const char *b)
{
	struct buf bytes[2] = {{0}, {0}};
	const char *names[] = {a, b};
	for (int i = 0; i < 2; i++) {
		char *path = file_join(test_folder(), names[i]);
		assert_int_equal(file_read(path, 64 << 20, &bytes[i], NULL), OK);
		free(path);
	}
	bool same = span_equal(buf_view(&bytes[0]), buf_view(&bytes[1]));
	buf_finish(&bytes[0]);
	buf_finish(&bytes[1]);
	return same;
}

static void busy_while(void)
{
	static char names[100][16];
	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "Page %d", i);
		add(i * 80, (i * i) % 4000, names[i]);
	}
}

static void an_empty_window_is_silence_of_its_length(void **state)
{
	(void)state;
	struct render_result r = rendered("empty.wav", 2345, 1, 7);
	assert_int_equal(r.frames, 2345 * 48);
	assert_int_equal(r.events, 0);
	assert_int_equal(r.notes, 0);
	assert_true(r.peak == 0);
	size_t n;
	float *frames = frames_of("empty.wav", &n);
	assert_int_equal(n, r.frames);
	for (size_t i = 0; i < n * 2; i++)
		assert_true(frames[i] == 0);
	free(frames);
}

static void a_note_sounds_at_its_events_time_and_dies_away_after_the_window(void **state)
{
	(void)state;
	add(700, 500, "Carillon");
	struct render_result r = rendered("one.wav", 1000, 1, 7);
	assert_int_equal(r.events, 1);
	assert_true(r.notes >= 1);
	assert_true(r.peak > 0.01f && r.peak <= 1);
	assert_true(r.frames > 1000 * 48);             /* the tail */
	assert_true(r.frames <= (1000 + 15000) * 48);
	size_t n;
	float *frames = frames_of("one.wav", &n);
	assert_int_equal(n, r.frames);
	size_t first = 0;
	while (first < n && frames[first * 2] == 0 && frames[first * 2 + 1] == 0)
		first++;
	/* The limiter may look ahead, so the sound comes a little later than its note; the score may take a moment too. */
	assert_in_range(first, 700 * 48, 850 * 48);
	assert_true(fabsf(frames[(n - 1) * 2]) < 1e-4f);
	free(frames);
}

static void the_same_events_and_seed_give_the_same_bytes(void **state)
{
	(void)state;
	busy_while();
	static const char *const names[][2] = {{"a.wav", "b.wav"}, {"a.flac", "b.flac"}, {"a.opus", "b.opus"},
		{"a.mp3", "b.mp3"}};
	for (int i = 0; i < 4; i++) {
		struct render_result r = rendered(names[i][0], 8000, 1, 7);
		assert_int_equal(r.events, 100);
		assert_true(r.notes > 50);
		assert_int_equal(r.notes_dropped, 0);
		rendered(names[i][1], 8000, 1, 7);
		assert_true(same_file(names[i][0], names[i][1]));
	}
	assert_true(list.told == 0 || list.total == 8000 * 48);
}

static void speed_shortens_the_window_and_keeps_the_order(void **state)
{
	(void)state;
	busy_while();
	struct render_result slow = rendered("slow.wav", 8000, 0.5, 7), fast = rendered("fast.wav", 8000, 4, 7);
	assert_true(slow.frames >= 16000 * 48);
	assert_in_range(fast.frames, 2000 * 48, 17000 * 48);
	assert_int_equal(slow.events, 100);
	assert_int_equal(fast.events, 100);
	/* 15 notes in 300 ms: four times the rate meets the cap, half of it doesn't. */
	assert_true(fast.notes <= slow.notes);
}

static void a_crowd_at_one_moment_is_played_or_counted(void **state)
{
	(void)state;
	for (int i = 0; i < EVENTS_MAX; i++) {
		add(100, 10, "Crowd");
		list.events[i].accent = true;
		list.events[i].kind = SPAN_LITERAL("join");
	}
	struct render_result r = rendered("crowd.wav", 1000, 1, 7);
	assert_int_equal(r.events, EVENTS_MAX);
	assert_true(r.notes > 0);
	assert_true(r.peak <= 1);
}

static void a_log_that_breaks_off_is_an_error(void **state)
{
	(void)state;
	add(100, 10, "Page");
	list.at_end = E_IO;
	struct render_result r;
	struct why why;
	assert_int_equal(try_render("broken.wav", 1000, 1, 7, &r, &why), E_IO);
	assert_string_equal(why.text, "the log broke off");
	char *path = file_join(test_folder(), "broken.wav");
	assert_false(file_exists(path));
	free(path);
}

static int clean_up(void **state)
{
	(void)state;
	remove_test_folder();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_window_is_silence_of_its_length, empty_list),
		cmocka_unit_test_setup(a_note_sounds_at_its_events_time_and_dies_away_after_the_window, empty_list),
		cmocka_unit_test_setup(the_same_events_and_seed_give_the_same_bytes, empty_list),
		cmocka_unit_test_setup(speed_shortens_the_window_and_keeps_the_order, empty_list),
		cmocka_unit_test_setup(a_crowd_at_one_moment_is_played_or_counted, empty_list),
		cmocka_unit_test_setup(a_log_that_breaks_off_is_an_error, empty_list),
	};
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
