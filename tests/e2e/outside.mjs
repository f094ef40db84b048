// outside.mjs - what the running program gives to the outside: a recording's bytes exactly, from any place in it; nothing from
// beyond the media folder; and an answer in time while names are looked up. The counts are craft's: 10 resolutions of four
// seconds, 25 ranges and 200 more at random, 60 addresses and links.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { atOnce, build, makeSite, root, run, serve, sleep, upstream, waitFor } from "./carillon.mjs";
import { raw, statuses } from "./http_server.mjs";

const media = path.join(root, "tests/data/transcripts/media");
const shows = `shows:
  - {name: bells, title: Bells, description: About bells., language: en, author: Ringers, category: Technology, explicit: false}\n`;
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");
const site = (t, files = {}) => makeSite(t, { "carillon.yaml": `title: Outside\n${shows}`, "media/text.vtt": "WEBVTT\n", ...files });

test("N7: ten names that take four seconds each hold up no page", async (t) => {
	const up = await upstream(t);
	const url = up.url.replace("127.0.0.1", "localhost");
	const sources = Array.from({ length: 10 }, (_, i) => `  - {name: source-${i}, url: "${url}", mapping: mediawiki}\n`).join("");
	const folder = site(t, { "carillon.yaml": `title: Slow names\nsources:\n${sources}${shows}`, "episodes/one.md": "---\ntitle: One\n---\nNotes.\n" });
	await run(["import", "--site", folder]);
	const options = process.env.ASAN_OPTIONS;
	process.env.LD_PRELOAD = path.join(build, "tests/tools/slow_dns.so");
	process.env.ASAN_OPTIONS = `${options ?? ""}:verify_asan_link_order=0`;
	t.after(() => { delete process.env.LD_PRELOAD; });
	const server = await serve(t, folder);
	delete process.env.LD_PRELOAD;
	process.env.ASAN_OPTIONS = options ?? "";
	const addresses = ["/healthz", "/shows/bells/one", "/feeds/bells.xml", "/media/text.vtt", "/api/search?q=notes"];
	let worst = 0, n = 0;
	assert.equal(up.requests().length, 0);
	while (up.requests().length < 10) {
		const start = performance.now();
		const answer = await fetch(server.url + addresses[n++ % addresses.length]);
		await answer.arrayBuffer();
		worst = Math.max(worst, performance.now() - start);
		assert.ok(n < 2000, "the names are known in the end");
		await sleep(10);
	}
	t.diagnostic(`10 names, ${n} requests, the slowest ${worst.toFixed(1)} ms`);
	assert.ok(n > 100, "requests while the names were looked up");
	assert.ok(worst < atOnce(100), `${worst} ms`);
});

