// source_udp.mjs - datagrams as a source: what is sent is logged, skipped for a reason or counted as lost, and the sums
// agree; whatever comes, the server goes on.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import dgram from "node:dgram";
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { atOnce, makeSite, recentchange, serve, sleep, waitFor } from "./carillon.mjs";
import { query } from "./log.mjs";

const FLOOD = Number(process.env.FLOOD ?? 50000);

// A free port, of both kinds of addresses.
async function freePort(address = "127.0.0.1") {
	const socket = dgram.createSocket(address.includes(":") ? "udp6" : "udp4");
	await new Promise((done) => socket.bind(0, address, done));
	const { port } = socket.address();
	await new Promise((done) => socket.close(done));
	return port;
}

const siteYaml = (source) => `title: Test site
sources:
  - {name: ourwiki, mapping: mediawiki, ${source}}
stations:
  - {name: all, match: {source: ourwiki}, score: hatnote}
`;

// Something that sends from an address of its own: { send(content), close() }.
async function sender(t, port, { from = "127.0.0.1", to = "127.0.0.1" } = {}) {
	const socket = dgram.createSocket(to.includes(":") ? "udp6" : "udp4");
	await new Promise((done) => socket.bind(0, from, done));
	t.after(() => socket.close());
	return {
		send: (content) => new Promise((done, failed) => socket.send(
			typeof content === "object" && !Buffer.isBuffer(content) ? JSON.stringify(content) : content, port, to,
			(error) => error ? failed(error) : done())),
	};
}

// Sends n datagrams as fast as it goes, every hundredth of them broken; on a thread of its own, so that what else this
// test does is measured rightly.
function flood(t, port, base, n) {
	const worker = new Worker(`
		const { workerData: { port, base, n } } = require("node:worker_threads");
		const socket = require("node:dgram").createSocket("udp4");
		const send = (text) => new Promise((done) => socket.send(text, port, "127.0.0.1", done));
		(async () => {
			for (let at = 0; at < n; at += 500)
				await Promise.all(Array.from({ length: Math.min(500, n - at) }, (_, i) =>
					send(i % 100 === 99 ? "not JSON" : JSON.stringify({ ...base, id: at + i + 1e6, meta: undefined }))));
			socket.close();
		})();`, { eval: true, workerData: { port, base, n } });
	t.after(() => worker.terminate());
	return new Promise((done, failed) => worker.on("exit", done).on("error", failed));
}

// The numbers of one source: { messages, logged, duplicates, lost, waiting, skipped: { reason: n } }.
export async function numbers(server, source = "ourwiki") {
	const text = await (await fetch(`${server.url}/metrics`)).text();
	const one = (name, labels = "") =>
		Number(new RegExp(`^carillon_source_${name}\\{source="${source}"${labels}\\} (\\S+)$`, "m").exec(text)[1]);
	const skipped = {};
	for (const [, reason, n] of text.matchAll(new RegExp(`^carillon_source_skipped_total\\{source="${source}",reason="(\\w+)"\\} (\\d+)$`, "gm")))
		if (Number(n))
			skipped[reason] = Number(n);
	return { messages: one("messages_total"), logged: one("logged_total"), duplicates: one("duplicates_total"),
		lost: one("lost_total"), waiting: one("waiting_events"), skipped };
}

const settled = (server, sent) => waitFor(async () => {
	const n = await numbers(server);
	return n.messages + n.lost >= sent && !n.waiting && n;
}, `${sent} datagrams to be counted`, 60000);

const health = async (server) => (await fetch(`${server.url}/healthz`)).json();

async function start(t, source) {
	const site = makeSite(t, { "carillon.yaml": siteYaml(source) });
	return { site, server: await serve(t, site) };
}

