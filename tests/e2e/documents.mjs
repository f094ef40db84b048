// documents.mjs - every kind of document that a site gives out is read by a parser that isn't ours: html5lib, Python's xml.etree and
// json, the W3C's WebVTT parser. The routes are taken from the program's table, so that
// none can be forgotten.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { makeSite, root, run, serve, waitFor } from "./carillon.mjs";
import { files, parsedBack } from "./published.mjs";

const html = ["html", "text/html; charset=utf-8"], json = ["json", "application/json"], xml = ["xml", "application/xml; charset=utf-8"];
const rss = ["xml", "application/rss+xml; charset=utf-8"], atom = ["atom", "application/atom+xml; charset=utf-8"], feedJson = ["json", "application/feed+json; charset=utf-8"];

// By pattern: the addresses that stand for it, each with how it is parsed and its type; or why it isn't here.
const addresses = {
	"/{path...}": "a redirect has no document", "/": [["/", html]], "/stations/{name}": [["/stations/live", html]],
	"/stations/{name}/events": "a stream: live.mjs", "/stations/{name}/listen.mp3": "a stream: audio_streams.mjs",
	"/stations/{name}/listen.opus": "a stream: audio_streams.mjs", "/stations/{name}/hls.m3u8": "hls.mjs", "/stations/{name}/hls/{file}": "hls.mjs",
	"/stations/{name}/{file}": "sound: audio_streams.mjs", "/shows/{show}/": [["/shows/bells/", html]], "/shows/{show}": "as the one before",
	"/shows/{show}/page/{n}": "as the one before",
	"/shows/{show}/{slug}": [["/shows/bells/one", html], ["/shows/bells/gr%C3%B6%C3%9Fe", html], ["/shows/bells/one.vtt", ["vtt", "text/vtt; charset=utf-8"]],
		["/shows/bells/one.srt", ["srt", "application/x-subrip; charset=utf-8"]], ["/shows/bells/one.json", json], ["/shows/bells/one.html", html],
		["/shows/bells/one.txt", ["txt", "text/plain; charset=utf-8"]], ["/shows/bells/one.chapters.json", ["json", "application/json+chapters"]],
		["/shows/bells/one.psc", ["psc", "application/xml; charset=utf-8"]], ["/shows/bells/one.chapters.txt", ["txt", "text/plain; charset=utf-8"]]],
	"/shows/{show}/{slug}/embed": [["/shows/bells/one/embed", html]], "/shows/{show}/{slug}/oembed.json": [["/shows/bells/one/oembed.json", json]],
	"/transcripts/{slug}": [["/transcripts/loose", html, "bare"], ["/transcripts/loose.vtt", ["vtt", "text/vtt; charset=utf-8"], "bare"]],
	"/transcripts/{slug}/embed": "nothing to play", "/transcripts/{slug}/oembed.json": "nothing to play",
	"/conferences/": [["/conferences/", html]], "/conferences/{name}/": [["/conferences/towers-2020/", html]], "/conferences/{name}": "as the one before",
	"/conferences/{name}/schedule.xml": [["/conferences/towers-2020/schedule.xml", xml]],
	"/conferences/{name}/{slug}": [["/conferences/towers-2020/on-ropes", html], ["/conferences/towers-2020/on-ropes.vtt", ["vtt", "text/vtt; charset=utf-8"]]],
	"/conferences/{name}/{slug}/embed": [["/conferences/towers-2020/on-ropes/embed", html]],
	"/conferences/{name}/{slug}/oembed.json": [["/conferences/towers-2020/on-ropes/oembed.json", json]],
	"/oembed": [["/oembed?url=https%3A%2F%2Ftowers.example%2Fshows%2Fbells%2Fone", json]], "/sitemap.xml": [["/sitemap.xml", xml]], "/sitemap/{n}": "only of large sites",
	"/robots.txt": [["/robots.txt", ["txt", "text/plain; charset=utf-8"]]], "/people/": [["/people/", html]], "/people/page/{n}": "only of large sites",
	"/people/{slug}": [["/people/ada-bell", html]], "/planet/": [["/planet/", html]], "/planet": "as the one before", "/planet/page/{n}": "only of large planets",
	"/planet/{source}/": [["/planet/blog/", html]], "/planet/{source}": "as the one before", "/planet/{source}/page/{n}": "only of large planets",
	"/search": [["/search?q=bell", html], ["/search?q=%22%3Cb%3E", html], ["/search", html]], "/api/search": [["/api/search?q=bell", json], ["/api/search?q=%22%00%3C", json]],
	"/api/suggest": [["/api/suggest?q=be", json]], "/feeds/planet.atom": [["/feeds/planet.atom", atom]],
	"/feeds/planet.opml": [["/feeds/planet.opml", ["opml", "text/x-opml; charset=utf-8"]]],
	"/feeds/{path...}": ["bells", "conference/towers-2020", "person/ada-bell"].flatMap((name) => [[`/feeds/${name}.xml`, rss], [`/feeds/${name}.atom`, atom],
		[`/feeds/${name}.json`, feedJson]]).concat([["/feeds/search.xml?q=bell", rss], ["/feeds/search.atom?q=bell", atom], ["/feeds/search.json?q=bell", feedJson]]),
	"/media/{file}": "the owner's bytes: media_ranges.mjs",
	"/previews/{file}/{part}": [["/previews/talk.mp4/waveform.svg", ["svg", "image/svg+xml"]], ["/previews/talk.mp4/peaks.json", json], ["/previews/talk.mp4/about.json", json],
		["/previews/talk.mp4/storyboard.vtt", ["vtt", "text/vtt; charset=utf-8"]], ["/previews/talk.mp4/captions-1.vtt", ["vtt", "text/vtt; charset=utf-8"]]],
	"/sources/{name}/events": "push.mjs", "/assets/{digest}/{file}": "the program's own files", "/healthz": [["/healthz", json]],
	"/metrics": [["/metrics", ["metrics", "text/plain; version=0.0.4; charset=utf-8"]]],
};

