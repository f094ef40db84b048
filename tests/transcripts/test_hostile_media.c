/* test_hostile_media.c - recordings that were made to hurt (craft.md P6): names that are addresses elsewhere, files that lie
 * about their length, and thousands of damaged ones. Each costs a child at most: this process keeps its descriptors, nobody
 * is called, and a duration is what there is.
 * env FULL: 6,000 damaged files instead of 1,000.
 * SPDX-License-Identifier: MIT */
#include "hostile_media.h"

#include "base/clock.h"
#include "transcripts/media_make.h"

/* A recording's name is a name, whatever protocol it would be elsewhere. */
static void names_are_only_names(void **state)
{
	struct buf tone = fixture("tone.mp3");
	char address[64];
	snprintf(address, sizeof address, "http:127.0.0.1:%d.mp3", trap_port);
	const char *const names[] = {"concat:a.mp3|b.mp3", "data:audio,x.mp3", "pipe:1", "-i.mp3", address,
		"subfile,,start,0,end,9,,:tone.mp3",
		"%d.mp3", "tone.mp3?x=1#t=5", "\xF0\x9F\x94\x94 \xFF.mp3"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct media_study s;
		struct why why = {0};
		enum err e = study_bytes(names[i], buf_view(&tone), &s, &why);
		if (e != OK)
			fail_msg("%s: %d %s", names[i], (int)e, why.text);
		assert_in_range(s.info.duration_ms, 1900, 2150);
		media_study_finish(&s);
	}
	buf_finish(&tone);
	assert_nobody_called();
}

/* ---- lies about the length ---- */

static void poke_be(struct buf *b, size_t at, uint32_t value)
{
	assert_true(at + 4 <= b->n);
	for (int i = 0; i < 4; i++)
		b->p[at + (size_t)i] = (char)(value >> (8 * (3 - i)));
}

static size_t find(const struct buf *b, const char *mark)
{
	size_t at = span_search(buf_view(b), span_of(mark), 0);
	assert_true(at < b->n);
	return at;
}

static void xing_says_days(struct buf *b)
{
	size_t at = find(b, "Info");
	poke_be(b, at + 8, 0x00FFFFFF); /* frames; bytes follow */
}

static void xing_says_nothing(struct buf *b)
{
	poke_be(b, find(b, "Info") + 8, 1);
}

static void mvhd_says_years(struct buf *b)
{
	poke_be(b, find(b, "mvhd") + 4 + 16, 0x7FFFFFFF);
	poke_be(b, find(b, "tkhd") + 4 + 20, 0x7FFFFFFF);
	poke_be(b, find(b, "mdhd") + 4 + 16, 0x7FFFFFFF);
	size_t edits = span_search(buf_view(b), span_of("elst"), 0);
	if (edits < b->n)
		poke_be(b, edits + 12, 0x7FFFFFFF);
}

static void mvhd_says_nothing(struct buf *b)
{
	poke_be(b, find(b, "mvhd") + 4 + 16, 0);
}

static void wav_says_4_gib(struct buf *b)
{
	poke_be(b, 4, 0xFFFFFFFF);
	poke_be(b, find(b, "data") + 4, 0xFFFFFFFF);
}

static void wav_says_a_byte_a_second(struct buf *b)
{
	memcpy(b->p + find(b, "fmt ") + 16, "\1\0\0\0", 4);
}

static void flac_says_days(struct buf *b)
{
	poke_be(b, 22, 0xFFFFFFFF); /* the samples' lower 32 bits */
	b->p[21] = (char)(b->p[21] | 0x0F);
}

/* The last page's granule, whose checksum is made anew. */
static void ogg_says_years(struct buf *b)
{
	size_t last = 0;
	for (size_t at = 0; (at = span_search(buf_view(b), span_of("OggS"), at)) < b->n; at++)
		last = at;
	memcpy(b->p + last + 6, "\xFF\xFF\xFF\xFF\xFF\xFF\0\0", 8);
	memset(b->p + last + 22, 0, 4);
	uint32_t crc = 0;
	for (size_t i = last; i < b->n; i++) {
		crc ^= (uint32_t)(unsigned char)b->p[i] << 24;
		for (int k = 0; k < 8; k++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7 : 0);
	}
	for (int i = 0; i < 4; i++)
		b->p[last + 22 + (size_t)i] = (char)(crc >> (8 * i));
}

