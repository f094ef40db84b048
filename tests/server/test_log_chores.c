/* What the log's thread does between batches: old events go, names are taken out, and batches don't wait for it.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "server/log_admin.h"
#include "tests/server/faulty_sync.h"
#include "tests/server/log_helper.h"

#include <cmocka.h>

static int64_t wall_ms = 1700000000000;

static int64_t injected_wall(void)
{
	return wall_ms;
}

static int64_t real_mono(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int set_clock(void **state)
{
	(void)state;
	clock_inject(injected_wall, real_mono);
	return 0;
}

static int reset_clock(void **state)
{
	(void)state;
	clock_inject(NULL, NULL);
	return 0;
}

static void query(const char *var, const char *sql, int64_t *out, int n)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	char *path = file_join(var, "events.db");
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	for (int i = 0; i < n; i++)
		out[i] = sqlite3_column_int64(s, i);
	sqlite3_finalize(s);
	sqlite3_close(db);
	free(path);
}

struct event_kind {
	const char *entity, *actor;
};

/* n events that came at received_ms. */
static void append(struct log *log, size_t first, size_t n, int64_t received_ms, struct event_kind kind)
{
	struct event **events = mem_new(n, sizeof *events);
	for (size_t i = 0; i < n; i++) {
		char id[32];
		snprintf(id, sizeof id, "id-%zu", first + i);
		struct event *plain = plain_event(id, received_ms), ev = *plain;
		ev.received_ms = received_ms;
		ev.entity = ev.label = span_of(kind.entity);
		ev.actor = span_of(kind.actor);
		ev.summary = span_of("what the editor wrote");
		events[i] = event_copy(&ev);
		free(plain);
	}
	assert_int_equal(log_append(log, "wikimedia", events, n, NULL, NULL, NULL), OK);
}

static const struct event_kind plain = {"Bell", "Somebody"};

static void wait_for_oldest(struct log *log, const char *var, int64_t oldest)
{
	int64_t now = 0;
	struct collected all = {0};
	for (int i = 0; i < 5000 && now != oldest; i++) {
		usleep(1000);
		log_collect(log, collect_one, &all);
		query(var, "SELECT min(seq) FROM events", &now, 1);
	}
	assert_int_equal(now, oldest);
}

static void what_came_too_long_ago_goes_and_the_newest_stays(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	append(log, 0, 5000, wall_ms - 3600000, plain);
	append(log, 5000, 100, wall_ms - 1000, plain);
	collect_batches(log, &all, 2);
	assert_int_equal(log_keep(log, 60000, 0), OK);
	wait_for_oldest(log, var, 5001);
	wall_ms += 3600000; /* all of them are old now */
	wait_for_oldest(log, var, 5100);
	append(log, 6000, 1, wall_ms, plain);
	all = (struct collected){.last_seq = 5100};
	collect_batches(log, &all, 1);
	assert_int_equal(all.last_seq, 5101); /* the numbering goes on */
	assert_true(log_counts(log).forgotten >= 5099);
	log_close(log);
	log = open_log(var);
	assert_int_equal(log_counts(log).last_seq, 5101);
	log_close(log);
	remove_folder(var);
}

static void a_log_that_is_too_large_loses_its_oldest_while_events_come(void **state)
{
	(void)state;
	enum { BATCH = 500, BATCHES = 120, MOST = 2 << 20 };
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	int64_t seen[3];
	assert_int_equal(log_keep(log, 0, MOST), OK);
	for (int i = 0; i < BATCHES; i++) {
		append(log, (size_t)i * BATCH, BATCH, wall_ms, plain);
		collect_batches(log, &all, (size_t)i + 1);
	}
	usleep(300000);
	query(var, "SELECT count(*), max(seq) - min(seq) + 1, max(seq) FROM events", seen, 3);
	assert_int_equal(seen[0], seen[1]);
	assert_int_equal(seen[2], BATCH * BATCHES);
	assert_in_range(seen[0], 1000, BATCH * BATCHES / 2);
	query(var, "SELECT (page_count - freelist_count) * page_size, page_count * page_size FROM pragma_page_count,"
		" pragma_freelist_count, pragma_page_size", seen, 2);
	assert_true(seen[0] <= MOST + (256 << 10));
	assert_true(seen[1] <= 2 * MOST); /* and the file itself has been given back */
	log_close(log);
	remove_folder(var);
}

static void note_purged(void *data, enum err e, uint64_t n_events, const struct why *why)
{
	int64_t *out = data;
	if (e)
		fail_msg("%s", why->text);
	*out = (int64_t)n_events;
}

