/* asset.h - a file that web/embed.py built into the binary. Read-only; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ASSET_H
#define BASE_ASSET_H

#include "base/span.h"

struct asset {
	const char *name;   /* path below web/, e.g. "templates/show.html", "station.js", "synth.wasm"; elsewhere the bare name */
	struct span bytes;
	const char *digest; /* 16 hex digits of its SHA-256 */
};

#endif
