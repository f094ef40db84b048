/* SPDX-License-Identifier: MIT */
#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct block4 {
	uint32_t address;
	int bits;
};

static bool is_public4(uint32_t a)
{
	static const struct block4 special[] = {
		{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16}, {0xAC100000, 12},
		{0xC0000000, 24}, {0xC0000200, 24}, {0xC01FC400, 24}, {0xC034C100, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
		{0xC0AF3000, 24}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (a >> (32 - special[i].bits) == special[i].address >> (32 - special[i].bits))
			return false;
	return true;
}

static uint32_t read4(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool begins(const uint8_t *a, const uint8_t *prefix, int bits)
{
	int whole = bits / 8, rest = bits % 8;
	return memcmp(a, prefix, (size_t)whole) == 0 && (!rest || (a[whole] ^ prefix[whole]) >> (8 - rest) == 0);
}

static bool is_public6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {[10] = 0xFF, 0xFF}, nat64[12] = {0, 0x64, 0xFF, 0x9B},
		six_to_four[2] = {0x20, 0x02}, global[1] = {0x20};
	static const struct {
		uint8_t prefix[4];
		int bits;
	} special[] = {{{0x20, 0x01}, 23}, {{0x20, 0x01, 0x0D, 0xB8}, 32}, {{0x3F, 0xFE}, 16}, {{0x3F, 0xFF}, 20}};
	if (begins(a, mapped, 96) || begins(a, nat64, 96))
		return is_public4(read4(a + 12));
	if (begins(a, six_to_four, 16))
		return is_public4(read4(a + 2));
	/* Only 2000::/3 has been given out. */
	if (!begins(a, global, 3))
		return false;
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (begins(a, special[i].prefix, special[i].bits))
			return false;
	return true;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof in);
		return is_public4(ntohl(in.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in;
		memcpy(&in, address, sizeof in);
		return is_public6(in.sin6_addr.s6_addr);
	}
	return false;
}

bool address_text_is_public(const char *text)
{
	struct in_addr a4;
	struct in6_addr a6;
	if (inet_pton(AF_INET, text, &a4) == 1)
		return is_public4(ntohl(a4.s_addr));
	return inet_pton(AF_INET6, text, &a6) == 1 && is_public6(a6.s6_addr);
}
