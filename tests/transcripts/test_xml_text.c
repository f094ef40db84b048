/* XML from strangers: encodings, entities, what is refused; and the dates that feeds carry.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include <arpa/inet.h>
#include <iconv.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tests/base/processor_time.h"
#include "transcripts/feed_date.h"

static char *title_of_bytes(struct span bytes, int *n_faults)
{
	struct read_result r = read_collection("feed.xml", bytes);
	assert_non_null(r.c);
	assert_null(r.c->decline);
	char *title = mem_strdup(r.c->show->title);
	*n_faults = r.faults.n;
	finish_result(&r);
	return title;
}

static void assert_title(const char *xml, const char *title, int faults)
{
	int n;
	char *found = title_of_bytes(span_of(xml), &n);
	assert_string_equal(found, title);
	assert_int_equal(n, faults);
	free(found);
}

#define TITLE(text) "<rss><channel><title>" text "</title></channel></rss>"

static void references_become_what_they_mean_once(void **state)
{
	(void)state;
	assert_title(TITLE("a &#65; &#x42; &lt; &eacute; &hellip;"), "a A B < \xC3\xA9 \xE2\x80\xA6", 0);
	assert_title(TITLE("<![CDATA[a < b & c > d]]>"), "a < b & c > d", 0);
	/* Twice written, once for XML and once for HTML: that is how feeds write them. */
	assert_title(TITLE("Tom &amp;amp; Jerry"), "Tom & Jerry", 0);
	/* windows-1252 that was taken for Unicode */
	assert_title(TITLE("don&#146;t"), "don\xE2\x80\x99t", 0);
	assert_title(TITLE("don\xC2\x92t"), "don\xE2\x80\x99t", 0);
}

static void what_is_no_markup_is_text_and_told_once(void **state)
{
	(void)state;
	assert_title(TITLE("a & b & c &nosuch; d"), "a & b & c &nosuch; d", 2);
	assert_title(TITLE("1 < 2 <3"), "1 < 2 <3", 1);
	assert_title(TITLE("a\x01" "b\x0C"), "ab", 1);
	assert_title("<rss><channel><title a=\"x \"y\" z\">T</title></channel></rss>", "T", 1);
	assert_title("<rss><channel><title a=\"see <a href=\"x\">y</a>\" b='c'>T</title></channel></rss>", "T", 1);
}

static void comments_instructions_and_document_types_go(void **state)
{
	(void)state;
	assert_title("<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//x//y' 'http://127.0.0.1:9/rss.dtd'><!-- a -- b "
		"--><rss><?php x ?><channel><title>"
		"T<!-- c --></title></channel></rss>", "T", 0);
	assert_title("<!DOCTYPE rss [<!ENTITY tower 'Bell &#38; tower'><!ENTITY tower 'second'>]>" TITLE("&tower;"),
		"Bell & tower", 0);
}

static struct read_result refused(const char *xml)
{
	struct read_result r = read_collection("feed.xml", span_of(xml));
	assert_non_null(r.c);
	assert_non_null(r.c->decline);
	assert_null(r.c->show);
	assert_int_equal(r.c->n_documents, 0);
	return r;
}

static void a_billion_laughs_are_refused(void **state)
{
	(void)state;
	struct read_result r = refused("<?xml version=\"1.0\"?>\n<!DOCTYPE rss [\n<!ENTITY lol \"lol\">\n<!ENTITY lol2 "
		"\"&lol;&lol;&lol;&lol;&lol;\">\n"
		"<!ENTITY lol3 \"&lol2;&lol2;&lol2;&lol2;\">]>\n" TITLE("&lol3;"));
	assert_fault(&r, 4, "entities by other entities");
	finish_result(&r);
	/* Quadratic: one long entity, many times. */
	struct buf text = {0};
	buf_text(&text, "<!DOCTYPE rss [<!ENTITY a \"");
	for (int i = 0; i < 250; i++)
		buf_char(&text, 'a');
	buf_text(&text, "\">]><rss><channel><title>");
	for (int i = 0; i < 100000; i++)
		buf_text(&text, "&a;");
	buf_text(&text, "</title></channel></rss>");
	r = refused(text.p);
	buf_finish(&text);
	finish_result(&r);
}

