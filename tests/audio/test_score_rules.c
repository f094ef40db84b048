/* Scores as data: what their rules promise, and what is said about impossible ones.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audio/synth/synth.h"
#include "tests/audio/score_helper.h"

static void bitlistens_pitch_and_volume_are_those_of_its_table(void **state)
{
	(void)state;
	static const struct {
		double bitcoins, volume, pitch;
		int index; /* of 22 */
	} golden[] = {{0, .300, 99.0, 21}, {0.1, .300, 97.7, 21}, {1, .300, 89.5, 19}, {10, .304, 65.2, 14},
		{100, .340, 33.2, 7}, {500, .500, 10.0, 2}, {1000, .700, 0.0, 0}, {1e9, .700, 0.0, 0}};
	assert_int_equal(score_named(SPAN_LITERAL("bitlisten"))->n_tones, 22);
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct bitlisten b = bitlisten_law(golden[i].bitcoins);
		assert_true(fabs(b.volume - golden[i].volume) < 0.0005001);
		assert_true(fabs(b.pitch - golden[i].pitch) < 0.0501);
		assert_int_equal((int)floor(b.pitch / 100 * 22), golden[i].index);
	}
}

/* Every tone of the range, in any unit, on streams that a fixed law would squeeze into three notes. */
static void the_whole_range_sounds_on_any_stream(void **state)
{
	(void)state;
	static const double middles[] = {1e-7, 0.02, 250, 1e17};
	for (size_t m = 0; m < COUNT_OF(middles); m++) {
		struct own_score own = own_score("{range: [C3, C6], key: C, drone: false, instrument: celesta}");
		struct note notes[SCORE_NOTES_MAX];
		int sounded[128] = {0};
		uint32_t random = 11;
		for (int i = 0; i < 8000; i++) {
			struct event ev = numbered_event(i, random_magnitude(&random, middles[m]));
			assert_int_equal(score_play(own.score, &ev, i * 1000, notes), 1);
			sounded[(int)notes[0].key]++;
		}
		assert_int_equal(own.rules->n_tones, 16);
		for (size_t i = 0; i < own.rules->n_tones; i++)
			assert_in_range(sounded[(int)own.rules->tones[i]], 8000 / 16 / 2, 8000 / 16 * 2);
		own_score_end(&own);
	}
}

static void a_larger_event_never_sounds_higher_or_softer_at_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; score_name_at(i); i++) {
		const struct score_rules *r = score_named(span_of(score_name_at(i)));
		double last_place = 2, last_weight = -1;
		for (double m = 0; m < 1e7; m = m * 1.5 + 0.001) {
			double rank = m / (m + 300);
			struct pitch p = score_pitch(r, m, rank);
			assert_true(p.place <= last_place && p.weight >= last_weight);
			assert_true(p.place >= 0 && p.place <= 1 && p.weight >= 0 && p.weight <= 1);
			last_place = p.place;
			last_weight = p.weight;
		}
	}
}

static void fixed_magnitudes_are_the_ends_of_the_range(void **state)
{
	(void)state;
	struct own_score own =
		own_score("{law: log, magnitudes: [1, 10000], range: [C3, C6], key: C, drone: false, instrument: celesta}");
	static const struct {
		double magnitude, key;
	} expected[] = {{0, 84}, {1, 84}, {100, 64}, {10000, 48}, {1e9, 48}};
	struct note notes[SCORE_NOTES_MAX];
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct event ev = numbered_event((int)i, expected[i].magnitude);
		assert_int_equal(score_play(own.score, &ev, (int64_t)i * 1000, notes), 1);
		assert_true(fabsf(notes[0].key - (float)expected[i].key) < 4); /* 16 tones: the middle one is 64 or a neighbour */
	}
	own_score_end(&own);
}

