/* assets.h - the files of web/, built into the binary by web/embed.py, sorted by name. Read-only; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include "base/asset.h"

extern const struct asset assets[];
extern const size_t n_assets;

/* server/mappings/: the built-in mappings' descriptions, by their bare names. */
extern const struct asset mapping_files[];
extern const size_t n_mapping_files;

const struct asset *asset_find(struct span name); /* NULL: none */

#endif
