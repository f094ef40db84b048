/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_prepare.h"

#include "transcripts/archive.h"
#include "transcripts/language.h"

static void add_line(struct buf *out, struct span line)
{
	buf_span(out, line);
	if (line.n)
		buf_char(out, '\n');
}

/* Whole characters. */
static struct span beginning(struct span text)
{
	size_t n = ARCHIVE_SUMMARY_BYTES;
	if (text.n <= n)
		return text;
	while (n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return span_make(text.p, n);
}

void archive_prepare(struct archive_prepared *p, const struct document *d, struct tokens *tokens)
{
	*p = (struct archive_prepared){0};
	for (size_t i = 0; i < d->n_tags; i++)
		add_line(&p->searched, span_of(d->tags[i]));
	add_line(&p->searched, span_of(d->description));
	buf_text(&p->searched, "");
	size_t begin = p->searched.n;
	if (d->notes && d->notes[0]) {
		struct notes_forms forms;
		notes_forms_make(span_of(d->notes), d->duration_ms, &forms);
		buf_span(&p->searched, buf_view(&forms.text));
		buf_finish(&forms.text);
		p->page = forms.page;
		p->feed = forms.feed;
	}
	p->summary = beginning(span_from(buf_view(&p->searched), begin));
	p->n_searched_tokens = tokens_count(tokens, buf_view(&p->searched));
	p->language = language_guess(tokens, buf_view(&p->searched));
}

void archive_prepared_finish(struct archive_prepared *p)
{
	buf_finish(&p->searched);
	buf_finish(&p->page);
	buf_finish(&p->feed);
}
