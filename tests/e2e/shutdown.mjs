// shutdown.mjs - SIGTERM under load: within two seconds, with 1001 to every listener, and nothing that anybody saw is
// lost. FULL=1: fifty times instead of five.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";

import { atOnce, makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { query } from "./log.mjs";
import { listen, seqsOf } from "./raw_listener.mjs";

const ROUNDS = process.env.FULL ? 50 : 5, LISTENERS = 100;

test("stopped under load, it says so to all, at once, and loses nothing", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	let n = 0, newest = 0, slowest = 0;
	const timer = setInterval(() => {
		for (let i = 0; i < 10; i++)
			up.send(`e-${n++}`, recentchange());
	}, 10);
	t.after(() => clearInterval(timer));
	for (let round = 0; round < ROUNDS; round++) {
		const server = await serve(t, site);
		let seen = 0;
		const listeners = Array.from({ length: LISTENERS }, () => listen(server.port, "/stations/wikipedia/live",
			{ message: (text) => { const seqs = seqsOf(text); seen += seqs.length; newest = Math.max(newest, seqs.at(-1) ?? 0); } }));
		assert.ok((await Promise.all(listeners.map((each) => each.opened))).every(Boolean));
		await waitFor(() => seen > 0, "events to be heard");
		await sleep(Math.random() * 300);
		const asked = performance.now();
		assert.equal(await server.stop("SIGTERM"), 0);
		slowest = Math.max(slowest, performance.now() - asked);
		const closed = await Promise.all(listeners.map((each) => each.closed));
		assert.deepEqual([...new Set(closed.map(({ code }) => code))], [1001]);
		assert.ok(closed.every(({ reason }) => /^going away; \?after=\d+$/.test(reason)));
		const [count, last] = query(site, "SELECT count(*), max(seq) FROM events")[0];
		assert.equal(count, last, "the numbers are dense");
		assert.ok(last >= newest, `${newest} was seen, ${last} is stored`);
	}
	t.diagnostic(`${ROUNDS} rounds, the slowest stop ${slowest.toFixed(0)} ms, ${newest} events`);
	assert.ok(slowest <= atOnce(2000), `${slowest} ms`);
});
