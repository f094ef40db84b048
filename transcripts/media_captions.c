/* SPDX-License-Identifier: MIT */
#include "transcripts/media_captions.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/media_study.h"

enum { CAPTIONS_BYTES = 4 << 20 };

struct track {
	int stream;
	enum AVCodecID codec;
	struct buf text;
	size_t n_cues;
};

struct media_captions {
	const struct media_input *in;
	struct track tracks[MEDIA_CAPTIONS];
	size_t n;
};

struct media_captions *media_captions_create(const struct media_input *in)
{
	struct media_captions *c = mem_new(1, sizeof *c);
	c->in = in;
	for (unsigned i = 0; i < in->f->nb_streams && c->n < MEDIA_CAPTIONS; i++) {
		enum AVCodecID id = in->f->streams[i]->codecpar->codec_id;
		if (id == AV_CODEC_ID_SUBRIP || id == AV_CODEC_ID_TEXT || id == AV_CODEC_ID_MOV_TEXT || id == AV_CODEC_ID_WEBVTT ||
		    id == AV_CODEC_ID_ASS)
			c->tracks[c->n++] = (struct track){.stream = (int)i, .codec = id};
	}
	return c;
}

static void add_stamp(struct buf *out, int64_t ms)
{
	buf_format(out, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
		(int)(ms % 1000));
}

/* Only the words: mark-up in <> and, of ASS, in {} is left out, and what would be mark-up in WebVTT is escaped.
 * WebVTT's own text is kept as it is. */
static void add_words(struct buf *out, struct span text, enum AVCodecID codec)
{
	bool at_line_start = true;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		struct span rest = span_from(text, i);
		char closes = codec == AV_CODEC_ID_ASS && c == '{' ? '}' : codec == AV_CODEC_ID_SUBRIP && c == '<' ? '>' : 0;
		if (closes && span_find(rest, closes) < rest.n) {
			i += span_find(rest, closes);
			continue;
		}
		if (codec == AV_CODEC_ID_ASS && c == '\\' && i + 1 < text.n && (text.p[i + 1] == 'N' || text.p[i + 1] == 'n')) {
			c = '\n';
			i++;
		}
		if (c == '\r' || c == '\0' || (c == '\n' && at_line_start))
			continue; /* an empty line would end the cue */
		at_line_start = c == '\n';
		if (codec == AV_CODEC_ID_WEBVTT)
			buf_char(out, c);
		else if (c == '&')
			buf_text(out, "&amp;");
		else if (c == '<')
			buf_text(out, "&lt;");
		else if (c == '>')
			buf_text(out, "&gt;");
		else
			buf_char(out, c);
	}
	buf_text(out, at_line_start ? "\n" : "\n\n");
}

/* The text in a packet: behind its length in MP4, behind eight commas in ASS. */
static struct span words_of(const AVPacket *packet, enum AVCodecID codec)
{
	struct span text = {(const char *)packet->data, (size_t)(packet->size > 0 ? packet->size : 0)};
	if (codec == AV_CODEC_ID_MOV_TEXT) {
		size_t n = text.n >= 2 ? (size_t)packet->data[0] << 8 | packet->data[1] : 0;
		text = span_from(text, 2);
		text.n = n < text.n ? n : text.n;
	}
	for (int i = 0; codec == AV_CODEC_ID_ASS && i < 8; i++)
		text = span_from(text, span_find(text, ',') + 1);
	return text;
}

void media_captions_packet(struct media_captions *c, const AVPacket *packet)
{
	for (size_t i = 0; i < c->n; i++) {
		struct track *t = &c->tracks[i];
		if (t->stream != packet->stream_index)
			continue;
		AVRational base = c->in->f->streams[t->stream]->time_base;
		struct span words = span_trim(words_of(packet, t->codec));
		int64_t start = packet->pts == AV_NOPTS_VALUE ? -1 : av_rescale_q(packet->pts, base, (AVRational){1, 1000});
		int64_t end = start + av_rescale_q(packet->duration, base, (AVRational){1, 1000});
		if (!words.n || start < 0 || end <= start || end > MEDIA_LONGEST_MS || t->text.n + words.n > CAPTIONS_BYTES)
			return;
		add_stamp(&t->text, start);
		buf_text(&t->text, " --> ");
		add_stamp(&t->text, end);
		buf_char(&t->text, '\n');
		add_words(&t->text, words, t->codec);
		t->n_cues++;
	}
}

/* One line of a file's own words. */
static void add_tag(struct buf *out, const AVDictionary *tags, const char *name)
{
	const AVDictionaryEntry *tag = av_dict_get(tags, name, NULL, 0);
	for (const char *p = tag ? tag->value : ""; *p; p++)
		buf_char(out, (unsigned char)*p < 0x20 ? ' ' : *p);
	buf_char(out, '\n');
}

void media_captions_finish(struct media_captions *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct track *t = &c->tracks[i];
		struct buf answer = {0};
		if (t->n_cues) {
			add_tag(&answer, c->in->f->streams[t->stream]->metadata, "language");
			add_tag(&answer, c->in->f->streams[t->stream]->metadata, "title");
			buf_text(&answer, "WEBVTT\n\n");
			buf_span(&answer, buf_view(&t->text));
			media_say("captions", buf_view(&answer));
		}
		buf_finish(&answer);
		buf_finish(&t->text);
	}
	free(c);
}
