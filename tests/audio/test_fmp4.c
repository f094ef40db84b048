/* SPDX-License-Identifier: MIT */
#include "audio/fmp4.h"

#include "base/mem.h"
#include "tests/audio/ffmpeg.h"

/* AAC LC, 48 kHz, stereo (ISO/IEC 14496-3 1.6.2.1). */
static const struct fmp4_track track = {.rate = 48000, .channels = 2, .bit_rate = 128000,
	.config = {"\x11\x90", 2}, .priming = 1024};

static uint32_t number(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Walks the boxes of these types that hold boxes, and checks that each ends where its parent or the next one says. Gives
 * the last box of that type. */
static struct span walk(struct span bytes, const char *wanted)
{
	static const char *const containers = "moov trak mdia minf dinf stbl mvex moof traf edts";
	struct span found = {0};
	while (bytes.n) {
		assert_true(bytes.n >= 8);
		uint32_t size = number(bytes.p);
		assert_in_range(size, 8, bytes.n);
		char type[5] = {bytes.p[4], bytes.p[5], bytes.p[6], bytes.p[7], 0};
		struct span body = span_make(bytes.p + 8, size - 8);
		if (strcmp(type, wanted) == 0)
			found = body;
		if (strstr(containers, type)) {
			struct span inner = walk(body, wanted);
			found = inner.p ? inner : found;
		}
		bytes = span_from(bytes, size);
	}
	return found;
}

static void every_box_ends_where_it_says(void **state)
{
	(void)state;
	struct buf out = {0};
	struct fmp4_segment s = {0};
	fmp4_init(&out, &track);
	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < 5 + k; i++)
			fmp4_add(&s, SPAN_LITERAL("0123456789"));
		fmp4_end(&s, 1024, &out);
	}
	struct span all = buf_view(&out);
	assert_null(walk(all, "none").p);
	static const char *const types[] = {"ftyp", "mvhd", "tkhd", "elst", "mdhd", "hdlr", "smhd", "dref", "stsd", "stts", "stsc",
		"stsz", "stco", "trex", "styp", "mfhd", "tfhd", "tfdt", "trun", "mdat"};
	for (size_t i = 0; i < COUNT_OF(types); i++)
		assert_non_null(walk(all, types[i]).p);
	assert_int_equal(number(walk(all, "elst").p + 12), 1024); /* media time */
	assert_int_equal(number(walk(all, "mfhd").p + 4), 3);
	fmp4_segment_finish(&s);
	buf_finish(&out);
}

static void a_segment_goes_on_where_the_one_before_ended(void **state)
{
	(void)state;
	struct fmp4_segment s = {0};
	uint64_t units = 0;
	for (int k = 0; k < 4; k++) {
		struct buf out = {0};
		for (int i = 0; i < 3 + k; i++)
			fmp4_add(&s, span_make("abcdefghij", (size_t)(i + 1)));
		fmp4_end(&s, 1024, &out);
		struct span all = buf_view(&out), tfdt = walk(all, "tfdt"), trun = walk(all, "trun"), data = walk(all, "mdat");
		assert_int_equal((uint64_t)number(tfdt.p + 4) << 32 | number(tfdt.p + 8), units * 1024);
		assert_int_equal(number(trun.p + 4), 3 + k);
		/* The sizes are those of the units, in their order, and the offset leads to the first one. */
		size_t sum = 0;
		for (uint32_t i = 0; i < number(trun.p + 4); i++) {
			uint32_t size = number(trun.p + 12 + 4 * i);
			assert_int_equal(size, i + 1);
			assert_memory_equal(data.p + sum, "abcdefghij", size);
			sum += size;
		}
		assert_int_equal(sum, data.n);
		size_t moof = span_search(all, SPAN_LITERAL("moof"), 0) - 4;
		assert_ptr_equal(out.p + moof + number(trun.p + 8), data.p);
		units += (uint64_t)(3 + k);
		buf_finish(&out);
	}
	fmp4_segment_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_box_ends_where_it_says),
		cmocka_unit_test(a_segment_goes_on_where_the_one_before_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
