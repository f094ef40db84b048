// rebuild.mjs - the archive follows from the files alone. However they came in (all at once, one by one in any order, with
// imports between, with other contents in between), whatever can be asked of it is the same, byte for byte: every page,
// every export of every item, feeds, searches, suggestions, people, conferences.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { seeded } from "../bench/search_words.mjs";
import { corpora, hasCorpora, makeSite, root, run, serve } from "./carillon.mjs";

const orders = Number(process.env.ORDERS ?? (process.env.FULL ? 40 : 4));
const yaml = "title: Test\nbase_url: http://127.0.0.1\nshows:\n" + ["bells", "towers"].map((name) => `  - {name: ${name}, ` +
	`title: The ${name}, description: About them., language: en, author: Ringers, category: Technology}\n`).join("");
const page = (title, rest = "", notes = "Notes.") => `---\ntitle: ${title}\ntimestamp: 2021-04-05T06:07:08\nmp3:\n` +
	`  file: /media/${title.toLowerCase()}.mp3\n  size: 1000\n  time: "1:00:00"\n${rest}---\n\n${notes}\n`;
const talk = (title, fields = {}) => JSON.stringify({ title, speakers: ["Ada Bell"], recorded: "2020-05-02", duration: 1200,
	description: `About ${title}.`, language: "eng", videos: [], ...fields });
const vtt = (...lines) => "WEBVTT\n\n" + lines.map((line, i) => `00:0${i}.000 --> 00:0${i + 1}.000\n${line}\n`).join("\n");

