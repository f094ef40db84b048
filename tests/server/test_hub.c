/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/hub.h"
#include "server/rate.h"

static int64_t wall_ms = 1000000, mono_us;

static int64_t tell_wall_ms(void)
{
	return wall_ms;
}

static int64_t tell_mono_us(void)
{
	return mono_us;
}

static void wake(void *data)
{
	(void)data;
}

static const char *english[] = {"enwiki"}, *main_only[] = {"0"};
static struct config_station stations[] = {
	{.name = "all", .title = "All"},
	{.name = "english", .title = "English", .channel = {english, 1}, .namespace_ = {main_only, 1}},
};
static const struct config config = {.stations = stations, .n_stations = 2};

static struct hub *make_hub(void)
{
	for (size_t i = 0; i < COUNT_OF(stations); i++)
		stations[i].score = score_named(SPAN_LITERAL("hatnote"));
	return hub_create(&config, wake, NULL);
}

static void publish(struct hub *h, uint64_t seq, const char *channel, enum actor_kind who, const char *kind)
{
	struct event ev = {
		.seq = seq, .time_ms = 5, .received_ms = 6, .magnitude = 100, .polarity = 1, .actor_kind = who,
		.id = span_of("x"), .source = span_of("wikimedia"), .channel = span_of(channel), .namespace_ = span_of("0"),
		.kind = span_of(kind), .entity = span_of("Bell"), .label = span_of("Bell"), .unit = span_of("bytes"),
		.url = span_of("https://en.wikipedia.org/wiki/Bell"), .summary = span_of("not sent"),
	};
	struct event *one = &ev;
	hub_publish(h, &one, 1);
}

/* A listener that keeps what it got. */
struct ear {
	struct hub_listener *listener;
	struct buf text;
	size_t n_frames;
	struct msg *last;
	bool leave_at_once;
	int64_t takes_us;
};

static void hear(void *data, struct msg *m)
{
	struct ear *ear = data;
	buf_add(&ear->text, msg_bytes(m), m->n);
	ear->n_frames++;
	mono_us += ear->takes_us;
	msg_unref(ear->last);
	ear->last = msg_ref(m);
	if (ear->leave_at_once) {
		hub_leave(ear->listener);
		ear->listener = NULL;
	}
}

static const struct hub_listener_ops ops = {hear};

static void open_ear(struct ear *ear, struct hub *h, const char *station, const struct filter *filter)
{
	*ear = (struct ear){0};
	buf_text(&ear->text, "");
	ear->listener = hub_listen(hub_station(h, span_of(station)), filter, HUB_ARRAY, &ops, ear);
}

static void close_ear(struct ear *ear)
{
	hub_leave(ear->listener);
	buf_finish(&ear->text);
	msg_unref(ear->last);
}

/* The seqs in a frame of JSON, as text. */
static void assert_seqs(struct ear *ear, const char *expected)
{
	struct buf seqs = {0};
	struct why why = {0};
	buf_text(&seqs, "");
	if (ear->text.n) {
		cJSON *list = json_parse(buf_view(&ear->text), &why);
		if (!list)
			fail_msg("%s: %s", why.text, ear->text.p);
		const cJSON *ev;
		cJSON_ArrayForEach(ev, list) {
			int64_t seq;
			assert_true(json_i64(json_get(ev, "seq"), &seq));
			buf_format(&seqs, "%lld ", (long long)seq);
		}
		cJSON_Delete(list);
	}
	assert_string_equal(seqs.p, expected);
	buf_finish(&seqs);
	buf_clear(&ear->text);
}

static void a_frame_is_made_once_for_all_who_want_the_same(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear a, b, c;
	open_ear(&a, h, "all", NULL);
	open_ear(&b, h, "all", NULL);
	open_ear(&c, h, "english", NULL);
	publish(h, 1, "enwiki", ACTOR_MEMBER, "edit");
	publish(h, 2, "dewiki", ACTOR_MEMBER, "edit");
	publish(h, 3, "enwiki", ACTOR_MEMBER, "edit");
	assert_int_equal(a.n_frames, 0);
	hub_flush(h);
	assert_int_equal(a.n_frames, 1);
	assert_ptr_equal(a.last, b.last);
	assert_int_equal(a.last->first_seq, 1);
	assert_int_equal(a.last->last_seq, 3);
	assert_seqs(&a, "1 2 3 ");
	assert_seqs(&b, "1 2 3 ");
	assert_seqs(&c, "1 3 ");
	hub_flush(h);
	assert_int_equal(a.n_frames, 1);
	assert_int_equal(hub_counts(h).frames, 2);
	assert_int_equal(hub_counts(h).events, 3);
	assert_int_equal(hub_counts(h).listeners, 3);
	assert_int_equal(hub_last_seq(h), 3);
	close_ear(&a);
	close_ear(&b);
	close_ear(&c);
	assert_int_equal(hub_counts(h).listeners, 0);
	hub_destroy(h);
}

