/* SPDX-License-Identifier: MIT */
#include "server/token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "base/mem.h"

enum { ID_BYTES = 5, SECRET_BYTES = 32 };

static const char prefix[] = "carillon_", alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* RFC 4648's base32 without padding; returns the end. */
static char *write_base32(char *to, const unsigned char *bytes, size_t n)
{
	unsigned bits = 0, n_bits = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | bytes[i];
		n_bits += 8;
		for (; n_bits >= 5; n_bits -= 5)
			*to++ = alphabet[bits >> (n_bits - 5) & 31];
		bits &= (1u << n_bits) - 1;
	}
	if (n_bits)
		*to++ = alphabet[bits << (5 - n_bits) & 31];
	return to;
}

enum err token_make(char text[TOKEN_TEXT + 1], struct why *why)
{
	unsigned char bytes[ID_BYTES + SECRET_BYTES];
	ssize_t n;
	do /* so few come at once, or not at all */
		n = getrandom(bytes, sizeof bytes, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof bytes)
		return why_set(why, E_IO, "the system gives no random numbers: %s", strerror(errno));
	memcpy(text, prefix, sizeof prefix - 1);
	char *to = write_base32(text + sizeof prefix - 1, bytes, ID_BYTES);
	*to++ = '_';
	to = write_base32(to, bytes + ID_BYTES, SECRET_BYTES);
	*to = '\0';
	ASSERT(to == text + TOKEN_TEXT);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return OK;
}

static bool is_base32(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(alphabet, s.p[i]))
			return false;
	return true;
}

bool token_parse(struct span text, struct span *id)
{
	enum { SECRET_AT = TOKEN_TEXT - TOKEN_SECRET_TEXT };
	if (text.n != TOKEN_TEXT || !span_starts(text, prefix) || text.p[SECRET_AT - 1] != '_')
		return false;
	*id = span_make(text.p + sizeof prefix - 1, TOKEN_ID_TEXT);
	return is_base32(*id) && is_base32(span_from(text, SECRET_AT));
}

void token_hash(struct span text, unsigned char hash[TOKEN_HASH])
{
	unsigned n = 0;
	ASSERT(EVP_Digest(text.p, text.n, hash, &n, EVP_sha256(), NULL) && n == TOKEN_HASH);
}

bool token_hash_equal(const unsigned char a[TOKEN_HASH], const unsigned char b[TOKEN_HASH])
{
	return CRYPTO_memcmp(a, b, TOKEN_HASH) == 0;
}

void token_wipe(void *text, size_t n)
{
	OPENSSL_cleanse(text, n);
}
