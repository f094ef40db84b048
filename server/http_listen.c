/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/http_conn.h"
#include "server/ws_handshake.h"

enum { ACCEPTS_A_TURN = 64, BACKLOG = 511, TICK_MS = 1000 };

/* "127.0.0.1:8080" or "[::1]:8080". */
static bool parse_address(struct span where, struct sockaddr_storage *out, socklen_t *n)
{
	size_t colon = where.n;
	while (colon && where.p[colon - 1] != ':')
		colon--;
	int64_t port;
	char host[64];
	if (!colon || !span_to_i64(span_from(where, colon), &port) || port < 0 || port > 65535)
		return false;
	struct span address = span_make(where.p, colon - 1);
	bool is_6 = address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']';
	if (is_6)
		address = span_make(address.p + 1, address.n - 2);
	if (address.n == 0 || address.n >= sizeof(host))
		return false;
	memcpy(host, address.p, address.n);
	host[address.n] = '\0';
	memset(out, 0, sizeof(*out));
	if (is_6) {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		*n = sizeof(*six);
		return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
	}
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	four->sin_family = AF_INET;
	four->sin_port = htons((uint16_t)port);
	*n = sizeof(*four);
	return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

/* Text of the address, mapped IPv4 as IPv4; its port and whether it is this machine. */
static void name_address(const struct sockaddr_storage *a, char text[INET6_ADDRSTRLEN], int *port, bool *is_loopback)
{
	*is_loopback = false;
	*port = 0;
	text[0] = '\0';
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)a;
		inet_ntop(AF_INET, &four->sin_addr, text, INET6_ADDRSTRLEN);
		*port = ntohs(four->sin_port);
		*is_loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
	} else if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;
		*port = ntohs(six->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
			inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, INET6_ADDRSTRLEN);
			*is_loopback = six->sin6_addr.s6_addr[12] == 127;
		} else {
			inet_ntop(AF_INET6, &six->sin6_addr, text, INET6_ADDRSTRLEN);
			*is_loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
		}
	}
}

static enum err cannot_listen(const char *where, struct why *why)
{
	switch (errno) {
	case EADDRINUSE:
		return why_set(why, E_DENIED, "%s is in use; stop the other program or choose another --listen", where);
	case EACCES:
		return why_set(why, E_DENIED, "%s may not be listened on by this user; choose a port above 1023", where);
	case EADDRNOTAVAIL:
		return why_set(why, E_IO, "%s is no address of this machine; choose another --listen", where);
	default:
		return why_set(why, E_IO, "can't listen on %s: %s", where, strerror(errno));
	}
}

static enum err listen_socket(const char *where, int *fd, char name[80], int *port, struct why *why)
{
	struct sockaddr_storage address;
	socklen_t n;
	int on = 1;
	if (!parse_address(span_of(where), &address, &n))
		return why_set(why, E_FORMAT, "%s is no address to listen on; write ADDR:PORT, as 127.0.0.1:8080 or [::1]:8080",
			where);
	*fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return cannot_listen(where, why);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(*fd, (struct sockaddr *)&address, n) != 0 || listen(*fd, BACKLOG) != 0 ||
	    getsockname(*fd, (struct sockaddr *)&address, &n) != 0) {
		enum err e = cannot_listen(where, why);
		close(*fd);
		return e;
	}
	char text[INET6_ADDRSTRLEN];
	bool is_loopback;
	name_address(&address, text, port, &is_loopback);
	snprintf(name, 80, address.ss_family == AF_INET6 ? "[%s]:%d" : "%s:%d", text, *port);
	return OK;
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Out of descriptors in spite of the cap: a waiting connection would make the listener readable for ever. One
 * descriptor is kept to take it and turn it away. */
static void turn_away(struct http_listener *hl)
{
	DIAG(DIAG_ERROR, "http", "out of descriptors; connections are turned away");
	if (hl->spare < 0)
		return;
	close(hl->spare);
	int fd = accept4(hl->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	hl->spare = open_spare();
}

static void acceptable(uv_poll_t *handle, int status, int events)
{
	struct http_listener *hl = handle->data;
	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage address;
		socklen_t n = sizeof(address);
		char peer[INET6_ADDRSTRLEN];
		int port, on = 1;
		bool is_loopback;
		int fd = accept4(hl->fd, (struct sockaddr *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE)
				turn_away(hl);
			return;
		}
		name_address(&address, peer, &port, &is_loopback);
		if (!guard_admit(&hl->loop->guard, peer, is_loopback)) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		http_conn_start(hl, fd, peer);
	}
}

static void ticked(uv_timer_t *timer)
{
	struct http_listener *hl = timer->data;
	int64_t now = clock_mono_ms();
	for (struct http_conn *c = hl->conns, *next; c; c = next) {
		next = c->next;
		http_conn_tick(c, now);
	}
	ws_tick(hl->loop);
}

struct http_listener *http_listener_create(struct loop *l, int fd)
{
	struct http_listener *hl = mem_new(1, sizeof(*hl));
	hl->loop = l;
	hl->fd = fd;
	hl->spare = open_spare();
	hl->poll.data = hl->tick.data = hl;
	ASSERT(uv_poll_init(&l->uv, &hl->poll, fd) == 0);
	uv_poll_start(&hl->poll, UV_READABLE, acceptable);
	uv_timer_init(&l->uv, &hl->tick);
	uv_timer_start(&hl->tick, ticked, TICK_MS, TICK_MS);
	return hl;
}

/* Only the closing of the connection that is looked at can happen in the loops below: routes are told, no more. */
void http_listener_stop(struct http_listener *hl)
{
	if (!hl || hl->is_stopped)
		return;
	hl->is_stopped = true;
	uv_poll_stop(&hl->poll);
	close(hl->fd);
	close(hl->spare);
	for (struct http_conn *c = hl->conns, *next; c; c = next) {
		next = c->next;
		if (c->state == HTTP_READING && !c->h)
			http_conn_close(c);
		else if (c->h && c->h->stream)
			http_stream_end(c->h);
	}
}

void http_listener_close_all(struct http_listener *hl)
{
	while (hl && hl->conns)
		http_conn_close(hl->conns);
}

bool http_listener_has_connections(const struct http_listener *hl)
{
	return hl && hl->conns;
}

static void handle_gone(uv_handle_t *handle)
{
	struct http_listener *hl = handle->data;
	if (--hl->closing == 0)
		free(hl);
}

void http_listener_destroy(struct http_listener *hl)
{
	if (!hl)
		return;
	ASSERT(hl->is_stopped && !hl->conns);
	hl->closing = 2;
	uv_close((uv_handle_t *)&hl->poll, handle_gone);
	uv_close((uv_handle_t *)&hl->tick, handle_gone);
}

enum err loop_listen(struct loop *l, const char *where, struct why *why)
{
	int fd = -1;
	ASSERT(l->lws && !l->_listener);
	enum err e = listen_socket(where, &fd, l->listening, &l->port, why);
	if (e)
		return e;
	l->_listener = http_listener_create(l, fd);
	return OK;
}
