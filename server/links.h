/* links.h - the addresses in a page: those within the site, which begin with one '/', are given to a function that may write
 * another instead. Looks only into tags; scripts, styles and comments stay as they are. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LINKS_H
#define SERVER_LINKS_H

#include "base/buf.h"

/* url: as it stands in the attribute, character references and all. Appends what is to stand there. */
typedef void links_map(void *data, struct span url, struct buf *out);

/* href, src, action, poster and data-* of every tag. */
void links_rewrite(struct span html, links_map *map, void *data, struct buf *out);
/* From the file at `from` to the one at `to`, both relative to the same folder: "../people/ada/index.html"; percent-encoded. */
void links_relative(struct span from, struct span to, struct buf *out);

#endif
