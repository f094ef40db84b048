/* Other people's HTML: what may stay, what becomes a link, and that no script gets through.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include <time.h>

#include "base/mem.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_url.h"

static char *clean(const char *html, size_t n, const char *base)
{
	struct buf out = {0};
	buf_text(&out, "");
	planet_clean(&out, span_make(html, n), span_of(base));
	return buf_take(&out);
}

static void gives(const char *html, const char *wanted)
{
	char *out = clean(html, strlen(html), "https://a.example/blog/post");
	assert_string_equal(out, wanted);
	free(out);
}

#define REL " rel=\"nofollow noopener noreferrer\""
#define IMG " loading=\"lazy\" decoding=\"async\" referrerpolicy=\"no-referrer\">"

static void what_a_reader_reads_stays(void **state)
{
	(void)state;
	gives("plain &amp; <b>bold</b> <em>x</em>", "plain &amp; <b>bold</b> <em>x</em>");
	gives("<p>one<p>two", "<p>one</p><p>two</p>");
	gives("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>");
	gives("<table><tr><td colspan=2>x</table>", "<table><tr><td colspan=\"2\">x</td></tr></table>");
	gives("<h1>a</h1><h2>b</h2><h4>c</h4>", "<h3>a</h3><h3>b</h3><h4>c</h4>");
	gives("<pre>\n\n x  y</pre>", "<pre>\n\n x  y</pre>");
	gives("<span class=x id=y style='color:red' title=t>z</span>", "<span title=\"t\">z</span>");
	gives("a<br>b<hr>", "a<br>b<hr>");
	gives("<custom-thing>text</custom-thing>", "text");
	gives("<form action=/x><label>Name</label><input name=a><button>Go</button></form>", "Name");
	gives("a < b &lt; c", "a &lt; b &lt; c");
	gives("caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC", "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC");
}

static void addresses_are_whole_and_of_kinds_that_may_be_linked(void **state)
{
	(void)state;
	gives("<a href='x.html'>a</a>", "<a href=\"https://a.example/blog/x.html\"" REL ">a</a>");
	gives("<a href='/x?y=1&amp;z#f'>a</a>", "<a href=\"https://a.example/x?y=1&amp;z#f\"" REL ">a</a>");
	gives("<a href='//b.example/'>a</a>", "<a href=\"https://b.example/\"" REL ">a</a>");
	gives("<a href='mailto:ada@example.org'>a</a>", "<a href=\"mailto:ada@example.org\"" REL ">a</a>");
	gives("<a href='ftp://b.example/x'>a</a>", "<a" REL ">a</a>");
	gives("<img src='p.png' alt='A bell' width=30>",
		"<img src=\"https://a.example/blog/p.png\" alt=\"A bell\" width=\"30\"" IMG);
	gives("<img src='http://b.example/p.png'>", "<img src=\"https://b.example/p.png\" alt=\"\"" IMG);
	gives("<img src='https://b.example/t.gif' width=1 height=1>", "");
	gives("<img src='data:image/png;base64,AAAA' alt='drawn'>", "drawn");
	gives("<iframe src='https://v.example/1'></iframe>", "<a href=\"https://v.example/1\"" REL ">v.example</a> ");
	gives("<video><source src='/v.mp4'>old browsers</video>", "<a href=\"https://a.example/v.mp4\"" REL ">a.example</a> ");
	char *out = clean("<a href=x>y</a><img src=z alt=w>", 32, "");
	assert_string_equal(out, "<a" REL ">y</a>w");
	free(out);
}

/* Each tries to run something, or to leave its place. None may, whatever of its text stays. */
static const char *const vectors[] = {
	"<script>ring()</script>", "<SCRIPT SRC=//x.example/a.js></SCRIPT>", "<scr<script>ipt>ring()</scr</script>ipt>",
	"<script\x20type=\"text/javascript\">ring()</script>", "<script/x>ring()</script>", "<script>ring()", "<script\n>ring()</script\n>",
	"<<script>ring();//<</script>", "<img src=x onerror=ring()>", "<img src=x onerror\n=ring()>", "<img/src=x/onerror=ring()>",
	"<img src=`x`onerror=ring()>", "<img src='x' \x0C onerror='ring()'>", "<img src=\"x:x\" onerror=\"ring()\">",
	"<img \"\"\"><script>ring()</script>\">", "<img src=javascript:ring()>", "<img dynsrc=javascript:ring()>",
	"<img lowsrc=javascript:ring()>", "<img srcset='x 1x, javascript:ring() 2x'>", "<img src=x:alert(alt) onerror=eval(src) alt=0>",
	"<a href=javascript:ring()>x</a>", "<a href='  javascript:ring()'>x</a>", "<a href='JaVaScRiPt:ring()'>x</a>",
	"<a href='java\tscript:ring()'>x</a>", "<a href='java\nscript:ring()'>x</a>", "<a href='java&#10;script:ring()'>x</a>",
	"<a href='java&#x0A;script:ring()'>x</a>", "<a href='&#106;avascript:ring()'>x</a>", "<a href='&#x6A&#x61vascript:ring()'>x</a>",
	"<a href='&#0000106avascript:ring()'>x</a>", "<a href='\x01javascript:ring()'>x</a>", "<a href='javascript&colon;ring()'>x</a>",
	"<a href='java\xC2\xADscript:ring()'>x</a>", "<a href='vbscript:ring()'>x</a>", "<a href='livescript:ring()'>x</a>",
	"<a href='data:text/html,<script>ring()</script>'>x</a>", "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
	"<a href='feed:javascript:ring()'>x</a>", "<a href='view-source:javascript:ring()'>x</a>", "<a href='blob:x'>x</a>",
	"<a href='file:///etc/passwd'>x</a>", "<a href='//javascript:ring()'>x</a>", "<a href=\"javascript:'\\74script\\76'\">x</a>",
	"<a href='https://x.example/\" onclick=ring() x=\"'>x</a>", "<a title='\"><script>ring()</script>'>x</a>",
	"<a onclick=ring() onmouseover=ring() href=https://x.example>x</a>", "<a href=https://x.example target=_blank ping=//p.example>x</a>",
	"<body onload=ring()>", "<body background=javascript:ring()>", "<html onmouseover=ring()>x", "<div onpointerover=ring()>x</div>",
	"<div style='background:url(javascript:ring())'>x</div>", "<div style='width:expression(ring())'>x</div>",
	"<div style='behavior:url(x.htc)'>x</div>", "<div style='-moz-binding:url(//x.example/b.xml#x)'>x</div>",
	"<style>@import '//x.example/a.css';</style>", "<style>body{background:url(javascript:ring())}</style>", "<style><img src=x onerror=ring()></style>",
	"<link rel=stylesheet href=javascript:ring()>", "<link rel=import href=//x.example>", "<meta http-equiv=refresh content='0;url=javascript:ring()'>",
	"<meta charset=utf-7>+ADw-script+AD4-ring()+ADw-/script+AD4-", "<base href='javascript:ring()//'><a href=x>y</a>",
	"<iframe src=javascript:ring()></iframe>", "<iframe srcdoc='<script>ring()</script>'></iframe>", "<iframe onload=ring()></iframe>",
	"<frameset><frame src=javascript:ring()></frameset>", "<object data=javascript:ring()></object>",
	"<object type=text/html data='data:text/html,<script>ring()</script>'></object>", "<object><param name=movie value=javascript:ring()></object>",
	"<embed src=javascript:ring()>", "<embed src='data:image/svg+xml;base64,PHN2Zz4='>", "<applet code=ring></applet>",
	"<svg onload=ring()>", "<svg><script>ring()</script></svg>", "<svg><script xlink:href=data:,ring() /></svg>",
	"<svg><a xlink:href=javascript:ring()><text>x</text></a></svg>", "<svg><animate onbegin=ring() attributeName=x></svg>",
	"<svg><set attributeName=href to=javascript:ring()></svg>", "<svg><foreignObject><body onload=ring()></foreignObject></svg>",
	"<svg><style><img src=x onerror=ring()></style></svg>", "<svg></p><style><a id=\"</style><img src=x onerror=ring()>\">",
	"<math href=javascript:ring()>x</math>", "<math><mtext><table><mglyph><style><img src=x onerror=ring()></style></mglyph></table></mtext></math>",
	"<math><annotation-xml encoding=text/html><script>ring()</script></annotation-xml></math>",
	"<noscript><p title='</noscript><img src=x onerror=ring()>'>", "<noembed><img title='</noembed><img src onerror=ring()>'></noembed>",
	"<noframes><style></noframes><img src=x onerror=ring()>", "<textarea><img title='</textarea><img src=x onerror=ring()>'>",
	"<title><img title='</title><img src=x onerror=ring()>'>", "<xmp><p title='</xmp><img src=x onerror=ring()>'></xmp>",
	"<plaintext><img src=x onerror=ring()>", "<listing>&lt;img src=x onerror=ring()&gt;</listing>", "<template><script>ring()</script></template>",
	"<select><option><script>ring()</script></select>", "<form action=javascript:ring()><input type=submit></form>",
	"<form id=f></form><button form=f formaction=javascript:ring()>x</button>", "<input autofocus onfocus=ring()>",
	"<input type=image src=x onerror=ring()>", "<isindex action=javascript:ring() type=image>", "<keygen autofocus onfocus=ring()>",
	"<details open ontoggle=ring()><summary>x</summary></details>", "<video><source onerror=ring()></video>", "<video poster=javascript:ring()></video>",
	"<audio src=x onerror=ring()></audio>", "<marquee onstart=ring()>x</marquee>", "<blink onclick=ring()>x</blink>",
	"<table background=javascript:ring()><td background=javascript:ring()>x</table>", "<bgsound src=javascript:ring()>", "<layer src=//x.example></layer>",
	"<map name=m><area href=javascript:ring()></map><img usemap=#m src=x>", "<dialog open onclose=ring()>x</dialog>",
	"<div id=location name=cookie>clobbers</div>", "<a id=x><a id=x name=y href='https://x.example'>z</a>", "<slot onslotchange=ring()></slot>",
	"<!--[if gte IE 4]><script>ring()</script><![endif]-->", "<!-- --!><script>ring()</script> -->", "<!--><img src=x onerror=ring()>-->",
	"<!---><script>ring()</script>", "<![CDATA[<script>ring()</script>]]>", "<?xml-stylesheet href=javascript:ring()?>", "<?php ring() ?>",
	"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;", "<!ELEMENT img onerror=ring()>", "</script><script>ring()</script>", "</p></div></article></main><script>ring()</script>",
	"</body></html><script>ring()</script>", "&lt;script&gt;ring()&lt;/script&gt;", "&#60;script&#62;ring()&#60;/script&#62;", "\xC0\xBCscript>ring()\xC0\xBC/script>",
	"<b\x00 onclick=ring()>x</b>", "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>ring()</x:script>", "<xss:a href=javascript:ring()>x</xss:a>",
	"<q cite=javascript:ring()>x</q>", "<blockquote cite='data:,x'>x</blockquote>", "<ol start='1 onclick=ring()'><li>x</ol>",
	"<td colspan='2\" onclick=\"ring()'>x</td>", "<p dir='ltr\" onclick=\"ring()'>x</p>", "<time datetime='\"><script>ring()</script>'>x</time>",
	"<img alt='\"><script>ring()</script>' src=https://x.example/p.png>", "<img src='https://x.example/\"onerror=ring() '>",
	"<a href='https://x.example\\@evil.example'>x</a>", "<a href='https:/\\evil.example'>x</a>", "<font color=red onclick=ring() face='x'>y</font>",
};

