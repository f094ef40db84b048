/* SPDX-License-Identifier: MIT */
#include "transcripts/transcript.h"
