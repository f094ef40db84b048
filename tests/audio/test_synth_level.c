/* How loud a station is, whatever comes: by ffmpeg's ebur128 over minutes, and by a meter of our own where it changes.
 * FULL=1: ten minutes of each, and a thousand random crowds; else short ones.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "tests/audio/loudness_meter.h"
#include "tests/audio/synth_test.h"

static bool is_full(void)
{
	return getenv("FULL") != NULL;
}

/* ---- by ffmpeg -------------------------------------------------------------------------------------------------- */

enum { NOTES_MAX = 400000 };

struct programme {
	const char *name;
	double rate; /* a second */
	size_t n;
	struct synth_note notes[NOTES_MAX];
};

/* Edits as Wikipedia has them, at times without a pattern, through the score. */
static void compose_hatnote(struct programme *p, double seconds)
{
	struct score *score = score_create(score_named(SPAN_LITERAL("hatnote")));
	uint64_t random = 7;
	p->n = 0;
	for (double t = 0.0;;) {
		t -= log(1.0 - random_next(&random)) / p->rate;
		if (t > seconds - 1.0)
			break;
		char entity[32];
		snprintf(entity, sizeof entity, "page %d", (int)(random_next(&random) * 1e6));
		double size = exp(4.5 + 1.8 * sqrt(-2.0 * log(1.0 - random_next(&random))) * cos(2.0 * M_PI * random_next(&random)));
		struct event ev = {.kind = span_of("edit"), .entity = span_of(entity), .magnitude = size,
			.polarity = random_next(&random) < 0.67 ? 1 : -1, .accent = random_next(&random) < 0.02};
		struct note notes[SCORE_NOTES_MAX];
		size_t n = score_play(score, &ev, (int64_t)(t * 1000.0), notes);
		for (size_t i = 0; i < n && p->n < NOTES_MAX; i++)
			p->notes[p->n++] = (struct synth_note){.frame = (uint64_t)notes[i].at_ms * 48, .instrument = notes[i].instrument,
				.key = notes[i].key, .level = notes[i].level, .pan = notes[i].pan};
	}
	score_destroy(score);
}

/* One instrument, or with SYNTH_INSTRUMENTS all of them, over four octaves, softly and loud. */
static void compose(struct programme *p, uint32_t instrument, double seconds)
{
	static const int scale[] = {0, 2, 5, 7, 9};
	uint64_t random = 11;
	p->n = 0;
	for (double t = 0.0; p->n < NOTES_MAX;) {
		t -= log(1.0 - random_next(&random)) / p->rate;
		if (t > seconds - 1.0)
			break;
		uint32_t any = (uint32_t)(random_next(&random) * SYNTH_INSTRUMENTS);
		int octave = (int)(random_next(&random) * 4.0), step = (int)(random_next(&random) * 5.0);
		p->notes[p->n++] = (struct synth_note){.frame = (uint64_t)(t * SYNTH_RATE),
			.instrument = instrument == SYNTH_INSTRUMENTS ? any : instrument, .key = (float)(42 + 12 * octave + scale[step]),
			.level = (float)(0.3 + 0.6 * random_next(&random)), .pan = (float)(1.6 * random_next(&random) - 0.8)};
	}
}

/* Integrated loudness and true peak, as ffmpeg says. */
static void measure(const struct programme *p, double seconds, double skipped, double *lufs, double *peak)
{
	char log[] = "/tmp/carillon-level-XXXXXX", command[400], line[400];
	int fd = mkstemp(log);
	assert_true(fd >= 0);
	close(fd);
	snprintf(command, sizeof command, "ffmpeg -nostdin -hide_banner -nostats -f f32le -ar 48000 -ac 2 -i - "
		"-filter_complex ebur128=peak=true:framelog=verbose -f null - 2>%s", log);
	FILE *to = popen(command, "w");
	assert_non_null(to);
	struct synth *s = synth_create();
	static float out[2 * 480];
	size_t next = 0;
	for (uint64_t frame = 0; frame < (uint64_t)(seconds * SYNTH_RATE); frame += 480) {
		while (next < p->n && synth_note(s, &p->notes[next]))
			next++;
		synth_render(s, out, 480);
		if (frame >= (uint64_t)(skipped * SYNTH_RATE))
			assert_int_equal(fwrite(out, 8, 480, to), 480);
	}
	assert_int_equal(pclose(to), 0);
	free(s);
	*lufs = *peak = NAN;
	FILE *answer = fopen(log, "r");
	assert_non_null(answer);
	while (fgets(line, sizeof line, answer)) {
		char *i = strstr(line, "I:"), *k = strstr(line, "Peak:");
		if (i)
			*lufs = strtod(i + 2, NULL);
		if (k)
			*peak = strtod(k + 5, NULL);
	}
	fclose(answer);
	unlink(log);
}

