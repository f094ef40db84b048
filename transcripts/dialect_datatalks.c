/* DataTalks.Club's transcripts, in the episode's front matter: `transcript:` is a list of {line, sec, time, who} and
 * {header}. A line is a cue, a change of `who` a turn; a line without `who` goes on with the voice before it. `sec` is
 * the time, `time` (M:SS, H:MM:SS) stands in for it; a line with neither is untimed. A header is a chapter that begins
 * with the line after it.
 * SPDX-License-Identifier: MIT */
#include "transcripts/datatalks.h"

#include <stdio.h>

#include "transcripts/chapters.h"
#include "transcripts/front_matter.h"
#include "transcripts/lines.h"

/* The line's own time in ms; -1 where it has none that can be read. */
static int64_t time_of(const struct yaml *entry, struct transcript *t, const struct dialect_faults *faults)
{
	const struct yaml *sec = yaml_get(entry, "sec"), *time = yaml_get(entry, "time");
	struct span stamp = lines_trim(yaml_text(time));
	int64_t ms = -1, stamp_ms;
	double seconds;
	bool good = stamp.n && stamp_read(stamp, &stamp_ms) == stamp.n;
	if (!yaml_is_none(sec) && span_to_double(lines_trim(yaml_text(sec)), &seconds) && seconds >= 0 && seconds < 3.2e9)
		ms = (int64_t)(seconds * 1000 + 0.5);
	else if (!yaml_is_none(sec))
		dialect_report(faults, t, sec->line, "sec '%.40s' isn't a number of seconds; it was left out",
			yaml_text(sec).n ? yaml_text(sec).p : "");
	if (stamp.n && !good)
		dialect_report(faults, t, time->line, "time '%.40s' isn't a time; %s, write it as M:SS", stamp.p,
			ms >= 0 ? "sec was taken" : "the last one before it was taken");
	if (ms < 0 && good)
		ms = stamp_ms;
	return ms;
}

static void add_chapter(struct document *d, struct span title, int64_t ms, int line)
{
	struct document_chapter *c = document_add_chapter(d);
	c->start_ms = ms;
	c->line = line;
	document_set(&c->title, title);
}

struct transcript *datatalks_read(const struct yaml *list, struct document *d, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct span header = {0}, who = {0};
	int header_line = 0;
	int64_t last_ms = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct yaml *entry = list->items[i];
		const struct yaml *said = yaml_get(entry, "line"), *head = yaml_get(entry, "header");
		if (!yaml_is_none(head) && yaml_is_none(said)) {
			if (header.n && d)
				dialect_report(faults, t, header_line, "a header without a line below it; it was left out");
			header = lines_trim(yaml_text(head));
			header_line = head->line;
			continue;
		}
		struct span words = lines_trim(yaml_text(said));
		if (words.n == 0) {
			dialect_report(faults, t, entry->line, "neither a line with words nor a header; it was left out");
			continue;
		}
		struct span voice = lines_trim(yaml_text(yaml_get(entry, "who")));
		if (voice.n && (t->n_turns == 0 || !span_equal(voice, who))) {
			transcript_add_turn(t, voice);
			who = voice;
		}
		int64_t ms = time_of(entry, t, faults);
		if (ms >= 0)
			transcript_add_cue(t, ms, -1, words, said->line);
		else
			transcript_add_untimed_cue(t, last_ms, words, said->line);
		last_ms = ms >= 0 ? ms : last_ms;
		if (header.n && d)
			add_chapter(d, header, last_ms, header_line);
		header.n = 0;
	}
	if (header.n && d)
		dialect_report(faults, t, header_line, "a header without a line below it; it was left out");
	if (d)
		chapters_sort(d, faults);
	transcript_finish_build(t);
	if (t->n_cues)
		return t;
	transcript_destroy(t);
	return NULL;
}

static struct yaml *parse_head(struct span text, int first_line)
{
	struct span yaml, body;
	int body_line;
	if (front_matter_split(text, &yaml, &body, &body_line) != FRONT_MATTER_WHOLE)
		return NULL;
	return yaml_parse(yaml, first_line + 1, NULL);
}

/* A page is told by its front matter before the dialects are asked; this is for who names this one. */
static int detect(struct span text, char *reason, size_t room)
{
	if (!span_starts(text, "---") || span_search(text, SPAN_LITERAL("transcript:"), 0) == text.n)
		return 0;
	struct yaml *root = parse_head(text, 1);
	const struct yaml *list = yaml_get(root, "transcript");
	int score = 0;
	if (list && list->kind == YAML_LIST) {
		snprintf(reason, room, "front matter with a list 'transcript' of %zu", list->n);
		score = 98;
	}
	yaml_delete(root);
	return score;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct yaml *root = parse_head(text, first_line);
	const struct yaml *list = yaml_get(root, "transcript");
	struct transcript *t = list && list->kind == YAML_LIST ? datatalks_read(list, NULL, faults) : NULL;
	yaml_delete(root);
	return t ? t : transcript_create();
}

const struct dialect dialect_datatalks = {
	.name = "a transcript in the front matter (line, sec, time, who)",
	.label = "datatalks",
	.detect = detect,
	.parse = parse,
};
