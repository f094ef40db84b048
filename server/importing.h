/* importing.h - the configured site as the importer wants it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_IMPORTING_H
#define SERVER_IMPORTING_H

#include "server/config.h"
#include "transcripts/importer.h"

/* Borrows from the configuration; owned by the caller, freed by importing_site_free. */
struct importer_site *importing_site(const struct config *config, bool forget) NODISCARD;
void importing_site_free(struct importer_site *site);

#endif
