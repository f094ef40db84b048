/* SPDX-License-Identifier: MIT */
#include "transcripts/references_links.h"

#include "transcripts/front_matter_parts.h"

/* What ends an address in running text. */
static bool ends_address(char c)
{
	return (unsigned char)c <= ' ' || strchr("<>\"'`\\^{}|[]", c) != NULL;
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

void references_each_address(struct span text, void (*each)(void *data, struct span address), void *data)
{
	static const char *const begins[] = {"http://", "https://", "](/", "href=\"/"};
	for (size_t at = 0; at < text.n;) {
		char c = text.p[at];
		size_t skip = 0;
		/* The first letter rules most places out. */
		for (size_t i = 0; (c == 'h' || c == ']') && i < sizeof begins / sizeof *begins && !skip; i++)
			if (span_starts(span_from(text, at), begins[i]))
				skip = i < 2 ? SIZE_MAX : strlen(begins[i]) - 1;
		if (!skip) {
			at++;
			continue;
		}
		at += skip == SIZE_MAX ? 0 : skip;
		struct span address = address_from(span_from(text, at));
		if (address.n > 1)
			each(data, address);
		at += address.n ? address.n : 1;
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
