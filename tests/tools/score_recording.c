/* score_recording - a recorded stream through the real parser, mapping and score, to notes as render_notes reads them:
 * score_recording FILE SECONDS [MAPPING SCORE [RATE]]. A FILE.sse is event streams, another has a message a line. Frames
 * count from the first event's time; with a RATE, events come so many a second.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "audio/score.h"
#include "audio/synth/synth.h"
#include "base/diag.h"
#include "base/file.h"
#include "server/mapping.h"
#include "server/recording.h"

enum { FILE_LIMIT = 256 << 20 };

struct scoring {
	struct mapper *mapper;
	struct score *score;
	int64_t first_ms, most_ms; /* first_ms -1: none yet */
	double rate;               /* 0: by the events' own times */
	uint64_t n_events;
	unsigned skipped;
};

static void print_notes(struct scoring *s, const struct event *ev)
{
	if (s->first_ms < 0)
		s->first_ms = ev->time_ms;
	int64_t at_ms = s->rate > 0 ? (int64_t)((double)s->n_events++ * 1000 / s->rate) : ev->time_ms - s->first_ms;
	if (at_ms < 0 || at_ms >= s->most_ms)
		return;
	struct note notes[SCORE_NOTES_MAX];
	size_t n = score_play(s->score, ev, at_ms, notes);
	for (size_t i = 0; i < n; i++) /* nine digits are a float's whole value */
		printf("%lld %u %.9g %.9g %.9g\n", (long long)notes[i].at_ms * (SYNTH_RATE / 1000), notes[i].instrument,
			notes[i].key, notes[i].level, notes[i].pan);
}

static void on_event(void *data, const struct event *ev)
{
	print_notes(data, ev);
}

static void on_skipped(void *data, enum skip reason, const struct why *why)
{
	(void)reason, (void)why;
	((struct scoring *)data)->skipped++;
}

static void score_message(struct scoring *s, const struct recorded *message)
{
	static const struct mapper_sink sink = {on_event, on_skipped};
	cJSON *json = message->what == RECORDED_MESSAGE ? json_parse(message->data, NULL) : NULL;
	if (json)
		mapper_map(s->mapper, json, 0, &sink, s);
	else
		s->skipped++;
	cJSON_Delete(json);
}

int main(int argc, char **argv)
{
	double seconds, rate = 0;
	const struct mapping *mapping = mapping_named(span_of(argc > 3 ? argv[3] : "mediawiki"));
	const struct score_rules *rules = score_named(span_of(argc > 4 ? argv[4] : "hatnote"));
	if (argc < 3 || argc == 4 || argc > 6 || !span_to_double(span_of(argv[2]), &seconds) || seconds <= 0.0 || !mapping ||
	    !rules || (argc > 5 && (!span_to_double(span_of(argv[5]), &rate) || rate <= 0.0))) {
		fprintf(stderr, "usage: score_recording FILE SECONDS [MAPPING SCORE [RATE]]\n");
		return 2;
	}
	struct buf bytes = {0};
	struct why why = {0};
	struct scoring scoring = {.first_ms = -1, .most_ms = (int64_t)(seconds * 1000.0),
		.rate = rate,
		.score = score_create(rules), .mapper = mapper_create(mapping)};
	if (file_read(argv[1], FILE_LIMIT, &bytes, &why) != OK) {
		diag_fault_why(argv[1], 0, &why);
		buf_finish(&bytes);
		return 1;
	}
	struct recording *recording = recording_create(span_ends(span_of(argv[1]), ".sse") ? RECORDING_SSE : RECORDING_LINES, 0);
	recording_push(recording, buf_view(&bytes));
	recording_end(recording);
	struct recorded message;
	while (recording_next(recording, &message) == OK)
		score_message(&scoring, &message);
	struct score_counts counts = score_counts(scoring.score);
	fprintf(stderr, "played %llu capped %llu unplayed %llu skipped %u\n", (unsigned long long)counts.played,
		(unsigned long long)counts.capped, (unsigned long long)counts.unplayed, scoring.skipped);
	recording_destroy(recording);
	mapper_destroy(scoring.mapper);
	score_destroy(scoring.score);
	buf_finish(&bytes);
	return 0;
}
