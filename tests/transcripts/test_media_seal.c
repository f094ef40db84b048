/* test_media_seal.c - a media child that was taken over can do nothing: each call that would reach out ends it, and
 * so do the limits.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/media_seal.h"

/* Runs act in a sealed child; gives what waitpid says. */
static int sealed(void (*act)(void), int seconds)
{
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGXCPU, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		const struct media_seal seal = {.n_files = 3, .seconds = seconds, .most_bytes = 1000, .memory = INT64_C(512) << 20};
		if (!media_seal(&seal))
			_exit(99);
		act();
		_exit(0);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return status;
}

/* What is tried; the last argument makes the kernel's answer harmless where there is no filter. */
static void make_socket(void) { syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
static void make_unix_socket(void) { syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
static void make_pair(void) { int ends[2]; syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends); }
static void connect_it(void) { syscall(SYS_connect, 0, NULL, 0); }
static void run_program(void) { syscall(SYS_execve, "/bin/true", NULL, NULL); }
static void run_program_by_file(void) { syscall(SYS_execveat, -1, "", NULL, NULL, 0); }
static void make_process(void) { syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); }
static void make_process_anew(void) { syscall(SYS_clone3, NULL, 0); }
static void kill_parent(void) { syscall(SYS_kill, 1, 0); }
static void trace_parent(void) { syscall(SYS_ptrace, 0, 0, NULL, NULL); }
static void read_memory(void) { syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0); }
static void unlink_file(void) { syscall(SYS_unlinkat, AT_FDCWD, "/tmp/no such file", 0); }
static void rename_file(void) { syscall(SYS_renameat2, AT_FDCWD, "/tmp/no such file", AT_FDCWD, "/tmp/none", 0); }
static void make_folder(void) { syscall(SYS_mkdirat, AT_FDCWD, "", 0700); }
static void change_folder(void) { syscall(SYS_chdir, "/"); }
static void copy_descriptor(void) { syscall(SYS_dup, 0); }
static void send_something(void) { syscall(SYS_sendmsg, 0, NULL, 0); }
static void receive_something(void) { syscall(SYS_recvmsg, 0, NULL, 0); }
static void become_root(void) { syscall(SYS_setuid, 0); }
static void load_code(void) { syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void look_at_other_limits(void) { syscall(SYS_setrlimit, RLIMIT_CPU, NULL); }
static void load_module(void) { syscall(SYS_finit_module, -1, "", 0); }
static void use_bpf(void) { syscall(SYS_bpf, 0, NULL, 0); }
static void use_uring(void) { syscall(SYS_io_uring_setup, 0, NULL); }
static void open_anew(void) { syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0); }
static void write_elsewhere(void) { syscall(SYS_pwrite64, 0, "x", 1, 0); }

static void make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static void calls_that_reach_out_end_the_child(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		void (*act)(void);
	} tries[] = {
		{"socket", make_socket}, {"unix socket", make_unix_socket}, {"socketpair", make_pair}, {"connect", connect_it},
		{"execve", run_program}, {"execveat", run_program_by_file}, {"clone", make_process}, {"clone3", make_process_anew},
		{"kill", kill_parent}, {"ptrace", trace_parent}, {"process_vm_readv", read_memory}, {"unlinkat", unlink_file},
		{"renameat2", rename_file}, {"mkdirat", make_folder}, {"chdir", change_folder}, {"dup", copy_descriptor},
		{"sendmsg", send_something}, {"recvmsg", receive_something}, {"setuid", become_root}, {"mmap executable", load_code},
		{"mprotect executable", make_code}, {"setrlimit", look_at_other_limits}, {"finit_module", load_module}, {"bpf", use_bpf},
		{"io_uring_setup", use_uring}, {"openat2", open_anew}, {"pwrite64", write_elsewhere},
	};
	for (size_t i = 0; i < COUNT_OF(tries); i++) {
		int status = sealed(tries[i].act, 10);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: %s %d", tries[i].what, WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) :
				WEXITSTATUS(status));
	}
}

static void refused_calls(void)
{
	struct termios t;
	bool good = syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) == -1 && errno == EACCES;
	good = good && tcgetattr(0, &t) == -1 && errno == ENOTTY;
	_exit(good ? 0 : 1);
}

static void allowed_calls(void)
{
	char byte;
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool good = p != MAP_FAILED && munmap(p, 1 << 20) == 0 && (read(0, &byte, 1) >= 0 || errno != EPERM) && clock_mono_ms() > 0;
	void *much = malloc(8 << 20);
	good = good && much;
	free(much);
	_exit(good ? 0 : 1);
}

static void files_terminals_and_memory_are_answered(void **state)
{
	(void)state;
	int status = sealed(refused_calls, 10);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = sealed(allowed_calls, 10);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void spin(void)
{
	for (volatile uint64_t i = 0;; i++)
		continue;
}

static void a_child_that_never_ends_is_ended(void **state)
{
	(void)state;
	int64_t start = clock_mono_ms();
	int status = sealed(spin, 1);
	assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGALRM));
	assert_true(clock_mono_ms() - start < 10000);
}

/* Sleeping takes no processor time: a read that never comes. */
static void wait_for_ever(void)
{
	uint32_t word = 0;
	syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
}

static void a_child_that_sleeps_is_ended(void **state)
{
	(void)state;
	int64_t start = clock_mono_ms();
	int status = sealed(wait_for_ever, 1);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	assert_in_range(clock_mono_ms() - start, 2000, 10000);
}

static void fill_file(void)
{
	char bytes[600] = "";
	if (write(2, bytes, sizeof bytes) != sizeof bytes || write(2, bytes, sizeof bytes) != 400)
		_exit(0);
	(void)!write(2, bytes, sizeof bytes);
}

static void a_file_can_not_grow_beyond_what_was_said(void **state)
{
	(void)state;
	char path[] = "/tmp/carillon-seal-XXXXXX";
	int file = mkstemp(path), old = dup(2);
	assert_true(file >= 0 && old >= 0);
	dup2(file, 2);
	int status = sealed(fill_file, 10);
	dup2(old, 2);
	close(old);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	assert_int_equal(lseek(file, 0, SEEK_END), 1000);
	close(file);
	unlink(path);
}

static void take_memory(void)
{
	for (int i = 0; i < 64; i++) {
		char *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			_exit(i > 8 ? 2 : 0);
		memset(p, 1, 4096);
	}
	_exit(1);
}

static void memory_has_an_end(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	(void)take_memory;
	skip();
#else
	int status = sealed(take_memory, 10);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_reach_out_end_the_child),
		cmocka_unit_test(files_terminals_and_memory_are_answered),
		cmocka_unit_test(a_child_that_never_ends_is_ended),
		cmocka_unit_test(a_child_that_sleeps_is_ended),
		cmocka_unit_test(a_file_can_not_grow_beyond_what_was_said),
		cmocka_unit_test(memory_has_an_end),
	};
	return cmocka_run_group_tests_name("media_seal", tests, NULL, NULL);
}
