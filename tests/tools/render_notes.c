/* render_notes - the instrument from the command line, for tests and for listening:
 *   render_notes score EVENTS.jsonl                  events, one JSON object a line, to notes on stdout
 *   render_notes render NOTES OUT [SECONDS [BLOCK [SEED]]]  notes to raw float32 stereo at 48 kHz, or to a WAV by OUT's ending
 * A note is a line `frame instrument key level pan`, instrument as its number; an event has t (ms), kind, entity,
 * magnitude, polarity, accent.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "audio/score.h"
#include "audio/synth/synth.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum { SEED = 1, FILE_LIMIT = 256 << 20 };

static bool event_of_json(const cJSON *json, struct event *ev, int64_t *at_ms)
{
	int64_t polarity = 0;
	*ev = (struct event){.kind = json_string(json_get(json, "kind")), .entity = json_string(json_get(json, "entity"))};
	const cJSON *magnitude = json_get(json, "magnitude");
	if (cJSON_IsNumber(magnitude))
		ev->magnitude = magnitude->valuedouble;
	if (json_i64(json_get(json, "polarity"), &polarity))
		ev->polarity = (int8_t)(polarity > 0 ? 1 : polarity < 0 ? -1 : 0);
	ev->accent = json_is_true(json_get(json, "accent"));
	return ev->kind.n > 0 && json_i64(json_get(json, "t"), at_ms);
}

static int command_score(const char *path)
{
	struct buf text = {0};
	struct why why = {0};
	struct score *score = score_create(score_named(SPAN_LITERAL("hatnote")));
	if (file_read(path, FILE_LIMIT, &text, &why) != OK) {
		diag_fault_why(path, 0, &why);
		buf_finish(&text);
		return 1;
	}
	struct span rest = buf_view(&text), line;
	for (int number = 1; span_next_line(&rest, &line); number++) {
		cJSON *json = json_parse(line, &why);
		struct event ev;
		int64_t at_ms;
		if (!json || !event_of_json(json, &ev, &at_ms)) {
			diag_fault(path, number, "not an event; give t, kind, entity, magnitude, polarity");
		} else {
			struct note notes[SCORE_NOTES_MAX];
			size_t n = score_play(score, &ev, at_ms, notes);
			for (size_t i = 0; i < n; i++) /* nine digits are a float's whole value */
				printf("%lld %u %.9g %.9g %.9g\n", (long long)notes[i].at_ms * (SYNTH_RATE / 1000), notes[i].instrument,
					notes[i].key, notes[i].level, notes[i].pan);
		}
		cJSON_Delete(json);
	}
	struct score_counts counts = score_counts(score);
	fprintf(stderr, "played %llu capped %llu unplayed %llu\n", (unsigned long long)counts.played,
		(unsigned long long)counts.capped, (unsigned long long)counts.unplayed);
	score_destroy(score);
	buf_finish(&text);
	return diag_fault_count() ? 1 : 0;
}

static bool note_of_line(struct span line, struct synth_note *note)
{
	double value[5];
	struct span piece;
	size_t n = 0;
	while (n < COUNT_OF(value) && span_next_piece(&line, ' ', &piece))
		if (!span_to_double(piece, &value[n++]))
			return false;
	if (n != COUNT_OF(value) || value[0] < 0.0 || value[1] < 0.0)
		return false;
	*note = (struct synth_note){.frame = (uint64_t)value[0], .instrument = (uint32_t)value[1], .key = (float)value[2],
		.level = (float)value[3], .pan = (float)value[4]};
	return true;
}

static struct synth_note *notes_read(const char *path, size_t *n)
{
	struct buf text = {0};
	struct why why = {0};
	struct synth_note *notes = NULL;
	*n = 0;
	if (file_read(path, FILE_LIMIT, &text, &why) != OK)
		diag_fault_why(path, 0, &why);
	struct span rest = buf_view(&text), line;
	for (int number = 1; span_next_line(&rest, &line); number++) {
		if (*n % 1024 == 0)
			notes = mem_grow(notes, *n + 1024, sizeof *notes);
		if (note_of_line(line, &notes[*n]))
			++*n;
		else
			diag_fault(path, number, "not a note; give frame instrument key level pan");
	}
	buf_finish(&text);
	return notes;
}

