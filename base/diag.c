/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

enum { LINES_PER_WINDOW = 5, WINDOW_MS = 10000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum diag_level least_level = DIAG_INFO;
static int faults;

void diag_set_level(enum diag_level least)
{
	least_level = least;
}

/* logfmt: quoted where a blank, quote, '=' or control character would break the line. */
static void add_value(struct buf *out, struct span value)
{
	bool plain = value.n > 0;
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] <= ' ' || value.p[i] == '"' || value.p[i] == '=' || value.p[i] == '\\')
			plain = false;
	if (plain) {
		buf_span(out, value);
		return;
	}
	buf_char(out, '"');
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c == '"' || c == '\\')
			buf_format(out, "\\%c", c);
		else if (c < ' ' || c == 0x7F)
			buf_format(out, "\\x%02x", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

static void put(const struct buf *line)
{
	/* One write a line, so that lines of several threads don't mix. A full or closed stderr is nobody's to report. */
	ssize_t ignored = write(STDERR_FILENO, line->p, line->n);
	(void)ignored;
}

void diag_write(struct diag_site *site, enum diag_level level, const char *module, const char *format, ...)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	if (level < least_level)
		return;
	pthread_mutex_lock(&lock);
	int64_t now = clock_mono_ms();
	int held_back = 0;
	if (site->window_start_ms == 0 || now - site->window_start_ms >= WINDOW_MS) {
		held_back = site->held_back;
		*site = (struct diag_site){.window_start_ms = now ? now : 1};
	}
	bool say = site->lines < LINES_PER_WINDOW;
	if (say)
		site->lines++;
	else
		site->held_back++;
	pthread_mutex_unlock(&lock);
	if (!say)
		return;

	struct buf message = {0}, line = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&message, format, args);
	va_end(args);
	buf_text(&line, "t=");
	time_format_iso(&line, clock_wall_ms());
	buf_format(&line, " lvl=%s mod=%s msg=", names[level], module);
	add_value(&line, buf_view(&message));
	if (held_back)
		buf_format(&line, " held_back=%d", held_back);
	buf_char(&line, '\n');
	put(&line);
	buf_finish(&message);
	buf_finish(&line);
}

static void fault(const char *file, int line, const char *text)
{
	struct buf out = {0};
	buf_text(&out, "carillon: ");
	if (file && line > 0)
		buf_format(&out, "%s:%d: ", file, line);
	else if (file)
		buf_format(&out, "%s: ", file);
	buf_text(&out, text);
	buf_char(&out, '\n');
	pthread_mutex_lock(&lock);
	faults++;
	pthread_mutex_unlock(&lock);
	put(&out);
	buf_finish(&out);
}

void diag_fault(const char *file, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	fault(file, line, text.p);
	buf_finish(&text);
}

void diag_fault_why(const char *file, int line, const struct why *why)
{
	fault(file, why->line ? why->line : line, why->text);
}

int diag_fault_count(void)
{
	pthread_mutex_lock(&lock);
	int n = faults;
	pthread_mutex_unlock(&lock);
	return n;
}
