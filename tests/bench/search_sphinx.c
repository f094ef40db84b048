/* search_sphinx - Sphinx' searchd over its own query language on a Unix socket: the default ranking (nearness and BM25),
 * SNIPPET(). search.mjs has built the index and runs the server.
 * SPDX-License-Identifier: MIT */
#include <mysql.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/search_peer.h"

static MYSQL *server;

void peer_build(const char *folder)
{
	peer_fail(folder, "Sphinx' own indexer does it");
}

void peer_open(const char *folder)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/sphinx.sock", folder);
	server = mysql_init(NULL);
	if (!mysql_real_connect(server, NULL, NULL, NULL, NULL, 0, path, 0))
		peer_fail(path, mysql_error(server));
}

size_t peer_query(const struct peer_query *q, size_t *n_bytes)
{
	char sql[600];
	const char *quote = q->kind == PEER_PHRASE ? "\"" : "";
	snprintf(sql, sizeof sql, "SELECT id, recording, ms, SNIPPET(text, '%s%s%s', 'around=8') FROM lines WHERE"
		" MATCH('%s%s%s') LIMIT %d", quote, q->text, quote, quote, q->text, quote, PEER_HITS);
	if (mysql_query(server, sql))
		peer_fail(sql, mysql_error(server));
	MYSQL_RES *rows = mysql_store_result(server);
	MYSQL_ROW row;
	size_t n = 0;
	for (; rows && (row = mysql_fetch_row(rows)); n++)
		*n_bytes += strlen(row[3]);
	mysql_free_result(rows);
	return n;
}
