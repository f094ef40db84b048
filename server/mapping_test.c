/* mapping_test.c - tests on values.
 * SPDX-License-Identifier: MIT */
#include "server/mapping_program.h"
#include "server/wiki_words.h"

static bool text_at(struct run *r, const struct test *t, size_t i, struct span *out)
{
	struct value v = value_of(r, t->values[i], WANT_TEXT);
	return value_text(r, &v, out);
}

static bool exists(struct run *r, const struct test *t)
{
	struct value v = value_of(r, t->values[0], WANT_ANYTHING);
	return value_exists(&v);
}

/* As texts, or else as numbers: 1, "1" and 1.0 are the same. */
static bool equal(struct run *r, const struct value *a, const struct value *b)
{
	struct span text[2];
	double number[2];
	if (value_plain_text(r, a, &text[0]) && value_plain_text(r, b, &text[1]) && span_equal(text[0], text[1]))
		return true;
	return value_number(r, a, &number[0]) && value_number(r, b, &number[1]) && number[0] == number[1];
}

static bool equals_any(struct run *r, const struct test *t)
{
	struct value v = value_of(r, t->values[0], WANT_ANYTHING);
	for (size_t i = 1; i < t->n; i++) {
		struct value other = value_of(r, t->values[i], WANT_ANYTHING);
		if (equal(r, &v, &other))
			return true;
	}
	return false;
}

static bool compares(struct run *r, const struct test *t)
{
	double number[2];
	for (int i = 0; i < 2; i++) {
		struct value v = value_of(r, t->values[i], WANT_NUMBER);
		if (!value_number(r, &v, &number[i]))
			return false;
	}
	return t->op == TEST_LESS ? number[0] < number[1] : number[0] > number[1];
}

static bool ends_with(struct span s, struct span end)
{
	return s.n >= end.n && span_equal(span_from(s, s.n - end.n), end);
}

static bool mentions(struct span s, struct span word)
{
	for (size_t at = 0; at + word.n <= s.n; at++)
		if (((s.p[at] ^ word.p[0]) & ~0x20) == 0 && span_equal_nocase(span_make(s.p + at, word.n), word))
			return true;
	return false;
}

static bool text_passes(enum test_op op, struct span s, struct span other)
{
	switch (op) {
	case TEST_STARTS: return s.n >= other.n && span_equal(span_make(s.p, other.n), other);
	case TEST_ENDS: return ends_with(s, other);
	case TEST_CONTAINS: return span_search(s, other, 0) < s.n;
	default: return mentions(s, other);
	}
}

/* Does the text stand so to any of the others? */
static bool texts_pass(struct run *r, const struct test *t)
{
	struct span s, other;
	if (!text_at(r, t, 0, &s))
		return false;
	for (size_t i = 1; i < t->n; i++)
		if (text_at(r, t, i, &other) && other.n && text_passes(t->op, s, other))
			return true;
	return false;
}

static bool node_is(struct run *r, const struct test *t)
{
	struct value v = value_of(r, t->values[0], WANT_ANYTHING);
	const cJSON *node = v.kind == VALUE_IS_NODE ? v.node : NULL;
	switch (t->op) {
	case TEST_IS_TEXT: return v.kind == VALUE_IS_TEXT || cJSON_IsString(node);
	case TEST_IS_NUMBER: return v.kind == VALUE_IS_NUMBER || cJSON_IsNumber(node);
	case TEST_IS_LIST: return cJSON_IsArray(node);
	case TEST_IS_OBJECT: return cJSON_IsObject(node);
	case TEST_IS_TRUE: return value_is_true(&v);
	default: return value_is_false(&v);
	}
}

static bool all_pass(struct run *r, const struct test *t)
{
	for (size_t i = 0; i < t->n_tests; i++)
		if (!test_passes(r, t->tests[i]))
			return false;
	return true;
}

static bool any_passes(struct run *r, const struct test *t)
{
	for (size_t i = 0; i < t->n_tests; i++)
		if (test_passes(r, t->tests[i]))
			return true;
	return false;
}

bool test_passes(struct run *r, const struct test *t)
{
	struct span name;
	switch (t->op) {
	case TEST_EXISTS: return exists(r, t);
	case TEST_EQUALS: return equals_any(r, t);
	case TEST_IS_TEXT:
	case TEST_IS_NUMBER:
	case TEST_IS_LIST:
	case TEST_IS_OBJECT:
	case TEST_IS_TRUE:
	case TEST_IS_FALSE: return node_is(r, t);
	case TEST_LESS:
	case TEST_GREATER: return compares(r, t);
	case TEST_STARTS:
	case TEST_ENDS:
	case TEST_CONTAINS:
	case TEST_MENTIONS: return texts_pass(r, t);
	case TEST_NAMELESS: return text_at(r, t, 0, &name) && is_nameless(name);
	case TEST_ALL: return all_pass(r, t);
	case TEST_ANY: return any_passes(r, t);
	case TEST_NOT: return !test_passes(r, t->tests[0]);
	}
	return false;
}
