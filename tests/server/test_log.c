/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/db.h"
#include "tests/server/faulty_sync.h"
#include "tests/server/log_helper.h"

static void assert_same_span(struct span a, struct span b)
{
	assert_int_equal(a.p == NULL, b.p == NULL);
	assert_true(span_equal(a, b));
}

static void assert_same_event(const struct event *a, const struct event *b)
{
	assert_int_equal(a->time_ms, b->time_ms);
	assert_int_equal(a->received_ms, b->received_ms);
	assert_true(a->magnitude == b->magnitude);
	assert_int_equal(a->before, b->before);
	assert_int_equal(a->after, b->after);
	assert_int_equal(a->actor_kind, b->actor_kind);
	assert_int_equal(a->polarity, b->polarity);
	assert_int_equal(a->accent, b->accent);
	assert_same_span(a->id, b->id);
	assert_same_span(a->source, b->source);
	assert_same_span(a->channel, b->channel);
	assert_same_span(a->namespace_, b->namespace_);
	assert_same_span(a->kind, b->kind);
	assert_same_span(a->entity, b->entity);
	assert_same_span(a->actor, b->actor);
	assert_same_span(a->unit, b->unit);
	assert_same_span(a->label, b->label);
	assert_same_span(a->summary, b->summary);
	assert_same_span(a->url, b->url);
	assert_int_equal(a->n_tags, b->n_tags);
	for (size_t i = 0; i < a->n_tags; i++)
		assert_same_span(a->tags[i], b->tags[i]);
}

static void events_come_back_as_they_went_in(void **state)
{
	(void)state;
	static const char *const ids[] = {"551f5fd1-7d81-4a33-be1a-7bd2d0d45853", "551F5FD1-7D81-4A33-BE1A-7BD2D0D45853",
		"enwiki:17", "551f5fd1-7d81-4a33-be1a-7bd2d0d4585g", "x"};
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct event *kept[COUNT_OF(ids)], **events = mem_new(COUNT_OF(ids), sizeof *events);
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct event ev = *(kept[i] = plain_event(ids[i], 1700000000000 + (int64_t)i));
		free(kept[i]);
		ev = (struct event){.time_ms = 1700000000000 - (int64_t)i, .received_ms = 1, .magnitude = 0.1 * (double)i,
			.before = INT64_MAX - (int64_t)i, .after = (int64_t)i, .actor_kind = (enum actor_kind)(i % 3),
			.polarity = (int8_t)((int)i % 3 - 1), .accent = i % 2, .id = span_of(ids[i]),
			.source = span_of("wikimedia"),
			.channel = span_of("dewiki"), .namespace_ = i % 2 ? span_of("-1") : (struct span){NULL, 0},
			.kind = span_of("log"), .entity = span_of("Glocke \"\xF0\x9F\x94\x94\""),
			.actor = i % 2 ? span_of("~2026-1-1") : (struct span){NULL, 0}, .unit = span_of(i ? "bytes" : ""),
			.label = span_of(i % 2 ? "another" : "Glocke \"\xF0\x9F\x94\x94\""), .summary = span_of("/* x */ a\tb\n"),
			.url = span_of(""), .n_tags = (uint8_t)i, .tags = {span_of("minor"), span_of("#\"a\\"), span_of("\x1F"),
			span_of("")}};
		kept[i] = event_copy(&ev);
		events[i] = event_copy(&ev);
	}
	assert_int_equal(log_append(log, "wikimedia", events, COUNT_OF(ids), NULL, NULL, NULL), OK);
	struct collected all = {0};
	collect_batches(log, &all, 1);
	assert_int_equal(all.events, COUNT_OF(ids));
	struct log_reader *r;
	const struct event *ev;
	assert_int_equal(log_reader_open(var, &r, NULL), OK);
	assert_int_equal(log_reader_next(r, &ev, NULL), E_GONE);
	assert_int_equal(log_reader_after(r, 0, NULL), OK);
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		assert_int_equal(log_reader_next(r, &ev, NULL), OK);
		assert_int_equal(ev->seq, i + 1);
		assert_same_event(ev, kept[i]);
		free(kept[i]);
	}
	assert_int_equal(log_reader_next(r, &ev, NULL), E_GONE);
	log_reader_close(r);
	log_close(log);
	remove_folder(var);
}

