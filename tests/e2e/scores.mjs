// scores.mjs - the built-in scores on real streams: the whole range sounds, where the laws of old use a few notes of it.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { build, corpora } from "./carillon.mjs";

const archive = path.join(corpora, "events.tar.zst");
const skip = existsSync(archive) ? false : "the corpora aren't here";

// { keys: how often each tone sounded, at: when, played, capped, unplayed }; pads are the drone's.
function play(file, mapping, score, rate) {
	const { stdout, stderr } = spawnSync(path.join(build, "tests/audio/score_recording"), [file, "36000", mapping, score, String(rate)],
		{ encoding: "utf8", maxBuffer: 64 << 20 });
	const counts = /played (\d+) capped (\d+) unplayed (\d+)/.exec(stderr).slice(1).map(Number);
	const notes = stdout.trim().split("\n").map((line) => line.split(" ").map(Number)).filter(([, instrument]) => instrument !== 7);
	const keys = new Map();
	for (const [, , key] of notes)
		keys.set(key, (keys.get(key) ?? 0) + 1);
	return { keys, notes, played: counts[0], capped: counts[1], unplayed: counts[2] };
}

// The least number of tones that make 95 % of the notes.
function used(keys) {
	const counts = [...keys.values()].sort((a, b) => b - a), all = counts.reduce((sum, n) => sum + n, 0);
	let n = 0;
	for (let sum = 0; sum < all * 0.95; n++)
		sum += counts[n];
	return n;
}

test("on real payments and edits the whole range sounds, and the laws of old use less of it", { skip }, async (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-corpora-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	execFileSync("tar", ["--zstd", "-xf", archive, "-C", folder]);
	const found = execFileSync("find", [folder, "-name", "*.jsonl"], { encoding: "utf8" }).trim().split("\n");
	const file = (name) => found.find((each) => each.endsWith(name));
	const streams = [
		["utx-derived-block702861-a.jsonl", "blockchain.info", "bitcoin", "bitlisten"],
		["utx-derived-block702861-a.jsonl", "blockchain.info", "any", "hatnote"],
		["eth-subscription-derived-17173049.jsonl", "ethereum", "any", "hatnote"],
	];
	for (const [name, mapping, score, old] of streams) {
		const ours = play(file(name), mapping, score, 5), theirs = play(file(name), mapping, old, 5);
		t.diagnostic(`${name}: ${used(ours.keys)} of ${ours.keys.size} tones by ${score}, ${used(theirs.keys)} of ${theirs.keys.size} by ${old}`);
		assert.ok(ours.played > 50, `${ours.played} played`);
		assert.ok(used(ours.keys) >= 13, `${name} by ${score}: ${[...ours.keys]}`);
		assert.ok(used(ours.keys) > used(theirs.keys), `${name}: ${used(ours.keys)} and ${used(theirs.keys)}`);
		assert.equal(ours.played + ours.capped + ours.unplayed, theirs.played + theirs.capped + theirs.unplayed);
	}
});
