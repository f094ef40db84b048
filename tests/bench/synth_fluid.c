/* synth_fluid - libfluidsynth at the bench's job: synth_fluid SOUNDFONT VOICES SECONDS. Strikes tubular bells and strikes
 * them again every two seconds, before the first sample has faded away; without its reverb and chorus. Prints how many
 * seconds of voices it really played.
 * SPDX-License-Identifier: MIT */
#include <fluidsynth.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 480, CHANNELS = 64, TUBULAR_BELLS = 14, DRUMS = 9, AGAIN = 200 };

static void strike(fluid_synth_t *synth, int n)
{
	for (int channel = 0; channel < CHANNELS; channel++)
		fluid_synth_all_sounds_off(synth, channel);
	for (int i = 0; i < n; i++) {
		int channel = i / 40;
		fluid_synth_noteon(synth, channel + channel / DRUMS, 40 + i % 40, 100);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	fluid_settings_t *settings = new_fluid_settings();
	fluid_settings_setnum(settings, "synth.sample-rate", 48000);
	fluid_settings_setint(settings, "synth.polyphony", 4096);
	fluid_settings_setint(settings, "synth.midi-channels", CHANNELS);
	fluid_settings_setint(settings, "synth.reverb.active", 0);
	fluid_settings_setint(settings, "synth.chorus.active", 0);
	fluid_settings_setint(settings, "synth.cpu-cores", 1);
	fluid_synth_t *synth = new_fluid_synth(settings);
	if (!synth || fluid_synth_sfload(synth, argv[1], 1) < 0)
		return 1;
	for (int channel = 0; channel < CHANNELS; channel++)
		fluid_synth_program_change(synth, channel, TUBULAR_BELLS);
	int n = atoi(argv[2]);
	double played = 0.0;
	static float left[BLOCK], right[BLOCK];
	for (long block = 0; block < atol(argv[3]) * 48000 / BLOCK; block++) {
		if (block % AGAIN == 0)
			strike(synth, n);
		fluid_synth_write_float(synth, BLOCK, left, 0, 1, right, 0, 1);
		played += fluid_synth_get_active_voice_count(synth) * (BLOCK / 48000.0);
	}
	printf("%.2f\n", played);
	delete_fluid_synth(synth);
	delete_fluid_settings(settings);
	return 0;
}
