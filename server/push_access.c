/* SPDX-License-Identifier: MIT */
#include "server/push_access.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/server.h"
#include "server/source_push.h"
#include "server/token_limit.h"
#include "server/token_store.h"

struct push_access {
	struct token_store *tokens;
	struct token_limit *limit;
	uint64_t wrong;
};

static void broken_line(void *data, const char *file, int line, const char *text)
{
	(void)data;
	diag_fault(file, line, "%s", text);
}

struct push_access *push_access_create(const char *var)
{
	struct push_access *a = mem_new(1, sizeof *a);
	a->tokens = token_store_open(var, broken_line, NULL);
	a->limit = token_limit_create();
	return a;
}

void push_access_destroy(struct push_access *a)
{
	if (!a)
		return;
	token_store_close(a->tokens);
	token_limit_destroy(a->limit);
	free(a);
}

/* A look at the file's place and times on each use: what the `token` verb did counts from then on. */
static bool refresh(struct push_access *a)
{
	struct why why = {0};
	if (token_store_refresh(a->tokens, &why) == OK)
		return true;
	DIAG(DIAG_ERROR, "push", "nobody can push: %s", why.text);
	return false;
}

/* RFC 6750 2.1; the scheme in any case. */
static struct span bearer(struct span authorization)
{
	size_t blank = span_find(authorization, ' ');
	if (!span_equal_nocase(span_make(authorization.p, blank), SPAN_LITERAL("bearer")))
		return (struct span){NULL, 0};
	return span_trim(span_from(authorization, blank));
}

static struct source *find_source(struct server *server, struct span name)
{
	const struct config_source *wanted = config_source(server->config, name);
	return wanted ? server->sources[wanted - server->config->sources] : NULL;
}

int push_access_check(struct server *server, struct span source, struct span authorization, const char *peer,
	struct push_grant *grant)
{
	struct push_access *a = server->push_access;
	int64_t now = clock_mono_ms();
	*grant = (struct push_grant){0};
	if (!token_limit_allows(a->limit, peer, now)) {
		a->wrong++;
		return 429;
	}
	if (!authorization.n)
		return 401;
	if (!refresh(a))
		return 503;
	const struct token_entry *entry = token_store_find(a->tokens, bearer(authorization));
	if (!entry) {
		a->wrong++;
		token_limit_count(a->limit, peer, now);
		DIAG(DIAG_WARN, "push", "a wrong token from %s", peer);
		return 401;
	}
	grant->source = find_source(server, source);
	grant->in = grant->source ? source_push_ingest(grant->source) : NULL;
	if (!grant->in)
		return 404;
	memcpy(grant->token_id, entry->id, sizeof grant->token_id);
	return entry->stream && !span_is(source, entry->stream) ? 403 : 0;
}

bool push_access_holds(struct push_access *a, struct span token_id, struct span source)
{
	if (!refresh(a))
		return false;
	const struct token_entry *entry = token_store_find_id(a->tokens, token_id);
	return entry && (!entry->stream || span_is(source, entry->stream));
}

uint64_t push_access_wrong(const struct push_access *a)
{
	return a->wrong;
}