static void duplicates_take_no_number_also_after_a_restart(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct collected all = {0};
	struct log *log = open_log(var);
	assert_int_equal(append_numbered(log, 0, 10, NULL), OK);
	assert_int_equal(append_numbered(log, 5, 10, NULL), OK);
	collect_batches(log, &all, 2);
	assert_int_equal(all.events, 15);
	assert_int_equal(all.duplicates, 5);
	log_close(log);
	log = open_log(var);
	assert_int_equal(log_counts(log).last_seq, 15);
	all = (struct collected){.last_seq = 15};
	assert_int_equal(append_numbered(log, 0, 20, NULL), OK);
	collect_batches(log, &all, 1);
	assert_int_equal(all.duplicates, 15);
	assert_int_equal(all.last_seq, 20);
	struct log_counts counts = log_counts(log);
	assert_int_equal(counts.events, 5);
	assert_int_equal(counts.waiting, 0);
	/* The same id from another source is another event. */
	struct event **one = mem_new(1, sizeof *one);
	one[0] = plain_event("id-3", 1);
	assert_int_equal(log_append(log, "ourwiki", one, 1, NULL, NULL, NULL), OK);
	collect_batches(log, &all, 2);
	assert_int_equal(all.last_seq, 21);
	log_close(log);
	remove_folder(var);
}

static void a_position_is_kept_for_each_source(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct collected all = {0};
	struct log *log = open_log(var);
	assert_null(log_position(log, "wikimedia"));
	assert_int_equal(append_numbered(log, 0, 3, "[{\"offset\":3}]"), OK);
	assert_int_equal(append_numbered(log, 3, 0, "[{\"offset\":4}]"), OK);
	assert_int_equal(append_numbered(log, 3, 1, NULL), OK);
	collect_batches(log, &all, 3);
	for (int restarted = 0; restarted <= 1; restarted++) {
		char *position = log_position(log, "wikimedia");
		assert_string_equal(position, "[{\"offset\":4}]");
		free(position);
		assert_null(log_position(log, "other"));
		log_close(log);
		if (!restarted)
			log = open_log(var);
	}
	remove_folder(var);
}

static void readers_go_by_time_or_by_number_across_pages(void **state)
{
	(void)state;
	enum { N = 1000 };
	char *var = temp_folder();
	struct collected all = {0};
	struct log *log = open_log(var);
	struct event **events = mem_new(N, sizeof *events);
	for (size_t i = 0; i < N; i++) {
		char id[16];
		snprintf(id, sizeof id, "%zu", i);
		events[i] = plain_event(id, 5000 - (int64_t)(i / 4)); /* backwards, four at a time */
	}
	assert_int_equal(log_append(log, "wikimedia", events, N, NULL, NULL, NULL), OK);
	collect_batches(log, &all, 1);
	struct log_reader *r;
	const struct event *ev;
	struct why why = {0};
	assert_int_equal(log_reader_open(var, &r, NULL), OK);
	assert_int_equal(log_reader_window(r, 4800, 4900, NULL), OK);
	int64_t time = 0;
	uint64_t seq = 0;
	size_t n = 0;
	for (; log_reader_next(r, &ev, NULL) == OK; n++, time = ev->time_ms, seq = ev->seq)
		assert_true(ev->time_ms > time || (ev->time_ms == time && ev->seq > seq));
	assert_int_equal(n, 400);
	assert_int_equal(time, 4899);
	assert_int_equal(log_reader_after(r, 300, NULL), OK);
	for (seq = 300; log_reader_next(r, &ev, NULL) == OK; seq++)
		assert_int_equal(ev->seq, seq + 1);
	assert_int_equal(seq, N);
	assert_int_equal(log_reader_window(r, 2, 1, &why), E_FORMAT);
	assert_int_equal(log_reader_window(r, 1, 1, &why), OK);
	assert_int_equal(log_reader_next(r, &ev, NULL), E_GONE);
	log_reader_close(r);
	log_close(log);
	remove_folder(var);
}

static void only_one_process_writes(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct log *log = open_log(var), *second;
	struct why why = {0};
	assert_int_equal(log_open(var, nothing_to_wake, NULL, &second, &why), E_DENIED);
	assert_non_null(strstr(why.text, "server"));
	log_close(log);
	log_close(open_log(var));
	remove_folder(var);
}

