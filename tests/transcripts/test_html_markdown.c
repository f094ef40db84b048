/* HTML of other people's notes as Markdown: it reads the same, and holds nothing that this program would act on.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "base/mem.h"
#include "transcripts/html_markdown.h"
#include "transcripts/notes.h"
#include "transcripts/planet_clean.h"

static void gives(const char *html, const char *wanted)
{
	struct buf out = {0};
	buf_text(&out, "");
	html_to_markdown(&out, span_of(html), SPAN_LITERAL("https://a.example/feed"));
	assert_string_equal(out.p, wanted);
	buf_finish(&out);
}

static void text_gives(const char *text, const char *wanted)
{
	struct buf out = {0};
	buf_text(&out, "");
	text_to_markdown(&out, span_of(text));
	assert_string_equal(out.p, wanted);
	buf_finish(&out);
}

static void blocks_become_blocks(void **state)
{
	(void)state;
	gives("", "");
	gives("<p>One</p><p>Two<br>three</p>", "One\n\nTwo  \nthree\n");
	gives("<div>One</div><div>&nbsp;</div><div>Two</div>", "One\n\nTwo\n");
	gives("a<br><br>b<br/><br/><br/>c", "a\n\nb\n\nc\n");
	gives("<h1>Links</h1><p>x</p><h4>More</h4>", "## Links\n\nx\n\n### More\n");
	gives("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>", "* a\n* b\n  * c\n\nd\n");
	gives("<ol><li><p>a</p></li><li><p>b</p><p>c</p></li></ol>", "1. a\n2. b\n\n   c\n");
	gives("<p>x</p><ul><li>a</li></ul>", "x\n\n* a\n");
	gives("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc\n");
	gives("a<hr>b", "a\n\n***\n\nb\n");
	gives("<pre>if (a)\n\tb();</pre>x", "```\nif (a)\n\tb();\n```\n\nx\n");
	gives("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b  \n1 | 2\n");
}

static void marks_stand_at_their_words(void **state)
{
	(void)state;
	gives("a <b>bold </b>and <i> slanted</i>.", "a **bold** and *slanted*.\n");
	gives("<b></b>x<em> </em>y", "x y\n");
	gives("<b>a <b>b</b> c</b>", "**a b c**\n");
	gives("un<i>believ</i>able", "un*believ*able\n");
	gives("<code>a`b</code> <tt>c</tt>", "``a`b`` `c`\n");
	gives("<p><b>a</p><p>b</b></p>", "**a**\n\nb\n");
}

static void addresses_become_links(void **state)
{
	(void)state;
	gives("<a href='/two'>two</a>", "[two](https://a.example/two)\n");
	gives("<a href='https://b.example/x(1)'>b</a>", "[b](<https://b.example/x(1)>)\n");
	gives("<a href='https://b.example/'>https://b.example/</a>", "<https://b.example/>\n");
	gives("see https://b.example/a_b_c*d, or (http://c.example).", "see <https://b.example/a_b_c*d>, or (<http://c.example>).\n");
	gives("<a href='javascript:ring()'>x</a>", "x\n");
	gives("<a href='mailto:ada@example.org'>ada@example.org</a>", "<ada@example.org>\n");
	gives("<img src='https://b.example/p.png' alt='a [bell]'>", "![a \\[bell\\]](https://b.example/p.png)\n");
	gives("<iframe src='https://b.example/player'></iframe>", "[b.example](https://b.example/player)\n");
}

static void nothing_in_it_is_markup_or_a_placeholder(void **state)
{
	(void)state;
	gives("2 * 3 * 4, snake_case and _under_", "2 \\* 3 \\* 4, snake_case and \\_under\\_\n");
	gives("# no heading<br>&gt; none<br>1. none<br>--- none", "\\# no heading  \n\\> none  \n1\\. none  \n\\--- none\n");
	gives("&lt;podcast&gt; {% youtube id=\"x\" %} [transcript]", "\\<podcast> \\{% youtube id=\"x\" %} \\[transcript\\]\n");
	gives("&amp;amp; AT&amp;T", "\\&amp; AT&T\n");
	gives("<script>alert(1)</script><p onclick=x>y</p>", "y\n");
	gives("[12:34] the dong [x](y)", "[12:34] the dong \\[x\\](y)\n");
}

static void plain_text_keeps_its_lines(void **state)
{
	(void)state;
	text_gives("One\ntwo\n\nthree <b>", "One  \ntwo\n\nthree \\<b>\n");
	text_gives("Chapters:\n00:00 Start\n01:00 End", "Chapters:  \n00:00 Start  \n01:00 End\n");
	text_gives("- a\n- b_c_ https://x.example/?a=b_", "- a  \n- b_c\\_ <https://x.example/?a=b>\\_\n");
	text_gives("  ", "");
}

static void collect_words(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		/* Marks, bullets and addresses are written in two ways. */
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			buf_char(out, (char)c);
	}
	buf_text(out, "");
}

static void the_words_stay_whatever_stands_around_them(void **state)
{
	static const char *const pieces[] = {"<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<ul>", "</ul>", "<li>", "</li>", "<ol>", "<br>",
		"<blockquote>", "</blockquote>", "<h2>", "</h2>", "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<code>",
		"</code>", "alpha", " beta", "*gamma", "_delta_", "# eps", "`zeta", "1. eta", "&lt;theta", "[iota](kappa)", " ", "\n", "!",
		"&amp;amp;", "<dl>", "<dt>", "<dd>", "<hr>", "-x", "+ x", "{% y", "==="};
	uint32_t seed = 12345;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf html = {0}, markdown = {0}, text = {0}, again = {0}, wanted = {0}, got = {0};
		for (int i = 0; i < 14; i++) {
			seed = seed * 1664525u + 1013904223u;
			buf_text(&html, pieces[(seed >> 16) % COUNT_OF(pieces)]);
		}
		html_to_markdown(&markdown, buf_view(&html), span_of(""));
		notes_to_text(buf_view(&markdown), &text);
		planet_html_to_text(&again, buf_view(&html));
		collect_words(buf_view(&text), &got);
		collect_words(buf_view(&again), &wanted);
		if (strcmp(got.p, wanted.p) != 0)
			fail_msg("%s\nbecame\n%s\nwhich reads\n%s\nnot\n%s", html.p, markdown.p, got.p, wanted.p);
		buf_finish(&html);
		buf_finish(&markdown);
		buf_finish(&text);
		buf_finish(&again);
		buf_finish(&wanted);
		buf_finish(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_become_blocks),
		cmocka_unit_test(marks_stand_at_their_words),
		cmocka_unit_test(addresses_become_links),
		cmocka_unit_test(nothing_in_it_is_markup_or_a_placeholder),
		cmocka_unit_test(plain_text_keeps_its_lines),
		cmocka_unit_test(the_words_stay_whatever_stands_around_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
