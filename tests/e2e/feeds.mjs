// feeds.mjs - every feed that a site has, in every form, over HTTP from the running program: what is in it, that independent
// parsers read it, that it is cacheable, that nothing leaves it unnoticed, and that subscribers download nothing twice.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { makeSite, picture, root, run, serve, waitFor } from "./carillon.mjs";

const media = path.join(root, "tests/data/transcripts/media");
const python = "/usr/bin/python3";

const yaml = (more = "") => `title: Test site
stations:
  - {name: tower, title: The tower}
shows:
  - name: bells
    title: Bells & towers
    description: About bells.
    language: en
    author: The bell ringers
    category: Technology
    image: media/art.png
    type: episodic
    medium: podcast
    locked: true
    email: ada@example.org
    license: CC BY 4.0
    location: {name: Bell tower, geo: "geo:48.2,16.4", osm: R109166, country: AT}
    people: [{name: Ada Bell, role: host, url: "https://example.org/ada"}]
    funding: [{url: "https://example.org/give", label: Give us a rope}, {url: "http://example.org/old", label: Old}]
    txt: [{purpose: verify, text: we-are-bells}]
    ai_content: false
    podroll: [{url: "https://example.net/feed.xml", title: Chimes}]
    update_frequency: {text: every week, rrule: FREQ=WEEKLY}
    publisher: {guid: 003af0a0-6a45-55cf-b765-68e3d349551a, url: "https://example.org/publisher.xml", title: Our tower}
    chat: {server: chat.example.org, protocol: irc, account: ada, space: "#bells"}
    comments: [{protocol: activitypub, url: "https://social.example/@bells/1", account: "@bells", priority: 1}]
    value: {type: lightning, method: lnaddress, suggested: 0.00000005, recipients: [{name: Ada Bell, type: lnaddress, address: ada@pay.example, split: 100}]}
    podping: true
    seasons: [{number: 1, name: The first bells}]
    live: [{station: tower, title: The tower now, start: "2026-01-01T00:00:00Z"}]
${more}`;

function page(title, date, file, head = "", body = "") {
	return `---\ntitle: "${title}"\ntimestamp: ${date}\nmp3:\n  file: /media/${file}\n  size: ${statSync(path.join(media, file)).size}\n` +
		`  time: 00:02\n${head}---\n\nAbout *${title}* & more.\n${body}`;
}

const spoken = "\n[transcript]\n[00:00] Ada Bell:\nDing dong, said the carillon.\n\n[00:01] Ben Rope:\nIt did.\n[/transcript]\n";
const schedule = `<?xml version="1.0" encoding="UTF-8"?>
<schedule><version>1</version><conference><acronym>belfry26</acronym><title>Belfry Days 2026</title><start>2026-05-01</start>
<end>2026-05-01</end><days>1</days></conference><day index="1" date="2026-05-01"><room name="Nave">
${[["1", "Casting", "Metal"], ["2", "Ropes & knots", "Hemp"], ["3", "Rust", "Metal"]].map(([id, title, track]) => `<event id="${id}"
guid="b1e55ed0-0000-4000-8000-00000000000${id}"><date>2026-05-01T1${id}:00:00+00:00</date><start>1${id}:00</start><duration>00:30</duration>
<room>Nave</room><slug>talk-${id}</slug><title>${title.replace("&", "&amp;")}</title><track>${track}</track><type>Talk</type><language>en</language>
<abstract>On ${title.replace("&", "&amp;")}.</abstract><persons><person id="1">Ada Bell</person></persons></event>`).join("\n")}
</room></day></schedule>
`;

