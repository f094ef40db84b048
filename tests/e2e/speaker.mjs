// speaker.mjs - `carillon play` on a real PulseAudio with a sink that goes nowhere: what comes out of it is what was rendered;
// servers and devices come and go.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { build, makeSite, program, recentchange, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";

const { WebSocket } = createRequire(new URL("../package.json", import.meta.url))("ws");
const has = (command) => {
	try {
		execFileSync("sh", ["-c", `command -v ${command}`]);
		return true;
	} catch {
		return false;
	}
};
const skip = has("pulseaudio") && has("parec") ? false : "PulseAudio isn't installed";

// A sound server of its own: { env, start(), kill() }.
function pulse(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-pulse-"));
	for (const name of ["home", "run"])
		mkdirSync(path.join(folder, name));
	chmodSync(path.join(folder, "run"), 0o700);
	const socket = path.join(folder, "run/pulse.sock");
	const env = { ...process.env, HOME: path.join(folder, "home"), XDG_RUNTIME_DIR: path.join(folder, "run"),
		PULSE_SERVER: `unix:${socket}`, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
	let child;
	async function start() {
		child = spawn("pulseaudio", ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
			"-L", "module-null-sink sink_name=nowhere rate=48000 channels=2 format=float32le norewinds=1",
			"-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`], { env, stdio: "ignore" });
		await waitFor(() => {
			try {
				execFileSync("pactl", ["info"], { env, stdio: "ignore", timeout: 2000 });
				return true;
			} catch {
				return false;
			}
		}, "PulseAudio");
	}
	const kill = () => new Promise((done) => {
		if (!child || child.exitCode !== null || child.signalCode !== null)
			return done();
		child.on("exit", done);
		child.kill("SIGKILL");
	});
	t.after(async () => {
		await kill();
		rmSync(folder, { recursive: true, force: true });
	});
	return { env, start, kill, folder };
}

// `carillon play` as it runs: { output(), stop() }.
async function play(t, env, site, ...more) {
	const child = spawn(program, ["play", "--site", site, "--station", "wikipedia", ...more], { env });
	let text = "";
	child.stdout.on("data", (piece) => text += piece);
	child.stderr.on("data", (piece) => text += piece);
	const ended = new Promise((done) => child.on("exit", (code, signal) => done(code ?? signal)));
	t.after(() => child.kill("SIGKILL"));
	await waitFor(() => /Playing on/.test(text) || child.exitCode !== null, "play to begin");
	return { output: () => text, ended, stop: async () => {
		child.kill("SIGINT");
		return ended;
	} };
}

// FNV-1a of the station's name: the synthesizer's seed.
function seedOf(name) {
	let hash = 0xcbf29ce484222325n;
	for (const byte of Buffer.from(name))
		hash = (hash ^ BigInt(byte)) * 0x100000001b3n & 0xffffffffffffffffn;
	return Number(hash & 0xffffffffn);
}

const instruments = ["celesta", "clav", "swell"];
const floats = (bytes) => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~7)));

// The notes as the program says them, rendered by the synthesizer alone.
function rendered(folder, notes, seconds) {
	const lines = notes.map((note) => [(note.at - notes[0].at) * 48, instruments.indexOf(note.instrument), note.key, note.level, note.pan]
		.join(" ") + "\n").join("");
	writeFileSync(path.join(folder, "notes"), lines);
	execFileSync(path.join(build, "tests/audio/render_notes"), ["render", path.join(folder, "notes"), path.join(folder, "notes.f32"),
		String(seconds), "480", String(seedOf("wikipedia"))], { stdio: "ignore" });
	return floats(readFileSync(path.join(folder, "notes.f32")));
}

// From the first sample that isn't silence on, in both; what is different, against what is there, in dB.
function difference(a, b, seconds) {
	const from = (samples) => samples.findIndex((sample) => Math.abs(sample) > 1e-7) & ~1;
	const [i, k] = [from(a), from(b)];
	let signal = 0, residue = 0;
	for (let n = 0; n < seconds * 96000; n++) {
		signal += b[k + n] ** 2;
		residue += (a[i + n] - b[k + n]) ** 2;
	}
	return 10 * Math.log10(residue / signal + 1e-20);
}

