/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { READ_BYTES = 1 << 16 };

static enum err from_errno(struct why *why, const char *what, const char *path)
{
	int code = errno;
	enum err e = code == ENOENT || code == ENOTDIR ? E_GONE : code == ENOSPC || code == EDQUOT ? E_FULL : E_IO;
	return why_set(why, e, "can't %s %s: %s", what, path, strerror(code));
}

enum err file_read(const char *path, size_t limit, struct buf *out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return from_errno(why, "read", path);
	size_t start = out->n, room = READ_BYTES;
	enum err e = OK;
	struct stat info;
	bool is_known = fstat(fd, &info) == 0;
	if (is_known && S_ISDIR(info.st_mode)) {
		errno = EISDIR;
		e = from_errno(why, "read", path);
	} else if (is_known && S_ISREG(info.st_mode) && info.st_size < READ_BYTES) {
		room = (size_t)info.st_size + 1; /* its end is seen without more room */
	}
	while (!e) {
		buf_reserve(out, room);
		ssize_t n = read(fd, out->p + out->n, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = from_errno(why, "read", path);
		if (n <= 0)
			break;
		out->n += (size_t)n;
		out->p[out->n] = '\0';
		room = room > (size_t)n ? room - (size_t)n : READ_BYTES;
		if (out->n - start > limit)
			e = why_set(why, E_LIMIT, "%s is larger than %zu bytes", path, limit);
	}
	close(fd);
	return e;
}

static enum err write_all(int fd, struct span content)
{
	while (content.n) {
		ssize_t n = write(fd, content.p, content.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		content = span_from(content, (size_t)n);
	}
	return OK;
}

static enum err replace(const char *path, struct span content, mode_t mode, struct why *why)
{
	struct buf temporary = {0};
	buf_format(&temporary, "%s.new-%ld", path, (long)getpid());
	enum err e = OK;
	int fd = open(temporary.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0) {
		e = from_errno(why, "write", path);
		goto name;
	}
	if (write_all(fd, content) || fsync(fd))
		e = from_errno(why, "write", path);
	close(fd);
	if (!e && rename(temporary.p, path))
		e = from_errno(why, "replace", path);
	if (e) {
		unlink(temporary.p);
		goto name;
	}
	/* The new name itself must survive a power cut. */
	char *slash = strrchr(temporary.p, '/');
	if (slash)
		slash[slash == temporary.p] = '\0';
	int folder = open(slash ? temporary.p : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		if (fsync(folder))
			e = from_errno(why, "write", path);
		close(folder);
	}
name:
	buf_finish(&temporary);
	return e;
}

enum err file_replace(const char *path, struct span content, struct why *why)
{
	return replace(path, content, 0644, why);
}

enum err file_replace_private(const char *path, struct span content, struct why *why)
{
	return replace(path, content, 0600, why);
}

enum err file_make_folder(const char *path, struct why *why)
{
	char *copy = mem_strdup(path);
	enum err e = OK;
	for (char *p = copy + 1; !e; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char end = *p;
		*p = '\0';
		if (mkdir(copy, 0755) && (errno != EEXIST || (!end && !file_is_folder(copy))))
			e = from_errno(why, "make the folder", copy);
		*p = end;
		if (!end)
			break;
	}
	free(copy);
	return e;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_is_folder(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *file_join(const char *folder, const char *name)
{
	struct buf path = {0};
	if (name[0] != '/') {
		buf_text(&path, folder);
		if (path.n && path.p[path.n - 1] != '/')
			buf_char(&path, '/');
	}
	buf_text(&path, name);
	return buf_take(&path);
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

struct span file_stem(const char *path)
{
	const char *name = last_name(path);
	const char *dot = strrchr(name, '.');
	return span_make(name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
}

struct span file_ending(const char *path)
{
	const char *name = last_name(path);
	const char *dot = strrchr(name, '.');
	return dot && dot != name ? span_of(dot + 1) : (struct span){"", 0};
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err file_list(const char *folder, char ***names, size_t *n, struct why *why)
{
	*names = NULL;
	*n = 0;
	DIR *dir = opendir(folder);
	if (!dir)
		return from_errno(why, "list", folder);
	size_t room = 0;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (*n == room) {
			room = room ? room * 2 : 32;
			*names = mem_grow(*names, room, sizeof **names);
		}
		(*names)[(*n)++] = mem_strdup(entry->d_name);
	}
	closedir(dir);
	if (*n)
		qsort(*names, *n, sizeof **names, by_bytes);
	return OK;
}

void file_list_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}
