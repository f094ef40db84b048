/* SPDX-License-Identifier: MIT */
#include "audio/score.h"
