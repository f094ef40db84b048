#!/usr/bin/python3
# run.py SECONDS [TARGET...]: builds the fuzz targets, runs them (all, or those named) from our own fixtures, as many at a
# time as there are processors, and prints TAP: a line each, with how many inputs it ran.
#
# SECONDS are of a target's own processor time. ./test runs this at the lowest priority beside everything else, where a
# minute of the clock may be hardly a second of work; processor time is the same work on a busy machine as on an idle one,
# and never less than as much of the clock. So is the most that one input may take: what was slow by the clock is run
# again, alone, and counts only if it takes INPUT_SECONDS of a processor. The targets take turns: where PATIENCE seconds of
# the clock don't give them all that they should have, each has had about as much, and says how much. A target that ran fewer
# than LEAST inputs for each of SECONDS (they run a thousand and more) hangs, or does what it shouldn't, and fails like one
# that crashed.
#
# What breaks a target is kept in BUILD/tests/fuzz/found, and printed in base64, so that a log is enough to have it again:
# base64 -d <<END >input (zcat after it where it says so), then BUILD/tests/fuzz/fuzz_TARGET input.
# BUILD: the build folder, default build-test.
# SPDX-License-Identifier: MIT
import base64
import glob
import gzip
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

LEAST = 50
TIMEOUT = 70  # libFuzzer's status when an input takes too long
INPUT_SECONDS = 5
PATIENCE = 15 * 60
TURN = 20

root = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
build = os.path.realpath(os.environ.get("BUILD", os.path.join(root, "build-test")))
found = os.path.join(build, "tests/fuzz/found")
# The quarantine's 256 MB would count as the target's memory.
environment = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
    ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1:quarantine_size_mb=32")
running = set()
is_over = False
begin = time.monotonic()


def lower_priority():
    os.nice(19)
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        pass  # where that isn't allowed, nice is what there is


