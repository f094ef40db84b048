/* Datagrams, one event in each, as MediaWiki's $wgRCFeeds sends them: udp://ADDR:PORT, or udp://ADDR:PORT/PREFIX, where
 * the sender puts "PREFIX " before each and a line's end behind. The address is the one that is listened on. Nothing can be
 * asked for again: what the kernel had no room for is lost, and counted.
 * SPDX-License-Identifier: MIT */
#include "server/source_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/loop.h"

enum {
	DATAGRAM_MAX = 64 << 10,   /* no datagram is larger */
	MEDIAWIKI_CUTS_AT = 65507, /* bytes: the largest datagram over IPv4 */
	READ_TOGETHER = 16,
	READS_A_TURN = 16,         /* then the others on the loop have theirs */
	KERNEL_ROOM = 16 << 20,    /* bytes asked for; the kernel gives what it may */
	LAST_READS = 1024,         /* at the end */
	RETRY_MS = 3000,
	WHERE_MAX = INET6_ADDRSTRLEN + 10,
};

/* What one read took off the socket; from `at` on the log had no room yet. */
struct hand {
	char bytes[READ_TOGETHER][DATAGRAM_MAX];
	struct sockaddr_in6 from[READ_TOGETHER];
	struct iovec places[READ_TOGETHER];
	struct mmsghdr messages[READ_TOGETHER];
	size_t at, n;
};

struct udp_source {
	struct source base;
	struct sockaddr_storage address;
	socklen_t address_size;
	char where[WHERE_MAX];     /* address and port, for people */
	struct span prefix;        /* with its blank; of the url */
	char *_prefix;
	struct in6_addr *allowed;  /* IPv4 ones mapped; as many as wanted->from has */
	int fd;                    /* -1: not bound */
	uv_poll_t *poll;           /* NULL: not bound */
	uv_timer_t retry;
	uint32_t n_lost;           /* as the kernel last counted */
	bool said_it_failed;
	struct hand hand;
};

static void listen_on(struct udp_source *u);

/* Where. */

static bool set_address(struct udp_source *u, const char *host, int port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&u->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&u->address;
	if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		u->address_size = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	u->address_size = sizeof *v6;
	return true;
}

static enum err parse(struct udp_source *u, struct span url, struct why *why)
{
	char host[INET6_ADDRSTRLEN];
	struct span rest = span_from(url, sizeof "udp://" - 1);
	struct span authority = span_make(rest.p, span_find(rest, '/')), prefix = span_from(rest, authority.n + 1);
	bool brackets = span_starts(authority, "[");
	size_t end = brackets ? span_find(authority, ']') + 1 : span_find(authority, ':');
	struct span name = brackets ? span_make(authority.p + 1, end - 2) : span_make(authority.p, end);
	struct span port = span_from(authority, end);
	int64_t number;
	if (end >= authority.n || !span_starts(port, ":") || !span_to_i64(span_from(port, 1), &number) || number < 1 ||
	    number > 65535)
		return why_set(why, E_FORMAT, "'%.*s' has no port; write url: udp://127.0.0.1:1338", SPAN_ARG(url));
	snprintf(host, sizeof host, "%.*s", SPAN_ARG(name));
	if (name.n >= sizeof host || !set_address(u, host, (int)number) || brackets != (u->address.ss_family == AF_INET6))
		return why_set(why, E_FORMAT, "'%.*s' is no address of this machine to listen on; write url: udp://127.0.0.1:%d, "
			"udp://[::1]:%d, or udp://0.0.0.0:%d for all of them", SPAN_ARG(name), (int)number, (int)number, (int)number);
	snprintf(u->where, sizeof u->where, "%.*s", SPAN_ARG(authority));
	if (prefix.n) {
		struct buf text = {0};
		buf_format(&text, "%.*s ", SPAN_ARG(prefix));
		u->_prefix = buf_take(&text);
		u->prefix = span_of(u->_prefix);
	}
	return OK;
}

/* Who. */

static struct in6_addr mapped(const void *v4)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
	memcpy(address.s6_addr + 12, v4, 4);
	return address;
}

static struct in6_addr sender(const struct sockaddr_in6 *from)
{
	if (from->sin6_family == AF_INET)
		return mapped(&((const struct sockaddr_in *)(const void *)from)->sin_addr);
	return from->sin6_addr;
}

