/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_lock.h"
