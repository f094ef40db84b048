// Chromium on the real pages: listening, titles, search, the second at which something was said.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { chromium } from "playwright-core";
import { makeSite, recentchange, root, serve, siteYaml, sleep, upstream, waitFor } from "../e2e/carillon.mjs";

const screenshots = process.env.SCREENSHOTS ? path.join(root, "tests/screenshots") : path.join(root, "tests/output");
mkdirSync(screenshots, { recursive: true });

async function browser(t, options = {}) {
	const profile = mkdtempSync(path.join(tmpdir(), "carillon-chromium-"));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: "/usr/bin/chromium", headless: true, viewport: { width: 1280, height: 800 }, ...options,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"],
	});
	t.after(async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	});
	const page = context.pages()[0] ?? await context.newPage();
	const complaints = [];
	page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
	page.on("pageerror", (error) => complaints.push(String(error)));
	return { context, page, complaints };
}

const episode = `---
title: Tower talk
date: 2026-05-01T10:00:00
media: tower.mp3
---

About the [tower](https://example.org/), at [00:04].
`;
const captions = `WEBVTT

00:00.000 --> 00:02.000
<v Ada>We climbed the tower before

00:02.000 --> 00:04.000
<v Ada>sunrise and counted the bells.

00:04.000 --> 00:06.000
<v Ben>How many were there?
`;

async function site(t) {
	const up = await upstream(t, (request, response) => {
		if (!request.url.startsWith("/diff"))
			return false;
		response.writeHead(200, { "content-type": "text/html" });
		response.end("<title>the diff</title>");
		return true;
	});
	const folder = makeSite(t, {
		"carillon.yaml": siteYaml(up.url), "episodes/tower.md": episode, "transcripts/tower.vtt": captions, "media/.keep": "",
	});
	execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=8", "-b:a", "64k",
		path.join(folder, "media/tower.mp3")]);
	const server = await serve(t, folder);
	await waitFor(() => up.clients() > 0, "serve to connect upstream");
	const diff = (n) => new URL(`/diff/${n}`, up.url).href;
	return { up, server, diff };
}

// Loudness of what plays on the page, in the last 0.7 s of the next 2.5: a note sounds 1.5 s after its event.
const measure = () => new Promise((done) => {
	const { context, gain } = document.getElementById("station").carillon;
	const analyser = new AnalyserNode(context, { fftSize: 32768 });
	gain.connect(analyser);
	setTimeout(() => {
		const samples = new Float32Array(analyser.fftSize);
		analyser.getFloatTimeDomainData(samples);
		done(Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length));
	}, 2500);
});

test("one press of Listen and edits are heard; titles open the diff", async (t) => {
	const { up, server, diff } = await site(t);
	const { context, page, complaints } = await browser(t);
	await page.goto(`${server.url}/stations/wikipedia`);
	await page.getByRole("button", { name: "Listen", exact: true }).click();
	await page.waitForFunction(() => document.getElementById("station").carillon.context?.state === "running");
	assert.ok(await page.evaluate(measure) < 1e-6, "silent before anything happens");

	const kinds = [{ user: "Ada", bot: false }, { user: "~2026-12345-67" }, { user: "SomeBot", bot: true }];
	for (let i = 0; i < 24; i++)
		up.send(i + 1, recentchange({ title: `Bell ${i}`, notify_url: diff(i), length: { old: 5000, new: 5000 + (i % 2 ? -1 : 1) * 3 ** (i % 8) },
			...kinds[i % 3] }));
	await waitFor(async () => await page.evaluate(measure) > 0.002, "the notes to be heard");

	await page.waitForFunction(() => document.querySelectorAll(".sky circle[fill-opacity]").length === 24);
	const colours = await page.evaluate(() => [...new Set([...document.querySelectorAll(".sky circle[fill-opacity]")].map((c) => c.getAttribute("fill")))].sort());
	assert.deepEqual(colours, ["#fff", "rgb(155,89,182)", "rgb(46,204,113)"]);
	assert.equal(await page.locator("#edits li").count(), 20);
	assert.ok(Number(await page.locator("#rate").textContent()) > 0);

	up.send(100, recentchange({ title: "The title", notify_url: diff("title") }));
	const opened = context.waitForEvent("page");
	await page.locator(".sky text", { hasText: "The title" }).first().click({ force: true });
	await (await opened).waitForURL(diff("title"));

	for (let i = 0; i < 14; i++) {
		up.send(200 + i, recentchange({ title: ["Carillon", "Tide", "Lighthouse", "Starling", "Aurora", "Moss", "Bronze"][i % 7] + (i > 6 ? " music" : ""),
			length: { old: 9000, new: 9000 + (i % 3 ? 1 : -1) * 2 ** (i % 12) }, ...kinds[i % 3] }));
		await sleep(60);
	}
	await sleep(2000);
	await page.screenshot({ path: path.join(screenshots, "station.png") });

	await page.getByRole("button", { name: "Mute" }).click();
	await sleep(300);
	assert.ok(await page.evaluate(measure) < 1e-5, "muted");
	await page.getByRole("button", { name: "Stop" }).click();
	await page.waitForFunction(() => document.getElementById("station").carillon.context.state === "suspended");
	assert.deepEqual(complaints, []);
});

