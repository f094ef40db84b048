/* moving_in_files.c - what lies beside a feed: transcripts, chapters, recordings, artwork.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/download.h"
#include "server/moving_in.h"
#include "transcripts/chapters.h"
#include "transcripts/media_probe.h"

enum { COMPANION_BYTES = 16 << 20 };

/* ---- transcripts and chapters ---- */

/* By what is in it; types and endings are only claims. */
static const char *ending_of(struct span text)
{
	if (span_starts(text, "\xEF\xBB\xBF"))
		text = span_from(text, 3);
	text = span_trim(text);
	struct span head = span_make(text.p, text.n < 4096 ? text.n : 4096);
	if (span_starts(text, "WEBVTT"))
		return "vtt";
	if (text.n && (text.p[0] == '{' || text.p[0] == '['))
		return "json";
	if (span_search(head, SPAN_LITERAL(" --> "), 0) < head.n)
		return "srt";
	return text.n && text.p[0] == '<' ? "html" : "txt";
}

/* What of one language says most comes first: names of speakers, times, then words alone. */
static int rank(const struct document_companion *c)
{
	static const char *const types[] = {"text/vtt", "application/json", "application/x-subrip", "application/srt", "text/srt",
		"application/x-srt", "text/html", "text/plain"};
	struct span type = span_make(c->type, strcspn(c->type, "; "));
	size_t i = 0;
	while (i < COUNT_OF(types) && !span_equal_nocase(type, span_of(types[i])))
		i++;
	return (int)i;
}

static bool is_language(const struct document_companion *c, const char *language)
{
	size_t n = strcspn(c->language, "-_"), k = strcspn(language, "-_");
	return !*c->language || !*language || (n == k && span_equal_nocase(span_make(c->language, n), span_make(language, k)));
}

static bool comes_before(const struct document_companion *a, const struct document_companion *b, const char *language)
{
	bool a_speaks = is_language(a, language), b_speaks = is_language(b, language);
	return a_speaks != b_speaks ? a_speaks : rank(a) < rank(b);
}

/* In the order in which they are tried. Owned by the caller. */
static const struct document_companion **in_order(const struct document *d, bool chapters, size_t *n)
{
	const struct document_companion **list = mem_new(d->n_companions + 1, sizeof *list);
	*n = 0;
	for (size_t i = 0; i < d->n_companions; i++) {
		const struct document_companion *c = &d->companions[i];
		if (c->is_chapters != chapters || !*c->url)
			continue;
		size_t at = (*n)++;
		while (at > 0 && comes_before(c, list[at - 1], d->language)) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = c;
	}
	return list;
}

static char *transcripts_path(const struct moving *m, const struct document *d, const char *ending)
{
	struct buf name = {0};
	buf_format(&name, "transcripts/%s.%s", d->slug, ending);
	char *path = file_join(m->options->site, name.p);
	buf_finish(&name);
	return path;
}

static bool has_any(const struct moving *m, const struct document *d, const char *const *endings, size_t n)
{
	bool has = false;
	for (size_t i = 0; i < n && !has; i++) {
		char *path = transcripts_path(m, d, endings[i]);
		has = file_exists(path);
		free(path);
	}
	return has;
}

static bool is_chapters(struct span text)
{
	char reason[200];
	return chapters_detect(text, reason, sizeof reason) != CHAPTERS_NONE;
}

/* True: it is there now. */
static bool take_companion(struct moving *m, const struct document *d, const struct document_companion *c)
{
	struct moving_answer a;
	const struct fetch_request request = {.url = c->url, .limit = COMPANION_BYTES, .is_named = m->may_be_private};
	bool taken = false;
	moving_fetch(m, &request, &a);
	struct span text = buf_view(&a.body);
	bool is_right = a.outcome == FETCH_DONE && (c->is_chapters ? is_chapters(text) : span_trim(text).n > 0);
	moving_clear_progress(m);
	if (is_right) {
		struct why why = {0};
		char *path = transcripts_path(m, d, c->is_chapters ? "chapters.json" : ending_of(text));
		taken = file_replace(path, text, &why) == OK;
		if (!taken)
			diag_fault_why(path, 0, &why);
		free(path);
	} else {
		diag_fault(c->url, 0, "the %s of %s: %s", c->is_chapters ? "chapters" : "transcript", d->slug,
			a.outcome != FETCH_DONE ? a.why.text : c->is_chapters ? "they are no chapters" : "it is empty");
	}
	moving_answer_finish(&a);
	return taken;
}

static bool take_one(struct moving *m, const struct document *d, bool chapters)
{
	size_t n;
	const struct document_companion **list = in_order(d, chapters, &n);
	bool taken = false;
	for (size_t i = 0; i < n && !taken; i++)
		taken = take_companion(m, d, list[i]);
	free(list);
	return taken;
}

bool moving_take_companions(struct moving *m, const struct document *d, const struct moving_page *known)
{
	static const char *const words[] = {"vtt", "srt", "json", "html", "txt"}, *const chapters[] = {"chapters.json"};
	struct why why = {0};
	char *folder = file_join(m->options->site, "transcripts");
	if (d->n_companions && file_make_folder(folder, &why))
		diag_fault_why(folder, 0, &why);
	free(folder);
	if (!(known && known->has_transcript) && !has_any(m, d, words, COUNT_OF(words)))
		m->n_transcripts += take_one(m, d, false);
	if (known && known->has_chapters)
		return false;
	if (has_any(m, d, chapters, COUNT_OF(chapters)))
		return true;
	bool taken = take_one(m, d, true);
	m->n_chapters += taken;
	return taken;
}

