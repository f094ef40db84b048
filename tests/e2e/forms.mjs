// forms.mjs - every form that a transcript or chapters can be had in over HTTP, given back to `import`, is the same again;
// what nobody noted the time of is had without times; and a file is what its owner says that it is.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { makeSite, run, serve, waitFor } from "./carillon.mjs";

const yaml = "title: Test\nbase_url: http://127.0.0.1\nshows:\n  - {name: bells, title: Bells, description: About bells., " +
	"language: en, author: Ringers, category: Technology}\n";
const page = "---\ntitle: One\ntimestamp: 2021-04-05T06:07:08\nmp3:\n  file: /media/x.mp3\n  size: 1000\n---\n\nNotes.\n";
// Whole seconds and one cue a turn, so that each form holds all of it; HTML and text have no ends, so that each is where the
// next cue begins, and the last one where its words would be spoken (150 a minute).
const captions = "WEBVTT\n\n00:00:01.000 --> 00:00:12.000\n<v Ada>Ding & dong.\n\n00:00:12.000 --> 00:01:05.000\n<v Ben>Bim <b>bam</b>?\n\n" +
	"00:01:05.000 --> 00:01:06.200\n<v Ada>So it rings.\n";
const chapters = { version: "1.2.0", chapters: [{ startTime: 0, title: "Start" }, { startTime: 12, title: "Ropes & <wheels>" },
	{ startTime: 65, title: "End" }] };
const forms = { transcript: ["vtt", "srt", "json", "html", "txt"], chapters: ["chapters.json", "psc", "chapters.txt"] };
const types = { vtt: "text/vtt", srt: "application/x-subrip", json: "application/json", html: "text/html", txt: "text/plain",
	"chapters.json": "application/json+chapters", psc: "application/xml", "chapters.txt": "text/plain" };

const get = async (server, url) => {
	const response = await fetch(`${server.url}${url}`);
	return { status: response.status, headers: response.headers, text: await response.text() };
};

// All forms of /shows/bells/one, by their endings.
async function allForms(server, endings = [...forms.transcript, ...forms.chapters]) {
	const all = {};
	for (const ending of endings) {
		const { status, headers, text } = await get(server, `/shows/bells/one.${ending}`);
		assert.equal(status, 200, ending);
		assert.ok(headers.get("content-type").startsWith(types[ending]), headers.get("content-type"));
		assert.equal(headers.get("access-control-allow-origin"), "*", ending);
		all[ending] = text;
	}
	return all;
}

test("what is had in any form and imported again is had in all forms again, byte for byte", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml, "episodes/one.md": page, "transcripts/one.vtt": captions,
		"transcripts/one.chapters.json": JSON.stringify(chapters) });
	const imported = await run(["import", "--site", site]);
	assert.equal(imported.code, 0, imported.stderr);
	const server = await serve(t, site);
	const before = await allForms(server);
	assert.match(before.vtt, /<v Ben>Bim &lt;b&gt;bam|<v Ben>Bim bam\?/);
	assert.match(before.psc, /<psc:chapter start="00:00:12\.000" title="Ropes &amp; &lt;wheels&gt;"\/>/);
	assert.equal(before["chapters.txt"], "00:00:00 Start\n00:00:12 Ropes & <wheels>\n00:01:05 End\n");
	const shown = await get(server, "/shows/bells/one");
	for (const ending of Object.keys(before))
		assert.ok(shown.text.includes(`href="/shows/bells/one.${ending}"`), `no link to .${ending}`);
	for (const transcript of forms.transcript)
		for (const list of forms.chapters) {
			// One pair after the other: each form is read at least once with each.
			const copy = makeSite(t, { "carillon.yaml": yaml, "episodes/one.md": page, [`transcripts/one.${transcript}`]: before[transcript],
				[`episodes/one.${list}`]: before[list] });
			const again = await run(["import", "--site", copy]);
			assert.equal(again.code, 0, again.stderr);
			assert.match(again.stdout, new RegExp(`^transcripts/one\\.${transcript}: taken for .+; it belongs to episodes/one\\.md\\)`, "m"));
			assert.match(again.stdout, new RegExp(`^episodes/one\\.${list}: taken for chapters \\(.+; they belong to episodes/one\\.md\\): 3 chapters$`, "m"));
			const other = await serve(t, copy);
			assert.deepEqual(await allForms(other), before, `${transcript} and ${list}`);
			await other.stop();
		}
});