static void an_instrument_is_chosen_by_kind_polarity_actor_and_magnitude(void **state)
{
	(void)state;
	struct own_score own = own_score(
		"drone: false\n"
		"instruments:\n"
		"  - {kind: [block, epoch], use: bell}\n"
		"  - {from: 1000, use: marimba}\n"
		"  - {actor_kind: [bot], below: 10, use: silence}\n"
		"  - {actor_kind: [bot, anon], use: noise}\n"
		"  - {polarity: [-1, 0], use: harp, octave: -1, level: 0.25}\n"
		"  - {tag: revert, channel: dewiki, source: w, unit: bytes, use: clav}\n"
		"  - {accent: false, use: celesta}\n");
	struct event ev = numbered_event(1, 50);
	struct note notes[SCORE_NOTES_MAX];
	int64_t at_ms = 0;
#define PLAYED_BY(what) (assert_int_equal(score_play(own.score, &ev, at_ms += 1000, notes), 1), \
	assert_int_equal(notes[0].instrument, (what)))
	PLAYED_BY(SYNTH_CELESTA);
	ev.kind = SPAN_LITERAL("epoch");
	PLAYED_BY(SYNTH_BELL);
	ev.kind = SPAN_LITERAL("edit");
	ev.magnitude = 1000;
	PLAYED_BY(SYNTH_MARIMBA);
	ev.magnitude = 999;
	ev.actor_kind = ACTOR_BOT;
	PLAYED_BY(SYNTH_NOISE);
	ev.actor_kind = ACTOR_MEMBER;
	ev.polarity = 0;
	PLAYED_BY(SYNTH_HARP);
	assert_true(notes[0].level == 0.25f);
	ev.polarity = 1;
	ev.n_tags = 2;
	ev.tags[0] = SPAN_LITERAL("mobile");
	ev.tags[1] = SPAN_LITERAL("revert");
	PLAYED_BY(SYNTH_CELESTA);
	ev.channel = SPAN_LITERAL("dewiki");
	ev.source = SPAN_LITERAL("w");
	ev.unit = SPAN_LITERAL("bytes");
	PLAYED_BY(SYNTH_CLAV);
	ev.n_tags = 0;
	ev.accent = true; /* fits none */
	assert_int_equal(score_play(own.score, &ev, at_ms += 1000, notes), 0);
	ev.accent = false;
	ev.actor_kind = ACTOR_BOT;
	ev.magnitude = 5;
	assert_int_equal(score_play(own.score, &ev, at_ms += 1000, notes), 0);
	assert_int_equal(score_counts(own.score).unplayed, 2);
	own_score_end(&own);
}

static void all_notes_are_of_one_scale(void **state)
{
	(void)state;
	for (size_t i = 0; score_name_at(i); i++) {
		const struct score_rules *r = score_named(span_of(score_name_at(i)));
		struct score *score = score_create(r);
		struct note notes[SCORE_NOTES_MAX];
		uint32_t random = 2;
		for (int k = 0; k < 5000; k++) {
			static const char *const kinds[] = {"edit", "new", "payment", "block", "log", "reorg"};
			struct event ev = numbered_event(k, random_magnitude(&random, 100));
			ev.kind = span_of(kinds[k % COUNT_OF(kinds)]);
			ev.polarity = (int8_t)(k / 7 % 3 - 1);
			ev.actor_kind = (enum actor_kind)(k / 5 % 3);
			ev.unit = k % 2 ? SPAN_LITERAL("bytes") : SPAN_LITERAL("BTC");
			size_t n = score_play(score, &ev, k * 500, notes);
			for (size_t j = 0; j < n; j++) {
				double step = fmod(notes[j].key - r->tonic + 120, 12) * 100;
				bool is_in_scale = false;
				for (size_t s = 0; s < r->scale.n; s++)
					is_in_scale |= fabs(step - r->scale.cents[s]) < 0.01;
				assert_true(is_in_scale);
				assert_true(notes[j].key >= 0 && notes[j].key <= 127 && notes[j].level > 0 && notes[j].level <= 1 &&
					notes[j].pan >= -1 && notes[j].pan <= 1);
			}
		}
		assert_true(score_counts(score).played > 1000);
		score_destroy(score);
	}
}

static void a_chord_is_strummed_over_its_tone_and_an_entity_has_always_the_same(void **state)
{
	(void)state;
	struct own_score own = own_score("drone: false\nkey: C\nscale: major\nrange: [C4, C5]\nmagnitudes: [1, 10]\n"
		"instruments: [{use: bell, chord: [[0, 2, 4], [0, 3, 5], [-2, 0, 9]], strum: 100ms}]\n");
	struct note notes[SCORE_NOTES_MAX], again[SCORE_NOTES_MAX];
	int shapes[3] = {0};
	for (int i = 0; i < 300; i++) {
		struct event ev = numbered_event(i, 1000); /* the lowest tone: C4 */
		assert_int_equal(score_play(own.score, &ev, i * 5000, notes), 3);
		assert_int_equal(score_play(own.score, &ev, i * 5000 + 2500, again), 3);
		for (int k = 0; k < 3; k++) {
			assert_int_equal(notes[k].at_ms, i * 5000 + k * 100);
			assert_true(notes[k].key == again[k].key);
		}
		static const int keys[3][3] = {{60, 64, 67}, {60, 65, 69}, {57, 60, 76}};
		for (int s = 0; s < 3; s++)
			shapes[s] += notes[0].key == keys[s][0] && notes[1].key == keys[s][1] && notes[2].key == keys[s][2];
	}
	for (int s = 0; s < 3; s++)
		assert_in_range(shapes[s], 60, 140);
	assert_int_equal(shapes[0] + shapes[1] + shapes[2], 300);
	own_score_end(&own);
}

