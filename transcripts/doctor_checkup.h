/* doctor_checkup.h - one run of the doctor, for doctor*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DOCTOR_CHECKUP_H
#define TRANSCRIPTS_DOCTOR_CHECKUP_H

#include "transcripts/archive_parts.h"
#include "transcripts/doctor.h"
#include "transcripts/media_store.h"

struct found_fault {
	struct doctor_fault fault; /* file and text owned */
	struct doctor_fix fix;     /* all owned; file NULL without one */
};

/* A page's own text, with the lines of its keys. */
struct page_text {
	struct buf text;
};

struct checkup {
	const struct doctor_site *site;
	struct media_store *media; /* what is known of the recordings; NULL: nothing yet */
	struct archive *archive;
	struct archive_item **items; /* all: shows' first, then conferences' */
	size_t n_items;
	struct found_fault *faults;
	size_t n_faults;
	char *last_path;         /* whose text last is */
	struct page_text last;
};

/* path: as the archive knows it. */
void checkup_fault(struct checkup *c, enum doctor_severity severity, const char *code, const char *path, int line,
	const char *format, ...) PRINTF(6, 7);
/* Gives the last fault a fix: that line of its file becomes `after`. */
void checkup_fix(struct checkup *c, struct span before, struct span after);
/* As it opens, owned by the caller. */
char *checkup_full_path(const struct checkup *c, const char *path);

/* Whether this was told of the file already. */
bool checkup_has_told(const struct checkup *c, const char *code, const char *path);

bool page_text_read(struct page_text *p, const struct checkup *c, const char *path);
void page_text_finish(struct page_text *p);
/* The line of a key's value in the front matter: "size: 123", also within "mp3: {...}" and below "mp3:"; 0 when there is
 * none. *line is the whole of it. */
int page_text_key(const struct page_text *p, const char *key, struct span *line);
/* The line of the item's file at which the text stands; in a file of many records the one nearest to the item's own. 0
 * where it doesn't. */
int checkup_line_of(struct checkup *c, const struct archive_item *item, const char *text);
/* The line of that key in the item's page, else that of its value, else that of the record itself. */
int checkup_line_of_key(struct checkup *c, const struct archive_item *item, const char *key, const char *value);

void doctor_check_item(struct checkup *c, const struct archive_item *item);    /* doctor_item.c */
void doctor_check_links(struct checkup *c, const struct archive_item *item);   /* doctor_links.c */
void doctor_check_across(struct checkup *c);                                   /* doctor_across.c */

#endif
