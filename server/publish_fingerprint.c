/* SPDX-License-Identifier: MIT */
#include "server/publish_fingerprint.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/assets.h"
#include "server/publish_hosts.h"
#include "server/template.h"
#include "transcripts/archive_outline.h"
#include "transcripts/media_store.h"
#include "transcripts/planet_store.h"

/* Raise it when the same site gives other files: the next run builds all of them. */
enum { PUBLISH_VERSION = 4 };

static void hash(uint64_t *all, uint64_t one)
{
	*all = (*all ^ one) * 0x100000001B3u;
}

static void hash_file(uint64_t *all, const char *folder, const char *name)
{
	struct buf text = {0};
	char *path = file_join(folder, name);
	hash(all, file_read(path, SIZE_MAX, &text, NULL) ? 0 : span_hash(buf_view(&text)));
	buf_finish(&text);
	free(path);
}

static enum err hash_planet(struct server *server, uint64_t *all, struct why *why)
{
	struct planet_store *store;
	enum err e = server_borrow_planet(server, &store, why);
	if (e)
		return e == E_GONE ? OK : e;
	e = planet_fingerprint(store, all, why);
	server_return_planet(server, store);
	return e;
}

enum err publish_hash_sources(struct server *server, const struct publish_options *o, uint64_t *all, struct why *why)
{
	const struct config *config = server->config;
	struct archive *archive;
	*all = 0;
	enum err e = server_borrow_archive(server, &archive, why);
	if (!e)
		e = archive_fingerprint(archive, all, why);
	server_return_archive(server, archive);
	if (e && e != E_GONE)
		return e;
	const uint64_t said[] = {PUBLISH_VERSION, span_hash(span_of(CARILLON_VERSION)), templates_hash(server->templates),
		o->absolute, o->compresses, o->media};
	for (size_t i = 0; i < COUNT_OF(said); i++)
		hash(all, said[i]);
	for (size_t i = 0; i < n_assets; i++)
		hash(all, span_hash(span_of(assets[i].digest)));
	hash_file(all, config->site, "carillon.yaml");
	e = hash_planet(server, all, why);
	if (!e && server->media)
		e = media_store_fingerprint(server->media, all, why);
	if (e)
		return e;
	return publish_hash_folder(config->site, "media", all, why);
}

uint64_t publish_fingerprint(const struct server *server, uint64_t sources)
{
	hash_file(&sources, server->config->site, "feeds.lock");
	return sources;
}
