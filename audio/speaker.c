/* Outline: looking for a device; the callback; up and down.
 * SPDX-License-Identifier: MIT */
#include "audio/speaker.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <soundio/soundio.h>

#include "audio/station_render.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	RETRY_MS = 1000,
	CLOCK_JUMP_US = 20000, /* of the wall against the monotonic clock */
	OFF_US = 40000,        /* so far may the device's clock be off before the next block is moved */
};
static const double buffer_s = 0.1;

struct speaker {
	char *wanted, *device_name;
	uint32_t seed;
	struct SoundIo *soundio; /* NULL: there is no device */
	struct SoundIoOutStream *out;
	struct station_render *render;
	int64_t wall_to_mono_us, tried_ms;
	struct speaker_counts counts;
	/* The callback's: what is left of the block. */
	float block[STATION_BLOCK * 2];
	size_t at;
	bool has_begun;
	/* Told by the callback's thread. */
	atomic_bool is_lost;
	atomic_llong called_us;
	atomic_uint_fast64_t underruns, refused;
	atomic_int latency_us;
};

/* --- looking for a device --- */

static const enum SoundIoBackend backends[] = {SoundIoBackendPulseAudio, SoundIoBackendJack, SoundIoBackendAlsa,
	SoundIoBackendDummy};
static const char *const backend_words[] = {"pulseaudio", "jack", "alsa", "dummy"};

/* Without /dev/snd there is no ALSA, and libsoundio 2.0.0, finding that out, closes descriptor 0. */
static bool may_be_there(enum SoundIoBackend backend)
{
	return backend != SoundIoBackendAlsa || file_is_folder("/dev/snd");
}

static struct SoundIo *connect_to(enum SoundIoBackend backend)
{
	if (!may_be_there(backend))
		return NULL;
	struct SoundIo *s = soundio_create();
	if (!s)
		return NULL;
	s->app_name = "Carillon";
	if (soundio_connect_backend(s, backend) == SoundIoErrorNone) {
		soundio_flush_events(s);
		return s;
	}
	soundio_destroy(s);
	return NULL;
}

/* By id or name; NULL wants the default. A raw device is exclusive: only by its id and only if no other has it. */
static struct SoundIoDevice *find_device(struct SoundIo *s, const char *wanted)
{
	int n = soundio_output_device_count(s), standard = soundio_default_output_device_index(s);
	if (!wanted)
		return standard >= 0 ? soundio_get_output_device(s, standard) : NULL;
	for (int i = 0; i < n; i++) {
		struct SoundIoDevice *d = soundio_get_output_device(s, i);
		if (strcmp(d->id, wanted) == 0 || strcmp(d->name, wanted) == 0)
			return d;
		soundio_device_unref(d);
	}
	return NULL;
}

static bool begins_with_word(const char *wanted, size_t backend)
{
	size_t n = strlen(backend_words[backend]);
	return strncmp(wanted, backend_words[backend], n) == 0 && (wanted[n] == '\0' || wanted[n] == ':');
}

/* What is wanted of this backend: false, nothing. */
static bool wanted_of(const char *wanted, size_t backend, const char **device)
{
	*device = wanted;
	for (size_t i = 0; wanted && i < COUNT_OF(backends); i++)
		if (begins_with_word(wanted, i)) {
			const char *rest = wanted + strlen(backend_words[i]);
			*device = *rest ? rest + 1 : NULL;
			return i == backend;
		}
	return backends[backend] != SoundIoBackendDummy; /* a clock without a sound must be asked for */
}

static struct SoundIoDevice *look(const char *wanted, struct SoundIo **soundio)
{
	for (size_t i = 0; i < COUNT_OF(backends); i++) {
		const char *device;
		struct SoundIo *s = wanted_of(wanted, i, &device) ? connect_to(backends[i]) : NULL;
		struct SoundIoDevice *d = s ? find_device(s, device) : NULL;
		if (d) {
			*soundio = s;
			return d;
		}
		if (s)
			soundio_destroy(s);
	}
	return NULL;
}

void speaker_list(void (*each)(void *data, const char *backend, const char *id, const char *name, bool is_default),
	void *data)
{
	for (size_t i = 0; i < COUNT_OF(backends); i++) {
		struct SoundIo *s = connect_to(backends[i]);
		for (int k = 0; s && k < soundio_output_device_count(s); k++) {
			struct SoundIoDevice *d = soundio_get_output_device(s, k);
			if (!d->is_raw)
				each(data, backend_words[i], d->id, d->name, k == soundio_default_output_device_index(s));
			soundio_device_unref(d);
		}
		if (s)
			soundio_destroy(s);
	}
}

/* --- the callback; on the device's thread, real-time safe --- */

