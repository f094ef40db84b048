/* SPDX-License-Identifier: MIT */
#include "transcripts/media_store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/db.h"
#include "base/file.h"
#include "base/mem.h"

/* VERSION goes up when a study has more in it, or something else: then all are made anew. */
enum { VERSION = 1, HASH_BYTES = 32, READ_BYTES = 1 << 20 };

static const char schema[] =
	"CREATE TABLE files(path TEXT PRIMARY KEY, n_bytes INTEGER NOT NULL, changed_ns INTEGER NOT NULL, hash BLOB NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE studies(hash BLOB PRIMARY KEY) WITHOUT ROWID;"
	/* As the child gave them (media_job.h). A file that isn't media has one, "other". */
	"CREATE TABLE records(hash BLOB NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
	" PRIMARY KEY(hash, position));";

struct media_store {
	pthread_mutex_t mutex;
	sqlite3 *db;
	sqlite3_stmt *find_file, *put_file, *find_study, *put_study, *find_records, *put_record;
	bool is_reader;
	struct failure {
		unsigned char hash[HASH_BYTES];
		enum err e;
		struct why why;
	} *failures; /* children that died or weren't done, since the start: not tried again by this program */
	size_t n_failures;
};

struct file_key {
	char *path; /* absolute, owned */
	int64_t n_bytes, changed_ns;
	unsigned char hash[HASH_BYTES];
};

static enum err anew(sqlite3 *db, struct why *why)
{
	enum err e = db_run(db, "BEGIN IMMEDIATE; DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS studies; "
		"DROP TABLE IF EXISTS records", why);
	if (!e)
		e = db_run(db, schema, why);
	if (!e)
		e = db_set_version(db, VERSION, why);
	return e ? e : db_run(db, "COMMIT", why);
}

static void prepare(struct media_store *m)
{
	m->find_file = db_prepare(m->db, "SELECT hash FROM files WHERE path=? AND n_bytes=? AND changed_ns=?");
	m->find_study = db_prepare(m->db, "SELECT 1 FROM studies WHERE hash=?");
	m->find_records = db_prepare(m->db, "SELECT key, value FROM records WHERE hash=?1 AND (?2=2 OR "
		"key NOT IN ('storyboard','poster','cover','captions') OR (?2=1 AND key='captions')) ORDER BY position");
	if (m->is_reader)
		return;
	m->put_file = db_prepare(m->db, "INSERT OR REPLACE INTO files(path,n_bytes,changed_ns,hash) VALUES(?,?,?,?)");
	m->put_study = db_prepare(m->db, "INSERT OR REPLACE INTO studies(hash) VALUES(?)");
	m->put_record = db_prepare(m->db, "INSERT OR REPLACE INTO records(hash,position,key,value) VALUES(?,?,?,?)");
}

static struct media_store *store_new(sqlite3 *db, bool is_reader)
{
	struct media_store *m = mem_new(1, sizeof *m);
	m->db = db;
	m->is_reader = is_reader;
	pthread_mutex_init(&m->mutex, NULL);
	prepare(m);
	return m;
}

enum err media_store_open(const char *folder, struct media_store **store, struct why *why)
{
	sqlite3 *db;
	*store = NULL;
	enum err e = file_make_folder(folder, why);
	if (e)
		return e;
	char *path = file_join(folder, "media.db");
	e = db_open_derived(path, VERSION, schema, &db, why);
	if (e == E_AGAIN && (e = anew(db, why)))
		db_close(db);
	free(path);
	if (!e)
		*store = store_new(db, false);
	return e;
}

enum err media_store_open_reader(const char *folder, struct media_store **store, struct why *why)
{
	sqlite3 *db;
	char *path = file_join(folder, "media.db");
	*store = NULL;
	enum err e = db_open_reader(path, VERSION, &db, why);
	free(path);
	if (e)
		return e == E_AGAIN ? E_GONE : e; /* of an older program: nothing that counts */
	*store = store_new(db, true);
	return OK;
}

void media_store_close(struct media_store *m)
{
	if (!m)
		return;
	sqlite3_stmt *all[] = {m->find_file, m->put_file, m->find_study, m->put_study, m->find_records, m->put_record};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		sqlite3_finalize(all[i]);
	db_close(m->db);
	pthread_mutex_destroy(&m->mutex);
	free(m->failures);
	free(m);
}

