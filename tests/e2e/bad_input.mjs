// What is broken gets one clear line and the right exit code, and the rest goes on.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { asSomeone, makeSite, recentchange, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";

const plain = "title: Plain\nsources: [{name: w, url: \"http://127.0.0.1:9/\", mapping: mediawiki}]\nstations: [{name: s}]\nshows: [{name: b, title: B}]\n";
const page = (title) => `---\ntitle: ${title}\ndate: 2026-01-02\n---\n\nNotes.\n`;

const lines = (text) => text.split("\n").filter((line) => line);

test("a verb or option that isn't there exits 2 and says what was meant", async () => {
	for (const [args, meant] of [[["serv"], /did you mean serve\?/], [["serve", "--sit", "x"], /did you mean --site\?/],
		[["render", "--station"], /--station needs a value/], [["frobnicate"], /carillon --help/], [["serve", "x"], /serve takes no 'x'/]]) {
		const { code, stderr } = await run(args);
		assert.equal(code, 2, args.join(" "));
		assert.match(stderr, meant);
		assert.equal(lines(stderr).length, 1, stderr);
	}
	for (const verb of ["serve", "import", "search", "render", "replay"]) {
		const { code, stdout } = await run([verb, "--help"]);
		assert.equal(code, 0);
		assert.match(stdout, /Example/i, verb);
	}
	assert.equal((await run(["--version"])).stdout, "carillon 0.1.0\n");
});

test("broken YAML is one line with its place, exit 1; no site at all is exit 3", async (t) => {
	const broken = makeSite(t, { "carillon.yaml": "title: x\nshows: [\n" });
	const typo = makeSite(t, { "carillon.yaml": "titel: x\n" });
	for (const verb of [["serve", "--listen", "127.0.0.1:0"], ["import"],
		["render", "--station", "s", "--from", "0", "--to", "9", "--output", "/tmp/never.wav"], ["replay", "--source", "w", "x.sse"]]) {
		const first = await run([verb[0], "--site", broken, ...verb.slice(1)]);
		assert.equal(first.code, 1, verb[0]);
		assert.match(first.stderr, /^carillon: .*carillon\.yaml:3: not YAML/);
		assert.equal(lines(first.stderr).length, 1);
		const second = await run([verb[0], "--site", typo, ...verb.slice(1)]);
		assert.equal(second.code, 1);
		assert.match(second.stderr, /carillon\.yaml:1: unknown key 'titel' in carillon\.yaml; did you mean 'title'\?\n$/);
		const third = await run([verb[0], "--site", "/nowhere/at/all", ...verb.slice(1)]);
		assert.equal(third.code, 3, verb[0]);
		assert.match(third.stderr, /no such folder; name it with --site DIR/);
	}
});

test("a port in use is said, exit 3", async (t) => {
	const holder = net.createServer().listen(0, "127.0.0.1");
	await new Promise((done) => holder.on("listening", done));
	t.after(() => holder.close());
	const { port } = holder.address();
	const { code, stderr } = await run(["serve", "--site", makeSite(t, { "carillon.yaml": plain }), "--listen", `127.0.0.1:${port}`]);
	assert.equal(code, 3);
	assert.match(stderr, new RegExp(`^carillon: .*${port}.*in use`));
	const bad = await run(["serve", "--site", makeSite(t, { "carillon.yaml": plain }), "--listen", "nonsense"]);
	assert.notEqual(bad.code, 0);
	assert.match(bad.stderr, /ADDR:PORT/);
});

test("files that are nothing known are named with the reason, exit 1, and the rest is imported", async (t) => {
	const site = makeSite(t, {
		"carillon.yaml": plain,
		"episodes/good.md": page("Good"), "transcripts/good.txt": "00:01 Ann: hello there everybody\n00:05 Ben: well hello\n00:09 Ann: that is all\n",
		"episodes/broken.md": "---\ntitle: [x\n---\n\ntext\n",
		"transcripts/poem.txt": "No times here.\nNor here.\nJust lines of text.\n",
		"transcripts/bytes.txt": Buffer.from([0, 1, 2, 255, 254, 0, 99, 200, 201, 202]),
		"transcripts/empty.vtt": "",
		"transcripts/holes.txt": Buffer.concat([Buffer.from("00:01 Ann: caf"), Buffer.from([0xe9]), Buffer.from(" is open and it is good to be here again with all of you, friends\n00:05 Ben: yes it is, for sure\n00:08 Ann: fine then, that is all there is to say\n")]),
	});
	const { code, stdout, stderr } = await run(["import", "--site", site]);
	assert.equal(code, 1);
	assert.match(stdout, /^transcripts\/good\.txt: taken for speaker lines/m);
	assert.match(stdout, /^episodes\/good\.md: taken for an episode/m);
	assert.match(stdout, /^transcripts\/holes\.txt: taken for speaker lines/m);
	for (const name of ["episodes/broken.md", "transcripts/poem.txt", "transcripts/bytes.txt", "transcripts/empty.vtt"]) {
		assert.match(stdout, new RegExp(`^${name}: not recognised: `, "m"));
		assert.match(stderr, new RegExp(`^carillon: .*${name}(:\\d+)?: `, "m"), name);
	}
	assert.match(stderr, /holes\.txt:1: .*UTF-8/);
	const found = JSON.parse((await run(["search", "--site", site, "--json", "hello"])).stdout);
	assert.deepEqual(found.hits.map((hit) => [hit.kind, hit.slug]), [["episode", "good"]]);
	const missing = await run(["import", "--site", site, path.join(site, "episodes/none.md")]);
	assert.equal(missing.code, 3);
	assert.match(missing.stderr, /none\.md/);
});

