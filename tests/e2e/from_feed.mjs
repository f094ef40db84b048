// from_feed.mjs - a whole show moves in from its feed: real HTTP on loopback, the program as a command, and our own feed read
// back. What subscribers have (GUIDs, dates, lengths) must be the same behind it as before.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import test from "node:test";
import zlib from "node:zlib";
import { makeSite, picture, program, root, run, serve, waitFor } from "./carillon.mjs";

const media = path.join(root, "tests/data/transcripts/media");
const recording = readFileSync(path.join(media, "tone.mp3"));
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

const namespaces = `xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:psc="http://podlove.org/simple-chapters"`;
const channel = (head, ...items) => `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" ${namespaces}><channel>
<title>Bells &amp; towers</title><link>https://old.example/</link><description>All about bells.</description><language>en</language>
${head}${items.join("\n")}</channel></rss>`;
const item = (n, url, rest = "", length = 1000 + n) => `<item><title>Bell ${n}</title><guid isPermaLink="false">Guid-${n}</guid>
<pubDate>Sun, 0${n % 8 + 1} Nov 2026 10:00:0${n % 10} GMT</pubDate><enclosure url="${url}" length="${length}" type="audio/mpeg"/>${rest}</item>`;

// An old host: by path a text, bytes, or a function of request and response. asked(path) gives the requests.
async function oldHost(t, paths) {
	const requests = [];
	const server = http.createServer((request, response) => {
		requests.push({ path: request.url, method: request.method, headers: request.headers });
		const answer = typeof paths === "function" ? paths(request.url) : paths[request.url];
		if (typeof answer === "function")
			return answer(request, response);
		if (answer === undefined)
			return response.writeHead(404).end();
		return response.writeHead(200, { "content-type": "application/octet-stream", "content-length": Buffer.byteLength(answer) })
			.end(request.method === "HEAD" ? undefined : answer);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => { server.closeAllConnections(); server.close(); });
	return { url: `http://127.0.0.1:${server.address().port}`, requests, asked: (where) => requests.filter((each) => each.path === where) };
}

const move = (site, from, ...more) => run(["import", "--site", site, "--from-feed", from, ...more]);
const read = (site, name) => readFileSync(path.join(site, name), "utf8");
const unescape = (text) => text?.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#39;/g, "'")
	.replace(/&(?:amp|#x26);/g, "&");

// What a player takes from a feed.
function itemsOf(xml) {
	return [...xml.matchAll(/<item>(.*?)<\/item>/gs)].map(([, text]) => {
		const one = (pattern) => unescape(pattern.exec(text)?.[1]);
		return { guid: one(/<guid[^>]*>(.*?)<\/guid>/s), title: one(/<title>(.*?)<\/title>/s), date: Date.parse(one(/<pubDate>(.*?)<\/pubDate>/)),
			url: one(/<enclosure[^>]* url="([^"]*)"/), length: one(/<enclosure[^>]* length="([^"]*)"/), type: one(/<enclosure[^>]* type="([^"]*)"/),
			duration: one(/<itunes:duration>(.*?)</) };
	});
}
const byGuid = (items) => Object.fromEntries(items.map((each) => [each.guid, each]));
const feedOf = async (server, show) => (await fetch(`${server.url}/feeds/${show}.xml`)).text();

const fullItems = (url) => [
	`<item><title>The first &amp; only</title><itunes:title>First</itunes:title><link>https://old.example/episodes/the-very-first</link>
<guid>https://old.example/?p=1</guid><pubDate>Sun, 01 Nov 2026 10:00:00 +0100</pubDate>
<description>short</description><content:encoded><![CDATA[<p>About <b>bells</b>. <a href="https://bells.example/">Site</a><script>alert(1)</script></p><ul><li>one</li><li>two</li></ul>]]></content:encoded>
<enclosure url="${url}/audio/1.mp3?source=feed&amp;x=1" length="12345678" type="audio/mpeg"/><itunes:duration>1:02:03</itunes:duration>
<itunes:season>2</itunes:season><itunes:episode>7</itunes:episode><itunes:episodeType>bonus</itunes:episodeType><itunes:explicit>yes</itunes:explicit>
<itunes:image href="https://old.example/1.jpg"/><itunes:keywords>bronze, ropes</itunes:keywords>
<podcast:person role="guest">Ada Bell</podcast:person><podcast:soundbite startTime="1.5" duration="10">The dong</podcast:soundbite>
<podcast:location geo="geo:48.2,16.4">Vienna</podcast:location><podcast:license>cc-by-4.0</podcast:license>
<podcast:socialInteract protocol="activitypub" uri="https://social.example/@bells/7" accountId="@bells"/>
<podcast:transcript url="${url}/1.srt" type="application/srt" language="de"/><podcast:transcript url="${url}/1.vtt" type="text/vtt" language="en"/>
<podcast:chapters url="${url}/1.json" type="application/json+chapters"/>
<psc:chapters version="1.2"><psc:chapter start="0:00" title="Inline"/></psc:chapters>
<podcast:alternateEnclosure type="video/mp4" length="99" height="720"><podcast:source uri="https://old.example/1.mp4"/></podcast:alternateEnclosure></item>`,
	`<item><title>Case COUNTS</title><guid isPermaLink="false">ABC-def</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>
<enclosure url="${url}/audio/stream?id=2" length="222" type="audio/x-m4a"/><itunes:duration>59</itunes:duration>
<psc:chapters version="1.2"><psc:chapter start="0:00" title="Start: a, b"/><psc:chapter start="0:30.500" title="End" href="https://bells.example/"/></psc:chapters></item>`,
	`<item><title>case counts</title><guid isPermaLink="false">abc-def</guid><pubDate>Tue, 03 Nov 2026 10:00:00 GMT</pubDate>
<enclosure url="${url}/audio/3.mp3" length="333" type="audio/mpeg"/></item>`,
	`<item><title>Без GUID</title><pubDate>Wed, 04 Nov 2026 10:00:00 GMT</pubDate><enclosure url="${url}/audio/4.mp3" length="444" type="audio/mpeg"/></item>`,
];
const fullHead = `<itunes:author>The bell ringers</itunes:author><itunes:category text="Society &amp; Culture"><itunes:category text="Documentary"/></itunes:category>
<itunes:category text="Technology"/><itunes:explicit>no</itunes:explicit><itunes:type>serial</itunes:type><copyright>The ringers</copyright>
<itunes:image href="https://old.example/art.jpg"/><podcast:funding url="https://old.example/give">Give: "rope"</podcast:funding>
<podcast:person role="host" img="https://old.example/ada.jpg">Ben Rope</podcast:person><podcast:medium>podcast</podcast:medium>
<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>`;

async function fullShow(t) {
	const paths = {
		"/1.vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ada Bell>Ding dong said the carillon.\n", "/1.srt": "1\n00:00:00,000 --> 00:00:02,000\nBim bam.\n",
		"/1.json": JSON.stringify({ version: "1.2.0", chapters: [{ startTime: 0, title: "From JSON" }, { startTime: 60, title: "Later" }] }),
	};
	const old = await oldHost(t, paths);
	paths["/feed.xml"] = channel(fullHead, ...fullItems(old.url));
	return { old, paths };
}

test("a full show moves in, and our feed says of every episode what the old one said", async (t) => {
	const { old, paths } = await fullShow(t);
	const site = makeSite(t, {});
	const moved = await move(site, `${old.url}/feed.xml`);
	assert.match(moved.stderr, /^carillon: \S+:\d+: 1 item has no GUID; [^\n]*\n$/);
	assert.equal(moved.code, 1, moved.stdout + moved.stderr);
	assert.match(moved.stdout, /4 episodes on 1 page of the feed: 4 written, 0 there already; 1 transcript, 1 file of chapters, 0 recordings/);
	assert.match(moved.stdout, /1 episode goes by its recording's address/);
	assert.match(moved.stdout, new RegExp(`old address ${old.url}/feed.xml answer with 301 to https://YOUR-SITE/feeds/bells-towers.xml`));
	assert.deepEqual(readdirSync(path.join(site, "episodes")).sort(), ["case-counts-2.md", "case-counts.md", "the-very-first.md", "Без-guid.md"].sort());
	assert.deepEqual(readdirSync(path.join(site, "transcripts")).sort(), ["the-very-first.chapters.json", "the-very-first.vtt"]);

	const page = read(site, "episodes/the-very-first.md");
	for (const line of ["title: The first & only".replace("The first & only", '"The first & only"'), "show: bells-towers", "date: 2026-11-01T09:00:00Z",
		'guid: "https://old.example/?p=1"', "  size: 12345678", "  time: 3723", "season: 2", "episode: 7", "episode_type: bonus", "short_title: First",
		"explicit: true", "  - bronze", '  - {name: "Ada Bell", role: "guest"}', '  - {start: 1.500, duration: 10, title: "The dong"}',
		'location: {name: "Vienna", geo: "geo:48.2,16.4"}',
		'comments: {protocol: "activitypub", url: "https://social.example/@bells/7", account: "@bells"}'])
		assert.ok(page.split("\n").includes(line), `${line}\n${page}`);
	assert.ok(page.endsWith("\nAbout **bells**. [Site](https://bells.example/)\n\n* one\n* two\n"), page);
	assert.doesNotMatch(page, /Inline|alert|Transcript/);
	assert.match(read(site, "episodes/case-counts.md"), /chapters:\n {2}- \{start: 0, title: "Start: a, b"\}\n {2}- \{start: 30\.500, title: "End", url: "https:\/\/bells\.example\/"\}/);

	const yaml = read(site, "carillon.yaml");
	for (const line of ["  - name: bells-towers", "    type: serial", '    category: "Society & Culture"', "    subcategory: Documentary",
		"    guid: \"917393e3-1b1e-5cef-ace4-edaa54e1f810\"", '      - {url: "https://old.example/give", label: "Give: \\"rope\\""}'])
		assert.ok(yaml.split("\n").includes(line), `${line}\n${yaml}`);

	const server = await serve(t, site);
	const ours = byGuid(itemsOf(await feedOf(server, "bells-towers"))), theirs = itemsOf(paths["/feed.xml"]);
	assert.equal(Object.keys(ours).length, 4);
	const seconds = { "1:02:03": "3723" };
	for (const their of theirs) {
		const our = ours[their.guid ?? their.url];
		assert.ok(our, their.title);
		for (const key of ["title", "date", "url", "length", "type"])
			assert.deepEqual(our[key], their[key], `${their.title}: ${key}`);
		assert.equal(our.duration, seconds[their.duration] ?? their.duration, their.title);
	}
	const feed = await feedOf(server, "bells-towers");
	assert.ok(feed.includes('<podcast:socialInteract protocol="activitypub" uri="https://social.example/@bells/7" accountId="@bells"/>'));
	assert.match(feed, /<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810<\/podcast:guid>/);
	assert.match(feed, /<itunes:episodeType>bonus<\/itunes:episodeType>/);
	const chapters = await (await fetch(`${server.url}/shows/bells-towers/the-very-first.chapters.json`)).json();
	assert.deepEqual(chapters.chapters.map((each) => each.title), ["From JSON", "Later"]);
	assert.match(await (await fetch(`${server.url}/shows/bells-towers/the-very-first.vtt`)).text(), /<v Ada Bell>Ding dong/);
	const found = await (await fetch(`${server.url}/api/search?q=${encodeURIComponent('"ding dong"')}`)).json();
	assert.equal(found.hits[0].slug, "the-very-first");
});

test("a second run changes nothing, and adds what is new", async (t) => {
	const { old, paths } = await fullShow(t);
	const site = makeSite(t, {});
	await move(site, `${old.url}/feed.xml`);
	const files = () => execFileSync("sh", ["-c", "find episodes transcripts carillon.yaml feeds.lock -type f -exec md5sum {} + | sort"],
		{ cwd: site, encoding: "utf8" });
	const before = files();
	const again = await move(site, `${old.url}/feed.xml`);
	assert.match(again.stdout, /0 written, 4 there already/);
	assert.equal(files(), before);
	/* The owner's changes stay; a page that he renamed is known by its GUID; a newer item of an older one's name gets its own. */
	writeFileSync(path.join(site, "episodes/case-counts.md"), read(site, "episodes/case-counts.md").replace("Case COUNTS", "Mine now"));
	execFileSync("mv", ["episodes/case-counts-2.md", "episodes/renamed.md"], { cwd: site });
	paths["/feed.xml"] = channel(fullHead, `<item><title>Case counts</title><guid>new</guid><pubDate>Wed, 18 Nov 2026 10:00:00 GMT</pubDate>
<enclosure url="${old.url}/audio/9.mp3" length="999" type="audio/mpeg"/></item>`, ...fullItems(old.url));
	const third = await move(site, `${old.url}/feed.xml`);
	assert.match(third.stdout, /1 written, 4 there already/, third.stdout + third.stderr);
	assert.match(read(site, "episodes/case-counts.md"), /Mine now/);
	assert.ok(!existsSync(path.join(site, "episodes/case-counts.2.md")));
	const pages = readdirSync(path.join(site, "episodes"));
	assert.equal(pages.length, 5);
	assert.match(pages.filter((name) => name.startsWith("case-counts")).map((name) => read(site, `episodes/${name}`)).join(), /guid: new/);
	const server = await serve(t, site);
	const guids = itemsOf(await feedOf(server, "bells-towers")).map((each) => each.guid);
	assert.deepEqual([...guids].sort(), ["ABC-def", "abc-def", "https://old.example/?p=1", `${old.url}/audio/4.mp3`, "new"].sort());
});

test("all pages of a feed come, whatever way they are linked, and a circle of them ends", async (t) => {
	const link = (rel, to) => `<atom:link rel="${rel}" href="${to}"/>`;
	const paths = {};
	const old = await oldHost(t, paths);
	const audio = (n) => `${old.url}/audio/${n}.mp3`;
	paths["/feed"] = channel(link("next", "/feed?page=2"), item(6, audio(6)), item(5, audio(5)));
	paths["/feed?page=2"] = channel(link("next", `${old.url}/archive/1`), item(5, audio(5)), item(4, audio(4)), item(3, audio(3)));
	paths["/archive/1"] = channel(link("prev-archive", "/archive/0") + link("next", "/feed"), item(2, audio(2)));
	paths["/archive/0"] = channel(link("prev-archive", "/archive/1") + link("next", "/lost"), item(1, audio(1)));
	const site = makeSite(t, {});
	const moved = await move(site, `${old.url}/feed`);
	assert.match(moved.stdout, /6 episodes on 4 pages of the feed: 6 written/, moved.stdout + moved.stderr);
	assert.match(moved.stdout, /1 item stood in it twice/);
	assert.match(moved.stderr, /\/lost: an older page of the feed is missing: .*404/);
	assert.equal(moved.code, 1);
	assert.equal(old.asked("/archive/1").length, 1);
	const json = makeSite(t, {});
	const one = (n) => ({ id: `J-${n}`, title: `Jay ${n}`, date_published: `2026-11-0${n}T10:00:00Z`, content_html: "<p>x</p>",
		attachments: [{ url: audio(n), mime_type: "audio/mpeg", size_in_bytes: 10 * n, duration_in_seconds: 60 }] });
	paths["/feed.json"] = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "Jays", next_url: `${old.url}/2.json`, items: [one(2)] });
	paths["/2.json"] = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "Jays", items: [one(1)] });
	const second = await move(json, `${old.url}/feed.json`);
	assert.match(second.stdout, /2 episodes on 2 pages/, second.stdout + second.stderr);
	const server = await serve(t, json);
	assert.deepEqual(itemsOf(await feedOf(server, "jays")).map((each) => [each.guid, each.length, each.duration]), [["J-2", "20", "60"], ["J-1", "10", "60"]]);
});

