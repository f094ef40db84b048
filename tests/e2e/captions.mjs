// Every WebVTT that is written passes the W3C's parser, without an error.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const { WebVTTParser } = createRequire(import.meta.url)("webvtt-parser");

test("webvtt-parser reads all that is written without an error", () => {
	const folder = mkdtempSync(join(tmpdir(), "carillon-captions-"));
	try {
		const n = Number(execFileSync(join(process.env.BUILD, "tests/transcripts/write_captions"), [folder],
			{ env: { ...process.env, TEST_DATA: join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../data") } }));
		const names = readdirSync(folder);
		assert.equal(names.length, n);
		assert.ok(n > 310, `${n} files`);
		let cues = 0;
		for (const name of names) {
			const text = readFileSync(join(folder, name), "utf8");
			const { cues: read, errors } = new WebVTTParser().parse(text, "subtitles/captions/descriptions");
			assert.deepEqual(errors, [], `${name}: ${JSON.stringify(errors)}`);
			assert.equal(read.length, text.split(" --> ").length - 1, name);
			cues += read.length;
		}
		assert.ok(cues > 1000, `${cues} cues`);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