const { WebVTTParser } = createRequire(import.meta.url)("webvtt-parser"); // CommonJS without a name

test("every route of the program's table is asked for here, or said where it is", () => {
	const table = readFileSync(path.join(root, "server/routes.c"), "utf8");
	const patterns = [...new Set([...table.matchAll(/\{HTTP_\w+, "([^"]+)"/g)].map((match) => match[1]))];
	assert.ok(patterns.length > 40);
	assert.deepEqual(patterns.filter((pattern) => !addresses[pattern]), []);
	assert.deepEqual(Object.keys(addresses).filter((pattern) => !patterns.includes(pattern)), []);
});

test("every document is read by an independent parser", async (t) => {
	const post = '<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title><link>https://blog.example/</link><description>d</description>' +
		"<item><guid>1</guid><title>On bells &amp; more</title><description>&lt;p&gt;They ring.&lt;br&gt;&lt;b&gt;Unclosed</description></item></channel></rss>";
	const upstream = http.createServer((request, response) => response.writeHead(200, { "content-type": "application/rss+xml" }).end(post));
	await new Promise((done) => upstream.listen(0, "127.0.0.1", done));
	t.after(() => { upstream.closeAllConnections(); upstream.close(); });
	const site = makeSite(t, { ...files,
		"episodes/talk.md": "---\ntitle: A talk\ndate: 2023-01-01\nmedia: talk.mp4\n---\n\nNotes.\n",
		"carillon.yaml": `${files["carillon.yaml"]}planet_private: true\nplanet:\n  - {url: "http://127.0.0.1:${upstream.address().port}/", title: Blog}\n` });
	copyFileSync(path.join(root, "tests/data/transcripts/media/talk.mp4"), path.join(site, "media/talk.mp4"));
	const imported = await run(["import", "--site", site]);
	assert.ok(imported.code <= 1, imported.stderr);
	// A site without a show has transcripts alone.
	const bareSite = makeSite(t, { "carillon.yaml": "title: Bare\n", "transcripts/loose.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>A bell -- & more.\n" });
	assert.equal((await run(["import", "--site", bareSite])).code, 0);
	const server = await serve(t, site), bare = await serve(t, bareSite), folder = mkdtempSync(path.join(tmpdir(), "carillon-documents-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	await waitFor(async () => (await (await fetch(`${server.url}/planet/`)).text()).includes("On bells"), "the planet");
	let n = 0;
	const fetched = {};
	for (const [address, [form, type], where] of Object.values(addresses).filter(Array.isArray).flat()) {
		const response = await fetch((where ? bare : server).url + address);
		assert.equal(response.status, 200, address);
		assert.equal(response.headers.get("content-type"), type, address);
		const file = `${n++}.${form}`;
		fetched[file] = address;
		writeFileSync(path.join(folder, file), Buffer.from(await response.arrayBuffer()));
	}
	for (const wrong of ["/nowhere", "/shows/bells/nothing", "/shows/%3Cb%3E/x", "/search/%ff"]) {
		const response = await fetch(server.url + wrong);
		assert.ok([400, 404].includes(response.status), wrong);
		writeFileSync(path.join(folder, `${n++}.html`), Buffer.from(await response.arrayBuffer()));
	}
	const back = await parsedBack(folder);
	if (!back)
		return t.skip("Python's html5lib isn't installed");
	for (const [file, address] of Object.entries(fetched)) {
		assert.ok(back[file], address);
		if (file.endsWith(".vtt"))
			assert.deepEqual(new WebVTTParser().parse(back[file], /storyboard/.test(address) ? "metadata" : "subtitles/captions/descriptions").errors, [], address);
		if (file.endsWith(".srt"))
			assert.match(back[file], /^(\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n([^\n]+\n)+(\n|$))+$/, address);
		if (file.endsWith(".metrics")) // Prometheus' text format
			for (const line of back[file].trimEnd().split("\n"))
				assert.match(line, /^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? (NaN|[+-]?Inf|-?[\d.e+-]+))$/, line);
	}
	t.diagnostic(`${n} documents of ${new Set(Object.values(addresses).filter(Array.isArray)).size} routes`);
});
