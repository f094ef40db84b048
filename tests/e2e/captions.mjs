// Every WebVTT that is written passes the W3C's parser, without an error.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build, corpora, hasCorpora, root } from "./carillon.mjs";

const { WebVTTParser } = createRequire(import.meta.url)("webvtt-parser");

// How many files and cues passed.
function check(from) {
	const folder = mkdtempSync(join(tmpdir(), "carillon-captions-"));
	try {
		const n = Number(execFileSync(join(build, "tests/transcripts/write_captions"), [folder, ...from],
			{ env: { ...process.env, TEST_DATA: join(root, "tests/data") } }));
		const names = readdirSync(folder);
		assert.equal(names.length, n);
		let cues = 0;
		for (const name of names) {
			const text = readFileSync(join(folder, name), "utf8");
			const { cues: read, errors } = new WebVTTParser().parse(text, "subtitles/captions/descriptions");
			assert.deepEqual(errors, [], `${name}: ${JSON.stringify(errors)}`);
			assert.equal(read.length, text.split(" --> ").length - 1, name);
			cues += read.length;
		}
		return { n, cues };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("webvtt-parser reads all that is written without an error", () => {
	const { n, cues } = check([]);
	assert.ok(n > 310, `${n} files`);
	assert.ok(cues > 1000, `${cues} cues`);
});

test("and what is written of every transcript in the corpora", { skip: hasCorpora ? false : "needs the corpora", timeout: 600000 }, (t) => {
	const unpacked = mkdtempSync(join(tmpdir(), "carillon-corpus-"));
	try {
		for (const name of ["talkpython", "captions"])
			execFileSync("tar", ["--zstd", "-xf", join(corpora, `${name}.tar.zst`), "-C", unpacked]);
		const { n, cues } = check([unpacked, join(corpora, "cmos"), join(corpora, "seeds")]);
		t.diagnostic(`${n} files, ${cues} cues`);
		assert.ok(n > 500 && cues > 300000, `${n} files, ${cues} cues`);
	} finally {
		rmSync(unpacked, { recursive: true });
	}
});
