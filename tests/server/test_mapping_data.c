/* Mappings as data: the language, its faults, quantities, chains, and the built-in ones for money.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/mapping_data.h"
#include "server/quantity.h"

#include <cmocka.h> /* last: its macro skip() would meet `enum skip` */

#define RECEIVED_MS 1795168800123
#define NOW "1795168800123"

/* ' stands for " in what follows. */
static char *quoted(const char *text)
{
	char *copy = mem_strdup(text);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void write_event(void *data, const struct event *ev)
{
	struct buf *out = data;
	const struct span texts[] = {ev->kind, ev->id, ev->channel, ev->namespace_, ev->entity, ev->actor, ev->label, ev->url};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		buf_format(out, "%s%.*s", i ? "|" : "", SPAN_ARG(texts[i]));
	buf_format(out, "|%lld|%.17g %.*s|%d|%s", (long long)ev->time_ms, ev->magnitude, SPAN_ARG(ev->unit), ev->polarity,
		ev->accent ? "accent" : "");
	for (size_t i = 0; i < ev->n_tags; i++)
		buf_format(out, "|%.*s", SPAN_ARG(ev->tags[i]));
	buf_text(out, "\n");
	assert_true(isfinite(ev->magnitude) && ev->magnitude >= 0);
	assert_true(ev->id.n > 0);
}

static void write_skip(void *data, enum skip reason, const struct why *why)
{
	buf_format(data, "%s: %s\n", skip_name(reason), why->text);
}

static const struct mapper_sink sink = {write_event, write_skip};

static void map_into(struct mapper *mapper, const char *json, struct buf *out)
{
	char *text = quoted(json);
	struct why why = {0};
	cJSON *tree = json_parse(span_of(text), &why);
	if (!tree)
		fail_msg("%s: %s", json, why.text);
	mapper_map(mapper, tree, RECEIVED_MS, &sink, out);
	cJSON_Delete(tree);
	free(text);
}

static void no_fault(void *data, int line, const char *text)
{
	(void)data;
	fail_msg("line %d: %s", line, text);
}

static void check(const char *description, const char *json, const char *expected)
{
	char *yaml_text_of = quoted(description);
	struct why why = {0};
	struct buf out = {0};
	struct yaml *yaml = yaml_parse(span_of(yaml_text_of), 1, &why);
	if (!yaml)
		fail_msg("%s: %s", description, why.text);
	struct mapping *mapping = mapping_compile("ours", yaml, false, no_fault, NULL);
	assert_non_null(mapping);
	struct mapper *mapper = mapper_create(mapping);
	buf_text(&out, "");
	map_into(mapper, json, &out);
	if (strcmp(out.p, expected) != 0)
		fail_msg("%s\n%s\n   gives %s   not   %s", description, json, out.p, expected);
	mapper_destroy(mapper);
	mapping_destroy(mapping);
	yaml_delete(yaml);
	buf_finish(&out);
	free(yaml_text_of);
}

/* kind|id|channel|namespace|entity|actor|label|url|time|magnitude unit|polarity|accent|tags */
static void the_design_s_example_is_a_mapping(void **state)
{
	(void)state;
	static const char deploys[] =
		"{id: /id, time: /at, entity: /service, actor: /who, magnitude: /lines, unit: lines}";
	check(deploys, "{'id':'d-1','at':'2026-11-20T10:00:00Z','service':'api','who':'ann','lines':12}",
		"event|d-1|ours||api|ann|api||1795168800000|12 lines|1|\n");
	check(deploys, "{'id':7,'at':1795168800,'service':'api','lines':-12.5}", "event|7|ours||api||api||1795168800000|12.5 lines|-1|\n");
	check(deploys, "{'id':7,'at':1795168800250}", "event|7|ours||||||1795168800250|0 lines|0|\n");
	check(deploys, "{'id':7,'at':'1795168800.5','lines':'0x10'}", "event|7|ours||||||1795168800500|16 lines|1|\n");
	check(deploys, "{'at':1}", "incomplete: no id at /id\n");
	check(deploys, "{'id':'','at':1}", "incomplete: no id at /id\n");
	check(deploys, "{'id':{},'at':1}", "incomplete: no id at /id\n");
	check(deploys, "{'id':12345678901234567890,'at':1}", "incomplete: no id at /id\n");
	check(deploys, "{'id':1,'at':'soon'}", "incomplete: no time at /at\n");
	check(deploys, "{'id':1,'at':1e300}", "incomplete: no time at /at\n");
	check(deploys, "{'id':1,'at':true}", "incomplete: no time at /at\n");
	check(deploys, "{'id':1,'at':1,'lines':1e999}", "event|1|ours||||||1000|0 lines|0|\n");
	check(deploys, "[{'id':1,'at':1}]", "type: not an object\n");
	check(deploys, "'text'", "type: not an object\n");
}

static void every_operation_does_what_it_says(void **state)
{
	(void)state;
	static const struct {
		const char *label, *json, *expected; /* the label that comes of it */
	} cases[] = {
		{"/a~1b/m~0n", "{'a/b':{'m~n':'x'}}", "x"},
		{"/list/1", "{'list':['a','b']}", "b"},
		{"/list/7", "{'list':['a','b']}", ""},
		{"/list/-1", "{'list':['a']}", ""},
		{"plain text", "{}", "plain text"},
		{"{constant: '/x'}", "{}", "/x"},
		{"[/a, /b, c]", "{'b':'second'}", "second"},
		{"[/a, /b, c]", "{'a':null,'b':''}", "c"},
		{"{join: [/a, ':', /b]}", "{'a':'x','b':7}", "x:7"},
		{"{join: [/a, ':', /b]}", "{'a':'x'}", ""},
		{"{add: [/a, /b]}", "{'a':1,'b':'2'}", "3"},
		{"{subtract: [/a, 5]}", "{'a':1}", "-4"},
		{"{multiply: [/a, /a]}", "{'a':1.5}", "2.25"},
		{"{divide: [/a, /b]}", "{'a':1,'b':0}", ""},
		{"{divide: [/a, 8]}", "{'a':'no number'}", ""},
		{"{sum: /out/*/value}", "{'out':[{'value':1},{'value':2.5},{},{'value':'x'}]}", "3.5"},
		{"{sum: /in/*/list/*}", "{'in':[{'list':[1,2]},{'list':[]},{'list':[4]}]}", "7"},
		{"{sum: /out/*/value}", "{'out':[]}", "0"},
		{"{sum: /out/*/value}", "{'out':{}}", ""},
		{"{count: /out/*}", "{'out':[1,'x',null]}", "3"},
		{"{choose: /t, from: {a: first, 7: seventh}, else: other}", "{'t':'a'}", "first"},
		{"{choose: /t, from: {a: first, 7: seventh}, else: other}", "{'t':7}", "seventh"},
		{"{choose: /t, from: {a: first, 7: seventh}, else: other}", "{}", "other"},
		{"{choose: /t, from: {a: first}}", "{'t':'b'}", ""},
		{"{if: {exists: /x}, then: yes it does, else: no}", "{'x':[]}", "yes it does"},
		{"{if: {exists: /x}, then: yes it does, else: no}", "{'x':null}", "no"},
		{"{if: {exists: /x}, then: yes it does}", "{}", ""},
		{"{text: /x}", "{'x':7}", ""},
		{"{number: /x}", "{'x':'7'}", ""},
		{"{integer: /x}", "{'x':7}", "7"},
		{"{integer: /x}", "{'x':7.5}", ""},
		{"{wiki_of_host: /h}", "{'h':'zh-yue.wikipedia.org'}", "zh_yuewiki"},
		{"{field: received}", "{}", NOW},
		{"{message: /x}", "{'x':'whole'}", "whole"},
		{"{if: {all: [{is_text: /t}, {is_number: /n}, {is_list: /l}, {is_object: /o}, {is_true: /y}, {is_false: /f}]}, then: all}",
			"{'t':'','n':0,'l':[],'o':{},'y':true,'f':false}", "all"},
		{"{if: {any: [{is_text: /n}, {is_number: /t}, {is_list: /o}, {is_object: /l}, {is_true: /f}, {is_false: /y}]}, then: one}",
			"{'t':'7','n':0,'l':[],'o':{},'y':true,'f':false}", ""},
		{"{if: {equals: [/a, /b, 3]}, then: same}", "{'a':3.0,'b':'x'}", "same"},
		{"{if: {equals: [/a, '0x10']}, then: same}", "{'a':16}", "same"},
		{"{if: {equals: [/a, /b]}, then: same}", "{}", ""},
		{"{if: {less: [/a, /b]}, then: less}", "{'a':2,'b':'10'}", "less"},
		{"{if: {greater: [/a, /b]}, then: more}", "{'a':2,'b':'10'}", ""},
		{"{if: {starts: [/a, x, be]}, then: starts}", "{'a':'bell'}", "starts"},
		{"{if: {ends: [/a, ll]}, then: ends}", "{'a':'bell'}", "ends"},
		{"{if: {contains: [/a, EL]}, then: has}", "{'a':'bell'}", ""},
		{"{if: {mentions: [/a, EL]}, then: has}", "{'a':'bell'}", "has"},
		{"{if: {mentions: [/a, longer than it]}, then: has}", "{'a':'bell'}", ""},
		{"{if: {nameless: /a}, then: anon}", "{'a':'2001:db8::7'}", "anon"},
		{"{if: {not: {exists: /a}}, then: none}", "{}", "none"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf description = {0}, expected = {0};
		buf_format(&description, "{id: x, label: %s}", cases[i].label);
		buf_format(&expected, "event|x|ours||||%s||" NOW "|0 |0|\n", cases[i].expected);
		check(description.p, cases[i].json, expected.p);
		buf_finish(&description);
		buf_finish(&expected);
	}
}

static void several_events_come_of_one_message(void **state)
{
	(void)state;
	static const char shop[] = "skip: [{when: {equals: [/kind, hello]}, reason: control, because: a greeting}]\n"
		"events:\n"
		"  - {each: /orders, id: /n, kind: order, channel: {message: /shop}, magnitude: /sum, unit: EUR}\n"
		"  - {when: {exists: /closed}, id: {join: [/shop, ':closed']}, kind: closing, accent: 'true'}\n";
	check(shop, "{'shop':'s','orders':[{'n':1,'sum':2},{'sum':3},{'n':3,'sum':-4}],'closed':1}",
		"order|1|s||||||" NOW "|2 EUR|1|\nincomplete: no id at /n\norder|3|s||||||" NOW "|4 EUR|-1|\n"
		"closing|s:closed|ours||||||" NOW "|0 |0|accent\n");
	check(shop, "{'kind':'hello','orders':[{'n':1}]}", "control: a greeting\n");
	check(shop, "{'shop':'s','orders':[]}", "type: no rule of the mapping takes it\n");
	check("events: [{each: '', id: /n}]", "[{'n':1},{'n':2}]",
		"event|1|ours||||||" NOW "|0 |0|\nevent|2|ours||||||" NOW "|0 |0|\n");
}

static void what_has_no_id_of_its_own_is_known_by_all_that_it_says(void **state)
{
	(void)state;
	struct why why;
	struct yaml *yaml = yaml_parse(SPAN_LITERAL("{entity: /e}"), 1, &why);
	struct mapping *mapping = mapping_compile("ours", yaml, false, no_fault, NULL);
	struct mapper *mapper = mapper_create(mapping);
	static const char *const messages[] = {"{'e':'a','n':1}", "{'e':'a','n':1}", "{'e':'a','n':2}", "{'e':'a','n':'1'}",
		"{'e':'a','n':[1]}", "{'ea':'','n':1}", "{'e':'a','n':[],'m':[1]}", "{'e':'a','n':[[],1]}"};
	struct buf seen[COUNT_OF(messages)] = {{0}};
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		map_into(mapper, messages[i], &seen[i]);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(strcmp(seen[i].p, seen[k].p) == 0, i == 1 && k == 0);
	}
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		buf_finish(&seen[i]);
	mapper_destroy(mapper);
	mapping_destroy(mapping);
	yaml_delete(yaml);
}

static void note_fault(void *data, int line, const char *text)
{
	buf_format(data, "%d: %s\n", line, text);
}

static void what_is_wrong_with_a_description_is_told_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *description, *expected;
	} cases[] = {
		{"idd: /id", "1: a mapping doesn't know 'idd'; did you mean 'id'?\n"},
		{"id: /id\nlabel: {jion: [a]}", "2: a value doesn't know 'jion'; did you mean 'join'?\n"},
		{"id: {add: [/a]}", "1: 2 values stand here; write [VALUE, VALUE]\n"},
		{"id: {}", "1: an empty group is no value; write /POINTER or a text\n"},
		{"id: []", "1: a list of 1 to "},
		{"id: {sum: out}", "1: a JSON pointer stands here; write /name/name\n"},
		{"id: /out/*", "1: * is for sum and count only; name one item, /0, or use each\n"},
		{"id: /a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "1: a JSON pointer of more than 16 names; use a shorter one\n"},
		{"id: {if: {exits: /a}, then: b}", "1: a test doesn't know 'exits'; did you mean 'exists'?\n"},
		{"id: {if: {exists: /a}}", "1: if has no 'then'; write {if: TEST, then: VALUE, else: VALUE}\n"},
		{"id: {if: /a, then: b}", "1: a test is one word and what it looks at"},
		{"id: {if: {all: {exists: /a}}, then: b}", "1: all and any take a list of tests"},
		{"id: {if: {not: [{exists: /a}]}, then: b}", "1: not takes one test"},
		{"id: {choose: /a}", "1: choose has no 'from'"},
		{"id: {field: magnitude}", "1: field doesn't know 'magnitude'"},
		{"id: {text: /a, number: /b}", "1: one operation stands between { and }; take 'number' out\n"},
		{"chain: /a", "1: chain is a group"},
		{"chain: {height: /a, hash: /b}", "1: chain has no 'parent'"},
		{"skip: {when: {exists: /a}}", "1: skip is a list"},
		{"skip: [{when: {exists: /a}, reason: borken}]", "1: reason doesn't know 'borken'"},
		{"events: []", "1: events is a list"},
		{"id: /id\nevents: [{id: /id}]", "1: a mapping with events doesn't know 'id'"},
		{"subscribe: [x]", "1: a mapping doesn't know 'subscribe'"},
		{"strict: maybe", "1: strict is true or false\n"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf told = {0};
		struct why why = {0};
		struct yaml *yaml = yaml_parse(span_of(cases[i].description), 1, &why);
		if (!yaml)
			fail_msg("%s: %s", cases[i].description, why.text);
		buf_text(&told, "");
		assert_null(mapping_compile("ours", yaml, false, note_fault, &told));
		if (strncmp(told.p, cases[i].expected, strlen(cases[i].expected)) != 0)
			fail_msg("%s\n   tells %s   not   %s", cases[i].description, told.p, cases[i].expected);
		buf_finish(&told);
		yaml_delete(yaml);
	}
}

static void a_quantity_is_the_nearest_double(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double expected;
	} good[] = {
		{"0x0", 0}, {"0x00", 0}, {"0x1", 1}, {"0xDe0b6B3a7640000", 1e18}, {"0x20000000000000", 9007199254740992.0},
		{"0x20000000000001", 9007199254740992.0}, {"0x20000000000003", 9007199254740996.0},
		{"0x8000000000000000", 9223372036854775808.0}, {"0xffffffffffffffff", 18446744073709551616.0},
		/* a tie that a digit far behind breaks */
		{"0x100000000000008000000000000000000", 0x1.0000000000000p128}, {"0x100000000000008000000000000000001", 0x1.0000000000001p128},
		{"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x1p256},
		{"0x0000000000000000000000000000000000000000000000000000000000000000000000001", 1},
	};
	static const char *const bad[] = {"", "0x", "x1", "1", "0xg", "0x1 ", "-0x1",
		"0x10000000000000000000000000000000000000000000000000000000000000000"};
	double number;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(quantity_parse(span_of(good[i].text), &number));
		if (number != good[i].expected)
			fail_msg("%s: %.17g, not %.17g", good[i].text, number, good[i].expected);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(quantity_parse(span_of(bad[i]), &number));
}

static void check_built_in(const char *name, const char *const *pairs)
{
	struct mapper *mapper = mapper_create(mapping_named(span_of(name)));
	for (; pairs[0]; pairs += 2) {
		struct buf out = {0};
		buf_text(&out, "");
		map_into(mapper, pairs[0], &out);
		if (strcmp(out.p, pairs[1]) != 0)
			fail_msg("%s\n   gives %s   not   %s", pairs[0], out.p, pairs[1]);
		buf_finish(&out);
	}
	mapper_destroy(mapper);
}

static void bitcoin_is_counted_in_outputs(void **state)
{
	(void)state;
	static const char *const pairs[] = {
		"{'op':'utx','x':{'hash':'h1','time':1670627753,'lock_time':'Unavailable','inputs':[{'prev_out':null},"
		"{'prev_out':{'addr':'from'}}],'out':[{'value':250000000,'addr':'a'},{'value':1},{'script':'6a'}]}}",
		"payment|h1|mempool||h1|from|h1|https://www.blockchain.com/explorer/transactions/btc/h1|1670627753000|"
		"2.5000000099999999 BTC|1|\n",
		"{'op':'block','x':{'hash':'b','height':702861,'time':1633002641,'totalBTCSent':314159265358,'foundBy':{'description':'A pool'}}}",
		"block|b|blocks||702861|A pool|Block 702861|https://www.blockchain.com/explorer/blocks/btc/b|1633002641000|"
		"3141.5926535799999 BTC|1|accent\n",
		"{'op':'pong'}", "control: an answer or a pong\n",
		"{'x':1}", "type: no rule of the mapping takes it\n",
		"{'op':'utx','x':{'time':1}}", "incomplete: no id at /x/hash\n",
		NULL,
	};
	check_built_in("blockchain.info", pairs);
}

static void a_mempool_s_message_carries_several_topics(void **state)
{
	(void)state;
	static const char *const pairs[] = {
		"{'mempoolInfo':{'size':1},'transactions':[{'txid':'t1','value':150000000},{'txid':'t2','value':0.5}],"
		"'block':{'id':'b2','height':2,'timestamp':1743535677,'previousblockhash':'b1','extras':{'totalOutputAmt':3,'pool':{'name':'P'}}}}",
		"payment|t1|mempool||t1||t1|https://mempool.space/tx/t1|" NOW "|1.5 BTC|1|\n"
		"payment|t2|mempool||t2||t2|https://mempool.space/tx/t2|" NOW "|5.0000000000000001e-09 BTC|1|\n"
		"block|b2|blocks||2|P|Block 2|https://mempool.space/block/b2|1743535677000|2.9999999999999997e-08 BTC|1|accent\n",
		"{'mempool-transactions':{'sequence':7,'added':[{'txid':'t3','vin':[{'prevout':null},{'prevout':{'scriptpubkey_address':'s'}}],"
		"'vout':[{'value':100000000},{'value':100000000}]}],'removed':['x']}}",
		"payment|t3|mempool||t3|s|t3|https://mempool.space/tx/t3|" NOW "|2 BTC|1|\n",
		"{'pong':true}", "control: a pong\n",
		"{'fees':{}}", "type: no rule of the mapping takes it\n",
		NULL,
	};
	check_built_in("mempool", pairs);
}

#define NOTIFY(result) "{'jsonrpc':'2.0','method':'eth_subscription','params':{'subscription':'0x9','result':" result "}}"
#define HEAD(number, hash, parent) \
	NOTIFY("{'number':'" number "','hash':'" hash "','parentHash':'" parent "','timestamp':'0x6450ffef','miner':'m','gasUsed':'0x5208'}")
#define BLOCK(id, number, more) "block|" id "|blocks||" number "|m|Block " number "||1683029999000|21000 gas|1|accent" more "\n"

static void ethereum_speaks_of_heads_payments_and_logs(void **state)
{
	(void)state;
	static const char *const pairs[] = {
		NOTIFY("{'hash':'0xaa','nonce':'0x1','from':'0xf','to':null,'value':'0x1bc16d674ec80000','blockHash':null}"),
		"payment|0xaa|pending||0xaa|0xf|0xaa||" NOW "|2 ETH|1|\n",
		NOTIFY("'0xbb'"), "payment|0xbb|pending||0xbb||0xbb||" NOW "|0 ETH|0|\n",
		NOTIFY("{'address':'0xc','topics':[],'logIndex':'0x3','blockHash':'0xb','transactionHash':'0xd','removed':false}"),
		"log|0xb:0x3|logs|0xc|0xd||0xd||" NOW "|0 ETH|1|\n",
		NOTIFY("{'address':'0xc','topics':[],'logIndex':'0x3','blockHash':'0xb','transactionHash':'0xd','removed':true}"),
		"reorg|0xb:0x3:removed|logs|0xc|0xd||0xd||" NOW "|0 ETH|-1||reorg\n",
		"{'jsonrpc':'2.0','id':1,'result':'0x9'}", "control: an answer to a request\n",
		"{'jsonrpc':'2.0','id':1,'error':{'code':-32601,'message':'no'}}", "control: an answer to a request\n",
		NULL,
	};
	check_built_in("ethereum", pairs);
}

static void a_head_that_takes_another_s_place_is_a_reorganisation(void **state)
{
	(void)state;
	static const char *const pairs[] = {
		HEAD("0x64", "a100", "a99"), BLOCK("a100", "100", ""),
		HEAD("0x65", "a101", "a100"), BLOCK("a101", "101", ""),
		HEAD("0x65", "a101", "a100"), BLOCK("a101", "101", ""), /* told twice */
		HEAD("0x65", "b101", "a100"), BLOCK("b101", "101", "|reorg"),
		HEAD("0x66", "b102", "b101"), BLOCK("b102", "102", ""),
		HEAD("0x67", "c103", "c102"), BLOCK("c103", "103", "|reorg"), /* the one between wasn't told */
		HEAD("0x68", "c104", "c103"), BLOCK("c104", "104", ""),
		HEAD("0xe8", "c232", "c231"), BLOCK("c232", "232", ""), /* a gap is none */
		NULL,
	};
	check_built_in("ethereum", pairs);
}

static void every_built_in_one_says_what_to_send_first(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t n;
	} expected[] = {{"mediawiki", 0}, {"blockchain.info", 2}, {"mempool", 3}, {"ethereum", 2}};
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_string_equal(mapping_name_at(i), expected[i].name);
		struct mapping_talk talk = mapping_talk(mapping_named(span_of(expected[i].name)));
		size_t n = 0;
		for (; talk.subscribe[n]; n++) {
			cJSON *tree = json_parse(span_of(talk.subscribe[n]), NULL);
			assert_non_null(tree);
			cJSON_Delete(tree);
		}
		assert_int_equal(n, expected[i].n);
	}
	assert_null(mapping_name_at(COUNT_OF(expected)));
	assert_string_equal(mapping_talk(mapping_named(span_of("mempool"))).sequence, "/mempool-transactions/sequence");
}

