/* config_source.c - one of carillon.yaml's sources.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/config_reader.h"
#include "server/mapping_data.h"

enum { KEEP_ALIVE_MS = 30000 };

static bool has_scheme(const char *url, const char *scheme)
{
	struct span s = span_of(url);
	return span_starts(s, scheme) && s.n > strlen(scheme);
}

static bool is_socket(const char *url)
{
	return has_scheme(url, "ws://") || has_scheme(url, "wss://");
}

/* --- messages to send: JSON is YAML too, so an operator may write either --- */

static void write_scalar(struct json_writer *w, const struct yaml *node)
{
	double number;
	bool yes;
	if (node->quoted)
		json_text(w, node->text);
	else if (yaml_is_none(node))
		json_null(w);
	else if ((span_is(node->text, "true") || span_is(node->text, "false")) && yaml_bool(node, &yes))
		json_bool(w, yes);
	else if (span_to_double(node->text, &number))
		json_number(w, number);
	else
		json_text(w, node->text);
}

static void write_json(struct json_writer *w, const struct yaml *node) /* the tree's depth is bounded */
{
	if (node->kind == YAML_SCALAR) {
		write_scalar(w, node);
		return;
	}
	json_open(w, node->kind == YAML_MAP ? '{' : '[');
	for (size_t i = 0; i < node->n; i++) {
		if (node->kind == YAML_MAP)
			json_key(w, node->keys[i]->text.p);
		write_json(w, node->items[i]);
	}
	json_close(w, node->kind == YAML_MAP ? '}' : ']');
}

/* A text is sent as it stands, anything else as JSON. Borrowed from the config. */
static const char *message_of(struct config_source *s, const struct yaml *node)
{
	struct buf text = {0};
	struct json_writer w;
	if (node->kind == YAML_SCALAR)
		return node->text.p;
	json_begin(&w, &text);
	write_json(&w, node);
	s->_owned = mem_grow(s->_owned, s->_n_owned + 1, sizeof *s->_owned);
	s->_owned[s->_n_owned] = span_dup(buf_view(&text));
	buf_finish(&text);
	return s->_owned[s->_n_owned++];
}

static void add_message(struct config_source *s, const char *message)
{
	s->subscribe.items = mem_grow(s->subscribe.items, s->subscribe.n + 1, sizeof *s->subscribe.items);
	s->subscribe.items[s->subscribe.n++] = message;
}

static void read_talk(struct config_reader *r, struct config_source *s, const struct yaml *node)
{
	const struct yaml *subscribe = yaml_get(node, "subscribe"), *keep_alive = yaml_get(node, "keep_alive");
	struct mapping_talk known = s->mapping ? mapping_talk(s->mapping) : (struct mapping_talk){0};
	if ((subscribe || keep_alive || s->sequence) && !is_socket(s->url)) {
		config_fault(r, node->line, "subscribe, keep_alive and sequence are for ws:// and wss:// only; leave them away");
		return;
	}
	if (!subscribe)
		for (size_t i = 0; known.subscribe && known.subscribe[i]; i++)
			add_message(s, known.subscribe[i]);
	else if (subscribe->kind == YAML_LIST)
		for (size_t i = 0; i < subscribe->n; i++)
			add_message(s, message_of(s, subscribe->items[i]));
	else if (!yaml_is_none(subscribe))
		add_message(s, message_of(s, subscribe));
	if (!keep_alive) {
		s->keep_alive = known.keep_alive;
		s->keep_alive_ms = known.keep_alive_s ? known.keep_alive_s * INT64_C(1000) : KEEP_ALIVE_MS;
	} else if (!yaml_is_none(keep_alive)) {
		s->keep_alive = message_of(s, keep_alive);
		s->keep_alive_ms = KEEP_ALIVE_MS;
	}
	if (!yaml_get(node, "sequence"))
		s->sequence = known.sequence;
	else if (s->sequence && s->sequence[0] != '/')
		config_fault(r, node->line, "'sequence' is a JSON pointer such as /sequence, not '%s'", s->sequence);
}

