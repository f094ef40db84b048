/* SPDX-License-Identifier: MIT */
#include "transcripts/feed.h"
