/* media_json.h - what is known of a recording as JSON, for `carillon media --json` and whoever reads on. Pure.
 * {"type","format","bytes","seconds","declared_seconds"?,"bits_a_second","audio"?:{"codec","sample_rate","channels"},
 * "video"?:{"codec","width","height","frames_a_second"},"loudness"?:{"lufs","range_lu","true_peak_db"},"tags":{},
 * "chapters":[{"start","end","title"}],"captions":[{"language","title"}],"cover"?:{"width","height"},
 * "storyboard"?:{"pictures","columns","width","height","seconds"},"damaged_packets"?,"peaks"?:[0...255]}
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_JSON_H
#define TRANSCRIPTS_MEDIA_JSON_H

#include "base/json.h"
#include "transcripts/media_study.h"

/* The members, into an object that is open. lufs and true_peak_db of silence are null. */
void media_json_members(struct json_writer *w, const struct media_study *s, bool with_peaks);

#endif