static void put_le(unsigned char *to, uint32_t value, int n_bytes)
{
	for (int i = 0; i < n_bytes; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

static void wav_header(FILE *out, uint32_t n_frames)
{
	unsigned char h[44] = "RIFF....WAVEfmt ";
	put_le(h + 4, 36 + n_frames * 8, 4);
	put_le(h + 16, 16, 4);
	put_le(h + 20, 3, 2); /* IEEE float */
	put_le(h + 22, 2, 2);
	put_le(h + 24, SYNTH_RATE, 4);
	put_le(h + 28, SYNTH_RATE * 8, 4);
	put_le(h + 32, 8, 2);
	put_le(h + 34, 32, 2);
	h[36] = 'd', h[37] = 'a', h[38] = 't', h[39] = 'a';
	put_le(h + 40, n_frames * 8, 4);
	fwrite(h, 1, sizeof h, out);
}

static int command_render(const char *notes_path, const char *out_path, double seconds, size_t block, uint32_t seed)
{
	size_t n_notes, next = 0;
	struct synth_note *notes = notes_read(notes_path, &n_notes);
	FILE *out = fopen(out_path, "wb");
	if (!out) {
		diag_fault(out_path, 0, "can't be written; give a path in an existing folder");
		free(notes);
		return 3;
	}
	uint64_t n_frames = (uint64_t)(seconds * SYNTH_RATE);
	if (span_is(file_ending(out_path), "wav"))
		wav_header(out, (uint32_t)n_frames);
	struct synth *synth = mem_new(1, synth_size());
	static float frames[SYNTH_BLOCK_MAX * 2];
	synth_init(synth, seed);
	double started = (double)clock();
	uint32_t most = 0;
	for (uint64_t done = 0; done < n_frames;) {
		while (next < n_notes && synth_note(synth, &notes[next]))
			next++;
		size_t n = n_frames - done < block ? (size_t)(n_frames - done) : block;
		synth_render(synth, frames, n);
		fwrite(frames, sizeof(float) * 2, n, out);
		if (synth_voices(synth) > most)
			most = synth_voices(synth);
		done += n;
	}
	double cpu_s = ((double)clock() - started) / CLOCKS_PER_SEC;
	fprintf(stderr, "%zu notes, %.1f s, %.0f x real time, at most %u voices, %llu stolen\n", next, seconds,
		seconds / cpu_s, most, (unsigned long long)synth_stolen(synth));
	free(synth);
	free(notes);
	int rc = fclose(out) ? 3 : 0;
	return diag_fault_count() ? 1 : rc;
}

int main(int argc, char **argv)
{
	if (argc == 3 && span_is(span_of(argv[1]), "score"))
		return command_score(argv[2]);
	double seconds = 30.0, block = 480.0, seed = SEED;
	bool is_render = argc >= 4 && argc <= 7 && span_is(span_of(argv[1]), "render");
	if (is_render && argc > 4)
		is_render = span_to_double(span_of(argv[4]), &seconds) && seconds > 0.0 && seconds < 36000.0;
	if (is_render && argc > 5)
		is_render = span_to_double(span_of(argv[5]), &block) && block >= 1.0 && block <= SYNTH_BLOCK_MAX;
	if (is_render && argc > 6)
		is_render = span_to_double(span_of(argv[6]), &seed) && seed >= 0.0 && seed <= UINT32_MAX;
	if (is_render)
		return command_render(argv[2], argv[3], seconds, (size_t)block, (uint32_t)seed);
	fprintf(stderr, "usage: render_notes score EVENTS.jsonl | render NOTES OUT [SECONDS [BLOCK [SEED]]]\n");
	return 2;
}
