/* SPDX-License-Identifier: MIT */
#include "audio/score_reader.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"

void reader_fault(struct score_reader *c, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	c->fault(c->data, line, text.p);
	c->is_faulty = true;
	buf_finish(&text);
}

bool reader_number(struct score_reader *c, const struct yaml *value, const struct number_range *range, double *out)
{
	if (value->kind == YAML_SCALAR && span_to_double(value->text, out) && *out >= range->low && *out <= range->high)
		return true;
	reader_fault(c, value->line, "%s is a number from %g to %g, not '%.*s'", range->what, range->low, range->high,
		SPAN_ARG(yaml_text(value)));
	return false;
}

bool reader_whole(struct score_reader *c, const struct yaml *value, const struct number_range *range, int64_t *out)
{
	double number;
	if (value->kind == YAML_SCALAR && span_to_double(value->text, &number) && number >= range->low &&
	    number <= range->high && number == (double)(int64_t)number) {
		*out = (int64_t)number;
		return true;
	}
	reader_fault(c, value->line, "%s is a whole number from %.0f to %.0f, not '%.*s'", range->what, range->low, range->high,
		SPAN_ARG(yaml_text(value)));
	return false;
}

bool reader_time(struct score_reader *c, const struct yaml *value, const char *what, int64_t least_ms, int64_t most_ms,
	int64_t *out)
{
	struct span text = yaml_text(value);
	bool is_ms = span_ends(text, "ms");
	double number = -1;
	if (least_ms == 0 && (span_is(text, "none") || span_is(text, "0")))
		number = 0;
	else if (is_ms)
		(void)!span_to_double(span_make(text.p, text.n - 2), &number);
	else if (span_ends(text, "s") && span_to_double(span_make(text.p, text.n - 1), &number))
		number *= 1000;
	if (number >= (double)least_ms && number <= (double)most_ms) {
		*out = (int64_t)number;
		return true;
	}
	reader_fault(c, value->line, "%s is a time from %lldms to %gs, as 300ms or 2s, not '%.*s'", what, (long long)least_ms,
		(double)most_ms / 1000, SPAN_ARG(text));
	return false;
}

int reader_name(struct score_reader *c, const struct yaml *value, const char *what, const char *const *names)
{
	struct span text = yaml_text(value);
	struct buf known = {0};
	for (int i = 0; names[i]; i++)
		if (span_is(text, names[i]))
			return i;
	for (int i = 0; names[i]; i++)
		buf_format(&known, "%s%s", i ? ", " : "", names[i]);
	const char *meant = nearest_word(text, names);
	if (meant)
		reader_fault(c, value->line, "there is no %s '%.*s'; did you mean '%s'? Known: %s", what, SPAN_ARG(text), meant, known.p);
	else
		reader_fault(c, value->line, "there is no %s '%.*s'; known: %s", what, SPAN_ARG(text), known.p);
	buf_finish(&known);
	return -1;
}

bool reader_yes(struct score_reader *c, const struct yaml *value, const char *key, bool *out)
{
	if (yaml_bool(value, out))
		return true;
	reader_fault(c, value->line, "'%s' is true or false, not '%.*s'", key, SPAN_ARG(yaml_text(value)));
	return false;
}

bool reader_pair(struct score_reader *c, const struct yaml *value, const char *key, const char *what)
{
	if (value->kind == YAML_LIST && value->n == 2)
		return true;
	reader_fault(c, value->line, "'%s' is a list of two, %s; write %s: [A, B]", key, what, key);
	return false;
}

void reader_map(struct score_reader *c, const struct yaml *node, const char *what, const struct known_key *keys, size_t n)
{
	const char *names[READER_NAMES_MAX + 1] = {NULL};
	ASSERT(n <= READER_NAMES_MAX);
	for (size_t i = 0; i < n; i++)
		names[i] = keys[i].name;
	if (node->kind != YAML_MAP) {
		reader_fault(c, node->line, "%s is a group of `key: value`; see carillon.yaml.example", what);
		return;
	}
	for (size_t k = 0; k < node->n; k++) {
		size_t i = 0;
		while (i < n && !span_is(node->keys[k]->text, keys[i].name))
			i++;
		if (i < n) {
			keys[i].read(c, node->items[k]);
			continue;
		}
		const char *meant = nearest_word(node->keys[k]->text, names);
		if (meant)
			reader_fault(c, node->keys[k]->line, "unknown key '%.*s' in %s; did you mean '%s'?",
				SPAN_ARG(node->keys[k]->text), what, meant);
		else
			reader_fault(c, node->keys[k]->line, "unknown key '%.*s' in %s; carillon.yaml.example has them all",
				SPAN_ARG(node->keys[k]->text), what);
	}
}
