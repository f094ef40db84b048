/* SPDX-License-Identifier: MIT */
#include "server/backup_manifest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

enum { PATH_MOST = 3500, NAME_MOST = 255, HEX = 2 * MANIFEST_HASH };

/* ---- hashes ---- */

struct manifest_hash {
	EVP_MD_CTX *md;
};

struct manifest_hash *manifest_hash_create(void)
{
	struct manifest_hash *h = mem_new(1, sizeof *h);
	h->md = EVP_MD_CTX_new();
	ASSERT(h->md && EVP_DigestInit_ex(h->md, EVP_sha256(), NULL));
	return h;
}

void manifest_hash_destroy(struct manifest_hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->md);
	free(h);
}

void manifest_hash_add(struct manifest_hash *h, struct span bytes)
{
	ASSERT(EVP_DigestUpdate(h->md, bytes.p ? bytes.p : "", bytes.n));
}

void manifest_hash_take(struct manifest_hash *h, unsigned char hash[MANIFEST_HASH])
{
	ASSERT(EVP_DigestFinal_ex(h->md, hash, NULL) && EVP_DigestInit_ex(h->md, EVP_sha256(), NULL));
}

/* ---- the list ---- */

void manifest_add(struct manifest *m, const char *path, bool is_folder, const unsigned char *hash)
{
	if ((m->n & (m->n - 1)) == 0)
		m->lines = mem_grow(m->lines, m->n ? 2 * m->n : 1, sizeof *m->lines);
	struct manifest_line *line = &m->lines[m->n++];
	*line = (struct manifest_line){.path = mem_strdup(path), .is_folder = is_folder};
	if (hash)
		memcpy(line->hash, hash, MANIFEST_HASH);
}

void manifest_finish(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->lines[i].path);
	free(m->lines);
	*m = (struct manifest){0};
}

/* As sha256sum does it: a name with a line feed, a return or a backslash is escaped, and its line begins with a
 * backslash. */
void manifest_write(const struct manifest *m, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct manifest_line *line = &m->lines[i];
		if (line->is_folder)
			continue;
		if (strpbrk(line->path, "\n\r\\"))
			buf_char(out, '\\');
		for (size_t k = 0; k < MANIFEST_HASH; k++)
			buf_format(out, "%02x", line->hash[k]);
		buf_text(out, "  ");
		for (const char *p = line->path; *p; p++) {
			if (*p == '\n' || *p == '\r' || *p == '\\')
				buf_format(out, "\\%c", *p == '\n' ? 'n' : *p == '\r' ? 'r' : '\\');
			else
				buf_char(out, *p);
		}
		buf_char(out, '\n');
	}
	buf_text(out, "");
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_line(struct span line, struct manifest *m)
{
	unsigned char hash[MANIFEST_HASH];
	bool is_escaped = line.n && line.p[0] == '\\';
	line = span_from(line, is_escaped);
	if (line.n < HEX + 3 || line.p[HEX] != ' ' || (line.p[HEX + 1] != ' ' && line.p[HEX + 1] != '*'))
		return false;
	for (size_t i = 0; i < MANIFEST_HASH; i++) {
		int high = digit(line.p[2 * i]), low = digit(line.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		hash[i] = (unsigned char)(high << 4 | low);
	}
	struct buf path = {0};
	for (size_t i = HEX + 2; i < line.n; i++) {
		char c = line.p[i];
		if (is_escaped && c == '\\' && i + 1 < line.n) {
			c = line.p[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
		}
		buf_char(&path, c);
	}
	manifest_add(m, path.p, false, hash);
	buf_finish(&path);
	return true;
}

enum err manifest_read(struct span text, struct manifest *m, struct why *why)
{
	for (int number = 1; text.n; number++) {
		size_t n = span_find(text, '\n'); /* a lone return is part of a name that wasn't escaped by us */
		if (!read_line(span_make(text.p, n), m))
			return why_at(why, E_FORMAT, number, 0, "its list of files is damaged");
		text = span_from(text, n + 1);
	}
	return OK;
}

/* ---- both ---- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_line *)a)->path, ((const struct manifest_line *)b)->path);
}

static void put_in_order(struct manifest *m)
{
	if (m->n)
		qsort(m->lines, m->n, sizeof *m->lines, by_path);
}

static const struct manifest_line *look_up(const struct manifest *m, char *path)
{
	const struct manifest_line key = {.path = path};
	return m->n ? bsearch(&key, m->lines, m->n, sizeof *m->lines, by_path) : NULL;
}

/* A file where others need a folder. */
static bool is_below_a_file(const struct manifest *m, const char *path)
{
	char *above = mem_strdup(path);
	bool is = false;
	for (char *slash = strrchr(above, '/'); slash && !is; slash = strrchr(above, '/')) {
		*slash = '\0';
		const struct manifest_line *line = look_up(m, above);
		is = line && !line->is_folder;
	}
	free(above);
	return is;
}

bool manifest_compare(struct manifest *found, struct manifest *listed,
	void (*fault)(void *data, const char *path, const char *text), void *data)
{
	bool is_good = true;
	put_in_order(found);
	put_in_order(listed);
	for (size_t i = 0; i < found->n; i++) {
		const struct manifest_line *line = &found->lines[i], *known = look_up(listed, line->path);
		const char *text = i && strcmp(found->lines[i - 1].path, line->path) == 0 ? "it is there twice" :
			is_below_a_file(found, line->path) ? "it lies in what is a file" : line->is_folder ? NULL :
			!known ? "it isn't in the backup's list of files" :
			memcmp(known->hash, line->hash, MANIFEST_HASH) != 0 ? "its bytes aren't those that were saved" : NULL;
		if (text)
			fault(data, line->path, text);
		is_good &= !text;
	}
	for (size_t i = 0; i < listed->n; i++) {
		const struct manifest_line *line = look_up(found, listed->lines[i].path);
		if (!line || line->is_folder)
			fault(data, listed->lines[i].path, "it is missing");
		is_good &= line && !line->is_folder;
	}
	return is_good;
}

const char *manifest_path_fault(const char *path)
{
	struct span rest = span_of(path), part;
	if (!rest.n)
		return "it has no name";
	if (rest.p[0] == '/')
		return "its path is absolute";
	if (rest.n > PATH_MOST)
		return "its path is too long";
	if (rest.p[rest.n - 1] == '/')
		rest.n--; /* how tar writes a folder */
	if (!rest.n || rest.p[rest.n - 1] == '/')
		return "its path has an empty part";
	while (span_next_piece(&rest, '/', &part)) {
		if (!part.n)
			return "its path has an empty part";
		if (span_is(part, ".") || span_is(part, ".."))
			return "its path leads through . or ..";
		if (part.n > NAME_MOST)
			return "a name in its path is too long";
	}
	return NULL;
}
