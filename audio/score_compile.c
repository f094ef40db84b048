/* Outline: values; chords; a part; the rules. Built-in ones, and what a description is like, are in score_builtin.c.
 * SPDX-License-Identifier: MIT */
#include "audio/score_compile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/score_reader.h"
#include "base/mem.h"

enum { MINUTE_MS = 60000 };
static const double magnitude_most = 1e300;
static const struct number_range a_level = {"a level", 0, 1};

static bool read_instrument(struct score_reader *c, const struct yaml *value, bool may_be_silent, uint32_t *out,
	bool *is_silent)
{
	const char *names[READER_NAMES_MAX + 1] = {NULL};
	size_t n = 0;
	for (uint32_t i = 0; strcmp(instrument_name(i), "unknown") != 0; i++)
		names[n++] = instrument_name(i);
	if (may_be_silent)
		names[n] = "silence";
	int which = reader_name(c, value, "instrument", names);
	if (which >= 0) {
		*is_silent = (size_t)which == n;
		*out = *is_silent ? 0 : (uint32_t)which;
	}
	return which >= 0;
}

static void read_levels(struct score_reader *c, const struct yaml *value, struct levels *out)
{
	double small, large;
	if (reader_pair(c, value, "velocity", "of the smallest and of the largest") &&
	    reader_number(c, value->items[0], &a_level, &small) && reader_number(c, value->items[1], &a_level, &large))
		*out = (struct levels){(float)small, (float)large};
}

static void read_texts(struct score_reader *c, const struct yaml *value, struct texts *out)
{
	size_t n = value->kind == YAML_LIST ? value->n : 1;
	free(out->items);
	out->items = mem_new(n, sizeof *out->items);
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct yaml *item = value->kind == YAML_LIST ? value->items[i] : value;
		if (item->kind != YAML_SCALAR || yaml_is_none(item))
			reader_fault(c, item->line, "a condition is a text or a list of texts; write kind: [edit, new]");
		else
			out->items[out->n++] = item->text;
	}
	if (!n)
		reader_fault(c, value->line, "an empty list fits nothing; leave the condition out to fit everything");
}

/* The bits of the names that are listed. */
static unsigned read_bits(struct score_reader *c, const struct yaml *value, const char *what, const char *const *names)
{
	unsigned bits = 0;
	size_t n = value->kind == YAML_LIST ? value->n : 1;
	for (size_t i = 0; i < n; i++) {
		int which = reader_name(c, value->kind == YAML_LIST ? value->items[i] : value, what, names);
		if (which >= 0)
			bits |= 1u << which;
	}
	return bits;
}

static bool read_key(struct score_reader *c, const struct yaml *value, double *out)
{
	if (value->kind == YAML_SCALAR && scale_key_parse(value->text, out))
		return true;
	reader_fault(c, value->line, "'%.*s' is no key; write a note with its octave, as C#3, or a MIDI number from 0 to 127",
		SPAN_ARG(yaml_text(value)));
	return false;
}

/* --- chords --- */

static const struct number_range a_step = {"a chord's step", -28, 28};

static bool read_chord_note(struct score_reader *c, const struct yaml *value, enum chord_kind kind, double *out)
{
	int64_t step;
	if (kind == CHORD_KEYS)
		return read_key(c, value, out);
	if (!reader_whole(c, value, &a_step, &step))
		return false;
	*out = (double)step;
	return true;
}

