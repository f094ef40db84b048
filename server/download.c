/* SPDX-License-Identifier: MIT */
#include "server/download.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_artwork.h"
#include "transcripts/media_probe.h"

enum { MOST_ATTEMPTS = 20, MOST_IN_VAIN = 3, PAUSE_MS = 400, NOTE_BYTES = 16384, STEP_MS = 200 };

/* What the note says. */
struct note {
	char *url, *version; /* version: a strong ETag, or Last-Modified; "" = none */
	int64_t length;      /* -1: not known */
};

struct coming {
	const struct download *d;
	char *partial, *note_path;
	int fd;
	int64_t size, length; /* that is there; of the whole, -1 = not known */
	struct note note;
	bool is_done;
	struct fetch_result result; /* without its body */
	char text[sizeof((struct why *)0)->text];
	int code;             /* errno of a write that failed */
};

static char *hidden(const char *folder, const char *name, const char *ending)
{
	struct buf path = {0};
	buf_format(&path, ".%s%s", name, ending);
	char *full = file_join(folder, path.p);
	buf_finish(&path);
	return full;
}

/* ---- the note ---- */

static void note_finish(struct note *n)
{
	free(n->url);
	free(n->version);
	*n = (struct note){0};
}

static struct note note_read(const char *path)
{
	struct note n = {.length = -1};
	struct buf text = {0};
	struct span rest, url = {0}, version = {0}, length = {0};
	if (file_read(path, NOTE_BYTES, &text, NULL) == OK) {
		rest = buf_view(&text);
		(void)(span_next_line(&rest, &url) && span_next_line(&rest, &version) && span_next_line(&rest, &length));
	}
	if (!span_to_i64(length, &n.length))
		n.length = -1;
	n.url = span_dup(url);
	n.version = span_dup(version);
	buf_finish(&text);
	return n;
}

static bool note_write(const char *path, const char *url, const char *version, int64_t length)
{
	struct buf text = {0};
	buf_format(&text, "%s\n%s\n%lld\n", url, version, (long long)length);
	bool ok = file_replace(path, buf_view(&text), NULL) == OK;
	buf_finish(&text);
	return ok;
}

void download_forget(const char *folder, const char *name)
{
	char *path = hidden(folder, name, ".partial.from");
	unlink(path);
	free(path);
}

/* ---- what comes ---- */

static bool begin(void *data, const struct fetch_head *head)
{
	struct coming *c = data;
	if (head->status == 206 && head->from != c->size)
		return false; /* not what was asked for */
	if (head->status != 206) {
		c->size = 0;
		if (ftruncate(c->fd, 0)) {
			c->code = errno;
			return false;
		}
	}
	c->length = head->length;
	/* A weak ETag says that it reads the same, not that its bytes are (RFC 9110 8.8.1). */
	const char *version = head->etag[0] && strncmp(head->etag, "W/", 2) != 0 ? head->etag : head->last_modified;
	return note_write(c->note_path, c->d->url, version, head->length);
}

static bool bytes(void *data, const char *p, size_t n)
{
	struct coming *c = data;
	while (n) {
		ssize_t written = pwrite(c->fd, p, n, c->size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			c->code = written < 0 ? errno : ENOSPC;
			return false;
		}
		p += written;
		n -= (size_t)written;
		c->size += written;
	}
	if (c->d->progress)
		c->d->progress(c->d->data, c->size, c->length);
	return true;
}

static void done(void *data, struct fetch_result *r)
{
	struct coming *c = data;
	c->result = *r;
	c->result.body = (struct buf){0};
	c->is_done = true;
}

