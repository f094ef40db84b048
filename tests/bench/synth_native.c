/* synth_native - the bench's job with this machine's compiler: synth_native chain|voices|bare VOICES SECONDS
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/synth_job.h"

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: synth_native chain|voices|bare VOICES SECONDS\n");
		return 2;
	}
	float (*render)(void) = !strcmp(argv[1], "chain") ? job_chain : !strcmp(argv[1], "voices") ? job_voices : job_bare;
	uint32_t n = (uint32_t)atoi(argv[2]);
	job_start(n);
	float sum = 0.0f;
	for (long block = atol(argv[3]) * 48000 / JOB_BLOCK; block > 0; block--)
		sum += render();
	fprintf(stderr, "%g\n", (double)sum);
	if (render == job_chain && job_ringing() != n)
		return 1;
	return 0;
}
