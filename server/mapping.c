/* SPDX-License-Identifier: MIT */
#include "server/mapping.h"

#include "base/mem.h"

static const char *const skip_names[SKIP_REASONS] = {
	[SKIP_NOTHING] = "none",
	[SKIP_CANARY] = "canary",
	[SKIP_BROKEN] = "broken",
	[SKIP_OVERSIZE] = "oversize",
	[SKIP_INCOMPLETE] = "incomplete",
	[SKIP_TYPE] = "type",
};

static const struct mapping *const mappings[] = {&mapping_mediawiki};

const char *skip_name(enum skip s)
{
	return skip_names[s];
}

const struct mapping *mapping_named(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(mappings); i++)
		if (span_is(name, mappings[i]->name))
			return mappings[i];
	return NULL;
}
