// disk_full.mjs - the disk is full: the sound goes on, nothing that was acknowledged is lost, and storing goes on by
// itself when there is room again. By a small file system (as root), and by a limit on the size of files.
// FULL=1: twenty runs each instead of two.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import http from "node:http";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { atOnce, makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { storedCount } from "./log.mjs";

const RUNS = process.env.FULL ? 20 : 2;
const health = async (server) => (await fetch(`${server.url}/healthz`)).json();

const MP3_BYTES_MS = 128 / 8; // MP3 of 128 kbit/s: bytes that a player uses up in a millisecond
const BURST = 40000;

// The least sound, in ms, that a player had left which began with the first bytes: what came before each further bytes
// less what was played till then. A station sends BURST bytes as fast as it can and then packs of 2 s. { stop } gives it.
function listen(server) {
	let began = 0, least = Infinity, bytes = 0;
	const request = http.get(`${server.url}/stations/wikipedia/listen.mp3`, (response) => response.on("data", (chunk) => {
		began ||= Date.now();
		if (bytes >= BURST)
			least = Math.min(least, bytes / MP3_BYTES_MS - (Date.now() - began));
		bytes += chunk.length;
	}));
	request.on("error", () => {});
	return { bytes: () => bytes, stop: () => { request.destroy(); return Math.min(least, bytes / MP3_BYTES_MS - (Date.now() - began)); } };
}

// fill() and free() do what the name says.
async function fillAndFree(t, site, server, up, fill, free) {
	let sent = 0;
	const send = () => up.send(`e-${sent++}`, recentchange({ comment: "*".repeat(500) }));
	const timer = setInterval(send, 10);
	t.after(() => clearInterval(timer));
	const sound = listen(server);
	t.after(sound.stop);
	await waitFor(() => sound.bytes() >= BURST, "sound");
	for (let i = 0; i < RUNS; i++) {
		const linesBefore = server.output().split("\n").length;
		await fill();
		const filled = Date.now();
		await waitFor(async () => (await health(server)).status === "degraded", "it to be said");
		const said = Date.now() - filled;
		await sleep(1000);
		const waiting = storedCount(site);
		assert.ok(waiting < sent, "storing has stopped");
		await free();
		const freed = Date.now();
		await waitFor(async () => (await health(server)).status === "ok", "it to be over");
		const over = Date.now() - freed;
		const lines = server.output().split("\n").length - linesBefore, seconds = (Date.now() - filled) / 1000;
		t.diagnostic(`said after ${said} ms, over after ${over} ms, ${lines} lines in ${seconds.toFixed(1)} s`);
		assert.ok(said <= atOnce(1000) + 1000, `${said} ms`); // the disk may be full before the next event wants to be stored
		assert.ok(over <= atOnce(5000), `${over} ms`);
		assert.ok(lines <= 6 + seconds, `${lines} lines`);
	}
	clearInterval(timer);
	await waitFor(() => storedCount(site) === sent, "all that was sent to be stored");
	const left = sound.stop();
	t.diagnostic(`${sent} events, a player had never less than ${left.toFixed(0)} ms of sound left`);
	assert.ok(left > (process.env.FULL ? 1000 : 0), `${left} ms of sound left`);
}

test("a limit on the size of files stops the log alone", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const server = await serve(t, site);
	await waitFor(() => up.clients(), "the source to connect");
	const limit = (bytes) => execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:unlimited`]);
	await fillAndFree(t, site, server, up, () => limit(statSync(path.join(site, "var/events.db-wal")).size), () => limit("unlimited"));
});

test("a full file system stops the log alone", async (t) => {
	const site = mkdtempSync(path.join(tmpdir(), "carillon-full-"));
	const mounted = process.getuid?.() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", site]).status === 0;
	let server;
	t.after(async () => {
		await server?.stop();
		for (let i = 0; mounted && i < 50 && spawnSync("umount", [site]).status; i++)
			await sleep(100);
		rmSync(site, { recursive: true, force: true });
	});
	if (!mounted) {
		t.skip("nothing can be mounted here");
		return;
	}
	const up = await upstream(t);
	writeFileSync(path.join(site, "carillon.yaml"), siteYaml(up.url));
	server = await serve(t, site);
	await waitFor(() => up.clients(), "the source to connect");
	const ballast = path.join(site, "ballast");
	const fill = () => {
		for (let size = 1 << 20; size >= 4096; size >>= 1)
			for (let more = true; more;) {
				try {
					writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
				} catch {
					more = false;
				}
			}
	};
	await fillAndFree(t, site, server, up, fill, () => rmSync(ballast));
});