static void namespaces_and_attributes_without_end_are_refused(void **state)
{
	(void)state;
	struct buf text = {0};
	buf_text(&text, "<rss");
	for (int i = 0; i < 100000; i++)
		buf_format(&text, " a%d='x'", i);
	buf_text(&text, "><channel/></rss>");
	struct read_result r = refused(text.p);
	finish_result(&r);
	buf_clear(&text);
	for (int i = 0; i < 5000; i++)
		buf_format(&text, "<rss xmlns:a%d='x' xmlns:b='x' xmlns:c='x'>", i);
	r = refused(text.p);
	finish_result(&r);
	buf_finish(&text);
}

static void what_would_take_a_parser_s_time_is_read_in_little(void **state)
{
	(void)state;
	static const char *const pieces[] = {"<a b=\"x>\n", "<?x", "<![CDATA[", "<!--", "&", "<a ", "</a>", "<item>", "&#38;",
		"<!DOCTYPE [", "<a b='", "\"'",
		"<x:a xmlns:x='y'/>", "<!ENTITY a 'b'>"};
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct buf text = {0};
		buf_text(&text, "<rss><channel><title>");
		while (text.n < 1024 * 1024)
			buf_text(&text, pieces[i]);
		int64_t start = processor_us();
		struct read_result r = read_collection("feed.xml", buf_view(&text));
		assert_non_null(r.c);
		int64_t took = processor_us() - start;
		if (took > 20000000)
			print_error("%s: %lld us\n", pieces[i], (long long)took);
		assert_true(took < 20000000);
		finish_result(&r);
		buf_finish(&text);
	}
}

