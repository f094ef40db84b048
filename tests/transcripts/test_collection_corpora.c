/* Real records, where a developer has them beside the checkout: exact counts, each also counted another way or known
 * from
 * the sets' own description; and that nothing is left unrecognised but what a table lists.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include "base/json.h"

enum { MOST_LABELS = 32 };

struct tally {
	size_t files, unrecognised, declined, with_chapters, chapters, talks, episodes, credits, media, links, tags, youtube, conferences, persons,
		subscriptions,
		shows, opted_out, undated, faults;
	struct { const char *label; size_t n; } labels[MOST_LABELS];
	const char *const *allowed;                             /* endings of paths that need not be recognised */
	size_t n_allowed;
	const char *path;
};

static void count_label(struct tally *t, const char *label)
{
	size_t i = 0;
	while (t->labels[i].label && strcmp(t->labels[i].label, label) != 0)
		i++;
	assert_true(i + 1 < MOST_LABELS);
	t->labels[i].label = label;
	t->labels[i].n++;
}

static size_t labelled(const struct tally *t, const char *label)
{
	for (size_t i = 0; i < MOST_LABELS && t->labels[i].label; i++)
		if (strcmp(t->labels[i].label, label) == 0)
			return t->labels[i].n;
	return 0;
}

static void count_fault(void *data, int line, const char *text)
{
	struct tally *t = data;
	(void)text;
	if (line < 0)
		fail_msg("%s: a fault at line %d", t->path, line);
	t->faults++;
}

static void add_up(struct tally *t, const struct collection *c)
{
	count_label(t, c->dialect->label);
	t->declined += c->decline != NULL;
	t->conferences += c->n_conferences;
	t->persons += c->n_persons;
	t->subscriptions += c->n_subscriptions;
	t->shows += c->show != NULL;
	for (size_t i = 0; i < c->n_documents; i++) {
		const struct document *d = c->documents[i];
		t->talks += d->kind == DOCUMENT_TALK;
		t->episodes += d->kind == DOCUMENT_EPISODE;
		t->credits += d->n_credits;
		t->media += d->n_media;
		t->links += d->n_links;
		t->chapters += d->n_chapters;
		t->with_chapters += d->n_chapters > 0;
		t->tags += d->n_tags;
		t->youtube += *d->youtube != '\0';
		t->opted_out += d->is_opted_out;
		t->undated += d->published_ms == INT64_MIN;
	}
}

static void see(void *data, const char *path, struct span bytes)
{
	struct tally *t = data;
	struct dialect_faults faults = {count_fault, t};
	size_t before = t->faults;
	t->path = path;
	t->files++;
	struct collection *c = collection_read(path, bytes, &faults);
	if (c) {
		assert_sound(c);
		/* What was counted was told; JSON that can't be parsed is told by its reason. */
		if (strcmp(c->dialect->label, "broken-json") != 0)
			assert_int_equal(c->n_faults, t->faults - before);
		add_up(t, c);
	} else {
		bool is_allowed = false;
		for (size_t i = 0; i < t->n_allowed; i++)
			is_allowed |= span_search(span_of(path), span_of(t->allowed[i]), 0) < strlen(path);
		if (!is_allowed)
			fail_msg("%s isn't recognised", path);
		t->unrecognised++;
	}
	collection_destroy(c);
}

static void run(struct tally *t, const char *corpus, const char *below)
{
	char root[64];
	unpack_corpus(corpus, root);
	each_file(root, below, see, t);
	remove_tree(root);
}

static void pyvideo_is_10792_talks_of_274_conferences(void **state)
{
	(void)state;
	struct tally t = {.files = 0};
	run(&t, "pyvideo", "pyvideo");
	assert_int_equal(t.files, 11066);
	assert_int_equal(labelled(&t, "pyvideo-talk"), 10792);
	assert_int_equal(labelled(&t, "pyvideo-conference"), 274);
	assert_int_equal(t.talks, 10792);
	assert_int_equal(t.conferences, 274);
	/* 11,845 entries in "speakers", two of them empty. */
	assert_int_equal(t.credits, 11843);
	assert_int_equal(t.media, 11303);
	assert_int_equal(t.links, 10231);
	/* Lists of times in descriptions, nearly all of lightning talks. */
	assert_int_equal(t.with_chapters, 51);
	assert_int_equal(t.chapters, 507);
	assert_int_equal(t.undated, 1);
	/* Two speakers without a name, two title2, one talk without a date. */
	assert_int_equal(t.faults, 5);
	assert_int_equal(t.unrecognised, 0);
}

