/* media_probe.c - the parent's side of probing: starts the child, believes nothing it says without looking, remembers.
 * SPDX-License-Identifier: MIT */
#include "transcripts/media_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

enum { WALL_MS = MEDIA_CHILD_SECONDS * 1000, ANSWER_MAX = 400 };

const char *const media_types[] = {
	[MEDIA_MP3] = "audio/mpeg",
	[MEDIA_M4A] = "audio/x-m4a", /* Apple's name; PSP-1's audio/m4a is refused by nobody, but not in Apple's list */
	[MEDIA_AAC] = "audio/aac",
	[MEDIA_OGG] = "audio/ogg",
	[MEDIA_FLAC] = "audio/flac",
	[MEDIA_WAV] = "audio/wav",
	[MEDIA_WEBM_AUDIO] = "audio/webm",
	[MEDIA_MATROSKA_AUDIO] = "audio/x-matroska",
	[MEDIA_MP4] = "video/mp4",
	[MEDIA_QUICKTIME] = "video/quicktime",
	[MEDIA_M4V] = "video/x-m4v",
	[MEDIA_OGG_VIDEO] = "video/ogg",
	[MEDIA_WEBM_VIDEO] = "video/webm",
	[MEDIA_MATROSKA_VIDEO] = "video/x-matroska",
};

const char *media_mime_of(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{"mp3", "audio/mpeg"}, {"m4a", "audio/x-m4a"}, {"m4b", "audio/x-m4a"}, {"aac", "audio/aac"},
		{"ogg", "audio/ogg"}, {"oga", "audio/ogg"}, {"opus", "audio/ogg"}, {"flac", "audio/flac"},
		{"wav", "audio/wav"}, {"weba", "audio/webm"}, {"mka", "audio/x-matroska"}, {"mp4", "video/mp4"},
		{"m4v", "video/x-m4v"}, {"mov", "video/quicktime"}, {"ogv", "video/ogg"}, {"webm", "video/webm"},
		{"mkv", "video/x-matroska"}, {"pdf", "application/pdf"}, {"vtt", "text/vtt; charset=utf-8"},
		{"srt", "application/x-subrip"}, {"json", "application/json"}, {"txt", "text/plain; charset=utf-8"},
		{"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"png", "image/png"}, {"gif", "image/gif"},
		{"webp", "image/webp"}, {"svg", "image/svg+xml"},
	};
	struct span ending = file_ending(path);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (span_equal_nocase(ending, span_of(types[i].ending)))
			return types[i].type;
	return "application/octet-stream";
}

/* What was found for a file as it was then. */
struct memory {
	char *path;
	dev_t device;
	ino_t inode;
	int64_t n_bytes, changed_ns;
	enum err e;
	struct media_info info;
	struct why why;
};

/* Open addressing by the path's hash, at most half full; a path's newer result replaces the older one. As many entries
 * as the site has media, ever. */
static struct {
	pthread_mutex_t mutex;
	struct memory *places;
	size_t n, room; /* room: a power of two, or 0 */
} memories = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The path's entry, or the empty place for it. Needs room > n. */
static struct memory *place_of(const char *path)
{
	size_t i = span_hash(span_of(path)) & (memories.room - 1);
	while (memories.places[i].path && strcmp(memories.places[i].path, path) != 0)
		i = (i + 1) & (memories.room - 1);
	return &memories.places[i];
}

static void make_room(void)
{
	if (memories.n * 2 < memories.room)
		return;
	struct memory *old = memories.places;
	size_t n_old = memories.room;
	memories.room = n_old ? n_old * 2 : 64;
	memories.places = mem_new(memories.room, sizeof *memories.places);
	for (size_t i = 0; i < n_old; i++)
		if (old[i].path)
			*place_of(old[i].path) = old[i];
	free(old);
}

static bool recall(const struct memory *key, struct media_info *info, struct why *why, enum err *e)
{
	pthread_mutex_lock(&memories.mutex);
	make_room();
	const struct memory *m = place_of(key->path);
	bool same = m->path && m->device == key->device && m->inode == key->inode && m->n_bytes == key->n_bytes &&
		m->changed_ns == key->changed_ns;
	if (same) {
		*info = m->info;
		*e = m->e;
		if (why && m->e)
			*why = m->why;
	}
	pthread_mutex_unlock(&memories.mutex);
	return same;
}

static void remember(const struct memory *found)
{
	pthread_mutex_lock(&memories.mutex);
	make_room();
	struct memory *m = place_of(found->path);
	char *path = m->path;
	if (!path) {
		path = mem_strdup(found->path);
		memories.n++;
	}
	*m = *found;
	m->path = path;
	pthread_mutex_unlock(&memories.mutex);
}

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

