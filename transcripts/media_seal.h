/* media_seal.h - what a media child may still do, for media_child.c: limits of memory, time and output, and a filter
 * of system calls. Linux on x86-64 or ARM64, from 5.9 on. After media_seal only these calls are left: read, write,
 * lseek, fstat, memory without the right to execute, futex, the clock, random bytes, return from a signal, and exit.
 * ioctl answers ENOTTY, questions for processors and memory ENOSYS (encoders and qsort ask, and go on), opening
 * anything EACCES; every other call kills the process with SIGSYS. In a build with AddressSanitizer, whose reports
 * need more, there is no limit of memory and a few calls are added.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MEDIA_SEAL_H
#define TRANSCRIPTS_MEDIA_SEAL_H

#include <stdbool.h>
#include <stdint.h>

struct media_seal {
	int n_files;         /* descriptors 0 to n_files - 1 stay open, no other can be had */
	int seconds;         /* of processor time; SIGALRM after twice as many on the clock */
	int64_t most_bytes;  /* that a file may grow to */
	int64_t memory;      /* bytes of address space */
};

/* False: this kernel can't, and nothing of the file may be read. */
bool media_seal(const struct media_seal *seal);

#endif