enum err media_store_fingerprint(struct media_store *m, uint64_t *all, struct why *why)
{
	pthread_mutex_lock(&m->mutex);
	sqlite3_stmt *s = db_prepare(m->db, "SELECT hash FROM studies ORDER BY hash");
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		*all = (*all ^ span_hash(db_column_span(s, 0))) * 0x100000001B3u;
	sqlite3_finalize(s);
	enum err e = code == SQLITE_DONE ? OK : db_error(m->db, why);
	pthread_mutex_unlock(&m->mutex);
	return e;
}

/* ---- which file it is ---- */

static enum err key_of(const char *path, struct file_key *key, struct why *why)
{
	struct stat s;
	*key = (struct file_key){.path = realpath(path, NULL)};
	if (key->path && stat(key->path, &s) == 0) {
		key->n_bytes = s.st_size;
		key->changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec;
		return OK;
	}
	enum err e = errno == ENOENT || errno == ENOTDIR ? E_GONE : E_IO;
	free(key->path);
	return e == E_GONE ? why_set(why, e, "%s isn't there", path) :
		why_set(why, e, "can't read %s: %s", path, strerror(errno));
}

static enum err hash_file(const char *path, const atomic_bool *stop, unsigned char hash[HASH_BYTES], struct why *why)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return why_set(why, E_IO, "can't read %s: %s", path, strerror(errno));
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char *bytes = mem_new(READ_BYTES, 1);
	ssize_t n;
	enum err e = OK;
	ASSERT(md && EVP_DigestInit_ex(md, EVP_sha256(), NULL));
	while (!e && (n = read(file, bytes, READ_BYTES)) != 0) {
		if (n < 0 && errno != EINTR)
			e = why_set(why, E_IO, "can't read %s: %s", path, strerror(errno));
		else if (n > 0)
			ASSERT(EVP_DigestUpdate(md, bytes, (size_t)n));
		if (stop && atomic_load(stop))
			e = why_set(why, E_TIMEOUT, "stopped");
	}
	ASSERT(EVP_DigestFinal_ex(md, hash, NULL));
	EVP_MD_CTX_free(md);
	free(bytes);
	close(file);
	return e;
}

/* ---- what is known of it; all with the mutex held ---- */

static bool file_is_known(struct media_store *m, struct file_key *key)
{
	sqlite3_stmt *s = m->find_file;
	db_bind_span(s, 1, span_of(key->path));
	sqlite3_bind_int64(s, 2, key->n_bytes);
	sqlite3_bind_int64(s, 3, key->changed_ns);
	bool known = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_bytes(s, 0) == HASH_BYTES;
	if (known)
		memcpy(key->hash, sqlite3_column_blob(s, 0), HASH_BYTES);
	sqlite3_reset(s);
	return known;
}

static bool study_is_known(struct media_store *m, const struct file_key *key)
{
	sqlite3_bind_blob(m->find_study, 1, key->hash, HASH_BYTES, SQLITE_STATIC);
	bool known = sqlite3_step(m->find_study) == SQLITE_ROW;
	sqlite3_reset(m->find_study);
	return known;
}

