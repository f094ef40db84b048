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
