/* importer_collection.c - files that hold many records, and the transcripts of talks.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/chapters.h"
#include "transcripts/importer_job.h"
#include "transcripts/language.h"

enum { YOUTUBE_ID = 11 };

/* ---- files of many records ---- */

static void count_records(struct import *in, const struct archive_collection_known *known)
{
	in->counts->episodes += known->n_episodes;
	in->counts->talks += known->n_talks;
	in->counts->conferences += known->n_conferences;
	in->counts->persons += known->n_persons;
}

static void add_count(struct buf *out, size_t n, const char *one, const char *many)
{
	if (n)
		buf_format(out, "%s%zu %s", out->n ? ", " : "", n, n == 1 ? one : many);
}

static void describe(struct buf *out, const struct archive_collection_known *known, size_t n_subscriptions)
{
	add_count(out, known->n_conferences, "conference", "conferences");
	add_count(out, known->n_talks, "talk", "talks");
	add_count(out, known->n_episodes, "episode", "episodes");
	add_count(out, known->n_persons, "person", "people");
	add_count(out, n_subscriptions, "feed", "feeds");
	if (!out->n)
		buf_text(out, "nothing");
}

/* The conference that a talk's folder names: talks/CONFERENCE/... in the site, else the folder above the file. */
static char *folder_conference(const char *path)
{
	struct span rest = span_of(path), folder = {0}, piece;
	if (span_starts(rest, "talks/")) {
		rest = span_from(rest, 6);
		if (span_next_piece(&rest, '/', &piece) && rest.n)
			folder = piece;
	} else {
		const char *slash = strrchr(path, '/');
		const char *start = slash;
		while (start && start > path && start[-1] != '/')
			start--;
		if (slash)
			folder = span_make(start, (size_t)(slash - start));
	}
	struct buf slug = {0};
	escape_slug(&slug, folder);
	if (!slug.n)
		buf_text(&slug, "talks");
	return buf_take(&slug);
}

/* What its speaker doesn't want published isn't. */
static void honour_opt_out(struct document *d)
{
	if (!d->is_opted_out)
		return;
	document_set(&d->youtube, SPAN_LITERAL(""));
	document_set(&d->media_file, SPAN_LITERAL(""));
	transcript_destroy(d->transcript);
	d->transcript = NULL;
	while (d->n_media) {
		struct document_media *m = &d->media[--d->n_media];
		free(m->url);
		free(m->type);
		free(m->language);
	}
}

static enum err put_collection(struct import *in, struct listed_file *f, struct collection *c)
{
	struct archive_place *places = mem_new(c->n_documents + 1, sizeof *places);
	struct archive_collection_known known = {.n_conferences = c->n_conferences, .n_persons = c->n_persons};
	char *folder = folder_conference(f->path);
	for (size_t i = 0; i < c->n_documents; i++) {
		struct document *d = c->documents[i];
		bool is_talk = d->kind == DOCUMENT_TALK;
		honour_opt_out(d);
		places[i] = is_talk ? (struct archive_place){"", d->conference[0] ? d->conference : folder} :
			(struct archive_place){import_show(in, f, d->show), ""};
		if (d->transcript)
			import_correct(in, f, is_talk ? places[i].conference : places[i].show, d->transcript);
		known.n_talks += is_talk;
		known.n_episodes += !is_talk;
		known.n_turns += d->transcript ? d->transcript->n_turns : 0;
		known.n_cues += d->transcript ? d->transcript->n_cues : 0;
	}
	enum err e = archive_put_collection(in->archive, f->path, f->hash, c, places, in->why);
	if (!e) {
		struct buf records = {0};
		describe(&records, &known, c->n_subscriptions);
		count_records(in, &known);
		f->taken = true;
		import_report_file(in, f, IMPORTER_TAKEN, c->dialect->name, c->reason, known.n_turns, known.n_cues, records.p);
		buf_finish(&records);
		e = import_next_put(in);
	}
	free(folder);
	free(places);
	return e;
}

/* Only these can be one: the rest isn't read twice. */
bool import_may_be_collection(struct span bytes)
{
	struct span start = span_trim(span_starts(bytes, "\xEF\xBB\xBF") ? span_from(bytes, 3) : bytes);
	return start.n && (start.p[0] == '{' || start.p[0] == '[' || start.p[0] == '<' || (unsigned char)start.p[0] >= 0xFE ||
		start.p[0] == '\0');
}

/* The text that lies beside a record's file (collection_sibling), read into in->more_bytes; NULL where there is none. What
 * it says counts for whether the record has changed. */
static struct listed_file *load_sibling(struct import *in, struct listed_file *f)
{
	char *path = collection_sibling(f->path);
	struct listed_file *sibling = path ? file_list_find(&in->list, path) : NULL;
	free(path);
	if (!sibling || sibling->done || !import_load(in, sibling, &in->more_bytes))
		return NULL;
	f->hash = f->hash * 31 ^ sibling->hash;
	return sibling;
}

static void report_sibling(struct import *in, struct listed_file *sibling, const struct listed_file *f, bool is_unchanged)
{
	struct buf reason = {0};
	buf_format(&reason, "it belongs to %s", f->path);
	sibling->taken = true;
	if (is_unchanged)
		import_report_file(in, sibling, IMPORTER_UNCHANGED, NULL, NULL, 0, 0, NULL);
	else
		import_report_file(in, sibling, IMPORTER_TAKEN, "a talk's description", reason.p, 0, 0, NULL);
	buf_finish(&reason);
}

/* Whisper writes NaN, which no JSON has. */
static bool is_transcript(const struct listed_file *f, struct span bytes)
{
	struct document *d = document_read(f->path, bytes, NULL);
	bool is = d->transcript != NULL;
	document_destroy(d);
	return is;
}

