// headers.mjs - every kind of answer carries exactly these fields: the table is compared whole, so that neither a
// missing nor an additional one goes unnoticed.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { utimesSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import test from "node:test";
import { makeFolder, raw, startServer } from "./http_server.mjs";

const security = {
	"content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
		"img-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
		"frame-ancestors 'none'",
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
};
const open = { ...security, "cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*" };
const html = { "content-type": "text/html; charset=utf-8" };
const error = { ...security, ...html, "content-length": "*", "cache-control": "no-store" }; // *: as long as the body
const close = { connection: "close" };

function parse(text) {
	const lines = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
	const fields = {};
	for (const line of lines.slice(1)) {
		const [, name, value] = /^([^:]+): (.*)$/.exec(line);
		assert.equal(fields[name], undefined, `${name} twice`);
		fields[name] = value;
	}
	assert.match(fields.date, /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
	assert.ok(Math.abs(Date.parse(fields.date) - Date.now()) < 30000);
	delete fields.date;
	return { status: Number(lines[0].slice(9, 12)), fields };
}

test("each route's answer has exactly its fields", async (t) => {
	const folder = makeFolder(t), file = path.join(folder, "a.mp3");
	writeFileSync(file, "0123456789");
	utimesSync(file, 1e9, 1e9);
	const server = await startServer(t, { folder });
	const etag = parse((await raw(server.port, "HEAD /files/a.mp3 HTTP/1.0\r\n\r\n")).text).fields.etag;
	const hello = { etag: parse((await raw(server.port, "HEAD /hello HTTP/1.0\r\n\r\n")).text).fields.etag, "cache-control": "no-cache" };
	assert.match(hello.etag, /^"[0-9a-f]{16}"$/);
	const media = { ...open, "accept-ranges": "bytes", etag, "last-modified": "Sun, 09 Sep 2001 01:46:40 GMT" };
	const mpeg = { "content-type": "audio/mpeg" };
	const get = (where, fields = "", method = "GET", http = "1.1") =>
		`${method} ${where} HTTP/${http}\r\nHost: x\r\n${fields}\r\n`;
	const forever = "public, max-age=31536000, immutable";
	const table = [
		["a reply", get("/hello"), 200,
			{ ...security, ...hello, "content-type": "text/plain; charset=utf-8", "content-length": "6" }],
		["its head", get("/hello", "", "HEAD"), 200,
			{ ...security, ...hello, "content-type": "text/plain; charset=utf-8", "content-length": "6" }],
		["to HTTP/1.0", get("/hello", "", "GET", "1.0"), 200,
			{ ...security, ...hello, "content-type": "text/plain; charset=utf-8", "content-length": "6", ...close }],
		["asked to close", get("/hello", "Connection: close\r\n"), 200,
			{ ...security, ...hello, "content-type": "text/plain; charset=utf-8", "content-length": "6", ...close }],
		["unchanged", get("/hello", `If-None-Match: ${hello.etag}\r\n`), 304, { ...security, ...hello }],
		["a page", get("/"), 200, { ...security, ...html, "content-length": "35", etag: '"*"', "cache-control": "no-cache" }],
		["a post", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", 201,
			{ ...security, "content-type": "application/octet-stream", "content-length": "2" }],
		["an asset", get("/fixed.js"), 200, { ...security, "content-type": "text/javascript", "content-length": "11",
			etag: '"0123456789abcdef"', "cache-control": forever }],
		["an asset unchanged", get("/fixed.js", 'If-None-Match: "0123456789abcdef"\r\n'), 304,
			{ ...security, etag: '"0123456789abcdef"', "cache-control": forever }],
		["elsewhere", get("/redirect"), 302, { ...security, location: "/hello", "content-length": "0" }],
		["elsewhere, from outside", get("/redirect?to=/a%0d%0aset-cookie:+x%22%3Cb%C3%A4"), 302,
			{ ...security, location: "/a%0D%0Aset-cookie:%20x%22%3Cb%C3%A4", "content-length": "0" }],
		["nothing there", get("/nowhere"), 404, error],
		["nothing there, head", get("/nowhere", "", "HEAD"), 404, error],
		["nothing there, for programs", get("/api/nowhere"), 404, { ...security, "content-type": "application/json",
			"content-length": "*", "cache-control": "no-store" }],
		["broken path", get("/%zz"), 400, { ...error, ...close }],
		["a failure", get("/fail"), 500, error],
		["a failure, for programs", get("/api/fail"), 500, { ...security, "content-type": "application/json",
			"content-length": "*", "cache-control": "no-store" }],
		["wrong method", get("/hello", "", "DELETE"), 405, { ...error, allow: "GET, HEAD, OPTIONS" }],
		["wrong method of a post", get("/echo"), 405, { ...error, allow: "POST, OPTIONS" }],
		["which methods", get("/hello", "", "OPTIONS"), 204,
			{ ...security, allow: "GET, HEAD, OPTIONS", "cache-control": "no-store" }],
		["WebSocket only", get("/ws/a"), 426, { ...error, upgrade: "websocket", "sec-websocket-version": "13" }],
		["doubtful framing", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 501,
			{ ...error, ...close }],
		["a stream", get("/stream"), 200,
			{ ...security, "content-type": "audio/ogg", "transfer-encoding": "chunked" }],
		["a stream to HTTP/1.0", get("/stream", "", "GET", "1.0"), 200,
			{ ...security, "content-type": "audio/ogg", ...close }],
		["a stream's head", get("/stream", "", "HEAD"), 200, { ...security, "content-type": "audio/ogg" }],
		["a worker's answer", get("/slow?ms=1"), 200, { ...security, "content-type": "text/plain", "content-length": "11",
			etag: '"*"', "cache-control": "no-cache" }],
		["a file", get("/files/a.mp3"), 200, { ...media, ...mpeg, "content-length": "10" }],
		["a file's head", get("/files/a.mp3", "", "HEAD"), 200, { ...media, ...mpeg, "content-length": "10" }],
		["a part", get("/files/a.mp3", "Range: bytes=1-2\r\n"), 206,
			{ ...media, ...mpeg, "content-length": "2", "content-range": "bytes 1-2/10" }],
		["no such part", get("/files/a.mp3", "Range: bytes=10-\r\n"), 416,
			{ ...media, "content-length": "0", "content-range": "bytes */10" }],
		["a file unchanged", get("/files/a.mp3", `If-None-Match: ${etag}\r\n`), 304, media],
		["no such file", get("/files/b.mp3"), 404, error],
		["a path from outside", get("/files/../x"), 400, { ...error, ...close }],
	];
	for (const [name, request, status, expected] of table) {
		const answer = await raw(server.port, request, { ms: 150 });
		const got = parse(answer.text);
		if (expected.etag === '"*"') {
			assert.match(got.fields.etag, /^"[0-9a-f]{16}"$/);
			got.fields.etag = '"*"';
		}
		const body = answer.text.slice(answer.text.indexOf("\r\n\r\n") + 4);
		const hasBody = !/^HEAD/.test(request) && expected["content-length"] !== undefined;
		if (!/\/stream/.test(request))
			assert.equal(body.length, hasBody ? Number(got.fields["content-length"]) : 0, name);
		if (expected["content-length"] === "*") {
			assert.ok(Number(got.fields["content-length"]) > 20, name);
			got.fields["content-length"] = "*";
		}
		assert.equal(got.status, status, name);
		assert.deepEqual(got.fields, expected, name);
		assert.equal(answer.closed, expected.connection === "close" && !(/1\.0/.test(request) && /\/stream/.test(request) &&
			!/^HEAD/.test(request)), name);
	}
});

test("a path reaches its route decoded, and a query as it was sent", async (t) => {
	const server = await startServer(t);
	const shown = async (target) => (await fetch(server.url + target)).json();
	let seen = await shown("/show/%C3%A4%20b/R&B;x=1+2?q=a%26b+c;d&q=second&r");
	assert.deepEqual([seen.path, seen.parts], ["/show/ä b/R&B;x=1+2", ["ä b", "R&B;x=1+2", null]]);
	assert.deepEqual([seen.query, seen.q], ["q=a%26b+c;d&q=second&r", "a&b c;d"]);
	seen = await shown("/show/only/");
	assert.deepEqual([seen.path, seen.parts, seen.query, seen.q], ["/show/only/", ["only", null, null], null, null]);
	assert.equal((await shown("/show/a?q=%ff")).q, null);
	assert.equal((await shown("/show/a?q=%zz")).q, null);
	assert.equal((await shown("/show/a?q")).q, "");
	assert.equal((await shown("/show/a?%71=x")).q, "x");
	assert.equal((await fetch(`${server.url}/show//b`)).status, 404);
	assert.equal((await fetch(`${server.url}/show`)).status, 404);
	const failure = await fetch(`${server.url}/fail`);
	assert.match(await failure.text(), /this &lt;always&gt; fails/);
	assert.deepEqual(await (await fetch(`${server.url}/api/fail`)).json(), { error: "this <always> fails" });
});

test("an endless answer comes as it is made, ends in order, and waits for a slow reader", async (t) => {
	const server = await startServer(t);
	const ten = await (await fetch(`${server.url}/stream?most=10`)).text();
	assert.equal(ten, Array.from({ length: 10 }, (_, i) => `page ${String(i).padStart(9, "0")}\0\n`).join(""));
	const flood = await (await fetch(`${server.url}/stream?flood=1&most=2000`)).text();
	assert.equal(flood.length, 2000 * 8192);
	const old = await raw(server.port, "GET /stream?most=3 HTTP/1.0\r\n\r\n");
	assert.ok(old.closed && old.text.endsWith("page 000000002\0\n") && !/chunked/.test(old.text));
	const { pages } = await server.counts();
	const unread = await new Promise((done) => http.get(`${server.url}/stream?flood=1`, done));
	let made = 0, during;
	for (let still = 0; still < 5; await new Promise((done) => setTimeout(done, 200))) {
		during = await server.counts();
		still = during.pages - pages === made && made ? still + 1 : 0;
		made = during.pages - pages;
		assert.ok(made * 8192 < 64 << 20, "what isn't read isn't made");
	}
	assert.equal(during.streams_open, 1);
	assert.ok(made * 8192 < 16 << 20, `${made} pages`); /* the kernel's own buffers hold a few megabytes */
	unread.destroy();
	for (let i = 0; i < 50 && (await server.counts()).streams_open; i++)
		await new Promise((done) => setTimeout(done, 50));
	assert.equal((await server.counts()).streams_open, 0);
});
