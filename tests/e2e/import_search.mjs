// import_search.mjs - a podcaster's folder through the command line and the server: imported, found,
// linked to the second.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { asSomeone, makeSite, run, serve, waitFor } from "./carillon.mjs";

const yaml = "title: Test\nshows:\n  - {name: bells, title: Bells, description: About bells., language: en, " +
	"author: Ringers, category: Technology, image: media/art.png, explicit: false, type: episodic}\n";
const page = (title, rest = "") =>
	`---\ntitle: ${title}\ntimestamp: 2021-04-05T06:07:08\npublished: true\nmp3:\n  file: /media/x.mp3\n---\n\n` +
	`Notes.\n${rest}`;
const captions = "WEBVTT\n\n00:00:12.250 --> 00:00:15.000\n<v Anna Bell>We listen to the\n\n" +
	"00:00:15.000 --> 00:00:18.000\nlargest carillon of\n\n00:00:18.000 --> 00:00:21.000\nthe town & <i>smile</i>.\n";
const talk = "00:00 Carla Chime: In C++ we use asyncio.gather, they say.\n\n01:10 Dora Dong: A café on .NET.\n\n" +
	"02:00 Carla Chime: Software rings.\n\n02:30 Dora Dong: It does.\n";

const files = {
	"carillon.yaml": yaml,
	"episodes/one.md": page("The first"),
	"transcripts/one.vtt": captions,
	"transcripts/Free Talk.txt": talk,
};

const json = async (args) => {
	const { code, stdout, stderr } = await run(args);
	assert.equal(code, 0, stderr);
	return JSON.parse(stdout);
};

test("import says what each file is, once", async (t) => {
	const site = makeSite(t, files);
	const first = await run(["import", "--site", site]);
	assert.equal(first.code, 0, first.stderr);
	assert.match(first.stdout, /^episodes\/one\.md: taken for .+ \(.+\): 0 turns, 0 cues$/m);
	assert.match(first.stdout, /^transcripts\/one\.vtt: taken for .+ \(.+\): \d+ turns?, 3 cues$/m);
	assert.match(first.stdout, /^transcripts\/Free Talk\.txt: taken for .+ \(.+\): 4 turns, 4 cues$/m);
	assert.match(first.stdout, /^3 files: 1 episode, 1 transcript alone, .*7 cues.* seconds$/m);
	const second = await run(["import", "--site", site]);
	assert.equal(second.code, 0);
	assert.equal(second.stdout.match(/: unchanged$/gm).length, 3);
});

test("a search finds a phrase across three cues, at its second", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const found = await json(["search", "--site", site, "--json", '"listen to the largest carillon of the town"']);
	assert.deepEqual(Object.keys(found), ["query", "total", "took_ms", "did_you_mean", "hits"]);
	assert.equal(found.total, 1);
	const [hit] = found.hits;
	assert.deepEqual([hit.kind, hit.show, hit.slug, hit.title, hit.url],
		["episode", "bells", "one", "The first", "/shows/bells/one"]);
	assert.match(hit.date, /^2021-04-05T06:07:08/);
	const [moment] = hit.moments;
	assert.deepEqual([moment.start, moment.end, moment.speaker, moment.url],
		[12.25, 21, "Anna Bell", "/shows/bells/one#t=12.25"]);
	assert.equal(moment.html, "We <mark>listen to the largest carillon of the town</mark> &amp; smile.");
});

test("a terminal gets times, speakers and marks", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const { code, stdout } = await run(["search", "--site", site, "café"]);
	assert.equal(code, 0);
	assert.match(stdout, /^Free Talk {2}\/shows\/bells\/free-talk$/m);
	assert.match(stdout, /^ {2}1:10 {2}Dora Dong: A \*\*café\*\* on \.NET\.$/m);
	const none = await run(["search", "--site", site, "sofware"]);
	assert.equal(none.code, 0);
	assert.match(none.stdout, /Nothing was found\.\nDid you mean: software\n/);
	assert.equal((await run(["search", "--site", site, "-carillon"])).code, 0);
});

test("a search before any import, and wrong usage, are told apart", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml });
	const none = await run(["search", "--site", site, "x"]);
	assert.equal(none.code, 3);
	assert.match(none.stderr, /^carillon: nothing has been imported here yet; run carillon import/);
	assert.equal((await run(["search", "--site", site])).code, 2);
	assert.equal((await run(["search", "--site", site, "--limit", "many", "x"])).code, 2);
	assert.equal((await run(["search", "--site", "/nowhere/at/all", "x"])).code, 3);
	assert.equal((await run(["import", "--site", "/nowhere/at/all"])).code, 3);
	const missing = await run(["import", "--site", site, "/nowhere/at/all"]);
	assert.equal(missing.code, 3);
	assert.match(missing.stderr, /there is no \/nowhere\/at\/all; check/);
});