test("N9: ranges of a recording are exactly what was asked for", async (t) => {
	const content = randomBytes(3 << 20), size = content.length;
	const server = await serve(t, site(t, { "media/long.mp3": content, "media/none.mp3": "" }));
	const ask = (headers, method = "GET", name = "long.mp3") => fetch(`${server.url}/media/${name}`, { method, headers });
	const plain = await ask({});
	const tag = plain.headers.get("etag"), date = plain.headers.get("last-modified");
	assert.equal(sha(Buffer.from(await plain.arrayBuffer())), sha(content));
	const last = size - 1;
	const cases = [ /* headers, status, first, last */
		[{ range: "bytes=0-0" }, 206, 0, 0], [{ range: "bytes=0-8" }, 206, 0, 8], [{ range: "bytes=1-1" }, 206, 1, 1],
		[{ range: `bytes=${last}-` }, 206, last, last], [{ range: "bytes=-5" }, 206, size - 5, last], [{ range: "bytes=0-" }, 206, 0, last],
		[{ range: `bytes=-${size}` }, 206, 0, last], [{ range: `bytes=-${size + 9}` }, 206, 0, last], [{ range: `bytes=9-${size * 2}` }, 206, 9, last],
		[{ range: "bytes=0-18446744073709551616" }, 206, 0, last], [{ range: "BYTES=3-4" }, 206, 3, 4],
		[{ range: `bytes=${size}-` }, 416], [{ range: `bytes=${size}-${size + 5}` }, 416], [{ range: "bytes=18446744073709551615-" }, 416],
		[{ range: "bytes=-0" }, 416],
		[{ range: "bytes=alpha" }, 200], [{ range: "bytes=1-x" }, 200], [{ range: "bytes=9-1" }, 200], [{ range: "bytes=" }, 200],
		[{ range: "bytes=-" }, 200], [{ range: "bytes= 1 - 2" }, 200], [{ range: "bites=0-1" }, 200], [{ range: "0-1" }, 200],
		[{ range: "bytes=0-1,3-4" }, 200], [{ range: "bytes=0-,0-,0-" }, 200], [{ range: "bytes=0-1, -1" }, 200],
		[{ range: "bytes=2-3", "if-range": tag }, 206, 2, 3], [{ range: "bytes=2-3", "if-range": date }, 206, 2, 3],
		[{ range: "bytes=2-3", "if-range": '"other"' }, 200], [{ range: "bytes=2-3", "if-range": `W/${tag}` }, 200],
		[{ range: "bytes=2-3", "if-none-match": tag }, 304],
	];
	for (const [headers, status, from, to] of cases) {
		const answer = await ask(headers), body = Buffer.from(await answer.arrayBuffer()), what = JSON.stringify(headers);
		assert.equal(answer.status, status, what);
		if (status === 206) {
			assert.equal(answer.headers.get("content-range"), `bytes ${from}-${to}/${size}`, what);
			assert.equal(sha(body), sha(content.subarray(from, to + 1)), what);
		} else if (status === 200) {
			assert.equal(answer.headers.get("content-range"), null, what);
			assert.equal(sha(body), sha(content), what);
		} else {
			assert.equal(answer.headers.get("content-range"), status === 416 ? `bytes */${size}` : null, what);
			assert.equal(body.length, 0, what);
		}
		const head = await ask(headers, "HEAD");
		assert.equal(head.status, status === 304 ? 304 : 200, `HEAD ${what}`); /* a range is GET's alone */
	}
	assert.equal((await ask({ range: "bytes=0-" }, "GET", "none.mp3")).status, 416);
	let seed = 7;
	const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor(seed / 2 ** 32 * n); };
	for (let i = 0; i < 200; i++) {
		const from = random(size), to = Math.min(last, from + random(i % 4 ? 60000 : size));
		const answer = await ask({ range: `bytes=${from}-${to}` });
		assert.equal(answer.status, 206);
		assert.equal(sha(Buffer.from(await answer.arrayBuffer())), sha(content.subarray(from, to + 1)), `${from}-${to}`);
	}
	t.diagnostic(`${cases.length + 1} cases, 200 random ranges`);
});

