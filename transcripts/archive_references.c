/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_references.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/archive_mentions.h"
#include "transcripts/archive_store.h"
#include "transcripts/references_links.h"
#include "transcripts/words.h"

#define RULES_STATE "reference_rules"
#define TARGETS_STATE "reference_targets"
#define COUNT_STATE "reference_items"
#define PEOPLE_STATE "reference_people" /* by which rules the people were made */

enum {
	FREQUENT_A_MILLION = 250, /* a word that is said more often tells little of what a talk is about */
	FREQUENT_MIN = 20,        /* ... in a small archive, too */
};

/* ---- what can be spoken of ---- */

struct link_key {
	uint64_t hash;
	int64_t target; /* 0: two have it */
};

struct targets {
	struct reference_target *list;
	size_t n;
	struct link_key *keys; /* sorted */
	size_t n_keys, keys_room;
	uint64_t hash; /* of all of it */
	const char *base_url;
};

static void mix(struct targets *t, struct span text)
{
	t->hash = (t->hash ^ span_hash(text)) * 0x100000001b3ull;
}

static void add_key(struct targets *t, int64_t target, struct span address)
{
	struct buf key = {0};
	references_address_key(address, t->base_url, &key);
	if (key.n) {
		if (t->n_keys == t->keys_room) {
			t->keys_room = t->keys_room ? t->keys_room * 2 : 256;
			t->keys = mem_grow(t->keys, t->keys_room, sizeof *t->keys);
		}
		t->keys[t->n_keys++] = (struct link_key){span_hash(buf_view(&key)), target};
		mix(t, buf_view(&key));
	}
	buf_finish(&key);
}

/* A loose transcript has its number in its name: "025-ropes". */
static int64_t number_in(struct span slug)
{
	int64_t number = 0;
	size_t n = 0;
	while (n < slug.n && n < 5 && slug.p[n] >= '0' && slug.p[n] <= '9')
		number = number * 10 + (slug.p[n++] - '0');
	return n && n < 5 && (n == slug.n || slug.p[n] == '-' || slug.p[n] == '_') ? number : 0;
}

/* Columns: id, kind, show, conference, title, episode, slug, page_url, youtube. */
static void add_target(struct targets *t, sqlite3_stmt *s)
{
	t->list = (t->n & (t->n - 1)) == 0 ? mem_grow(t->list, t->n ? t->n * 2 : 1, sizeof *t->list) : t->list;
	struct reference_target *target = &t->list[t->n++];
	int kind = sqlite3_column_int(s, 1);
	*target = (struct reference_target){.id = sqlite3_column_int64(s, 0), .show = span_dup(db_column_span(s, 2)),
		.conference = span_dup(db_column_span(s, 3)), .title = span_dup(db_column_span(s, 4)),
		.number = kind == ARCHIVE_TALK ? 0 : sqlite3_column_int64(s, 5)};
	if (!target->number && kind == ARCHIVE_TRANSCRIPT)
		target->number = number_in(db_column_span(s, 6));
	for (int i = 0; i <= 6; i++)
		mix(t, db_column_span(s, i));
	struct span youtube = db_column_span(s, 8);
	struct buf address = {0};
	if (youtube.n) {
		buf_format(&address, "https://youtu.be/%.*s", SPAN_ARG(youtube));
		add_key(t, target->id, buf_view(&address));
		buf_clear(&address);
	}
	add_key(t, target->id, db_column_span(s, 7));
	char *slug = span_dup(db_column_span(s, 6));
	archive_item_path(&address, &(struct archive_item){.show = target->show, .conference = target->conference, .slug = slug});
	add_key(t, target->id, buf_view(&address));
	buf_finish(&address);
	free(slug);
}

static int target_order(const void *left, const void *right)
{
	const struct reference_target *a = left, *b = right;
	return (a->id > b->id) - (a->id < b->id);
}

