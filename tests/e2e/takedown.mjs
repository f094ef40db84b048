// takedown.mjs - takedown.yaml: what it names is gone from pages, search, feeds, people, media and published files, says why,
// and comes back as it was when the line is taken out.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { gunzipSync } from "node:zlib";

import { makeSite, picture, root, run, serve, waitFor } from "./carillon.mjs";

const media = path.join(root, "tests/data/transcripts/media");
const yaml = `title: Taken
base_url: https://example.org
shows:
  - {name: bells, title: Bells, description: About bells., language: en, author: The bell ringers, category: Technology, image: media/art.png, explicit: false, type: episodic}
`;
const page = (title, date, file, word, more = "") => `---\ntitle: ${title} of bronze\ntimestamp: ${date}\nguid: guid-${title}\nmp3:\n  file: /media/${file}\n` +
	`${more}---\nNotes on ${word}ish things, [another](/shows/bells/two).\n\n[transcript]\n[00:00] Ada:\n${word} rings over the town, see https://${word}.example.net/ for more.\n\n[00:01] Ben:\nIt does.\n[/transcript]\n`;
const talk = (id, title, person) => `<event id="${id}" guid="b1e55ed0-0000-4000-8000-00000000000${id}"><date>2026-05-01T1${id}:00:00+00:00</date>
<start>1${id}:00</start><duration>00:30</duration><room>Nave</room><slug>${title.toLowerCase()}</slug><title>${title}</title><track>Metal</track><type>Talk</type>
<language>en</language><abstract>On ${title.toLowerCase()}ness.</abstract><persons><person id="${id}">${person}</person></persons></event>`;
const schedule = `<?xml version="1.0" encoding="UTF-8"?><schedule><version>1</version><conference><acronym>belfry26</acronym>
<title>Belfry Days 2026</title><start>2026-05-01</start><end>2026-05-01</end><days>1</days></conference><day index="1" date="2026-05-01">
<room name="Nave">${talk(1, "Casting", "Cleo Cast")}${talk(2, "Ropes", "Dan Rope")}${talk(3, "Rust", "Cleo Cast")}</room></day></schedule>\n`;

function site(t, files = {}) {
	const made = makeSite(t, {
		"carillon.yaml": yaml,
		"episodes/one.md": page("One", "2026-01-01", "tone.mp3", "zinnwald"),
		"episodes/two.md": page("Two", "2026-02-01", "tone.m4a", "yarrow"),
		"episodes/three.md": page("Three", "2026-03-01", "clip.mp4", "xylograph"),
		"talks/belfry26/schedule.xml": schedule,
		"people.yaml": "people:\n  - {name: Cleo Cast, aliases: [C. Cast]}\n",
		"media/art.png": picture(1400),
		...files,
	});
	for (const file of ["tone.mp3", "tone.m4a", "clip.mp4"])
		copyFileSync(path.join(media, file), path.join(made, "media", file));
	return made;
}

const all = (where, below = "") => readdirSync(path.join(where, below), { withFileTypes: true }).flatMap((entry) =>
	entry.isDirectory() ? all(where, path.join(below, entry.name)) : [path.join(below, entry.name)]).sort();
const get = async (server, address) => {
	const answer = await fetch(server.url + address, { redirect: "manual" });
	return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
};
const hits = async (server, query) => (await (await fetch(`${server.url}/api/search?q=${encodeURIComponent(query)}`)).json()).total;
const suggestions = async (server, query) => (await (await fetch(`${server.url}/api/suggest?q=${query}`)).json()).suggestions;
const imported = async (folder, ...args) => run(["import", "--site", folder, ...args]);

// Waits until a running server has read takedown.yaml.
async function takeDown(folder, server, text, address = "/shows/bells/one", status = 410) {
	if (text === null)
		rmSync(path.join(folder, "takedown.yaml"));
	else
		writeFileSync(path.join(folder, "takedown.yaml"), text);
	await waitFor(async () => (await get(server, address)).status === status, `${address} to answer ${status}`);
}