// Serves bytes with ranges, as a good host does; cut: how many bytes an answer has before the connection ends.
function ranged(bytes, options = {}) {
	return (request, response) => {
		const etag = options.etag ?? '"v1"';
		const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
		const wants = range && (request.headers["if-range"] ?? etag) === etag;
		const from = wants ? Number(range[1]) : 0;
		if (from >= bytes.length && from)
			return response.writeHead(416).end();
		response.writeHead(wants ? 206 : 200, { "content-type": options.type ?? "audio/mpeg", etag, "content-length": bytes.length - from,
			...wants ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {} });
		if (options.cut) {
			response.write(bytes.subarray(from, from + options.cut));
			return setTimeout(() => response.destroy(), 50);
		}
		if (options.stall) {
			response.write(bytes.subarray(from, from + options.stall));
			return undefined;
		}
		return response.end(request.method === "HEAD" ? undefined : bytes.subarray(from));
	};
}

test("recordings come along with --media, go on where they were cut off, and have names that everybody can write", async (t) => {
	const paths = {};
	const old = await oldHost(t, paths);
	const cut = { cut: Math.ceil(recording.length / 4) };
	paths["/feed"] = channel(`<itunes:image href="${old.url}/art"/>`, item(1, `${old.url}/one`, "", recording.length),
		`<item><title>Колокол</title><guid>k</guid><pubDate>Mon, 09 Nov 2026 10:00:00 GMT</pubDate><enclosure url="${old.url}/two.mp3?x=y" length="5" type="audio/mpeg"/>
<itunes:image href="${old.url}/pic.jpg"/></item>`, item(3, `${old.url}/page.mp3`), item(4, `${old.url}/gone.mp3`));
	paths["/one"] = ranged(recording, cut);
	paths["/two.mp3?x=y"] = ranged(readFileSync(path.join(media, "tone.m4a")), { type: "text/html" });
	paths["/page.mp3"] = "<html>please log in</html>";
	paths["/art"] = picture(1400);
	paths["/pic.jpg"] = picture(1500);
	const site = makeSite(t, {});
	const moved = await move(site, `${old.url}/feed`, "--media");
	assert.equal(moved.code, 1, moved.stdout + moved.stderr);
	assert.match(moved.stderr, /\/page\.mp3: /);
	assert.match(moved.stderr, /\/gone\.mp3: there is nothing at that address \(404\)/);
	const files = readdirSync(path.join(site, "media")).sort();
	assert.equal(files.length, 4, files.join());
	assert.ok(files.every((name) => /^[a-z0-9-]+\.(mp3|m4a|png)$/.test(name)), files.join());
	assert.equal(sha(readFileSync(path.join(site, "media/bell-1.mp3"))), sha(recording));
	const ranges = old.asked("/one").map((each) => [each.headers.range, each.headers["if-range"]]);
	assert.deepEqual(ranges[0], [undefined, undefined]);
	assert.deepEqual(ranges[1], [`bytes=${cut.cut}-`, '"v1"']);
	const bell = readdirSync(path.join(site, "episodes")).find((name) => /^[^a-z]/.test(name));
	assert.match(read(site, `episodes/${bell}`), /file: episode-[0-9a-f]{8}\.m4a\n/);
	assert.match(read(site, "carillon.yaml"), /image: media\/bells-towers-cover\.png/);
	assert.match(read(site, "episodes/bell-4.md"), /gone\.mp3/);
	const server = await serve(t, site);
	const ours = byGuid(itemsOf(await feedOf(server, "bells-towers")));
	assert.equal(ours["Guid-1"].url, `${server.url}/media/bell-1.mp3`);
	assert.equal(ours["Guid-1"].length, String(recording.length));
	assert.equal(ours["Guid-4"].length, "1004");
	assert.equal(ours.k.type, "audio/x-m4a");
});

