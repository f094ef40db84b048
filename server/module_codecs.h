/* module_codecs.h - what of this program needs libav*: the encoders and the media child.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MODULE_CODECS_H
#define SERVER_MODULE_CODECS_H

#include "audio/encoder.h"

/* Raise it with any change of this struct or of what its functions do. */
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

extern const struct codecs carillon_codecs;

#endif
