/* media_study_job.c - one pass over a recording, in the media child: its duration, sound, loudness, peaks, chapters,
 * tags, cover, captions and storyboard, answered as records that media_study.c takes.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "transcripts/media_board.h"
#include "transcripts/media_captions.h"
#include "transcripts/media_encode.h"
#include "transcripts/media_picture.h"
#include "transcripts/media_study.h"

enum {
	COVER_SIDE = 1000, COVER_QUALITY = 3,
	HOURS_12_MS = 12 * 3600 * 1000,
	SPARE_MS = 60000, /* beyond a tenth more than is declared */
};

struct sound {
	AVCodecContext *decoder;
	AVFrame *frame;
	struct loudness *loudness;
	struct media_planes planes;
	int rate, n_channels;
	uint64_t n_frames, n_at_most;
	int64_t packets_ms, n_damaged;  /* packets_ms: in the stream's time base */
	bool is_full;                   /* more than is measured: its packets are only counted */
};

struct study {
	struct media_input in;
	struct sound sound;
	struct media_board *board;
	struct media_captions *captions;
	int64_t declared_ms, end_ms;
};

/* What a head says that can't be is as good as nothing: the rest of the study must not be lost for it. */
static int64_t believed(int64_t n, int64_t most)
{
	return n < 0 || n > most ? 0 : n;
}

/* ---- sound ---- */

static float weight_of(const AVFrame *frame, int channel)
{
	switch ((int)av_channel_layout_channel_from_index(&frame->ch_layout, (unsigned)channel)) {
	case AV_CHAN_LOW_FREQUENCY: case AV_CHAN_LOW_FREQUENCY_2: return 0.0f;
	case AV_CHAN_BACK_LEFT: case AV_CHAN_BACK_RIGHT: case AV_CHAN_SIDE_LEFT: case AV_CHAN_SIDE_RIGHT: return 1.41f;
	default: return 1.0f;
	}
}

static bool begin_sound(struct sound *s)
{
	float weights[LOUDNESS_CHANNELS];
	int n = s->frame->ch_layout.nb_channels;
	if (n < 1 || n > LOUDNESS_CHANNELS)
		return false;
	for (int i = 0; i < n; i++)
		weights[i] = weight_of(s->frame, i);
	s->rate = s->frame->sample_rate;
	s->n_channels = n;
	s->loudness = loudness_create(s->rate, n, weights);
	return s->loudness;
}

static void take_sound(struct sound *s)
{
	while (avcodec_receive_frame(s->decoder, s->frame) == 0) {
		if (!s->loudness && !begin_sound(s))
			s->is_full = true;
		/* One that changes its mind is measured as long as it was what it began as. */
		bool same = s->loudness && s->frame->sample_rate == s->rate && s->frame->ch_layout.nb_channels == s->n_channels;
		s->n_damaged += !same;
		if (same && !s->is_full) {
			s->n_frames += (uint64_t)s->frame->nb_samples;
			/* Most decoders give what is wanted. */
			bool is_float = s->frame->format == AV_SAMPLE_FMT_FLTP;
			if (!is_float && !media_planes_of(&s->planes, s->frame))
				break;
			const float *const *planes = (const float *const *)(is_float ? (float **)s->frame->extended_data : s->planes.p);
			loudness_add(s->loudness, planes, (size_t)s->frame->nb_samples);
			s->is_full = s->n_frames > s->n_at_most;
		}
		av_frame_unref(s->frame);
	}
}

static void sound_packet(struct sound *s, const AVPacket *packet)
{
	s->packets_ms += packet->duration > 0 ? packet->duration : 0;
	if (!s->decoder || s->is_full)
		return;
	s->n_damaged += avcodec_send_packet(s->decoder, packet) < 0;
	take_sound(s);
}

