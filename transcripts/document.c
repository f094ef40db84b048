/* SPDX-License-Identifier: MIT */
#include "transcripts/document.h"
