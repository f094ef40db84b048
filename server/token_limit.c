/* SPDX-License-Identifier: MIT */
#include "server/token_limit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/span.h"
#include "server/guard.h"

enum { SETS = 256, WAYS = 4 };

struct tries {
	char name[GUARD_NAME_MAX]; /* "": free */
	int64_t since_ms;
	unsigned wrong;
};

struct token_limit {
	struct tries tries[SETS][WAYS];
};

struct token_limit *token_limit_create(void)
{
	return mem_new(1, sizeof(struct token_limit));
}

void token_limit_destroy(struct token_limit *l)
{
	free(l);
}

static struct tries *set_of(struct token_limit *l, const char *name)
{
	return l->tries[span_hash(span_of(name)) % SETS];
}

/* The address's place, where its time isn't over; else NULL. */
static struct tries *find(struct token_limit *l, const char *name, int64_t now_ms)
{
	struct tries *set = set_of(l, name);
	for (int i = 0; i < WAYS; i++)
		if (strcmp(set[i].name, name) == 0 && now_ms - set[i].since_ms < TOKEN_LIMIT_MS)
			return &set[i];
	return NULL;
}

static unsigned most(const char *name)
{
	struct span s = span_of(name);
	return span_starts(s, "127.") || span_is(s, "::") ? TOKEN_LIMIT_WRONG_LOOPBACK : TOKEN_LIMIT_WRONG;
}

bool token_limit_allows(struct token_limit *l, const char *address, int64_t now_ms)
{
	char name[GUARD_NAME_MAX];
	guard_name_peer(address, name);
	const struct tries *t = find(l, name, now_ms);
	return !t || t->wrong < most(name);
}

void token_limit_count(struct token_limit *l, const char *address, int64_t now_ms)
{
	char name[GUARD_NAME_MAX];
	guard_name_peer(address, name);
	struct tries *t = find(l, name, now_ms);
	if (!t) {
		struct tries *set = t = set_of(l, name);
		for (int i = 0; i < WAYS; i++) {
			/* Its own old place first, then the one that was begun longest ago; a free one was begun at 0. */
			if (strcmp(set[i].name, name) == 0) {
				t = &set[i];
				break;
			}
			if (set[i].since_ms < t->since_ms)
				t = &set[i];
		}
		*t = (struct tries){.since_ms = now_ms};
		memcpy(t->name, name, sizeof t->name);
	}
	t->wrong++;
}
