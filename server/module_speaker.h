/* module_speaker.h - what of this program needs libsoundio and the sound servers' libraries: the loudspeaker.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MODULE_SPEAKER_H
#define SERVER_MODULE_SPEAKER_H

#include "audio/speaker.h"

/* Raise it with any change of this struct or of what its functions do. */
enum { SPEAKER_VERSION = 1 };

struct speaker_functions {
	int version;
	enum err (*open)(const char *wanted, uint32_t seed, struct speaker **speaker, struct why *why);
	void (*close)(struct speaker *s);
	void (*note)(struct speaker *s, const struct note *note);
	void (*tick)(struct speaker *s, void (*gone)(void *data, const char *why), void (*back)(void *data, const char *device),
		void *data);
	struct speaker_counts (*counts)(const struct speaker *s);
	const char *(*device)(const struct speaker *s);
	void (*list)(void (*each)(void *data, const char *backend, const char *id, const char *name, bool is_default), void *data);
};

extern const struct speaker_functions carillon_speaker;

#endif
