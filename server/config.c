/* SPDX-License-Identifier: MIT */
#include "server/config.h"
