/* Section numbers are those of ISO/IEC 14496-12:2015 unless another part is named.
 * SPDX-License-Identifier: MIT */
#include "audio/fmp4.h"

#include "base/diag.h"
#include "base/mem.h"

static void put8(struct buf *out, unsigned v)
{
	buf_char(out, (char)v);
}

static void put16(struct buf *out, unsigned v)
{
	put8(out, v >> 8 & 0xFF);
	put8(out, v & 0xFF);
}

static void put32(struct buf *out, uint32_t v)
{
	put16(out, v >> 16);
	put16(out, v & 0xFFFF);
}

static void put64(struct buf *out, uint64_t v)
{
	put32(out, (uint32_t)(v >> 32));
	put32(out, (uint32_t)v);
}

static void put_zeros(struct buf *out, size_t n)
{
	while (n--)
		put8(out, 0);
}

static void set32(struct buf *out, size_t at, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		out->p[at + i] = (char)(v >> (24 - 8 * i) & 0xFF);
}

/* 4.2: size and type; the size is filled in at the end. */
static size_t box(struct buf *out, const char type[5])
{
	size_t at = out->n;
	put32(out, 0);
	buf_add(out, type, 4);
	return at;
}

static size_t full_box(struct buf *out, const char type[5], unsigned version, uint32_t flags)
{
	size_t at = box(out, type);
	put32(out, (uint32_t)version << 24 | flags);
	return at;
}

static void end_box(struct buf *out, size_t at)
{
	set32(out, at, (uint32_t)(out->n - at));
}

