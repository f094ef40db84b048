/* SPDX-License-Identifier: MIT */
#include "server/mapping.h"

#include <stdlib.h>

#include "base/mem.h"
#include "server/mapping_data.h"
#include "server/mapping_impl.h"

struct mapper {
	const struct mapping *mapping;
	struct buf text;
};

static const char *const skip_names[SKIP_REASONS] = {
	[SKIP_NOTHING] = "none",
	[SKIP_CANARY] = "canary",
	[SKIP_CONTROL] = "control",
	[SKIP_BROKEN] = "broken",
	[SKIP_CUT] = "cut",
	[SKIP_OVERSIZE] = "oversize",
	[SKIP_INCOMPLETE] = "incomplete",
	[SKIP_TYPE] = "type",
	[SKIP_SENDER] = "sender",
};

static const struct mapping *const mappings[] = {&mapping_mediawiki};

const char *skip_name(enum skip s)
{
	return skip_names[s];
}

bool skip_is_fault(enum skip s)
{
	return s == SKIP_BROKEN || s == SKIP_CUT || s == SKIP_OVERSIZE || s == SKIP_INCOMPLETE;
}

const struct mapping *mapping_named(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(mappings); i++)
		if (span_is(name, mappings[i]->name))
			return mappings[i];
	return NULL;
}

const char *mapping_name(const struct mapping *m)
{
	return m->name;
}

const char *mapping_name_at(size_t i)
{
	return i < COUNT_OF(mappings) ? mappings[i]->name : NULL;
}

struct mapping_talk mapping_talk(const struct mapping *m)
{
	(void)m;
	return (struct mapping_talk){0};
}

struct mapper *mapper_create(const struct mapping *m)
{
	struct mapper *mapper = mem_new(1, sizeof *mapper);
	mapper->mapping = m;
	return mapper;
}

void mapper_destroy(struct mapper *m)
{
	if (!m)
		return;
	buf_finish(&m->text);
	free(m);
}

void mapper_map(struct mapper *m, const cJSON *message, int64_t received_ms, const struct mapper_sink *sink, void *data)
{
	struct event ev = {0};
	struct why why = {0};
	(void)received_ms;
	buf_clear(&m->text);
	enum skip reason = m->mapping->map(message, &ev, &m->text, &why);
	if (reason)
		sink->skipped(data, reason, &why);
	else
		sink->event(data, &ev);
}

struct mapping *mapping_compile(const char *name, const struct yaml *node,
	void (*fault)(void *data, int line, const char *text), void *data)
{
	(void)name;
	fault(data, node->line, "a mapping is the name of a built-in one; write mapping: mediawiki");
	return NULL;
}

void mapping_destroy(struct mapping *m)
{
	(void)m;
}