/* True when every tag in html is one that the cleaner may write, with the attributes it may have. An independent and
 * strict reading: "<", a letter or "/", a name, then name="value" pairs. */
static void is_harmless(const char *vector, const char *html)
{
	static const char *const tags[] = {"a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br",
		"caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption",
		"figure", "footer", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp",
		"rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td",
		"tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr"};
	static const char *const names[] = {"title", "lang", "dir", "href", "hreflang", "cite", "datetime", "src", "alt", "width", "height",
		"start", "reversed", "value", "colspan", "rowspan", "scope", "abbr", "span", "open", "rel", "loading", "decoding",
		"referrerpolicy"};
	for (const char *p = html; (p = strchr(p, '<')); ) {
		p += p[1] == '/' ? 2 : 1;
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
		bool known = false;
		for (size_t i = 0; i < COUNT_OF(tags); i++)
			known |= span_is(span_make(p, n), tags[i]);
		if (!known)
			fail_msg("%s\ngave: %s\nwith a tag %.*s", vector, html, (int)n, p);
		p += n;
		while (*p == ' ') {
			n = strspn(++p, "abcdefghijklmnopqrstuvwxyz");
			known = false;
			for (size_t i = 0; i < COUNT_OF(names); i++)
				known |= span_is(span_make(p, n), names[i]);
			bool is_address = span_is(span_make(p, n), "href") || span_is(span_make(p, n), "src") || span_is(span_make(p, n), "cite");
			if (!known || p[n] != '=' || p[n + 1] != '"')
				fail_msg("%s\ngave: %s\nwith an attribute %.*s", vector, html, (int)n, p);
			p += n + 2;
			struct span value = span_make(p, strcspn(p, "\"<>"));
			if (is_address && !span_starts(value, "https://") && !span_starts(value, "http://") && !span_starts(value, "mailto:"))
				fail_msg("%s\ngave: %s\nwith an address %.*s", vector, html, SPAN_ARG(value));
			p += value.n;
			assert_int_equal(*p, '"');
			p++;
		}
		if (*p != '>')
			fail_msg("%s\ngave: %s", vector, html);
	}
}

