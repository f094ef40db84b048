/* synth.h - notes to stereo samples: the instrument itself. Freestanding C: no libc, no allocation, no I/O, no clock; the
 * caller gives the memory. Built twice from the same files, native and wasm32, with -ffp-contract=off: the same notes and
 * seed give the same bytes everywhere (DESIGN.md law 5). One thread at a time; synth_render is safe on an audio thread.
 *
 * out: float32 [n][2] interleaved, full scale 1.0, 48,000 frames/s; 1 <= n <= SYNTH_BLOCK_MAX. Time is frames since
 * synth_init. Silence in gives true zeros out once the last voice and the limiter's tail have ended.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_SYNTH_H
#define AUDIO_SYNTH_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SYNTH_RATE = 48000,
	SYNTH_BLOCK_MAX = 512,
	SYNTH_PENDING_MAX = 1024, /* notes accepted ahead of their time */
	SYNTH_LATENCY = 96,       /* frames: what starts at frame f leaves at f + 96; the limiter's look-ahead */
};

enum synth_instrument {
	SYNTH_CELESTA,      /* struck bars */
	SYNTH_CLAV,         /* plucked string */
	SYNTH_SWELL,        /* bowed strings, slow attack; a chord is several notes */
	SYNTH_GLOCKENSPIEL, /* struck bars */
	SYNTH_MARIMBA,
	SYNTH_BELL,         /* a carillon's; the key is its strike note, the hum lies an octave below */
	SYNTH_HARP,         /* plucked string */
	SYNTH_PAD,          /* breath and tone: 2 s rising, 3 s, 4 s falling */
	SYNTH_NOISE,        /* a soft band around the key */
	SYNTH_INSTRUMENTS,
};

struct synth_note {
	uint64_t frame;   /* when it starts; a past frame starts at once */
	uint32_t instrument;
	float key;        /* MIDI note, fractions allowed; 69 = 440 Hz; clamped to 0...127 */
	float level;      /* 0...1, linear; equally loud on every instrument and key */
	float pan;        /* -1 left ... 1 right, constant power */
};

struct synth; /* plain bytes: may be copied or cleared while no call runs */

size_t synth_size(void); /* bytes that synth_init needs, aligned to 16 */
void synth_init(struct synth *s, uint32_t seed);
/* False when SYNTH_PENDING_MAX notes already wait; the note is then not taken. Order of calls with the same frame
 * counts. */
bool synth_note(struct synth *s, const struct synth_note *note);
void synth_render(struct synth *s, float *out, size_t n);
uint64_t synth_frame(const struct synth *s); /* the next frame to be rendered */
uint32_t synth_voices(const struct synth *s); /* sounding now */
uint64_t synth_stolen(const struct synth *s); /* voices ended early because all were in use */

#endif
