/* SPDX-License-Identifier: MIT */
#include "server/server.h"

#include "transcripts/archive_build.h"
#include "transcripts/planet_store.h"

enum err server_borrow_archive(struct server *s, struct archive **archive, struct why *why)
{
	*archive = NULL;
	pthread_mutex_lock(&s->_readers_lock);
	for (int i = 0; i < SERVER_READERS && !*archive; i++) {
		*archive = s->_readers[i];
		s->_readers[i] = NULL;
	}
	pthread_mutex_unlock(&s->_readers_lock);
	if (*archive)
		return OK;
	return s->archive ? archive_build_reader(s->archive, s->var, archive, why) : archive_open_reader(s->var, archive, why);
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

enum err server_borrow_planet(struct server *s, struct planet_store **store, struct why *why)
{
	*store = NULL;
	pthread_mutex_lock(&s->_readers_lock);
	for (int i = 0; i < SERVER_READERS && !*store; i++) {
		*store = s->_planet_readers[i];
		s->_planet_readers[i] = NULL;
	}
	pthread_mutex_unlock(&s->_readers_lock);
	return *store ? OK : planet_store_open_reader(s->var, store, why);
}

void server_return_planet(struct server *s, struct planet_store *store)
{
	pthread_mutex_lock(&s->_readers_lock);
	for (int i = 0; i < SERVER_READERS && store; i++)
		if (!s->_planet_readers[i]) {
			s->_planet_readers[i] = store;
			store = NULL;
		}
	pthread_mutex_unlock(&s->_readers_lock);
	planet_store_close(store);
}

void server_close_archives(struct server *s)
{
	for (int i = 0; i < SERVER_READERS; i++) {
		planet_store_close(s->_planet_readers[i]);
		s->_planet_readers[i] = NULL;
		archive_close(s->_readers[i]);
		s->_readers[i] = NULL;
	}
}
