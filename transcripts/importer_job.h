/* importer_job.h - one run of the importer, for importer*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_JOB_H
#define TRANSCRIPTS_IMPORTER_JOB_H

#include "transcripts/importer.h"
#include "transcripts/importer_ahead.h"
#include "transcripts/importer_files.h"

struct import_ahead;
struct takedown;
struct people_rules;

struct import {
	struct archive *archive;
	const struct importer_site *site;
	const struct importer_report *report;
	struct importer_counts *counts;
	struct file_list list;
	struct buf bytes;      /* of the file being read */
	struct buf more_bytes; /* of the file of its transcript or chapters */
	struct import_ahead *ahead; /* files that are read already; NULL: none */
	struct ahead_file read;     /* the last one of them that was loaded */
	struct corrections *corrections;
	uint64_t rules_hash;   /* of the corrections' file: with other rules every file is read again */
	struct takedown *takedown;
	struct people_rules *takedown_people; /* who is who, for it */
	uint64_t takedown_hash;
	size_t n_puts, n_looked_at;
	char **unknown_shows;  /* reported */
	size_t n_unknown_shows;
	struct planet_store *planet; /* opened when a planet's page comes */
	struct why *why;
};

/* Counts and reports a fault; file as it opens, line 0 = none. */
void import_fault(struct import *in, const char *file, int line, const char *text);
void import_fault_format(struct import *in, const char *file, int line, const char *format, ...) PRINTF(4, 5);
/* After each change: what was put reaches the disk in batches. */
enum err import_next_put(struct import *in) NODISCARD;
struct transcript;
/* Reads SITE/corrections.yaml; faults in it are reported. */
void import_read_corrections(struct import *in);
/* Reads SITE/takedown.yaml; faults in it are reported. E_FORMAT: nobody knows what may be published, so nothing may be
 * read. */
enum err import_read_takedown(struct import *in) NODISCARD;
/* After all files: rules that mean nothing are reported. */
void import_end_takedown(struct import *in);
/* Corrects what f gave, before it is put. */
void import_correct(struct import *in, const struct listed_file *f, const char *place, struct transcript *t);
struct planet_store;
/* After all files: people and references by SITE/people.yaml and SITE/references.yaml, whose faults are reported, then what is
 * derived from all items. */
enum err import_settle(struct import *in) NODISCARD;
/* Reads the file's bytes and their hash; false: reported. */
bool import_load(struct import *in, struct listed_file *f, struct buf *bytes);
/* name, reason and n_*: as in struct importer_file. */
void import_report_file(struct import *in, struct listed_file *f, enum importer_outcome outcome, const char *name,
	const char *reason, size_t n_turns, size_t n_cues, const char *records);
/* Of its bytes, of what is said of it, and of the rules: what the archive remembers. Any thread. */
uint64_t import_hash(const struct import *in, const struct listed_file *f, struct span bytes);
/* By its content, or as its owner says. Any thread. */
struct document *import_parse_document(const struct listed_file *f, const struct buf *bytes, const struct dialect_faults *faults)
	NODISCARD;
/* What was made ahead of the document that was read last; NULL: nothing. */
const struct archive_prepared *import_prepared(const struct import *in, const struct listed_file *f);
/* How faults inside a file are reported under its name. */
struct import_fault_context {
	struct import *in;
	const struct listed_file *file;
};
void import_fault_in_file(void *context, int line, const char *text);
/* The show that a name in a file means; reports, once a run, one that isn't configured. */
const char *import_show(struct import *in, const struct listed_file *f, const char *name);
/* The document of bytes that were loaded before; its faults are reported. */
struct document *import_read_document(struct import *in, const struct listed_file *f, const struct buf *bytes) NODISCARD;
void import_report_unknown(struct import *in, struct listed_file *f, const struct document *d);
/* Puts an item; where the slug's holder has vanished (a renamed file) it makes room, and where it comes later in the list:
 * then this one would have the slug in a rebuild. *taken is false after a clash, which is reported. */
