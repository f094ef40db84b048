// The search page in Chromium: with a keyboard and suggestions, and without JavaScript.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { open } from "./chromium.mjs";
import { makeSite, root, run, serve, waitFor } from "../e2e/carillon.mjs";

const output = process.env.SCREENSHOTS ? path.join(root, "tests/screenshots") : path.join(root, "tests/output");
mkdirSync(output, { recursive: true });

const page = (title, date) => `---\ntitle: ${title}\ndate: ${date}\nmedia: x.mp3\n---\n\nAbout a tower.\n`;
const captions = (...lines) => `WEBVTT\n\n${lines.map((line, i) => `00:0${i}.000 --> 00:0${i + 1}.000\n${line}\n`).join("\n")}`;
const site = {
	"carillon.yaml": "title: Towers\nshows:\n  - {name: bells, title: Bells}\n",
	"episodes/one.md": page("The tall tower", "2019-05-01T10:00:00"),
	"transcripts/one.vtt": captions("<v Ada>We rang the bells of the tall tower and you heard them.", "<v Ben>One bell is enough for me and for you.",
		"<v Ada>This episode is brought to you by Ropeworks."),
	"episodes/two.md": page("The low tower", "2020-05-01T10:00:00"),
	"transcripts/two.vtt": captions("<v Ada>A low tower has a small bell, and that is what we have."),
};

async function started(t) {
	const folder = makeSite(t, site);
	assert.equal((await run(["import", "--site", folder])).code, 0);
	return serve(t, folder);
}

test("suggestions are chosen with the keyboard", async (t) => {
	const { url } = await started(t), { tab, complaints } = await open(t);
	await tab.goto(`${url}/search`);
	const box = tab.locator("#q");
	assert.equal(await box.getAttribute("role"), "combobox");
	assert.equal(await box.getAttribute("aria-expanded"), "false");
	await box.pressSequentially("tow");
	await tab.waitForSelector("#suggestions [role=option]");
	assert.equal(await box.getAttribute("aria-expanded"), "true");
	const options = await tab.locator("#suggestions [role=option]").allTextContents();
	assert.deepEqual(options, ["tower", "The low tower recording", "The tall tower recording"]);
	await tab.keyboard.press("ArrowDown");
	assert.equal(await box.getAttribute("aria-activedescendant"), "suggestion-0");
	assert.equal(await box.inputValue(), "tower");
	await tab.screenshot({ path: path.join(output, "suggestions.png") });
	await tab.keyboard.press("ArrowUp");
	assert.equal(await box.inputValue(), "tow");
	await tab.keyboard.press("Escape");
	assert.equal(await tab.locator("#suggestions").isVisible(), false);
	await tab.keyboard.press("e");
	await tab.waitForSelector("#suggestions [role=option]");
	await tab.keyboard.press("ArrowUp");
	await tab.keyboard.press("Enter");
	await waitFor(() => tab.url() === `${url}/shows/bells/one`, "the chosen recording");
	assert.deepEqual(complaints, []);
});

test("without JavaScript the form narrows, pages turn, sponsor reads come when they are asked for", async (t) => {
	const { url } = await started(t), { tab } = await open(t, { javaScriptEnabled: false });
	await tab.goto(`${url}/search`);
	await tab.fill("#q", "bell");
	await tab.keyboard.press("Enter");
	await tab.waitForSelector(".hit");
	assert.deepEqual(await tab.locator(".hit h2").allTextContents(), ["The tall tower", "The low tower"]);
	assert.deepEqual(await tab.locator(".hit").first().locator("mark").allTextContents(), ["bells", "bell"]);
	await tab.click("summary");
	await tab.fill("[name=year]", "2019");
	await tab.fill("[name=speaker]", "ada");
	await tab.click(".finder button");
	await tab.waitForSelector(".hit");
	assert.deepEqual(await tab.locator(".hit mark").allTextContents(), ["bells"]);
	assert.equal(await tab.locator("[name=year]").inputValue(), "2019");
	assert.match(await tab.locator(".moments a").first().getAttribute("href"), /^\/shows\/bells\/one#t=0$/);
	await tab.goto(`${url}/search?q=ropeworks`);
	assert.match(await tab.locator("[role=status]").textContent(), /Nothing was found/);
	await tab.click("text=With sponsor reads >> nth=-1");
	await tab.waitForSelector(".sponsored");
	assert.equal(await tab.locator("[name=sponsors]").isChecked(), true);
	await tab.goto(`${url}/search?q=tower&limit=1`);
	await tab.click("[rel=next]");
	assert.match(await tab.locator("[role=status]").textContent(), /here are 2 to 2/);
	assert.equal(await tab.locator("[rel=next]").count(), 0);
	assert.equal(await tab.locator("[rel=prev]").count(), 1);
});
