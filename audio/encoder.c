/* Frames are put straight into libav's frame in the codec's own sample format; a full frame is encoded at once, so any
 * number of frames may come in. Everything that could differ between two runs is switched off (bitexact, fixed Ogg
 * serial): the same samples give the same file.
 * WAV and FLAC hold 16 bits, rounded to nearest without dither: silence stays zeros, both hold the same samples, and
 * the rounding (-98 dBFS) lies far below the instrument's own noise floor.
 * SPDX-License-Identifier: MIT */
#include "audio/encoder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "audio/fmp4.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"

enum { RATE = 48000, CHANNELS = 2, PCM_FRAME = 4096, PAGE_US = 20000, IO_BUFFER = 4096 };

struct recipe {
	const char *codec, *muxer; /* no muxer: fmp4.c */
	enum AVSampleFormat sample;
	int file_bit_rate; /* 0: the codec has none */
};
static const struct recipe recipes[] = {
	[ENCODER_WAV] = {"pcm_s16le", "wav", AV_SAMPLE_FMT_S16, 0},
	[ENCODER_FLAC] = {"flac", "flac", AV_SAMPLE_FMT_S16, 0},
	[ENCODER_OPUS] = {"libopus", "ogg", AV_SAMPLE_FMT_FLT, 128000},
	[ENCODER_MP3] = {"libmp3lame", "mp3", AV_SAMPLE_FMT_FLTP, 192000},
	[ENCODER_HLS] = {"aac", NULL, AV_SAMPLE_FMT_FLTP, 0},
};

struct encoder {
	const struct recipe *recipe;
	enum encoder_format format;
	AVFormatContext *muxer; /* NULL: HLS */
	AVCodecContext *codec;
	AVStream *stream;
	AVFrame *frame;
	AVPacket *packet;
	int frame_size;  /* frames that the codec takes at a time */
	int filled;      /* frames in `frame` so far */
	int64_t next_pts;
	bool finished;
	/* file */
	char *path, *partial;
	/* endless */
	void (*sink)(void *data, struct span bytes, bool is_header);
	void *sink_data;
	struct buf gathered; /* what the muxer wrote for the packet in work */
	struct fmp4_segment segment; /* of HLS, in the making */
};

/* libav says what went wrong only through its log. It is kept for the why of the call that fails, which is where it is
 * reported. Endless encoders run on audio threads, where nothing is logged: theirs goes nowhere else. */
static _Thread_local struct {
	bool silent;
	char text[100];
} said;

static void keep_log(void *context, int level, const char *format, va_list args)
{
	if (level > AV_LOG_ERROR)
		return;
	int prefix = 1;
	char line[sizeof said.text];
	av_log_format_line2(context, level, format, args, line, sizeof line, &prefix);
	line[strcspn(line, "\n")] = '\0';
	memcpy(said.text, line, sizeof said.text);
	if (!said.silent)
		DIAG(DIAG_DEBUG, "encoder", "libav: %s", line);
}

static void quiet_libav(void)
{
	av_log_set_callback(keep_log);
}

static void enter(const struct encoder *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, quiet_libav);
	said.silent = e->sink != NULL;
	said.text[0] = '\0';
}

static const char *advice_for(int code)
{
	switch (AVUNERROR(code)) {
	case ENOSPC:
	case EDQUOT: return "; make room and try again";
	case ENOENT:
	case ENOTDIR: return "; make the folder first";
	case EACCES:
	case EPERM:
	case EROFS: return "; choose a place that you may write to";
	default: return "";
	}
}

static enum err failed(struct why *why, int code, const char *what)
{
	char text[AV_ERROR_MAX_STRING_SIZE];
	av_strerror(code, text, sizeof text);
	enum err e = code == AVERROR(ENOSPC) || code == AVERROR(EDQUOT) ? E_FULL : E_IO;
	const char *advice = advice_for(code);
	if (said.text[0])
		return why_set(why, e, "%s: %s (%s)%s", what, text, said.text, advice);
	return why_set(why, e, "%s: %s%s", what, text, advice);
}

/* Pages and frames leave whole: the muxer's writes are gathered until the packet is done. */
static int gather(void *data, uint8_t *bytes, int n)
{
	struct encoder *e = data;
	buf_add(&e->gathered, bytes, (size_t)n);
	return n;
}

static void deliver(struct encoder *e, bool is_header)
{
	if (!e->sink)
		return;
	avio_flush(e->muxer->pb);
	if (e->gathered.n)
		e->sink(e->sink_data, buf_view(&e->gathered), is_header);
	buf_clear(&e->gathered);
}

