/* A change is made to the file's text, a line added or taken out, so that what else stands there stays as it is, also
 * what this program can't read. It is done under a lock (var/tokens.lock), by a new file that takes the old one's place:
 * who reads has one or the other.
 * SPDX-License-Identifier: MIT */
#include "server/token_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

enum { FILE_MAX = 1 << 20 };

static const char head[] =
	"# Who may push events. One token a line: NAME ID SHA-256 SOURCE CREATED; SOURCE is * for any.\n"
	"# Written by `carillon token`.\n";

struct token_store {
	char *var, *path;
	void (*fault)(void *data, const char *file, int line, const char *text);
	void *data;
	struct token_entry *entries;
	size_t n;
	struct stat seen; /* of the file that was read; st_ino 0: none */
};

struct token_store *token_store_open(const char *var,
	void (*fault)(void *data, const char *file, int line, const char *text), void *data)
{
	struct token_store *s = mem_new(1, sizeof *s);
	*s = (struct token_store){.var = mem_strdup(var), .path = file_join(var, "tokens"), .fault = fault, .data = data};
	return s;
}

static void forget(struct token_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)(uintptr_t)s->entries[i].name);
		free((char *)(uintptr_t)s->entries[i].stream);
	}
	free(s->entries);
	s->entries = NULL;
	s->n = 0;
}

void token_store_close(struct token_store *s)
{
	if (!s)
		return;
	forget(s);
	free(s->var);
	free(s->path);
	free(s);
}

bool token_name_is_one(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return name.n > 0 && name.n <= TOKEN_NAME_MAX;
}

/* --- reading --- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hash(struct span text, unsigned char hash[TOKEN_HASH])
{
	if (text.n != 2 * TOKEN_HASH)
		return false;
	for (size_t i = 0; i < TOKEN_HASH; i++) {
		int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		hash[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static const struct token_entry *find_name(const struct token_store *s, struct span name)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_is(name, s->entries[i].name))
			return &s->entries[i];
	return NULL;
}

/* What is wrong with the line; NULL: nothing, and it was added. */
static const char *read_line(struct token_store *s, struct span line)
{
	struct span words[5], rest = line, word;
	size_t n = 0;
	while (span_next_piece(&rest, ' ', &word))
		if (word.n && n++ < COUNT_OF(words))
			words[n - 1] = word;
	if (n != COUNT_OF(words))
		return "a token has five words";
	struct token_entry entry = {0};
	if (!token_name_is_one(words[0]))
		return "the first word is no name";
	if (find_name(s, words[0]))
		return "this name stands here twice";
	if (words[1].n != TOKEN_ID_TEXT)
		return "the second word is no token's id";
	memcpy(entry.id, words[1].p, TOKEN_ID_TEXT);
	if (!read_hash(words[2], entry.hash))
		return "the third word is no SHA-256 in hexadecimal digits";
	bool any = span_is(words[3], "*");
	if (!any && !token_name_is_one(words[3]))
		return "the fourth word is neither a source's name nor *";
	if (time_parse(words[4], &entry.created_ms))
		return "the fifth word is no time";
	entry.name = span_dup(words[0]);
	entry.stream = any ? NULL : span_dup(words[3]);
	s->entries = mem_grow(s->entries, s->n + 1, sizeof *s->entries);
	s->entries[s->n++] = entry;
	return NULL;
}

static void parse(struct token_store *s, struct span text)
{
	struct span line;
	for (int number = 1; span_next_line(&text, &line); number++) {
		line = span_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		const char *wrong = read_line(s, line);
		if (!wrong)
			continue;
		struct buf told = {0};
		buf_format(&told, "%s, so this one lets nobody in; take the line out and make a new token", wrong);
		s->fault(s->data, s->path, number, told.p);
		buf_finish(&told);
	}
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

enum err token_store_refresh(struct token_store *s, struct why *why)
{
	struct stat now = {0};
	if (stat(s->path, &now) && errno != ENOENT && errno != ENOTDIR) {
		forget(s);
		s->seen = (struct stat){0};
		return why_set(why, E_IO, "can't read %s: %s", s->path, strerror(errno));
	}
	if (is_same(&now, &s->seen))
		return OK;
	struct buf text = {0};
	forget(s);
	s->seen = (struct stat){0};
	enum err e = now.st_ino ? file_read(s->path, FILE_MAX, &text, why) : OK;
	if (e == E_GONE) /* since the stat */
		e = OK;
	else if (!e)
		s->seen = now; /* it may be older than what was read: then it is read once more */
	if (!e)
		parse(s, buf_view(&text));
	buf_finish(&text);
	return e;
}

size_t token_store_count(const struct token_store *s)
{
	return s->n;
}

const struct token_entry *token_store_at(const struct token_store *s, size_t i)
{
	ASSERT(i < s->n);
	return &s->entries[i];
}

const struct token_entry *token_store_find_id(const struct token_store *s, struct span id)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_is(id, s->entries[i].id))
			return &s->entries[i];
	return NULL;
}

