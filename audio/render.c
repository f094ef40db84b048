/* SPDX-License-Identifier: MIT */
#include "audio/render.h"
