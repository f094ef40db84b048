// The published site in Chromium, from a plain file server and from a disk: pages, player and transcript, the search, sharing,
// a video from elsewhere, all of it under the pages' own policy; and without JavaScript.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { open } from "./chromium.mjs";
import { makeSite, run, serve, waitFor } from "../e2e/carillon.mjs";
import { fileServer, files } from "../e2e/published.mjs";

async function published(t, ...args) {
	const site = makeSite(t, files), output = mkdtempSync(path.join(tmpdir(), "carillon-published-"));
	t.after(() => rmSync(output, { recursive: true, force: true }));
	const { stdout, stderr } = await run(["publish", "--site", site, "--output", output, ...args]);
	assert.match(stdout, /\d+ written/, stderr);
	return { site, output };
}

const searchFor = async (tab, query) => {
	await tab.fill("#q", query);
	await tab.keyboard.press("Enter");
	await tab.waitForFunction(() => /^(Found|Nothing)/.test(document.querySelector("#found [role=status]")?.textContent ?? ""));
	return {
		status: await tab.locator("#found [role=status]").textContent(),
		titles: await tab.locator(".hit h2").allTextContents(),
		times: await tab.locator(".moments .time").evaluateAll((links) => links.map((link) => `${link.textContent} ${new URL(link.href).hash}`)),
		marks: await tab.locator(".moments mark").allTextContents(),
	};
};

test("the player, its chapters and its transcript go together", async (t) => {
	const { output } = await published(t), { url } = await fileServer(t, output), { tab, complaints, context } = await open(t);
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await tab.goto(`${url}/shows/bells/one#t=4`);
	await waitFor(() => tab.evaluate(() => document.getElementById("player").currentTime === 4), "the second in the address");
	assert.equal(await tab.locator(".cue.now").textContent(), "One bell is enough for me.");
	await tab.click("text=And the bells rang on.");
	await waitFor(() => tab.evaluate(() => !document.getElementById("player").paused), "a click on a line to play it");
	await waitFor(async () => /rang on/.test(await tab.locator(".cue.now").textContent()), "the mark");
	await tab.evaluate(() => { const player = document.getElementById("player"); player.pause(); player.currentTime = 8.5; });
	await waitFor(async () => await tab.locator(".chapters [aria-current]").textContent() === "0:08 End", "the chapter");
	await waitFor(async () => /last line/.test(await tab.locator(".cue.now").textContent()), "the transcript follows");
	await tab.click("#share");
	await waitFor(async () => await tab.locator("#shared").textContent() === "Copied.", "the link");
	assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), "https://towers.example/shows/bells/one#t=8");
	await tab.selectOption("#speed", "1.5");
	assert.equal(await tab.evaluate(() => document.getElementById("player").playbackRate), 1.5);
	assert.equal(JSON.parse(await tab.locator("script[type='application/ld+json']").textContent())["@type"], "PodcastEpisode");
	assert.deepEqual(complaints, []);
});

