/* SPDX-License-Identifier: MIT */
#include "audio/synth/room.h"

#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"

/* Primes from 21 to 50 ms, so that no two lines share echoes. */
static const uint32_t line_frames[ROOM_LINES] = {1031, 1187, 1361, 1523, 1747, 1951, 2203, 2411};
static const uint32_t diffuser_frames[ROOM_DIFFUSERS] = {142, 379, 151, 367};
static const float t60 = 1.5f;
static const float damping = 0.42f; /* a one-pole low pass near 4 kHz in each turn */
static const float diffusion = 0.6f;
static const float send = 0.15f; /* more would colour steady tones: the room has resonances, and they stand still */
static const float bass = 0.026f; /* one pole at 200 Hz: below, a room only booms */
/* Softer than -120 dBFS for longer than the longest way through: what is left can't come back. */
static const float unheard = 1e-6f;
static const uint32_t longest_way = 2411 + 379 + 142 + 1;

void room_init(struct room *r)
{
	r->at = 0;
	r->quiet = 0;
	r->is_silent = true;
	for (int i = 0; i < ROOM_LINES; i++)
		r->gain[i / LANES][i % LANES] = (float)fmath_exp2(-9.96578428466208705 * line_frames[i] / (t60 * SYNTH_RATE));
}

static void room_clear(struct room *r)
{
	for (int i = 0; i < ROOM_FRAMES; i++)
		for (int line = 0; line < ROOM_LINES; line++)
			r->lines[i][line] = 0.0f;
	for (int i = 0; i < ROOM_DIFFUSERS; i++)
		for (int frame = 0; frame < ROOM_DIFFUSION; frame++)
			r->diffusers[i][frame] = 0.0f;
	r->damped[0] = r->damped[1] = lanes_of(0.0f);
	r->bass[0] = r->bass[1] = 0.0f;
	r->is_silent = true;
}

/* Schroeder's all-pass: smears a stroke without colouring it. */
static float diffuse(struct room *r, int i, float x)
{
	float *memory = r->diffusers[i];
	float old = memory[(r->at - diffuser_frames[i]) & (ROOM_DIFFUSION - 1)];
	float in = fmath_flush(x + diffusion * old);
	memory[r->at & (ROOM_DIFFUSION - 1)] = in;
	return old - diffusion * in;
}

static float without_bass(struct room *r, int side, float x)
{
	r->bass[side] = fmath_flush(r->bass[side] + (x - r->bass[side]) * bass);
	return x - r->bass[side];
}

static float read_line(const struct room *r, int line)
{
	return r->lines[(r->at - line_frames[line]) & (ROOM_FRAMES - 1)][line];
}

static lanes read_lines(const struct room *r, int half)
{
	int i = half * LANES;
	return (lanes){read_line(r, i), read_line(r, i + 1), read_line(r, i + 2), read_line(r, i + 3)};
}

static lanes damp(lanes *state, lanes x)
{
	lanes y = *state + (x - *state) * lanes_of(1.0f - damping);
	y = lanes_flush(y);
	*state = y;
	return y;
}

static void room_frame(struct room *r, float *left, float *right)
{
	float in_left = diffuse(r, 1, diffuse(r, 0, without_bass(r, 0, *left * send)));
	float in_right = diffuse(r, 3, diffuse(r, 2, without_bass(r, 1, *right * send)));
	lanes low = damp(&r->damped[0], read_lines(r, 0)) * r->gain[0];
	lanes high = damp(&r->damped[1], read_lines(r, 1)) * r->gain[1];
	lanes reflected = lanes_of(0.25f * lanes_sum(low + high));
	lanes in = {in_left, in_right, in_left, in_right};
	float *row = r->lines[r->at & (ROOM_FRAMES - 1)];
	lanes_store(row, low - reflected + in);
	lanes_store(row + LANES, high - reflected - in);
	float out_left = (low[0] - low[2]) + (high[0] - high[2]);
	float out_right = (low[1] - low[3]) + (high[1] - high[3]);
	bool is_heard = *left != 0.0f || *right != 0.0f || __builtin_fabsf(out_left) > unheard ||
		__builtin_fabsf(out_right) > unheard;
	*left += out_left;
	*right += out_right;
	r->quiet = is_heard ? 0 : r->quiet + 1;
	r->at++;
}

void room_process(struct room *r, float *left, float *right, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r->is_silent) {
			if (left[i] == 0.0f && right[i] == 0.0f)
				continue;
			r->is_silent = false;
			r->quiet = 0;
		}
		room_frame(r, &left[i], &right[i]);
		if (r->quiet > longest_way)
			room_clear(r);
	}
}
