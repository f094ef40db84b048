/* media_rendition_job.c - in the media child: a video made smaller, as one fragmented MP4 (H.264, AAC) whose
 * fragments begin at even times with a picture that needs no other: it plays as it is, and as HLS by byte ranges.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "transcripts/media_encode.h"
#include "transcripts/media_picture.h"

enum { FRAGMENT_MS = 4000, SMALL_HEIGHT = 400, SMALL_BITS = 96000, SOUND_BITS = 128000, QUALITY = 23 };

/* What the muxer writes, cut where its fragments begin. */
struct cutting {
	int64_t at, begun_at, begun_us; /* bytes; the fragment's time */
	bool in_fragment;
};

struct rendition {
	struct media_input in;
	AVFormatContext *out;
	AVCodecContext *video_decoder, *sound_decoder, *video_encoder;
	struct media_encoder sound_encoder;
	struct media_planes planes;
	AVStream *video;
	AVFrame *frame, *small;
	int64_t next_key_ms, last_pts, end_us;
	int width, height;
	struct cutting cutting;
	bool has_sound, has_begun;
};

/* ---- writing ---- */

static void end_fragment(struct cutting *cut, int64_t next_us)
{
	if (cut->in_fragment)
		media_say_format("segment", "%lld %lld %lld", (long long)cut->begun_at, (long long)(cut->at - cut->begun_at),
			(long long)((next_us - cut->begun_us + 500) / 1000));
	else
		media_say_format("init", "%lld", (long long)cut->at);
}

static int write_marked(void *opaque, uint8_t *p, int n, enum AVIODataMarkerType type, int64_t time)
{
	struct cutting *cut = opaque;
	if (type == AVIO_DATA_MARKER_SYNC_POINT || type == AVIO_DATA_MARKER_BOUNDARY_POINT) {
		end_fragment(cut, time);
		cut->in_fragment = true;
		cut->begun_at = cut->at;
		cut->begun_us = time;
	}
	for (int done = 0; done < n;) {
		ssize_t put = write(MEDIA_OUTPUT, p + done, (size_t)(n - done));
		if (put <= 0)
			return AVERROR(EIO);
		done += (int)put;
	}
	cut->at += n;
	return n;
}

/* ---- opening ---- */

static bool open_video(struct rendition *r, int height)
{
	const AVStream *from = r->in.f->streams[r->in.video];
	const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
	AVDictionary *options = NULL;
	AVFrame shape = {.width = from->codecpar->width, .height = from->codecpar->height,
		.sample_aspect_ratio = from->codecpar->sample_aspect_ratio};
	r->video_decoder = media_decoder(&r->in, r->in.video);
	r->video_encoder = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!r->video_decoder || !r->video_encoder || shape.width < 2 || shape.height < 2)
		return false;
	struct media_rectangle size = media_picture_fit(&shape, 8192, height);
	AVCodecContext *c = r->video_encoder;
	r->width = c->width = size.width;
	r->height = c->height = size.height;
	c->pix_fmt = AV_PIX_FMT_YUV420P;
	c->time_base = (AVRational){1, 90000};
	c->framerate = from->avg_frame_rate;
	c->gop_size = 100000; /* keyframes are said where they are wanted */
	c->thread_count = 1;
	c->color_range = AVCOL_RANGE_MPEG;
	c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	av_dict_set(&options, "preset", "veryfast", 0);
	av_dict_set_int(&options, "crf", QUALITY, 0);
	av_dict_set_int(&options, "forced-idr", 1, 0);
	av_dict_set(&options, "profile", "high", 0);
	bool good = avcodec_open2(c, codec, &options) == 0;
	av_dict_free(&options);
	r->video = good ? avformat_new_stream(r->out, NULL) : NULL;
	if (!r->video || avcodec_parameters_from_context(r->video->codecpar, c) < 0)
		return false;
	r->video->time_base = c->time_base;
	r->video->avg_frame_rate = from->avg_frame_rate;
	r->small = media_picture_new(r->width, r->height);
	return r->small;
}

