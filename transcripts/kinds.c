/* SPDX-License-Identifier: MIT */
#include "transcripts/kinds.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "transcripts/chapters.h"
#include "transcripts/collection.h"

enum { KINDS_MAX = 63 };

static const char automatic[] = "auto";

/* The page, the dialects, the forms of chapters, the collections. */
bool kind_at(size_t i, struct kind *k)
{
	size_t n_dialects = 0;
	while (dialect_at(n_dialects))
		n_dialects++;
	if (i == 0) {
		*k = (struct kind){KIND_DOCUMENT, "page", "an episode's page (front matter)"};
		return true;
	}
	i--;
	if (i < n_dialects) {
		*k = (struct kind){KIND_DOCUMENT, dialect_at(i)->label, dialect_at(i)->name};
		return true;
	}
	i -= n_dialects;
	if (i < CHAPTERS_LINES) {
		enum chapters_form form = (enum chapters_form)(i + 1);
		*k = (struct kind){KIND_DOCUMENT, chapters_label(form), chapters_name(form)};
		return true;
	}
	const struct collection_dialect *c = collection_dialect_at(i - CHAPTERS_LINES);
	if (c)
		*k = (struct kind){KIND_COLLECTION, c->label, c->name};
	return c != NULL;
}

bool kind_named(struct span label, struct kind *k)
{
	for (size_t i = 0; kind_at(i, k); i++)
		if (span_is(label, k->label))
			return true;
	return false;
}

bool kind_is_auto(struct span label)
{
	return span_is(label, automatic);
}

const char *kind_nearest(struct span label)
{
	const char *labels[KINDS_MAX + 2] = {automatic};
	struct kind k;
	size_t n = 0;
	while (n < KINDS_MAX && kind_at(n, &k))
		labels[++n] = k.label;
	ASSERT(!kind_at(n, &k));
	return nearest_word(label, labels);
}
