/* SPDX-License-Identifier: MIT */
#include "transcripts/notes.h"
