/* SPDX-License-Identifier: MIT */
#include "server/importing.h"

#include <stdlib.h>

#include "base/mem.h"

struct importer_site *importing_site(const struct config *config, bool forget)
{
	const char **names = mem_new(config->n_shows * 2 + 1, sizeof *names), **titles = names + config->n_shows;
	for (size_t i = 0; i < config->n_shows; i++) {
		names[i] = config->shows[i].name;
		titles[i] = config->shows[i].title;
	}
	struct importer_site *site = mem_new(1, sizeof *site);
	*site = (struct importer_site){.folder = config->site, .shows = names, .n_shows = config->n_shows, .forget = forget,
		.show_titles = titles, .base_url = config->base_url,
		.kinds = config->imports, .n_kinds = config->n_imports};
	return site;
}

void importing_site_free(struct importer_site *site)
{
	free((const char **)(uintptr_t)site->shows);
	free(site);
}
