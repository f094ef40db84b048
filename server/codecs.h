/* codecs.h - what of this program needs libav*: the encoders and the media child. With their hundred libraries they
 * would be most of the time that a command takes to start, and few commands need them: they are a module,
 * carillon-codecs.so, beside the program where it was built, and in LIBDIR/carillon where it is installed. It is loaded
 * by codecs_load, at the latest when encoder.h's first encoder is opened or the media child begins (codecs.c, which
 * stands for both in the program; tests are linked with the real ones).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_CODECS_H
#define SERVER_CODECS_H

#include "audio/encoder.h"

/* Raise it with any change of this struct or of what its functions do: a program that runs while it is replaced finds a
 * new module. */
enum { CODECS_VERSION = 1 };

struct codecs {
	int version;
	enum err (*open_file)(const char *path, enum encoder_format format, const struct encoder_tags *tags,
		struct encoder **encoder, struct why *why);
	enum err (*open_stream)(enum encoder_format format, const struct encoder_tags *tags,
		void (*sink)(void *data, struct span bytes, bool is_header), void *data, struct encoder **encoder,
		struct why *why);
	enum err (*write)(struct encoder *e, const float *frames, size_t n, struct why *why);
	enum err (*finish)(struct encoder *e, struct why *why);
	void (*destroy)(struct encoder *e);
	int (*media_child)(void);
};

/* The module's only symbol. */
extern const struct codecs carillon_codecs;

/* By the main thread, before there are others: libraries leave things behind in the thread that loads them. That the
 * module can't be loaded is said by whoever would use it. */
void codecs_load(void);
/* Says so where the module isn't there at all: half a program was installed. */
void codecs_check(void);

#endif