static void read_allowed(struct udp_source *u)
{
	const struct config_list *from = &u->base.wanted->from;
	u->allowed = mem_new(from->n + 1, sizeof *u->allowed);
	for (size_t i = 0; i < from->n; i++) {
		struct in_addr v4;
		if (inet_pton(AF_INET, from->items[i], &v4) == 1)
			u->allowed[i] = mapped(&v4);
		else if (inet_pton(AF_INET6, from->items[i], &u->allowed[i]) != 1)
			u->allowed[i] = in6addr_any; /* the configuration was checked; nobody sends from there */
	}
}

static bool may_send(const struct udp_source *u, const struct sockaddr_in6 *from)
{
	struct in6_addr address = sender(from);
	size_t n = u->base.wanted->from.n;
	for (size_t i = 0; i < n; i++)
		if (memcmp(&address, &u->allowed[i], sizeof address) == 0)
			return true;
	return n == 0;
}

static void tell_refused(const struct udp_source *u, const struct sockaddr_in6 *from)
{
	char text[INET6_ADDRSTRLEN] = "";
	if (from->sin6_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from)->sin_addr, text, sizeof text);
	else
		inet_ntop(AF_INET6, &from->sin6_addr, text, sizeof text);
	DIAG(DIAG_WARN, "source", "%s: a datagram of %s was dropped; 'from' names who may send", u->base.wanted->name, text);
}

/* What. */

static bool is_json(struct span text)
{
	cJSON *tree = json_parse(text, NULL);
	bool is = tree;
	cJSON_Delete(tree);
	return is;
}

/* E_FULL: the log has no room for it now. */
static enum err take(struct udp_source *u, struct span datagram, bool was_cut, const struct sockaddr_in6 *from)
{
	struct ingest_source *in = u->base.in;
	const struct span nowhere = {0};
	if (!may_send(u, from)) {
		tell_refused(u, from);
		return ingest_skip(in, SKIP_SENDER, nowhere);
	}
	struct span message = datagram;
	if (u->prefix.n) {
		if (!span_starts(datagram, u->prefix.p))
			return ingest_skip(in, SKIP_TYPE, nowhere);
		message = span_trim(span_from(datagram, u->prefix.n));
	}
	if (was_cut || (datagram.n >= MEDIAWIKI_CUTS_AT && !is_json(message)))
		return ingest_skip(in, SKIP_CUT, nowhere);
	enum err e = ingest_message(in, message, nowhere);
	if (!e)
		u->base.last_message_ms = clock_mono_ms();
	return e;
}

/* False: the log has no room for what is left. */
static bool take_hand(struct udp_source *u)
{
	struct hand *h = &u->hand;
	for (; h->at < h->n; h->at++) {
		const struct mmsghdr *m = &h->messages[h->at];
		if (take(u, span_make(h->bytes[h->at], m->msg_len), m->msg_hdr.msg_flags & MSG_TRUNC, &h->from[h->at]))
			return false;
	}
	return true;
}

/* The socket. */

static void count_lost(struct udp_source *u)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof info;
	if (getsockopt(u->fd, SOL_SOCKET, SO_MEMINFO, info, &size) || info[SK_MEMINFO_DROPS] == u->n_lost)
		return;
	uint32_t n = info[SK_MEMINFO_DROPS] - u->n_lost; /* it may wrap */
	u->n_lost = info[SK_MEMINFO_DROPS];
	ingest_lost(u->base.in, n);
	DIAG(DIAG_WARN, "source", "%s: %lu datagrams were lost: they came faster than they were read; raise "
		"net.core.rmem_max", u->base.wanted->name, (unsigned long)n);
}

static void on_poll_gone(uv_handle_t *handle)
{
	free(handle);
}

static void let_go(struct udp_source *u)
{
	if (u->poll)
		uv_close((uv_handle_t *)u->poll, on_poll_gone);
	u->poll = NULL;
	if (u->fd >= 0) {
		count_lost(u);
		close(u->fd);
	}
	u->fd = -1;
}

static void on_retry(uv_timer_t *timer)
{
	struct udp_source *u = timer->data;
	u->base.reconnects++;
	listen_on(u);
}

/* number: errno's. */
static void fail(struct udp_source *u, int number)
{
	const char *what = number == EADDRINUSE ? "another program has it"
		: number == EADDRNOTAVAIL ? "it is no address of this machine"
		: number == EACCES ? "this user may not; choose a port above 1023"
		: strerror(number);
	let_go(u);
	source_say(&u->base, SOURCE_FAILED, "can't hear on %s: %s; trying again every %d s", u->where, what, RETRY_MS / 1000);
	if (!u->said_it_failed)
		DIAG(DIAG_ERROR, "source", "%s: %s", u->base.wanted->name, u->base.text);
	u->said_it_failed = true;
	uv_timer_start(&u->retry, on_retry, RETRY_MS, 0);
}