const struct token_entry *token_store_find(const struct token_store *s, struct span token)
{
	struct span id;
	unsigned char hash[TOKEN_HASH];
	if (!token_parse(token, &id))
		return NULL;
	token_hash(token, hash);
	/* The id is no secret: how long it takes to find one tells nothing. */
	for (size_t i = 0; i < s->n; i++)
		if (span_is(id, s->entries[i].id) && token_hash_equal(hash, s->entries[i].hash))
			return &s->entries[i];
	return NULL;
}

/* --- changing --- */

/* Root makes tokens for a server that runs as somebody else: whose var is, his is what lies in it. */
static enum err give(const struct token_store *s, const char *path, struct why *why)
{
	struct stat folder;
	if (geteuid() != 0)
		return OK;
	if (stat(s->var, &folder) || chown(path, folder.st_uid, folder.st_gid))
		return why_set(why, E_IO, "can't give %s to the owner of %s: %s", path, s->var, strerror(errno));
	return OK;
}

static enum err store(const struct token_store *s, struct span content, struct why *why)
{
	enum err e = file_replace_private(s->path, content, why);
	return e ? e : give(s, s->path, why);
}

/* A descriptor that holds the lock until it is closed. */
static enum err lock(struct token_store *s, int *fd, struct why *why)
{
	enum err e = file_make_folder(s->var, why);
	if (e)
		return e;
	char *path = file_join(s->var, "tokens.lock");
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0 || flock(*fd, LOCK_EX)) {
		e = why_set(why, E_IO, "can't lock %s: %s", path, strerror(errno));
		if (*fd >= 0)
			close(*fd);
	} else {
		e = give(s, path, why);
		if (e)
			close(*fd);
	}
	free(path);
	return e;
}

static enum err read_text(struct token_store *s, struct buf *text, struct why *why)
{
	enum err e = file_read(s->path, FILE_MAX, text, why);
	if (e == E_GONE) {
		buf_text(text, head);
		e = OK;
	}
	if (!e)
		e = token_store_refresh(s, why);
	return e;
}

static void write_entry(struct buf *out, const struct token_entry *entry)
{
	if (out->n && out->p[out->n - 1] != '\n')
		buf_char(out, '\n');
	buf_format(out, "%s %s ", entry->name, entry->id);
	for (size_t i = 0; i < TOKEN_HASH; i++)
		buf_format(out, "%02x", entry->hash[i]);
	buf_format(out, " %s ", entry->stream ? entry->stream : "*");
	time_format_iso(out, entry->created_ms);
	buf_char(out, '\n');
}

enum err token_store_add(struct token_store *s, const char *name, const char *stream, char text[TOKEN_TEXT + 1],
	struct why *why)
{
	int fd;
	if (!token_name_is_one(span_of(name)))
		return why_set(why, E_FORMAT, "'%.80s' can't be a token's name; use a-z, 0-9, - and _, at most %d", name,
			TOKEN_NAME_MAX);
	enum err e = lock(s, &fd, why);
	if (e)
		return e;
	struct buf content = {0};
	e = read_text(s, &content, why);
	if (!e && find_name(s, span_of(name)))
		e = why_set(why, E_DENIED, "there is a token '%s' already; choose another name, or revoke that one first", name);
	if (!e)
		e = token_make(text, why);
	if (!e) {
		struct token_entry entry = {.name = name, .stream = stream, .created_ms = clock_wall_ms() / 1000 * 1000};
		struct span id;
		ASSERT(token_parse(span_of(text), &id));
		memcpy(entry.id, id.p, TOKEN_ID_TEXT);
		token_hash(span_of(text), entry.hash);
		write_entry(&content, &entry);
		e = store(s, buf_view(&content), why);
	}
	buf_finish(&content);
	close(fd);
	return e;
}

/* The text without the lines of this name. */
static void leave_out(struct buf *out, struct span text, const char *name)
{
	while (text.n) {
		size_t n = span_find(text, '\n');
		struct span line = span_make(text.p, n < text.n ? n + 1 : n), word, rest = span_trim(line);
		if (!span_next_piece(&rest, ' ', &word) || !span_is(word, name))
			buf_span(out, line);
		text = span_from(text, line.n);
	}
}

enum err token_store_revoke(struct token_store *s, const char *name, struct why *why)
{
	int fd;
	enum err e = lock(s, &fd, why);
	if (e)
		return e;
	struct buf content = {0}, left = {0};
	e = read_text(s, &content, why);
	if (!e && token_name_is_one(span_of(name)))
		leave_out(&left, buf_view(&content), name);
	else
		buf_span(&left, buf_view(&content));
	if (!e && left.n == content.n)
		e = why_set(why, E_GONE, "there is no token '%.80s'; carillon token list shows those that there are", name);
	if (!e)
		e = store(s, buf_view(&left), why);
	buf_finish(&content);
	buf_finish(&left);
	close(fd);
	return e;
}
