/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/hashtag.h"
#include "server/mapping.h"

#include <cmocka.h> /* last: its macro skip() would meet `enum skip` */

struct seen {
	void (*look)(const struct event *ev, void *data);
	void *data;
	enum skip reason;
};

static void on_event(void *data, const struct event *ev)
{
	struct seen *seen = data;
	if (seen->look)
		seen->look(ev, seen->data);
}

static void on_skipped(void *data, enum skip reason, const struct why *why)
{
	((struct seen *)data)->reason = reason;
	assert_true(why->text[0]);
}

/* Maps the JSON (written with ' for ") and hands the event to `look`, or gives the reason. */
static enum skip with_event(const char *json, void (*look)(const struct event *ev, void *data), void *data)
{
	static const struct mapper_sink sink = {on_event, on_skipped};
	char *text = mem_strdup(json);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	struct why why = {0};
	cJSON *tree = json_parse(span_of(text), &why);
	if (!tree)
		fail_msg("%s: %s", json, why.text);
	struct seen seen = {.look = look, .data = data};
	struct mapper *mapper = mapper_create(mapping_named(SPAN_LITERAL("mediawiki")));
	mapper_map(mapper, tree, 0, &sink, &seen);
	mapper_destroy(mapper);
	cJSON_Delete(tree);
	free(text);
	return seen.reason;
}

static void write_span(struct buf *out, struct span s)
{
	if (s.p)
		buf_span(out, s);
	else
		buf_char(out, '-');
}

static void show(const struct event *ev, void *data)
{
	struct buf *out = data;
	struct span shown[] = {ev->kind, ev->channel, ev->namespace_, ev->id, ev->entity, ev->actor};
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		write_span(out, shown[i]);
		buf_char(out, '|');
	}
	buf_format(out, "%s|%lld|%g|%d|%s|", actor_kind_name(ev->actor_kind), (long long)ev->time_ms, ev->magnitude,
		ev->polarity, ev->accent ? "accent" : "");
	for (size_t i = 0; i < ev->n_tags; i++)
		buf_format(out, "%s%.*s", i ? " " : "", SPAN_ARG(ev->tags[i]));
	buf_format(out, "|%lld %lld|", (long long)ev->before, (long long)ev->after);
	write_span(out, ev->url);
	assert_true(span_is(ev->unit, "bytes"));
	assert_true(span_equal(ev->label, ev->entity));
	assert_int_equal(ev->seq, 0);
	assert_true(ev->id.n > 0);
}

#define META "'$schema':'/mediawiki/recentchange/1.0.0','meta':{'id':'u-1','dt':'2026-03-24T16:05:01.250Z'," \
	"'domain':'en.wikipedia.org','uri':'https://en.wikipedia.org/wiki/Bell'}"