test("killed in the middle of a recording it goes on there, unless the file has changed meanwhile", async (t) => {
	for (const changes of [false, true]) {
		const paths = {};
		const old = await oldHost(t, paths);
		const bytes = Buffer.concat(Array(30).fill(recording)), stall = Math.floor(bytes.length / 2);
		paths["/feed"] = channel("", item(1, `${old.url}/one.mp3`, "", bytes.length));
		paths["/one.mp3"] = ranged(bytes, { stall });
		const site = makeSite(t, {});
		const child = spawn(program, ["import", "--site", site, "--from-feed", `${old.url}/feed`, "--media"], { stdio: "ignore" });
		const partial = path.join(site, "media/.bell-1.partial");
		await waitFor(() => existsSync(partial) && statSync(partial).size === stall, "half of it");
		child.kill("SIGKILL");
		await new Promise((done) => child.on("exit", done));
		assert.ok(!existsSync(path.join(site, "episodes/bell-1.md")), "the page comes last");
		paths["/one.mp3"] = ranged(bytes, { etag: changes ? '"v2"' : '"v1"' });
		const again = await move(site, `${old.url}/feed`, "--media", "--no-media"); // nobody shall listen to it
		assert.equal(again.code, 0, again.stdout + again.stderr);
		assert.equal(old.asked("/one.mp3").at(-1).headers.range, `bytes=${stall}-`);
		assert.equal(sha(readFileSync(path.join(site, "media/bell-1.mp3"))), sha(bytes));
		assert.deepEqual(readdirSync(path.join(site, "media")), ["bell-1.mp3"]);
		assert.match(read(site, "episodes/bell-1.md"), /file: bell-1\.mp3/);
	}
});