static void matroska_says_years(struct buf *b)
{
	size_t at = find(b, "\x44\x89\x88"); /* Duration, eight bytes of a double */
	memcpy(b->p + at + 3, "\x42\x93\x11\x11\x11\x11\x11\x11", 8);
}

static void nothing_but_a_cut(struct buf *b)
{
	b->n = b->n * 6 / 10;
}

static const struct {
	const char *name;
	void (*lie)(struct buf *b);
	int64_t least_ms, most_ms; /* of what is in it; 0: it may be refused */
} lies[] = {
	{"tone.mp3", xing_says_days, 1900, 2150}, {"tone.mp3", xing_says_nothing, 1900, 2150}, {"tone.m4a", mvhd_says_years,
		1900, 2150},
	{"tone.m4a", mvhd_says_nothing, 1900, 2150}, {"clip.mp4", mvhd_says_years, 1900, 2200}, {"tone.wav", wav_says_4_gib,
		1900, 2150},
	{"tone.wav", wav_says_a_byte_a_second, 1900, 2150}, {"tone.flac", flac_says_days, 1900, 2150}, {"tone.ogg",
		ogg_says_years, 1900, 2150},
	{"tone.opus", ogg_says_years, 1900, 2150}, {"clip.webm", matroska_says_years, 1900, 2200}, {"talk.mkv",
		matroska_says_years, 1900, 2200},
	{"tone.mp3", nothing_but_a_cut, 1000, 1400}, {"tone.wav", nothing_but_a_cut, 1100, 1300}, {"tone.flac",
		nothing_but_a_cut, 200, 1400},
	{"tone.ogg", nothing_but_a_cut, 0, 0}, {"tone.opus", nothing_but_a_cut, 100, 1800}, {"clip.webm", nothing_but_a_cut,
		500, 1800},
	{"tone.aac", nothing_but_a_cut, 1000, 1400}, {"tone.m4a", nothing_but_a_cut, 0, 0}, {"clip.mp4", nothing_but_a_cut, 0,
		0},
};

static void a_duration_is_what_there_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		struct buf b = fixture(lies[i].name);
		struct media_study s;
		struct why why = {0};
		lies[i].lie(&b);
		enum err e = study_bytes(lies[i].name, buf_view(&b), &s, &why);
		if (e != (lies[i].most_ms ? OK : E_FORMAT) || s.info.duration_ms < lies[i].least_ms || s.info.duration_ms > lies[i].most_ms)
			fail_msg("%zu %s: %d %s, %lld ms", i, lies[i].name, (int)e, why.text, (long long)s.info.duration_ms);
		media_study_finish(&s);
		buf_finish(&b);
	}
	print_message("# %zu lies about the length\n", COUNT_OF(lies));
}

/* ---- damaged ones ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void damage(struct buf *b, uint32_t *seed)
{
	uint32_t kind = next_random(seed) % 8;
	for (uint32_t k = 1 + next_random(seed) % 30; k > 0; k--)
		b->p[next_random(seed) % (k % 2 && b->n > 600 ? 600 : b->n)] = (char)next_random(seed);
	size_t at = next_random(seed) % b->n, n = 1 + next_random(seed) % 200;
	if (n > b->n - at)
		n = b->n - at;
	if (kind == 0) { /* broken off */
		b->n = at + 1;
	} else if (kind == 1) { /* a piece is missing */
		memmove(b->p + at, b->p + at + n, b->n - at - n);
		b->n -= n;
		buf_char(b, ' ');
	} else if (kind == 2) { /* a piece is there twice */
		char *piece = span_dup(span_make(b->p + at, n));
		buf_add(b, piece, n);
		free(piece);
	} else if (kind == 3) { /* a length or number without end */
		memset(b->p + at, 0xFF, n < 8 ? n : 8);
	}
}

