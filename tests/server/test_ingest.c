/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include "log_helper.h"
#include "server/ingest.h"
#include "server/sse.h"

#include <cmocka.h> /* last: its macro skip() would meet `enum skip` */

struct rig {
	char *var;
	struct log *log;
	struct ingest *ingest;
	struct ingest_source *source;
	uint64_t published, last_seq, resumed;
};

static void published(void *data, struct event *const *evs, size_t n)
{
	struct rig *rig = data;
	for (size_t i = 0; i < n; i++) {
		/* In order of their numbers, and without a gap. */
		assert_int_equal(evs[i]->seq, rig->last_seq + 1);
		rig->last_seq = evs[i]->seq;
	}
	rig->published += n;
}

static void resumed(void *data)
{
	((struct rig *)data)->resumed++;
}

static void rig_init(struct rig *rig)
{
	*rig = (struct rig){.var = temp_folder()};
	rig->log = open_log(rig->var);
	rig->ingest = ingest_create(rig->log, published, rig);
	rig->source = ingest_source(rig->ingest, "wikimedia", mapping_named(SPAN_LITERAL("mediawiki")));
	ingest_on_resume(rig->source, resumed, rig);
}

static void rig_settle(struct rig *rig)
{
	while (!ingest_is_idle(rig->ingest)) {
		ingest_flush(rig->ingest);
		ingest_collect(rig->ingest);
		usleep(200);
	}
}

static void rig_close(struct rig *rig)
{
	ingest_destroy(rig->ingest);
	log_close(rig->log);
}

static void rig_finish(struct rig *rig)
{
	rig_close(rig);
	remove_folder(rig->var);
}

static void assert_adds_up(const struct rig *rig)
{
	struct ingest_counts c = ingest_counts(rig->source);
	uint64_t n = c.logged + c.duplicates + c.waiting + c.refused;
	for (int i = 0; i < SKIP_REASONS; i++)
		n += c.skipped[i];
	assert_int_equal(c.in, n);
}

static void offer(struct rig *rig, struct span message, const char *position)
{
	while (ingest_message(rig->source, message, span_of(position)) == E_FULL) {
		ingest_flush(rig->ingest);
		ingest_collect(rig->ingest);
		usleep(100);
	}
	assert_adds_up(rig);
}

static void write_change(struct buf *out, size_t id)
{
	buf_clear(out);
	buf_format(out, "{\"id\":%zu,\"type\":\"edit\",\"title\":\"Bell\",\"timestamp\":1774368301,"
		"\"wiki\":\"enwiki\"}", id);
}

static void bad_messages_are_counted_and_the_position_moves_past_them(void **state)
{
	(void)state;
	struct rig rig;
	struct buf text = {0};
	rig_init(&rig);
	offer(&rig, SPAN_LITERAL("{\"meta\":{\"domain\":\"canary\"}}"), "1");
	offer(&rig, SPAN_LITERAL("{\"id\":"), "2");
	offer(&rig, SPAN_LITERAL(""), "3");
	offer(&rig, SPAN_LITERAL("{\"a\":\"\xFF\"}"), "4");
	for (int i = 0; i < 100; i++)
		buf_char(&text, '[');
	offer(&rig, buf_view(&text), "5");
	offer(&rig, SPAN_LITERAL("{\"type\":\"unheard of\"}"), "6");
	offer(&rig, SPAN_LITERAL("{\"type\":\"edit\"}"), "7");
	assert_int_equal(ingest_skip(rig.source, SKIP_OVERSIZE, SPAN_LITERAL("8")), OK);
	buf_clear(&text);
	buf_text(&text, "{\"id\":1,\"type\":\"edit\",\"timestamp\":1,\"wiki\":\"w\",\"title\":\"");
	for (int i = 0; i < 3000; i++)
		buf_text(&text, "a long title ");
	buf_text(&text, "\"}");
	offer(&rig, buf_view(&text), "9");
	buf_clear(&text);
	for (int i = 0; i <= INGEST_MESSAGE_MAX; i++)
		buf_char(&text, ' ');
	offer(&rig, buf_view(&text), "10");
	rig_settle(&rig);
	struct ingest_counts c = ingest_counts(rig.source);
	assert_int_equal(c.in, 10);
	assert_int_equal(c.skipped[SKIP_CANARY], 1);
	assert_int_equal(c.skipped[SKIP_BROKEN], 4);
	assert_int_equal(c.skipped[SKIP_TYPE], 1);
	assert_int_equal(c.skipped[SKIP_INCOMPLETE], 1);
	assert_int_equal(c.skipped[SKIP_OVERSIZE], 3);
	assert_int_equal(c.waiting, 0);
	char *position = log_position(rig.log, "wikimedia");
	assert_string_equal(position, "10");
	free(position);
	buf_finish(&text);
	rig_finish(&rig);
}

