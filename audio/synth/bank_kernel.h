/* bank_kernel.h - the one loop that costs time, once for each width of the machine's vectors. The including file names it
 * (BANK_SUM), says how many columns go side by side (BANK_LANES: 4, or 8), and what the machine must have
 * (BANK_TARGET). A column is a frame modulo BANK_COLUMNS; no two of them ever meet, so the width changes the speed and
 * never the bits. For audio/synth/bank.c.
 * SPDX-License-Identifier: MIT */
#include "audio/synth/bank.h"

#ifndef BANK_SUM
#define BANK_SUM bank_kernel_unused
#define BANK_LANES 4
#define BANK_TARGET __attribute__((unused))
#endif
#define BANK_JOIN(a, b) a##b
#define BANK_NAME(a, b) BANK_JOIN(a, b)
#define BANK_VECTOR BANK_NAME(vector, BANK_LANES)
#define BANK_ANYWHERE BANK_NAME(vector_anywhere, BANK_LANES)

typedef float BANK_VECTOR __attribute__((vector_size(4 * BANK_LANES)));
typedef float BANK_ANYWHERE __attribute__((vector_size(4 * BANK_LANES), aligned(4), may_alias));

/* A sine of any decay obeys y[k+1] = 2 Re(step) y[k] - |step|^2 y[k-1], which is half the work of turning its phasor; its
 * rounding errors would grow in the long run, so each quantum starts again from the phasor. The sums are eight variables
 * and not an array: so they stay in registers. */
BANK_TARGET static void BANK_SUM(const struct bank *b, float *frames)
{
	for (int column = 0; column < BANK_COLUMNS; column += BANK_LANES) {
		BANK_VECTOR sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0}, sum4 = {0}, sum5 = {0}, sum6 = {0}, sum7 = {0};
		for (uint32_t i = 0; i < b->n; i++) {
			const struct bank_four *four = &b->fours[i / LANES];
			const struct bank_start *s = &four->start[i % LANES];
			float re = four->re[i % LANES], im = four->im[i % LANES];
			float twice = four->twice[i % LANES], decay = four->decay[i % LANES];
			BANK_VECTOR even = *(const BANK_ANYWHERE *)(s->im + column) * re + *(const BANK_ANYWHERE *)(s->re + column) * im;
			BANK_VECTOR odd = *(const BANK_ANYWHERE *)(s->next_im + column) * re +
				*(const BANK_ANYWHERE *)(s->next_re + column) * im;
			sum0 += even;
			sum1 += odd;
			sum2 += even = odd * twice - even * decay;
			sum3 += odd = even * twice - odd * decay;
			sum4 += even = odd * twice - even * decay;
			sum5 += odd = even * twice - odd * decay;
			sum6 += even = odd * twice - even * decay;
			sum7 += even * twice - odd * decay;
		}
		const BANK_VECTOR sums[BANK_STEPS] = {sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7};
		for (int k = 0; k < BANK_STEPS; k++)
			*(BANK_ANYWHERE *)(frames + k * BANK_COLUMNS + column) = sums[k];
	}
}

#undef BANK_VECTOR
#undef BANK_ANYWHERE
#undef BANK_NAME
#undef BANK_JOIN
#undef BANK_SUM
#undef BANK_LANES
#undef BANK_TARGET
