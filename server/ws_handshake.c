/* SPDX-License-Identifier: MIT */
#include "server/ws_handshake.h"

#include <openssl/evp.h>

#include "base/mem.h"
#include "server/loop.h"

const struct ws_route *ws_route_of(struct span path)
{
	struct span parts[HTTP_PARTS_MAX];
	for (const struct ws_route *r = ws_routes; r->pattern; r++)
		if (http_pattern_matches(r->pattern, path, parts))
			return r;
	return NULL;
}

bool ws_is_wanted(struct loop *l, const struct ws_route *route, struct span path)
{
	struct span parts[HTTP_PARTS_MAX] = {{NULL, 0}};
	http_pattern_matches(route->pattern, path, parts);
	return !route->accepts || route->accepts(l->server, parts[0]);
}

int ws_admits(struct loop *l, const struct ws_route *route, struct span path, const struct http_head *head,
	const char *peer, char credential[WS_CREDENTIAL])
{
	struct span parts[HTTP_PARTS_MAX] = {{NULL, 0}};
	credential[0] = '\0';
	http_pattern_matches(route->pattern, path, parts);
	return route->admits ? route->admits(l->server, parts[0], head, peer, credential) : 0;
}

/* That the server understood: SHA-1 is what the RFC has; nothing is kept secret by it. */
static void write_accept(struct buf *out, struct span key)
{
	struct buf text = {0};
	unsigned char digest[EVP_MAX_MD_SIZE], base64[64];
	unsigned n = 0;
	buf_span(&text, key);
	buf_text(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	ASSERT(EVP_Digest(text.p, text.n, digest, &n, EVP_sha1(), NULL) && n == 20);
	EVP_EncodeBlock(base64, digest, (int)n);
	buf_text(out, (const char *)base64);
	buf_finish(&text);
}

void ws_handshake_answer(struct buf *out, const struct ws_route *route, const struct http_head *head)
{
	buf_text(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
	write_accept(out, http_head_get(head, "sec-websocket-key"));
	if (route->subprotocol && http_head_lists(head, "sec-websocket-protocol", route->subprotocol))
		buf_format(out, "\r\nSec-WebSocket-Protocol: %s", route->subprotocol);
	buf_text(out, "\r\n\r\n");
}
