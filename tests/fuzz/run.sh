#!/bin/sh
# tests/fuzz/run.sh SECONDS [TARGET...]: runs the fuzz targets (all of them, or those named) for so many seconds each, two
# at a time, from our own fixtures, and prints TAP. What breaks one is kept in BUILD/tests/fuzz/found, and fails the run;
# a target that is told to run on that file shows it again. BUILD: the build folder, default build-test.
# SPDX-License-Identifier: MIT
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build-test}" && pwd)
seconds=${1:?"usage: tests/fuzz/run.sh SECONDS [TARGET...]"}
shift
[ $# -gt 0 ] || set -- document webvtt subrip json html code_maven lines markdown query notes
if ! ninja -C "$build" --quiet fuzz >"$build/fuzz-build.log" 2>&1; then
	if grep -q "unknown target 'fuzz'" "$build/fuzz-build.log"; then
		echo "1..0 # SKIP no clang with libFuzzer"
		exit 0
	fi
	cat "$build/fuzz-build.log" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found="$build/tests/fuzz/found"
mkdir -p "$found"

# Four sanitized MB of stack would hide a recursion; 5 s and 512 MB are what no input of 64 KiB may take.
fuzz_one() {
	name=$1
	mkdir "$work/$name"
	if ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
		"$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=65536 -timeout=5 -rss_limit_mb=512 \
		-dict="$root/tests/fuzz/words.dict" -artifact_prefix="$found/$name-" -print_final_stats=1 -verbosity=0 \
		"$work/$name" "$work/seeds" >"$work/$name.log" 2>&1; then
		echo ok >"$work/$name.result"
	else
		echo "not ok" >"$work/$name.result"
	fi
}

mkdir "$work/seeds"
for seed in "$root"/tests/data/transcripts/* "$root"/tests/fuzz/seeds/*; do
	[ -f "$seed" ] && cp "$seed" "$work/seeds/"
done
names=$*
echo "1..$#"
while [ $# -gt 0 ]; do
	fuzz_one "$1" &
	[ $# -lt 2 ] || fuzz_one "$2" &
	wait
	shift
	[ $# -eq 0 ] || shift
done
number=0 failed=0
for name in $names; do
	number=$((number + 1))
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
	result=$(cat "$work/$name.result")
	echo "$result $number - fuzz $name: ${runs:-0} inputs in $seconds s"
	if [ "$result" != ok ]; then
		failed=1
		sed 's/^/# /' "$work/$name.log" | tail -40
	fi
done
exit $failed