def processors():
    """How many this process may have: those of the machine, or what a container's quota amounts to."""
    n = len(os.sched_getaffinity(0))
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:
            quota, period = file.read().split()
        return n if quota == "max" else max(1, min(n, int(quota) // int(period)))
    except (OSError, ValueError):
        return n


def is_built():
    """False: this build has no fuzz targets. Ends the program when they can't be built."""
    ninja = subprocess.run(["ninja", "-C", build, "--quiet", "fuzz"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    if "unknown target 'fuzz'" in ninja.stdout:
        return False
    if ninja.returncode:
        print("not ok 1 - the fuzz targets are built")
        print("\n".join("# " + line for line in ninja.stdout.splitlines()[-60:]))
        sys.exit(1)
    return True


def processor_seconds(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rsplit(") ", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_late(by=0):
    return is_over or time.monotonic() - begin > PATIENCE + by


class Target:
    def __init__(self, name, work):
        self.name, self.inputs, self.seconds, self.complaints, self.shown = name, 0, 0, [], []
        self.program = os.path.join(build, "tests/fuzz/fuzz_" + name)
        self.seeds, self.corpus = os.path.join(work, "seeds"), os.path.join(work, name)
        self.prefix = os.path.join(found, name + "-")
        os.mkdir(self.corpus)

    def start(self, seconds):
        """One process, for so many seconds more. Gives its status, None when it was asked to end, and what it printed."""
        arguments = ["-max_len=65536", "-timeout=%d" % (12 * INPUT_SECONDS), "-report_slow_units=%d" % INPUT_SECONDS,
            "-rss_limit_mb=512", "-dict=" + os.path.join(root, "tests/fuzz/words.dict"), "-artifact_prefix=" + self.prefix,
            "-print_final_stats=1", "-verbosity=0"]
        with tempfile.TemporaryFile(mode="w+", errors="replace") as log:
            child = subprocess.Popen([self.program, *arguments, self.corpus, self.seeds], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, env=environment)
            running.add(child)
            used, asked = 0, False
            while child.poll() is None:
                used = max(used, processor_seconds(child.pid))
                if not asked and used > 0 and (used >= seconds or is_late()):
                    child.send_signal(signal.SIGUSR1)  # it ends after the input that it is at, with 0, and says what it did
                    asked = True
                elif is_late(60):
                    child.kill()
                time.sleep(0.1)
            running.discard(child)
            self.seconds += used
            log.seek(0)
            text = log.read()
        self.inputs += int((re.findall(r"(?m)^stat::number_of_executed_units: *(\d+)", text) or [0])[-1])
        return (None if asked and child.returncode == 0 else child.returncode), text

    def is_slow(self, path):
        """Does this input take INPUT_SECONDS of a processor?"""
        limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (INPUT_SECONDS, INPUT_SECONDS))
        again = subprocess.run([self.program, "-timeout=%d" % PATIENCE, path], env=environment, preexec_fn=limit,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return again.returncode in (-signal.SIGXCPU, -signal.SIGKILL)

    def take_turn(self, seconds):
        before = set(glob.glob(self.prefix + "*"))
        status, text = self.start(seconds)
        new = set(glob.glob(self.prefix + "*")) - before
        was_late = status == TIMEOUT and new
        for path in [path for path in new if re.search(r"-(timeout|slow-unit)-", path)]:
            if self.is_slow(path):
                self.complaints.append("an input takes more than %d s of a processor" % INPUT_SECONDS)
            else:  # the clock went on while others had the processor
                os.remove(path)
                new.discard(path)
        if status is not None and not was_late:
            self.complaints.append("it ended with %d" % status)
        if self.complaints:
            self.shown = ["# " + line for line in text.splitlines()[-60:]]
            self.shown += [line for path in sorted(new) for line in show(path)]

    def tell(self, number, seconds):
        if not self.complaints and self.inputs < LEAST * seconds:
            self.complaints.append("fewer than %d" % (LEAST * seconds))
        print("%s %d - fuzz %s: %d inputs in %.0f s of a processor%s" % ("not ok" if self.complaints else "ok", number,
            self.name, self.inputs, self.seconds, "".join("; " + each for each in self.complaints)))
        print("".join(line + "\n" for line in self.shown), end="", flush=True)


def show(path):
    with open(path, "rb") as file:
        content = file.read()
    packed = gzip.compress(content, mtime=0)
    is_packed = len(packed) < len(content) - 40
    text = base64.b64encode(packed if is_packed else content).decode()
    return ["# %s: %d bytes, in base64%s:" % (os.path.basename(path), len(content), " of gzip" if is_packed else ""),
        *("# " + text[at:at + 116] for at in range(0, len(text), 116)), "# (its end)"]


def stop(*_):
    global is_over
    is_over = True
    for child in list(running):
        child.kill()
    sys.exit(1)


def main():
    seconds = float(sys.argv[1])
    every = glob.glob(os.path.join(root, "tests/fuzz/fuzz_*.c"))
    names = sys.argv[2:] or sorted(os.path.basename(path)[5:-2] for path in every)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    lower_priority()
    print("1..%d" % len(names))
    if not is_built():
        for number, name in enumerate(names, 1):
            print("ok %d - fuzz %s # SKIP configured without libFuzzer (Debian: clang-14 libclang-rt-14-dev)" % (number, name))
        return 0
    os.makedirs(found, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        os.mkdir(os.path.join(work, "seeds"))
        for folder in ("tests/data/transcripts", "tests/fuzz/seeds"):
            for path in glob.glob(os.path.join(root, folder, "*")):
                if os.path.isfile(path):
                    shutil.copy(path, os.path.join(work, "seeds"))
        targets = [Target(name, work) for name in names]
        waiting = list(targets)
        def work_off():
            while waiting and not is_late():
                target = waiting.pop(0)
                target.take_turn(min(TURN, seconds - target.seconds))
                if target.seconds < seconds and not target.complaints:
                    waiting.append(target)
        threads = [threading.Thread(target=work_off) for _ in range(processors())]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number, target in enumerate(targets, 1):
        target.tell(number, seconds)
    return 1 if any(target.complaints for target in targets) else 0


if __name__ == "__main__":
    sys.exit(main())
