/* verb_media_make.c - `carillon media normalise|renditions|artwork`: new files from recordings, that never take
 * another's place without asking.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/verb_media.h"
#include "transcripts/media_make.h"

enum { RENDITIONS = 8 };

/* The file as named, or the one of that name in SITE/media; owned by the caller. */
static char *find_file(const struct verb_media_options *o, const char *file)
{
	if (file_exists(file) || strchr(file, '/'))
		return mem_strdup(file);
	char *folder = file_join(o->site, "media"), *path = file_join(folder, file);
	bool there = file_exists(path);
	free(folder);
	if (there)
		return path;
	free(path);
	return mem_strdup(file);
}

/* FOLDER/STEM + ending, where folder is path's own unless given; owned by the caller. */
static char *beside(const char *path, const char *folder, const char *ending)
{
	struct buf out = {0};
	const char *slash = strrchr(path, '/');
	if (folder)
		buf_format(&out, "%s/", folder);
	else if (slash)
		buf_add(&out, path, (size_t)(slash - path + 1));
	buf_span(&out, file_stem(path));
	buf_text(&out, ending);
	return buf_take(&out);
}

/* True when the file may be written. */
static bool may_write(const struct verb_media_options *o, const char *path)
{
	char answer[8] = "";
	if (!file_exists(path) || o->agrees)
		return true;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		printf("%s is there already. Write over it? [y/N] ", path);
		fflush(stdout);
		if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
			return true;
	}
	diag_fault(path, 0, "is there already; say --yes to write over it, or --output FILE");
	return false;
}

static int fail(const char *file, enum err e, const struct why *why)
{
	verb_media_clear_progress();
	fflush(stdout);
	diag_fault(file, 0, "%s", why->text);
	return e == E_FORMAT || e == E_GONE || e == E_LIMIT ? EXIT_FAULTS : EXIT_MACHINE;
}

int verb_media_normalise(const struct verb_media_options *o, const char *file)
{
	double target = -16.0;
	if (o->target && (!span_to_double(span_of(o->target), &target) || target < -30 || target > -9)) {
		diag_fault(NULL, 0, "--target is a loudness from -30 to -9 LUFS, not '%s'", o->target);
		return EXIT_USAGE;
	}
	struct buf ending = {0};
	buf_text(&ending, "-normalised.");
	buf_span(&ending, file_ending(file));
	char *from = find_file(o, file), *to = o->output ? mem_strdup(o->output) : beside(from, NULL, ending.p);
	struct media_study before = {0}, after = {0};
	struct why why = {0};
	int code = EXIT_FAULTS;
	if (may_write(o, to)) {
		const struct media_watcher watcher = {verb_media_progress, from, NULL};
		enum err e = media_normalise(from, to, target, &watcher, &before, &after, &why);
		if (e) {
			code = fail(from, e, &why);
		} else {
			verb_media_clear_progress();
			printf("%s: %.1f LUFS, true peak %.1f dBTP (was %.1f and %.1f)\n", to, after.lufs, after.true_peak_db,
				before.lufs, before.true_peak_db);
			code = EXIT_DONE;
		}
	}
	media_study_finish(&before);
	media_study_finish(&after);
	buf_finish(&ending);
	free(from);
	free(to);
	return code;
}

/* ---- renditions ---- */

/* Falls; false: that's no list of heights. */
static bool read_heights(const char *text, int heights[RENDITIONS], size_t *n)
{
	struct span rest = span_of(text), piece;
	int64_t height;
	for (*n = 0; span_next_piece(&rest, ',', &piece); (*n)++) {
		if (*n == RENDITIONS || !span_to_i64(span_trim(piece), &height) || height < 90 || height > 4320 ||
		    (*n && height >= heights[*n - 1]))
			return false;
		heights[*n] = (int)height;
	}
	return *n > 0;
}

struct set {
	const struct verb_media_options *o;
	char *from;
	struct media_rendition all[RENDITIONS];
	char *videos[RENDITIONS], *playlists[RENDITIONS], *names[RENDITIONS]; /* names: of the playlists, borrowed */
	size_t n;
};

