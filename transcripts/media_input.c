/* SPDX-License-Identifier: MIT */
#include "transcripts/media_input.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"

enum { IO_BYTES = 64 << 10, MOST_PIXELS = 8192 * 4608 };

#define MEDIA_FORMATS "mp3,ogg,flac,wav,mov,matroska,aac"
#define PICTURE_FORMATS "png_pipe,jpeg_pipe,webp_pipe,gif"
#define CODECS "mp3float,mp3,vorbis,libvorbis,opus,libopus,flac,aac,alac,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_u8," \
	"h264,hevc,vp8,vp9,av1,libdav1d,libaom-av1,theora,mjpeg,png,webp,gif"

/* ---- reading and writing ---- */

static int read_some(void *unused, uint8_t *p, int n)
{
	(void)unused;
	ssize_t got;
	do
		got = read(0, p, (size_t)n);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek_in(int file, int64_t offset, int whence)
{
	if (whence & AVSEEK_SIZE) {
		int64_t here = lseek(file, 0, SEEK_CUR), end = lseek(file, 0, SEEK_END);
		lseek(file, here, SEEK_SET);
		return end;
	}
	int64_t at = lseek(file, offset, whence & ~AVSEEK_FORCE);
	return at < 0 ? AVERROR(errno) : at;
}

static int64_t seek(void *unused, int64_t offset, int whence)
{
	(void)unused;
	return seek_in(0, offset, whence);
}

static bool write_all(int file, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(file, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static int write_some(void *unused, uint8_t *p, int n)
{
	(void)unused;
	return write_all(MEDIA_OUTPUT, (const char *)p, (size_t)n) ? n : AVERROR(errno);
}

static int64_t seek_output(void *unused, int64_t offset, int whence)
{
	(void)unused;
	return seek_in(MEDIA_OUTPUT, offset, whence);
}

AVIOContext *media_output_io(void)
{
	AVIOContext *io = avio_alloc_context(av_malloc(IO_BYTES), IO_BYTES, 1, NULL, NULL, write_some, seek_output);
	if (!io)
		_exit(1);
	return io;
}

static int refuse_open(AVFormatContext *s, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
	(void)s, (void)io, (void)url, (void)flags, (void)options;
	return AVERROR(EPERM);
}

/* ---- answering ---- */

void media_say(const char *key, struct span value)
{
	char head[48];
	int n = snprintf(head, sizeof head, "%s %zu\n", key, value.n);
	if (!write_all(1, head, (size_t)n) || !write_all(1, value.p, value.n))
		_exit(1);
}

void media_say_format(const char *key, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	media_say(key, buf_view(&text));
	buf_finish(&text);
}

void media_say_progress(int64_t done, int64_t of)
{
	static int64_t said;
	int64_t now = of > 0 ? done * 1000 / of : 0;
	now = now < 0 ? 0 : now > 1000 ? 1000 : now;
	if (now < said + 5)
		return;
	said = now;
	media_say_format("progress", "%lld", (long long)now);
}

/* ---- opening ---- */

static bool is_picture(const AVStream *s)
{
	return s->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS);
}

static void find_streams(struct media_input *in)
{
	for (unsigned i = 0; i < in->f->nb_streams; i++) {
		const AVStream *s = in->f->streams[i];
		enum AVMediaType type = s->codecpar->codec_type;
		if (type == AVMEDIA_TYPE_AUDIO && in->audio < 0)
			in->audio = (int)i;
		else if (type == AVMEDIA_TYPE_VIDEO && !is_picture(s) && in->video < 0)
			in->video = (int)i;
		else if (type == AVMEDIA_TYPE_VIDEO && s->attached_pic.size > 0 && in->cover < 0)
			in->cover = (int)i;
	}
}

bool media_input_open(struct media_input *in, bool also_pictures)
{
	AVDictionary *options = NULL;
	*in = (struct media_input){.f = avformat_alloc_context(), .audio = -1, .video = -1, .cover = -1};
	in->io = avio_alloc_context(av_malloc(IO_BYTES), IO_BYTES, 0, NULL, read_some, NULL, seek);
	if (!in->f || !in->io)
		_exit(1);
	in->n_bytes = seek_in(0, 0, AVSEEK_SIZE);
	in->f->pb = in->io;
	in->f->flags |= AVFMT_FLAG_CUSTOM_IO;
	in->f->io_open = refuse_open;
	av_dict_set(&options, "format_whitelist", also_pictures ? MEDIA_FORMATS "," PICTURE_FORMATS : MEDIA_FORMATS, 0);
	av_dict_set(&options, "protocol_whitelist", "", 0);
	av_dict_set(&options, "codec_whitelist", CODECS, 0);
	av_dict_set_int(&options, "probesize", 1 << 20, 0);
	av_dict_set_int(&options, "max_streams", 16, 0);
	/* One that fails has freed f. */
	bool good = avformat_open_input(&in->f, NULL, NULL, &options) == 0 && avformat_find_stream_info(in->f, NULL) >= 0;
	av_dict_free(&options);
	if (good)
		find_streams(in);
	if (good && (in->audio >= 0 || in->video >= 0))
		return true;
	media_input_close(in);
	return false;
}

void media_input_close(struct media_input *in)
{
	avformat_close_input(&in->f);
	av_freep(&in->io->buffer);
	avio_context_free(&in->io);
}

int64_t media_input_declared_ms(const struct media_input *in)
{
	bool guessed = in->f->duration <= 0 || in->f->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
	return guessed ? 0 : (in->f->duration + 500) / 1000;
}

AVCodecContext *media_decoder(const struct media_input *in, int stream)
{
	const AVCodecParameters *p = in->f->streams[stream]->codecpar;
	const AVCodec *codec = avcodec_find_decoder(p->codec_id);
	AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
	AVDictionary *options = NULL;
	if (!c)
		return NULL;
	av_dict_set(&options, "codec_whitelist", CODECS, 0);
	c->thread_count = 1;
	c->max_pixels = MOST_PIXELS;
	c->pkt_timebase = in->f->streams[stream]->time_base;
	if (avcodec_parameters_to_context(c, p) < 0 || avcodec_open2(c, codec, &options) < 0)
		avcodec_free_context(&c);
	av_dict_free(&options);
	return c;
}

/* ---- what it is ---- */

static bool is_webm_codec(enum AVCodecID id)
{
	return id == AV_CODEC_ID_VP8 || id == AV_CODEC_ID_VP9 || id == AV_CODEC_ID_AV1 || id == AV_CODEC_ID_OPUS ||
		id == AV_CODEC_ID_VORBIS;
}

static bool has_only_webm_codecs(const struct media_input *in)
{
	const int streams[] = {in->audio, in->video};
	for (size_t i = 0; i < COUNT_OF(streams); i++)
		if (streams[i] >= 0 && !is_webm_codec(in->f->streams[streams[i]]->codecpar->codec_id))
			return false;
	return true;
}

enum media_type media_input_type(const struct media_input *in)
{
	const char *name = in->f->iformat->name;
	bool has_video = in->video >= 0;
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
	if (strncmp(name, "matroska", 8) == 0 && has_only_webm_codecs(in))
		return has_video ? MEDIA_WEBM_VIDEO : MEDIA_WEBM_AUDIO;
	if (strncmp(name, "matroska", 8) == 0)
		return has_video ? MEDIA_MATROSKA_VIDEO : MEDIA_MATROSKA_AUDIO;
	if (!has_video)
		return MEDIA_M4A;
	const AVDictionaryEntry *brand = av_dict_get(in->f->metadata, "major_brand", NULL, 0);
	if (brand && strncmp(brand->value, "qt", 2) == 0)
		return MEDIA_QUICKTIME;
	return brand && strncmp(brand->value, "M4V", 3) == 0 ? MEDIA_M4V : MEDIA_MP4;
}