test("each datagram is an event, whatever came before it", async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}"`);
	const { send } = await sender(t, port);
	assert.equal((await health(server)).sources[0].text, `hearing datagrams on 127.0.0.1:${port}`);
	const whole = JSON.stringify(recentchange({ title: "Whole", comment: "x".repeat(64000) }));
	assert.ok(whole.length < 65507);
	const sent = [
		recentchange({ title: "Žluťoučký kůň 鐘 \u{1F514}" }),
		"", "{", "null", "[]", "\0\0\0", Buffer.from([0xff, 0xfe, 0x80]),
		Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
		"[".repeat(60000), '{"a":'.repeat(13000), JSON.stringify({ type: "edit" }), JSON.stringify({ type: 5, title: [] }),
		recentchange({ title: 7 }), recentchange({ length: { old: "x", new: {} } }),
		JSON.stringify(recentchange({ title: "With an end" })) + "\n",
		whole, // as large as it gets
		JSON.stringify(recentchange({ comment: "x".repeat(70000) })).slice(0, 65507), // as MediaWiki cuts it
		recentchange({ title: "The last" }),
	];
	for (const each of sent) {
		await send(each);
		await sleep(2);
	}
	const n = await settled(server, sent.length);
	assert.equal(n.lost, 0);
	assert.equal(n.skipped.cut, 1);
	assert.equal(n.logged + Object.values(n.skipped).reduce((a, b) => a + b, 0), sent.length, JSON.stringify(n));
	const labels = query(site, "SELECT coalesce(label, entity) FROM events ORDER BY seq").map(([label]) => label);
	for (const label of ["Žluťoučký kůň 鐘 \u{1F514}", "With an end", "Whole", "The last"])
		assert.ok(labels.includes(label), label);
	assert.equal((await health(server)).status, "ok");
});

test("a prefix is taken off, and who has another one isn't meant", async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}/ourwiki"`);
	const { send } = await sender(t, port);
	const text = (title) => JSON.stringify(recentchange({ title }));
	await send(`ourwiki ${text("Ours")}\n`);
	await send(`theirs ${text("Theirs")}\n`);
	await send(text("Bare"));
	await send(`ourwiki${text("Without a blank")}\n`);
	await send("ourwiki ");
	const long = `ourwiki ${JSON.stringify(recentchange({ comment: "x".repeat(70000) }))}`;
	await send(long.slice(0, 65506) + "\n");
	await send(`ourwiki ${text("Ours again")}`);
	const n = await settled(server, 7);
	assert.deepEqual({ ...n, waiting: 0 },
		{ messages: 7, logged: 2, duplicates: 0, lost: 0, waiting: 0, skipped: { type: 3, broken: 1, cut: 1 } });
	assert.deepEqual(query(site, "SELECT coalesce(label, entity) FROM events ORDER BY seq"), [["Ours"], ["Ours again"]]);
});

test("only those who may send are heard; the others' are counted", async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://0.0.0.0:${port}", from: [127.0.0.2, "::1"]`);
	const allowed = await sender(t, port, { from: "127.0.0.2" });
	const other = await sender(t, port, { from: "127.0.0.3" });
	for (let i = 0; i < 100; i++)
		await other.send(recentchange({ title: "Stranger" }));
	await allowed.send(recentchange({ title: "Friend" }));
	const n = await settled(server, 101);
	assert.equal(n.skipped.sender, 100);
	assert.equal(n.logged, 1);
	assert.deepEqual(query(site, "SELECT coalesce(label, entity) FROM events"), [["Friend"]]);
	const lines = server.output().split("\n").filter((line) => line.includes("127.0.0.3"));
	assert.ok(lines.length >= 1 && lines.length <= 6, `${lines.length} lines`);
});

test("over IPv6, alone and beside IPv4", async (t) => {
	const port = await freePort("::1");
	const { server } = await start(t, `url: "udp://[::1]:${port}/x", from: "::1"`);
	const six = await sender(t, port, { from: "::1", to: "::1" });
	await six.send(`x ${JSON.stringify(recentchange())}\n`);
	await six.send("x " + JSON.stringify(recentchange({ title: "y".repeat(2000), comment: "x".repeat(62000) })).slice(0, 65510));
	assert.equal((await settled(server, 2)).messages, 2);
	await server.stop();
	const both = await start(t, `url: "udp://[::]:${port}", from: 127.0.0.1`);
	const four = await sender(t, port);
	await six.send(recentchange());
	await four.send(recentchange());
	const n = await settled(both.server, 2);
	assert.deepEqual([n.logged, n.skipped.sender], [1, 1]);
});

test(`a flood of ${FLOOD} datagrams: logged, skipped and lost add up to what was sent`, async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}"`);
	const { send } = await sender(t, port);
	let slowest = 0, over = false;
	const visitor = (async () => {
		while (!over) {
			const started = performance.now();
			assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
			slowest = Math.max(slowest, performance.now() - started);
			await sleep(50);
		}
	})();
	const base = recentchange();
	const began = performance.now();
	await flood(t, port, base, FLOOD);
	const ms = performance.now() - began;
	const n = await settled(server, FLOOD);
	over = true;
	await visitor;
	t.diagnostic(`sent in ${ms.toFixed(0)} ms; logged ${n.logged}, skipped ${JSON.stringify(n.skipped)}, lost ${n.lost}; ` +
		`slowest page ${slowest.toFixed(0)} ms`);
	assert.equal(n.messages + n.lost, FLOOD);
	assert.equal(n.logged + n.duplicates + (n.skipped.broken ?? 0), n.messages);
	assert.equal(n.duplicates, 0);
	assert.equal(query(site, "SELECT count(*) FROM events")[0][0], n.logged);
	assert.ok(slowest < atOnce(2000), `${slowest} ms`);
	await send({ ...base, id: 1 });
	assert.equal((await settled(server, FLOOD + 1)).logged, n.logged + 1);
});

