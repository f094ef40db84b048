/* mapping.c - applies a compiled mapping to messages. Outline: names; built-in ones; a chain's heads; an event's fields;
 * the message.
 * SPDX-License-Identifier: MIT */
#include "server/mapping.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/assets.h"
#include "server/hashtag.h"
#include "server/mapping_data.h"
#include "server/mapping_program.h"

enum { HEADS = 128, HASH_MAX = 80 };

/* The hash of a block whose height is number. */
struct head {
	int64_t height;
	char hash[HASH_MAX];
};

struct mapper {
	struct run run;
	struct head heads[HEADS]; /* where height % HEADS says */
	uint64_t dropped_tags;
	char id[2 * 16 + 1];      /* where the mapping names none */
	const struct mapper_sink *sink;
	void *data;
	bool any;                 /* something of the message was told to the sink */
};

/* --- names --- */

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

const char *skip_name(enum skip s)
{
	return skip_names[s];
}

bool skip_is_fault(enum skip s)
{
	return s == SKIP_BROKEN || s == SKIP_CUT || s == SKIP_OVERSIZE || s == SKIP_INCOMPLETE;
}

/* --- built-in ones --- */

static const char *const built_in_names[] = {"mediawiki", "blockchain.info", "mempool", "ethereum"};
static struct mapping *built_in[COUNT_OF(built_in_names)];
static struct yaml *built_in_text[COUNT_OF(built_in_names)];
static pthread_once_t built_in_once = PTHREAD_ONCE_INIT;

static void built_in_fault(void *data, int line, const char *text)
{
	fprintf(stderr, "carillon: mappings/%s.yaml:%d: %s\n", (const char *)data, line, text);
}

static void compile_built_in(void)
{
	for (size_t i = 0; i < COUNT_OF(built_in_names); i++) {
		struct buf file = {0};
		struct why why = {0};
		buf_format(&file, "%s.yaml", built_in_names[i]);
		const struct asset *asset = mapping_files;
		while (!span_is(buf_view(&file), asset->name))
			ASSERT(++asset < mapping_files + n_mapping_files);
		built_in_text[i] = yaml_parse(asset->bytes, 1, &why);
		if (!built_in_text[i])
			built_in_fault((char *)(uintptr_t)built_in_names[i], why.line, why.text);
		ASSERT(built_in_text[i]);
		built_in[i] = mapping_compile(built_in_names[i], built_in_text[i], true, built_in_fault,
			(char *)(uintptr_t)built_in_names[i]);
		ASSERT(built_in[i]);
		buf_finish(&file);
	}
}

const struct mapping *mapping_named(struct span name)
{
	pthread_once(&built_in_once, compile_built_in);
	for (size_t i = 0; i < COUNT_OF(built_in_names); i++)
		if (span_is(name, built_in_names[i]))
			return built_in[i];
	return NULL;
}

const char *mapping_name(const struct mapping *m)
{
	return m->name;
}

const char *mapping_name_at(size_t i)
{
	return i < COUNT_OF(built_in_names) ? built_in_names[i] : NULL;
}

struct mapping_talk mapping_talk(const struct mapping *m)
{
	return m->talk;
}

/* --- the mapper --- */

struct mapper *mapper_create(const struct mapping *m)
{
	struct mapper *mapper = mem_new(1, sizeof *mapper);
	mapper->run.mapping = m;
	for (size_t i = 0; i < HEADS; i++)
		mapper->heads[i].height = -1;
	return mapper;
}

void mapper_destroy(struct mapper *m)
{
	if (!m)
		return;
	run_finish(&m->run);
	free(m);
}

uint64_t mapper_dropped_tags(const struct mapper *m)
{
	return m->dropped_tags;
}

static void tell_skipped(struct mapper *m, enum skip reason, const char *what, const char *where)
{
	struct why why = {0};
	(void)why_set(&why, E_FORMAT, "%s%s", what, where);
	m->any = true;
	m->sink->skipped(m->data, reason, &why);
}

/* --- a chain's heads --- */