static void stations_stand_at_minus_16_lufs_whatever_the_rate(void **state)
{
	(void)state;
	/* The short form leaves out the first seconds of a storm, while the ears adapt; the whole ten minutes hold them. */
	static const struct {
		double rate, seconds, skipped;
	} runs[] = {{1.0 / 60.0, 180, 0}, {1, 90, 0}, {40, 40, 12}, {500, 30, 12}};
	static const struct {
		const char *name;
		uint32_t instrument;
	} scores[] = {{"hatnote", 0}, {"all", SYNTH_INSTRUMENTS}, {"bell", SYNTH_BELL}, {"marimba", SYNTH_MARIMBA},
		{"glockenspiel", SYNTH_GLOCKENSPIEL}, {"harp", SYNTH_HARP}, {"swell", SYNTH_SWELL}, {"pad", SYNTH_PAD}, {"noise", SYNTH_NOISE}};
	static struct programme p;
	bool failed = false;
	for (size_t i = 0; i < COUNT_OF(scores); i++)
		for (size_t r = 0; r < COUNT_OF(runs); r++) {
			/* Ten notes of nine instruments, a stroke or a swell of nine seconds: no causal gain knows which comes next. */
			if (i == 1 && r == 0)
				continue;
			/* Short: the built-in score, all instruments in a crowd, and single bells. */
			if (!is_full() && !(i == 0 || i == 1 || (i == 2 && r == 0)))
				continue;
			double seconds = is_full() ? 600.0 : runs[r].seconds, lufs, peak;
			p.name = scores[i].name;
			p.rate = runs[r].rate;
			if (i == 0)
				compose_hatnote(&p, seconds);
			else
				compose(&p, scores[i].instrument, seconds);
			measure(&p, seconds, is_full() ? 0.0 : runs[r].skipped, &lufs, &peak);
			bool is_right = fabs(lufs + 16.0) <= 1.0 && peak <= -1.0;
			printf("# %-12s %6.3g/s, %.0f s, %6zu notes: %6.1f LUFS, %5.1f dBTP%s\n", p.name, p.rate, seconds, p.n, lufs, peak,
				is_right ? "" : "  <- not -16 +- 1 and at most -1");
			failed = failed || !is_right;
		}
	assert_false(failed);
}

/* ---- by our own meter ------------------------------------------------------------------------------------------- */

static void a_storm_is_too_loud_for_seconds_only_and_what_follows_is_heard_again(void **state)
{
	(void)state;
	enum { BEFORE = 20, STORM = 20, AFTER = 30, SECONDS = BEFORE + STORM + AFTER };
	static struct synth_note notes[STORM * 500 + SECONDS];
	uint64_t random = 3;
	size_t n = 0;
	for (int ms = 0; ms < SECONDS * 1000; ms++) {
		bool storm = ms >= BEFORE * 1000 && ms < (BEFORE + STORM) * 1000;
		if (ms % (storm ? 2 : 1000) == 0)
			notes[n++] = (struct synth_note){.frame = (uint64_t)ms * 48, .instrument = SYNTH_CELESTA,
				.key = (float)(50 + (int)(random_next(&random) * 40.0)), .level = 0.6f,
				.pan = (float)(random_next(&random) - 0.5)};
	}
	assert_true(n <= COUNT_OF(notes));
	struct synth *s = synth_create();
	float *out = render_notes(s, notes, n, SECONDS * SYNTH_RATE, 480);
	double *hops = meter_hops(out, SECONDS * SYNTH_RATE);
	assert_true(peak_of(out, SECONDS * SYNTH_RATE) <= minus_1_db);
	double calm = meter_lufs(hops, 100, 100), first = meter_loudest(hops, BEFORE * 10, (BEFORE + 5) * 10, 4);
	double soon = meter_loudest(hops, (BEFORE + 4) * 10, (BEFORE + 12) * 10, 30);
	double later = meter_lufs(hops, (BEFORE + 8) * 10, 100), again = meter_lufs(hops, (SECONDS - 12) * 10, 100);
	printf("# LUFS: calm %.1f, the storm's loudest 400 ms %.1f, from its 5th second at most %.1f, then %.1f; afterwards %.1f\n",
		calm, first, soon, later, again);
	assert_true(fabs(calm + 16.5) < 2.5);
	assert_true(first < -5.0);
	assert_true(soon < -13.0 && fabs(later + 16.0) < 1.0);
	assert_true(again > -20.5);
	free(hops);
	free(out);
	free(s);
}

static void soft_and_loud_notes_stay_apart(void **state)
{
	(void)state;
	/* 12 dB between them, taking turns; whatever the leveller does, it mustn't do it to one of them alone. */
	enum { APART = 5, NOTES = 24 };
	struct synth *s = synth_create();
	for (int i = 0; i < NOTES; i++) {
		struct synth_note note = {.frame = (uint64_t)i * APART * SYNTH_RATE, .instrument = SYNTH_HARP, .key = 60,
			.level = i % 2 ? 0.8f : 0.2f};
		assert_true(synth_note(s, &note));
	}
	float *out = render(s, NOTES * APART * SYNTH_RATE, 480);
	double *hops = meter_hops(out, NOTES * APART * SYNTH_RATE);
	for (size_t i = 8; i + 1 < NOTES; i += 2) {
		double soft = meter_loudest(hops, i * APART * 10, (i + 1) * APART * 10, 4);
		double loud = meter_loudest(hops, (i + 1) * APART * 10, (i + 2) * APART * 10, 4);
		assert_true(loud - soft > 10.5 && loud - soft < 13.5);
	}
	free(hops);
	free(out);
	free(s);
}

