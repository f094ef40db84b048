/* media_artwork_job.c - in the media child: a square picture as Apple wants it, from an image or a recording's cover.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "transcripts/media_input.h"
#include "transcripts/media_picture.h"

enum { LEAST_SIDE = 1400, MOST_SIDE = 3000, QUALITY = 2 };

static bool read_picture(const struct media_input *in, AVFrame *picture)
{
	int stream = in->cover >= 0 ? in->cover : in->video;
	AVCodecContext *decoder = stream >= 0 ? media_decoder(in, stream) : NULL;
	AVPacket *packet = av_packet_alloc();
	bool good = false;
	if (!decoder || !packet)
		return false;
	if (in->cover >= 0)
		good = media_picture_decode(decoder, &in->f->streams[in->cover]->attached_pic, picture);
	while (!good && in->cover < 0 && av_read_frame(in->f, packet) >= 0) {
		good = packet->stream_index == stream && media_picture_decode(decoder, packet, picture);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	avcodec_free_context(&decoder);
	return good;
}

/* What is seen through the picture is white. */
static AVFrame *without_alpha(const AVFrame *picture)
{
	AVFrame *four = av_frame_alloc(), *three = av_frame_alloc();
	if (!four || !three)
		return NULL;
	four->format = AV_PIX_FMT_RGBA;
	three->format = AV_PIX_FMT_RGB24;
	four->width = three->width = picture->width;
	four->height = three->height = picture->height;
	if (av_frame_get_buffer(four, 0) < 0 || av_frame_get_buffer(three, 0) < 0 || !media_picture_convert(picture, four))
		return NULL;
	for (int y = 0; y < four->height; y++) {
		const uint8_t *from = four->data[0] + (ptrdiff_t)y * four->linesize[0];
		uint8_t *to = three->data[0] + (ptrdiff_t)y * three->linesize[0];
		for (int x = 0; x < four->width; x++)
			for (int c = 0; c < 3; c++)
				to[3 * x + c] = (uint8_t)((from[4 * x + c] * from[4 * x + 3] + 255 * (255 - from[4 * x + 3]) + 127) / 255);
	}
	av_frame_free(&four);
	return three;
}

static AVFrame *square(const AVFrame *picture, int side, bool is_png)
{
	int least = picture->width < picture->height ? picture->width : picture->height;
	/* Even, so that the corner falls on whole samples of colour. */
	struct media_rectangle cut = {(picture->width - least) / 2 & ~1, (picture->height - least) / 2 & ~1, least, least};
	AVFrame *to;
	if (is_png) {
		to = av_frame_alloc();
		to->format = AV_PIX_FMT_RGB24;
		to->width = to->height = side;
		if (av_frame_get_buffer(to, 0) < 0)
			return NULL;
	} else {
		to = media_picture_new(side, side);
	}
	return to && media_picture_scale(picture, cut, to, (struct media_rectangle){0, 0, side, side}) ? to : NULL;
}

static bool write_out(struct span bytes)
{
	while (bytes.n) {
		ssize_t put = write(MEDIA_OUTPUT, bytes.p, bytes.n);
		if (put <= 0)
			return false;
		bytes = span_from(bytes, (size_t)put);
	}
	return true;
}

void media_artwork_job(const char *settings)
{
	struct media_input in;
	bool is_png = strcmp(settings, "png") == 0;
	AVFrame *picture = av_frame_alloc();
	if (!picture)
		_exit(1);
	if (!media_input_open(&in, true)) {
		media_look();
		return;
	}
	if (!read_picture(&in, picture)) {
		media_say("failed", SPAN_LITERAL("it has no picture that can be read here; give a JPEG, PNG, WebP or GIF"));
		return;
	}
	int least = picture->width < picture->height ? picture->width : picture->height;
	int side = (least < LEAST_SIDE ? LEAST_SIDE : least > MOST_SIDE ? MOST_SIDE : least) & ~1;
	AVFrame *flat = media_picture_has_alpha(picture) ? without_alpha(picture) : picture;
	AVFrame *out = flat ? square(flat, side, is_png) : NULL;
	struct buf bytes = {0};
	bool is_encoded = out && (is_png ? media_picture_png(out, &bytes) : media_picture_jpeg(out, QUALITY, &bytes));
	if (!is_encoded || !write_out(buf_view(&bytes)))
		media_say("failed", SPAN_LITERAL("the picture can't be written; is the disk full?"));
	else
		media_say_format("artwork", "%d %d %d", side, picture->width, picture->height);
}