test("the search works without a server, with all that a query can say", async (t) => {
	const { output } = await published(t), { url, seen } = await fileServer(t, output), { tab, complaints } = await open(t);
	await tab.goto(`${url}/`);
	await tab.fill("header [name=q]", "tower");
	await tab.keyboard.press("Enter");
	await tab.waitForSelector(".hit");
	assert.match(tab.url(), /\/search\/index\.html\?q=tower$/);
	for (const [query, titles, times] of [
		["tower", ["The <first>"], ["0:02 #t=2"]],
		['"tall tower"', ["The <first>"], ["0:00 #t=0"]],
		['"tower tall"', [], []],
		["bell", ["On Ropes", "The <first>"], []], // one is of Ada Bell
		["hands spliced", ["On Ropes"], ["0:00 #t=0"]],
		["spl*", ["On Ropes"], ["0:00 #t=0"]],
		["c++", ["The <first>"], ["0:02 #t=2"]],
		["bell -tower", ["On Ropes"], []],
		["speaker:ben bell", ["The <first>"], ["0:04 #t=4"]],
		["speaker:carla rope", [], []],
		['speaker:"ada bell" hands', ["On Ropes"], ["0:02 #t=2"]],
		["ropes before:2021", ["On Ropes"], []],
		["ropes after:2020", ["The <first>"], []],
		["kind:talk conference:towers-2020", ["On Ropes"], []],
		["unicode quoted", ["Ünïcode, 100 % \"quoted\""], []],
		["xylophone", [], []],
		["\" : - ( speaker:", [], []],
	]) {
		const found = await searchFor(tab, query);
		assert.deepEqual(found.titles.sort(), titles, query);
		if (times.length)
			assert.deepEqual(found.times.slice(0, 1), times, query);
	}
	const { marks, status } = await searchFor(tab, "bell");
	assert.deepEqual(marks.sort(), ["bell", "bells"]);
	assert.equal(status, "Found in 2 recordings.");
	await tab.goBack();
	assert.equal(await tab.inputValue("#q"), "\" : - ( speaker:");
	await tab.goto(`${url}/search/?speaker=ada+bell&q=steady`);
	await tab.waitForSelector(".hit");
	assert.equal(await tab.locator("[name=speaker]").inputValue(), "ada bell");
	await tab.click(".moments .time");
	await waitFor(() => /\/conferences\/towers-2020\/on-ropes\/index\.html#t=/.test(tab.url()), "the moment");
	assert.ok(seen.some((file) => /^\/search\/moments\/\d+\.json$/.test(file)));
	assert.ok(!seen.some((file) => file.startsWith("/api/")));
	assert.deepEqual(complaints, []);
});

test("what the files find, the server finds too", async (t) => {
	const { site, output } = await published(t), { url } = await fileServer(t, output), server = await serve(t, site), { tab } = await open(t);
	await tab.goto(`${url}/search/`);
	for (const query of ["tower", '"said the tall tower to"', "bells", "rope", "hands -bell", "rin*", "speaker:ben", "c++", "year:2020 ropes", "morning, (ringers)"]) {
		const ours = await searchFor(tab, query);
		const theirs = await (await fetch(`${server.url}/api/search?${new URLSearchParams({ q: query })}`)).json();
		assert.deepEqual(ours.titles.sort(), theirs.hits.map((hit) => hit.title).sort(), query);
		for (const hit of theirs.hits.filter((each) => each.moments.length))
			assert.ok(ours.times.some((time) => time.endsWith(new URL(hit.moments[0].url, "http://x").hash)), `${query}: ${ours.times}`);
	}
});

test("a video from elsewhere is asked for by a click only", async (t) => {
	const { output } = await published(t), { url } = await fileServer(t, output), { tab, context, complaints } = await open(t);
	const asked = [];
	await context.route(/youtube/, (route) => {
		asked.push(route.request().url());
		return route.fulfill({ contentType: "text/html", body: "<p>A video</p>" });
	});
	await tab.goto(`${url}/conferences/towers-2020/on-ropes/#t=4`);
	await tab.waitForSelector("#elsewhere a");
	assert.deepEqual(asked, []);
	await tab.click("#elsewhere a");
	await tab.waitForSelector("#elsewhere iframe");
	await waitFor(() => asked.length > 0, "the video");
	assert.deepEqual(asked, ["https://www.youtube-nocookie.com/embed/abcdefghijk?autoplay=1&start=4"]);
	assert.deepEqual(complaints, []);
});

test("without JavaScript the pages read and play, and the search says what to do", async (t) => {
	const { output } = await published(t), { url } = await fileServer(t, output), { tab } = await open(t, { javaScriptEnabled: false });
	await tab.goto(`${url}/`);
	await tab.click("text=The <first>");
	assert.match(tab.url(), /\/shows\/bells\/one\/index\.html$/);
	assert.equal(await tab.locator("#tools").isVisible(), false);
	assert.equal(await tab.locator("audio").getAttribute("src"), "../../../media/one.wav");
	await tab.click(".turn .time >> nth=1");
	assert.match(tab.url(), /#t=4$/);
	await tab.goto(`${url}/conferences/towers-2020/on-ropes/`);
	assert.equal(await tab.locator("#elsewhere a").getAttribute("href"), "https://www.youtube.com/watch?v=abcdefghijk");
	await tab.goto(`${url}/search/?q=tower`);
	assert.match(await tab.locator("#found").textContent(), /needs JavaScript/);
	await tab.goto(`${url}/no/such/page`);
	assert.match(await tab.locator("h1").textContent(), /Not found/);
});

test("the pages open from a disk, under their policy", async (t) => {
	const { output } = await published(t), { tab } = await open(t);
	await tab.goto(pathToFileURL(path.join(output, "index.html")).href);
	await tab.click("text=The <first>");
	await waitFor(() => tab.evaluate(() => document.getElementById("player")?.readyState > 0), "the recording");
	assert.equal(await tab.evaluate(() => getComputedStyle(document.querySelector(".player")).position), "sticky", "styled");
	await tab.click("text=One bell is enough");
	await waitFor(() => tab.evaluate(() => document.getElementById("player").currentTime >= 4), "the script");
	await tab.goto(pathToFileURL(path.join(output, "search/index.html")).href + "?q=tower");
	await waitFor(async () => /Serve this folder with any web server/.test(await tab.locator("#found").textContent()), "what to do");
});

test("a small screen and a dark one show all of it, and a keyboard reaches it", async (t) => {
	const { output } = await published(t), { url } = await fileServer(t, output);
	const { tab, complaints } = await open(t, { viewport: { width: 360, height: 640 }, colorScheme: "dark", reducedMotion: "reduce" });
	for (const page of ["/", "/shows/bells/", "/shows/bells/one/", "/shows/bells/one/embed/", "/conferences/towers-2020/on-ropes/", "/people/ada-bell/", "/search/?q=tower"]) {
		await tab.goto(url + page);
		await tab.waitForLoadState();
		const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		assert.ok(wide <= 0, `${page} is ${wide} px too wide`);
		const unnamed = await tab.evaluate(() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a[href], iframe")].filter((field) =>
			!(field.labels?.length || field.getAttribute("aria-label") || field.title || field.textContent.trim())).map((field) => field.outerHTML));
		assert.deepEqual(unnamed, [], page);
	}
	await tab.goto(`${url}/shows/bells/one/`);
	await tab.keyboard.press("Tab");
	assert.equal(await tab.evaluate(() => document.activeElement.textContent), "Skip to the content");
	const dark = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
	assert.ok(Math.max(...dark) < 60, String(dark));
	assert.deepEqual(complaints, []);
});