static void what_cannot_be_opened_is_said_clearly(void **state)
{
	(void)state;
	char *var = temp_folder(), *path = file_join(var, "events.db");
	struct log *log;
	struct log_reader *reader;
	struct why why = {0};
	assert_int_equal(log_reader_open(var, &reader, &why), E_GONE);
	struct buf text = {0};
	for (int i = 0; i < 3000; i++)
		buf_text(&text, "no database ");
	assert_int_equal(file_replace(path, buf_view(&text), NULL), OK);
	assert_int_equal(log_open(var, nothing_to_wake, NULL, &log, &why), E_FORMAT);
	assert_non_null(strstr(why.text, "not a database"));
	unlink(path);
	log_close(open_log(var));
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(db_set_version(db, 7, NULL), OK);
	sqlite3_close(db);
	assert_int_equal(log_open(var, nothing_to_wake, NULL, &log, &why), E_FORMAT);
	assert_non_null(strstr(why.text, "version 7"));
	assert_int_equal(log_reader_open(var, &reader, &why), E_FORMAT);
	/* A folder that can't be made, whoever runs the test. */
	assert_int_equal(log_open("/proc/nowhere/var", nothing_to_wake, NULL, &log, &why), E_IO);
	assert_non_null(strstr(why.text, "/proc/nowhere"));
	if (geteuid() != 0) {
		unlink(path);
		char *lock = file_join(var, "events.lock");
		unlink(lock);
		free(lock);
		chmod(var, 0555);
		assert_int_equal(log_open(var, nothing_to_wake, NULL, &log, &why), E_IO);
		assert_non_null(strstr(why.text, "writable"));
		chmod(var, 0755);
	}
	buf_finish(&text);
	free(path);
	remove_folder(var);
}

/* --- kill -9 --- */

enum { KILLS = 10, BATCH = 17 }; /* FULL=1: 40 kills */

/* Appends for ever, going on where the stored position says, and tells each number once it is committed. */
static void append_for_ever(const char *var, int acks)
{
	struct log *log = open_log(var);
	char *position = log_position(log, "wikimedia");
	size_t next = position ? (size_t)strtoul(position, NULL, 10) : 0;
	struct collected all = {.last_seq = log_counts(log).last_seq};
	/* Some of the last ones come again, as an upstream sends them after a reconnect. */
	next = next > 5 ? next - 5 : 0;
	for (;;) {
		char after[32];
		snprintf(after, sizeof after, "%zu", next + BATCH);
		if (append_numbered(log, next, BATCH, after) == OK)
			next += BATCH;
		uint64_t before = all.last_seq;
		log_collect(log, collect_one, &all);
		if (all.last_seq > before && write(acks, &all.last_seq, sizeof all.last_seq) < 0)
			_exit(1);
	}
}

static uint64_t kill_after(const char *var, int ms)
{
	int pipe_ends[2];
	uint64_t acked = 0, seq;
	assert_int_equal(pipe(pipe_ends), 0);
	pid_t child = fork();
	if (child == 0) {
		close(pipe_ends[0]);
		append_for_ever(var, pipe_ends[1]);
	}
	close(pipe_ends[1]);
	int64_t until = clock_mono_ms() + 60000;
	bool first = true;
	while (clock_mono_ms() < until && read(pipe_ends[0], &seq, sizeof seq) == sizeof seq) {
		acked = seq;
		if (first)
			until = clock_mono_ms() + ms;
		first = false;
	}
	kill(child, SIGKILL);
	while (read(pipe_ends[0], &seq, sizeof seq) == sizeof seq)
		acked = seq;
	waitpid(child, NULL, 0);
	close(pipe_ends[0]);
	assert_false(first);
	return acked;
}

static int64_t ask(const char *var, const char *sql)
{
	sqlite3 *db;
	char *path = file_join(var, "events.db");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_stmt *s = db_prepare(db, sql);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	free(path);
	return answer;
}

