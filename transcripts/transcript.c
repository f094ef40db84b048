/* SPDX-License-Identifier: MIT */
#include "transcripts/transcript.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
	BLOCK_BYTES = 64 * 1024,
	/* 150 words a minute, the pace of a talk: what an unknown end is guessed from. */
	MS_A_WORD = 400,
	SHORTEST_GUESS_MS = 1000,
	LINKS_MAX = 1000, /* each is compared with all before it */
};

struct transcript *transcript_create(void)
{
	return mem_new(1, sizeof(struct transcript));
}

void transcript_destroy(struct transcript *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->_n_blocks; i++)
		free(t->_blocks[i]);
	free(t->_blocks);
	free(t->cues);
	free(t->turns);
	free(t->links);
	free(t);
}

/* What a character is on a line: itself, a blank, or nothing at all. */
enum fold { FOLD_KEEP, FOLD_BLANK, FOLD_NOTHING };

static enum fold fold_of(uint32_t c)
{
	if (c <= 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA1))
		return FOLD_BLANK;
	if (c < 0x1680)
		return c == 0xAD ? FOLD_NOTHING : FOLD_KEEP; /* a soft hyphen would cut the word in the index */
	if (c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
		c == 0x3000)
		return FOLD_BLANK;
	/* The zero-width joiners stay: Persian and emoji need them. */
	return c == 0x200B || c == 0x2060 || c == 0xFEFF ? FOLD_NOTHING : FOLD_KEEP;
}

/* Writes text with single blanks and none at the ends; room: at least 3 * text.n. Returns the length. */
static size_t fold_blanks(char *out, struct span text)
{
	size_t n = 0;
	bool blank = false;
	while (text.n) {
		uint32_t c;
		size_t length = utf8_decode(text, &c);
		bool broken = c == 0xFFFD && length == 1;
		switch (broken ? FOLD_KEEP : fold_of(c)) {
		case FOLD_BLANK:
			blank = n > 0;
			break;
		case FOLD_KEEP:
			if (blank)
				out[n++] = ' ';
			blank = false;
			memcpy(out + n, broken ? "\xEF\xBF\xBD" : text.p, broken ? 3 : length);
			n += broken ? 3 : length;
			break;
		case FOLD_NOTHING:
			break;
		}
		text = span_from(text, length);
	}
	return n;
}

static char *room_for(struct transcript *t, size_t n)
{
	if (t->_n_blocks == 0 || t->_block_room - t->_block_used < n) {
		t->_blocks = mem_grow(t->_blocks, t->_n_blocks + 1, sizeof *t->_blocks);
		t->_block_room = n > BLOCK_BYTES ? n : BLOCK_BYTES;
		t->_block_used = 0;
		t->_blocks[t->_n_blocks++] = mem_new(t->_block_room, 1);
	}
	return t->_blocks[t->_n_blocks - 1] + t->_block_used;
}

static struct span keep(struct transcript *t, struct span text)
{
	if (text.n == 0)
		return SPAN_LITERAL("");
	char *p = room_for(t, 3 * text.n + 1);
	size_t n = fold_blanks(p, text);
	p[n] = '\0';
	t->_block_used += n + 1;
	return span_make(p, n);
}

/* Arrays grow by doubling: at 0, and whenever n reaches a power of two. */
static void *grown(void *array, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? mem_grow(array, n ? 2 * n : 1, size) : array;
}

void transcript_add_turn(struct transcript *t, struct span speaker)
{
	t->turns = grown(t->turns, t->n_turns, sizeof *t->turns);
	t->turns[t->n_turns++] = (struct turn){.speaker = keep(t, speaker), .first_cue = t->n_cues};
}

void transcript_name_turn(struct transcript *t, size_t turn, struct span speaker)
{
	t->turns[turn].speaker = keep(t, speaker);
}

void transcript_add_link(struct transcript *t, struct span url, struct span label)
{
	const struct cue *cue = t->n_cues ? &t->cues[t->n_cues - 1] : NULL;
	if (cue)
		transcript_add_timed_link(t, cue->untimed ? -1 : cue->start_ms, url, label);
}

