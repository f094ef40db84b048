/* mapping_data.h - a mapping out of its description in YAML; for config_source.c and for the built-in ones.
 * Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_DATA_H
#define SERVER_MAPPING_DATA_H

#include "base/yaml_tree.h"
#include "server/mapping.h"

/* node: the map under `mapping:`; it must outlive the mapping. Each thing wrong with it is told by fault (text: "what is
 * wrong; what to do"), and NULL given if there was any. Owned by the caller. */
struct mapping *mapping_compile(const char *name, const struct yaml *node,
	void (*fault)(void *data, int line, const char *text), void *data) NODISCARD;
void mapping_destroy(struct mapping *m); /* accepts NULL */

#endif
