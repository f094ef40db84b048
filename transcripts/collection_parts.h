/* collection_parts.h - what the importers of records share: faults with lines, cleaned texts, slugs, dates. For
 * collection*.c and the feeds' readers only. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COLLECTION_PARTS_H
#define TRANSCRIPTS_COLLECTION_PARTS_H

#include "transcripts/collection.h"

/* Longer than any talk or episode: what claims more is a slip (ms for s, bytes for s). */
enum { LONGEST_SECONDS = 24 * 3600 };

/* Reports a fault and counts it. */
void collection_report(struct collection *c, const struct dialect_faults *faults, int line, const char *format, ...)
	PRINTF(4, 5);

/* One line: blanks folded to single ones, none at the ends, zero-width ones and controls gone. */
void collection_set_line(char **field, struct span value);
/* Several lines: CR and CRLF become LF, zero-width characters and controls go, blanks at both ends too. */
void collection_set_text(char **field, struct span value);
/* The same onto the end of a text, after an empty line where there is something already. Empty adds nothing. */
void collection_append_text(char **field, struct span value);
/* Takes away the indentation that all lines but the first share: in Markdown it would make code of them. */
void text_dedent(char *text);
/* value as a slug. */
void collection_set_slug(char **field, struct span value);
/* Makes the last document's slug differ from the earlier ones of its conference: "-2", "-3" and so on. */
struct slug_set;
void slug_set_take(struct slug_set **set, struct document *d);
void slug_set_destroy(struct slug_set *set); /* accepts NULL */
/* "pycon-us-2017" -> series "pycon-us"; leaves series alone where the name has no year at its end. */
void conference_set_series(struct conference *c);

/* The n-th folder above the file (1: the one it lies in), or empty. Borrowed from path. */
struct span path_folder(const char *path, int n);

/* "45:10", "1:02:03", "754", "25.5", "PT1H2M": seconds as ms. False for anything else, negative ones too. */
bool duration_read(struct span text, int64_t *ms);

/* The id in any of YouTube's addresses (watch?v=, youtu.be/, embed/, v/, shorts/, live/, with or without a scheme), or
 * empty. Borrowed from url. */
struct span youtube_id(struct span url);
/* A media type for a file's ending or a source's word for a format ("mp4", "ogv"), or the word itself. */
struct span media_type_of(struct span word);
/* Appends a BCP 47 tag for ISO 639 codes of two or three letters, tags ("en_US", "de-formal") and English names
 * ("Dutch"); "mul" for several ("de, en"). False, nothing appended, for what is none of them. */
bool language_tag(struct span code, struct buf *out);

/* JSON */

/* The reading of one JSON file. */
struct json_reading {
	struct collection *c;
	const char *path;
	struct span text;
	const cJSON *root;
	const struct dialect_faults *faults;
	struct json_lines *_lines; /* made when the first fault asks for a line */
	char **_reported;          /* keys that were reported as unknown */
	size_t _n_reported;
	struct slug_set *slugs;
};
void json_reading_finish(struct json_reading *r);
/* at: the value that the fault is about. */
void json_reading_fault(struct json_reading *r, const cJSON *at, const char *format, ...) PRINTF(3, 4);
/* A member's text without blanks around it, borrowed from the tree; empty where it is missing or null; anything else is
 * reported. */
struct span json_member(struct json_reading *r, const cJSON *object, const char *key);
/* Members' texts into a field; nothing happens where they are missing or empty. */
void json_set_line(struct json_reading *r, char **field, const cJSON *object, const char *key);
void json_set_text(struct json_reading *r, char **field, const cJSON *object, const char *key);
/* A date or date-time, INT64_MIN where it is missing; what can't be read is reported. */
void json_set_time(struct json_reading *r, int64_t *ms, const cJSON *object, const char *key);
/* A language code as BCP 47; one that isn't known is reported and kept as it is. */
void json_set_language(struct json_reading *r, char **field, const cJSON *object, const char *key);
/* A list's texts as tags; what isn't a text is reported. */
void json_add_tags(struct json_reading *r, struct document *d, const cJSON *object, const char *key);
/* Reports the members that aren't in the list `known` (blank-separated), each once a file. */
void json_report_unknown(struct json_reading *r, const cJSON *object, const char *known);
/* True when json is an object that has all these members (blank-separated). */
bool json_has(const cJSON *object, const char *names);

/* The readers, one file each. */
extern const struct collection_dialect collection_pyvideo_talk, collection_pyvideo_conference;
extern const struct collection_dialect collection_codeandtalk_talk, collection_codeandtalk_episodes,
	collection_codeandtalk_person, collection_codeandtalk_event, collection_codeandtalk_series,
	collection_codeandtalk_list, collection_codeandtalk_html;
extern const struct collection_dialect collection_mediaccc;
extern const struct collection_dialect collection_schedule_json, collection_schedule_streams,
	collection_schedule_xml;
extern const struct collection_dialect collection_feed, collection_feed_json, collection_opml, collection_xml_other,
	collection_planet_ini;

/* Where the source has no chapters of its own: those that the description tells. */
void collection_draw_chapters(struct document *d);

#endif