/* One request, from where the partial file ends. */
static void attempt(struct coming *c)
{
	const struct fetch_sink sink = {begin, bytes, c};
	note_finish(&c->note);
	c->note = note_read(c->note_path);
	bool may_go_on = c->size > 0 && c->note.version[0] && strcmp(c->note.url, c->d->url) == 0;
	const struct fetch_request request = {.url = c->d->url, .is_named = c->d->is_named, .sink = &sink,
		.from = may_go_on ? c->size : 0, .if_range = c->note.version};
	c->is_done = false;
	c->length = -1;
	fetch_start(c->d->fetcher, &request, done, c);
	while (!c->is_done)
		fetch_wait(c->d->fetcher, STEP_MS);
}

static bool is_whole(const struct coming *c)
{
	return c->length < 0 || c->size == c->length;
}

static enum err fetch_all(struct coming *c, struct why *why)
{
	int in_vain = 0;
	/* All of it came, and then the program ended. */
	c->note = note_read(c->note_path);
	if (c->size > 0 && c->note.length == c->size && strcmp(c->note.url, c->d->url) == 0)
		return OK;
	for (int i = 0; i < MOST_ATTEMPTS && in_vain < MOST_IN_VAIN; i++) {
		int64_t before = c->size;
		attempt(c);
		int status = c->result.status;
		if (c->code)
			return why_set(why, c->code == ENOSPC ? E_FULL : E_IO, "%s can't be written: %s", c->partial, strerror(c->code));
		if (c->result.outcome == FETCH_DONE && is_whole(c))
			return OK;
		if (c->result.outcome == FETCH_DONE)
			return why_set(why, E_FORMAT, "it has %lld bytes, not %lld as its server said; ask there", (long long)c->size,
				(long long)c->length);
		if (status == 416 && c->size) { /* there is less of it now */
			c->size = 0;
			if (ftruncate(c->fd, 0))
				return why_set(why, E_IO, "%s: %s", c->partial, strerror(errno));
		} else if (c->result.outcome == FETCH_GONE || status == 404) {
			return why_set(why, E_GONE, "%s", c->result.why.text);
		} else if (c->result.outcome == FETCH_REFUSED || status == 401 || status == 403) {
			return why_set(why, E_DENIED, "%s", c->result.why.text);
		}
		in_vain = c->size > before ? 0 : in_vain + 1;
		if (in_vain && in_vain < MOST_IN_VAIN)
			poll(NULL, 0, PAUSE_MS);
	}
	return why_set(why, E_AGAIN, "%s; %lld bytes are kept", c->result.why.text, (long long)c->size);
}

/* ---- its place ---- */

static const char *ending_of_type(const char *mime)
{
	static const struct { const char *type, *ending; } endings[] = {{"audio/mpeg", "mp3"}, {"audio/x-m4a", "m4a"},
		{"audio/aac", "aac"}, {"audio/ogg", "ogg"}, {"audio/flac", "flac"}, {"audio/wav", "wav"}, {"audio/webm", "weba"},
		{"audio/x-matroska", "mka"}, {"video/mp4", "mp4"}, {"video/quicktime", "mov"}, {"video/x-m4v", "m4v"},
		{"video/ogg", "ogv"}, {"video/webm", "webm"}, {"video/x-matroska", "mkv"}};
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (strcmp(endings[i].type, mime) == 0)
			return endings[i].ending;
	return NULL;
}

/* By what is in it: what its server and its feed call it may be anything. */
static enum err find_ending(const struct coming *c, const char **ending, struct why *why)
{
	struct feed_artwork picture;
	struct media_info info;
	enum err e;
	if (c->d->is_picture) {
		e = feed_artwork_read(c->partial, &picture, why);
		const char *type = !e && picture.type ? picture.type : "";
		*ending = strcmp(type, "image/jpeg") == 0 ? "jpg" : strcmp(type, "image/png") == 0 ? "png" : NULL;
	} else {
		e = media_probe(c->partial, &info, why);
		*ending = e ? NULL : ending_of_type(info.mime);
	}
	return e ? e : *ending ? OK : why_set(why, E_FORMAT, "it is a file of another kind");
}