static void a_tail_is_not_pulled_up(void **state)
{
	(void)state;
	/* Once a minute: from stroke to silence every half second is softer than the one before. */
	for (int minute = 0; minute < 4; minute++) {
		struct synth *s = synth_create();
		for (int i = 0; i <= minute; i++) {
			struct synth_note note = {.frame = (uint64_t)i * 60 * SYNTH_RATE, .instrument = SYNTH_CELESTA, .key = 76, .level = 0.7f};
			assert_true(synth_note(s, &note));
		}
		free(render(s, (size_t)minute * 60 * SYNTH_RATE + 1, 480));
		float *out = render(s, 8 * SYNTH_RATE, 480);
		double *hops = meter_hops(out, 8 * SYNTH_RATE);
		for (size_t i = 5; i + 10 <= 80 && meter_lufs(hops, i, 5) > -90.0; i += 5)
			assert_true(meter_lufs(hops, i + 5, 5) < meter_lufs(hops, i, 5));
		assert_true(meter_lufs(hops, 75, 5) <= -119.0);
		free(hops);
		free(out);
		free(s);
	}
}

/* ---- any parameters --------------------------------------------------------------------------------------------- */

/* The highest point of the curve through the samples of a side: a windowed sinc, eight points between two samples. */
static float true_peak(const float *out, size_t n_frames)
{
	enum { HALF = 24, POINTS = 8 };
	static double kernel[POINTS][2 * HALF];
	for (int p = 0; p < POINTS && kernel[0][HALF - 1] == 0.0; p++)
		for (int i = 0; i < 2 * HALF; i++) {
			double x = i - HALF + 1 - (double)p / POINTS, window = 0.5 + 0.5 * cos(M_PI * x / HALF);
			kernel[p][i] = fabs(x) < 1e-9 ? 1.0 : sin(M_PI * x) / (M_PI * x) * window;
		}
	float peak = 0.0f;
	for (size_t side = 0; side < 2; side++)
		for (size_t at = HALF; at + HALF < n_frames; at++) {
			float near = fmaxf(fabsf(out[2 * at + side]), fabsf(out[2 * at + 2 + side]));
			peak = fmaxf(peak, near);
			for (int p = 1; p < POINTS && near > 0.6f; p++) {
				double sum = 0.0;
				for (int i = 0; i < 2 * HALF; i++)
					sum += kernel[p][i] * (double)out[2 * (at + (size_t)i - HALF + 1) + side];
				peak = fmaxf(peak, (float)fabs(sum));
			}
		}
	return peak;
}

static void any_crowd_is_finite_and_at_most_minus_1_dbtp(void **state)
{
	(void)state;
	const int sets = is_full() ? 1000 : 40;
	const size_t n_frames = (is_full() ? 5 : 2) * SYNTH_RATE;
	static struct synth_note notes[4096];
	float highest = 0.0f;
	for (int set = 0; set < sets; set++) {
		uint64_t random = (uint64_t)set * 7919 + 1;
		double loudest = random_next(&random), spread = random_next(&random) * 127.0, low = random_next(&random) * (127.0 - spread);
		size_t n = (size_t)pow(4096.0, random_next(&random));
		uint32_t only = (uint32_t)(random_next(&random) * 2.0 * SYNTH_INSTRUMENTS); /* half of them mix all */
		for (size_t i = 0; i < n; i++)
			notes[i] = (struct synth_note){.frame = i * (n_frames * 3 / 4) / n,
				.instrument = only < SYNTH_INSTRUMENTS ? only : (uint32_t)(random_next(&random) * SYNTH_INSTRUMENTS),
				.key = (float)(low + spread * random_next(&random)), .level = (float)(loudest * random_next(&random)),
				.pan = (float)(3.0 * random_next(&random) - 1.5)};
		struct synth *s = synth_create();
		float *out = render_notes(s, notes, n, n_frames, 480);
		peak_of(out, n_frames); /* all finite */
		float peak = true_peak(out, n_frames);
		if (peak > minus_1_db)
			fail_msg("set %d: %.2f dBTP", set, 20.0 * log10((double)peak));
		highest = fmaxf(highest, peak);
		free(out);
		free(s);
	}
	printf("# %d sets of %zu s, highest peak %.2f dBTP\n", sets, n_frames / SYNTH_RATE, 20.0 * log10((double)highest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stations_stand_at_minus_16_lufs_whatever_the_rate),
		cmocka_unit_test(a_storm_is_too_loud_for_seconds_only_and_what_follows_is_heard_again),
		cmocka_unit_test(soft_and_loud_notes_stay_apart),
		cmocka_unit_test(a_tail_is_not_pulled_up),
		cmocka_unit_test(any_crowd_is_finite_and_at_most_minus_1_dbtp),
	};
	return cmocka_run_group_tests_name("synth level", tests, NULL, NULL);
}