static void what_has_one_place_stays_there(void **state)
{
	(void)state;
	struct own_score own = own_score("{pan: channel, width: 0.5, drone: false, instrument: celesta}");
	struct own_score middle = own_score("{pan: middle, drone: false, instrument: celesta}");
	struct note notes[SCORE_NOTES_MAX];
	float of[2] = {9, 9};
	for (int i = 0; i < 100; i++) {
		struct event ev = numbered_event(i, i);
		ev.channel = i % 2 ? SPAN_LITERAL("enwiki") : SPAN_LITERAL("dewiki");
		assert_int_equal(score_play(own.score, &ev, i * 1000, notes), 1);
		assert_true(of[i % 2] == 9 || of[i % 2] == notes[0].pan);
		of[i % 2] = notes[0].pan;
		assert_int_equal(score_play(middle.score, &ev, i * 1000, notes), 1);
		assert_true(notes[0].pan == 0);
	}
	assert_true(of[0] != of[1] && fabsf(of[0]) <= 0.5f && fabsf(of[1]) <= 0.5f);
	own_score_end(&own);
	own_score_end(&middle);
}

/* How many notes of the drone sound in the last minute of ten, at so many events a minute. */
static double drone_notes(int events_a_minute, double *level)
{
	struct own_score own = own_score("{drone: {instrument: pad, level: 0.2, every: 4s}, instrument: celesta}");
	struct note notes[SCORE_NOTES_MAX];
	int n_drone = 0, n_chords = 0;
	*level = 0;
	for (int i = 0; i < 10 * events_a_minute; i++) {
		int64_t at_ms = (int64_t)i * 60000 / events_a_minute;
		struct event ev = numbered_event(i, i);
		size_t n = score_play(own.score, &ev, at_ms, notes);
		for (size_t k = 0; k < n && at_ms >= 540000; k++)
			if (notes[k].instrument == SYNTH_PAD) {
				n_drone++;
				n_chords += notes[k].key == own.rules->drone.keys[0];
				*level = fmax(*level, notes[k].level);
			}
	}
	own_score_end(&own);
	assert_true(n_chords <= 16); /* every 4 s at most */
	return n_chords ? (double)n_drone / n_chords : 0;
}

static void the_drone_grows_with_the_rate_and_is_silent_when_nothing_happens(void **state)
{
	(void)state;
	double level;
	assert_true(drone_notes(1, &level) == 0);
	assert_true(drone_notes(10, &level) == 1);
	assert_true(fabs(level - 0.2) < 1e-6);
	assert_true(drone_notes(60, &level) == 2);
	assert_true(drone_notes(300, &level) == 3);
	assert_true(drone_notes(3000, &level) == 4);
	/* It comes with events alone: there is no clock of its own to go on by. */
}

