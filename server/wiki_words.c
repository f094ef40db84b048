/* SPDX-License-Identifier: MIT */
#include "server/wiki_words.h"

#include <arpa/inet.h>

#include "base/mem.h"

struct span wiki_of_host(struct span host, char *room)
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
		size_t n = strlen(families[i].wiki);
		for (size_t k = 0; k < language.n; k++)
			room[k] = language.p[k] == '-' ? '_' : language.p[k];
		memcpy(room + language.n, families[i].wiki, n);
		return span_make(room, language.n + n);
	}
	return host;
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

bool is_nameless(struct span name)
{
	return is_temporary_account(name) || is_address(name);
}
