/* The planet's store: entries told apart by feed and id, dates that never lie in the future, what outlives what.
 * SPDX-License-Identifier: MIT */
#include "corpora.h"

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/planet_store.h"
#include "transcripts/search.h"

static const int64_t now = INT64_C(1795000000000);

struct site {
	char folder[64];
	struct planet_store *store;
};

static void open_site(struct site *s)
{
	struct why why = {0};
	strcpy(s->folder, "/tmp/carillon-planet-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	if (planet_store_open(s->folder, &s->store, &why))
		fail_msg("%s", why.text);
}

static void close_site(struct site *s)
{
	planet_store_close(s->store);
	corpus_remove(s->folder);
}

static void want(struct site *s, const char *const *urls, size_t n)
{
	struct planet_wanted wanted[8] = {{NULL}};
	struct why why = {0};
	for (size_t i = 0; i < n; i++)
		wanted[i].url = urls[i];
	if (planet_want(s->store, wanted, n, &why))
		fail_msg("%s", why.text);
}

static struct planet_source *sources(struct site *s, size_t *n)
{
	struct planet_source *all;
	struct why why = {0};
	assert_int_equal(planet_sources(s->store, &all, n, &why), OK);
	return all;
}

static int64_t id_of(struct site *s, const char *url)
{
	size_t n;
	int64_t id = 0;
	struct planet_source *all = sources(s, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].url, url) == 0)
			id = all[i].id;
	planet_sources_free(all, n);
	return id;
}

static size_t put(struct site *s, const char *url, const char *text, int64_t when)
{
	struct planet_feed *f;
	struct why why = {0};
	const struct planet_input in = {span_of(text), span_of(""), url, NULL};
	size_t n_new;
	assert_int_equal(planet_feed_read(&in, &f, &why), OK);
	const struct planet_update u = {.state = PLANET_WELL, .status = 200, .error = "", .now_ms = when, .next_ms = when + 1, .feed = f};
	if (planet_update(s->store, id_of(s, url), &u, &n_new, &why))
		fail_msg("%s", why.text);
	planet_feed_destroy(f);
	return n_new;
}

static char *titles(struct site *s, const char *slug)
{
	struct planet_post *posts;
	size_t n, total;
	struct why why = {0};
	struct buf out = {0};
	buf_text(&out, "");
	assert_int_equal(planet_posts(s->store, slug, 100, 0, &posts, &n, &total, &why), OK);
	assert_int_equal(n, total);
	for (size_t i = 0; i < n; i++)
		buf_format(&out, "%s%s", i ? " " : "", posts[i].title);
	planet_posts_free(posts, n);
	return buf_take(&out);
}

static void are(struct site *s, const char *slug, const char *wanted)
{
	char *have = titles(s, slug);
	assert_string_equal(have, wanted);
	free(have);
}

#define FEED(items) "<rss><channel><title>A</title>" items "</channel></rss>"
#define ITEM(id, title, date) "<item><guid isPermaLink='false'>" id "</guid><title>" title "</title><pubDate>" date "</pubDate>" \
	"<description>" title " rings</description></item>"

static const char *const two[] = {"https://a.example/f", "https://b.example/f"};

static void entries_are_shown_newest_first_and_never_from_the_future(void **state)
{
	struct site s;
	(void)state;
	open_site(&s);
	want(&s, two, 2);
	/* 2099 is a slip: it stands where it was first seen. Without a date the feed's order counts. */
	assert_int_equal(put(&s, two[0], FEED(ITEM("1", "future", "2099-01-01") ITEM("2", "old", "2001-01-01") ITEM("3", "bare", "")
		ITEM("4", "barer", "")), now), 4);
	assert_int_equal(put(&s, two[1], FEED(ITEM("1", "middle", "2020-01-01")), now + 5000), 1);
	are(&s, NULL, "future bare barer middle old");
	are(&s, "a-example", "future bare barer old");
	/* A second time nothing is new; a changed text stays in its place. */
	assert_int_equal(put(&s, two[0], FEED(ITEM("2", "older", "2026-01-01") ITEM("1", "future", "2099-01-01")), now + 9000), 0);
	are(&s, NULL, "future bare barer middle older");
	close_site(&s);
}

static void what_is_wanted_no_more_is_kept_and_not_shown(void **state)
{
	struct site s;
	(void)state;
	open_site(&s);
	want(&s, two, 2);
	put(&s, two[0], FEED(ITEM("1", "one", "2020-01-01")), now);
	put(&s, two[1], FEED(ITEM("1", "two", "2021-01-01")), now);
	want(&s, two + 1, 1);
	are(&s, NULL, "two");
	want(&s, two, 2);
	are(&s, NULL, "two one");
	close_site(&s);
}

static void a_list_s_feeds_come_and_go_with_it(void **state)
{
	struct site s;
	struct why why = {0};
	size_t n;
	static const char *const list = "https://l.example/all.opml";
	struct planet_subscription subscriptions[] = {{(char *)two[0], (char *)"Named", (char *)""}, {(char *)two[1], (char *)"", (char *)""}};
	(void)state;
	open_site(&s);
	want(&s, (const char *const[]){list, two[1]}, 2);
	assert_int_equal(planet_want_list(s.store, list, subscriptions, 2, &why), OK);
	planet_sources_free(sources(&s, &n), 3);
	assert_int_equal(n, 3);
	want(&s, (const char *const[]){list}, 1);
	planet_sources_free(sources(&s, &n), 2);
	assert_int_equal(n, 2); /* two[1] was the configuration's own */
	assert_int_equal(planet_want_list(s.store, list, subscriptions + 1, 1, &why), OK);
	struct planet_source *all = sources(&s, &n);
	assert_int_equal(n, 2);
	planet_sources_free(all, n);
	want(&s, NULL, 0);
	planet_sources_free(sources(&s, &n), 0);
	assert_int_equal(n, 0);
	close_site(&s);
}