async function site(t, files = {}) {
	const folder = makeSite(t, {
		"carillon.yaml": yaml(),
		"episodes/one.md": page("One", "2026-01-01T10:00:00", "tone.mp3", 'season: 1\nepisode: 1\nguests: [Ben Rope]\nhosts: [Ada Bell]\n' +
			'tags: [bronze]\nsoundbites: [{start: 0, duration: 1, title: The dong}]\ncomments: https://social.example/@bells/2\nchapters: ["0:00 Ding", "0:01 Dong", "0:02 End"]\n' +
			"alternates: [tone.ogg]\nlocation: Vienna\nlicense: https://example.org/license\n", spoken),
		"episodes/two.md": page("Two", "2026-02-01T10:00:00", "tone.m4a", "season: 2\nepisode: 1.5\nepisode_type: bonus\nshort_title: 2\n"),
		"episodes/three.md": page("Three", "2026-03-01T10:00:00", "clip.mp4", "episode_type: trailer\n", spoken),
		"talks/belfry26/schedule.xml": schedule,
		"media/art.png": picture(1400),
		...files,
	});
	for (const file of ["tone.mp3", "tone.m4a", "clip.mp4"])
		copyFileSync(path.join(media, file), path.join(folder, "media", file));
	copyFileSync(path.join(media, "really-ogg.mp3"), path.join(folder, "media/tone.ogg"));
	return folder;
}

async function imported(t, files = {}) {
	const folder = await site(t, files);
	const result = await run(["import", "--site", folder]);
	assert.equal(result.code, 0, result.stdout + result.stderr);
	const server = await serve(t, folder);
	return { folder, server, feed: (name) => `${server.url}/feeds/${name}` };
}

