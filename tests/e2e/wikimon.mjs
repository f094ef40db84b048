// Hatnote's existing clients against /wikimon/LANG: the messages, from another site's page too, and their own front end.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import test from "node:test";
import WebSocket from "ws";
import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";

async function start(t) {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients() > 0, "a connection");
	return { up, server };
}

async function listen(server, language, options) {
	const messages = [];
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/wikimon/${language}`, options);
	socket.on("message", (data, isBinary) => { assert.ok(!isBinary); messages.push(JSON.parse(data)); });
	await new Promise((done, failed) => { socket.on("open", done); socket.on("error", failed); });
	return { socket, messages };
}

test("each wiki's listeners hear its edits, whatever page they come from", async (t) => {
	const { up, server } = await start(t);
	const en = await listen(server, "en", { origin: "http://listen.example" });
	const de = await listen(server, "de");
	up.send(1, recentchange({ title: "Bell", length: { old: 10, new: 4 }, comment: "/* Tin */ less #tin", user: "192.0.2.7" }));
	up.send(2, recentchange({ title: "Glocke", wiki: "dewiki", length: { old: 4, new: 10 } }));
	up.send(3, recentchange({ type: "categorize", title: "Category:Bells" }));
	up.send(4, recentchange({ type: "log", log_type: "newusers", log_action: "create", namespace: 2, title: "User:Ann", user: "Ann" }));
	await waitFor(() => en.messages.length === 2 && de.messages.length === 1, "three messages");
	await sleep(200);
	assert.deepEqual(en.messages.map((m) => [m.action, m.page_title, m.change_size, m.ns, m.is_anon]),
		[["edit", "Bell", -6, "Main", true], ["newusers", "Special:Log/newusers", 0, "Special", false]]);
	assert.deepEqual([en.messages[0].section, en.messages[0].parsed_summary, en.messages[0].hashtags], ["Tin", "less #tin", ["tin"]]);
	assert.equal(de.messages[0].page_title, "Glocke");
	assert.match(await (await fetch(`${server.url}/metrics`)).text(), /carillon_wikimon_listeners 2\n/);
	en.socket.terminate();
	de.socket.close();
	await waitFor(async () => /carillon_wikimon_listeners 0\n/.test(await (await fetch(`${server.url}/metrics`)).text()), "them gone");
	await assert.rejects(listen(server, "En%20Wiki"));
});

// A checkout of hatnote/listen-to-wikipedia, beside the repository.
const theirs = process.env.LISTEN_TO_WIKIPEDIA;
test("Listen to Wikipedia's own front end counts and lists the edits", { skip: !theirs || !existsSync(theirs) ? "LISTEN_TO_WIKIPEDIA isn't a checkout of its repository" : false }, async (t) => {
	const { chromium } = await import("playwright-core");
	const { up, server } = await start(t);
	const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".ogg": "audio/ogg", ".mp3": "audio/mpeg" };
	const pages = http.createServer((request, response) => {
		const file = path.join(theirs, "static", new URL(request.url, "http://x").pathname.replace(/\/$/, "/index.html"));
		if (!existsSync(file)) {
			response.writeHead(404).end();
			return;
		}
		response.setHeader("content-type", types[path.extname(file)] ?? "application/octet-stream");
		// Only the host changes.
		response.end(/\.(html|js)$/.test(file) ? readFileSync(file, "utf8").replace(/'ws:\/\/wikimon\.hatnote\.com:\d+'/g, (each, at, all) =>
			`'${server.url.replace("http", "ws")}/wikimon/${/'([\w-]+)'\s*:\s*\['[^']*'\s*,\s*$/.exec(all.slice(0, at))[1]}'`) : readFileSync(file));
	});
	await new Promise((done) => pages.listen(0, "127.0.0.1", done));
	t.after(() => pages.close());
	const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"] });
	t.after(() => browser.close());
	const page = await browser.newPage();
	const complaints = [];
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (message) => {
		// What it loads from hosts that aren't here is none of ours.
		if (message.type() === "error" && !/ERR_NAME_NOT_RESOLVED|404/.test(message.text()))
			complaints.push(message.text());
	});
	await page.goto(`http://127.0.0.1:${pages.address().port}/#en`);
	await waitFor(async () => /carillon_wikimon_listeners [1-9]/.test(await (await fetch(`${server.url}/metrics`)).text()), "their page to connect");
	for (let i = 0; i < 12; i++)
		up.send(i + 1, recentchange({ title: `Bell ${i}`, length: { old: 500, new: 500 + (i % 2 ? -1 : 1) * (i + 1) } }));
	await page.waitForFunction(() => document.querySelectorAll("#rc-log li, #rc-log .rc-log-entry, #rc-log > *").length >= 12);
	assert.ok(await page.evaluate(() => document.querySelectorAll("svg circle").length) >= 12);
	assert.deepEqual(complaints, []);
});
