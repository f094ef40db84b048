/* SPDX-License-Identifier: MIT */
#include "server/config_reader.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/nearest.h"

enum { KEYS_MAX = 48 };

void config_fault(struct config_reader *r, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	diag_fault(r->config->file, line, "%s", text.p);
	buf_finish(&text);
	r->faulty = true;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

struct scale {
	char letter;
	int64_t factor;
};
static const struct scale durations[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
static const struct scale sizes[] = {{'K', INT64_C(1) << 10}, {'M', INT64_C(1) << 20}, {'G', INT64_C(1) << 30},
	{'T', INT64_C(1) << 40}};

/* A whole number and one letter. */
static bool read_scaled(struct span text, const struct scale *scales, size_t n, int64_t *out)
{
	int64_t number;
	if (text.n < 2 || !span_to_i64(span_make(text.p, text.n - 1), &number) || number <= 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((text.p[text.n - 1] | 0x20) == (scales[i].letter | 0x20) && number <= INT64_MAX / scales[i].factor) {
			*out = number * scales[i].factor;
			return true;
		}
	return false;
}

static void read_field(struct config_reader *r, const struct config_field *f, const struct yaml *value)
{
	struct span text = yaml_text(value);
	if (f->kind == CONFIG_OTHER)
		return;
	if (value->kind != YAML_SCALAR) {
		config_fault(r, value->line, "'%s' takes one value; write %s: VALUE", f->key, f->key);
		return;
	}
	if (yaml_is_none(value))
		return;
	switch (f->kind) {
	case CONFIG_NAME:
		if (!is_name(text)) {
			config_fault(r, value->line, "'%.*s' can't be a name: it stands in URLs; use a-z, 0-9, - and _, at most 64",
				SPAN_ARG(text));
			return;
		}
		/* fall through */
	case CONFIG_TEXT: *(const char **)f->to = text.p; break;
	case CONFIG_BOOL:
		if (!yaml_bool(value, f->to))
			config_fault(r, value->line, "'%s' is true or false, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case CONFIG_NUMBER:
		if (!span_to_double(text, f->to) || *(double *)f->to < 0)
			config_fault(r, value->line, "'%s' is a number from 0 on, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case CONFIG_DURATION:
		if (!read_scaled(text, durations, COUNT_OF(durations), f->to))
			config_fault(r, value->line, "'%s' is a time such as 90m, 12h, 30d or 2w, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case CONFIG_SIZE:
		if (!read_scaled(text, sizes, COUNT_OF(sizes), f->to))
			config_fault(r, value->line, "'%s' is a size such as 500M or 2G, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case CONFIG_OTHER: break;
	}
}

/* Reads the section's known keys; every other key is a fault with the nearest known one. */
void config_read_section(struct config_reader *r, const char *what, const struct yaml *node,
	const struct config_field *fields, size_t n)
{
	const char *known[KEYS_MAX + 1] = {NULL};
	ASSERT(n <= KEYS_MAX);
	for (size_t i = 0; i < n; i++)
		known[i] = fields[i].key;
	if (node->kind != YAML_MAP) {
		config_fault(r, node->line, "%s is a group of `key: value`; see carillon.yaml.example", what);
		return;
	}
	for (size_t k = 0; k < node->n; k++) {
		const struct yaml *key = node->keys[k];
		size_t i = 0;
		while (i < n && !span_is(key->text, fields[i].key))
			i++;
		const char *meant = nearest_word(key->text, known);
		if (i < n)
			read_field(r, &fields[i], node->items[k]);
		else if (meant)
			config_fault(r, key->line, "unknown key '%.*s' in %s; did you mean '%s'?", SPAN_ARG(key->text), what, meant);
		else
			config_fault(r, key->line, "unknown key '%.*s' in %s; carillon.yaml.example has them all", SPAN_ARG(key->text),
				what);
	}
	for (size_t i = 0; i < n; i++)
		if (fields[i].required && yaml_is_none(yaml_get(node, fields[i].key)))
			config_fault(r, node->line, "%s has no '%s'; add %s: VALUE", what, fields[i].key, fields[i].key);
}

static void add_to_list(struct config_reader *r, struct config_list *list, const struct yaml *item, const char *key)
{
	if (item->kind != YAML_SCALAR || yaml_is_none(item)) {
		config_fault(r, item->line, "'%s' takes a value or a list of values; write %s: [A, B]", key, key);
		return;
	}
	list->items = mem_grow(list->items, list->n + 1, sizeof *list->items);
	list->items[list->n++] = item->text.p;
}

/* A scalar is a list of one. */
void config_read_list(struct config_reader *r, struct config_list *list, const struct yaml *node, const char *key)
{
	const struct yaml *value = yaml_get(node, key);
	if (!value)
		return;
	if (value->kind != YAML_LIST) {
		add_to_list(r, list, value, key);
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		add_to_list(r, list, value->items[i], key);
}

bool config_is_url(const char *url)
{
	struct span s = span_of(url);
	return (span_starts(s, "https://") && s.n > 8) || (span_starts(s, "http://") && s.n > 7);
}
