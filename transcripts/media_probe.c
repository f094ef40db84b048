/* media_probe.c - type and duration of media: asks a child, and remembers.
 * SPDX-License-Identifier: MIT */
#include "transcripts/media_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_job.h"

const char *const media_types[] = {
	[MEDIA_MP3] = "audio/mpeg",
	[MEDIA_M4A] = "audio/x-m4a", /* Apple's name; PSP-1's audio/m4a is refused by nobody, but not in Apple's list */
	[MEDIA_AAC] = "audio/aac",
	[MEDIA_OGG] = "audio/ogg",
	[MEDIA_FLAC] = "audio/flac",
	[MEDIA_WAV] = "audio/wav",
	[MEDIA_WEBM_AUDIO] = "audio/webm",
	[MEDIA_MATROSKA_AUDIO] = "audio/x-matroska",
	[MEDIA_MP4] = "video/mp4",
	[MEDIA_QUICKTIME] = "video/quicktime",
	[MEDIA_M4V] = "video/x-m4v",
	[MEDIA_OGG_VIDEO] = "video/ogg",
	[MEDIA_WEBM_VIDEO] = "video/webm",
	[MEDIA_MATROSKA_VIDEO] = "video/x-matroska",
};

const char *media_mime_of(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{"mp3", "audio/mpeg"}, {"m4a", "audio/x-m4a"}, {"m4b", "audio/x-m4a"}, {"aac", "audio/aac"},
		{"ogg", "audio/ogg"}, {"oga", "audio/ogg"}, {"opus", "audio/ogg"}, {"flac", "audio/flac"},
		{"wav", "audio/wav"}, {"weba", "audio/webm"}, {"mka", "audio/x-matroska"}, {"mp4", "video/mp4"},
		{"m4v", "video/x-m4v"}, {"mov", "video/quicktime"}, {"ogv", "video/ogg"}, {"webm", "video/webm"},
		{"mkv", "video/x-matroska"}, {"pdf", "application/pdf"}, {"vtt", "text/vtt; charset=utf-8"},
		{"srt", "application/x-subrip"}, {"json", "application/json"}, {"txt", "text/plain; charset=utf-8"},
		{"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"png", "image/png"}, {"gif", "image/gif"},
		{"webp", "image/webp"}, {"svg", "image/svg+xml"}, {"m3u8", "application/vnd.apple.mpegurl"},
	};
	struct span ending = file_ending(path);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (span_equal_nocase(ending, span_of(types[i].ending)))
			return types[i].type;
	return "application/octet-stream";
}

/* What was found for a file as it was then. */
struct memory {
	char *path;
	dev_t device;
	ino_t inode;
	int64_t n_bytes, changed_ns;
	enum err e;
	struct media_info info;
	struct why why;
};

/* Open addressing by the path's hash, at most half full; a path's newer result replaces the older one. As many entries
 * as the site has media, ever. */
static struct {
	pthread_mutex_t mutex;
	struct memory *places;
	size_t n, room; /* room: a power of two, or 0 */
} memories = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The path's entry, or the empty place for it. Needs room > n. */
static struct memory *place_of(const char *path)
{
	size_t i = span_hash(span_of(path)) & (memories.room - 1);
	while (memories.places[i].path && strcmp(memories.places[i].path, path) != 0)
		i = (i + 1) & (memories.room - 1);
	return &memories.places[i];
}

static void make_room(void)
{
	if (memories.n * 2 < memories.room)
		return;
	struct memory *old = memories.places;
	size_t n_old = memories.room;
	memories.room = n_old ? n_old * 2 : 64;
	memories.places = mem_new(memories.room, sizeof *memories.places);
	for (size_t i = 0; i < n_old; i++)
		if (old[i].path)
			*place_of(old[i].path) = old[i];
	free(old);
}

