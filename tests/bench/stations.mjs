// stations.mjs - what an audio listener costs beside icecast2 (Debian's), and forty stations at once on one core.
//
//   tests/bench/stations [--listeners 1000] [--repeat 3] [--seconds 20] [--stations 40]
//
// Both send MP3 of 128 kb/s, icecast what it gets from Carillon's own stream. It cuts that into blocks of 1,400 bytes and
// writes each of them to each listener; so its best case is there too: Ogg Opus of as many kb/s in pages of a second, each
// written at once. No events, so that what changes with the music doesn't hide what the listeners cost. Both run all the
// time, on the one core; the audiences on the other. They take turns: a thousand listeners come, are heard for a while, and
// leave. What a listener costs is the processor time of all threads by the kernel's account, with what the loopback device
// does inside of send(), less what the server uses for one listener, shared by the others; memory is how much the resident
// set grew when they first came.
// Forty stations: each with a match of its own, its own notes (5 events a second), and a listener of its Opus stream.
// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";

import { recentchange, upstream } from "../e2e/carillon.mjs";
import { bar, build, buildAll, finish, median, readOptions } from "./bench.mjs";

const usage = "usage: tests/bench/stations [--listeners 1000] [--repeat 3] [--seconds 20] [--stations 40]";
const options = readOptions({ listeners: 1000, repeat: 3, seconds: 20, stations: 40 }, usage);
const SERVER_CORE = "0", LOAD_CORE = "1", SETTLE_S = 6;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

buildAll();
execFileSync("ninja", ["-C", build, "tests/bench/audience"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync("taskset", ["-pc", LOAD_CORE, String(process.pid)], { stdio: "ignore" });

const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
chmodSync(folder, 0o755);
const children = new Set();
process.on("exit", () => {
	children.forEach((child) => child.kill("SIGKILL"));
	rmSync(folder, { recursive: true, force: true });
});

function start(core, command, args, stderr = "inherit") {
	const child = spawn("taskset", ["-c", core, command, ...args], { stdio: ["pipe", "pipe", stderr] });
	children.add(child);
	child.on("exit", (code) => {
		children.delete(child);
		if (!child.isEnding) {
			console.error(`${command} ended with ${code}`);
			process.exit(1);
		}
	});
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	child.line = async () => (await lines.next()).value;
	child.end = () => {
		child.isEnding = true;
		const gone = new Promise((done) => child.on("exit", done));
		child.kill("SIGTERM");
		return gone;
	};
	return child;
}

const cpuSeconds = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, id) =>
	sum + Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]) / 1e9, 0);
const kilobytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await new Promise((done) => server.on("listening", done));
	const { port } = server.address();
	await new Promise((done) => server.close(done));
	return port;
}

// Events for all stations, evenly, until the process ends.
const source = await upstream({ after() {} });
function keepEditing(perSecond, wikis) {
	let n = 0;
	setInterval(() => {
		for (let i = 0; i < perSecond / 50; i++, n++)
			source.send(`e-${n}`, recentchange({ wiki: wikis[n % wikis.length], length: { old: 5000, new: 5000 + (n * 397) % 3001 - 900 } }));
	}, 20);
}

async function serveCarillon(stations) {
	const site = mkdtempSync(path.join(folder, "site-"));
	writeFileSync(path.join(site, "carillon.yaml"), `title: Bench\nsources:\n  - {name: wiki, url: "${source.url}", mapping: mediawiki}\n` +
		`stations:\n${stations.map((name) => `  - {name: ${name}, match: {source: wiki, channel: [${name}]}, score: hatnote}\n`).join("")}`);
	const child = start(SERVER_CORE, path.join(build, "server/carillon"), ["serve", "--site", site, "--listen", "127.0.0.1:0"]);
	const port = Number(/(\d+)\/?$/.exec(await child.line())[1]);
	return { name: "carillon", pid: child.pid, port, end: child.end };
}

const metrics = async (server, name) => [...(await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text())
	.matchAll(new RegExp(`^carillon_${name}(?:\\{.*\\})? (.*)$`, "gm"))].reduce((sum, match) => sum + Number(match[1]), 0);

