/* search_scan.h - the search's inner loop: FTS5 says which items have all words, and calls back once an item; here it
 * is filtered, scored, and, if it is among the best so far, its moments are found.
 *
 * A word's score is bm25 with a weight a column; frequent words are not counted hit by hit: after a dozen the
 * rest is estimated from the length of FTS5's list. Nearness of several words is looked at only in items that could
 * still get among the best by it. The order is thus the same as if everything was looked at. One connection, one
 * thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SEARCH_SCAN_H
#define TRANSCRIPTS_SEARCH_SCAN_H

#include "transcripts/catalogue.h"
#include "transcripts/query.h"
#include "transcripts/search.h"
#include "transcripts/search_walk.h"
#include "transcripts/snippet.h"

struct scan_hit {
	const struct catalogue_item *item;
	double score;
	struct moment *moments;  /* owned */
	size_t n_moments, _room;
	bool in_chapters;        /* a word is in the chapters' titles */
};

struct scan_candidate {
	const struct catalogue_item *item;
	bool in_chapters;
	double score;    /* without the words' nearness */
	size_t lists;    /* where in kept */
};

struct search_scan {
	struct archive *archive;
	struct query *query;
	const struct catalogue *catalogue;
	bool skips_sponsors;     /* what is said for a sponsor doesn't count */
	size_t keep;             /* how many of the best are wanted */
	size_t n_moments;        /* a hit, at most; at least 1 */
	/* Until when it may look: by its own work, so that nobody finds less because others search too, and by the clock. */
	int64_t work_until_us, work_asked_us, wait_until_us;
	/* results */
	struct scan_hit **best;  /* a heap while it runs, best first after scan_finish_order */
	size_t n_best;
	size_t total;
	bool timed_out;
	size_t n_forms_left_out; /* other forms of words that weren't looked for */
	/* private */
	double idf[QUERY_WORDS_MAX], idf_sum; /* by unit */
	struct places places[QUERY_WORDS_MAX];
	struct speech_view view; /* whose turns are whose, for speaker: */
	struct scan_hit *spare;
	size_t next;             /* in the catalogue, behind the item of the row before */
	struct row row;          /* the one that is looked at */
	struct scan_candidate *candidates; /* rows that may be among the best, with their lists in kept */
	size_t n_candidates, candidates_room;
	struct buf kept;
	struct moment *moments;  /* of the item that is looked at */
};

/* Registers carillon_scan() for search_run's statement. */
enum err scan_register(struct sqlite3 *db, struct why *why) NODISCARD;
bool scan_is_late(const struct search_scan *scan);
enum err scan_words(struct search_scan *scan, struct why *why) NODISCARD;
/* Without words: every item that passes the filters; with a speaker, where he begins to speak. */
enum err scan_catalogue(struct search_scan *scan, struct why *why) NODISCARD;
void scan_finish_order(struct search_scan *scan);
void scan_finish(struct search_scan *scan);

#endif
