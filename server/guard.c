/* SPDX-License-Identifier: MIT */
#include "server/guard.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/diag.h"
#include "base/mem.h"
#include "server/http_head.h"

enum {
	BUCKETS = 1024,
	/* libwebsockets sizes tables by the limit, and some containers have one of a thousand million. */
	FDS_ENOUGH = 1 << 18,
};

struct guard_peer {
	struct guard_peer *next;
	unsigned connections;
	char address[];
};

static unsigned open_descriptors(void)
{
	unsigned n = 0;
	DIR *folder = opendir("/proc/self/fd");
	if (!folder)
		return 16;
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

void guard_init(struct guard *g)
{
	struct rlimit limit;
	*g = (struct guard){.per_address = GUARD_PER_ADDRESS, .per_loopback = GUARD_PER_LOOPBACK};
	g->_peers = mem_new(BUCKETS, sizeof(*g->_peers));
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = limit.rlim_max = 1024;
	limit.rlim_cur = limit.rlim_max < FDS_ENOUGH ? limit.rlim_max : FDS_ENOUGH;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = 1024;
	unsigned taken = open_descriptors() + GUARD_FDS_FREE;
	g->connections_max = limit.rlim_cur > taken + 8 ? (unsigned)limit.rlim_cur - taken : 8;
}

void guard_finish(struct guard *g)
{
	for (size_t i = 0; g->_peers && i < BUCKETS; i++)
		ASSERT(!g->_peers[i]);
	free(g->_peers);
	g->_peers = NULL;
}

_Static_assert(GUARD_NAME_MAX == INET6_ADDRSTRLEN, "a name is an address");

void guard_name_peer(const char *address, char name[GUARD_NAME_MAX])
{
	struct in6_addr six;
	if (inet_pton(AF_INET6, address, &six) == 1) {
		memset(&six.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &six, name, INET6_ADDRSTRLEN);
	} else {
		snprintf(name, INET6_ADDRSTRLEN, "%s", address);
	}
}

static struct guard_peer **find_peer(struct guard *g, const char *address)
{
	struct guard_peer **p = &g->_peers[span_hash(span_of(address)) % BUCKETS];
	while (*p && strcmp((*p)->address, address) != 0)
		p = &(*p)->next;
	return p;
}

bool guard_admit(struct guard *g, const char *address, bool is_loopback)
{
	char name[INET6_ADDRSTRLEN];
	guard_name_peer(address, name);
	struct guard_peer **p = find_peer(g, name);
	unsigned most = is_loopback ? g->per_loopback : g->per_address;
	if (g->connections >= g->connections_max || (*p ? (*p)->connections : 0) >= most) {
		g->refused++;
		DIAG(DIAG_WARN, "guard", "connection of %s refused: %s", address,
			g->connections >= g->connections_max ? "no descriptors to spare" : "too many of that address");
		return false;
	}
	if (!*p) {
		size_t n = strlen(name) + 1;
		*p = mem_new(1, sizeof(**p) + n);
		memcpy((*p)->address, name, n);
	}
	(*p)->connections++;
	g->connections++;
	return true;
}

void guard_leave(struct guard *g, const char *address)
{
	char name[INET6_ADDRSTRLEN];
	guard_name_peer(address, name);
	struct guard_peer **p = find_peer(g, name), *gone = *p;
	ASSERT(gone && g->connections > 0);
	g->connections--;
	if (--gone->connections == 0) {
		*p = gone->next;
		free(gone);
	}
}

int guard_body_length(const struct http_head *head, size_t limit, size_t *length)
{
	*length = 0;
	if (http_head_count(head, "transfer-encoding"))
		return 501;
	size_t n = http_head_count(head, "content-length");
	if (n == 0)
		return 0;
	struct span digits = http_head_get(head, "content-length");
	if (n > 1 || digits.n == 0)
		return 400;
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return 400;
	if (digits.n > 18) /* more than any limit, and than size_t may hold */
		return 413;
	for (size_t i = 0; i < digits.n; i++)
		*length = *length * 10 + (size_t)(digits.p[i] - '0');
	return *length > limit ? 413 : 0;
}

/* The base64 of 16 bytes (RFC 6455 4.1). */
static bool is_websocket_key(struct span key)
{
	if (key.n != 24 || key.p[22] != '=' || key.p[23] != '=')
		return false;
	for (size_t i = 0; i < 22; i++) {
		char c = key.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
			return false;
	}
	return true;
}

int guard_upgrade(const struct http_head *head)
{
	if (!http_head_count(head, "upgrade") && !http_head_count(head, "http2-settings"))
		return GUARD_PLAIN;
	if (http_head_count(head, "upgrade") != 1 ||
	    !span_equal_nocase(http_head_get(head, "upgrade"), SPAN_LITERAL("websocket")))
		return 400;
	if (!span_is(head->method, "GET") || head->minor != 1 || !http_head_lists(head, "connection", "upgrade") ||
	    http_head_count(head, "sec-websocket-key") != 1 ||
	    !is_websocket_key(http_head_get(head, "sec-websocket-key")))
		return 400;
	if (http_head_count(head, "sec-websocket-version") != 1)
		return 400;
	return span_is(http_head_get(head, "sec-websocket-version"), "13") ? GUARD_WEBSOCKET : 426;
}

bool guard_origin(const struct http_head *head)
{
	struct span origin = http_head_get(head, "origin"), host = http_head_get(head, "host");
	size_t n = http_head_count(head, "origin");
	if (n == 0)
		return true; /* no browser: nobody's cookies or pages are at stake */
	if (n > 1 || host.n == 0)
		return false;
	/* Behind a proxy that ends TLS the page is https and this connection isn't, so both schemes are the same host's. */
	if (span_starts(origin, "http://"))
		return span_equal_nocase(span_from(origin, 7), host);
	if (span_starts(origin, "https://"))
		return span_equal_nocase(span_from(origin, 8), host);
	return false;
}

void guard_lws_info(const struct guard *g, struct lws_context_creation_info *info)
{
	static const lws_retry_bo_t idle = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 45};
	info->alpn = "http/1.1"; /* 4.1.6's HTTP/2 has neither CONTINUATION nor reset limits */
	info->max_http_header_data = HTTP_HEAD_MAX;
	info->pt_serv_buf_size = 16384;
	info->fd_limit_per_thread = g->connections_max + GUARD_FDS_FREE;
	info->retry_and_idle_policy = &idle;
	info->extensions = NULL; /* no permessage-deflate: nothing from outside is inflated */
	info->server_string = "";
}

void guard_lws_log(int level, const char *line)
{
	size_t n = strlen(line);
	while (n && (line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	if (level == LLL_ERR)
		DIAG(DIAG_WARN, "lws", "%.*s", (int)n, line);
	else
		DIAG(DIAG_DEBUG, "lws", "%.*s", (int)n, line);
}
