/* SPDX-License-Identifier: MIT */
#include "transcripts/media_picture.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

AVFrame *media_picture_new(int width, int height)
{
	AVFrame *picture = av_frame_alloc();
	if (!picture)
		return NULL;
	picture->format = AV_PIX_FMT_YUVJ420P;
	picture->width = width;
	picture->height = height;
	picture->color_range = AVCOL_RANGE_JPEG;
	if (av_frame_get_buffer(picture, 0) < 0) {
		av_frame_free(&picture);
		return NULL;
	}
	for (int y = 0; y < height; y++)
		memset(picture->data[0] + (ptrdiff_t)y * picture->linesize[0], 0, (size_t)width);
	for (int plane = 1; plane < 3; plane++)
		for (int y = 0; y < (height + 1) / 2; y++)
			memset(picture->data[plane] + (ptrdiff_t)y * picture->linesize[plane], 128, (size_t)(width + 1) / 2);
	return picture;
}

/* Where the rectangle begins in each of the source's planes. */
static void cut_planes(const AVFrame *from, struct media_rectangle cut, const uint8_t *planes[4])
{
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(from->format);
	int steps[4], components[4];
	av_image_fill_max_pixsteps(steps, components, d);
	for (int i = 0; i < 4; i++) {
		bool is_chroma = i == 1 || i == 2;
		int x = is_chroma ? cut.x >> d->log2_chroma_w : cut.x, y = is_chroma ? cut.y >> d->log2_chroma_h : cut.y;
		planes[i] = from->data[i];
		if (planes[i] && !(i == 1 && (d->flags & AV_PIX_FMT_FLAG_PAL)))
			planes[i] += (ptrdiff_t)y * from->linesize[i] + (ptrdiff_t)x * steps[i];
	}
}

bool media_picture_scale(const AVFrame *from, struct media_rectangle cut, AVFrame *to, struct media_rectangle place)
{
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(from->format);
	if (!d || (d->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM)))
		return false;
	struct SwsContext *sws = sws_getContext(cut.width, cut.height, from->format, place.width, place.height, to->format,
		SWS_AREA | SWS_ACCURATE_RND, NULL, NULL, NULL);
	if (!sws)
		return false;
	const uint8_t *source[4];
	cut_planes(from, cut, source);
	int full = from->color_range == AVCOL_RANGE_JPEG || (d->flags & AV_PIX_FMT_FLAG_RGB);
	int matrix = from->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_DEFAULT;
	sws_setColorspaceDetails(sws, sws_getCoefficients(matrix), full, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
		1 << 16, 1 << 16);
	bool is_yuv = to->format == AV_PIX_FMT_YUVJ420P;
	uint8_t *target[4] = {to->data[0] + (ptrdiff_t)place.y * to->linesize[0] + (ptrdiff_t)place.x * (is_yuv ? 1 : 3)};
	for (int i = 1; is_yuv && i < 3; i++)
		target[i] = to->data[i] + (ptrdiff_t)(place.y / 2) * to->linesize[i] + place.x / 2;
	bool good = sws_scale(sws, source, from->linesize, 0, cut.height, target, to->linesize) == place.height;
	sws_freeContext(sws);
	return good;
}

static int even(double x)
{
	int n = (int)(x / 2.0 + 0.5) * 2;
	return n < 2 ? 2 : n;
}

struct media_rectangle media_picture_fit(const AVFrame *from, int box_width, int box_height)
{
	double shape = (double)from->width / from->height;
	if (from->sample_aspect_ratio.num > 0 && from->sample_aspect_ratio.den > 0)
		shape *= av_q2d(from->sample_aspect_ratio);
	double height = box_width / shape < box_height ? box_width / shape : box_height;
	int wide = even(height * shape), high = even(height);
	return (struct media_rectangle){0, 0, wide > box_width ? box_width : wide, high > box_height ? box_height : high};
}

static bool encode(const AVFrame *picture, enum AVCodecID id, int quality, struct buf *out)
{
	const AVCodec *codec = avcodec_find_encoder(id);
	AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_clone(picture);
	bool good = c && packet && frame;
	if (good) {
		c->width = picture->width;
		c->height = picture->height;
		c->pix_fmt = picture->format;
		c->color_range = picture->color_range;
		c->time_base = (AVRational){1, 25};
		c->thread_count = 1;
		c->flags |= AV_CODEC_FLAG_BITEXACT;
		if (quality) {
			c->flags |= AV_CODEC_FLAG_QSCALE;
			c->global_quality = frame->quality = FF_QP2LAMBDA * quality;
			c->qmin = 1;
		}
		frame->pts = 0;
		frame->pict_type = AV_PICTURE_TYPE_NONE;
		good = avcodec_open2(c, codec, NULL) == 0 && avcodec_send_frame(c, frame) == 0 &&
			avcodec_send_frame(c, NULL) == 0 && avcodec_receive_packet(c, packet) == 0;
	}
	if (good)
		buf_add(out, packet->data, (size_t)packet->size);
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&c);
	return good;
}

bool media_picture_jpeg(const AVFrame *picture, int quality, struct buf *out)
{
	return encode(picture, AV_CODEC_ID_MJPEG, quality, out);
}

bool media_picture_png(const AVFrame *picture, struct buf *out)
{
	return encode(picture, AV_CODEC_ID_PNG, 0, out);
}

bool media_picture_convert(const AVFrame *from, AVFrame *to)
{
	struct SwsContext *sws = sws_getContext(from->width, from->height, from->format, to->width, to->height, to->format,
		SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
	bool good = sws && sws_scale(sws, (const uint8_t *const *)from->data, from->linesize, 0, from->height, to->data,
		to->linesize) == to->height;
	sws_freeContext(sws);
	return good;
}

bool media_picture_has_alpha(const AVFrame *picture)
{
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(picture->format);
	return d && (d->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL));
}

bool media_picture_thumbnail(const AVFrame *from, int box_width, int box_height, int quality, struct buf *out)
{
	if (from->width < box_width)
		box_width = from->width;
	if (from->height < box_height)
		box_height = from->height;
	struct media_rectangle size = media_picture_fit(from, box_width < 2 ? 2 : box_width, box_height < 2 ? 2 : box_height);
	AVFrame *small = media_picture_new(size.width, size.height);
	const struct media_rectangle all = {0, 0, from->width, from->height};
	bool good = small && media_picture_scale(from, all, small, size) && media_picture_jpeg(small, quality, out);
	av_frame_free(&small);
	return good;
}

bool media_picture_decode(AVCodecContext *decoder, const AVPacket *packet, AVFrame *picture)
{
	avcodec_flush_buffers(decoder);
	bool good = avcodec_send_packet(decoder, packet) == 0 && avcodec_send_packet(decoder, NULL) == 0 &&
		avcodec_receive_frame(decoder, picture) == 0 && picture->width > 0 && picture->height > 0;
	avcodec_flush_buffers(decoder);
	return good;
}
