/* Outline: faults and memory; pointers; values; tests; rules; the whole.
 * SPDX-License-Identifier: MIT */
#include "server/mapping_data.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "server/mapping_program.h"

enum { WORDS_MAX = 32 };

const char *const mapping_field_names[FIELDS + 1] = {
	[FIELD_CHANNEL] = "channel", [FIELD_KIND] = "kind", [FIELD_NAMESPACE] = "namespace", [FIELD_ENTITY] = "entity",
	[FIELD_ACTOR] = "actor", [FIELD_ACTOR_KIND] = "actor_kind", [FIELD_UNIT] = "unit", [FIELD_LABEL] = "label",
	[FIELD_SUMMARY] = "summary", [FIELD_URL] = "url", [FIELD_ID] = "id", [FIELD_TIME] = "time",
	[FIELD_MAGNITUDE] = "magnitude", [FIELD_POLARITY] = "polarity", [FIELD_ACCENT] = "accent",
	[FIELD_BEFORE] = "before", [FIELD_AFTER] = "after", [FIELD_TAGS] = "tags",
};

struct compiler {
	struct mapping *mapping;
	void (*fault)(void *data, int line, const char *text);
	void *data;
	bool faulty;
};

static void wrong(struct compiler *c, int line, const char *format, ...) PRINTF(3, 4);
static void wrong(struct compiler *c, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	c->fault(c->data, line, text.p);
	c->faulty = true;
	buf_finish(&text);
}

static void *own(struct compiler *c, size_t n, size_t size)
{
	struct mapping *m = c->mapping;
	m->owned = mem_grow(m->owned, m->n_owned + 1, sizeof *m->owned);
	return m->owned[m->n_owned++] = mem_new(n ? n : 1, size);
}

/* words ends with NULL. */
static void wrong_word(struct compiler *c, const struct yaml *key, const char *what, const char *const *words)
{
	const char *meant = nearest_word(key->text, words);
	if (meant)
		wrong(c, key->line, "%s doesn't know '%.*s'; did you mean '%s'?", what, SPAN_ARG(key->text), meant);
	else
		wrong(c, key->line, "%s doesn't know '%.*s'; carillon.yaml.example shows what there is", what, SPAN_ARG(key->text));
}

static size_t word_number(struct span word, const char *const *words)
{
	size_t i = 0;
	while (words[i] && !span_is(word, words[i]))
		i++;
	return i;
}

/* Every key must be one of words. */
static void check_keys(struct compiler *c, const struct yaml *node, const char *what, const char *const *words)
{
	for (size_t i = 0; i < node->n; i++)
		if (!words[word_number(node->keys[i]->text, words)])
			wrong_word(c, node->keys[i], what, words);
}

/* --- pointers --- */

/* "a~1b" is the name a/b (RFC 6901, 4). */
static const char *pointer_name(struct compiler *c, struct span text)
{
	char *name = own(c, text.n + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool is_escape = text.p[i] == '~' && i + 1 < text.n && (text.p[i + 1] == '0' || text.p[i + 1] == '1');
		name[n++] = is_escape ? (text.p[i + 1] == '0' ? '~' : '/') : text.p[i];
		i += is_escape;
	}
	return name;
}

static void read_path(struct compiler *c, const struct yaml *node, bool stars, struct path *path)
{
	struct span text = yaml_text(node);
	path->text = text.p ? text.p : "";
	if (node->kind != YAML_SCALAR || (text.n && text.p[0] != '/')) {
		wrong(c, node->line, "a JSON pointer stands here; write /name/name");
		return;
	}
	while (text.n) {
		struct span rest = span_from(text, 1);
		struct span name = span_make(rest.p, span_find(rest, '/'));
		if (path->n == PATH_NAMES_MAX) {
			wrong(c, node->line, "a JSON pointer of more than %d names; use a shorter one", PATH_NAMES_MAX);
			return;
		}
		if (!stars && span_is(name, "*"))
			wrong(c, node->line, "* is for sum and count only; name one item, /0, or use each");
		path->names[path->n++] = pointer_name(c, name);
		text = span_from(rest, name.n);
	}
}

/* --- values --- */

static struct expression *read_value(struct compiler *c, const struct yaml *node);
static struct test *read_test(struct compiler *c, const struct yaml *node);