test("faults name file and line, and the rest is imported", async (t) => {
	const bad = { "transcripts/noise.txt": "Only prose.\n", "episodes/bad.md": "---\na: [b\n---\n" };
	const site = makeSite(t, { ...files, ...bad });
	const { code, stdout, stderr } = await run(["import", "--site", site]);
	assert.equal(code, 1);
	assert.match(stderr, /^carillon: .*transcripts\/noise\.txt(:\d+)?: .+/m);
	assert.match(stderr, /^carillon: .*episodes\/bad\.md:\d+: .+/m);
	assert.match(stdout, /^transcripts\/noise\.txt: not recognised: /m);
	assert.equal((await json(["search", "--site", site, "--json", "carillon"])).total, 1);
});

test("a site that can't be written to is one clear line", async (t) => {
	const site = makeSite(t, files);
	chmodSync(site, 0o555);
	const { code, stderr } = await run(["import", "--site", site], asSomeone(t));
	chmodSync(site, 0o755);
	assert.equal(code, 3, stderr);
	assert.match(stderr, /^carillon: .+\n$/);
});

test("a var that is no folder, and an archive of a newer program, are refused", async (t) => {
	const site = makeSite(t, { ...files, var: "a file" });
	const { code, stderr } = await run(["import", "--site", site]);
	assert.equal(code, 3);
	assert.match(stderr, /^carillon: .+\n$/);
	rmSync(path.join(site, "var"));
	mkdirSync(path.join(site, "var"));
	writeFileSync(path.join(site, "var/archive.db"), "no database at all, but some letters in a row");
	const broken = await run(["import", "--site", site]);
	assert.equal(broken.code, 3);
	assert.match(broken.stderr, /^carillon: .+\n$/);
});

test("a place elsewhere is read where it is, and remembered", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml });
	const other = makeSite(t, { "talk.txt": talk });
	const first = await run(["import", "--site", site, other]);
	assert.equal(first.code, 0, first.stderr);
	assert.ok(first.stdout.includes(`${path.join(other, "talk.txt")}: taken for `));
	rmSync(path.join(site, "var/archive.db"));
	const again = await run(["import", "--site", site]);
	assert.equal(again.code, 0, again.stderr);
	assert.equal((await json(["search", "--site", site, "--json", "c++"])).total, 1);
	assert.throws(() => statSync(path.join(site, "transcripts")));
});

test("the server answers any query with JSON, open to other pages", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const server = await serve(t, site);
	const ask = async (query) => {
		const response = await fetch(`${server.url}/api/search${query}`);
		assert.equal(response.status, 200, query);
		assert.match(response.headers.get("content-type"), /^application\/json/);
		assert.equal(response.headers.get("access-control-allow-origin"), "*");
		return response.json();
	};
	const found = await ask("?q=%22largest+carillon%22");
	assert.equal(found.query, '"largest carillon"');
	assert.equal(found.hits[0].moments[0].start, 15);
	for (const empty of ["", "?", "?q=", "?x=y", "?q=*", "?q=bells&conference=none", "?q=carillon&kind=talk"]) {
		const answer = await ask(empty);
		assert.equal(answer.total, 0, empty);
		assert.deepEqual(answer.hits, []);
	}
	for (const odd of ["?q=%", "?q=%22x", "?q=a%20OR%20b", "?q=NEAR(", "?q=%00", "?q=%ff", "?q=C%2B%2B&limit=0",
		"?q=a&limit=-1", "?q=a&offset=99999999999999999999", "?q=%3Cscript%3E", "?q=a&year=x"])
		await ask(odd);
	assert.equal((await ask("?q=c%2B%2B")).total, 1);
	assert.equal((await ask("?q=.net&speaker=dora")).total, 1);
	assert.equal((await ask("?q=.net&speaker=carla")).total, 0);
	assert.equal((await ask("?q=software&kind=transcript&show=bells")).total, 1);
	assert.equal((await ask("?q=carillon&year=2021")).total, 1);
	assert.equal((await ask("?q=carillon&year=2020")).total, 0);
	const paged = await ask("?q=the+OR&limit=1&offset=5");
	assert.deepEqual(paged.hits, []);
});

test("what the terminal prints as JSON is what the server answers", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const server = await serve(t, site);
	for (const query of ["software", '"of the town"', "sofware", "speaker:anna", "-nothing"]) {
		const here = await json(["search", "--site", site, "--json", "--", query]);
		const there = await (await fetch(`${server.url}/api/search?q=${encodeURIComponent(query)}`)).json();
		delete here.took_ms;
		delete there.took_ms;
		assert.deepEqual(here, there);
	}
});

test("a file that changes while the server runs is found again", async (t) => {
	const site = makeSite(t, files);
	const server = await serve(t, site);
	const total = async (query) => (await (await fetch(`${server.url}/api/search?q=${query}`)).json()).total;
	await waitFor(async () => await total("carillon") === 1, "the first import");
	writeFileSync(path.join(site, "transcripts/Free Talk.txt"), talk.replace("Software", "Hardware"));
	await waitFor(async () => await total("hardware") === 1 && await total("software") === 0,
		"the change to be imported");
});