static void code_and_talk_is_3024_talks_552_episodes_2287_people_801_events(void **state)
{
	(void)state;
	/* Lists of addresses for whoever looks for talks; a talk's description with the wrong ending. */
	static const char *const allowed[] = {"codeandtalk/sources/", ".txt"};
	struct tally t = {.allowed = allowed, .n_allowed = COUNT_OF(allowed)};
	run(&t, "codeandtalk", "codeandtalk");
	assert_int_equal(t.files, 6216);
	assert_int_equal(labelled(&t, "codeandtalk-talk"), 3024);
	assert_int_equal(labelled(&t, "codeandtalk-description"), 77);
	assert_int_equal(labelled(&t, "codeandtalk-episodes"), 9);
	assert_int_equal(labelled(&t, "codeandtalk-person"), 2287);
	/* 801 in events/, of which one isn't JSON; one among the podcasts; the empty form. */
	assert_int_equal(labelled(&t, "codeandtalk-event"), 802);
	assert_int_equal(labelled(&t, "broken-json"), 1);
	assert_int_equal(labelled(&t, "codeandtalk-series"), 1);
	assert_int_equal(labelled(&t, "codeandtalk-list"), 3);
	assert_int_equal(t.unrecognised, 12);
	assert_int_equal(t.talks, 3024);
	assert_int_equal(t.with_chapters, 1);
	assert_int_equal(t.chapters, 18);
	assert_int_equal(t.episodes, 552);
	assert_int_equal(t.persons, 2287);
	assert_int_equal(t.conferences, 801 + 358);
	assert_int_equal(t.subscriptions, 20);
	assert_int_equal(t.media, 3024);
	/* 12 of one show have number 1 again, one has none, one list says what has no feed. */
	assert_int_equal(t.faults, 14);
}

static void schedules_are_742_talks(void **state)
{
	(void)state;
	struct tally t = {.files = 0};
	run(&t, "schedules", "schedules");
	assert_int_equal(t.files, 8);
	assert_int_equal(labelled(&t, "schedule-xml"), 2);
	assert_int_equal(labelled(&t, "schedule-json"), 4);
	assert_int_equal(labelled(&t, "voctoweb-streams"), 2);
	assert_int_equal(t.declined, 2);
	/* 60 + 565 in XML; 79 + 36 + 1 + 1 in JSON. */
	assert_int_equal(t.talks, 742);
	assert_int_equal(t.conferences, 5);
	assert_int_equal(t.faults, 0);
}

static void feeds_are_read_or_refused_with_a_reason(void **state)
{
	(void)state;
	/* What other programs expect of these feeds, in JSON of their own; pages, an empty file, a catalogue. */
	static const char *const allowed[] = {".json", "rss_empty_document.xml", "must/feed_missing", "must/missing_rss2.xml",
		"xml/xml_sample_1.xml", "venus/subconfig.ini"};
	struct tally t = {.allowed = allowed, .n_allowed = COUNT_OF(allowed)};
	run(&t, "feeds", "feeds");
	assert_int_equal(t.files, 3028);
	assert_int_equal(labelled(&t, "feed"), 2436);
	assert_int_equal(labelled(&t, "feed-json"), 7);
	assert_int_equal(labelled(&t, "opml"), 85);
	assert_int_equal(labelled(&t, "planet-ini"), 6);
	assert_int_equal(labelled(&t, "xml-other"), 155);
	assert_int_equal(labelled(&t, "broken-json"), 1);
	assert_int_equal(t.unrecognised, 338);
}

/* podcastparser's pairs: a feed and what its authors read from it. */

struct pairs {
	const char *root;
	size_t n, n_agree;
};

/* Where its authors decided otherwise, and why we don't follow. */
static const struct { const char *name, *why; } differing[] = {
	{"itunes_type_serial", "they turn a serial show's episodes round; here they stay as the feed has them"},
	{"no_title_multi_enclosure", "they drop an item without a title; nothing is dropped here"},
	{"no_url", "they drop an item without an address; nothing is dropped here"},
	{"no_enclosure", "they drop an item without a recording; nothing is dropped here"},
	{"max_episodes", "they stop after as many as they were asked for"},
};

/* A relative address as they make it whole from the file's place. */
static struct span without_base(struct span s)
{
	return span_starts(s, "file://tests/data/") ? span_from(s, strlen("file://tests/data/")) : s;
}

static bool same(const char *what, const char *name, struct span theirs, const char *ours)
{
	bool equal = span_is(theirs, ours);
	if (!equal)
		print_message("%s: %s is '%.*s' there, '%s' here\n", name, what, SPAN_ARG(theirs), ours);
	return equal;
}

