/* search.h - every spoken word, to the second: DESIGN.md 5's query syntax over the archive, best items first, in each
 * the best moments. A query is data: no input is ever a syntax error. Blocking (bounded by a progress handler of 150
 * ms, then what was found so far with timed_out); a command's thread or a worker's.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SEARCH_H
#define TRANSCRIPTS_SEARCH_H

#include "base/json.h"
#include "transcripts/archive.h"

enum {
	SEARCH_LIMIT_DEFAULT = 20, SEARCH_LIMIT_MAX = 100,
	SEARCH_MOMENTS_DEFAULT = 3, /* a hit */
	SEARCH_HIGHLIGHTS = 20,     /* a hit, where only one person or one item was asked for */
	SEARCH_MOMENTS_MAX = 200,   /* = MOMENTS_MAX */
};

struct search_request {
	struct span query;
	struct span show, conference, speaker, kind, year; /* empty = any; kind: "episode", "talk" or "transcript" */
	struct span item;          /* one item's slug; empty = any */
	bool whole_speaker;        /* speaker is a person's whole name: "Ben" isn't "Ben Hur" */
	size_t limit, offset;
	size_t moments;            /* a hit; 0 = by what was asked for, see above */
	bool with_sponsors;        /* what is said for a sponsor counts too; else no moment is in a sponsor read */
};

struct search_moment {
	double start, end;    /* seconds; start is when the first matched word's cue begins */
	const char *speaker;  /* "" where unknown */
	const char *html;     /* escaped, <mark> around what matched */
	char *url;            /* path with #t=SECONDS */
	bool is_sponsored;    /* in a sponsor read; only where they were asked for */
	bool is_chapter;      /* the words are in the title of the chapter that begins there: html is the title */
};

/* What a list of results shows of an item. */
struct search_item {
	int64_t id;
	enum archive_kind kind;
	const char *show, *conference, *slug, *title;
	int64_t published_ms; /* INT64_MIN = not said */
};

struct search_hit {
	struct search_item *item;
	const char *kind;     /* "episode", "talk" or "transcript"; "post" (planet_store.h) */
	char *url;            /* the item's page, a path; a post's own address */
	double score;         /* higher is better */
	struct search_moment *moments;
	size_t n_moments;     /* 0 where only title or notes matched */
	char *summary;        /* escaped HTML, <mark> around what matched: what the notes say, where there are no moments; or
	                       * NULL */
	char *conference_title; /* a talk's; or NULL */
	char *author;         /* a post's; or NULL */
};

struct search_result {
	size_t total;         /* items that match, over all pages */
	double took_ms;
	char *did_you_mean;   /* NULL without a suggestion */
	struct search_hit *hits;
	size_t n_hits;
	bool timed_out;
	size_t n_ignored;     /* words of the query over QUERY_WORDS_MAX, which weren't looked for */
	size_t n_forms_left_out; /* other forms of its words that weren't looked for either: there were too many */
};

enum err search_run(struct archive *a, const struct search_request *request, struct search_result **result,
	struct why *why) NODISCARD;
void search_result_free(struct search_result *r);
/* DESIGN.md 5's JSON. base_url is put before each url ("" leaves paths). */
void search_write_json(struct json_writer *w, const struct search_request *request, const struct search_result *r,
	struct span base_url);
struct sqlite3;
/* Registers the search's auxiliary function on a connection; archive_open does it, after the tokenizer. */
struct sqlite3;
enum err search_register(struct sqlite3 *db, struct why *why) NODISCARD;

#endif
