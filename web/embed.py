#!/usr/bin/python3
# Writes a C file with the bytes of every file and a table of them: embed.py [--table=NAME] FILE... OUTPUT
# SPDX-License-Identifier: MIT
import hashlib
import os
import sys

arguments = sys.argv[1:]
table = arguments.pop(0).split("=")[1] if arguments[0].startswith("--table=") else "assets"
*inputs, output = arguments
here = os.path.dirname(os.path.abspath(__file__))


def asset_name(path):
    """templates/show.html, station.js, synth.wasm: the path below web/, or the bare name of something built."""
    full = os.path.abspath(path)
    return os.path.relpath(full, here) if full.startswith(here + os.sep) else os.path.basename(full)


with open(output, "w", encoding="ascii") as out:
    out.write('#include "base/asset.h"\n\n')
    names = []
    for i, path in enumerate(sorted(inputs, key=asset_name)):
        with open(path, "rb") as file:
            data = file.read()
        names.append((asset_name(path), i, len(data), hashlib.sha256(data).hexdigest()[:16]))
        out.write("static const unsigned char bytes_%d[] = {" % i)
        for offset in range(0, len(data), 24):
            out.write("\n" + ",".join(str(b) for b in data[offset:offset + 24]) + ",")
        out.write("0};\n")
    out.write("\nconst struct asset %s[] = {\n" % table)
    for name, i, size, digest in names:
        out.write('\t{"%s", {(const char *)bytes_%d, %d}, "%s"},\n' % (name, i, size, digest))
    out.write("};\nconst size_t n_%s = %d;\n" % (table, len(names)))
