/* slow_dns.c - preloaded before a server, makes getaddrinfo wait four seconds for a name (a literal address needs no
 * resolver): does the loop go on meanwhile?
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

typedef int lookup(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found);

int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
	struct addrinfo **restrict found)
{
	lookup *real;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo"); /* the conversion that POSIX asks for */
	struct in6_addr literal;
	if (name && inet_pton(AF_INET, name, &literal) != 1 && inet_pton(AF_INET6, name, &literal) != 1)
		sleep(4);
	return real(name, service, hints, found);
}
