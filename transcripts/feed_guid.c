/* feed_guid.c - the two name-based UUIDs of a feed (RFC 9562, version 5: SHA-1 of namespace and name).
 * SPDX-License-Identifier: MIT */
#include <openssl/evp.h>

#include "base/mem.h"
#include "transcripts/feed.h"

enum { UUID_BYTES = 16 };

static void hash_name(const unsigned char space[UUID_BYTES], struct span name, unsigned char out[UUID_BYTES])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	ASSERT(md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) && EVP_DigestUpdate(md, space, UUID_BYTES) &&
		EVP_DigestUpdate(md, name.p, name.n) && EVP_DigestFinal_ex(md, digest, NULL));
	EVP_MD_CTX_free(md);
	memcpy(out, digest, UUID_BYTES);
	out[6] = (unsigned char)((out[6] & 0x0F) | 0x50);
	out[8] = (unsigned char)((out[8] & 0x3F) | 0x80);
}

static void format(const unsigned char bytes[UUID_BYTES], char out[37])
{
	static const char digits[] = "0123456789abcdef";
	for (int i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static void hash_feed(const char *feed_url, unsigned char out[UUID_BYTES])
{
	static const unsigned char podcast_space[UUID_BYTES] = {
		0xea, 0xd4, 0xc2, 0x36, 0xbf, 0x58, 0x58, 0xc6, 0xa2, 0xc6, 0xa6, 0xb2, 0x8d, 0x12, 0x8c, 0xb6};
	const char *scheme = strstr(feed_url, "://");
	struct span name = span_of(scheme ? scheme + 3 : feed_url);
	while (name.n && name.p[name.n - 1] == '/')
		name.n--;
	hash_name(podcast_space, name, out);
}

void feed_podcast_guid(const char *feed_url, char out[37])
{
	unsigned char bytes[UUID_BYTES];
	hash_feed(feed_url, bytes);
	format(bytes, out);
}

void feed_item_guid(const char *feed_url, const char *slug, char out[37])
{
	unsigned char feed[UUID_BYTES], bytes[UUID_BYTES];
	hash_feed(feed_url, feed);
	hash_name(feed, span_of(slug), bytes);
	format(bytes, out);
}
