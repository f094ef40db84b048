/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_save.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"

struct archive_saving {
	struct archive *archive;
	pthread_t thread;
};

static void *save(void *data)
{
	const struct archive_saving *s = data;
	/* What fails now is tried again by whoever closes the archive, or opens it next. */
	(void)sqlite3_wal_checkpoint_v2(s->archive->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return NULL;
}

struct archive_saving *archive_save_begin(struct archive *a)
{
	struct archive_saving *s = mem_new(1, sizeof *s);
	s->archive = a;
	if (pthread_create(&s->thread, NULL, save, s)) {
		free(s);
		return NULL;
	}
	return s;
}

void archive_save_end(struct archive_saving *s)
{
	if (!s)
		return;
	pthread_join(s->thread, NULL);
	free(s);
}
