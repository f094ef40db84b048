/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "transcripts/archive_parts.h"
#include "transcripts/people_rules.h"

static const struct collection_dialect dialect = {.name = "a list", .label = "list"};
static const char *const speech[] = {"Ada Bell|0|The clapper strikes.", "Ben|4|It rings.", "Ada Bell|6|Loudly.", NULL};

static struct collection *new_collection(void)
{
	struct collection *c = mem_new(1, sizeof *c);
	c->dialect = &dialect;
	c->reason = mem_strdup("a test");
	return c;
}

static struct document *add_talk(struct collection *c, const char *guid, const char *title, const char *speaker)
{
	struct document *d = collection_add_document(c, DOCUMENT_TALK);
	document_set(&d->guid, span_of(guid));
	document_set(&d->title, span_of(title));
	if (speaker) {
		struct document_credit *credit = document_add_credit(d);
		document_set(&credit->name, span_of(speaker));
		document_set(&credit->role, SPAN_LITERAL("speaker"));
	}
	return d;
}

/* All into the conference towers-2020; frees c. */
static void put(const char *path, uint64_t hash, struct collection *c)
{
	struct archive_place *places = mem_new(c->n_documents + 1, sizeof *places);
	struct why why = {0};
	for (size_t i = 0; i < c->n_documents; i++)
		places[i] = (struct archive_place){"", "towers-2020"};
	if (archive_put_collection(archive, path, hash, c, places, &why))
		fail_msg("%s", why.text);
	free(places);
	collection_destroy(c);
}

static void settle(const char *rules_text)
{
	struct why why = {0};
	struct people_rules *rules = people_rules_read(span_of(rules_text), NULL, &why);
	assert_non_null(rules);
	assert_int_equal(archive_settle_people(archive, rules, span_hash(span_of(rules_text)), &why), OK);
	assert_int_equal(archive_settle(archive, &why), OK);
	people_rules_destroy(rules);
}

static struct archive_item *talk(const char *slug)
{
	return archive_find_talk(archive, "towers-2020", slug);
}

static bool has_talk(const char *slug)
{
	struct archive_item *item = talk(slug);
	archive_item_free(item);
	return item != NULL;
}

static void parts_are_read_as_they_were_put(void **state)
{
	(void)state;
	struct collection *c = new_collection();
	struct document *d = add_talk(c, "a", "On Ropes", "Ada Bell");
	struct document_chapter *chapter = document_add_chapter(d);
	chapter->start_ms = 61000;
	chapter->line = 7;
	document_set(&chapter->title, SPAN_LITERAL("Hemp"));
	struct document_link *link = document_add_link(d);
	document_set(&link->url, SPAN_LITERAL("https://example.org/ropes"));
	struct document_media *media = document_add_media(d);
	document_set(&media->url, SPAN_LITERAL("https://example.org/ropes.webm"));
	media->height = 720;
	document_set(&d->room, SPAN_LITERAL("Belfry"));
	put("talks/towers-2020/list.json", 1, c);

	struct archive_item *item = talk("on-ropes");
	assert_int_equal(item->kind, ARCHIVE_TALK);
	assert_string_equal(item->room, "Belfry");
	assert_string_equal(item->part, "a");
	struct document *parts = archive_parts(archive, item->id);
	assert_int_equal(parts->n_chapters, 1);
	assert_int_equal(parts->chapters[0].start_ms, 61000);
	assert_int_equal(parts->chapters[0].end_ms, -1);
	assert_int_equal(parts->chapters[0].line, 7);
	assert_string_equal(parts->chapters[0].title, "Hemp");
	assert_string_equal(parts->links[0].url, "https://example.org/ropes");
	assert_int_equal(parts->media[0].height, 720);
	assert_string_equal(parts->credits[0].role, "speaker");
	document_destroy(parts);
	archive_item_free(item);
	assert_int_equal(count_found("hemp"), 1);
	assert_int_equal(count_found("ada"), 1);
}

