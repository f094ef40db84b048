/* SPDX-License-Identifier: MIT */
#include "transcripts/dialect.h"