test("the feed is followed to where it is now, but not in circles, and never from a file into private networks", async (t) => {
	const paths = {};
	const old = await oldHost(t, paths);
	const to = (where, status = 301) => (request, response) => response.writeHead(status, { location: where }).end();
	const moves = (where) => `<itunes:new-feed-url>${old.url}${where}</itunes:new-feed-url>`;
	Object.assign(paths, { "/old": to("/newer"), "/newer": channel(moves("/newest"), item(1, `${old.url}/1.mp3`)),
		"/newest": channel(moves("/newest"), item(1, `${old.url}/1.mp3`), item(2, `${old.url}/2.mp3`)),
		"/round": to("/round2", 302), "/round2": to("/round", 302), "/a": channel(moves("/b"), item(1, `${old.url}/1.mp3`)),
		"/b": channel(moves("/a"), item(1, `${old.url}/1.mp3`)), "/dead": channel(moves("/nothing"), item(1, `${old.url}/1.mp3`)) });
	const moved = await move(makeSite(t, {}), `${old.url}/old`);
	assert.equal(moved.code, 0, moved.stderr);
	assert.match(moved.stdout, /\/old: moved for good to .*\/newer \(301\)\n.*\/newer: moved to .*\/newest \(itunes:new-feed-url\)/);
	assert.match(moved.stdout, /2 episodes on 1 page/);
	const round = await move(makeSite(t, {}), `${old.url}/round`);
	assert.equal(round.code, 1);
	assert.match(round.stderr, /\/round: it redirects more than 5 times/);
	assert.match((await move(makeSite(t, {}), `${old.url}/a`)).stderr, /leads from one feed to the next more than 5 times/);
	const dead = await move(makeSite(t, {}), `${old.url}/dead`);
	assert.match(dead.stderr, /leads to .*\/nothing, where there is no feed .* the old one was taken/);
	assert.match(dead.stdout, /1 written/);

	const file = makeSite(t, { "feed.xml": channel(`<atom:link rel="next" href="${old.url}/newest"/>`,
		item(1, `${old.url}/1.mp3`, `<podcast:transcript url="${old.url}/1.vtt" type="text/vtt"/>`)) });
	const before = old.requests.length;
	const guarded = await move(file, path.join(file, "feed.xml"));
	assert.equal(old.requests.length, before, "nothing was asked");
	assert.match(guarded.stderr, /private network or of this machine/);
	assert.match(guarded.stdout, /1 written/);
	writeFileSync(path.join(file, "carillon.yaml"), `planet_private: true\n${read(file, "carillon.yaml")}`);
	assert.match((await move(file, path.join(file, "feed.xml"))).stdout, /2 episodes on 2 pages of the feed: 1 written, 1 there/);
});

