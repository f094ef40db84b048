/* mapping_data.h - a mapping out of its description in YAML: for config_source.c, and for the built-in ones, which are
 * written in the same language (server/mappings/). Any thread.
 *
 * A description is an event's fields, or groups of them under `events`, tried one after the other:
 *
 *   skip:   [{when: TEST, reason: canary | control | type | incomplete, because: TEXT}, ...]   before anything else
 *   strict: true      a text is taken from a JSON text alone, a number from a number alone
 *   events: [{when: TEST, each: POINTER, chain: {...}, FIELD: VALUE, ...}, ...]
 *
 *   FIELD   channel kind namespace entity actor actor_kind unit label summary url id time magnitude polarity accent
 *           before after tags (a list of values, each of which may give several)
 *   each    leads to a list: every item of it is a part that may be an event, and pointers begin there
 *   chain   {height, hash, parent}: an event whose height was another's before, or whose parent isn't the one that
 *           we know, gets the tag `reorg`
 *
 *   VALUE   text that begins with "/"   a JSON pointer (RFC 6901)
 *           other text                  itself
 *           [VALUE, ...]                the first that is there and can be used
 *           {constant: TEXT}  {message: POINTER, from the whole message}  {field: FIELD, one listed before, or received}
 *           {join: [VALUE, ...]}        nothing when a part is missing
 *           {add | subtract | multiply | divide: [VALUE, VALUE]}
 *           {sum | count: POINTER}      over a list; the name * stands for each item: /out/(star)/value
 *           {choose: VALUE, from: {TEXT: VALUE, ...}, else: VALUE}
 *           {if: TEST, then: VALUE, else: VALUE}
 *           {text | number | integer: VALUE}   only what is one in JSON
 *           {wiki_of_host: VALUE}  {hashtags: VALUE, in tags}
 *
 *   TEST    {exists | is_text | is_number | is_list | is_object | is_true | is_false | nameless: VALUE}
 *           {equals | starts | ends | contains | mentions (any case): [VALUE, VALUE, ...]}   to one of the others
 *           {less | greater: [VALUE, VALUE]}  {all | any: [TEST, ...]}  {not: TEST}
 *
 * Numbers in texts are numbers too, decimal or "0x" and hexadecimal. A time is ISO 8601, seconds or milliseconds.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_DATA_H
#define SERVER_MAPPING_DATA_H

#include "base/yaml_tree.h"
#include "server/mapping.h"

/* node: the map under `mapping:`; it must outlive the mapping, as name must. Each thing wrong with it is told by fault
 * (text: "what is wrong; what to do"), and NULL given if there was any. Owned by the caller. is_built_in: subscribe (a
 * list of texts), keep_alive, keep_alive_s and sequence are known too (mapping_talk); others have them in their source. */
struct mapping *mapping_compile(const char *name, const struct yaml *node, bool is_built_in,
	void (*fault)(void *data, int line, const char *text), void *data) NODISCARD;
void mapping_destroy(struct mapping *m); /* accepts NULL */

#endif