/* The frame that is rendered next will be heard after the device's latency. Its due time says which notes are in it: where
 * the two have drifted apart, the due time gives way. */
static void keep_time(struct speaker *s, struct SoundIoOutStream *out)
{
	double latency_s = buffer_s;
	(void)soundio_outstream_get_latency(out, &latency_s);
	int64_t latency_us = (int64_t)(fmin(fmax(latency_s, 0), 10) * 1e6);
	int64_t left_us = (int64_t)(STATION_BLOCK - s->at) * STATION_BLOCK_US / STATION_BLOCK;
	int64_t off_us = clock_mono_us() + latency_us - (station_render_due_us(s->render) - left_us);
	atomic_store_explicit(&s->latency_us, (int)latency_us, memory_order_relaxed);
	if (!s->has_begun || llabs(off_us) > OFF_US)
		station_render_postpone(s->render, off_us);
	s->has_begun = true;
}

static void put_sample(char *to, enum SoundIoFormat format, float x)
{
	if (format == SoundIoFormatFloat32NE) {
		memcpy(to, &x, sizeof x);
		return;
	}
	int16_t whole = (int16_t)lrintf(x * 32767);
	memcpy(to, &whole, sizeof whole);
}

static void put_frames(struct speaker *s, const struct SoundIoOutStream *out, const struct SoundIoChannelArea *areas, int n)
{
	int n_channels = out->layout.channel_count;
	for (int i = 0; i < n; i++) {
		if (s->at == STATION_BLOCK) {
			station_render_block(s->render, s->block);
			s->at = 0;
		}
		const float *frame = s->block + 2 * s->at++;
		for (int channel = 0; channel < n_channels; channel++) {
			float x = n_channels == 1 ? 0.5f * (frame[0] + frame[1]) : channel < 2 ? frame[channel] : 0;
			put_sample(areas[channel].ptr + (ptrdiff_t)areas[channel].step * i, out->format, x);
		}
	}
}

static void write_callback(struct SoundIoOutStream *out, int least, int most)
{
	struct speaker *s = out->userdata;
	(void)least;
	atomic_store_explicit(&s->called_us, clock_mono_us(), memory_order_relaxed);
	keep_time(s, out);
	for (int left = most; left > 0;) {
		struct SoundIoChannelArea *areas;
		int n = left;
		if (soundio_outstream_begin_write(out, &areas, &n) || n <= 0)
			break;
		put_frames(s, out, areas, n);
		int code = soundio_outstream_end_write(out);
		if (code && code != SoundIoErrorUnderflow) {
			atomic_store(&s->is_lost, true);
			break;
		}
		left -= n;
	}
	atomic_store_explicit(&s->refused, station_render_refused(s->render), memory_order_relaxed);
}

static void underflow_callback(struct SoundIoOutStream *out)
{
	struct speaker *s = out->userdata;
	atomic_fetch_add_explicit(&s->underruns, 1, memory_order_relaxed);
}

static void error_callback(struct SoundIoOutStream *out, int code)
{
	struct speaker *s = out->userdata;
	(void)code;
	atomic_store(&s->is_lost, true);
}

static void disconnected(struct SoundIo *soundio, int code)
{
	struct speaker *s = soundio->userdata;
	(void)code;
	atomic_store(&s->is_lost, true);
}

/* --- up and down --- */

static void let_go(struct speaker *s)
{
	if (s->out)
		soundio_outstream_destroy(s->out);
	s->out = NULL;
	if (s->soundio)
		soundio_destroy(s->soundio);
	s->soundio = NULL;
	s->counts.notes_dropped += atomic_exchange(&s->refused, 0);
	station_render_destroy(s->render);
	s->render = NULL;
}

static enum err set_format(struct SoundIoOutStream *out, const struct SoundIoDevice *device, struct why *why)
{
	const struct SoundIoChannelLayout *stereo = soundio_channel_layout_get_builtin(SoundIoChannelLayoutIdStereo);
	struct SoundIoDevice *d = out->device;
	if (!soundio_device_supports_sample_rate(d, SYNTH_RATE))
		return why_set(why, E_FORMAT, "%s doesn't play at %d Hz; set its sound server to that", device->name, SYNTH_RATE);
	out->sample_rate = SYNTH_RATE;
	if (soundio_device_supports_layout(d, stereo))
		out->layout = *stereo;
	if (soundio_device_supports_format(d, SoundIoFormatFloat32NE))
		out->format = SoundIoFormatFloat32NE;
	else if (soundio_device_supports_format(d, SoundIoFormatS16NE))
		out->format = SoundIoFormatS16NE;
	else
		return why_set(why, E_FORMAT, "%s takes neither float nor 16-bit samples", device->name);
	return OK;
}

