/* archive_parts.h - what surrounds the archive's items: their chapters, links, media and credits; conferences; what
 * sources say of persons and shows; feeds to follow; and the people themselves, each with one page across shows and
 * conferences. Same rules as archive.h: one thread, blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_PARTS_H
#define TRANSCRIPTS_ARCHIVE_PARTS_H

#include "transcripts/archive.h"
#include "transcripts/collection.h"

/* --- files that hold many records --- */

/* One transaction: all that the file gives now, instead of what it gave before. documents[i] gets places[i]; transcripts and
 * chapters that other files had joined to its items stay with those that keep their part. A slug that is taken gets an ending of
 * its own, the same in every rebuild. */
struct archive_place {
	const char *show, *conference; /* one of them ""; resolved */
};
enum err archive_put_collection(struct archive *a, const char *path, uint64_t content_hash, const struct collection *c,
	const struct archive_place *places, struct why *why) NODISCARD;
/* True when the path is a collection that is in with this hash; what it gave. */
struct archive_collection_known {
	size_t n_episodes, n_talks, n_conferences, n_persons, n_turns, n_cues;
};
bool archive_is_collection(struct archive *a, const char *path); /* with any hash */
bool archive_collection_known(struct archive *a, const char *path, uint64_t content_hash,
	struct archive_collection_known *known);

/* Each record its slug, by who it is and not by who came first; before addresses are shown or looked up. Does nothing where
 * no two wish for one. */
enum err archive_settle_slugs(struct archive *a, struct why *why) NODISCARD;

/* What is searched of items that name people by their sources' keys, after persons' records have changed. */
enum err archive_settle_names(struct archive *a, struct why *why) NODISCARD;

/* A transcript's file to the talk that it belongs to, by its number: the words are indexed with it. */
enum err archive_join_transcript(struct archive *a, int64_t item, const char *transcript_path, uint64_t transcript_hash,
	const struct transcript *t, struct why *why) NODISCARD;
/* The same for a file of chapters; the talk's own count again when it goes (chapters_path and chapters NULL). */
enum err archive_join_chapters(struct archive *a, int64_t item, const char *chapters_path, uint64_t chapters_hash,
	const struct document *chapters, struct why *why) NODISCARD;
/* The chapters that another file gave the item, in a document of nothing else; owned by the caller, NULL without. */
struct document *archive_joined_chapters(struct archive *a, int64_t item);
/* The talk of that conference with this slug, guid or YouTube id; 0 when there is none. conference NULL: any, when it is
 * the only one. */
int64_t archive_talk_for(struct archive *a, const char *conference, const char *key);
/* Whether the path gave items, records, or a talk its words or chapters. */
bool archive_gave(struct archive *a, const char *path);
/* The talk that has this file's words; 0 when none has. */
int64_t archive_joined_talk(struct archive *a, const char *transcript_path);
int64_t archive_chaptered_talk(struct archive *a, const char *chapters_path);

/* --- an item's parts --- */

/* As a document with nothing but chapters (another file's, where one gave some), credits (names filled in from the source's
 * persons), links (the transcript's last), media, soundbites and what only feeds say of it; owned by the caller (document_destroy). */
struct document *archive_parts(struct archive *a, int64_t item) NODISCARD;
/* The same with what the item says of itself: all that its file told but the transcript. */
struct document *archive_document(struct archive *a, const struct archive_item *item) NODISCARD;
/* Of these its episode type alone: "" where nothing says it. Owned by the caller. */
char *archive_episode_type(struct archive *a, int64_t item) NODISCARD;

/* What there are pages of. */
bool archive_has_talks(struct archive *a);
bool archive_has_people(struct archive *a);

/* --- conferences --- */

struct archive_conference {
	struct conference c;  /* title is the name where no file says it */
	size_t n_talks, n_transcripts;
};
/* Newest first. Owned, each freed by archive_conference_free. */
enum err archive_conferences(struct archive *a, struct archive_conference ***conferences, size_t *n, struct why *why)
	NODISCARD;
struct archive_conference *archive_conference_find(struct archive *a, const char *name); /* NULL: there is none */
void archive_conference_free(struct archive_conference *c);

/* --- people --- */

struct archive_person {
	const char *slug, *name, *about, *url, *image, *place;
	size_t n_episodes, n_talks;
	int64_t spoken_ms;    /* in transcripts that name who speaks */
	char *_block;
};
struct archive_appearance {
	int64_t item;
	char *role;           /* "host", "guest", "speaker", "" */
	size_t n_turns;
	int64_t spoken_ms;
};
/* By name; starts_with: only those of whose name a word begins so, whatever its case and accents; NULL: all. */
enum err archive_people(struct archive *a, const char *starts_with, size_t limit, size_t offset,
	struct archive_person ***people, size_t *n, struct why *why) NODISCARD;
struct archive_person *archive_person_find(struct archive *a, const char *slug); /* NULL: there is none */
void archive_person_free(struct archive_person *p);
/* Newest first. Owned. */
enum err archive_appearances(struct archive *a, const char *slug, struct archive_appearance **list, size_t *n,
	struct why *why) NODISCARD;
void archive_appearances_free(struct archive_appearance *list, size_t n);
/* The slug of the person who has this name in that item; owned, NULL when it is nobody or several. */
char *archive_person_slug(struct archive *a, int64_t item, const char *name);

struct people_rules;
/* Who is who, anew after items or rules have changed; call it before archive_settle. rules_hash: of the rules' file. Does
 * nothing when nothing has changed. */
enum err archive_settle_people(struct archive *a, const struct people_rules *rules, uint64_t rules_hash, struct why *why)
	NODISCARD;

#endif