static void open_sound(struct study *st)
{
	struct sound *s = &st->sound;
	if (st->in.audio < 0)
		return;
	s->decoder = media_decoder(&st->in, st->in.audio);
	s->frame = av_frame_alloc();
	int rate = st->in.f->streams[st->in.audio]->codecpar->sample_rate;
	int64_t most_ms = st->declared_ms ? st->declared_ms + st->declared_ms / 10 + SPARE_MS : HOURS_12_MS;
	s->n_at_most = (uint64_t)(most_ms < HOURS_12_MS ? most_ms : HOURS_12_MS) * (uint64_t)(rate > 0 ? rate : 48000) / 1000;
}

static void say_sound(struct study *st)
{
	struct sound *s = &st->sound;
	if (s->decoder && !s->is_full) {
		(void)!avcodec_send_packet(s->decoder, NULL);
		take_sound(s);
	}
	if (s->loudness) {
		struct loudness_result r;
		struct buf peaks = {0};
		loudness_result(s->loudness, &r, &peaks);
		/* Thousandths; what is silent is far below anything that is heard. */
		double lufs = isfinite(r.lufs) ? r.lufs : MEDIA_SILENT_DB;
		double peak = isfinite(r.true_peak_db) ? r.true_peak_db : MEDIA_SILENT_DB;
		media_say_format("loudness", "%lld %lld %lld", llround(lufs * 1000), llround(r.range_lu * 1000),
			llround(peak * 1000));
		media_say("peaks", buf_view(&peaks));
		buf_finish(&peaks);
	}
	if (st->in.audio >= 0) {
		const AVCodecParameters *p = st->in.f->streams[st->in.audio]->codecpar;
		media_say_format("audio", "%lld %lld %s", (long long)believed(p->sample_rate, MEDIA_RATE_MOST),
			(long long)believed(p->ch_layout.nb_channels, MEDIA_RATE_MOST), avcodec_get_name(p->codec_id));
	}
	if (s->n_damaged)
		media_say_format("damaged", "%lld", (long long)s->n_damaged);
	loudness_destroy(s->loudness);
	media_planes_finish(&s->planes);
	av_frame_free(&s->frame);
	avcodec_free_context(&s->decoder);
}

/* ---- what stands beside it ---- */

static void say_chapters(const AVFormatContext *f)
{
	for (unsigned i = 0; i < f->nb_chapters && i < MEDIA_CHAPTERS; i++) {
		const AVChapter *c = f->chapters[i];
		const AVDictionaryEntry *title = av_dict_get(c->metadata, "title", NULL, 0);
		int64_t start = av_rescale_q(c->start, c->time_base, (AVRational){1, 1000});
		int64_t end = av_rescale_q(c->end, c->time_base, (AVRational){1, 1000});
		media_say_format("chapter", "%lld %lld %s", (long long)(start < 0 ? 0 : start),
			(long long)(end < start ? start : end), title ? title->value : "");
	}
}

static void say_tags_of(const AVDictionary *tags, int *n)
{
	const AVDictionaryEntry *tag = NULL;
	while ((tag = av_dict_get(tags, "", tag, AV_DICT_IGNORE_SUFFIX)) && *n < MEDIA_TAGS) {
		if (strlen(tag->key) > 60 || strchr(tag->key, '='))
			continue;
		media_say_format("tag", "%s=%.*s", tag->key, MEDIA_TAG_BYTES, tag->value);
		(*n)++;
	}
}

/* Ogg's tags are its streams'. */
static void say_tags(const struct media_input *in)
{
	int n = 0;
	say_tags_of(in->f->metadata, &n);
	if (in->audio >= 0)
		say_tags_of(in->f->streams[in->audio]->metadata, &n);
}

static void say_cover(const struct media_input *in)
{
	AVCodecContext *decoder = in->cover >= 0 ? media_decoder(in, in->cover) : NULL;
	AVFrame *picture = av_frame_alloc();
	struct buf jpeg = {0};
	if (decoder && picture && media_picture_decode(decoder, &in->f->streams[in->cover]->attached_pic, picture)) {
		media_say_format("cover-size", "%d %d", picture->width, picture->height);
		if (media_picture_thumbnail(picture, COVER_SIDE, COVER_SIDE, COVER_QUALITY, &jpeg))
			media_say("cover", buf_view(&jpeg));
	}
	buf_finish(&jpeg);
	av_frame_free(&picture);
	avcodec_free_context(&decoder);
}

