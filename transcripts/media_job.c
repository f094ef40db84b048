/* media_job.c - the parent's side of the media children: starts them, and believes nothing they say without looking.
 * SPDX-License-Identifier: MIT */
#include "transcripts/media_job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/media_probe.h"

enum { KEY_MAX = 24, LINE_MAX_BYTES = KEY_MAX + 12, LOOK_FOR_STOP_MS = 200 };

/* The starter: a process of ours, made once, that makes a child for each file. Loading this program and its libraries
 * takes 20 ms and more, a fork of it one; and only a process with one thread may fork and go on. */
static struct {
	pthread_mutex_t mutex;
	pid_t pid;
	int socket; /* -1: there is none */
} starter = {.mutex = PTHREAD_MUTEX_INITIALIZER, .socket = -1};

#define IS_CHILD "CARILLON_MEDIA_CHILD"

static void end_starter(void)
{
	if (starter.socket < 0)
		return;
	close(starter.socket); /* at which it ends itself */
	while (waitpid(starter.pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	starter.socket = -1;
}

/* With its end of the socket as 0 and nothing as 1 and 2; everything else is close-on-exec. */
static enum err start_starter(struct why *why)
{
	static char *const argv[] = {"carillon", MEDIA_CHILD_ARGUMENT, NULL};
	static char *const envp[] = {"LC_ALL=C", IS_CHILD "=1", NULL};
	int ends[2];
	/* A program whose main doesn't hand over would start itself without end. */
	if (getenv(IS_CHILD))
		return why_set(why, E_DENIED, "a media child makes none; its program's main must call media_child_main");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return why_set(why, E_IO, "can't make a socket: %s", strerror(errno));
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0); /* a terminal's Ctrl-C is for us, who then close the socket */
	int failed = posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
	failed = failed ? failed : posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	failed = failed ? failed : posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	failed = failed ? failed : posix_spawn(&starter.pid, "/proc/self/exe", &actions, &attributes, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(ends[1]);
	if (failed) {
		close(ends[0]);
		return why_set(why, E_IO, "can't start the media child: %s; is /proc mounted?", strerror(failed));
	}
	starter.socket = ends[0];
	return OK;
}

/* Hands the descriptors to the starter: the file, where to answer, and where to write if anywhere. */
static bool send_request(const struct media_job *job, int answer)
{
	const int given[3] = {job->file, answer, job->output};
	size_t n_bytes = (job->output < 0 ? 2 : 3) * sizeof(int);
	struct buf text = {0};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof given)];
	} control = {0};
	buf_format(&text, "%c %d %d %lld %s", job->work, job->is_gentle, job->seconds, (long long)job->most_bytes,
		job->settings);
	struct iovec one = {text.p, text.n};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = CMSG_SPACE(n_bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(n_bytes);
	memcpy(CMSG_DATA(header), given, n_bytes);
	ssize_t sent;
	do
		sent = sendmsg(starter.socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	bool whole = sent == (ssize_t)text.n;
	buf_finish(&text);
	return whole;
}

static enum err start_child(const struct media_job *job, int answer, struct why *why)
{
	enum err e = OK;
	pthread_mutex_lock(&starter.mutex);
	if (starter.socket < 0)
		e = start_starter(why);
	if (!e && !send_request(job, answer)) {
		/* It has gone, killed by whoever: another one. */
		end_starter();
		e = start_starter(why);
		if (!e && !send_request(job, answer))
			e = why_set(why, E_IO, "can't reach the media child: %s", strerror(errno));
	}
	pthread_mutex_unlock(&starter.mutex);
	return e;
}

/* ---- the answer ---- */

struct hearing {
	const struct media_job *job;
	struct buf held;   /* what isn't a whole record yet */
	bool has_ended;
	enum err said;     /* what the child itself says is wrong */
	struct why *why;
};

/* Printable ASCII: an error's text goes to terminals and logs. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || (unsigned char)text.p[i] > 0x7E)
			return false;
	return true;
}

static bool take_record(struct hearing *h, struct span key, struct span value)
{
	if (h->has_ended)
		return false;
	if (span_is(key, "end")) {
		h->has_ended = true;
		return true;
	}
	bool is_other = span_is(key, "other");
	if (!is_other && !span_is(key, "failed"))
		return h->job->record(h->job->data, key, value);
	if (!is_plain(value))
		return false;
	h->said = is_other ? E_FORMAT : E_IO;
	why_set(h->why, h->said, "%.*s%s", value.n > 160 ? 160 : (int)value.n, value.p,
		is_other ? "; put an audio or video file there" : "");
	return true;
}

/* Takes the whole records out of what is held; false: nonsense. */
static bool take_records(struct hearing *h)
{
	size_t used = 0;
	for (;;) {
		struct span rest = span_from(buf_view(&h->held), used);
		size_t line = span_find(rest, '\n'), blank;
		int64_t n;
		if (line == rest.n) {
			if (rest.n > LINE_MAX_BYTES)
				return false;
			break;
		}
		struct span head = span_make(rest.p, line);
		blank = span_find(head, ' ');
		if (blank == 0 || blank > KEY_MAX || !span_to_i64(span_from(head, blank + 1), &n) || n < 0 ||
		    n > MEDIA_RECORD_BYTES)
			return false;
		if (rest.n - line - 1 < (size_t)n)
			break;
		if (!take_record(h, span_make(rest.p, blank), span_make(rest.p + line + 1, (size_t)n)))
			return false;
		used += line + 1 + (size_t)n;
	}
	buf_drop(&h->held, used);
	return true;
}

/* Reads what the child says until it closes its end. */
static enum err hear(struct hearing *h, int answer)
{
	int64_t end_ms = clock_mono_ms() + 2000 * (int64_t)h->job->seconds;
	for (;;) {
		int64_t left_ms = end_ms - clock_mono_ms();
		if (h->job->stop && atomic_load(h->job->stop))
			return why_set(h->why, E_TIMEOUT, "stopped");
		if (left_ms <= 0)
			return why_set(h->why, E_TIMEOUT, "not done within %d s; is the file damaged?", 2 * h->job->seconds);
		struct pollfd wait = {.fd = answer, .events = POLLIN};
		int ready = poll(&wait, 1, h->job->stop && left_ms > LOOK_FOR_STOP_MS ? LOOK_FOR_STOP_MS : (int)left_ms);
		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		char bytes[16384];
		ssize_t got = ready < 0 ? -1 : read(answer, bytes, sizeof bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(h->why, E_IO, "can't read from the media child: %s", strerror(errno));
		if (got == 0)
			break;
		buf_add(&h->held, bytes, (size_t)got);
		if (!take_records(h))
			return why_set(h->why, E_IO, "the media child went mad over it; is the file damaged?");
	}
	if (h->said)
		return h->said;
	return h->has_ended ? OK : why_set(h->why, E_IO, "the media child died over it; is the file damaged?");
}

enum err media_job_run(const struct media_job *job, struct why *why)
{
	int ends[2];
	struct why own;
	struct hearing h = {.job = job, .why = why ? why : &own};
	ASSERT(strlen(job->settings) < MEDIA_SETTINGS);
	if (pipe2(ends, O_CLOEXEC))
		return why_set(why, E_IO, "can't make a pipe: %s", strerror(errno));
	enum err e = start_child(job, ends[1], h.why);
	close(ends[1]);
	e = e ? e : hear(&h, ends[0]);
	close(ends[0]); /* a child that still works dies when it next says something */
	buf_finish(&h.held);
	return e;
}