// Clashes of every kind: slugs, forms of one transcript, languages of one talk, claims, people known by another file's key.
const own = {
	"episodes/one.md": page("One", "guests: [A. Bell]\nepisode: 1\n"),
	"episodes/two.md": page("Two", "transcript: special.vtt\n", "See [one](/shows/bells/one), at [0:30](#t=30)."),
	"episodes/two-again.md": page("Again", "slug: two\n"),
	"episodes/two-claims.md": page("Claims", "transcript: special.vtt\n"),
	"episodes/three.md": page("Three", "show: towers\nchapters: [\"0:00 Start\", \"0:20 Ropes\", \"0:40 End\"]\n"),
	"transcripts/one.vtt": vtt("<v A. Bell>The first of all bells.", "<v Ben Hur>It rings in spacey."),
	"transcripts/one.srt": "1\n00:00:00,000 --> 00:00:01,000\nanother form\n",
	"transcripts/special.vtt": vtt("Very special words."),
	"transcripts/two.txt": "00:00 Carla Chime: A chime is small.\n\n00:07 Dora Dong: A bell is large.\n\n" +
		"00:15 Carla Chime: So it is.\n\n00:20 Dora Dong: Well said.\n",
	"transcripts/on-ropes.en.vtt": vtt("<v Ada Bell>A rope is spliced."),
	"transcripts/on-ropes.de.vtt": vtt("<v Ada Bell>Ein Seil wird gespleißt."),
	"transcripts/On Wheels [abcdefghijk].vtt": vtt("A wheel turns."),
	"transcripts/lightning-talks.vtt": vtt("Nobody knows whose."),
	"talks/towers-2020/category.json": JSON.stringify({ title: "Towers 2020", description: "All about towers." }),
	"talks/towers-2020/videos/on-ropes.json": talk("On Ropes"),
	"talks/towers-2020/videos/on-wheels.json": talk("On Wheels", { videos: [{ type: "youtube", url: "https://youtu.be/abcdefghijk" }] }),
	"talks/towers-2020/videos/lightning-a.json": talk("Lightning Talks"),
	"talks/towers-2020/videos/lightning-b.json": talk("Lightning Talks", { speakers: ["Ben Hur"] }),
	"talks/towers-2020/more/lightning-a.json": talk("Lightning Talks", { speakers: ["Carla Chime"] }),
	"talks/towers-2021/videos/one.json": talk("One"),
	"talks/cat/events/steeple-2019.json": JSON.stringify({ name: "Steeple 2019", event_start: "2019-05-06", event_end: "2019-05-07",
		location: { city: "Nowhere", country: "Nowhere" }, website: "https://example.org" }),
	"talks/cat/people/ada-bell.json": JSON.stringify({ name: "Ada Bell", country: "Nowhere" }),
	"talks/cat/people/zed.json": JSON.stringify({ name: "Zed the Ringer", country: "Nowhere" }),
	"talks/cat/podcasts/towers.json": JSON.stringify([{ ep: "1", title: "Of peals", date: "2019-01-01",
		permalink: "https://example.org/peals", guests: ["zed"], hosts: ["ada-bell"], keywords: ["peal"] },
	{ ep: "2", title: "Three", date: "2019-01-02", permalink: "https://example.org/three", guests: ["nobody-known"], hosts: ["ada-bell"] }]),
	"talks/cat/videos/steeple-2019/on-steeples.json": JSON.stringify({ title: "On Steeples", speakers: ["zed"], length: "20:00",
		recorded: "2019-05-06", videos: [{ type: "youtube", code: "bcdefghijkl" }] }),
	"talks/cat/videos/steeple-2019/on-steeples.html": "<p>How high they are.</p>\n",
	"talks/feed.xml": "<rss version=\"2.0\"><channel><title>Elsewhere</title><link>https://example.com</link><description>x</description>" +
		"<item><title>One</title><guid>g1</guid><pubDate>Mon, 05 Apr 2021 06:07:08 GMT</pubDate><enclosure url=\"https://example.com/1.mp3\" " +
		"length=\"1\" type=\"audio/mpeg\"/></item><item><title>Lightning</title><guid>g2</guid><pubDate>Mon, 05 Apr 2021 06:07:08 GMT</pubDate>" +
		"</item></channel></rss>",
	"talks/schedule.xml": "<schedule><conference><acronym>night-2018</acronym><title>Night 2018</title><start>2018-01-01</start>" +
		"</conference><day date=\"2018-01-01\" index=\"1\"><room name=\"Loft\"><event id=\"7\" guid=\"0f8d5b0e-0000-4000-8000-000000000007\">" +
		"<date>2018-01-01T10:00:00+01:00</date><start>10:00</start><duration>00:30</duration><title>Owls in the loft</title>" +
		"<persons><person id=\"1\">Ben Hur</person></persons></event></room></day></schedule>",
};
const always = {
	"carillon.yaml": yaml,
	"people.yaml": "people:\n  - {name: Ada Bell, aliases: [A. Bell], about: Rings.}\n",
	"corrections.yaml": "- {from: spacey, to: spaCy}\n",
};
// What other files of the same name say, for a while.
const otherwise = {
	"episodes/one.md": page("Uno", "slug: two\n"), "episodes/two-again.md": page("Elsewhere", "slug: lightning-talks\n"),
	"talks/towers-2020/videos/on-ropes.json": talk("On Wheels"), "talks/cat/people/zed.json": JSON.stringify({ name: "Zoe" }),
	"talks/towers-2020/videos/lightning-a.json": talk("One", { speakers: ["Somebody"] }),
	"transcripts/on-ropes.en.vtt": vtt("Other words."), "talks/feed.xml": "<rss><channel><title>Gone</title></channel></rss>",
	"people.yaml": "people: []\n", "corrections.yaml": "- {from: rings, to: sings}\n",
};

const queries = ["bell", "bells", "\"all bells\"", "rope OR wheel", "spacy", "spacey", "speaker:\"Ada Bell\"", "speaker:zed", "zed", "lightning", "talks",
	"one", "two", "chime", "kind:talk", "conference:towers-2020", "show:towers", "before:2020", "after:2019 ropes", "seil", "rign", "stee*",
	"owls", "loft", "python", "the", "and", "\"of the\"", "test* data", "django", "show:bells the", "nobody", "peals", "high"];
const beginnings = ["b", "be", "bel", "li", "lightning", "on", "on ", "ad", "speaker:a", "py", "pyth", "to", "th", "the f", "ze"];

function write(site, name, content) {
	const file = path.join(site, name);
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, content);
}

async function importNow(site) {
	const { code, stderr, stdout } = await run(["import", "--site", site]);
	assert.ok(code <= 1, stderr);
	return stdout;
}