static void a_collection_put_again_keeps_numbers_and_drops_what_it_lost(void **state)
{
	(void)state;
	struct collection *c = new_collection();
	add_talk(c, "a", "On Ropes", NULL);
	add_talk(c, "b", "On Wheels", NULL);
	put("list.json", 1, c);
	struct archive_item *before = talk("on-ropes");

	c = new_collection();
	add_talk(c, "a", "On Ropes Again", NULL);
	put("list.json", 2, c);
	struct archive_item *after = talk("on-ropes-again");
	assert_int_equal(before->id, after->id);
	assert_false(has_talk("on-wheels"));
	assert_int_equal(count_found("wheels"), 0);
	struct archive_collection_known known;
	assert_false(archive_collection_known(archive, "list.json", 1, &known));
	assert_true(archive_collection_known(archive, "list.json", 2, &known));
	assert_int_equal(known.n_talks, 1);
	archive_item_free(before);
	archive_item_free(after);

	assert_int_equal(archive_remove(archive, "list.json", NULL), OK);
	assert_false(has_talk("on-ropes-again"));
	assert_false(archive_collection_known(archive, "list.json", 2, &known));
}

static void collect_slugs(struct buf *out)
{
	struct archive_item **items;
	size_t n;
	assert_int_equal(archive_list_talks(archive, "towers-2020", SIZE_MAX, 0, &items, &n, NULL), OK);
	for (size_t i = 0; i < n; i++) {
		buf_format(out, "%s:%s=%s\n", items[i]->path, items[i]->part, items[i]->slug);
		archive_item_free(items[i]);
	}
	free(items);
}

static void put_lightning(const char *path)
{
	struct collection *c = new_collection();
	add_talk(c, "x", "Lightning Talks", NULL);
	add_talk(c, "y", "Lightning Talks", NULL);
	put(path, 1, c);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The lines in order: the list's own order is the programme's. */
static void sort_lines(struct buf *b)
{
	struct span rest = buf_view(b), line;
	char *lines[32];
	size_t n = 0;
	while (n < 32 && span_next_line(&rest, &line))
		lines[n++] = span_dup(line);
	qsort(lines, n, sizeof *lines, by_text);
	buf_clear(b);
	for (size_t i = 0; i < n; i++) {
		buf_format(b, "%s\n", lines[i]);
		free(lines[i]);
	}
}

static void put_all(const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_lightning(paths[i]);
	assert_int_equal(archive_settle_slugs(archive, NULL), OK);
}

/* c/a.json has the name and the keys of a.json, so that the short ending isn't enough. */
static void one_slug_for_two_is_settled_alike_in_every_order(void **state)
{
	(void)state;
	static const char *const orders[][3] = {{"a.json", "b.json", "c/a.json"}, {"c/a.json", "b.json", "a.json"},
		{"b.json", "a.json", "c/a.json"}};
	struct buf first = {0}, now = {0};
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		buf_clear(&now);
		put_all(orders[i], 3);
		collect_slugs(&now);
		sort_lines(&now);
		if (!i)
			buf_span(&first, buf_view(&now));
		buf_text(&first, "");
		assert_string_equal(first.p, now.p);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(archive_remove(archive, orders[i][k], NULL), OK);
	}
	assert_non_null(strstr(first.p, "a.json:x=lightning-talks\n"));
	/* Whose turn it is when the first goes. */
	put_all(orders[0], 3);
	assert_int_equal(archive_remove(archive, "a.json", NULL), OK);
	assert_int_equal(archive_settle_slugs(archive, NULL), OK);
	buf_clear(&now);
	collect_slugs(&now);
	assert_non_null(strstr(now.p, "b.json:x=lightning-talks\n"));
	buf_finish(&first);
	buf_finish(&now);
}

static void check_chapter(int64_t id, size_t n, const char *first)
{
	struct document *d = archive_parts(archive, id);
	assert_int_equal(d->n_chapters, n);
	if (n)
		assert_string_equal(d->chapters[0].title, first);
	document_destroy(d);
}

static struct document *a_chapter(struct document *d, const char *title)
{
	document_set(&document_add_chapter(d)->title, span_of(title));
	return d;
}

