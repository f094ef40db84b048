/* The built-in scores, written in the language of carillon.yaml's own, and what a description is `like`.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>

#include "audio/score_compile.h"
#include "audio/score_rules.h"
#include "base/asset.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"

extern const struct asset score_files[];
extern const size_t n_score_files;

enum { LIKE_MAX = 4 }; /* descriptions over one another */

static const char *const names[] = {"hatnote", "bitlisten", "wikipedia", "bitcoin", "ethereum", "any", NULL};
enum { BUILT_IN = COUNT_OF(names) - 1, ANY = BUILT_IN - 1 };

static struct yaml *texts[BUILT_IN];
static struct score_rules *rules[BUILT_IN];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void tell_built_in(void *data, int line, const char *text)
{
	fprintf(stderr, "carillon: scores/%s.yaml:%d: %s\n", (const char *)data, line, text);
}

static void read_built_in(void)
{
	for (size_t i = 0; i < BUILT_IN; i++) {
		struct buf file = {0};
		struct why why = {0};
		buf_format(&file, "%s.yaml", names[i]);
		const struct asset *asset = score_files;
		while (!span_is(buf_view(&file), asset->name))
			ASSERT(++asset < score_files + n_score_files);
		texts[i] = yaml_parse(asset->bytes, 1, &why);
		if (!texts[i])
			tell_built_in((char *)(uintptr_t)names[i], why.line, why.text);
		ASSERT(texts[i]);
		buf_finish(&file);
	}
}

static size_t index_of(struct span name)
{
	size_t i = 0;
	while (i < BUILT_IN && !span_is(name, names[i]))
		i++;
	return i;
}

/* The description and all that it is like, the most general first. 0, told, when it is like something unknown. */
static size_t lineage(const struct yaml *node, const struct yaml *out[LIKE_MAX],
	void (*tell)(void *data, int line, const char *text), void *data)
{
	const struct yaml *like = yaml_get(node, "like");
	size_t n = 0, of = like ? index_of(yaml_text(like)) : ANY;
	struct why why;
	if (of == BUILT_IN) {
		const struct score_rules *none;
		(void)!score_find(yaml_text(like), &none, &why);
		tell(data, like->line, why.text);
		return 0;
	}
	if (node != texts[ANY])
		n = lineage(texts[of], out, tell, data);
	ASSERT(n < LIKE_MAX);
	out[n++] = node;
	return n;
}

static struct score_rules *compile(const struct yaml *node, void (*tell)(void *data, int line, const char *text),
	void *data)
{
	const struct yaml *nodes[LIKE_MAX];
	if (node->kind != YAML_MAP) {
		tell(data, node->line, "a score is a name, or a group of `key: value`; see carillon.yaml.example");
		return NULL;
	}
	size_t n = lineage(node, nodes, tell, data);
	return n ? score_compile_from(nodes, n, tell, data) : NULL;
}

static void compile_built_in(void)
{
	read_built_in();
	for (size_t i = 0; i < BUILT_IN; i++) {
		rules[i] = compile(texts[i], tell_built_in, (char *)(uintptr_t)names[i]);
		ASSERT(rules[i]);
	}
}

struct score_rules *score_compile(const struct yaml *node, void (*tell)(void *data, int line, const char *text), void *data)
{
	pthread_once(&once, compile_built_in);
	return compile(node, tell, data);
}

const struct score_rules *score_named(struct span name)
{
	pthread_once(&once, compile_built_in);
	size_t i = index_of(name);
	return i < BUILT_IN ? rules[i] : NULL;
}

const char *score_name_at(size_t i)
{
	return i < BUILT_IN ? names[i] : NULL;
}

enum err score_find(struct span name, const struct score_rules **out, struct why *why)
{
	size_t i = index_of(name);
	if (i < BUILT_IN) {
		*out = score_named(name);
		return OK;
	}
	struct buf known = {0};
	const char *meant = nearest_word(name, names);
	for (i = 0; i < BUILT_IN; i++)
		buf_format(&known, "%s%s", i ? ", " : "", names[i]);
	*out = NULL;
	(void)!why_set(why, E_GONE, meant ? "there is no score '%.*s'; did you mean '%s'? Built in: %s"
		: "there is no score '%.*s'%s; built in: %s", SPAN_ARG(name), meant ? meant : "", known.p);
	buf_finish(&known);
	return E_GONE;
}