static void read_chord(struct score_reader *c, const struct yaml *list, enum chord_kind kind)
{
	struct chord *chord = &c->part->chords[c->part->n_chords];
	*chord = (struct chord){0};
	if (list->kind != YAML_LIST || list->n == 0 || list->n > CHORD_NOTES_MAX) {
		reader_fault(c, list->line, "a chord is a list of 1 to %d notes", CHORD_NOTES_MAX);
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		if (read_chord_note(c, list->items[i], kind, &chord->notes[chord->n]))
			chord->n++;
	c->part->n_chords++;
}

static void read_chords(struct score_reader *c, const struct yaml *value, enum chord_kind kind)
{
	bool is_nested = value->kind == YAML_LIST && value->n && value->items[0]->kind == YAML_LIST;
	if (c->part->chord_kind != CHORD_NONE && c->part->chord_kind != kind)
		reader_fault(c, value->line, "'chord' and 'keys' exclude each other; leave one of them out");
	c->part->chord_kind = kind;
	c->part->n_chords = 0;
	if (!is_nested) {
		read_chord(c, value, kind);
		return;
	}
	if (value->n > CHORDS_MAX) {
		reader_fault(c, value->line, "these are %zu chords; %d are the most", value->n, CHORDS_MAX);
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		read_chord(c, value->items[i], kind);
}

/* --- a part --- */

static void part_kind(struct score_reader *c, const struct yaml *v) { read_texts(c, v, &c->part->kind); }
static void part_source(struct score_reader *c, const struct yaml *v) { read_texts(c, v, &c->part->source); }
static void part_channel(struct score_reader *c, const struct yaml *v) { read_texts(c, v, &c->part->channel); }
static void part_unit(struct score_reader *c, const struct yaml *v) { read_texts(c, v, &c->part->unit); }
static void part_tag(struct score_reader *c, const struct yaml *v) { read_texts(c, v, &c->part->tag); }
static void part_chord(struct score_reader *c, const struct yaml *v) { read_chords(c, v, CHORD_STEPS); }
static void part_keys(struct score_reader *c, const struct yaml *v) { read_chords(c, v, CHORD_KEYS); }

static void part_polarity(struct score_reader *c, const struct yaml *value)
{
	static const char *const names[] = {"-1", "0", "1", NULL};
	c->part->polarities = read_bits(c, value, "polarity", names);
}

static void part_actor_kind(struct score_reader *c, const struct yaml *value)
{
	const char *names[] = {actor_kind_name(ACTOR_MEMBER), actor_kind_name(ACTOR_ANON), actor_kind_name(ACTOR_BOT), NULL};
	c->part->actor_kinds = read_bits(c, value, "actor_kind", names);
}

static void part_accent(struct score_reader *c, const struct yaml *value)
{
	bool yes;
	if (reader_yes(c, value, "accent", &yes))
		c->part->accent = yes ? ACCENT_YES : ACCENT_NO;
}

static void part_from(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"a magnitude", 0, magnitude_most};
	reader_number(c, value, &range, &c->part->from);
}

static void part_below(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"a magnitude", 0, magnitude_most};
	reader_number(c, value, &range, &c->part->below);
}

static void part_use(struct score_reader *c, const struct yaml *value)
{
	read_instrument(c, value, true, &c->part->instrument, &c->part->is_silent);
}

static void part_octave(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"'octave'", -4, 4};
	int64_t octave;
	if (reader_whole(c, value, &range, &octave))
		c->part->octave = (int)octave;
}

static void part_level(struct score_reader *c, const struct yaml *value)
{
	double level;
	if (reader_number(c, value, &a_level, &level)) {
		c->part->levels = (struct levels){(float)level, (float)level};
		c->part->has_levels = true;
	}
}

static void part_velocity(struct score_reader *c, const struct yaml *value)
{
	read_levels(c, value, &c->part->levels);
	c->part->has_levels = true;
}

static void part_strum(struct score_reader *c, const struct yaml *value)
{
	reader_time(c, value, "'strum'", 0, 1000, &c->part->strum_ms);
}

static void part_capped(struct score_reader *c, const struct yaml *value)
{
	bool yes;
	if (reader_yes(c, value, "capped", &yes))
		c->part->is_uncapped = !yes;
}

