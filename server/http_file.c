/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/http_conn.h"

enum { SEND_A_TURN = 256 << 10 };

/* The kernel itself keeps the path below the folder: no "..", no absolute path, no link of any kind on the way.
 * E_GONE: no regular file there, as far as anyone outside may know. */
static enum err open_below(const char *folder, const char *relative, int *fd, struct stat *info)
{
	if (strstr(relative, "//")) /* the kernel takes it for one; a file has one address */
		return E_GONE;
	int base = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return E_GONE;
	struct open_how how = {
		/* O_NONBLOCK: opening a pipe must not wait for its other end. */
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long opened = syscall(SYS_openat2, base, relative, &how, sizeof(how));
	int reason = errno;
	close(base);
	if (opened < 0) {
		if (reason == ENOSYS || reason == EMFILE || reason == ENFILE || reason == EACCES || reason == EIO) {
			DIAG(DIAG_WARN, "http", "a file can't be opened: %s", strerror(reason));
			return reason == EACCES ? E_GONE : E_IO;
		}
		return E_GONE;
	}
	*fd = (int)opened;
	if (fstat(*fd, info) != 0 || !S_ISREG(info->st_mode)) {
		close(*fd);
		return E_GONE;
	}
	return OK;
}

enum range { RANGE_ALL, RANGE_PART, RANGE_OUTSIDE };

/* RFC 9110 14.1.2. Several ranges, other units and nonsense are ignored, as it allows. */
static enum range parse_range(struct span value, uint64_t size, uint64_t *first, uint64_t *n)
{
	int64_t from, to;
	if (value.n < 6 || !span_equal_nocase(span_make(value.p, 6), SPAN_LITERAL("bytes=")))
		return RANGE_ALL;
	value = span_trim(span_from(value, 6));
	size_t dash = span_find(value, '-');
	struct span a = span_make(value.p, dash), b = span_from(value, dash + 1);
	for (size_t i = 0; i < a.n + b.n; i++) {
		char c = i < a.n ? a.p[i] : b.p[i - a.n];
		if (c < '0' || c > '9')
			return RANGE_ALL;
	}
	if (dash >= value.n || (!a.n && !b.n))
		return RANGE_ALL;
	/* Numbers beyond any file are as good as the largest. */
	if (a.n && !span_to_i64(a, &from))
		from = INT64_MAX;
	if (!b.n || !span_to_i64(b, &to))
		to = INT64_MAX;
	if (!a.n) { /* the last `to` bytes */
		if (to == 0 || size == 0)
			return RANGE_OUTSIDE;
		*n = (uint64_t)to < size ? (uint64_t)to : size;
		*first = size - *n;
		return RANGE_PART;
	}
	if (from > to)
		return RANGE_ALL;
	if ((uint64_t)from >= size)
		return RANGE_OUTSIDE;
	*first = (uint64_t)from;
	*n = ((uint64_t)to < size ? (uint64_t)to + 1 : size) - *first;
	return RANGE_PART;
}

/* If-Range: the tag or the date of what the client has; otherwise it gets the whole. */
static bool still_same(struct span if_range, const char *etag, const char *modified)
{
	return !if_range.p || span_is(if_range, etag) || span_is(if_range, modified);
}

static bool is_unmodified(const struct http *h, const char *etag, const struct stat *info)
{
	struct span match = http_header(h, "if-none-match"), since = http_header(h, "if-modified-since");
	int64_t ms;
	if (match.p)
		return http_etag_matches(match, etag, true);
	return since.p && time_parse_http(since, &ms) == OK && (int64_t)info->st_mtim.tv_sec * 1000 <= ms;
}

static void send_part(struct http *h, int fd, uint64_t first, uint64_t n)
{
	h->is_complete = true;
	if (h->head_only || n == 0) {
		close(fd);
		return;
	}
	h->file = fd;
	h->file_at = first;
	h->file_left = n;
}

void http_file(struct http *h, const char *folder, const char *relative, const char *type,
	const struct http_field *extra)
{
	struct stat info;
	int fd;
	enum err e = open_below(folder, relative, &fd, &info);
	if (e) {
		http_error(h, e == E_GONE ? 404 : 503, NULL);
		return;
	}
	char etag[64], content_range[80];
	struct buf modified = {0};
	uint64_t size = (uint64_t)info.st_size, first = 0, n = size;
	snprintf(etag, sizeof(etag), "\"%llx-%llx-%llx\"", (unsigned long long)size,
		(unsigned long long)info.st_mtim.tv_sec * 1000000000u + (unsigned long long)info.st_mtim.tv_nsec,
		(unsigned long long)info.st_ino);
	time_format_http(&modified, (int64_t)info.st_mtim.tv_sec * 1000);
	enum { OURS = 4, MOST = 20 };
	struct http_field fields[MOST] = {
		{"accept-ranges", "bytes"}, {"etag", etag}, {"last-modified", modified.p}, {NULL, NULL}};
	size_t n_fields = OURS - 1;
	for (const struct http_field *f = extra; f && f->name; f++) {
		ASSERT(n_fields < MOST - 2);
		fields[n_fields++] = *f;
	}

	struct span range = http_header(h, "range");
	enum range kind = RANGE_ALL;
	if (range.p && h->request.method == HTTP_GET && http_head_count(h->head, "range") == 1 &&
	    still_same(http_header(h, "if-range"), etag, modified.p))
		kind = parse_range(range, size, &first, &n);
	if (is_unmodified(h, etag, &info)) {
		http_begin(h, 304, NULL, HTTP_NO_LENGTH, fields);
		send_part(h, fd, 0, 0);
	} else if (kind == RANGE_OUTSIDE) {
		snprintf(content_range, sizeof(content_range), "bytes */%llu", (unsigned long long)size);
		fields[n_fields] = (struct http_field){"content-range", content_range};
		http_begin(h, 416, NULL, 0, fields);
		send_part(h, fd, 0, 0);
	} else {
		if (kind == RANGE_PART) {
			snprintf(content_range, sizeof(content_range), "bytes %llu-%llu/%llu", (unsigned long long)first,
				(unsigned long long)(first + n - 1), (unsigned long long)size);
			fields[n_fields] = (struct http_field){"content-range", content_range};
		}
		http_begin(h, kind == RANGE_PART ? 206 : 200, type, (int64_t)n, fields);
		send_part(h, fd, first, n);
	}
	buf_finish(&modified);
}

/* The page cache goes to the socket without a copy of ours. It may wait for the disk: a local file's next 256 KiB, read
 * ahead by the kernel, which is bearable on the loop; a site on a network share isn't meant. */
enum err http_file_send(struct http *h, uint64_t *sent)
{
	off_t at = (off_t)h->file_at;
	size_t most = h->file_left < SEND_A_TURN ? (size_t)h->file_left : SEND_A_TURN;
	ssize_t n = sendfile(h->conn->fd, h->file, &at, most);
	if (n < 0 && errno == EINTR)
		return OK;
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? E_AGAIN : E_IO;
	if (n == 0)
		return E_IO; /* the file became shorter than was promised: only the end of the connection can say so */
	h->file_at += (uint64_t)n;
	h->file_left -= (uint64_t)n;
	*sent = (uint64_t)n;
	return (size_t)n < most ? E_AGAIN : OK;
}
