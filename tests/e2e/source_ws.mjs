// source_ws.mjs - what a WebSocket upstream may do to us: fragments, cuts, floods, refusals, silence, gaps. What was heard is
// stored, once; what is wrong is told; nobody is hammered.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import test from "node:test";

import { makeSite, recentchange, serve, siteYaml, sleep, waitFor } from "./carillon.mjs";
import { positionOf, storedCount, storedIds } from "./log.mjs";

const { WebSocketServer } = createRequire(new URL("../package.json", import.meta.url))("ws");
const full = process.env.FULL === "1";

// A WebSocket upstream: connected(socket, n, request) for the n-th connection, n from 0.
async function fake(t, connected, options = {}, make = (listener) => http.createServer(listener)) {
	const connections = [];
	const server = make((request, response) => response.writeHead(426).end());
	const sockets = new WebSocketServer({ server, perMessageDeflate: false, ...options });
	sockets.on("connection", (socket, request) => {
		const messages = [];
		connections.push({ at: Date.now(), url: request.url, headers: request.headers, messages, socket });
		socket.on("error", () => {});
		socket.on("message", (message) => messages.push(message.toString()));
		connected(socket, connections.length - 1, request);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		for (const socket of sockets.clients)
			socket.terminate();
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address();
	return { server, port, connections, url: `ws://127.0.0.1:${port}/events?all=1` };
}

// A server that isn't one: answer(socket, head) writes what it likes after the request.
async function raw(t, answer) {
	const requests = [];
	const server = net.createServer((socket) => {
		socket.on("error", () => {});
		socket.once("data", (head) => {
			requests.push({ at: Date.now(), head: head.toString() });
			answer(socket, head.toString(), requests.length - 1);
		});
		t.after(() => socket.destroy());
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => server.close());
	return { requests, url: `ws://127.0.0.1:${server.address().port}/` };
}

const text = (event) => JSON.stringify(event);
const yaml = (url, keys = "") => siteYaml(url).replace("mapping: mediawiki}", `mapping: mediawiki${keys}}`);
const site = (t, url, keys) => makeSite(t, { "carillon.yaml": yaml(url, keys) });

async function source(server, name = "wikimedia") {
	const { sources } = await (await fetch(`${server.url}/healthz`)).json();
	return sources.find((each) => each.name === name);
}

async function metric(server, line) {
	const all = await (await fetch(`${server.url}/metrics`)).text();
	return Number(all.split("\n").find((each) => each.startsWith(`carillon_${line} `))?.split(" ")[1]);
}

// One frame as a server sends it, for what the ws package wouldn't.
function frame(opcode, payload, fin = true) {
	const head = [(fin ? 0x80 : 0) | opcode];
	if (payload.length < 126)
		head.push(payload.length);
	else
		head.push(126, payload.length >> 8, payload.length & 255);
	return Buffer.concat([Buffer.from(head), payload]);
}
const accept = (head) => createHash("sha1").update(
	/sec-websocket-key: *(\S+)/i.exec(head)[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
const upgrade = (head, key = accept(head)) => "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n" +
	`connection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`;

// Self-made certificates: good is trusted and for localhost, other trusted but for another name, unknown isn't trusted.
// Servers started from here on see that. Gives read("good.key").
function certificates(t) {
	const keys = makeSite(t, {});
	const make = (name, subject) => execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${subject}`,
		"-addext", `subjectAltName=DNS:${subject}`, "-keyout", path.join(keys, `${name}.key`),
		"-out", path.join(keys, `${name}.crt`)], { stdio: "ignore" });
	const read = (name) => readFileSync(path.join(keys, name), "utf8");
	make("good", "localhost");
	make("other", "elsewhere.example.org");
	make("unknown", "localhost");
	execFileSync("sh", ["-c", "cat good.crt other.crt > trusted.pem"], { cwd: keys });
	const before = process.env.SSL_CERT_FILE;
	process.env.SSL_CERT_FILE = path.join(keys, "trusted.pem");
	t.after(() => {
		if (before === undefined)
			delete process.env.SSL_CERT_FILE;
		else
			process.env.SSL_CERT_FILE = before;
	});
	return read;
}

test("what is to be said first is said in order, again at each connection", async (t) => {
	const first = recentchange(), second = recentchange();
	const up = await fake(t, (socket, n) => {
		socket.send(text(n ? second : first)); // in the same breath as the handshake
		socket.on("message", (message) => {
			if (n === 0 && String(message) === "three")
				socket.close(1001, "restarting");
		});
	});
	const folder = site(t, up.url, `, subscribe: ['{"op": "one"}', {op: two, deep: [1, "1", true]}, three]`);
	const server = await serve(t, folder);
	await waitFor(() => up.connections[1]?.messages.length === 3 && storedCount(folder) === 2, "both events");
	assert.deepEqual(storedIds(folder), [first.meta.id, second.meta.id]);
	for (const { messages, url, headers } of up.connections) {
		assert.deepEqual(messages, ['{"op": "one"}', '{"op":"two","deep":[1,"1",true]}', "three"]);
		assert.equal(url, "/events?all=1");
		assert.match(headers.host, /^127\.0\.0\.1:\d+$/);
		assert.match(headers["user-agent"], /^carillon\//);
		assert.equal(headers["sec-websocket-extensions"], undefined, "nothing is compressed");
		assert.equal(headers.origin, undefined);
	}
	assert.match(server.output(), /it closed the connection \(1001: restarting\)/);
	assert.equal((await source(server)).state, "live");
	assert.equal(positionOf(folder, "wikimedia"), null);
});

test("a message may come in any pieces, as text or bytes", async (t) => {
	const events = Array.from({ length: 6 }, (_, n) => recentchange({ title: `Žluťoučký kůň ${n} 鐘 \u{1F514}` }));
	const bytes = events.map((event) => Buffer.from(text(event)));
	const up = await fake(t, (socket) => {
		socket.send(bytes[0], { binary: false });
		socket.send(bytes[1], { binary: true });
		// Each byte a fragment, characters cut in the middle, pings in between.
		bytes[2].forEach((_, i) => {
			socket.send(bytes[2].subarray(i, i + 1), { binary: false, fin: i === bytes[2].length - 1 });
			if (i % 100 === 50)
				socket.ping(`p${i}`);
		});
		socket.send("", { fin: false });
		socket.send(bytes[3].subarray(0, 700), { fin: false, binary: true });
		socket.send("", { fin: false });
		socket.send(bytes[3].subarray(700), { fin: true, binary: true });
		socket.send(""); // an empty one
		socket.send(Buffer.from([0xff, 0x00, 0xfe]), { binary: true });
		socket.send("not JSON");
		socket.send(bytes[4], { binary: false });
		socket.send(Buffer.concat([bytes[5], Buffer.alloc(100000, " ")]), { binary: false });
	});
	const folder = site(t, up.url);
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) === events.length, "all events");
	assert.deepEqual(storedIds(folder), events.map((event) => event.meta.id));
	assert.equal(up.connections.length, 1);
	assert.equal(await metric(server, 'source_skipped_total{source="wikimedia",reason="broken"}'), 3);
	assert.equal(await metric(server, 'source_messages_total{source="wikimedia"}'), 9);
});

test("a message that is too large is read over, the next one is heard", async (t) => {
	const after = [recentchange(), recentchange()];
	const large = Buffer.alloc(5 << 20, "x");
	const up = await fake(t, (socket) => {
		socket.send(large, { binary: false });
		socket.send(text(after[0]));
		for (let at = 0; at < large.length; at += 50000)
			socket.send(large.subarray(at, at + 50000), { binary: true, fin: at + 50000 >= large.length });
		socket.send(text(after[1]));
	});
	const folder = site(t, up.url);
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) === 2, "what came after it");
	assert.equal(await metric(server, 'source_skipped_total{source="wikimedia",reason="oversize"}'), 2);
	assert.equal(up.connections.length, 1);
});

test("a flood far over what the log takes at once is stored whole", async (t) => {
	const messages = Array.from({ length: 20000 }, (_, n) => recentchange({ title: `Flood ${n}` }));
	const up = await fake(t, (socket) => messages.forEach((message) => socket.send(text(message))));
	const folder = site(t, up.url);
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === messages.length, "20,000 events", 120000);
	assert.deepEqual(storedIds(folder), messages.map((message) => message.meta.id));
	assert.equal(up.connections.length, 1);
});

for (const scheme of ["ws", "wss"])
	test(`while the disk is full nothing more is read, and nothing of it lost: ${scheme}`, (t) => heardOverFullDisk(t, scheme));

async function heardOverFullDisk(t, scheme) {
	const read = certificates(t);
	const first = recentchange();
	// More than the kernel's buffers between two sockets may hold (36 MiB), and the program on top.
	const padding = "x".repeat(8000);
	const messages = Array.from({ length: 12000 }, (_, n) => recentchange({ title: `Held ${n}`, padding }));
	const oversize = Buffer.alloc(5 << 20, "x");
	let flood;
	const up = await fake(t, (socket) => {
		socket.send(text(first));
		flood = () => messages.forEach((message, n) => {
			if (n === 100)
				socket.send(oversize, { binary: false });
			socket.send(text(message));
		});
	}, {}, (listener) => scheme === "ws" ? http.createServer(listener)
		: https.createServer({ key: read("good.key"), cert: read("good.crt") }, listener));
	const folder = site(t, `${scheme}://localhost:${up.port}/`);
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) === 1, "the first event");
	const limit = (bytes) => execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:unlimited`]);
	limit(statSync(path.join(folder, "var/events.db-wal")).size);
	flood();
	const waits = () => up.connections[0].socket.bufferedAmount;
	let before = -1, still = 0;
	await waitFor(async () => {
		still = waits() === before ? still + 1 : 0;
		before = waits();
		await sleep(500);
		return still >= 3;
	}, "it to stand still");
	assert.ok(before > 1 << 20, `${before} bytes wait at the upstream`);
	await sleep(1500);
	assert.equal(waits(), before, "nothing is read");
	assert.equal(up.connections.length, 1);
	limit("unlimited");
	await waitFor(() => storedCount(folder) === messages.length + 1, "all events", 60000);
	assert.deepEqual(storedIds(folder), [first, ...messages].map((message) => message.meta.id));
	assert.equal(await metric(server, 'source_skipped_total{source="wikimedia",reason="oversize"}'), 1);
	assert.equal(up.connections.length, 1);
}

test("fifty cuts at any byte: nothing twice, nothing that came whole is missing", async (t) => {
	const SOURCES = 10, CUTS = 5, EVENTS = 60;
	const names = Array.from({ length: SOURCES }, (_, i) => `up${i}`);
	const events = names.map(() => Array.from({ length: EVENTS }, () => recentchange()));
	const cuts = names.map(() => 0);
	let state = 20261121;
	const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
	const next = names.map(() => 0);
	const up = await raw(t, (socket, head) => {
		const i = Number(/^GET \/up(\d+)/.exec(head)[1]);
		const frames = events[i].slice(Math.max(0, next[i] - 2)).map((event) => frame(1, Buffer.from(text(event))));
		const all = Buffer.concat(frames);
		const opening = Buffer.from(upgrade(head));
		if (cuts[i]++ >= CUTS) {
			socket.write(Buffer.concat([opening, all]));
			return;
		}
		const n = Math.floor(random() * all.length * 0.4);
		let whole = 0;
		for (let at = 0; whole < frames.length && at + frames[whole].length <= n;)
			at += frames[whole++].length;
		next[i] = Math.max(next[i], Math.max(0, next[i] - 2) + whole);
		socket.end(Buffer.concat([opening, all.subarray(0, n)]));
	});
	const folder = makeSite(t, {
		"carillon.yaml": yaml(up.url).replace(/ {2}- \{name: wikimedia.*\n/,
			names.map((name) => `  - {name: ${name}, url: "${up.url}${name}", mapping: mediawiki}\n`).join(""))
			.replace("source: wikimedia, ", ""),
	});
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === SOURCES * EVENTS, "all events", 60000);
	await sleep(300);
	const stored = storedIds(folder);
	for (const each of events) {
		const ids = each.map((event) => event.meta.id);
		assert.deepEqual(stored.filter((id) => ids.includes(id)), ids);
	}
	assert.equal(up.requests.length, SOURCES * (CUTS + 1));
});

test("bytes that are no UTF-8, or no WebSocket's, end a connection, not the source", async (t) => {
	const good = recentchange();
	const broken = [
		frame(1, Buffer.from([0x22, 0xff, 0x22])),
		frame(1, Buffer.from([0xe2, 0x82])), // ends within a character
		frame(3, Buffer.from("x")),           // no such kind
		frame(0, Buffer.from("x")),           // goes on where nothing began
		Buffer.from([0xc1, 0x01, 0x78]),      // a reserved bit
		Buffer.from([0x89, 0x7e, 0x01, 0x00]), // a ping of 256 bytes
		Buffer.from([0x81, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0]), // a length of 2^63
		Buffer.from([0x82, 0x7f, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3]), // nearly that, and little of it
	];
	const names = broken.map((_, i) => `up${i}`);
	const seen = names.map(() => 0);
	const up = await raw(t, (socket, head) => {
		const i = Number(/^GET \/up(\d+)/.exec(head)[1]);
		if (seen[i]++ === 0) {
			socket.write(Buffer.concat([Buffer.from(upgrade(head)), broken[i]]));
			setTimeout(() => socket.end(), 1000);
			return;
		}
		socket.write(Buffer.concat([Buffer.from(upgrade(head)), frame(1, Buffer.from(text({ ...good, meta: { ...good.meta, id: `good-${i}` } })))]));
	});
	const folder = makeSite(t, {
		"carillon.yaml": yaml(up.url).replace(/ {2}- \{name: wikimedia.*\n/,
			names.map((name) => `  - {name: ${name}, url: "${up.url}${name}", mapping: mediawiki}\n`).join(""))
			.replace("source: wikimedia, ", ""),
	});
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === broken.length, "an event after each");
	assert.deepEqual(storedIds(folder).sort(), names.map((_, i) => `good-${i}`).sort());
});

test("a message that never ends is cut off: in empty fragments, or in endless ones", async (t) => {
	for (const [bytes, times] of [[0, 3000], [1 << 20, 80]]) {
		const event = recentchange();
		const up = await fake(t, async (socket, n) => {
			for (let i = 0; n === 0 && i < times; i++)
				socket.send(Buffer.alloc(bytes, "x"), { fin: false });
			if (n)
				socket.send(text(event));
		});
		const folder = site(t, up.url);
		const server = await serve(t, folder);
		await waitFor(() => storedCount(folder) === 1, "the next connection's event");
		assert.match(server.output(), /a message without end/);
		await server.stop();
	}
});

test("an answer that is no handshake is told for what it is", async (t) => {
	const answers = [
		["nonsense\r\n\r\n", /trying again in/, false],
		[(head) => upgrade(head, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), /no WebSocket handshake.*trying again in/, false],
		["HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n", /no WebSocket handshake/, false],
		[(head) => upgrade(head).replace("\r\n\r\n", "\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n"),
			/no WebSocket handshake/, false],
		["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nHi", /\(200\) is no WebSocket handshake.*in 6\d{4} ms/, true],
		["HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", /answers 401.*in 6\d{4} ms/, true],
		["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", /answers 404.*in 6\d{4} ms/, true],
		["HTTP/1.1 429 Too Many\r\nretry-after: 40\r\ncontent-length: 0\r\n\r\n", /answers 429.*in 4\d{4} ms/, true],
		["HTTP/1.1 503 Later\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n", /answers 503.*in 5\d{4} ms/, true],
		["HTTP/1.1 302 Found\r\nlocation: ftp://127.0.0.1/\r\ncontent-length: 0\r\n\r\n", /in 6\d{4} ms/, true],
	];
	await Promise.all(answers.map(async ([answer, told, once]) => {
		const up = await raw(t, (socket, head) => socket.end(typeof answer === "string" ? answer : answer(head)));
		const server = await serve(t, site(t, up.url));
		await waitFor(() => told.test(server.output()), String(told));
		if (once) {
			await sleep(2000);
			assert.equal(up.requests.length, 1, `asked again after ${answer}`);
		}
		assert.notEqual((await source(server)).state, "live");
	}));
});

test("a redirect is followed", async (t) => {
	const event = recentchange();
	const up = await fake(t, (socket) => socket.send(text(event)));
	const ring = await raw(t, (socket) =>
		socket.end(`HTTP/1.1 307 Elsewhere\r\nlocation: ${up.url}\r\ncontent-length: 0\r\n\r\n`));
	const folder = site(t, ring.url);
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === 1, "the event");
});

test("one that closes at once in a loop is asked less and less, and its reason told", async (t) => {
	const reason = 'too many "clients"\n\u0007from here';
	const up = await fake(t, (socket, n) => {
		if (n % 2) // an answer that is no event makes it no better
			socket.send('{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit reached"}}');
		socket.close(4008, reason);
	});
	const server = await serve(t, site(t, up.url, ", subscribe: [hello]"));
	await waitFor(() => up.connections.length >= 4, "four connections");
	const at = up.connections.map((connection) => connection.at);
	[1000, 2000, 4000].forEach((step, i) => {
		const wait = at[i + 1] - at[i];
		assert.ok(wait >= step / 2 - 50 && wait <= step + 3000, `wait ${i} was ${wait} ms`);
	});
	await waitFor(async () => /it closed the connection \(4008: too many "clients"  from here\)/
		.test((await source(server)).text), "the reason in the state");
});

test("a refused subscription is told, not taken for a quiet stream", async (t) => {
	let say;
	const event = recentchange();
	const up = await fake(t, (socket) => {
		say = (what) => socket.send(what);
		socket.once("message", () => socket.send(text({
			jsonrpc: "2.0", id: 1, error: { code: -32601, message: `no "${"é".repeat(80)}\n\u001b[31m here` },
		})));
	});
	const folder = site(t, up.url, ", subscribe: [{method: eth_subscribe}]");
	const server = await serve(t, folder);
	const told = await waitFor(async () => {
		const found = await source(server);
		return /refuses what was asked/.test(found.text) && found;
	}, "the refusal");
	assert.notEqual(told.state, "live");
	assert.match(told.text, /^127\.0\.0\.1 refuses what was asked: no "é{20,49}$/);
	assert.match(server.output(), /refuses what was asked/);
	assert.equal(await metric(server, 'source_up{source="wikimedia"}'), 0);
	say(text(event)); // another subscription was taken
	await waitFor(() => storedCount(folder) === 1, "the event");
	const after = await source(server);
	assert.equal(after.state, "live");
	assert.match(after.text, /though it says/);
	// "error" in an event isn't one.
	say(text({ ...recentchange(), error: { message: "of the event's own" }, id: undefined }));
	await waitFor(() => storedCount(folder) === 2, "the second event");
});