static enum err open_codec(struct encoder *e, struct why *why)
{
	const struct recipe *r = e->recipe;
	const AVCodec *codec = avcodec_find_encoder_by_name(r->codec);
	if (!codec)
		return why_set(why, E_GONE, "this machine's libavcodec has no encoder %s; install one that has", r->codec);
	AVCodecContext *c = e->codec = avcodec_alloc_context3(codec);
	ASSERT(c);
	c->sample_rate = RATE;
	c->sample_fmt = r->sample;
	c->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
	c->time_base = (AVRational){1, RATE};
	c->bit_rate = e->sink ? encoder_stream_bit_rate(e->format) : r->file_bit_rate;
	c->flags |= AV_CODEC_FLAG_BITEXACT;
	if (!e->muxer || e->muxer->oformat->flags & AVFMT_GLOBALHEADER)
		c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	AVDictionary *options = NULL;
	/* Without the bit reservoir every MP3 frame stands alone, so that a listener can start at any of them. */
	if (e->sink && r == &recipes[ENCODER_MP3])
		av_dict_set(&options, "reservoir", "0", 0);
	int code = avcodec_open2(c, codec, &options);
	av_dict_free(&options);
	if (code < 0)
		return failed(why, code, "can't start the encoder");

	e->frame_size = c->frame_size ? c->frame_size : PCM_FRAME;
	e->frame = av_frame_alloc();
	e->packet = av_packet_alloc();
	ASSERT(e->frame && e->packet);
	e->frame->format = r->sample;
	e->frame->sample_rate = RATE;
	e->frame->nb_samples = e->frame_size;
	e->frame->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
	code = av_frame_get_buffer(e->frame, 0);
	return code < 0 ? failed(why, code, "can't start the encoder") : OK;
}

/* --- HLS: segments of our own making --- */

static enum err open_segments(struct encoder *e, struct why *why)
{
	enum err err = open_codec(e, why);
	if (err)
		return err;
	const AVCodecContext *c = e->codec;
	const struct fmp4_track track = {.rate = RATE, .channels = CHANNELS, .bit_rate = (uint32_t)c->bit_rate,
		.config = span_make((const char *)c->extradata, (size_t)c->extradata_size), .priming = (uint32_t)c->initial_padding};
	fmp4_init(&e->gathered, &track);
	e->sink(e->sink_data, buf_view(&e->gathered), true);
	buf_clear(&e->gathered);
	return OK;
}

static void add_to_segment(struct encoder *e)
{
	fmp4_add(&e->segment, span_make((const char *)e->packet->data, (size_t)e->packet->size));
	if (e->segment.n_units * (size_t)e->frame_size < ENCODER_SEGMENT_FRAMES)
		return;
	fmp4_end(&e->segment, (uint32_t)e->frame_size, &e->gathered);
	e->sink(e->sink_data, buf_view(&e->gathered), false);
	buf_clear(&e->gathered);
}

/* --- everything else: libav's muxers --- */

static void add_tags(AVFormatContext *muxer, const struct encoder_tags *tags)
{
	if (!tags)
		return;
	const char *pairs[][2] = {{"title", tags->title}, {"artist", tags->artist}, {"date", tags->date},
		{"comment", tags->comment}, {"source", tags->source}};
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		if (pairs[i][1] && pairs[i][1][0])
			av_dict_set(&muxer->metadata, pairs[i][0], pairs[i][1], 0);
}

/* libav's muxer of MP3 writes its chapters. That of FLAC leaves them out, and that of Ogg rounds their seconds up
 * (5.1: 33.75 s becomes 34.750), but both write any Vorbis comment. */
