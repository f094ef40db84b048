/* media_child.c - the side of media work that touches the file: a process of its own for each job, that may die of
 * it. The one that makes them (media_child_main) only passes descriptors on.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "transcripts/media_input.h"
#include "transcripts/media_job.h"
#include "transcripts/media_seal.h"

enum { HEAD_BYTES = 512, MEMORY = 512 << 20, ENCODER_MEMORY = 1 << 30, GIVEN = 3, GENTLE = 10 };

static void say_nothing(void *context, int level, const char *format, va_list args)
{
	(void)context, (void)level, (void)format, (void)args;
}

/* What a file that isn't media looks like, from its first bytes. */
static const char *looks_like(struct span head)
{
	static const struct {
		const char *start;
		size_t n;
		const char *what;
	} known[] = {
		{"%PDF", 4, "a PDF document"}, {"PK\3\4", 4, "a zip archive"}, {"\x1f\x8b", 2, "a gzip archive"},
		{"\x89PNG", 4, "a PNG image"}, {"\xff\xd8\xff", 3, "a JPEG image"}, {"GIF8", 4, "a GIF image"},
		{"#EXTM3U", 7, "a playlist"}, {"[playlist]", 10, "a playlist"}, {"WEBVTT", 6, "a WebVTT transcript"},
		{"SQLite format 3", 15, "an SQLite database"}, {"\x7f" "ELF", 4, "a program"}, {"{", 1, "JSON"},
		{"version https://git-lfs", 23, "a Git LFS pointer; fetch the real file with git lfs pull"},
	};
	if (!head.n)
		return "an empty file";
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (head.n >= known[i].n && memcmp(head.p, known[i].start, known[i].n) == 0)
			return known[i].what;
	struct span text = span_trim(head);
	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_trim(span_from(text, 3));
	if (text.n >= 5 && (span_equal_nocase(span_make(text.p, 5), SPAN_LITERAL("<html")) ||
				   span_equal_nocase(span_make(text.p, 5), SPAN_LITERAL("<!doc"))))
		return "an HTML page";
	if (span_starts(text, "<"))
		return "XML or HTML";
	for (size_t i = 0; i < head.n; i++)
		if ((unsigned char)head.p[i] < 0x20 && !strchr("\t\r\n\f", head.p[i]))
			return "no format that is known here";
	return "text";
}

static void say_other(void)
{
	char head[HEAD_BYTES];
	lseek(0, 0, SEEK_SET);
	ssize_t n = read(0, head, sizeof head);
	media_say_format("other", "not media: it looks like %s", looks_like(span_make(head, n > 0 ? (size_t)n : 0)));
}

/* Where a format doesn't say how long it is, its packets do: reading on is cheap, guessing from the first bit rate is
 * wrong for every variable one. */
static int64_t count_packets(AVFormatContext *f, int audio)
{
	AVPacket *packet = av_packet_alloc();
	int64_t sum = 0;
	if (!packet)
		return 0;
	while (av_read_frame(f, packet) >= 0) {
		if (packet->stream_index == audio && packet->duration > 0)
			sum += packet->duration;
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	return av_rescale_q(sum, f->streams[audio]->time_base, (AVRational){1, 1000});
}

void media_look(void)
{
	struct media_input in;
	if (!media_input_open(&in, false)) {
		say_other();
		return;
	}
	int64_t ms = media_input_declared_ms(&in);
	if (!ms && in.audio >= 0)
		ms = count_packets(in.f, in.audio);
	else if (!ms && in.f->duration > 0)
		ms = in.f->duration / 1000;
	media_say_format("media", "%d %lld %d", (int)media_input_type(&in), (long long)ms, in.video >= 0);
	media_input_close(&in);
}

struct request {
	char what;
	int is_gentle, seconds, n_given, given[GIVEN];
	long long most_bytes;
	char settings[MEDIA_SETTINGS];
};

static _Noreturn void work(const struct request *r)
{
	static const int places[GIVEN] = {0, 1, MEDIA_OUTPUT};
	const struct media_seal seal = {.n_files = places[r->n_given - 1] + (r->n_given > 2 ? 1 : 2), .seconds = r->seconds,
		.most_bytes = r->most_bytes, .memory = r->n_given > 2 ? ENCODER_MEMORY : MEMORY};
	/* The received ones are above 2: 0 to 2 are the socket and twice /dev/null, of which one stays. */
	for (int i = 0; i < r->n_given; i++)
		if (dup2(r->given[i], places[i]) != places[i])
			_exit(1);
	if (r->is_gentle)
		setpriority(PRIO_PROCESS, 0, GENTLE);
	if (!media_seal(&seal)) {
		media_say("failed", SPAN_LITERAL("this kernel can't shut a media child in (seccomp); use one that can"));
		_exit(1);
	}
	switch (r->what) {
	case MEDIA_LOOK: media_look(); break;
	case MEDIA_STUDY: media_study_job(); break;
	case MEDIA_NORMALISE: media_normalise_job(r->settings); break;
	case MEDIA_RENDITION: media_rendition_job(r->settings); break;
	case MEDIA_ARTWORK: media_artwork_job(r->settings); break;
	default: _exit(1);
	}
	media_say("end", (struct span){0});
	_exit(0);
}

/* Receives the next request; false when the parent has gone. */
static bool receive(struct request *r)
{
	char text[MEDIA_SETTINGS + 64];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof r->given)];
	} control = {0};
	struct iovec one = {text, sizeof text - 1};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
	ssize_t got;
	int used = 0;
	do
		got = recvmsg(0, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(2 * sizeof(int)))
		return false;
	text[got] = '\0';
	*r = (struct request){.n_given = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int))};
	memcpy(r->given, CMSG_DATA(header), (size_t)r->n_given * sizeof(int));
	if (sscanf(text, "%c %d %d %lld %n", &r->what, &r->is_gentle, &r->seconds, &r->most_bytes, &used) < 4)
		return false;
	snprintf(r->settings, sizeof r->settings, "%s", text + used);
	return true;
}

int media_child_main(void)
{
	struct request r;
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the children: their answer is all that counts */
	signal(SIGPIPE, SIG_DFL); /* a parent that no longer listens ends them */
	signal(SIGXFSZ, SIG_DFL);
	/* libavformat would report on a terminal that isn't there. */
	av_log_set_callback(say_nothing);
	while (receive(&r)) {
		/* A fork that fails is heard of, too: the answer's end is closed without a word. */
		if (fork() == 0)
			work(&r);
		for (int i = 0; i < r.n_given; i++)
			close(r.given[i]);
	}
	return 0;
}
