/* The synthesizer's door to a browser's worklet and to node: no imports, one instance in static memory. Built for
 * wasm32 only.
 * SPDX-License-Identifier: MIT */
#include "audio/synth/synth.h"

#define EXPORT(name) __attribute__((export_name(name)))

enum { MEMORY_BYTES = 9 << 20 }; /* mostly voices, touched when they first sound */

static _Alignas(64) unsigned char memory[MEMORY_BYTES];
static float frames[SYNTH_BLOCK_MAX * 2];

static struct synth *instance(void)
{
	return (struct synth *)(void *)memory;
}

/* What the compiler calls where C copies or clears. */
void *memset(void *to, int value, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);

void *memset(void *to, int value, size_t n)
{
	unsigned char *p = to;
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *p = to;
	const unsigned char *q = from;
	for (size_t i = 0; i < n; i++)
		p[i] = q[i];
	return to;
}

EXPORT("carillon_init") void carillon_init(uint32_t seed);
EXPORT("carillon_note") bool carillon_note(double frame, uint32_t instrument, float key, float level, float pan);
EXPORT("carillon_frame") double carillon_frame(void);
EXPORT("carillon_render") const float *carillon_render(uint32_t n);
EXPORT("carillon_voices") uint32_t carillon_voices(void);

/* To be called first. Traps, rather than write past the memory, should the synthesizer have outgrown it. */
void carillon_init(uint32_t seed)
{
	if (synth_size() > MEMORY_BYTES)
		__builtin_trap();
	synth_init(instance(), seed);
}

/* JavaScript has no 64-bit number: frames are exact in a double up to 2^53, 5,900 years. */
bool carillon_note(double frame, uint32_t instrument, float key, float level, float pan)
{
	uint64_t whole = 0;
	if (frame >= 9007199254740992.0)
		whole = 9007199254740992u;
	else if (frame > 0.0)
		whole = (uint64_t)frame;
	struct synth_note note = {.frame = whole, .instrument = instrument, .key = key, .level = level, .pan = pan};
	return synth_note(instance(), &note);
}

double carillon_frame(void)
{
	return (double)synth_frame(instance());
}

/* Interleaved [n][2]; the same place each time, overwritten by the next call. At most SYNTH_BLOCK_MAX frames. */
const float *carillon_render(uint32_t n)
{
	synth_render(instance(), frames, n);
	return frames;
}

uint32_t carillon_voices(void)
{
	return synth_voices(instance());
}
