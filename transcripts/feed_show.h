/* feed_show.h - what a podcast says of itself beside its episodes, as its owner configured it. Texts are borrowed; any but
 * name and title may be NULL. Source: publishing.md 2 (Apple, PSP-1, Podcasting 2.0's formal tags).
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_SHOW_H
#define TRANSCRIPTS_FEED_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed_funding {
	const char *url, *label;
};

struct feed_credit {
	const char *name, *role, *group, *image, *url;
};

struct feed_remark { /* podcast:txt */
	const char *purpose, *text;
};

struct feed_remote { /* a show elsewhere, for the podroll */
	const char *guid, *url, *title, *medium;
};

/* Where listeners talk while it is on, and afterwards. account may be NULL everywhere. */
struct feed_chat {
	const char *server, *protocol, *account, *space;
};

struct feed_comments { /* podcast:socialInteract */
	const char *protocol, *url, *account, *account_url;
	double priority;       /* 0 = not said */
};

struct feed_recipient { /* of podcast:value */
	const char *name, *type, *address, *custom_key, *custom_value;
	double split;
	bool fee;
};

struct feed_season {
	int64_t number;
	const char *name;
};

/* A station that is a live programme of the show. Without a status it is pending before start, live until end. */
struct feed_live {
	const char *station, *title, *status;
	int64_t start_ms, end_ms; /* end_ms INT64_MIN: none */
};

struct feed_show {
	const char *name, *title, *description, *language, *author, *category, *subcategory, *image, *type, *copyright,
		*email, *link;
	bool explicit_;
	const char *short_title, *guid, *medium, *new_feed_url;
	const char *license, *license_url;
	const char *place, *place_geo, *place_osm, *place_country, *place_rel;
	const char *update_text, *update_rrule, *update_start;
	bool locked, block, complete, update_complete;
	bool says_ai, is_ai;      /* podcast:txt purpose="ai-content" */
	const struct feed_funding *funding;
	const struct feed_credit *people;
	const struct feed_remark *remarks;
	const struct feed_remote *podroll;
	const struct feed_season *seasons;
	const struct feed_live *live;
	size_t n_funding, n_people, n_remarks, n_podroll, n_seasons, n_live;
	bool uses_podping;
	struct feed_chat chat;             /* server NULL: none */
	const struct feed_comments *comments;
	struct feed_remote publisher;      /* neither guid nor url: none */
	const char *value_type, *value_method, *value_suggested; /* type NULL: no value */
	const struct feed_recipient *recipients;
	size_t n_comments, n_recipients;
	size_t page_items;        /* a feed's page; 0 = FEED_PAGE_ITEMS */
};

#endif
