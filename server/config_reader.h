/* config_reader.h - reading sections of carillon.yaml by table, with faults that say where; for config*.c alone. One
 * thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CONFIG_READER_H
#define SERVER_CONFIG_READER_H

#include "base/yaml_tree.h"
#include "server/config.h"

/* One key of a section: where its value goes, and of what kind it is. */
struct config_field {
	const char *key;
	enum {
		CONFIG_TEXT,     /* const char * */
		CONFIG_NAME,     /* the same; lower case, digits, '-', '_' */
		CONFIG_BOOL,     /* bool */
		CONFIG_NUMBER,   /* double, from 0 on */
		CONFIG_DURATION, /* int64_t, ms: 45s 90m 12h 30d 2w */
		CONFIG_SIZE,     /* uint64_t, bytes: 500M 2G 1T, by 1024 */
		CONFIG_OTHER,    /* read elsewhere */
	} kind;
	void *to;
	bool required;
};

struct config_reader {
	struct config *config;
	bool faulty;
};

void config_fault(struct config_reader *r, int line, const char *format, ...) PRINTF(3, 4);
/* Reads the section's known keys; every other key is a fault with the nearest known one. what: "a source". */
void config_read_section(struct config_reader *r, const char *what, const struct yaml *node,
	const struct config_field *fields, size_t n);
/* The value or values of a key; a scalar is a list of one. */
void config_read_list(struct config_reader *r, struct config_list *list, const struct yaml *node, const char *key);
bool config_is_url(const char *url); /* http or https */

/* config_source.c */
void config_read_source(struct config_reader *r, struct config_source *s, const struct yaml *node);
void config_source_finish(struct config_source *s);

/* config_show.c; after the stations are read */
void config_read_show(struct config_reader *r, struct config_show *s, const struct yaml *node);
void config_show_finish(struct config_show *s);

#endif
