/* media_normalise_job.c - in the media child: a copy of a recording with its sound at another loudness, in the same
 * format; pictures, captions, tags, chapters and cover as they are.
 * SPDX-License-Identifier: MIT */
#include <libavutil/base64.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "transcripts/media_encode.h"
#include "transcripts/media_limiter.h"

enum { LEAST_BITS = 48000, MOST_BITS = 512000, STREAMS = 16 };

struct copying {
	struct media_input in;
	AVFormatContext *out;
	AVCodecContext *decoder;
	struct media_encoder encoder;
	struct limiter *limiter;
	struct media_planes planes;
	AVFrame *frame;
	int streams[STREAMS];   /* the output's stream for each of the input's; -1: none */
	float gain, ceiling;
	bool has_begun;
};

static const char *format_for(const struct media_input *in)
{
	switch (media_input_type(in)) {
	case MEDIA_MP3: return "mp3";
	case MEDIA_M4A: return "ipod";
	case MEDIA_AAC: return "adts";
	case MEDIA_OGG: return in->f->streams[in->audio]->codecpar->codec_id == AV_CODEC_ID_OPUS ? "opus" : "ogg";
	case MEDIA_FLAC: return "flac";
	case MEDIA_WAV: return "wav";
	case MEDIA_MP4: case MEDIA_M4V: return "mp4";
	case MEDIA_QUICKTIME: return "mov";
	case MEDIA_WEBM_AUDIO: case MEDIA_WEBM_VIDEO: return "webm";
	case MEDIA_MATROSKA_AUDIO: case MEDIA_MATROSKA_VIDEO: return "matroska";
	default: return NULL;
	}
}

/* Ogg keeps its cover as a comment: a FLAC picture block in Base64. */
static void add_ogg_cover(const AVStream *from, AVFormatContext *out)
{
	const char *mime = from->codecpar->codec_id == AV_CODEC_ID_PNG ? "image/png" : "image/jpeg";
	const uint32_t numbers[] = {(uint32_t)from->codecpar->width, (uint32_t)from->codecpar->height, 24, 0,
		(uint32_t)from->attached_pic.size};
	const uint32_t head[] = {3 /* front cover */, (uint32_t)strlen(mime)};
	struct buf block = {0};
	for (size_t i = 0; i < COUNT_OF(head); i++)
		buf_add(&block, (const char[]){(char)(head[i] >> 24), (char)(head[i] >> 16), (char)(head[i] >> 8), (char)head[i]}, 4);
	buf_text(&block, mime);
	buf_add(&block, "\0\0\0", 4);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		buf_add(&block, (const char[]){(char)(numbers[i] >> 24), (char)(numbers[i] >> 16), (char)(numbers[i] >> 8),
			(char)numbers[i]}, 4);
	buf_add(&block, from->attached_pic.data, (size_t)from->attached_pic.size);
	size_t room = (size_t)AV_BASE64_SIZE(block.n);
	char *text = mem_new(room, 1);
	if (av_base64_encode(text, (int)room, (const uint8_t *)block.p, (int)block.n))
		av_dict_set(&out->metadata, "METADATA_BLOCK_PICTURE", text, 0);
	free(text);
	buf_finish(&block);
}

static bool add_copied_stream(struct copying *k, unsigned i)
{
	const AVStream *from = k->in.f->streams[i];
	AVStream *to = avformat_new_stream(k->out, NULL);
	if (!to || avcodec_parameters_copy(to->codecpar, from->codecpar) < 0)
		return false;
	to->codecpar->codec_tag = 0;
	to->time_base = from->time_base;
	to->disposition = from->disposition;
	to->avg_frame_rate = from->avg_frame_rate;
	to->sample_aspect_ratio = from->sample_aspect_ratio;
	av_dict_copy(&to->metadata, from->metadata, 0);
	k->streams[i] = to->index;
	return true;
}

/* The cover, and of videos everything that is shown. */
static bool add_other_streams(struct copying *k)
{
	bool is_ogg = strcmp(k->out->oformat->name, "ogg") == 0 || strcmp(k->out->oformat->name, "opus") == 0;
	bool takes_covers = strcmp(k->out->oformat->name, "mp3") == 0 || strcmp(k->out->oformat->name, "ipod") == 0 ||
		strcmp(k->out->oformat->name, "flac") == 0 || strcmp(k->out->oformat->name, "mp4") == 0;
	for (unsigned i = 0; i < k->in.f->nb_streams && i < STREAMS; i++) {
		enum AVMediaType type = k->in.f->streams[i]->codecpar->codec_type;
		bool is_cover = (int)i == k->in.cover;
		if (is_cover && is_ogg)
			add_ogg_cover(k->in.f->streams[i], k->out);
		else if (is_cover ? takes_covers : (int)i == k->in.video || (type == AVMEDIA_TYPE_SUBTITLE && k->in.video >= 0)) {
			if (!add_copied_stream(k, i))
				return false;
		}
	}
	return true;
}