static bool file_has(const char *var, const char *name, const char *text)
{
	struct buf bytes = {0};
	char *path = file_join(var, name);
	bool has = file_read(path, 1 << 30, &bytes, NULL) == OK && span_search(buf_view(&bytes), span_of(text), 0) < bytes.n;
	free(path);
	buf_finish(&bytes);
	return has;
}

static int64_t purge(struct log *log, enum log_name what, const char *name, const char *source)
{
	int64_t n = -1;
	struct collected all = {0};
	assert_int_equal(log_purge(log, what, span_of(name), source, note_purged, &n), OK);
	while (n < 0) {
		log_collect(log, collect_one, &all);
		usleep(500);
	}
	return n;
}

static void a_name_that_is_taken_out_leaves_no_trace_and_every_number(void **state)
{
	(void)state;
	static const char *const files[] = {"events.db", "events.db-wal", "events.db-shm"};
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	int64_t seen[4];
	append(log, 0, 9000, wall_ms, plain);
	append(log, 9000, 100, wall_ms, (struct event_kind){"Secret page 7481", "Suppressed Sam"});
	append(log, 9100, 50, wall_ms, (struct event_kind){"Bell", "Suppressed Sam"});
	append(log, 9200, 9000, wall_ms, plain);
	collect_batches(log, &all, 4);
	assert_int_equal(purge(log, LOG_ACTOR, "Suppressed Sam", "another"), 0);
	assert_int_equal(purge(log, LOG_ACTOR, "Suppressed Sam", "wikimedia"), 150);
	assert_int_equal(purge(log, LOG_ENTITY, "Secret page 7481", NULL), 100);
	assert_int_equal(purge(log, LOG_ENTITY, "Secret page 7481", NULL), 0);
	query(var, "SELECT count(*), max(seq), sum(actor IS NULL), sum(entity = '') FROM events", seen, 4);
	assert_int_equal(seen[0], 18150);
	assert_int_equal(seen[1], 18150);
	assert_int_equal(seen[2], 150);
	assert_int_equal(seen[3], 100);
	query(var, "SELECT sum(magnitude > 0), sum(summary = ''), sum(url = '') FROM events", seen, 3);
	assert_int_equal(seen[0], 18150);
	assert_int_equal(seen[1], 150);
	assert_int_equal(seen[2], 100);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		assert_false(file_has(var, files[i], "Suppressed Sam"));
		assert_false(file_has(var, files[i], "Secret page 7481"));
	}
	log_close(log);
	remove_folder(var);
}

static void note_end(void *data, enum err e, uint64_t n_events, const struct why *why)
{
	(void)n_events;
	*(enum err *)data = e;
	assert_true(!e || why->text[0]);
}

static void a_log_that_is_closed_in_the_middle_says_so(void **state)
{
	(void)state;
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	enum err end = OK;
	append(log, 0, 60000, wall_ms, plain);
	collect_batches(log, &all, 1);
	assert_int_equal(log_purge(log, LOG_ACTOR, span_of("Somebody"), NULL, note_end, &end), OK);
	log_close(log);
	assert_int_equal(end, E_GONE);
	remove_folder(var);
}

static void a_failed_sync_of_a_purge_ends_the_program_with_70(void **state)
{
	(void)state;
	int n_ended = 0;
	faulty_sync_begin();
	for (int k = 1; k <= 6; k++) {
		char *var = temp_folder();
		int status;
		pid_t child = fork();
		if (child == 0) {
			struct log *log = open_log(var);
			struct collected all = {0};
			append(log, 0, 9000, wall_ms, plain);
			collect_batches(log, &all, 1);
			fclose(stderr); /* where it says so, as it should */
			syncs_until_fault = k;
			purge(log, LOG_ACTOR, "Somebody", NULL);
			_exit(syncs_until_fault > 0 ? 0 : 1); /* 0: a purge has fewer syncs than that */
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) == 70 || WEXITSTATUS(status) == 0);
		n_ended += WEXITSTATUS(status) == 70;
		remove_folder(var);
	}
	faulty_sync_end();
	assert_in_range(n_ended, 2, 6);
}