static void read_part(struct score_reader *c, const struct yaml *node)
{
	static const struct known_key keys[] = {
		{"kind", part_kind}, {"source", part_source}, {"channel", part_channel}, {"unit", part_unit}, {"tag", part_tag},
		{"polarity", part_polarity}, {"actor_kind", part_actor_kind}, {"accent", part_accent}, {"from", part_from},
		{"below", part_below}, {"use", part_use}, {"octave", part_octave}, {"level", part_level},
		{"velocity", part_velocity}, {"chord", part_chord}, {"keys", part_keys}, {"strum", part_strum},
		{"capped", part_capped},
	};
	*c->part = (struct score_part){.below = INFINITY};
	reader_map(c, node, "a score's instrument", keys, COUNT_OF(keys));
	if (node->kind == YAML_MAP && yaml_is_none(yaml_get(node, "use")))
		reader_fault(c, node->line, "an entry of instruments says whom it is for and what they get; add use: INSTRUMENT");
	if (!(c->part->from < c->part->below))
		reader_fault(c, node->line, "no magnitude is from %g on and below %g; swap them", c->part->from, c->part->below);
}

static void free_parts(struct score_rules *r)
{
	for (size_t i = 0; i < r->n_parts; i++) {
		struct texts *all[] = {&r->parts[i].kind, &r->parts[i].source, &r->parts[i].channel, &r->parts[i].unit,
			&r->parts[i].tag};
		for (size_t k = 0; k < COUNT_OF(all); k++)
			free(all[k]->items);
	}
	free(r->parts);
	r->parts = NULL;
	r->n_parts = 0;
}

/* --- the rules --- */

static void rules_like(struct score_reader *c, const struct yaml *value)
{
	(void)c, (void)value; /* was read first */
}

static void rules_law(struct score_reader *c, const struct yaml *value)
{
	static const char *const names[] = {[LAW_LOG] = "log", [LAW_HATNOTE] = "hatnote", [LAW_BITLISTEN] = "bitlisten", NULL};
	int law = reader_name(c, value, "law", names);
	if (law >= 0)
		c->rules->law = (enum score_law)law;
}

static void rules_magnitudes(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"a magnitude", 1e-18, magnitude_most};
	struct score_rules *r = c->rules;
	if (!reader_pair(c, value, "magnitudes", "the smallest and the largest") ||
	    !reader_number(c, value->items[0], &range, &r->least) || !reader_number(c, value->items[1], &range, &r->most))
		return;
	r->has_magnitudes = r->least < r->most;
	if (!r->has_magnitudes)
		reader_fault(c, value->line, "the smallest magnitude, %g, isn't below the largest, %g; swap them", r->least, r->most);
}

static bool read_cents(struct score_reader *c, const struct yaml *list, struct scale *out)
{
	const struct number_range range = {"a scale's step in cents", 0, 1199.999};
	if (list->n == 0 || list->n > SCALE_STEPS_MAX) {
		reader_fault(c, list->line, "a scale has 1 to %d steps, not %zu; write [0, 200, 400, 700, 900]", SCALE_STEPS_MAX, list->n);
		return false;
	}
	for (out->n = 0; out->n < list->n; out->n++) {
		double *cents = &out->cents[out->n];
		if (!reader_number(c, list->items[out->n], &range, cents))
			return false;
		if (out->n == 0 ? *cents != 0 : *cents <= cents[-1]) {
			reader_fault(c, list->items[out->n]->line, "a scale's steps begin with 0 and rise; %g can't stand there", *cents);
			return false;
		}
	}
	return true;
}

static void rules_scale(struct score_reader *c, const struct yaml *value)
{
	const char *names[READER_NAMES_MAX + 1] = {NULL};
	struct scale scale;
	if (value->kind == YAML_LIST) {
		if (read_cents(c, value, &scale))
			c->rules->scale = scale;
		return;
	}
	for (size_t i = 0; scale_name_at(i); i++)
		names[i] = scale_name_at(i);
	int which = reader_name(c, value, "scale", names);
	if (which >= 0)
		ASSERT(scale_named(span_of(names[which]), &c->rules->scale));
}