async function serveIcecast(feed) {
	const port = await freePort(), isRoot = process.getuid() === 0;
	const config = path.join(folder, "icecast.xml"), logs = mkdtempSync(path.join(folder, "log-"));
	chmodSync(logs, 0o777);
	writeFileSync(config, `<icecast>
<limits><clients>20000</clients><sources>2</sources><queue-size>524288</queue-size><client-timeout>30</client-timeout>
<header-timeout>15</header-timeout><source-timeout>10</source-timeout><burst-size>65535</burst-size></limits>
<authentication><source-password>bench</source-password><relay-password>bench</relay-password>
<admin-user>admin</admin-user><admin-password>bench</admin-password></authentication>
<hostname>localhost</hostname>
<listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
<fileserve>0</fileserve>
<paths><basedir>/usr/share/icecast2</basedir><logdir>${logs}</logdir><webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel></logging>
<security><chroot>0</chroot>${isRoot ? "<changeowner><user>nobody</user><group>nogroup</group></changeowner>" : ""}</security>
</icecast>`);
	const child = start(SERVER_CORE, "icecast2", ["-c", config], "ignore");
	for (let i = 0; i < 100 && !await fetch(`http://127.0.0.1:${port}/`).catch(() => null); i++)
		await sleep(50);
	const source = net.connect(port, "127.0.0.1");
	source.on("error", () => {});
	source.write(`SOURCE /bench.mp3 HTTP/1.0\r\nAuthorization: Basic ${btoa("source:bench")}\r\nContent-Type: audio/mpeg\r\n\r\n`);
	const answer = String(await new Promise((done) => source.once("data", done)));
	if (!/^HTTP\/1\.\d 200/.test(answer))
		throw new Error(`icecast answered its source with ${answer}`);
	const listening = http.get(feed, (response) => response.pipe(source));
	const ffmpeg = start(LOAD_CORE, "ffmpeg", ["-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.1,aformat=channel_layouts=stereo",
		"-c:a", "libopus", "-b:a", "128k", "-vbr", "off", "-f", "ogg", "-page_duration", "1000000", "-content_type", "application/ogg",
		`icecast://source:bench@127.0.0.1:${port}/bench.ogg`]);
	await sleep(3000);
	return {
		pid: child.pid, port,
		async end() {
			listening.destroy();
			source.destroy();
			await ffmpeg.end();
			await child.end();
		},
	};
}

async function audience(port, where, n) {
	const child = start(LOAD_CORE, path.join(build, "tests/bench/audience"), [port, where, n]);
	if (await child.line() !== "open")
		throw new Error("the audience didn't get in");
	child.ask = async () => {
		child.stdin.write("\n");
		return JSON.parse(await child.line());
	};
	return child;
}

// Share of a core that the server uses meanwhile.
async function share(server, seconds) {
	const before = cpuSeconds(server.pid), begin = performance.now();
	await sleep(seconds * 1000);
	return (cpuSeconds(server.pid) - before) / ((performance.now() - begin) / 1000);
}

function row(...cells) {
	console.log(cells.map((cell, i) => i ? String(cell).padStart(15) : String(cell).padEnd(15)).join(""));
}