static void one_that_is_gone_is_asked_again_only_when_it_is_named_anew(void **state)
{
	struct site s;
	struct why why = {0};
	size_t n, n_new;
	(void)state;
	open_site(&s);
	want(&s, two, 2);
	const struct planet_update u = {.state = PLANET_GONE, .status = 410, .error = "it is gone", .now_ms = now, .next_ms = INT64_MAX};
	assert_int_equal(planet_update(s.store, id_of(&s, two[0]), &u, &n_new, &why), OK);
	want(&s, two, 2);
	struct planet_source *all = sources(&s, &n);
	assert_int_equal(all[0].state, PLANET_GONE);
	planet_sources_free(all, n);
	want(&s, two + 1, 1);
	want(&s, two, 2);
	all = sources(&s, &n);
	assert_int_equal(all[0].state, PLANET_WAITING);
	planet_sources_free(all, n);
	close_site(&s);
}

static void a_feed_that_never_repeats_itself_fills_no_disk(void **state)
{
	struct site s;
	struct buf text = {0};
	struct planet_post *posts;
	size_t n, total;
	struct why why = {0};
	(void)state;
	open_site(&s);
	want(&s, two, 1);
	for (int round = 0; round < 3; round++) {
		buf_clear(&text);
		buf_text(&text, "<rss><channel>");
		for (int i = 0; i < 2500; i++)
			buf_format(&text, "<item><guid>%d-%d</guid><title>t</title></item>", round, i);
		buf_text(&text, "</channel></rss>");
		put(&s, two[0], text.p, now + round * 100000);
	}
	assert_int_equal(planet_posts(s.store, NULL, 1, 0, &posts, &n, &total, &why), OK);
	assert_int_equal(total, PLANET_KEPT);
	planet_posts_free(posts, n);
	buf_finish(&text);
	close_site(&s);
}

static struct search_result *search(struct site *s, const char *query)
{
	struct search_result *r;
	struct why why = {0};
	const struct search_request request = {.query = span_of(query)};
	if (planet_search(s->store, &request, &r, &why))
		fail_msg("%s: %s", query, why.text);
	return r;
}

static void words_are_found_in_their_forms_and_as_phrases(void **state)
{
	static const struct { const char *query; size_t n; } table[] = {{"bells", 2}, {"bell", 2}, {"\"great bell\"", 1}, {"\"bell great\"", 0},
		{"gre*", 1}, {"bell -great", 1}, {"rings after:2020", 1}, {"year:2019", 1}, {"speaker:ada", 1}, {"speaker:ada bell kind:post", 1},
		{"show:x bell", 0}, {"", 0}, {"\"", 0}, {"C++ .net a -b", 0}, {"AND OR NOT", 0}, {"<script>", 0}};
	struct site s;
	(void)state;
	open_site(&s);
	want(&s, two, 1);
	put(&s, two[0], FEED("<item><guid>1</guid><title>Great bell</title><author>Ada</author><pubDate>2021-05-05</pubDate>"
		"<description>&lt;b&gt;It&lt;/b&gt; rings &amp;lt;i&amp;gt; loud.</description></item>"
		"<item><guid>2</guid><title>Small bells</title><pubDate>2019-05-05</pubDate><description>They ring.</description></item>"), now);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct search_result *r = search(&s, table[i].query);
		if (r->total != table[i].n)
			fail_msg("%s: %zu", table[i].query, r->total);
		search_result_free(r);
	}
	struct search_result *r = search(&s, "loud");
	assert_int_equal(r->n_hits, 1);
	assert_string_equal(r->hits[0].kind, "post");
	assert_string_equal(r->hits[0].item->title, "Great bell");
	assert_string_equal(r->hits[0].summary, "It rings &lt;i&gt; <mark>loud</mark>.");
	search_result_free(r);
	close_site(&s);
}

static void a_post_that_several_feeds_bring_is_shown_once_among_all(void **state)
{
	static const char *const posts[] = {
		FEED("<item><guid>tag:a,1</guid><link>https://c.example/1</link><title>same</title><pubDate>2021-01-01</pubDate></item>"
			ITEM("1", "mine", "2020-01-01")),
		FEED("<item><guid>tag:a,1</guid><link>https://c.example/1</link><title>same</title><pubDate>2021-01-01</pubDate></item>"
			ITEM("1", "other", "2019-01-01"))};
	struct site s;
	(void)state;
	open_site(&s);
	want(&s, two, 2);
	for (size_t i = 0; i < 2; i++)
		put(&s, two[i], posts[i], now);
	/* The number 1 is no name: without the same address it is another post. */
	are(&s, NULL, "same mine other");
	are(&s, "b-example", "same other");
	want(&s, two + 1, 1);
	are(&s, NULL, "same other");
	close_site(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_shown_newest_first_and_never_from_the_future),
		cmocka_unit_test(what_is_wanted_no_more_is_kept_and_not_shown),
		cmocka_unit_test(a_list_s_feeds_come_and_go_with_it),
		cmocka_unit_test(one_that_is_gone_is_asked_again_only_when_it_is_named_anew),
		cmocka_unit_test(a_feed_that_never_repeats_itself_fills_no_disk),
		cmocka_unit_test(a_post_that_several_feeds_bring_is_shown_once_among_all),
		cmocka_unit_test(words_are_found_in_their_forms_and_as_phrases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