static void an_event_carries_what_a_client_is_promised(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ear;
	wall_ms = 1700000000000;
	mono_us = 5000000;
	open_ear(&ear, h, "all", NULL);
	publish(h, 9, "enwiki", ACTOR_ANON, "edit");
	hub_flush(h);
	struct why why = {0};
	cJSON *list = json_parse(buf_view(&ear.text), &why);
	const cJSON *ev = cJSON_GetArrayItem(list, 0), *notes = json_get(ev, "notes"), *note = cJSON_GetArrayItem(notes, 0);
	static const char *const members[] = {"seq", "time", "source", "channel", "namespace", "kind", "entity", "actor",
		"actor_kind", "magnitude", "unit", "polarity", "accent", "tags", "label", "url", "notes"};
	assert_int_equal(cJSON_GetArraySize(ev), COUNT_OF(members));
	for (size_t i = 0; i < COUNT_OF(members); i++)
		assert_non_null(json_get(ev, members[i]));
	assert_int_equal(cJSON_GetArraySize(notes), 1);
	int64_t at;
	assert_true(json_i64(json_get(note, "at"), &at));
	assert_int_equal(at, wall_ms);
	assert_true(span_is(json_string(json_get(note, "instrument")), "celesta"));
	assert_true(json_get(note, "key")->valuedouble > 20 && json_get(note, "key")->valuedouble < 120);
	assert_true(json_get(note, "level")->valuedouble > 0 && json_get(note, "level")->valuedouble <= 1);
	cJSON_Delete(list);
	close_ear(&ear);
	hub_destroy(h);
}

static void filters_narrow_and_equal_ones_share(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	const char *two[] = {"dewiki", "frwiki"}, *also_two[] = {"dewiki", "frwiki"}, *anon[] = {"anon"};
	struct filter channels = {.channel = {two, 2}}, same = {.channel = {also_two, 2}},
		both = {.channel = {two, 2}, .actor_kind = {anon, 1}};
	struct ear a, b, c;
	open_ear(&a, h, "all", &channels);
	open_ear(&b, h, "all", &same);
	open_ear(&c, h, "all", &both);
	publish(h, 1, "enwiki", ACTOR_ANON, "edit");
	publish(h, 2, "dewiki", ACTOR_MEMBER, "edit");
	publish(h, 3, "frwiki", ACTOR_ANON, "edit");
	publish(h, 4, "dewiki", ACTOR_BOT, "edit");
	hub_flush(h);
	assert_ptr_equal(a.last, b.last);
	assert_int_equal(a.last->first_seq, 2);
	assert_seqs(&a, "2 3 4 ");
	assert_seqs(&c, "3 ");
	close_ear(&a);
	close_ear(&b);
	close_ear(&c);
	hub_destroy(h);
}

static void a_newcomer_gets_what_comes_after_it_and_nothing_before(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear a, b;
	open_ear(&a, h, "all", NULL);
	publish(h, 1, "enwiki", ACTOR_MEMBER, "edit");
	open_ear(&b, h, "all", NULL);
	assert_seqs(&a, "1 ");
	publish(h, 2, "enwiki", ACTOR_MEMBER, "edit");
	hub_flush(h);
	assert_seqs(&a, "2 ");
	assert_seqs(&b, "2 ");
	close_ear(&a);
	close_ear(&b);
	hub_destroy(h);
}

static void a_listener_may_leave_from_its_frame(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ears[5];
	for (size_t i = 0; i < COUNT_OF(ears); i++) {
		open_ear(&ears[i], h, "all", NULL);
		ears[i].leave_at_once = i % 2 == 0;
	}
	publish(h, 1, "enwiki", ACTOR_MEMBER, "edit");
	hub_flush(h);
	assert_int_equal(hub_counts(h).listeners, 2);
	for (size_t i = 0; i < COUNT_OF(ears); i++)
		ears[i].leave_at_once = true;
	publish(h, 2, "enwiki", ACTOR_MEMBER, "edit");
	hub_flush(h);
	assert_int_equal(hub_counts(h).listeners, 0);
	publish(h, 3, "enwiki", ACTOR_MEMBER, "edit");
	hub_flush(h);
	for (size_t i = 0; i < COUNT_OF(ears); i++) {
		assert_int_equal(ears[i].n_frames, 1 + i % 2);
		buf_finish(&ears[i].text);
		msg_unref(ears[i].last);
	}
	hub_destroy(h);
}

