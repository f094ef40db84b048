/* SPDX-License-Identifier: MIT */
#include "transcripts/media_probe.h"
