/* SPDX-License-Identifier: MIT */
#include "server/personal.h"

#include <stdlib.h>

#include "base/mem.h"

struct personal {
	struct filter filter;
	struct score *score;
	struct station *audio;
	struct personal *next;
};

struct station *personal_find(const struct personals *list, const struct filter *filter)
{
	for (const struct personal *p = list->first; p; p = p->next)
		if (filter_equal(&p->filter, filter))
			return p->audio;
	return NULL;
}

/* "Wikipedia (dewiki, anon)" */
static void write_title(struct buf *out, const char *title, const struct filter *filter)
{
	const struct config_list *lists[] = {&filter->channel, &filter->actor_kind};
	const char *before = " (";
	buf_text(out, title);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++) {
			buf_format(out, "%s%s", before, lists[i]->items[k]);
			before = ", ";
		}
	buf_text(out, ")");
}

struct station *personal_add(struct personals *list, const struct config_station *config, const struct filter *filter,
	void (*audio_wake)(void *), void *data)
{
	struct personal *p = mem_new(1, sizeof *p);
	struct buf title = {0};
	write_title(&title, config->title, filter);
	filter_copy(&p->filter, filter);
	p->score = score_create(config->score);
	p->audio = station_create(title.p, (uint32_t)span_fnv(span_of(config->name)), audio_wake, data);
	p->next = list->first;
	list->first = p;
	buf_finish(&title);
	return p->audio;
}

size_t personal_perform(struct score *score, struct station *audio, const struct event *ev, int64_t mono_ms, int64_t wall_ms,
	struct note notes[SCORE_NOTES_MAX])
{
	size_t n = score_play(score, ev, mono_ms, notes);
	float loudest = 0;
	for (size_t i = 0; i < n; i++) {
		notes[i].at_ms += wall_ms - mono_ms;
		station_note(audio, &notes[i]);
		loudest = notes[i].level > loudest ? notes[i].level : loudest;
	}
	if (n)
		station_title(audio, ev->label.n ? ev->label : ev->entity, loudest + (ev->accent ? 1 : 0));
	return n;
}

void personal_play(struct personals *list, const struct event *ev, int64_t mono_ms, int64_t wall_ms)
{
	struct note notes[SCORE_NOTES_MAX];
	for (struct personal *p = list->first; p; p = p->next)
		if (filter_wants(&p->filter, ev))
			personal_perform(p->score, p->audio, ev, mono_ms, wall_ms, notes);
}

static void add_counts(struct station_counts *to, const struct station_counts *from)
{
	to->listeners += from->listeners;
	to->notes_dropped += from->notes_dropped;
	to->skips += from->skips;
	to->late_blocks += from->late_blocks;
	to->blocks_dropped += from->blocks_dropped;
	to->pages_dropped += from->pages_dropped;
}

static void personal_end(struct personals *list, struct personal *p)
{
	struct station_counts counts = station_counts(p->audio);
	add_counts(&list->past, &counts);
	list->past.listeners = 0;
	station_destroy(p->audio);
	score_destroy(p->score);
	filter_finish(&p->filter);
	free(p);
}

size_t personal_collect(struct personals *list)
{
	size_t n = 0;
	for (struct personal **at = &list->first; *at;) {
		struct personal *p = *at;
		station_collect(p->audio);
		struct station_counts counts = station_counts(p->audio);
		if (counts.running || counts.listeners) {
			n++;
			at = &p->next;
			continue;
		}
		*at = p->next;
		personal_end(list, p);
	}
	return n;
}

void personal_end_all(struct personals *list)
{
	while (list->first) {
		struct personal *p = list->first;
		list->first = p->next;
		personal_end(list, p);
	}
}

void personal_count(const struct personals *list, struct station_counts *counts)
{
	add_counts(counts, &list->past);
	for (const struct personal *p = list->first; p; p = p->next) {
		struct station_counts own = station_counts(p->audio);
		add_counts(counts, &own);
	}
}