static void a_frame_that_grows_large_goes_out_early(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ear;
	open_ear(&ear, h, "all", NULL);
	for (uint64_t seq = 1; seq <= 1000; seq++) {
		publish(h, seq, "enwiki", ACTOR_MEMBER, "edit");
		if (ear.last)
			assert_true(ear.last->n < HUB_FRAME_MAX + 2048);
	}
	assert_true(ear.n_frames > 5);
	hub_flush(h);
	assert_int_equal(ear.last->last_seq, 1000);
	close_ear(&ear);
	hub_destroy(h);
}

static void after_a_quiet_moment_an_event_leaves_at_once_and_then_they_gather(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ear;
	mono_us = 7000000;
	open_ear(&ear, h, "all", NULL);
	assert_int_equal(hub_wait_ms(h), -1);
	publish(h, 1, "enwiki", ACTOR_MEMBER, "edit");
	assert_int_equal(hub_wait_ms(h), 0);
	hub_flush(h);
	assert_int_equal(hub_wait_ms(h), -1);
	mono_us += 1000;
	publish(h, 2, "enwiki", ACTOR_MEMBER, "edit");
	assert_int_equal(hub_wait_ms(h), HUB_GATHER_MIN_MS - 1);
	mono_us += 1000 * (HUB_GATHER_MIN_MS - 1) - 1;
	publish(h, 3, "enwiki", ACTOR_MEMBER, "edit");
	assert_int_equal(hub_wait_ms(h), 1);
	mono_us++;
	assert_int_equal(hub_wait_ms(h), 0);
	hub_flush(h);
	assert_int_equal(ear.n_frames, 2);
	close_ear(&ear);
	hub_destroy(h);
}

static void what_sending_costs_makes_the_next_frames_gather_longer(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ear;
	mono_us = 8000000;
	open_ear(&ear, h, "all", NULL);
	for (int takes_ms = 10; takes_ms <= 30; takes_ms += 20) {
		ear.takes_us = takes_ms * 1000;
		publish(h, 1, "enwiki", ACTOR_MEMBER, "edit");
		mono_us += 100000;
		hub_flush(h);
		publish(h, 2, "enwiki", ACTOR_MEMBER, "edit");
		assert_int_equal(hub_wait_ms(h), takes_ms == 10 ? 10 * (HUB_GATHER_TIMES - 1) : HUB_GATHER_MAX_MS - 30);
	}
	close_ear(&ear);
	hub_destroy(h);
}

static void as_an_event_stream_each_event_has_its_number(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct ear ear = {0};
	buf_text(&ear.text, "");
	ear.listener = hub_listen(hub_station(h, span_of("all")), NULL, HUB_STREAM, &ops, &ear);
	publish(h, 7, "enwiki", ACTOR_MEMBER, "log");
	publish(h, 8, "enwiki", ACTOR_MEMBER, "log");
	hub_flush(h);
	assert_true(span_starts(buf_view(&ear.text), "id: 7\ndata: {\"seq\":7,"));
	assert_non_null(strstr(ear.text.p, "}\n\nid: 8\ndata: {\"seq\":8,"));
	assert_true(span_ends(buf_view(&ear.text), "\"notes\":[]}\n\n"));
	close_ear(&ear);
	hub_destroy(h);
}

static void the_last_events_are_remembered(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct hub_station *all = hub_station(h, span_of("all")), *english_only = hub_station_at(h, 1);
	assert_null(hub_station_recent(all, 0));
	for (uint64_t seq = 1; seq <= HUB_RECENT + 10; seq++)
		publish(h, seq, "dewiki", ACTOR_MEMBER, "edit");
	assert_int_equal(hub_station_recent(all, 0)->seq, HUB_RECENT + 10);
	assert_int_equal(hub_station_recent(all, HUB_RECENT - 1)->seq, 11);
	assert_null(hub_station_recent(all, HUB_RECENT));
	assert_null(hub_station_recent(english_only, 0));
	assert_null(hub_station(h, span_of("none")));
	assert_null(hub_station_at(h, 2));
	hub_destroy(h);
}