static const char *const value_words[] = {
	"constant", "message", "join", "add", "subtract", "multiply", "divide", "sum", "count", "choose", "if", "field",
	"text", "number", "integer", "wiki_of_host", "hashtags", NULL,
};
static const enum value_op value_ops[] = {
	VALUE_CONSTANT, VALUE_PATH, VALUE_JOIN, VALUE_ADD, VALUE_SUBTRACT, VALUE_MULTIPLY, VALUE_DIVIDE, VALUE_SUM,
	VALUE_COUNT, VALUE_CHOOSE, VALUE_IF, VALUE_FIELD, VALUE_TEXT, VALUE_NUMBER, VALUE_INTEGER, VALUE_WIKI_OF_HOST,
	VALUE_HASHTAGS,
};
_Static_assert(COUNT_OF(value_words) == COUNT_OF(value_ops) + 1, "a word for each operation");

static struct expression *make_value(struct compiler *c, enum value_op op, size_t n)
{
	struct expression *x = own(c, 1, sizeof *x);
	x->op = op;
	x->n = n;
	x->items = own(c, n, sizeof *x->items);
	return x;
}

static void read_values(struct compiler *c, const struct yaml *list, struct expression **items)
{
	for (size_t i = 0; i < list->n; i++)
		items[i] = read_value(c, list->items[i]);
}

static struct expression *read_scalar(struct compiler *c, const struct yaml *node)
{
	struct expression *x = make_value(c, VALUE_CONSTANT, 0);
	x->constant = node->text;
	if (node->text.n && node->text.p[0] == '/') {
		x->op = VALUE_PATH;
		read_path(c, node, false, &x->path);
	}
	return x;
}

static struct expression *read_list(struct compiler *c, const struct yaml *node, enum value_op op, size_t least, size_t most)
{
	if (node->kind != YAML_LIST || node->n < least || node->n > most) {
		if (least == most)
			wrong(c, node->line, "%zu values stand here; write [VALUE, VALUE]", least);
		else
			wrong(c, node->line, "a list of %zu to %zu values stands here; write [VALUE, VALUE]", least, most);
		return make_value(c, VALUE_CONSTANT, 0);
	}
	struct expression *x = make_value(c, op, node->n);
	read_values(c, node, x->items);
	return x;
}

static struct expression *read_choice(struct compiler *c, const struct yaml *node)
{
	static const char *const words[] = {"choose", "from", "else", NULL};
	const struct yaml *from = yaml_get(node, "from"), *otherwise = yaml_get(node, "else");
	check_keys(c, node, "choose", words);
	if (!from || from->kind != YAML_MAP) {
		wrong(c, node->line, "choose has no 'from'; write {choose: /type, from: {a: x, b: y}}");
		return make_value(c, VALUE_CONSTANT, 0);
	}
	struct expression *x = make_value(c, VALUE_CHOOSE, from->n + 2);
	x->keys = own(c, from->n, sizeof *x->keys);
	x->items[0] = read_value(c, yaml_get(node, "choose"));
	for (size_t i = 0; i < from->n; i++) {
		x->keys[i] = from->keys[i]->text;
		x->items[i + 1] = read_value(c, from->items[i]);
	}
	x->items[from->n + 1] = otherwise ? read_value(c, otherwise) : NULL;
	return x;
}

static struct expression *read_if(struct compiler *c, const struct yaml *node)
{
	static const char *const words[] = {"if", "then", "else", NULL};
	const struct yaml *then = yaml_get(node, "then"), *otherwise = yaml_get(node, "else");
	struct expression *x = make_value(c, VALUE_IF, 2);
	check_keys(c, node, "if", words);
	x->test = read_test(c, yaml_get(node, "if"));
	if (!then)
		wrong(c, node->line, "if has no 'then'; write {if: TEST, then: VALUE, else: VALUE}");
	x->items[0] = then ? read_value(c, then) : make_value(c, VALUE_CONSTANT, 0);
	x->items[1] = otherwise ? read_value(c, otherwise) : NULL;
	return x;
}

static struct expression *read_field_name(struct compiler *c, const struct yaml *node)
{
	struct expression *x = make_value(c, span_is(yaml_text(node), "received") ? VALUE_RECEIVED : VALUE_FIELD, 0);
	if (x->op == VALUE_RECEIVED)
		return x;
	x->field = (enum mapping_field)word_number(yaml_text(node), mapping_field_names);
	if (x->field > FIELD_ID)
		wrong_word(c, node, "field", mapping_field_names);
	return x;
}

