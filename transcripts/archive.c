/* SPDX-License-Identifier: MIT */
#include "transcripts/archive.h"