test("a transcript without times has no time in any form", async (t) => {
	const words = "**Ada:** Ding.\n\n**Ben:** Dong.\n\n**Ada:** Bim.\n\n**Ben:** Bam.\n";
	const site = makeSite(t, { "carillon.yaml": yaml, "episodes/one.md": page.replace("mp3:", "transcript: words.md\nmp3:"),
		"transcripts/words.md": words });
	const imported = await run(["import", "--site", site, "--as", "changelog", path.join(site, "transcripts/words.md")]);
	assert.equal(imported.code, 0, imported.stderr);
	const server = await serve(t, site);
	for (const ending of ["vtt", "srt", "json"])
		assert.equal((await get(server, `/shows/bells/one.${ending}`)).status, 404, ending);
	const before = await allForms(server, ["html", "txt"]);
	assert.doesNotMatch(before.html + before.txt, /\d:\d\d/);
	assert.match(before.txt, /^\[--:--\] Ben: Dong\.$/m);
	const shown = await get(server, "/shows/bells/one");
	assert.match(shown.text, /one\.html/);
	assert.doesNotMatch(shown.text, /one\.vtt|data-start|<a class="time"/);
	const feed = await get(server, "/feeds/bells.xml");
	assert.doesNotMatch(feed.text, /one\.(vtt|srt|json)/);
	for (const [ending, text] of Object.entries(before)) {
		const copy = makeSite(t, { "carillon.yaml": yaml, "episodes/one.md": page, [`transcripts/one.${ending}`]: text });
		assert.equal((await run(["import", "--site", copy])).code, 0);
		const other = await serve(t, copy);
		assert.deepEqual(await allForms(other, ["html", "txt"]), before, ending);
	}
});

const odd = "00:00 Carla: A chime is small.\n\n00:07 Dora: A bell is large.\n\n00:15 Carla: So it is.\n\n00:20 Dora: Well said.\n";

test("what import --as said outlives the archive, and auto takes it back", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml, "transcripts/odd.txt": odd });
	const file = path.join(site, "transcripts/odd.txt");
	const plain = await run(["import", "--site", site]);
	assert.match(plain.stdout, /^transcripts\/odd\.txt: taken for .+ \(.+\): 4 turns, 4 cues$/m);
	const told = await run(["import", "--site", site, "--as", "stamped-lines", file]);
	assert.equal(told.code, 0, told.stderr);
	assert.match(told.stdout, /^transcripts\/odd\.txt: taken for .+ \('carillon import --as' said so\): 1 turn, 4 cues$/m);
	rmSync(path.join(site, "var/archive.db"));
	const rebuilt = await run(["import", "--site", site]);
	assert.match(rebuilt.stdout, /^transcripts\/odd\.txt: taken for .+ \('carillon import --as' said so\): 1 turn, 4 cues$/m);
	assert.match((await run(["import", "--site", site])).stdout, /^transcripts\/odd\.txt: unchanged$/m);
	const back = await run(["import", "--site", site, "--as", "auto", file]);
	assert.match(back.stdout, /: 4 turns, 4 cues$/m);
	assert.equal(readFileSync(path.join(site, "var/elsewhere"), "utf8"), "");
});