test("what is wrong with a feed is said, and the rest goes on", async (t) => {
	const paths = {};
	const old = await oldHost(t, paths);
	const audio = (n) => `${old.url}/${n}.mp3`;
	paths["/feed"] = Buffer.from(`<!DOCTYPE rss [<!ENTITY bell "B\xe9ll">]>` + channel("",
		`<item><title>No recording</title><guid>n</guid></item>`,
		`<item><guid>untitled</guid><enclosure url="${audio(1)}" length="1" type="audio/mpeg"/><pubDate>yesterday</pubDate></item>`,
		item(2, audio(2), "<description>A &bell; &nbsp; tolls</description>"), item(2, audio(3)), item(2, audio(2)),
		`<item><title>No length</title><guid>l</guid><pubDate>Sun, 08 Nov 2026 10:00:00 GMT</pubDate><enclosure url="/audio?id=4"/></item>`,
		`<item><title>Relative</title><guid>r</guid><pubDate>Sun, 08 Nov 2026 11:00:00 GMT</pubDate><enclosure url="audio/5.mp3" length="5" type="audio/mpeg"/></item>`,
		`<item><title>&#1044;&#1086;&#1084;</title><guid>d</guid><pubDate>broken</pubDate><enclosure url="javascript:x" length="5" type="audio/mpeg"/></item>`,
	).replace('encoding="UTF-8"', 'encoding="iso-8859-1"'), "latin1");
	paths["/audio?id=4"] = (request, response) => response.writeHead(200, { "content-type": "audio/mpeg", "content-length": 4444 }).end();
	const site = makeSite(t, {});
	const moved = await move(site, `${old.url}/feed`);
	assert.equal(moved.code, 1);
	const all = moved.stdout + moved.stderr;
	assert.match(all, /5 episodes on 1 page/);
	assert.match(moved.stderr, /'No recording': it has no recording/);
	assert.match(moved.stderr, /'yesterday' is no date/);
	assert.match(moved.stderr, /its GUID is another item's; its recording's address stands for it/);
	assert.equal(old.asked("/audio?id=4")[0].method, "HEAD");
	assert.match(read(site, "episodes/no-length.md"), /size: 4444\n {2}type: audio\/mpeg/);
	assert.match(read(site, "episodes/relative.md"), new RegExp(`file: "${old.url}/audio/5.mp3"`));
	assert.match(read(site, "episodes/bell-2.md"), /Béll\s+tolls/);
	const server = await serve(t, site);
	const ours = byGuid(itemsOf(await feedOf(server, "bells-towers")));
	assert.equal(ours.l.length, "4444");
	assert.equal(ours[audio(3)].length, "1002");

	const bad = { "/html": "<html><body>Please log in</body></html>", "/empty": "", "/blog": channel("", "<item><title>x</title></item>"),
		"/gzip": (request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(zlib.gzipSync("x")),
		"/huge": (request, response) => response.writeHead(200).end(Buffer.alloc(6 << 20, 32)), "/bomb": `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>` };
	const says = { "/html": /no feed/, "/empty": /no feed/, "/blog": /no episode in it/, "/gzip": /compressed/, "/bomb": /no feed|no episode/,
		"/huge": /larger than 5 MiB; fetch it with another program, and name the file/, "/none": /404/ };
	Object.assign(paths, bad);
	for (const [where, text] of Object.entries(says)) {
		const folder = makeSite(t, {});
		const result = await move(folder, old.url + where);
		assert.equal(result.code, 1, where + result.stdout + result.stderr);
		assert.match(result.stderr, text, where);
		assert.ok(!existsSync(path.join(folder, "carillon.yaml")), where);
	}
	assert.equal((await move(makeSite(t, {}), "http://127.0.0.1:9/")).code, 3);
	assert.equal((await move(makeSite(t, {}), "ftp://x.example/")).code, 2);
	assert.equal((await move(makeSite(t, {}), "/nowhere.xml")).code, 3);
});

test("what is the owner's stays: his configuration, his files, his lock", async (t) => {
	const paths = {};
	const old = await oldHost(t, paths);
	paths["/feed"] = channel("<podcast:locked>yes</podcast:locked>", item(1, `${old.url}/1.mp3`), item(2, `${old.url}/2.mp3`));
	const yaml = "title: Mine # and nobody else's\nshows:\n  - {name: other, title: Other}\n";
	const site = makeSite(t, { "carillon.yaml": yaml, "episodes/bell-1.md": "---\ntitle: Another\nmedia: {file: https://x.example/a.mp3, size: 1}\n---\n",
		"media/bell-2.mp3": "mine" });
	const locked = await move(site, `${old.url}/feed`);
	assert.equal(locked.code, 1);
	assert.match(locked.stderr, /locked.*--mine/);
	paths["/2.mp3"] = recording;
	const moved = await move(site, `${old.url}/feed`, "--mine", "--media");
	assert.equal(read(site, "carillon.yaml"), yaml);
	assert.match(read(site, "episodes/bell-1.md"), /Another/);
	assert.match(read(site, "episodes/bell-1-2.md"), /Guid-1/);
	assert.equal(read(site, "media/bell-2.mp3"), "mine");
	assert.match(moved.stderr, /bell-2\.mp3 is there already, with 4 bytes; it was left alone/);
	const entry = /say carillon import[^\n]*\n\n( {2}- name: [^]*?)\n\n/.exec(moved.stdout)?.[1];
	assert.ok(entry, moved.stdout);
	writeFileSync(path.join(site, "carillon.yaml"), `${yaml}${entry}\n`);
	const imported = await run(["import", "--site", site, "--no-media"]);
	assert.equal(imported.code, 0, imported.stdout + imported.stderr);
	const named = await move(site, `${old.url}/feed`, "--mine", "--show", "other");
	assert.match(named.stdout, /has the show other; it was left as it is/);
	for (const wrong of [["import", "--media"], ["import", "--from-feed", "x", "y"], ["import", "--from-feed", "x", "--forget"]])
		assert.equal((await run([...wrong, "--site", site])).code, 2, wrong.join(" "));
});

test("old addresses of the feed lead to the new one for good", async (t) => {
	const paths = {};
	const old = await oldHost(t, paths);
	paths["/feed.xml"] = channel("", item(1, `${old.url}/1.mp3`));
	const site = makeSite(t, {});
	const moved = await move(site, `${old.url}/feed.xml`);
	const line = /redirects: \{(.*)\}/.exec(moved.stdout)[0];
	writeFileSync(path.join(site, "carillon.yaml"), `${line}\n${read(site, "carillon.yaml")}`);
	const server = await serve(t, site);
	const first = await fetch(`${server.url}/feed.xml`, { redirect: "manual" });
	assert.equal(first.status, 301);
	assert.equal(new URL(first.headers.get("location"), server.url).pathname, "/feeds/bells-towers.xml");
	const curl = execFileSync("curl", ["-sL", "-w", "%{url_effective} %{num_redirects}", "-o", "/dev/null", `${server.url}/feed.xml?from=app`], { encoding: "utf8" });
	assert.equal(curl, `${server.url}/feeds/bells-towers.xml 1`);
	await server.stop();
	const output = path.join(site, "out");
	mkdirSync(output);
	const published = await run(["publish", "--site", site, "--output", output]);
	assert.ok(published.code <= 1, published.stdout + published.stderr);
	assert.match(readFileSync(path.join(output, "_redirects"), "utf8"), /^\/feed\.xml \/feeds\/bells-towers\.xml 301$/m);
});

test("a show that moves away sends its subscribers after itself, one that names its own address doesn't", async (t) => {
	const yaml = (to) => `base_url: https://bells.example\nshows:\n  - {name: bells, title: Bells, new_feed_url: "${to}"}\n`;
	const page = "---\ntitle: One\ndate: 2026-01-01\nmedia: {file: https://x.example/a?b, size: 9, type: audio/mpeg}\n---\n";
	const away = makeSite(t, { "carillon.yaml": yaml("https://new.example/feed.xml"), "episodes/one.md": page });
	await run(["import", "--site", away]);
	const moved = await fetch(`${(await serve(t, away)).url}/feeds/bells.xml`, { redirect: "manual" });
	assert.equal(moved.status, 301);
	assert.equal(moved.headers.get("location"), "https://new.example/feed.xml");
	const here = makeSite(t, { "carillon.yaml": yaml("https://bells.example/feeds/bells.xml"), "episodes/one.md": page });
	await run(["import", "--site", here]);
	const served = await fetch(`${(await serve(t, here)).url}/feeds/bells.xml`, { redirect: "manual" });
	assert.equal(served.status, 200);
	assert.match(await served.text(), /<itunes:new-feed-url>https:\/\/bells\.example\/feeds\/bells\.xml</);
	const query = makeSite(t, { "carillon.yaml": "redirects: {\"/?feed=podcast\": /feeds/bells.xml}\n" });
	assert.match((await run(["import", "--site", query])).stderr, /goes by the path alone, and '\/\?feed=podcast' has a query/);
});

const command = (program, args, options = {}) => new Promise((done) => {
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 60000, ...options });
	let stdout = "";
	child.stdout.on("data", (bytes) => { stdout += bytes; });
	child.stderr.on("data", (bytes) => { stdout += bytes; });
	child.on("error", () => done({ missing: true, stdout }));
	child.on("close", (code) => done({ code, stdout }));
});
const rows = (file, sql) => JSON.parse(execFileSync("/usr/bin/python3", ["-c",
	"import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))", file, sql], { encoding: "utf8" }));