static bool open_sound(struct rendition *r)
{
	if (r->in.audio < 0)
		return true;
	const AVCodecParameters *p = r->in.f->streams[r->in.audio]->codecpar;
	r->sound_decoder = media_decoder(&r->in, r->in.audio);
	r->has_sound = r->sound_decoder && p->sample_rate >= 8000 && p->sample_rate <= 96000 && p->ch_layout.nb_channels > 0;
	if (!r->has_sound)
		return true; /* of a kind that isn't known here: the pictures alone */
	AVChannelLayout layout;
	av_channel_layout_default(&layout, p->ch_layout.nb_channels > 1 ? 2 : 1);
	return media_encoder_open(&r->sound_encoder, r->out, AV_CODEC_ID_AAC, p->sample_rate, &layout,
		r->height < SMALL_HEIGHT ? SMALL_BITS : SOUND_BITS, false);
}

static bool open_output(struct rendition *r, int height)
{
	AVDictionary *options = NULL;
	r->out = media_muxer("mp4");
	r->frame = av_frame_alloc();
	if (!r->out || !r->frame || !open_video(r, height) || !open_sound(r))
		return false;
	r->out->pb->seekable = 0;
	r->out->pb->opaque = &r->cutting;
	r->out->pb->write_data_type = write_marked;
	media_copy_words(r->in.f, r->out);
	av_dict_set(&options, "movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer", 0);
	bool good = avformat_write_header(r->out, &options) >= 0;
	av_dict_free(&options);
	return good;
}

/* ---- the work ---- */

static int64_t in_start(const struct rendition *r, AVRational base)
{
	int64_t start = r->in.f->start_time;
	return start == AV_NOPTS_VALUE ? 0 : av_rescale_q(start, AV_TIME_BASE_Q, base);
}

static bool encode_picture(struct rendition *r)
{
	AVRational base = r->in.f->streams[r->in.video]->time_base;
	if (r->frame->best_effort_timestamp == AV_NOPTS_VALUE)
		return true;
	int64_t pts = av_rescale_q(r->frame->best_effort_timestamp - in_start(r, base), base, r->video_encoder->time_base);
	if (pts < 0 || (r->has_begun && pts <= r->last_pts))
		return true; /* the encoder takes times that grow only */
	/* The encoder still holds references to the one before. */
	if (av_frame_make_writable(r->small) < 0 ||
	    !media_picture_scale(r->frame, (struct media_rectangle){0, 0, r->frame->width, r->frame->height}, r->small,
		    (struct media_rectangle){0, 0, r->width, r->height}))
		return false;
	AVFrame *picture = av_frame_clone(r->small);
	if (!picture)
		return false;
	picture->pts = r->last_pts = pts;
	picture->pict_type = AV_PICTURE_TYPE_NONE;
	if (!r->has_begun || pts / 90 >= r->next_key_ms) {
		picture->pict_type = AV_PICTURE_TYPE_I;
		r->next_key_ms = (pts / 90 / FRAGMENT_MS + 1) * FRAGMENT_MS;
	}
	r->has_begun = true;
	bool good = avcodec_send_frame(r->video_encoder, picture) == 0 &&
		media_write_packets(r->video_encoder, r->out, r->video);
	av_frame_free(&picture);
	return good;
}

static bool take_pictures(struct rendition *r)
{
	bool good = true;
	while (good && avcodec_receive_frame(r->video_decoder, r->frame) == 0) {
		good = r->frame->width < 2 || encode_picture(r);
		av_frame_unref(r->frame);
	}
	return good;
}

/* More than two channels become two: the first pair, with the centre in both. */
static void mix_down(struct media_planes *planes, const AVFrame *frame)
{
	int centre = av_channel_layout_index_from_channel(&frame->ch_layout, AV_CHAN_FRONT_CENTER);
	if (frame->ch_layout.nb_channels < 3 || centre < 2)
		return;
	for (int i = 0; i < frame->nb_samples; i++)
		for (int c = 0; c < 2; c++)
			planes->p[c][i] = 0.7f * planes->p[c][i] + 0.5f * planes->p[centre][i];
}

