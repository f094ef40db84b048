// golden.mjs - the synthesizer that a page gets, run by Chromium: the samples that every build gives.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { chromium } from "playwright-core";
import { build, makeSite, root, serve, siteYaml } from "../e2e/carillon.mjs";

const SECONDS = 4, RATE = 48000, SEED = 1;
const golden = readFileSync(path.join(root, "tests/data/audio/golden.sha256"), "utf8").trim().split("\n").map((line) => line.split("  "));
const compose = (scenario) => execFileSync(path.join(build, "tests/audio/render_notes"), ["compose", scenario]).toString().trim()
	.split("\n").map((line) => line.split(" ").map(Number));

// In the page: renders the notes in the worklet's blocks, and hands the samples over as text.
async function render([url, notes, frames, seed]) {
	const { instance } = await WebAssembly.instantiate(await (await fetch(url)).arrayBuffer(), {});
	const synth = instance.exports, out = new Float32Array(frames * 2);
	synth.carillon_init(seed);
	for (let done = 0, next = 0; done < frames; done += 128) {
		while (next < notes.length && synth.carillon_note(...notes[next]))
			next++;
		const n = Math.min(128, frames - done);
		out.set(new Float32Array(synth.memory.buffer, synth.carillon_render(n), n * 2), done * 2);
	}
	const bytes = new Uint8Array(out.buffer);
	let text = "";
	for (let i = 0; i < bytes.length; i += 32768)
		text += String.fromCharCode(...bytes.subarray(i, i + 32768));
	return btoa(text);
}

test("Chromium gives every golden sample", async (t) => {
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml("http://127.0.0.1:9/") }));
	const profile = mkdtempSync(path.join(tmpdir(), "carillon-chromium-"));
	const context = await chromium.launchPersistentContext(profile, { executablePath: "/usr/bin/chromium", headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"] });
	t.after(async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	});
	const page = await context.newPage();
	await page.goto(`${server.url}/stations/wikipedia`);
	const urls = await page.evaluate(() => ["wasm", "wasmScalar"].map((name) => document.getElementById("station").dataset[name]).filter(Boolean));
	assert.ok(urls.length, "the page names its synthesizer");
	for (const url of urls)
		for (const [hash, scenario] of golden) {
			const text = await page.evaluate(render, [url, compose(scenario), SECONDS * RATE, SEED]);
			assert.equal(createHash("sha256").update(Buffer.from(text, "base64")).digest("hex"), hash, `${scenario} of ${url}`);
		}
	t.diagnostic(`${golden.length} scenarios by ${urls.length} modules: ${urls.map((url) => path.basename(url)).join(", ")}`);
});
