/* floor.c - the least that a server can do for WebSocket listeners, as the measure for others: epoll, one send() of
 * ready bytes for each listener, no queues, no bounds, no pings. floor FEED_PORT: takes lines "COUNT SIZE" from the
 * load program there and sends each listener COUNT text frames of SIZE bytes in one write. Prints its own port.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS_MAX = 20000, EVENTS = 256 };

static int poller, listeners[LISTENERS_MAX], n_listeners;
static char is_open[1 << 16];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void shake_hands(int fd, const char *head)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[SHA_DIGEST_LENGTH], text[32];
	char key[64], answer[256];
	const char *found = strstr(head, "Sec-WebSocket-Key: ");
	if (!found || sscanf(found + 19, "%24s", key) != 1)
		die("no handshake");
	memcpy(key + 24, magic, sizeof magic);
	SHA1((unsigned char *)key, strlen(key), digest);
	EVP_EncodeBlock(text, digest, sizeof digest);
	int n = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", (char *)text);
	if (send(fd, answer, (size_t)n, 0) != n)
		die("handshake");
	is_open[fd] = 1;
	listeners[n_listeners++] = fd;
}

static void heard(int fd)
{
	char bytes[2048];
	ssize_t n = recv(fd, bytes, sizeof bytes - 1, 0);
	if (n > 0) {
		bytes[n] = 0;
		if (!is_open[fd])
			shake_hands(fd, bytes);
		return;
	}
	for (int i = 0; i < n_listeners; i++)
		if (listeners[i] == fd)
			listeners[i--] = listeners[--n_listeners];
	is_open[fd] = 0;
	close(fd);
}

static void broadcast(size_t count, size_t size)
{
	size_t head = size < 126 ? 2 : 4, n = count * (head + size);
	unsigned char *frames = malloc(n);
	if (!frames || size > 65535)
		die("no such frame");
	memset(frames, 'x', n);
	for (size_t i = 0; i < count; i++) {
		unsigned char *f = frames + i * (head + size);
		f[0] = 0x81;
		f[1] = (unsigned char)(size < 126 ? size : 126);
		if (size >= 126)
			f[2] = (unsigned char)(size >> 8), f[3] = (unsigned char)size;
	}
	for (int i = 0; i < n_listeners; i++)
		if (send(listeners[i], frames, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n)
			die("a listener is too slow for a server without queues");
	free(frames);
}

/* The load program writes a line at a time, and the next only when all have the last. */
static void obey(int feed)
{
	char line[64];
	size_t count, size;
	ssize_t n = recv(feed, line, sizeof line - 1, 0);
	if (n <= 0)
		exit(0);
	line[n] = 0;
	if (sscanf(line, "%zu %zu", &count, &size) == 2)
		broadcast(count, size);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct rlimit limit;
	int one = 1, acceptor = socket(AF_INET, SOCK_STREAM, 0), feed = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in own = loopback(0), other = loopback(argc > 1 ? atoi(argv[1]) : 0);
	socklen_t n_own = sizeof own;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	poller = epoll_create1(0);
	if (bind(acceptor, (struct sockaddr *)&own, sizeof own) || listen(acceptor, 4096) ||
	    getsockname(acceptor, (struct sockaddr *)&own, &n_own) || connect(feed, (struct sockaddr *)&other, sizeof other))
		die("sockets");
	watch(acceptor);
	watch(feed);
	printf("%d\n", ntohs(own.sin_port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(poller, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == feed) {
				obey(feed);
			} else if (fd == acceptor) {
				fd = accept(acceptor, NULL, NULL);
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
				watch(fd);
			} else {
				heard(fd);
			}
		}
	}
}
