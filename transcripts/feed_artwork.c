/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_artwork.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum { PICTURE_MAX = 64 << 20, PLACES = 1024 };

static uint32_t big_endian(const unsigned char *p, int n)
{
	uint32_t value = 0;
	for (int i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

/* ISO/IEC 15948: IHDR comes first; its tenth byte is the colour type. A palette may have a tRNS before its pixels. */
static void read_png(const unsigned char *p, size_t n, struct feed_artwork *a)
{
	enum { HEAD = 8, IHDR_END = 33, GREY = 0, PALETTE = 3, GREY_ALPHA = 4 };
	a->type = "image/png";
	if (n < IHDR_END || memcmp(p + HEAD + 4, "IHDR", 4) != 0)
		return;
	a->width = big_endian(p + 16, 4);
	a->height = big_endian(p + 20, 4);
	unsigned colour = p[25];
	a->is_rgb = colour != GREY && colour != GREY_ALPHA;
	a->has_alpha = colour >= GREY_ALPHA;
	for (size_t at = IHDR_END; at + 12 <= n;) {
		size_t length = big_endian(p + at, 4);
		if (memcmp(p + at + 4, "tRNS", 4) == 0)
			a->has_alpha = true;
		if (memcmp(p + at + 4, "IDAT", 4) == 0 || length > n - at - 12)
			break;
		at += length + 12;
	}
}

/* ITU-T T.81: the frame's segment (SOF0 ... SOF15 but for three) says height, width and components. */
static void read_jpeg(const unsigned char *p, size_t n, struct feed_artwork *a)
{
	a->type = "image/jpeg";
	for (size_t at = 2; at + 9 < n && p[at] == 0xFF;) {
		unsigned marker = p[at + 1];
		if (marker == 0xFF) {
			at++;
			continue;
		}
		bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
		if (is_frame) {
			a->height = big_endian(p + at + 5, 2);
			a->width = big_endian(p + at + 7, 2);
			a->is_rgb = p[at + 9] == 3;
			return;
		}
		at += 2 + big_endian(p + at + 2, 2);
	}
}

static void hash_bytes(struct span bytes, char out[64 + 8])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	ASSERT(EVP_Digest(bytes.p ? bytes.p : "", bytes.n, digest, &n, EVP_sha256(), NULL) && n == 32);
	memcpy(out, "sha256-", 7);
	for (unsigned i = 0; i < n; i++) {
		out[7 + i * 2] = digits[digest[i] >> 4];
		out[8 + i * 2] = digits[digest[i] & 15];
	}
	out[7 + n * 2] = '\0';
}

/* One place a hash of the path; another path's result gives way. */
static struct memory {
	char *path;
	struct stat info;
	struct feed_artwork artwork;
} memories[PLACES];
static pthread_mutex_t memories_mutex = PTHREAD_MUTEX_INITIALIZER;

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool recall(const char *path, const struct stat *info, struct feed_artwork *artwork)
{
	struct memory *m = &memories[span_hash(span_of(path)) % PLACES];
	pthread_mutex_lock(&memories_mutex);
	bool found = m->path && strcmp(m->path, path) == 0 && is_same_file(&m->info, info);
	if (found)
		*artwork = m->artwork;
	pthread_mutex_unlock(&memories_mutex);
	return found;
}

static void remember(const char *path, const struct stat *info, const struct feed_artwork *artwork)
{
	struct memory *m = &memories[span_hash(span_of(path)) % PLACES];
	pthread_mutex_lock(&memories_mutex);
	free(m->path);
	*m = (struct memory){mem_strdup(path), *info, *artwork};
	pthread_mutex_unlock(&memories_mutex);
}

enum err feed_artwork_read(const char *path, struct feed_artwork *artwork, struct why *why)
{
	struct stat info;
	struct buf bytes = {0};
	*artwork = (struct feed_artwork){0};
	if (stat(path, &info))
		return why_set(why, E_GONE, "no such file");
	if (recall(path, &info, artwork))
		return OK;
	enum err e = file_read(path, PICTURE_MAX, &bytes, why);
	if (!e) {
		const unsigned char *p = (const unsigned char *)bytes.p;
		if (bytes.n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
			read_png(p, bytes.n, artwork);
		else if (bytes.n >= 4 && memcmp(p, "\xff\xd8\xff", 3) == 0)
			read_jpeg(p, bytes.n, artwork);
		hash_bytes(buf_view(&bytes), artwork->hash);
		remember(path, &info, artwork);
	}
	buf_finish(&bytes);
	return e;
}
