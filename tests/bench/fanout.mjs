// fanout.mjs - one event to many WebSocket listeners: the server's processor time a delivery, times, memory, idle cost;
// Carillon beside a bare epoll server (the floor), Node's ws and Python's autobahn (Debian's). All run at once, the
// server's core and the load's apart, and take turns, so that ratios hold on a machine that does other things too.
//
//   tests/bench/fanout [--listeners 1000,5000] [--repeat 5] [--seconds 10]
//
// Carillon's events go their whole way: an upstream's event stream, mapping, commit, hub. Its frames are JSON of about
// 400 bytes an event; the others send the 200 bytes of the claim and, in a second column, as many as Carillon does, at
// which the bars compare. Every server gets its messages at the same pace, which leaves the core idle about half of the
// time: one that never rests has warmer caches than one that does other things between two messages. Processor time is that of all threads of the server by the kernel's account, with what the
// loopback device does inside of send().
// SPDX-License-Identifier: MIT
import { KINDS, bar, buildAll, finish, median, pair, readOptions } from "./bench.mjs";

const usage = "usage: tests/bench/fanout [--listeners 1000,5000] [--repeat 5] [--seconds 10]";
const options = readOptions({ listeners: [1000, 5000], repeat: 5, seconds: 10 }, usage);
const CLAIMED = 200, IN_FLIGHT = 16;
const DELIVERIES = 100000; // in one turn, about

buildAll();

function row(...cells) {
	console.log(cells.map((cell, i) => i ? String(cell).padStart(13) : String(cell).padEnd(10)).join(""));
}

async function compare(n) {
	const pairs = [];
	for (const kind of Object.keys(KINDS)) {
		const p = await pair(kind);
		await p.ask("idle 1");
		const before = p.memory();
		await p.listen(n);
		await p.ask("idle 1");
		p.kilobytes = (p.memory() - before) / n;
		Object.assign(p, { one: [], oneSame: [], together: [], togetherSame: [], p99: [], p50: [] });
		pairs.push(p);
	}
	const carillon = pairs.find((p) => p.kind === "carillon");
	// The first rounds fill caches and tell how long a frame of Carillon's is, with one event in it and with many.
	const rounds = Math.max(5, Math.round(DELIVERIES / n / 2)), bursts = Math.max(3, Math.round(DELIVERIES / n / 4));
	const pace = n / 100; // ms
	const size = Math.round((await carillon.ask(`rounds ${rounds} 1 0 ${pace}`)).bytes);
	const sizeTogether = Math.round((await carillon.ask(`rounds ${bursts} ${IN_FLIGHT} 0 ${pace}`)).bytes);
	for (let i = 0; i < options.repeat; i++) {
		for (const p of pairs) {
			// The same for each, Carillon too, whose size is always its own: the first rounds of a turn find the caches as
			// the server before left them, and cost a fifth more than the second ones, which are what is compared.
			const one = await p.ask(`rounds ${rounds} 1 ${p === carillon ? 0 : CLAIMED} ${pace}`);
			const oneSame = await p.ask(`rounds ${rounds} 1 ${p === carillon ? 0 : size} ${pace}`);
			const together = await p.ask(`rounds ${bursts} ${IN_FLIGHT} ${p === carillon ? 0 : CLAIMED} ${pace}`);
			const togetherSame = await p.ask(`rounds ${bursts} ${IN_FLIGHT} ${p === carillon ? 0 : sizeTogether} ${pace}`);
			p.one.push(one.us), p.oneSame.push(oneSame.us);
			p.together.push(together.us), p.togetherSame.push(togetherSame.us);
		}
	}
	for (let i = 0; i < Math.min(3, options.repeat); i++) {
		for (const p of pairs) {
			const times = await p.ask(`rate 20 ${options.seconds} ${p === carillon ? 0 : size}`);
			p.p50.push(times.p50), p.p99.push(times.p99);
		}
	}
	for (const p of pairs) {
		p.idle = (await p.ask(`idle ${options.seconds}`)).cpu;
		p.all = {};
		for (const what of ["one", "oneSame", "together", "togetherSame", "p50", "p99"]) {
			p.all[what] = p[what];
			p[what] = median(p[what]);
		}
	}
	console.log(`\n${n} listeners; µs of processor time a delivery; a frame of Carillon's has ${size} bytes, and ` +
		`${sizeTogether} an event with ${IN_FLIGHT} in flight`);
	row("", "one, 200 B", `one, ${size} B`, "16, 200 B", `16, ${sizeTogether} B`, "p50 ms 20/s", "p99 ms 20/s", "KB idle", "idle CPU %");
	for (const p of pairs)
		row(p.kind, p === carillon ? "-" : p.one.toFixed(2), p.oneSame.toFixed(2), p === carillon ? "-" : p.together.toFixed(2),
			p.togetherSame.toFixed(2), p.p50.toFixed(1), p.p99.toFixed(1), p.kilobytes.toFixed(1), p.idle.toFixed(2));
	const [floor, , , autobahn] = pairs;
	// Turn by turn: what else the machine did then, it did to both.
	const times = (what, peer) => median(carillon.all[what].map((value, i) => value / peer.all[what][i]));
	bar(`${n}: one message at a time, × the floor`, times("oneSame", floor), 1.25);
	bar(`${n}: one message at a time, × autobahn`, times("oneSame", autobahn), 0.45);
	bar(`${n}: sixteen in flight, × the floor`, times("togetherSame", floor), 1.5);
	bar(`${n}: p99 at 20 messages/s, × the floor`, times("p99", floor), 1.5);
	bar(`${n}: KiB an idle listener`, carillon.kilobytes, 6);
	bar(`${n}: idle sockets, no events at all, % of a core`, carillon.idle, 2);
	for (const p of pairs)
		await p.end();
}

for (const n of options.listeners)
	await compare(n);
finish();
