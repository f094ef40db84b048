/* module_codecs_table.c - what the module gives.
 * SPDX-License-Identifier: MIT */
#include "server/module_codecs.h"
#include "transcripts/media_probe.h"

__attribute__((visibility("default"))) const struct codecs carillon_codecs = {
	.version = CODECS_VERSION,
	.open_file = encoder_open_file,
	.open_stream = encoder_open_stream,
	.write = encoder_write,
	.finish = encoder_finish,
	.destroy = encoder_destroy,
	.media_child = media_child_main,
};
