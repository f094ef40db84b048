/* importer_takedown.c - the owner's takedown.yaml: read before any file is, since what it names must not even be put.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_takedown.h"
#include "transcripts/feed_lock.h"
#include "transcripts/importer_job.h"
#include "transcripts/people_rules.h"

enum { RULES_BYTES_MAX = 4 << 20 };

static const char rules_name[] = "takedown.yaml";

/* Who is who; what is wrong with it import_settle tells. */
static struct people_rules *read_people(struct import *in, uint64_t *hash)
{
	struct buf text = {0};
	char *path = file_join(in->site->folder, "people.yaml");
	buf_text(&text, "");
	if (file_read(path, RULES_BYTES_MAX, &text, NULL))
		buf_clear(&text);
	struct people_rules *people = people_rules_read(buf_view(&text), NULL, NULL);
	*hash = span_hash(buf_view(&text));
	if (!people)
		people = people_rules_read(SPAN_LITERAL(""), NULL, NULL);
	ASSERT(people);
	free(path);
	buf_finish(&text);
	return people;
}

enum err import_read_takedown(struct import *in)
{
	struct buf text = {0};
	struct why why = {0};
	struct listed_file file = {.full = file_join(in->site->folder, rules_name)};
	struct import_fault_context context = {in, &file};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	uint64_t people_hash;
	enum err e = file_read(file.full, RULES_BYTES_MAX, &text, &why);
	bool is_there = !e;
	buf_text(&text, "");
	in->takedown_people = read_people(in, &people_hash);
	if (!e || e == E_GONE)
		in->takedown = takedown_read(buf_view(&text), in->takedown_people, &faults, &why);
	if (in->takedown) {
		e = OK;
	} else {
		import_fault_format(in, file.full, why.line, "%s; nothing is read until it is corrected, since nobody knows what may be "
			"published", why.text);
		e = why_at(in->why, E_FORMAT, why.line, 0, "%s can't be read; nothing was imported", file.full);
	}
	/* Names may mean others, so the rules are others with other people. */
	in->takedown_hash = is_there ? span_hash(buf_view(&text)) ^ people_hash * 3 : 0;
	in->rules_hash ^= in->takedown_hash;
	free(file.full);
	buf_finish(&text);
	return e;
}

/* An item whose file is gone may still be known by its page's address. */
static bool was_published(const struct takedown_rule *rule, struct feed_lock *lock)
{
	struct span rest = span_of(rule->item), kind, place;
	struct buf space = {0};
	struct feed_lock_entry entry;
	if (!lock || !span_next_piece(&rest, '/', &kind) || !span_next_piece(&rest, '/', &place))
		return false;
	buf_format(&space, "%s%.*s", span_is(kind, "conferences") ? "conference/" : "", SPAN_ARG(place));
	char *slug = span_dup(rest);
	bool was = feed_lock_find(lock, space.p, slug, &entry);
	free(slug);
	buf_finish(&space);
	return was;
}

static bool is_media(const struct import *in, const struct takedown_rule *rule)
{
	char *path = file_join(in->site->folder, rule->file);
	bool is = span_starts(span_of(rule->file), "media/") && file_exists(path);
	free(path);
	return is;
}

void import_end_takedown(struct import *in)
{
	struct feed_lock *lock = NULL;
	char *path = file_join(in->site->folder, rules_name), *lock_path = file_join(in->site->folder, "feeds.lock");
	struct why why;
	if (in->takedown->n && file_exists(lock_path) && feed_lock_open(lock_path, &lock, &why))
		lock = NULL;
	for (size_t i = 0; i < in->takedown->n; i++) {
		const struct takedown_rule *rule = &in->takedown->rules[i];
		if (archive_takedown_is_used(in->archive, i) || is_media(in, rule) || was_published(rule, lock))
			continue;
		if (rule->item[0])
			import_fault_format(in, path, rule->line, "there is no page /%s; correct the address", rule->item);
		else if (rule->file[0])
			import_fault_format(in, path, rule->line, "nothing is made of the file %s; write its path in the site, such as "
				"episodes/one.md", rule->file);
		else
			import_fault_format(in, path, rule->line, "%s takes part in nothing; write the name as it stands on the page",
				rule->person);
	}
	feed_lock_close(lock);
	free(path);
	free(lock_path);
}
