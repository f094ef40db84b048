/* document.h - one of the site's files, read: an episode page (front matter, notes, maybe a transcript inside) or a
 * transcript alone. Pure but for nothing: bytes in, struct out. Owned by the caller.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DOCUMENT_H
#define TRANSCRIPTS_DOCUMENT_H

#include "base/buf.h"
#include "transcripts/dialect.h"

enum document_kind {
	DOCUMENT_EPISODE,    /* front matter and Markdown; a transcript may be inside */
	DOCUMENT_TRANSCRIPT, /* a transcript alone */
	DOCUMENT_DECLINED,   /* known, but not for import: reason says why */
	DOCUMENT_UNKNOWN,
};

struct document {
	enum document_kind kind;
	bool is_page;                  /* front matter and Markdown; one that was declined for naming neither recording nor
	                                * transcript is an episode after all where a transcript has its slug */
	const struct dialect *dialect; /* the transcript's, NULL without one */
	char *reason;                  /* what it was taken for and why, one sentence */
	int reason_line;               /* where an unknown file's reason shows; 0 = the file as a whole */
	struct transcript *transcript; /* NULL without one */
	/* Episodes, and what a transcript's own head says (title); every text NUL-terminated, "" where missing. */
	char *title, *slug, *show, *author, *description, *image, *guid, *transcript_file;
	char *media_file;    /* as written: mp3.file or media */
	int64_t media_bytes; /* mp3.size; 0 = not said */
	int64_t duration_ms; /* mp3.time (also 25.01 for 25:01, reported as a fault); 0 = not said */
	int64_t published_ms; /* timestamp / date; INT64_MIN = not said */
	bool published;      /* published: false keeps it out of pages and feeds */
	int64_t season, episode; /* 0 = not said */
	bool explicit_;
	char *youtube;       /* id, "" without one */
	char **tags;
	size_t n_tags;
	char *notes;         /* Markdown with transcript and placeholders ({% ... %}, <podcast>) taken out */
	int notes_line;      /* the file's line at which the notes start */
};

/* Never fails: what can't be read is DOCUMENT_UNKNOWN with its reason; faults are reported line by line.
 * name: the file's, for its stem (slug) and ending; the content decides. */
struct document *document_read(const char *name, struct span bytes, const struct dialect_faults *faults);
void document_destroy(struct document *d);

#endif