enum err import_put(struct import *in, const struct listed_file *f, const struct archive_file *file, bool *taken)
	NODISCARD;

/* --- what files are (importer_kinds.c) --- */

/* Sets what each listed file's owner says that it is. */
enum err import_tell_kinds(struct import *in) NODISCARD;
/* Who says so: "carillon.yaml:12 says so". */
void import_told_by(const struct listed_file *f, struct buf *out);
/* What is in the file, looked at once a run; in->more_bytes is used for it. */
enum listed_content import_look(struct import *in, struct listed_file *f);

/* --- episodes' pages (importer_page.c) --- */

/* A file that may be one. */
enum err import_page(struct import *in, struct listed_file *page) NODISCARD;
/* Handles it when it is in the archive as it is; *done says so. */
enum err import_keep_page(struct import *in, struct listed_file *page, bool *done) NODISCARD;
enum err import_read_page(struct import *in, struct listed_file *page, const struct document *d) NODISCARD;
/* An unchanged file may still belong elsewhere since the configuration has changed. */
bool import_is_show_right(const struct import *in, const struct archive_known *known);

/* --- files of chapters (importer_chapters.c) --- */

/* Reads them; NULL: there are none (reported). is_claimed: a page names the file, so that it may be mere lines. */
struct document *import_read_chapters(struct import *in, struct listed_file *f, bool is_claimed) NODISCARD;
/* Of several for one recording the least: 0 = says most. */
int import_chapters_preference(const struct listed_file *f);
void import_report_chapters(struct import *in, struct listed_file *f, const struct document *d, const char *owner);
/* One that no page has taken, to the talk that it belongs to; else it is reported. */
enum err import_chapters_alone(struct import *in, struct listed_file *f, const struct document *d) NODISCARD;

/* --- files of many records, and their talks --- */

/* Whether it is worth a try. */
bool import_may_be_collection(struct span bytes);
/* Puts the file when it holds many records; *done says whether it does. */
enum err import_collection(struct import *in, struct listed_file *f, bool *done) NODISCARD;
/* A file that stood alone or with a talk until now belongs elsewhere. */
enum err import_remove_own_item(struct import *in, const struct listed_file *f) NODISCARD;
/* Gives a transcript to its talk (f->talk); *done says whether there is one. */
enum err import_joined_to_talk(struct import *in, struct listed_file *f, struct document *d, bool *done) NODISCARD;
/* The talk that the file belongs to by its name; 0 for none. */
int64_t import_talk_of(struct import *in, const struct listed_file *f);
/* Of several transcripts of one talk: 0 = in the talk's language by its name ("talk.en.vtt"), 1 = its name says none, 2 =
 * in another. */
int import_talk_preference(struct import *in, const struct listed_file *f);
/* Puts the transcripts and the chapters of talks: one of each a talk, the first that is one. */
enum err import_talks_files(struct import *in) NODISCARD;
/* Puts a file that nothing else was made of: a transcript alone, or what it turns out to be. */
enum err import_alone(struct import *in, struct listed_file *f) NODISCARD;
bool import_is_media(const char *path);
/* True, and reported, when the archive has the file's words as they are: with its talk, or with an episode whose page has
 * vanished. */
bool import_kept_with_talk(struct import *in, struct listed_file *f);
bool import_kept_without_page(struct import *in, struct listed_file *f);
void import_keep_alone(struct import *in, struct listed_file *f, size_t n_turns, size_t n_cues);
/* Puts the posts of a planet's page, whose bytes are in in->bytes, into the planet. */
enum err import_planet_page(struct import *in, struct listed_file *f) NODISCARD;
/* As import_vanished, for what the planet has. */
enum err import_planet_vanished(struct import *in) NODISCARD;
/* Reports what has vanished, or forgets it. */
enum err import_vanished(struct import *in) NODISCARD;

#endif