test("while the log can't store, what comes waits or is counted as lost, and then it is all there", async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}"`);
	const { send } = await sender(t, port);
	await send(recentchange());
	await settled(server, 1);
	const limit = (bytes) => execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:unlimited`]);
	limit(statSync(path.join(site, "var/events.db-wal")).size);
	const sent = 30001, base = recentchange();
	for (let n = 1; n < sent; n += 500)
		await Promise.all(Array.from({ length: 500 }, (_, i) => send({ ...base, id: n + i + 1e6, meta: undefined })));
	await waitFor(async () => (await health(server)).status === "degraded", "it to be said");
	const during = await numbers(server);
	assert.ok(during.waiting > 0 && during.waiting < 30000, `${during.waiting} wait in the program`);
	limit("unlimited");
	const n = await settled(server, sent);
	t.diagnostic(`at most ${during.waiting} waited in the program; ${n.lost} of ${sent} lost`);
	assert.equal(n.messages + n.lost, sent);
	assert.equal(n.logged, n.messages);
	assert.equal(query(site, "SELECT count(*) FROM events")[0][0], n.logged);
	await waitFor(async () => (await health(server)).status === "ok", "health");
});

test("a stop takes what the kernel has still", async (t) => {
	const port = await freePort();
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}"`);
	const { send } = await sender(t, port);
	const base = recentchange(), sent = 150; // as many as a small buffer of the kernel holds
	await send({ ...base, id: 1e6, meta: undefined });
	await settled(server, 1);
	process.kill(server.pid, "SIGSTOP");
	for (let i = 1; i < sent; i++)
		await send({ ...base, id: 1e6 + i, meta: undefined });
	const ended = server.stop();
	process.kill(server.pid, "SIGCONT");
	assert.equal(await ended, 0);
	assert.equal(query(site, "SELECT count(*) FROM events")[0][0], sent);
});

test("a port that another program has is said, and taken once it is free; a reload lets it go", async (t) => {
	const port = await freePort();
	const holder = dgram.createSocket("udp4");
	await new Promise((done) => holder.bind(port, "127.0.0.1", done));
	const { site, server } = await start(t, `url: "udp://127.0.0.1:${port}"`);
	const sick = await health(server);
	assert.equal(sick.status, "degraded");
	assert.equal(sick.sources[0].state, "failed");
	assert.match(sick.sources[0].text, /can't hear on 127\.0\.0\.1:\d+: another program has it; trying again every 3 s/);
	await new Promise((done) => holder.close(done));
	await waitFor(async () => (await health(server)).status === "ok", "the port to be taken");
	const { send } = await sender(t, port);
	await send(recentchange());
	await settled(server, 1);

	const next = await freePort();
	writeFileSync(path.join(site, "carillon.yaml"), siteYaml(`url: "udp://127.0.0.1:${next}"`));
	await waitFor(async () => (await health(server).catch(() => null))?.sources[0].text.endsWith(`:${next}`), "the reload");
	const again = dgram.createSocket("udp4");
	await new Promise((done, failed) => again.on("error", failed).bind(port, "127.0.0.1", done));
	await new Promise((done) => again.close(done));
	const { send: sendNext } = await sender(t, next);
	await sendNext(recentchange());
	await settled(server, 1);
	assert.equal(query(site, "SELECT count(*) FROM events")[0][0], 2);
});

test("where nobody can listen is said with its line, and the rest goes on", async (t) => {
	for (const [url, said] of [["udp://wiki.example.org:1338", /no address of this machine to listen on/],
		["udp://127.0.0.1", /has no port/], ["udp://127.0.0.1:99999", /has no port/], ["udp://[::1:5", /has no port|no address/],
		["udp://[]:5", /no address/], ["udp://:1338", /no address/], ["udp:///", /has no port/],
		["udp://[127.0.0.1]:1338", /no address/]]) {
		const { server } = await start(t, `url: "${url}"`);
		assert.match(server.output(), said, url);
		assert.match(server.output(), /carillon\.yaml:3: /);
		await server.stop();
	}
});
