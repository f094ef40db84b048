/* search_postgres - PostgreSQL with a row a caption line: tsvector, GIN, ts_rank, ts_headline, over a Unix socket.
 * search.mjs runs the server.
 * SPDX-License-Identifier: MIT */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/search_peer.h"

static PGconn *server;

static void run(const char *sql)
{
	PGresult *r = PQexec(server, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_COPY_IN)
		peer_fail(sql, PQerrorMessage(server));
	PQclear(r);
}

static void connect_to(const char *folder)
{
	char how[4200];
	snprintf(how, sizeof how, "host=%s/postgres dbname=postgres user=bench", folder);
	server = PQconnectdb(how);
	if (PQstatus(server) != CONNECTION_OK)
		peer_fail(how, PQerrorMessage(server));
}

static void copy(const char *text, size_t n)
{
	if (PQputCopyData(server, text, (int)n) != 1)
		peer_fail("copy", PQerrorMessage(server));
}

void peer_build(const char *folder)
{
	connect_to(folder);
	run("CREATE TABLE lines(id int PRIMARY KEY, recording text, ms int, text text,"
		" words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)");
	run("COPY lines(id, recording, ms, text) FROM STDIN");
	struct peer_line line;
	char escaped[20000];
	while (peer_next_line(folder, &line)) {
		size_t n = (size_t)snprintf(escaped, sizeof escaped, "%ld\t%s\t%s\t", line.id, line.recording, line.ms);
		for (const char *p = line.text; *p && n < sizeof escaped - 3; p++) {
			if (*p == '\\')
				escaped[n++] = '\\';
			escaped[n++] = *p;
		}
		escaped[n++] = '\n';
		copy(escaped, n);
	}
	if (PQputCopyEnd(server, NULL) != 1)
		peer_fail("copy", PQerrorMessage(server));
	PQclear(PQgetResult(server));
	while (PQgetResult(server))
		;
	run("CREATE INDEX ON lines USING gin(words)");
	run("VACUUM ANALYZE lines");
	PQfinish(server);
}

void peer_open(const char *folder)
{
	connect_to(folder);
	PGresult *r = PQprepare(server, "found", "SELECT recording, ms, ts_headline('simple', text, q) FROM (SELECT recording,"
		" ms, text, q FROM lines, to_tsquery('simple', $1) q WHERE words @@ q ORDER BY ts_rank(words, q) DESC LIMIT 20) best",
		1, NULL);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		peer_fail("prepare", PQerrorMessage(server));
	PQclear(r);
}

size_t peer_query(const struct peer_query *q, size_t *n_bytes)
{
	char text[300] = "";
	for (int i = 0; i < q->n; i++) {
		strcat(text, i ? q->kind == PEER_PHRASE ? " <-> " : " & " : "");
		strcat(text, q->words[i]);
	}
	const char *values[] = {text};
	PGresult *r = PQexecPrepared(server, "found", 1, values, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		peer_fail(text, PQerrorMessage(server));
	size_t n = (size_t)PQntuples(r);
	for (size_t i = 0; i < n; i++)
		*n_bytes += strlen(PQgetvalue(r, (int)i, 2));
	PQclear(r);
	return n;
}
