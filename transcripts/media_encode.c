/* SPDX-License-Identifier: MIT */
#include "transcripts/media_encode.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { FREE_FRAME = 1024 }; /* for codecs that take any */

/* ---- samples ---- */

static inline float sample_at(const uint8_t *p, enum AVSampleFormat format, size_t i)
{
	switch (format) {
	case AV_SAMPLE_FMT_U8: return ((float)p[i] - 128.0f) / 128.0f;
	case AV_SAMPLE_FMT_S16: return (float)((const int16_t *)(const void *)p)[i] / 32768.0f;
	case AV_SAMPLE_FMT_S32: return (float)((const int32_t *)(const void *)p)[i] / 2147483648.0f;
	case AV_SAMPLE_FMT_FLT: return ((const float *)(const void *)p)[i];
	case AV_SAMPLE_FMT_DBL: return (float)((const double *)(const void *)p)[i];
	default: return 0.0f;
	}
}

bool media_planes_of(struct media_planes *planes, const AVFrame *frame)
{
	enum AVSampleFormat packed = av_get_packed_sample_fmt(frame->format);
	int n_channels = frame->ch_layout.nb_channels;
	bool is_planar = frame->format != packed;
	size_t n = (size_t)frame->nb_samples, stride = is_planar ? 1 : (size_t)n_channels;
	if (n_channels < 1 || n_channels > LOUDNESS_CHANNELS)
		return false;
	if (n > planes->_room) {
		planes->_room = n > MEDIA_PLANES_ROOM ? n : MEDIA_PLANES_ROOM;
		for (int c = 0; c < LOUDNESS_CHANNELS; c++)
			planes->p[c] = mem_grow(planes->p[c], planes->_room, sizeof(float));
	}
	for (int c = 0; c < n_channels; c++) {
		const uint8_t *p = frame->extended_data[is_planar ? c : 0];
		size_t first = is_planar ? 0 : (size_t)c;
		for (size_t i = 0; i < n; i++)
			planes->p[c][i] = sample_at(p, packed, first + i * stride);
	}
	return true;
}

void media_planes_finish(struct media_planes *planes)
{
	for (int c = 0; c < LOUDNESS_CHANNELS; c++)
		free(planes->p[c]);
	*planes = (struct media_planes){0};
}

static int64_t whole(float x, double full)
{
	double v = rint((double)x * full);
	return v > full - 1 ? (int64_t)full - 1 : v < -full ? -(int64_t)full : (int64_t)v;
}

static void put_sample(uint8_t *p, enum AVSampleFormat format, size_t i, float x)
{
	switch (format) {
	case AV_SAMPLE_FMT_U8: p[i] = (uint8_t)(whole(x, 128.0) + 128); break;
	case AV_SAMPLE_FMT_S16: ((int16_t *)(void *)p)[i] = (int16_t)whole(x, 32768.0); break;
	case AV_SAMPLE_FMT_S32: ((int32_t *)(void *)p)[i] = (int32_t)whole(x, 2147483648.0); break;
	case AV_SAMPLE_FMT_FLT: ((float *)(void *)p)[i] = x; break;
	default: break;
	}
}

/* ---- the encoder ---- */

static const AVCodec *encoder_for(enum AVCodecID id)
{
	/* Where FFmpeg has several, the one that it would take itself may be its own experiment. */
	const char *name = id == AV_CODEC_ID_MP3 ? "libmp3lame" : id == AV_CODEC_ID_OPUS ? "libopus" :
		id == AV_CODEC_ID_VORBIS ? "libvorbis" : id == AV_CODEC_ID_AAC ? "aac" : NULL;
	return name ? avcodec_find_encoder_by_name(name) : avcodec_find_encoder(id);
}

/* Floats where it takes them; else the most bits that the original had. */
static enum AVSampleFormat format_for(const AVCodec *codec, bool is_deep)
{
	static const enum AVSampleFormat deep[] = {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_S32,
		AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_U8};
	static const enum AVSampleFormat plain[] = {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S16,
		AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_U8};
	const enum AVSampleFormat *order = is_deep ? deep : plain;
	for (size_t i = 0; i < COUNT_OF(deep); i++)
		for (const enum AVSampleFormat *f = codec->sample_fmts; f && *f != AV_SAMPLE_FMT_NONE; f++)
			if (*f == order[i])
				return *f;
	return AV_SAMPLE_FMT_NONE;
}

bool media_encoder_open(struct media_encoder *e, AVFormatContext *f, enum AVCodecID codec_id, int rate,
	const AVChannelLayout *layout, int64_t bits_a_second, bool is_deep)
{
	const AVCodec *codec = encoder_for(codec_id);
	*e = (struct media_encoder){.f = f, .c = codec ? avcodec_alloc_context3(codec) : NULL, .frame = av_frame_alloc()};
	if (!e->c || !e->frame)
		return false;
	e->c->sample_fmt = format_for(codec, is_deep);
	e->c->sample_rate = rate;
	e->c->time_base = (AVRational){1, rate};
	e->c->thread_count = 1;
	e->c->bit_rate = bits_a_second;
	if (is_deep && e->c->sample_fmt == AV_SAMPLE_FMT_S32)
		e->c->bits_per_raw_sample = 24;
	/* A known order of channels, which encoders ask for. */
	if (layout->order == AV_CHANNEL_ORDER_UNSPEC)
		av_channel_layout_default(&e->c->ch_layout, layout->nb_channels);
	else if (av_channel_layout_copy(&e->c->ch_layout, layout))
		return false;
	if (f->oformat->flags & AVFMT_GLOBALHEADER)
		e->c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	if (avcodec_open2(e->c, codec, NULL) < 0)
		return false;
	e->stream = avformat_new_stream(f, NULL);
	if (!e->stream || avcodec_parameters_from_context(e->stream->codecpar, e->c) < 0)
		return false;
	e->stream->time_base = e->c->time_base;
	return true;
}

