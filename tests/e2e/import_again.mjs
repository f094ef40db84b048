// import_again.mjs - what an import leaves when it is killed, and what it says while it runs.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { makeSite, program, run, sleep } from "./carillon.mjs";
import { seeded } from "../bench/search_words.mjs";

const kills = Number(process.env.KILLS ?? (process.env.FULL ? 100 : 12));
const yaml = "title: Test\nshows:\n  - {name: bells, title: Bells, description: About bells., language: en, author: Ringers, category: Technology}\n";

// Episodes with transcripts, talks in files of many: words enough that an import takes a while.
function manyFiles() {
	const files = { "carillon.yaml": yaml };
	const random = seeded(3), words = "bell rope wheel tower ringer clapper gudgeon headstock stay slider sally tail stroke peal round call change".split(" ");
	const line = () => Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]).join(" ");
	for (let i = 0; i < 80; i++) {
		files[`episodes/e${i}.md`] = `---\ntitle: Episode ${i}\ntimestamp: 2021-04-05T06:07:08\nmp3: {file: /media/e${i}.mp3, size: 1000}\n---\n\nNotes ${i}.\n`;
		files[`transcripts/e${i}.vtt`] = "WEBVTT\n\n" + Array.from({ length: 600 }, (_, k) =>
			`${String(Math.floor(k / 60)).padStart(2, "0")}:${String(k % 60).padStart(2, "0")}.000 --> ` +
			`${String(Math.floor(k / 60)).padStart(2, "0")}:${String(k % 60).padStart(2, "0")}.900\n<v Ada>${line()}\n`).join("\n");
	}
	for (let i = 0; i < 10; i++)
		files[`talks/podcasts/list-${i}.json`] = JSON.stringify(Array.from({ length: 100 }, (_, k) => ({ ep: `${k + 1}`, title: `${line()} ${i} ${k}`,
			date: "2020-01-02", permalink: `https://example.org/${i}/${k}`, guests: ["ada"], hosts: [] })));
	return files;
}

const sql = (site, query) => execFileSync("sqlite3", ["-cmd", ".timeout 5000", path.join(site, "var/archive.db"), query], { encoding: "utf8", maxBuffer: 256 << 20 });
// All that the files gave, without the numbers that rows have.
const contents = (site) => [
	sql(site, "SELECT path, part, show, slug, title, n_turns, n_cues, transcript_path FROM items ORDER BY path, part"),
	sql(site, "SELECT path, part, hex(cues), hex(turns), speech, people, texts.notes, texts.chapters FROM items JOIN cues ON cues.item=id JOIN texts ON texts.item=id ORDER BY path, part"),
	sql(site, "SELECT * FROM words ORDER BY word"), sql(site, "SELECT slug, name, n_episodes, n_talks, spoken_ms FROM people ORDER BY slug"),
];

test("an import on one processor says and gives what it does on all, faults in their order", async (t) => {
	const files = manyFiles(), sites = [];
	for (let i = 0; i < 80; i += 7)
		files[`episodes/e${i}.md`] += "\n[x](javascript:1) 10:00 First\n";
	for (let i = 1; i < 80; i += 9)
		files[`episodes/e${i}.md`] = files[`episodes/e${i}.md`].replace("timestamp: 2021-04-05T06:07:08", `timestamp: sometime\nchapters: ["0:09 B", "0:0${i % 9} A"]`);
	const all = [["carillon"], ["taskset", "-c", "0"]].map(([command, ...args]) => {
		const site = makeSite(t, files), given = command === "carillon" ? [program, []] : [command, [...args, program]];
		sites.push(site);
		const { stdout, stderr, status } = spawnSync(given[0], [...given[1], "import", "--site", site], { encoding: "utf8" });
		return { status, said: stderr.replaceAll(site, "SITE"), told: stdout.replaceAll(site, "SITE").replace(/[\d.]+ seconds/, "") };
	});
	assert.ok(all[0].said.split("\n").length > 12, all[0].said);
	assert.deepEqual(all[1], all[0]);
	assert.deepEqual(contents(sites[1]), contents(sites[0]));
	const notes = (site) => sql(site, "SELECT item, page_notes.html, feed_notes.html FROM page_notes JOIN feed_notes USING(item) ORDER BY item");
	assert.ok(notes(sites[0]).length > 1000);
	assert.equal(notes(sites[1]), notes(sites[0]));
});

