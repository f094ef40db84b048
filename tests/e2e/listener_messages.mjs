// listener_messages.mjs - what a listener sends is bounded: large messages, endless fragments, floods of pings; and who
// comes and goes leaves nothing behind. FULL=1: ten thousand of each who come and go, else five hundred.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import http from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { listen } from "./raw_listener.mjs";

const FULL = Boolean(process.env.FULL);
const memory = (server) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;
const descriptors = (server) => readdirSync(`/proc/${server.pid}/fd`).length;

async function running(t) {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients(), "the source to connect");
	return { up, server };
}

for (const path of ["/stations/wikipedia/live", "/wikimon/en"])
	test(`what is sent to ${path} is bounded`, async (t) => {
		const { up, server } = await running(t);
		let heard = 0;
		const good = listen(server.port, path, { message: () => { heard++; } });
		await good.opened;
		const before = memory(server);

		const offered = listen(server.port, path, { fields: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" });
		await offered.opened;
		assert.doesNotMatch(offered.head(), /extensions/i);
		offered.socket.destroy();

		const large = listen(server.port, path);
		await large.opened;
		large.send(1, "x".repeat(1 << 20)); // a listener has nothing to say, and is let say it
		large.send(9, "still there");
		await waitFor(() => large.pongs() === 1, "its pong");
		large.send(1, "x".repeat(5 << 20));
		assert.equal((await large.closed).code, 1009);

		const pieces = listen(server.port, path);
		await pieces.opened;
		pieces.send(1, "x", { fin: false });
		for (let i = 0; i < 100; i++) {
			pieces.socket.write(Buffer.concat(Array.from({ length: 1000 }, () => Buffer.from([0, 0x81, 0, 0, 0, 0, 0x78]))));
			await sleep(0);
		}
		assert.equal((await pieces.closed).code, 1008);

		const pings = listen(server.port, path);
		await pings.opened;
		const start = performance.now();
		for (let i = 0; i < 10000; i++)
			pings.send(9, "ping");
		await waitFor(() => pings.pongs() === 10000, "every pong");
		const took = performance.now() - start;
		const talker = listen(server.port, path);
		await talker.opened;
		for (let i = 0; i < 30; i++) {
			for (let k = 0; k < 100; k++)
				talker.send(1, `message ${k}`);
			await sleep(100);
		}
		up.send("one", recentchange({ wiki: "enwiki" }));
		await waitFor(() => heard > 0, "others to hear as before");
		t.diagnostic(`10,000 pings in ${took.toFixed(0)} ms, ${((memory(server) - before) / 1024).toFixed(0)} KiB more memory`);
		if (FULL)
			assert.ok(memory(server) - before < 8 << 20);
		for (const each of [good, pings, talker])
			each.socket.destroy();
	});

test("who comes and goes leaves nothing behind", async (t) => {
	const { up, server } = await running(t);
	const timer = setInterval(() => up.send(`e-${Math.random()}`, recentchange()), 5);
	t.after(() => clearInterval(timer));
	async function comeAndGo(rounds) {
		for (let i = 0; i < rounds; i += 50)
			await Promise.all(Array.from({ length: 50 }, async (_, k) => {
				const path = k % 5 === 4 ? "/wikimon/en" : "/stations/wikipedia/live";
				if (k % 2) {
					const each = listen(server.port, path);
					await each.opened;
					if (k % 4 === 1)
						each.socket.destroy();
					else
						each.send(8, Buffer.from([3, 232]));
					await each.closed;
				} else {
					await new Promise((done) => http.get(`${server.url}/stations/wikipedia/events`, (response) => {
						response.once("data", () => response.destroy());
						response.on("close", done);
						response.on("error", done);
					}).on("error", done));
				}
			}));
	}
	await comeAndGo(500); // what is kept for the next ones is there now
	await sleep(300);
	const before = { memory: memory(server), descriptors: descriptors(server) };
	await comeAndGo(FULL ? 20000 : 500);
	await waitFor(() => descriptors(server) <= before.descriptors, "descriptors to be given back");
	const more = memory(server) - before.memory;
	t.diagnostic(`${(more / 1024).toFixed(0)} KiB more memory`);
	if (FULL)
		assert.ok(more < 4 << 20, `${more} bytes`);
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	assert.match(metrics, /^carillon_live_listeners(?:{[^}]*})? 0$/m);
});
