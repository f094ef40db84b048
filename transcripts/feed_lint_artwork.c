/* feed_lint_artwork.c - pictures by Apple's rules (896, PSP-1).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_artwork.h"
#include "transcripts/feed_lint_parts.h"

enum { LEAST = 1400, MOST = 3000 };

/* The site's file at this address, owned; NULL: it is elsewhere. */
static char *file_of(const struct feed_lint *lint, const char *url)
{
	size_t n = lint->media_url ? strlen(lint->media_url) : 0;
	struct buf name = {0};
	char *path = NULL;
	if (n && lint->media_folder && strncmp(url, lint->media_url, n) == 0 &&
		unescape_url(&name, span_of(url + n), false) == OK && name.n && !strchr(name.p, '/'))
		path = file_join(lint->media_folder, name.p);
	buf_finish(&name);
	return path;
}

static void check_picture(struct linting *l, const char *name, const struct feed_artwork *a)
{
	struct span ending = file_ending(name);
	bool says_png = span_equal_nocase(ending, SPAN_LITERAL("png"));
	if (!a->type) {
		lint_fault(l, "the picture %s is neither JPEG nor PNG, whatever its name says", name);
		return;
	}
	if (says_png != (strcmp(a->type, "image/png") == 0))
		lint_fault(l, "the picture %s is %s, which its name doesn't say; rename it", name, a->type);
	if (!a->width || !a->height)
		lint_fault(l, "the picture %s is damaged: its size can't be read", name);
	else if (a->width != a->height)
		lint_fault(l, "the picture %s is %u by %u pixels; Apple wants a square", name, a->width, a->height);
	else if (a->width < LEAST || a->width > MOST)
		lint_fault(l, "the picture %s is %u pixels wide; Apple takes %d to %d", name, a->width, LEAST, MOST);
	if (a->has_alpha)
		lint_fault(l, "the picture %s has an alpha channel, which Apple refuses; flatten it", name);
	if (a->width && !a->is_rgb)
		lint_fault(l, "the picture %s isn't in RGB colours, which Apple wants", name);
}

void lint_artwork(struct linting *l, const char *url)
{
	struct feed_artwork artwork;
	char *path = file_of(l->lint, url);
	if (path && feed_artwork_read(path, &artwork, NULL) == OK)
		check_picture(l, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, &artwork);
	free(path);
}
