/* collection.h - files that hold records instead of words: a conference's talks (pyvideo, Code And Talk, media.ccc.de,
 * schedules), a show's list of episodes, people, somebody's existing feed (RSS, Atom, JSON Feed), a list of feeds
 * (OPML). One file each (collection_*.c), all pure: bytes in, structs out, line numbers kept. Detection looks at
 * content and says its reason; the path only helps where the format itself leaves a name to its folder (pyvideo's
 * conferences, Code And Talk's shows). A record that can't be read is reported and left out; the rest goes on.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COLLECTION_H
#define TRANSCRIPTS_COLLECTION_H

#include "base/json.h"
#include "transcripts/document.h"

/* One edition of a conference: "PyCon US 2017". Documents of kind DOCUMENT_TALK name it by `conference`; an empty one
 * there means the collection's only conference, or else the file's folder. */
struct conference {
	char *name;          /* a slug: "pycon-us-2017" */
	char *title, *series; /* series: what its editions share, a slug ("pycon-us"): as the source says, or the name before
	                       * its year; "" where neither says so. A series itself has its own name there */
	char *description, *url, *place, *language, *image;
	int64_t start_ms, end_ms; /* first and last day; INT64_MIN = not said */
};

struct person_record {
	char *ref;           /* the source's key, which credits name: "brett-cannon" */
	char *name, *about, *url, *image, *place;
};

/* What a feed says of the show as a whole. */
struct show_record {
	char *title, *description, *author, *language, *image, *url, *feed_url, *category, *guid, *type, *copyright;
	bool explicit_;
};

struct subscription {
	char *title, *feed_url, *page_url, *category;
};

/* The parts that a file has; most have one kind only. Everything owned. A credit has a name, or a ref with an empty
 * name where the source gives nothing but its key to a person. Slugs of a collection's documents differ from each
 * other (within a conference). */
struct collection {
	const struct collection_dialect *dialect;
	char *reason;                 /* what it was taken for and why, one sentence */
	const char *decline;          /* recognised, but not for import: why and what to do; NULL for all others */
	struct document **documents;  /* episodes and talks; each has a guid where its source has a key that stays */
	struct conference *conferences;
	struct person_record *persons;
	struct subscription *subscriptions;
	struct show_record *show;     /* NULL where there is none */
	size_t n_documents, n_conferences, n_persons, n_subscriptions;
	size_t n_faults;              /* records and values that were reported and left out */
};

struct collection_dialect {
	const char *name;  /* as `import` prints it: "a pyvideo talk" */
	const char *label; /* short and stable: "pyvideo-talk" */
	/* 0 = surely not ... 100 = surely; reason as in dialect.h. json: the parsed text, NULL when it isn't JSON. */
	int (*detect)(const char *path, struct span text, const cJSON *json, char *reason, size_t room);
	/* Fills c, which is empty but for dialect and reason. */
	void (*read)(struct collection *c, const char *path, struct span text, const cJSON *json,
		const struct dialect_faults *faults);
};

/* NULL: the file is no collection, document_read may know it. text: the file's bytes; JSON is UTF-8 with or without a
 * byte order mark, XML may be in any encoding that it marks or declares. JSON that can't be parsed is declined with its
 * line. */
struct collection *collection_read(const char *path, struct span text, const struct dialect_faults *faults);
/* The same where somebody has said what the file is (label: a collection's); said is the reason's sentence. Where it
 * surely isn't that, it is declined. */
struct collection *collection_read_as(const char *path, struct span text, struct span label, const char *said,
	const struct dialect_faults *faults);
/* All of them, by index; NULL behind the last. */
const struct collection_dialect *collection_dialect_at(size_t i);
void collection_destroy(struct collection *c); /* accepts NULL */
/* Code And Talk keeps a talk's longer description beside it, in HTML: videos/EVENT/NAME.json and NAME.html. The path at
 * which such a file would be (owned by the caller), or NULL where this path has none; then its text into the collection
 * that was read from path: the notes of its talk. The .html alone is declined with a reason that names the .json. */
char *collection_sibling(const char *path);
void collection_take_sibling(struct collection *c, struct span html);
/* For the importers: each is added with empty texts. */
struct document *collection_add_document(struct collection *c, enum document_kind kind);
struct conference *collection_add_conference(struct collection *c);
struct person_record *collection_add_person(struct collection *c);
struct subscription *collection_add_subscription(struct collection *c);
struct show_record *collection_add_show(struct collection *c);

#endif
