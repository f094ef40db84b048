/* SPDX-License-Identifier: MIT */
#include "server/ingest.h"
