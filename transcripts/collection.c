/* collection.c - which kind of collection a file is, and a collection's memory.
 * SPDX-License-Identifier: MIT */
#include "transcripts/collection.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { SURE_ENOUGH = 50, REASON_BYTES = 240 };

/* In the order in which equally sure ones win. Ends with NULL. */
static const struct collection_dialect *const dialects[] = {
	NULL,
};

struct collection *collection_read(const char *path, struct span text, const struct dialect_faults *faults)
{
	struct why why = {0};
	struct span start = span_trim(span_make(text.p, text.n < 256 ? text.n : 256));
	bool may_be_json = start.n && (start.p[0] == '{' || start.p[0] == '[');
	cJSON *json = may_be_json ? json_parse(text, &why) : NULL;
	const struct collection_dialect *best = NULL;
	char reason[REASON_BYTES] = "";
	int best_score = SURE_ENOUGH - 1;
	for (size_t i = 0; dialects[i]; i++) {
		char own[REASON_BYTES] = "";
		int score = dialects[i]->detect(path, text, json, own, sizeof own);
		if (score <= best_score)
			continue;
		best = dialects[i];
		best_score = score;
		snprintf(reason, sizeof reason, "%s", own);
	}
	struct collection *c = NULL;
	if (best) {
		c = mem_new(1, sizeof *c);
		c->dialect = best;
		c->reason = mem_strdup(reason);
		best->read(c, path, text, json, faults);
	}
	cJSON_Delete(json);
	return c;
}

static void free_texts(char **const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(*texts[i]);
}

static void make_texts(char **const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*texts[i] = mem_strdup("");
}

#define CONFERENCE_TEXTS(c) {&(c)->name, &(c)->title, &(c)->series, &(c)->description, &(c)->url, &(c)->place, \
	&(c)->language, &(c)->image}
#define PERSON_TEXTS(p) {&(p)->ref, &(p)->name, &(p)->about, &(p)->url, &(p)->image, &(p)->place}
#define SUBSCRIPTION_TEXTS(s) {&(s)->title, &(s)->feed_url, &(s)->page_url, &(s)->category}
#define SHOW_TEXTS(s) {&(s)->title, &(s)->description, &(s)->author, &(s)->language, &(s)->image, &(s)->url, \
	&(s)->feed_url, &(s)->category, &(s)->guid, &(s)->type, &(s)->copyright}

void collection_destroy(struct collection *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_documents; i++)
		document_destroy(c->documents[i]);
	for (size_t i = 0; i < c->n_conferences; i++) {
		char **const texts[] = CONFERENCE_TEXTS(&c->conferences[i]);
		free_texts(texts, COUNT_OF(texts));
	}
	for (size_t i = 0; i < c->n_persons; i++) {
		char **const texts[] = PERSON_TEXTS(&c->persons[i]);
		free_texts(texts, COUNT_OF(texts));
	}
	for (size_t i = 0; i < c->n_subscriptions; i++) {
		char **const texts[] = SUBSCRIPTION_TEXTS(&c->subscriptions[i]);
		free_texts(texts, COUNT_OF(texts));
	}
	if (c->show) {
		char **const texts[] = SHOW_TEXTS(c->show);
		free_texts(texts, COUNT_OF(texts));
	}
	free(c->documents);
	free(c->conferences);
	free(c->persons);
	free(c->subscriptions);
	free(c->show);
	free(c->reason);
	free(c);
}

/* Room for one more; grows by doubling. */
static void *grow(void *list, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? mem_grow(list, n ? n * 2 : 1, size) : list;
}

struct document *collection_add_document(struct collection *c, enum document_kind kind)
{
	c->documents = grow(c->documents, c->n_documents, sizeof *c->documents);
	return c->documents[c->n_documents++] = document_create(kind);
}

struct conference *collection_add_conference(struct collection *c)
{
	c->conferences = grow(c->conferences, c->n_conferences, sizeof *c->conferences);
	struct conference *added = &c->conferences[c->n_conferences++];
	*added = (struct conference){.start_ms = INT64_MIN, .end_ms = INT64_MIN};
	char **const texts[] = CONFERENCE_TEXTS(added);
	make_texts(texts, COUNT_OF(texts));
	return added;
}

struct person_record *collection_add_person(struct collection *c)
{
	c->persons = grow(c->persons, c->n_persons, sizeof *c->persons);
	struct person_record *added = &c->persons[c->n_persons++];
	*added = (struct person_record){0};
	char **const texts[] = PERSON_TEXTS(added);
	make_texts(texts, COUNT_OF(texts));
	return added;
}

struct subscription *collection_add_subscription(struct collection *c)
{
	c->subscriptions = grow(c->subscriptions, c->n_subscriptions, sizeof *c->subscriptions);
	struct subscription *added = &c->subscriptions[c->n_subscriptions++];
	*added = (struct subscription){0};
	char **const texts[] = SUBSCRIPTION_TEXTS(added);
	make_texts(texts, COUNT_OF(texts));
	return added;
}

struct show_record *collection_add_show(struct collection *c)
{
	ASSERT(!c->show);
	c->show = mem_new(1, sizeof *c->show);
	char **const texts[] = SHOW_TEXTS(c->show);
	make_texts(texts, COUNT_OF(texts));
	return c->show;
}
