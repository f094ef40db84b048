/* SPDX-License-Identifier: MIT */
#include "server/module_codecs.h"

#include "server/module.h"
#include "transcripts/media_probe.h"

struct module module_codecs = {.name = "codecs", .version = CODECS_VERSION,
	.without = "no recording can be read and no sound written"};

static const struct codecs *get(struct why *why)
{
	return module_load(&module_codecs, why);
}

enum err encoder_open_file(const char *path, enum encoder_format format, const struct encoder_tags *tags,
	struct encoder **encoder, struct why *why)
{
	const struct codecs *codecs = get(why);
	return codecs ? codecs->open_file(path, format, tags, encoder, why) : E_GONE;
}

enum err encoder_open_stream(enum encoder_format format, const struct encoder_tags *tags,
	void (*sink)(void *data, struct span bytes, bool is_header), void *data, struct encoder **encoder, struct why *why)
{
	const struct codecs *codecs = get(why);
	return codecs ? codecs->open_stream(format, tags, sink, data, encoder, why) : E_GONE;
}

/* Who has an encoder has the module. */
static const struct codecs *loaded(void)
{
	return module_codecs._table;
}

enum err encoder_write(struct encoder *e, const float *frames, size_t n, struct why *why)
{
	return loaded()->write(e, frames, n, why);
}

enum err encoder_finish(struct encoder *e, struct why *why)
{
	return loaded()->finish(e, why);
}

void encoder_destroy(struct encoder *e)
{
	if (e)
		loaded()->destroy(e);
}

/* Without the module it ends at once, and its parent says that it died. */
int media_child_main(void)
{
	const struct codecs *codecs = get(NULL);
	return codecs ? codecs->media_child() : 1;
}
