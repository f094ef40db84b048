/* SPDX-License-Identifier: MIT */
#include "server/filter.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

/* Takes the value, which goes to where the order wants it, or nowhere when it is there. */
static void list_add(struct config_list *list, char *value)
{
	size_t at = 0;
	while (at < list->n && strcmp(list->items[at], value) < 0)
		at++;
	if (at < list->n && strcmp(list->items[at], value) == 0) {
		free(value);
		return;
	}
	list->items = mem_grow(list->items, list->n + 1, sizeof *list->items);
	memmove(list->items + at + 1, list->items + at, (list->n - at) * sizeof *list->items);
	list->items[at] = value;
	list->n++;
}

static void list_split(struct config_list *list, struct span text)
{
	struct span piece;
	while (span_next_piece(&text, ',', &piece)) {
		piece = span_trim(piece);
		if (piece.n)
			list_add(list, span_dup(piece));
	}
}

static void list_copy(struct config_list *to, const struct config_list *from)
{
	*to = (struct config_list){.items = mem_new(from->n ? from->n : 1, sizeof *to->items), .n = from->n};
	for (size_t i = 0; i < from->n; i++)
		to->items[i] = mem_strdup(from->items[i]);
}

static void list_finish(struct config_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free((char *)list->items[i]);
	free(list->items);
	*list = (struct config_list){0};
}

static bool list_equal(const struct config_list *a, const struct config_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

enum err filter_parse(struct span channels, struct span actor_kinds, struct filter *f, struct why *why)
{
	*f = (struct filter){0};
	list_split(&f->channel, channels);
	list_split(&f->actor_kind, actor_kinds);
	for (size_t i = 0; i < f->actor_kind.n; i++) {
		enum actor_kind kind;
		if (!actor_kind_parse(span_of(f->actor_kind.items[i]), &kind)) {
			filter_finish(f);
			return why_set(why, E_FORMAT, "actor_kind is none of member, anon, bot");
		}
	}
	return OK;
}

void filter_copy(struct filter *to, const struct filter *from)
{
	static const struct filter everything;
	from = from ? from : &everything;
	list_copy(&to->channel, &from->channel);
	list_copy(&to->actor_kind, &from->actor_kind);
}

void filter_finish(struct filter *f)
{
	list_finish(&f->channel);
	list_finish(&f->actor_kind);
}

bool filter_wants(const struct filter *f, const struct event *ev)
{
	return !f || (config_list_passes(&f->channel, ev->channel) &&
		config_list_passes(&f->actor_kind, span_of(actor_kind_name(ev->actor_kind))));
}

bool filter_equal(const struct filter *a, const struct filter *b)
{
	return list_equal(&a->channel, &b->channel) && list_equal(&a->actor_kind, &b->actor_kind);
}

void filter_write_query(const struct filter *f, struct buf *out)
{
	const struct {
		const char *name;
		const struct config_list *list;
	} lists[] = {{"channel", &f->channel}, {"actor_kind", &f->actor_kind}};
	char before = '?';
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		for (size_t k = 0; k < lists[i].list->n; k++) {
			if (k)
				buf_char(out, ',');
			else
				buf_format(out, "%c%s=", before, lists[i].name);
			escape_url(out, span_of(lists[i].list->items[k]));
		}
		if (lists[i].list->n)
			before = '&';
	}
}

bool filter_is_empty(const struct filter *f)
{
	return !f || (!f->channel.n && !f->actor_kind.n);
}
