// archive.mjs - a conference's talks, people across shows and talks, corrections, the doctor: by the command line and on the
// pages.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { makeSite, run, serve, waitFor } from "./carillon.mjs";

const talk = (fields) => JSON.stringify({ title: "On Ropes", speakers: ["Ada Bell"], recorded: "2020-05-02", duration: 1200,
	description: "How ropes are spliced.", language: "eng",
	videos: [{ type: "youtube", url: "https://www.youtube.com/watch?v=abcdefghijk" }], ...fields });
const captions = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada Bell>A rope is spliced with spacey hands.\n\n" +
	"00:04.000 --> 00:06.000\n<v Carla>Who taught you?\n";
const files = {
	"carillon.yaml": "title: Test\nbase_url: http://127.0.0.1\nshows:\n  - {name: bells, title: Bells, description: About bells., " +
		"language: en, author: Ringers, category: Technology}\n",
	"episodes/one.md": "---\ntitle: The first\ntimestamp: 2021-04-05T06:07:08\nmp3:\n  file: /media/x.mp3\n  size: 1000\n" +
		"guests: [A. Bell]\nchapters: [\"0:00 Start\", \"0:05 Middle\", \"0:09 End\"]\n---\n\nNotes.\n\n[transcript]\n" +
		"[ada guest1 A. Bell]\n\n[00:00] ada:\nGood morning.\n\n[00:05] ada:\nGood bye.\n[/transcript]\n",
	"talks/towers-2020/category.json": JSON.stringify({ title: "Towers 2020", description: "All about towers." }),
	"talks/towers-2020/videos/on-ropes.json": talk(),
	"talks/towers-2020/videos/on-wheels.json": talk({ title: "On Wheels", recorded: "2020-05-03" }),
	"talks/towers-2020/captions/on-ropes.en.vtt": captions,
	"people.yaml": "people:\n  - {name: Ada Bell, aliases: [A. Bell], about: Rings.}\n",
	"corrections.yaml": "- {from: spacey, to: spaCy}\n- {from: gong, to: bell}\n",
};

const text = async (server, url) => {
	const response = await fetch(`${server.url}${url}`);
	return [response.status, await response.text()];
};

test("talks, their conference and their people have pages, and hits lead there", async (t) => {
	const site = makeSite(t, files);
	const imported = await run(["import", "--site", site]);
	assert.equal(imported.code, 0, imported.stderr);
	assert.match(imported.stdout, /^talks\/towers-2020\/captions\/on-ropes\.en\.vtt: taken for .+ it belongs to the talk on-ropes of towers-2020\): 2 turns, 2 cues$/m);
	assert.match(imported.stdout, /1 episode, 2 talks, 1 conference, .* 1 place corrected/);
	const server = await serve(t, site);
	const [status, conferences] = await text(server, "/conferences/");
	assert.equal(status, 200);
	assert.match(conferences, /<a href="\/conferences\/towers-2020\/">Towers 2020<\/a>/);
	assert.match(conferences, /2 talks, 1 with transcript/);
	const [, conference] = await text(server, "/conferences/towers-2020/");
	assert.ok(conference.indexOf("On Ropes") < conference.indexOf("On Wheels"), "in the order of the programme");
	const [, page] = await text(server, "/conferences/towers-2020/on-ropes");
	assert.match(page, /id="t=1"[^>]*>A rope is spliced with spaCy hands\./);
	assert.match(page, /<a href="\/people\/ada-bell">Ada Bell<\/a> \(speaker\)/);
	assert.equal((await text(server, "/conferences/towers-2020/on-nothing"))[0], 404);
	assert.equal((await text(server, "/conferences/nowhere/"))[0], 404);

	const [vttStatus, vtt] = await text(server, "/conferences/towers-2020/on-ropes.vtt");
	assert.equal(vttStatus, 200);
	assert.match(vtt, /<v Ada Bell>A rope is spliced with spaCy hands\./);

	const [, chapters] = await text(server, "/shows/bells/one.chapters.json");
	assert.deepEqual(JSON.parse(chapters).chapters.map(({ startTime, title }) => [startTime, title]),
		[[0, "Start"], [5, "Middle"], [9, "End"]]);
	assert.equal((await text(server, "/conferences/towers-2020/on-ropes.chapters.json"))[0], 404, "it has none");

	const [, people] = await text(server, "/people/?name=BEL");
	assert.match(people, /<a href="\/people\/ada-bell">Ada Bell<\/a>.*1 episode, 2 talks/);
	assert.doesNotMatch(people, /Carla/);
	const [, person] = await text(server, "/people/ada-bell");
	for (const wanted of ["Rings.", "/shows/bells/one", "/conferences/towers-2020/on-wheels"])
		assert.ok(person.includes(wanted), wanted);
	assert.equal((await text(server, "/people/a-bell"))[0], 404, "an alias has no page of its own");

	const found = await (await fetch(`${server.url}/api/search?q=spliced+hands`)).json();
	assert.equal(found.total, 1);
	assert.deepEqual([found.hits[0].kind, found.hits[0].slug, found.hits[0].url],
		["talk", "on-ropes", "/conferences/towers-2020/on-ropes"].map((part, i) => i === 2 ? found.hits[0].url.replace(/^.*(?=\/conferences)/, "") : part));
	assert.equal(found.hits[0].moments[0].start, 1);
	const byPerson = await (await fetch(`${server.url}/api/search?q=good&speaker=ada+bell`)).json();
	assert.equal(byPerson.total, 1, "an alias's words are the person's");
});

