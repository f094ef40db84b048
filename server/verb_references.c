/* verb_references.c - `carillon references`: where the site's recordings speak of each other, each with its evidence, and
 * what the owner's rules strike.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/config.h"
#include "transcripts/archive_mentions.h"
#include "transcripts/archive_references.h"

enum { RULES_BYTES_MAX = 4 << 20 };

struct listing {
	const char *rules_file;
	struct reference_rules *rules;
	bool is_json;
	struct json_writer json;
	struct buf out;
	size_t n, n_struck;
};

static const char *const kinds[] = {[REFERENCE_NUMBER] = "number", [REFERENCE_TITLE] = "title",
	[REFERENCE_SPEAKER] = "speaker", [REFERENCE_LINK] = "link"};

static void print_fault(void *data, int line, const char *text)
{
	diag_fault(data, line, "%s", text);
}

static void print_unused(void *data, int line)
{
	diag_fault(data, line, "this rule strikes nothing; take it out, or correct its paths (carillon references lists them)");
}

static void add_json(struct listing *l, const struct archive_reference *r, const char *from, const char *to, bool is_struck)
{
	struct json_writer *w = &l->json;
	json_open(w, '{');
	json_key(w, "from");
	json_text(w, span_of(from));
	json_key(w, "start");
	if (r->start_ms < 0)
		json_null(w);
	else
		json_number(w, (double)r->start_ms / 1000);
	json_key(w, "to");
	json_text(w, span_of(to));
	json_key(w, "kind");
	json_text(w, span_of(kinds[r->kind]));
	json_key(w, "words");
	json_text(w, span_of(r->words));
	json_key(w, "struck");
	json_bool(w, is_struck);
	json_close(w, '}');
}

static void add_line(struct listing *l, const struct archive_reference *r, const char *from, const char *to, bool is_struck)
{
	buf_format(&l->out, "%s%s", is_struck ? "struck: " : "", from);
	if (r->start_ms >= 0) {
		buf_text(&l->out, " at ");
		stamp_write(&l->out, r->start_ms, false);
	}
	buf_format(&l->out, " -> %s (%s: %s)\n", to, kinds[r->kind], r->words);
}

static void add_reference(struct listing *l, struct archive *a, const struct archive_reference *r)
{
	struct archive_item *from = archive_item_by_id(a, r->item), *to = archive_item_by_id(a, r->target);
	struct buf from_path = {0}, to_path = {0};
	if (from && to) {
		archive_item_path(&from_path, from);
		archive_item_path(&to_path, to);
		bool is_struck = reference_rules_strike(l->rules, from_path.p, to_path.p);
		l->n++;
		l->n_struck += is_struck;
		(l->is_json ? add_json : add_line)(l, r, from_path.p, to_path.p, is_struck);
	}
	buf_finish(&from_path);
	buf_finish(&to_path);
	archive_item_free(from);
	archive_item_free(to);
}

static void add_mention(struct listing *l, const struct archive_mention *m, const char *from, const char *to)
{
	bool is_struck = reference_rules_strike(l->rules, from, to);
	if (l->is_json) {
		struct json_writer *w = &l->json;
		json_open(w, '{');
		json_key(w, "from");
		json_text(w, span_of(from));
		json_key(w, "start");
		if (m->start_ms < 0)
			json_null(w);
		else
			json_number(w, (double)m->start_ms / 1000);
		json_key(w, "to");
		json_text(w, span_of(to));
		json_key(w, "name");
		json_text(w, span_of(m->name));
		json_key(w, "struck");
		json_bool(w, is_struck);
		json_close(w, '}');
		return;
	}
	buf_format(&l->out, "%s%s", is_struck ? "struck: " : "", from);
	if (m->start_ms >= 0) {
		buf_text(&l->out, " at ");
		stamp_write(&l->out, m->start_ms, false);
	}
	buf_format(&l->out, " -> %s (person: %s)\n", to, m->name);
}

static enum err list_people(struct listing *l, struct archive *a, struct why *why)
{
	struct archive_mention *list;
	size_t n;
	enum err e = archive_mentions_from(a, 0, &list, &n, why);
	if (e)
		return e;
	if (l->is_json) {
		json_key(&l->json, "people");
		json_open(&l->json, '[');
	}
	for (size_t i = 0; i < n; i++) {
		struct archive_item *from = archive_item_by_id(a, list[i].item);
		struct buf from_path = {0}, to_path = {0};
		buf_text(&to_path, "/people/");
		escape_url(&to_path, span_of(list[i].slug));
		if (from) {
			archive_item_path(&from_path, from);
			add_mention(l, &list[i], from_path.p, to_path.p);
		}
		archive_item_free(from);
		buf_finish(&from_path);
		buf_finish(&to_path);
	}
	if (l->is_json)
		json_close(&l->json, ']');
	archive_mentions_free(list, n);
	return OK;
}

static enum err list_all(struct listing *l, struct archive *a, struct why *why)
{
	struct archive_reference *list;
	size_t n;
	enum err e = archive_references_from(a, 0, &list, &n, why);
	if (e)
		return e;
	if (l->is_json) {
		json_open(&l->json, '{');
		json_key(&l->json, "references");
		json_open(&l->json, '[');
	}
	for (size_t i = 0; i < n; i++)
		add_reference(l, a, &list[i]);
	archive_references_free(list, n);
	if (l->is_json)
		json_close(&l->json, ']');
	e = list_people(l, a, why);
	if (e)
		return e;
	if (l->is_json) {
		json_close(&l->json, '}');
		buf_char(&l->out, '\n');
	} else {
		buf_format(&l->out, "%zu reference%s, %zu of them struck\n", l->n, l->n == 1 ? "" : "s", l->n_struck);
	}
	fwrite(l->out.p, 1, l->out.n, stdout);
	reference_rules_unused(l->rules, print_unused, (void *)(uintptr_t)l->rules_file);
	return OK;
}

static enum err read_rules(const char *path, struct reference_rules **rules, struct why *why)
{
	struct buf text = {0};
	enum err e = file_read(path, RULES_BYTES_MAX, &text, why);
	buf_text(&text, "");
	const struct dialect_faults faults = {print_fault, (void *)(uintptr_t)path};
	*rules = !e || e == E_GONE ? reference_rules_read(buf_view(&text), &faults, why) : NULL;
	buf_finish(&text);
	return *rules ? OK : e && e != E_GONE ? e : E_FORMAT;
}

static int list_references(const struct config *config, bool is_json)
{
	char *path = file_join(config->site, "references.yaml"), *var = file_join(config->site, "var");
	struct listing l = {.rules_file = path, .is_json = is_json};
	json_begin(&l.json, &l.out);
	struct archive *archive = NULL;
	struct why why = {0};
	int code = EXIT_DONE;
	enum err e = read_rules(path, &l.rules, &why);
	if (e) {
		diag_fault_why(path, why.line, &why);
		code = e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	} else if ((e = archive_open_reader(var, &archive, &why)) == E_GONE) {
		diag_fault(NULL, 0, "nothing has been imported yet; run carillon import --site %s", config->site);
		code = EXIT_FAULTS;
	} else if (e || (e = list_all(&l, archive, &why))) {
		diag_fault_why(NULL, 0, &why);
		code = EXIT_MACHINE;
	}
	archive_close(archive);
	reference_rules_destroy(l.rules);
	buf_finish(&l.out);
	free(path);
	free(var);
	return code;
}

static int run(int argc, char **argv)
{
	const char *site = ".";
	bool is_json = false, done;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"json", NULL, &is_json}};
	int n_operands;
	if (options_read(&verb_references, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands) {
		diag_fault(NULL, 0, "references takes no file; it lists the site's; see carillon references --help");
		return EXIT_USAGE;
	}
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = list_references(config, is_json);
	config_destroy(config);
	return code;
}

const struct verb verb_references = {
	.name = "references",
	.usage = "references [--site DIR] [--json]",
	.summary = "List where episodes and talks speak of each other, with the evidence",
	.help =
		"Found in transcripts and notes by the last import: an episode's number (\"episode 25\"), a title, a talk by its\n"
		"speaker and what it is about, a link; and people by their whole names. Wrong ones are struck in SITE/references.yaml, a list of rules:\n"
		"\n"
		"  - {from: /shows/bells/two, to: /shows/bells/one}   this one doesn't speak of that one\n"
		"  - {to: /conferences/bellconf-2019/one}             nobody speaks of it\n"
		"  - {from: /shows/bells/trailer}                     it speaks of none\n"
		"  - {from: /shows/bells/two, to: /people/ada-bell}   it doesn't speak of her; people are listed on the pages\n"
		"\n"
		"  --site DIR   the site's folder (default: the current one)\n"
		"  --json       for other programs\n"
		"\n"
		"Example\n"
		"  carillon references --site mysite\n",
	.run = run,
};