static void a_killed_writer_loses_and_doubles_nothing(void **state)
{
	(void)state;
	char *var = temp_folder();
	unsigned seed = 1;
	uint64_t stored = 0;
	for (int i = 0; i < (getenv("FULL") ? 4 * KILLS : KILLS); i++) {
		uint64_t acked = kill_after(var, 5 + rand_r(&seed) % 60);
		uint64_t before = stored;
		stored = (uint64_t)ask(var, "SELECT count(*) FROM events");
		assert_true(stored >= acked);
		assert_true(stored > before);
		assert_int_equal(ask(var, "SELECT max(seq) FROM events"), stored);
		assert_int_equal(ask(var, "SELECT count(DISTINCT id) FROM events"), stored);
		/* The position and the events before it are of one transaction. */
		assert_int_equal(ask(var, "SELECT CAST(position AS INTEGER) FROM sources"), stored);
	}
	assert_int_equal(ask(var, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
	remove_folder(var);
}

/* --- the disk --- */

static void let_files_grow(rlim_t bytes)
{
	struct rlimit limit;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_stores_nothing_of_what_was_on_its_way(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(append_numbered(log, 0, 10, "10"), OK);
	collect_batches(log, &all, 1);
	let_files_grow(32 << 10);
	/* Many batches behind one another: from the first failure on none may pass, whatever fits. */
	for (size_t i = 0; i < 50; i++) {
		char position[16];
		snprintf(position, sizeof position, "%zu", 10 + (i + 1) * 40);
		assert_int_equal(append_numbered(log, 10 + i * 40, 40, position), OK);
		usleep(300);
	}
	collect_batches(log, &all, 51);
	let_files_grow(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	assert_true(all.failed_batches > 0);
	assert_true(all.error == E_FULL || all.error == E_IO);
	assert_int_equal(all.events + all.n_failed, 2010);
	/* What came back is the tail, in order, and goes in again. */
	char expected[32];
	snprintf(expected, sizeof expected, "id-%zu", all.events);
	assert_true(span_is(all.failed[0]->id, expected));
	assert_int_equal(all.failed[0]->seq, 0);
	assert_int_equal(log_append(log, "wikimedia", all.failed, all.n_failed, "2010", NULL, NULL), OK);
	collect_batches(log, &all, 52);
	assert_int_equal(all.last_seq, 2010);
	log_close(log);
	assert_int_equal(ask(var, "SELECT max(seq) FROM events"), 2010);
	remove_folder(var);
}

static void append_with_a_fault(const char *var, int k, int acks)
{
	struct log *log = open_log(var);
	struct collected all = {.last_seq = log_counts(log).last_seq};
	syncs_until_fault = k;
	size_t next = all.last_seq;
	for (size_t batches = 1;; batches++) {
		if (append_numbered(log, next, 2000, NULL) == OK)
			next += 2000; /* large enough for checkpoints in between */
		collect_batches(log, &all, batches);
		if (all.failed_batches || write(acks, &all.last_seq, sizeof all.last_seq) < 0)
			_exit(1);
	}
}

static void a_failed_sync_ends_the_program_with_70(void **state)
{
	(void)state;
	int64_t slowest_us = 0;
	faulty_sync_begin();
	for (int k = 1; k <= (getenv("FULL") ? 100 : 20); k++) {
		char *var = temp_folder();
		int pipe_ends[2], status;
		uint64_t acked = 0, seq;
		assert_int_equal(pipe(pipe_ends), 0);
		pid_t child = fork();
		if (child == 0) {
			close(pipe_ends[0]);
			close(STDERR_FILENO); /* each says so on stderr, as it should */
			append_with_a_fault(var, k, pipe_ends[1]);
		}
		close(pipe_ends[1]);
		while (read(pipe_ends[0], &seq, sizeof seq) == sizeof seq)
			acked = seq;
		close(pipe_ends[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		int64_t took_us = machine_us() - *fault_us;
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 70);
		slowest_us = took_us > slowest_us ? took_us : slowest_us;
		syncs_until_fault = 1 << 30;
		assert_true((uint64_t)ask(var, "SELECT count(*) FROM events") >= acked);
		log_close(open_log(var)); /* which has nothing to complain of */
		assert_int_equal(ask(var, "SELECT ifnull(max(seq), 0) - count(*) FROM events"), 0);
		remove_folder(var);
	}
	faulty_sync_end();
	print_message("# from a failed sync to the end of the process: at most %.1f ms\n", (double)slowest_us / 1000);
	assert_true(!getenv("FULL") || slowest_us <= 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_back_as_they_went_in),
		cmocka_unit_test(duplicates_take_no_number_also_after_a_restart),
		cmocka_unit_test(a_position_is_kept_for_each_source),
		cmocka_unit_test(readers_go_by_time_or_by_number_across_pages),
		cmocka_unit_test(only_one_process_writes),
		cmocka_unit_test(what_cannot_be_opened_is_said_clearly),
		cmocka_unit_test(a_killed_writer_loses_and_doubles_nothing),
		cmocka_unit_test(a_full_disk_stores_nothing_of_what_was_on_its_way),
		cmocka_unit_test(a_failed_sync_ends_the_program_with_70),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
