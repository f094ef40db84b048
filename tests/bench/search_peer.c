/* SPDX-License-Identifier: MIT */
#include "tests/bench/search_peer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUERIES_MAX = 4000 };
static struct peer_query queries[QUERIES_MAX];
static int n_queries;

void peer_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static double now_us(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static FILE *open_file(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	if (!file)
		peer_fail(path, "can't be opened");
	return file;
}

int peer_next_line(const char *folder, struct peer_line *line)
{
	static FILE *file;
	static char *text;
	static size_t room;
	if (!file)
		file = open_file(folder, "lines.tsv");
	ssize_t n = getline(&text, &room, file);
	if (n <= 0) {
		fclose(file);
		file = NULL;
		return 0;
	}
	text[strcspn(text, "\n")] = '\0';
	char *rest = text;
	line->id = atol(strsep(&rest, "\t"));
	line->recording = strsep(&rest, "\t");
	line->ms = strsep(&rest, "\t");
	line->text = rest ? rest : "";
	return 1;
}

static void read_queries(const char *folder)
{
	FILE *file = open_file(folder, "queries.tsv");
	char *line = NULL;
	size_t room = 0;
	while (getline(&line, &room, file) > 0 && n_queries < QUERIES_MAX) {
		struct peer_query *q = &queries[n_queries++];
		char *rest = line, *kind;
		line[strcspn(line, "\n")] = '\0';
		kind = strsep(&rest, "\t");
		q->kind = !strcmp(kind, "one") ? PEER_ONE : !strcmp(kind, "two") ? PEER_TWO : PEER_PHRASE;
		q->text = strdup(rest);
		char *words = strdup(rest);
		while (words && q->n < PEER_WORDS_MAX)
			q->words[q->n++] = strsep(&words, " ");
	}
	free(line);
	fclose(file);
}

static void run(int from, int to)
{
	size_t n_hits = 0, n_bytes = 0;
	for (int i = from; i < to && i < n_queries; i++) {
		double wall = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
		n_hits += peer_query(&queries[i], &n_bytes);
		cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		printf("%.1f %.1f ", now_us(CLOCK_MONOTONIC) - wall, cpu);
	}
	printf("%zu %zu\n", n_hits, n_bytes);
}

int main(int argc, char **argv)
{
	char line[100];
	bool is_open = false;
	if (argc != 2)
		peer_fail(argv[0], "usage: search_NAME FOLDER");
	read_queries(argv[1]);
	while (fgets(line, sizeof line, stdin)) {
		int from, to;
		if (!strcmp(line, "build\n")) {
			double wall = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
			peer_build(argv[1]);
			cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
			printf("%.3f %.3f\n", cpu / 1e6, (now_us(CLOCK_MONOTONIC) - wall) / 1e6);
		} else if (sscanf(line, "run %d %d", &from, &to) == 2) {
			if (!is_open)
				peer_open(argv[1]);
			is_open = true;
			run(from, to);
		} else {
			peer_fail(line, "is no command");
		}
		fflush(stdout);
	}
	return 0;
}
