// references.mjs - an episode that speaks of another one or of a talk links to it from the second at which it does, and the
// other one says so; what is wrong is struck in a file. And the seed that reviews the talks of PyCon 2017.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { makeSite, root, run, serve, waitFor } from "./carillon.mjs";

const episode = (title, number, cues, notes = "Notes.") => `---\ntitle: ${title}\nepisode: ${number}\ntimestamp: 2021-04-0${number}T06:07:08\n` +
	`mp3:\n  file: /media/x.mp3\n  size: 1000\n---\n\n${notes}\n\n[transcript]\n[ada host Ada]\n\n` +
	cues.map(([time, text]) => `[${time}] ada:\n${text}\n`).join("\n") + "[/transcript]\n";
const talk = (title, speaker) => JSON.stringify({ title, speakers: [speaker], recorded: "2020-05-02", duration: 1200, description: "It is told.",
	language: "eng", videos: [{ type: "youtube", url: "https://www.youtube.com/watch?v=abcdefghijk" }] });
const files = {
	"carillon.yaml": "title: Test\nbase_url: https://bells.example\nshows:\n  - {name: bells, title: Bells Weekly, description: About bells., " +
		"language: en, author: Ringers, category: Technology}\n",
	"episodes/one.md": episode("Splicing Hempen Ropes", 1, [["00:00", "Good morning."]]),
	"episodes/two.md": episode("The second", 2, [["00:00", "Good morning."], ["01:05", "As you heard in episode one, it holds."],
		["02:00", "And we talked of splicing hempen ropes."]]),
	"episodes/three.md": episode("The third", 3, [["00:00", "I was at Towers 2020."], ["00:30", "Then came Ada Bell, and her talk was great."],
		["00:40", "Of episode two I say nothing."]],
	"See [the first](/shows/bells/one) and <https://youtu.be/abcdefghijk>."),
	"talks/towers-2020/category.json": JSON.stringify({ title: "Towers 2020" }),
	"talks/towers-2020/videos/on-headstocks.json": talk("On Headstocks", "Ada Bell"),
};
const list = async (site) => {
	const result = await run(["references", "--site", site, "--json"]);
	assert.equal(result.code, 0, result.stderr);
	return { ...result, references: JSON.parse(result.stdout).references.map((r) => `${r.from} ${r.start} ${r.to} ${r.kind} ${r.words}${r.struck ? " STRUCK" : ""}`) };
};
const page = async (server, url) => (await fetch(`${server.url}${url}`)).text();

test("what is spoken of is linked from its second, and says where it is spoken of", async (t) => {
	const site = makeSite(t, files);
	assert.equal((await run(["import", "--site", site])).code, 0);
	assert.deepEqual((await list(site)).references, [
		"/shows/bells/three 30 /conferences/towers-2020/on-headstocks speaker Ada Bell … talk",
		"/shows/bells/three 40 /shows/bells/two number episode two",
		"/shows/bells/three null /shows/bells/one link /shows/bells/one",
		"/shows/bells/two 65 /shows/bells/one number episode one",
	]);
	const server = await serve(t, site);
	const two = await page(server, "/shows/bells/two");
	assert.match(two, /<h2 id="mentions">Spoken of here<\/h2>\s*<ul>\s*<li><a class="time" href="#t=65">1:05<\/a> <a href="\/shows\/bells\/one">Splicing Hempen Ropes<\/a>/);
	assert.match(two, /id="t=65"[^>]*>As you heard in episode one, it holds\.<\/span> <a class="reference" href="\/shows\/bells\/one"/);
	assert.match(two, /<h2 id="mentioned">Spoken of in<\/h2>\s*<ul>\s*<li><a href="\/shows\/bells\/three#t=40">The third at 0:40<\/a>/);
	const headstocks = await page(server, "/conferences/towers-2020/on-headstocks");
	assert.match(headstocks, /<a href="\/shows\/bells\/three#t=30">The third at 0:30<\/a>.*<q class="meta">Ada Bell … talk<\/q>/);
	const one = await page(server, "/shows/bells/one");
	assert.match(one, /<a href="\/shows\/bells\/three">The third<\/a>/, "a link in the notes has no second");
	assert.doesNotMatch(one, /Spoken of here/);
});

test("words without a time are linked without one", async (t) => {
	const site = makeSite(t, { ...files, "episodes/five.md": "---\ntitle: The fifth\nepisode: 5\ntimestamp: 2021-04-05T06:07:08\nmp3:\n  file: /media/x.mp3\n  size: 1000\n---\n\nNotes.\n",
		"transcripts/five.txt": "**Ada:** Good morning to all of you.\n\n**Ben:** As you heard in episode two, it holds.\n\n**Ada:** So it does.\n" });
	assert.equal((await run(["import", "--site", site])).code, 0);
	assert.ok((await list(site)).references.includes("/shows/bells/five null /shows/bells/two number episode two"), (await list(site)).stdout);
	const server = await serve(t, site);
	assert.match(await page(server, "/shows/bells/five"), /<li><a href="\/shows\/bells\/two">The second<\/a>.*<q class="meta">episode two<\/q>/);
	assert.match(await page(server, "/shows/bells/two"), /<li><a href="\/shows\/bells\/five">The fifth<\/a>/);
});