/* Hands two descriptors to the starter: the file, and where to answer. */
static bool send_request(int file, int answer)
{
	const int both[2] = {file, answer};
	char byte = 'p';
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof both)];
	} control = {0};
	struct iovec one = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof both);
	memcpy(CMSG_DATA(header), both, sizeof both);
	ssize_t sent;
	do
		sent = sendmsg(starter.socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == 1;
}

static enum err start_child(int file, int answer, struct why *why)
{
	enum err e = OK;
	pthread_mutex_lock(&starter.mutex);
	if (starter.socket < 0)
		e = start_starter(why);
	if (!e && !send_request(file, answer)) {
		/* It has gone, killed by whoever: another one. */
		end_starter();
		e = start_starter(why);
		if (!e && !send_request(file, answer))
			e = why_set(why, E_IO, "can't reach the media child: %s", strerror(errno));
	}
	pthread_mutex_unlock(&starter.mutex);
	return e;
}

/* Reads what the child says until it closes its end. */
static enum err hear(int answer, char text[ANSWER_MAX], struct why *why)
{
	int64_t end_ms = clock_mono_ms() + WALL_MS;
	size_t n = 0;
	for (;;) {
		int64_t left_ms = end_ms - clock_mono_ms();
		struct pollfd wait = {.fd = answer, .events = POLLIN};
		int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return why_set(why, E_TIMEOUT, "not understood within %d s; is the file damaged?", MEDIA_CHILD_SECONDS);
		ssize_t got = ready < 0 ? -1 : read(answer, text + n, ANSWER_MAX - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(why, E_IO, "can't read from the media child: %s", strerror(errno));
		n += (size_t)got;
		text[n] = '\0';
		if (got == 0 || n == ANSWER_MAX - 1)
			return OK;
	}
}

/* "media TYPE DURATION_MS HAS_VIDEO" or "other WHAT IT LOOKS LIKE". */
static enum err understand(char *text, struct media_info *info, struct why *why)
{
	struct span line = span_of(text), rest, word;
	int64_t numbers[3];
	size_t n = 0;
	bool whole = span_ends(line, "\n");
	line = span_trim(line);
	if (whole && span_starts(line, "other ")) {
		line = span_from(line, 6);
		for (size_t i = 0; i < line.n; i++)
			if ((unsigned char)line.p[i] < 0x20 || (unsigned char)line.p[i] > 0x7E)
				return why_set(why, E_FORMAT, "not media; put an audio or video file there");
		return why_set(why, E_FORMAT, "%.*s; put an audio or video file there", line.n > 120 ? 120 : (int)line.n,
			line.p);
	}
	rest = span_from(line, 6);
	while (n < COUNT_OF(numbers) && span_next_piece(&rest, ' ', &word) && span_to_i64(word, &numbers[n]))
		n++;
	bool good = whole && span_starts(line, "media ") && n == COUNT_OF(numbers) && rest.n == 0 && numbers[0] >= 0 &&
		numbers[0] < MEDIA_TYPES && numbers[1] >= 0 && numbers[1] <= INT64_C(100) * 24 * 3600 * 1000 &&
		(numbers[2] == 0 || numbers[2] == 1);
	if (!good)
		return why_set(why, E_IO, "the media child died over it; is the file damaged?");
	info->mime = media_types[numbers[0]];
	info->duration_ms = numbers[1];
	info->has_video = numbers[2] == 1;
	return OK;
}

static enum err ask_child(int file, struct media_info *info, struct why *why)
{
	int ends[2];
	char text[ANSWER_MAX] = "";
	if (pipe2(ends, O_CLOEXEC))
		return why_set(why, E_IO, "can't make a pipe: %s", strerror(errno));
	enum err e = start_child(file, ends[1], why);
	close(ends[1]);
	e = e ? e : hear(ends[0], text, why);
	close(ends[0]);
	return e ? e : understand(text, info, why);
}

enum err media_probe(const char *path, struct media_info *info, struct why *why)
{
	*info = (struct media_info){0};
	/* Not blocking: a named pipe in the folder would wait for its writer. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return errno == ENOENT || errno == ENOTDIR ? why_set(why, E_GONE, "%s isn't there", path)
							   : why_set(why, E_IO, "can't read %s: %s", path, strerror(errno));
	struct stat s;
	enum err e = OK;
	if (fstat(file, &s) || !S_ISREG(s.st_mode)) {
		e = why_set(why, E_FORMAT, "not a file; put an audio or video file there");
		goto done;
	}
	struct memory found = {.path = (char *)path, .device = s.st_dev, .inode = s.st_ino, .n_bytes = s.st_size,
		.changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec};
	if (recall(&found, info, why, &e))
		goto done;
	e = ask_child(file, &found.info, &found.why);
	found.info.n_bytes = s.st_size;
	found.e = e;
	*info = found.info;
	if (e && why)
		*why = found.why;
	/* A machine that is short of something now may not be so later. */
	if (!e || e == E_FORMAT)
		remember(&found);
done:
	close(file);
	return e;
}
