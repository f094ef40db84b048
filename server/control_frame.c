/* SPDX-License-Identifier: MIT */
#include "server/control_frame.h"

#include <fcntl.h>
#include <stdio.h>

static void add_number(struct buf *out, uint64_t value, int n_bytes)
{
	while (n_bytes--)
		buf_char(out, (char)(value >> (8 * n_bytes)));
}

static uint64_t read_number(const char *p, int n_bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < n_bytes; i++)
		value = value << 8 | (unsigned char)p[i];
	return value;
}

void control_frame_add(struct buf *out, enum control_kind kind, struct span payload)
{
	add_number(out, payload.n, 4);
	buf_char(out, (char)kind);
	buf_span(out, payload);
}

enum err control_frame_read(struct span bytes, enum control_kind *kind, struct span *payload, size_t *n_frame)
{
	if (bytes.n < CONTROL_HEAD)
		return E_AGAIN;
	size_t n = (size_t)read_number(bytes.p, 4);
	if (n > CONTROL_PAYLOAD_MAX)
		return E_LIMIT;
	if (bytes.n - CONTROL_HEAD < n)
		return E_AGAIN;
	*kind = (enum control_kind)(unsigned char)bytes.p[4];
	*payload = span_make(bytes.p + CONTROL_HEAD, n);
	*n_frame = CONTROL_HEAD + n;
	return OK;
}

void control_purge_add(struct buf *out, enum log_name what, struct span name, struct span source)
{
	buf_char(out, (char)CONTROL_VERSION);
	buf_char(out, what == LOG_ACTOR ? 'A' : 'E');
	add_number(out, name.n, 4);
	buf_span(out, name);
	buf_span(out, source);
}

bool control_purge_read(struct span payload, enum log_name *what, struct span *name, struct span *source)
{
	if (payload.n < 6 || payload.p[0] != CONTROL_VERSION || (payload.p[1] != 'A' && payload.p[1] != 'E'))
		return false;
	size_t n = (size_t)read_number(payload.p + 2, 4);
	struct span rest = span_from(payload, 6);
	if (n > rest.n)
		return false;
	*what = payload.p[1] == 'A' ? LOG_ACTOR : LOG_ENTITY;
	*name = span_make(rest.p, n);
	*source = span_from(rest, n);
	return true;
}

void control_purged_add(struct buf *out, uint64_t n_events, struct span why)
{
	add_number(out, n_events, 8);
	buf_span(out, why);
}

bool control_purged_read(struct span payload, uint64_t *n_events, struct span *why)
{
	if (payload.n < 8)
		return false;
	*n_events = read_number(payload.p, 8);
	*why = span_from(payload, 8);
	return true;
}

static void add_float(struct buf *out, float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	add_number(out, bits, 4);
}

static float read_float(const char *p)
{
	uint32_t bits = (uint32_t)read_number(p, 4);
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

void control_note_add(struct buf *out, const struct note *note)
{
	add_number(out, (uint64_t)note->at_ms, 8);
	add_number(out, note->instrument, 4);
	add_float(out, note->key);
	add_float(out, note->level);
	add_float(out, note->pan);
}

bool control_note_read(struct span payload, struct note *note)
{
	if (payload.n != 24)
		return false;
	*note = (struct note){.at_ms = (int64_t)read_number(payload.p, 8), .instrument = (uint32_t)read_number(payload.p + 8, 4),
		.key = read_float(payload.p + 12), .level = read_float(payload.p + 16), .pan = read_float(payload.p + 20)};
	return true;
}

void control_counts_add(struct buf *out, const struct control_counts *counts)
{
	const uint64_t numbers[] = {counts->messages, counts->in, counts->logged, counts->duplicates};
	for (size_t i = 0; i < CONTROL_NUMBERS - SKIP_REASONS; i++)
		add_number(out, numbers[i], 8);
	for (int i = 0; i < SKIP_REASONS; i++)
		add_number(out, counts->skipped[i], 8);
}

bool control_counts_read(struct span payload, struct control_counts *counts)
{
	uint64_t *numbers[] = {&counts->messages, &counts->in, &counts->logged, &counts->duplicates};
	if (payload.n != 8 * CONTROL_NUMBERS)
		return false;
	const char *p = payload.p;
	for (size_t i = 0; i < CONTROL_NUMBERS - SKIP_REASONS; i++, p += 8)
		*numbers[i] = read_number(p, 8);
	for (int i = 0; i < SKIP_REASONS; i++, p += 8)
		counts->skipped[i] = read_number(p, 8);
	return true;
}

int control_path(const char *var, char path[CONTROL_PATH_MAX])
{
	int folder = open(var, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		snprintf(path, CONTROL_PATH_MAX, "/proc/self/fd/%d/control.sock", folder);
	return folder;
}