static void chapters_of_another_file_count_until_they_go(void **state)
{
	(void)state;
	struct collection *c = new_collection();
	a_chapter(add_talk(c, "a", "On Ropes", NULL), "Splicing");
	put("list.json", 1, c);
	int64_t id = archive_talk_for(archive, "towers-2020", "on-ropes");
	check_chapter(id, 1, "Splicing");
	struct document *joined = a_chapter(a_chapter(document_create(DOCUMENT_DECLINED), "Hemp"), "Nylon");
	assert_int_equal(archive_join_chapters(archive, id, "transcripts/on-ropes.psc", 9, joined, NULL), OK);
	document_destroy(joined);
	struct transcript *t = sample_transcript(speech);
	assert_int_equal(archive_join_transcript(archive, id, "transcripts/on-ropes.vtt", 8, t, NULL), OK);
	transcript_destroy(t);
	check_chapter(id, 2, "Hemp");
	assert_int_equal(count_found("hemp clapper"), 1);
	assert_int_equal(count_found("splicing"), 0);
	assert_true(archive_has(archive, "transcripts/on-ropes.psc", 9) && archive_gave(archive, "transcripts/on-ropes.psc"));
	assert_int_equal(archive_chaptered_talk(archive, "transcripts/on-ropes.psc"), id);
	assert_int_equal(archive_joined_talk(archive, "transcripts/on-ropes.psc"), 0);
	char *path = archive_chapters_path(archive, id);
	assert_string_equal(path, "transcripts/on-ropes.psc");
	free(path);
	/* The record is put again, with other chapters of its own. */
	c = new_collection();
	a_chapter(add_talk(c, "a", "On Ropes", NULL), "Whipping");
	put("list.json", 2, c);
	check_chapter(id, 2, "Hemp");
	assert_int_equal(count_found("nylon clapper"), 1);
	assert_int_equal(archive_remove(archive, "transcripts/on-ropes.psc", NULL), OK);
	check_chapter(id, 1, "Whipping");
	assert_int_equal(count_found("whipping clapper"), 1);
	assert_int_equal(count_found("hemp"), 0);
	assert_null(archive_chapters_path(archive, id));
}

static void a_transcript_joins_its_talk_and_stays_when_the_talk_is_put_again(void **state)
{
	(void)state;
	struct collection *c = new_collection();
	struct document *d = add_talk(c, "a", "On Ropes", NULL);
	document_set(&d->youtube, SPAN_LITERAL("abcdefghijk"));
	put("list.json", 1, c);
	int64_t id = archive_talk_for(archive, "towers-2020", "on-ropes");
	assert_true(id > 0);
	assert_int_equal(archive_talk_for(archive, NULL, "abcdefghijk"), id);
	assert_int_equal(archive_talk_for(archive, "other", "on-ropes"), 0);
	struct transcript *t = sample_transcript(speech);
	assert_int_equal(archive_join_transcript(archive, id, "transcripts/on-ropes.vtt", 9, t, NULL), OK);
	transcript_destroy(t);
	assert_int_equal(count_found("\"strikes it rings\""), 1);
	assert_true(archive_has(archive, "transcripts/on-ropes.vtt", 9));

	c = new_collection();
	add_talk(c, "a", "On Ropes", NULL);
	put("list.json", 2, c);
	assert_int_equal(count_found("clapper"), 1);
	assert_int_equal(archive_remove(archive, "transcripts/on-ropes.vtt", NULL), OK);
	assert_int_equal(count_found("clapper"), 0);
	assert_true(has_talk("on-ropes"));
}