static void say_video(const struct media_input *in)
{
	if (in->video < 0)
		return;
	const AVStream *s = in->f->streams[in->video];
	AVRational rate = s->avg_frame_rate.num ? s->avg_frame_rate : s->r_frame_rate;
	double frames = rate.num > 0 && rate.den > 0 ? av_q2d(rate) * 1000 + 0.5 : 0;
	media_say_format("video", "%lld %lld %lld %s", (long long)believed(s->codecpar->width, MEDIA_SIDE_MOST),
		(long long)believed(s->codecpar->height, MEDIA_SIDE_MOST), (long long)believed((int64_t)frames, MEDIA_FRAMES_MOST),
		avcodec_get_name(s->codecpar->codec_id));
}

/* ---- the pass ---- */

static void note_end(struct study *st, const AVPacket *packet)
{
	const AVStream *s = st->in.f->streams[packet->stream_index];
	int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
	if (at == AV_NOPTS_VALUE)
		return;
	int64_t start = st->in.f->start_time == AV_NOPTS_VALUE ? 0 : st->in.f->start_time / 1000;
	int64_t length = packet->duration > 0 ? packet->duration : 0;
	int64_t end = av_rescale_q(at + length, s->time_base, (AVRational){1, 1000}) - start;
	if (end > st->end_ms && end <= MEDIA_LONGEST_MS)
		st->end_ms = end;
}

static void take_packets(struct study *st)
{
	AVPacket *packet = av_packet_alloc();
	if (!packet)
		_exit(1);
	while (av_read_frame(st->in.f, packet) >= 0) {
		if (packet->stream_index == st->in.audio) {
			sound_packet(&st->sound, packet);
			note_end(st, packet);
		} else if (packet->stream_index == st->in.video) {
			if (st->board)
				media_board_packet(st->board, packet);
			note_end(st, packet);
		} else {
			media_captions_packet(st->captions, packet);
		}
		media_say_progress(avio_tell(st->in.io), st->in.n_bytes);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
}

/* What was decoded counts for sound; with pictures, or where not all was decoded, the last packet's end. */
static int64_t duration_ms(const struct study *st)
{
	const struct sound *s = &st->sound;
	if (st->in.video < 0 && s->n_frames && !s->is_full)
		return (int64_t)((s->n_frames * 1000 + (uint64_t)s->rate / 2) / (uint64_t)s->rate);
	if (st->in.video < 0 && s->packets_ms > 0)
		return av_rescale_q(s->packets_ms, st->in.f->streams[st->in.audio]->time_base, (AVRational){1, 1000});
	return st->end_ms ? st->end_ms : st->declared_ms;
}

void media_study_job(void)
{
	struct study st = {0};
	if (!media_input_open(&st.in, false)) {
		media_look(); /* which says what it is instead */
		return;
	}
	st.declared_ms = media_input_declared_ms(&st.in);
	open_sound(&st);
	st.board = media_board_create(&st.in, st.in.f->duration > 0 ? st.in.f->duration / 1000 : 0);
	st.captions = media_captions_create(&st.in);
	take_packets(&st);
	int64_t ms = duration_ms(&st);
	media_say_format("media", "%d %lld %d", (int)media_input_type(&st.in),
		(long long)(ms > MEDIA_LONGEST_MS ? MEDIA_LONGEST_MS : ms), st.in.video >= 0);
	media_say_format("declared", "%lld", (long long)st.declared_ms);
	media_say_format("format", "%s", st.in.f->iformat->name);
	say_sound(&st);
	say_video(&st.in);
	say_tags(&st.in);
	say_chapters(st.in.f);
	say_cover(&st.in);
	media_board_finish(st.board);
	media_captions_finish(st.captions);
	media_input_close(&st.in);
}