/* How many came; -1 with errno. */
static int read_hand(struct udp_source *u)
{
	struct hand *h = &u->hand;
	for (size_t i = 0; i < READ_TOGETHER; i++) {
		h->places[i] = (struct iovec){.iov_base = h->bytes[i], .iov_len = DATAGRAM_MAX};
		h->messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &h->from[i], .msg_namelen = sizeof h->from[i],
			.msg_iov = &h->places[i], .msg_iovlen = 1}};
	}
	int n;
	do
		n = recvmmsg(u->fd, h->messages, READ_TOGETHER, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	h->at = 0;
	h->n = n > 0 ? (size_t)n : 0;
	return n;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct udp_source *u = poll->data;
	(void)events;
	if (status < 0) {
		fail(u, -status);
		return;
	}
	for (int i = 0; i < READS_A_TURN; i++) {
		int n = read_hand(u);
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			fail(u, errno);
			return;
		}
		if (!take_hand(u)) {
			uv_poll_stop(u->poll);
			break;
		}
		if (n < READ_TOGETHER)
			break;
	}
	count_lost(u);
}

static void resume(struct source *source)
{
	struct udp_source *u = (struct udp_source *)source;
	if (take_hand(u) && u->poll)
		uv_poll_start(u->poll, UV_READABLE, on_readable);
}

/* An errno, or 0. */
static int open_socket(struct udp_source *u)
{
	const int room = KERNEL_ROOM, no = 0;
	u->n_lost = 0;
	u->fd = socket(u->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0)
		return errno;
	/* Beyond the limit for everybody only with the right to it; what is refused leaves the smaller room. */
	if (setsockopt(u->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
		(void)setsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (u->address.ss_family == AF_INET6)
		(void)setsockopt(u->fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	if (bind(u->fd, (const struct sockaddr *)&u->address, u->address_size))
		return errno;
	u->poll = mem_new(1, sizeof *u->poll);
	int e = uv_poll_init(&u->base.loop->uv, u->poll, u->fd);
	if (e) {
		free(u->poll);
		u->poll = NULL;
		return -e;
	}
	u->poll->data = u;
	return -uv_poll_start(u->poll, UV_READABLE, on_readable);
}

static void listen_on(struct udp_source *u)
{
	int number = open_socket(u);
	if (number) {
		fail(u, number);
		return;
	}
	int room = 0;
	socklen_t size = sizeof room;
	(void)getsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &room, &size);
	u->said_it_failed = false;
	source_say(&u->base, SOURCE_LIVE, "hearing datagrams on %s", u->where);
	DIAG(DIAG_INFO, "source", "%s: %s; the kernel keeps %d KiB of them", u->base.wanted->name, u->base.text, room / 1024);
}

/* The source. */

static bool takes(struct span url)
{
	return span_starts(url, "udp://");
}

static void destroy(struct udp_source *u)
{
	free(u->allowed);
	free(u->_prefix);
	free(u);
}

static enum err start(const struct source *common, struct source **source, struct why *why)
{
	struct udp_source *u = mem_new(1, sizeof *u);
	u->base = *common;
	u->fd = -1;
	enum err e = parse(u, span_of(common->wanted->url), why);
	if (e) {
		destroy(u);
		return e;
	}
	read_allowed(u);
	uv_timer_init(&common->loop->uv, &u->retry);
	u->retry.data = u;
	listen_on(u);
	*source = &u->base;
	return OK;
}

static void on_timer_gone(uv_handle_t *handle)
{
	destroy(handle->data);
}

/* What has come by now is taken, as far as the log has room. */
static void take_the_rest(struct udp_source *u)
{
	int n = READ_TOGETHER;
	for (int i = 0; i < LAST_READS && take_hand(u) && n == READ_TOGETHER; i++)
		n = read_hand(u);
	if (u->hand.at < u->hand.n)
		ingest_lost(u->base.in, u->hand.n - u->hand.at);
}

/* The port is free when this returns. */
static void stop(struct source *source)
{
	struct udp_source *u = (struct udp_source *)source;
	if (u->fd >= 0)
		take_the_rest(u);
	let_go(u);
	uv_close((uv_handle_t *)&u->retry, on_timer_gone);
}

/* A wiki may rest for a day, and nothing tells that from a sender that is gone. */
const struct source_ops source_udp = {.takes = takes, .start = start, .resume = resume, .stop = stop, .never_stale = true};
