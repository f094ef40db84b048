/* json_memory.h - where cJSON gets its memory while a text is parsed: pieces of a block, instead of a hundred small
 * allocations a message. For json.c alone. Any thread; a tree may be deleted on another one than it was parsed on.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_MEMORY_H
#define BASE_JSON_MEMORY_H

/* Around cJSON's parsing, on the same thread. cJSON_Delete gives back what was taken in between. */
void json_memory_begin(void);
void json_memory_end(void);

#endif