// Everything that can be asked, as Map of path → the answer's hash.
async function ask(t, site, all) {
	const sql = (query) => JSON.parse(execFileSync("sqlite3", ["-json", path.join(site, "var/archive.db"), query], { encoding: "utf8", maxBuffer: 256 << 20 }) || "[]");
	const items = sql("SELECT show, conference, slug, n_cues, (SELECT count(*) FROM chapters WHERE item=id) AS n_chapters FROM items ORDER BY 1, 2, 3"), people = sql("SELECT slug FROM people ORDER BY 1");
	const conferences = sql("SELECT DISTINCT conference AS name FROM items UNION SELECT name FROM conferences ORDER BY 1");
	const { url, stop } = await serve(t, site);
	const answers = new Map();
	const get = async (address) => {
		const response = await fetch(url + address);
		let body = Buffer.from(await response.arrayBuffer()).toString("latin1");
		body = body.replaceAll(url, "").replace(/"took_ms":[\d.]+/, "").replace(/\d+(\.\d+)? ms\b/g, "");
		answers.set(address, all.has(address) ? `${response.status} ${body}` : `${response.status} ${createHash("sha256").update(body).digest("hex")}`);
	};
	const at = (...parts) => parts.map((part) => `/${encodeURIComponent(part)}`).join("");
	for (const { show, conference, slug, n_cues, n_chapters } of items) {
		const item = conference ? at("conferences", conference, slug) : show ? at("shows", show, slug) : at("transcripts", slug);
		await get(item);
		for (const ending of n_cues || n_chapters ? [".vtt", ".srt", ".json", ".txt", ".html", ".chapters.json", ".psc", ".chapters.txt"] : [])
			await get(item + ending);
	}
	for (const { slug } of people)
		await get(at("people", slug));
	for (const { name } of conferences)
		await get(`${at("conferences", name)}/`);
	for (const address of ["/people/", "/conferences/", "/shows/bells/", "/shows/towers/", "/feeds/bells.xml", "/feeds/towers.xml", "/feeds/bells.atom", "/feeds/bells.json"])
		await get(address);
	for (const query of queries)
		for (const rest of ["", "&limit=100", "&sponsors=1", "&offset=5"])
			await get(`/api/search?q=${encodeURIComponent(query)}${rest}`);
	for (const query of queries)
		await get(`/search?q=${encodeURIComponent(query)}`);
	for (const typed of beginnings)
		await get(`/api/suggest?q=${encodeURIComponent(typed)}`);
	await stop();
	return answers;
}

async function compare(t, site, wanted, how) {
	const got = await ask(t, site, new Set());
	assert.deepEqual([...got.keys()].filter((key) => !wanted.has(key)), [], `${how}: addresses that weren't there`);
	assert.deepEqual([...wanted.keys()].filter((key) => !got.has(key)), [], `${how}: addresses that are missing`);
	const different = [...wanted.keys()].filter((key) => wanted.get(key) !== got.get(key));
	assert.deepEqual(different, [], `${how}: answers that differ`);
}

function shuffle(list, random) {
	const out = [...list];
	for (let i = out.length - 1; i > 0; i--) {
		const k = Math.floor(random() * (i + 1));
		[out[i], out[k]] = [out[k], out[i]];
	}
	return out;
}

function forget(site) {
	for (const name of readdirSync(path.join(site, "var")))
		if (name.startsWith("archive.db"))
			rmSync(path.join(site, "var", name));
}

