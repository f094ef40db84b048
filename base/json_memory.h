/* json_memory.h - where cJSON gets its memory while a text is parsed or a page's tree is made: pieces of a block, instead of
 * a hundred small allocations a message. A block lives as long as anything in it: for trees that are deleted whole, and soon.
 * Any thread; a tree may be deleted on another one than it was made on.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_MEMORY_H
#define BASE_JSON_MEMORY_H

/* Around what makes the tree, on the same thread; one pair may stand in another. cJSON_Delete gives back what was taken in
 * between. */
void json_memory_begin(void);
void json_memory_end(void);

#endif
