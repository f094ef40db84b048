/* route_push.c - POST /sources/NAME/events: events in, one JSON object a line, answered when they are durable: with their
 * numbers, so that who repeats a request after a broken connection gets the same ones and knows. All of a request is
 * stored, or nothing.
 * SPDX-License-Identifier: MIT */
#include "server/route_push.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/push_access.h"
#include "server/routes.h"
#include "server/server.h"
#include "server/source_push.h"

enum {
	LINES_MAX = 10000,
	FAULTS_SHOWN = 100,
	SLICE_US = 2000,   /* of a loop's turn, for all requests together */
	SLICE_LINES = 200, /* of one request, then it is the next one's turn: a small one doesn't wait for large ones */
};

struct job {
	struct push_jobs *jobs;
	struct job *next;
	struct http *h;           /* NULL: the client has gone */
	struct source *source;
	struct ingest_push *push; /* until it is committed */
	struct span rest;         /* of the body: what isn't mapped yet */
	int line;
	int *lines;               /* of each message */
	size_t n;
};

struct push_jobs {
	struct server *server;
	uv_idle_t idle;           /* runs while there are jobs to map */
	struct job *first, **last;
};

/* --- what is asked --- */

static int check(struct http *h, struct push_grant *grant)
{
	const struct http_request *request = http_request(h);
	int status = push_access_check(http_server(h), http_part(h, 0), http_header(h, "authorization"), request->peer, grant);
	if (!status && http_server(h)->loop.is_stopping)
		status = 503;
	return status;
}

int route_push_admits(struct http *h)
{
	struct push_grant grant;
	return check(h, &grant);
}

static bool is_type(struct span header, const char *type)
{
	return span_equal_nocase(span_trim(span_make(header.p, span_find(header, ';'))), span_of(type));
}

/* NULL when it can be read. The last is what curl says when it is told nothing. */
static const char *unreadable(struct http *h)
{
	static const char *const types[] = {"application/x-ndjson", "application/json", "text/plain",
		"application/x-www-form-urlencoded"};
	struct span encoding = http_header(h, "content-encoding"), type = http_header(h, "content-type");
	if (encoding.n && !is_type(encoding, "identity"))
		return "Send the events as they are, without a Content-Encoding.";
	bool is_known = !type.n;
	for (size_t i = 0; i < COUNT_OF(types) && !is_known; i++)
		is_known = is_type(type, types[i]);
	return is_known ? NULL : "Send one JSON object a line, as application/x-ndjson.";
}

/* One JSON object over several lines is what a person sends, as application/json. */
static bool is_one_object(struct http *h, struct span body)
{
	struct span line, rest = body;
	if (!is_type(http_header(h, "content-type"), "application/json") || !span_next_line(&rest, &line))
		return false;
	line = span_trim(line);
	return line.n && line.p[0] == '{' && line.p[line.n - 1] != '}';
}

static bool next_message(struct job *j, struct span *message)
{
	while (span_next_line(&j->rest, message)) {
		j->line++;
		*message = span_trim(*message);
		if (message->n)
			return true;
	}
	return false;
}

static size_t count_lines(struct span body)
{
	size_t n = 0;
	struct job look = {.rest = body};
	for (struct span line; next_message(&look, &line);)
		n++;
	return n;
}

/* --- the answer --- */

static void write_seq(struct json_writer *w, const struct ingest_receipt *r)
{
	if (!r->n_events) {
		json_null(w);
		return;
	}
	if (r->n_events > 1)
		json_open(w, '[');
	for (size_t i = 0; i < r->n_events; i++)
		json_int(w, (int64_t)r->seqs[i]);
	if (r->n_events > 1)
		json_close(w, ']');
}

static void write_faults(struct json_writer *w, const struct job *j, const struct ingest_receipt *receipts, size_t n)
{
	size_t shown = 0, left_out = 0;
	json_key(w, "faults"), json_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		if (!receipts[i].skipped || shown == FAULTS_SHOWN) {
			left_out += receipts[i].skipped != SKIP_NOTHING;
			continue;
		}
		shown++;
		json_open(w, '{');
		json_key(w, "line"), json_int(w, j->lines[i]);
		json_key(w, "reason"), json_text(w, span_of(skip_name(receipts[i].skipped)));
		json_key(w, "text"), json_text(w, span_of(receipts[i].text));
		json_close(w, '}');
	}
	json_close(w, ']');
	json_key(w, "faults_left_out"), json_int(w, (int64_t)left_out);
}

/* The status to answer with. */
static int write_answer(struct buf *out, const struct job *j, const struct ingest_receipt *receipts, size_t n)
{
	size_t n_events = 0, n_duplicates = 0, n_skipped = 0;
	uint64_t first = UINT64_MAX, last = 0;
	for (size_t i = 0; i < n; i++) {
		n_events += receipts[i].n_events;
		n_duplicates += receipts[i].n_duplicates;
		n_skipped += !receipts[i].n_events;
		for (size_t k = 0; k < receipts[i].n_events; k++) {
			first = receipts[i].seqs[k] < first ? receipts[i].seqs[k] : first;
			last = receipts[i].seqs[k] > last ? receipts[i].seqs[k] : last;
		}
	}
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	json_key(&w, "events"), json_int(&w, (int64_t)n);
	json_key(&w, "logged"), json_int(&w, (int64_t)(n_events - n_duplicates));
	json_key(&w, "duplicates"), json_int(&w, (int64_t)n_duplicates);
	json_key(&w, "skipped"), json_int(&w, (int64_t)n_skipped);
	if (n_events) {
		json_key(&w, "first_seq"), json_int(&w, (int64_t)first);
		json_key(&w, "last_seq"), json_int(&w, (int64_t)last);
	}
	json_key(&w, "seq"), json_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		write_seq(&w, &receipts[i]);
	json_close(&w, ']');
	write_faults(&w, j, receipts, n);
	json_close(&w, '}');
	buf_char(out, '\n');
	return n_events ? 200 : 422;
}

