// media_ranges.mjs - files: byte ranges as RFC 9110 has them, and nothing from outside the folder, however it is
// asked for.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { makeFolder, raw, startServer, statuses } from "./http_server.mjs";

const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

function answerOf({ bytes }) {
	const end = bytes.indexOf("\r\n\r\n");
	const head = bytes.subarray(0, end).toString("latin1");
	const field = (name) => new RegExp(`\r\n${name}: ([^\r\n]*)`, "i").exec(head)?.[1];
	return { status: Number(head.slice(9, 12)), field, body: bytes.subarray(end + 4) };
}

const ask = async (server, name, fields = {}, method = "GET") => answerOf(await raw(server.port,
	`${method} /files/${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
	Object.entries(fields).map(([key, value]) => `${key}: ${value}\r\n`).join("") + "\r\n", { ms: 10000 }));

test("a range is exactly what was asked for, and what can't be given is said", async (t) => {
	const folder = makeFolder(t), size = 1000;
	const content = randomBytes(size);
	writeFileSync(path.join(folder, "a.mp3"), content);
	writeFileSync(path.join(folder, "empty.mp3"), "");
	const server = await startServer(t, { folder });
	const cases = [ /* header, status, first, last */
		["bytes=0-0", 206, 0, 0],
		["bytes=0-9", 206, 0, 9],
		["bytes=10-", 206, 10, 999],
		["bytes=0-", 206, 0, 999],
		["bytes=-1", 206, 999, 999],
		["bytes=-10", 206, 990, 999],
		["bytes=-1000", 206, 0, 999],
		["bytes=-5000", 206, 0, 999],
		["bytes=999-999", 206, 999, 999],
		["bytes=999-", 206, 999, 999],
		["bytes=500-5000", 206, 500, 999],
		["bytes=0-99999999999999999999999999", 206, 0, 999],
		["BYTES=5-6", 206, 5, 6],
		["bytes=1000-", 416],
		["bytes=1000-1001", 416],
		["bytes=99999999999999999999999999-", 416],
		["bytes=-0", 416],
		["bytes=9-5", 200],
		["bytes=", 200],
		["bytes=-", 200],
		["bytes=a-b", 200],
		["bytes=1-b", 200],
		["bytes=--1", 200],
		["bytes=1", 200],
		["bytes=0x1-0x2", 200],
		["bytes=+1-2", 200],
		["bytes= 1 - 2", 200],
		["bytes=0-1,5-6", 200],
		["items=0-1", 200],
		["nonsense", 200],
	];
	for (const [range, status, first, last] of cases) {
		const answer = await ask(server, "a.mp3", { Range: range });
		assert.equal(answer.status, status, range);
		assert.equal(answer.field("accept-ranges"), "bytes");
		if (status === 206) {
			assert.equal(answer.field("content-range"), `bytes ${first}-${last}/${size}`, range);
			assert.ok(answer.body.equals(content.subarray(first, last + 1)), range);
			assert.equal(answer.field("content-length"), String(last + 1 - first));
		} else if (status === 416) {
			assert.equal(answer.field("content-range"), `bytes */${size}`, range);
			assert.equal(answer.body.length, 0);
		} else {
			assert.equal(answer.field("content-range"), undefined, range);
			assert.ok(answer.body.equals(content), range);
		}
	}
	assert.equal((await ask(server, "empty.mp3", { Range: "bytes=0-" })).status, 416);
	assert.equal((await ask(server, "empty.mp3")).field("content-length"), "0");

	const head = await ask(server, "a.mp3", { Range: "bytes=0-9" }, "HEAD"); /* a range is defined for GET alone */
	assert.deepEqual([head.status, head.field("content-length"), head.body.length], [200, "1000", 0]);
	const twice = await ask(server, "a.mp3", { Range: "bytes=0-1", range: "bytes=5-6" });
	assert.equal(twice.status, 200);
});

test("conditions are met by the strong tag and the date", async (t) => {
	const folder = makeFolder(t), file = path.join(folder, "a.mp3");
	writeFileSync(file, "0123456789");
	utimesSync(file, 1e9, 1e9);
	const server = await startServer(t, { folder });
	const plain = await ask(server, "a.mp3");
	const tag = plain.field("etag"), date = plain.field("last-modified");
	assert.match(tag, /^"[0-9a-f-]+"$/);
	assert.equal(date, "Sun, 09 Sep 2001 01:46:40 GMT");
	const range = { Range: "bytes=2-3" };
	const cases = [
		[206, { ...range, "If-Range": tag }],
		[206, { ...range, "If-Range": date }],
		[200, { ...range, "If-Range": `W/${tag}` }],
		[200, { ...range, "If-Range": '"other"' }],
		[200, { ...range, "If-Range": "Sun, 09 Sep 2001 01:46:41 GMT" }],
		[304, { "If-None-Match": tag }],
		[304, { "If-None-Match": `"other", W/${tag}` }],
		[304, { "If-None-Match": "*" }],
		[304, { ...range, "If-None-Match": tag }],
		[200, { "If-None-Match": '"other"' }],
		[200, { "If-None-Match": '"other"', "If-Modified-Since": date }],
		[304, { "If-Modified-Since": date }],
		[304, { "If-Modified-Since": "Mon, 10 Sep 2001 01:46:40 GMT" }],
		[200, { "If-Modified-Since": "Sat, 08 Sep 2001 01:46:40 GMT" }],
		[200, { "If-Modified-Since": "yesterday" }],
	];
	for (const [status, fields] of cases) {
		const answer = await ask(server, "a.mp3", fields);
		assert.equal(answer.status, status, JSON.stringify(fields));
		assert.equal(answer.field("etag"), tag);
		if (status === 304)
			assert.deepEqual([answer.body.length, answer.field("content-length")], [0, undefined]);
	}
	writeFileSync(file, "9876543210"); /* the same size: the time differs */
	assert.notEqual((await ask(server, "a.mp3")).field("etag"), tag);
});

test("two hundred random ranges of a large file have the hash of that part", async (t) => {
	const folder = makeFolder(t), content = randomBytes(5 << 20), size = content.length;
	writeFileSync(path.join(folder, "large.mp3"), content);
	const server = await startServer(t, { folder });
	let seed = 12345;
	const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor(seed / 2 ** 32 * n); };
	for (let i = 0; i < 200; i += 10) {
		await Promise.all(Array.from({ length: 10 }, async () => {
			const first = random(size), last = Math.min(size - 1, first + random(i % 3 ? 100000 : size));
			const answer = await fetch(`${server.url}/files/large.mp3`, { headers: { range: `bytes=${first}-${last}` } });
			assert.equal(answer.status, 206);
			assert.equal(sha(Buffer.from(await answer.arrayBuffer())), sha(content.subarray(first, last + 1)));
		}));
	}
	const whole = await fetch(`${server.url}/files/large.mp3`);
	assert.equal(sha(Buffer.from(await whole.arrayBuffer())), sha(content));
});

test("nothing outside the folder is given, however it is spelled", async (t) => {
	const above = makeFolder(t), folder = path.join(above, "media");
	mkdirSync(path.join(folder, "sub"), { recursive: true });
	const secret = "SECRET-FROM-OUTSIDE";
	writeFileSync(path.join(above, "secret.txt"), secret);
	writeFileSync(path.join(folder, "a.mp3"), "inside");
	writeFileSync(path.join(folder, "sub/b.mp3"), "inside too");
	symlinkSync("../secret.txt", path.join(folder, "link.mp3"));
	symlinkSync("a.mp3", path.join(folder, "inner.mp3"));
	symlinkSync("..", path.join(folder, "up"));
	symlinkSync("/", path.join(folder, "root"));
	symlinkSync("/proc/self/root", path.join(folder, "magic"));
	linkSync(path.join(folder, "a.mp3"), path.join(folder, "hard.mp3"));
	execFileSync("mkfifo", [path.join(folder, "pipe.mp3")]);
	const server = await startServer(t, { folder });
	assert.equal(String((await ask(server, "a.mp3")).body), "inside");
	assert.equal(String((await ask(server, "sub/b.mp3")).body), "inside too");
	assert.equal(String((await ask(server, "hard.mp3")).body), "inside"); /* the owner's own second name for it */
	const names = [
		"../secret.txt", "..%2fsecret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt", "%2E%2E/secret.txt",
		"%2e%2e%2fsecret.txt", ".%2e/secret.txt", "%2e./secret.txt", "..%5csecret.txt", "..\\secret.txt",
		"%2e%2e%5csecret.txt", "..%252fsecret.txt", "%252e%252e/secret.txt", "%252e%252e%252fsecret.txt",
		"%25252e%25252e%25252fsecret.txt", "..%c0%afsecret.txt", "%c0%ae%c0%ae/secret.txt",
		"%c0%ae%c0%ae%c0%afsecret.txt", "..%e0%80%afsecret.txt", "..%f0%80%80%afsecret.txt",
		"%ef%bc%8e%ef%bc%8e/secret.txt", "..%ef%bc%8fsecret.txt", "%u002e%u002e/secret.txt", "..;/secret.txt",
		"..%3b/secret.txt", "..%00/secret.txt", "..%0d%0a/secret.txt", "..%09/secret.txt", "a.mp3%00", "a.mp3%00.txt",
		"%00", "a.mp3/", "a.mp3/.", "a.mp3/..", "a.mp3/../../secret.txt", "sub/../../secret.txt",
		"sub/..%2f..%2fsecret.txt", "sub/%2e%2e/%2e%2e/secret.txt", "./../secret.txt", "./a.mp3", "sub/./b.mp3",
		"sub//b.mp3", "//a.mp3", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd", "link.mp3",
		"inner.mp3", "up/secret.txt", "root/etc/passwd", "magic/etc/passwd", "sub", "sub/", ".", "..", "", "pipe.mp3",
		"%", "%2", "%zz", "%ff", "%80.mp3", "a%ed%a0%80.mp3", "x".repeat(300), "x/".repeat(2000), "~/a.mp3",
		"..%2f".repeat(20) + "etc%2fpasswd", "../".repeat(20) + "etc/passwd", "a.mp3%20", "a.mp3.", "A.MP3",
	];
	assert.ok(names.length >= 60);
	for (const name of names) {
		for (const method of ["GET", "HEAD"]) {
			const answer = await raw(server.port, `${method} /files/${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
			const [status] = statuses(answer.text);
			assert.ok(status === 404 || status === 400, `${JSON.stringify(name.slice(0, 60))}: ${status}`);
			assert.ok(!answer.text.includes(secret) && !answer.text.includes("root:") && !answer.text.includes("inside"));
		}
	}
	assert.ok(statSync(path.join(above, "secret.txt")).size > 0);
});