static struct tally {
	size_t n, n_good, n_refused, n_died;
	int64_t slowest_ms;
} tally;

static void count(enum err e, int64_t start, const struct why *why)
{
	int64_t took = clock_mono_ms() - start;
	assert_true(e == OK || e == E_FORMAT || e == E_IO);
	assert_true(e == OK || why->text[0]);
	tally.n++;
	bool has_died = e == E_IO && strstr(why->text, "media child");
	tally.n_good += e == OK;
	tally.n_refused += e && !has_died;
	tally.n_died += has_died;
	tally.slowest_ms = took > tally.slowest_ms ? took : tally.slowest_ms;
}

static void damaged_files_cost_no_more_than_a_child(void **state)
{
	static const char *const sound[] = {"cover.mp3", "chapters.mp3", "chapters.opus", "tone.ogg", "chapters.m4a",
		"tone.flac", "talk.mp4",
		"talk.mkv", "clip.webm", "tone.aac", "tone.wav"};
	static const char *const pictures[] = {"art.png", "art.jpg"};
	int rounds = getenv("FULL") ? 546 : 91; /* of 11 */
	size_t before = count_descriptors();
	uint32_t seed = 6;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sound) + COUNT_OF(pictures); i++) {
		bool is_picture = i >= COUNT_OF(sound);
		struct buf whole = {0};
		if (is_picture) { /* made of a cover, of which it may make a square one */
			struct why why = {0};
			struct media_artwork made;
			struct buf path = {0};
			char *to = in_folder(pictures[i - COUNT_OF(sound)]);
			buf_format(&path, "%s/transcripts/media/cover.mp3", getenv("TEST_DATA"));
			if (media_artwork(path.p, to, i == COUNT_OF(sound), &made, &why))
				fail_msg("%s", why.text);
			assert_int_equal(file_read(to, 16 << 20, &whole, NULL), OK);
			unlink(to);
			free(to);
			buf_finish(&path);
		} else {
			whole = fixture(sound[i]);
		}
		/* A picture that is understood is made 1,400 pixels wide, which takes ten times as long as a sound. */
		for (int round = 0; round < (is_picture ? rounds / 8 : rounds); round++) {
			struct buf bytes = {0};
			struct why why = {0};
			buf_span(&bytes, buf_view(&whole));
			damage(&bytes, &seed);
			int64_t start = clock_mono_ms();
			if (is_picture) {
				char *from = in_folder("mutant.png"), *to = in_folder("square.jpg");
				struct media_artwork made;
				assert_int_equal(file_replace(from, buf_view(&bytes), NULL), OK);
				count(media_artwork(from, to, false, &made, &why), start, &why);
				unlink(from);
				unlink(to);
				free(from);
				free(to);
			} else {
				struct media_study s;
				count(study_bytes("mutant", buf_view(&bytes), &s, &why), start, &why);
				assert_true(s.info.duration_ms >= 0 && s.info.duration_ms <= MEDIA_LONGEST_MS);
				media_study_finish(&s);
			}
			buf_finish(&bytes);
		}
		buf_finish(&whole);
	}
	print_message("# %zu damaged files: %zu understood, %zu refused, %zu children died, slowest %lld ms\n", tally.n,
		tally.n_good, tally.n_refused,
		tally.n_died, (long long)tally.slowest_ms);
	assert_int_equal(count_descriptors(), before);
	assert_true(tally.n >= (getenv("FULL") ? 6000 : 1000));
	assert_true(tally.n_good > tally.n_died && tally.slowest_ms < 1000 * MEDIA_CHILD_SECONDS + 10000);
	assert_nobody_called();
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_only_names),
		cmocka_unit_test(a_duration_is_what_there_is),
		cmocka_unit_test(damaged_files_cost_no_more_than_a_child),
	};
	return cmocka_run_group_tests_name("hostile_media", tests, begin, end);
}
