// feed.mjs - feeds and media as real podcast players fetch them: over HTTP, from the running program. Newsboat, gPodder and
// the W3C's validator (env FEEDVALIDATOR) judge where they are installed; elsewhere those tests are skipped.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { makeSite, picture, root, run, serve } from "./carillon.mjs";

const media = path.join(root, "tests/data/transcripts/media");
const python = "/usr/bin/python3"; // Debian's, which has the packages that Debian installs

function episode(title, date, file, rest = "") {
	return `---\ntitle: "${title}"\ntimestamp: ${date}\nmp3:\n  file: /media/${file}\n  size: ${statSync(path.join(media, file)).size}\n` +
		`  time: 00:02\npublished: true\n---\n\nAbout *${title}* & more: <https://example.org/a?b&c>\n${rest}`;
}

const spoken = "\n[transcript]\n[00:00] Bell:\nDing dong, said the bell.\n\n[00:01] Tower:\nIt did.\n[/transcript]\n";

// A show with three episodes, imported, and served.
async function podcast(t, extra = {}) {
	const site = makeSite(t, {
		"carillon.yaml": "title: Test site\nshows:\n  - {name: bells, title: Bells & towers, description: About bells., language: en, " +
			"author: The bell ringers, category: Technology, image: media/art.png, explicit: false, type: episodic}\n",
		"episodes/one.md": episode("One", "2026-01-01T10:00:00", "tone.mp3", spoken),
		"episodes/two.md": episode("Two", "2026-02-01T10:00:00", "tone.m4a"),
		"episodes/three.md": episode("Three", "2026-03-01T10:00:00", "clip.mp4"),
		"media/art.png": picture(1400, 1400),
		"media/.hidden.mp3": "not for everybody",
		...extra,
	});
	for (const file of ["tone.mp3", "tone.m4a", "clip.mp4"])
		copyFileSync(path.join(media, file), path.join(site, "media", file));
	const imported = await run(["import", "--site", site]);
	assert.equal(imported.code, 0, imported.stdout + imported.stderr);
	const server = await serve(t, site);
	return { site, server, feed: `${server.url}/feeds/bells.xml` };
}