static const struct {
	const char *claim, *json, *expected;
} events[] = {
	{"an edit as EventStreams sends it",
		"{" META ",'id':7,'type':'edit','namespace':0,'title':'Bell','comment':'clapper','timestamp':1774368301,"
		"'user':'Ann','bot':false,'minor':true,'patrolled':false,"
		"'notify_url':'https://en.wikipedia.org/w/index.php?diff=2',"
		"'length':{'old':100,'new':40},'revision':{'old':1,'new':2},'server_name':'en.wikipedia.org','wiki':'enwiki'}",
		"edit|enwiki|0|u-1|Bell|Ann|member|1774368301250|60|-1||minor unpatrolled|1 2|"
		"https://en.wikipedia.org/w/index.php?diff=2"},
	{"a new page of RCFeed: no meta, old is null",
		"{'id':9,'type':'new','namespace':2,'title':'User:X','comment':'','timestamp':1774368301,'user':'192.0.2.7',"
		"'bot':true,'length':{'old':null,'new':40},'revision':{'old':null,'new':2},"
		"'server_url':'http://wiki.example.org','server_script_path':'/w','server_name':'wiki.example.org',"
		"'wiki':'ours'}",
		"new|ours|2|ours:9|User:X|192.0.2.7|anon|1774368301000|40|1|||0 2|"
		"http://wiki.example.org/w/index.php?oldid=2"},
	{"the time of a log entry may be years old: the stream's goes first",
		"{" META ",'type':'log','log_type':'import','log_action':'interwiki','title':'T',"
		"'timestamp':1100000000,'wiki':'w'}",
		"log|w|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"a broken dt falls back to the timestamp",
		"{'meta':{'id':'u','dt':'yesterday'},'type':'edit','title':'T','timestamp':5,'wiki':'w'}",
		"edit|w|-|u|T|-|member|5000|0|0|||0 0|-"},
	{"only what can't be done without is there",
		"{" META ",'type':'edit','title':'T'}",
		"edit|enwiki|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"old numeric types",
		"{" META ",'type':0,'title':'T','wiki':'w'}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"categorize", "{" META ",'type':6,'namespace':14,'title':'Category:C','wiki':'w'}",
		"categorize|w|14|u-1|Category:C|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"external without a title", "{" META ",'type':5,'wiki':'w'}",
		"external|w|-|u-1|-|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"a bot", "{" META ",'type':'edit','title':'T','wiki':'w','user':'B','bot':true}",
		"edit|w|-|u-1|T|B|bot|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"a temporary account is anonymous even if it says bot",
		"{" META ",'type':'edit','title':'T','wiki':'w','user':'~2026-18290-86','bot':true}",
		"edit|w|-|u-1|T|~2026-18290-86|anon|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"an IPv6 address", "{" META ",'type':'edit','title':'T','wiki':'w','user':'2001:DB8:0:0:0:0:0:1'}",
		"edit|w|-|u-1|T|2001:DB8:0:0:0:0:0:1|anon|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"names that only look like those", "{" META ",'type':'edit','title':'T','wiki':'w','user':'~2026-18290'}",
		"edit|w|-|u-1|T|~2026-18290|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"an account made by its owner: a join with an accent, of no namespace, its wiki from the field",
		"{" META ",'type':'log','log_type':'newusers','log_action':'create','namespace':2,'title':'User:Zoe',"
		"'user':'Zoe','server_name':'auth.wikimedia.org','wiki':'dewiki'}",
		"join|dewiki|-|u-1|User:Zoe|Zoe|member|1774368301250|0|0|accent||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"an account made for somebody else",
		"{" META ",'type':3,'log_type':'newusers','log_action':'create2','title':'User:Zoe',"
		"'wiki':'w','notify_url':'http://example.org/'}",
		"join|w|-|u-1|User:Zoe|-|member|1774368301250|0|0|accent||0 0|http://example.org/"},
	{"an account by mail has no accent",
		"{" META ",'type':'log','log_type':'newusers','log_action':'byemail','title':'U',"
		"'wiki':'w'}",
		"join|w|-|u-1|U|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"a visiting account is a plain log entry",
		"{" META ",'type':'log','log_type':'newusers','log_action':'autocreate','namespace':2,'title':'U','wiki':'w'}",
		"log|w|2|u-1|U|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"fields of the wrong type are missing fields",
		"{" META ",'id':'7','type':'edit','namespace':'0','title':'T','comment':7,'timestamp':'x',"
		"'user':['A'],'bot':'yes','minor':1,'patrolled':0,'notify_url':{},'length':{'old':'1','new':true},"
		"'revision':[1,2],'server_url':3,"
		"'server_name':{},'wiki':null,'log_params':'x'}",
		"edit|enwiki|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"length and revision that are no objects",
		"{" META ",'type':'edit','title':'T','wiki':'w','length':5,'revision':'x'}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"numbers that are none", "{" META ",'type':'edit','title':'T','wiki':'w','length':{'old':1,'new':1e999},"
		"'revision':{'old':1e300,'new':-4}}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"an edit whose old length is missing", "{" META ",'type':'edit','title':'T','wiki':'w','length':{'new':12}}",
		"edit|w|-|u-1|T|-|member|1774368301250|12|1|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"the same size before and after", "{" META ",'type':'edit','title':'T','wiki':'w','length':{'old':12,'new':12}}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0|||0 0|https://en.wikipedia.org/wiki/Bell"},
	{"a link is built from the revisions where there is none",
		"{" META ",'type':'edit','title':'T','wiki':'w','notify_url':'javascript:alert(1)',"
		"'revision':{'old':3,'new':4},'server_url':'https://x.example','server_script_path':''}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0|||3 4|https://x.example/index.php?diff=4&oldid=3"},
	{"only web addresses become links",
		"{'meta':{'id':'u','dt':'2026-03-24','uri':'ftp://a/'},'type':'edit','title':'T','wiki':'w','title_url':'//x',"
		"'notify_url':'https://x/ \\'','revision':{'old':3,'new':4},"
		"'server_url':'//x.example','server_script_path':'/w'}",
		"edit|w|-|u|T|-|member|1774310400000|0|0|||3 4|-"},
	{"a revert, a small letter or a large one, and hashtags",
		"{" META ",'type':'edit','title':'T','wiki':'w','comment':'Undid it #1Lib1Ref, not a#b ##c "
		"#\xC3\xA9t\xC3\xA9!'}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0||revert #1Lib1Ref #\xC3\xA9t\xC3\xA9|0 0|"
		"https://en.wikipedia.org/wiki/Bell"},
	{"the wide number sign",
		"{" META ",'type':'edit','title':'T','wiki':'w','comment':'\xEF\xBC\x83\xE9\x90\x98 #\xE9\x90\x98'}",
		"edit|w|-|u-1|T|-|member|1774368301250|0|0||#\xE9\x90\x98|0 0|https://en.wikipedia.org/wiki/Bell"},
	{"an entry of the log that isn't among the recent changes",
		"{'id':null,'log_id':88,'type':'log','title':'T','timestamp':5,'wiki':'w'}",
		"log|w|-|w:log:88|T|-|member|5000|0|0|||0 0|-"},
};

static void every_rule_of_the_mapping(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(events); i++) {
		struct buf out = {0};
		enum skip reason = with_event(events[i].json, show, &out);
		if (reason)
			fail_msg("%s: skipped as %s", events[i].claim, skip_name(reason));
		if (strcmp(out.p, events[i].expected) != 0)
			fail_msg("%s:\n%s\ninstead of\n%s", events[i].claim, out.p, events[i].expected);
		buf_finish(&out);
	}
}

static const struct {
	const char *json;
	enum skip reason;
} skipped[] = {
	{"{'$schema':'/mediawiki/recentchange/1.0.0','meta':{'domain':'canary','id':'c','dt':'2026-03-24T16:05:01Z'}}",
		SKIP_CANARY},
	{"{'meta':{'domain':'canary'},'type':'edit','title':'T','wiki':'w','id':1,'timestamp':1}", SKIP_CANARY},
	{"{" META "}", SKIP_INCOMPLETE},
	{"{" META ",'type':null}", SKIP_INCOMPLETE},
	{"{" META ",'type':'edit','wiki':'w'}", SKIP_INCOMPLETE},
	{"{" META ",'type':'new','title':''}", SKIP_INCOMPLETE},
	{"{" META ",'type':'edit','title':7}", SKIP_INCOMPLETE},
	{"{'id':1,'type':'edit','title':'T','wiki':'w'}", SKIP_INCOMPLETE},
	{"{'type':'edit','title':'T','wiki':'w','timestamp':1}", SKIP_INCOMPLETE},
	{"{'id':1,'type':'edit','title':'T','timestamp':1}", SKIP_INCOMPLETE},
	{"{'id':1e30,'type':'edit','title':'T','timestamp':1,'wiki':'w'}", SKIP_INCOMPLETE},
	{"{'id':1,'type':'edit','title':'T','timestamp':1e15,'wiki':'w'}", SKIP_INCOMPLETE},
	{"{" META ",'type':'flow','title':'T'}", SKIP_TYPE},
	{"{" META ",'type':2,'title':'T'}", SKIP_TYPE},
	{"{" META ",'type':{},'title':'T'}", SKIP_TYPE},
	{"{'$schema':'/mediawiki/page/change/1.1.0','meta':{'id':'u'}}", SKIP_TYPE},
	{"[]", SKIP_TYPE},
	{"'text'", SKIP_TYPE},
	{"null", SKIP_TYPE},
	{"{}", SKIP_INCOMPLETE},
};

static void what_is_no_event_is_skipped_for_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(skipped); i++) {
		enum skip reason = with_event(skipped[i].json, NULL, NULL);
		if (reason != skipped[i].reason)
			fail_msg("%s: %s instead of %s", skipped[i].json, skip_name(reason), skip_name(skipped[i].reason));
	}
}