test("an episode that was taken down is gone everywhere, and says why; without the line it is back as it was", async (t) => {
	const folder = site(t);
	assert.equal((await imported(folder)).code, 0);
	const server = await serve(t, folder);
	const feed = await get(server, "/feeds/bells.xml");
	assert.match(feed.text, /guid-One/);
	const before = {};
	const addresses = ["/shows/bells/one", "/shows/bells/one.vtt", "/shows/bells/one.json", "/shows/bells/one/embed", "/media/tone.mp3",
		"/previews/tone.mp3/about.json", "/feeds/bells.xml", "/shows/bells/", "/people/ada", "/sitemap.xml", "/"];
	for (const address of addresses)
		before[address] = await get(server, address);
	assert.deepEqual(Object.values(before).map(({ status }) => status), addresses.map(() => 200), JSON.stringify(addresses));
	assert.equal(await hits(server, "zinnwald"), 1);

	await takeDown(folder, server, '- {item: /shows/bells/one, reason: "The guest <asked> us.", date: 2026-11-20}\n');
	for (const address of addresses.slice(0, 6)) {
		const answer = await get(server, address);
		assert.equal(answer.status, 410, address);
		assert.match(answer.text, /The guest &lt;asked&gt; us\./, address);
		assert.match(answer.text, /2026-11-20/, address);
		assert.doesNotMatch(answer.text, /bronze|zinnwald/, address);
	}
	for (const address of ["/shows/bells/onetwo", "/shows/bells/one/nothing", "/media/none.mp3"])
		assert.equal((await get(server, address)).status, 404, address);
	const range = await fetch(`${server.url}/media/tone.mp3`, { headers: { range: "bytes=0-9" } });
	assert.equal(range.status, 410);
	assert.equal((await fetch(`${server.url}/media/tone.mp3`, { method: "HEAD" })).status, 410);
	assert.equal((await get(server, "/media/tone.m4a")).status, 200);
	assert.equal(await hits(server, "zinnwald"), 0);
	assert.equal(await hits(server, "zinnwaldish"), 0);
	assert.equal(await hits(server, "yarrow"), 1);
	assert.deepEqual(await suggestions(server, "zinn"), []);
	for (const address of ["/feeds/bells.xml", "/feeds/bells.atom", "/feeds/bells.json", "/shows/bells/", "/people/ada", "/sitemap.xml", "/",
		"/feeds/person/ada.xml", "/shows/bells/two", "/feeds/search.xml?q=rings"]) {
		const answer = await get(server, address);
		assert.equal(answer.status, 200, address);
		assert.doesNotMatch(answer.text.replaceAll('href="/shows/bells/one"', ""), /One of bronze|guid-One|bells\/one|tone\.mp3/, address);
	}
	assert.deepEqual(JSON.parse((await get(server, "/healthz")).text).status, "ok", "the gate lets it go");
	assert.match(readFileSync(path.join(folder, "feeds.lock"), "utf8"), /bells\tone\tguid-One\t.*withdrawn/);

	// A rebuild keeps it.
	await server.stop();
	for (const name of ["archive.db", "archive.db-wal", "archive.db-shm"])
		rmSync(path.join(folder, "var", name), { force: true });
	const again = await serve(t, folder);
	await waitFor(async () => (await get(again, "/shows/bells/two")).status === 200, "the import");
	assert.equal((await get(again, "/shows/bells/one")).status, 410);
	assert.equal(await hits(again, "zinnwald"), 0);

	await takeDown(folder, again, null, "/shows/bells/one", 200);
	await waitFor(async () => /guid-One/.test((await get(again, "/feeds/bells.xml")).text), "the feed");
	for (const address of addresses) {
		const answer = await get(again, address);
		assert.equal(answer.status, 200, address);
		assert.equal(answer.text.replace(/<lastBuildDate>.*/, ""), before[address].text.replace(/<lastBuildDate>.*/, ""), address);
	}
	assert.equal(await hits(again, "zinnwald"), 1);
	assert.doesNotMatch(readFileSync(path.join(folder, "feeds.lock"), "utf8"), /withdrawn/);
});

