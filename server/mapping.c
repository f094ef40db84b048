/* SPDX-License-Identifier: MIT */
#include "server/mapping.h"
