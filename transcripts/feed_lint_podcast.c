/* feed_lint_podcast.c - the podcast namespace's formal tags (1.0.md, phases 1 to 8) and Podlove's Simple Chapters 1.2:
 * what they are called, where they stand, what they need, how long they may be.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/feed_lint_parts.h"

enum { IN_CHANNEL = 1, IN_ITEM = 2, IN_LIVE = 4, NODE_MAX = 128, TXT_MAX = 4000 };

/* Attributes that must be there, and of these the addresses; names in small letters. */
static const struct rule {
	const char *name;
	int parents;              /* 0: inside other podcast: elements */
	bool is_once, says_text;
	const char *needs[3];
	const char *urls[2];
} rules[] = {
	{"locked", IN_CHANNEL, true, true, {0}, {0}},
	{"transcript", IN_ITEM, false, false, {"url", "type"}, {"url"}},
	{"funding", IN_CHANNEL | IN_ITEM | IN_LIVE, false, true, {"url"}, {"url"}},
	{"chapters", IN_ITEM, true, false, {"url", "type"}, {"url"}},
	{"soundbite", IN_ITEM, false, false, {"startTime", "duration"}, {0}},
	{"person", IN_CHANNEL | IN_ITEM | IN_LIVE, false, true, {0}, {"href", "img"}},
	{"location", IN_CHANNEL | IN_ITEM | IN_LIVE, false, true, {0}, {0}},
	{"season", IN_ITEM, true, true, {0}, {0}},
	{"episode", IN_ITEM, true, true, {0}, {0}},
	{"trailer", IN_CHANNEL, false, true, {"url", "pubdate"}, {"url"}},
	{"license", IN_CHANNEL | IN_ITEM, true, true, {0}, {"url"}},
	{"alternateenclosure", IN_ITEM | IN_LIVE, false, false, {"type"}, {0}},
	{"source", 0, false, false, {"uri"}, {"uri"}},
	{"integrity", 0, true, false, {"type", "value"}, {0}},
	{"guid", IN_CHANNEL, true, true, {0}, {0}},
	{"value", IN_CHANNEL | IN_ITEM | IN_LIVE, true, false, {"type", "method"}, {0}},
	{"valuerecipient", 0, false, false, {"type", "address", "split"}, {0}},
	{"valuetimesplit", 0, false, false, {"startTime", "duration"}, {0}},
	{"medium", IN_CHANNEL, true, true, {0}, {0}},
	{"liveitem", IN_CHANNEL, false, false, {"status", "start"}, {0}},
	{"contentlink", IN_ITEM | IN_LIVE, false, true, {"href"}, {"href"}},
	{"socialinteract", IN_CHANNEL | IN_ITEM | IN_LIVE, false, false, {"protocol"}, {"uri"}},
	{"block", IN_CHANNEL, false, true, {0}, {0}},
	{"txt", IN_CHANNEL | IN_ITEM, false, true, {0}, {0}},
	{"remoteitem", IN_CHANNEL, false, false, {"feedGuid"}, {"feedUrl"}},
	{"podroll", IN_CHANNEL, true, false, {0}, {0}},
	{"updatefrequency", IN_CHANNEL, true, true, {0}, {0}},
	{"podping", IN_CHANNEL, true, false, {0}, {0}},
	{"publisher", IN_CHANNEL, true, false, {0}, {0}},
	{"chat", IN_CHANNEL | IN_ITEM | IN_LIVE, true, false, {"server", "protocol"}, {0}},
	{"image", IN_CHANNEL | IN_ITEM | IN_LIVE, false, false, {"href"}, {"href"}},
};

static const struct rule *rule_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

static void check_attributes(struct linting *l, const struct lint_node *node, const struct rule *rule)
{
	struct span own = lint_own_name(node);
	for (size_t i = 0; i < COUNT_OF(rule->needs) && rule->needs[i]; i++) {
		char *value = lint_attribute(node, rule->needs[i]);
		if (!*value)
			lint_fault(l, "podcast:%.*s has no %s", SPAN_ARG(own), rule->needs[i]);
		free(value);
	}
	for (size_t i = 0; i < COUNT_OF(rule->urls) && rule->urls[i]; i++) {
		char *url = lint_attribute(node, rule->urls[i]);
		if (*url && strncmp(url, "https://", 8) != 0 && !l->lint->is_local)
			lint_fault(l, "podcast:%.*s: %s is no https:// address", SPAN_ARG(own), url);
		free(url);
	}
}

