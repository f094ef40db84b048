/* mapping_mediawiki.c - EventStreams' recentchange (schema 1.0.0 and 1.0.1) and MediaWiki's own RCFeed JSON, which is
 * the same without $schema, meta and parsedcomment. Only $schema and meta are promised: every other field may be
 * missing, null or of another type, which all count as missing.
 * SPDX-License-Identifier: MIT */
#include "server/mapping_impl.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/hashtag.h"

enum { ROOM_BESIDE_TEXT = 256 }; /* numbers and constants that we write around borrowed text */

/* What was appended to text since it was `from` bytes long. Room was reserved: the bytes don't move. */
static struct span appended(const struct buf *text, size_t from)
{
	return span_from(buf_view(text), from);
}

static struct span number_text(int64_t number, struct buf *text)
{
	size_t from = text->n;
	buf_format(text, "%lld", (long long)number);
	return appended(text, from);
}

static struct span text_at(const cJSON *object, const char *name)
{
	struct span s = json_string(json_get(object, name));
	return s.n ? s : (struct span){NULL, 0};
}

static bool has_prefix_nocase(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && span_equal_nocase(span_make(s.p, n), span_make(prefix, n));
}

/* Something that may become a link. */
static bool is_web_url(struct span s)
{
	if (!has_prefix_nocase(s, "http://") && !has_prefix_nocase(s, "https://"))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == 0x7F)
			return false;
	return true;
}

static struct span web_url_at(const cJSON *object, const char *name)
{
	struct span s = text_at(object, name);
	return is_web_url(s) ? s : (struct span){NULL, 0};
}

/* Very old MediaWikis send recentchanges' rc_type (includes/Defines.php: RC_EDIT ...); 2 and 4 were moves. */
static struct span kind_of(const cJSON *type)
{
	static const char *const names[] = {"edit", "new", "log", "categorize", "external"};
	static const char *const numbered[] = {"edit", "new", NULL, "log", NULL, "external", "categorize"};
	struct span name = json_string(type);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_is(name, names[i]))
			return span_of(names[i]);
	int64_t number;
	if (json_i64(type, &number) && number >= 0 && number < (int64_t)COUNT_OF(numbered))
		return span_of(numbered[number]);
	return (struct span){NULL, 0};
}

/* en.wikipedia.org is enwiki: what the field `wiki` would say, as far as a host tells. */
static struct span wiki_of_host(struct span host, struct buf *text)
{
	static const struct {
		const char *domain, *wiki;
	} families[] = {
		{".wikipedia.org", "wiki"}, {".wiktionary.org", "wiktionary"}, {".wikibooks.org", "wikibooks"},
		{".wikinews.org", "wikinews"}, {".wikiquote.org", "wikiquote"}, {".wikisource.org", "wikisource"},
		{".wikiversity.org", "wikiversity"}, {".wikivoyage.org", "wikivoyage"},
	};
	static const struct {
		const char *host, *wiki;
	} single[] = {
		{"www.wikidata.org", "wikidatawiki"}, {"commons.wikimedia.org", "commonswiki"},
		{"meta.wikimedia.org", "metawiki"}, {"species.wikimedia.org", "specieswiki"},
		{"incubator.wikimedia.org", "incubatorwiki"}, {"www.mediawiki.org", "mediawikiwiki"},
	};
	for (size_t i = 0; i < COUNT_OF(single); i++)
		if (span_is(host, single[i].host))
			return span_of(single[i].wiki);
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (!span_ends(host, families[i].domain))
			continue;
		struct span language = span_make(host.p, host.n - strlen(families[i].domain));
		if (span_find(language, '.') < language.n || span_is(language, "www"))
			break;
		size_t from = text->n;
		for (size_t k = 0; k < language.n; k++)
			buf_char(text, language.p[k] == '-' ? '_' : language.p[k]);
		buf_text(text, families[i].wiki);
		return appended(text, from);
	}
	return host;
}

static struct span channel_of(const cJSON *message, struct buf *text)
{
	struct span wiki = text_at(message, "wiki");
	if (wiki.n)
		return wiki;
	struct span host = text_at(message, "server_name");
	if (!host.n)
		host = text_at(json_get(message, "meta"), "domain");
	return wiki_of_host(host, text);
}

/* The log's `timestamp` can be years old (an import keeps its own), so the stream's own time goes first. */
static bool read_time(const cJSON *message, int64_t *ms)
{
	struct span dt = text_at(json_get(message, "meta"), "dt");
	if (dt.n && time_parse(dt, ms) == OK)
		return true;
	int64_t seconds;
	if (!json_i64(json_get(message, "timestamp"), &seconds) || llabs(seconds) > INT64_C(9007199254740))
		return false;
	*ms = seconds * 1000;
	return true;
}