bool media_write_packets(AVCodecContext *c, AVFormatContext *f, const AVStream *stream)
{
	AVPacket *packet = av_packet_alloc();
	int code = packet ? 0 : AVERROR(ENOMEM);
	while (code == 0 && (code = avcodec_receive_packet(c, packet)) == 0) {
		packet->stream_index = stream->index;
		av_packet_rescale_ts(packet, c->time_base, stream->time_base);
		code = av_interleaved_write_frame(f, packet);
	}
	av_packet_free(&packet);
	return code == AVERROR(EAGAIN) || code == AVERROR_EOF;
}

static bool encode_held(struct media_encoder *e, size_t n)
{
	enum AVSampleFormat packed = av_get_packed_sample_fmt(e->c->sample_fmt);
	bool is_planar = packed != e->c->sample_fmt;
	int n_channels = e->c->ch_layout.nb_channels;
	e->frame->format = e->c->sample_fmt;
	e->frame->nb_samples = (int)n;
	e->frame->sample_rate = e->c->sample_rate;
	if (av_channel_layout_copy(&e->frame->ch_layout, &e->c->ch_layout) || av_frame_get_buffer(e->frame, 0) < 0)
		return false;
	for (int c = 0; c < n_channels; c++)
		for (size_t i = 0; i < n; i++)
			put_sample(e->frame->extended_data[is_planar ? c : 0], packed,
				is_planar ? i : i * (size_t)n_channels + (size_t)c, e->held[c][i]);
	e->frame->pts = e->next_pts;
	e->next_pts += (int64_t)n;
	bool good = avcodec_send_frame(e->c, e->frame) == 0 && media_write_packets(e->c, e->f, e->stream);
	av_frame_unref(e->frame);
	for (int c = 0; c < n_channels; c++)
		memmove(e->held[c], e->held[c] + n, (e->n_held - n) * sizeof(float));
	e->n_held -= n;
	return good;
}

bool media_encoder_add(struct media_encoder *e, float *const *planes, size_t n)
{
	size_t whole_frame = e->c->frame_size > 0 && !(e->c->codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) ?
		(size_t)e->c->frame_size : FREE_FRAME;
	if (!planes) {
		if (e->n_held && !encode_held(e, e->n_held))
			return false;
		return avcodec_send_frame(e->c, NULL) == 0 && media_write_packets(e->c, e->f, e->stream);
	}
	if (e->n_held + n > e->room) {
		e->room = e->n_held + n + whole_frame;
		for (int c = 0; c < e->c->ch_layout.nb_channels; c++)
			e->held[c] = mem_grow(e->held[c], e->room, sizeof(float));
	}
	for (int c = 0; c < e->c->ch_layout.nb_channels; c++)
		memcpy(e->held[c] + e->n_held, planes[c], n * sizeof(float));
	e->n_held += n;
	while (e->n_held >= whole_frame)
		if (!encode_held(e, whole_frame))
			return false;
	return true;
}

void media_encoder_close(struct media_encoder *e)
{
	for (int c = 0; c < LOUDNESS_CHANNELS; c++)
		free(e->held[c]);
	av_frame_free(&e->frame);
	avcodec_free_context(&e->c);
}

/* ---- the muxer ---- */

AVFormatContext *media_muxer(const char *format)
{
	AVFormatContext *f = NULL;
	if (avformat_alloc_output_context2(&f, NULL, format, NULL) < 0)
		return NULL;
	f->pb = media_output_io();
	f->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
	return f;
}

void media_muxer_close(AVFormatContext *f)
{
	if (!f)
		return;
	av_freep(&f->pb->buffer);
	avio_context_free(&f->pb);
	avformat_free_context(f);
}

void media_copy_words(const AVFormatContext *from, AVFormatContext *to)
{
	av_dict_copy(&to->metadata, from->metadata, 0);
	/* What the muxer itself knows better. */
	static const char *const own[] = {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time"};
	for (size_t i = 0; i < COUNT_OF(own); i++)
		av_dict_set(&to->metadata, own[i], NULL, 0);
	to->chapters = av_calloc(from->nb_chapters + 1, sizeof(AVChapter *));
	for (unsigned i = 0; to->chapters && i < from->nb_chapters; i++) {
		AVChapter *chapter = av_mallocz(sizeof *chapter);
		if (!chapter)
			return;
		chapter->id = (int64_t)i;
		chapter->time_base = from->chapters[i]->time_base;
		chapter->start = from->chapters[i]->start;
		chapter->end = from->chapters[i]->end;
		av_dict_copy(&chapter->metadata, from->chapters[i]->metadata, 0);
		to->chapters[to->nb_chapters++] = chapter;
	}
}
