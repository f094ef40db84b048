/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_lint.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_lint_parts.h"
#include "transcripts/media_probe.h"

enum { DESCRIPTION_MAX = 4000, TEXT_MAX = 255 };

void lint_fault(struct linting *l, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	l->n_faults++;
	if (l->lint->fault)
		l->lint->fault(l->lint->data, l->item, text.p);
	buf_finish(&text);
}

/* ISO 639-1, two letters each. */
static bool is_iso_language(const char *code)
{
	static const char codes[] = "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufaff"
		"fifjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblgliln"
		"lolultlulvmgmhmimkmlmnmrmsmtmynandnengnlnonnnrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnso"
		"sqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";
	size_t n = strcspn(code, "-");
	for (size_t i = 0; n == 2 && i + 1 < sizeof codes; i += 2)
		if ((code[0] | 0x20) == codes[i] && (code[1] | 0x20) == codes[i + 1])
			return true;
	return false;
}

static bool is_ascii_url(const char *url)
{
	for (; *url; url++)
		if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7F)
			return false;
	return true;
}

/* ---- texts ---- */

static void check_text(struct linting *l, const struct lint_node *node, const char *name)
{
	static const char *const free_ones[] = {"content:encoded", "itunes:summary", "podcast:txt", NULL};
	if (node->first)
		return;
	/* Nothing is asked of these: neither are they read. */
	for (size_t i = 0; free_ones[i]; i++)
		if (strcmp(name, free_ones[i]) == 0)
			return;
	bool is_description = strcmp(name, "description") == 0;
	size_t n_whole;
	char *text = lint_content(node, &n_whole);
	size_t n = strlen(text);
	if (is_description && n > DESCRIPTION_MAX)
		lint_fault(l, "the description has %zu bytes, Apple takes %d; shorten it", n, DESCRIPTION_MAX);
	else if (!is_description && n > TEXT_MAX)
		lint_fault(l, "%s has %zu bytes, PSP-1 allows %d; shorten it", name, n, TEXT_MAX);
	if (!is_description && n_whole != n)
		lint_fault(l, "%s begins or ends with blanks", name);
	free(text);
}

/* Apple: neither number nor show belongs into an episode's title. */
static void check_title(struct linting *l, const char *title, const char *show)
{
	size_t n = strlen(show);
	if (n > 3 && strncasecmp(title, show, n) == 0 && strchr(" :-#|", title[n]) && title[n])
		lint_fault(l, "the title '%s' begins with the show's name, which Apple asks to leave out", title);
	else if (title[0] == '#' && title[1] >= '0' && title[1] <= '9')
		lint_fault(l, "the title '%s' begins with its number, which Apple asks to leave out: give episode in the front matter",
			title);
	else if ((strncasecmp(title, "episode ", 8) == 0 && title[8] >= '0' && title[8] <= '9') ||
		(strncasecmp(title, "ep. ", 4) == 0 && title[4] >= '0' && title[4] <= '9'))
		lint_fault(l, "the title '%s' begins with its number, which Apple asks to leave out: give episode in the front matter",
			title);
}

/* ---- recordings ---- */

static void check_enclosure(struct linting *l, const struct lint_node *node)
{
	char *url = lint_attribute(node, "url"), *type = lint_attribute(node, "type"), *length = lint_attribute(node, "length");
	int64_t bytes;
	struct buf path = {0};
	buf_add(&path, url, strcspn(url, "?#"));
	buf_text(&path, "");
	const char *by_name = media_mime_of(path.p);
	if (!is_ascii_url(url))
		lint_fault(l, "the recording's address %s has other characters than ASCII's; Apple refuses it", url);
	if (!span_to_i64(span_of(length), &bytes) || bytes <= 0)
		lint_fault(l, "the recording's length is '%s'; it has to be its bytes", length);
	if (strncmp(by_name, type, strcspn(by_name, "/")) != 0)
		lint_fault(l, "the recording %s doesn't end as %s does (.mp3, .m4a, .mp4 ...); Apple goes by that", url, type);
	buf_finish(&path);
	free(url);
	free(type);
	free(length);
}

/* The recordings so far: a table by their addresses' hashes. */
struct seen {
	struct seen_one {
		uint64_t hash;
		char *url; /* NULL: free */
		size_t item;
	} *table;
	size_t n, room; /* room: a power of two, more than twice n */
};

static struct seen_one *seen_place(const struct seen *seen, uint64_t hash, const char *url)
{
	size_t i = hash & (seen->room - 1);
	while (seen->table[i].url && (seen->table[i].hash != hash || strcmp(seen->table[i].url, url) != 0))
		i = (i + 1) & (seen->room - 1);
	return &seen->table[i];
}

