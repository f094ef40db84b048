/* synth_native - the bench's job with this machine's compiler:
 *   synth_native chain|voices|bare VOICES SECONDS
 *   synth_native blocks      how long blocks of 10 ms take while a crowd of each instrument comes and fades away: a line
 *                            `instrument median slowest` in microseconds
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audio/synth/synth.h"
#include "base/mem.h"
#include "tests/bench/synth_job.h"

enum { BLOCKS = 2000, CROWD = 600, CROWD_BLOCKS = 500, RUNS = 5 };

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Each block's quickest of several runs: a machine does other things too. */
static void time_blocks(uint32_t instrument)
{
	static double us[BLOCKS], crowd[CROWD_BLOCKS];
	static float out[2 * JOB_BLOCK];
	struct synth *s = mem_new(1, synth_size());
	for (int run = 0; run < RUNS; run++) {
		synth_init(s, 1);
		for (uint32_t i = 0; i < CROWD; i++) {
			struct synth_note note = {.frame = i * 400, .instrument = instrument, .key = (float)(30 + i * 37 % 70), .level = 0.5f};
			if (!synth_note(s, &note))
				exit(1);
		}
		for (int b = 0; b < BLOCKS; b++) {
			double started = now_us();
			synth_render(s, out, JOB_BLOCK);
			double took = now_us() - started;
			us[b] = run == 0 || took < us[b] ? took : us[b];
		}
	}
	free(s);
	/* The median while the crowd comes, the slowest of all until nothing sounds any more. */
	double slowest = 0.0;
	for (int b = 0; b < BLOCKS; b++)
		slowest = us[b] > slowest ? us[b] : slowest;
	memcpy(crowd, us, sizeof crowd);
	qsort(crowd, CROWD_BLOCKS, sizeof *crowd, by_size);
	printf("%u %.1f %.1f\n", instrument, crowd[CROWD_BLOCKS / 2], slowest);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "blocks")) {
		for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++)
			time_blocks(instrument);
		return 0;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: synth_native chain|voices|bare VOICES SECONDS | blocks\n");
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
