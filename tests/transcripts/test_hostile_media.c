/* test_hostile_media.c - recordings that were made to hurt (craft.md P6): files that are two things at once, files that name
 * others, files that lie about their length, and thousands of damaged ones. Each costs a child at most: this process keeps
 * its descriptors, nothing else is opened, nobody is called, and a duration is what there is.
 * This program is its own media child (media_probe.h). env FULL: 6,000 damaged files instead of 1,000.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_make.h"
#include "transcripts/media_study.h"

static char folder[] = "/tmp/carillon-hostile-XXXXXX";
static int trap, trap_port;

/* ---- what a file costs ---- */

static size_t count_descriptors(void)
{
	size_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void assert_nobody_called(void)
{
	assert_int_equal(accept(trap, NULL, NULL), -1);
	assert_true(errno == EAGAIN || errno == EWOULDBLOCK);
}

static char *in_folder(const char *name)
{
	return file_join(folder, name);
}

/* Writes it as a file of this name, studies that, and takes it away again. */
static enum err study_bytes(const char *name, struct span bytes, struct media_study *s, struct why *why)
{
	char *path = in_folder(name);
	assert_int_equal(file_replace(path, bytes, NULL), OK);
	media_study_init(s);
	enum err e = media_study(path, NULL, s, NULL, why);
	unlink(path);
	free(path);
	return e;
}

static struct buf fixture(const char *name)
{
	struct buf path = {0}, bytes = {0};
	buf_format(&path, "%s/transcripts/media/%s", getenv("TEST_DATA"), name);
	assert_int_equal(file_read(path.p, 1 << 20, &bytes, NULL), OK);
	buf_finish(&path);
	return bytes;
}

/* ---- two things at once ---- */

static void put_be(struct buf *b, uint32_t value, int n_bytes)
{
	while (n_bytes-- > 0)
		buf_char(b, (char)(value >> (8 * n_bytes)));
}

static void put_le(struct buf *b, uint32_t value, int n_bytes)
{
	for (int i = 0; i < n_bytes; i++)
		buf_char(b, (char)(value >> (8 * i)));
}

/* An ID3 frame's size, seven bits a byte. */
static void put_syncsafe(struct buf *b, uint32_t value)
{
	for (int i = 3; i >= 0; i--)
		buf_char(b, (char)(value >> (7 * i) & 0x7F));
}

static void put_playlist(struct buf *b)
{
	buf_format(b, "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\"http://127.0.0.1:%d/key\"\n#EXTINF:10,\n"
		"http://127.0.0.1:%d/x.ts\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", trap_port, trap_port);
}

static void put_script(struct buf *b)
{
	buf_format(b, "ffconcat version 1.0\nfile 'http://127.0.0.1:%d/a.mp3'\nfile '/etc/passwd'\nfile 'subfile,,start,0,end,100,,:/etc/passwd'\n",
		trap_port);
}

static void put_session(struct buf *b)
{
	buf_format(b, "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:rtsp://127.0.0.1:%d/\n"
		"m=audio %d RTP/AVP 0\n", trap_port, trap_port);
}

static void put_page(struct buf *b)
{
	buf_format(b, "<html><head><meta http-equiv=refresh content=\"0;url=http://127.0.0.1:%d/\"></head><body><img src=\"http://127.0.0.1:%d/i\">"
		"<audio src=\"data:audio/mpeg;base64,SUQz\" autoplay></audio></body></html>\n", trap_port, trap_port);
}

static void put_drawing(struct buf *b)
{
	buf_format(b, "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY e SYSTEM \"http://127.0.0.1:%d/e\">]>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"xmlns:xlink=\"http://www.w3.org/1999/xlink\"><image xlink:href=\"http://127.0.0.1:%d/i.png\"/><text>&e;</text></svg>\n", trap_port, trap_port);
}

/* A ZIP archive with one stored file. */
static void put_archive(struct buf *b)
{
	size_t at = b->n;
	static const char name[] = "evil.m3u8", text[] = "#EXTM3U\nfile:///etc/passwd\n";
	enum { NAME = sizeof name - 1, TEXT = sizeof text - 1 };
	buf_add(b, "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
	put_le(b, TEXT, 4);
	put_le(b, TEXT, 4);
	put_le(b, NAME, 2);
	put_le(b, 0, 2);
	buf_text(b, name);
	buf_text(b, text);
	size_t directory = b->n;
	buf_add(b, "PK\1\2\24\0\24\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	put_le(b, TEXT, 4);
	put_le(b, TEXT, 4);
	put_le(b, NAME, 2);
	buf_add(b, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	put_le(b, (uint32_t)at, 4);
	buf_text(b, name);
	size_t end = b->n;
	buf_add(b, "PK\5\6\0\0\0\0\1\0\1\0", 12);
	put_le(b, (uint32_t)(end - directory), 4);
	put_le(b, (uint32_t)directory, 4);
	put_le(b, 0, 2);
}

/* An ID3 tag of one frame. */
static void put_tag(struct buf *b, const char *frame, struct span body)
{
	buf_text(b, "ID3\4");
	put_be(b, 0, 2);
	put_syncsafe(b, (uint32_t)body.n + 10);
	buf_text(b, frame);
	put_syncsafe(b, (uint32_t)body.n);
	put_be(b, 0, 2);
	buf_span(b, body);
}

static void put_fixture(struct buf *b, const char *name)
{
	struct buf bytes = fixture(name);
	buf_span(b, buf_view(&bytes));
	buf_finish(&bytes);
}

/* The MP3 behind its own tag. */
static void put_frames(struct buf *b)
{
	struct buf bytes = fixture("tone.mp3");
	buf_add(b, bytes.p + 20, bytes.n - 20);
	buf_finish(&bytes);
}

static void mp3_with_a_playlist_for_a_comment(struct buf *b)
{
	struct buf body = {0};
	buf_add(&body, "\3eng", 5);
	put_playlist(&body);
	put_tag(b, "COMM", buf_view(&body));
	put_frames(b);
	buf_finish(&body);
}

/* ID3v2.4 4.14: with "-->" for its type a picture's data is its address. */
static void mp3_with_a_picture_elsewhere(struct buf *b)
{
	struct buf body = {0};
	buf_add(&body, "\0-->\0\3\0", 7);
	buf_format(&body, "http://127.0.0.1:%d/cover.png", trap_port);
	put_tag(b, "APIC", buf_view(&body));
	put_frames(b);
	buf_finish(&body);
}

static void mp3_with_an_archive_behind(struct buf *b)
{
	put_fixture(b, "tone.mp3");
	put_archive(b);
}

static void archive_with_an_mp3_behind(struct buf *b)
{
	put_archive(b);
	put_fixture(b, "tone.mp3");
}

static void playlist_with_an_mp3_behind(struct buf *b)
{
	put_playlist(b);
	put_frames(b);
}

static void script_with_an_mp3_behind(struct buf *b)
{
	put_script(b);
	put_frames(b);
}

static void page_with_an_mp3_behind(struct buf *b)
{
	put_page(b);
	put_frames(b);
}

static void drawing_with_an_mp4_behind(struct buf *b)
{
	put_drawing(b);
	put_fixture(b, "clip.mp4");
}

static void mp4_with_a_script_in_it(struct buf *b)
{
	struct buf clip = fixture("clip.mp4"), body = {0};
	put_script(&body);
	put_playlist(&body);
	put_session(&body);
	buf_add(b, clip.p, 32); /* ftyp */
	put_be(b, (uint32_t)body.n + 8, 4);
	buf_text(b, "free");
	buf_span(b, buf_view(&body));
	buf_add(b, clip.p + 32, clip.n - 32);
	buf_finish(&clip);
	buf_finish(&body);
}

static void mp4_with_a_picture_before(struct buf *b)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0\x90\x77\x53\xDE\0\0\0\fIDATx\x9c"
		"c\xf8\xcf\xc0\0\0\3\1\1\0\x18\xdd\x8d\xb0\0\0\0\0IEND\xae\x42\x60\x82";
	buf_add(b, png, sizeof png - 1);
	put_fixture(b, "clip.mp4");
}

/* Its samples are said to be in another file (ISO 14496-12 8.7.2): the "url " that says "in this file" is made one. */
static void mp4_whose_sound_is_elsewhere(struct buf *b)
{
	struct buf clip = fixture("tone.m4a");
	size_t at = span_search(buf_view(&clip), span_of("dref"), 0) - 4;
	buf_add(b, clip.p, clip.n);
	/* dref takes 28 bytes: its one entry's flag "in the same file" is cleared, and its type made an alias. */
	assert_true(at + 28 <= clip.n);
	memcpy(b->p + at + 20, "alis", 4);
	b->p[at + 27] = '\0';
	buf_finish(&clip);
}

/* QuickTime's reference movie: no sound, a list of addresses. */
static void movie_that_is_an_address(struct buf *b)
{
	struct buf url = {0};
	buf_format(&url, "http://127.0.0.1:%d/movie.mov", trap_port);
	put_be(b, 20, 4);
	buf_text(b, "ftypqt  ");
	put_be(b, 0, 4);
	buf_text(b, "qt  ");
	uint32_t rdrf = 20 + (uint32_t)url.n + 1, rmda = rdrf + 8, rmra = rmda + 8;
	put_be(b, rmra + 8, 4);
	buf_text(b, "moov");
	put_be(b, rmra, 4);
	buf_text(b, "rmra");
	put_be(b, rmda, 4);
	buf_text(b, "rmda");
	put_be(b, rdrf, 4);
	buf_text(b, "rdrf");
	put_be(b, 0, 4);
	buf_text(b, "url ");
	put_be(b, (uint32_t)url.n + 1, 4);
	buf_add(b, url.p, url.n + 1);
	buf_finish(&url);
}

static void flac_with_a_picture_elsewhere(struct buf *b)
{
	struct buf tone = fixture("tone.flac"), url = {0};
	buf_format(&url, "http://127.0.0.1:%d/cover.png", trap_port);
	buf_add(b, tone.p, 4);
	buf_char(b, 0); /* STREAMINFO, no longer the last block */
	buf_add(b, tone.p + 5, 37);
	buf_char(b, 6); /* PICTURE */
	put_be(b, 32 + 3 + (uint32_t)url.n, 3);
	put_be(b, 3, 4);
	put_be(b, 3, 4);
	buf_text(b, "-->");
	for (int i = 0; i < 5; i++)
		put_be(b, 0, 4);
	put_be(b, (uint32_t)url.n, 4);
	buf_span(b, buf_view(&url));
	buf_add(b, tone.p + 42, tone.n - 42);
	buf_finish(&tone);
	buf_finish(&url);
}

static void wav_with_a_session_in_it(struct buf *b)
{
	struct buf tone = fixture("tone.wav"), body = {0};
	put_session(&body);
	put_page(&body);
	if (body.n % 2)
		buf_char(&body, ' ');
	buf_add(b, tone.p, 12);
	buf_text(b, "bext");
	put_le(b, (uint32_t)body.n, 4);
	buf_span(b, buf_view(&body));
	buf_add(b, tone.p + 12, tone.n - 12);
	buf_finish(&tone);
	buf_finish(&body);
}

static void ogg_with_a_page_behind(struct buf *b)
{
	put_fixture(b, "tone.ogg");
	put_page(b);
	put_playlist(b);
}

static const struct {
	const char *name;
	void (*write)(struct buf *b);
	bool is_media; /* two seconds of sound are in it, and heard; else it must be refused */
} polyglots[] = {
	{"mp3-playlist-comment.mp3", mp3_with_a_playlist_for_a_comment, true}, {"mp3-picture-elsewhere.mp3", mp3_with_a_picture_elsewhere, true},
	{"mp3-zip.mp3", mp3_with_an_archive_behind, true}, {"zip-mp3.mp3", archive_with_an_mp3_behind, true},
	{"m3u8-mp3.mp3", playlist_with_an_mp3_behind, false}, {"ffconcat-mp3.mp3", script_with_an_mp3_behind, false},
	{"html-mp3.mp3", page_with_an_mp3_behind, true}, {"svg-mp4.mp4", drawing_with_an_mp4_behind, false},
	{"mp4-scripts.mp4", mp4_with_a_script_in_it, true}, {"png-mp4.mp4", mp4_with_a_picture_before, false},
	{"mp4-elsewhere.m4a", mp4_whose_sound_is_elsewhere, true}, {"reference.mov", movie_that_is_an_address, false},
	{"flac-picture-elsewhere.flac", flac_with_a_picture_elsewhere, true}, {"wav-sdp.wav", wav_with_a_session_in_it, true},
	{"ogg-html.ogg", ogg_with_a_page_behind, true},
	{"m3u8.mp3", put_playlist, false}, {"ffconcat.mp3", put_script, false}, {"sdp.m4a", put_session, false}, {"svg.mp4", put_drawing, false},
	{"html.mp3", put_page, false}, {"zip.mp3", put_archive, false},
};

static void two_things_at_once_are_media_or_nothing(void **state)
{
	size_t before = count_descriptors();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(polyglots); i++) {
		struct buf b = {0};
		struct media_study s;
		struct why why = {0};
		polyglots[i].write(&b);
		enum err e = study_bytes(polyglots[i].name, buf_view(&b), &s, &why);
		if (e != (polyglots[i].is_media ? OK : E_FORMAT))
			fail_msg("%s: %d %s", polyglots[i].name, (int)e, why.text);
		if (e == OK)
			assert_in_range(s.info.duration_ms, 1800, 2200);
		assert_int_equal(s.cover.n, 0);
		media_study_finish(&s);
		buf_finish(&b);
	}
	print_message("# %zu files that are two things at once\n", COUNT_OF(polyglots));
	assert_int_equal(count_descriptors(), before);
	assert_nobody_called();
}

/* A recording's name is a name, whatever protocol it would be elsewhere. */
static void names_are_only_names(void **state)
{
	struct buf tone = fixture("tone.mp3");
	char address[64];
	snprintf(address, sizeof address, "http:127.0.0.1:%d.mp3", trap_port);
	const char *const names[] = {"concat:a.mp3|b.mp3", "data:audio,x.mp3", "pipe:1", "-i.mp3", address, "subfile,,start,0,end,9,,:tone.mp3",
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
	{"tone.mp3", xing_says_days, 1900, 2150}, {"tone.mp3", xing_says_nothing, 1900, 2150}, {"tone.m4a", mvhd_says_years, 1900, 2150},
	{"tone.m4a", mvhd_says_nothing, 1900, 2150}, {"clip.mp4", mvhd_says_years, 1900, 2200}, {"tone.wav", wav_says_4_gib, 1900, 2150},
	{"tone.wav", wav_says_a_byte_a_second, 1900, 2150}, {"tone.flac", flac_says_days, 1900, 2150}, {"tone.ogg", ogg_says_years, 1900, 2150},
	{"tone.opus", ogg_says_years, 1900, 2150}, {"clip.webm", matroska_says_years, 1900, 2200}, {"talk.mkv", matroska_says_years, 1900, 2200},
	{"tone.mp3", nothing_but_a_cut, 1000, 1400}, {"tone.wav", nothing_but_a_cut, 1100, 1300}, {"tone.flac", nothing_but_a_cut, 200, 1400},
	{"tone.ogg", nothing_but_a_cut, 0, 0}, {"tone.opus", nothing_but_a_cut, 100, 1800}, {"clip.webm", nothing_but_a_cut, 500, 1800},
	{"tone.aac", nothing_but_a_cut, 1000, 1400}, {"tone.m4a", nothing_but_a_cut, 0, 0}, {"clip.mp4", nothing_but_a_cut, 0, 0},
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
	static const char *const sound[] = {"cover.mp3", "chapters.mp3", "chapters.opus", "tone.ogg", "chapters.m4a", "tone.flac", "talk.mp4",
		"talk.mkv", "clip.webm", "tone.aac", "tone.wav"};
	static const char *const pictures[] = {"art.png", "art.jpg"};
	int rounds = getenv("FULL") ? 462 : 77; /* of 13 */
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
		for (int round = 0; round < rounds; round++) {
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
	print_message("# %zu damaged files: %zu understood, %zu refused, %zu children died, slowest %lld ms\n", tally.n, tally.n_good, tally.n_refused,
		tally.n_died, (long long)tally.slowest_ms);
	assert_int_equal(count_descriptors(), before);
	assert_true(tally.n >= (getenv("FULL") ? 6000 : 1000));
	assert_true(tally.n_good > tally.n_died && tally.slowest_ms < 1000 * MEDIA_CHILD_SECONDS + 10000);
	assert_nobody_called();
}

static int begin(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n_at = sizeof at;
	(void)state;
	trap = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!mkdtemp(folder) || trap < 0 || bind(trap, (struct sockaddr *)&at, sizeof at) || listen(trap, 16) ||
		getsockname(trap, (struct sockaddr *)&at, &n_at))
		return -1;
	trap_port = ntohs(at.sin_port);
	/* The first one starts the process that makes the children, and keeps a descriptor for it. */
	struct buf tone = fixture("tone.mp3");
	struct media_study s;
	enum err e = study_bytes("first.mp3", buf_view(&tone), &s, NULL);
	media_study_finish(&s);
	buf_finish(&tone);
	return e ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	close(trap);
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_things_at_once_are_media_or_nothing),
		cmocka_unit_test(names_are_only_names),
		cmocka_unit_test(a_duration_is_what_there_is),
		cmocka_unit_test(damaged_files_cost_no_more_than_a_child),
	};
	return cmocka_run_group_tests_name("hostile_media", tests, begin, end);
}
