/* SPDX-License-Identifier: MIT */
#include "transcripts/references_links.h"

#include "transcripts/front_matter_parts.h"

/* What ends an address in running text. */
static bool ends_address(char c)
{
	switch (c) {
	case '<': case '>': case '"': case '\'': case '`': case '\\': case '^': case '{': case '}': case '|': case '[': case ']':
		return true;
	default:
		return (unsigned char)c <= ' ';
	}
}

static struct span address_from(struct span text)
{
	size_t n = 0, open = 0;
	for (; n < text.n && !ends_address(text.p[n]); n++) {
		/* A closing bracket is the text's unless the address has opened it. */
		if (text.p[n] == ')' && open-- == 0)
			break;
		open += text.p[n] == '(';
	}
	while (n && strchr(".,;:!?", text.p[n - 1]))
		n--;
	return span_make(text.p, n);
}

/* All that begins an address has a slash, which few other places have: what stands before the first of them, and how many of
 * these bytes are the address's. */
static const struct { struct span before; size_t n_own; } begins[] = {
	{{"http:", 5}, 5}, {{"https:", 6}, 6}, {{"](", 2}, 0}, {{"href=\"", 6}, 0},
};

/* Where the address begins whose first slash this is; SIZE_MAX: none does, from `from` on. */
static size_t begin_of(struct span text, size_t from, size_t slash)
{
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		struct span before = begins[i].before;
		if (slash - from < before.n || memcmp(text.p + slash - before.n, before.p, before.n) != 0)
			continue;
		if (!begins[i].n_own || (slash + 1 < text.n && text.p[slash + 1] == '/'))
			return slash - begins[i].n_own;
	}
	return SIZE_MAX;
}

void references_each_address(struct span text, void (*each)(void *data, struct span address), void *data)
{
	size_t from = 0, slash;
	while (from < text.n && (slash = from + span_find(span_from(text, from), '/')) < text.n) {
		size_t begin = begin_of(text, from, slash);
		from = slash + 1;
		if (begin == SIZE_MAX)
			continue;
		struct span address = address_from(span_from(text, begin));
		if (address.n > 1)
			each(data, address);
		from = begin + (address.n ? address.n : 1);
	}
}

void references_address_key(struct span address, const char *base_url, struct buf *out)
{
	size_t n_base = strlen(base_url);
	if (n_base && span_starts(address, base_url) && (address.n == n_base || address.p[n_base] == '/'))
		address = span_from(address, n_base);
	address = span_make(address.p, span_find(address, '#'));
	size_t scheme = span_search(address, SPAN_LITERAL("://"), 0);
	bool is_path = scheme == address.n;
	if (!is_path)
		address = span_from(address, scheme + 3);
	if (span_starts(address, "www."))
		address = span_from(address, 4);
	struct span host = span_make(address.p, span_find(address, '/'));
	if (!is_path && (span_ends(host, "youtube.com") || span_is(host, "youtu.be") || span_ends(host, "youtube-nocookie.com"))) {
		struct span id = front_matter_youtube_id(address);
		if (id.n) {
			buf_text(out, "youtube:");
			buf_span(out, id);
			return;
		}
	}
	address = span_make(address.p, span_find(address, '?'));
	while (address.n && address.p[address.n - 1] == '/')
		address.n--;
	/* Hosts don't tell case apart. */
	for (size_t i = 0; i < address.n; i++) {
		char c = address.p[i];
		buf_char(out, !is_path && i < host.n && c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
	}
}
