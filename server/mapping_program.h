/* mapping_program.h - a compiled mapping: values and tests as trees, rules over them. Made by mapping_compile.c, run by
 * mapping.c with mapping_value.c and mapping_test.c; for these alone. Read-only once made, any thread; a run is its
 * mapper's.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_PROGRAM_H
#define SERVER_MAPPING_PROGRAM_H

#include "server/mapping.h"

enum { PATH_NAMES_MAX = 16, JOIN_MAX = 16 };

/* A JSON pointer (RFC 6901), taken apart. A name "*" stands for every item of a list (in sums and counts). */
struct path {
	const char *text;          /* as written */
	const char *names[PATH_NAMES_MAX];
	size_t n;
	bool of_message;           /* from the whole message, not from the part that `each` is at */
};

enum value_op {
	VALUE_CONSTANT, VALUE_PATH, VALUE_FIRST, VALUE_JOIN, VALUE_ADD, VALUE_SUBTRACT, VALUE_MULTIPLY, VALUE_DIVIDE,
	VALUE_SUM, VALUE_COUNT, VALUE_CHOOSE, VALUE_IF, VALUE_FIELD, VALUE_RECEIVED, VALUE_TEXT, VALUE_NUMBER, VALUE_INTEGER,
	VALUE_WIKI_OF_HOST, VALUE_HASHTAGS,
};

enum mapping_field {
	/* in the order in which they are filled: `field` can look at those before */
	FIELD_CHANNEL, FIELD_KIND, FIELD_NAMESPACE, FIELD_ENTITY, FIELD_ACTOR, FIELD_ACTOR_KIND, FIELD_UNIT, FIELD_LABEL,
	FIELD_SUMMARY, FIELD_URL, FIELD_ID, FIELD_TIME, FIELD_MAGNITUDE, FIELD_POLARITY, FIELD_ACCENT, FIELD_BEFORE,
	FIELD_AFTER, FIELD_TAGS, FIELDS,
};
extern const char *const mapping_field_names[FIELDS + 1]; /* "channel" ...; ends with NULL */

struct expression {
	enum value_op op;
	struct span constant;
	struct path path;
	enum mapping_field field;
	struct expression **items; /* operands; CHOOSE: what, one a key, the else; IF: then, else. An else may be NULL */
	size_t n;
	struct span *keys;         /* CHOOSE: n - 2 of them */
	struct test *test;         /* IF */
};

enum test_op {
	TEST_EXISTS, TEST_EQUALS, TEST_IS_TEXT, TEST_IS_NUMBER, TEST_IS_LIST, TEST_IS_OBJECT, TEST_IS_TRUE, TEST_IS_FALSE,
	TEST_LESS, TEST_GREATER, TEST_STARTS, TEST_ENDS, TEST_CONTAINS, TEST_MENTIONS, TEST_NAMELESS, TEST_ALL, TEST_ANY,
	TEST_NOT,
};

struct test {
	enum test_op op;
	struct expression **values;
	size_t n;
	struct test **tests;       /* ALL, ANY, NOT */
	size_t n_tests;
};

struct skip_rule {
	struct test *when;
	enum skip reason;
	const char *because;
};

/* The links of a chain of blocks, from which a reorganisation is seen. */
struct chain {
	struct expression *height, *hash, *parent;
};

struct rule {
	struct test *when;         /* NULL: always */
	struct path *each;         /* NULL: the message itself is the part */
	struct expression *fields[FIELDS]; /* NULL: not described */
	struct expression **tags;  /* each gives one or several */
	size_t n_tags;
	struct chain *chain;
};

struct mapping {
	const char *name;
	bool strict;               /* texts are taken from texts alone, numbers from numbers */
	struct skip_rule *skips;
	size_t n_skips;
	struct rule *rules;
	size_t n_rules;
	const char **subscribe;    /* ends with NULL */
	struct mapping_talk talk;
	void **owned;              /* all of the above */
	size_t n_owned;
};

/* What a value came to. Texts are the message's, the mapping's or the run's. */
struct value {
	enum { VALUE_IS_NOTHING, VALUE_IS_NODE, VALUE_IS_TEXT, VALUE_IS_NUMBER } kind;
	const cJSON *node;
	struct span text;
	double number;
};

/* What the asker can use; of a list of values the first such is taken. */
enum want { WANT_ANYTHING, WANT_TEXT, WANT_NUMBER, WANT_TIME, WANT_URL };

struct run {
	const struct mapping *mapping;
	const cJSON *message, *part;
	struct event event;        /* as far as it is */
	int64_t received_ms;
	struct buf *texts;         /* made while it runs; each in a block of its own, so that none moves */
	size_t n_texts, texts_room;
};
/* Room for n bytes that stays until run_clear. */
char *run_text(struct run *r, size_t n);
void run_clear(struct run *r);
void run_finish(struct run *r);

/* mapping_value.c */
struct value value_of(struct run *r, const struct expression *x, enum want want);
bool value_text(struct run *r, const struct value *v, struct span *out);   /* never empty, but for a constant */
bool value_number(const struct run *r, const struct value *v, double *out); /* finite */
bool value_time(const struct run *r, const struct value *v, int64_t *ms);
bool value_exists(const struct value *v);                                   /* and isn't null or an empty text */
bool value_is_true(const struct value *v);
bool value_is_false(const struct value *v);
/* For comparing: any scalar's text, however strict. */
bool value_plain_text(struct run *r, const struct value *v, struct span *out);
const cJSON *path_find(const struct run *r, const struct path *path);
bool is_web_url(struct span s); /* may become a link */

/* mapping_test.c */
bool test_passes(struct run *r, const struct test *t);

#endif