test("gaps in a sequence are counted and told; going back and a new connection begin anew", async (t) => {
	const numbers = [[1, 2, 3, 6, undefined, 7, 3, 4, 5, 5, 10, "x", 1.5, 11], [100, 101, 103]];
	const up = await fake(t, (socket, n) => {
		for (const number of numbers[n] ?? [])
			socket.send(text({ ...recentchange(), run: { number } }));
		if (n === 0)
			socket.close(1000);
	});
	const folder = site(t, up.url, ", sequence: /run/number");
	const server = await serve(t, folder);
	const total = numbers.flat().length;
	await waitFor(() => storedCount(folder) === total, "all events");
	assert.equal(await metric(server, 'source_lost_total{source="wikimedia"}'), 2 + 4 + 1);
	assert.match((await source(server)).text, /^listening to 127\.0\.0\.1; 7 messages were missed$/);
	assert.match(server.output(), /2 messages are missing: its sequence went from 3 to 6/);
});

test("pings are answered, a quiet connection is kept alive", { timeout: 120000 }, async (t) => {
	const pongs = [], pings = [];
	const up = await fake(t, (socket) => {
		socket.on("pong", (data) => pongs.push(String(data)));
		socket.on("ping", () => pings.push(Date.now()));
		socket.ping("are you there");
	});
	const server = await serve(t, site(t, up.url, ", keep_alive: {op: ping}"));
	const began = Date.now();
	await waitFor(() => pongs.includes("are you there"), "the pong");
	await waitFor(() => up.connections[0].messages.length === 1 && pings.length > 0, "both signs of life", 60000);
	assert.deepEqual(up.connections[0].messages, ['{"op":"ping"}']);
	assert.ok(pings[0] - began >= 22000, `the ping came after ${pings[0] - began} ms`);
	assert.ok(Date.now() - began >= 29000, `the message came after ${Date.now() - began} ms`);
	assert.equal(up.connections.length, 1);
	assert.equal((await source(server)).state, "live");
});