// Subscribed at the old address, which then answers with 301 to ours: nothing is new, nothing is downloaded again.
async function movedShow(t) {
	const paths = {};
	const old = await oldHost(t, paths);
	for (const n of [1, 2, 3])
		paths[`/${n}.mp3`] = recording;
	paths["/feed.xml"] = channel(fullHead, ...[1, 2, 3].map((n) => item(n, `${old.url}/${n}.mp3`, "", recording.length)));
	const site = makeSite(t, {});
	async function take() {
		const moved = await move(site, `${old.url}/feed.xml`, "--media");
		assert.match(moved.stdout, /3 written.*3 recordings/, moved.stdout + moved.stderr);
		/* And one that only the new feed has: players that find it have been there. */
		writeFileSync(path.join(site, "media/new.mp3"), recording);
		writeFileSync(path.join(site, "episodes/new.md"), "---\ntitle: Bell 9\nguid: Guid-9\ndate: 2026-11-19\nmedia: new.mp3\n---\n");
		const server = await serve(t, site);
		paths["/feed.xml"] = (request, response) => response.writeHead(301, { location: `${server.url}/feeds/bells-towers.xml` }).end();
	}
	return { old, address: `${old.url}/feed.xml`, take };
}

test("newsboat finds nothing new behind the move", async (t) => {
	const { address, take } = await movedShow(t);
	const home = makeSite(t, { urls: `${address}\n`, config: "" });
	const newsboat = () => command("newsboat", ["-C", `${home}/config`, "-u", `${home}/urls`, "-c", `${home}/cache.db`, "-x", "reload"],
		{ env: { ...process.env, HOME: home } });
	if ((await newsboat()).missing)
		return t.skip("newsboat isn't installed");
	const items = () => rows(path.join(home, "cache.db"), "select guid, title from rss_item order by guid");
	const before = items();
	assert.equal(before.length, 3);
	await take();
	await newsboat();
	assert.deepEqual(items(), [...before, ["Guid-9", "Bell 9"]]);
});

test("gPodder downloads nothing again behind the move", async (t) => {
	const { address, take, old } = await movedShow(t);
	const home = makeSite(t, {});
	const gpo = (...args) => command("gpo", args, { env: { ...process.env, HOME: home, GPODDER_HOME: home } });
	if ((await gpo("subscribe", address, "Bells")).missing)
		return t.skip("gPodder isn't installed");
	await gpo("update");
	assert.match((await gpo("download")).stdout, /3 episodes downloaded/);
	const episodes = () => rows(path.join(home, "Database"), "select guid, title, file_size from episode order by guid");
	const before = episodes();
	assert.equal(before.length, 3);
	await take();
	const asked = old.requests.length;
	await gpo("update");
	assert.match((await gpo("download")).stdout, /1 episodes? downloaded/);
	assert.deepEqual(episodes(), [...before, ["Guid-9", "Bell 9", recording.length]]);
	assert.ok(old.requests.slice(asked).every((each) => each.path === "/feed.xml"));
});