/* --- the way through --- */

static void free_job(struct job *j)
{
	free(j->lines);
	free(j);
}

static void refuse(struct job *j, int status, const char *text)
{
	http_error(j->h, status, text);
	http_later_done(j->h);
}

static void on_durable(void *data, enum err e, const struct ingest_receipt *receipts, size_t n)
{
	static const struct http_field no_store[] = {{"cache-control", "no-store"}, {NULL, NULL}};
	struct job *j = data;
	size_t n_events = 0;
	for (size_t i = 0; i < n; i++)
		n_events += receipts[i].n_events;
	if (j->h && !e && n_events)
		source_push_took(j->source, n_events);
	if (j->h && e) {
		refuse(j, 507, "The disk is full, or can't be written to: nothing of this was stored. Send it again later.");
	} else if (j->h) {
		struct buf out = {0};
		int status = write_answer(&out, j, receipts, n);
		http_reply(j->h, status, "application/json", &out, no_store);
		buf_finish(&out);
		http_later_done(j->h);
	}
	free_job(j);
}

/* False: there is more to do. */
static bool map_some(struct job *j, int64_t until_us)
{
	struct span message;
	for (int i = 0; i < SLICE_LINES && clock_mono_us() < until_us; i++) {
		if (!next_message(j, &message))
			return true;
		j->lines[j->n++] = j->line;
		ingest_push_message(j->push, message);
	}
	return !j->rest.n;
}

static void commit(struct job *j)
{
	struct ingest_push *push = j->push;
	j->push = NULL;
	if (ingest_push_commit(push, on_durable, j) == OK)
		return;
	ingest_push_drop(push);
	refuse(j, 503, "The log is behind: nothing of this was stored. Send it again in a moment.");
	free_job(j);
}

static void enqueue(struct job *j)
{
	j->next = NULL;
	*j->jobs->last = j;
	j->jobs->last = &j->next;
}

static void on_idle(uv_idle_t *idle)
{
	struct push_jobs *jobs = idle->data;
	int64_t until = clock_mono_us() + SLICE_US;
	while (jobs->first && clock_mono_us() < until) {
		struct job *j = jobs->first;
		bool is_mapped = map_some(j, until);
		jobs->first = j->next;
		if (!jobs->first)
			jobs->last = &jobs->first;
		if (is_mapped)
			commit(j);
		else
			enqueue(j);
	}
	if (!jobs->first)
		uv_idle_stop(idle);
}

static void leave_queue(struct job *j)
{
	struct push_jobs *jobs = j->jobs;
	for (struct job **at = &jobs->first; *at; at = &(*at)->next)
		if (*at == j) {
			*at = j->next;
			if (!*at)
				jobs->last = at;
			return;
		}
}

/* What the log has already is stored all the same, and nobody is told; the rest is as if it had never come. */
static void on_gone(void *data)
{
	struct job *j = data;
	j->h = NULL;
	if (!j->push)
		return;
	leave_queue(j);
	ingest_push_drop(j->push);
	free_job(j);
}

static void start(struct http *h, const struct push_grant *grant, struct span body, size_t n_lines)
{
	struct push_jobs *jobs = http_server(h)->push_jobs;
	struct job *j = mem_new(1, sizeof *j);
	*j = (struct job){.jobs = jobs, .h = h, .source = grant->source, .push = ingest_push_begin(grant->in), .rest = body,
		.lines = mem_new(n_lines, sizeof *j->lines)};
	if (is_one_object(h, body)) {
		j->lines[j->n++] = 1;
		ingest_push_message(j->push, body);
		j->rest = (struct span){NULL, 0};
	}
	http_later(h, on_gone, j);
	enqueue(j);
	uv_idle_start(&jobs->idle, on_idle);
}

void route_push(struct http *h)
{
	struct push_grant grant;
	int status = check(h, &grant);
	if (status) {
		http_error(h, status, NULL);
		return;
	}
	const char *why = unreadable(h);
	if (why) {
		http_error(h, 415, why);
		return;
	}
	struct span body = http_request(h)->body;
	if (span_starts(body, "\xEF\xBB\xBF"))
		body = span_from(body, 3);
	size_t n = count_lines(body);
	struct span text = span_trim(body);
	if (n > LINES_MAX)
		http_error(h, 413, "These are more than 10,000 lines: nothing was stored. Send them in several requests.");
	else if (!n)
		http_error(h, 400, "There are no events in this request. Send one JSON object a line.");
	else if (text.p[0] == '[' && is_type(http_header(h, "content-type"), "application/json"))
		http_error(h, 400, "This is a JSON array. Send one JSON object a line, without brackets and commas around.");
	else
		start(h, &grant, body, n);
}

struct push_jobs *push_jobs_create(struct server *server)
{
	struct push_jobs *jobs = mem_new(1, sizeof *jobs);
	jobs->server = server;
	jobs->last = &jobs->first;
	uv_idle_init(&server->loop.uv, &jobs->idle);
	jobs->idle.data = jobs;
	return jobs;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void push_jobs_destroy(struct push_jobs *jobs)
{
	if (!jobs)
		return;
	ASSERT(!jobs->first); /* each went with its request */
	uv_close((uv_handle_t *)&jobs->idle, on_closed);
}
