/* The side that listens. One session a replay; each configured source has one ingest source for replays beside that of
 * its stream, made when first needed, used by one session at a time.
 * SPDX-License-Identifier: MIT */
#include "server/control.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/control_frame.h"
#include "server/hub.h"
#include "server/loop.h"

enum { READ_ROOM = 64 << 10, SESSIONS_MAX = 8, COMMITTED_LOOK_MS = 5, UNHEARD_MOST = 256 << 10 };

struct session;

struct replay_source {
	struct ingest_source *in;
	struct session *user;
};

struct control {
	struct loop *loop;
	const struct config *config;
	struct ingest *ingest;
	struct log *log;
	struct hub *hub;
	uv_pipe_t pipe;
	int folder;                    /* of the socket: its path goes by way of this descriptor */
	struct replay_source *sources; /* as config's */
	struct session *sessions;
	int n_sessions;
	bool is_stopping, pipe_gone;
};

struct session {
	struct control *control;
	struct session *next;
	uv_pipe_t pipe;
	uv_timer_t look;              /* whether all is committed */
	struct replay_source *source; /* NULL before HELLO */
	struct ingest_counts before;  /* this source's counts when the session began */
	struct buf in;
	char *room;
	uv_write_t write;
	struct buf answer;
	int open_handles;
	bool finishing, blocked, closing;
	struct purging *purging;      /* what it waits for; NULL: nothing */
	struct hub_station *station;  /* what it listens to; NULL: nothing */
	struct hub_ear ear;
};

/* A name on its way out; outlives its session and the control socket, not the log. */
struct purging {
	struct session *session; /* NULL: it has gone */
	struct hub *hub;
	enum log_name what;
	char *name, *source;
};

static void release_control(struct control *c)
{
	if (!c->is_stopping || !c->pipe_gone || c->sessions)
		return;
	close(c->folder);
	free(c->sources);
	free(c);
}

static void on_session_handle_gone(uv_handle_t *handle)
{
	struct session *s = handle->data;
	struct control *c = s->control;
	if (--s->open_handles)
		return;
	for (struct session **p = &c->sessions; *p; p = &(*p)->next)
		if (*p == s) {
			*p = s->next;
			break;
		}
	c->n_sessions--;
	buf_finish(&s->in);
	buf_finish(&s->answer);
	free(s->room);
	free(s);
	release_control(c);
}

static void end_session(struct session *s)
{
	if (s->closing)
		return;
	s->closing = true;
	if (s->purging)
		s->purging->session = NULL;
	if (s->station)
		hub_unhear(s->station, &s->ear);
	if (s->source) {
		ingest_on_resume(s->source->in, NULL, NULL);
		s->source->user = NULL;
	}
	uv_close((uv_handle_t *)&s->pipe, on_session_handle_gone);
	uv_close((uv_handle_t *)&s->look, on_session_handle_gone);
}

static void on_answered(uv_write_t *write, int status)
{
	(void)status; /* a client that is gone needs no answer */
	end_session(write->data);
}

/* The last word of a session. */
static void answer(struct session *s, enum control_kind kind, struct span payload)
{
	uv_read_stop((uv_stream_t *)&s->pipe);
	control_frame_add(&s->answer, kind, payload);
	uv_buf_t bytes = uv_buf_init(s->answer.p, (unsigned)s->answer.n);
	s->write.data = s;
	if (uv_write(&s->write, (uv_stream_t *)&s->pipe, &bytes, 1, on_answered))
		end_session(s);
}

static void refuse(struct session *s, const char *text)
{
	s->finishing = true;
	answer(s, CONTROL_REFUSED, span_of(text));
}

static void on_look(uv_timer_t *timer)
{
	struct session *s = timer->data;
	struct ingest_counts now = ingest_counts(s->source->in);
	if (now.waiting)
		return;
	uv_timer_stop(timer);
	struct control_counts counts = {
		.messages = now.messages - s->before.messages,
		.in = now.in - s->before.in,
		.logged = now.logged - s->before.logged,
		.duplicates = now.duplicates - s->before.duplicates,
	};
	for (int i = 0; i < SKIP_REASONS; i++)
		counts.skipped[i] = now.skipped[i] - s->before.skipped[i];
	DIAG(DIAG_INFO, "control", "replay: %llu in, %llu logged, %llu duplicates", (unsigned long long)counts.in,
		(unsigned long long)counts.logged, (unsigned long long)counts.duplicates);
	struct buf payload = {0};
	control_counts_add(&payload, &counts);
	answer(s, CONTROL_DONE, buf_view(&payload));
	buf_finish(&payload);
}

