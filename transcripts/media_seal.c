/* SPDX-License-Identifier: MIT */
#include "transcripts/media_seal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "media_seal.c knows the system calls of x86-64 and ARM64; add this machine's AUDIT_ARCH"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define IF_CALL(name, what) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ANSWER(what)
#define ALLOW(name) IF_CALL(name, SECCOMP_RET_ALLOW)
#define REFUSE(name, error) IF_CALL(name, SECCOMP_RET_ERRNO | (error))
/* Only the low half of the third argument, the protection, is looked at: the kernel knows no bits above. */
#define ALLOW_UNLESS_EXECUTABLE(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOAD(args[2]), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), ANSWER(SECCOMP_RET_KILL_PROCESS), ANSWER(SECCOMP_RET_ALLOW)

static bool filter_calls(void)
{
	struct sock_filter program[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(read), ALLOW(write), ALLOW(lseek),
		ALLOW_UNLESS_EXECUTABLE(mmap), ALLOW_UNLESS_EXECUTABLE(mprotect),
		ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),
		ALLOW(futex), ALLOW(clock_gettime), ALLOW(getrandom), ALLOW(fstat), ALLOW(newfstatat),
		ALLOW(rt_sigreturn), ALLOW(exit), ALLOW(exit_group),
		REFUSE(ioctl, ENOTTY), REFUSE(sched_getaffinity, ENOSYS), REFUSE(sysinfo, ENOSYS), REFUSE(openat, EACCES),
#ifdef __SANITIZE_ADDRESS__
		ALLOW(sigaltstack), ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), ALLOW(getpid), ALLOW(gettid), ALLOW(tgkill),
		ALLOW(sched_yield), ALLOW(prctl), ALLOW(prlimit64),
#ifdef __NR_open
		ALLOW(getrlimit), REFUSE(readlink, EACCES), REFUSE(open, EACCES),
#endif
#endif
		ANSWER(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = {COUNT_OF(program), program};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static bool limit(int what, int64_t value)
{
	struct rlimit r = {(rlim_t)value, (rlim_t)value};
	return setrlimit(what, &r) == 0;
}

bool media_seal(const struct media_seal *seal)
{
	bool good = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_DUMPABLE, 0) == 0 && limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, seal->seconds) &&
		limit(RLIMIT_FSIZE, seal->most_bytes);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow alone is terabytes of addresses */
	good = good && limit(RLIMIT_AS, seal->memory);
#endif
	alarm((unsigned)(2 * seal->seconds + 1)); /* the parent has given up by then */
	/* Whatever the parent left open is none of ours. */
	return good && close_range((unsigned)seal->n_files, ~0u, 0) == 0 && limit(RLIMIT_NOFILE, seal->n_files) &&
		filter_calls();
}