test("only its recording or only its transcript can go", async (t) => {
	const folder = site(t, { "takedown.yaml": "- {item: /shows/bells/one, what: recording, reason: Music.}\n" +
		"- {file: episodes/two.md, what: [transcript]}\n- {file: media/clip.mp4, reason: Film.}\n" });
	const result = await imported(folder);
	assert.equal(result.code, 0, result.stderr);
	const server = await serve(t, folder);
	await waitFor(async () => (await get(server, "/media/tone.mp3")).status === 410, "the import");
	assert.equal((await get(server, "/shows/bells/one")).status, 200);
	assert.doesNotMatch((await get(server, "/shows/bells/one")).text, /tone\.mp3/);
	assert.equal((await get(server, "/shows/bells/one.vtt")).status, 200);
	assert.equal((await get(server, "/previews/tone.mp3/about.json")).status, 410);
	assert.equal(await hits(server, "zinnwald"), 1);

	assert.equal((await get(server, "/shows/bells/two")).status, 200);
	assert.doesNotMatch((await get(server, "/shows/bells/two")).text, /yarrow rings/);
	assert.equal((await get(server, "/shows/bells/two.vtt")).status, 410);
	assert.equal((await get(server, "/media/tone.m4a")).status, 200);
	assert.equal(await hits(server, "yarrow"), 0);
	assert.equal(await hits(server, "yarrowish"), 1, "its notes stay");

	assert.equal((await get(server, "/shows/bells/three")).status, 200);
	assert.equal((await get(server, "/media/clip.mp4")).status, 410);
	const feed = (await get(server, "/feeds/bells.xml")).text;
	assert.match(feed, /guid-Two/);
	assert.doesNotMatch(feed, /guid-One|guid-Three|podcast:transcript/);
	assert.equal(JSON.parse((await get(server, "/healthz")).text).status, "ok");
});

test("all of somebody's talks and episodes go by the name, and by any that people.yaml has for it", async (t) => {
	const folder = site(t);
	assert.equal((await imported(folder)).code, 0);
	const server = await serve(t, folder);
	for (const form of ["xml", "atom", "json"])
		assert.equal((await get(server, `/feeds/conference/belfry26.${form}`)).status, 200);
	assert.equal((await get(server, "/people/cleo-cast")).status, 200);
	await takeDown(folder, server, '- {person: C. Cast, reason: "The speaker wants it."}\n', "/conferences/belfry26/casting");
	for (const address of ["/conferences/belfry26/casting", "/conferences/belfry26/rust", "/people/cleo-cast"]) {
		const answer = await get(server, address);
		assert.equal(answer.status, 410, address);
		assert.match(answer.text, /The speaker wants it\./);
	}
	assert.equal((await get(server, "/conferences/belfry26/ropes")).status, 200);
	for (const address of ["/conferences/belfry26/", "/feeds/conference/belfry26.xml", "/feeds/conference/belfry26/track/metal.xml", "/people/"]) {
		const answer = await get(server, address);
		assert.equal(answer.status, 200, address);
		assert.doesNotMatch(answer.text, /Casting|Rust|Cleo/, address);
	}
	assert.match((await get(server, "/feeds/conference/belfry26.xml")).text, /Ropes/);
	assert.equal(await hits(server, "castingness"), 0);
	assert.equal(await hits(server, "ropesness"), 1);
	assert.equal(JSON.parse((await get(server, "/healthz")).text).status, "ok");
	await takeDown(folder, server, "[]\n", "/people/cleo-cast", 200);
	assert.equal((await get(server, "/conferences/belfry26/rust")).status, 200);
});