test("one that is silent and answers no ping is left and found again", { skip: !full && "takes 70 s: FULL=1", timeout: 120000 },
	async (t) => {
		const event = recentchange();
		const up = await fake(t, (socket, n) => n && socket.send(text(event)), { autoPong: false });
		const folder = site(t, up.url);
		const server = await serve(t, folder);
		await waitFor(() => storedCount(folder) === 1, "the event", 90000);
		const waited = up.connections[1].at - up.connections[0].at;
		assert.ok(waited >= 60000 && waited < 70000, `${waited} ms`);
		assert.match(server.output(), /silent for 65 s/);
	});

test("while it can't be reached the recording plays", async (t) => {
	const up = await fake(t, (socket) => socket.send(text(live)));
	const live = recentchange();
	const closed = up.port;
	up.server.close();
	up.server.closeAllConnections();
	const folder = makeSite(t, {
		"carillon.yaml": yaml(`ws://127.0.0.1:${closed}/`, ", fallback: 'file:recording.ndjson'"),
		"recording.ndjson": Array.from({ length: 3 }, () => text(recentchange()) + "\n").join(""),
	});
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) > 0, "the recording");
	assert.equal((await source(server)).state, "fallback");
	await new Promise((done) => up.server.listen(closed, "127.0.0.1", done));
	await waitFor(() => storedIds(folder).includes(live.meta.id), "the live event", 70000);
	assert.equal((await source(server)).state, "live");
	const count = storedCount(folder);
	await sleep(1000);
	assert.equal(storedCount(folder), count, "the recording has stopped");
});

test("wss: the certificate must be good, and for this name", async (t) => {
	const read = certificates(t);
	const messages = Array.from({ length: 5000 }, () => recentchange());
	async function listen(name) {
		const options = { key: read(`${name}.key`), cert: read(`${name}.crt`) };
		const up = await fake(t, (socket) => messages.forEach((message) => socket.send(text(message))), {},
			(listener) => https.createServer(options, listener).on("tlsClientError", () => {}));
		const folder = site(t, `wss://localhost:${up.port}/stream`);
		return { up, folder, server: await serve(t, folder) };
	}
	const good = await listen("good");
	await waitFor(() => storedCount(good.folder) === messages.length, "a flood over TLS", 60000);
	assert.equal(good.up.connections[0].headers.host, `localhost:${good.up.port}`);
	assert.equal(good.up.connections.length, 1);
	for (const name of ["other", "unknown"]) {
		const bad = await listen(name);
		await waitFor(() => /trying again in/.test(bad.server.output()), `${name} to be refused`);
		assert.equal(bad.up.connections.length, 0, `${name}: nothing may be asked`);
		assert.equal(storedCount(bad.folder), 0);
	}
});
