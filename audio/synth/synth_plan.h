/* synth_plan.h - behind synth.h: a voice for a plan of the caller's own making. The synthesizer's instruments start this
 * way; so does what measures it with a bell of exactly so many partials. For audio/synth and tests.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_SYNTH_PLAN_H
#define AUDIO_SYNTH_SYNTH_PLAN_H

#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* Starts it at the next frame; reorders the plan. level: > 0, what the plan was made for. */
void synth_start_plan(struct synth *s, struct plan *plan, float level, float pan);

#endif
