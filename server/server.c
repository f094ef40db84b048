/* SPDX-License-Identifier: MIT */
#include "server/server.h"

#include "transcripts/archive.h"

enum err server_borrow_archive(struct server *s, struct archive **archive, struct why *why)
{
	*archive = NULL;
	pthread_mutex_lock(&s->_readers_lock);
	for (int i = 0; i < SERVER_READERS && !*archive; i++) {
		*archive = s->_readers[i];
		s->_readers[i] = NULL;
	}
	pthread_mutex_unlock(&s->_readers_lock);
	return *archive ? OK : archive_open_reader(s->var, archive, why);
}

void server_return_archive(struct server *s, struct archive *archive)
{
	pthread_mutex_lock(&s->_readers_lock);
	for (int i = 0; i < SERVER_READERS && archive; i++)
		if (!s->_readers[i]) {
			s->_readers[i] = archive;
			archive = NULL;
		}
	pthread_mutex_unlock(&s->_readers_lock);
	archive_close(archive);
}

void server_close_archives(struct server *s)
{
	for (int i = 0; i < SERVER_READERS; i++) {
		archive_close(s->_readers[i]);
		s->_readers[i] = NULL;
	}
}