/* Nothing may be fetched: not a document type, not an entity, not a schema or style sheet. */
static void nothing_is_fetched(void **state)
{
	(void)state;
	int trap = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	assert_int_equal(bind(trap, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(trap, 8), 0);
	assert_int_equal(getsockname(trap, (struct sockaddr *)&address, &size), 0);
	static const char *const documents[] = {
		"<!DOCTYPE rss SYSTEM \"http://127.0.0.1:PORT/x.dtd\"><rss><channel><title>T</title></channel></rss>",
		"<!DOCTYPE rss [<!ENTITY x SYSTEM \"http://127.0.0.1:PORT/x\">]><rss><channel><title>&x;</title></channel></rss>",
		"<!DOCTYPE rss [<!ENTITY % x SYSTEM \"http://127.0.0.1:PORT/x\">%x;]><rss><channel><title>T</title></channel></rss>",
		"<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><channel><title>&x;</title></channel></rss><!-- "
			"PORT -->",
		"<?xml-stylesheet href=\"http://127.0.0.1:PORT/s.xsl\"?><rss xmlns:xi=\"http://www.w3.org/2001/XInclude\"><channel>"
			"<xi:include href=\"http://127.0.0.1:PORT/i\"/><title>T</title></channel></rss>",
	};
	for (size_t i = 0; i < COUNT_OF(documents); i++) {
		struct buf text = {0};
		int n;
		for (const char *p = documents[i]; *p; p++) {
			if (strncmp(p, "PORT", 4) == 0) {
				buf_format(&text, "%d", ntohs(address.sin_port));
				p += 3;
			} else {
				buf_char(&text, *p);
			}
		}
		char *title = title_of_bytes(buf_view(&text), &n);
		assert_true(strcmp(title, "T") == 0 || strcmp(title, "&x;") == 0);
		assert_true(strcmp(title, "T") == 0 || n >= 1);
		free(title);
		buf_finish(&text);
	}
	struct pollfd wait = {.fd = trap, .events = POLLIN};
	assert_int_equal(poll(&wait, 1, 50), 0);
	close(trap);
}

static void every_encoding_is_read(void **state)
{
	(void)state;
	/* "Gl" + o with diaeresis, in each that has it; the name that iconv knows, and what the declaration calls it. */
	static const struct { const char *iconv_name, *declared, *mark; } encodings[] = {{"UTF-16LE", "UTF-16", "\xFF\xFE"},
		{"UTF-16BE", "UTF-16", "\xFE\xFF"},
		{"UTF-16LE", "UTF-16", ""}, {"UTF-16BE", "UTF-16", ""}, {"UTF-32LE", "UTF-32", ""}, {"UTF-32BE", "UTF-32", ""},
			{"UTF-8", "UTF-8", "\xEF\xBB\xBF"},
		{"ISO-8859-1", "iso-8859-1", ""}, {"WINDOWS-1252", "windows-1252", ""}, {"ISO-8859-15", "ISO-8859-15", ""},
			{"MACINTOSH", "x-mac-roman", ""},
		{"GB18030", "gb2312", ""}};
	for (size_t i = 0; i < COUNT_OF(encodings); i++) {
		struct buf text = {0};
		char out[1024], *to = out;
		buf_format(&text, "<?xml version=\"1.0\" encoding=\"%s\"?><rss><channel><title>Gl\xC3\xB6</title></channel></rss>",
			encodings[i].declared);
		strcpy(out, encodings[i].mark);
		to += strlen(encodings[i].mark);
		iconv_t cd = iconv_open(encodings[i].iconv_name, "UTF-8");
		assert_true(cd != (iconv_t)-1);
		char *from = text.p;
		size_t left = text.n, room = sizeof out - 8;
		assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
		assert_int_equal(iconv(cd, NULL, NULL, &to, &room), 0);
		iconv_close(cd);
		int n;
		char *title = title_of_bytes(span_make(out, (size_t)(to - out)), &n);
		assert_string_equal(title, "Gl\xC3\xB6");
		assert_int_equal(n, 0);
		free(title);
		buf_finish(&text);
	}
}

static void a_wrong_declaration_is_told_and_the_bytes_decide(void **state)
{
	(void)state;
	assert_title("<?xml version='1.0' encoding='bogus'?>" TITLE("Gl\xF6"), "Gl\xC3\xB6", 1);
	assert_title("<?xml version='1.0' encoding='utf-8'?>" TITLE("Gl\xF6"), "Gl\xC3\xB6", 1);
	assert_title(TITLE("Gl\xF6"), "Gl\xC3\xB6", 1);
	assert_title("<?xml version='1.0' encoding='big5'?>" TITLE("Gl\xC3\xB6"), "Gl\xC3\xB6", 0);
}

static void dates_are_read_in_all_the_forms_that_feeds_have(void **state)
{
	(void)state;
	static const struct { const char *text, *iso; bool slips; } dates[] = {
		{"Wed, 15 Jun 2022 19:00:00 GMT", "2022-06-15T19:00:00Z", false}, {"15 Jun 22 19:00 EST", "2022-06-16T00:00:00Z",
			true},
		{"Wed, 15 Jun 2022 19:00:00 +0530", "2022-06-15T13:30:00Z", false}, {"Wed, 15 Jun 2022 19:00:00 -05:00",
			"2022-06-16T00:00:00Z", false},
		{"Wed,15 June 2022 19:00 Z", "2022-06-15T19:00:00Z", false}, {"Wednesday, 15 June 2022 7:00:00 PM GMT",
			"2022-06-15T19:00:00Z", true},
		{"Wed Jun 15 19:00:00 2022", "2022-06-15T19:00:00Z", true}, {"Wed Jun 15 19:00:00 PDT 2022", "2022-06-16T02:00:00Z",
			false},
		{"Mi, 15 M\xC3\xA4rz 2022 19:00:00 CET", "2022-03-15T18:00:00Z", false},
			{"mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15Z", false},
		{"Thu (hm), 16(th) Feb(ruary) 2006 01:39 +0000 (GMT)", "2006-02-16T01:39:00Z", false},
			{"15 Jun 2022", "2022-06-15T00:00:00Z", false},
		{"Wed, 15 Jun 2022 19:00:00 GMT+1", "2022-06-15T18:00:00Z", false}, {"Wed, 15 Jun 2022 19:00:00",
			"2022-06-15T19:00:00Z", true},
		{"Wed, 15 Jun 2022 19:00:00 XYZ", "2022-06-15T19:00:00Z", true}, {"1st January 2004", "2004-01-01T00:00:00Z", false},
		{"Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z", true},
		{"2003", "2003-01-01T00:00:00Z", false}, {"2003-12", "2003-12-01T00:00:00Z", false},
			{"2003-12-31", "2003-12-31T00:00:00Z", false},
		{"20031231", "2003-12-31T00:00:00Z", false}, {"2003-365", "2003-12-31T00:00:00Z", false},
			{"2004-366", "2004-12-31T00:00:00Z", false},
		{"2003-12-31T10:14Z", "2003-12-31T10:14:00Z", false}, {"2003-12-31T10:14:55.25+02:00", "2003-12-31T08:14:55.250Z",
			false},
		{"20031231T101455Z", "2003-12-31T10:14:55Z", false}, {"20031231101455Z", "2003-12-31T10:14:55Z", false},
		{"2003-12-31 10:14:55", "2003-12-31T10:14:55Z", true}, {"2003-12-31 T 10:14:55 -0500", "2003-12-31T15:14:55Z", false},
		{"2003-12-31t10:14:55z", "2003-12-31T10:14:55Z", false}, {"2003/12/31", "2003-12-31T00:00:00Z", true},
			{"31.12.2003", "2003-12-31T00:00:00Z", true},
		{"03-12-31", "2003-12-31T00:00:00Z", true}, {"2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z", false},
			{"1071340202", "2003-12-13T18:30:02Z", true},
		{"1071340202500", "2003-12-13T18:30:02.500Z", true}, {"1776-07-04T18:30:02Z", "1776-07-04T18:30:02Z", false},
	};
	for (size_t i = 0; i < COUNT_OF(dates); i++) {
		int64_t ms;
		const char *slip = NULL;
		struct buf iso = {0};
		if (!feed_date_parse(span_of(dates[i].text), &ms, &slip))
			fail_msg("'%s' wasn't read", dates[i].text);
		time_format_iso(&iso, ms);
		if (strcmp(iso.p, dates[i].iso) != 0 || !slip == dates[i].slips)
			print_error("%s\n", dates[i].text);
		assert_string_equal(iso.p, dates[i].iso);
		assert_int_equal(slip != NULL, dates[i].slips);
		buf_finish(&iso);
	}
}

static void dates_that_do_not_exist_are_none(void **state)
{
	(void)state;
	static const char *const none[] = {"", "soon", "31 Feb 2004", "2003-13-01", "2003-02-29", "2003-366",
		"2003-07-01T25:00:00Z", "2003-07-01T01:61:00Z",
		"Wed, 32 Jun 2022 19:00:00 GMT", "0000-01-01", "12345", "07-01T01:55", "99999999999999999999", "Jun 2022", "-",
			"2003-", "T10:00", "1e9",
		"2003-07-32T15:51:30-05:00"};
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		int64_t ms;
		const char *slip;
		if (feed_date_parse(span_of(none[i]), &ms, &slip))
			fail_msg("'%s' is taken for a date", none[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_become_what_they_mean_once),
		cmocka_unit_test(what_is_no_markup_is_text_and_told_once),
		cmocka_unit_test(comments_instructions_and_document_types_go),
		cmocka_unit_test(a_billion_laughs_are_refused),
		cmocka_unit_test(namespaces_and_attributes_without_end_are_refused),
		cmocka_unit_test(what_would_take_a_parser_s_time_is_read_in_little),
		cmocka_unit_test(nothing_is_fetched),
		cmocka_unit_test(every_encoding_is_read),
		cmocka_unit_test(a_wrong_declaration_is_told_and_the_bytes_decide),
		cmocka_unit_test(dates_are_read_in_all_the_forms_that_feeds_have),
		cmocka_unit_test(dates_that_do_not_exist_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