static void add_speaker(struct targets *t, int64_t item, struct span name)
{
	const struct reference_target wanted = {.id = item};
	struct reference_target *target = t->n ? bsearch(&wanted, t->list, t->n, sizeof wanted, target_order) : NULL;
	if (!target || !name.n)
		return;
	const char **speakers = mem_grow((char **)(uintptr_t)target->speakers, target->n_speakers + 1, sizeof *speakers);
	speakers[target->n_speakers++] = span_dup(name);
	target->speakers = speakers;
	mix(t, name);
}

static int key_order(const void *left, const void *right)
{
	const struct link_key *a = left, *b = right;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->target > b->target) - (a->target < b->target);
}

static void finish_keys(struct targets *t)
{
	if (t->n_keys)
		qsort(t->keys, t->n_keys, sizeof *t->keys, key_order);
	size_t n = 0;
	for (size_t i = 0; i < t->n_keys; i++) {
		if (n && t->keys[n - 1].hash == t->keys[i].hash) {
			if (t->keys[n - 1].target != t->keys[i].target)
				t->keys[n - 1].target = 0;
			continue;
		}
		t->keys[n++] = t->keys[i];
	}
	t->n_keys = n;
}

static enum err read_targets(struct archive *a, const struct archive_reference_rules *rules, struct targets *t,
	struct why *why)
{
	*t = (struct targets){.base_url = rules->base_url};
	mix(t, span_of(rules->base_url));
	for (size_t i = 0; i < rules->n_shows; i++)
		mix(t, span_of(rules->shows[i].title));
	sqlite3_stmt *s = db_prepare(a->db, "SELECT id, kind, show, conference, title, episode, slug, page_url, youtube FROM"
		" items WHERE published ORDER BY id");
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		add_target(t, s);
	sqlite3_finalize(s);
	if (code != SQLITE_DONE)
		return db_error(a->db, why);
	s = db_prepare(a->db, "SELECT item, coalesce(nullif(credits.name, ''), (SELECT name FROM person_records WHERE"
		" person_records.ref=credits.ref ORDER BY path LIMIT 1)) FROM credits JOIN items ON id=item WHERE kind=2"
		" ORDER BY item, n");
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		add_speaker(t, sqlite3_column_int64(s, 0), db_column_span(s, 1));
	sqlite3_finalize(s);
	finish_keys(t);
	return code == SQLITE_DONE ? OK : db_error(a->db, why);
}

static void targets_finish(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct reference_target *target = &t->list[i];
		for (size_t k = 0; k < target->n_speakers; k++)
			free((char *)(uintptr_t)target->speakers[k]);
		free((char **)(uintptr_t)target->speakers);
		free((char *)(uintptr_t)target->show);
		free((char *)(uintptr_t)target->conference);
		free((char *)(uintptr_t)target->title);
	}
	free(t->list);
	free(t->keys);
}

/* ---- looking ---- */

struct looking {
	struct archive *archive;
	const struct archive_reference_rules *rules;
	const struct targets *targets;
	struct reference_index *index; /* made when speech is first looked at */
	struct mention_search *mentions;
	sqlite3_stmt *put, *speech;
	int64_t item, n;
	enum err e;
	struct why *why;
};

static void put(struct looking *l, int64_t target, int64_t start_ms, int kind, struct span words)
{
	if (l->e)
		return;
	sqlite3_reset(l->put);
	sqlite3_bind_int64(l->put, 1, l->item);
	sqlite3_bind_int64(l->put, 2, l->n++);
	sqlite3_bind_int64(l->put, 3, target);
	sqlite3_bind_int64(l->put, 4, start_ms);
	sqlite3_bind_int(l->put, 5, kind);
	db_bind_span(l->put, 6, words);
	l->e = archive_step(l->archive, l->put, l->why);
}