static void go_on(struct session *s);

static void on_resume(void *data)
{
	struct session *s = data;
	s->blocked = false;
	go_on(s);
}

static void hello(struct session *s, struct span payload)
{
	struct control *c = s->control;
	if (!payload.n || payload.p[0] != CONTROL_VERSION) {
		refuse(s, "the server is another version of carillon; start it anew");
		return;
	}
	const struct config_source *wanted = config_source(c->config, span_from(payload, 1));
	if (!wanted) {
		refuse(s, "the server doesn't know this source; has carillon.yaml been changed?");
		return;
	}
	struct replay_source *source = &c->sources[wanted - c->config->sources];
	/* Also when its client was killed, and the log still works on what that has sent. */
	if (source->user || (source->in && ingest_counts(source->in).waiting)) {
		refuse(s, "another replay into this source is going on; wait until it is done");
		return;
	}
	if (!source->in)
		source->in = ingest_source(c->ingest, wanted->name, wanted->mapping);
	source->user = s;
	s->source = source;
	s->before = ingest_counts(source->in);
	ingest_on_resume(source->in, on_resume, s);
}

static void on_purged(void *data, enum err e, uint64_t n_events, const struct why *why)
{
	struct purging *p = data;
	struct session *s = p->session;
	struct buf payload = {0};
	if (e != E_GONE) /* then the hub has, too */
		hub_forget(p->hub, p->what, span_of(p->name), p->source ? span_of(p->source) : (struct span){NULL, 0});
	DIAG(DIAG_INFO, "control", "a name was taken out of %llu events", (unsigned long long)n_events);
	if (s) {
		s->purging = NULL;
		control_purged_add(&payload, n_events, e ? span_of(why->text) : (struct span){NULL, 0});
		answer(s, CONTROL_PURGED, buf_view(&payload));
		buf_finish(&payload);
	}
	free(p->name);
	free(p->source);
	free(p);
}

static void purge(struct session *s, struct span payload)
{
	struct purging *p = mem_new(1, sizeof *p);
	struct span name, source;
	if (!control_purge_read(payload, &p->what, &name, &source)) {
		free(p);
		refuse(s, "the server is another version of carillon; start it anew");
		return;
	}
	p->session = s;
	p->hub = s->control->hub;
	p->name = span_dup(name);
	p->source = source.n ? span_dup(source) : NULL;
	s->finishing = true;
	s->purging = p;
	if (log_purge(s->control->log, p->what, name, p->source, on_purged, p)) {
		s->purging = NULL;
		free(p->name);
		free(p->source);
		free(p);
		refuse(s, "the log is behind; try again later");
	}
}

struct sent_note {
	uv_write_t write;
	char *bytes;
};

static void on_note_sent(uv_write_t *write, int status)
{
	struct sent_note *n = (struct sent_note *)write;
	(void)status; /* on_read tells when it has gone */
	free(n->bytes);
	free(n);
}

static void on_note(void *data, const struct note *note)
{
	struct session *s = data;
	struct buf payload = {0}, frame = {0};
	if (uv_stream_get_write_queue_size((uv_stream_t *)&s->pipe) > UNHEARD_MOST)
		return;
	control_note_add(&payload, note);
	control_frame_add(&frame, CONTROL_NOTE, buf_view(&payload));
	buf_finish(&payload);
	struct sent_note *n = mem_new(1, sizeof *n);
	uv_buf_t bytes = uv_buf_init(frame.p, (unsigned)frame.n);
	n->bytes = buf_take(&frame);
	if (uv_write(&n->write, (uv_stream_t *)&s->pipe, &bytes, 1, on_note_sent))
		on_note_sent(&n->write, 0);
}

static void listen_to(struct session *s, struct span payload)
{
	if (!payload.n || payload.p[0] != CONTROL_VERSION) {
		refuse(s, "the server is another version of carillon; start it anew");
		return;
	}
	s->station = hub_station(s->control->hub, span_from(payload, 1));
	if (!s->station) {
		refuse(s, "the server doesn't know this station; has carillon.yaml been changed?");
		return;
	}
	s->ear = (struct hub_ear){.note = on_note, .data = s};
	hub_hear(s->station, &s->ear);
}

