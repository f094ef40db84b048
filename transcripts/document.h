/* document.h - one episode, talk or transcript as a file tells it, in the one form that every importer makes and the
 * archive takes: a head, Markdown notes, chapters, people, links, media, maybe a transcript. Pure: bytes in, struct
 * out. Files that hold many of them are collection.h's. Owned by the caller.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DOCUMENT_H
#define TRANSCRIPTS_DOCUMENT_H

#include "base/buf.h"
#include "transcripts/dialect.h"

enum document_kind {
	DOCUMENT_EPISODE,    /* an issue of a show; a transcript may be inside */
	DOCUMENT_TALK,       /* a session of a conference */
	DOCUMENT_TRANSCRIPT, /* a transcript alone */
	DOCUMENT_DECLINED,   /* known, but not for import: reason says why */
	DOCUMENT_UNKNOWN,
};

struct document_chapter {
	int64_t start_ms, end_ms; /* end_ms -1 = not said */
	char *title, *url, *image;
	bool is_hidden;           /* only a change of picture or link, not in the table of contents (JSON chapters' toc) */
	int line;
};

/* Somebody who takes part, as the source names him. */
struct document_credit {
	char *name, *role; /* role: "host", "guest", "speaker"; "" where the source doesn't say */
	char *ref;         /* the source's own key, to a collection's person: "brett-cannon"; "" where there is none */
	int line;
};

struct document_link {
	char *url, *label; /* label "" where there is none */
	bool is_spoken;    /* it stands in the transcript... */
	int64_t start_ms;  /* ...at this time; -1 = nobody knows when, or it isn't spoken */
};

/* One recording of it; several are alternatives: sizes, formats, languages, hosts. */
struct document_media {
	char *url;           /* or a file's name */
	char *type;          /* a media type ("video/mp4"), or the source's word ("youtube"); "" = unknown */
	char *language;      /* as the source has it, "" = not said */
	int64_t bytes, duration_ms; /* 0 = not said */
	int height;          /* of the picture; 0 = not said */
};

/* A stretch worth hearing on its own. */
struct document_soundbite {
	int64_t start_ms, duration_ms;
	char *title; /* "" = the episode's */
};

/* A file elsewhere that belongs to it, as a feed names them: a transcript, or chapters. */
struct document_companion {
	char *url, *type, *language; /* type: its media type, as it is claimed; "" = not said */
	bool is_chapters;
};

struct document {
	enum document_kind kind;
	bool is_page;                  /* front matter and Markdown; one that was declined for naming neither recording nor
	                                * transcript is an episode after all where a transcript has its slug */
	const struct dialect *dialect; /* the transcript's, NULL without one */
	char *reason;                  /* what it was taken for and why, one sentence */
	bool is_chapters;              /* declined, but for its chapters: a file of nothing else, for an episode that names
	                                * it (chapters_file), or an episode or talk that has its slug */
	bool are_chapters_noted;       /* its chapters are lines of its notes: a file of chapters has more to say */
	int reason_line;               /* where an unknown file's reason shows; 0 = the file as a whole */
	struct transcript *transcript; /* NULL without one */
	/* Episodes, and what a transcript's own head says (title); every text NUL-terminated, "" where missing. */
	char *title, *slug, *show, *author, *description, *image, *guid, *transcript_file;
	char *chapters_file; /* chapters: where it is a file's name */
	char *media_file;    /* as written: mp3.file or media */
	int64_t media_bytes; /* mp3.size; 0 = not said */
	int64_t duration_ms; /* mp3.time (also 25.01 for 25:01, reported as a fault); 0 = not said */
	int64_t published_ms; /* timestamp / date; INT64_MIN = not said */
	bool published;      /* published: false keeps it out of pages and feeds */
	int64_t season, episode; /* 0 = not said */
	bool explicit_;
	/* What only feeds say of it. */
	char *episode_type;  /* "full", "trailer", "bonus"; "" = full */
	char *episode_decimal; /* a number between two others as written ("315.5"), "" for whole ones */
	char *short_title;   /* without the show's name and the number, where the title has them */
	char *place, *place_geo, *place_osm, *place_country; /* where it is about: a name, "geo:48.2,16.4", "R109166", "AT" */
	char *comments, *comments_protocol; /* where its listeners talk of it: an address, "activitypub" (socialInteract) */
	char *comments_account, *comments_account_url; /* "@bells", its address; protocol "disabled" alone: nowhere */
	bool is_blocked;     /* Apple and others shall not list it */
	struct document_soundbite *soundbites;
	size_t n_soundbites;
	char *youtube;       /* id, "" without one */
	char **tags;
	size_t n_tags;
	char *conference;    /* a talk's, a slug; "" = its folder's */
	char *room, *track, *session; /* a talk's; session: its kind ("lightning talk") */
	char *language;      /* of what is said: BCP 47 where the source allows ("en", "de"), "" = not said */
	char *license, *page_url; /* page_url: where its source shows it */
	bool is_opted_out;   /* its speaker wants no recording published: no media, no transcript is shown */
	struct document_chapter *chapters;
	struct document_credit *credits;
	struct document_link *links;
	struct document_media *media;
	struct document_companion *companions; /* a feed's alone; the archive doesn't keep them */
	size_t n_chapters, n_credits, n_links, n_media, n_companions;
	char *notes;         /* Markdown with transcript and placeholders ({% ... %}, <podcast>) taken out */
	int notes_line;      /* the file's line at which the notes start */
};

/* Never fails: what can't be read is DOCUMENT_UNKNOWN with its reason; faults are reported line by line.
 * name: the file's, for its stem (slug) and ending; the content decides. */
struct document *document_read(const char *name, struct span bytes, const struct dialect_faults *faults);
/* The same where somebody has said what the file is: label is a dialect's (dialect_named), a form of chapters'
 * (chapters_named) or "page", a page with front matter; then nothing is detected. said: who said so, the reason's
 * sentence. DOCUMENT_UNKNOWN also for a label that is none: the reason names the nearest one. */
struct document *document_read_as(const char *name, struct span bytes, struct span label, const char *said,
	const struct dialect_faults *faults);
/* For the importers: an empty one, every text "". */
struct document *document_create(enum document_kind kind);
void document_destroy(struct document *d); /* accepts NULL */
/* Replaces one of the document's texts. */
void document_set(char **text, struct span value);
/* Each is added with empty texts, to be set by document_set; the pointer holds until the next is added. */
struct document_chapter *document_add_chapter(struct document *d);
struct document_credit *document_add_credit(struct document *d);
struct document_link *document_add_link(struct document *d);
struct document_media *document_add_media(struct document *d);
struct document_soundbite *document_add_soundbite(struct document *d);
struct document_companion *document_add_companion(struct document *d);
void document_add_tag(struct document *d, struct span tag);

#endif