static void rules_key(struct score_reader *c, const struct yaml *value)
{
	if (!scale_tonic_parse(yaml_text(value), &c->rules->tonic))
		reader_fault(c, value->line, "'%.*s' is no key; write a letter from A to G, with # or b, as F#",
			SPAN_ARG(yaml_text(value)));
}

static void rules_range(struct score_reader *c, const struct yaml *value)
{
	double low, high;
	if (!reader_pair(c, value, "range", "the lowest key and the highest") || !read_key(c, value->items[0], &low) ||
	    !read_key(c, value->items[1], &high))
		return;
	if (low > high) {
		reader_fault(c, value->line, "the range's lowest key is above its highest; swap them");
		return;
	}
	c->rules->low = low;
	c->rules->high = high;
}

static void rules_fuzz(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"'fuzz'", 1, 16};
	int64_t fuzz;
	if (reader_whole(c, value, &range, &fuzz))
		c->rules->fuzz = (unsigned)fuzz;
}

static void rules_velocity(struct score_reader *c, const struct yaml *value) { read_levels(c, value, &c->rules->levels); }

static void rules_pan(struct score_reader *c, const struct yaml *value)
{
	static const char *const names[] = {[PAN_ENTITY] = "entity", [PAN_CHANNEL] = "channel", [PAN_ACTOR] = "actor",
		[PAN_KIND] = "kind", [PAN_SOURCE] = "source", [PAN_MIDDLE] = "middle", NULL};
	int pan = reader_name(c, value, "pan", names);
	if (pan >= 0)
		c->rules->pan = (enum score_pan)pan;
}

static void rules_width(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"'width'", 0, 1};
	double width;
	if (reader_number(c, value, &range, &width))
		c->rules->width = (float)width;
}

static void cap_notes(struct score_reader *c, const struct yaml *value)
{
	const struct number_range range = {"a cap's notes", 1, CAP_MAX};
	int64_t n;
	if (reader_whole(c, value, &range, &n))
		c->rules->cap = (unsigned)n;
}

static void cap_window(struct score_reader *c, const struct yaml *value)
{
	reader_time(c, value, "a cap's window", 10, MINUTE_MS, &c->rules->window_ms);
}

static void rules_cap(struct score_reader *c, const struct yaml *value)
{
	static const struct known_key keys[] = {{"notes", cap_notes}, {"window", cap_window}};
	reader_map(c, value, "cap", keys, COUNT_OF(keys));
}

static void rules_smooth(struct score_reader *c, const struct yaml *value)
{
	reader_time(c, value, "'smooth'", 0, SCORE_SMOOTH_MAX_MS, &c->rules->smooth_ms);
}

static void drone_instrument(struct score_reader *c, const struct yaml *value)
{
	bool is_silent;
	read_instrument(c, value, false, &c->rules->drone.instrument, &is_silent);
}

static void drone_level(struct score_reader *c, const struct yaml *value)
{
	double level;
	if (reader_number(c, value, &a_level, &level))
		c->rules->drone.level = (float)level;
}

static void drone_every(struct score_reader *c, const struct yaml *value)
{
	reader_time(c, value, "a drone's 'every'", 500, MINUTE_MS, &c->rules->drone.every_ms);
}

static void rules_drone(struct score_reader *c, const struct yaml *value)
{
	static const struct known_key keys[] = {{"instrument", drone_instrument}, {"level", drone_level},
		{"every", drone_every}};
	c->rules->drone.is_on = true;
	if (value->kind != YAML_SCALAR)
		reader_map(c, value, "drone", keys, COUNT_OF(keys));
	else
		reader_yes(c, value, "drone", &c->rules->drone.is_on);
}

