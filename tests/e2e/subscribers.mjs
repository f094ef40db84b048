// subscribers.mjs - podcast clients that people use, as subscribers over months: they take everything once, and then, whatever
// happens to the show (a second look, a renamed episode, recordings encoded anew, an archive made anew, a move to static
// files), nothing again. Each client's requests are counted on the way. Then what readers of feeds make of ours: GUID,
// length, duration, chapters as the files have them. A client that isn't installed is skipped.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { makeSite, picture, root, run, serve, sleep, waitFor } from "./carillon.mjs";
import { fileServer } from "./published.mjs";

const fixtures = path.join(root, "tests/data/transcripts/media");
const python = "/usr/bin/python3";
const recordings = { one: "tone.mp3", two: "tone.m4a", three: "clip.mp4" };
const chapters = [[0, "Ding"], [1, "Dong & more"], [2, "End"]]; // of the first, by its page
const inside = [[0, "Ding"], [1, "Dong <&>"]];                  // of the recordings that come later, in themselves

function episode(title, date, file, head = "", body = "") {
	return `---\ntitle: "${title}"\ntimestamp: ${date}\nmp3:\n  file: /media/${file}\n${head}---\n\nAbout *${title}* & more.\n${body}`;
}

const siteFiles = (address) => ({
	"carillon.yaml": `title: Tower\nbase_url: ${address}\nshows:\n  - {name: bells, title: Bells & towers, description: About bells., language: en, ` +
		`author: The ringers, category: Technology, image: media/art.png, explicit: false, type: episodic, medium: podcast, locked: true, ` +
		`email: ada@example.org, license: cc-by-4.0, funding: [{url: "https://example.org/give", label: A rope}]}\n`,
	"episodes/one.md": episode("One", "2026-01-01T10:00:00", recordings.one,
		`season: 1\nepisode: 1\nguests: [Ben Rope]\nsoundbites: [{start: 0, duration: 1, title: Dong}]\n` +
		`chapters: ["0:00 Ding", "0:01 Dong & more", "0:02 End"]\n`,
		"\n[transcript]\n[00:00] Bell:\nDing dong, said the bell.\n\n[00:01] Tower:\nIt did.\n[/transcript]\n"),
	"episodes/two.md": episode("Two", "2026-02-01T10:00:00", recordings.two),
	"episodes/three.md": episode("Three", "2026-03-01T10:00:00", recordings.three),
	"talks/towers-2026/category.json": JSON.stringify({ title: "Towers 2026" }),
	"talks/towers-2026/videos/ropes.json": JSON.stringify({ title: "On ropes", speakers: ["Ada"], recorded: "2026-05-02", description: "Hemp.",
		language: "eng", videos: [{ type: "webm", url: "/media/talk.webm" }] }),
	"media/art.png": picture(1400),
});

// ---- the way between them, on which everything is counted ----

