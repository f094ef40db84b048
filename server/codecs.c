/* codecs.c - encoder.h and the media child as the program has them: loaded when they are wanted.
 * SPDX-License-Identifier: MIT */
#include "server/codecs.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_probe.h"

static struct {
	pthread_once_t once;
	const struct codecs *codecs; /* NULL: why */
	struct why why;
} loaded = {.once = PTHREAD_ONCE_INIT};

/* Beside the program, or where its installation has it; owned by the caller. */
static char *module_path(void)
{
	static const char *const places[] = {"", "../" CARILLON_LIBDIR "/carillon/"};
	char program[PATH_MAX];
	struct buf path = {0};
	ssize_t n = readlink("/proc/self/exe", program, sizeof program);
	size_t folder = n > 0 ? (size_t)n : 0;
	while (folder && program[folder - 1] != '/')
		folder--;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		buf_clear(&path);
		buf_add(&path, program, folder);
		buf_text(&path, places[i]);
		buf_text(&path, "carillon-codecs.so");
		if (file_exists(path.p))
			break;
	}
	return buf_take(&path);
}

static void load(void)
{
	char *path = module_path();
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct codecs *codecs = module ? dlsym(module, "carillon_codecs") : NULL;
	if (!codecs)
		(void)why_set(&loaded.why, E_GONE, "can't load what reads and writes recordings: %.110s; install carillon whole", dlerror());
	else if (codecs->version != CODECS_VERSION)
		(void)why_set(&loaded.why, E_GONE, "%.110s is another version's; start carillon again", path);
	else
		loaded.codecs = codecs;
	free(path);
}

void codecs_load(void)
{
	pthread_once(&loaded.once, load);
}

static const struct codecs *get(void)
{
	codecs_load();
	return loaded.codecs;
}

static enum err missing(struct why *why)
{
	return why_set(why, E_GONE, "%s", loaded.why.text);
}

enum err encoder_open_file(const char *path, enum encoder_format format, const struct encoder_tags *tags,
	struct encoder **encoder, struct why *why)
{
	return get() ? get()->open_file(path, format, tags, encoder, why) : missing(why);
}

enum err encoder_open_stream(enum encoder_format format, const struct encoder_tags *tags,
	void (*sink)(void *data, struct span bytes, bool is_header), void *data, struct encoder **encoder, struct why *why)
{
	return get() ? get()->open_stream(format, tags, sink, data, encoder, why) : missing(why);
}

/* Who has an encoder has the module. */
enum err encoder_write(struct encoder *e, const float *frames, size_t n, struct why *why)
{
	return loaded.codecs->write(e, frames, n, why);
}

enum err encoder_finish(struct encoder *e, struct why *why)
{
	return loaded.codecs->finish(e, why);
}

void encoder_destroy(struct encoder *e)
{
	if (e)
		loaded.codecs->destroy(e);
}

/* Without the module it ends at once, and its parent says that it died. */
int media_child_main(void)
{
	return get() ? get()->media_child() : 1;
}

void codecs_check(void)
{
	char *path = module_path();
	if (!file_exists(path))
		diag_fault(NULL, 0, "%s isn't there: no recording can be read and no sound written; install carillon whole", path);
	free(path);
}