test("a conference that comes and goes while the server runs is seen", async (t) => {
	const site = makeSite(t, files);
	const server = await serve(t, site);
	const total = async (query) => (await (await fetch(`${server.url}/api/search?q=${query}`)).json()).total;
	await waitFor(async () => await total("spliced") > 0, "the first import");
	writeFileSync(path.join(site, "talks/towers-2020/videos/on-wheels.json"), talk({ title: "On Gudgeons" }));
	await waitFor(async () => await total("gudgeons") === 1 && await total("wheels") === 0, "the changed talk");
	writeFileSync(path.join(site, "corrections.yaml"), "- {from: spacey, to: steady}\n");
	await waitFor(async () => await total("steady") === 1, "the changed rule");
});

test("corrections are shown line by line before they are believed", async (t) => {
	const site = makeSite(t, files);
	const { code, stdout } = await run(["corrections", "--site", site]);
	assert.equal(code, 0);
	assert.match(stdout, /captions\/on-ropes\.en\.vtt:3\n {2}- .*spacey hands\.\n {2}\+ .*spaCy hands\.\n/);
	assert.match(stdout, /^corrections\.yaml:1: spacey -> spaCy: 1 place$/m);
	assert.match(stdout, /^corrections\.yaml:2: gong -> bell: 0 places; it is used nowhere$/m);
	assert.match(stdout, /^2 rules, 1 of them used nowhere; 1 place corrected$/m);
	assert.throws(() => readFileSync(path.join(site, "var/archive.db")), "nothing was written");
});

test("the doctor tells a line a fault, in JSON too, and fixes what is safe when told to", async (t) => {
	const site = makeSite(t, { ...files, "episodes/two.md": "---\ntitle: Two\ntimestamp: 2021-05-05T06:07:08\nmp3:\n" +
		"  file: /media/y.mp3\n  size: 2000\n  time: 25.01\n---\n\nSee [it](/shows/bells/gone).\n" });
	const { code, stdout } = await run(["doctor", "--site", site]);
	assert.equal(code, 1);
	assert.match(stdout, /episodes\/two\.md:7: error: .+ \[duration-dot\] \(--fix\)$/m);
	assert.match(stdout, /episodes\/two\.md:10: error: the link to \/shows\/bells\/gone leads nowhere; .+ \[link-dead\]$/m);
	assert.match(stdout, /corrections\.yaml:2: warning: .+ \[rule-unused\]$/m);
	const json = JSON.parse((await run(["doctor", "--site", site, "--json"])).stdout);
	assert.deepEqual(Object.keys(json), ["faults", "files", "errors", "warnings", "fixable"]);
	assert.deepEqual(json.faults.map(({ line, code }) => `${line} ${code}`).filter((f) => /dot|dead/.test(f)), ["7 duration-dot", "10 link-dead"]);

	const page = path.join(site, "episodes/two.md"), before = readFileSync(page, "utf8");
	const shown = await run(["doctor", "--site", site, "--fix"]);
	assert.match(shown.stdout, /^@@ -7 \+7 @@\n- {2}time: 25\.01\n\+ {2}time: 25:01$/m);
	assert.equal(readFileSync(page, "utf8"), before, "without --yes nothing is written in a pipe");
	await run(["doctor", "--site", site, "--fix", "--yes"]);
	assert.equal(readFileSync(page, "utf8"), before.replace("25.01", "25:01"));
});