static void channel_is(const struct event *ev, void *data)
{
	struct span expected = span_of(data);
	if (!span_equal(ev->channel, expected))
		fail_msg("%.*s instead of %.*s", SPAN_ARG(ev->channel), SPAN_ARG(expected));
}

static void a_wiki_is_known_by_its_host(void **state)
{
	(void)state;
	static char *const hosts[][2] = {
		{"en.wikipedia.org", "enwiki"}, {"be-tarask.wikipedia.org", "be_taraskwiki"},
		{"de.wiktionary.org", "dewiktionary"}, {"www.wikidata.org", "wikidatawiki"},
		{"commons.wikimedia.org", "commonswiki"}, {"wiki.example.org", "wiki.example.org"},
		{"en.m.wikipedia.org", "en.m.wikipedia.org"}, {"www.wikipedia.org", "www.wikipedia.org"},
		{"auth.wikimedia.org", "auth.wikimedia.org"}, {".wikipedia.org", "wiki"},
	};
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		struct buf json = {0};
		buf_format(&json, "{'meta':{'id':'u','dt':'2026-01-01','domain':'other'},'type':'log','server_name':'%s'}",
			hosts[i][0]);
		assert_int_equal(with_event(json.p, channel_is, hosts[i][1]), SKIP_NOTHING);
		buf_clear(&json);
		buf_format(&json, "{'meta':{'id':'u','dt':'2026-01-01','domain':'%s'},'type':'log'}", hosts[i][0]);
		assert_int_equal(with_event(json.p, channel_is, hosts[i][1]), SKIP_NOTHING);
		buf_finish(&json);
	}
}

