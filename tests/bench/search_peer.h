/* search_peer.h - what the programs share that tests/bench/search.mjs drives, each a search engine with the same lines
 * and the same queries:
 *
 *   search_NAME FOLDER     FOLDER/lines.tsv: number, recording, milliseconds, text; FOLDER/queries.tsv: kind, words
 *
 * reads commands: `build` answers with seconds of processor time and of the clock; `run FROM TO` with each query's
 * microseconds on the clock and of processor time (own; a server's isn't seen), then how many hits and bytes of snippets
 * there were.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_SEARCH_PEER_H
#define TESTS_BENCH_SEARCH_PEER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PEER_WORDS_MAX = 3, PEER_HITS = 20 };
enum peer_kind { PEER_ONE, PEER_TWO, PEER_PHRASE };
struct peer_query {
	enum peer_kind kind;
	const char *words[PEER_WORDS_MAX];
	int n;
	const char *text; /* all of them, a blank between */
};

/* Each program has these three. */
void peer_build(const char *folder);
void peer_open(const char *folder);
/* Finds the 20 best with a snippet each; returns how many, adds the snippets' bytes. */
size_t peer_query(const struct peer_query *q, size_t *n_bytes);

/* FOLDER/lines.tsv, line by line; the strings hold until the next call. False at the end. */
struct peer_line {
	long id;
	const char *recording, *ms, *text;
};
int peer_next_line(const char *folder, struct peer_line *line);
void peer_fail(const char *what, const char *why);

#ifdef __cplusplus
}
#endif

#endif