test("a media file that isn't one keeps only its episode out of the feed, with the reason", async (t) => {
	const site = makeSite(t, {
		"carillon.yaml": plain,
		"episodes/good.md": page("Good").replace("date", "media: good.mp3\ndate"),
		"episodes/fake.md": page("Fake").replace("date", "media: fake.mp3\ndate"),
		"media/fake.mp3": "<html>this is a page, not a sound</html>\n",
	});
	execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=duration=2", path.join(site, "media/good.mp3")]);
	const server = await serve(t, site);
	await waitFor(() => /episodes\/fake\.md: .*fake\.mp3/.test(server.output()), "the reason on stderr");
	const feed = await waitFor(async () => {
		const answer = await fetch(`${server.url}/feeds/b.xml`), text = await answer.text();
		return answer.ok && /<title>Good<\/title>/.test(text) && text;
	}, "the feed with the good one");
	assert.doesNotMatch(feed, /Fake/);
	assert.equal((await fetch(`${server.url}/shows/b/fake`)).status, 200);
});

test("a read-only site is said, exit 3; what needs no writing works", async (t) => {
	const site = makeSite(t, { "carillon.yaml": plain, "x.sse": ":ok\n\n", "episodes/one.md": page("One").replace("date", "media: x.mp3\ndate") });
	assert.equal((await run(["import", "--site", site])).code, 0);
	execFileSync("chmod", ["-R", "a+rX,a-w", site]);
	const someone = asSomeone(t);
	for (const args of [["import", "--site", site], ["serve", "--site", site, "--listen", "127.0.0.1:0"],
		["replay", "--site", site, "--source", "w", path.join(site, "x.sse")]]) {
		const { code, stderr } = await run(args, someone);
		assert.equal(code, 3, `${args[0]}: ${stderr}`);
		assert.equal(lines(stderr).length, 1, stderr);
		assert.match(stderr, /^carillon: .*(read-only|readonly|Permission denied|not writable|can't)/i);
	}
	const found = await run(["search", "--site", site, "notes"], someone);
	assert.equal(found.code, 0, found.stderr);
	assert.match(found.stdout, /One/);
});

test("a database of a newer version is refused by name, exit 1 or 3, and left as it is", async (t) => {
	for (const [file, verbs] of [["events.db", [["serve", "--listen", "127.0.0.1:0"], ["replay", "--source", "w", "x.sse"],
		["render", "--station", "s", "--from", "0", "--to", "9", "--output", "/tmp/never.wav"]]],
		["archive.db", [["import"], ["search", "x"]]]]) {
		const site = makeSite(t, { "carillon.yaml": plain, "x.sse": ":ok\n\n" });
		mkdirSync(path.join(site, "var"));
		execFileSync("sqlite3", [path.join(site, "var", file), "PRAGMA user_version=999; CREATE TABLE future(x);"]);
		for (const [verb, ...rest] of verbs) {
			const args = rest.map((each) => each === "x.sse" ? path.join(site, each) : each);
			const { code, stderr } = await run([verb, "--site", site, ...args]);
			assert.equal(code, 3, `${verb}: ${stderr}`);
			assert.match(stderr, new RegExp(`${file.replace(".", "\\.")} has version 999.*newer carillon`), verb);
		}
		assert.equal(execFileSync("sqlite3", [path.join(site, "var", file), "SELECT name FROM sqlite_master"]).toString(), "future\n");
		writeFileSync(path.join(site, "var", file), "this is no database, only text that somebody has put here\n".repeat(20));
		const { code, stderr } = await run([verbs[0][0], "--site", site, ...verbs[0].slice(1)]);
		assert.equal(code, 3);
		assert.match(stderr, new RegExp(file.replace(".", "\\.")));
	}
});

test("broken JSON and broken frames upstream are counted and the stream goes on", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const server = await serve(t, site);
	await waitFor(() => up.clients() > 0, "a connection");
	up.send(1, recentchange());
	up.send(2, "{\"broken\": ");
	up.send(3, "[".repeat(5000));
	up.send(4, "{\"$schema\":\"x\",\"meta\":{\"domain\":\"canary\"}}");
	up.send(5, Buffer.from([0x22, 0xff, 0x22]).toString("latin1"));
	up.send(6, recentchange());
	const metrics = await waitFor(async () => {
		const text = await (await fetch(`${server.url}/metrics`)).text();
		return /source_logged_total\{source="wikimedia"\} 2\n/.test(text) && text;
	}, "two events");
	assert.match(metrics, /source_messages_total\{source="wikimedia"\} 6\n/);
	assert.match(metrics, /reason="broken"\} [23]\n/);
	assert.match(metrics, /reason="canary"\} 1\n/);
});

test("a configuration that becomes faulty while serving is said, and the old one goes on", async (t) => {
	const site = makeSite(t, { "carillon.yaml": plain });
	const server = await serve(t, site);
	writeFileSync(path.join(site, "carillon.yaml"), "titel: x\n");
	await waitFor(() => /unknown key 'titel'/.test(server.output()), "the fault");
	assert.equal((await fetch(`${server.url}/stations/s`)).status, 200);
	writeFileSync(path.join(site, "carillon.yaml"), plain.replace("name: s}", "name: s}, {name: second}").replace("Plain", "Changed"));
	await waitFor(async () => (await fetch(`${server.url}/stations/second`).catch(() => null))?.status === 200, "the new station");
	assert.match(await (await fetch(server.url)).text(), /<title>Changed<\/title>/);
	await sleep(100);
	assert.ok(existsSync(path.join(site, "var/events.db")));
});
