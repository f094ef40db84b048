/* media_check.h - what pages say of their recordings beside what the recordings are, as far as media.db knows them.
 * Blocking; the archive's thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_CHECK_H
#define TRANSCRIPTS_MEDIA_CHECK_H

#include "transcripts/archive.h"
#include "transcripts/media_store.h"

/* file: opens from the current folder; line 0: none. Told are: a duration that is more than two seconds off, another
 * size, a name that says another type, a head that promises more or less than there is, sound that can't be decoded. */
struct media_check_report {
	void (*fault)(void *data, const char *file, int line, const char *text);
	void *data;
};
/* site: its folder. *n_faults counts on. */
enum err media_check(struct archive *a, const char *site, struct media_store *store,
	const struct media_check_report *report, size_t *n_faults, struct why *why) NODISCARD;

#endif
