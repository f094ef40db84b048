/* media_child.c - the side of probing that touches the file: a process of its own for each, that may die of it. The one
 * that makes them (media_child_main) only passes descriptors on.
 * Nothing but libavformat's demuxers of the named formats runs here, on one open descriptor, without protocols, so that
 * no file can name another one (a playlist called evil.mp3).
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "transcripts/media_probe.h"

enum { IO_BYTES = 64 << 10, HEAD_BYTES = 512 };

static void limit(int what, rlim_t value)
{
	struct rlimit r = {value, value};
	if (setrlimit(what, &r))
		_exit(1); /* without its limits it does nothing */
}

static void lock_up(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(MEDIA_CHILD_SECONDS + 1); /* the parent has given up by then */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, 60);
	limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow alone is terabytes of addresses */
	limit(RLIMIT_AS, (rlim_t)512 << 20);
#endif
	/* Whatever the parent left open is none of ours; no further descriptor can be had. */
	close_range(3, ~0u, 0);
	limit(RLIMIT_NOFILE, 3);
}

static int read_some(void *unused, uint8_t *p, int n)
{
	(void)unused;
	ssize_t got;
	do
		got = read(0, p, (size_t)n);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek(void *unused, int64_t offset, int whence)
{
	(void)unused;
	if (whence & AVSEEK_SIZE) {
		int64_t here = lseek(0, 0, SEEK_CUR), end = lseek(0, 0, SEEK_END);
		lseek(0, here, SEEK_SET);
		return end;
	}
	int64_t at = lseek(0, offset, whence & ~AVSEEK_FORCE);
	return at < 0 ? AVERROR(errno) : at;
}

static int refuse_open(AVFormatContext *s, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
	(void)s, (void)io, (void)url, (void)flags, (void)options;
	return AVERROR(EPERM);
}

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

static bool is_picture(const AVStream *s)
{
	return s->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS);
}

static bool is_webm_codec(enum AVCodecID id)
{
	return id == AV_CODEC_ID_VP8 || id == AV_CODEC_ID_VP9 || id == AV_CODEC_ID_AV1 || id == AV_CODEC_ID_OPUS ||
		id == AV_CODEC_ID_VORBIS;
}

static enum media_type type_of(const AVFormatContext *f, bool has_video, bool only_webm_codecs)
{
	const char *name = f->iformat->name;
	if (strcmp(name, "mp3") == 0)
		return MEDIA_MP3;
	if (strcmp(name, "ogg") == 0)
		return has_video ? MEDIA_OGG_VIDEO : MEDIA_OGG;
	if (strcmp(name, "flac") == 0)
		return MEDIA_FLAC;
	if (strcmp(name, "wav") == 0)
		return MEDIA_WAV;
	if (strcmp(name, "aac") == 0)
		return MEDIA_AAC;
	if (strncmp(name, "matroska", 8) == 0 && only_webm_codecs)
		return has_video ? MEDIA_WEBM_VIDEO : MEDIA_WEBM_AUDIO;
	if (strncmp(name, "matroska", 8) == 0)
		return has_video ? MEDIA_MATROSKA_VIDEO : MEDIA_MATROSKA_AUDIO;
	if (!has_video)
		return MEDIA_M4A;
	const AVDictionaryEntry *brand = av_dict_get(f->metadata, "major_brand", NULL, 0);
	if (brand && strncmp(brand->value, "qt", 2) == 0)
		return MEDIA_QUICKTIME;
	return brand && strncmp(brand->value, "M4V", 3) == 0 ? MEDIA_M4V : MEDIA_MP4;
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

static bool describe(AVFormatContext *f, struct buf *answer)
{
	bool has_video = false, only_webm_codecs = true;
	int audio = -1;
	for (unsigned i = 0; i < f->nb_streams; i++) {
		const AVStream *s = f->streams[i];
		if (s->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && audio < 0)
			audio = (int)i;
		else if (s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_picture(s))
			has_video = true;
		else
			continue;
		only_webm_codecs = only_webm_codecs && is_webm_codec(s->codecpar->codec_id);
	}
	if (audio < 0 && !has_video)
		return false;
	enum media_type type = type_of(f, has_video, only_webm_codecs);
	int64_t ms = f->duration > 0 ? (f->duration + 500) / 1000 : 0;
	bool guessed = f->duration <= 0 || f->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
	if (guessed && audio >= 0)
		ms = count_packets(f, audio);
	buf_format(answer, "media %d %lld %d\n", type, (long long)ms, has_video);
	return true;
}

static bool probe(struct buf *answer)
{
	bool understood = false;
	AVFormatContext *f = avformat_alloc_context();
	AVIOContext *io = avio_alloc_context(av_malloc(IO_BYTES), IO_BYTES, 0, NULL, read_some, NULL, seek);
	AVDictionary *options = NULL;
	if (!f || !io)
		_exit(1);
	f->pb = io;
	f->flags |= AVFMT_FLAG_CUSTOM_IO;
	f->io_open = refuse_open;
	av_dict_set(&options, "format_whitelist", "mp3,ogg,flac,wav,mov,matroska,aac", 0);
	av_dict_set(&options, "protocol_whitelist", "", 0);
	av_dict_set(&options, "codec_whitelist", "mp3float,mp3,vorbis,opus,flac,aac,alac,pcm_s16le,pcm_s24le,pcm_s32le,"
		"pcm_f32le,pcm_u8,h264,hevc,vp8,vp9,av1,libdav1d,theora,mjpeg,png", 0);
	av_dict_set_int(&options, "probesize", 1 << 20, 0);
	av_dict_set_int(&options, "max_streams", 8, 0);
	if (avformat_open_input(&f, NULL, NULL, &options) == 0) { /* frees f when it fails */
		understood = avformat_find_stream_info(f, NULL) >= 0 && describe(f, answer);
		avformat_close_input(&f);
	}
	av_dict_free(&options);
	av_freep(&io->buffer);
	avio_context_free(&io);
	return understood;
}

static _Noreturn void work(int file, int answer)
{
	char head[HEAD_BYTES];
	struct buf line = {0};
	if (dup2(file, 0) != 0 || dup2(answer, 1) != 1)
		_exit(1);
	lock_up();
	ssize_t n = pread(0, head, sizeof head, 0);
	struct span start = {head, n > 0 ? (size_t)n : 0};
	if (!probe(&line)) {
		buf_clear(&line);
		buf_format(&line, "other not media: it looks like %s\n", looks_like(start));
	}
	ssize_t written = write(1, line.p, line.n);
	_exit(written == (ssize_t)line.n ? 0 : 1);
}

/* Receives the next file and where to answer; false when the parent has gone. */
static bool receive(int both[2])
{
	char byte;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct iovec one = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &one, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
	ssize_t got;
	do
		got = recvmsg(0, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(both, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

int media_child_main(void)
{
	int both[2];
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the children: their answer is all that counts */
	/* libavformat would report on a terminal that isn't there. */
	av_log_set_callback(say_nothing);
	while (receive(both)) {
		/* A fork that fails is heard of, too: the answer's end is closed without a word. */
		if (fork() == 0)
			work(both[0], both[1]);
		close(both[0]);
		close(both[1]);
	}
	return 0;
}