static void no_vector_of_the_table_gets_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		/* One has a NUL in it. */
		size_t n = strlen(vectors[i]) ? strlen(vectors[i]) : 1;
		if (strcmp(vectors[i], "<b") == 0)
			n = sizeof "<b\x00 onclick=ring()>x</b>" - 1;
		char *once = clean(vectors[i], n, "https://a.example/");
		is_harmless(vectors[i], once);
		char *twice = clean(once, strlen(once), "https://a.example/");
		if (strcmp(once, twice) != 0)
			fail_msg("%s\nonce:  %s\ntwice: %s", vectors[i], once, twice);
		free(once);
		free(twice);
	}
	print_message("%zu vectors\n", COUNT_OF(vectors));
}

/* Pieces of the vectors put together at random, always the same ones. */
static void nor_do_their_pieces_in_any_order(void **state)
{
	enum { ROUNDS = 4000 };
	uint64_t seed = 0x9E3779B97F4A7C15;
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct buf html = {0};
		for (int k = 0; k < 4; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			const char *v = vectors[(seed >> 33) % COUNT_OF(vectors)];
			size_t n = strlen(v), from = (size_t)(seed >> 20) % (n + 1);
			buf_add(&html, v + from, (size_t)(seed >> 45) % (n - from + 1));
		}
		buf_text(&html, "");
		char *once = clean(html.p, html.n, "https://a.example/");
		is_harmless(html.p, once);
		char *twice = clean(once, strlen(once), "https://a.example/");
		if (strcmp(once, twice) != 0)
			fail_msg("%s\nonce:  %s\ntwice: %s", html.p, once, twice);
		free(once);
		free(twice);
		buf_finish(&html);
	}
}