static void add_chapters(AVFormatContext *muxer, const struct encoder_tags *tags, bool as_comments)
{
	for (size_t i = 0; tags && i < tags->n_chapters; i++) {
		const struct encoder_chapter *from = &tags->chapters[i];
		if (as_comments) {
			unsigned long long ms = from->from / (RATE / 1000);
			char key[24], time[24];
			snprintf(key, sizeof key, "CHAPTER%03u", (unsigned)i);
			snprintf(time, sizeof time, "%02llu:%02llu:%02llu.%03llu", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
			av_dict_set(&muxer->metadata, key, time, 0);
			strcat(key, "NAME");
			av_dict_set(&muxer->metadata, key, from->title, 0);
			continue;
		}
		AVChapter *to = av_mallocz(sizeof *to);
		ASSERT(to);
		*to = (AVChapter){.id = (int64_t)i, .time_base = {1, RATE}, .start = (int64_t)from->from, .end = (int64_t)from->to};
		av_dict_set(&to->metadata, "title", from->title, 0);
		av_dynarray_add(&muxer->chapters, (int *)&muxer->nb_chapters, to);
	}
}

static enum err open_muxer(struct encoder *e, const struct encoder_tags *tags, struct why *why)
{
	int code = avformat_alloc_output_context2(&e->muxer, NULL, e->recipe->muxer, NULL);
	if (code < 0)
		return failed(why, code, "can't start the file format");
	e->muxer->flags |= AVFMT_FLAG_BITEXACT;
	add_tags(e->muxer, tags);
	add_chapters(e->muxer, tags, e->recipe == &recipes[ENCODER_FLAC] || e->recipe == &recipes[ENCODER_OPUS]);
	enum err err = open_codec(e, why);
	if (err)
		return err;
	e->stream = avformat_new_stream(e->muxer, NULL);
	ASSERT(e->stream);
	e->stream->time_base = e->codec->time_base;
	code = avcodec_parameters_from_context(e->stream->codecpar, e->codec);
	return code < 0 ? failed(why, code, "can't start the file format") : OK;
}

static enum err write_header(struct encoder *e, struct why *why)
{
	/* An option that the muxer doesn't know stays in the dictionary and is ignored: one list for all of them.
	 * serial_offset: bitexact numbers Ogg streams from it, and an all-zero serial looks like a fault. RF64: a WAV
	 * longer than 6 h passes 4 GiB. */
	AVDictionary *options = NULL;
	av_dict_set_int(&options, "serial_offset", 0x43617269, 0);
	av_dict_set(&options, "rf64", "auto", 0);
	if (e->sink) {
		av_dict_set_int(&options, "page_duration", PAGE_US, 0);
		av_dict_set_int(&options, "write_xing", 0, 0);
		av_dict_set_int(&options, "id3v2_version", 0, 0);
	}
	int code = avformat_write_header(e->muxer, &options);
	av_dict_free(&options);
	if (code < 0)
		return failed(why, code, "can't begin the sound file");
	deliver(e, true);
	return OK;
}

enum err encoder_open_file(const char *path, enum encoder_format format, const struct encoder_tags *tags,
	struct encoder **encoder, struct why *why)
{
	struct encoder *e = mem_new(1, sizeof *e);
	e->recipe = &recipes[format];
	e->format = format;
	enter(e);
	/* It is replaced by rename at the end: better refused now than after an hour's work, and never a device. */
	struct stat there;
	enum err err = OK;
	if (lstat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode))
		err = why_set(why, E_IO, "%s is there and no ordinary file; choose another name",
			S_ISDIR(there.st_mode) ? "a folder of that name" : "something else of that name");
	if (!err)
		err = open_muxer(e, tags, why);
	if (err)
		goto fail;
	struct buf url = {0};
	buf_format(&url, "%s.partial", path);
	e->path = mem_strdup(path);
	e->partial = mem_strdup(url.p);
	buf_clear(&url);
	/* Without the prefix a name with a colon would be taken for a network protocol. */
	buf_format(&url, "file:%s", e->partial);
	int code = avio_open(&e->muxer->pb, url.p, AVIO_FLAG_WRITE);
	buf_finish(&url);
	if (code < 0) {
		free(e->partial); /* nothing of ours is there: nothing to remove */
		e->partial = NULL;
		err = failed(why, code, "can't write there");
		goto fail;
	}
	err = write_header(e, why);
	if (err)
		goto fail;
	*encoder = e;
	return OK;
fail:
	encoder_destroy(e);
	return err;
}

enum err encoder_open_stream(enum encoder_format format, const struct encoder_tags *tags,
	void (*sink)(void *data, struct span bytes, bool is_header), void *data, struct encoder **encoder, struct why *why)
{
	ASSERT(encoder_stream_bit_rate(format));
	struct encoder *e = mem_new(1, sizeof *e);
	e->recipe = &recipes[format];
	e->format = format;
	e->sink = sink;
	e->sink_data = data;
	enter(e);
	enum err err = e->recipe->muxer ? open_muxer(e, tags, why) : open_segments(e, why);
	if (!err && e->muxer) {
		unsigned char *memory = av_malloc(IO_BUFFER);
		ASSERT(memory);
		e->muxer->pb = avio_alloc_context(memory, IO_BUFFER, 1, e, NULL, gather, NULL);
		ASSERT(e->muxer->pb);
		e->muxer->pb->seekable = 0;
		e->muxer->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
		err = write_header(e, why);
	}
	if (err) {
		encoder_destroy(e);
		return err;
	}
	*encoder = e;
	return OK;
}

static enum err drain(struct encoder *e, struct why *why)
{
	for (;;) {
		int code = avcodec_receive_packet(e->codec, e->packet);
		if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
			return OK;
		if (code < 0)
			return failed(why, code, "can't encode the sound");
		if (!e->muxer) {
			add_to_segment(e);
			av_packet_unref(e->packet);
			continue;
		}
		av_packet_rescale_ts(e->packet, e->codec->time_base, e->stream->time_base);
		code = av_write_frame(e->muxer, e->packet);
		av_packet_unref(e->packet);
		if (code < 0)
			return failed(why, code, "can't write the sound");
		deliver(e, false);
	}
}