/* --- no message of any shape breaks a mapping --- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
	return *state >> 8;
}

static size_t count_nodes(const cJSON *node)
{
	size_t n = 1;
	const cJSON *child;
	cJSON_ArrayForEach(child, node)
		n += count_nodes(child);
	return n;
}

/* The n-th node below, in order; n falls to 0 at it. */
static cJSON *nth_node(cJSON *node, size_t *n)
{
	cJSON *child, *found;
	if ((*n)-- == 0)
		return node;
	cJSON_ArrayForEach(child, node)
		if ((found = nth_node(child, n)))
			return found;
	return NULL;
}

/* Makes it something else of the same name. */
static void mutate(cJSON *tree, uint32_t *random)
{
	static const char *const others[] = {"null", "true", "false", "0", "-1", "1e300", "1.5", "9007199254740993", "\"\"", "\"0x\"",
		"\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"", "\"a\"", "\"2026-13-45\"", "[]", "{}", "[[]]",
		"[null,{},1,\"\"]", "{\"hash\":[]}", "\"\\ud83d\\ude00 #tag\"", "1e-310"};
	size_t n = count_nodes(tree), at = next_random(random) % (n > 1 ? n - 1 : 1) + 1;
	cJSON *node = nth_node(tree, &at);
	cJSON *other = json_parse(span_of(others[next_random(random) % COUNT_OF(others)]), NULL);
	assert_non_null(other);
	if (!node) {
		cJSON_Delete(other);
		return;
	}
	cJSON *child = node->child;
	char *text = node->valuestring;
	node->type = other->type;
	node->child = other->child;
	node->valuestring = other->valuestring;
	node->valuedouble = other->valuedouble;
	other->child = child;
	other->valuestring = text;
	other->type = child ? cJSON_Array : text ? cJSON_String : cJSON_NULL;
	cJSON_Delete(other);
}

