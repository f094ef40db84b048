// tape.mjs - windows of the log as sound files: by `carillon render`, sped up, with chapters, and as clips over HTTP.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import { atOnce, makeSite, run, serve, waitFor } from "./carillon.mjs";

const BEGIN = Date.UTC(2026, 5, 1, 22), HOUR = 3600000;
const ACCENTS = [["Somebody new", 1.5], ["Block <7>; \"quoted\" & more", 3], ["Žluťoučký kůň 鐘", 3.001], ["Last of the night", 7.25]];
const iso = (hours) => new Date(BEGIN + hours * HOUR).toISOString();
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

const yaml = `title: Night radio
sources:
  - name: deploys
    url: push
    mapping: {id: /id, time: /at, channel: /team, entity: /service, actor: /who, actor_kind: /kind, magnitude: /lines, unit: lines, accent: /accent, label: /label}
stations:
  - {name: night, title: The night, match: {source: deploys}, score: any}
`;

// Eight hours with an event every 40 s, and four accents.
function night() {
	const events = [];
	for (let n = 0; n < 720; n++)
		events.push({ id: `e${n}`, at: BEGIN + n * 40000, team: n % 3 ? "web" : "mail", service: `service ${n % 17}`, who: "somebody",
			kind: n % 5 ? "member" : "bot", lines: (n * 7919) % 1000 });
	for (const [label, hours] of ACCENTS)
		events.push({ id: label, at: BEGIN + hours * HOUR, team: "web", service: label, label, lines: 500, accent: true });
	events.sort((a, b) => a.at - b.at);
	return events.map((event) => JSON.stringify(event) + "\n").join("");
}

async function nightSite(t) {
	const site = makeSite(t, { "carillon.yaml": yaml, "night.ndjson": night() });
	const { code, stderr } = await run(["replay", "--site", site, "--source", "deploys", "--rate", "0", path.join(site, "night.ndjson")]);
	assert.equal(code, 0, stderr);
	return site;
}

const render = (site, from, to, file, ...more) =>
	run(["render", "--site", site, "--station", "night", "--from", from, "--to", to, "--output", path.join(site, file), ...more]);

