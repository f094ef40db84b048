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

#include <cmocka.h> /* last: its macro skip() would meet `enum skip` */

struct rig {
	char *var;
	struct log *log;
	struct ingest *ingest;
	struct ingest_source *source, *stream;
	uint64_t published, last_seq, resumed;
};

/* What a push came to. */
struct answer {
	bool is_there;
	enum err e;
	size_t n;
	uint64_t seqs[4096]; /* of each message's first event; 0: none */
	size_t n_events[4096];
	enum skip skipped[4096];
	size_t duplicates;
	bool has_text;
};

static void published(void *data, struct event *const *evs, size_t n)
{
	struct rig *rig = data;
	for (size_t i = 0; i < n; i++) {
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
	rig->source = ingest_source(rig->ingest, "ours", mapping_named(SPAN_LITERAL("mediawiki")));
	rig->stream = ingest_source(rig->ingest, "wikimedia", mapping_named(SPAN_LITERAL("mediawiki")));
	ingest_on_resume(rig->source, resumed, rig);
}

static void settle(struct rig *rig)
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

static void assert_adds_up(const struct ingest_source *s)
{
	struct ingest_counts c = ingest_counts(s);
	uint64_t n = c.logged + c.duplicates + c.waiting + c.refused;
	for (int i = 0; i < SKIP_REASONS; i++)
		n += c.skipped[i];
	assert_int_equal(c.in, n);
}

static void answered(void *data, enum err e, const struct ingest_receipt *receipts, size_t n)
{
	struct answer *a = data;
	assert_false(a->is_there);
	a->is_there = true;
	a->e = e;
	a->n = n;
	for (size_t i = 0; i < n; i++) {
		a->seqs[i] = receipts[i].seqs ? receipts[i].seqs[0] : 0;
		a->n_events[i] = receipts[i].n_events;
		a->skipped[i] = receipts[i].skipped;
		a->duplicates += receipts[i].n_duplicates;
		a->has_text |= receipts[i].text && receipts[i].text[0];
	}
}

static void write_change(struct buf *out, size_t id)
{
	buf_clear(out);
	buf_format(out, "{\"id\":%zu,\"type\":\"edit\",\"title\":\"Bell\",\"timestamp\":1774368301,\"wiki\":\"enwiki\"}", id);
}

static struct ingest_push *push_of(struct rig *rig, size_t first, size_t n)
{
	struct buf text = {0};
	struct ingest_push *p = ingest_push_begin(rig->source);
	for (size_t i = first; i < first + n; i++) {
		write_change(&text, i);
		ingest_push_message(p, buf_view(&text));
	}
	buf_finish(&text);
	return p;
}

static void push(struct rig *rig, size_t first, size_t n, struct answer *a)
{
	*a = (struct answer){0};
	assert_int_equal(ingest_push_commit(push_of(rig, first, n), answered, a), OK);
	settle(rig);
	assert_true(a->is_there);
	assert_adds_up(rig->source);
}

static void a_push_is_answered_with_its_numbers_and_a_repetition_with_the_same(void **state)
{
	(void)state;
	struct rig rig;
	struct answer a, again;
	rig_init(&rig);
	push(&rig, 0, 1000, &a);
	assert_int_equal(a.e, OK);
	assert_int_equal(a.n, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(a.seqs[i], i + 1);
	assert_int_equal(a.duplicates, 0);
	/* The second half again, and as many more. */
	push(&rig, 500, 1000, &again);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(again.seqs[i], 500 + i + 1);
	assert_int_equal(again.duplicates, 500);
	struct ingest_counts c = ingest_counts(rig.source);
	assert_int_equal(c.in, 2000);
	assert_int_equal(c.logged, 1500);
	assert_int_equal(c.duplicates, 500);
	assert_int_equal(rig.published, 1500);
	rig_finish(&rig);
}

static void each_message_hears_what_became_of_it(void **state)
{
	(void)state;
	struct rig rig;
	struct answer a = {0};
	struct buf text = {0};
	rig_init(&rig);
	struct ingest_push *p = push_of(&rig, 7, 1);
	ingest_push_message(p, SPAN_LITERAL("{\"id\":"));
	ingest_push_message(p, SPAN_LITERAL("{\"meta\":{\"domain\":\"canary\"}}"));
	write_change(&text, 7); /* twice in one push */
	ingest_push_message(p, buf_view(&text));
	write_change(&text, 8);
	ingest_push_message(p, buf_view(&text));
	buf_clear(&text);
	for (int i = 0; i <= INGEST_MESSAGE_MAX; i++)
		buf_char(&text, ' ');
	ingest_push_message(p, buf_view(&text));
	assert_int_equal(ingest_push_events(p), 3);
	assert_int_equal(ingest_push_commit(p, answered, &a), OK);
	assert_false(a.is_there);
	settle(&rig);
	assert_true(a.is_there);
	const enum skip skipped[] = {SKIP_NOTHING, SKIP_BROKEN, SKIP_CANARY, SKIP_NOTHING, SKIP_NOTHING, SKIP_OVERSIZE};
	const uint64_t seqs[] = {1, 0, 0, 1, 2, 0};
	assert_int_equal(a.n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(a.skipped[i], skipped[i]);
		assert_int_equal(a.seqs[i], seqs[i]);
		assert_int_equal(a.n_events[i], seqs[i] ? 1 : 0);
	}
	assert_int_equal(a.duplicates, 1);
	assert_true(a.has_text);
	assert_adds_up(rig.source);
	buf_finish(&text);
	rig_finish(&rig);
}

static void a_push_of_nothing_is_answered_too(void **state)
{
	(void)state;
	struct rig rig;
	struct answer a = {0}, b = {0};
	rig_init(&rig);
	assert_int_equal(ingest_push_commit(ingest_push_begin(rig.source), answered, &a), OK);
	assert_true(a.is_there && a.n == 0);
	struct ingest_push *p = ingest_push_begin(rig.source);
	ingest_push_message(p, SPAN_LITERAL("no JSON"));
	assert_int_equal(ingest_push_commit(p, answered, &b), OK);
	assert_true(b.is_there && b.n == 1 && b.skipped[0] == SKIP_BROKEN);
	ingest_push_drop(NULL);
	rig_finish(&rig);
}

static void a_log_that_is_behind_takes_the_push_later(void **state)
{
	(void)state;
	enum { N = 4000, MOST = 100 };
	static struct answer answers[MOST];
	struct rig rig;
	size_t n = 0;
	enum err e = OK;
	rig_init(&rig);
	memset(answers, 0, sizeof answers);
	struct ingest_push *p = NULL;
	for (; !e; n += !e) {
		assert_true(n < MOST);
		p = push_of(&rig, n * N, N);
		e = ingest_push_commit(p, answered, &answers[n]);
	}
	assert_int_equal(e, E_FULL);
	assert_int_equal(ingest_push_events(p), N);
	assert_int_equal(rig.resumed, 0);
	struct ingest_push *other = push_of(&rig, n * N, 10);
	while (!rig.resumed) {
		ingest_collect(rig.ingest);
		usleep(200);
	}
	assert_int_equal(ingest_push_commit(p, answered, &answers[n]), OK);
	ingest_push_drop(other);
	settle(&rig);
	for (size_t i = 0; i <= n; i++) {
		assert_true(answers[i].is_there);
		assert_int_equal(answers[i].seqs[0], i * N + 1);
	}
	assert_int_equal(ingest_counts(rig.source).refused, 10);
	assert_adds_up(rig.source);
	rig_finish(&rig);
}

static void let_files_grow(rlim_t bytes)
{
	struct rlimit limit;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_refuses_a_push_whole_while_the_stream_waits_for_room(void **state)
{
	(void)state;
	enum { N = 2000 };
	static struct answer a;
	struct rig rig;
	struct buf text = {0};
	char position[16];
	size_t n_refused = 0, n_taken = 0, taken[N];
	rig_init(&rig);
	signal(SIGXFSZ, SIG_IGN);
	let_files_grow(200 << 10);
	for (size_t i = 0; i < N; i++) {
		write_change(&text, i);
		snprintf(position, sizeof position, "%zu", i);
		assert_int_equal(ingest_message(rig.stream, buf_view(&text), span_of(position)), OK);
		ingest_flush(rig.ingest);
		a = (struct answer){0};
		assert_int_equal(ingest_push_commit(push_of(&rig, 10 * i, 3), answered, &a), OK);
		while (!a.is_there) {
			ingest_collect(rig.ingest);
			usleep(100);
		}
		if (a.e) {
			assert_true(a.e == E_FULL || a.e == E_IO);
			assert_int_equal(a.seqs[0], 0);
			n_refused++;
		} else {
			assert_int_equal(a.seqs[2], a.seqs[0] + 2);
			taken[n_taken++] = i;
		}
		assert_adds_up(rig.source);
		assert_adds_up(rig.stream);
		if (n_refused == 20)
			break;
	}
	assert_int_equal(n_refused, 20);
	assert_true(n_taken > 0);
	let_files_grow(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	push(&rig, 10 * N, 3, &a);
	assert_int_equal(a.e, OK);
	settle(&rig);
	struct ingest_counts c = ingest_counts(rig.source);
	assert_int_equal(c.refused, 3 * n_refused);
	assert_int_equal(c.logged, 3 * (n_taken + 1));
	c = ingest_counts(rig.stream);
	assert_int_equal(c.logged, c.in);
	assert_int_equal(rig.published, c.logged + 3 * (n_taken + 1));
	/* Of the pushes exactly those are there that were told so; the stream has its order. */
	rig_close(&rig);
	struct log_reader *r;
	const struct event *ev;
	size_t n_pushed = 0, n_streamed = 0;
	char id[32];
	assert_int_equal(log_reader_open(rig.var, &r, NULL), OK);
	assert_int_equal(log_reader_after(r, 0, NULL), OK);
	while (log_reader_next(r, &ev, NULL) == OK) {
		if (span_is(ev->source, "ours")) {
			size_t i = n_pushed / 3 < n_taken ? taken[n_pushed / 3] : N;
			snprintf(id, sizeof id, "enwiki:%zu", 10 * i + n_pushed % 3);
			n_pushed++;
		} else {
			snprintf(id, sizeof id, "enwiki:%zu", n_streamed++);
		}
		assert_true(span_is(ev->id, id));
	}
	assert_int_equal(n_pushed, 3 * (n_taken + 1));
	assert_int_equal(n_streamed, c.in);
	log_reader_close(r);
	remove_folder(rig.var);
	buf_finish(&text);
}

static void the_end_waits_for_the_pushes_that_the_log_has(void **state)
{
	(void)state;
	static struct answer a;
	struct rig rig;
	rig_init(&rig);
	a = (struct answer){0};
	assert_int_equal(ingest_push_commit(push_of(&rig, 0, 4000), answered, &a), OK);
	rig_close(&rig);
	assert_true(a.is_there);
	assert_int_equal(a.e, OK);
	assert_int_equal(a.seqs[3999], 4000);
	remove_folder(rig.var);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_push_is_answered_with_its_numbers_and_a_repetition_with_the_same),
		cmocka_unit_test(each_message_hears_what_became_of_it),
		cmocka_unit_test(a_push_of_nothing_is_answered_too),
		cmocka_unit_test(a_log_that_is_behind_takes_the_push_later),
		cmocka_unit_test(a_full_disk_refuses_a_push_whole_while_the_stream_waits_for_room),
		cmocka_unit_test(the_end_waits_for_the_pushes_that_the_log_has),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