static struct expression *read_operation(struct compiler *c, const struct yaml *node, enum value_op op, const struct yaml *operand)
{
	struct expression *x;
	if (op == VALUE_CHOOSE)
		return read_choice(c, node);
	if (op == VALUE_IF)
		return read_if(c, node);
	if (node->n > 1)
		wrong(c, node->line, "one operation stands between { and }; take '%.*s' out", SPAN_ARG(node->keys[1]->text));
	switch (op) {
	case VALUE_CONSTANT:
		x = make_value(c, VALUE_CONSTANT, 0);
		x->constant = yaml_text(operand);
		return x;
	case VALUE_PATH:
	case VALUE_SUM:
	case VALUE_COUNT:
		x = make_value(c, op, 0);
		x->path.of_message = op == VALUE_PATH;
		read_path(c, operand, op != VALUE_PATH, &x->path);
		return x;
	case VALUE_JOIN: return read_list(c, operand, op, 1, JOIN_MAX);
	case VALUE_ADD:
	case VALUE_SUBTRACT:
	case VALUE_MULTIPLY:
	case VALUE_DIVIDE: return read_list(c, operand, op, 2, 2);
	case VALUE_FIELD: return read_field_name(c, operand);
	default:
		x = make_value(c, op, 1);
		x->items[0] = read_value(c, operand);
		return x;
	}
}

/* The recursion is as deep as the YAML is, which is bounded. */
static struct expression *read_value(struct compiler *c, const struct yaml *node)
{
	if (node->kind == YAML_SCALAR)
		return read_scalar(c, node);
	if (node->kind == YAML_LIST)
		return read_list(c, node, VALUE_FIRST, 1, SIZE_MAX);
	for (size_t i = 0; i < node->n; i++) {
		size_t at = word_number(node->keys[i]->text, value_words);
		if (value_words[at])
			return read_operation(c, node, value_ops[at], node->items[i]);
	}
	if (node->n)
		wrong_word(c, node->keys[0], "a value", value_words);
	else
		wrong(c, node->line, "an empty group is no value; write /POINTER or a text");
	return make_value(c, VALUE_CONSTANT, 0);
}

/* --- tests --- */

static const char *const test_words[] = {
	"exists", "is_text", "is_number", "is_list", "is_object", "is_true", "is_false", "nameless", "equals", "starts", "ends",
	"contains", "mentions", "less", "greater", "all", "any", "not", NULL,
};
static const struct {
	enum test_op op;
	enum { ONE, SEVERAL, TWO, TESTS } takes;
} tests[] = {
	{TEST_EXISTS, ONE}, {TEST_IS_TEXT, ONE}, {TEST_IS_NUMBER, ONE}, {TEST_IS_LIST, ONE}, {TEST_IS_OBJECT, ONE},
	{TEST_IS_TRUE, ONE}, {TEST_IS_FALSE, ONE}, {TEST_NAMELESS, ONE}, {TEST_EQUALS, SEVERAL}, {TEST_STARTS, SEVERAL},
	{TEST_ENDS, SEVERAL}, {TEST_CONTAINS, SEVERAL}, {TEST_MENTIONS, SEVERAL}, {TEST_LESS, TWO}, {TEST_GREATER, TWO},
	{TEST_ALL, TESTS}, {TEST_ANY, TESTS}, {TEST_NOT, TESTS},
};
_Static_assert(COUNT_OF(test_words) == COUNT_OF(tests) + 1, "a word for each test");

static void read_tests(struct compiler *c, struct test *t, const struct yaml *operand)
{
	bool is_list = operand->kind == YAML_LIST;
	if (is_list == (t->op == TEST_NOT)) {
		wrong(c, operand->line, is_list ? "not takes one test; write {not: {exists: /name}}" :
			"all and any take a list of tests; write {all: [TEST, TEST]}");
		return;
	}
	t->n_tests = is_list ? operand->n : 1;
	t->tests = own(c, t->n_tests, sizeof *t->tests);
	for (size_t i = 0; i < t->n_tests; i++)
		t->tests[i] = read_test(c, is_list ? operand->items[i] : operand);
}

static void read_test_values(struct compiler *c, struct test *t, const struct yaml *operand, size_t least, size_t most)
{
	struct expression *x = read_list(c, operand, VALUE_FIRST, least, most);
	t->values = x->items;
	t->n = x->n;
}