test("wrong usage of --as is told, with the nearest kind, and writes nothing", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml, "transcripts/odd.txt": odd });
	const file = path.join(site, "transcripts/odd.txt");
	for (const [args, said] of [[["--as", "webvt", file], /'webvt' is no kind of file; did you mean 'webvtt'\?/],
		[["--as", "zzzzzzzz", file], /'zzzzzzzz' is no kind of file; carillon import --kinds lists them/],
		[["--as", "webvtt"], /--as says what files are; name them behind it/]]) {
		const { code, stderr } = await run(["import", "--site", site, ...args]);
		assert.equal(code, 2, stderr);
		assert.match(stderr, said);
	}
	assert.ok(!existsSync(path.join(site, "var")));
	const kinds = await run(["import", "--kinds"]);
	assert.equal(kinds.code, 0);
	for (const label of ["page", "webvtt", "speaker-lines", "chapters-psc", "pyvideo-talk"])
		assert.match(kinds.stdout, new RegExp(`^${label} +\\S`, "m"));
});

test("import: in carillon.yaml says it for many files, and a server that runs sees it change", async (t) => {
	const rules = (as) => `${yaml}import:\n  - {files: "transcripts/new/**", as: auto}\n  - {files: "transcripts/**/*.txt", as: ${as}}\n`;
	const site = makeSite(t, { "carillon.yaml": rules("webvt"), "transcripts/odd.txt": odd, "transcripts/new/even.txt": odd });
	const wrong = await run(["import", "--site", site]);
	assert.equal(wrong.code, 1);
	assert.match(wrong.stderr, /carillon\.yaml:7: 'webvt' is no kind of file; did you mean 'webvtt'\?/);
	writeFileSync(path.join(site, "carillon.yaml"), rules("stamped-lines"));
	const told = await run(["import", "--site", site]);
	assert.match(told.stdout, /^transcripts\/odd\.txt: taken for .+ \(carillon\.yaml:7 says so\): 1 turn, 4 cues$/m);
	assert.match(told.stdout, /^transcripts\/new\/even\.txt: taken for .+: 4 turns, 4 cues$/m);
	const server = await serve(t, site);
	const speakers = async (slug) => new Set((await get(server, `/shows/bells/${slug}.vtt`)).text.match(/<v \w+>/g) ?? []).size;
	assert.equal(await speakers("odd"), 0);
	assert.equal(await speakers("even"), 2);
	writeFileSync(path.join(site, "carillon.yaml"), rules("speaker-lines"));
	await waitFor(async () => {
		try {
			return await speakers("odd") === 2;
		} catch {
			return false; // it starts anew
		}
	}, "the changed rule");
});

test("chapters that nobody claims are a fault; a server sees a file of chapters change", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml, "episodes/one.md": page, "transcripts/lost.chapters.json": JSON.stringify(chapters) });
	const { code, stdout, stderr } = await run(["import", "--site", site]);
	assert.equal(code, 1);
	assert.match(stdout, /^transcripts\/lost\.chapters\.json: declined: .+; no episode and no talk claims them$/m);
	assert.match(stderr, /transcripts\/lost\.chapters\.json: these chapters are nobody's; /);
	const server = await serve(t, site);
	const titles = async () => {
		const { status, text } = await get(server, "/shows/bells/one.chapters.json");
		return status === 200 ? JSON.parse(text).chapters.map(({ title }) => title).join() : "";
	};
	assert.equal(await titles(), "");
	writeFileSync(path.join(site, "episodes/one.psc"), "<psc:chapters version=\"1.2\" xmlns:psc=\"http://podlove.org/simple-chapters\">" +
		"<psc:chapter start=\"0\" title=\"Hemp\"/></psc:chapters>");
	await waitFor(async () => await titles() === "Hemp", "the new chapters");
	rmSync(path.join(site, "episodes/one.psc"));
	writeFileSync(path.join(site, "episodes/one.chapters.json"), JSON.stringify(chapters));
	await waitFor(async () => await titles() === "Start,Ropes & <wheels>,End", "the better chapters");
});