/* What is said for money speaks of other shows' episodes. */
static void leave_out_sponsors(struct span reads, struct span packed, struct span *cues, size_t n)
{
	for (size_t r = 0; r + 8 <= reads.n; r += 8) {
		uint32_t begin = unpack_u32(reads.p + r), end = unpack_u32(reads.p + r + 4);
		for (size_t i = 0; i < n; i++) {
			/* Where the read ends within a cue the show goes on in it. */
			uint32_t next = i + 1 < n ? unpack_cue(packed.p, i + 1).first_token : end;
			if (unpack_cue(packed.p, i).first_token >= begin && next <= end)
				cues[i].n = 0;
		}
	}
}

/* A word that is said often. */
static bool is_frequent(void *data, struct span word)
{
	struct word_counts *counts = data;
	int64_t times = word_counts_times(counts, word);
	return times > FREQUENT_MIN && times * 1000000 / FREQUENT_A_MILLION > word_counts_all(counts);
}

static void create_index(struct looking *l)
{
	struct word_counts *counts;
	l->e = word_counts_open(l->archive, &counts, l->why);
	if (l->e)
		return;
	const struct reference_vocabulary vocabulary = {is_frequent, counts};
	l->index = reference_index_create(l->archive->tokens, l->targets->list, l->targets->n, l->rules->shows, l->rules->n_shows,
		&vocabulary);
	word_counts_close(counts);
}

/* Columns: speech, cues, sponsors. False where nothing is said. */
static bool read_speech(struct looking *l, sqlite3_stmt *s, struct spoken_words *spoken)
{
	struct span speech = db_column_span(s, 0), packed = db_column_span(s, 1);
	size_t n_cues = packed.n / CUE_BYTES;
	struct span *cues = mem_new(n_cues + 1, sizeof *cues);
	for (size_t i = 0; i < n_cues; i++) {
		size_t begin = unpack_cue(packed.p, i).offset,
			end = i + 1 < n_cues ? unpack_cue(packed.p, i + 1).offset : speech.n;
		if (begin <= end && end <= speech.n)
			cues[i] = span_make(speech.p + begin, end - begin);
	}
	leave_out_sponsors(db_column_span(s, 2), packed, cues, n_cues);
	spoken_words_read(spoken, l->archive->tokens, cues, n_cues);
	free(cues);
	return spoken->words.n > 0;
}

static void look_at_words(struct looking *l, const char *show, const struct spoken_words *spoken, struct span packed)
{
	struct reference *list;
	size_t n;
	if (!l->index)
		create_index(l);
	if (l->e)
		return;
	references_find(l->index, l->item, show, spoken, &list, &n);
	for (size_t i = 0; i < n; i++) {
		struct packed_cue cue = unpack_cue(packed.p, list[i].cue);
		put(l, list[i].target, cue.untimed ? -1 : (int64_t)cue.start_ms, (int)list[i].kind, span_of(list[i].words));
	}
	references_free(list, n);
}

/* Columns: speech, cues, sponsors, notes as plain text, title and slug. */
static void look_at_texts(struct looking *l, const char *show, sqlite3_stmt *s)
{
	struct span packed = db_column_span(s, 1);
	struct spoken_words spoken;
	if (read_speech(l, s, &spoken))
		look_at_words(l, show, &spoken, packed);
	if (!l->e)
		l->e = mention_search_put(l->mentions, &(struct mention_place){l->item, packed, db_column_span(s, 3),
			db_column_span(s, 4)}, &spoken, l->why);
	spoken_words_finish(&spoken);
}

/* Titles are looked for in what is said, people in notes too. */
static void look_at_item(struct looking *l, const char *show, bool has_cues)
{
	if (!has_cues && !mention_search_has_names(l->mentions))
		return;
	sqlite3_bind_int64(l->speech, 1, l->item);
	if (sqlite3_step(l->speech) == SQLITE_ROW)
		look_at_texts(l, show, l->speech);
	sqlite3_reset(l->speech);
}