static void check_text(struct linting *l, const struct lint_node *node, const struct rule *rule)
{
	if (node->first)
		return;
	struct span own = lint_own_name(node);
	char *text = lint_content(node, NULL);
	size_t n = strlen(text), most = strcmp(rule->name, "txt") == 0 ? TXT_MAX : NODE_MAX, n_characters = 0;
	double number;
	for (size_t i = 0; i < n; i++)
		n_characters += ((unsigned char)text[i] & 0xC0) != 0x80;
	if (rule->says_text && !n)
		lint_fault(l, "podcast:%.*s says nothing", SPAN_ARG(own));
	if (n_characters > most)
		lint_fault(l, "podcast:%.*s has %zu characters, the namespace allows %zu", SPAN_ARG(own), n_characters, most);
	bool is_flag = strcmp(rule->name, "locked") == 0 || strcmp(rule->name, "block") == 0;
	if (is_flag && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		lint_fault(l, "podcast:%.*s is yes or no, not '%s'", SPAN_ARG(own), text);
	bool is_number = strcmp(rule->name, "season") == 0 || strcmp(rule->name, "episode") == 0;
	if (is_number && !span_to_double(span_of(text), &number))
		lint_fault(l, "podcast:%.*s is a number, not '%s'", SPAN_ARG(own), text);
	free(text);
}

static void check_soundbite(struct linting *l, const struct lint_node *node)
{
	char *duration = lint_attribute(node, "duration");
	double seconds;
	if (span_to_double(span_of(duration), &seconds) && (seconds < 15 || seconds > 120))
		lint_fault(l, "a soundbite lasts %g s; 15 to 120 are recommended", seconds);
	free(duration);
}

void lint_podcast(struct linting *l, const struct lint_node *node, const char *parent)
{
	struct lint_name name;
	lint_name_of(node, &name);
	struct span own = lint_own_name(node);
	const struct rule *rule = rule_of(name.text + strlen("podcast:"));
	int place = strcmp(parent, "channel") == 0 ? IN_CHANNEL : strcmp(parent, "item") == 0 ? IN_ITEM :
		strcmp(parent, "podcast:liveitem") == 0 ? IN_LIVE : 0;
	if (!rule) {
		lint_fault(l, "podcast:%.*s is no formal tag of the podcast namespace; no player reads it", SPAN_ARG(own));
		return;
	}
	if (place && !(rule->parents & place) && !(place == IN_LIVE && rule->parents & IN_ITEM))
		lint_fault(l, "podcast:%.*s doesn't belong into %s", SPAN_ARG(own), parent);
	if (rule->is_once && lint_next(node, name.text))
		lint_fault(l, "podcast:%.*s is there more than once", SPAN_ARG(own));
	check_attributes(l, node, rule);
	check_text(l, node, rule);
	if (lint_is(node, "podcast:soundbite"))
		check_soundbite(l, node);
	if (lint_is(node, "podcast:alternateEnclosure") && !lint_child(node, "podcast:source"))
		lint_fault(l, "podcast:alternateEnclosure has no podcast:source");
	for (const struct lint_node *child = node->first; child; child = child->next) {
		struct lint_name child_name;
		lint_name_of(child, &child_name);
		if (strncmp(child_name.text, "podcast:", 8) == 0)
			lint_podcast(l, child, name.text);
	}
}

/* Normal play time: 37, 7:48, 35:12.250, 05:12:03.5. */
static bool read_play_time(const char *text, double *seconds)
{
	struct span rest = span_of(text), piece;
	*seconds = 0;
	size_t n = 0;
	while (span_next_piece(&rest, ':', &piece)) {
		double value;
		bool is_last = !rest.n;
		if (++n > 3 || !piece.n || piece.p[0] < '0' || piece.p[0] > '9' || !span_to_double(piece, &value) ||
			(!is_last && span_find(piece, '.') < piece.n))
			return false;
		*seconds = *seconds * 60 + value;
	}
	return n > 0;
}

void lint_chapters(struct linting *l, const struct lint_node *chapters)
{
	double before = -1;
	char *version = lint_attribute(chapters, "version");
	if (!*version)
		lint_fault(l, "psc:chapters has no version");
	free(version);
	for (const struct lint_node *node = chapters->first; node; node = node->next) {
		char *start = lint_attribute(node, "start"), *title = lint_attribute(node, "title");
		double seconds;
		if (!read_play_time(start, &seconds))
			lint_fault(l, "a chapter's start '%s' is no time", start);
		else if (seconds < before)
			lint_fault(l, "the chapter at %s comes after a later one", start);
		else
			before = seconds;
		if (!*title)
			lint_fault(l, "the chapter at %s has no title", start);
		free(start);
		free(title);
	}
}
