/* verb_media.c - `carillon media`: what the site's recordings are, and copies of them made louder, smaller, square.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/verb_media.h"
#include "transcripts/dialect.h"
#include "transcripts/media_json.h"

struct showing {
	bool is_json, with_peaks, shows_progress;
	int last; /* thousandths that were shown */
	struct json_writer json;
	struct buf out;
	struct media_store *store; /* NULL outside a site */
	size_t n, n_faults;
};

void verb_media_progress(void *data, int thousandths)
{
	const char *what = data;
	if (verb_shows_progress())
		fprintf(stderr, "\r\033[K%s: %d %%", what, thousandths / 10);
}

void verb_media_clear_progress(void)
{
	if (verb_shows_progress())
		fprintf(stderr, "\r\033[K");
}

/* ---- as text ---- */

static void add_time(struct buf *out, int64_t ms)
{
	stamp_write(out, ms / 1000 * 1000, false);
}

static void add_size(struct buf *out, int64_t bytes)
{
	if (bytes < 1000000)
		buf_format(out, "%.1f kB", (double)bytes / 1e3);
	else
		buf_format(out, "%.1f MB", (double)bytes / 1e6);
}

static const char *channels_text(int n, char room[24])
{
	if (n == 1 || n == 2)
		return n == 1 ? "mono" : "stereo";
	snprintf(room, 24, "%d channels", n);
	return room;
}

static void add_db(struct buf *out, double db, const char *unit)
{
	if (db <= MEDIA_SILENT_DB)
		buf_text(out, "silence");
	else
		buf_format(out, "%.1f %s", db, unit);
}

static void add_sound(struct buf *out, const struct media_study *s)
{
	char room[24];
	if (s->n_channels)
		buf_format(out, "  sound       %s, %g kHz, %s\n", s->audio_codec, s->sample_rate / 1000.0,
			channels_text(s->n_channels, room));
	if (s->has_loudness) {
		buf_text(out, "  loudness    ");
		add_db(out, s->lufs, "LUFS");
		buf_format(out, ", range %.1f LU, true peak ", s->range_lu);
		add_db(out, s->true_peak_db, "dBTP");
		buf_char(out, '\n');
	}
	if (s->n_damaged)
		buf_format(out, "  damaged     %lld packets of sound\n", (long long)s->n_damaged);
}

static void add_pictures(struct buf *out, const struct media_study *s)
{
	if (s->width)
		buf_format(out, "  pictures    %s, %d x %d, %g a second\n", s->video_codec, s->width, s->height,
			s->frames_a_1000s / 1000.0);
	if (s->board.n)
		buf_format(out, "  storyboard  %d pictures, one each %g s\n", s->board.n, (double)s->board.interval_ms / 1000);
	if (s->cover_width)
		buf_format(out, "  cover       %d x %d\n", s->cover_width, s->cover_height);
	for (size_t i = 0; i < s->n_captions; i++)
		buf_format(out, "  captions    %s %s\n", s->captions[i].language, s->captions[i].title);
}

static void add_text(struct buf *out, const struct media_study *s)
{
	static const char *const tags[] = {"title", "artist", "album", "date"};
	buf_format(out, "  %s, ", s->info.mime);
	add_time(out, s->info.duration_ms);
	buf_text(out, ", ");
	add_size(out, s->info.n_bytes);
	buf_format(out, ", %lld kb/s\n", (long long)(s->bits_a_second + 500) / 1000);
	add_sound(out, s);
	add_pictures(out, s);
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		if (media_study_tag(s, tags[i]))
			buf_format(out, "  %-10s  %s\n", tags[i], media_study_tag(s, tags[i]));
	for (size_t i = 0; i < s->n_chapters; i++) {
		buf_text(out, i ? "              " : "  chapters    ");
		add_time(out, s->chapters[i].start_ms);
		buf_format(out, " %s\n", s->chapters[i].title);
	}
}

/* Files' own words may hold what steers a terminal. */
static void print_tame(const struct buf *out)
{
	for (size_t i = 0; i < out->n; i++)
		putchar((unsigned char)out->p[i] < 0x20 && out->p[i] != '\n' ? ' ' : out->p[i]);
}

/* ---- a file ---- */

static void show(struct showing *v, const char *name, const struct media_study *s)
{
	v->n++;
	if (v->is_json) {
		json_open(&v->json, '{');
		json_key(&v->json, "file");
		json_text(&v->json, span_of(name));
		media_json_members(&v->json, s, v->with_peaks);
		json_close(&v->json, '}');
		return;
	}
	buf_format(&v->out, "%s\n", name);
	add_text(&v->out, s);
	print_tame(&v->out);
	buf_clear(&v->out);
}

static void complain(struct showing *v, const char *name, const struct why *why)
{
	fflush(stdout);
	diag_fault(name, 0, "%s", why->text);
	v->n_faults++;
}

static void show_file(struct showing *v, const char *path)
{
	struct media_study s;
	struct why why = {0};
	const struct media_watcher watcher = {verb_media_progress, (void *)path, NULL};
	media_study_init(&s);
	enum err e = v->store ? media_store_study(v->store, path, &watcher, &s, NULL, &why) :
		media_study(path, &watcher, &s, NULL, &why);
	verb_media_clear_progress();
	if (e)
		complain(v, path, &why);
	else
		show(v, path, &s);
	media_study_finish(&s);
}