static bool recall(const struct memory *key, struct media_info *info, struct why *why, enum err *e)
{
	pthread_mutex_lock(&memories.mutex);
	make_room();
	const struct memory *m = place_of(key->path);
	bool same = m->path && m->device == key->device && m->inode == key->inode && m->n_bytes == key->n_bytes &&
		m->changed_ns == key->changed_ns;
	if (same) {
		*info = m->info;
		*e = m->e;
		if (why && m->e)
			*why = m->why;
	}
	pthread_mutex_unlock(&memories.mutex);
	return same;
}

static void remember(const struct memory *found)
{
	pthread_mutex_lock(&memories.mutex);
	make_room();
	struct memory *m = place_of(found->path);
	char *path = m->path;
	if (!path) {
		path = mem_strdup(found->path);
		memories.n++;
	}
	*m = *found;
	m->path = path;
	pthread_mutex_unlock(&memories.mutex);
}

/* "TYPE DURATION_MS HAS_VIDEO". */
static bool take_record(void *data, struct span key, struct span value)
{
	struct media_info *info = data;
	struct span rest = value, word;
	int64_t numbers[3];
	size_t n = 0;
	while (n < COUNT_OF(numbers) && span_next_piece(&rest, ' ', &word) && span_to_i64(word, &numbers[n]))
		n++;
	if (!span_is(key, "media") || n != COUNT_OF(numbers) || rest.n || numbers[0] < 0 || numbers[0] >= MEDIA_TYPES ||
	    numbers[1] < 0 || numbers[1] > MEDIA_LONGEST_MS || (numbers[2] != 0 && numbers[2] != 1))
		return false;
	info->mime = media_types[numbers[0]];
	info->duration_ms = numbers[1];
	info->has_video = numbers[2] == 1;
	return true;
}

static enum err ask_child(int file, struct media_info *info, struct why *why)
{
	const struct media_job job = {.work = MEDIA_LOOK, .settings = "", .file = file, .output = -1,
		.seconds = MEDIA_CHILD_SECONDS / 2, .record = take_record, .data = info};
	enum err e = media_job_run(&job, why);
	if (!e && !info->mime)
		e = why_set(why, E_IO, "the media child said nothing of it; is the file damaged?");
	return e;
}

enum err media_open(const char *path, int *file, struct stat *info, struct why *why)
{
	/* Not blocking: a named pipe in the folder would wait for its writer. */
	*file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*file < 0)
		return errno == ENOENT || errno == ENOTDIR ? why_set(why, E_GONE, "%s isn't there", path)
							   : why_set(why, E_IO, "can't read %s: %s", path, strerror(errno));
	if (fstat(*file, info) == 0 && S_ISREG(info->st_mode))
		return OK;
	close(*file);
	return why_set(why, E_FORMAT, "not a file; put an audio or video file there");
}

static struct memory memory_of(const char *path, const struct stat *s)
{
	return (struct memory){.path = (char *)path, .device = s->st_dev, .inode = s->st_ino, .n_bytes = s->st_size,
		.changed_ns = (int64_t)s->st_mtim.tv_sec * 1000000000 + s->st_mtim.tv_nsec};
}

void media_probe_learn(const char *path, const struct media_info *info)
{
	struct stat s;
	if (stat(path, &s) || s.st_size != info->n_bytes)
		return;
	struct memory known = memory_of(path, &s);
	known.info = *info;
	remember(&known);
}

enum err media_probe(const char *path, struct media_info *info, struct why *why)
{
	struct stat s;
	int file;
	*info = (struct media_info){0};
	enum err e = media_open(path, &file, &s, why);
	if (e)
		return e;
	struct memory found = memory_of(path, &s);
	if (!recall(&found, info, why, &e)) {
		e = ask_child(file, &found.info, &found.why);
		found.info.n_bytes = s.st_size;
		found.e = e;
		*info = found.info;
		if (e && why)
			*why = found.why;
		/* A machine that is short of something now may not be so later. */
		if (!e || e == E_FORMAT)
			remember(&found);
	}
	close(file);
	return e;
}
