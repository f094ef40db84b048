// slow_listeners.mjs - one listener cannot hurt another: some stop reading; they are told 1013 and where to go on, the
// others get everything, in order and in time. FULL=1: 500 listeners, 50 of them slow, 200 events a second for a minute.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import http from "node:http";
import { readFileSync } from "node:fs";
import test from "node:test";

import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { listen, seqsOf } from "./raw_listener.mjs";

const FULL = Boolean(process.env.FULL);
const LISTENERS = FULL ? 500 : 100, SLOW = FULL ? 50 : 10, RATE = 200, SECONDS = FULL ? 60 : 12, QUIET = FULL ? 10 : 4;

const metric = async (server, name) =>
	Number(new RegExp(`^carillon_${name} (.*)$`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())[1]);
const memory = (server) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;
const p99 = (times) => times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
// What slow ones do to the others they do all the time, what else is at work on this machine only now and then: the best second.
const best = (seconds) => Math.min(...seconds.filter((each) => each.length > 100).map(p99));

// RATE events a second; sentAt[seq] says when, once a first listener's numbers tell how they are counted.
function sending(up) {
	const at = [];
	const timer = setInterval(() => {
		for (let i = 0; i < RATE / 50; i++) {
			at.push(performance.now());
			up.send(`e-${at.length}`, recentchange({ title: `Page ${at.length} ${"of a longer title ".repeat(12)}` }));
		}
	}, 20);
	return { at, stop: () => clearInterval(timer) };
}

// From many addresses: one alone may have only so many connections.
const address = (i) => `127.0.${1 + i % 10}.1`;

function stream(server, after, seen, localAddress = "127.0.0.1") {
	const me = { ended: false };
	me.request = http.get(`${server.url}/stations/wikipedia/events`, { localAddress, headers: after ? { "last-event-id": String(after) } : {} },
		(response) => {
			me.socket = response.socket;
			let text = "";
			response.on("data", (chunk) => {
				const lines = (text + chunk).split("\n");
				text = lines.pop();
				for (const line of lines)
					if (line.startsWith("id: "))
						seen(Number(line.slice(4)));
			});
			response.on("end", () => { me.ended = true; });
			response.on("error", () => { me.ended = true; });
		});
	me.request.on("error", () => { me.ended = true; });
	return me;
}

for (const road of ["WebSocket", "event stream"])
	test(`those who stop reading a ${road} are let go and come back for the rest; others notice nothing`, async (t) => {
		const up = await upstream(t);
		const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
		const server = await serve(t, site);
		await waitFor(() => up.clients(), "the source to connect");
		const events = sending(up);
		t.after(events.stop);
		const all = [];
		t.after(() => all.forEach((each) => (each.stream ?? each).socket?.destroy()));
		let times = [[]];
		for (let i = 0; i < LISTENERS; i++) {
			const me = { last: 0, n: 0, wrong: 0, slow: i < SLOW };
			const seen = (seq) => {
				if (me.last && seq !== me.last + 1)
					me.wrong++;
				me.last = seq;
				me.n++;
				if (i % 25 === 24)
					times.at(-1).push(performance.now() - events.at[seq - 1]);
			};
			if (road === "WebSocket") {
				Object.assign(me, listen(server.port, "/stations/wikipedia/live",
					{ localAddress: address(i), message: (text) => seqsOf(text).forEach(seen) }));
				assert.ok(await me.opened);
			} else {
				me.stream = stream(server, 0, seen, address(i));
				await waitFor(() => me.n > 0, "the stream to begin");
			}
			all.push(me);
		}
		async function listenFor(seconds, look, isOver) {
			times = [];
			for (let second = 0; second < seconds || !isOver(); second++) {
				times.push([]);
				for (let i = 0; i < 10; i++) {
					await sleep(100);
					await look();
				}
			}
			return times;
		}
		const quietTimes = await listenFor(QUIET, () => {}, () => true);
		const quiet = FULL ? p99(quietTimes.flat()) : best(quietTimes), before = memory(server);
		const slow = all.filter((each) => each.slow), fast = all.filter((each) => !each.slow);
		const socketOf = (each) => (each.stream ?? each).socket;
		for (const each of slow)
			socketOf(each).pause();
		let over = 0, gone = 0, most = 0, withSlow = 0;
		const start = performance.now();
		const loudTimes = await listenFor(SECONDS, async () => {
			most = Math.max(most, memory(server));
			if (!over && await metric(server, "live_queue_bytes") > SLOW * 64 * 1024)
				over = performance.now();
			if (!gone && await metric(server, "live_closed_slow_total") >= SLOW) {
				gone = performance.now();
				withSlow = times.length;
			}
		}, () => gone || performance.now() - start > 90000);
		events.stop();
		const p = FULL ? p99(loudTimes.flat()) : best(loudTimes.slice(0, withSlow)), last = events.at.length;
		await waitFor(() => fast.every((each) => each.last === last), "the others to have everything");
		t.diagnostic(`${road}: p99 ${quiet.toFixed(1)} ms without slow ones, ${p.toFixed(1)} ms with; let go ` +
			`${((gone - (over || start)) / 1000).toFixed(1)} s after 64 KiB waited for each; ${((most - before) / 1024).toFixed(0)} KiB more memory`);
		assert.ok(gone && gone - (over || start) < 10000 + 5000, "the slow ones were let go");
		assert.ok(fast.every((each) => each.wrong === 0));
		assert.ok(p <= 2 * quiet + 10, `${p} ms`);
		assert.ok(quiet < 1000 && p99(loudTimes.flat()) < 1000, `${quiet} ms, ${p99(loudTimes.flat())} ms`);
		if (FULL)
			assert.ok(most - before <= 1.1 * SLOW * 256 * 1024 + 4 * 1024 * 1024, `${most - before} bytes`);
		await Promise.all(slow.map(async (each) => {
			socketOf(each).resume();
			let after = 0;
			if (road === "WebSocket") {
				const { code, reason } = await each.closed;
				assert.equal(code, 1013);
				after = Number(/^too slow; \?after=(\d+)$/.exec(reason)[1]);
				assert.equal(after, each.last, "the reason says what was the last");
			} else {
				await waitFor(() => each.stream.ended, "the stream to end");
				after = each.last;
			}
			const rest = [];
			const back = road === "WebSocket" ?
				listen(server.port, `/stations/wikipedia/live?after=${after}`, { message: (text) => rest.push(...seqsOf(text)) }) :
				stream(server, after, (seq) => rest.push(seq));
			await waitFor(() => rest.at(-1) === last, "the rest");
			assert.deepEqual(rest, Array.from({ length: last - after }, (_, i) => after + 1 + i));
			assert.equal(each.wrong, 0);
			(back.request ?? back.socket).destroy();
		}));
		for (const each of fast)
			socketOf(each).destroy();
	});
