// The player in Chromium: the waveform plays along and seeks, the storyboard's picture is under the pointer, captions show,
// HLS plays; and without JavaScript it is all there.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { open } from "./chromium.mjs";
import { makeSite, root, run, serve, waitFor } from "../e2e/carillon.mjs";

const output = process.env.SCREENSHOTS ? path.join(root, "tests/screenshots") : path.join(root, "tests/output");
mkdirSync(output, { recursive: true });

const page = (title, file) => `---\ntitle: ${title}\ntimestamp: 2021-04-05T06:07:08\nmedia: ${file}\n---\n\nNotes.\n\n[transcript]\n[00:00] Bell:\nDing dong, said ` +
	"the bell.\n\n[00:08] Tower:\nIt did.\n[/transcript]\n";

async function started(t, renditions) {
	const folder = makeSite(t, { "carillon.yaml": "title: Towers\nshows:\n  - {name: bells, title: Bells}\n", "media/x": "",
		"episodes/talk.md": page("How a bell is hung", "talk.mp4"), "episodes/sound.md": page("How a bell sounds", "sound.mp3"),
		"episodes/bite.md": page("How a bell is struck", "sound.mp3").replace("\n---\n", "\nsoundbites: [{start: 6.5, end: 7.5, title: The stroke}]\n---\n") });
	const ffmpeg = (...args) => execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", ...args]);
	const sound = "anoisesrc=color=pink:amplitude=0.5:seed=3:duration=20,tremolo=f=1.3:d=0.9,tremolo=f=0.2:d=0.7";
	ffmpeg("-f", "lavfi", "-i", sound, "-b:a", "64k", path.join(folder, "media/sound.mp3"));
	ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=20", "-f", "lavfi", "-i", sound, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
		path.join(folder, "media/talk.mp4"));
	if (renditions)
		assert.equal((await run(["media", "renditions", "--heights", "180,90", "--site", folder, "talk.mp4"])).code, 0);
	assert.equal((await run(["import", "--site", folder])).code, 0);
	return serve(t, folder);
}

test("the waveform shows what has played, and a click on it seeks", async (t) => {
	const { url } = await started(t), { tab, complaints } = await open(t);
	await tab.goto(`${url}/shows/bells/sound`);
	const box = await tab.locator(".wave").boundingBox(), at = (part) => [box.x + box.width * part, box.y + box.height / 2];
	await tab.mouse.click(...at(0.5));
	const time = () => tab.evaluate(() => document.getElementById("player").currentTime);
	await waitFor(async () => await time() > 10, "half of twenty seconds");
	assert.ok(await time() < 14);
	await waitFor(() => tab.evaluate(() => Number(document.querySelector(".wave .played").getAttribute("width")) >= 600), "half of the waveform");
	await tab.mouse.move(...at(0.25));
	assert.equal(await tab.locator(".wave .tip").textContent(), "0:05");
	assert.equal(await tab.locator(".wave .tip canvas").isHidden(), true);
	await tab.mouse.move(5, 5);
	assert.equal(await tab.locator(".wave .tip").isHidden(), true);
	assert.deepEqual(complaints, []);
	await tab.screenshot({ path: path.join(output, "sound.png") });
});

test("a soundbite plays to its end; who goes elsewhere meanwhile hears on", async (t) => {
	const { url } = await started(t), { tab, complaints } = await open(t);
	await tab.goto(`${url}/shows/bells/bite`);
	const state = () => tab.evaluate(() => { const player = document.getElementById("player"); return { at: player.currentTime, paused: player.paused }; });
	await tab.evaluate(() => { document.getElementById("player").muted = true; });
	const bite = tab.locator(".soundbites a");
	await bite.click();
	await waitFor(async () => { const now = await state(); return !now.paused && now.at >= 6.4; }, "its beginning");
	await waitFor(async () => (await state()).paused, "its end");
	const { at } = await state();
	assert.ok(at >= 7.5 && at < 8.5, `stopped at ${at}`);
	await bite.click();
	await waitFor(async () => !(await state()).paused, "it to play again");
	await tab.evaluate(() => { document.getElementById("player").currentTime = 12; });
	await waitFor(async () => (await state()).at > 12.6, "what follows");
	assert.equal((await state()).paused, false);
	assert.deepEqual(complaints, []);
});

test("a video has its storyboard under the pointer, its captions, and its pictures as links", async (t) => {
	const { url } = await started(t), { tab, complaints } = await open(t);
	await tab.goto(`${url}/shows/bells/talk`);
	assert.deepEqual(await tab.evaluate(() => [...document.getElementById("player").textTracks].map((track) => [track.kind, track.label, track.mode])),
		[["captions", "Transcript", "showing"]]);
	await waitFor(() => tab.evaluate(() => document.getElementById("player").textTracks[0].cues?.length === 2), "the captions");
	const box = await tab.locator(".wave").boundingBox();
	await tab.mouse.move(box.x + box.width * 0.3, box.y + 10);
	await tab.mouse.move(box.x + box.width * 0.31, box.y + 10);
	// Not black: something of the sheet has been drawn.
	await waitFor(async () => {
		await tab.mouse.move(box.x + box.width * (0.3 + Math.random() / 50), box.y + 10);
		return tab.evaluate(() => {
			const canvas = document.querySelector(".wave .tip canvas");
			return !canvas.hidden && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 < 3 && value > 100);
		});
	}, "the picture");
	await tab.locator(".board summary").click();
	await tab.screenshot({ path: path.join(output, "talk.png") });
	await tab.locator(".board a").nth(15).click();
	await waitFor(() => tab.evaluate(() => document.getElementById("player").currentTime >= 15), "the picture's moment");
	assert.deepEqual(complaints, []);
});

test("HLS plays in step, where the browser knows it, and the file where it doesn't", async (t) => {
	const { url } = await started(t, true), { tab } = await open(t);
	await tab.goto(`${url}/shows/bells/talk`);
	await waitFor(() => tab.evaluate(() => document.getElementById("player").readyState > 0), "the video");
	const [source, length] = await tab.evaluate(() => { const player = document.getElementById("player"); return [player.currentSrc, player.duration]; });
	assert.match(source, /\/media\/talk\.(m3u8|mp4)$/);
	assert.ok(Math.abs(length - 20) < 0.3, `${source}: ${length}`);
	const moved = await tab.evaluate(async () => {
		const player = document.getElementById("player");
		player.muted = true;
		player.currentTime = 13;
		await player.play();
		await new Promise((done) => player.addEventListener("timeupdate", () => player.currentTime > 13.5 && done()));
		return player.error?.message ?? player.currentTime;
	});
	assert.ok(moved > 13.5 && moved < 16, String(moved));
});

test("without JavaScript it reads and plays", async (t) => {
	const { url } = await started(t), { tab } = await open(t, { javaScriptEnabled: false });
	await tab.goto(`${url}/shows/bells/talk`);
	assert.ok((await tab.locator("#player").boundingBox()).height > 100);
	const wave = tab.getByRole("img", { name: "Waveform: how loud it is over time" });
	assert.ok((await wave.boundingBox()).width > 500);
	await tab.locator(".board summary").click();
	assert.equal(await tab.locator(".board a").count(), 20);
	assert.ok((await tab.getByRole("img", { name: "Picture at 0:07" }).boundingBox()).width > 50);
	assert.equal(await tab.locator(".wave .tip").count(), 0);
});