/* RCFeed has no meta: the wiki and its number of the change, or of the log entry, are as unique. */
static struct span id_of(const cJSON *message, struct span channel, struct buf *text)
{
	struct span id = text_at(json_get(message, "meta"), "id");
	if (id.n)
		return id;
	int64_t number;
	size_t from = text->n;
	if (!channel.n)
		return id;
	if (json_i64(json_get(message, "id"), &number))
		buf_format(text, "%.*s:%lld", SPAN_ARG(channel), (long long)number);
	else if (json_i64(json_get(message, "log_id"), &number))
		buf_format(text, "%.*s:log:%lld", SPAN_ARG(channel), (long long)number);
	return appended(text, from);
}

static size_t count_digits(struct span s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* ^~\d{4}-\d+-\d+$ */
static bool is_temporary_account(struct span name)
{
	if (!name.n || name.p[0] != '~' || count_digits(span_from(name, 1)) != 4)
		return false;
	struct span rest = span_from(name, 5);
	for (int part = 0; part < 2; part++) {
		if (!rest.n || rest.p[0] != '-')
			return false;
		size_t n = count_digits(span_from(rest, 1));
		if (!n)
			return false;
		rest = span_from(rest, 1 + n);
	}
	return rest.n == 0;
}

static bool is_address(struct span name)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	if (!name.n || name.n >= sizeof text)
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static void map_actor(const cJSON *message, struct event *ev)
{
	ev->actor = text_at(message, "user");
	if (is_temporary_account(ev->actor) || is_address(ev->actor))
		ev->actor_kind = ACTOR_ANON;
	else if (json_is_true(json_get(message, "bot")))
		ev->actor_kind = ACTOR_BOT;
	else
		ev->actor_kind = ACTOR_MEMBER;
}

static bool number_at(const cJSON *object, const char *name, double *out)
{
	const cJSON *item = json_get(object, name);
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
		return false;
	*out = item->valuedouble;
	return true;
}

static void map_magnitude(const cJSON *message, struct event *ev)
{
	const cJSON *length = json_get(message, "length");
	double now, before = 0;
	ev->unit = SPAN_LITERAL("bytes");
	if (!number_at(length, "new", &now))
		return;
	if (!span_is(ev->kind, "new"))
		(void)number_at(length, "old", &before);
	double change = now - before;
	if (!isfinite(change))
		return;
	ev->magnitude = fabs(change);
	ev->polarity = (int8_t)((change > 0) - (change < 0));
}

static void map_revisions(const cJSON *message, struct event *ev)
{
	const cJSON *revision = json_get(message, "revision");
	if (!json_i64(json_get(revision, "old"), &ev->before) || ev->before < 0)
		ev->before = 0;
	if (!json_i64(json_get(revision, "new"), &ev->after) || ev->after < 0)
		ev->after = 0;
}

/* The same words as Listen to Wikipedia looks for, English only as there. */
static bool says_revert(struct span comment)
{
	static const char *const words[] = {"revert", "undo", "undid"};
	for (size_t at = 0; at < comment.n; at++) {
		char c = (char)(comment.p[at] | 0x20);
		if (c != 'r' && c != 'u')
			continue;
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (has_prefix_nocase(span_from(comment, at), words[i]))
				return true;
	}
	return false;
}

static void add_tag(struct event *ev, struct span tag)
{
	for (size_t i = 0; i < ev->n_tags; i++)
		if (span_equal(ev->tags[i], tag))
			return;
	/* What no longer fits is still in the summary. */
	if (ev->n_tags < EVENT_TAGS_MAX)
		ev->tags[ev->n_tags++] = tag;
}

static void map_tags(const cJSON *message, struct event *ev, struct buf *text)
{
	if (json_is_true(json_get(message, "minor")))
		add_tag(ev, SPAN_LITERAL("minor"));
	if (cJSON_IsFalse(json_get(message, "patrolled")))
		add_tag(ev, SPAN_LITERAL("unpatrolled"));
	if (says_revert(ev->summary))
		add_tag(ev, SPAN_LITERAL("revert"));
	struct span rest = ev->summary, tag;
	bool at_start = true;
	while (hashtag_next(&rest, &at_start, &tag)) {
		if (tag.p[0] != '#') { /* U+FF03, three bytes: the same tag in other clothes */
			size_t from = text->n;
			buf_char(text, '#');
			buf_span(text, span_from(tag, 3));
			tag = appended(text, from);
		}
		add_tag(ev, tag);
	}
}

static struct span url_of(const cJSON *message, const struct event *ev, struct buf *text)
{
	struct span url = web_url_at(message, "notify_url");
	if (url.n)
		return url;
	struct span server = web_url_at(message, "server_url"), path = text_at(message, "server_script_path");
	bool plain = true; /* the path goes into a link as it is */
	for (size_t i = 0; i < path.n; i++)
		plain &= (unsigned char)path.p[i] > ' ' && path.p[i] != '"' && path.p[i] != '<' && path.p[i] != '>';
	if (server.n && plain && ev->after) {
		size_t from = text->n;
		buf_format(text, "%.*s%.*s/index.php?", SPAN_ARG(server), SPAN_ARG(path));
		if (ev->before)
			buf_format(text, "diff=%lld&oldid=%lld", (long long)ev->after, (long long)ev->before);
		else
			buf_format(text, "oldid=%lld", (long long)ev->after);
		return appended(text, from);
	}
	url = web_url_at(json_get(message, "meta"), "uri");
	return url.n ? url : web_url_at(message, "title_url");
}

/* An account that somebody made now. autocreate is no such thing: an account that exists elsewhere came to visit. */
static void map_join(const cJSON *message, struct event *ev)
{
	struct span action = text_at(message, "log_action");
	if (!span_is(ev->kind, "log") || !span_is(text_at(message, "log_type"), "newusers"))
		return;
	bool by_itself = span_is(action, "create") || span_is(action, "create2");
	if (!by_itself && !span_is(action, "byemail"))
		return;
	ev->kind = SPAN_LITERAL("join");
	ev->accent = by_itself;
}

static enum skip no(struct why *why, enum skip reason, const char *text)
{
	(void)why_set(why, E_FORMAT, "%s", text);
	return reason;
}

static enum skip check_schema(const cJSON *message, struct why *why)
{
	if (!cJSON_IsObject(message))
		return no(why, SKIP_TYPE, "not an object");
	if (span_is(text_at(json_get(message, "meta"), "domain"), "canary"))
		return no(why, SKIP_CANARY, "meta.domain is canary");
	struct span schema = text_at(message, "$schema");
	if (schema.n && span_search(schema, SPAN_LITERAL("recentchange"), 0) == schema.n)
		return no(why, SKIP_TYPE, "$schema isn't recentchange");
	return SKIP_NOTHING;
}

/* All that we ever write into text, so that it needn't grow under spans that point into it. */
static void reserve_text(const cJSON *message, struct span comment, struct buf *text)
{
	buf_reserve(text, 2 * text_at(message, "wiki").n + text_at(message, "server_url").n +
		3 * text_at(message, "server_name").n + 3 * text_at(json_get(message, "meta"), "domain").n +
		text_at(message, "server_script_path").n + comment.n + ROOM_BESIDE_TEXT);
}

static enum skip map(const cJSON *message, struct event *ev, struct buf *text, struct why *why)
{
	enum skip reason = check_schema(message, why);
	if (reason)
		return reason;
	const cJSON *type = json_get(message, "type");
	if (!type || cJSON_IsNull(type))
		return no(why, SKIP_INCOMPLETE, "no type");
	*ev = (struct event){.kind = kind_of(type), .summary = text_at(message, "comment")};
	if (!ev->kind.p)
		return no(why, SKIP_TYPE, "type isn't edit, new, log, categorize or external");
	reserve_text(message, ev->summary, text);
	ev->entity = ev->label = text_at(message, "title");
	if (!ev->entity.n && (span_is(ev->kind, "edit") || span_is(ev->kind, "new")))
		return no(why, SKIP_INCOMPLETE, "no title");
	if (!read_time(message, &ev->time_ms))
		return no(why, SKIP_INCOMPLETE, "neither meta.dt nor timestamp");
	ev->channel = channel_of(message, text);
	ev->id = id_of(message, ev->channel, text);
	if (!ev->id.n)
		return no(why, SKIP_INCOMPLETE, "neither meta.id nor wiki and id");
	map_join(message, ev);
	int64_t namespace;
	if (!span_is(ev->kind, "join") && json_i64(json_get(message, "namespace"), &namespace))
		ev->namespace_ = number_text(namespace, text);
	map_actor(message, ev);
	map_magnitude(message, ev);
	map_revisions(message, ev);
	map_tags(message, ev, text);
	ev->url = url_of(message, ev, text);
	return SKIP_NOTHING;
}

const struct mapping mapping_mediawiki = {.name = "mediawiki", .map = map};