static struct test *read_test(struct compiler *c, const struct yaml *node)
{
	struct test *t = own(c, 1, sizeof *t);
	t->op = TEST_ALL; /* of nothing: passes, until it is read */
	if (node->kind != YAML_MAP || node->n != 1) {
		wrong(c, node->line, "a test is one word and what it looks at; write {exists: /name}, or all: [TEST, TEST]");
		return t;
	}
	size_t at = word_number(node->keys[0]->text, test_words);
	if (!test_words[at]) {
		wrong_word(c, node->keys[0], "a test", test_words);
		return t;
	}
	const struct yaml *operand = node->items[0];
	t->op = tests[at].op;
	switch (tests[at].takes) {
	case ONE:
		t->values = own(c, 1, sizeof *t->values);
		t->values[0] = read_value(c, operand);
		t->n = 1;
		break;
	case SEVERAL: read_test_values(c, t, operand, 2, SIZE_MAX); break;
	case TWO: read_test_values(c, t, operand, 2, 2); break;
	case TESTS: read_tests(c, t, operand); break;
	}
	return t;
}

/* --- rules --- */

static struct chain *read_chain(struct compiler *c, const struct yaml *node)
{
	static const char *const words[] = {"height", "hash", "parent", NULL};
	struct chain *chain = own(c, 1, sizeof *chain);
	struct expression **to[] = {&chain->height, &chain->hash, &chain->parent};
	if (node->kind != YAML_MAP) {
		wrong(c, node->line, "chain is a group; write chain: {height: /number, hash: /hash, parent: /parentHash}");
		return NULL;
	}
	check_keys(c, node, "chain", words);
	for (size_t i = 0; i < COUNT_OF(to); i++) {
		const struct yaml *value = yaml_get(node, words[i]);
		if (!value)
			wrong(c, node->line, "chain has no '%s'; write chain: {height: /number, hash: /hash, parent: /parentHash}", words[i]);
		*to[i] = value ? read_value(c, value) : NULL;
	}
	return chain;
}

static void read_tags(struct compiler *c, struct rule *rule, const struct yaml *node)
{
	rule->n_tags = node->kind == YAML_LIST ? node->n : 1;
	rule->tags = own(c, rule->n_tags, sizeof *rule->tags);
	for (size_t i = 0; i < rule->n_tags; i++)
		rule->tags[i] = read_value(c, node->kind == YAML_LIST ? node->items[i] : node);
}

/* Keys that stand beside the fields. */
static const char *const rule_words[] = {"when", "each", "chain", NULL};
static const char *const whole_words[] = {"skip", "strict", "events", NULL};
static const char *const talk_words[] = {"subscribe", "keep_alive", "keep_alive_s", "sequence", NULL};

static void read_rule_key(struct compiler *c, struct rule *rule, size_t word, const struct yaml *value)
{
	if (word == 0)
		rule->when = read_test(c, value);
	if (word == 1) {
		rule->each = own(c, 1, sizeof *rule->each);
		read_path(c, value, false, rule->each);
	}
	if (word == 2)
		rule->chain = read_chain(c, value);
}

static void add_words(const char **all, size_t *n, const char *const *words)
{
	for (; *words; words++)
		all[(*n)++] = *words;
	all[*n] = NULL;
}

/* others: more keys that may stand here and are read elsewhere, or NULL. */
static void read_rule(struct compiler *c, struct rule *rule, const struct yaml *node, const char *const *others)
{
	const char *all[WORDS_MAX + 1];
	size_t n = 0;
	if (node->kind != YAML_MAP) {
		wrong(c, node->line, "an event is a group of fields; write {id: /id, time: /time, entity: /name}");
		return;
	}
	add_words(all, &n, mapping_field_names);
	add_words(all, &n, rule_words);
	if (others)
		add_words(all, &n, others);
	ASSERT(n <= WORDS_MAX);
	check_keys(c, node, "a mapping", all);
	for (size_t i = 0; i < node->n; i++) {
		size_t field = word_number(node->keys[i]->text, mapping_field_names);
		size_t word = word_number(node->keys[i]->text, rule_words);
		const struct yaml *value = node->items[i];
		if (field == FIELD_TAGS)
			read_tags(c, rule, value);
		else if (field < FIELDS)
			rule->fields[field] = read_value(c, value);
		else
			read_rule_key(c, rule, word, value);
	}
}