static bool take_sound(struct rendition *r)
{
	AVRational base = r->in.f->streams[r->in.audio]->time_base;
	while (avcodec_receive_frame(r->sound_decoder, r->frame) == 0) {
		bool good = true;
		if (r->frame->sample_rate == r->sound_encoder.c->sample_rate &&
		    r->frame->ch_layout.nb_channels >= r->sound_encoder.c->ch_layout.nb_channels &&
		    media_planes_of(&r->planes, r->frame)) {
			int64_t pts = r->frame->best_effort_timestamp;
			if (!r->sound_encoder.next_pts && pts != AV_NOPTS_VALUE)
				r->sound_encoder.next_pts = av_rescale_q(pts - in_start(r, base), base, r->sound_encoder.c->time_base);
			mix_down(&r->planes, r->frame);
			good = media_encoder_add(&r->sound_encoder, r->planes.p, (size_t)r->frame->nb_samples);
		}
		av_frame_unref(r->frame);
		if (!good)
			return false;
	}
	return true;
}

static bool finish(struct rendition *r)
{
	(void)!avcodec_send_packet(r->video_decoder, NULL);
	if (!take_pictures(r) || avcodec_send_frame(r->video_encoder, NULL) ||
	    !media_write_packets(r->video_encoder, r->out, r->video))
		return false;
	if (r->has_sound) {
		(void)!avcodec_send_packet(r->sound_decoder, NULL);
		if (!take_sound(r) || !media_encoder_add(&r->sound_encoder, NULL, 0))
			return false;
	}
	return av_write_trailer(r->out) == 0;
}

static bool make_all(struct rendition *r)
{
	AVPacket *packet = av_packet_alloc();
	bool good = packet;
	while (good && av_read_frame(r->in.f, packet) >= 0) {
		int64_t end = packet->pts == AV_NOPTS_VALUE ? 0 : packet->pts + (packet->duration > 0 ? packet->duration : 0);
		if (packet->stream_index == r->in.video) {
			AVRational base = r->in.f->streams[r->in.video]->time_base;
			end = av_rescale_q(end - in_start(r, base), base, AV_TIME_BASE_Q);
			r->end_us = end > r->end_us ? end : r->end_us;
			(void)!avcodec_send_packet(r->video_decoder, packet);
			good = take_pictures(r);
		} else if (r->has_sound && packet->stream_index == r->in.audio) {
			(void)!avcodec_send_packet(r->sound_decoder, packet);
			good = take_sound(r);
		}
		media_say_progress(avio_tell(r->in.io), r->in.n_bytes);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	return good && finish(r);
}

/* RFC 6381's names, from the head that the encoder wrote: 00 00 00 01 67 and profile, constraints, level. */
static void say_codecs(const struct rendition *r)
{
	const uint8_t *e = r->video_encoder->extradata;
	bool known = r->video_encoder->extradata_size > 8 && (e[4] & 31) == 7;
	media_say_format("rendition", "%d %d avc1.%02x%02x%02x%s", r->width, r->height, known ? e[5] : 0x64, known ? e[6] : 0,
		known ? e[7] : 0x28, r->has_sound ? ",mp4a.40.2" : "");
}

void media_rendition_job(const char *settings)
{
	struct rendition r = {0};
	int height;
	if (sscanf(settings, "%d", &height) != 1 || height < 2)
		_exit(1);
	if (!media_input_open(&r.in, false)) {
		media_look();
		return;
	}
	if (r.in.video < 0) {
		media_say("failed", SPAN_LITERAL("it has no moving pictures; renditions are made of videos"));
	} else if (!open_output(&r, height)) {
		media_say("failed", SPAN_LITERAL("its pictures can't be read or written here"));
	} else if (!make_all(&r)) {
		media_say("failed", SPAN_LITERAL("it can't be written; is the disk full?"));
	} else {
		avio_flush(r.out->pb);
		end_fragment(&r.cutting, r.end_us > r.cutting.begun_us ? r.end_us : r.cutting.begun_us + 1000);
		say_codecs(&r);
	}
}