/* E_FULL: the same frame again later. */
static enum err handle(struct session *s, enum control_kind kind, struct span payload)
{
	if (kind == CONTROL_HELLO && !s->source) {
		hello(s, payload);
		return OK;
	}
	if (kind == CONTROL_PURGE && !s->source) {
		purge(s, payload);
		return OK;
	}
	if (kind == CONTROL_LISTEN && !s->source && !s->station) {
		listen_to(s, payload);
		return OK;
	}
	if (!s->source) {
		refuse(s, "a session begins with HELLO");
		return OK;
	}
	switch (kind) {
	case CONTROL_MESSAGE:
		return ingest_message(s->source->in, payload, (struct span){0});
	case CONTROL_OVERSIZE:
		return ingest_skip(s->source->in, SKIP_OVERSIZE, (struct span){0});
	case CONTROL_FINISH:
		s->finishing = true;
		uv_read_stop((uv_stream_t *)&s->pipe);
		uv_timer_start(&s->look, on_look, COMMITTED_LOOK_MS, COMMITTED_LOOK_MS);
		return OK;
	default:
		refuse(s, "an unknown kind of frame");
		return OK;
	}
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
	struct session *s = handle->data;
	(void)wanted;
	*room = uv_buf_init(s->room, READ_ROOM);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
	struct session *s = stream->data;
	if (n < 0) {
		end_session(s);
		return;
	}
	buf_add(&s->in, room->base, (size_t)n);
	go_on(s);
}

/* Handles the frames that are there, and reads on unless the log is behind. */
static void go_on(struct session *s)
{
	size_t used = 0;
	while (!s->finishing && !s->closing && !s->blocked) {
		enum control_kind kind;
		struct span payload;
		size_t n_frame;
		enum err e = control_frame_read(span_from(buf_view(&s->in), used), &kind, &payload, &n_frame);
		if (e == E_AGAIN)
			break;
		if (e) {
			refuse(s, "a frame is too long");
			return;
		}
		if (handle(s, kind, payload) == E_FULL)
			s->blocked = true;
		else
			used += n_frame;
	}
	if (s->closing)
		return;
	buf_drop(&s->in, used);
	if (s->blocked)
		uv_read_stop((uv_stream_t *)&s->pipe);
	else if (!s->finishing)
		uv_read_start((uv_stream_t *)&s->pipe, on_room, on_read);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control *c = listener->data;
	if (status < 0)
		return;
	struct session *s = mem_new(1, sizeof *s);
	s->control = c;
	s->room = mem_new(READ_ROOM, 1);
	uv_pipe_init(&c->loop->uv, &s->pipe, 0);
	uv_timer_init(&c->loop->uv, &s->look);
	s->pipe.data = s->look.data = s;
	s->open_handles = 2;
	s->next = c->sessions;
	c->sessions = s;
	if (uv_accept(listener, (uv_stream_t *)&s->pipe))
		end_session(s);
	else if (++c->n_sessions > SESSIONS_MAX)
		refuse(s, "too many replays at once");
	else
		go_on(s);
}

static void on_pipe_gone(uv_handle_t *handle)
{
	struct control *c = handle->data;
	c->pipe_gone = true;
	release_control(c);
}

enum err control_listen(struct loop *loop, const char *var, const struct config *config, struct ingest *ingest,
	struct log *log, struct hub *hub, struct control **control, struct why *why)
{
	char path[CONTROL_PATH_MAX];
	int folder = control_path(var, path);
	if (folder < 0)
		return why_set(why, E_IO, "can't open %s: %s", var, strerror(errno));
	struct control *c = mem_new(1, sizeof *c);
	*c = (struct control){.loop = loop, .config = config, .ingest = ingest, .log = log, .hub = hub,
		.folder = folder};
	c->sources = mem_new(config->n_sources ? config->n_sources : 1, sizeof *c->sources);
	uv_pipe_init(&loop->uv, &c->pipe, 0);
	c->pipe.data = c;
	/* Of a server that was killed: this process holds the log now, so nobody listens there. */
	unlink(path);
	mode_t mask = umask(0177);
	int code = uv_pipe_bind(&c->pipe, path);
	umask(mask);
	if (!code)
		code = uv_listen((uv_stream_t *)&c->pipe, SESSIONS_MAX, on_connection);
	if (code) {
		why_set(why, E_IO, "can't listen on %s/control.sock: %s", var, uv_strerror(code));
		control_stop(c);
		return E_IO;
	}
	*control = c;
	return OK;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	c->is_stopping = true;
	for (struct session *s = c->sessions; s; s = s->next)
		end_session(s);
	uv_close((uv_handle_t *)&c->pipe, on_pipe_gone); /* removes the socket too */
}
