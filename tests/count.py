#!/usr/bin/python3
# count.py FOLDER: adds up the TAP of every suite (*.tap, and meson's *.log of several), shows what failed, and ends with
# `N passed, N failed, N skipped`. With FULL set, also the figures that suites tell, and always how much was fuzzed. A suite that
# printed no test at all, or died, counts as a failure.
# SPDX-License-Identifier: MIT
import glob
import os
import re
import sys

LINE = re.compile(r"^(not ok|ok)\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(\w+)(.*))?$")
passed = failed = skipped = 0
failures = []


def count(name, lines):
    """Counts one suite's top-level lines; nested subtests (indented) are counted where their parent is only a file."""
    global passed, failed, skipped
    seen = 0
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        seen += 1
        verdict, title, directive, reason = match.groups()
        if directive and directive.lower() == "skip":
            skipped += 1
            print("skipped: %s: %s%s" % (name, title.strip(), reason))
        elif verdict == "ok":
            passed += 1
        else:
            failed += 1
            failures.append("%s: %s" % (name, title.strip()))
    return seen


def tell_figures(name, lines):
    """The long forms measure: what they say with t.diagnostic or `# ` is told."""
    for line in lines:
        figure = re.match(r"^\s*# (?!Subtest:|tests |suites |pass |fail |cancelled |skipped |todo |duration_ms )(.*)$", line)
        if figure and os.environ.get("FULL"):
            print("%s: %s" % (name, figure.group(1)))


def unnest(lines):
    """Node 18 wraps a file's tests in one subtest named after the file: take what is inside."""
    outside = [match.group(2).strip() for match in map(LINE.match, lines) if match]
    if len(outside) == 1 and outside[0].endswith(".mjs"):
        return [line[4:] for line in lines if line.startswith("    ")]
    return lines


def meson_suites(text):
    """meson's log has each test's output between headers; yields (name, its TAP lines, its exit line)."""
    for part in re.split(r"(?m)^=+ (?=\d+/\d+ =)", text)[1:]:
        name = re.search(r"(?m)^test:\s+(.*)$", part)
        result = re.search(r"(?m)^result:\s+(.*)$", part)
        yield name.group(1) if name else "?", part.splitlines(), result.group(1) if result else "?"


for path in sorted(glob.glob(os.path.join(sys.argv[1], "*"))):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    base = os.path.basename(path)
    if base.endswith(".log"):
        for name, lines, result in meson_suites(text):
            before = failed
            seen = count(name, lines)
            tell_figures(name, lines)
            if seen == 0 or (not result.startswith(("exit status 0", "killed by signal 0")) and failed == before):
                failed += 1
                failures.append("%s: died (%s)" % (name, result))
                print("\n".join(lines[-40:]))
            elif failed > before:
                print("\n".join(lines[-60:]))
    else:
        before = failed
        tell_figures(base[:-4], text.splitlines())
        if base == "fuzz.tap":
            print("\n".join(re.findall(r"(?m)^ok \d+ - (fuzz [^#\n]*)$", text)))
        if count(base[:-4], unnest(text.splitlines())) == 0:
            failed += 1
            failures.append("%s: printed no test" % base)
        if failed > before:
            # Of an input that breaks a fuzz target every byte is needed.
            print("---- %s\n%s" % (base, text if base == "fuzz.tap" else text[-6000:]))

for failure in failures:
    print("FAILED: " + failure)
print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
sys.exit(1 if failed else 0)
