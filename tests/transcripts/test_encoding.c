/* SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include <iconv.h>

#include "transcripts/encoding.h"

static void recode(const char *from, const char *to, struct span text, struct buf *out)
{
	iconv_t cd = iconv_open(to, from);
	assert_true(cd != (iconv_t)-1);
	char *in = (char *)text.p;
	size_t left = text.n, room = 8 * text.n + 16;
	buf_reserve(out, room);
	char *p = out->p + out->n;
	assert_true(iconv(cd, &in, &left, &p, &room) != (size_t)-1);
	out->n = (size_t)(p - out->p);
	iconv_close(cd);
}

static const char *const german = "00:00 Die Glocken läuten über der Stadt, und die Straße wird schön stille.\n"
	"00:05 Größere Glocken klingen tiefer; das weiß man „natürlich“ schon lange.\n";
static const char *const russian = "00:00 Колокола звонят над городом, и на улице становится тихо.\n"
	"00:05 Большие колокола звучат ниже, это известно всем уже давно, и мы говорим об этом каждый день.\n";
static const char *const chinese = "00:00 钟声在城市上空响起，街道变得安静了。\n00:05 大钟的声音更低，这是大家早就知道的事情，我们每天都在谈论这个问题。\n";
static const char *const japanese = "00:00 町の上に鐘が鳴り、通りは静かになりました。\n00:05 大きな鐘の音はもっと低いです。それは昔からよく知られています。\n";
static const char *const korean = "00:00 도시 위로 종소리가 울리고 거리는 조용해집니다.\n00:05 큰 종은 더 낮은 소리를 냅니다. 모두가 오래전부터 알고 있는 일입니다.\n";

static void expect_read(struct span bytes, const char *text, const char *fault)
{
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct buf room = {0};
	struct span out;
	struct why why = {0};
	bool good = encoding_to_utf8(bytes, &out, &room, &faults, &why);
	if (!good)
		print_error("%s\n", why.text);
	assert_true(good);
	assert_span(out, text);
	assert_int_equal(r.n, fault != NULL);
	if (fault && !strstr(r.last, fault))
		print_error("'%s' lacks '%s'\n", r.last, fault);
	assert_true(!fault || strstr(r.last, fault));
	buf_finish(&room);
	buf_finish(&r.all);
}

static void byte_order_marks_decide(void **state)
{
	(void)state;
	static const struct { const char *name, *mark; size_t n; } wide[] = {{"UTF-16LE", "\xFF\xFE", 2},
		{"UTF-16BE", "\xFE\xFF", 2},
		{"UTF-32LE", "\xFF\xFE\0\0", 4}, {"UTF-32BE", "\0\0\xFE\xFF", 4}, {"UTF-8", "\xEF\xBB\xBF", 3}};
	static const char *const texts[] = {german, russian, chinese};
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		for (size_t k = 0; k < COUNT_OF(texts); k++) {
			struct buf bytes = {0};
			buf_add(&bytes, wide[i].mark, wide[i].n);
			recode("UTF-8", wide[i].name, span_of(texts[k]), &bytes);
			expect_read(buf_view(&bytes), texts[k], NULL);
			buf_finish(&bytes);
		}
}

static void utf_16_without_a_mark_is_told_by_its_pattern(void **state)
{
	(void)state;
	static const char *const names[] = {"UTF-16LE", "UTF-16BE"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct buf bytes = {0};
		recode("UTF-8", names[i], span_of(german), &bytes);
		expect_read(buf_view(&bytes), german, NULL);
		buf_finish(&bytes);
	}
}

static void other_encodings_are_told_by_their_letters_and_reported(void **state)
{
	(void)state;
	static const struct { const char *name, *text; } samples[] = {{"WINDOWS-1252", german}, {"WINDOWS-1251", russian},
		{"KOI8-R", russian}, {"GB18030", chinese}, {"BIG5", "00:00 鐘聲在城市上空響起，街道變得安靜了。\n00:05 大鐘的聲音更低，這是大家早就知道的事情。\n"},
		{"SHIFT_JIS", japanese}, {"EUC-JP", japanese}, {"EUC-KR", korean}};
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct buf bytes = {0};
		recode("UTF-8", samples[i].name, span_of(samples[i].text), &bytes);
		expect_read(buf_view(&bytes), samples[i].text, "by its letters");
		buf_finish(&bytes);
	}
}

static void a_declaration_goes_before_a_guess_but_not_before_utf_8(void **state)
{
	(void)state;
	struct buf bytes = {0};
	const char *page = "<?xml version=\"1.0\" encoding='ISO-8859-2'?>\n<p>Zvon zn\xC3\xAD nad m\xC4\x9Bstem</p>\n";
	recode("UTF-8", "ISO-8859-2", span_of(page), &bytes);
	expect_read(buf_view(&bytes), page, NULL);
	expect_read(span_of(page), page, NULL);
	buf_clear(&bytes);
	page = "<html><head><meta charset=koi8-r></head><p>\xD0\xB4\xD0\xB8\xD0\xBD\xD1\x8C</p>";
	recode("UTF-8", "KOI8-R", span_of(page), &bytes);
	expect_read(buf_view(&bytes), page, NULL);
	buf_finish(&bytes);
}

static void utf_8_with_slips_stays_utf_8(void **state)
{
	(void)state;
	expect_read(span_of("00:00 L\xC3\xA4uten \xC3\xBC"
		"ber der Stadt und noch mehr W\xC3\xB6rter, viele.\n00:05 Stra\xC3""e\n"),
		"00:00 L\xC3\xA4uten \xC3\xBC" "ber der Stadt und noch mehr W\xC3\xB6rter, viele.\n00:05 Stra\xEF\xBF\xBD"
		"e\n", "became U+FFFD");
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	struct buf room = {0};
	struct span out;
	struct why why = {0};
	char noise[600];
	uint32_t seed = 7;
	for (size_t i = 0; i < sizeof noise; i++) {
		seed = seed * 1664525u + 1013904223u;
		noise[i] = (char)(seed >> 24);
	}
	assert_false(encoding_to_utf8(span_make(noise, sizeof noise), &out, &room, NULL, &why));
	assert_true(why.text[0]);
	assert_false(encoding_to_utf8(SPAN_LITERAL("0:00 a\n0:01 \0\0b"), &out, &room, NULL, &why));
	assert_int_equal(why.line, 2);
	buf_finish(&room);
}

static void transcripts_in_any_of_them_are_read(void **state)
{
	(void)state;
	struct buf bytes = {0};
	buf_add(&bytes, "\xFF\xFE\0\0", 4);
	recode("UTF-8", "UTF-32LE", span_of(russian), &bytes);
	struct document *d = document_read("a.txt", buf_view(&bytes), NULL);
	assert_ptr_equal(d->dialect, &dialect_stamped_lines);
	assert_int_equal(d->transcript->n_cues, 2);
	assert_int_equal(d->transcript->cues[1].line, 2);
	document_destroy(d);
	buf_finish(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_order_marks_decide),
		cmocka_unit_test(utf_16_without_a_mark_is_told_by_its_pattern),
		cmocka_unit_test(other_encodings_are_told_by_their_letters_and_reported),
		cmocka_unit_test(a_declaration_goes_before_a_guess_but_not_before_utf_8),
		cmocka_unit_test(utf_8_with_slips_stays_utf_8),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(transcripts_in_any_of_them_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
