/* SPDX-License-Identifier: MIT */
#include "audio/synth/synth.h"
