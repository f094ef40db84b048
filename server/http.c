/* SPDX-License-Identifier: MIT */
#include "server/http.h"
