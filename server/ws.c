/* SPDX-License-Identifier: MIT */
#include "server/ws.h"