static void beside_a_reader_that_stays_a_purge_waits_and_batches_do_not(void **state)
{
	(void)state;
	enum { LONG_MS = 2500 }; /* SQLite itself would wait 5 s for the reader */
	char *var = temp_folder(), *path = file_join(var, "events.db");
	struct log *log = open_log(var);
	struct collected all = {0};
	int64_t n = -1;
	sqlite3 *reader;
	append(log, 0, 3000, wall_ms, plain);
	collect_batches(log, &all, 1);
	assert_int_equal(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM events", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(log_purge(log, LOG_ACTOR, span_of("Somebody"), NULL, note_purged, &n), OK);
	int64_t from = real_mono();
	for (size_t i = 0; i < 20; i++) {
		usleep(20000);
		append(log, 3000 + i * 10, 10, wall_ms, (struct event_kind){"Bell", "Another"});
		collect_batches(log, &all, 2 + i);
	}
	assert_true(real_mono() - from < LONG_MS * 1000);
	assert_int_equal(n, -1);
	assert_int_equal(log_counts(log).silent_since_ms, 0); /* the purge that waits is no slow disk */
	sqlite3_close(reader);
	while (n < 0) {
		log_collect(log, collect_one, &all);
		usleep(500);
	}
	assert_int_equal(n, 3000);
	assert_false(file_has(var, "events.db-wal", "Somebody"));
	log_close(log);
	free(path);
	remove_folder(var);
}

static void a_name_in_tags_goes_however_json_writes_it(void **state)
{
	(void)state;
	static const char *const names[] = {"Bad \"Nick\" Page", "Back\\slash", "Glöckchen", "plain"};
	char *var = temp_folder();
	struct log *log = open_log(var);
	struct collected all = {0};
	struct event **events = mem_new(COUNT_OF(names), sizeof *events);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct event *some = plain_event(names[i], wall_ms), ev = *some;
		ev.entity = ev.label = span_of(names[i]);
		ev.tags[0] = span_of("kept");
		ev.tags[1] = span_of(names[i]);
		ev.n_tags = 2;
		events[i] = event_copy(&ev);
		free(some);
	}
	assert_int_equal(log_append(log, "wikimedia", events, COUNT_OF(names), NULL, NULL, NULL), OK);
	collect_batches(log, &all, 1);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		int64_t left;
		assert_int_equal(purge(log, LOG_ENTITY, names[i], NULL), 1);
		query(var, "SELECT sum(tags IS NOT NULL) FROM events", &left, 1);
		assert_int_equal(left, COUNT_OF(names) - 1 - i);
	}
	log_close(log);
	remove_folder(var);
}

static void tell_fault(void *data, const char *text)
{
	buf_format(data, "%s\n", text);
}

static void a_backup_is_a_whole_log_and_never_overwrites(void **state)
{
	(void)state;
	char *var = temp_folder(), *copy = file_join(var, "events.db.copy");
	struct log *log = open_log(var);
	struct collected all = {0};
	struct buf faults = {0};
	uint64_t n;
	append(log, 0, 3000, wall_ms, plain);
	collect_batches(log, &all, 1);
	assert_int_equal(log_admin_backup(var, copy, NULL), OK);
	append(log, 3000, 10, wall_ms, plain);
	collect_batches(log, &all, 2);
	struct why why;
	assert_int_equal(log_admin_backup(var, copy, &why), E_DENIED);
	log_close(log);
	char *elsewhere = temp_folder(), *restored = file_join(elsewhere, "events.db");
	assert_int_equal(rename(copy, restored), 0);
	assert_int_equal(log_admin_check(elsewhere, tell_fault, &faults, &n, NULL), OK);
	assert_int_equal(faults.n, 0);
	assert_int_equal(n, 3000);
	log = open_log(elsewhere);
	assert_int_equal(log_counts(log).last_seq, 3000);
	log_close(log);
	free(copy);
	free(restored);
	remove_folder(var);
	remove_folder(elsewhere);
}

static void a_number_that_is_missing_is_found(void **state)
{
	(void)state;
	char *var = temp_folder(), *path = file_join(var, "events.db");
	struct log *log = open_log(var);
	struct collected all = {0};
	struct buf faults = {0};
	uint64_t n;
	sqlite3 *db;
	append(log, 0, 10, wall_ms, plain);
	collect_batches(log, &all, 1);
	log_close(log);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM events WHERE seq IN (4, 5)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(log_admin_check(var, tell_fault, &faults, &n, NULL), OK);
	assert_string_equal(faults.p, "2 numbers are missing between the oldest event and the newest\n");
	buf_finish(&faults);
	free(path);
	remove_folder(var);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_came_too_long_ago_goes_and_the_newest_stays, set_clock, reset_clock),
		cmocka_unit_test(a_log_that_is_too_large_loses_its_oldest_while_events_come),
		cmocka_unit_test(a_name_that_is_taken_out_leaves_no_trace_and_every_number),
		cmocka_unit_test(a_log_that_is_closed_in_the_middle_says_so),
		cmocka_unit_test(a_failed_sync_of_a_purge_ends_the_program_with_70),
		cmocka_unit_test(beside_a_reader_that_stays_a_purge_waits_and_batches_do_not),
		cmocka_unit_test(a_name_in_tags_goes_however_json_writes_it),
		cmocka_unit_test(a_backup_is_a_whole_log_and_never_overwrites),
		cmocka_unit_test(a_number_that_is_missing_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