test("the page says what is wrong, and that it's over", async (t) => {
	const { up, server } = await site(t);
	await waitFor(() => up.clients() > 0, "the source");
	const { page } = await browser(t);
	await page.goto(`${server.url}/stations/wikipedia`);
	const trouble = page.locator("#trouble");
	assert.equal(await trouble.isVisible(), false);
	let ill = true;
	await page.route("**/healthz", async (route) => {
		const answer = await route.fetch();
		const health = await answer.json();
		if (ill)
			Object.assign(health, { status: "degraded", log: { storing: false, text: "the disk is full; 7 wait" } });
		await route.fulfill({ json: health });
	});
	await page.evaluate(() => refreshHealth());
	await trouble.getByText("the disk is full; 7 wait").waitFor();
	assert.equal(await trouble.getAttribute("role"), "alert");
	await page.screenshot({ path: path.join(screenshots, "trouble.png") });
	ill = false;
	await page.evaluate(() => refreshHealth());
	await trouble.waitFor({ state: "hidden" });
	await page.unroute("**/healthz");

	await server.stop();
	await trouble.getByText("The server can't be reached; trying again.").waitFor();
	assert.match(await page.locator(".sources li").textContent(), /nobody knows/);
});

test("a newcomer is welcomed with a swell", async (t) => {
	const { up, server } = await site(t);
	const { page, complaints } = await browser(t);
	await page.goto(`${server.url}/stations/wikipedia`);
	await page.getByRole("button", { name: "Listen", exact: true }).click();
	await page.waitForFunction(() => document.getElementById("station").carillon.context?.state === "running");
	up.send(1, recentchange({ type: "log", log_type: "newusers", log_action: "create", namespace: 2, title: "User:Newcomer",
		user: "Newcomer", length: undefined, revision: undefined }));
	await page.getByText("Welcome, Newcomer!").waitFor();
	await waitFor(async () => await page.evaluate(measure) > 0.002, "the swell to be heard");
	assert.deepEqual(complaints, []);
});

test("a phrase that crosses a caption's border leads to the second at which it was said", async (t) => {
	const { server } = await site(t);
	const { page, complaints } = await browser(t);
	await waitFor(async () => (await fetch(`${server.url}/api/search?q=sunrise`).then((a) => a.json())).total === 1, "the import");
	await page.goto(server.url);
	await page.getByRole("searchbox").fill('"tower before sunrise"');
	await page.keyboard.press("Enter");
	await page.waitForURL(/\/search\?q=/);
	assert.equal(await page.locator(".moments mark").first().isVisible(), true);
	await page.screenshot({ path: path.join(screenshots, "search.png") });
	await page.locator(".moments a.time").first().click();
	await page.waitForURL(/\/shows\/bells\/tower#t=0$/);

	await page.goto(`${server.url}/search?q=${encodeURIComponent('"many were there"')}`);
	await page.locator(".moments a.time").first().click();
	await page.waitForURL(/#t=4$/);
	await page.waitForFunction(() => Math.abs(document.getElementById("player").currentTime - 4) < 0.05);
	assert.equal(await page.locator(".cue.now").textContent(), "How many were there?");
	await page.screenshot({ path: path.join(screenshots, "episode.png") });

	await page.locator(".cue", { hasText: "counted the bells" }).click();
	await page.waitForFunction(() => !document.getElementById("player").paused && document.getElementById("player").currentTime >= 2);
	assert.deepEqual(complaints, []);
});

test("without JavaScript pages read, search and play", async (t) => {
	const { server } = await site(t);
	const { page } = await browser(t, { javaScriptEnabled: false });
	await waitFor(async () => (await fetch(`${server.url}/api/search?q=sunrise`).then((a) => a.json())).total === 1, "the import");
	await page.goto(`${server.url}/search?q=sunrise`);
	await page.locator(".moments a.time").first().click();
	await page.waitForURL(/#t=2$/);
	const target = page.locator(":target");
	assert.equal(await target.textContent(), "sunrise and counted the bells.");
	assert.equal(await page.locator("audio").getAttribute("src"), "/media/tower.mp3");
	await page.goto(`${server.url}/stations/wikipedia`);
	assert.equal(await page.locator("noscript audio, audio").first().getAttribute("src"), "/stations/wikipedia/listen.mp3");
});

test("a small screen has no sideways scrolling", async (t) => {
	const { server } = await site(t);
	const { page } = await browser(t, { viewport: { width: 360, height: 640 } });
	await waitFor(async () => (await fetch(`${server.url}/api/search?q=sunrise`).then((a) => a.json())).total === 1, "the import");
	for (const where of ["/", "/stations/wikipedia", "/shows/bells/", "/shows/bells/tower", "/search?q=bells"]) {
		await page.goto(server.url + where);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), where);
	}
});