static void a_replay_of_the_same_is_all_duplicates(void **state)
{
	(void)state;
	struct rig rig;
	struct buf text = {0};
	rig_init(&rig);
	for (size_t i = 0; i < 200; i++) {
		write_change(&text, i % 100);
		offer(&rig, buf_view(&text), "");
	}
	rig_settle(&rig);
	assert_int_equal(ingest_counts(rig.source).logged, 100);
	assert_int_equal(ingest_counts(rig.source).duplicates, 100);
	assert_int_equal(rig.published, 100);
	assert_null(log_position(rig.log, "wikimedia"));
	assert_int_equal(ingest_counts(rig.source).last_event_ms, 1774368301000);
	buf_finish(&text);
	rig_finish(&rig);
}

static void a_log_that_is_behind_stops_the_source_and_wakes_it_again(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct rig rig;
	struct buf text = {0};
	size_t taken = 0;
	rig_init(&rig);
	/* Nobody collects what was committed, so that the bound is met. */
	for (enum err e = OK; e == OK; taken += e == OK) {
		assert_true(taken < N);
		write_change(&text, taken);
		e = ingest_message(rig.source, buf_view(&text), span_of("x"));
		assert_true(e == OK || e == E_FULL);
	}
	assert_adds_up(&rig);
	assert_int_equal(ingest_counts(rig.source).in, taken);
	assert_int_equal(rig.resumed, 0);
	while (!rig.resumed) {
		ingest_collect(rig.ingest);
		usleep(200);
	}
	assert_int_equal(ingest_message(rig.source, buf_view(&text), span_of("y")), OK);
	rig_settle(&rig);
	assert_int_equal(rig.resumed, 1);
	assert_int_equal(ingest_counts(rig.source).logged, taken + 1);
	assert_int_equal(rig.published, taken + 1);
	buf_finish(&text);
	rig_finish(&rig);
}

