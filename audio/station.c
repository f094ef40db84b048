/* SPDX-License-Identifier: MIT */
#include "audio/station.h"