static void deep_and_long_html_costs_little_and_keeps_its_text(void **state)
{
	static const char *const pieces[] = {"<b>", "<div>", "<p>", "<a href=x>", "<!--", "<table><td>", "<li>", "</b>", "&", "<i><b></i>", "<", "<img ",
		"<ul><li>", "<font>", "<span title='x'>"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct buf html = {0};
		while (html.n < 256 << 10)
			buf_text(&html, pieces[i]);
		buf_text(&html, "<p>bell");
		/* Of the processor's time: a busy machine is no slow cleaner. */
		clock_t start = clock();
		char *out = clean(html.p, html.n, "");
		assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
		is_harmless(pieces[i], out);
		free(out);
		buf_finish(&html);
	}
	struct buf deep = {0};
	for (int i = 0; i < 5000; i++)
		buf_text(&deep, "<div>");
	buf_text(&deep, "the bell <script>x");
	char *out = clean(deep.p, deep.n, "");
	assert_non_null(strstr(out, "the bell"));
	is_harmless("deep", out);
	free(out);
	buf_finish(&deep);
}

static void text_is_what_html_says(void **state)
{
	static const struct { const char *html, *text; } table[] = {
		{"<p>One  two</p><p>three<br>four</p>", "One two\nthree\nfour"}, {"<ul><li>a</li><li>b</li></ul>", "\xE2\x80\xA2 a\n\xE2\x80\xA2 b"},
		{"a<b>b</b>c <i>d</i>", "abc d"}, {"x<script>y</script>z", "x z"}, {"&lt;b&gt; &amp;", "<b> &"}, {"<pre>a\n b</pre>", "a\nb"},
		{"", ""}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct buf out = {0};
		buf_text(&out, "");
		planet_html_to_text(&out, span_of(table[i].html));
		assert_string_equal(out.p, table[i].text);
		buf_finish(&out);
	}
}

