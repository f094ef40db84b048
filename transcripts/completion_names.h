/* completion_names.h - how the table names is numbered: people, then conferences, then titles, each the most important
 * first, so that the first rows that fit are the ones wanted.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COMPLETION_NAMES_H
#define TRANSCRIPTS_COMPLETION_NAMES_H

#include <stdint.h>

enum completion_name { NAME_PERSON, NAME_CONFERENCE, NAME_TITLE };
static inline int64_t completion_names_from(int kind)
{
	return (int64_t)kind << 32;
}

#endif