static void show_one_of_all(void *data, const char *name, const struct media_study *s, bool was_known, enum err e,
	const struct why *why)
{
	(void)was_known;
	struct buf path = {0};
	buf_format(&path, "media/%s", name);
	verb_media_clear_progress();
	if (e)
		complain(data, path.p, why);
	else
		show(data, path.p, s);
	buf_finish(&path);
}

static void progress_of_all(void *data, size_t done, size_t total, const char *name, int thousandths)
{
	(void)data;
	if (verb_shows_progress())
		fprintf(stderr, "\r\033[K%zu of %zu files, %s: %d %%", done, total, name, thousandths / 10);
}

static int show_all(struct showing *v, const char *site, char **files, int n)
{
	struct why why = {0};
	const struct media_store_report report = {.file = show_one_of_all, .progress = progress_of_all, .data = v};
	enum err e = OK;
	json_begin(&v->json, &v->out);
	if (v->is_json)
		json_open(&v->json, '[');
	for (int i = 0; i < n; i++)
		show_file(v, files[i]);
	if (!n)
		e = media_store_study_all(v->store, site, &report, NULL, &why);
	if (v->is_json) {
		json_close(&v->json, ']');
		printf("%s\n", v->out.p);
	} else if (!v->n && !v->n_faults) {
		printf("%s/media has no recordings\n", site);
	}
	if (e)
		diag_fault_why(NULL, 0, &why);
	return e ? EXIT_MACHINE : v->n_faults ? EXIT_FAULTS : EXIT_DONE;
}

/* ---- the verb ---- */

enum err verb_media_store(const char *site, bool must_be, struct media_store **store)
{
	struct why why = {0};
	char *file = file_join(site, "carillon.yaml"), *var = file_join(site, "var");
	enum err e = OK;
	*store = NULL;
	if (file_exists(file))
		e = media_store_open(var, store, &why);
	else if (must_be)
		e = why_set(&why, E_GONE, "%s isn't there; say --site DIR, or name the FILE", file);
	if (e)
		diag_fault_why(NULL, 0, &why);
	free(file);
	free(var);
	return e;
}

static int run(int argc, char **argv)
{
	struct verb_media_options o = {.site = "."};
	struct showing v = {.last = -1};
	const char *target = NULL, *heights = NULL;
	bool done;
	const struct option_spec specs[] = {{"site", &o.site, NULL}, {"json", NULL, &v.is_json}, {"peaks", NULL, &v.with_peaks},
		{"output", &o.output, NULL}, {"yes", NULL, &o.agrees}, {"target", &target, NULL}, {"heights", &heights, NULL},
		{"png", NULL, &o.is_png}};
	int n;
	if (options_read(&verb_media, argc, argv, specs, COUNT_OF(specs), &n, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	o.target = target;
	o.heights = heights;
	static const struct {
		const char *name;
		int (*run)(const struct verb_media_options *o, const char *file);
	} makers[] = {{"normalise", verb_media_normalise}, {"renditions", verb_media_renditions},
		{"artwork", verb_media_artwork}};
	for (size_t i = 0; n && i < COUNT_OF(makers); i++) {
		if (strcmp(argv[1], makers[i].name) != 0)
			continue;
		if (n != 2) {
			diag_fault(NULL, 0, "media %s takes one FILE; see carillon media --help", makers[i].name);
			return EXIT_USAGE;
		}
		return makers[i].run(&o, argv[2]);
	}
	if (o.output || target || heights || o.is_png || o.agrees) {
		diag_fault(NULL, 0, "--output, --yes, --target, --heights and --png belong to normalise, renditions and artwork");
		return EXIT_USAGE;
	}
	if (verb_media_store(o.site, n == 0, &v.store))
		return n == 0 ? EXIT_FAULTS : EXIT_MACHINE;
	int code = show_all(&v, o.site, argv + 1, n);
	media_store_close(v.store);
	buf_finish(&v.out);
	return code;
}

const struct verb verb_media = {
	.name = "media",
	.usage = "media [normalise|renditions|artwork] [--site DIR] [--json] [FILE...]",
	.summary = "Show what recordings are, and make copies of them louder, smaller, square",
	.help =
		"Without a word: duration, size, bit rate, sound, loudness (EBU R 128), pictures, tags and chapters of each FILE, or of\n"
		"all in SITE/media, read once and kept in SITE/var/media.db.\n"
		"\n"
		"  carillon media normalise FILE    a copy at -16 LUFS with true peaks of at most -1 dBTP, tags, chapters and cover\n"
		"                                   kept: FILE-normalised\n"
		"  carillon media renditions FILE   smaller copies of a video with an HLS playlist: FILE.m3u8 and FILE-HEIGHTp.mp4\n"
		"  carillon media artwork FILE      a square picture as Apple wants it, 1400 to 3000 pixels a side, JPEG,\n"
		"                                   from a picture or a recording's cover: FILE-square.jpg\n"
		"\n"
		"  --site DIR     the site's folder (default: the current one)\n"
		"  --json         an array of objects; with --peaks also the waveform, ten bytes a second\n"
		"  --output FILE  what normalise and artwork write, or the folder of the renditions\n"
		"  --yes          write over what is there without asking\n"
		"  --target LUFS  another loudness than -16, from -30 to -9\n"
		"  --heights H,H  other renditions than 1080,720,480,360 (those not above the video's own)\n"
		"  --png          artwork as PNG\n"
		"\n"
		"Files are read by a process that can do nothing else. Exit code 1: a FILE can't be read.\n"
		"\n"
		"Example\n"
		"  carillon media normalise media/bells.mp3\n",
	.run = run,
};
