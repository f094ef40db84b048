/* SPDX-License-Identifier: MIT */
#include "transcripts/media_board.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/media_picture.h"

enum {
	TILES = 100, COLUMNS = 10, TILE_WIDTH = 160, TILE_HEIGHT = 160, POSTER_WIDTH = 640, POSTER_HEIGHT = 640,
	SHORT_MS = 120000, TILE_QUALITY = 6, POSTER_QUALITY = 4,
};

struct media_board {
	const struct media_input *in;
	AVCodecContext *decoder;
	AVFrame *frame, *next, *canvas;
	AVPacket *held;            /* the last keyframe, until it is known whether a tile's time falls to it */
	int64_t interval_ms, start_ms;
	int n_tiles, n_filled;
	struct media_rectangle tile;
	struct buf poster;
	bool decodes_all;
};

struct media_board *media_board_create(const struct media_input *in, int64_t duration_ms)
{
	if (in->video < 0 || duration_ms <= 0)
		return NULL;
	AVCodecContext *decoder = media_decoder(in, in->video);
	if (!decoder)
		return NULL;
	struct media_board *b = mem_new(1, sizeof *b);
	b->in = in;
	b->decoder = decoder;
	b->frame = av_frame_alloc();
	b->next = av_frame_alloc();
	b->held = av_packet_alloc();
	/* Some heads claim years. Whole seconds, so that the times look like times. */
	duration_ms = duration_ms < MEDIA_LONGEST_MS ? duration_ms : MEDIA_LONGEST_MS;
	b->interval_ms = (duration_ms + TILES * INT64_C(1000) - 1) / (TILES * INT64_C(1000)) * 1000;
	b->n_tiles = (int)((duration_ms + b->interval_ms - 1) / b->interval_ms);
	b->decodes_all = duration_ms <= SHORT_MS;
	int64_t start = in->f->start_time;
	b->start_ms = start == AV_NOPTS_VALUE ? 0 : start / 1000;
	if (!b->frame || !b->next || !b->held)
		_Exit(1);
	return b;
}

static bool make_canvas(struct media_board *b)
{
	if (b->canvas)
		return true;
	b->tile = media_picture_fit(b->frame, TILE_WIDTH, TILE_HEIGHT);
	int columns = b->n_tiles < COLUMNS ? b->n_tiles : COLUMNS;
	b->canvas = media_picture_new(columns * b->tile.width, (b->n_tiles + COLUMNS - 1) / COLUMNS * b->tile.height);
	return b->canvas;
}

/* The decoded frame into all tiles before that time. */
static void fill_until(struct media_board *b, int64_t ms)
{
	while (b->n_filled < b->n_tiles && b->n_filled * b->interval_ms < ms) {
		if (!make_canvas(b))
			return;
		struct media_rectangle place = b->tile;
		place.x = b->n_filled % COLUMNS * place.width;
		place.y = b->n_filled / COLUMNS * place.height;
		const struct media_rectangle all = {0, 0, b->frame->width, b->frame->height};
		if (!media_picture_scale(b->frame, all, b->canvas, place))
			return;
		/* A tenth in: before it there are titles and empty stages. */
		if (b->n_filled == b->n_tiles / 10) {
			buf_clear(&b->poster);
			(void)!media_picture_thumbnail(b->frame, POSTER_WIDTH, POSTER_HEIGHT, POSTER_QUALITY, &b->poster);
		}
		b->n_filled++;
	}
}

/* The held keyframe is the last one before that time. */
static void use_held(struct media_board *b, int64_t until_ms)
{
	if (!b->held->size || b->n_filled >= b->n_tiles || b->n_filled * b->interval_ms >= until_ms)
		return;
	if (media_picture_decode(b->decoder, b->held, b->frame))
		fill_until(b, until_ms);
	av_frame_unref(b->frame);
}

static int64_t packet_ms(const struct media_board *b, int64_t at)
{
	return av_rescale_q(at, b->in->f->streams[b->in->video]->time_base, (AVRational){1, 1000}) - b->start_ms;
}

/* Each is shown until the next one comes. */
static void take_frames(struct media_board *b)
{
	while (avcodec_receive_frame(b->decoder, b->next) == 0) {
		int64_t pts = b->next->best_effort_timestamp;
		if (b->frame->width && pts != AV_NOPTS_VALUE)
			fill_until(b, packet_ms(b, pts));
		av_frame_unref(b->frame);
		av_frame_move_ref(b->frame, b->next);
	}
}

void media_board_packet(struct media_board *b, const AVPacket *packet)
{
	if (b->n_filled >= b->n_tiles)
		return;
	if (b->decodes_all) {
		(void)!avcodec_send_packet(b->decoder, packet);
		take_frames(b);
		return;
	}
	int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
	if (!(packet->flags & AV_PKT_FLAG_KEY) || at == AV_NOPTS_VALUE)
		return;
	use_held(b, packet_ms(b, at));
	av_packet_unref(b->held);
	if (av_packet_ref(b->held, packet))
		_Exit(1);
}

void media_board_finish(struct media_board *b)
{
	if (!b)
		return;
	struct buf jpeg = {0};
	if (b->decodes_all) {
		(void)!avcodec_send_packet(b->decoder, NULL);
		take_frames(b);
		if (b->frame->width)
			fill_until(b, INT64_MAX);
	} else {
		use_held(b, INT64_MAX);
	}
	/* Tiles after the last picture would be black: they are left out. */
	if (b->canvas && b->n_filled && media_picture_jpeg(b->canvas, TILE_QUALITY, &jpeg)) {
		media_say_format("board", "%d %d %d %d %lld", b->n_filled, b->n_tiles < COLUMNS ? b->n_tiles : COLUMNS,
			b->tile.width, b->tile.height, (long long)b->interval_ms);
		media_say("storyboard", buf_view(&jpeg));
		media_say("poster", buf_view(&b->poster));
	}
	buf_finish(&jpeg);
	buf_finish(&b->poster);
	av_frame_free(&b->canvas);
	av_frame_free(&b->frame);
	av_frame_free(&b->next);
	av_packet_free(&b->held);
	avcodec_free_context(&b->decoder);
	free(b);
}
