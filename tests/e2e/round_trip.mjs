// round_trip.mjs - what the server gives out of an item, imported again by another site, is the same item: each export of it
// is the same, byte for byte, in every format, over a large part of the corpora and every fixture.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { corpora, hasCorpora, makeSite, root, run, serve } from "./carillon.mjs";

const yaml = "title: Test\nshows:\n  - {name: bells, title: Bells, description: About bells., language: en, author: Ringers, category: Technology}\n";
const formats = ["vtt", "srt", "json", "txt", "html"];

function addAll(files, folder, one_of = 1) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory())
			addAll(files, file, one_of);
		else if (createHash("sha256").update(entry.name).digest().readUInt32BE() % one_of === 0)
			files.push(file);
	}
}

// A site of these files, served: every spoken item's exports, as Map of slug → { vtt, srt, ... }.
async function exportsOf(t, fill, wanted) {
	const site = makeSite(t, { "carillon.yaml": yaml });
	mkdirSync(path.join(site, "transcripts"));
	const named = fill(site);
	const imported = await run(["import", "--site", site]);
	assert.ok(imported.code <= 1, imported.stderr);
	const rows = JSON.parse(execFileSync("sqlite3", ["-json", path.join(site, "var/archive.db"),
		"SELECT slug FROM items WHERE n_cues>0 AND published AND show='bells' ORDER BY slug"], { encoding: "utf8" }));
	const { url, stop } = await serve(t, site), all = new Map();
	for (const { slug } of rows) {
		const given = {};
		for (const format of wanted) {
			const answer = await fetch(`${url}/shows/bells/${encodeURIComponent(slug)}.${format}`);
			if (answer.status === 200)
				given[format] = Buffer.from(await answer.arrayBuffer()).toString("latin1");
		}
		all.set(slug, given);
	}
	await stop();
	return { all, named };
}

async function check(t, files, least) {
	const { all } = await exportsOf(t, (site) => files.forEach((file, i) =>
		copyFileSync(file, path.join(site, "transcripts", `${String(i).padStart(4, "0")}-${path.basename(file)}`))), formats);
	assert.ok(all.size >= least, `${all.size} items`);
	const counts = [];
	for (const format of formats) {
		const first = [...all].filter(([, given]) => given[format] !== undefined);
		if (!first.length && format === "html")
			continue; // no route gives it
		assert.equal(first.length, all.size, `${format} of every item`);
		const { all: again } = await exportsOf(t, (site) => first.forEach(([slug, given]) =>
			writeFileSync(path.join(site, "transcripts", `${slug}.${format}`), given[format], "latin1")), [format]);
		assert.deepEqual([...again.keys()], first.map(([slug]) => slug), `${format}: the same items`);
		const different = first.filter(([slug, given]) => again.get(slug)[format] !== given[format]).map(([slug]) => slug);
		assert.deepEqual(different, [], `${format}: what was given out differs`);
		counts.push(`${first.length} as ${format}`);
	}
	t.diagnostic(counts.join(", "));
}

test("what is exported of every fixture comes back from every format", async (t) => {
	const folder = path.join(root, "tests/data/transcripts"), files = [];
	for (const name of readdirSync(folder))
		if (statSync(path.join(folder, name)).isFile())
			files.push(path.join(folder, name));
	await check(t, files, 20);
});

test("and of a large part of the corpora", { skip: hasCorpora ? false : "needs the corpora", timeout: 900000 }, async (t) => {
	const unpacked = mkdtempSync(path.join(tmpdir(), "carillon-corpus-")), files = [];
	t.after(() => rmSync(unpacked, { recursive: true, force: true }));
	for (const name of ["talkpython", "captions"])
		execFileSync("tar", ["--zstd", "-xf", path.join(corpora, `${name}.tar.zst`), "-C", unpacked]);
	addAll(files, path.join(unpacked, "talkpython"), 4);
	addAll(files, path.join(unpacked, "captions"));
	for (const folder of ["cmos/md-2026", "cmos/tt-2016", "cmos/srt-2016", "seeds"])
		addAll(files, path.join(corpora, folder));
	await check(t, files, 200);
});