function probe(file) {
	return JSON.parse(execFileSync("ffprobe", ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", file]));
}

test("a night of eight hours is three minutes, with title, date, source and a chapter at each accent", async (t) => {
	const site = await nightSite(t);
	for (const format of ["mp3", "opus", "flac", "wav"]) {
		const { code, stderr, stdout } = await render(site, iso(0), iso(8), `night.${format}`, "--speed", "160");
		assert.equal(code, 0, stderr);
		assert.match(stdout, /724 events/);
		const { format: container, streams, chapters } = probe(path.join(site, `night.${format}`));
		const tags = Object.fromEntries(Object.entries({ ...streams[0].tags, ...container.tags })
			.map(([key, value]) => [key.toLowerCase(), value]));
		assert.ok(Number(container.duration) > 180 && Number(container.duration) < 196, container.duration);
		assert.equal(tags.title, "The night, 2026-06-01T22:00:00Z");
		assert.equal(tags.artist, "Night radio");
		assert.equal(tags.date, "2026-06-01");
		assert.match(tags.comment, /^Events from 2026-06-01T22:00:00Z to 2026-06-02T06:00:00Z, 160 times as fast$/);
		if (format === "wav")
			continue; // has no place for a source or for chapters
		assert.equal(tags.source, "deploys (push)");
		// The third accent follows the second within 5 s of sound: they share a chapter.
		assert.deepEqual(chapters.map((chapter) => chapter.tags.title),
			["The night", ACCENTS[0][0], ACCENTS[1][0], ACCENTS[3][0]]);
		[0, 1.5, 3, 7.25].forEach((hours, i) =>
			assert.ok(Math.abs(Number(chapters[i].start_time) - hours * 3600 / 160) < 0.0011, `${format}: ${JSON.stringify(chapters)}`));
		assert.ok(Math.abs(Number(chapters[3].end_time) - 180) < (format === "mp3" ? 0.0011 : 16), chapters[3].end_time);
	}
});

test("the same window gives the same file, from any process, and a clip is that file", async (t) => {
	const site = await nightSite(t);
	const server = await serve(t, site);
	for (const format of ["wav", "flac", "opus", "mp3"]) {
		for (const name of [`one.${format}`, `other.${format}`])
			assert.equal((await render(site, iso(1.495), iso(1.505), name)).code, 0);
		const one = readFileSync(path.join(site, `one.${format}`));
		assert.equal(hash(one), hash(readFileSync(path.join(site, `other.${format}`))), format);
		const response = await fetch(`${server.url}/stations/night/clip.${format}?from=${iso(1.495)}&to=${iso(1.505)}`);
		assert.equal(response.status, 200);
		assert.match(response.headers.get("content-type"), /^audio\//);
		assert.equal(hash(Buffer.from(await response.arrayBuffer())), hash(one), format);
	}
});

test("a clip is made once: ranges, HEAD and those who ask meanwhile get the same file", async (t) => {
	const site = await nightSite(t);
	const server = await serve(t, site);
	const url = `${server.url}/stations/night/clip.mp3?from=${iso(1.495)}&to=${BEGIN / 1000 + 1.505 * 3600}`;
	const all = await Promise.all(Array.from({ length: 20 }, () => fetch(url)));
	const bodies = await Promise.all(all.map(async (response) => Buffer.from(await response.arrayBuffer())));
	assert.deepEqual(all.map((response) => response.status), all.map(() => 200));
	assert.equal(new Set(bodies.map(hash)).size, 1);
	assert.equal(readdirSync(path.join(site, "var/clips")).length, 1);
	const part = await fetch(url, { headers: { range: "bytes=1000-1999" } });
	assert.equal(part.status, 206);
	assert.deepEqual(Buffer.from(await part.arrayBuffer()), bodies[0].subarray(1000, 2000));
	const head = await fetch(url, { method: "HEAD" });
	assert.equal(Number(head.headers.get("content-length")), bodies[0].length);
});

test("a clip is narrowed as a station is", async (t) => {
	const site = await nightSite(t);
	const server = await serve(t, site);
	const clip = async (query) => {
		const response = await fetch(`${server.url}/stations/night/clip.wav?from=${iso(0)}&to=${iso(0.03)}${query}`);
		assert.equal(response.status, 200);
		return hash(Buffer.from(await response.arrayBuffer()));
	};
	const all = await clip(""), web = await clip("&channel=web"), both = await clip("&channel=mail,web");
	assert.equal(await clip("&channel=web,mail"), both);
	assert.equal(both, all);
	assert.notEqual(web, all);
	assert.notEqual(await clip("&channel=web&actor_kind=bot"), web);
});

test("what is no clip is refused with the reason", async (t) => {
	const site = await nightSite(t);
	const server = await serve(t, site);
	const at = (query) => fetch(`${server.url}/stations/${query}`);
	const expected = [
		[`night/clip.opus`, 400, /from=T/],
		[`night/clip.opus?from=yesterday&to=${iso(1)}`, 400, /from=T/],
		[`night/clip.opus?from=${iso(1)}&to=${iso(1)}`, 400, /end isn.{1,5}t after/],
		[`night/clip.opus?from=${iso(1)}&to=${iso(1.5)}`, 400, /ten minutes/],
		[`night/clip.opus?from=2199-01-01&to=2199-01-02`, 400, /future/],
		[`night/clip.opus?from=${iso(1)}&to=${iso(1.1)}&actor_kind=robot`, 400, /member, anon, bot/],
		[`night/clip.aiff?from=${iso(1)}&to=${iso(1.1)}`, 404, /\.opus/],
		[`night/clip?from=${iso(1)}&to=${iso(1.1)}`, 404, /./],
		[`noon/clip.opus?from=${iso(1)}&to=${iso(1.1)}`, 404, /no such station/],
	];
	for (const [query, status, told] of expected) {
		const response = await at(query);
		assert.equal(response.status, status, query);
		assert.match(await response.text(), told, query);
	}
});

test("a server that is told to stop doesn't wait for clips", async (t) => {
	const site = await nightSite(t);
	const server = await serve(t, site);
	// Ten minutes of the whole night's notes would take seconds.
	const asked = [1, 2].map((n) => fetch(`${server.url}/stations/night/clip.wav?from=${iso(n)}&to=${iso(n + 1 / 6)}`).catch((error) => error));
	await waitFor(() => { try { return readdirSync(path.join(site, "var/clips")).length === 2; } catch { return false; } }, "both to be in the making");
	const refused = await fetch(`${server.url}/stations/night/clip.wav?from=${iso(3)}&to=${iso(3.1)}`);
	assert.equal(refused.status, 503);
	assert.equal(refused.headers.get("retry-after"), "5");
	const from = Date.now();
	assert.equal(await server.stop(), 0);
	assert.ok(Date.now() - from < atOnce(5000), `${Date.now() - from} ms`);
	await Promise.all(asked);
	assert.deepEqual(readdirSync(path.join(site, "var/clips")).filter((name) => !name.endsWith(".partial")), []);
});