static enum err put_in_place(struct coming *c, char **file, struct why *why)
{
	const char *ending;
	enum err e = fsync(c->fd) ? why_set(why, E_IO, "%s: %s", c->partial, strerror(errno)) : OK;
	e = e ? e : find_ending(c, &ending, why);
	if (e == E_FORMAT) {
		unlink(c->partial);
		unlink(c->note_path);
	}
	if (e)
		return e;
	struct buf name = {0};
	buf_format(&name, "%s.%s", c->d->name, ending);
	char *path = file_join(c->d->folder, name.p);
	if (renameat2(AT_FDCWD, c->partial, AT_FDCWD, path, RENAME_NOREPLACE)) {
		e = errno == EEXIST ? E_LIMIT : E_IO;
		(void)why_set(why, e, "%s: %s", path, e == E_LIMIT ? "there is another file of this name; it was left alone" :
			strerror(errno));
	}
	/* The note says from now on that the file is this one, whole. */
	if (!e)
		note_write(c->note_path, c->d->url, c->note.version ? c->note.version : "", c->size);
	free(path);
	*file = e ? NULL : buf_take(&name);
	buf_finish(&name);
	return e;
}

/* ---- what is there already ---- */

static const char *const endings[] = {"mp3", "m4a", "aac", "ogg", "flac", "wav", "weba", "mka", "mp4", "mov", "m4v", "ogv", "webm",
	"mkv", "jpg", "png"};

/* A file of that name that came in an earlier run, or that is the same by its size; E_LIMIT: it is another one. */
static enum err look_for(const struct coming *c, char **file, int64_t *n_bytes, struct why *why)
{
	struct note note = note_read(c->note_path);
	enum err e = E_AGAIN;
	for (size_t i = 0; i < COUNT_OF(endings) && e == E_AGAIN; i++) {
		struct buf name = {0};
		struct stat info;
		buf_format(&name, "%s.%s", c->d->name, endings[i]);
		char *path = file_join(c->d->folder, name.p);
		bool is_picture = strcmp(endings[i], "jpg") == 0 || strcmp(endings[i], "png") == 0;
		if (is_picture == c->d->is_picture && stat(path, &info) == 0) {
			bool is_ours = strcmp(note.url, c->d->url) == 0 && note.length == info.st_size;
			bool is_same = is_ours || (c->d->expected_bytes && c->d->expected_bytes == info.st_size);
			e = is_same ? OK : E_LIMIT;
			*n_bytes = info.st_size;
			*file = is_same ? mem_strdup(name.p) : NULL;
			if (!is_same)
				(void)why_set(why, E_LIMIT, "%s is there already, with %lld bytes; it was left alone", path,
					(long long)info.st_size);
		}
		free(path);
		buf_finish(&name);
	}
	note_finish(&note);
	return e;
}

enum err download(const struct download *d, char **file, int64_t *n_bytes, struct why *why)
{
	struct coming c = {.d = d, .partial = hidden(d->folder, d->name, ".partial"),
		.note_path = hidden(d->folder, d->name, ".partial.from"), .fd = -1, .length = -1};
	*file = NULL;
	enum err e = file_make_folder(d->folder, why);
	e = e ? e : look_for(&c, file, n_bytes, why);
	if (e != E_AGAIN)
		goto end;
	c.fd = open(c.partial, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	struct stat info;
	if (c.fd < 0 || fstat(c.fd, &info)) {
		e = why_set(why, E_IO, "%s can't be written: %s", c.partial, strerror(errno));
		goto end;
	}
	c.size = info.st_size;
	e = fetch_all(&c, why);
	if (!e)
		e = put_in_place(&c, file, why);
	/* Nothing came: nothing is left lying. */
	if (e && c.size == 0) {
		unlink(c.partial);
		unlink(c.note_path);
	}
	*n_bytes = c.size;
end:
	if (c.fd >= 0)
		close(c.fd);
	note_finish(&c.note);
	free(c.partial);
	free(c.note_path);
	return e;
}
