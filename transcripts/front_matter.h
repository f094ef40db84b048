/* front_matter.h - the YAML between two `---` lines at the top of an episode's page, into a struct document. For
 * document.c. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FRONT_MATTER_H
#define TRANSCRIPTS_FRONT_MATTER_H

#include "transcripts/document.h"

enum front_matter_found { FRONT_MATTER_NONE, FRONT_MATTER_OPEN, FRONT_MATTER_WHOLE };

/* Finds the block. FRONT_MATTER_OPEN: it begins but never ends. body_line: the file's line at which the body starts. */
enum front_matter_found front_matter_split(struct span text, struct span *yaml, struct span *body, int *body_line);

/* Parses it into d. False: not YAML, or no map; why says so. Values of a wrong type are reported and left out; keys
 * that aren't known are left alone. Known are:
 *   title, slug, show, author (text or list), description, image, guid, tags or topics (list, or text with commas)
 *   date, timestamp or dateadded (ISO 8601, or ms since the epoch), duration ("25:01", seconds, PT25M1S)
 *   media or mp3 (a file, or file, size, time or duration, type), url (a media file, else the page), permalink
 *   youtube, youtube_url, ids.youtube; season, episode or number; published, explicit; language or lang; license
 *   episode may be one between two others ("315.5"); episode_type (full, trailer, bonus), short_title, block (true),
 *   alternates (other recordings of the same: files, or file, type, language, size, time, height)
 *   location (a name, or name, geo, osm, country), soundbites (a list of start, end or duration, title)
 *   transcript: a file's name, or a list of {line, sec, time, who} and {header} (datatalks.h)
 *   chapters: a file's name, or a list of "12:34 Title" or {start, title, end, url, image, toc}
 *   hosts, host, guests, guest, speakers, persons, people: a name, names with commas, a list of names or of
 *     {name, role, ref}; a name of one word in small letters is taken for a collection's key
 *   links: a list of addresses or of {url, label}, or label: address lines
 * *is_show_notes: it has `number` and a recording as its `url`, as Syntax's pages do, whose notes list times. */
bool front_matter_read(struct span yaml, struct document *d, bool *is_show_notes, const struct dialect_faults *faults,
	struct why *why);

/* A duration: "25:01", "1:02:03", seconds ("1501", "1501.5"), "PT25M1S". False when it is none. */
bool front_matter_duration(struct span text, int64_t *ms);
/* "25.01" for 25:01: minutes and two digits of seconds behind a point. */
bool front_matter_dotted_time(struct span text, int64_t *ms);
/* True when the address is one of audio or video, by its ending. */
bool front_matter_is_media(struct span url);

#endif