async function recordOnce(t) {
	const sound = pulse(t);
	await sound.start();
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const server = await serve(t, site);
	const notes = [];
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/wikipedia/live`, "carillon.v1");
	socket.on("message", (frame) => JSON.parse(frame).forEach((event) => notes.push(...event.notes)));
	await new Promise((done) => socket.on("open", done));
	t.after(() => socket.terminate());
	await waitFor(() => up.clients() === 1, "the upstream");
	const player = await play(t, sound.env, site);
	const record = spawn("parec", ["-d", "nowhere.monitor", "--format=float32le", "--rate=48000", "--channels=2", "--raw"],
		{ env: sound.env, stdio: ["ignore", "pipe", "ignore"] });
	t.after(() => record.kill("SIGKILL"));
	const pieces = [];
	record.stdout.on("data", (piece) => pieces.push(piece));
	await waitFor(() => pieces.length > 0, "the monitor");
	for (let n = 0; n < 40; n++) {
		up.send(`[${n}]`, recentchange({ title: `Page ${n % 7}`, length: { old: 500, new: 500 + (n * 631) % 2000 - 600 } }));
		await sleep(60 + (n * 37) % 150);
	}
	await sleep(2500);
	record.kill();
	assert.equal(await player.stop(), 0);
	const [, heard, dropped, underruns] = /(\d+) notes, (\d+) dropped, (\d+) underruns/.exec(player.output());
	assert.equal(Number(heard), notes.length);
	assert.equal(Number(dropped), 0);
	if (Number(underruns))
		return null;
	const recorded = floats(Buffer.concat(pieces)), expected = rendered(sound.folder, notes, 10);
	return difference(recorded, expected, 6);
}

test("what the sound server's monitor records is what the synthesizer renders", { skip }, async (t) => {
	let residue = null;
	/* A machine that came too late says so; what it played then has a hole. */
	for (let tries = 0; residue === null && tries < 4; tries++)
		residue = await recordOnce(t);
	t.diagnostic(`the difference is ${residue?.toFixed(1)} dB below the sound`);
	assert.ok(residue < -35, `${residue} dB`);
});

test("a sound server that dies is missed, and its successor is played on", { skip }, async (t) => {
	const sound = pulse(t);
	await sound.start();
	const up = await upstream(t);
	const player = await play(t, sound.env, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients() === 1, "the upstream: nobody serves the site, so it listens itself");
	await sleep(500);
	await sound.kill();
	await waitFor(() => /the device went/.test(player.output()), "it to be missed");
	up.send("[1]", recentchange());
	await sleep(1000);
	await sound.start();
	await waitFor(() => /playing on .* again/.test(player.output()), "it to be found again");
	up.send("[2]", recentchange());
	await sleep(1500);
	assert.equal(await player.stop(), 0);
	assert.match(player.output(), /1 notes, 1 dropped, \d+ underruns, the device was lost 1 times/);
});

test("beside a server it waits while that is started anew", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const first = await serve(t, site);
	const player = await play(t, process.env, site, "--device", "dummy");
	await waitFor(() => up.clients() === 1, "the upstream");
	await sleep(1000);
	up.send("[1]", recentchange());
	await sleep(1500);
	await first.stop();
	await waitFor(() => /went away/.test(player.output()), "that it has gone");
	await serve(t, site);
	await waitFor(() => up.clients() === 1, "the upstream again");
	await sleep(2500);
	up.send("[2]", recentchange());
	await sleep(1500);
	assert.equal(await player.stop(), 0);
	assert.match(player.output(), /\n2 notes, 0 dropped/);
});

test("devices are listed, and what can't be played on is told", { skip }, async (t) => {
	const sound = pulse(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml("http://127.0.0.1:9/") });
	const at = (...more) => run(["play", "--site", site, "--station", "wikipedia", ...more], { env: sound.env });
	const none = await at("--device", "pulseaudio");
	assert.equal(none.code, 3);
	assert.match(none.stderr, /there is no device 'pulseaudio' now; carillon play --list-devices/);
	await sound.start();
	const list = await run(["play", "--list-devices"], { env: sound.env });
	assert.equal(list.code, 0);
	assert.match(list.stdout, /^\* pulseaudio:nowhere\tNull Output$/m);
	assert.match(list.stdout, /^\* dummy:/m);
	const typo = await at("--device", "nowere");
	assert.equal(typo.code, 3);
	assert.match(typo.stderr, /there is no device 'nowere'/);
	const station = await run(["play", "--site", site, "--station", "wikipeda"], { env: sound.env });
	assert.equal(station.code, 2);
	assert.match(station.stderr, /did you mean wikipedia/);
});
