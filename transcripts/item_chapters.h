/* item_chapters.h - which chapters an item has: one list for its page, its files (JSON, psc, lines), its feeds, JSON-LD,
 * search engines. Blocking; the archive's thread.
 *
 * The first of these that has any counts:
 *   1. `chapters:` in the page's front matter, as a list
 *   2. a file of chapters that the page names, or that has its name
 *   3. for what came out of a feed: its psc:chapters, else the file that podcast:chapters names, where it was imported
 *   4. headings in the transcript (DataTalks' {header: ...})
 *   5. times in the notes or the description (chapters.h says which)
 *   6. chapters that lie in the recording: ID3, MP4, Matroska, Ogg
 * Up to 5 the import settles it (document.c, archive_parts.h); 6 is asked of media.db, since a recording may come later.
 *
 * Then every form has them in order of their starts, each start once but for hidden ones (those change only a picture or a
 * link), ends that neither lie before their start nor in the next chapter, titles on one line of at most 255 characters
 * (PSP-1), "Chapter 3" where there is none, and none that starts more than a second after the recording's end, where its
 * real length is known. What had to be changed the doctor tells (doctor_item.c).
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ITEM_CHAPTERS_H
#define TRANSCRIPTS_ITEM_CHAPTERS_H

#include "transcripts/archive.h"
#include "transcripts/media_store.h"

enum { ITEM_CHAPTER_TITLE = 255, ITEM_CHAPTER_LATE_MS = 1000 };

/* d: the item's parts (archive_parts), whose chapters become the list. folder: the site's; media: what is known of its
 * recordings, or NULL. */
void item_chapters(const struct archive_item *item, const char *folder, struct media_store *media, struct document *d);
/* Are there chapters in the recording? media_file: as an item has it. */
bool item_chapters_in_recording(const char *media_file, const char *folder, struct media_store *media);
/* Does a text (notes) tell all of them itself, each by a line that begins with its second? */
bool item_chapters_are_told(struct span text, const struct document *d);

#endif