static struct span column_bytes(sqlite3_stmt *s, int column)
{
	const char *p = sqlite3_column_blob(s, column);
	return span_make(p ? p : "", p ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

static enum err load(struct media_store *m, const struct file_key *key, enum media_store_parts parts,
	struct media_study *study, struct why *why)
{
	sqlite3_stmt *s = m->find_records;
	enum err e = OK;
	int code;
	sqlite3_bind_blob(s, 1, key->hash, HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, parts == MEDIA_ALL ? 2 : parts == MEDIA_CAPTIONS_TOO);
	while (!e && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct span name = column_bytes(s, 0), value = column_bytes(s, 1);
		if (span_is(name, "other"))
			e = why_set(why, E_FORMAT, "%.*s", SPAN_ARG(value));
		else if (!media_study_take(study, name, value))
			e = why_set(why, E_IO, "media.db is damaged; delete it, it is made anew");
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(m->db, why);
	sqlite3_reset(s);
	study->info.n_bytes = key->n_bytes;
	if (!e && !study->info.mime)
		e = why_set(why, E_IO, "media.db is damaged; delete it, it is made anew");
	if (!e && study->info.duration_ms > 0)
		study->bits_a_second = (int64_t)((double)key->n_bytes * 8000 / (double)study->info.duration_ms + 0.5);
	return e;
}

static enum err step(struct media_store *m, sqlite3_stmt *s, struct why *why)
{
	enum err e = sqlite3_step(s) == SQLITE_DONE ? OK : db_error(m->db, why);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return e;
}

static enum err put_file(struct media_store *m, const struct file_key *key, struct why *why)
{
	db_bind_span(m->put_file, 1, span_of(key->path));
	sqlite3_bind_int64(m->put_file, 2, key->n_bytes);
	sqlite3_bind_int64(m->put_file, 3, key->changed_ns);
	sqlite3_bind_blob(m->put_file, 4, key->hash, HASH_BYTES, SQLITE_STATIC);
	return step(m, m->put_file, why);
}

static enum err put_record(struct media_store *m, const struct file_key *key, int position, struct span name,
	struct span value, struct why *why)
{
	sqlite3_bind_blob(m->put_record, 1, key->hash, HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(m->put_record, 2, position);
	db_bind_span(m->put_record, 3, name);
	sqlite3_bind_blob64(m->put_record, 4, value.p ? value.p : "", value.n, SQLITE_STATIC);
	return step(m, m->put_record, why);
}

/* records: as media_study keeps them. */
static enum err put_study(struct media_store *m, const struct file_key *key, struct span records, struct why *why)
{
	enum err e = db_run(m->db, "BEGIN IMMEDIATE", why);
	if (e)
		return e;
	for (int position = 0; records.n && !e; position++) {
		size_t line = span_find(records, '\n'), blank = span_find(records, ' ');
		int64_t n;
		ASSERT(blank < line && span_to_i64(span_make(records.p + blank + 1, line - blank - 1), &n));
		e = put_record(m, key, position, span_make(records.p, blank), span_make(records.p + line + 1, (size_t)n), why);
		records = span_from(records, line + 1 + (size_t)n);
	}
	sqlite3_bind_blob(m->put_study, 1, key->hash, HASH_BYTES, SQLITE_STATIC);
	e = e ? e : step(m, m->put_study, why);
	e = e ? e : put_file(m, key, why);
	e = e ? e : db_run(m->db, "COMMIT", why);
	if (e)
		(void)!db_run(m->db, "ROLLBACK", NULL);
	return e;
}

/* ---- for others ---- */

enum err media_store_find(struct media_store *m, const char *path, enum media_store_parts parts, struct media_study *s,
	struct why *why)
{
	struct file_key key;
	media_study_init(s);
	enum err e = key_of(path, &key, why);
	if (e)
		return e;
	pthread_mutex_lock(&m->mutex);
	bool known = file_is_known(m, &key) && study_is_known(m, &key);
	e = known ? load(m, &key, parts, s, why) : why_set(why, E_GONE, "%s wasn't looked into yet", path);
	pthread_mutex_unlock(&m->mutex);
	free(key.path);
	if (e)
		media_study_finish(s);
	else
		media_probe_learn(path, &s->info);
	return e;
}

/* OK where none is known. */
static enum err failed_before(struct media_store *m, const struct file_key *key, struct why *why)
{
	enum err e = OK;
	pthread_mutex_lock(&m->mutex);
	for (size_t i = 0; i < m->n_failures && !e; i++)
		if (memcmp(m->failures[i].hash, key->hash, HASH_BYTES) == 0) {
			e = m->failures[i].e;
			if (why)
				*why = m->failures[i].why;
		}
	pthread_mutex_unlock(&m->mutex);
	return e;
}

static void note_failure(struct media_store *m, const struct file_key *key, enum err e, const struct why *why)
{
	pthread_mutex_lock(&m->mutex);
	m->failures = mem_grow(m->failures, m->n_failures + 1, sizeof *m->failures);
	struct failure *f = &m->failures[m->n_failures++];
	*f = (struct failure){.e = e, .why = *why};
	memcpy(f->hash, key->hash, HASH_BYTES);
	pthread_mutex_unlock(&m->mutex);
}

/* Takes the mutex for each step of its own. */
static enum err study_unknown(struct media_store *m, struct file_key *key, const struct media_watcher *watcher,
	struct media_study *s, struct why *why)
{
	struct buf records = {0};
	struct why child = {0};
	enum err e = media_study(key->path, watcher, s, &records, &child), put = OK;
	bool was_stopped = watcher && watcher->stop && atomic_load(watcher->stop);
	if ((e == E_IO || e == E_TIMEOUT) && !was_stopped)
		note_failure(m, key, e, &child);
	if (e == E_FORMAT) {
		buf_clear(&records);
		buf_format(&records, "other %zu\n%s", strlen(child.text), child.text);
	}
	if (e && why)
		*why = child;
	if (!e || e == E_FORMAT) {
		pthread_mutex_lock(&m->mutex);
		put = put_study(m, key, buf_view(&records), e ? NULL : why);
		pthread_mutex_unlock(&m->mutex);
	}
	buf_finish(&records);
	return e ? e : put;
}

enum err media_store_study(struct media_store *m, const char *path, const struct media_watcher *watcher,
	struct media_study *s, bool *was_known, struct why *why)
{
	struct file_key key;
	media_study_init(s);
	if (was_known)
		*was_known = false;
	enum err e = key_of(path, &key, why);
	if (e)
		return e;
	pthread_mutex_lock(&m->mutex);
	bool file_known = file_is_known(m, &key);
	pthread_mutex_unlock(&m->mutex);
	if (!file_known)
		e = hash_file(key.path, watcher ? watcher->stop : NULL, key.hash, why);
	pthread_mutex_lock(&m->mutex);
	bool known = !e && study_is_known(m, &key);
	if (known && !file_known)
		e = put_file(m, &key, why);
	if (known && !e)
		e = load(m, &key, MEDIA_FACTS, s, why);
	pthread_mutex_unlock(&m->mutex);
	if (!e && !known) {
		e = failed_before(m, &key, why);
		known = e != OK;
		if (!e)
			e = study_unknown(m, &key, watcher, s, why);
	}
	free(key.path);
	if (was_known)
		*was_known = known;
	if (e)
		media_study_finish(s);
	else
		media_probe_learn(path, &s->info);
	return e;
}

struct walk {
	const struct media_store_report *report;
	const char *name;
	size_t done, total;
};

static void pass_on(void *data, int thousandths)
{
	const struct walk *w = data;
	if (w->report->progress)
		w->report->progress(w->report->data, w->done, w->total, w->name, thousandths);
}

/* NAME-480p.mp4 with its playlist beside it: made here of another one. */
static bool is_rendition(const char *folder, const char *name)
{
	struct buf playlist = {0};
	struct span stem = file_stem(name);
	if (!span_ends(stem, "p") || !span_ends(span_of(name), ".mp4"))
		return false;
	buf_span(&playlist, stem);
	buf_text(&playlist, ".m3u8");
	char *path = file_join(folder, playlist.p);
	bool there = file_exists(path);
	free(path);
	buf_finish(&playlist);
	return there;
}

static bool is_sound_or_video(const char *name)
{
	const char *type = media_mime_of(name);
	return strncmp(type, "audio/", 6) == 0 || strncmp(type, "video/", 6) == 0;
}

static bool is_recording(const char *folder, const char *name)
{
	return name[0] != '.' && is_sound_or_video(name) && !is_rendition(folder, name);
}

static bool is_link(const char *path)
{
	struct stat info;
	return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

bool media_store_is_wanted(const char *site, const char *folder)
{
	char **names, *media = file_join(site, "media"), *path = file_join(folder, "media.db");
	size_t n = 0;
	bool is = file_exists(path);
	if (!is && file_list(media, &names, &n, NULL) == OK) {
		for (size_t i = 0; i < n && !is; i++)
			is = is_sound_or_video(names[i]);
		file_list_free(names, n);
	}
	free(media);
	free(path);
	return is;
}

enum err media_store_study_all(struct media_store *m, const char *site, const struct media_store_report *report,
	size_t *studied, struct why *why)
{
	char **names, *folder = file_join(site, "media");
	size_t n = 0, n_studied = 0;
	enum err e = file_list(folder, &names, &n, why);
	struct walk walk = {.report = report};
	if (e) {
		free(folder);
		return e == E_GONE ? OK : e;
	}
	for (size_t i = 0; i < n; i++)
		walk.total += is_recording(folder, names[i]);
	for (size_t i = 0; i < n && e != E_TIMEOUT; i++) {
		if (!is_recording(folder, names[i]))
			continue;
		const struct media_watcher watcher = {pass_on, &walk, report->stop, report->is_gentle};
		struct media_study s;
		struct why own = {0};
		bool was_known;
		char *path = file_join(folder, names[i]);
		walk.name = names[i];
		pass_on(&walk, 0);
		was_known = true; /* nothing to read */
		/* What a link leads to is sent to nobody (http_file.c), and neither is what it sounds and looks like. */
		enum err studied_e = is_link(path) ? why_set(&own, E_DENIED, "it is a link, which may lead anywhere, so it isn't served; put "
			"the file itself here, or make media as a whole a link") :
			media_store_study(m, path, &watcher, &s, &was_known, &own);
		if (report->stop && atomic_load(report->stop))
			e = why_set(why, E_TIMEOUT, "stopped");
		else if (report->file)
			report->file(report->data, names[i], &s, was_known, studied_e, &own);
		n_studied += !was_known;
		walk.done++;
		if (!studied_e)
			media_study_finish(&s);
		free(path);
	}
	file_list_free(names, n);
	free(folder);
	if (studied)
		*studied = n_studied;
	return e;
}