static void every_impossible_value_is_told_with_its_line_and_range(void **state)
{
	(void)state;
	static const char text[] =
		"like: jazz\n"
		"law: linear\n"
		"magnitudes: [10, 1]\n"
		"scale: []\n"
		"key: H\n"
		"range: [C9, C2]\n"
		"fuzz: 0\n"
		"velocity: [0.5, 1.5]\n"
		"pan: titel\n"
		"width: nan\n"
		"cap: {notes: 0, window: 5}\n"
		"smooth: 20s\n"
		"drone: {instrument: vuvuzela, every: 1ms}\n"
		"instruments:\n"
		"  - {kind: edit}\n"
		"  - {use: trumpet, octave: 99, level: loud, strum: 1h}\n"
		"  - {use: bell, chord: [], polarity: 2, from: 5, below: 5}\n"
		"  - {use: bell, chord: [0.5], keys: [C4]}\n"
		"  - 7\n"
		"tempo: 120\n";
	static const char *const expected[] = {
		"1: there is no score 'jazz'",
		"2: there is no law 'linear'; known: log, hatnote, bitlisten",
		"3: the smallest magnitude, 10, isn't below the largest, 1; swap them",
		"4: a scale has 1 to 64 steps, not 0",
		"5: 'H' is no key",
		"6: the range's lowest key is above its highest; swap them",
		"7: 'fuzz' is a whole number from 1 to 16, not '0'",
		"8: a level is a number from 0 to 1, not '1.5'",
		"9: there is no pan 'titel'; known: entity, channel",
		"10: 'width' is a number from 0 to 1, not 'nan'",
		"11: a cap's notes is a whole number from 1 to 200, not '0'",
		"11: a cap's window is a time from 10ms to 60s, as 300ms or 2s, not '5'",
		"12: 'smooth' is a time from 0ms to 9s",
		"13: there is no instrument 'vuvuzela'",
		"13: a drone's 'every' is a time from 500ms to 60s",
		"15: an entry of instruments says whom it is for and what they get; add use: INSTRUMENT",
		"16: there is no instrument 'trumpet'",
		"16: 'octave' is a whole number from -4 to 4, not '99'",
		"16: a level is a number from 0 to 1, not 'loud'",
		"16: 'strum' is a time from 0ms to 1s",
		"17: a chord is a list of 1 to 8 notes",
		"17: there is no polarity '2'; known: -1, 0, 1",
		"17: no magnitude is from 5 on and below 5; swap them",
		"18: a chord's step is a whole number from -28 to 28, not '0.5'",
		"18: 'chord' and 'keys' exclude each other",
		"19: a score's instrument is a group of `key: value`",
		"20: unknown key 'tempo' in a score",
	};
	struct buf said = {0};
	struct why why;
	struct yaml *node = yaml_parse(span_of(text), 1, &why);
	assert_null(score_compile(node, collect_fault, &said));
	assert_non_null(strstr(said.p, expected[0])); /* and nothing else: what it is like decides about the rest */
	buf_clear(&said);
	yaml_delete(node);
	node = yaml_parse(span_from(span_of(text), strlen("like: jazz\n")), 2, &why);
	assert_null(score_compile(node, collect_fault, &said));
	for (size_t i = 1; i < COUNT_OF(expected); i++)
		if (!strstr(said.p, expected[i]))
			fail_msg("not said: %s\nbut:\n%s", expected[i], said.p);
	buf_finish(&said);
	yaml_delete(node);
}

static void a_range_without_a_tone_and_steps_that_fall_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *told;
	} wrong[] = {
		{"{key: C, scale: major pentatonic, range: [F4, F#4]}", "no tone of the scale lies in the range; widen it"},
		{"{scale: [0, 300, 200]}", "a scale's steps begin with 0 and rise; 200 can't stand there"},
		{"{scale: [100, 200]}", "a scale's steps begin with 0 and rise; 100 can't stand there"},
		{"{scale: [0, 1200]}", "a scale's step in cents is a number from 0 to 1200, not '1200'"},
		{"{law: hatnote, magnitudes: [1, 2]}", "'magnitudes' belongs to law: log"},
		{"{instrument: celesta, instruments: [{use: bell}]}", "exclude each other"},
		{"{instruments: []}", "'instruments' is a list"},
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct buf said = {0};
		struct why why;
		struct yaml *node = yaml_parse(span_of(wrong[i].text), 1, &why);
		assert_null(score_compile(node, collect_fault, &said));
		if (!strstr(said.p, wrong[i].told))
			fail_msg("not said: %s\nbut: %s", wrong[i].told, said.p);
		buf_finish(&said);
		yaml_delete(node);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bitlistens_pitch_and_volume_are_those_of_its_table),
		cmocka_unit_test(the_whole_range_sounds_on_any_stream),
		cmocka_unit_test(a_larger_event_never_sounds_higher_or_softer_at_its_time),
		cmocka_unit_test(fixed_magnitudes_are_the_ends_of_the_range),
		cmocka_unit_test(an_instrument_is_chosen_by_kind_polarity_actor_and_magnitude),
		cmocka_unit_test(all_notes_are_of_one_scale),
		cmocka_unit_test(a_chord_is_strummed_over_its_tone_and_an_entity_has_always_the_same),
		cmocka_unit_test(what_has_one_place_stays_there),
		cmocka_unit_test(the_drone_grows_with_the_rate_and_is_silent_when_nothing_happens),
		cmocka_unit_test(every_impossible_value_is_told_with_its_line_and_range),
		cmocka_unit_test(a_range_without_a_tone_and_steps_that_fall_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