test("N10: nothing from outside the media folder, however it is spelled or linked", async (t) => {
	const secret = "SECRET-FROM-OUTSIDE", beyond = mkdtempSync(path.join(tmpdir(), "carillon-beyond-"));
	t.after(() => rmSync(beyond, { recursive: true, force: true }));
	const folder = site(t, { "secret.txt": secret, "feeds.lock": "", "episodes/one.md": `---\ntitle: One\n---\n${secret}\n`,
		"media/a.mp3": "inside", "media/.hidden.mp3": secret, "media/sub/b.mp3": secret, "var/tokens": `# ${secret}\n` });
	copyFileSync(path.join(media, "tone.mp3"), path.join(beyond, "tone.mp3"));
	writeFileSync(path.join(beyond, "secret.mp3"), secret);
	symlinkSync("../secret.txt", path.join(folder, "media/link.mp3"));
	symlinkSync(path.join(beyond, "tone.mp3"), path.join(folder, "media/tone.mp3"));
	symlinkSync("a.mp3", path.join(folder, "media/inner.mp3"));
	symlinkSync("..", path.join(folder, "media/up"));
	symlinkSync("/", path.join(folder, "media/root"));
	symlinkSync("/proc/self/root", path.join(folder, "media/magic"));
	linkSync(path.join(folder, "media/a.mp3"), path.join(folder, "media/hard.mp3"));
	execFileSync("mkfifo", [path.join(folder, "media/pipe.mp3")]);
	const imported = await run(["import", "--site", folder]);
	assert.match(imported.stderr, /media\/tone\.mp3: it is a link, which may lead anywhere, so it isn't served/);
	const server = await serve(t, folder);
	assert.equal(await (await fetch(`${server.url}/media/a.mp3`)).text(), "inside");
	assert.equal(await (await fetch(`${server.url}/media/hard.mp3`)).text(), "inside"); /* it is in the folder, under both names */
	const up = ["../secret.txt", "..%2fsecret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt", "%2E%2E/secret.txt", "%2e%2e%2fsecret.txt",
		".%2e/secret.txt", "%2e./secret.txt", "..%5csecret.txt", "..\\secret.txt", "%2e%2e%5csecret.txt", "..%252fsecret.txt",
		"%252e%252e/secret.txt", "%252e%252e%252fsecret.txt", "%25252e%25252e%25252fsecret.txt", "..%c0%afsecret.txt",
		"%c0%ae%c0%ae/secret.txt", "%c0%ae%c0%ae%c0%afsecret.txt", "..%e0%80%afsecret.txt", "..%f0%80%80%afsecret.txt",
		"%ef%bc%8e%ef%bc%8e/secret.txt", "..%ef%bc%8fsecret.txt", "%u002e%u002e/secret.txt", "..;/secret.txt", "..%3b/secret.txt",
		"..%00/secret.txt", "..%0d%0a/secret.txt", "..%09/secret.txt", "a.mp3%00", "a.mp3%00.txt", "%00", "a.mp3/", "a.mp3/.", "a.mp3/..",
		"a.mp3/../../secret.txt", "sub/../../secret.txt", "sub/..%2f..%2fsecret.txt", "sub/%2e%2e/%2e%2e/secret.txt", "./../secret.txt",
		"sub%2fb.mp3", "sub/b.mp3", "sub", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd", "link.mp3", "inner.mp3",
		"tone.mp3", "up/secret.txt", "up%2fsecret.txt", "root/etc/passwd", "root%2fetc%2fpasswd", "magic%2fetc%2fpasswd", ".hidden.mp3",
		"%2ehidden.mp3", ".", "..", "", "pipe.mp3", "%", "%2", "%zz", "%ff", "a%ed%a0%80.mp3", "x".repeat(300), "x/".repeat(2000),
		"..%2f".repeat(20) + "etc%2fpasswd", "../".repeat(20) + "etc/passwd", "../var/tokens", "..%2fvar%2ftokens", "..%2ffeeds.lock",
		"..%2fepisodes%2fone.md", "..%2fcarillon.yaml", "A.MP3", "a.mp3%20"];
	assert.ok(up.length >= 60);
	let n = 0;
	for (const name of up)
		for (const prefix of ["/media/", "/previews/", "/assets/x/"])
			for (const ending of prefix === "/previews/" ? ["/about.json", "/captions-1.vtt"] : [""]) {
				const address = `${prefix}${name}${ending}`;
				const answer = await raw(server.port, `GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
				const [status] = statuses(answer.text);
				assert.ok(status === 404 || status === 400 || status === 414 || status === 431 || status === 301, `${address.slice(0, 80)}: ${status}`);
				assert.ok(!answer.text.includes(secret) && !answer.text.includes("root:") && !answer.text.includes("inside") &&
					!answer.text.includes('"lufs"'), address.slice(0, 80));
				n++;
			}
	t.diagnostic(`${up.length} names, ${n} addresses`);
	await server.stop();

	// Owners have their media on large disks: the folder itself may be a link.
	renameSync(path.join(folder, "media"), path.join(beyond, "media"));
	symlinkSync(path.join(beyond, "media"), path.join(folder, "media"));
	const linked = await serve(t, folder);
	assert.equal(await (await fetch(`${linked.url}/media/a.mp3`)).text(), "inside");
	for (const name of ["link.mp3", "inner.mp3", "..%2fsecret.mp3", "tone.mp3"])
		assert.equal((await fetch(`${linked.url}/media/${name}`)).status, 404, name);
	mkdirSync(path.join(beyond, "public"));
	const published = await run(["publish", "--site", folder, "--output", path.join(beyond, "public"), "--links", "relative"]);
	assert.ok(!existsSync(path.join(beyond, "public/media/link.mp3")) && !existsSync(path.join(beyond, "public/media/tone.mp3")), published.stderr);
	assert.ok(existsSync(path.join(beyond, "public/media/a.mp3")), published.stderr);
});
