/* speaker.h - a station's sound on this machine's loudspeaker, by libsoundio (PulseAudio, JACK, ALSA): the device's callback
 * renders, real-time safe (station_render.h). The only audio file that names libsoundio.
 * Everything here is called on one thread, which calls speaker_tick about ten times a second: libsoundio tells nobody when
 * a sound server dies, so a device that hasn't called for STALL_MS is let go, and looked for again every second.
 * Policies: notes while there is no device are dropped and counted; the time is kept by the machine's monotonic clock, not
 * by the device's, which drifts.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SPEAKER_H
#define AUDIO_SPEAKER_H

#include "audio/score.h"

enum {
	SPEAKER_STALL_MS = 2000,
	SPEAKER_LEAD_MS = 300, /* a note sounds so long after its event: more than devices need */
};

struct speaker;

struct speaker_counts {
	uint64_t notes, notes_dropped; /* taken; dropped, or more than the instrument takes */
	uint64_t underruns;  /* the device had nothing to play, because this process came too late */
	uint64_t losses;     /* times the device vanished */
	double latency_s;    /* from a frame's rendering to its sound, as the device says */
	bool is_playing;
};

/* wanted: NULL for the default device of the first sound server that answers; else a device's id or name as speaker_list
 * gives them, or a backend's name ("pulseaudio", "jack", "alsa", "dummy": a clock without a sound), or "backend:id".
 * E_GONE: no such device, or no sound server; E_FORMAT: the device can't play 48 kHz. */
enum err speaker_open(const char *wanted, uint32_t seed, struct speaker **speaker, struct why *why) NODISCARD;
void speaker_close(struct speaker *s); /* accepts NULL */

/* at_ms is clock_wall_ms time; it gets SPEAKER_LEAD_MS. */
void speaker_note(struct speaker *s, const struct note *note);
/* gone, back: called when the device vanished, and when one plays again; either may be NULL. */
void speaker_tick(struct speaker *s, void (*gone)(void *data, const char *why), void (*back)(void *data, const char *device),
	void *data);
struct speaker_counts speaker_counts(const struct speaker *s);
const char *speaker_device(const struct speaker *s); /* "Built-in Audio (PulseAudio)"; of the last one */

/* The devices that there are now. */
void speaker_list(void (*each)(void *data, const char *backend, const char *id, const char *name, bool is_default),
	void *data);

#endif
