/* synth_job.h - the bench's work, the same natively and as WebAssembly: N struck bells of six partials each, all ringing.
 * Freestanding, as the synthesizer is.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_SYNTH_JOB_H
#define TESTS_BENCH_SYNTH_JOB_H

#include <stdint.h>

enum { JOB_VOICES_MAX = 1024, JOB_BLOCK = 480 };

/* Strikes n_voices bells, on an instrument that begins anew. */
void job_start(uint32_t n_voices);
/* Each renders one block and returns something that depends on its samples, so that nobody leaves them out. */
float job_chain(void);  /* the whole instrument: voices, room, leveller, limiter */
float job_voices(void); /* its voices alone, panned and added up */
float job_bare(void);   /* a plain loop with four lanes, for comparison: partials added up, no panning */
uint32_t job_ringing(void); /* voices that still sound in the chain */

#endif
