/* quantity.h - Ethereum's numbers, for the mappings: "0x" and hexadecimal digits (execution-apis, "hex encoded unsigned
 * integer"; leading zeros, as in data, are taken too). Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_QUANTITY_H
#define SERVER_QUANTITY_H

#include "base/span.h"

/* The double nearest to it (ties to even). False: not such a number, or over 2^256. */
bool quantity_parse(struct span text, double *out);

#endif
