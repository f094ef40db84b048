/* SPDX-License-Identifier: MIT */
#include "transcripts/tokens.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/db.h"
#include "base/mem.h"

enum { SHORT_WORD = 64 };

struct tokens {
	sqlite3 *own; /* NULL: the connection is the caller's */
	fts5_api *api;
	fts5_tokenizer unicode61; /* for words that aren't all ASCII: SQLite has the tables of letters and diacritics */
	Fts5Tokenizer *unicode61_instance;
};

struct scan {
	struct tokens *tokens;
	struct span text;
	bool (*each)(void *data, const struct token *token);
	void *data;
	size_t base;  /* where the run that unicode61 has now starts */
	bool stopped;
};

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static unsigned char at(struct span s, size_t i)
{
	return i < s.n ? (unsigned char)s.p[i] : ' ';
}

/* Bytes of the marks that belong to the word before `end`: "++" or "#". */
static size_t marks_after(struct span s, size_t end)
{
	if (at(s, end) == '+' && at(s, end + 1) == '+' && at(s, end + 2) != '+')
		return 2;
	unsigned char next = at(s, end + 1);
	return at(s, end) == '#' && !is_alnum(next) && next != '#' && next < 0x80 ? 1 : 0;
}

/* True for the dot of .net, but not for one inside a word or after an end of sentence. */
static bool has_dot_before(struct span s, size_t start)
{
	if (start == 0 || s.p[start - 1] != '.')
		return false;
	unsigned char before = start == 1 ? ' ' : (unsigned char)s.p[start - 2];
	return before <= ' ' || strchr("([{\"'`*", before) != NULL;
}

/* What bytes are in words, in lower case; 0: they stand between. Beyond ASCII all is left to unicode61. */
static const unsigned char low[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
	'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
	'x', 'y', 'z',
#define LOW8(n) (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7
	[0x80] = LOW8(0x80), LOW8(0x88), LOW8(0x90), LOW8(0x98), LOW8(0xa0), LOW8(0xa8), LOW8(0xb0), LOW8(0xb8),
	LOW8(0xc0), LOW8(0xc8), LOW8(0xd0), LOW8(0xd8), LOW8(0xe0), LOW8(0xe8), LOW8(0xf0), LOW8(0xf8),
#undef LOW8
};

enum { BEFORE = 1, AFTER = 2 }; /* bytes of marks, at most */

/* word: text from start to end in lower case, with room for the marks around it. */
static void emit_ascii(struct scan *scan, size_t start, size_t end, char *word)
{
	struct span text = scan->text;
	bool named = is_letter((unsigned char)text.p[start]);
	size_t n = end - start, after = named ? marks_after(text, end) : 0;
	size_t before = named && !after && has_dot_before(text, start) ? 1 : 0;
	if (before)
		word[-1] = '.';
	if (after)
		memcpy(word + n, text.p + end, after);
	struct token token = {.text = span_make(word - before, before + n + after), .start = start - before, .end = end + after};
	if (before || (after && n > 1))
		token.plain = span_make(word, n);
	scan->stopped = !scan->each(scan->data, &token);
}

static void emit_long(struct scan *scan, size_t start, size_t end)
{
	char *room = mem_new(BEFORE + (end - start) + AFTER, 1);
	for (size_t i = start; i < end; i++)
		room[BEFORE + i - start] = (char)low[(unsigned char)scan->text.p[i]];
	emit_ascii(scan, start, end, room + BEFORE);
	free(room);
}

static int take_unicode(void *data, int flags, const char *text, int n, int start, int end)
{
	struct scan *scan = data;
	(void)flags;
	struct token token = {.text = span_make(text, (size_t)n), .start = scan->base + (size_t)start,
		.end = scan->base + (size_t)end};
	scan->stopped = !scan->each(scan->data, &token);
	return scan->stopped ? SQLITE_DONE : SQLITE_OK;
}

