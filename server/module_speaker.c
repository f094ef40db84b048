/* SPDX-License-Identifier: MIT */
#include "server/module_speaker.h"

#include "server/module.h"

struct module module_speaker = {.name = "speaker", .version = SPEAKER_VERSION, .without = "no loudspeaker plays"};

enum err speaker_open(const char *wanted, uint32_t seed, struct speaker **speaker, struct why *why)
{
	const struct speaker_functions *f = module_load(&module_speaker, why);
	return f ? f->open(wanted, seed, speaker, why) : E_GONE;
}

void speaker_list(void (*each)(void *data, const char *backend, const char *id, const char *name, bool is_default), void *data)
{
	const struct speaker_functions *f = module_load(&module_speaker, NULL);
	if (f)
		f->list(each, data);
}

/* Who has a speaker has the module. */
static const struct speaker_functions *loaded(void)
{
	return module_speaker._table;
}

void speaker_close(struct speaker *s)
{
	if (s)
		loaded()->close(s);
}

void speaker_note(struct speaker *s, const struct note *note)
{
	loaded()->note(s, note);
}

void speaker_tick(struct speaker *s, void (*gone)(void *data, const char *why), void (*back)(void *data, const char *device),
	void *data)
{
	loaded()->tick(s, gone, back, data);
}

struct speaker_counts speaker_counts(const struct speaker *s)
{
	return loaded()->counts(s);
}

const char *speaker_device(const struct speaker *s)
{
	return loaded()->device(s);
}
