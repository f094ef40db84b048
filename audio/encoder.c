/* SPDX-License-Identifier: MIT */
#include "audio/encoder.h"