static void seen_grow(struct seen *seen)
{
	struct seen old = *seen;
	seen->room = old.room ? old.room * 2 : 64;
	seen->table = mem_new(seen->room, sizeof *seen->table);
	for (size_t i = 0; i < old.room; i++)
		if (old.table[i].url)
			*seen_place(seen, old.table[i].hash, old.table[i].url) = old.table[i];
	free(old.table);
}

static void seen_finish(struct seen *seen)
{
	for (size_t i = 0; i < seen->room; i++)
		free(seen->table[i].url);
	free(seen->table);
}

static void check_twice(struct linting *l, struct seen *seen, const struct lint_node *enclosure)
{
	char *url = lint_attribute(enclosure, "url");
	uint64_t hash = span_hash(span_of(url));
	if (seen->n * 2 >= seen->room)
		seen_grow(seen);
	struct seen_one *one = seen_place(seen, hash, url);
	if (one->url) {
		lint_fault(l, "the recording %s is also that of item %zu; Apple ignores the second", url, one->item + 1);
		free(url);
		return;
	}
	*one = (struct seen_one){hash, url, l->item};
	seen->n++;
}

/* ---- the document ---- */

static void check_node(struct linting *l, const struct lint_node *node, const char *parent)
{
	struct lint_name name;
	lint_name_of(node, &name);
	if (strncmp(name.text, "podcast:", 8) == 0) {
		lint_podcast(l, node, parent);
		return;
	}
	if (strcmp(name.text, "psc:chapters") == 0) {
		lint_chapters(l, node);
		return;
	}
	if (strcmp(name.text, "itunes:image") == 0) {
		char *url = lint_attribute(node, "href");
		lint_artwork(l, url);
		free(url);
	}
	check_text(l, node, name.text);
}

static void check_item(struct linting *l, const struct lint_node *item, const char *show, struct seen *seen)
{
	size_t n_enclosures = 0;
	for (const struct lint_node *node = item->first; node; node = node->next) {
		check_node(l, node, "item");
		if (lint_is(node, "enclosure")) {
			if (++n_enclosures == 2)
				lint_fault(l, "an item has one recording; the others belong into podcast:alternateEnclosure");
			check_enclosure(l, node);
			check_twice(l, seen, node);
		} else if (lint_is(node, "title")) {
			char *title = lint_content(node, NULL);
			check_title(l, title, show);
			free(title);
		}
	}
	const struct lint_node *guid = lint_child(item, "guid");
	if (!guid)
		lint_fault(l, "the item has no guid");
}

static void check_channel(struct linting *l, const struct lint_node *channel)
{
	static const char *const needed[] = {"title", "description", "link", "language", "itunes:image", "itunes:category",
		"itunes:explicit", "atom:link"};
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (!lint_child(channel, needed[i]))
			lint_fault(l, "the feed has no %s, which Apple or PSP-1 requires", needed[i]);
	const struct lint_node *node = lint_child(channel, "language");
	char *language = node ? lint_content(node, NULL) : NULL;
	if (language && !is_iso_language(language))
		lint_fault(l, "the language '%s' is none of ISO 639-1; Apple refuses the feed", language);
	free(language);
}

static void check_document(struct linting *l, const struct lint_node *channel)
{
	struct seen seen = {0};
	const struct lint_node *title = lint_child(channel, "title");
	char *show = title ? lint_content(title, NULL) : mem_strdup("");
	size_t n = 0;
	l->item = SIZE_MAX;
	check_channel(l, channel);
	for (const struct lint_node *node = channel->first; node; node = node->next) {
		l->item = lint_is(node, "item") ? n++ : SIZE_MAX;
		if (l->item == SIZE_MAX)
			check_node(l, node, "channel");
		else
			check_item(l, node, show, &seen);
	}
	seen_finish(&seen);
	free(show);
}

size_t feed_lint(struct span rss, const struct feed_lint *lint)
{
	struct linting l = {lint, SIZE_MAX, 0};
	struct lint_tree tree;
	struct why why = {0};
	enum err e = lint_tree_read(&tree, rss, &why);
	const struct lint_node *channel = e ? NULL : lint_child(tree.root, "channel");
	if (e)
		lint_fault(&l, "the feed can't be read: %s", why.text);
	else if (!channel)
		lint_fault(&l, "the feed has no channel");
	else
		check_document(&l, channel);
	lint_tree_finish(&tree);
	return l.n_faults;
}
