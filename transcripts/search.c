/* SPDX-License-Identifier: MIT */
#include "transcripts/search.h"