/* --- the whole --- */

static void read_skip(struct compiler *c, struct skip_rule *s, const struct yaml *node)
{
	static const char *const words[] = {"when", "reason", "because", NULL};
	static const char *const reasons[] = {"canary", "control", "type", "incomplete", NULL};
	static const enum skip skips[] = {SKIP_CANARY, SKIP_CONTROL, SKIP_TYPE, SKIP_INCOMPLETE};
	if (node->kind != YAML_MAP || !yaml_get(node, "when") || !yaml_get(node, "reason")) {
		wrong(c, node->line, "skip is a list of {when: TEST, reason: canary | control | type | incomplete}");
		return;
	}
	check_keys(c, node, "skip", words);
	s->when = read_test(c, yaml_get(node, "when"));
	size_t at = word_number(yaml_text(yaml_get(node, "reason")), reasons);
	if (!reasons[at])
		wrong_word(c, yaml_get(node, "reason"), "reason", reasons);
	s->reason = reasons[at] ? skips[at] : SKIP_TYPE;
	struct span because = yaml_text(yaml_get(node, "because"));
	s->because = because.n ? because.p : reasons[at];
}

static void read_skips(struct compiler *c, const struct yaml *list)
{
	struct mapping *m = c->mapping;
	if (!list)
		return;
	if (list->kind != YAML_LIST) {
		wrong(c, list->line, "skip is a list; write skip: [{when: TEST, reason: control}]");
		return;
	}
	m->skips = own(c, list->n, sizeof *m->skips);
	m->n_skips = list->n;
	for (size_t i = 0; i < list->n; i++)
		read_skip(c, &m->skips[i], list->items[i]);
}

static void read_rules(struct compiler *c, const struct yaml *node, const char *const *others)
{
	struct mapping *m = c->mapping;
	const struct yaml *list = yaml_get(node, "events");
	m->n_rules = list ? list->n : 1;
	m->rules = own(c, m->n_rules, sizeof *m->rules);
	if (!list) {
		read_rule(c, &m->rules[0], node, others);
		return;
	}
	check_keys(c, node, "a mapping with events", others);
	if (list->kind != YAML_LIST || !list->n) {
		m->n_rules = 0;
		wrong(c, list->line, "events is a list; write events: [{when: TEST, id: /id, ...}]");
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		read_rule(c, &m->rules[i], list->items[i], NULL);
}

static void read_talk(struct compiler *c, const struct yaml *node)
{
	struct mapping *m = c->mapping;
	const struct yaml *list = yaml_get(node, "subscribe");
	int64_t seconds = 0;
	m->subscribe = own(c, (list ? list->n : 0) + 1, sizeof *m->subscribe);
	for (size_t i = 0; list && i < list->n; i++)
		m->subscribe[i] = yaml_text(list->items[i]).p;
	m->talk.subscribe = m->subscribe;
	m->talk.keep_alive = yaml_text(yaml_get(node, "keep_alive")).p;
	m->talk.sequence = yaml_text(yaml_get(node, "sequence")).p;
	if (yaml_get(node, "keep_alive_s") && span_to_i64(yaml_text(yaml_get(node, "keep_alive_s")), &seconds))
		m->talk.keep_alive_s = (int)seconds;
}

struct mapping *mapping_compile(const char *name, const struct yaml *node, bool is_built_in,
	void (*fault)(void *data, int line, const char *text), void *data)
{
	struct mapping *m = mem_new(1, sizeof *m);
	struct compiler c = {.mapping = m, .fault = fault, .data = data};
	const char *others[WORDS_MAX + 1];
	size_t n = 0;
	m->name = name;
	add_words(others, &n, whole_words);
	if (is_built_in)
		add_words(others, &n, talk_words);
	const struct yaml *strict = yaml_get(node, "strict");
	if (strict && !yaml_bool(strict, &m->strict))
		wrong(&c, strict->line, "strict is true or false");
	read_skips(&c, yaml_get(node, "skip"));
	read_rules(&c, node, others);
	if (is_built_in)
		read_talk(&c, node);
	if (!c.faulty)
		return m;
	mapping_destroy(m);
	return NULL;
}

void mapping_destroy(struct mapping *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_owned; i++)
		free(m->owned[i]);
	free(m->owned);
	free(m);
}