/* ---- recordings ---- */

struct showing {
	const struct moving *m;
	const char *name;
};

static void show_progress(void *data, int64_t done, int64_t total)
{
	const struct showing *s = data;
	if (!s->m->shows_progress)
		return;
	if (total > 0)
		fprintf(stderr, "\r\033[K%s: %.1f of %.1f MB, %d %%", s->name, (double)done / 1e6, (double)total / 1e6,
			(int)(done * 100 / total));
	else
		fprintf(stderr, "\r\033[K%s: %.1f MB", s->name, (double)done / 1e6);
}

static enum err take_file(struct moving *m, const char *url, const char *name, bool is_picture, int64_t expected, char **file,
	int64_t *n_bytes, struct why *why)
{
	struct showing showing = {m, name};
	char *folder = file_join(m->options->site, "media");
	const struct download d = {.fetcher = m->fetcher, .url = url, .folder = folder, .name = name,
		.is_named = m->may_be_private, .is_picture = is_picture, .expected_bytes = expected, .progress = show_progress,
		.data = &showing};
	enum err e = moving_is_silent(m, url, why) ? E_AGAIN : download(&d, file, n_bytes, why);
	if (e == E_AGAIN && *n_bytes == 0)
		moving_note_silence(m, url);
	moving_clear_progress(m);
	if (e)
		diag_fault(url, 0, "%s", why->text);
	free(folder);
	return e;
}

void moving_take_recording(struct moving *m, const struct document *d, struct takeover_page *page, char **file,
	char **image, bool *is_waiting)
{
	struct why why = {0};
	char *name = takeover_file_name(d->slug, d->guid);
	int64_t n_bytes = 0;
	enum err e = take_file(m, d->media_file, name, false, d->media_bytes, file, &n_bytes, &why);
	*is_waiting = e == E_AGAIN || e == E_FULL || e == E_IO;
	if (!e) {
		m->n_recordings++;
		page->media_file = *file;
		page->media_bytes = n_bytes;
		if (d->media_bytes && d->media_bytes != n_bytes)
			printf("media/%s: has %lld bytes, the feed said %lld; its page says what it has\n", *file, (long long)n_bytes,
				(long long)d->media_bytes);
	}
	bool has_picture = !*is_waiting && *d->image && !(m->takeover->show.image && strcmp(m->takeover->show.image, d->image) == 0);
	char *picture = NULL;
	if (has_picture && take_file(m, d->image, name, true, 0, &picture, &n_bytes, &why) == OK) {
		struct buf path = {0};
		buf_format(&path, "media/%s", picture);
		*image = buf_take(&path);
		page->image = *image;
	}
	free(picture);
	free(name);
}

char *moving_take_artwork(struct moving *m)
{
	const char *url = m->takeover->show.image;
	struct why why = {0};
	struct buf path = {0}, name = {0};
	char *file = NULL;
	int64_t n_bytes = 0;
	buf_format(&name, "%s-cover", m->show);
	if (url && take_file(m, url, name.p, true, 0, &file, &n_bytes, &why) == OK) {
		char *folder = file_join(m->options->site, "media");
		download_forget(folder, name.p);
		free(folder);
		buf_format(&path, "media/%s", file);
	}
	free(file);
	buf_finish(&name);
	return path.n ? buf_take(&path) : NULL;
}

/* ---- what the feed leaves open ---- */

static bool is_media_type(const char *type)
{
	return span_starts(span_of(type), "audio/") || span_starts(span_of(type), "video/");
}

/* A feed that says neither length nor type would lose the item here: Apple's rules want both. */
void moving_ask_size(struct moving *m, struct document *d, struct takeover_page *page, char **type)
{
	char *plain = span_dup(span_make(d->media_file, strcspn(d->media_file, "?#")));
	const char *by_name = media_mime_of(plain);
	bool knows_type = (d->n_media && strchr(d->media[0].type, '/')) || is_media_type(by_name);
	free(plain);
	if (d->media_bytes > 0 && knows_type)
		return;
	struct moving_answer a;
	const struct fetch_request request = {.url = d->media_file, .is_head = true, .is_named = m->may_be_private};
	moving_fetch(m, &request, &a);
	if (a.outcome == FETCH_DONE) {
		d->media_bytes = d->media_bytes > 0 ? d->media_bytes : a.length > 0 ? a.length : 0;
		*type = span_dup(span_make(a.type, strcspn(a.type, "; ")));
		page->media_type = is_media_type(*type) ? *type : NULL;
	}
	moving_clear_progress(m);
	if (d->media_bytes <= 0)
		diag_fault(d->media_file, 0, "neither the feed nor the server says how many bytes it has%s%s; give media: size in "
			"episodes/%s.md, else the feed goes without it", a.outcome == FETCH_DONE ? "" : ": ", a.outcome == FETCH_DONE ? "" :
			a.why.text, d->slug);
	else if (!knows_type && !page->media_type)
		diag_fault(d->media_file, 0, "neither the feed nor the server says what kind of recording it is; give media: type in "
			"episodes/%s.md, else the feed goes without it", d->slug);
	moving_answer_finish(&a);
}
