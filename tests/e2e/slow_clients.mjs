// slow_clients.mjs - heads that drip, bodies that drip, readers of a byte a second: they are let go, and who behaves
// notices nothing. FULL=1: 1,000 heads, 100 bodies, 200 readers; else a tenth.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import net from "node:net";
import { readFileSync } from "node:fs";
import test from "node:test";

import { atOnce, makeSite, run, serve, sleep, waitFor } from "./carillon.mjs";

const FULL = Boolean(process.env.FULL);
const HEADS = FULL ? 1000 : 100, BODIES = FULL ? 100 : 10, READERS = FULL ? 200 : 20;
const memory = (server) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;

// From many addresses, as an attack would come: one alone may have only so many connections.
let n = 0;
function connect(port) {
	n++;
	const socket = net.connect({ port, host: "127.0.0.1", localAddress: `127.0.${1 + n % 20}.${1 + n % 200}` });
	socket.on("error", () => {});
	socket.endedAt = 0;
	socket.on("close", () => { socket.endedAt = performance.now(); });
	return socket;
}

test("thousands who drip are let go in time, and a good client never waits", async (t) => {
	const site = makeSite(t, {
		"carillon.yaml": "title: Slow\nsources:\n  - {name: deploys, url: push, mapping: mediawiki}\n",
		"media/large.mp3": Buffer.alloc(40 << 20),
	});
	const token = (await run(["token", "--site", site, "add", "slow", "--stream", "deploys"])).stdout.trim().split(/\s/).at(-1);
	const server = await serve(t, site);
	await waitFor(async () => (await fetch(`${server.url}/media/large.mp3`, { method: "HEAD" })).ok, "the file to be there");
	const before = memory(server), start = performance.now();
	const heads = Array.from({ length: HEADS }, () => connect(server.port));
	const bodies = Array.from({ length: BODIES }, () => connect(server.port));
	const readers = Array.from({ length: READERS }, () => connect(server.port));
	for (const socket of [...heads, ...bodies])
		socket.resume(); // else node doesn't tell of the end
	for (const socket of bodies)
		socket.write(`POST /sources/deploys/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
			"Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n");
	for (const socket of readers) {
		socket.write("GET /media/large.mp3 HTTP/1.1\r\nHost: x\r\n\r\n");
		socket.pause();
	}
	const waits = [];
	let most = before, looked = 0, allGone = 0;
	while (performance.now() - start < 75000 && !allGone) {
		for (const socket of heads)
			if (!socket.endedAt && Math.random() < 0.1)
				socket.write("G");
		for (const socket of bodies)
			if (!socket.endedAt && Math.random() < 0.1)
				socket.write("{");
		if (performance.now() - looked > 1000) {
			looked = performance.now();
			for (const socket of readers)
				socket.read(1); // as slow as can be; what node itself has buffered is not the server's
			// They don't notice their end, since they don't read; the server tells how many it still has.
			const metrics = await (await fetch(`${server.url}/metrics`)).text();
			if (Number(/^carillon_connections (\d+)$/m.exec(metrics)[1]) <= 4)
				allGone = performance.now();
		}
		const asked = performance.now();
		assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
		waits.push(performance.now() - asked);
		most = Math.max(most, memory(server));
		await sleep(30);
	}
	const last = (sockets) => Math.max(...sockets.map((socket) => socket.endedAt ? socket.endedAt - start : Infinity)) / 1000;
	const p99 = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)];
	t.diagnostic(`${HEADS} heads gone after ${last(heads).toFixed(1)} s, ${BODIES} bodies ${last(bodies).toFixed(1)} s, ` +
		`${READERS} readers ${((allGone - start) / 1000).toFixed(1)} s; a good client's p99 ${p99.toFixed(1)} ms of ${waits.length}, ` +
		`${((most - before) / 1048576).toFixed(1)} MiB more memory`);
	assert.ok(last(heads) <= (FULL ? 15 : 20));
	assert.ok(last(bodies) <= (FULL ? 30 + 1 : 40));
	assert.ok(allGone && allGone - start <= 70000); // 30 s in which less than 1 KiB went, from when the buffers are full
	assert.ok(p99 < atOnce(100), `${p99} ms`);
	if (FULL)
		assert.ok(most - before < 32 << 20);
	for (const socket of [...heads, ...bodies, ...readers])
		socket.destroy();
});

test("an address has so many connections; another is served all the same", async (t) => {
	const server = await serve(t, makeSite(t, { "carillon.yaml": "title: Many\n" }));
	const MOST = 256; // of this machine's own addresses; 32 of any other
	const sockets = Array.from({ length: MOST + 100 }, () => {
		const socket = net.connect({ port: server.port, host: "127.0.0.1", localAddress: "127.0.7.7" });
		socket.on("error", () => {});
		socket.on("close", () => { socket.gone = true; });
		return socket;
	});
	await waitFor(() => sockets.filter((socket) => socket.gone).length >= 100, "the excess to be refused");
	assert.equal(sockets.filter((socket) => socket.gone).length, 100);
	assert.equal((await fetch(`${server.url}/healthz`)).status, 200); // of 127.0.0.1
	sockets.find((socket) => !socket.gone).destroy();
	await waitFor(async () => {
		const next = net.connect({ port: server.port, host: "127.0.0.1", localAddress: "127.0.7.7" });
		const ended = new Promise((done) => next.on("close", () => done(true)));
		next.on("error", () => {});
		const refused = await Promise.race([ended, sleep(200)]);
		next.destroy();
		return !refused;
	}, "a place that was given back to be taken");
	for (const socket of sockets)
		socket.destroy();
});