static void look_at_address(void *data, struct span address)
{
	struct looking *l = data;
	struct buf key = {0};
	references_address_key(address, l->targets->base_url, &key);
	const struct link_key wanted = {span_hash(buf_view(&key)), 0};
	size_t low = 0, high = l->targets->n_keys;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->targets->keys[middle].hash < wanted.hash)
			low = middle + 1;
		else
			high = middle;
	}
	buf_finish(&key);
	int64_t target = low < l->targets->n_keys && l->targets->keys[low].hash == wanted.hash ?
		l->targets->keys[low].target : 0;
	/* What was spoken of with its second needs no link; a second link to the same is left out by the table. */
	if (target && target != l->item)
		put(l, target, -1, REFERENCE_LINK, address);
}

static enum err look_at(struct looking *l, sqlite3_stmt *items, sqlite3_stmt *links, sqlite3_stmt *done)
{
	l->item = sqlite3_column_int64(items, 0);
	l->n = 0;
	char *show = span_dup(db_column_span(items, 1));
	look_at_item(l, show, sqlite3_column_int64(items, 2) > 0);
	free(show);
	references_each_address(db_column_span(items, 3), look_at_address, l);
	sqlite3_bind_int64(links, 1, l->item);
	while (!l->e && sqlite3_step(links) == SQLITE_ROW)
		look_at_address(l, db_column_span(links, 0));
	sqlite3_reset(links);
	sqlite3_bind_int64(done, 1, l->item);
	return l->e ? l->e : archive_step(l->archive, done, l->why);
}

static enum err look_at_new(struct archive *a, const struct archive_reference_rules *rules, const struct targets *t,
	struct mention_search *mentions, struct why *why)
{
	struct looking l = {.archive = a, .rules = rules, .targets = t, .mentions = mentions, .why = why};
	sqlite3_stmt *items = db_prepare(a->db, "SELECT id, show, n_cues, notes FROM items WHERE id NOT IN (SELECT item FROM"
		" refs_read) ORDER BY id");
	sqlite3_stmt *links = db_prepare(a->db, "SELECT url FROM links WHERE item=?1 ORDER BY n");
	sqlite3_stmt *done = db_prepare(a->db, "INSERT INTO refs_read VALUES(?1)");
	l.speech = db_prepare(a->db, "SELECT speech, cues, sponsors, texts.notes, texts.title||' '||slug FROM texts JOIN cues USING(item) LEFT JOIN heard USING(item)"
		" JOIN items ON id=item WHERE item=?1");
	l.put = db_prepare(a->db, "INSERT OR IGNORE INTO refs VALUES(?1,?2,?3,?4,?5,?6,0)");
	int code;
	while (!l.e && (code = sqlite3_step(items)) == SQLITE_ROW)
		l.e = look_at(&l, items, links, done);
	enum err e = l.e ? l.e : code == SQLITE_DONE ? OK : db_error(a->db, why);
	reference_index_destroy(l.index);
	sqlite3_finalize(items);
	sqlite3_finalize(links);
	sqlite3_finalize(done);
	sqlite3_finalize(l.put);
	sqlite3_finalize(l.speech);
	return e;
}

/* ---- striking ---- */