static bool chain_text(struct run *r, const struct expression *x, char out[HASH_MAX])
{
	struct value v = value_of(r, x, WANT_TEXT);
	struct span text;
	if (!value_text(r, &v, &text) || text.n >= HASH_MAX)
		return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

/* Does this block take the place of one that we were told of? It is remembered itself. */
static bool is_reorganised(struct mapper *m, const struct chain *chain)
{
	struct run *r = &m->run;
	struct value v = value_of(r, chain->height, WANT_NUMBER);
	double height;
	struct head head, parent;
	if (!value_number(r, &v, &height) || height < 0 || height > 9007199254740992.0 || height != floor(height) ||
	    !chain_text(r, chain->hash, head.hash))
		return false;
	head.height = parent.height = (int64_t)height;
	parent.height--;
	struct head *place = &m->heads[head.height % HEADS];
	bool replaces = place->height == head.height && strcmp(place->hash, head.hash) != 0;
	if (parent.height >= 0 && chain_text(r, chain->parent, parent.hash)) {
		const struct head *known = &m->heads[parent.height % HEADS];
		replaces |= known->height == parent.height && strcmp(known->hash, parent.hash) != 0;
	}
	*place = head;
	return replaces;
}

/* --- an event's fields --- */

static void add_tag(struct mapper *m, struct span tag)
{
	struct event *ev = &m->run.event;
	if (!tag.n)
		return;
	for (size_t i = 0; i < ev->n_tags; i++)
		if (span_equal(ev->tags[i], tag))
			return;
	if (ev->n_tags < EVENT_TAGS_MAX)
		ev->tags[ev->n_tags++] = tag;
	else
		m->dropped_tags++;
}

static void add_hashtags(struct mapper *m, struct span text)
{
	struct span tag;
	bool at_start = true;
	while (hashtag_next(&text, &at_start, &tag)) {
		if (tag.p[0] != '#') { /* U+FF03, three bytes: the same tag in other clothes */
			char *plain = run_text(&m->run, tag.n);
			plain[0] = '#';
			memcpy(plain + 1, tag.p + 3, tag.n - 3);
			tag = span_make(plain, tag.n - 2);
		}
		add_tag(m, tag);
	}
}

static void add_tags(struct mapper *m, const struct expression *x)
{
	struct run *r = &m->run;
	struct value v = value_of(r, x, WANT_ANYTHING);
	struct span text;
	if (v.kind == VALUE_IS_NODE && cJSON_IsArray(v.node)) {
		const cJSON *item;
		cJSON_ArrayForEach(item, v.node) {
			struct value each = {VALUE_IS_NODE, .node = item};
			if (value_text(r, &each, &text))
				add_tag(m, text);
		}
	} else if (value_text(r, &v, &text)) {
		if (x->op == VALUE_HASHTAGS)
			add_hashtags(m, text);
		else
			add_tag(m, text);
	}
}

static struct value field_value(struct mapper *m, const struct rule *rule, enum mapping_field field, enum want want)
{
	const struct expression *x = rule->fields[field];
	return x ? value_of(&m->run, x, want) : (struct value){VALUE_IS_NOTHING};
}

static struct span field_text(struct mapper *m, const struct rule *rule, enum mapping_field field)
{
	struct value v = field_value(m, rule, field, WANT_TEXT);
	struct span text;
	return value_text(&m->run, &v, &text) && text.n ? text : (struct span){NULL, 0};
}

static bool field_number(struct mapper *m, const struct rule *rule, enum mapping_field field, double *out)
{
	struct value v = field_value(m, rule, field, WANT_NUMBER);
	return value_number(&m->run, &v, out);
}

static int64_t field_revision(struct mapper *m, const struct rule *rule, enum mapping_field field)
{
	double number;
	if (!field_number(m, rule, field, &number) || !(number > 0 && number <= 9007199254740992.0) || number != floor(number))
		return 0;
	return (int64_t)number;
}

static void fill_texts(struct mapper *m, const struct rule *rule)
{
	struct event *ev = &m->run.event;
	ev->channel = rule->fields[FIELD_CHANNEL] ? field_text(m, rule, FIELD_CHANNEL) : span_of(m->run.mapping->name);
	ev->kind = field_text(m, rule, FIELD_KIND);
	if (!ev->kind.n)
		ev->kind = SPAN_LITERAL("event");
	ev->namespace_ = field_text(m, rule, FIELD_NAMESPACE);
	ev->entity = field_text(m, rule, FIELD_ENTITY);
	ev->actor = field_text(m, rule, FIELD_ACTOR);
	if (!actor_kind_parse(field_text(m, rule, FIELD_ACTOR_KIND), &ev->actor_kind))
		ev->actor_kind = ACTOR_MEMBER;
	ev->unit = field_text(m, rule, FIELD_UNIT);
	ev->label = rule->fields[FIELD_LABEL] ? field_text(m, rule, FIELD_LABEL) : ev->entity;
	ev->summary = field_text(m, rule, FIELD_SUMMARY);
	struct value url = field_value(m, rule, FIELD_URL, WANT_URL);
	if (!value_text(&m->run, &url, &ev->url) || !is_web_url(ev->url))
		ev->url = (struct span){NULL, 0};
}

static void fill_numbers(struct mapper *m, const struct rule *rule)
{
	struct event *ev = &m->run.event;
	double number;
	if (field_number(m, rule, FIELD_MAGNITUDE, &number)) {
		ev->magnitude = fabs(number);
		ev->polarity = (int8_t)((number > 0) - (number < 0));
	}
	if (field_number(m, rule, FIELD_POLARITY, &number))
		ev->polarity = (int8_t)((number > 0) - (number < 0));
	struct value accent = field_value(m, rule, FIELD_ACCENT, WANT_ANYTHING);
	ev->accent = value_is_true(&accent);
	ev->before = field_revision(m, rule, FIELD_BEFORE);
	ev->after = field_revision(m, rule, FIELD_AFTER);
}

/* Of all that a part says, in its order: the same message again is the same event. FNV-1a, twice from different starts. */
static void hash_node(const cJSON *node, uint64_t hash[2])
{
	static const uint64_t prime = 1099511628211u;
	const cJSON *child;
	char number[32];
	snprintf(number, sizeof number, "%d %.17g", node->type & 0xFF, cJSON_IsNumber(node) ? node->valuedouble : 0.0);
	const char *texts[] = {node->string ? node->string : "", cJSON_IsString(node) ? node->valuestring : "", number};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		for (const char *p = texts[i];; p++) {
			hash[0] = (hash[0] ^ (unsigned char)*p) * prime;
			hash[1] = (hash[1] ^ (unsigned char)*p) * prime;
			if (!*p)
				break;
		}
	cJSON_ArrayForEach(child, node)
		hash_node(child, hash); /* as deep as json_parse lets a tree be */
	hash[0] = (hash[0] ^ 0xFF) * prime;
	hash[1] = (hash[1] ^ 0xFF) * prime;
}

static struct span id_of_content(struct mapper *m)
{
	uint64_t hash[2] = {14695981039346656037u, 7809847782465536322u};
	hash_node(m->run.part, hash);
	snprintf(m->id, sizeof m->id, "%016llx%016llx", (unsigned long long)hash[0], (unsigned long long)hash[1]);
	return span_of(m->id);
}

/* For people: where a field would have been. */
static const char *place_of(const struct expression *x)
{
	while (x->op == VALUE_FIRST)
		x = x->items[0];
	return x->op == VALUE_PATH ? x->path.text : "the place that the mapping says";
}

static bool fill_needed(struct mapper *m, const struct rule *rule)
{
	struct event *ev = &m->run.event;
	const struct expression *id = rule->fields[FIELD_ID], *time = rule->fields[FIELD_TIME];
	ev->id = id ? field_text(m, rule, FIELD_ID) : id_of_content(m);
	if (!ev->id.n) {
		tell_skipped(m, SKIP_INCOMPLETE, "no id at ", place_of(id));
		return false;
	}
	struct value v = field_value(m, rule, FIELD_TIME, WANT_TIME);
	ev->time_ms = m->run.received_ms;
	if (time && !value_time(&m->run, &v, &ev->time_ms)) {
		tell_skipped(m, SKIP_INCOMPLETE, "no time at ", place_of(time));
		return false;
	}
	return true;
}

/* --- the message --- */

static void make_event(struct mapper *m, const struct rule *rule)
{
	m->run.event = (struct event){0};
	fill_texts(m, rule);
	if (!fill_needed(m, rule))
		return;
	fill_numbers(m, rule);
	for (size_t i = 0; i < rule->n_tags; i++)
		add_tags(m, rule->tags[i]);
	if (rule->chain && is_reorganised(m, rule->chain))
		add_tag(m, SPAN_LITERAL("reorg"));
	m->any = true;
	m->sink->event(m->data, &m->run.event);
}

static void try_part(struct mapper *m, const struct rule *rule, const cJSON *part)
{
	m->run.part = part;
	if (!rule->when || test_passes(&m->run, rule->when))
		make_event(m, rule);
}

static void try_rule(struct mapper *m, const struct rule *rule)
{
	const cJSON *message = m->run.message, *item;
	m->run.part = message;
	if (!rule->each) {
		if (cJSON_IsObject(message))
			try_part(m, rule, message);
		return;
	}
	const cJSON *list = path_find(&m->run, rule->each);
	if (cJSON_IsArray(list))
		cJSON_ArrayForEach(item, list)
			try_part(m, rule, item);
}

static bool skip_at_once(struct mapper *m)
{
	const struct mapping *mapping = m->run.mapping;
	m->run.part = m->run.message;
	for (size_t i = 0; i < mapping->n_skips; i++)
		if (test_passes(&m->run, mapping->skips[i].when)) {
			tell_skipped(m, mapping->skips[i].reason, mapping->skips[i].because, "");
			return true;
		}
	return false;
}

void mapper_map(struct mapper *m, const cJSON *message, int64_t received_ms, const struct mapper_sink *sink, void *data)
{
	const struct mapping *mapping = m->run.mapping;
	m->run.message = message;
	m->sink = sink;
	m->data = data;
	m->any = false;
	m->run.received_ms = received_ms;
	run_clear(&m->run);
	if (!cJSON_IsObject(message) && !cJSON_IsArray(message)) {
		tell_skipped(m, SKIP_TYPE, "not an object", "");
		return;
	}
	if (cJSON_IsObject(message) && skip_at_once(m))
		return;
	for (size_t i = 0; i < mapping->n_rules; i++)
		try_rule(m, &mapping->rules[i]);
	if (!m->any)
		tell_skipped(m, SKIP_TYPE, cJSON_IsArray(message) ? "not an object" : "no rule of the mapping takes it", "");
}