test("the owner strikes what is wrong in a file, while the server runs too", async (t) => {
	const site = makeSite(t, { ...files, "references.yaml": "- {from: /shows/bells/three, to: /shows/bells/two}\n- {to: https://bells.example/shows/bells/nowhere}\n- {form: x}\n" });
	const imported = await run(["import", "--site", site]);
	assert.match(imported.stderr, /references\.yaml:3: a rule has the keys from and to; correct the other one/);
	const { references, stderr } = await list(site);
	assert.equal(references.filter((r) => r.endsWith("STRUCK")).length, 1);
	assert.match(references.find((r) => r.endsWith("STRUCK")), /^\/shows\/bells\/three 40 \/shows\/bells\/two/);
	assert.match(stderr, /references\.yaml:2: this rule strikes nothing; take it out, or correct its paths/);
	const server = await serve(t, site);
	assert.doesNotMatch(await page(server, "/shows/bells/two"), /Spoken of in/);
	writeFileSync(path.join(site, "references.yaml"), "- {from: shows/bells/two}\n");
	await waitFor(async () => /Spoken of in/.test(await page(server, "/shows/bells/two")), "the rule to be taken back");
	assert.doesNotMatch(await page(server, "/shows/bells/two"), /Spoken of here/);
	rmSync(path.join(site, "references.yaml"));
	await waitFor(async () => /Spoken of here/.test(await page(server, "/shows/bells/two")), "all rules to be gone");
});

test("what comes, changes and goes is seen, and a rebuild finds the same", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const before = (await list(site)).references;
	writeFileSync(path.join(site, "episodes/four.md"), episode("As you heard", 4, [["00:07", "Splicing hempen ropes, show number three."]]));
	rmSync(path.join(site, "episodes/two.md"));
	assert.equal((await run(["import", "--site", site, "--forget"])).code, 0);
	assert.deepEqual((await list(site)).references, [
		"/shows/bells/four 7 /shows/bells/one title Splicing hempen ropes",
		"/shows/bells/four 7 /shows/bells/three number show number three",
		...before.filter((r) => !r.includes("/two ")),
	]);
	const changed = (await list(site)).stdout;
	rmSync(path.join(site, "var"), { recursive: true });
	await run(["import", "--site", site]);
	assert.equal((await list(site)).stdout, changed);
});

test("the seed that reviews PyCon 2017 leads to its talks", async (t) => {
	const corpora = process.env.CORPORA ?? path.join(root, "../shared/corpora"), seeds = path.join(corpora, "seeds");
	if (!existsSync(seeds))
		return t.skip("no corpora");
	const site = makeSite(t, { "carillon.yaml": files["carillon.yaml"] }), unpacked = mkdtempSync(path.join(tmpdir(), "carillon-pyvideo-"));
	t.after(() => rmSync(unpacked, { recursive: true }));
	const tar = await run(["-C", unpacked, "--zstd", "-xf", path.join(corpora, "pyvideo.tar.zst"), "--wildcards", "*/pycon-*2017/*", "*/europython-2017/*"],
		{ program: "tar" });
	assert.equal(tar.code, 0, tar.stderr);
	const find = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
		/2017$/.test(entry.name) ? [path.join(folder, entry.name)] : entry.isDirectory() ? find(path.join(folder, entry.name)) : []);
	const review = readdirSync(seeds).find((name) => readFileSync(path.join(seeds, name), "utf8").includes("favorite sessions from PyCon 2017"));
	mkdirSync(path.join(site, "transcripts"));
	mkdirSync(path.join(site, "talks"));
	writeFileSync(path.join(site, "transcripts/116-review.txt"), readFileSync(path.join(seeds, review)));
	for (const folder of find(unpacked))
		assert.equal((await run(["-r", folder, path.join(site, "talks")], { program: "cp" })).code, 0);
	assert.equal((await run(["import", "--site", site])).code, 0);
	const found = (await list(site)).references.filter((r) => r.startsWith("/shows/bells/116-review "));
	t.diagnostic(found.join("\n"));
	// Seconds and talks as somebody who listens would note them; all that is found is right.
	for (const [second, slug] of [[1350, "larry-hastings-the-gilectomy"], [1793, "victor-stinner-optimizations-which-made-python-3-6"],
		[2411, "lisa-guo-hui-ding-keynote"], [3297, "raymond-hettinger-modern-python-dictionaries"],
		[3323, "brandon-rhodes-the-dictionary-even-mightier"], [3333, "brett-cannon-whats-new-in-python-3-6"]])
		assert.ok(found.some((r) => r.includes(` ${second} /conferences/pycon-us-2017/${slug}`)), `${second} ${slug}`);
	assert.ok(found.length <= 8, "and little else");
});
