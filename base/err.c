/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *err_text(enum err e)
{
	switch (e) {
	case OK: return "done";
	case E_AGAIN: return "not ready yet";
	case E_FULL: return "no room left";
	case E_IO: return "input or output failed";
	case E_FORMAT: return "malformed";
	case E_LIMIT: return "over a limit";
	case E_DENIED: return "not allowed";
	case E_GONE: return "not there";
	case E_TIMEOUT: return "took too long";
	}
	return "unknown error";
}

static void fill(struct why *why, int line, int column, const char *format, va_list args)
{
	if (!why)
		return;
	why->line = line;
	why->column = column;
	vsnprintf(why->text, sizeof why->text, format, args);
}

enum err why_set(struct why *why, enum err e, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fill(why, 0, 0, format, args);
	va_end(args);
	return e;
}

enum err why_at(struct why *why, enum err e, int line, int column, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fill(why, line, column, format, args);
	va_end(args);
	return e;
}
