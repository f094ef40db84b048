/* SPDX-License-Identifier: MIT */
#include "server/source.h"