function temporaryFolder(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-player-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

function command(program, args, options = {}) {
	return new Promise((done) => {
		const child = execFile(program, args, { timeout: 60000, ...options }, (error, stdout, stderr) =>
			done({ code: error ? error.code ?? error.signal : 0, missing: error?.code === "ENOENT", stdout, stderr }));
		child.stdin.end();
	});
}

async function rows(database, query) {
	const script = "import json, sqlite3, sys\nprint(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
	const result = await command(python, ["-c", script, database, query]);
	assert.equal(result.code, 0, result.stderr);
	return JSON.parse(result.stdout);
}

// What the feed itself says, newest first: [guid, enclosure url, length].
function items(xml) {
	return [...xml.matchAll(/<item>.*?<\/item>/gs)].map(([item]) => ({
		guid: /<guid[^>]*>(.*?)<\/guid>/.exec(item)[1], url: /enclosure url="(.*?)"/.exec(item)[1],
		length: Number(/length="(\d+)"/.exec(item)[1]), seconds: Number(/<itunes:duration>(\d+)</.exec(item)[1]),
	}));
}

test("a feed is cacheable, open to other sites, and answers HEAD", async (t) => {
	const { feed, server } = await podcast(t);
	const first = await fetch(feed);
	assert.equal(first.status, 200);
	assert.equal(first.headers.get("content-type"), "application/rss+xml; charset=utf-8");
	assert.equal(first.headers.get("access-control-allow-origin"), "*");
	assert.equal(first.headers.get("cross-origin-resource-policy"), "cross-origin");
	const bytes = Buffer.from(await first.arrayBuffer());
	const head = await fetch(feed, { method: "HEAD", headers: { "accept-encoding": "identity" } });
	assert.equal(Number(head.headers.get("content-length")), bytes.length);
	assert.equal((await head.arrayBuffer()).byteLength, 0);
	const again = await fetch(feed, { headers: { "if-none-match": first.headers.get("etag") } });
	assert.equal(again.status, 304);
	for (const other of ["bells", "bells.txt", "bells/season/1.xml", "bells/page/1.xml", "conference/bells.xml", "person/bell.txt", "search.xml", "nothing.xml", ".xml"])
		assert.equal((await fetch(`${server.url}/feeds/${other}`)).status, 404, other);
	assert.doesNotMatch(server.output(), /feed.*faults/);
});

test("media have their size, type, byte ranges and an ETag, and answer HEAD", async (t) => {
	const { feed, server } = await podcast(t);
	for (const item of items(await (await fetch(feed)).text())) {
		const head = await fetch(item.url, { method: "HEAD" });
		assert.equal(head.status, 200);
		assert.equal(Number(head.headers.get("content-length")), item.length);
		assert.equal(head.headers.get("access-control-allow-origin"), "*");
		const whole = Buffer.from(await (await fetch(item.url)).arrayBuffer());
		assert.deepEqual(whole, readFileSync(path.join(media, path.basename(new URL(item.url).pathname))));
		const part = await fetch(item.url, { headers: { range: "bytes=-5" } });
		assert.equal(part.status, 206);
		assert.deepEqual(Buffer.from(await part.arrayBuffer()), whole.subarray(-5));
		assert.equal((await fetch(item.url, { headers: { range: `bytes=${item.length}-` } })).status, 416);
		assert.equal((await fetch(item.url, { headers: { "if-none-match": head.headers.get("etag") } })).status, 304);
	}
	for (const other of ["nothing.mp3", ".hidden.mp3", "%2e%2e%2fcarillon.yaml", "..%5ccarillon.yaml"])
		assert.ok((await fetch(`${server.url}/media/${other}`)).status >= 400, other);
});

test("Podcast Index's parser understands the feed and its Podcasting 2.0 tags", async (t) => {
	let partytime;
	try {
		partytime = await import("podcast-partytime");
	} catch {
		return t.skip("podcast-partytime isn't installed");
	}
	const { feed } = await podcast(t);
	const xml = await (await fetch(feed)).text();
	const parsed = (partytime.parseFeed ?? partytime.default.parseFeed)(xml);
	assert.ok(parsed);
	assert.equal(parsed.title, "Bells & towers");
	assert.deepEqual(parsed.items.map((item) => [item.guid, item.enclosure.url, item.enclosure.length, item.duration]),
		items(xml).map((item) => [item.guid, item.url, item.length, item.seconds]));
	assert.deepEqual(parsed.pc20support, { 1: ["transcript"], 3: ["guid"] });
	const one = parsed.items.at(-1);
	assert.deepEqual(one.podcastTranscripts.map((transcript) => transcript.type),
		["text/vtt", "application/srt", "application/json", "text/html"]);
	for (const transcript of one.podcastTranscripts) {
		const got = await fetch(transcript.url);
		assert.equal(got.status, 200, transcript.url);
		assert.equal(got.headers.get("access-control-allow-origin"), "*", transcript.url);
	}
});

test("the W3C's validator finds nothing at level A", async (t) => {
	const validator = process.env.FEEDVALIDATOR ?? "";
	if (!existsSync(path.join(validator, "src/feedvalidator")))
		return t.skip("FEEDVALIDATOR isn't a checkout of github.com/w3c/feedvalidator");
	const { feed } = await podcast(t);
	const file = path.join(temporaryFolder(t), "feed.xml");
	writeFileSync(file, await (await fetch(feed)).text());
	const judged = await command(python, [path.join(root, "tests/transcripts/w3c_feed.py"), validator, file, feed, "A"]);
	if (judged.code === 77)
		return t.skip(judged.stdout.trim());
	assert.equal(judged.code, 0, judged.stdout + judged.stderr);
});

test("GUIDs survive a restart and an episode's new title, date and GUID", async (t) => {
	const { feed, server, site } = await podcast(t);
	const before = items(await (await fetch(feed)).text());
	const lock = readFileSync(path.join(site, "feeds.lock"), "utf8");
	for (const item of before)
		assert.ok(lock.includes(`\t${item.guid}\t`));
	await server.stop();
	writeFileSync(path.join(site, "episodes/one.md"),
		episode("Renamed", "2026-01-05T10:00:00", "tone.mp3").replace("published:", "guid: new\npublished:"));
	const imported = await run(["import", "--site", site]);
	assert.equal(imported.code, 0, imported.stdout + imported.stderr);
	const again = await serve(t, site);
	const xml = await (await fetch(`${again.url}/feeds/bells.xml`)).text();
	assert.match(xml, /<title>Renamed<\/title>/);
	assert.deepEqual(items(xml).map((item) => item.guid), before.map((item) => item.guid));
	assert.equal(readFileSync(path.join(site, "feeds.lock"), "utf8"), lock);
});

test("with a damaged feeds.lock no feed is served, and everything else is", async (t) => {
	const { feed, server } = await podcast(t, { "feeds.lock": "bells\tone\n<<<<<<< HEAD\n" });
	assert.equal((await fetch(feed)).status, 503);
	assert.equal((await fetch(`${server.url}/media/tone.mp3`)).status, 200);
	assert.match(server.output(), /feeds\.lock:1: 2 fields/);
});

test("newsboat reads every episode once, however often it reloads", async (t) => {
	const { feed } = await podcast(t);
	const folder = temporaryFolder(t);
	const at = (name) => path.join(folder, name);
	writeFileSync(at("config"), "auto-reload no\n");
	writeFileSync(at("urls"), `${feed}\n`);
	const args = ["-C", at("config"), "-u", at("urls"), "-c", at("cache.db"), "-x", "reload"];
	for (let i = 0; i < 2; i++) {
		const reload = await command("newsboat", args, { env: { ...process.env, HOME: folder } });
		if (reload.missing)
			return t.skip("newsboat isn't installed");
		assert.equal(reload.code, 0, reload.stdout + reload.stderr);
	}
	const got = await rows(at("cache.db"), "select guid, enclosure_url, enclosure_type, title from rss_item order by pubDate desc");
	const wanted = items(await (await fetch(feed)).text());
	assert.deepEqual(got.map(([guid, url]) => [guid, url]), wanted.map((item) => [item.guid, item.url]));
	assert.deepEqual(got.map(([, , type]) => type), ["video/mp4", "audio/x-m4a", "audio/mpeg"]);
	assert.deepEqual(got.map(([, , , title]) => title), ["Three", "Two", "One"]);
});

test("gPodder sees our GUIDs, lengths and durations, and downloads nothing twice", async (t) => {
	const { feed, server } = await podcast(t);
	// A counting proxy isn't needed: gPodder's own database says what it has.
	const folder = temporaryFolder(t);
	const env = { ...process.env, HOME: folder, GPODDER_HOME: folder, GPODDER_DOWNLOAD_DIR: path.join(folder, "downloads") };
	const gpo = (...args) => command("gpo", args, { env });
	const subscribed = await gpo("subscribe", feed, "Bells");
	if (subscribed.missing)
		return t.skip("gPodder isn't installed");
	assert.equal(subscribed.code, 0, subscribed.stdout + subscribed.stderr);
	const query = "select guid, file_size, total_time, url, state from episode order by published desc";
	const database = path.join(folder, "Database");
	for (let i = 0; i < 2; i++) {
		await gpo("update", feed);
		const download = await gpo("download", feed);
		assert.match(download.stdout, i === 0 ? /3 episodes downloaded/ : /0 episodes downloaded/);
	}
	const wanted = items(await (await fetch(feed)).text());
	assert.deepEqual((await rows(database, query)).map(([guid, length, seconds, url]) => ({ guid, url, length, seconds })),
		wanted);
	assert.equal((await rows(database, "select count(*) from episode where state = 1"))[0][0], 3);
	assert.ok(server.url);
});
