/* odd_dns.c - preloaded before a server, knows names that no resolver should: some lead to this machine or to a private
 * network, one leads somewhere else each time it is asked. Does the server ever connect there?
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>

typedef int lookup(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found);

static const char *address_of(const char *name)
{
	static const struct { const char *name, *address; } names[] = {{"trap.example", "127.0.0.1"}, {"six.example", "::1"},
		{"mapped.example", "::ffff:127.0.0.1"}, {"private.example", "10.0.0.1"}, {"metadata.example", "169.254.169.254"}};
	static atomic_int n_asked;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].address;
	/* 192.0.2.1 is nobody's (RFC 5737), so nothing is sent to it either. */
	if (strcmp(name, "rebinding.example") == 0)
		return atomic_fetch_add(&n_asked, 1) % 2 ? "127.0.0.1" : "192.0.2.1";
	return name;
}

int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
	struct addrinfo **restrict found)
{
	lookup *real;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo"); /* the conversion that POSIX asks for */
	return real(name ? address_of(name) : name, service, hints, found);
}