static void let_files_grow(rlim_t bytes)
{
	struct rlimit limit;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_is_waited_for_and_nothing_is_lost(void **state)
{
	(void)state;
	enum { N = 3000 };
	struct rig rig;
	struct buf text = {0};
	char position[16];
	rig_init(&rig);
	signal(SIGXFSZ, SIG_IGN);
	let_files_grow(100 << 10);
	for (size_t i = 0; i < N; i++) {
		write_change(&text, i);
		snprintf(position, sizeof position, "%zu", i);
		offer(&rig, buf_view(&text), position);
		if (i % 10 == 9) {
			ingest_flush(rig.ingest);
			ingest_collect(rig.ingest);
		}
		if (i % 100 == 99)
			usleep(1000);
	}
	while (!ingest_counts(rig.source).failed) {
		ingest_collect(rig.ingest);
		usleep(200);
	}
	assert_true(rig.published < N);
	let_files_grow(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	rig_settle(&rig);
	assert_int_equal(rig.published, N);
	assert_int_equal(ingest_counts(rig.source).logged, N);
	assert_adds_up(&rig);
	char *stored = log_position(rig.log, "wikimedia");
	snprintf(position, sizeof position, "%d", N - 1);
	assert_string_equal(stored, position);
	free(stored);
	/* In the order in which they came. */
	rig_close(&rig);
	struct log_reader *r;
	const struct event *ev;
	assert_int_equal(log_reader_open(rig.var, &r, NULL), OK);
	assert_int_equal(log_reader_after(r, 0, NULL), OK);
	for (size_t i = 0; i < N; i++) {
		char id[32];
		snprintf(id, sizeof id, "enwiki:%zu", i);
		assert_int_equal(log_reader_next(r, &ev, NULL), OK);
		assert_true(span_is(ev->id, id));
	}
	log_reader_close(r);
	remove_folder(rig.var);
	buf_finish(&text);
}

/* --- the corpora --- */

/* The text of events.tar.zst's members that match; empty when there are no corpora. */
static bool read_corpora(const char *members, struct buf *out)
{
	const char *corpora = getenv("CORPORA");
	struct buf command = {0};
	if (!corpora)
		return false;
	char *archive = file_join(corpora, "events.tar.zst");
	bool there = file_exists(archive);
	buf_format(&command, "tar --zstd -xOf '%s' --wildcards '%s'", archive, members);
	FILE *pipe = there ? popen(command.p, "r") : NULL;
	char chunk[65536];
	for (size_t n; pipe && (n = fread(chunk, 1, sizeof chunk, pipe)) > 0;)
		buf_add(out, chunk, n);
	if (pipe)
		pclose(pipe);
	buf_finish(&command);
	free(archive);
	return out->n > 0;
}

/* RFC 4180, with line ends inside quotes. False at the end. */
static bool next_row(struct span *rest, struct buf *row, struct span *cells, size_t *n)
{
	size_t starts[32], ends[32];
	bool quoted = false;
	*n = 0;
	buf_clear(row);
	if (!rest->n)
		return false;
	size_t i = 0;
	starts[0] = 0;
	for (; i < rest->n && (quoted || rest->p[i] != '\n'); i++) {
		char c = rest->p[i];
		if (c == '"' && quoted && i + 1 < rest->n && rest->p[i + 1] == '"') {
			buf_char(row, '"');
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == ',' && !quoted && *n < 31) {
			ends[*n] = row->n;
			starts[++*n] = row->n;
		} else if (c != '\r' || quoted) {
			buf_char(row, c);
		}
	}
	ends[(*n)++] = row->n;
	*rest = span_from(*rest, i + 1);
	for (size_t k = 0; k < *n; k++)
		cells[k] = span_make(row->p + starts[k], ends[k] - starts[k]);
	return true;
}

static void member(struct json_writer *w, const char *name, struct span text)
{
	json_key(w, name);
	json_text(w, text);
}

static void number_member(struct json_writer *w, const char *name, struct span text)
{
	int64_t number;
	if (!span_to_i64(text, &number))
		return;
	json_key(w, name);
	json_int(w, number);
}

/* A recording's row as the message that it was made from. */
static void write_recorded(struct buf *out, const struct span *c)
{
	struct json_writer w;
	buf_clear(out);
	json_begin(&w, out);
	json_open(&w, '{');
	member(&w, "$schema", SPAN_LITERAL("/mediawiki/recentchange/1.0.0"));
	member(&w, "type", SPAN_LITERAL("edit"));
	number_member(&w, "id", c[0]);
	member(&w, "title", c[1]);
	member(&w, "user", c[2]);
	number_member(&w, "timestamp", c[4]);
	member(&w, "server_name", c[5]);
	number_member(&w, "namespace", c[6]);
	member(&w, "comment", c[7]);
	json_key(&w, "length"), json_open(&w, '{');
	number_member(&w, "old", c[8]);
	number_member(&w, "new", c[9]);
	json_close(&w, '}');
	member(&w, "wiki", c[14]);
	json_close(&w, '}');
}

static size_t offer_rows(struct rig *rig, struct span text)
{
	struct buf row = {0}, message = {0};
	struct span cells[32];
	size_t n, rows = 0;
	while (next_row(&text, &row, cells, &n)) {
		if (n != 17 || span_is(cells[0], "id"))
			continue;
		write_recorded(&message, cells);
		offer(rig, buf_view(&message), "");
		rows++;
	}
	buf_finish(&row);
	buf_finish(&message);
	return rows;
}

static size_t offer_lines(struct rig *rig, struct span text)
{
	size_t n = 0;
	for (struct span line; span_next_line(&text, &line); n++)
		offer(rig, line, "");
	return n;
}

/* The IRC recorder's rows name other things: page, delta, channel. As such they are no recent changes; turned into
 * some, they are. */
static size_t offer_converted(struct rig *rig, struct span text)
{
	struct buf message = {0};
	size_t n = 0;
	for (struct span line; span_next_line(&text, &line); n++) {
		cJSON *row = json_parse(line, NULL);
		struct span channel = json_string(json_get(row, "channel"));
		struct json_writer w;
		buf_clear(&message);
		json_begin(&w, &message);
		json_open(&w, '{');
		json_key(&w, "meta"), json_open(&w, '{');
		json_key(&w, "id");
		struct buf id = {0};
		buf_format(&id, "row-%zu", n);
		json_text(&w, buf_view(&id));
		member(&w, "dt", json_string(json_get(row, "time")));
		json_close(&w, '}');
		member(&w, "type", json_is_true(json_get(row, "isNew")) ? SPAN_LITERAL("new") : SPAN_LITERAL("edit"));
		member(&w, "title", json_string(json_get(row, "page")));
		member(&w, "user", json_string(json_get(row, "user")));
		member(&w, "comment", json_string(json_get(row, "comment")));
		json_key(&w, "bot"), json_bool(&w, json_is_true(json_get(row, "isRobot")));
		buf_clear(&id);
		buf_format(&id, "%.*s.org", SPAN_ARG(span_from(channel, 1)));
		member(&w, "server_name", buf_view(&id));
		json_close(&w, '}');
		offer(rig, buf_view(&message), "");
		buf_finish(&id);
		cJSON_Delete(row);
	}
	buf_finish(&message);
	return n;
}

static void of_the_recorded_streams_nothing_is_lost(void **state)
{
	(void)state;
	struct buf csv = {0}, full = {0}, ticker = {0}, other = {0};
	if (!read_corpora("events/wikimedia/*.csv", &csv) || !read_corpora("*recentchange-full.jsonl", &full) ||
	    !read_corpora("*wikiticker*", &ticker) || !read_corpora("events/bitcoin/utx*", &other))
		skip();
	struct rig rig;
	rig_init(&rig);
	size_t n_full = offer_lines(&rig, buf_view(&full));
	size_t n_rows = offer_rows(&rig, buf_view(&csv));
	rig_settle(&rig);
	struct ingest_counts c = ingest_counts(rig.source);
	print_message("# %zu whole messages and %zu rows: %llu logged, %llu duplicates\n", n_full, n_rows,
		(unsigned long long)c.logged, (unsigned long long)c.duplicates);
	assert_int_equal(c.logged + c.duplicates, n_full + n_rows);
	assert_int_equal(c.logged, rig.published);
	assert_true(c.logged > 1000);
	size_t n_converted = offer_converted(&rig, buf_view(&ticker));
	rig_settle(&rig);
	assert_int_equal(ingest_counts(rig.source).logged, c.logged + n_converted);
	/* As they are: no recent changes, each skipped for a reason. */
	size_t n_skipped = offer_lines(&rig, buf_view(&ticker)) + offer_lines(&rig, buf_view(&other));
	rig_settle(&rig);
	c = ingest_counts(rig.source);
	print_message("# in %llu, logged %llu, duplicates %llu, incomplete %llu, type %llu, broken %llu\n",
		(unsigned long long)c.in, (unsigned long long)c.logged, (unsigned long long)c.duplicates,
		(unsigned long long)c.skipped[SKIP_INCOMPLETE], (unsigned long long)c.skipped[SKIP_TYPE],
		(unsigned long long)c.skipped[SKIP_BROKEN]);
	assert_true(c.in >= 10000);
	assert_int_equal(c.skipped[SKIP_INCOMPLETE] + c.skipped[SKIP_TYPE] + c.skipped[SKIP_BROKEN], n_skipped);
	assert_int_equal(c.in, c.logged + c.duplicates + n_skipped);
	assert_adds_up(&rig);
	rig_finish(&rig);
	buf_finish(&csv);
	buf_finish(&full);
	buf_finish(&ticker);
	buf_finish(&other);
}

/* --- from an event stream --- */

static bool take(void *data, const struct sse_event *ev)
{
	struct rig *rig = data;
	enum err e = ev->oversize ? ingest_skip(rig->source, SKIP_OVERSIZE, ev->id) : ingest_message(rig->source, ev->data, ev->id);
	return e == OK;
}

static void the_recorded_frames_go_through_to_the_log(void **state)
{
	(void)state;
	struct buf text = {0};
	if (!read_corpora("events/wikimedia/*.sse", &text))
		skip();
	struct rig rig;
	struct sse sse;
	rig_init(&rig);
	sse_init(&sse, INGEST_MESSAGE_MAX, take, &rig);
	for (size_t i = 0; i < text.n; i++)
		assert_int_equal(sse_push(&sse, span_make(text.p + i, 1)), 1);
	rig_settle(&rig);
	assert_int_equal(ingest_counts(rig.source).logged, 3);
	char *position = log_position(rig.log, "wikimedia");
	assert_true(span_equal(span_of(position), sse_last_id(&sse)));
	assert_true(sse_last_id(&sse).n > 20);
	free(position);
	sse_finish(&sse);
	buf_finish(&text);
	rig_finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_messages_are_counted_and_the_position_moves_past_them),
		cmocka_unit_test(a_replay_of_the_same_is_all_duplicates),
		cmocka_unit_test(a_log_that_is_behind_stops_the_source_and_wakes_it_again),
		cmocka_unit_test(a_full_disk_is_waited_for_and_nothing_is_lost),
		cmocka_unit_test(of_the_recorded_streams_nothing_is_lost),
		cmocka_unit_test(the_recorded_frames_go_through_to_the_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