test("a recording that another item uses stays, and copies that were made of one go with it", async (t) => {
	const folder = site(t, { "episodes/four.md": page("Four", "2026-04-01", "tone.mp3", "willow"),
		"takedown.yaml": "- {item: /shows/bells/one}\n- {item: https://example.org/cast/shows/bells/three/#t=2}\n" });
	for (const name of ["clip-360p.mp4", "clip-normalised.mp4", "clip-other.mp4"])
		copyFileSync(path.join(folder, "media/clip.mp4"), path.join(folder, "media", name));
	writeFileSync(path.join(folder, "media/clip.m3u8"), "#EXTM3U\n");
	writeFileSync(path.join(folder, "media/clip-360p.m3u8"), "#EXTM3U\n");
	await imported(folder);
	const server = await serve(t, folder);
	await waitFor(async () => (await get(server, "/shows/bells/three")).status === 410, "the import");
	assert.equal((await get(server, "/media/tone.mp3")).status, 200);
	for (const [name, status] of [["clip.mp4", 410], ["clip-360p.mp4", 410], ["clip-normalised.mp4", 410], ["clip.m3u8", 410], ["clip-360p.m3u8", 410],
		["clip-other.mp4", 200], ["tone.m4a", 200]])
		assert.equal((await get(server, `/media/${name}`)).status, status, name);
});

test("a picture goes by its file's name, served and published, and others stay", async (t) => {
	const folder = site(t, { "episodes/one.md": page("One", "2026-01-01", "tone.mp3", "zinnwald", "image: media/ada.png\n"), "media/ada.png": picture(1400) });
	const output = path.join(folder, "..", `${path.basename(folder)}-pictures`);
	t.after(() => rmSync(output, { recursive: true, force: true }));
	await run(["publish", "--site", folder, "--output", output]);
	assert.ok(existsSync(path.join(output, "media/ada.png")));
	const server = await serve(t, folder);
	assert.equal((await get(server, "/media/ada.png")).status, 200);
	await takeDown(folder, server, '- {item: /shows/bells/one, reason: "Asked."}\n- {file: media/ada.png, reason: "Asked."}\n');
	assert.deepEqual((await Promise.all(["ada", "art"].map((name) => get(server, `/media/${name}.png`)))).map((answer) => answer.status), [410, 200]);
	await server.stop();
	await run(["publish", "--site", folder, "--output", output]);
	assert.deepEqual(["ada", "art"].map((name) => existsSync(path.join(output, `media/${name}.png`))), [false, true]);
});