function temporaryFolder(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-feeds-"));
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

const all = (xml, pattern) => [...xml.matchAll(pattern)].map((match) => match[1]);
const guids = (xml) => all(xml, /<item>.*?<guid[^>]*>(.*?)<\/guid>.*?<\/item>/gs);
const rssOf = ["bells", "bells/season/1", "conference/belfry26", "conference/belfry26/track/metal", "person/ada-bell", "search"];
const query = (name) => name === "search" ? "?q=carillon" : "";

test("every feed is there in three forms, with the same items under the same GUIDs", async (t) => {
	const { feed, server } = await imported(t);
	const items = { "bells": 3, "bells/season/1": 1, "conference/belfry26": 3, "conference/belfry26/track/metal": 2, "person/ada-bell": 5,
		"search": 2 };
	const seen = {};
	for (const name of rssOf) {
		const rss = await (await fetch(feed(`${name}.xml${query(name)}`))).text();
		const json = await (await fetch(feed(`${name}.json${query(name)}`))).json();
		const atom = await (await fetch(feed(`${name}.atom${query(name)}`))).text();
		assert.equal(guids(rss).length, items[name], name);
		assert.deepEqual(json.items.map((item) => item.id), guids(rss), name);
		assert.equal(json.version, "https://jsonfeed.org/version/1.1");
		assert.equal(json.feed_url, feed(`${name}.json${query(name)}`));
		assert.deepEqual(all(atom, /<entry>\s*<id>urn:uuid:(.*?)<\/id>/g), guids(rss), name);
		assert.ok(rss.includes(`href="${feed(`${name}.xml${query(name)}`)}"`), `${name}: self`);
		assert.ok(atom.includes(`<link rel="self" type="application/atom+xml" href="${feed(`${name}.atom${query(name)}`)}"`), name);
		for (const item of json.items)
			assert.equal(seen[item.url] ??= item.id, item.id, "an item has one GUID wherever it is");
		for (const [form, text] of [["xml", rss], ["atom", atom]]) {
			const parsed = await command(python, ["-c", "import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])",
				writeTemporary(t, `x.${form}`, text)]);
			assert.equal(parsed.code, 0, parsed.stderr);
		}
	}
	const html = await (await fetch(`${server.url}/conferences/belfry26/`)).text();
	assert.match(html, /<link rel="alternate" type="application\/atom\+xml" title="Belfry Days 2026" href="\/feeds\/conference\/belfry26\.atom">/);
	assert.match(html, /href="\/feeds\/conference\/belfry26\/track\/metal\.xml"/);
	assert.match(await (await fetch(`${server.url}/people/ada-bell`)).text(), /href="\/feeds\/person\/ada-bell\.xml"/);
	assert.match(await (await fetch(`${server.url}/search?q=carillon`)).text(), /href="\/feeds\/search\.xml\?q=carillon"/);
	assert.match(await (await fetch(`${server.url}/shows/bells/`)).text(), /href="\/feeds\/bells\/season\/1\.xml"/);
	const found = await (await fetch(feed("search.json?q=carillon"))).json();
	assert.match(found.items[0].content_html, /#t=0">0:00<\/a> Ada Bell: .*<strong>carillon<\/strong>/);
	for (const none of ["bells/season/7.xml", "conference/nowhere.xml", "conference/belfry26/track/none.xml", "person/nobody.json", "search.xml",
		"bells/page/1.xml"])
		assert.equal((await fetch(feed(none))).status, 404, none);
});

function writeTemporary(t, name, text) {
	const file = path.join(temporaryFolder(t), name);
	writeFileSync(file, text);
	return file;
}

test("Podcasting 2.0's tags have what the site knows", async (t) => {
	const { folder, feed, server } = await imported(t);
	copyFileSync(path.join(media, "clip.mp4"), path.join(folder, "media/clip-360p.mp4"));
	writeFileSync(path.join(folder, "media/clip.m3u8"), "#EXTM3U\n");
	const xml = await (await fetch(feed("bells.xml"))).text();
	const has = (text) => assert.ok(xml.includes(text), `${text}\n${xml}`);
	has('<podcast:locked owner="ada@example.org">yes</podcast:locked>');
	has('<podcast:license>cc-by-4.0</podcast:license>');
	has('<podcast:license url="https://example.org/license">custom</podcast:license>');
	has('<podcast:location geo="geo:48.2,16.4" osm="R109166" country="AT">Bell tower</podcast:location>');
	has('<podcast:location rel="subject">Vienna</podcast:location>');
	has('<podcast:person role="host" href="https://example.org/ada">Ada Bell</podcast:person>');
	has(`<podcast:person role="guest" href="${server.url}/people/ben-rope">Ben Rope</podcast:person>`);
	has('<podcast:funding url="https://example.org/give">Give us a rope</podcast:funding>');
	assert.ok(!xml.includes("http://example.org/old"), "only https:// addresses");
	await waitFor(() => /funding http:\/\/example.org\/old: the podcast namespace takes only https/.test(server.output()), "the report");
	has('<podcast:txt purpose="verify">we-are-bells</podcast:txt>');
	has('<podcast:txt purpose="ai-content">false</podcast:txt>');
	has('feedUrl="https://example.net/feed.xml" title="Chimes"/>');
	has('<podcast:updateFrequency rrule="FREQ=WEEKLY">every week</podcast:updateFrequency>');
	has('<podcast:season name="The first bells">1</podcast:season>');
	has('<podcast:remoteItem medium="publisher" feedGuid="003af0a0-6a45-55cf-b765-68e3d349551a" feedUrl="https://example.org/publisher.xml" title="Our tower"/>');
	has('<podcast:chat server="chat.example.org" protocol="irc" accountId="ada" space="#bells"/>');
	has('<podcast:socialInteract protocol="activitypub" uri="https://social.example/@bells/1" accountId="@bells" priority="1"/>');
	has('<podcast:value type="lightning" method="lnaddress" suggested="0.00000005">');
	has('<podcast:valueRecipient name="Ada Bell" type="lnaddress" address="ada@pay.example" split="100"/>');
	has('<podcast:podping usesPodping="true"/>');
	has(`<podcast:image href="${server.url}/media/art.png" width="1400" height="1400" aspect-ratio="1/1" type="image/png" purpose="artwork"/>`);
	has("<podcast:episode>1.5</podcast:episode>");
	has("<itunes:title>2</itunes:title>");
	has("<itunes:episodeType>bonus</itunes:episodeType>");
	has(`<podcast:trailer url="${server.url}/media/clip.mp4" pubdate="Sun, 01 Mar 2026 10:00:00 GMT" length="7470" type="video/mp4">Three</podcast:trailer>`);
	has('<podcast:socialInteract protocol="activitypub" uri="https://social.example/@bells/2"/>');
	has('<podcast:soundbite startTime="0.0" duration="1.0">The dong</podcast:soundbite>');
	has(`<podcast:chapters url="${server.url}/shows/bells/one.chapters.json" type="application/json+chapters"/>`);
	has('<psc:chapter start="00:00:01.000" title="Dong"/>');
	has('<podcast:transcript url="' + server.url + '/shows/bells/three.vtt" type="text/vtt" language="en" rel="captions"/>');
	has('<podcast:alternateEnclosure type="audio/ogg" length="4974"');
	has(`<podcast:source uri="${server.url}/media/tone.ogg"/>`);
	has(`<podcast:alternateEnclosure type="application/x-mpegURL" length="0">\n\t\t\t\t<podcast:source uri="${server.url}/media/clip.m3u8"/>`);
	assert.match(xml, /<podcast:alternateEnclosure type="video\/mp4" length="7470" bitrate="\d+" height="360">\s*<podcast:source uri="[^"]*\/media\/clip-360p.mp4"\/>/);
	has('<podcast:liveItem status="live" start="2026-01-01T00:00:00Z">');
	has(`<podcast:contentLink href="${server.url}/stations/tower">`);
	has("<category>bronze</category>");
	const chapters = await (await fetch(`${server.url}/shows/bells/one.chapters.json`)).json();
	assert.deepEqual(chapters.chapters.map((chapter) => chapter.title), ["Ding", "Dong", "End"]);
	assert.equal((await fetch(`${server.url}/shows/bells/one.html`)).headers.get("content-type"), "text/html; charset=utf-8");
	let partytime;
	try {
		partytime = await import("podcast-partytime");
	} catch {
		return t.diagnostic("podcast-partytime isn't installed");
	}
	const parsed = (partytime.parseFeed ?? partytime.default.parseFeed)(xml);
	const phases = Object.fromEntries(Object.entries(parsed.pc20support).map(([phase, names]) => [phase, [...names].sort()]));
	assert.deepEqual(phases, { 1: ["chapters", "funding", "locked", "soundbite", "transcript"],
		2: ["episode", "location", "person", "season"], 3: ["alternateEnclosure", "guid", "license", "trailer"], 4: ["liveItem", "medium", "value"],
		5: ["socialInteract"], 6: ["podroll", "txt"], 7: ["chat", "publisher"] });
	assert.equal(parsed.items.length, 3);
});

test("the W3C's validator finds nothing at level A in any RSS or Atom feed", async (t) => {
	const validator = process.env.FEEDVALIDATOR ?? "";
	if (!existsSync(path.join(validator, "src/feedvalidator")))
		return t.skip("FEEDVALIDATOR isn't a checkout of github.com/w3c/feedvalidator");
	/* It misses a namespace in podcast:liveItem, whose title, guid and enclosure are RSS's own by its specification. */
	const { feed } = await imported(t, { "carillon.yaml": yaml().replace(/^ {4}live:.*\n/m, "") });
	for (const name of rssOf)
		for (const ending of ["xml", "atom"]) {
			const address = feed(`${name}.${ending}${query(name)}`);
			const file = writeTemporary(t, "feed", await (await fetch(address)).text());
			const judged = await command(python, [path.join(root, "tests/transcripts/w3c_feed.py"), validator, file, address, "A"]);
			if (judged.code === 77)
				return t.skip(judged.stdout.trim());
			assert.equal(judged.code, 0, `${name}.${ending}: ${judged.stdout}${judged.stderr}`);
		}
});

function request(address, options) {
	return new Promise((done, fail) => http.get(address, options, (response) => {
		const parts = [];
		response.on("data", (bytes) => parts.push(bytes));
		response.on("end", () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
	}).on("error", fail));
}

test("a feed is compressed on request, and only sent when it has changed", async (t) => {
	const { feed, folder, server } = await imported(t);
	for (const ending of ["xml", "atom", "json"]) {
		const address = feed(`bells.${ending}`);
		const plain = await request(address, {});
		const packed = await request(address, { headers: { "accept-encoding": "br, gzip;q=0.8" } });
		assert.equal(plain.headers["content-encoding"], undefined);
		assert.equal(plain.headers.vary, "accept-encoding");
		assert.equal(packed.headers["content-encoding"], "gzip");
		assert.ok(packed.body.length < plain.body.length / 2);
		assert.deepEqual(gunzipSync(packed.body), plain.body);
		assert.notEqual(packed.headers.etag, plain.headers.etag);
		assert.equal((await request(address, { headers: { "accept-encoding": "gzip;q=0" } })).headers["content-encoding"], undefined);
		const changed = plain.headers["last-modified"];
		assert.ok(Math.abs(Date.parse(changed) - Date.now()) < 120000);
		assert.match(plain.headers.link, new RegExp(`^<${address}>; rel="self"$`));
		const asked = (headers) => request(address, { headers });
		assert.equal((await asked({ "if-none-match": plain.headers.etag })).status, 304);
		assert.equal((await asked({ "if-modified-since": changed })).status, 304);
		assert.equal((await asked({ "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" })).status, 200);
		assert.equal((await asked({ "if-none-match": '"other"', "if-modified-since": changed })).status, 200);
		const head = await request(address, { method: "HEAD", headers: { "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" } });
		assert.equal(Number(head.headers["content-length"]), plain.body.length);
		assert.equal(head.headers["last-modified"], changed);
	}
	const before = await request(feed("bells.xml"), {});
	await server.stop();
	const again = await serve(t, folder, ["--listen", `127.0.0.1:${server.port}`]);
	const after = await request(`${again.url}/feeds/bells.xml`, {});
	assert.equal(after.headers["last-modified"], before.headers["last-modified"]);
	assert.equal(after.headers.etag, before.headers.etag);
});

test("an episode that is gone doesn't leave the feed until that is allowed", async (t) => {
	const { folder, server, feed } = await imported(t);
	const before = await (await fetch(feed("bells.xml"))).text();
	await server.stop();
	rmSync(path.join(folder, "episodes/two.md"));
	const listen = ["--listen", `127.0.0.1:${server.port}`];
	assert.match((await run(["import", "--site", folder, "--forget"])).stdout, /episodes\/two\.md: forgotten/);
	let again = await serve(t, folder, listen);
	await waitFor(() => /bells: 0 new, 1 removed: refused/.test(again.output()), "the refusal in the log");
	assert.match(again.output(), /removed: two \(/);
	assert.equal(await (await fetch(`${again.url}/feeds/bells.xml`)).text(), before);
	const health = await (await fetch(`${again.url}/healthz`)).json();
	assert.equal(health.status, "degraded");
	assert.match(health.reasons.join(), /feed bells: 0 new, 1 removed/);
	assert.match(await (await fetch(`${again.url}/metrics`)).text(), /^carillon_feeds_refused 1$/m);
	const doctor = await run(["doctor", "--site", folder]);
	assert.match(doctor.stdout, /feeds\.lock: error: feed bells: removed: two .*\[feed-loss\]/);
	/* A command allows it, and the server that runs goes on with that. */
	const allowed = await run(["import", "--site", folder, "--allow-removal"]);
	assert.match(allowed.stdout, /feed bells: 0 new, 1 removed\nremoved: two/);
	const after = await (await fetch(`${again.url}/feeds/bells.xml`)).text();
	assert.deepEqual(guids(after), guids(before).filter((_, i) => i !== 1));
	assert.equal((await (await fetch(`${again.url}/healthz`)).json()).reasons.filter((reason) => /^feed/.test(reason)).length, 0);
	/* And so does serve itself. */
	await again.stop();
	rmSync(path.join(folder, "episodes/three.md"));
	rmSync(path.join(folder, "var/archive.db"));
	assert.equal((await run(["import", "--site", folder])).code, 0);
	again = await serve(t, folder, [...listen, "--allow-removal"]);
	await waitFor(() => /1 removed/.test(again.output()), "the removal");
	assert.equal(guids(await (await fetch(`${again.url}/feeds/bells.xml`)).text()).length, 1);
	/* Without what was served before there is no feed rather than one with something missing. */
	await again.stop();
	rmSync(path.join(folder, "episodes/one.md"));
	rmSync(path.join(folder, "var"), { recursive: true });
	await run(["import", "--site", folder]);
	again = await serve(t, folder, listen);
	assert.equal((await fetch(`${again.url}/feeds/bells.xml`)).status, 503);
});

test("a lost feeds.lock is made again from what was served", async (t) => {
	const { folder, server, feed } = await imported(t, { "episodes/one.md": page("One", "2026-01-01T10:00:00", "tone.mp3", "guid: first\n") });
	const before = guids(await (await fetch(feed("bells.xml"))).text());
	await server.stop();
	rmSync(path.join(folder, "feeds.lock"));
	writeFileSync(path.join(folder, "episodes/one.md"), page("One", "2026-01-01T10:00:00", "tone.mp3", "guid: second\n"));
	const again = await serve(t, folder, ["--listen", `127.0.0.1:${server.port}`]);
	assert.deepEqual(guids(await (await fetch(`${again.url}/feeds/bells.xml`)).text()), before);
	assert.match(readFileSync(path.join(folder, "feeds.lock"), "utf8"), /\tfirst\t/);
});

test("a hub is told of the feeds that have changed, and of no others", async (t) => {
	const told = [];
	const hub = http.createServer((incoming, response) => {
		let body = "";
		incoming.on("data", (bytes) => { body += bytes; });
		incoming.on("end", () => {
			told.push(new URLSearchParams(body));
			response.writeHead(204).end();
		});
	});
	await new Promise((done) => hub.listen(0, "127.0.0.1", done));
	t.after(() => hub.close());
	const address = `http://127.0.0.1:${hub.address().port}/`;
	const { folder, server, feed } = await imported(t, { "carillon.yaml": yaml(`hub: "${address}"\n`) });
	const first = await fetch(feed("bells.xml"));
	assert.equal(first.headers.get("link"), `<${feed("bells.xml")}>; rel="self", <${address}>; rel="hub"`);
	assert.ok((await first.text()).includes(`<atom:link rel="hub" href="${address}"/>`));
	assert.deepEqual((await (await fetch(feed("bells.json"))).json()).hubs, [{ type: "WebSub", url: address }]);
	await fetch(feed("conference/belfry26.xml"));
	assert.equal(told.length, 0);
	writeFileSync(path.join(folder, "episodes/one.md"), page("One, corrected", "2026-01-01T10:00:00", "tone.mp3"));
	await waitFor(() => told.length, "the hub to be told", 20000);
	assert.equal(told[0].get("hub.mode"), "publish");
	assert.deepEqual(told[0].getAll("hub.url").sort(), [feed("bells.json"), feed("bells.xml")]);
	await waitFor(async () => /^carillon_websub_announced_total 2$/m.test(await (await fetch(`${server.url}/metrics`)).text()), "the count");
});

async function rows(database, sql) {
	const script = "import json, sqlite3, sys\nprint(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
	const result = await command(python, ["-c", script, database, sql]);
	assert.equal(result.code, 0, result.stderr);
	return JSON.parse(result.stdout);
}

test("gPodder has our chapters, and downloads nothing again after a rename, a re-encode and a rebuild", async (t) => {
	const { folder, server, feed } = await imported(t);
	const home = temporaryFolder(t);
	const env = { ...process.env, HOME: home, GPODDER_HOME: home, GPODDER_DOWNLOAD_DIR: path.join(home, "downloads") };
	const gpo = (...args) => command("gpo", args, { env });
	const address = feed("bells.xml");
	const subscribed = await gpo("subscribe", address, "Bells");
	if (subscribed.missing)
		return t.skip("gPodder isn't installed");
	await gpo("update", address);
	assert.match((await gpo("download", address)).stdout, /3 episodes downloaded/);
	const xml = await (await fetch(address)).text();
	const episodes = await rows(path.join(home, "Database"), "select guid, chapters from episode order by published desc");
	assert.deepEqual(episodes.map(([guid]) => guid), guids(xml));
	assert.deepEqual(JSON.parse(episodes[2][1]).map((chapter) => [chapter.start, chapter.title]), [[0, "Ding"], [1, "Dong"], [2, "End"]]);
	await server.stop();
	renameSync(path.join(folder, "episodes/one.md"), path.join(folder, "episodes/the-first.md"));
	appendFileSync(path.join(folder, "media/tone.m4a"), Buffer.alloc(100));
	rmSync(path.join(folder, "var"), { recursive: true });
	await run(["import", "--site", folder]);
	const again = await serve(t, folder, ["--listen", `127.0.0.1:${server.port}`]);
	await gpo("update", address);
	assert.match((await gpo("download", address)).stdout, /0 episodes downloaded/);
	const after = await rows(path.join(home, "Database"), "select guid from episode order by published desc");
	assert.deepEqual(after.map(([guid]) => guid), guids(xml));
	assert.deepEqual(guids(await (await fetch(address)).text()), guids(xml));
	assert.match(again.output(), /1 renamed|keeps its GUID/);
	assert.match(again.output(), /1 length changed/);
});