/* --- the source --- */

static void check_url(struct config_reader *r, const struct config_source *s, const struct yaml *node)
{
	if (config_is_url(s->url) || is_socket(s->url) || has_scheme(s->url, "udp://") || has_scheme(s->url, "file:") ||
	    strcmp(s->url, "push") == 0)
		return;
	config_fault(r, yaml_get(node, "url")->line, "a source's url begins with https:, http:, wss:, ws:, udp: or file:, or is "
		"push, not '%s'; write url: https://HOST/PATH", s->url);
}

static void mapping_fault(void *data, int line, const char *text)
{
	config_fault(data, line, "%s", text);
}

static void read_mapping(struct config_reader *r, struct config_source *s, const struct yaml *node)
{
	if (yaml_is_none(node))
		return; /* told as missing */
	if (node->kind == YAML_MAP) {
		s->_mapping = mapping_compile(s->name ? s->name : "", node, false, mapping_fault, r);
		s->mapping = s->_mapping;
		return;
	}
	s->mapping = node->kind == YAML_SCALAR ? mapping_named(node->text) : NULL;
	if (s->mapping)
		return;
	struct buf known = {0};
	for (size_t i = 0; mapping_name_at(i); i++)
		buf_format(&known, "%s%s", i ? ", " : "", mapping_name_at(i));
	config_fault(r, node->line, "unknown mapping '%.*s'; known: %s; or write one of your own: mapping: {id: /id, ...}",
		SPAN_ARG(yaml_text(node)), known.p);
	buf_finish(&known);
}

static void check_addresses(struct config_reader *r, const struct config_source *s, const struct yaml *node)
{
	unsigned char bytes[16];
	if (s->from.n && s->url && !has_scheme(s->url, "udp://"))
		config_fault(r, node->line, "'from' is for udp:// only; leave it away");
	for (size_t i = 0; i < s->from.n; i++)
		if (inet_pton(AF_INET, s->from.items[i], bytes) != 1 && inet_pton(AF_INET6, s->from.items[i], bytes) != 1)
			config_fault(r, node->line, "'%s' is no address; write from: [127.0.0.1]", s->from.items[i]);
}

void config_read_source(struct config_reader *r, struct config_source *s, const struct yaml *node)
{
	s->line = node->line;
	s->rate = -1;
	struct config_field fields[] = {
		{"name", CONFIG_NAME, &s->name, true},
		{"url", CONFIG_TEXT, &s->url, true},
		{"mapping", CONFIG_OTHER, NULL, true},
		{"fallback", CONFIG_TEXT, &s->fallback, false},
		{"rate", CONFIG_NUMBER, &s->rate, false},
		{"repeat", CONFIG_BOOL, &s->repeat, false},
		{"subscribe", CONFIG_OTHER, NULL, false},
		{"keep_alive", CONFIG_OTHER, NULL, false},
		{"sequence", CONFIG_TEXT, &s->sequence, false},
		{"from", CONFIG_OTHER, NULL, false},
	};
	config_read_section(r, "a source", node, fields, COUNT_OF(fields));
	if (node->kind != YAML_MAP)
		return;
	config_read_list(r, &s->from, node, "from");
	read_mapping(r, s, yaml_get(node, "mapping"));
	check_addresses(r, s, node);
	if (s->url) {
		check_url(r, s, node);
		read_talk(r, s, node);
	}
	if (s->fallback && !has_scheme(s->fallback, "file:"))
		config_fault(r, yaml_get(node, "fallback")->line, "a fallback is a recording; write fallback: file:PATH");
	else if (s->fallback && s->url && strcmp(s->url, "push") == 0)
		config_fault(r, yaml_get(node, "fallback")->line, "a source that waits for pushes has no fallback; leave it away");
}

void config_source_finish(struct config_source *s)
{
	for (size_t i = 0; i < s->_n_owned; i++)
		free(s->_owned[i]);
	free(s->_owned);
	free(s->subscribe.items);
	free(s->from.items);
	mapping_destroy(s->_mapping);
}