test(`an import that is killed ${kills} times loses no file and halves none`, { timeout: 120000 + kills * 8000 }, async (t) => {
	const files = manyFiles(), wanted = makeSite(t, files), site = makeSite(t, files);
	const first = await run(["import", "--site", wanted]);
	assert.equal(first.code, 1, "shows that the lists name aren't configured");
	const whole = new Map(sql(wanted, "SELECT path||'|'||count(*)||'|'||sum(n_cues) FROM items GROUP BY path").trim().split("\n").map((line) => [line.split("|")[0], line]));
	const began = Date.now();
	await run(["import", "--site", makeSite(t, files)]);
	const took = Date.now() - began, random = seeded(17);
	let cut = 0, partial = 0;
	for (let i = 0; i < kills; i++) {
		/* What was there before is changed, so that there is something to do each time. */
		for (let k = 0; k < 40; k++) {
			const name = `transcripts/e${Math.floor(random() * 80)}.vtt`;
			writeFileSync(path.join(site, name), files[name] + (random() < 0.5 ? `\n10:00.000 --> 10:01.000\nAnd another ${i}.\n` : ""));
		}
		const child = spawn(program, ["import", "--site", site], { stdio: "ignore" });
		const ended = new Promise((done) => child.on("exit", (code, signal) => done(signal)));
		await sleep(20 + random() * took);
		child.kill("SIGKILL");
		cut += await ended === "SIGKILL" ? 1 : 0;
		if (!existsSync(path.join(site, "var/archive.db")) || sql(site, "SELECT count(*) FROM sqlite_schema WHERE name='items'").trim() === "0")
			continue;
		assert.equal(sql(site, "PRAGMA quick_check").trim(), "ok");
		const there = sql(site, "SELECT path||'|'||count(*)||'|'||sum(n_cues), count(*) FROM items GROUP BY path").trim().split("\n").filter(Boolean);
		partial += there.length < whole.size ? 1 : 0;
		for (const line of there) {
			const [name, n, cues] = line.split("|"), [, n_whole, cues_whole] = whole.get(name).split("|");
			assert.equal(n, n_whole, `${name}: all of its records or none`);
			assert.ok(Math.abs(cues - cues_whole) <= 1, `${name}: ${cues} cues`);
		}
	}
	t.diagnostic(`${cut} of ${kills} imports were killed while they ran, ${partial} of them with files missing then`);
	assert.ok(cut > kills / 3, "most were killed while they ran");
	for (const [name, content] of Object.entries(files))
		writeFileSync(path.join(site, name), content);
	const last = await run(["import", "--site", site]);
	assert.ok(last.code <= 1, last.stderr);
	assert.deepEqual(contents(site), contents(wanted));
	for (const query of ["gudgeon", "another", "\"rope wheel\"", "episode"]) {
		const [found, right] = await Promise.all([site, wanted].map(async (folder) =>
			JSON.parse((await run(["search", "--site", folder, "--json", query])).stdout)));
		assert.deepEqual({ ...found, took_ms: 0 }, { ...right, took_ms: 0 });
	}
});

test("what hasn't changed is neither read nor written again, and what has is", async (t) => {
	const files = manyFiles(), site = makeSite(t, files);
	await run(["import", "--site", site]);
	const state = () => sql(site, "SELECT id, path, part, hash FROM items ORDER BY id");
	const before = state();
	writeFileSync(path.join(site, "transcripts/e7.vtt"), files["transcripts/e7.vtt"].replace("Ada", "Eve"));
	/* A new time alone is no change: bytes count. */
	writeFileSync(path.join(site, "episodes/e8.md"), readFileSync(path.join(site, "episodes/e8.md")));
	const { stdout } = await run(["import", "--site", site]);
	assert.deepEqual(stdout.match(/^\S+(?=: taken for )/gm), ["episodes/e7.md", "transcripts/e7.vtt"]);
	assert.match(stdout, /; 168 unchanged, /);
	assert.equal(state(), before, "rows keep their numbers");
	assert.match(sql(site, "SELECT group_concat(name) FROM voices JOIN items ON id=item WHERE path='episodes/e7.md'"), /Eve/);
});

test("progress with rate and time left is for a terminal, not for a pipe", async (t) => {
	const site = makeSite(t, manyFiles()), command = `'${program}' import --site '${site}'`;
	const shown = await new Promise((done) => execFile("script", ["-qec", command, "/dev/null"], { maxBuffer: 64 << 20, env: { ...process.env, TERM: "xterm" } },
		(error, stdout) => done(stdout)));
	const lines = shown.match(/\d+ of 170 files, \d+ a second, \d+ s left/g) ?? [];
	assert.ok(lines.length > 0, shown.slice(0, 2000));
	assert.ok(shown.includes("\r\x1b[K"));
	const piped = await run(["import", "--site", site]);
	assert.doesNotMatch(piped.stdout + piped.stderr, /a second|s left|\x1b|\r/);
});