static void no_field_of_any_type_breaks_it(void **state)
{
	(void)state;
	static const char *const fields[] = {"$schema", "meta", "id", "type", "title", "title_url", "namespace", "comment",
		"timestamp", "user", "bot", "minor", "patrolled", "notify_url", "length", "revision", "log_id", "log_type",
		"log_action", "log_params", "server_url", "server_name", "server_script_path", "wiki"};
	static const char *const values[] = {"null", "true", "false", "0", "-1", "1e308", "''", "'x'", "[]", "{}", "[[1]]",
		"{'old':null,'new':null,'id':[],'dt':{},'domain':1,'uri':true}"};
	for (size_t f = 0; f < COUNT_OF(fields); f++)
		for (size_t v = 0; v < COUNT_OF(values); v++)
			for (int type = 0; type < 2; type++) {
				struct buf json = {0}, out = {0};
				/* The first of two equal members counts. */
				buf_format(&json, "{'%s':%s," META ",'type':'%s','title':'T','wiki':'w','log_type':'newusers',"
					"'log_action':'create'}", fields[f], values[v], type ? "log" : "edit");
				(void)with_event(json.p, show, &out);
				buf_finish(&json);
				buf_finish(&out);
			}
}

static void hashtags_are_found_in_any_script(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"", ""}, {"#", ""}, {"# a", ""}, {"#a#b", "#a"}, {"#a #b", "#a #b"}, {"a\t#b\n#c_1-d", "#b #c_1"},
		{"\xC2\xA0#nbsp", "#nbsp"}, {"\xE3\x80\x80#\xE9\x90\x98\xE3\x80\x82x", "#\xE9\x90\x98"},
		{"(#no) \"#no\"", ""},
		{"#\xD8\xAC\xD8\xB1\xD8\xB3\xD8\x8C #\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\x82",
			"#\xD8\xAC\xD8\xB1\xD8\xB3 #\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\x82"},
		{"#\xF0\x9F\x94\x94 #ok", "#ok"}, {"#!x", ""},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct span rest = span_of(cases[i][0]), tag;
		struct buf out = {0};
		bool at_start = true;
		buf_text(&out, "");
		while (hashtag_next(&rest, &at_start, &tag))
			buf_format(&out, "%s%.*s", out.n ? " " : "", SPAN_ARG(tag));
		assert_string_equal(out.p, cases[i][1]);
		buf_finish(&out);
	}
}

static void tags_count(const struct event *ev, void *data)
{
	*(size_t *)data = ev->n_tags;
}

static void more_tags_than_fit_do_no_harm(void **state)
{
	(void)state;
	struct buf json = {0};
	size_t n = 0;
	buf_text(&json, "{" META ",'type':'edit','title':'T','comment':'");
	for (int i = 0; i < 100; i++)
		buf_format(&json, " \xEF\xBC\x83t%d #t%d", i, i);
	buf_text(&json, "'}");
	assert_int_equal(with_event(json.p, tags_count, &n), SKIP_NOTHING);
	assert_int_equal(n, EVENT_TAGS_MAX);
	buf_finish(&json);
}

static void mappings_and_reasons_have_names(void **state)
{
	(void)state;
	assert_string_equal(mapping_name(mapping_named(span_of("mediawiki"))), "mediawiki");
	assert_null(mapping_named(span_of("mediawik")));
	for (int i = 0; i < SKIP_REASONS; i++)
		assert_non_null(skip_name((enum skip)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_of_the_mapping),
		cmocka_unit_test(what_is_no_event_is_skipped_for_its_reason),
		cmocka_unit_test(a_wiki_is_known_by_its_host),
		cmocka_unit_test(no_field_of_any_type_breaks_it),
		cmocka_unit_test(hashtags_are_found_in_any_script),
		cmocka_unit_test(more_tags_than_fit_do_no_harm),
		cmocka_unit_test(mappings_and_reasons_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