// Stands at one address for as long as the show exists; asks whoever serves it now.
async function doorstep(t) {
	let target = "";
	const asked = [];
	const server = http.createServer((request, response) => {
		const entry = { path: decodeURIComponent(new URL(request.url, "http://x").pathname), method: request.method, status: 0, bytes: 0 };
		asked.push(entry);
		const onward = http.request(target + request.url, { method: request.method, headers: request.headers }, (answer) => {
			entry.status = answer.statusCode;
			response.writeHead(answer.statusCode, answer.headers);
			answer.on("data", (bytes) => { entry.bytes += bytes.length; });
			answer.pipe(response);
		});
		onward.on("error", () => response.destroy());
		request.pipe(onward);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => { server.closeAllConnections(); server.close(); });
	return { url: `http://127.0.0.1:${server.address().port}`, leadTo: (url) => { target = url; }, takeAsked: () => asked.splice(0) };
}

// ---- the clients ----

function command(program, args, options = {}) {
	return new Promise((done) => {
		const child = execFile(program, args, { timeout: 60000, maxBuffer: 16 << 20, ...options }, (error, stdout, stderr) =>
			done({ code: error ? error.code ?? error.signal : 0, missing: error?.code === "ENOENT", stdout, stderr }));
		child.stdin.on("error", () => {});
		child.stdin.end();
	});
}

const isInstalled = (program) => (process.env.PATH ?? "").split(":").some((folder) => existsSync(path.join(folder, program)));

async function rows(database, sql) {
	const script = "import json, sqlite3, sys\nprint(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
	const result = await command(python, ["-c", script, database, sql]);
	assert.equal(result.code, 0, result.stderr);
	return JSON.parse(result.stdout);
}

// Environment of a client whose home is this folder.
const living = (home) => ({ PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", TERM: "xterm" });

// Newsboat notes what is new and puts recordings in a queue; podboat, which wants a terminal, fetches what is in it.
const newsboat = {
	needs: ["newsboat", "podboat", "script"],
	subscribe(home, feeds) {
		writeFileSync(path.join(home, "config"), `auto-reload no\npodcast-auto-enqueue yes\ndownload-path "${home}/downloads/"\nmax-downloads 2\n`);
		writeFileSync(path.join(home, "urls"), feeds.join("\n") + "\n");
	},
	async look(home) {
		const at = (name) => path.join(home, name), env = living(home), queue = path.join(home, ".newsboat/queue");
		const reload = await command("newsboat", ["-C", at("config"), "-u", at("urls"), "-c", at("cache.db"), "-x", "reload"], { env });
		assert.equal(reload.code, 0, reload.stdout + reload.stderr);
		const waiting = () => existsSync(queue) ? readFileSync(queue, "utf8").split("\n").filter((line) => line && !/ (downloaded|played|finished)$/.test(line)) : [];
		const wanted = waiting().length, have = () => existsSync(at("downloads")) ? readdirSync(at("downloads")).filter((name) => !name.endsWith(".part")).length : 0;
		const already = have();
		const child = spawn("script", ["-qec", `podboat -C ${at("config")} -q ${queue} -a`, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
		const ended = new Promise((done) => child.on("exit", done));
		child.stdout.resume();
		try {
			await waitFor(() => have() >= already + wanted, "podboat's downloads");
			await sleep(wanted ? 1000 : 2000); // with nothing to do it has time to do what it shouldn't
		} finally {
			child.stdin.write("q");
			const patience = setTimeout(() => child.kill(), 10000);
			await ended;
			clearTimeout(patience);
		}
		return wanted;
	},
	has: async (home) => (await rows(path.join(home, "cache.db"), "select guid, enclosure_url from rss_item where enclosure_url <> ''"))
		.map(([guid, url]) => ({ guid, url })),
};

const gpodder = {
	needs: ["gpo"],
	ask: (home, ...args) => command("gpo", args, { env: { ...living(home), GPODDER_HOME: home, GPODDER_DOWNLOAD_DIR: path.join(home, "downloads") } }),
	async subscribe(home, feeds) {
		for (const feed of feeds)
			assert.match((await this.ask(home, "subscribe", feed)).stdout, /Successfully added/);
	},
	async look(home) {
		assert.equal((await this.ask(home, "update")).code, 0);
		return Number(/(\d+) episodes? downloaded/.exec((await this.ask(home, "download")).stdout)?.[1]);
	},
	has: async (home) => (await rows(path.join(home, "Database"), "select guid, url, file_size, total_time, chapters from episode"))
		.map(([guid, url, length, seconds, list]) => ({ guid, url, length, seconds, chapters: JSON.parse(list || "[]").map((each) => [each.start, each.title]) })),
};

// podget knows a recording by its address alone; the show's recordings keep theirs as long as their files keep their names.
const podget = {
	needs: ["podget", "wget"],
	async subscribe(home, feeds) {
		await command("podget", ["--create-config", "podgetrc"], { env: living(home) });
		const folder = path.join(home, ".config/podget"), file = path.join(folder, "podgetrc");
		writeFileSync(file, readFileSync(file, "utf8").replace(/^MIN_SPACE=.*$/m, "MIN_SPACE=1").replace(/^DIR_LIBRARY=.*$/m, `DIR_LIBRARY=${home}/downloads`));
		writeFileSync(path.join(folder, "serverlist"), feeds.map((feed, i) => `${feed} Bells Feed${i}\n`).join(""));
	},
	async look(home) {
		const got = () => existsSync(path.join(home, "downloads")) ? readFileSync(path.join(home, "downloads/.LOG/done"), "utf8").split("\n").length - 1 : 0;
		const already = got();
		const { code, stdout, stderr } = await command("podget", ["-vv"], { env: living(home) });
		assert.equal(code, 0, stdout + stderr);
		return got() - already;
	},
	has: async (home) => readFileSync(path.join(home, "downloads/.LOG/done"), "utf8").trim().split("\n").map((url) => ({ url })),
};

const clients = { newsboat, gpodder, podget };
const isThere = (client) => client.needs.every(isInstalled);

// ---- what happens to the show, and what each client does about it ----

const cleanup = [], told = {}, seen = {};
const t = { after: (act) => cleanup.push(act) };
const feedPaths = ["/feeds/bells.xml", "/feeds/conference/towers-2026.xml"];

// What is really there: each recording's bytes and seconds.
function truth(site) {
	return Object.fromEntries([...Object.values(recordings), "talk.webm"].map((name) => {
		const file = path.join(site, "media", name);
		const probed = JSON.parse(execFileSync("ffprobe", ["-v", "error", "-of", "json", "-show_format", file]));
		return [name, { length: statSync(file).size, seconds: Number(probed.format.duration) }];
	}));
}

function itemsOf(xml) {
	return [...xml.matchAll(/<item>.*?<\/item>/gs)].map(([item]) => ({ guid: /<guid[^>]*>(.*?)<\/guid>/.exec(item)[1],
		url: /<enclosure url="(.*?)"/.exec(item)?.[1], length: Number(/<enclosure [^>]*length="(\d+)"/.exec(item)?.[1]),
		seconds: Number(/<itunes:duration>(\d+)</.exec(item)?.[1]), title: /<title>(.*?)<\/title>/.exec(item)[1] }));
}

before(async () => {
	const door = await doorstep(t), site = makeSite(t, siteFiles(door.url));
	for (const name of Object.values(recordings))
		copyFileSync(path.join(fixtures, name), path.join(site, "media", name));
	copyFileSync(path.join(fixtures, "clip.webm"), path.join(site, "media/talk.webm"));
	const feeds = feedPaths.map((each) => door.url + each);

	async function opened() {
		const imported = await run(["import", "--site", site]);
		assert.match(imported.stdout, /3 episodes/, imported.stdout + imported.stderr);
		const server = await serve(t, site);
		door.leadTo(server.url);
		return server;
	}
	async function stage(name) {
		const texts = await Promise.all(feeds.map(async (feed) => (await fetch(feed)).text()));
		seen[name] = { feeds: texts, items: texts.flatMap(itemsOf), truth: truth(site), lock: readFileSync(path.join(site, "feeds.lock"), "utf8") };
		for (const [who, client] of Object.entries(clients).filter(([, each]) => isThere(each))) {
			if (!told[who]) {
				told[who] = { home: mkdtempSync(path.join(tmpdir(), `carillon-${who}-`)) };
				t.after(() => rmSync(told[who].home, { recursive: true, force: true }));
				await client.subscribe(told[who].home, feeds);
			}
			door.takeAsked();
			const downloaded = await client.look(told[who].home);
			told[who][name] = { downloaded, asked: door.takeAsked(), has: await client.has(told[who].home) };
		}
	}

	let server = await opened();
	await stage("first");
	seen.chapters = await (await fetch(`${door.url}/shows/bells/one.chapters.json`)).json();
	await stage("second");

	// An episode and a talk under other names, every recording encoded anew, and the archive made anew.
	await server.stop();
	renameSync(path.join(site, "episodes/one.md"), path.join(site, "episodes/the-first-one.md"));
	renameSync(path.join(site, "talks/towers-2026/videos/ropes.json"), path.join(site, "talks/towers-2026/videos/on-hemp.json"));
	for (const [name, other] of Object.entries({ [recordings.one]: "chapters.mp3", [recordings.two]: "chapters.m4a", [recordings.three]: "talk.mp4" }))
		copyFileSync(path.join(fixtures, other), path.join(site, "media", name));
	rmSync(path.join(site, "var"), { recursive: true });
	server = await opened();
	await stage("changed");
	seen.log = server.output();

	// From a server to files.
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-static-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	await server.stop();
	const published = await run(["publish", "--site", site, "--output", path.join(folder, "public")]);
	assert.match(published.stderr, /^carillon: episodes\/the-first-one\.md: a soundbite lasts 1 s; 15 to 120 are recommended\n$/);
	assert.doesNotMatch(published.stdout, /lead to what isn't published/);
	door.leadTo((await fileServer(t, path.join(folder, "public"))).url);
	await stage("static");
});

after(async () => {
	for (const act of cleanup)
		await act();
});

const media = (asked) => asked.filter((each) => each.path.startsWith("/media/") && !each.path.endsWith(".png"));

for (const [who, client] of Object.entries(clients))
	test(`${who} takes every recording once, and none again`, (inner) => {
		if (!isThere(client))
			return inner.skip(`${client.needs.filter((each) => !isInstalled(each)).join(", ")} isn't installed`);
		const { first, ...later } = told[who];
		assert.equal(first.downloaded, 4, JSON.stringify(first));
		const got = media(first.asked).filter((each) => each.method === "GET" && each.bytes);
		assert.deepEqual(got.map((each) => [each.path, each.bytes]).sort(), Object.entries(seen.first.truth).map(([name, { length }]) =>
			[`/media/${name}`, length]).sort());
		for (const name of ["second", "changed", "static"]) {
			assert.deepEqual([name, later[name].downloaded, media(later[name].asked)], [name, 0, []]);
			assert.ok(later[name].asked.some((each) => each.path === feedPaths[0]), `${name}: it did look`);
			assert.equal(later[name].has.length, 4);
		}
		const key = (each) => each.guid ?? each.url, wanted = (each) => client === podget ? each.url : each.guid;
		for (const name of ["first", "changed", "static"])
			assert.deepEqual(told[who][name].has.map(key).sort(), seen.first.items.map(wanted).sort(), name);
	});

test("gPodder has each item's GUID, address, length and duration, and the chapters, as they are", (inner) => {
	if (!isThere(gpodder))
		return inner.skip("gPodder isn't installed");
	const has = told.gpodder.first.has;
	for (const item of seen.first.items) {
		const theirs = has.find((each) => each.guid === item.guid), really = seen.first.truth[path.basename(item.url)];
		assert.deepEqual([theirs.url, theirs.length], [item.url, really.length]);
		assert.ok(Math.abs(theirs.seconds - really.seconds) <= 0.6, `${item.url}: ${theirs.seconds}, ${really.seconds}`);
		assert.deepEqual(theirs.chapters, item.title === "One" ? chapters : []);
	}
});

test("GUIDs and addresses stay through all of it, while lengths are those of the files", () => {
	const [first, ...others] = ["first", "second", "changed", "static"].map((name) => seen[name]);
	const keys = ({ items }) => items.map((item) => [item.guid, item.url]).sort();
	assert.equal(first.items.length, 4);
	for (const other of others) {
		assert.deepEqual(keys(other), keys(first));
		for (const item of other.items)
			assert.equal(item.length, other.truth[path.basename(item.url)].length);
	}
	for (const item of first.items)
		assert.ok(first.lock.includes(`\t${item.guid}\t`) && seen.changed.lock.includes(`\t${item.guid}\t`), item.guid);
	assert.ok(!seen.first.lock.includes("the-first-one") && seen.changed.lock.includes("the-first-one"), "the renamed one's line moved");
	assert.match(seen.log, /bells: 0 new, .*3 lengths changed/);
	assert.equal(seen.static.feeds[0], seen.changed.feeds[0], "a plain server gives out the same feed");
});

// ---- readers of feeds ----

function sameAsOurs(name, theirs) {
	const { items, truth: really } = seen[name];
	assert.deepEqual(theirs.map(({ guid, url, length }) => ({ guid, url, length })), items.slice(0, theirs.length).map(({ guid, url }) =>
		({ guid, url, length: really[path.basename(url)].length })));
	theirs.forEach((each, i) => assert.ok(Math.abs(each.seconds - really[path.basename(items[i].url)].seconds) <= 0.6, `${each.url}: ${each.seconds}`));
}

test("Podcast Index's parser sees our items, and exactly the Podcasting 2.0 tags that are there", async (inner) => {
	let partytime;
	try {
		partytime = await import("podcast-partytime");
	} catch {
		return inner.skip("podcast-partytime isn't installed");
	}
	for (const name of ["first", "changed", "static"]) {
		const parsed = (partytime.parseFeed ?? partytime.default.parseFeed)(seen[name].feeds[0]);
		sameAsOurs(name, parsed.items.map((item) => ({ guid: item.guid, url: item.enclosure.url, length: item.enclosure.length, seconds: item.duration })));
		assert.deepEqual(Object.fromEntries(Object.entries(parsed.pc20support).map(([phase, names]) => [phase, [...names].sort()])),
			{ 1: ["chapters", "funding", "locked", "soundbite", "transcript"], 2: ["episode", "person", "season"], 3: ["guid", "license"], 4: ["medium"] });
	}
});

test("rss-parser sees our items, and nothing new later", async (inner) => {
	let Parser;
	try {
		Parser = (await import("rss-parser")).default;
	} catch {
		return inner.skip("rss-parser isn't installed");
	}
	const known = new Set();
	for (const name of ["first", "second", "changed", "static"])
		for (const [i, text] of seen[name].feeds.entries()) {
			const parsed = await new Parser().parseString(text);
			if (i === 0)
				sameAsOurs(name, parsed.items.map((item) => ({ guid: item.guid, url: item.enclosure.url, length: Number(item.enclosure.length), seconds: Number(item.itunes.duration) })));
			for (const item of parsed.items) {
				assert.ok(name === "first" || known.has(item.guid), `${name}: ${item.title}`);
				known.add(item.guid);
			}
		}
	assert.equal(known.size, 4);
});

// Debian's Python parsers: a line of JSON an item.
async function readBy(inner, module, script) {
	if ((await command(python, ["-c", `import ${module}`])).code !== 0)
		return inner.skip(`Python's ${module} isn't installed`);
	for (const name of ["first", "changed", "static"]) {
		const result = await new Promise((done) => {
			const child = execFile(python, ["-c", script], (error, stdout, stderr) => done({ code: error ? 1 : 0, stdout, stderr }));
			child.stdin.end(seen[name].feeds[0]);
		});
		assert.equal(result.code, 0, result.stderr);
		const theirs = JSON.parse(result.stdout);
		sameAsOurs(name, theirs);
		if (theirs[0].chapters)
			assert.deepEqual(theirs.map((each) => each.chapters), name === "first" ? [[], [], chapters] : [inside, inside, chapters], name);
	}
}

test("Python's podcastparser sees our items and their chapters", (inner) => readBy(inner, "podcastparser", `
import io, json, podcastparser, sys
feed = podcastparser.parse("http://x/", io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([{"guid": e["guid"], "url": e["enclosures"][0]["url"], "length": e["enclosures"][0]["file_size"], "seconds": e["total_time"],
	"chapters": [[c["start"], c["title"]] for c in e.get("chapters", [])]} for e in feed["episodes"]]))`));

test("Python's feedparser sees our items and finds nothing amiss", (inner) => readBy(inner, "feedparser", `
import feedparser, json, sys
feed = feedparser.parse(sys.stdin.buffer.read())
assert not feed.bozo, feed.bozo_exception
print(json.dumps([{"guid": e.id, "url": e.enclosures[0].href, "length": int(e.enclosures[0].length), "seconds": int(e.itunes_duration)} for e in feed.entries]))`));

test("the chapters file says what the feed and the front matter say", () => {
	assert.deepEqual(seen.chapters.chapters.map((each) => [each.startTime, each.title]), chapters);
	const psc = [...seen.first.feeds[0].matchAll(/<psc:chapter start="00:00:0(\d)\.000" title="(.*?)"/g)].map(([, start, title]) => [Number(start), title.replace("&amp;", "&")]);
	assert.deepEqual(psc, chapters);
});

test("the W3C's validator finds nothing at level A, served or as files", async (inner) => {
	const validator = process.env.FEEDVALIDATOR ?? "";
	if (!existsSync(path.join(validator, "src/feedvalidator")))
		return inner.skip("FEEDVALIDATOR isn't a checkout of github.com/w3c/feedvalidator");
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-judged-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	for (const name of ["first", "static"])
		for (const [i, text] of seen[name].feeds.entries()) {
			const file = path.join(folder, `${name}-${i}.xml`), self = /<atom:link rel="self"[^>]*href="(.*?)"/.exec(text)?.[1] ?? /<atom:link href="(.*?)" rel="self"/.exec(text)[1];
			assert.ok(self.endsWith(feedPaths[i]), self);
			writeFileSync(file, text);
			const judged = await command(python, [path.join(root, "tests/transcripts/w3c_feed.py"), validator, file, self, "A"]);
			if (judged.code === 77)
				return inner.skip(judged.stdout.trim());
			assert.equal(judged.code, 0, `${name} ${feedPaths[i]}: ${judged.stdout}${judged.stderr}`);
		}
});
