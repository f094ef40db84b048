/* media_study.h - all that is known of a recording after one pass over it by a media child (media_probe.h):
 * duration, sound, loudness, peaks, chapters, tags, cover, captions, storyboard. Blocking; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_STUDY_H
#define TRANSCRIPTS_MEDIA_STUDY_H

#include <stdatomic.h>

#include "base/buf.h"
#include "transcripts/media_probe.h"

enum { MEDIA_CHAPTERS = 1000, MEDIA_TAGS = 100, MEDIA_TAG_BYTES = 4000, MEDIA_CAPTIONS = 8, MEDIA_SILENT_DB = -200,
	MEDIA_SIDE_MOST = 32768, MEDIA_RATE_MOST = 10000000, MEDIA_FRAMES_MOST = 1000000000 /* a thousand seconds */ };

struct media_chapter {
	int64_t start_ms, end_ms;
	char *title;
};

struct media_tag {
	char *name, *value; /* as the file has them, but UTF-8 */
};

struct media_caption {
	char *language, *title, *vtt; /* language as the file says it ("eng"), "" where it doesn't */
};

/* Small pictures in one JPEG, row by row; picture i shows the moment i * interval_ms. */
struct media_board_shape {
	int n, columns, width, height; /* n 0: there is none; width and height of one, in pixels */
	int64_t interval_ms;
};

struct media_study {
	struct media_info info;      /* its duration is what was really in it */
	int64_t declared_ms;         /* what its head says; 0: nothing exact */
	int64_t bits_a_second;       /* of the whole file */
	char format[32], audio_codec[32], video_codec[32]; /* as FFmpeg names them; "" where there is none */
	int sample_rate, n_channels; /* 0 without sound */
	int width, height, frames_a_1000s; /* 0 without pictures */
	int64_t n_damaged;           /* packets of sound that can't be decoded */
	bool has_loudness;
	double lufs, range_lu, true_peak_db; /* EBU R 128; MEDIA_SILENT_DB: silence */
	struct media_chapter *chapters;
	struct media_tag *tags;
	struct media_caption *captions;
	size_t n_chapters, n_tags, n_captions;
	int cover_width, cover_height;       /* of the original; 0: there is none */
	struct media_board_shape board;
	struct buf peaks;            /* a byte a tenth of a second: quarters of a decibel below 255 = full scale */
	struct buf cover, storyboard, poster; /* JPEG; empty where there is none */
};

void media_study_init(struct media_study *s);
void media_study_finish(struct media_study *s);

/* progress: of a thousand, from the same thread; may be NULL. stop: may be NULL; set by another thread it ends the pass
 * with E_TIMEOUT. keep, which may be NULL, gets each record that s is made of, for media_store.h. Errors are those of
 * media_probe. */
struct media_watcher {
	void (*progress)(void *data, int thousandths);
	void *data;
	const atomic_bool *stop;
	bool is_gentle; /* everything else on the machine goes first */
};
enum err media_study(const char *path, const struct media_watcher *watcher, struct media_study *s, struct buf *keep,
	struct why *why) NODISCARD;
/* One record of a study (media_job.h); false: that can't be. */
bool media_study_take(struct media_study *s, struct span key, struct span value);
/* A tag's value by name, whatever its case; NULL: there is none. */
const char *media_study_tag(const struct media_study *s, const char *name);

#endif
