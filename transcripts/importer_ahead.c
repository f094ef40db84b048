/* SPDX-License-Identifier: MIT */
#include "transcripts/importer_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/processors.h"
#include "transcripts/archive_store.h"
#include "transcripts/importer_job.h"

enum {
	WORTH_THREADS = 32,          /* files */
	THREADS_MAX = 8,
	WINDOW = 64,                 /* files that may lie ready: what they hold is bounded by it, and by */
	FILE_BYTES_MAX = 512 << 10,
};

enum state { WAITING, RUNNING, READY };

struct slot {
	enum state state;
	struct ahead_file file;
};

struct import_ahead {
	struct import *in;
	struct slot *slots;
	size_t n;
	struct archive_hashes *known;
	pthread_t threads[THREADS_MAX];
	size_t n_threads;
	pthread_mutex_t mutex;       /* for what follows */
	pthread_cond_t changed;
	size_t next_taken, next_read;
	bool is_over;
};

void ahead_file_finish(struct ahead_file *f)
{
	document_destroy(f->document);
	if (f->is_prepared)
		archive_prepared_finish(&f->prepared);
	for (size_t i = 0; i < f->n_faults; i++)
		free(f->faults[i].text);
	free(f->faults);
	buf_finish(&f->bytes);
	*f = (struct ahead_file){0};
}

static void keep_fault(void *data, int line, const char *text)
{
	struct ahead_file *f = data;
	f->faults = mem_grow(f->faults, f->n_faults + 1, sizeof *f->faults);
	f->faults[f->n_faults++] = (struct ahead_fault){line, mem_strdup(text)};
}

static bool is_small(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_BYTES_MAX;
}

static void read_file(const struct import_ahead *a, struct ahead_file *f, struct tokens *tokens)
{
	buf_text(&f->bytes, "");
	bool is_looked_into = f->file->is_told || !import_is_media(f->file->path);
	f->is_read = is_looked_into && is_small(f->file->full) && file_read(f->file->full, FILE_BYTES_MAX, &f->bytes, NULL) == OK;
	if (!f->is_read)
		return;
	f->hash = import_hash(a->in, f->file, buf_view(&f->bytes));
	if (archive_hashes_have(a->known, f->file->path, f->hash))
		return;
	const struct dialect_faults faults = {keep_fault, f};
	f->document = import_parse_document(f->file, &f->bytes, &faults);
	f->is_prepared = f->document->kind == DOCUMENT_EPISODE || f->document->kind == DOCUMENT_TRANSCRIPT;
	if (f->is_prepared)
		archive_prepare(&f->prepared, f->document, tokens);
}

/* Reads the next file that nobody reads. False: there is none now. With the mutex, which it lets go of meanwhile. */
static bool read_next(struct import_ahead *a, struct tokens *tokens)
{
	if (a->next_read == a->n || a->next_read >= a->next_taken + WINDOW)
		return false;
	struct slot *slot = &a->slots[a->next_read++];
	slot->state = RUNNING;
	pthread_mutex_unlock(&a->mutex);
	read_file(a, &slot->file, tokens);
	pthread_mutex_lock(&a->mutex);
	slot->state = READY;
	pthread_cond_broadcast(&a->changed);
	return true;
}

static void *work(void *data)
{
	struct import_ahead *a = data;
	struct tokens *tokens;
	/* Without them the others have more to do. */
	if (tokens_create_alone(&tokens, NULL))
		return NULL;
	pthread_mutex_lock(&a->mutex);
	while (!a->is_over)
		if (!read_next(a, tokens))
			pthread_cond_wait(&a->changed, &a->mutex);
	pthread_mutex_unlock(&a->mutex);
	tokens_destroy(tokens);
	return NULL;
}

struct import_ahead *ahead_start(struct import *in, const size_t *files, size_t n)
{
	size_t n_threads = processors(THREADS_MAX + 1) - 1; /* one is the importer's */
	if (n < WORTH_THREADS || !n_threads)
		return NULL;
	struct import_ahead *a = mem_new(1, sizeof *a);
	*a = (struct import_ahead){.in = in, .slots = mem_new(n, sizeof *a->slots), .n = n};
	for (size_t i = 0; i < n; i++)
		a->slots[i].file.file = &in->list.files[files[i]];
	a->known = archive_hashes_read(in->archive);
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->changed, NULL);
	while (a->n_threads < n_threads && pthread_create(&a->threads[a->n_threads], NULL, work, a) == 0)
		a->n_threads++;
	return a;
}

void ahead_stop(struct import_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->mutex);
	a->is_over = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->mutex);
	for (size_t i = 0; i < a->n_threads; i++)
		pthread_join(a->threads[i], NULL);
	for (size_t i = 0; i < a->n; i++)
		ahead_file_finish(&a->slots[i].file);
	archive_hashes_free(a->known);
	pthread_mutex_destroy(&a->mutex);
	pthread_cond_destroy(&a->changed);
	free(a->slots);
	free(a);
}

static void wait_for(struct import_ahead *a, const struct slot *slot)
{
	while (slot->state != READY)
		if (!read_next(a, a->in->archive->tokens))
			pthread_cond_wait(&a->changed, &a->mutex);
}

bool ahead_take(struct import_ahead *a, const struct listed_file *f, struct ahead_file *out)
{
	size_t i = a ? a->next_taken : 0;
	while (a && i < a->n && a->slots[i].file.file != f)
		i++;
	if (!a || i == a->n)
		return false;
	pthread_mutex_lock(&a->mutex);
	for (; a->next_taken <= i; a->next_taken++) {
		struct slot *slot = &a->slots[a->next_taken];
		wait_for(a, slot);
		if (a->next_taken < i)
			ahead_file_finish(&slot->file);
	}
	*out = a->slots[i].file;
	a->slots[i].file = (struct ahead_file){0};
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->mutex);
	return true;
}
