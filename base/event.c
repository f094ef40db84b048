/* SPDX-License-Identifier: MIT */
#include "base/event.h"

#include "base/mem.h"

static const char *const actor_kinds[] = {"member", "anon", "bot"};

const char *actor_kind_name(enum actor_kind kind)
{
	return actor_kinds[kind];
}

bool actor_kind_parse(struct span name, enum actor_kind *out)
{
	for (size_t i = 0; i < COUNT_OF(actor_kinds); i++)
		if (span_is(name, actor_kinds[i])) {
			*out = (enum actor_kind)i;
			return true;
		}
	return false;
}

static struct span *span_number(struct event *ev, size_t i)
{
	struct span *fixed[] = {&ev->id, &ev->source, &ev->channel, &ev->namespace_, &ev->kind, &ev->entity, &ev->actor,
		&ev->unit, &ev->label, &ev->summary, &ev->url};
	if (i < COUNT_OF(fixed))
		return fixed[i];
	i -= COUNT_OF(fixed);
	return i < ev->n_tags ? &ev->tags[i] : NULL;
}

struct event *event_copy(const struct event *ev)
{
	struct event shallow = *ev;
	size_t n_bytes = 0;
	const struct span *s;
	for (size_t i = 0; (s = span_number(&shallow, i)); i++)
		n_bytes += s->n;
	struct event *copy = mem_new(1, sizeof *copy + n_bytes);
	*copy = *ev;
	char *text = (char *)(copy + 1);
	struct span *to;
	for (size_t i = 0; (to = span_number(copy, i)); i++) {
		if (!to->p)
			continue;
		if (to->n)
			memcpy(text, to->p, to->n);
		to->p = text;
		text += to->n;
	}
	return copy;
}

void event_write_members(struct json_writer *w, const struct event *ev)
{
	json_key(w, "seq"), json_int(w, (int64_t)ev->seq);
	json_key(w, "time"), json_int(w, ev->time_ms);
	json_key(w, "source"), json_text(w, ev->source);
	json_key(w, "channel"), json_text(w, ev->channel);
	json_key(w, "namespace");
	int64_t number;
	if (span_to_i64(ev->namespace_, &number))
		json_int(w, number);
	else
		json_text_or_null(w, ev->namespace_);
	json_key(w, "kind"), json_text(w, ev->kind);
	json_key(w, "entity"), json_text(w, ev->entity);
	json_key(w, "actor"), json_text_or_null(w, ev->actor);
	json_key(w, "actor_kind"), json_text(w, span_of(actor_kind_name(ev->actor_kind)));
	json_key(w, "magnitude"), json_number(w, ev->magnitude);
	json_key(w, "unit"), json_text(w, ev->unit);
	json_key(w, "polarity"), json_int(w, ev->polarity);
	json_key(w, "accent"), json_bool(w, ev->accent);
	json_key(w, "tags"), json_open(w, '[');
	for (size_t i = 0; i < ev->n_tags; i++)
		json_text(w, ev->tags[i]);
	json_close(w, ']');
	json_key(w, "label"), json_text(w, ev->label);
	json_key(w, "url"), json_text(w, ev->url);
}
