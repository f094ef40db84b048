/* media_store.h - what is known of the site's media, in var/media.db: each file is studied once (media_study.h),
 * whatever it is called and however often the program starts. A file is known by path, size and time of change; one
 * that isn't, by the SHA-256 of its bytes. The database is derived and can be deleted. Any thread: calls wait for
 * one another, but not for a file that is being read. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_STORE_H
#define TRANSCRIPTS_MEDIA_STORE_H

#include "transcripts/media_study.h"

struct media_store;

/* folder: the site's var/, made when missing. Errors are those of archive_open. */
enum err media_store_open(const char *folder, struct media_store **store, struct why *why) NODISCARD;
/* For reading only. E_GONE: nothing was studied yet. */
enum err media_store_open_reader(const char *folder, struct media_store **store, struct why *why) NODISCARD;
void media_store_close(struct media_store *m); /* accepts NULL */

/* False: SITE/media has no recording, and nothing was ever known of any; a store would stay empty. */
bool media_store_is_wanted(const char *site, const char *folder);

/* What is known, or a pass over the file. *was_known, which may be NULL, says which. That a file isn't media
 * (E_FORMAT) is kept too, that its child died or wasn't done only until the store is closed. media_probe knows of it
 * from then on. Without pictures and captions where it was known: media_store_find gives them. */
enum err media_store_study(struct media_store *m, const char *path, const struct media_watcher *watcher,
	struct media_study *s, bool *was_known, struct why *why) NODISCARD;

enum media_store_parts { MEDIA_FACTS, MEDIA_CAPTIONS_TOO, MEDIA_ALL };
/* What is known of the file as it is now; no more of it is read than its size and time. E_GONE: nothing yet, or
 * there is no such file; E_FORMAT: not media. */
enum err media_store_find(struct media_store *m, const char *path, enum media_store_parts parts, struct media_study *s,
	struct why *why) NODISCARD;

/* Mixes in which recordings are known: another value where one was studied since. */
enum err media_store_fingerprint(struct media_store *m, uint64_t *all, struct why *why) NODISCARD;

/* All of SITE/media but renditions (media_make.h), one after the other, in the order of their names. */
struct media_store_report {
	/* Each may be NULL. After each file: e and why as of media_store_study, s only when e is OK. */
	void (*file)(void *data, const char *name, const struct media_study *s, bool was_known, enum err e,
		const struct why *why);
	/* While there is work: files that are done and how many there are, the one that is being read and how far. */
	void (*progress)(void *data, size_t done, size_t total, const char *name, int thousandths);
	void *data;
	const atomic_bool *stop;
	bool is_gentle;
};
/* *studied, which may be NULL: how many weren't known. E_TIMEOUT: stopped. */
enum err media_store_study_all(struct media_store *m, const char *site, const struct media_store_report *report,
	size_t *studied, struct why *why) NODISCARD;

#endif