static enum err encode_filled(struct encoder *e, struct why *why)
{
	e->frame->nb_samples = e->filled;
	e->frame->pts = e->next_pts;
	e->next_pts += e->filled;
	e->filled = 0;
	int code = avcodec_send_frame(e->codec, e->frame);
	e->frame->nb_samples = e->frame_size;
	return code < 0 ? failed(why, code, "can't encode the sound") : drain(e, why);
}

/* What isn't a number would stop libopus and crash lame; what is over full scale would wrap in 16 bits. */
static float in_range(float x)
{
	if (!isfinite(x))
		return 0;
	return x > 1 ? 1 : x < -1 ? -1 : x;
}

static int16_t to_16_bits(float x)
{
	long v = lrintf(in_range(x) * 32768.0f);
	return (int16_t)(v > 32767 ? 32767 : v);
}

static void put(struct encoder *e, const float *in, size_t n)
{
	size_t at = (size_t)e->filled;
	switch (e->recipe->sample) {
	case AV_SAMPLE_FMT_S16: {
		int16_t *out = (int16_t *)e->frame->data[0] + at * CHANNELS;
		for (size_t i = 0; i < n * CHANNELS; i++)
			out[i] = to_16_bits(in[i]);
		break;
	}
	case AV_SAMPLE_FMT_FLT: {
		float *out = (float *)e->frame->data[0] + at * CHANNELS;
		for (size_t i = 0; i < n * CHANNELS; i++)
			out[i] = in_range(in[i]);
		break;
	}
	default: {
		float *left = (float *)e->frame->data[0] + at, *right = (float *)e->frame->data[1] + at;
		for (size_t i = 0; i < n; i++) {
			left[i] = in_range(in[i * CHANNELS]);
			right[i] = in_range(in[i * CHANNELS + 1]);
		}
	}
	}
	e->filled += (int)n;
}

enum err encoder_write(struct encoder *e, const float *frames, size_t n, struct why *why)
{
	enter(e);
	while (n) {
		if (e->filled == 0) { /* the codec may still hold the last one's bytes */
			int code = av_frame_make_writable(e->frame);
			if (code < 0)
				return failed(why, code, "can't encode the sound");
		}
		size_t room = (size_t)(e->frame_size - e->filled);
		size_t part = n < room ? n : room;
		put(e, frames, part);
		frames += part * CHANNELS;
		n -= part;
		if (e->filled == e->frame_size) {
			enum err err = encode_filled(e, why);
			if (err)
				return err;
		}
	}
	return OK;
}

/* The bytes are on the disk before the name is: after a power cut there is the old file or the whole new one. */
static enum err put_in_place(struct encoder *e, struct why *why)
{
	int code = avio_closep(&e->muxer->pb);
	if (code < 0)
		return failed(why, code, "can't write the sound");
	int fd = open(e->partial, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(why, AVERROR(errno), "can't finish the sound file");
	int failure = fsync(fd) ? errno : 0;
	close(fd);
	if (!failure && rename(e->partial, e->path))
		failure = errno;
	return failure ? failed(why, AVERROR(failure), "can't finish the sound file") : OK;
}

enum err encoder_finish(struct encoder *e, struct why *why)
{
	ASSERT(!e->finished);
	enter(e);
	enum err err = e->filled ? encode_filled(e, why) : OK;
	if (err)
		return err;
	int code = avcodec_send_frame(e->codec, NULL);
	if (code < 0)
		return failed(why, code, "can't encode the sound");
	err = drain(e, why);
	if (err)
		return err;
	if (!e->muxer) { /* an unfinished segment is nobody's */
		e->finished = true;
		return OK;
	}
	code = av_write_trailer(e->muxer);
	if (code < 0)
		return failed(why, code, "can't finish the sound file");
	deliver(e, false);
	err = e->path ? put_in_place(e, why) : OK;
	e->finished = !err;
	return err;
}

void encoder_destroy(struct encoder *e)
{
	if (!e)
		return;
	if (e->muxer && e->sink && e->muxer->pb) {
		av_freep(&e->muxer->pb->buffer);
		avio_context_free(&e->muxer->pb);
	} else if (e->muxer) {
		avio_closep(&e->muxer->pb);
	}
	if (e->partial && !e->finished)
		unlink(e->partial);
	avformat_free_context(e->muxer);
	avcodec_free_context(&e->codec);
	av_frame_free(&e->frame);
	av_packet_free(&e->packet);
	buf_finish(&e->gathered);
	fmp4_segment_finish(&e->segment);
	free(e->path);
	free(e->partial);
	free(e);
}
