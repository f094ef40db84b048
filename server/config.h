/* config.h - carillon.yaml as structs. Every key is in carillon.yaml.example, which a test loads. Unknown keys, wrong types
 * and values out of range are faults with file:line and the nearest known key; all of them are reported, not only the
 * first. Strings are NUL-terminated and owned by the config. Read-only once loaded; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "audio/score.h"
#include "base/err.h"
#include "base/event.h"
#include "server/mapping.h"
#include "transcripts/feed_show.h"
#include "transcripts/kinds.h"

struct config_list { /* a scalar in the file is a list of one */
	const char **items;
	size_t n;
};

struct config_source {
	const char *name;
	const char *url;      /* http(s)://... ws(s)://... udp://ADDR:PORT[/PREFIX] push, or file:PATH (relative to the site) */
	const struct mapping *mapping; /* a built-in one, or the file's own */
	const char *fallback; /* file:PATH to play while the url can't be reached, or NULL */
	double rate;          /* file only: events a second; 0 = as fast as it goes, < 0 = by the recorded times */
	bool repeat;          /* file only: start again at the end */
	/* ws(s) only; where the file doesn't say, what the mapping knows (mapping_talk) */
	struct config_list subscribe; /* messages to send first */
	const char *keep_alive;       /* a message to send when nothing was heard for keep_alive_ms; NULL: only pings */
	int64_t keep_alive_ms;
	const char *sequence;         /* JSON pointer to a number that goes up by one from message to message, or NULL */
	struct config_list from;      /* udp only: addresses that may send; empty: any */
	int line;
	struct mapping *_mapping;     /* private: where it is the file's own */
	char **_owned;                /* private: texts of subscribe and keep_alive that were written anew */
	size_t _n_owned;
};

struct config_station {
	const char *name, *title;
	struct config_list source, channel, namespace_, kind, actor_kind; /* match: empty = any */
	const struct score_rules *score; /* a built-in one, or the file's own */
	int line;
	struct score_rules *_score;      /* private: where it is the file's own */
};

struct config_show {
	const char *name, *title, *description, *language, *author, *category, *subcategory, *image, *type, *copyright,
		*email, *link;
	bool explicit_;
	int line;
	struct feed_show feed; /* all of it, as feeds want it */
	void **_owned;         /* private: the lists in it */
	size_t _n_owned;
};

/* A feed of the planet, or a list of feeds. */
struct config_planet {
	const char *url;   /* http(s)://..., or a file in the site that names feeds (OPML) */
	const char *title; /* NULL: as the feed calls itself */
	int line;
};

struct config_redirect {
	const char *from;     /* a path of this site, decoded, as addresses have it; with or without a final '/' is the same */
	const char *to;       /* a path of this site, or http(s)://... */
};

struct config {
	char *site;       /* folder */
	char *file;       /* site/carillon.yaml, for messages */
	const char *title;
	const char *description;
	const char *base_url; /* no final '/'; defaults to http://LISTEN */
	struct config_source *sources;
	size_t n_sources;
	struct config_station *stations;
	size_t n_stations;
	struct config_show *shows;
	size_t n_shows;
	struct kind_rule *imports; /* what files are, where their content tells something else */
	size_t n_imports;
	const char *hub;      /* WebSub's, or NULL */
	struct config_planet *planet;
	size_t n_planet;
	int64_t planet_interval_ms; /* a feed is asked no more often */
	bool planet_private;        /* feeds at private addresses, and at this machine's own, are fetched too */
	struct config_redirect *redirects;
	size_t n_redirects;
	unsigned personal_stations; /* at most so many narrowed ones play at a time */
	int64_t log_keep_ms;  /* events older than this go; 0: none do */
	uint64_t log_bytes;   /* the oldest go while the log is larger; 0: it may grow */
	void *_tree; /* private: the YAML that the strings borrow from */
	char *_base_url;
};

/* Loads SITE/carillon.yaml. Faults were already printed by diag_fault when it returns E_FORMAT; E_GONE: no such site or
 * file (also printed). */
enum err config_load(const char *site, struct config **config) NODISCARD;
void config_destroy(struct config *c);

const struct config_source *config_source(const struct config *c, struct span name);
const struct config_station *config_station(const struct config *c, struct span name);
const struct config_show *config_show(const struct config *c, struct span name);
const struct config_redirect *config_redirect(const struct config *c, struct span path);
bool config_list_has(const struct config_list *list, struct span value);
bool config_list_passes(const struct config_list *list, struct span value); /* an empty list lets everything through */
/* Does the station want this event? An event that belongs to no namespace (an account's creation) passes any namespace
 * filter. */
bool config_station_wants(const struct config_station *s, const struct event *ev);

#endif