test("however small files came in, all that can be asked is the same", { timeout: 900000 }, async (t) => {
	const files = { ...own };
	const fixtures = path.join(root, "tests/data/transcripts");
	for (const name of readdirSync(fixtures))
		if (statSync(path.join(fixtures, name)).isFile())
			files[`transcripts/data/${name}`] = readFileSync(path.join(fixtures, name));
	const site = makeSite(t, { ...always, ...files });
	await importNow(site);
	const wanted = await ask(t, site, new Set());
	assert.ok([...wanted].filter(([, answer]) => answer.startsWith("200")).length > 250);
	assert.equal([...wanted].filter(([, answer]) => answer.startsWith("500")).length, 0);
	forget(site);
	await importNow(site);
	await compare(t, site, wanted, "rebuilt");
	for (let seed = 1; seed <= orders; seed++) {
		const random = seeded(seed), other = makeSite(t, always);
		copyFileSync(path.join(site, "feeds.lock"), path.join(other, "feeds.lock"));
		for (const name of seed === 1 ? Object.keys(files).sort().reverse() : shuffle(Object.keys(files), random)) {
			/* Every third time other words were there before, and every fifth file comes together with the next. */
			if (otherwise[name] && seed > 2) {
				write(other, name, otherwise[name]);
				await importNow(other);
			}
			write(other, name, files[name]);
			if (random() < 0.8)
				await importNow(other);
		}
		if (seed % 4 === 0) {
			for (const [name, content] of Object.entries(otherwise))
				write(other, name, content);
			await importNow(other);
			for (const [name, content] of Object.entries({ ...files, ...always }))
				write(other, name, content);
		}
		await importNow(other);
		/* Whose transcript is another's is told every time. */
		assert.deepEqual((await importNow(other)).match(/^.*: taken for /gm), ["episodes/two-claims.md: taken for "]);
		await compare(t, other, wanted, `order ${seed}`);
	}
});

// Every file below a folder, with its bytes: a part of them, the same every time.
function sample(folder, one_of, found = new Map(), below = "") {
	for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
		const name = path.join(below, entry.name);
		if (entry.isDirectory())
			sample(folder, one_of, found, name);
		else if (createHash("sha256").update(name).digest().readUInt32BE() % one_of === 0)
			found.set(name, path.join(folder, name));
	}
	return found;
}

test("and of the corpora's files", { skip: hasCorpora ? false : "needs the corpora", timeout: 900000 }, async (t) => {
	const unpacked = mkdtempSync(path.join(tmpdir(), "carillon-corpus-"));
	t.after(() => rmSync(unpacked, { recursive: true, force: true }));
	for (const name of ["talkpython", "pyvideo", "codeandtalk", "captions", "feeds", "schedules"])
		execFileSync("tar", ["--zstd", "-xf", path.join(corpora, `${name}.tar.zst`), "-C", unpacked]);
	const files = new Map();
	const share = process.env.FULL ? 1 : 4; // a quarter in the short form
	for (const [folder, one_of] of [["talkpython", 9], ["pyvideo", 40], ["codeandtalk", 12], ["captions", 4], ["feeds", 20], ["schedules", 1]])
		for (const [name, from] of sample(path.join(unpacked, folder), one_of * share))
			files.set(`talks/${folder}/${name}`, from);
	for (const folder of ["cmos/md-2026", "seeds"])
		for (const [name, from] of sample(path.join(corpora, folder), share))
			files.set(`episodes/${folder}/${name}`, from);
	const copy = (site, names) => {
		for (const name of names) {
			mkdirSync(path.dirname(path.join(site, name)), { recursive: true });
			copyFileSync(files.get(name), path.join(site, name));
		}
	};
	const site = makeSite(t, always);
	copy(site, files.keys());
	await importNow(site);
	const wanted = await ask(t, site, new Set());
	t.diagnostic(`${files.size} files, ${wanted.size} answers`);
	assert.ok(files.size > 1000 / share && wanted.size > 2000 / share, `${files.size} files, ${wanted.size} answers`);
	assert.equal([...wanted].filter(([, answer]) => answer.startsWith("500")).length, 0);
	forget(site);
	await importNow(site);
	await compare(t, site, wanted, "rebuilt");
	const other = makeSite(t, always), names = shuffle([...files.keys()], seeded(5));
	if (existsSync(path.join(site, "feeds.lock")))
		copyFileSync(path.join(site, "feeds.lock"), path.join(other, "feeds.lock"));
	const part = Math.ceil(names.length / 8);
	for (let i = 0; i < names.length; i += part) {
		copy(other, names.slice(i, i + part));
		await importNow(other);
	}
	await compare(t, other, wanted, "in parts");
});
