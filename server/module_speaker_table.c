/* module_speaker_table.c - what the module gives.
 * SPDX-License-Identifier: MIT */
#include "server/module_speaker.h"

__attribute__((visibility("default"))) const struct speaker_functions carillon_speaker = {
	.version = SPEAKER_VERSION,
	.open = speaker_open,
	.close = speaker_close,
	.note = speaker_note,
	.tick = speaker_tick,
	.counts = speaker_counts,
	.device = speaker_device,
	.list = speaker_list,
};