static void put_matrix(struct buf *out) /* 6.2.2: unity */
{
	static const uint32_t unity[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
	for (size_t i = 0; i < 9; i++)
		put32(out, unity[i]);
}

static void put_movie_header(struct buf *out, const struct fmp4_track *t) /* 8.2.2 */
{
	size_t at = full_box(out, "mvhd", 0, 0);
	put_zeros(out, 8); /* created, modified: nobody's business */
	put32(out, t->rate);
	put32(out, 0);     /* duration: of the fragments */
	put32(out, 0x10000);
	put16(out, 0x100);
	put_zeros(out, 10);
	put_matrix(out);
	put_zeros(out, 24);
	put32(out, 2);     /* next track */
	end_box(out, at);
}

static void put_track_header(struct buf *out) /* 8.3.2 */
{
	size_t at = full_box(out, "tkhd", 0, 3 /* enabled, in movie */);
	put_zeros(out, 8);
	put32(out, 1);
	put_zeros(out, 4 + 4 + 8); /* reserved, duration, reserved */
	put16(out, 0);             /* layer */
	put16(out, 0);             /* alternate group */
	put16(out, 0x100);         /* volume */
	put16(out, 0);
	put_matrix(out);
	put_zeros(out, 8);
	end_box(out, at);
}

/* 8.6.6: what is heard begins after the priming; duration 0: of all fragments. */
static void put_edit_list(struct buf *out, const struct fmp4_track *t)
{
	size_t edts = box(out, "edts");
	size_t elst = full_box(out, "elst", 0, 0);
	put32(out, 1);
	put32(out, 0);
	put32(out, t->priming);
	put16(out, 1);
	put16(out, 0);
	end_box(out, elst);
	end_box(out, edts);
}

/* ISO/IEC 14496-14 5.6 and 14496-1 7.2.6: descriptors, each a tag, a length below 128 and its bytes. */
static void put_esds(struct buf *out, const struct fmp4_track *t)
{
	ASSERT(t->config.n <= 64);
	unsigned config = (unsigned)t->config.n, decoder = 13 + 2 + config, stream = 3 + 2 + decoder + 3;
	size_t at = full_box(out, "esds", 0, 0);
	put8(out, 0x03), put8(out, stream);  /* ES_Descriptor */
	put16(out, 1), put8(out, 0);
	put8(out, 0x04), put8(out, decoder); /* DecoderConfigDescriptor */
	put8(out, 0x40);                     /* MPEG-4 audio */
	put8(out, 0x15);                     /* audio stream */
	put_zeros(out, 3);                   /* buffer size: unknown */
	put32(out, t->bit_rate);
	put32(out, t->bit_rate);
	put8(out, 0x05), put8(out, config);  /* DecoderSpecificInfo */
	buf_span(out, t->config);
	put8(out, 0x06), put8(out, 1), put8(out, 2); /* SLConfigDescriptor: MP4 */
	end_box(out, at);
}

static void put_sample_description(struct buf *out, const struct fmp4_track *t) /* 8.5.2, 12.2.3 */
{
	size_t stsd = full_box(out, "stsd", 0, 0);
	put32(out, 1);
	size_t mp4a = box(out, "mp4a");
	put_zeros(out, 6);
	put16(out, 1); /* data reference */
	put_zeros(out, 8);
	put16(out, t->channels);
	put16(out, 16);
	put_zeros(out, 4);
	put32(out, t->rate << 16);
	put_esds(out, t);
	end_box(out, mp4a);
	end_box(out, stsd);
}

/* 8.5 to 8.7: the tables are empty, the samples are in the fragments. */
static void put_sample_table(struct buf *out, const struct fmp4_track *t)
{
	size_t stbl = box(out, "stbl");
	put_sample_description(out, t);
	static const char *const empty[] = {"stts", "stsc", "stco"};
	for (size_t i = 0; i < COUNT_OF(empty); i++) {
		size_t at = full_box(out, empty[i], 0, 0);
		put32(out, 0);
		end_box(out, at);
	}
	size_t stsz = full_box(out, "stsz", 0, 0);
	put_zeros(out, 8);
	end_box(out, stsz);
	end_box(out, stbl);
}

static void put_media(struct buf *out, const struct fmp4_track *t) /* 8.4 */
{
	size_t mdia = box(out, "mdia");
	size_t mdhd = full_box(out, "mdhd", 0, 0);
	put_zeros(out, 8);
	put32(out, t->rate);
	put32(out, 0);
	put16(out, 0x55C4); /* language: und */
	put16(out, 0);
	end_box(out, mdhd);
	size_t hdlr = full_box(out, "hdlr", 0, 0);
	put32(out, 0);
	buf_text(out, "soun");
	put_zeros(out, 12 + 1); /* reserved, an empty name */
	end_box(out, hdlr);

	size_t minf = box(out, "minf");
	size_t smhd = full_box(out, "smhd", 0, 0);
	put_zeros(out, 4);
	end_box(out, smhd);
	size_t dinf = box(out, "dinf");
	size_t dref = full_box(out, "dref", 0, 0);
	put32(out, 1);
	size_t url = full_box(out, "url ", 0, 1 /* in this file */);
	end_box(out, url);
	end_box(out, dref);
	end_box(out, dinf);
	put_sample_table(out, t);
	end_box(out, minf);
	end_box(out, mdia);
}

void fmp4_init(struct buf *out, const struct fmp4_track *t)
{
	size_t ftyp = box(out, "ftyp");
	buf_text(out, "iso6");
	put32(out, 0);
	buf_text(out, "iso6mp41");
	end_box(out, ftyp);

	size_t moov = box(out, "moov");
	put_movie_header(out, t);
	size_t trak = box(out, "trak");
	put_track_header(out);
	put_edit_list(out, t);
	put_media(out, t);
	end_box(out, trak);
	size_t mvex = box(out, "mvex"); /* 8.8.1 */
	size_t trex = full_box(out, "trex", 0, 0);
	put32(out, 1);
	put32(out, 1);
	put_zeros(out, 12);
	end_box(out, trex);
	end_box(out, mvex);
	end_box(out, moov);
}

/* --- segments --- */

void fmp4_add(struct fmp4_segment *s, struct span unit)
{
	ASSERT(s->n_units < FMP4_UNITS_MAX);
	s->sizes[s->n_units++] = (uint32_t)unit.n;
	buf_span(&s->data, unit);
}

/* 8.8.6 to 8.8.12. Returns where the offset of the data stands, to be filled in. */
static size_t put_track_fragment(struct buf *out, const struct fmp4_segment *s, uint32_t unit_samples)
{
	size_t traf = box(out, "traf");
	/* Offsets count from the moof; durations and flags of all samples: every AAC frame is a sync sample. */
	size_t tfhd = full_box(out, "tfhd", 0, 0x020000 | 0x08 | 0x20);
	put32(out, 1);
	put32(out, unit_samples);
	put32(out, 0x02000000);
	end_box(out, tfhd);
	size_t tfdt = full_box(out, "tfdt", 1, 0);
	put64(out, s->decode_time);
	end_box(out, tfdt);
	size_t trun = full_box(out, "trun", 0, 0x200 | 0x01); /* sizes, data offset */
	put32(out, (uint32_t)s->n_units);
	size_t offset = out->n;
	put32(out, 0);
	for (size_t i = 0; i < s->n_units; i++)
		put32(out, s->sizes[i]);
	end_box(out, trun);
	end_box(out, traf);
	return offset;
}

void fmp4_end(struct fmp4_segment *s, uint32_t unit_samples, struct buf *out)
{
	size_t styp = box(out, "styp");
	buf_text(out, "msdh");
	put32(out, 0);
	buf_text(out, "msdhiso6");
	end_box(out, styp);

	size_t moof = box(out, "moof");
	size_t mfhd = full_box(out, "mfhd", 0, 0);
	put32(out, ++s->sequence);
	end_box(out, mfhd);
	size_t offset = put_track_fragment(out, s, unit_samples);
	end_box(out, moof);

	size_t mdat = box(out, "mdat");
	set32(out, offset, (uint32_t)(out->n - moof));
	buf_span(out, buf_view(&s->data));
	end_box(out, mdat);

	s->decode_time += s->n_units * unit_samples;
	s->n_units = 0;
	buf_clear(&s->data);
}

void fmp4_segment_finish(struct fmp4_segment *s)
{
	buf_finish(&s->data);
}