test("a description beside its talk belongs to it, and a changed one is read again", async (t) => {
	const elsewhere = makeSite(t, {
		"videos/towers-2021/on-chimes.json": JSON.stringify({ title: "On Chimes", speakers: ["ada-bell"], length: "20:00",
			recorded: "2021-05-02", videos: [{ type: "youtube", code: "abcdefghijk" }] }),
		"videos/towers-2021/on-chimes.html": "<p>How a chime is tuned.</p>\n",
	});
	const site = makeSite(t, files), total = async (query) =>
		JSON.parse((await run(["search", "--site", site, "--json", query])).stdout).total;
	const first = await run(["import", "--site", site, elsewhere]);
	assert.match(first.stdout, /on-chimes\.html: taken for a talk's description \(it belongs to .+on-chimes\.json\)/);
	assert.equal(await total("tuned"), 1);
	writeFileSync(path.join(elsewhere, "videos/towers-2021/on-chimes.html"), "<p>How a chime is cast.</p>\n");
	await run(["import", "--site", site]);
	assert.equal(await total("tuned"), 0);
	assert.equal(await total("cast"), 1);
	assert.match((await run(["import", "--site", site])).stdout, /: 0 turns|unchanged/);
});

test("talks that vanish are reported, kept, and forgotten when told to", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	rmSync(path.join(site, "talks/towers-2020/videos/on-wheels.json"));
	rmSync(path.join(site, "talks/towers-2020/captions/on-ropes.en.vtt"));
	const kept = await run(["import", "--site", site]);
	assert.equal(kept.code, 1);
	assert.match(kept.stderr, /on-wheels\.json: the file has vanished/);
	assert.match(kept.stderr, /on-ropes\.en\.vtt: the file has vanished/);
	const total = async (query) => JSON.parse((await run(["search", "--site", site, "--json", query])).stdout).total;
	assert.equal(await total("\"spliced with\""), 1);
	const forgotten = await run(["import", "--site", site, "--forget"]);
	assert.equal(forgotten.code, 0, forgotten.stderr);
	assert.equal(await total("\"spliced with\""), 0);
	assert.equal(await total("ropes"), 1, "the talk itself stays");
});

test("a person's page tells everything that they said about something, and nothing that others said", async (t) => {
	const site = makeSite(t, { ...files, "transcripts/others.vtt": "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada Bellamy>A rope, too.\n\n" +
		"00:05.000 --> 00:09.000\n<v Ada Bell>My rope is another one.\n" });
	const server = await serve(t, site);
	/* The last thing that an import finds out are the forms of words. */
	await waitFor(async () => /In 3 recordings\./.test((await text(server, "/people/ada-bell?q=rope"))[1]), "the import");
	const [, page] = await text(server, "/people/ada-bell?q=rope");
	assert.match(page, /Said about rope/);
	assert.match(page, /<a class="time" href="\/conferences\/towers-2020\/on-ropes#t=1">0:01<\/a> <b class="speaker">Ada Bell<\/b> <span>A <mark>rope<\/mark> is spliced/);
	assert.match(page, /href="[^"]*others#t=5">0:05<\/a> <b class="speaker">Ada Bell<\/b> <span>My <mark>rope<\/mark>/);
	assert.doesNotMatch(page, /A <mark>rope<\/mark>, too/);
	/* Of a talk without a transcript what is written of it. */
	assert.match(page, /<p class="summary">How <mark>ropes<\/mark> are spliced\.<\/p>/);
	assert.match(page, /value="rope"/);
	const [, alias] = await text(server, "/people/ada-bell?q=morning");
	assert.match(alias, /<b class="speaker">A\. Bell<\/b> <span>Good <mark>morning<\/mark>/);
	assert.match((await text(server, "/people/ada-bell?q=gudgeon"))[1], /Nothing was found\./);
	assert.doesNotMatch((await text(server, "/people/ada-bell"))[1], /Said about/);
});
