/* span.h - borrowed bytes: pointer and length, passed by value, never freed, not NUL-terminated.
 * Its owned sibling is struct buf (buf.h). Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p; /* may be NULL only when n is 0 */
	size_t n;
};

/* For printf's "%.*s". */
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""
#define SPAN_LITERAL(text) ((struct span){(text), sizeof(text) - 1})

static inline struct span span_of(const char *s) { return (struct span){s, s ? strlen(s) : 0}; }
static inline struct span span_make(const char *p, size_t n) { return (struct span){p, n}; }
static inline bool span_is(struct span s, const char *text)
{
	size_t n = strlen(text);
	return s.n == n && (n == 0 || memcmp(s.p, text, n) == 0);
}
static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* Everything from offset on; empty when offset is past the end. */
static inline struct span span_from(struct span s, size_t offset)
{
	return offset >= s.n ? (struct span){s.p, 0} : (struct span){s.p + offset, s.n - offset};
}
bool span_starts(struct span s, const char *prefix);
bool span_ends(struct span s, const char *suffix);
bool span_equal_nocase(struct span a, struct span b); /* ASCII letters only */
/* Without ASCII blanks (space, tab, CR, LF, VT, FF) at both ends. */
struct span span_trim(struct span s);
/* Offset of the first c, or s.n. */
size_t span_find(struct span s, char c);
/* Offset of the first occurrence of needle at or after `from`, or s.n. */
size_t span_search(struct span s, struct span needle, size_t from);
/* Cuts the next line off *rest into *line (without its end: LF, CRLF or lone CR). False at the end. A last line without
 * an end counts. */
bool span_next_line(struct span *rest, struct span *line);
size_t span_line_length(struct span s); /* bytes before the first "\n" or "\r" */
/* Cuts the next piece up to `separator` off *rest. False when nothing is left. */
bool span_next_piece(struct span *rest, char separator, struct span *piece);
/* The line that a byte's offset is in, 1-based; LF, CRLF and a lone CR end one. Past the end the last line. */
int span_line_at(struct span text, size_t offset);
/* Whole span as a decimal number. False when it isn't one, or doesn't fit. */
bool span_to_i64(struct span s, int64_t *out);
bool span_to_double(struct span s, double *out); /* finite numbers only; independent of the locale */
/* NUL-terminated heap copy, owned by the caller. */
char *span_dup(struct span s);
/* 64 well-mixed bits, the same on every machine: for tables, and to tell whether bytes are still the same. Folded 64×64→128 bit
 * products of 16 bytes a step, after wyhash (Wang Yi); not for bytes that somebody chooses in order to deceive. It may become
 * another one with any version: who keeps it has to bear with reading everything once more. */
uint64_t span_hash(struct span s);
/* FNV-1a, 64 bits (Fowler, Noll, Vo), a byte at a time. For ever the same: addresses, ids and notes are made from it. */
uint64_t span_fnv(struct span s);

#endif
