// together.mjs - listening pages beside each other: one moment for all, hidden or not, after a sleep, on the lock screen.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { chromium } from "playwright-core";
import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "../e2e/carillon.mjs";

async function site(t) {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients() > 0, "serve to connect upstream");
	return { up, server };
}

async function browser(t) {
	const profile = mkdtempSync(path.join(tmpdir(), "carillon-chromium-"));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: "/usr/bin/chromium", headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
	});
	t.after(async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	});
	return context;
}

// A page that listens, and writes down when which note will leave its loudspeaker, by the one clock of this machine.
async function listener(context, server, before) {
	const page = await context.newPage();
	if (before)
		await page.addInitScript(before);
	await page.goto(`${server.url}/stations/wikipedia`);
	await page.getByRole("button", { name: "Listen", exact: true }).click();
	await page.waitForFunction(() => {
		const { context, clock } = document.getElementById("station").carillon;
		return context?.state === "running" && clock.samples.length >= 4 && context.getOutputTimestamp().performanceTime > 0;
	});
	await page.evaluate(() => {
		const { context, synth } = document.getElementById("station").carillon;
		const port = synth.port, post = port.postMessage.bind(port);
		window.heard = [];
		port.postMessage = (message) => {
			const { contextTime, performanceTime } = context.getOutputTimestamp();
			for (const note of message.notes)
				window.heard.push({ key: note.key, frame: note.frame, now: context.currentTime * context.sampleRate,
					at: performance.timeOrigin + performanceTime + (note.frame / context.sampleRate - contextTime) * 1000 });
			post(message);
		};
	});
	return page;
}

const heard = (page) => page.evaluate(() => window.heard);

test("every page plays the same notes at the same moment, a second and a half after their events", async (t) => {
	const { up, server } = await site(t);
	const context = await browser(t);
	const first = await listener(context, server);
	await sleep(700);
	/* Another who set the clock of the wall an hour wrong. */
	const second = await listener(context, server, () => {
		const real = Date.now.bind(Date);
		Date.now = () => real() + 3600000;
	});
	/* A page without a processor for more than the lead leaves out what it would play too late: then once more. */
	let sent, a, b;
	for (let attempt = 0; attempt < (process.env.FULL ? 1 : 4); attempt++) {
		await Promise.all([first, second].map((page) => page.evaluate(() => { window.heard.length = 0; })));
		sent = [];
		for (let n = 0; n < 25; n++) {
			sent.push(Date.now());
			up.send(`[${attempt * 25 + n}]`, recentchange({ title: `Page ${n}` }));
			await sleep(120);
		}
		await sleep(500 + attempt * 2000);
		[a, b] = [await heard(first), await heard(second)];
		if (a.length === 25 && b.length === 25)
			break;
	}
	assert.equal(a.length, 25);
	assert.deepEqual(a.map((note) => note.key), b.map((note) => note.key));
	const apart = a.map((note, i) => Math.abs(note.at - b[i].at)), lead = a.map((note, i) => note.at - sent[i]);
	t.diagnostic(`apart ${Math.max(...apart).toFixed(1)} ms at most, ${Math.min(...lead).toFixed(0)} to ${Math.max(...lead).toFixed(0)} ms after the event`);
	/* The sound card's clock is read when the page has a processor: now and then one of them is late. */
	const most = (times) => [...times].sort((x, y) => x - y)[Math.floor(times.length * 0.8)];
	assert.ok(most(apart) < 25 && Math.max(...apart) < 150, String(apart));
	assert.ok(Math.min(...lead) > 1480 && most(lead) < 1800 && Math.max(...lead) < 3000, String(lead));
});

test("a hidden page plays on and draws nothing", async (t) => {
	const { up, server } = await site(t);
	const page = await listener(await browser(t), server, () => {
		Object.defineProperty(document, "hidden", { get: () => window.isHidden ?? false });
	});
	await page.evaluate(() => {
		window.isHidden = true;
		document.dispatchEvent(new Event("visibilitychange"));
	});
	for (let n = 0; n < 10; n++)
		up.send(`[${n}]`, recentchange());
	await waitFor(async () => (await heard(page)).length >= 10, "ten notes");
	await waitFor(async () => await page.locator("#edits li").count() >= 10, "ten edits");
	await sleep(2000); /* a note is drawn when it sounds */
	assert.equal((await heard(page)).length, 10);
	assert.equal(await page.locator("#sky circle").count(), 0);
	assert.equal(await page.locator("#edits li").count(), 10);
});

test("after a sleep what was missed isn't played, and what comes then is in time", async (t) => {
	const { up, server } = await site(t);
	const page = await listener(await browser(t), server);
	up.send("[0]", recentchange());
	await waitFor(async () => (await heard(page)).length === 1, "the first note");
	/* The loudspeaker's clock stands still, as when a machine sleeps; the messages come all the same. */
	await page.evaluate(() => {
		const { context } = document.getElementById("station").carillon;
		context.resume = () => Promise.resolve(); /* asleep: it can't */
		return context.suspend();
	});
	for (let n = 1; n <= 40; n++) {
		up.send(`[${n}]`, recentchange());
		await sleep(50);
	}
	await page.evaluate(() => {
		const { context } = document.getElementById("station").carillon;
		delete context.resume;
		document.dispatchEvent(new Event("visibilitychange"));
	});
	await page.waitForFunction(() => document.getElementById("station").carillon.context.state === "running");
	await sleep(300);
	assert.equal((await heard(page)).length, 1, "nothing of what was missed");
	const sent = Date.now();
	for (let n = 41; n <= 45; n++)
		up.send(`[${n}]`, recentchange());
	await waitFor(async () => (await heard(page)).length === 6, "new notes");
	for (const note of (await heard(page)).slice(1)) {
		assert.ok(note.frame > note.now, "none for the past");
		assert.ok(note.at - sent > 1400 && note.at - sent < 4000, `${note.at - sent} ms`);
	}
});

test("the lock screen shows what plays, and its buttons work", async (t) => {
	const { up, server } = await site(t);
	const page = await listener(await browser(t), server, () => {
		window.actions = {};
		const set = MediaSession.prototype.setActionHandler;
		MediaSession.prototype.setActionHandler = function (action, handler) {
			window.actions[action] = handler;
			return set.call(this, action, handler);
		};
	});
	const session = () => page.evaluate(() => ({ state: navigator.mediaSession.playbackState,
		title: navigator.mediaSession.metadata?.title, artist: navigator.mediaSession.metadata?.artist,
		audio: document.getElementById("station").carillon.context.state }));
	assert.deepEqual(await session(), { state: "playing", title: "Wikipedia", artist: "", audio: "running" });
	up.send("[1]", recentchange({ title: "Carillon" }));
	await waitFor(async () => (await session()).title === "Carillon", "the title");
	assert.equal((await session()).artist, "Wikipedia");
	await page.evaluate(() => window.actions.pause());
	await waitFor(async () => (await session()).audio === "suspended", "silence");
	assert.equal((await session()).state, "paused");
	assert.equal(await page.getByRole("button", { name: "Listen", exact: true }).getAttribute("aria-pressed"), "false");
	await page.evaluate(() => window.actions.play());
	await waitFor(async () => (await session()).audio === "running", "sound");
	assert.equal((await session()).state, "playing");
});