static enum err start(struct speaker *s, struct SoundIoDevice *device, struct why *why)
{
	struct SoundIoOutStream *out = s->out = soundio_outstream_create(device);
	struct buf name = {0};
	ASSERT(out);
	out->name = "Carillon";
	out->userdata = s;
	out->software_latency = buffer_s;
	out->write_callback = write_callback;
	out->underflow_callback = underflow_callback;
	out->error_callback = error_callback;
	enum err e = set_format(out, device, why);
	if (e)
		return e;
	s->render = station_render_create(s->seed, clock_mono_us());
	s->at = STATION_BLOCK;
	s->has_begun = false;
	atomic_store(&s->is_lost, false);
	atomic_store(&s->called_us, clock_mono_us());
	int code = soundio_outstream_open(out);
	if (!code)
		code = out->layout_error;
	if (!code)
		code = soundio_outstream_start(out);
	if (code)
		return why_set(why, E_IO, "%s: %s", device->name, soundio_strerror(code));
	buf_format(&name, "%s (%s)", device->name, soundio_backend_name(s->soundio->current_backend));
	free(s->device_name);
	s->device_name = buf_take(&name);
	return OK;
}

static enum err try_open(struct speaker *s, struct why *why)
{
	s->tried_ms = clock_mono_ms();
	struct SoundIoDevice *device = look(s->wanted, &s->soundio);
	if (!device)
		return why_set(why, E_GONE, s->wanted ? "there is no device '%s' now; carillon play --list-devices names them"
			: "no sound server answers%s, or it has no device; is PulseAudio or JACK running?", s->wanted ? s->wanted : "");
	s->soundio->userdata = s;
	s->soundio->on_backend_disconnect = disconnected;
	enum err e = device->probe_error ? why_set(why, E_IO, "%s: %s", device->name, soundio_strerror(device->probe_error))
		: start(s, device, why);
	soundio_device_unref(device);
	if (e)
		let_go(s);
	return e;
}

enum err speaker_open(const char *wanted, uint32_t seed, struct speaker **speaker, struct why *why)
{
	struct speaker *s = mem_new(1, sizeof *s);
	s->wanted = wanted ? mem_strdup(wanted) : NULL;
	s->seed = seed;
	enum err e = try_open(s, why);
	if (e) {
		speaker_close(s);
		s = NULL;
	}
	*speaker = s;
	return e;
}

void speaker_close(struct speaker *s)
{
	if (!s)
		return;
	let_go(s);
	free(s->device_name);
	free(s->wanted);
	free(s);
}

/* Notes of one batch must keep their distances: the offset between the clocks is kept until one of them jumps. */
static int64_t mono_of(struct speaker *s, int64_t wall_ms)
{
	int64_t offset = clock_mono_us() - clock_wall_ms() * 1000;
	if (llabs(offset - s->wall_to_mono_us) > CLOCK_JUMP_US)
		s->wall_to_mono_us = offset;
	return wall_ms * 1000 + s->wall_to_mono_us;
}

void speaker_note(struct speaker *s, const struct note *note)
{
	struct timed_note timed = {mono_of(s, note->at_ms) + SPEAKER_LEAD_MS * 1000,
		{.instrument = note->instrument, .key = note->key, .level = note->level, .pan = note->pan}};
	if (s->render && station_render_note(s->render, &timed) == OK)
		s->counts.notes++;
	else
		s->counts.notes_dropped++;
}

void speaker_tick(struct speaker *s, void (*gone)(void *data, const char *why), void (*back)(void *data, const char *device),
	void *data)
{
	struct why why = {0};
	int64_t now_ms = clock_mono_ms();
	if (s->out) {
		soundio_flush_events(s->soundio);
		bool is_silent = now_ms - atomic_load(&s->called_us) / 1000 > SPEAKER_STALL_MS;
		if (!is_silent && !atomic_load(&s->is_lost))
			return;
		let_go(s);
		s->counts.losses++;
		s->tried_ms = now_ms;
		if (gone)
			gone(data, is_silent ? "it takes no more sound" : "its sound server has gone");
		return;
	}
	if (now_ms - s->tried_ms < RETRY_MS || try_open(s, &why))
		return;
	if (back)
		back(data, s->device_name);
}

struct speaker_counts speaker_counts(const struct speaker *s)
{
	struct speaker_counts c = s->counts;
	c.underruns = atomic_load(&s->underruns);
	c.notes_dropped += atomic_load(&s->refused);
	c.latency_s = (double)atomic_load(&s->latency_us) / 1e6;
	c.is_playing = s->out != NULL;
	return c;
}

const char *speaker_device(const struct speaker *s)
{
	return s->device_name ? s->device_name : "";
}
