// ingest.mjs - recentchange events of 1 KiB from an upstream's socket to the durable log and one listener. The listener
// gets an event only after its commit, so what it has is stored.
//
//   tests/bench/ingest [--events 300000] [--repeat 3] [--seconds 10]
//
// The server with all its threads (loop, log, audio, workers) is pinned to one core, the upstream and the listener to
// another; 60,000 events/s are 16.67 µs an event.
// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";

import { bar, buildAll, finish, median, pair, readOptions } from "./bench.mjs";

const usage = "usage: tests/bench/ingest [--events 300000] [--repeat 3] [--seconds 10]";
const options = readOptions({ events: 300000, repeat: 3, seconds: 10 }, usage);
const SIZE = 1024;

buildAll();

// Seconds of each thread so far: the loop, and the others by their numbers.
function threads(pid) {
	const used = {};
	for (const id of readdirSync(`/proc/${pid}/task`)) {
		const name = Number(id) === pid ? "loop" : `thread ${id}`;
		const ns = Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]);
		used[name] = (used[name] ?? 0) + ns / 1e9;
	}
	return used;
}

const perSecond = [], times = [];
const server = await pair("carillon");
await server.listen(1);
await server.ask(`flood 20000 ${SIZE}`);
for (let i = 0; i < options.repeat; i++) {
	const before = threads(server.pid);
	const flood = await server.ask(`flood ${options.events} ${SIZE}`);
	const after = threads(server.pid);
	perSecond.push(flood.per_s);
	const shares = Object.keys(after).map((name) => [name, (after[name] - (before[name] ?? 0)) / options.events * 1e6])
		.filter(([, us]) => us > 0.01).map(([name, us]) => `${name} ${us.toFixed(2)}`);
	console.log(`${flood.per_s} events/s; ${flood.us.toFixed(2)} µs of processor time an event (${shares.join(", ")})`);
	times.push(await server.ask(`flow 200 ${options.seconds} ${SIZE}`));
	console.log(`200 events/s: from socket to listener p50 ${times[i].p50} ms, p99 ${times[i].p99} ms, max ${times[i].max} ms; ` +
		`${times[i].cpu} % of a core`);
}
bar("µs an event, of the time that the one core had", 1e6 / median(perSecond), 1e6 / 60000);
bar("p99 from socket to listener at 200 events/s, ms", median(times.map((t) => t.p99)), 25, 1);
await server.end();
finish();
