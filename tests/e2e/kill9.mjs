// The whole server is killed again and again under load: what the upstream sent is stored once, all of it, in order.
// FULL=1, or KILLS=200, for the long form.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import http from "node:http";
import path from "node:path";
import test from "node:test";
import { atOnce, makeSite, recentchange, serve, siteYaml, sleep, waitFor } from "./carillon.mjs";

const kills = Number(process.env.KILLS ?? (process.env.FULL ? 200 : 10));
const PER_TICK = 20, TICK_MS = 10; // 2,000 events a second

// Remembers what it sent, and goes on after Last-Event-ID as EventStreams does.
async function resumingUpstream(t) {
	const sent = [];
	const clients = new Map();
	const frame = (i) => `id: ${i + 1}\ndata: ${JSON.stringify(sent[i])}\n\n`;
	function feed(response) {
		let next = clients.get(response);
		// As much as the socket takes: the server may be slower than the world.
		while (next < sent.length && !response.writableNeedDrain)
			response.write(frame(next++));
		clients.set(response, next);
	}
	const server = http.createServer((request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(":ok\n\n");
		clients.set(response, Number(request.headers["last-event-id"] ?? 0));
		response.on("close", () => clients.delete(response));
		response.on("drain", () => feed(response));
		feed(response);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const timer = setInterval(() => {
		for (let i = 0; i < PER_TICK; i++)
			sent.push(recentchange());
		for (const response of clients.keys())
			feed(response);
	}, TICK_MS);
	t.after(() => {
		clearInterval(timer);
		server.closeAllConnections();
		server.close();
	});
	return { url: `http://127.0.0.1:${server.address().port}/stream`, sent, stopSending: () => clearInterval(timer) };
}

test(`${kills} kills lose nothing and double nothing`, { timeout: 60000 + kills * 5000 }, async (t) => {
	const up = await resumingUpstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const ask = (sql) => execFileSync("sqlite3", [path.join(site, "var/events.db"), sql], { maxBuffer: 64 << 20 }).toString().trim();
	let acknowledged = 0;
	for (let i = 0; i < kills; i++) {
		const begun = Date.now();
		const server = await serve(t, site);
		assert.ok(Date.now() - begun < atOnce(2000), "ready again within two seconds");
		await sleep(50 + Math.random() * 200);
		// What it says is logged, a kill can't take back.
		const metrics = await (await fetch(`${server.url}/metrics`)).text();
		const said = Number(/carillon_log_last_seq (\d+)/.exec(metrics)[1]);
		assert.ok(said >= acknowledged);
		acknowledged = said;
		await server.stop("SIGKILL");
		if (i % 5 === 4)
			assert.equal(ask("PRAGMA quick_check"), "ok");
		assert.ok(Number(ask("SELECT coalesce(max(seq), 0) FROM events")) >= acknowledged, "acknowledged events are there");
	}
	up.stopSending();
	const last = await serve(t, site);
	await waitFor(async () => {
		const metrics = await (await fetch(`${last.url}/metrics`)).text();
		return Number(/carillon_log_last_seq (\d+)/.exec(metrics)[1]) >= up.sent.length;
	}, "everything that was sent", 60000);
	assert.equal(await last.stop(), 0);
	assert.equal(ask("PRAGMA integrity_check"), "ok");
	assert.equal(ask("SELECT count(*), count(DISTINCT id), min(seq), max(seq) FROM events"),
		[up.sent.length, up.sent.length, 1, up.sent.length].join("|"));
	assert.equal(ask("SELECT group_concat(CAST(entity AS TEXT)) FROM (SELECT entity FROM events ORDER BY seq)"),
		up.sent.map((event) => event.title).join(","), "in the order in which it was sent");
});