async function compare() {
	const n = options.listeners;
	const carillon = await serveCarillon(["bench"]);
	carillon.where = "/stations/bench/listen.mp3";
	const icecast = await serveIcecast(`http://127.0.0.1:${carillon.port}${carillon.where}`);
	const peers = [{ ...icecast, name: "icecast2, MP3", where: "/bench.mp3" }, { ...icecast, name: "icecast2, Ogg", where: "/bench.ogg" }];
	const servers = [carillon, ...peers];
	for (const server of servers) {
		server.alone = [], server.all = [], server.us = [];
		await (await audience(server.port, server.where, 1)).end();
	}
	await sleep(SETTLE_S * 1000);
	for (let i = 0; i < options.repeat; i++)
		for (const server of servers) {
			const first = await audience(server.port, server.where, 1);
			await sleep(2000);
			const alone = await share(server, options.seconds / 2);
			const before = kilobytes(server.pid);
			const crowd = await audience(server.port, server.where, n);
			await sleep(SETTLE_S * 1000);
			server.kb ??= (kilobytes(server.pid) - before) / n;
			await crowd.ask();
			const begin = performance.now();
			const all = await share(server, options.seconds);
			const heard = await crowd.ask(), seconds = (performance.now() - begin) / 1000;
			server.alone.push(alone * 100), server.all.push(all * 100);
			server.us.push((all - alone) * 1e6 / n);
			server.rate = heard.bytes / n / seconds * 8 / 1000;
			server.least = heard.least / seconds * 8 / 1000;
			server.silent = heard.silent_ms;
			await crowd.end();
			await first.end();
			await sleep(1000);
		}
	console.log(`\n${n} listeners of MP3; one core`);
	row("", "µs/listener/s", "KiB/listener", "one: core %", `${n}: core %`, "kb/s", "least kb/s", "longest gap ms");
	for (const s of servers)
		row(s.name, median(s.us).toFixed(2), s.kb.toFixed(2), median(s.alone).toFixed(2), median(s.all).toFixed(2), s.rate.toFixed(1),
			s.least.toFixed(1), s.silent);
	for (const peer of peers)
		bar(`µs a listener and second, × ${peer.name}`, median(carillon.us.map((us, i) => us / peer.us[i])), 1);
	// icecast's second audience finds what the first one left: the stricter measure.
	bar("KiB a listener, × the less of icecast2's", carillon.kb / Math.min(...peers.map((peer) => peer.kb)), 1);
	bar("kb/s that the slowest of icecast2's MP3 listeners had, × the slowest of Carillon's", peers[0].least / carillon.least, 1.03);
	for (const server of [icecast, carillon])
		await server.end();
}

async function many() {
	const names = Array.from({ length: options.stations }, (_, i) => `wiki${String(i).padStart(2, "0")}`);
	keepEditing(5 * names.length, names);
	const server = await serveCarillon(names);
	const idle = kilobytes(server.pid);
	const listeners = [];
	for (const name of names)
		listeners.push(await audience(server.port, `/stations/${name}/listen.opus`, 1));
	await sleep(SETTLE_S * 1000);
	const events = await metrics(server, "station_played_total");
	for (const each of listeners)
		await each.ask();
	const late = await metrics(server, "station_late_blocks_total"), begin = performance.now();
	const used = await share(server, options.seconds + 5);
	const heard = await Promise.all(listeners.map((each) => each.ask())), seconds = (performance.now() - begin) / 1000;
	const least = Math.min(...heard.map((each) => each.least)) / seconds * 8 / 1000;
	const played = (await metrics(server, "station_played_total") - events) / seconds / names.length;
	console.log(`\n${names.length} Opus stations on one core: ${(used * 100).toFixed(1)} % of it, ` +
		`${((kilobytes(server.pid) - idle) / 1024 / names.length).toFixed(2)} MiB each; ${played.toFixed(1)} events a second and station; ` +
		`${(heard.reduce((sum, each) => sum + each.bytes, 0) / names.length / seconds * 8 / 1000).toFixed(0)} kb/s, least ${least.toFixed(0)} kb/s; ` +
		`longest gap ${Math.max(...heard.map((each) => each.silent_ms))} ms`);
	bar(`${names.length} stations, share of the core`, used, 1);
	bar("late blocks", await metrics(server, "station_late_blocks_total") - late, 0, 0);
	bar("lost blocks and pages", await metrics(server, "station_blocks_dropped_total") + await metrics(server, "station_pages_dropped_total"), 0, 0);
	bar("longest time that a listener got nothing, ms", Math.max(...heard.map((each) => each.silent_ms)), 2500, 0);
	for (const each of listeners)
		await each.end();
	await server.end();
}

if (!existsSync("/usr/bin/icecast2")) {
	console.error("icecast2 is missing: apt-get install icecast2");
	process.exit(3);
}
if (options.repeat)
	await compare();
if (options.stations)
	await many();
finish();