static bool same_number(const char *what, const char *name, int64_t theirs, int64_t ours)
{
	if (theirs != ours)
		print_message("%s: %s is %lld there, %lld here\n", name, what, (long long)theirs, (long long)ours);
	return theirs == ours;
}

static int64_t number_of(const cJSON *object, const char *key)
{
	int64_t n = 0;
	(void)json_i64(json_get(object, key), &n);
	return n;
}

static bool same_episode(const char *name, const cJSON *theirs, const struct document *d)
{
	struct span link = json_string(json_get(theirs, "link")), guid = json_string(json_get(theirs, "guid"));
	bool ok = same("title", name, json_string(json_get(theirs, "title")), d->title);
	ok &= same("guid", name, without_base(guid), d->guid);
	/* They take every GUID for the page's address too, even one that is none. */
	ok &= span_starts(link, "file:") ? *d->page_url == '\0' : same("link", name, link, d->page_url);
	int64_t published = number_of(theirs, "published");
	ok &= same_number("published", name, published, d->published_ms == INT64_MIN ? 0 : d->published_ms / 1000);
	ok &= same_number("duration", name, number_of(theirs, "total_time"), d->duration_ms / 1000);
	const cJSON *enclosures = json_get(theirs, "enclosures"), *one;
	ok &= same_number("enclosures", name, cJSON_GetArraySize(enclosures), (int64_t)d->n_media);
	size_t i = 0;
	cJSON_ArrayForEach(one, enclosures) {
		if (i >= d->n_media)
			break;
		struct span type = json_string(json_get(one, "mime_type"));
		int64_t size = number_of(one, "file_size");
		ok &= same("enclosure", name, without_base(json_string(json_get(one, "url"))), d->media[i].url);
		ok &= same("type", name, span_is(type, "application/octet-stream") ? span_of("") : type, d->media[i].type);
		ok &= same_number("length", name, size < 0 ? 0 : size, d->media[i].bytes);
		i++;
	}
	return ok;
}

static bool is_differing(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(differing); i++)
		if (strcmp(name, differing[i].name) == 0)
			return true;
	return false;
}

static void see_pair(void *data, const char *path, struct span bytes)
{
	struct pairs *p = data;
	if (!span_ends(span_of(path), ".rss"))
		return;
	struct span stem = file_stem(path);
	char *name = span_dup(stem);
	struct buf golden_path = {0}, golden = {0};
	struct why why;
	buf_format(&golden_path, "%s/feeds/podcastparser/%s.json", p->root, name);
	assert_int_equal(file_read(golden_path.p, 1 << 20, &golden, &why), OK);
	cJSON *json = json_parse(buf_view(&golden), &why);
	assert_non_null(json);
	struct read_result r = read_collection(path, bytes);
	assert_non_null(r.c);
	assert_non_null(r.c->show);
	p->n++;
	struct span title = json_string(json_get(json, "title"));
	/* They call a feed without a title by its file. */
	bool ok = span_equal(title, stem) && !*r.c->show->title ? true : same("the show's title", name, title,
		r.c->show->title);
	const cJSON *episodes = json_get(json, "episodes"), *one;
	ok &= same_number("episodes", name, cJSON_GetArraySize(episodes), (int64_t)r.c->n_documents);
	size_t i = 0;
	cJSON_ArrayForEach(one, episodes)
		if (i < r.c->n_documents)
			ok &= same_episode(name, one, r.c->documents[i++]);
	if (!ok && !is_differing(name))
		print_error("%s differs\n", name);
	assert_true(ok != is_differing(name));
	p->n_agree += ok;
	finish_result(&r);
	cJSON_Delete(json);
	buf_finish(&golden);
	buf_finish(&golden_path);
	free(name);
}

static void podcastparser_s_pairs_agree_but_for_five_decisions(void **state)
{
	(void)state;
	char root[64];
	unpack_corpus("feeds", root);
	struct pairs p = {.root = root};
	each_file(root, "feeds/podcastparser", see_pair, &p);
	remove_tree(root);
	assert_int_equal(p.n, 36);
	assert_int_equal(p.n_agree, 36 - COUNT_OF(differing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pyvideo_is_10792_talks_of_274_conferences),
		cmocka_unit_test(code_and_talk_is_3024_talks_552_episodes_2287_people_801_events),
		cmocka_unit_test(schedules_are_742_talks),
		cmocka_unit_test(feeds_are_read_or_refused_with_a_reason),
		cmocka_unit_test(podcastparser_s_pairs_agree_but_for_five_decisions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