static void a_wall_clock_that_jumps_does_not_silence_the_score(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	struct score_counts before = hub_station_score(hub_station_at(h, 0));
	mono_us = 100000000;
	for (uint64_t seq = 1; seq <= 100; seq++) {
		wall_ms += seq % 2 ? 3600000 : -7200000;
		mono_us += 100000;
		publish(h, seq, "enwiki", ACTOR_MEMBER, "edit");
	}
	assert_int_equal(hub_station_score(hub_station_at(h, 0)).played - before.played, 100);
	hub_destroy(h);
}

/* --- events a minute: w0 is the newest 10 s, then (6 w0 + 5 w1 + 4 w2 + 3 w3 + 2 w4 + w5) * 6 / 21 --- */

static const struct {
	int counts[6]; /* newest first */
	double expected;
} golden[] = {
	{{0, 0, 0, 0, 0, 0}, 0}, {{1, 0, 0, 0, 0, 0}, 2}, {{0, 0, 0, 0, 0, 1}, 0}, {{0, 1, 0, 0, 0, 0}, 1},
	{{10, 10, 10, 10, 10, 10}, 60}, {{7, 0, 0, 0, 0, 0}, 12}, {{0, 0, 0, 0, 0, 7}, 2}, {{1, 2, 3, 4, 5, 6}, 16},
	{{6, 5, 4, 3, 2, 1}, 26}, {{100, 0, 0, 0, 0, 0}, 171}, {{13, 8, 21, 0, 3, 34}, 69},
};

static void the_rate_is_listen_to_wikipedias(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct rate r = {0};
		int64_t now = 12345678 + (int64_t)i * 1000000;
		for (int w = 5; w >= 0; w--)
			for (int k = 0; k < golden[i].counts[w]; k++)
				rate_count(&r, now - w * 10000 - 5000 + k);
		assert_true(rate_per_minute(&r, now) == golden[i].expected);
	}
}

static void the_rate_slides_and_dies_away(void **state)
{
	(void)state;
	struct rate r = {0};
	for (int64_t t = 0; t < 60000; t += 500)
		rate_count(&r, 7000000 + t);
	assert_true(rate_per_minute(&r, 7059999) == 120);
	assert_true(rate_per_minute(&r, 7069999) < 120);
	assert_true(rate_per_minute(&r, 7099999) > 0);
	assert_true(rate_per_minute(&r, 7119999) == 0);
	/* After a long silence nothing of before is left in the ring. */
	rate_count(&r, 9000000);
	assert_true(rate_per_minute(&r, 9000000) == 2);
}

static void the_station_counts_edits_only(void **state)
{
	(void)state;
	struct hub *h = make_hub();
	mono_us += 600000000;
	for (uint64_t seq = 1; seq <= 7; seq++)
		publish(h, seq, "enwiki", ACTOR_MEMBER, "edit");
	publish(h, 8, "enwiki", ACTOR_MEMBER, "join");
	publish(h, 9, "enwiki", ACTOR_MEMBER, "log");
	assert_true(hub_station_rate(hub_station_at(h, 0)) == 12);
	hub_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_made_once_for_all_who_want_the_same),
		cmocka_unit_test(an_event_carries_what_a_client_is_promised),
		cmocka_unit_test(filters_narrow_and_equal_ones_share),
		cmocka_unit_test(a_newcomer_gets_what_comes_after_it_and_nothing_before),
		cmocka_unit_test(a_listener_may_leave_from_its_frame),
		cmocka_unit_test(a_frame_that_grows_large_goes_out_early),
		cmocka_unit_test(after_a_quiet_moment_an_event_leaves_at_once_and_then_they_gather),
		cmocka_unit_test(what_sending_costs_makes_the_next_frames_gather_longer),
		cmocka_unit_test(as_an_event_stream_each_event_has_its_number),
		cmocka_unit_test(the_last_events_are_remembered),
		cmocka_unit_test(a_wall_clock_that_jumps_does_not_silence_the_score),
		cmocka_unit_test(the_rate_is_listen_to_wikipedias),
		cmocka_unit_test(the_rate_slides_and_dies_away),
		cmocka_unit_test(the_station_counts_edits_only),
	};
	clock_inject(tell_wall_ms, tell_mono_us);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
