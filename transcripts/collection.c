/* collection.c - which kind of collection a file is, and a collection's memory.
 * SPDX-License-Identifier: MIT */
#include "transcripts/collection.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/collection_parts.h"

enum { SURE_ENOUGH = 50, REASON_BYTES = 240 };

/* In the order in which equally sure ones win. */
static const struct collection_dialect *const dialects[] = {
	&collection_pyvideo_talk,
	&collection_pyvideo_conference,
	&collection_codeandtalk_talk,
	&collection_codeandtalk_episodes,
	&collection_codeandtalk_event,
	&collection_codeandtalk_person,
	&collection_codeandtalk_series,
	&collection_codeandtalk_list,
	&collection_codeandtalk_html,
	&collection_mediaccc,
	&collection_schedule_json,
	&collection_schedule_streams,
	&collection_schedule_xml,
	&collection_feed,
	&collection_feed_json,
	&collection_opml,
	&collection_planet_ini,
	&collection_xml_other,
};

/* JSON that can't be parsed: recognised by how it begins, declined before any of the dialects is asked. */
static const struct collection_dialect broken_json = {.name = "JSON with an error", .label = "broken-json"};

/* Where a comment before the first bracket ends, which some put there although JSON has none; 0 without one. */
static size_t comments_end(struct span text)
{
	struct span rest = span_trim(text);
	size_t end = 0;
	for (;;) {
		if (span_starts(rest, "/*"))
			rest = span_from(rest, span_search(rest, SPAN_LITERAL("*/"), 2) + 2);
		else if (span_starts(rest, "//"))
			rest = span_from(rest, span_find(rest, '\n'));
		else
			return end;
		end = text.n - rest.n;
		rest = span_trim(rest);
	}
}

/* True for { or [ with what JSON has next: `[transcript]` and `[0:42] text` are other dialects. */
static bool starts_as_json(struct span text)
{
	if (!text.n || (text.p[0] != '{' && text.p[0] != '['))
		return false;
	struct span next = span_trim(span_from(text, 1));
	return next.n && strchr(text.p[0] == '{' ? "\"}" : "{[\"]", next.p[0]) != NULL;
}

/* Whether the file means to be JSON: a page of Markdown may begin with a bracket too. */
static bool is_meant_as_json(const char *path, struct span text)
{
	return span_equal_nocase(file_ending(path), span_of("json")) || text.p[0] == '{';
}

static struct collection *decline_broken(const struct why *why)
{
	struct collection *c = mem_new(1, sizeof *c);
	struct buf reason = {0};
	if (why->line)
		buf_format(&reason, "line %d can't be read: %s", why->line, why->text);
	else
		buf_text(&reason, why->text);
	c->dialect = &broken_json;
	c->reason = buf_take(&reason);
	c->decline = "correct the file";
	c->n_faults = 1;
	return c;
}

static const struct collection_dialect *detect(const char *path, struct span text, const cJSON *json, char *reason)
{
	const struct collection_dialect *best = NULL;
	int best_score = SURE_ENOUGH - 1;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		char own[REASON_BYTES] = "";
		int score = dialects[i]->detect(path, text, json, own, sizeof own);
		if (score <= best_score)
			continue;
		best = dialects[i];
		best_score = score;
		snprintf(reason, REASON_BYTES, "%s", own);
	}
	return best;
}

void collection_draw_chapters(struct document *d)
{
	if (!d->n_chapters)
		chapters_draw(d, span_of(d->notes), 0);
	if (!d->n_chapters)
		chapters_draw(d, span_of(d->description), 0);
}

const struct collection_dialect *collection_dialect_at(size_t i)
{
	return i < COUNT_OF(dialects) ? dialects[i] : NULL;
}

static const struct collection_dialect *dialect_labelled(struct span label)
{
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		if (span_is(label, dialects[i]->label))
			return dialects[i];
	return NULL;
}

/* What is needed for reading is what detect() has seen, however unsure it is. */
static const struct collection_dialect *told(const struct collection_dialect *wanted, const char *path, struct span text,
	const cJSON *json, const char *said, char *reason)
{
	char seen[REASON_BYTES] = "";
	if (wanted->detect(path, text, json, seen, sizeof seen) <= 0)
		return NULL;
	snprintf(reason, REASON_BYTES, "%s", said);
	return wanted;
}

static struct collection *decline_told(const struct collection_dialect *wanted, const char *said)
{
	struct collection *c = mem_new(1, sizeof *c);
	struct buf reason = {0};
	buf_format(&reason, "%s, but nothing in it is as in such a file", said);
	c->dialect = wanted;
	c->reason = buf_take(&reason);
	c->decline = "say what it is, or let its content tell (auto)";
	c->n_faults = 1;
	return c;
}

/* wanted NULL: by content. */
static struct collection *read_collection(const char *path, struct span text, const struct collection_dialect *wanted,
	const char *said, const struct dialect_faults *faults)
{
	struct why why = {0};
	struct span plain = span_starts(text, "\xEF\xBB\xBF") ? span_from(text, 3) : text;
	struct buf blanked = {0};
	size_t comment = comments_end(plain);
	struct span inner = span_trim(span_from(plain, comment));
	bool may_be_json = starts_as_json(inner);
	if (may_be_json && comment) {
		/* Blanks in its place, so that lines stay what they are. */
		buf_span(&blanked, plain);
		for (size_t i = 0; i < comment; i++)
			blanked.p[i] = blanked.p[i] == '\n' ? '\n' : ' ';
		plain = buf_view(&blanked);
	}
	cJSON *json = may_be_json ? json_parse(plain, &why) : NULL;
	struct collection *c = NULL;
	char reason[REASON_BYTES] = "";
	const struct collection_dialect *best = NULL;
	if (may_be_json && !json && is_meant_as_json(path, inner))
		c = decline_broken(&why);
	else if (wanted)
		best = told(wanted, path, json ? plain : text, json, said, reason);
	else
		/* XML says itself what its bytes mean. */
		best = detect(path, json ? plain : text, json, reason);
	if (wanted && !best && !c)
		c = decline_told(wanted, said);
	if (best) {
		c = mem_new(1, sizeof *c);
		c->dialect = best;
		c->reason = mem_strdup(reason);
		best->read(c, path, json ? plain : text, json, faults);
		if (json && comment)
			collection_report(c, faults, 1, "a comment stands before the JSON, which has none; it was skipped");
	}
	cJSON_Delete(json);
	buf_finish(&blanked);
	for (size_t i = 0; c && i < c->n_documents; i++)
		collection_draw_chapters(c->documents[i]);
	return c;
}

struct collection *collection_read(const char *path, struct span text, const struct dialect_faults *faults)
{
	return read_collection(path, text, NULL, "", faults);
}

struct collection *collection_read_as(const char *path, struct span text, struct span label, const char *said,
	const struct dialect_faults *faults)
{
	const struct collection_dialect *wanted = dialect_labelled(label);
	return wanted ? read_collection(path, text, wanted, said, faults) : NULL;
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
