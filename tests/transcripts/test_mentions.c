/* test_mentions.c - people are spoken of by their whole names, and nobody is taken for another.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/transcripts/archive_help.h"
#include "transcripts/archive_store.h"
#include "transcripts/mentions.h"

static const struct mention_person people[] = {{1, "Ada Bell"}, {2, "Ben Rope"}, {2, "Benjamin Rope"}, {3, "Carl van der Tower"},
	{4, "Zoë Öre"}, {5, "Lightning Talks"}, {6, "Eve Twin"}, {7, "Eve Twin"}, {8, "Ada and Ben"}, {9, "Carillon"}, {10, "D. Hemp"},
	{11, "Ada Bell Junior"}, {12, "Python Software Foundation"}};

/* "PERSON@CUE" each, with blanks between. */
static void check(const char *const *cues, const char *wanted)
{
	struct mention_index *x = mention_index_create(archive->tokens, people, COUNT_OF(people));
	struct span texts[8];
	size_t n_cues = 0, n;
	struct spoken_words spoken;
	struct mention *list;
	struct buf found = {0};
	for (; cues[n_cues]; n_cues++)
		texts[n_cues] = span_of(cues[n_cues]);
	spoken_words_read(&spoken, archive->tokens, texts, n_cues);
	mentions_find(x, &spoken, &list, &n);
	buf_text(&found, "");
	for (size_t i = 0; i < n; i++)
		buf_format(&found, "%s%lld@%u", i ? " " : "", (long long)list[i].person, spoken.cues[list[i].word]);
	assert_string_equal(found.p, wanted);
	buf_finish(&found);
	free(list);
	spoken_words_finish(&spoken);
	mention_index_destroy(x);
}
#define CHECK(wanted, ...) check((const char *const[]){__VA_ARGS__, NULL}, wanted)

static void whole_names_are_found_once_where_they_begin(void **state)
{
	(void)state;
	CHECK("1@0 3@1", "the ropes that Ada Bell made, and", "what Carl van der Tower said of Ada Bell");
	CHECK("2@0", "as Benjamin Rope said. Ben Rope again");
	/* Across cues, with what is spelled otherwise, with an ending. */
	CHECK("1@0 4@1 2@1", "it was Ada", "Bell's idea, or Zoe Ore's, or BEN ROPE's");
	CHECK("11@0", "the book of Ada Bell Junior is long");
}

static void what_is_no_whole_name_is_not(void **state)
{
	(void)state;
	CHECK("", "Ada rang the bell, Bell rang Ada");
	CHECK("", "an ada bell is small, a ben rope is long");
	CHECK("", "Ada, Bell and Ben. Rope and hemp");
	CHECK("", "the Ada Bell Foundation", "with Carrie Ada Bell");
	CHECK("", "Lightning Talks by Eve Twin, Ada and Ben, D. Hemp, Carillon, the Python Software Foundation");
}

static void who_is_introduced_speaks_and_is_not_spoken_of(void **state)
{
	(void)state;
	CHECK("", "Hello, I'm your host, Ada Bell. Later Ada Bell said more");
	CHECK("2@0", "This is Ada Bell, and I read what Ben Rope wrote");
	CHECK("2@1", "Ada Bell, welcome to the show.", "I have read Ben Rope");
	CHECK("", "We speak of Ada Bell", "my name is Ada Bell");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_names_are_found_once_where_they_begin),
		cmocka_unit_test(what_is_no_whole_name_is_not),
		cmocka_unit_test(who_is_introduced_speaks_and_is_not_spoken_of),
	};
	return cmocka_run_group_tests_name("mentions", tests, archive_set_up, archive_tear_down);
}
