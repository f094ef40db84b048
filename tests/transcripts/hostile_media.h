/* hostile_media.h - what the tests with recordings that were made to hurt share: a folder, a trap that listens, and what
 * a study of some bytes says. Include it last; the program is its own media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_HOSTILE_MEDIA_H
#define TESTS_HOSTILE_MEDIA_H

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_study.h"
#include "tests/transcripts/descriptors.h"

static char folder[] = "/tmp/carillon-hostile-XXXXXX";
static int trap, trap_port;

/* ---- what a file costs ---- */

static inline void assert_nobody_called(void)
{
	assert_int_equal(accept(trap, NULL, NULL), -1);
	assert_true(errno == EAGAIN || errno == EWOULDBLOCK);
}

static inline char *in_folder(const char *name)
{
	return file_join(folder, name);
}

/* Writes it as a file of this name, studies that, and takes it away again. */
static inline enum err study_bytes(const char *name, struct span bytes, struct media_study *s, struct why *why)
{
	char *path = in_folder(name);
	assert_int_equal(file_replace(path, bytes, NULL), OK);
	media_study_init(s);
	enum err e = media_study(path, NULL, s, NULL, why);
	unlink(path);
	free(path);
	return e;
}

static inline struct buf fixture(const char *name)
{
	struct buf path = {0}, bytes = {0};
	buf_format(&path, "%s/transcripts/media/%s", getenv("TEST_DATA"), name);
	assert_int_equal(file_read(path.p, 1 << 20, &bytes, NULL), OK);
	buf_finish(&path);
	return bytes;
}

static inline int begin(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n_at = sizeof at;
	(void)state;
	trap = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!mkdtemp(folder) || trap < 0 || bind(trap, (struct sockaddr *)&at, sizeof at) || listen(trap, 16) ||
		getsockname(trap, (struct sockaddr *)&at, &n_at))
		return -1;
	trap_port = ntohs(at.sin_port);
	/* The first one starts the process that makes the children, and keeps a descriptor for it. */
	struct buf tone = fixture("tone.mp3");
	struct media_study s;
	enum err e = study_bytes("first.mp3", buf_view(&tone), &s, NULL);
	media_study_finish(&s);
	buf_finish(&tone);
	return e ? -1 : 0;
}

static inline int end(void **state)
{
	(void)state;
	close(trap);
	return rmdir(folder);
}

#endif
