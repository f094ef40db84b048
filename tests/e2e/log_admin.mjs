// log_admin.mjs - the log in its owner's hands, while the server runs: old events go, names go, backups are whole.
// FULL=1: twenty backups instead of four.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import { makeSite, recentchange, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { query, storedCount } from "./log.mjs";

const { WebSocket } = createRequire(new URL("../package.json", import.meta.url))("ws");

// About so many events a second, in packs of 10 ms. { sent, stop }.
function keepSending(up, aSecond) {
	let n = 0;
	const timer = setInterval(() => {
		for (let i = 0; i < aSecond / 100; i++)
			up.send(`k-${n++}`, recentchange());
	}, 10);
	return { sent: () => n, stop: () => clearInterval(timer) };
}

async function running(t, extra) {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url, extra) });
	const server = await serve(t, site);
	await waitFor(() => up.clients(), "the source to connect");
	return { up, site, server };
}

const metric = async (server, name) =>
	Number(new RegExp(`^carillon_${name}(?:{[^}]*})? (.*)$`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())[1]);

test("a log that may have a size keeps it under load, with dense numbers and without holding anybody up", async (t) => {
	const { up, site, server } = await running(t, "log: {size: 1M}\n");
	const sending = keepSending(up, 2000);
	t.after(sending.stop);
	await waitFor(async () => await metric(server, "log_forgotten_events_total") > 4000, "old events to go", 120000);
	sending.stop();
	await waitFor(() => query(site, "SELECT max(seq) FROM events")[0][0] === sending.sent(), "all to be stored");
	const [count, first, last] = query(site, "SELECT count(*), min(seq), max(seq) FROM events")[0];
	assert.equal(count, last - first + 1);
	assert.ok(first > 4000);
	const p99 = await metric(server, "log_commit_seconds_sum") / await metric(server, "log_commit_seconds_count");
	t.diagnostic(`${last} came, ${count} are kept, ${(p99 * 1000).toFixed(1)} ms a commit on average`);

	// Who asks for what is gone gets what is there, from the oldest on.
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/wikipedia/live?after=1`);
	const seen = [];
	socket.on("message", (text) => seen.push(...JSON.parse(text).map((event) => event.seq)));
	await waitFor(() => seen.at(-1) === last, "what is there");
	assert.deepEqual(seen, Array.from({ length: count }, (_, i) => first + i));
	socket.close();
});

test("events go when they are too old, the newest stays", async (t) => {
	const { up, site } = await running(t, "log: {keep: 3s}\n");
	for (let i = 0; i < 300; i++)
		up.send(`old-${i}`, recentchange());
	await waitFor(() => query(site, "SELECT max(seq) FROM events")[0]?.[0] === 300, "all to be stored");
	await waitFor(() => storedCount(site) === 1, "the old ones to go");
	assert.deepEqual(query(site, "SELECT seq FROM events"), [[300]]);
	up.send("next", recentchange());
	await waitFor(() => query(site, "SELECT max(seq) FROM events")[0][0] === 301, "the numbers to go on");
});

test("a name that is taken out is gone from the log, from the server's memory and from its pages", async (t) => {
	const { up, site, server } = await running(t, "");
	for (const [title, user] of [["Bell", "Ann Other"], ["Page of Sam", "Suppressed Sam"], ["Chime", "Suppressed Sam"]])
		up.send(title, recentchange({ title, user, comment: `said by ${user}` }));
	await waitFor(() => storedCount(site) === 3, "all to be stored");
	const page = async () => (await fetch(`${server.url}/stations/wikipedia`)).text();
	await waitFor(async () => (await page()).includes("Suppressed Sam"), "the page to tell");

	const purge = (...args) => run(["log", "--site", site, "purge", ...args]);
	assert.match((await purge("--actor", "Suppressed Sam", "--source", "wikimedia")).stdout, /out of 2 events/);
	assert.match((await purge("--entity", "Page of Sam")).stdout, /out of 1 event\./);
	assert.match((await purge("--actor", "Nobody")).stdout, /out of 0 events/);
	assert.doesNotMatch(await page(), /Suppressed Sam|Page of Sam/);
	assert.match(await page(), /Ann Other/);
	assert.deepEqual(query(site, "SELECT seq, actor, entity, summary FROM events ORDER BY seq"),
		[[1, "Ann Other", "Bell", "said by Ann Other"], [2, null, "", ""], [3, null, "Chime", ""]]);
	for (const name of ["events.db", "events.db-wal", "events.db-shm"])
		assert.ok(!readFileSync(path.join(site, "var", name)).includes("Suppressed Sam"), name);
	up.send("next", recentchange());
	await waitFor(() => storedCount(site) === 4, "the server to go on");

	await server.stop();
	assert.match((await purge("--actor", "Ann Other")).stdout, /out of 1 event\./);
	assert.equal(query(site, "SELECT count(*) FROM events WHERE actor IS NULL")[0][0], 3);
	for (const args of [["purge"], ["purge", "--actor", ""], ["purge", "--actor", "a", "--entity", "b"], ["backup"], ["forget"],
		["check", "x"], ["check", "--actor", "x"]])
		assert.equal((await run(["log", "--site", site, ...args])).code, 2, args.join(" "));
});

test("a backup taken at any moment under load is whole, and a beginning of what the log has", async (t) => {
	const { up, site } = await running(t, "");
	const sending = keepSending(up, 2000);
	t.after(sending.stop);
	await waitFor(() => storedCount(site) > 500, "events to be stored");
	const files = [];
	for (let i = 0; i < (process.env.FULL ? 20 : 4); i++) {
		files.push(path.join(site, `backup-${i}.db`));
		const { code, stderr } = await run(["log", "--site", site, "backup", files.at(-1)]);
		assert.equal(code, 0, stderr);
		await sleep(100);
	}
	const again = await run(["log", "--site", site, "backup", files[0]]);
	assert.equal(again.code, 3);
	assert.match(again.stderr, /is there already/);
	sending.stop();
	await waitFor(() => storedCount(site) === sending.sent(), "all to be stored");
	const all = query(site, "SELECT seq, id FROM events ORDER BY seq");
	let before = 0;
	for (const file of files) {
		const restored = makeSite(t, { "carillon.yaml": "title: Restored\n", "var/keep": "" });
		execFileSync("cp", [file, path.join(restored, "var/events.db")]);
		const check = await run(["log", "--site", restored, "check"]);
		assert.equal(check.code, 0, check.stderr);
		const copy = query(restored, "SELECT seq, id FROM events ORDER BY seq");
		assert.deepEqual(copy, all.slice(0, copy.length));
		assert.ok(copy.length >= before);
		before = copy.length;
	}
	t.diagnostic(`${files.length} backups, the last with ${before} of ${all.length} events`);
	assert.match((await run(["log", "--site", site, "check"])).stdout, new RegExp(`^${all.length} events, `));
});
