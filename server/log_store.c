/* SPDX-License-Identifier: MIT */
#include "server/log_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/log.h"

char *log_store_path(const char *var)
{
	return file_join(var, "events.db");
}

enum err log_store_lock(const char *var, int *lock_file, struct why *why)
{
	char *path = file_join(var, "events.lock");
	enum err e = OK;
	*lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (*lock_file < 0) {
		e = why_set(why, E_IO, "can't write in %s: %s; make it writable", var, strerror(errno));
	} else if (flock(*lock_file, LOCK_EX | LOCK_NB) != 0) {
		e = errno == EWOULDBLOCK
			? why_set(why, E_DENIED, "another carillon writes %s/events.db (is a server running?); stop it first", var)
			: why_set(why, E_IO, "can't lock %s: %s", path, strerror(errno));
		close(*lock_file);
	}
	free(path);
	return e;
}

bool log_is_written(const char *var)
{
	struct why why;
	int lock_file;
	if (!file_is_folder(var))
		return false;
	enum err e = log_store_lock(var, &lock_file, &why);
	if (!e)
		close(lock_file);
	return e == E_DENIED;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Only the canonical lower-case form, which uuid_unpack gives back byte for byte. */
static bool uuid_pack(struct span id, unsigned char out[UUID_BYTES])
{
	if (id.n != UUID_TEXT)
		return false;
	size_t digits = 0;
	for (size_t i = 0; i < UUID_TEXT; i++) {
		if (is_dash_place(i)) {
			if (id.p[i] != '-')
				return false;
			continue;
		}
		int digit = hex_digit(id.p[i]);
		if (digit < 0)
			return false;
		unsigned char *byte = &out[digits++ / 2];
		*byte = (unsigned char)(digits % 2 ? digit << 4 : *byte | digit);
	}
	return true;
}

static struct span uuid_unpack(const unsigned char bytes[UUID_BYTES], char out[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	size_t digits = 0;
	for (size_t i = 0; i < UUID_TEXT; i++) {
		if (is_dash_place(i)) {
			out[i] = '-';
			continue;
		}
		unsigned char byte = bytes[digits / 2];
		out[i] = hex[digits++ % 2 ? byte & 15 : byte >> 4];
	}
	return span_make(out, UUID_TEXT);
}

static void write_tags(const struct event *ev, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < ev->n_tags; i++)
		json_text(&w, ev->tags[i]);
	json_close(&w, ']');
}

static struct span never_null(struct span s)
{
	return s.p ? s : span_make("", 0);
}

void log_store_bind_id(sqlite3_stmt *s, int index, struct span id)
{
	unsigned char uuid[UUID_BYTES];
	if (uuid_pack(id, uuid))
		sqlite3_bind_blob(s, index, uuid, UUID_BYTES, SQLITE_TRANSIENT);
	else
		db_bind_span(s, index, id);
}

void log_store_bind(sqlite3_stmt *s, const struct event *ev, uint64_t seq, int64_t source, struct buf *scratch)
{
	int at = 1;
	buf_clear(scratch);
	if (ev->n_tags)
		write_tags(ev, scratch);
	sqlite3_bind_int64(s, at++, (sqlite3_int64)seq);
	sqlite3_bind_int64(s, at++, source);
	log_store_bind_id(s, at++, ev->id);
	sqlite3_bind_int64(s, at++, ev->time_ms);
	sqlite3_bind_int64(s, at++, ev->received_ms);
	db_bind_span(s, at++, never_null(ev->channel));
	db_bind_span(s, at++, ev->namespace_);
	db_bind_span(s, at++, never_null(ev->kind));
	db_bind_span(s, at++, never_null(ev->entity));
	db_bind_span(s, at++, ev->actor);
	sqlite3_bind_int(s, at++, (int)ev->actor_kind);
	sqlite3_bind_double(s, at++, ev->magnitude);
	db_bind_span(s, at++, never_null(ev->unit));
	sqlite3_bind_int(s, at++, ev->polarity);
	sqlite3_bind_int(s, at++, ev->accent);
	db_bind_span(s, at++, ev->n_tags ? buf_view(scratch) : (struct span){NULL, 0});
	db_bind_span(s, at++, span_equal(ev->label, ev->entity) ? (struct span){NULL, 0} : never_null(ev->label));
	db_bind_span(s, at++, never_null(ev->summary));
	db_bind_span(s, at++, never_null(ev->url));
	sqlite3_bind_int64(s, at++, ev->before);
	sqlite3_bind_int64(s, at++, ev->after);
}

static struct span read_id(sqlite3_stmt *s, int column, char room[UUID_TEXT])
{
	if (sqlite3_column_type(s, column) == SQLITE_BLOB && sqlite3_column_bytes(s, column) == UUID_BYTES)
		return uuid_unpack(sqlite3_column_blob(s, column), room);
	return db_column_span(s, column);
}

struct event *log_store_read(sqlite3_stmt *s)
{
	int at = 0;
	char uuid[UUID_TEXT];
	struct event ev = {0};
	ev.seq = (uint64_t)sqlite3_column_int64(s, at++);
	ev.source = db_column_span(s, at++);
	ev.id = read_id(s, at++, uuid);
	ev.time_ms = sqlite3_column_int64(s, at++);
	ev.received_ms = sqlite3_column_int64(s, at++);
	ev.channel = db_column_span(s, at++);
	ev.namespace_ = db_column_span(s, at++);
	ev.kind = db_column_span(s, at++);
	ev.entity = db_column_span(s, at++);
	ev.actor = db_column_span(s, at++);
	int actor_kind = sqlite3_column_int(s, at++);
	ev.actor_kind = actor_kind >= ACTOR_MEMBER && actor_kind <= ACTOR_BOT ? (enum actor_kind)actor_kind : ACTOR_MEMBER;
	ev.magnitude = sqlite3_column_double(s, at++);
	ev.unit = db_column_span(s, at++);
	ev.polarity = (int8_t)sqlite3_column_int(s, at++);
	ev.accent = sqlite3_column_int(s, at++) != 0;
	struct span tags = db_column_span(s, at++);
	ev.label = db_column_span(s, at++);
	if (!ev.label.p)
		ev.label = ev.entity;
	ev.summary = db_column_span(s, at++);
	ev.url = db_column_span(s, at++);
	ev.before = sqlite3_column_int64(s, at++);
	ev.after = sqlite3_column_int64(s, at++);
	cJSON *list = tags.n ? json_parse(tags, NULL) : NULL;
	const cJSON *tag;
	cJSON_ArrayForEach(tag, list)
		if (cJSON_IsString(tag) && ev.n_tags < EVENT_TAGS_MAX)
			ev.tags[ev.n_tags++] = json_string(tag);
	struct event *copy = event_copy(&ev);
	cJSON_Delete(list);
	return copy;
}