static int emit_unicode(struct scan *scan, size_t start, size_t end)
{
	scan->base = start;
	int code = scan->tokens->unicode61.xTokenize(scan->tokens->unicode61_instance, scan, FTS5_TOKENIZE_DOCUMENT,
		scan->text.p + start, (int)(end - start), take_unicode);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int scan_text(struct scan *scan)
{
	struct span s = scan->text;
	char room[BEFORE + SHORT_WORD + AFTER];
	int code = SQLITE_OK;
	for (size_t i = 0; i < s.n && !scan->stopped && code == SQLITE_OK;) {
		size_t start = i;
		unsigned char all = 0, c;
		for (; i < s.n && (c = low[(unsigned char)s.p[i]]); i++) {
			if (i - start < SHORT_WORD)
				room[BEFORE + i - start] = (char)c;
			all |= c;
		}
		if (i == start)
			i++;
		else if (all >= 0x80)
			code = emit_unicode(scan, start, i);
		else if (i - start <= SHORT_WORD)
			emit_ascii(scan, start, i, room + BEFORE);
		else
			emit_long(scan, start, i);
	}
	return code;
}

void tokens_each(struct tokens *t, struct span text, bool (*each)(void *data, const struct token *token), void *data)
{
	struct scan scan = {.tokens = t, .text = text, .each = each, .data = data};
	/* unicode61 can only fail for want of memory. */
	ASSERT(scan_text(&scan) == SQLITE_OK);
}

static bool count_one(void *data, const struct token *token)
{
	(void)token;
	(*(size_t *)data)++;
	return true;
}

size_t tokens_count(struct tokens *t, struct span text)
{
	size_t n = 0;
	struct scan scan = {.tokens = t, .text = text, .each = count_one, .data = &n};
	for (size_t i = 0; i < text.n;) {
		size_t start = i;
		unsigned char all = 0, c;
		for (; i < text.n && (c = low[(unsigned char)text.p[i]]); i++)
			all |= c;
		if (i == start)
			i++;
		else if (all >= 0x80)
			ASSERT(emit_unicode(&scan, start, i) == SQLITE_OK);
		else
			n++;
	}
	return n;
}

/* What FTS5 sees: it has one shared instance a connection. */
struct fts_call {
	int (*take)(void *, int, const char *, int, int, int);
	void *data;
	bool query;
	int code;
};

static bool give_to_fts(void *data, const struct token *token)
{
	struct fts_call *call = data;
	int start = (int)token->start, end = (int)token->end;
	call->code = call->take(call->data, 0, token->text.p, (int)token->text.n, start, end);
	/* A query asks for what was typed; a document is found by both forms at the same place. */
	if (call->code == SQLITE_OK && token->plain.n && !call->query)
		call->code = call->take(call->data, FTS5_TOKEN_COLOCATED, token->plain.p, (int)token->plain.n, start, end);
	return call->code == SQLITE_OK;
}

static int fts_create(void *data, const char **args, int n_args, Fts5Tokenizer **out)
{
	(void)args;
	(void)n_args;
	*out = data;
	return SQLITE_OK;
}

static void fts_delete(Fts5Tokenizer *tokenizer)
{
	(void)tokenizer; /* tokens_destroy does it */
}

static int fts_tokenize(Fts5Tokenizer *tokenizer, void *data, int flags, const char *text, int n,
	int (*take)(void *, int, const char *, int, int, int))
{
	struct fts_call call = {take, data, (flags & FTS5_TOKENIZE_QUERY) != 0, SQLITE_OK};
	struct scan scan = {.tokens = (struct tokens *)tokenizer, .text = span_make(text, n > 0 ? (size_t)n : 0),
		.each = give_to_fts, .data = &call};
	int code = scan_text(&scan);
	return code != SQLITE_OK ? code : call.code;
}

static fts5_api *find_api(sqlite3 *db)
{
	fts5_api *api = NULL;
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_pointer(s, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(s);
	}
	sqlite3_finalize(s);
	return api && api->iVersion >= 2 ? api : NULL;
}

enum err tokens_create(sqlite3 *db, struct tokens **tokens, struct why *why)
{
	struct tokens *t = mem_new(1, sizeof *t);
	*tokens = NULL;
	const char *args[] = {"remove_diacritics", "2"};
	void *user = NULL;
	fts5_tokenizer ours = {fts_create, fts_delete, fts_tokenize};
	t->api = find_api(db);
	if (!t->api || t->api->xFindTokenizer(t->api, "unicode61", &user, &t->unicode61) != SQLITE_OK ||
			t->unicode61.xCreate(user, args, 2, &t->unicode61_instance) != SQLITE_OK ||
			t->api->xCreateTokenizer(t->api, "carillon", t, &ours, NULL) != SQLITE_OK) {
		tokens_destroy(t);
		return why_set(why, E_IO, "this SQLite has no FTS5; install one that has");
	}
	*tokens = t;
	return OK;
}

enum err tokens_create_alone(struct tokens **tokens, struct why *why)
{
	sqlite3 *db;
	*tokens = NULL;
	enum err e = sqlite3_open(":memory:", &db) == SQLITE_OK ? tokens_create(db, tokens, why) : db_error(db, why);
	if (e)
		sqlite3_close(db);
	else
		(*tokens)->own = db;
	return e;
}

void tokens_destroy(struct tokens *t)
{
	if (!t)
		return;
	sqlite3 *own = t->own;
	if (t->unicode61_instance)
		t->unicode61.xDelete(t->unicode61_instance);
	free(t);
	sqlite3_close(own);
}
