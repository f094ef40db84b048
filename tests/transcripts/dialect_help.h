/* dialect_help.h - what the importers' tests share: fixtures, the corpora, and a recorder of faults.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_DIALECT_HELP_H
#define TESTS_DIALECT_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/document.h"

struct recorded {
	int n, last_line;
	char last[200];
	struct buf all; /* "line: text\n" each */
};

static inline void record_fault(void *data, int line, const char *text)
{
	struct recorded *r = data;
	r->n++;
	r->last_line = line;
	snprintf(r->last, sizeof r->last, "%s", text);
	buf_format(&r->all, "%d: %s\n", line, text);
}

/* Faults of r; buf_finish(&r.all) afterwards. */
static inline struct dialect_faults recorder(struct recorded *r)
{
	*r = (struct recorded){0};
	return (struct dialect_faults){record_fault, r};
}

static inline struct buf read_or_fail(const char *folder, const char *name)
{
	struct buf bytes = {0};
	struct why why = {0};
	char *path = file_join(folder, name);
	enum err e = file_read(path, 64 * 1024 * 1024, &bytes, &why);
	if (e != OK)
		print_error("%s: %s\n", path, why.text);
	free(path);
	assert_int_equal(e, OK);
	return bytes;
}

static inline struct buf fixture(const char *name)
{
	char *folder = file_join(getenv("TEST_DATA"), "transcripts");
	struct buf bytes = read_or_fail(folder, name);
	free(folder);
	return bytes;
}

/* The document that a fixture reads as. */
static inline struct document *fixture_document(const char *name, const struct dialect_faults *faults)
{
	struct buf bytes = fixture(name);
	struct document *d = document_read(name, buf_view(&bytes), faults);
	buf_finish(&bytes);
	return d;
}

static inline struct document *read_text(const char *name, const char *text, const struct dialect_faults *faults)
{
	return document_read(name, span_of(text), faults);
}

static inline void assert_span(struct span s, const char *text)
{
	char *copy = span_dup(s);
	assert_string_equal(copy, text);
	free(copy);
}

static inline void assert_cue(const struct transcript *t, size_t i, int64_t start_ms, int64_t end_ms, const char *text)
{
	assert_true(i < t->n_cues);
	assert_int_equal(t->cues[i].start_ms, start_ms);
	assert_int_equal(t->cues[i].end_ms, end_ms);
	assert_span(t->cues[i].text, text);
}

#endif