enum err import_collection(struct import *in, struct listed_file *f, bool *done)
{
	struct archive_collection_known known;
	bool is_told = f->is_told && f->kind.of == KIND_COLLECTION;
	*done = false;
	if ((f->is_told && !is_told) || !import_load(in, f, &in->bytes) ||
			(!is_told && !import_may_be_collection(buf_view(&in->bytes))))
		return OK;
	*done = true;
	struct listed_file *sibling = load_sibling(in, f);
	if (archive_collection_known(in->archive, f->path, f->hash, &known)) {
		count_records(in, &known);
		f->taken = true;
		import_report_file(in, f, IMPORTER_UNCHANGED, NULL, NULL, known.n_turns, known.n_cues, "");
		if (sibling)
			report_sibling(in, sibling, f, true);
		return OK;
	}
	struct import_fault_context context = {in, f};
	const struct dialect_faults faults = {import_fault_in_file, &context};
	struct buf said = {0};
	if (is_told)
		import_told_by(f, &said);
	struct collection *c = is_told ?
		collection_read_as(f->path, buf_view(&in->bytes), span_of(f->kind.label), said.p, &faults) :
		collection_read(f->path, buf_view(&in->bytes), &faults);
	enum err e = OK;
	buf_finish(&said);
	if (!c || (c->decline && !is_told && is_transcript(f, buf_view(&in->bytes)))) {
		*done = false;
	} else if (c->decline) {
		struct buf reason = {0};
		buf_format(&reason, "%s: %s; %s", c->dialect->name, c->reason, c->decline);
		import_report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0, NULL);
		buf_finish(&reason);
		e = import_remove_own_item(in, f);
	} else {
		if (sibling) {
			collection_take_sibling(c, buf_view(&in->more_bytes));
			report_sibling(in, sibling, f, false);
		}
		e = put_collection(in, f, c);
	}
	collection_destroy(c);
	return e;
}

/* ---- transcripts of talks ---- */

/* "Talk's title [dQw4w9WgXcQ].en.vtt": the id as downloaders write it. */
static struct span bracketed_id(struct span stem)
{
	size_t end = stem.n;
	while (end > 0 && stem.p[end - 1] != ']')
		end--;
	bool fits = end > YOUTUBE_ID + 1 && stem.p[end - YOUTUBE_ID - 2] == '[';
	return fits ? span_make(stem.p + end - YOUTUBE_ID - 1, YOUTUBE_ID) : span_make("", 0);
}

/* "talk.en" -> "talk": the language that a caption file's name ends with. */
static struct span without_language(struct span stem)
{
	size_t dot = stem.n;
	while (dot > 0 && stem.p[dot - 1] != '.')
		dot--;
	size_t n = stem.n - dot;
	return dot > 1 && n >= 2 && n <= 7 ? span_make(stem.p, dot - 1) : stem;
}

int64_t import_talk_of(struct import *in, const struct listed_file *f)
{
	char *conference = span_starts(span_of(f->path), "talks/") ? folder_conference(f->path) : NULL;
	struct span stem;
	(void)chapters_is_named(f->path, &stem);
	struct span id = bracketed_id(stem);
	const struct span keys[] = {id, stem, without_language(stem)};
	int64_t talk = 0;
	for (size_t i = 0; i < COUNT_OF(keys) && !talk; i++) {
		char *key = span_dup(keys[i]);
		if (*key)
			talk = archive_talk_for(in->archive, conference, key);
		free(key);
	}
	free(conference);
	return talk;
}

int import_talk_preference(struct import *in, const struct listed_file *f)
{
	struct span stem = file_stem(f->path), bare = without_language(stem);
	struct archive_item *talk = archive_item_by_id(in->archive, f->talk);
	int preference = 1;
	if (talk && bare.n < stem.n) {
		struct span said = span_from(stem, bare.n + 1), wanted = span_of(talk->language);
		said.n = span_find(said, '-');
		wanted.n = span_find(wanted, '-');
		const char *said_code = language_code(said), *code = language_code(wanted);
		bool is_same = said_code && code ? strcmp(said_code, code) == 0 : wanted.n && span_equal_nocase(said, wanted);
		preference = is_same ? 0 : 2;
	}
	archive_item_free(talk);
	return preference;
}

enum err import_joined_to_talk(struct import *in, struct listed_file *f, struct document *d, bool *done)
{
	int64_t id = f->talk;
	struct archive_item *talk = id ? archive_item_by_id(in->archive, id) : NULL;
	struct buf reason = {0};
	enum err e = OK;
	*done = talk != NULL;
	if (talk && talk->is_opted_out) {
		buf_format(&reason, "the speaker of %s wants no recording published", talk->slug);
		import_report_file(in, f, IMPORTER_DECLINED, NULL, reason.p, 0, 0, NULL);
		e = import_remove_own_item(in, f);
	} else if (talk) {
		import_correct(in, f, talk->conference, d->transcript);
		e = archive_joined_talk(in->archive, f->path) == id ? OK : import_remove_own_item(in, f);
		if (!e)
			e = archive_join_transcript(in->archive, id, f->path, f->hash, d->transcript, in->why);
		buf_format(&reason, "%s; it belongs to the talk %s of %s", d->reason, talk->slug, talk->conference);
		f->taken = true;
		if (!e) {
			import_report_file(in, f, IMPORTER_TAKEN, d->dialect ? d->dialect->name : "a transcript", reason.p,
				d->transcript->n_turns, d->transcript->n_cues, NULL);
			e = import_next_put(in);
		}
	}
	buf_finish(&reason);
	archive_item_free(talk);
	return e;
}