test("published files of what was taken down go without --prune, and those that tell of it", async (t) => {
	const folder = site(t), output = mkdtempSync(path.join(tmpdir(), "carillon-public-"));
	t.after(() => rmSync(output, { recursive: true, force: true }));
	const publish = () => run(["publish", "--site", folder, "--output", output]);
	const first = await publish();
	assert.equal(first.code, 0, first.stderr);
	const before = all(output);
	writeFileSync(path.join(output, "mine.html"), "bells/one");
	assert.ok(before.includes("media/tone.mp3") && before.includes("shows/bells/one.vtt") && before.includes("people/cleo-cast/index.html"));

	writeFileSync(path.join(folder, "takedown.yaml"), '- {item: /shows/bells/one, reason: "Asked."}\n- {person: Cleo Cast}\n');
	const result = await publish();
	assert.equal(result.code, 0, result.stderr);
	assert.match(result.stdout, /shows\/bells\/one\.vtt: removed/);
	const after = all(output);
	for (const file of after.filter((name) => name !== "mine.html" && !name.startsWith("."))) {
		const bytes = readFileSync(path.join(output, file));
		const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
		assert.doesNotMatch(text.replaceAll(/href="[^"]*\/?one\/?(index\.html)?"/g, ""), /One of bronze|zinnwald|guid-One|Casting|Rust|Cleo/, file);
	}
	for (const file of ["media/tone.mp3", "previews/tone.mp3/about.json", "shows/bells/one.vtt", "shows/bells/one/embed/index.html", "people/cleo-cast/index.html"])
		assert.ok(!after.includes(file), file);
	for (const file of ["shows/bells/one/index.html", "conferences/belfry26/rust/index.html"]) {
		const stub = readFileSync(path.join(output, file), "utf8");
		assert.match(stub, /Taken down/);
		assert.match(stub, /<meta name="robots" content="noindex">/);
	}
	assert.match(readFileSync(path.join(output, "shows/bells/one/index.html"), "utf8"), /The reason: Asked\./);
	assert.ok(after.includes("media/tone.m4a") && after.includes("mine.html"));
	assert.ok(statSync(path.join(folder, "media/tone.mp3")).size, "the owner's file stays");
	assert.match((await publish()).stdout, /nothing has changed/);

	rmSync(path.join(folder, "takedown.yaml"));
	assert.equal((await publish()).code, 0);
	assert.deepEqual(all(output).filter((name) => name !== "mine.html"), before);
});

test("an item whose file was deleted is gone for good, and its feed isn't refused", async (t) => {
	const folder = site(t);
	await imported(folder);
	let server = await serve(t, folder);
	assert.match((await get(server, "/feeds/bells.xml")).text, /guid-One/);
	await server.stop();
	rmSync(path.join(folder, "episodes/one.md"));
	writeFileSync(path.join(folder, "takedown.yaml"), "- {item: /shows/bells/one, reason: Gone for good.}\n");
	const result = await imported(folder, "--forget");
	assert.doesNotMatch(result.stderr, /takedown/);
	server = await serve(t, folder);
	await waitFor(async () => (await get(server, "/shows/bells/one")).status === 410, "the import");
	assert.match((await get(server, "/shows/bells/one")).text, /Gone for good\./);
	const feed = await get(server, "/feeds/bells.xml");
	assert.equal(feed.status, 200);
	assert.doesNotMatch(feed.text, /guid-One/);
	assert.match(feed.text, /guid-Two/);
	assert.equal(JSON.parse((await get(server, "/healthz")).text).status, "ok");
});

test("what the file says wrongly is told with its line, and takes down rather too much; a broken one stops the import", async (t) => {
	const folder = site(t, { "takedown.yaml": `# what must not be published
- {item: /shows/bells/none, reason: a typing error}
- {item: shows, reason: no page}
- {file: episodes/none.md}
- {person: Nobody Known}
- {item: /shows/bells/one, raeson: misspelt}
- {item: /shows/bells/two, what: transcirpt}
- {reason: of nothing}
- {item: /shows/bells/three, person: Ada}
- a text
- {item: /shows/bells/three, what: transcript, date: soon}
` });
	const expected = [[2, /there is no page \/shows\/bells\/none; correct the address/], [3, /'item' is a page: write/], [4, /nothing is made of the file episodes\/none\.md/],
		[5, /Nobody Known takes part in nothing/], [6, /unknown key 'raeson'; did you mean reason\?|unknown key 'raeson'; did you mean reason/],
		[7, /there is no part 'transcirpt', so the whole page is taken down; did you mean transcript/], [8, /a rule has one of item, file and person/],
		[9, /a rule has one of item, file and person/], [10, /a rule is a map/], [11, /date: 'soon' is no date/]];
	for (const verb of ["import", "doctor"]) {
		const result = await run([verb, "--site", folder]);
		assert.equal(result.code, 1, result.stderr);
		for (const [line, pattern] of expected) {
			const said = (result.stdout + result.stderr).split("\n").filter((text) => text.includes(`takedown.yaml:${line}:`));
			assert.equal(said.length, 1, `${verb}, line ${line}: ${said}\n${result.stdout}${result.stderr}`);
			assert.match(said[0], pattern);
		}
	}
	const server = await serve(t, folder);
	await waitFor(async () => (await get(server, "/shows/bells/three")).status === 200, "the import");
	for (const [address, status] of [["one", 410], ["two", 410], ["three", 200], ["three.vtt", 410]])
		assert.equal((await get(server, `/shows/bells/${address}`)).status, status, address);

	for (const text of ["- {item: [\n", "item: /shows/bells/one\n", "just words\n"]) {
		writeFileSync(path.join(folder, "takedown.yaml"), text);
		const result = await imported(folder);
		assert.notEqual(result.code, 0);
		assert.match(result.stderr, /takedown\.yaml(:\d+)?: .*; nothing is read until it is corrected/, text);
		assert.equal((await get(server, "/shows/bells/one")).status, 410, "what was taken down stays so");
	}
});