static void no_shape_of_a_message_breaks_a_mapping(void **state)
{
	(void)state;
	static const char *const messages[] = {
		"{'op':'utx','x':{'hash':'h1','time':1670627753,'inputs':[{'prev_out':{'addr':'from'}}],'out':[{'value':25},{'value':1}]}}",
		"{'op':'block','x':{'hash':'b','height':7,'time':1633002641,'totalBTCSent':31,'foundBy':{'description':'P'}}}",
		"{'transactions':[{'txid':'t1','value':15}],'blocks':[{'id':'b2','height':2,'timestamp':1743535677,'previousblockhash':'b1',"
		"'extras':{'totalOutputAmt':3,'pool':{'name':'P'}}}],'mempool-transactions':{'sequence':7,'added':[{'txid':'t3',"
		"'vin':[{'prevout':{'scriptpubkey_address':'s'}}],'vout':[{'value':100}]}]},'txReplaced':{'txid':'r'}}",
		NOTIFY("{'hash':'0xaa','nonce':'0x1','from':'0xf','to':null,'value':'0x1bc16d674ec80000'}"),
		NOTIFY("{'address':'0xc','topics':[],'logIndex':'0x3','blockHash':'0xb','transactionHash':'0xd','removed':true}"),
		HEAD("0x64", "a100", "a99"),
		"{'$schema':'/mediawiki/recentchange/1.0.0','meta':{'id':'u-1','dt':'2026-03-24T16:05:01.250Z','domain':'en.wikipedia.org'},"
		"'id':7,'type':'edit','namespace':0,'title':'Bell','comment':'undo #clapper','timestamp':1774368301,'user':'Ann','bot':false,"
		"'minor':true,'length':{'old':100,'new':40},'revision':{'old':1,'new':2},'server_url':'https://en.wikipedia.org',"
		"'server_name':'en.wikipedia.org','server_script_path':'/w','wiki':'enwiki'}",
	};
	uint32_t random = 20261121;
	struct mapper *mappers[8];
	size_t n_mappers = 0;
	struct buf out = {0};
	for (; mapping_name_at(n_mappers); n_mappers++)
		mappers[n_mappers] = mapper_create(mapping_named(span_of(mapping_name_at(n_mappers))));
	for (int i = 0; i < 5000; i++) {
		char *text = quoted(messages[(size_t)i % COUNT_OF(messages)]);
		cJSON *tree = json_parse(span_of(text), NULL);
		for (uint32_t k = next_random(&random) % 3 + 1; k > 0; k--)
			mutate(tree, &random);
		for (size_t k = 0; k < n_mappers; k++) {
			buf_clear(&out);
			mapper_map(mappers[k], tree, RECEIVED_MS, &sink, &out);
			assert_true(out.n > 0); /* whatever it is, something is said of it */
		}
		cJSON_Delete(tree);
		free(text);
	}
	for (size_t k = 0; k < n_mappers; k++)
		mapper_destroy(mappers[k]);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_design_s_example_is_a_mapping),
		cmocka_unit_test(every_operation_does_what_it_says),
		cmocka_unit_test(several_events_come_of_one_message),
		cmocka_unit_test(what_has_no_id_of_its_own_is_known_by_all_that_it_says),
		cmocka_unit_test(what_is_wrong_with_a_description_is_told_with_its_line),
		cmocka_unit_test(a_quantity_is_the_nearest_double),
		cmocka_unit_test(bitcoin_is_counted_in_outputs),
		cmocka_unit_test(a_mempool_s_message_carries_several_topics),
		cmocka_unit_test(ethereum_speaks_of_heads_payments_and_logs),
		cmocka_unit_test(a_head_that_takes_another_s_place_is_a_reorganisation),
		cmocka_unit_test(no_shape_of_a_message_breaks_a_mapping),
		cmocka_unit_test(every_built_in_one_says_what_to_send_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