static enum err strike(struct archive *a, struct reference_rules *rules, struct why *why)
{
	enum err e = db_run(a->db, "UPDATE refs SET struck=0 WHERE struck", why);
	if (e)
		return e;
	sqlite3_stmt *s = db_prepare(a->db, "SELECT refs.item, refs.n, f.show, f.conference, f.slug, t.show, t.conference,"
		" t.slug FROM refs JOIN items AS f ON f.id=item JOIN items AS t ON t.id=target");
	sqlite3_stmt *set = db_prepare(a->db, "UPDATE refs SET struck=1 WHERE item=?1 AND n=?2");
	struct buf from = {0}, to = {0};
	int code = SQLITE_DONE;
	while (!e && (code = sqlite3_step(s)) == SQLITE_ROW) {
		archive_column_path(s, 2, &from);
		archive_column_path(s, 5, &to);
		if (!reference_rules_strike(rules, from.p, to.p))
			continue;
		sqlite3_bind_int64(set, 1, sqlite3_column_int64(s, 0));
		sqlite3_bind_int64(set, 2, sqlite3_column_int64(s, 1));
		e = archive_step(a, set, why);
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_finalize(s);
	sqlite3_finalize(set);
	buf_finish(&from);
	buf_finish(&to);
	return e;
}

/* What can be spoken of, and where, follows from the items: has one of them come, changed or gone? */
static bool is_settled(struct archive *a, const struct archive_reference_rules *rules, int64_t n_items)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT 1 FROM items WHERE id NOT IN (SELECT item FROM refs_read) LIMIT 1");
	bool has_new = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	return !has_new && archive_state(a, PEOPLE_STATE) == archive_state(a, ARCHIVE_PEOPLE_RULES) &&
		archive_state(a, COUNT_STATE) == n_items && archive_state(a, RULES_STATE) == (int64_t)rules->hash;
}

static int64_t count_items(struct archive *a)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT count(*) FROM items");
	int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return n;
}

static enum err settle(struct archive *a, const struct archive_reference_rules *rules, struct why *why)
{
	struct targets targets;
	struct mention_search *mentions = NULL;
	enum err e = read_targets(a, rules, &targets, why);
	if (!e)
		e = mention_search_open(a, &mentions, &targets.hash, why);
	/* A new title or name may be spoken of anywhere. */
	if (!e && archive_state(a, TARGETS_STATE) != (int64_t)targets.hash)
		e = db_run(a->db, "DELETE FROM refs; DELETE FROM mentions; DELETE FROM refs_read;", why);
	if (!e)
		e = look_at_new(a, rules, &targets, mentions, why);
	mention_search_close(mentions);
	if (!e)
		e = strike(a, rules->rules, why);
	if (!e)
		e = mentions_strike(a, rules->rules, why);
	if (!e)
		e = archive_set_state(a, TARGETS_STATE, (int64_t)targets.hash, why);
	if (!e)
		e = archive_set_state(a, RULES_STATE, (int64_t)rules->hash, why);
	if (!e)
		e = archive_set_state(a, PEOPLE_STATE, archive_state(a, ARCHIVE_PEOPLE_RULES), why);
	targets_finish(&targets);
	return e ? e : archive_set_state(a, COUNT_STATE, count_items(a), why);
}

enum err archive_settle_references(struct archive *a, const struct archive_reference_rules *rules, struct why *why)
{
	if (is_settled(a, rules, count_items(a)))
		return OK;
	enum err e = archive_begin(a, why);
	if (e)
		return e;
	e = settle(a, rules, why);
	if (!e)
		return archive_commit(a, why);
	archive_rollback(a);
	return e;
}

/* ---- reading ---- */

static enum err read_all(struct archive *a, enum archive_statement which, int64_t id, struct archive_reference **list,
	size_t *n, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, which);
	int code;
	sqlite3_bind_int64(s, 1, id);
	*list = NULL;
	*n = 0;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		(*list)[(*n)++] = (struct archive_reference){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
			sqlite3_column_int64(s, 2), sqlite3_column_int(s, 3), archive_dup_column(s, 4), sqlite3_column_int(s, 5)};
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	if (e) {
		archive_references_free(*list, *n);
		*list = NULL;
		*n = 0;
	}
	return e;
}

enum err archive_references_from(struct archive *a, int64_t item, struct archive_reference **list, size_t *n,
	struct why *why)
{
	return read_all(a, SQL_REFERENCES_FROM, item, list, n, why);
}

enum err archive_references_to(struct archive *a, int64_t target, struct archive_reference **list, size_t *n,
	struct why *why)
{
	return read_all(a, SQL_REFERENCES_TO, target, list, n, why);
}

void archive_references_free(struct archive_reference *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].words);
	free(list);
}
