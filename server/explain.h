/* explain.h - what a mapping makes of each message of a recording, for `replay --explain`. Writes to stdout; changes
 * nothing. Blocking; a command's thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_EXPLAIN_H
#define SERVER_EXPLAIN_H

#include "server/config.h"

/* source NULL: the one of config whose mapping makes most of the file. Returns the command's exit code. */
int explain(const struct config *config, const struct config_source *source, const char *file);

#endif