static void conferences_are_told_by_their_files_and_by_their_talks(void **state)
{
	(void)state;
	struct collection *c = new_collection();
	add_talk(c, "a", "On Ropes", NULL)->published_ms = 1000;
	put("list.json", 1, c);
	struct archive_conference *found = archive_conference_find(archive, "towers-2020");
	assert_string_equal(found->c.title, "towers-2020");
	assert_int_equal(found->c.start_ms, 1000);
	assert_int_equal(found->n_talks, 1);
	archive_conference_free(found);

	c = new_collection();
	struct conference *conference = collection_add_conference(c);
	document_set(&conference->name, SPAN_LITERAL("towers-2020"));
	document_set(&conference->title, SPAN_LITERAL("Towers 2020"));
	conference->start_ms = 500;
	conference = collection_add_conference(c);
	document_set(&conference->name, SPAN_LITERAL("towers-2021"));
	put("category.json", 1, c);
	struct archive_conference **all;
	size_t n;
	assert_int_equal(archive_conferences(archive, &all, &n, NULL), OK);
	assert_int_equal(n, 2);
	assert_string_equal(all[0]->c.title, "Towers 2020");
	assert_int_equal(all[0]->c.start_ms, 500);
	assert_int_equal(all[0]->c.end_ms, 1000);
	assert_string_equal(all[1]->c.name, "towers-2021");
	assert_int_equal(all[1]->n_talks, 0);
	for (size_t i = 0; i < n; i++)
		archive_conference_free(all[i]);
	free(all);
	assert_null(archive_conference_find(archive, "towers-1999"));
}

static void people_are_one_across_shows_and_conferences(void **state)
{
	(void)state;
	struct document *d = sample_document(DOCUMENT_EPISODE, "One", "2020-05-06T07:08:09", sample_transcript(speech));
	struct document_credit *credit = document_add_credit(d);
	document_set(&credit->name, SPAN_LITERAL("Ada Bell"));
	document_set(&credit->role, SPAN_LITERAL("host"));
	sample_put(archive, "one", d);
	struct collection *c = new_collection();
	add_talk(c, "a", "On Ropes", "ADA BELL");
	struct document *by_ref = add_talk(c, "b", "On Wheels", "");
	document_set(&by_ref->credits[0].ref, SPAN_LITERAL("ben"));
	struct person_record *record = collection_add_person(c);
	document_set(&record->ref, SPAN_LITERAL("ben"));
	document_set(&record->name, SPAN_LITERAL("Ben Hur"));
	document_set(&record->place, SPAN_LITERAL("Rome"));
	put("list.json", 1, c);
	settle("people: [{name: Ben Hur, in: {bells: [Ben]}, about: Drives.}]");

	struct archive_person *ada = archive_person_find(archive, "ada-bell");
	assert_string_equal(ada->name, "Ada Bell");
	assert_int_equal(ada->n_episodes, 1);
	assert_int_equal(ada->n_talks, 1);
	assert_int_equal(ada->spoken_ms, 4000 + 1000);
	struct archive_person *ben = archive_person_find(archive, "ben-hur");
	assert_int_equal(ben->n_episodes, 1);
	assert_int_equal(ben->n_talks, 1);
	assert_string_equal(ben->about, "Drives.");
	assert_string_equal(ben->place, "Rome");
	struct archive_appearance *list;
	size_t n;
	assert_int_equal(archive_appearances(archive, "ada-bell", &list, &n, NULL), OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].role, "host");
	assert_int_equal(list[0].n_turns, 2);
	char *slug = archive_person_slug(archive, list[0].item, "Ben");
	assert_string_equal(slug, "ben-hur");
	free(slug);
	archive_appearances_free(list, n);
	archive_person_free(ada);
	archive_person_free(ben);

	struct archive_person **people;
	assert_int_equal(archive_people(archive, "h", 10, 0, &people, &n, NULL), OK);
	assert_int_equal(n, 1);
	assert_string_equal(people[0]->slug, "ben-hur");
	archive_person_free(people[0]);
	free(people);
}

static void other_rules_make_other_people_without_an_import(void **state)
{
	(void)state;
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", "2020-05-06T07:08:09", sample_transcript(speech)));
	settle("");
	struct archive_person *ben = archive_person_find(archive, "ben");
	assert_non_null(ben);
	archive_person_free(ben);
	settle("nobody: [Ben]");
	assert_null(archive_person_find(archive, "ben"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_are_read_as_they_were_put, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_collection_put_again_keeps_numbers_and_drops_what_it_lost, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(one_slug_for_two_is_settled_alike_in_every_order, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_transcript_joins_its_talk_and_stays_when_the_talk_is_put_again, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(chapters_of_another_file_count_until_they_go, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(conferences_are_told_by_their_files_and_by_their_talks, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(people_are_one_across_shows_and_conferences, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(other_rules_make_other_people_without_an_import, archive_set_up, archive_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