static void rules_instruments(struct score_reader *c, const struct yaml *value)
{
	struct score_rules *r = c->rules;
	if (value->kind != YAML_LIST || !value->n) {
		reader_fault(c, value->line, "'instruments' is a list; begin each entry with '- use:', or name one with instrument:");
		return;
	}
	free_parts(r);
	r->parts = mem_new(value->n, sizeof *r->parts);
	for (; r->n_parts < value->n; r->n_parts++) {
		c->part = &r->parts[r->n_parts];
		read_part(c, value->items[r->n_parts]);
	}
}

/* One instrument for everything. */
static void rules_instrument(struct score_reader *c, const struct yaml *value)
{
	free_parts(c->rules);
	c->rules->parts = mem_new(1, sizeof *c->rules->parts);
	c->rules->n_parts = 1;
	c->part = &c->rules->parts[0];
	*c->part = (struct score_part){.below = INFINITY};
	read_instrument(c, value, false, &c->part->instrument, &c->part->is_silent);
}

static void read_rules(struct score_reader *c, const struct yaml *node)
{
	static const struct known_key keys[] = {
		{"like", rules_like}, {"law", rules_law}, {"magnitudes", rules_magnitudes}, {"scale", rules_scale},
		{"key", rules_key}, {"range", rules_range}, {"fuzz", rules_fuzz}, {"velocity", rules_velocity}, {"pan", rules_pan},
		{"width", rules_width}, {"cap", rules_cap}, {"smooth", rules_smooth}, {"drone", rules_drone},
		{"instrument", rules_instrument}, {"instruments", rules_instruments},
	};
	reader_map(c, node, "a score", keys, COUNT_OF(keys));
	if (yaml_get(node, "instrument") && yaml_get(node, "instruments"))
		reader_fault(c, node->line, "'instrument' and 'instruments' exclude each other; leave one of them out");
}

/* The scale's tone that is nearest to so many semitones over the tonic. */
static double nearest_step(const struct scale *s, double semitones)
{
	double octaves = 0, best = 0;
	while (semitones >= 12) {
		semitones -= 12;
		octaves++;
	}
	for (size_t i = 1; i < s->n; i++)
		if (fabs(s->cents[i] / 100 - semitones) < fabs(best - semitones))
			best = s->cents[i] / 100;
	return octaves * 12 + best;
}

/* Root, fifth, octave, tenth, in the octave around 100 Hz. */
static void tune_drone(struct score_rules *r)
{
	static const double steps[DRONE_NOTES] = {0, 7, 12, 16};
	double root = r->tonic + 36 + (r->tonic < 5 ? 12 : 0);
	for (size_t i = 0; i < DRONE_NOTES; i++)
		r->drone.keys[i] = (float)(root + nearest_step(&r->scale, steps[i]));
}

static void finish_rules(struct score_reader *c, int line)
{
	struct score_rules *r = c->rules;
	float tones[SCALE_TONES_MAX];
	free(r->tones);
	r->n_tones = scale_tones(&r->scale, r->tonic, r->low, r->high, tones);
	r->tones = mem_new(r->n_tones, sizeof *r->tones);
	memcpy(r->tones, tones, r->n_tones * sizeof *tones);
	if (!r->n_tones)
		reader_fault(c, line, "no tone of the scale lies in the range; widen it");
	if (r->has_magnitudes && r->law != LAW_LOG)
		reader_fault(c, line, "'magnitudes' belongs to law: log; leave it out");
	tune_drone(r);
}

struct score_rules *score_compile_from(const struct yaml *const *nodes, size_t n,
	void (*tell)(void *data, int line, const char *text), void *data)
{
	struct score_rules *r = mem_new(1, sizeof *r);
	struct score_reader c = {.rules = r, .fault = tell, .data = data};
	for (size_t i = 0; i < n; i++)
		read_rules(&c, nodes[i]);
	finish_rules(&c, nodes[n - 1]->line);
	if (!c.is_faulty)
		return r;
	score_rules_destroy(r);
	return NULL;
}

void score_rules_destroy(struct score_rules *r)
{
	if (!r)
		return;
	free_parts(r);
	free(r->tones);
	free(r);
}