static bool open_output(struct copying *k)
{
	const char *format = format_for(&k->in);
	const AVStream *sound = k->in.f->streams[k->in.audio];
	const AVCodecParameters *p = sound->codecpar;
	k->out = format ? media_muxer(format) : NULL;
	k->decoder = media_decoder(&k->in, k->in.audio);
	k->frame = av_frame_alloc();
	if (!k->out || !k->decoder || !k->frame || p->ch_layout.nb_channels < 1 ||
	    p->ch_layout.nb_channels > LOUDNESS_CHANNELS || p->sample_rate < 4000)
		return false;
	int64_t bits = p->bit_rate > 0 ? p->bit_rate : k->in.video < 0 ? k->in.f->bit_rate : 128000;
	bits = bits < LEAST_BITS ? LEAST_BITS : bits > MOST_BITS ? MOST_BITS : bits;
	bool is_deep = p->bits_per_raw_sample > 16 || p->format == AV_SAMPLE_FMT_S32 || p->format == AV_SAMPLE_FMT_S32P;
	if (!media_encoder_open(&k->encoder, k->out, p->codec_id, p->sample_rate, &p->ch_layout, bits, is_deep))
		return false;
	av_dict_copy(&k->encoder.stream->metadata, sound->metadata, 0);
	av_dict_set(&k->encoder.stream->metadata, "encoder", NULL, 0);
	media_copy_words(k->in.f, k->out);
	k->limiter = limiter_create(p->sample_rate, p->ch_layout.nb_channels, k->gain, k->ceiling);
	return add_other_streams(k) && avformat_write_header(k->out, NULL) >= 0;
}

/* The cover belongs first. */
static bool write_cover(struct copying *k)
{
	if (k->in.cover < 0 || k->in.cover >= STREAMS || k->streams[k->in.cover] < 0)
		return true;
	AVPacket *packet = av_packet_clone(&k->in.f->streams[k->in.cover]->attached_pic);
	if (!packet)
		return false;
	packet->stream_index = k->streams[k->in.cover];
	packet->pts = packet->dts = 0;
	bool good = av_interleaved_write_frame(k->out, packet) >= 0;
	av_packet_free(&packet);
	return good;
}

static bool take_sound(struct copying *k)
{
	while (avcodec_receive_frame(k->decoder, k->frame) == 0) {
		bool same = k->frame->sample_rate == k->encoder.c->sample_rate &&
			k->frame->ch_layout.nb_channels == k->encoder.c->ch_layout.nb_channels;
		if (!same || !media_planes_of(&k->planes, k->frame)) {
			av_frame_unref(k->frame);
			continue;
		}
		/* Beside pictures the sound begins when it did. */
		if (!k->has_begun && k->in.video >= 0 && k->frame->best_effort_timestamp != AV_NOPTS_VALUE)
			k->encoder.next_pts = av_rescale_q(k->frame->best_effort_timestamp, k->in.f->streams[k->in.audio]->time_base,
				k->encoder.c->time_base);
		k->has_begun = true;
		size_t n = limiter_add(k->limiter, k->planes.p, (size_t)k->frame->nb_samples);
		av_frame_unref(k->frame);
		if (!media_encoder_add(&k->encoder, k->planes.p, n))
			return false;
	}
	return true;
}

static bool finish_sound(struct copying *k)
{
	(void)!avcodec_send_packet(k->decoder, NULL);
	if (!take_sound(k))
		return false;
	for (size_t n; k->planes.p[0] && (n = limiter_drain(k->limiter, k->planes.p, MEDIA_PLANES_ROOM)) > 0;)
		if (!media_encoder_add(&k->encoder, k->planes.p, n))
			return false;
	return media_encoder_add(&k->encoder, NULL, 0);
}

static bool copy_packet(struct copying *k, AVPacket *packet)
{
	int to = packet->stream_index < STREAMS && packet->stream_index != k->in.cover ? k->streams[packet->stream_index] : -1;
	if (to < 0)
		return true;
	av_packet_rescale_ts(packet, k->in.f->streams[packet->stream_index]->time_base, k->out->streams[to]->time_base);
	packet->stream_index = to;
	packet->pos = -1;
	return av_interleaved_write_frame(k->out, packet) >= 0;
}

static bool copy_all(struct copying *k)
{
	AVPacket *packet = av_packet_alloc();
	bool good = packet && write_cover(k);
	while (good && av_read_frame(k->in.f, packet) >= 0) {
		if (packet->stream_index == k->in.audio) {
			(void)!avcodec_send_packet(k->decoder, packet);
			good = take_sound(k);
		} else {
			good = copy_packet(k, packet);
		}
		media_say_progress(avio_tell(k->in.io), k->in.n_bytes);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	return good && finish_sound(k) && av_write_trailer(k->out) == 0;
}

void media_normalise_job(const char *settings)
{
	struct copying k = {0};
	long long gain, ceiling;
	for (size_t i = 0; i < STREAMS; i++)
		k.streams[i] = -1;
	if (sscanf(settings, "%lld %lld", &gain, &ceiling) != 2)
		_exit(1);
	k.gain = (float)pow(10.0, (double)gain / 20000);
	k.ceiling = (float)pow(10.0, (double)ceiling / 20000);
	if (!media_input_open(&k.in, false)) {
		media_look();
		return;
	}
	if (k.in.audio < 0)
		media_say("failed", SPAN_LITERAL("it has no sound; nothing can be made louder"));
	else if (!open_output(&k))
		media_say_format("failed", "sound as %s in %s can't be written here; convert it to MP3, AAC, Opus, Vorbis, "
			"FLAC or WAV first",
			avcodec_get_name(k.in.f->streams[k.in.audio]->codecpar->codec_id), k.in.f->iformat->name);
	else if (!copy_all(&k))
		media_say("failed", SPAN_LITERAL("it can't be written; is the disk full?"));
	else
		avio_flush(k.out->pb);
}
