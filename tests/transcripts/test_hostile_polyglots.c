/* test_hostile_polyglots.c - files that are two things at once, or that name others (craft.md P6): what is a recording is
 * read as one, everything else is refused; nothing else is opened, nobody is called.
 * SPDX-License-Identifier: MIT */
#include "hostile_media.h"

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
	buf_format(b, "ffconcat version 1.0\nfile 'http://127.0.0.1:%d/a.mp3'\nfile '/etc/passwd'\nfile "
		"'subfile,,start,0,end,100,,:/etc/passwd'\n",
		trap_port);
}

static void put_session(struct buf *b)
{
	buf_format(b, "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:rtsp://127.0.0.1:%d/\n"
		"m=audio %d RTP/AVP 0\n", trap_port, trap_port);
}

static void put_page(struct buf *b)
{
	buf_format(b, "<html><head><meta http-equiv=refresh content=\"0;url=http://127.0.0.1:%d/\"></head><body><img "
		"src=\"http://127.0.0.1:%d/i\">"
		"<audio src=\"data:audio/mpeg;base64,SUQz\" autoplay></audio></body></html>\n", trap_port, trap_port);
}

static void put_drawing(struct buf *b)
{
	buf_format(b, "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY e SYSTEM \"http://127.0.0.1:%d/e\">]>\n<svg "
		"xmlns=\"http://www.w3.org/2000/svg\" "
		"xmlns:xlink=\"http://www.w3.org/1999/xlink\"><image "
			"xlink:href=\"http://127.0.0.1:%d/i.png\"/><text>&e;</text></svg>\n", trap_port, trap_port);
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
	{"mp3-playlist-comment.mp3", mp3_with_a_playlist_for_a_comment, true}, {"mp3-picture-elsewhere.mp3",
		mp3_with_a_picture_elsewhere, true},
	{"mp3-zip.mp3", mp3_with_an_archive_behind, true}, {"zip-mp3.mp3", archive_with_an_mp3_behind, true},
	{"m3u8-mp3.mp3", playlist_with_an_mp3_behind, false}, {"ffconcat-mp3.mp3", script_with_an_mp3_behind, false},
	{"html-mp3.mp3", page_with_an_mp3_behind, true}, {"svg-mp4.mp4", drawing_with_an_mp4_behind, false},
	{"mp4-scripts.mp4", mp4_with_a_script_in_it, true}, {"png-mp4.mp4", mp4_with_a_picture_before, false},
	{"mp4-elsewhere.m4a", mp4_whose_sound_is_elsewhere, true}, {"reference.mov", movie_that_is_an_address, false},
	{"flac-picture-elsewhere.flac", flac_with_a_picture_elsewhere, true}, {"wav-sdp.wav", wav_with_a_session_in_it, true},
	{"ogg-html.ogg", ogg_with_a_page_behind, true},
	{"m3u8.mp3", put_playlist, false}, {"ffconcat.mp3", put_script, false}, {"sdp.m4a", put_session, false}, {"svg.mp4",
		put_drawing, false},
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

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_things_at_once_are_media_or_nothing),
	};
	return cmocka_run_group_tests_name("hostile_polyglots", tests, begin, end);
}
