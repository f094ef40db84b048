// guard.mjs - what the guard promises: one reading of a request, no protocol but HTTP/1.1 and WebSocket, bounded
// connections, descriptors, time and memory, and a loop that never waits for a name.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import WebSocket from "ws";
import { atOnce } from "./carillon.mjs";
import { connect, makeFolder, raw, sleep, startServer, statuses, tools, waitFor } from "./http_server.mjs";

const hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const post = (fields, body = "") => `POST /echo HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`;

test("a request with doubtful framing is refused, and nothing behind it is taken for another", async (t) => {
	const server = await startServer(t);
	const cases = [
		["chunked", 501, post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")],
		["chunked with a length", 501, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")],
		["a length, then chunked", 501, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
		["identity", 501, post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello")],
		["chunked in odd case", 501, post("tRANSFER-eNCODING: ChUnKeD\r\n", "0\r\n\r\n")],
		["chunked after a tab", 501, post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n")],
		["an unknown coding", 501, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
		["two equal lengths", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")],
		["two lengths", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")],
		["-1", 400, post("Content-Length: -1\r\n", "hello")],
		["+5", 400, post("Content-Length: +5\r\n", "hello")],
		["0x5", 400, post("Content-Length: 0x5\r\n", "hello")],
		["5,5", 400, post("Content-Length: 5,5\r\n", "hello")],
		["5 5", 400, post("Content-Length: 5 5\r\n", "hello")],
		["5.0", 400, post("Content-Length: 5.0\r\n", "hello")],
		["an empty length", 400, post("Content-Length:\r\n", "hello")],
		["2^63", 413, post("Content-Length: 9223372036854775808\r\n", "hello")],
		["2^64 + 5", 413, post("Content-Length: 18446744073709551621\r\n", "hello")],
		["more than is accepted", 413, post(`Content-Length: ${(16 << 20) + 1}\r\n`, "hello")],
		["a blank before the colon", 400, post("Content-Length : 5\r\n", "hello")],
		["a tab before the colon", 400, post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")],
		["a folded line", 400, post("X: a\r\n Content-Length: 5\r\n", "hello")],
		["a folded value", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")],
		["bare line feeds", 400, "POST /echo HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello"],
		["one bare line feed", 400, post("X: a\nContent-Length: 5\r\n", "hello")],
		["a bare carriage return", 400, post("X: a\rContent-Length: 5\r\n", "hello")],
		["a NUL in a name", 400, post("Content\0-Length: 5\r\n", "hello")],
		["a NUL in a value", 400, post("Content-Length: 5\0\r\n", "hello")],
		["a line without a colon", 400, post("Content-Length 5\r\n", "hello")],
		["no name", 400, post(": 5\r\n", "hello")],
		["no Host", 400, "GET /hello HTTP/1.1\r\n\r\n"],
		["two Hosts", 400, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
		["two blanks in the request line", 400, "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n"],
		["no version", 400, "GET /hello\r\nHost: x\r\n\r\n"],
		["HTTP/2.0", 505, "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n"],
		["a method that is no token", 400, "G@T /hello HTTP/1.1\r\nHost: x\r\n\r\n"],
		["a TLS hello", 400, Buffer.from("16030100fa010000f6", "hex")],
		["the HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
	];
	await Promise.all(cases.map(async ([name, status, bytes]) => {
		const answer = await raw(server.port, Buffer.concat([Buffer.from(bytes), Buffer.from(hello)]));
		assert.deepEqual(statuses(answer.text), [status], `${name}: ${answer.text.slice(0, 80)}`);
		assert.ok(answer.closed, `${name}: the connection stays open`);
		assert.match(answer.text, /\r\nconnection: close\r\n/, name);
	}));
});

test("kept-alive, pipelined, split and old requests are answered in order", async (t) => {
	const server = await startServer(t);
	let answer = await raw(server.port, hello.repeat(3) + hello.replace("Host: x", "Host: x\r\nConnection: close"));
	assert.deepEqual(statuses(answer.text), [200, 200, 200, 200]);
	assert.ok(answer.closed);
	answer = await raw(server.port, "GET /slow?ms=200 HTTP/1.1\r\nHost: x\r\n\r\n" + hello +
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nHELLO" + hello, { end: true });
	assert.deepEqual(statuses(answer.text), [200, 200, 201, 200]);
	assert.ok(answer.text.indexOf("slept") < answer.text.indexOf("hello") && answer.text.includes("HELLO"));
	answer = await raw(server.port, "GET /hello HTTP/1.0\r\n\r\n" + hello);
	assert.deepEqual(statuses(answer.text), [200]);
	assert.ok(answer.closed);
	answer = await raw(server.port, "\r\n\r\nGET http://elsewhere.example/hello HTTP/1.1\r\nHost: x\r\n\r\n", { ms: 300 });
	assert.deepEqual(statuses(answer.text), [200]);
	assert.equal(answer.closed, false);

	const socket = await connect(server.port);
	let text = "";
	socket.on("data", (part) => { text += part; });
	for (const byte of "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc") {
		socket.write(byte);
		await sleep(1);
	}
	await waitFor(() => text.endsWith("abc"), "the echo");
	socket.destroy();
	const big = "y".repeat(3 << 20);
	const echoed = await fetch(`${server.url}/echo`, { method: "POST", body: big });
	assert.equal(await echoed.text(), big);
	const expecting = await raw(server.port, post("Content-Length: 5\r\nExpect: 100-continue\r\n"), { ms: 300 });
	assert.deepEqual(statuses(expecting.text), [100]);
});

test("no Upgrade but a WebSocket's is taken, also not by a connection's second request", async (t) => {
	const server = await startServer(t);
	for (const upgrade of ["h2c", "TLS/1.0", "websocket2", "websocket, h2c", "foo", ""]) {
		const request = `GET /ws/a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\n` +
			"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
		assert.deepEqual(statuses((await raw(server.port, request)).text), [400], upgrade);
		const second = await raw(server.port, hello + request + hello);
		assert.deepEqual(statuses(second.text), [200, 400], upgrade);
		assert.ok(second.closed, upgrade);
	}
});

function handshake({ path: where = "/ws/a", host = "127.0.0.1", key = "dGhlIHNhbXBsZSBub25jZQ==", version = "13",
	connection = "Upgrade", method = "GET", http = "1.1", fields = "" } = {}) {
	return `${method} ${where} HTTP/${http}\r\nHost: ${host}\r\nConnection: ${connection}\r\nUpgrade: websocket\r\n` +
		(key === null ? "" : `Sec-WebSocket-Key: ${key}\r\n`) +
		(version === null ? "" : `Sec-WebSocket-Version: ${version}\r\n`) + fields + "\r\n";
}

test("a handshake is taken from our own pages and from no browser's other page", async (t) => {
	const server = await startServer(t);
	const origin = (value) => ({ fields: `Origin: ${value}\r\n` });
	const cases = [
		[101, {}],
		[101, { connection: "keep-alive, upgrade" }],
		[101, origin("http://127.0.0.1")],
		[101, origin("https://127.0.0.1")],
		[101, { host: "ours.example:8080", ...origin("http://ours.example:8080") }],
		[101, { host: "OURS.example", ...origin("http://ours.example") }],
		[101, { fields: "Sec-WebSocket-Protocol: other, test.v1\r\n" }],
		[101, { fields: "Sec-WebSocket-Protocol: other\r\n" }],
		[101, { fields: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" }],
		[403, origin("null")],
		[403, origin("https://evil.example")],
		[403, { host: "ours.example", ...origin("https://ours.example.evil") }],
		[403, { host: "ours.example", ...origin("https://evil-ours.example") }],
		[403, { host: "ours.example", ...origin("https://ours.example@evil.example") }],
		[403, { host: "ours.example", ...origin("http://ours.example:81") }],
		[403, { host: "ours.example:81", ...origin("http://ours.example") }],
		[403, { host: "ours.example", ...origin("ftp://ours.example") }],
		[403, { host: "ours.example", ...origin("ours.example") }],
		[403, { host: "ours.example", ...origin("http://ours.example/") }],
		[403, { host: "ours.example", fields: "Origin: http://ours.example\r\nOrigin: http://evil.example\r\n" }],
		[403, origin("")],
		[404, { path: "/ws/nobody" }],
		[404, { path: "/nowhere" }],
		[404, { path: "/hello" }],
		[426, { version: "8" }],
		[400, { version: null }],
		[400, { key: null }],
		[400, { key: "short" }],
		[400, { key: "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" }],
		[400, { connection: "close" }],
		[400, { method: "POST" }],
		[400, { http: "1.0" }],
		[400, { fields: "Content-Length: 5\r\n" }],
	];
	for (const [status, what] of cases) {
		for (const before of ["", hello]) {
			const answer = await raw(server.port, before + handshake(what), { ms: status === 101 ? 150 : 3000 });
			assert.deepEqual(statuses(answer.text), before ? [200, status] : [status], JSON.stringify(what));
			if (status === 101) {
				assert.match(answer.text, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
				assert.doesNotMatch(answer.text, /sec-websocket-extensions/i, "nothing from outside is inflated");
				assert.equal(/sec-websocket-protocol: test\.v1/i.test(answer.text), /test\.v1/.test(what.fields ?? ""));
			} else {
				assert.ok(answer.closed, JSON.stringify(what));
			}
		}
	}
	const plain = await raw(server.port, "GET /ws/a HTTP/1.1\r\nHost: x\r\n\r\n", { ms: 200 });
	assert.deepEqual(statuses(plain.text), [426]);
	const allClosed = async () => { const c = await server.counts(); return c.ws_opened === c.ws_closed; };
	await waitFor(allClosed, "all to be closed");
});

test("a head that is too large, or never ends, is refused", async (t) => {
	const server = await startServer(t);
	const get = (fields) => `GET /hello HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
	assert.deepEqual(statuses((await raw(server.port, get(`X: ${"a".repeat(15000)}\r\n`), { ms: 300 })).text), [200]);
	assert.deepEqual(statuses((await raw(server.port, get(`X: ${"a".repeat(17000)}\r\n`))).text), [431]);
	assert.deepEqual(statuses((await raw(server.port, "GET /" + "a".repeat(40000))).text), [431]);
	const long = `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
	assert.deepEqual(statuses((await raw(server.port, long)).text), [414]);
	assert.deepEqual(statuses((await raw(server.port, get("A: b\r\n".repeat(70)))).text), [431]);
});

test("one address has so many connections, and gets the next when one is given back", async (t) => {
	const server = await startServer(t, { perAddress: 8 });
	const sockets = await Promise.all(Array.from({ length: 30 }, () => connect(server.port)));
	await waitFor(() => sockets.filter((s) => s.closed_).length === 22, "22 of 30 to be refused");
	for (const socket of sockets)
		socket.destroy();
	const counts = await waitFor(() => server.counts().catch(() => null), "a place");
	assert.equal(counts.refused >= 22, true);
	await waitFor(async () => (await server.counts()).connections === 1, "the others' places to be free");
});

test("without descriptors to spare the process neither spins nor floods its log", async (t) => {
	const server = await startServer(t, { limit: 256, perAddress: 100000 });
	const cpu = () => {
		const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ");
		return (Number(fields[11]) + Number(fields[12])) * 10; /* ms at 100 ticks a second */
	};
	const sockets = await Promise.all(Array.from({ length: 400 }, () => connect(server.port)));
	await sleep(1000);
	const before = cpu();
	await sleep(5000);
	const used = cpu() - before;
	assert.ok(used < 250, `${used} ms of CPU in 5 s`);
	assert.ok(server.output().split("\n").length <= 11, server.output());
	const open = sockets.filter((s) => !s.closed_).length;
	assert.ok(open > 100 && open <= 256 - 64, `${open} connections are open`);
	for (const socket of sockets)
		socket.destroy();
	const start = Date.now();
	await waitFor(() => fetch(`${server.url}/hello`).then((r) => r.ok, () => false), "to be served again");
	assert.ok(Date.now() - start < atOnce(1000));
});

test("a name that takes four seconds to resolve delays nobody", async (t) => {
	const server = await startServer(t, { env: { LD_PRELOAD: path.join(tools, "slow_dns.so") } });
	for (let i = 0; i < 10; i++)
		await fetch(`${server.url}/resolve?name=localhost`, { method: "POST" });
	let worst = 0;
	for (const end = Date.now() + 4500; Date.now() < end;) {
		const start = performance.now();
		await (await fetch(`${server.url}/slow?ms=1`)).text();
		worst = Math.max(worst, performance.now() - start);
		await sleep(10);
	}
	assert.ok(worst < atOnce(100), `a request took ${worst.toFixed(0)} ms`);
	const counts = await waitFor(async () => {
		const c = await server.counts();
		return c.resolves_done === 10 && c;
	}, "the names");
	assert.match(counts.resolved, /^(127\.0\.0\.1|::1)$/);
	await fetch(`${server.url}/resolve?name=localhost`, { method: "POST" });
	const start = Date.now();
	await server.stop(); /* with one under way, which takes four seconds */
	assert.ok(Date.now() - start < 3500);
});

test("dripping heads, dripping bodies and readers that don't read are let go; others don't notice", async (t) => {
	const folder = makeFolder(t);
	writeFileSync(path.join(folder, "large.mp3"), Buffer.alloc(40 << 20));
	const server = await startServer(t, { folder });
	const start = Date.now();
	const groups = { heads: [], bodies: [], readers: [] };
	for (let i = 0; i < 60; i++)
		groups.heads.push(await connect(server.port));
	for (let i = 0; i < 40; i++) {
		const socket = await connect(server.port);
		socket.write(post("Content-Length: 10000\r\n"));
		groups.bodies.push(socket);
	}
	for (let i = 0; i < 20; i++) {
		const socket = await connect(server.port);
		socket.write("GET /files/large.mp3 HTTP/1.1\r\nHost: x\r\n\r\n");
		socket.pause();
		groups.readers.push(socket);
	}
	const died = { heads: 0, bodies: 0 };
	let worst = 0;
	while (Date.now() - start < 36000 && (!died.heads || !died.bodies || Date.now() - start < 33500)) {
		for (const kind of ["heads", "bodies"]) {
			for (const socket of groups[kind])
				if (!socket.closed_ && socket.writable)
					socket.write(kind === "heads" ? "G" : "b");
			if (!died[kind] && groups[kind].every((s) => s.closed_))
				died[kind] = Date.now() - start;
		}
		const asked = performance.now();
		assert.equal((await fetch(`${server.url}/hello`)).status, 200);
		worst = Math.max(worst, performance.now() - asked);
		await sleep(250);
	}
	assert.ok(died.heads && died.heads <= 15000, `heads: ${died.heads} ms`);
	assert.ok(died.bodies && died.bodies <= 31000, `bodies: ${died.bodies} ms`);
	assert.ok(worst < atOnce(250), `a good client waited ${worst.toFixed(0)} ms`);
	await waitFor(async () => (await server.counts()).connections <= 2, "the readers to be let go", atOnce(5000));
	for (const socket of Object.values(groups).flat())
		socket.destroy();
});

test("a worker's answer to one who has gone is dropped", async (t) => {
	const server = await startServer(t);
	const socket = await connect(server.port);
	socket.write("GET /slow?ms=2000 HTTP/1.1\r\nHost: x\r\n\r\n");
	await sleep(500);
	socket.resetAndDestroy();
	await waitFor(async () => (await server.counts()).works_gone === 1, "the work to be dropped");
});

test("what comes in over a WebSocket is bounded and checked", async (t) => {
	const server = await startServer(t);
	const open = (use) => new Promise((done, fail) => {
		const ws = new WebSocket(`ws://127.0.0.1:${server.port}/ws/a`, "test.v1");
		const got = [];
		ws.on("message", (data) => got.push(String(data)));
		ws.on("close", (code) => done({ code, got }));
		ws.on("error", fail);
		ws.on("open", () => use(ws));
	});
	assert.equal((await open((ws) => ws.send("x".repeat(5 << 20)))).code, 1009);
	assert.equal((await open((ws) => { for (let i = 0; i < 20000; i++) ws.send("x", { fin: false }); })).code, 1008);
	assert.equal((await open((ws) => ws.send(Buffer.from([0xc3, 0x28]), { binary: false }))).code, 1007);
	assert.deepEqual(await open((ws) => { ws.send("x".repeat(3 << 20)); ws.send("close 4001"); }),
		{ code: 4001, got: [`${3 << 20} bytes`] });
	const before = await server.counts();
	const pings = await open(async (ws) => {
		for (let i = 0; i < 10000; i++)
			ws.ping("x");
		ws.send("still there");
		await sleep(500);
		ws.close(1000);
	});
	assert.deepEqual(pings, { code: 1000, got: ["still there"] });
	assert.ok((await server.counts()).rss_kib - before.rss_kib < 8192);
	/* A frame in the same packet as the handshake. */
	const early = Buffer.concat([Buffer.from(handshake()), Buffer.from("818200000000", "hex"), Buffer.from("hi")]);
	const answer = await raw(server.port, early, { ms: 300 });
	assert.ok(answer.bytes.includes(Buffer.from("\x81\x02hi", "latin1")), answer.text);
});

test("a slow listener is told 1013, and the others get everything in order", async (t) => {
	const server = await startServer(t);
	const listeners = await Promise.all(Array.from({ length: 60 }, (_, i) => new Promise((done, fail) => {
		const ws = new WebSocket(`ws://127.0.0.1:${server.port}/ws/a`);
		const me = { ws, slow: i < 6, got: 0, inOrder: true, code: 0 };
		ws.on("message", (data) => { me.inOrder &&= Number(data) === me.got; me.got++; });
		ws.on("close", (code) => { me.code = code; });
		ws.on("error", fail);
		ws.on("open", () => { if (me.slow) ws._socket.pause(); done(me); });
	})));
	const rounds = 150, each = 20;
	for (let i = 0; i < rounds; i++)
		await fetch(`${server.url}/broadcast?n=${each}&size=1000`, { method: "POST" });
	const fast = listeners.filter((l) => !l.slow), slow = listeners.filter((l) => l.slow);
	await waitFor(() => fast.every((l) => l.got === rounds * each), "all messages");
	assert.ok(fast.every((l) => l.inOrder && !l.code));
	const counts = await server.counts();
	assert.equal(counts.ws_full, slow.length);
	for (const one of slow)
		one.ws._socket.resume();
	await waitFor(() => slow.every((l) => l.code), "the slow ones to hear why");
	assert.deepEqual([...new Set(slow.map((l) => l.code))], [1013]);
	for (const one of fast)
		one.ws.close();
});

test("one who stays behind by more than the soft bound is told 1013 after five seconds", async (t) => {
	const server = await startServer(t);
	const ws = new WebSocket(`ws://127.0.0.1:${server.port}/ws/a`);
	let code = 0;
	ws.on("close", (given) => { code = given; });
	await new Promise((done) => ws.on("open", done));
	ws._socket.pause();
	/* The kernel's buffers fill first, and grow while they do. */
	let start = Date.now();
	for (let steady = 0; steady < 20;) {
		if ((await server.counts()).ws_queued > 64 << 10) {
			steady++;
			await sleep(50);
		} else {
			steady = 0;
			await fetch(`${server.url}/broadcast?n=10&size=1000`, { method: "POST" });
			start = Date.now();
		}
	}
	const behind = await server.counts();
	assert.ok(behind.ws_queued < 128 << 10, String(behind.ws_queued));
	await waitFor(async () => (await server.counts()).ws_queued === 0, "its queue to be dropped");
	const took = Date.now() - start;
	assert.ok(took >= 4500 && took < 5000 + atOnce(2500), `${took} ms`);
	ws._socket.resume();
	await waitFor(() => code, "the reason");
	assert.equal(code, 1013);
});

test("asked to stop, it says 1001, ends streams, and is gone within two seconds", async (t) => {
	const server = await startServer(t);
	const sockets = await Promise.all(Array.from({ length: 20 }, () => new Promise((done) => {
		const ws = new WebSocket(`ws://127.0.0.1:${server.port}/ws/a`);
		const me = { code: 0 };
		ws.on("close", (code) => { me.code = code; });
		ws.on("open", () => done(me));
	})));
	const streams = Array.from({ length: 10 },
		() => raw(server.port, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", { ms: 5000 }));
	const slow = raw(server.port, "GET /slow?ms=700 HTTP/1.1\r\nHost: x\r\n\r\n", { ms: 5000 });
	const idle = await connect(server.port);
	const deaf = await connect(server.port); /* a WebSocket that answers no close frame */
	deaf.write(handshake());
	await sleep(300);
	const start = Date.now();
	assert.equal(await server.stop(), 0);
	assert.ok(Date.now() - start < atOnce(2000), `${Date.now() - start} ms`);
	await waitFor(() => sockets.every((s) => s.code), "the close frames");
	assert.deepEqual([...new Set(sockets.map((s) => s.code))], [1001]);
	for (const stream of await Promise.all(streams))
		assert.ok(stream.text.endsWith("0\r\n\r\n"), "an orderly end");
	assert.match((await slow).text, /slept 700 ms/);
	idle.destroy();
	deaf.destroy();
});

test("a port in use, a bad address, and IPv6 each get a clear answer", async (t) => {
	const server = await startServer(t);
	const { run } = await import("./carillon.mjs");
	const program = path.join(tools, "http_server");
	const taken = await run([`127.0.0.1:${server.port}`, "/"], { program });
	assert.equal(taken.code, 3);
	assert.match(taken.stderr, new RegExp(`^carillon: 127\\.0\\.0\\.1:${server.port} is in use; .*--listen\n$`));
	for (const bad of ["localhost:80", "127.0.0.1", "127.0.0.1:99999", ":80", "[::1:80", ""])
		assert.match((await run([bad, "/"], { program })).stderr, /is no address to listen on; write ADDR:PORT/, bad);
	const six = await startServer(t, { address: "[::1]:0" });
	assert.equal((await fetch(`http://[::1]:${six.port}/hello`)).status, 200);
});
