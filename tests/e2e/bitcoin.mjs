// bitcoin.mjs - transactions as blockchain.info sends them, over a real WebSocket: each is logged and heard, and weighs what
// its outputs add up to.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { corpora, makeSite, serve, waitFor } from "./carillon.mjs";
import { storedCount, storedIds } from "./log.mjs";

const { WebSocket, WebSocketServer } = createRequire(new URL("../package.json", import.meta.url))("ws");
const archive = path.join(corpora, "events.tar.zst");
const skip = existsSync(archive) ? false : "the corpora aren't here";

function transactions(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-bitcoin-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const names = ["utx-real.jsonl", "utx-derived-block702861-a.jsonl"];
	execFileSync("tar", ["--zstd", "-xf", archive, "-C", folder, ...names.map((name) => `events/bitcoin/${name}`)]);
	return names.flatMap((name) => readFileSync(path.join(folder, "events/bitcoin", name), "utf8").split("\n"))
		.filter(Boolean);
}

// Sends the lines to whoever has subscribed, each once, and goes on where a cut connection ended.
async function upstream(t, lines) {
	const server = http.createServer();
	const sockets = new WebSocketServer({ server, perMessageDeflate: false });
	const heard = [];
	let next = 0;
	sockets.on("connection", (socket) => socket.on("message", async (message) => {
		heard.push(String(message));
		if (String(message) !== '{"op":"unconfirmed_sub"}')
			return;
		socket.send('{"op":"status","msg":"Connected and Subscribed"}');
		const half = heard.filter((each) => each === '{"op":"unconfirmed_sub"}').length === 1;
		while (next < (half ? lines.length / 2 : lines.length))
			socket.send(lines[next++]);
		if (half)
			socket.close(1001);
	}));
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		for (const socket of sockets.clients)
			socket.terminate();
		server.close();
	});
	return { url: `ws://127.0.0.1:${server.address().port}/inv`, heard };
}

const yaml = (url) => `title: Money
sources:
  - {name: bitcoin, url: "${url}", mapping: blockchain.info}
stations:
  - {name: money, title: Bitcoin, match: {source: bitcoin}, score: hatnote}
`;

// serve(), or undefined (and the test skipped) where the program has no such mapping.
async function serveIfKnown(t, site) {
	try {
		return await serve(t, site);
	} catch (error) {
		if (!/unknown mapping 'blockchain\.info'/.test(error.message))
			throw error;
		t.skip("there is no mapping blockchain.info");
		return undefined;
	}
}

test("every transaction is logged and heard, and weighs the sum of its outputs", { skip, timeout: 90000 }, async (t) => {
	const lines = transactions(t);
	const sent = lines.map((line) => JSON.parse(line).x);
	assert.ok(sent.length > 1000);
	const up = await upstream(t, lines);
	const site = makeSite(t, { "carillon.yaml": yaml(up.url) });
	const server = await serveIfKnown(t, site);
	if (!server)
		return;
	const events = [];
	const ear = new WebSocket(`${server.url.replace("http", "ws")}/stations/money/live?after=0`, "carillon.v1");
	ear.on("message", (data) => events.push(...JSON.parse(data.toString())));
	t.after(() => ear.terminate());
	await waitFor(() => storedCount(site) === sent.length && events.length === sent.length, "all transactions", 60000);
	assert.deepEqual(storedIds(site), sent.map((x) => x.hash));
	events.forEach((event, i) => {
		const bitcoins = sent[i].out.reduce((sum, out) => sum + out.value, 0) / 1e8;
		assert.ok(Math.abs(event.magnitude - bitcoins) <= 1e-9 * bitcoins, `${sent[i].hash}: ${event.magnitude} ${bitcoins}`);
		assert.equal(event.entity, sent[i].hash);
		assert.equal(event.time, sent[i].time * 1000);
		assert.equal(event.unit, "BTC");
		assert.equal(event.kind, "payment");
	});
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	assert.match(metrics, /source_skipped_total\{source="bitcoin",reason="control"\} 2\n/);
	assert.match(metrics, /source_duplicates_total\{source="bitcoin"\} 0\n/);
});