static char *base_name(char *path)
{
	char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum err write_playlists(struct set *s, const char *master, struct why *why)
{
	struct buf text = {0};
	enum err e = OK;
	for (size_t i = 0; i < s->n && !e; i++) {
		buf_clear(&text);
		media_rendition_playlist(&s->all[i], base_name(s->videos[i]), &text);
		e = file_replace(s->playlists[i], buf_view(&text), why);
		s->names[i] = base_name(s->playlists[i]);
	}
	if (!e) {
		buf_clear(&text);
		media_rendition_master(s->all, s->names, s->n, &text);
		e = file_replace(master, buf_view(&text), why);
	}
	buf_finish(&text);
	return e;
}

static enum err make_one(struct set *s, int height, struct why *why)
{
	char what[64], ending[32];
	const struct media_watcher watcher = {verb_media_progress, what, NULL};
	size_t i = s->n++;
	snprintf(what, sizeof what, "%d lines", height);
	snprintf(ending, sizeof ending, "-%dp.mp4", height);
	s->videos[i] = beside(s->from, s->o->output, ending);
	snprintf(ending, sizeof ending, "-%dp.m3u8", height);
	s->playlists[i] = beside(s->from, s->o->output, ending);
	if (!may_write(s->o, s->videos[i]) || !may_write(s->o, s->playlists[i]))
		return why_set(why, E_DENIED, "nothing was written over");
	enum err e = media_rendition(s->from, height, s->videos[i], &watcher, &s->all[i], why);
	verb_media_clear_progress();
	if (!e)
		printf("%s: %d x %d\n", s->videos[i], s->all[i].width, s->all[i].height);
	fflush(stdout);
	return e;
}

static int make_renditions(struct set *s, const int *heights, size_t n, int own_height)
{
	struct why why = {0};
	enum err e = OK;
	char *master = beside(s->from, s->o->output, ".m3u8");
	if (!may_write(s->o, master)) {
		free(master);
		return EXIT_FAULTS;
	}
	for (size_t i = 0; i < n && !e; i++)
		if (heights[i] <= own_height)
			e = make_one(s, heights[i], &why);
	/* One that is smaller than all of them gets its own. */
	if (!e && !s->n)
		e = make_one(s, own_height & ~1, &why);
	e = e ? e : write_playlists(s, master, &why);
	int code = e == E_DENIED ? EXIT_FAULTS : e ? fail(s->from, e, &why) : EXIT_DONE;
	if (!e)
		printf("%s: %zu rendition%s\n", master, s->n, s->n == 1 ? "" : "s");
	free(master);
	return code;
}

int verb_media_renditions(const struct verb_media_options *o, const char *file)
{
	int heights[RENDITIONS];
	size_t n;
	if (!read_heights(o->heights ? o->heights : "1080,720,480,360", heights, &n)) {
		diag_fault(NULL, 0, "--heights is up to %d numbers from 4320 down to 90 with commas, not '%s'", RENDITIONS,
			o->heights);
		return EXIT_USAGE;
	}
	struct set s = {.o = o, .from = find_file(o, file)};
	struct media_study study;
	struct why why = {0};
	const struct media_watcher watcher = {verb_media_progress, s.from, NULL};
	media_study_init(&study);
	enum err e = media_study(s.from, &watcher, &study, NULL, &why);
	verb_media_clear_progress();
	if (!e && !study.info.has_video)
		e = why_set(&why, E_FORMAT, "it has no moving pictures; renditions are made of videos");
	if (!e && o->output)
		e = file_make_folder(o->output, &why);
	int code = e ? fail(s.from, e, &why) : make_renditions(&s, heights, n, study.height);
	media_study_finish(&study);
	for (size_t i = 0; i < s.n; i++) {
		media_rendition_finish(&s.all[i]);
		free(s.videos[i]);
		free(s.playlists[i]);
	}
	free(s.from);
	return code;
}

/* ---- artwork ---- */

int verb_media_artwork(const struct verb_media_options *o, const char *file)
{
	struct media_artwork a;
	struct why why = {0};
	const char *ending = o->is_png ? ".png" : ".jpg";
	char *from = find_file(o, file);
	char *to = o->output ? mem_strdup(o->output) : beside(from, NULL, o->is_png ? "-square.png" : "-square.jpg");
	int code = EXIT_FAULTS;
	if ( strcasecmp(strrchr(to, '.') ? strrchr(to, '.') : "", ending) != 0) {
		diag_fault(to, 0, "the name must end in %s, which is what it will be; Apple looks at both%s", ending,
			o->is_png ? "" : "; or say --png");
		code = EXIT_USAGE;
	} else if (may_write(o, to)) {
		enum err e = media_artwork(from, to, o->is_png, &a, &why);
		if (e) {
			code = fail(from, e, &why);
		} else {
			printf("%s: %d x %d, from %d x %d\n", to, a.side, a.side, a.width, a.height);
			if (a.width < a.side || a.height < a.side)
				printf("It was made larger than it was; one of 3000 pixels a side looks better.\n");
			code = EXIT_DONE;
		}
	}
	free(from);
	free(to);
	return code;
}