void transcript_add_timed_link(struct transcript *t, int64_t start_ms, struct span url, struct span label)
{
	if (t->n_links == LINKS_MAX || (!span_starts(url, "http://") && !span_starts(url, "https://")))
		return;
	for (size_t i = 0; i < t->n_links; i++)
		if (span_equal(t->links[i].url, url))
			return;
	t->links = grown(t->links, t->n_links, sizeof *t->links);
	t->links[t->n_links++] = (struct transcript_link){start_ms, keep(t, url), keep(t, label)};
}

void transcript_add_cue(struct transcript *t, int64_t start_ms, int64_t end_ms, struct span text, int line)
{
	struct span kept = keep(t, text);
	if (kept.n == 0)
		return;
	if (t->n_turns == 0)
		transcript_add_turn(t, span_of(""));
	t->cues = grown(t->cues, t->n_cues, sizeof *t->cues);
	t->cues[t->n_cues++] = (struct cue){.start_ms = start_ms, .end_ms = end_ms, .text = kept, .line = line};
	t->turns[t->n_turns - 1].n_cues++;
}

void transcript_add_untimed_cue(struct transcript *t, int64_t last_ms, struct span text, int line)
{
	size_t n_before = t->n_cues;
	if (last_ms < 0)
		last_ms = n_before ? t->cues[n_before - 1].start_ms : 0;
	transcript_add_cue(t, last_ms, -1, text, line);
	if (t->n_cues > n_before)
		t->cues[n_before].untimed = true;
}

void transcript_extend_cue(struct transcript *t, struct span text)
{
	if (t->n_cues == 0)
		return;
	struct span *old = &t->cues[t->n_cues - 1].text;
	char *block = t->_blocks[t->_n_blocks - 1];
	bool is_last = old->p + old->n + 1 == block + t->_block_used;
	size_t needed = 3 * text.n + 2;
	if (!is_last || t->_block_room - t->_block_used < needed) {
		/* Moved with as much room again, so that many continuation lines cost what they are long. */
		char *p = room_for(t, 2 * (old->n + needed));
		memcpy(p, old->p, old->n);
		p[old->n] = '\0';
		t->_block_used += old->n + 1;
		old->p = p;
	}
	char *end = (char *)old->p + old->n;
	size_t n = fold_blanks(end + 1, text);
	if (n == 0) {
		*end = '\0';
		return;
	}
	*end = ' ';
	end[1 + n] = '\0';
	old->n += 1 + n;
	t->_block_used += 1 + n;
}

static int64_t count_words(struct span text)
{
	int64_t n = text.n > 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ' ';
	return n;
}

static void drop_empty_turns(struct transcript *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_turns; i++)
		if (t->turns[i].n_cues)
			t->turns[n++] = t->turns[i];
	t->n_turns = n;
}

void transcript_finish_build(struct transcript *t)
{
	/* Backwards: what follows a cue is known when its turn comes. */
	int64_t next_ms = -1; /* of the next cue that is timed */
	int64_t n_words = 0;  /* of the untimed ones before it */
	for (size_t i = t->n_cues; i-- > 0;) {
		struct cue *cue = &t->cues[i];
		n_words += count_words(cue->text);
		int64_t guess = n_words * MS_A_WORD > SHORTEST_GUESS_MS ? n_words * MS_A_WORD : SHORTEST_GUESS_MS;
		if (cue->end_ms < 0)
			cue->end_ms = next_ms >= 0 ? next_ms : cue->start_ms + guess;
		if (cue->end_ms < cue->start_ms)
			cue->end_ms = cue->start_ms;
		t->n_untimed += cue->untimed;
		if (!cue->untimed) {
			next_ms = cue->start_ms;
			n_words = 0;
		}
	}
	drop_empty_turns(t);
}

void transcript_set_cue(struct transcript *t, size_t i, struct span text)
{
	t->cues[i].text = keep(t, text);
}

void transcript_drop_empty(struct transcript *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_turns; i++) {
		struct turn *turn = &t->turns[i];
		size_t first = n, end = turn->first_cue + turn->n_cues;
		for (size_t k = turn->first_cue; k < end; k++)
			if (t->cues[k].text.n)
				t->cues[n++] = t->cues[k];
		turn->first_cue = first;
		turn->n_cues = n - first;
	}
	t->n_cues = n;
	drop_empty_turns(t);
}