static void addresses_resolve_as_rfc_3986_says(void **state)
{
	static const struct { const char *reference, *whole; } table[] = {
		{"g:h", "g:h"}, {"g", "http://a/b/c/g"}, {"./g", "http://a/b/c/g"}, {"g/", "http://a/b/c/g/"}, {"/g", "http://a/g"},
		{"//g", "http://g"}, {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q#s"},
		{"g#s", "http://a/b/c/g#s"}, {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"}, {"g;x", "http://a/b/c/g;x"},
		{".", "http://a/b/c/"}, {"./", "http://a/b/c/"}, {"..", "http://a/b/"}, {"../", "http://a/b/"}, {"../g", "http://a/b/g"},
		{"../..", "http://a/"}, {"../../", "http://a/"}, {"../../g", "http://a/g"}, {"../../../g", "http://a/g"},
		{"/./g", "http://a/g"}, {"/../g", "http://a/g"}, {"g.", "http://a/b/c/g."}, {".g", "http://a/b/c/.g"},
		{"./../g", "http://a/b/g"}, {"./g/.", "http://a/b/c/g/"}, {"g/./h", "http://a/b/c/g/h"}, {"g/../h", "http://a/b/c/h"},
		{"http:g", "http://a/b/c/g"}, {" g h ", "http://a/b/c/g%20h"}, {"HTTPS://X/y", "https://X/y"}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct buf out = {0};
		assert_true(planet_url_resolve(&out, SPAN_LITERAL("http://a/b/c/d;p?q"), span_of(table[i].reference)));
		assert_string_equal(out.p, table[i].whole);
		buf_finish(&out);
	}
	struct buf out = {0};
	assert_false(planet_url_resolve(&out, SPAN_LITERAL(""), SPAN_LITERAL("g")));
	assert_false(planet_url_resolve(&out, SPAN_LITERAL("mailto:x@y"), SPAN_LITERAL("g")));
	assert_int_equal(out.n, 0);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_reader_reads_stays),
		cmocka_unit_test(addresses_are_whole_and_of_kinds_that_may_be_linked),
		cmocka_unit_test(no_vector_of_the_table_gets_through),
		cmocka_unit_test(nor_do_their_pieces_in_any_order),
		cmocka_unit_test(deep_and_long_html_costs_little_and_keeps_its_text),
		cmocka_unit_test(text_is_what_html_says),
		cmocka_unit_test(addresses_resolve_as_rfc_3986_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
