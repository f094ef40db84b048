// audio_players.mjs - the endless streams as players hear them, ffmpeg, mpv and Chromium: without a gap, with titles, beside
// readers who hardly read, and while the log is stuck. Twenty seconds; FULL=1: ten minutes.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { keepEditing, makeSite, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { hearByFfmpeg, hearByMpv, inChromium, listen, playAll } from "./players.mjs";

// With sanitizers, and all players on two processors, one of them may have to wait for a processor.
const STALLS = process.env.FULL ? 0 : 3, APART = process.env.FULL ? 1 : 2;
const SECONDS = process.env.FULL ? 600 : 20;
const FRAME = 384; // bytes of MP3, 128 kb/s at 48 kHz
const streams = ["listen.mp3", "listen.opus"];

// Takes an ICY stream apart: the sound, and the titles with the byte of the sound that they stand at.
function untitled(body, interval) {
	const sound = [], titles = [];
	let at = 0, heard = 0;
	while (at + interval < body.length) {
		sound.push(body.subarray(at, at + interval));
		at += interval, heard += interval;
		const n = body[at] * 16;
		const block = body.subarray(at + 1, at + 1 + n).toString();
		at += 1 + n;
		if (!n)
			continue;
		const [, title] = /^StreamTitle='([^']*)';\0*$/.exec(block) ?? assert.fail(JSON.stringify(block));
		titles.push({ at: heard, title });
	}
	sound.push(body.subarray(at));
	return { sound: Buffer.concat(sound), titles };
}

// The pages of an Ogg stream: their numbers must follow each other, and so must the time at their ends.
function oggGaps(body) {
	const gaps = [];
	let number, granule, packets = 0;
	for (let at = 0; at + 27 <= body.length;) {
		assert.equal(body.toString("latin1", at, at + 4), "OggS");
		const segments = body[at + 26], next = body.readUInt32LE(at + 18), time = Number(body.readBigInt64LE(at + 6));
		if (packets > 2 && (next !== number + 1 || time !== granule + 960))
			gaps.push({ number, next, granule, time });
		number = next, granule = time, packets++;
		at += 27 + segments + body.subarray(at + 27, at + 27 + segments).reduce((sum, n) => sum + n, 0);
	}
	return { gaps, packets };
}

// A reader with almost no buffer of its own: a byte a second, or nothing for `stall` seconds and then all that comes. Gives
// the bytes that it read.
function readSlowly(port, seconds, stall) {
	const script = `
import socket, sys, time
out = sys.stdout.buffer
port, seconds, stall = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(("127.0.0.1", port))
s.sendall(b"GET /stations/wikipedia/listen.mp3 HTTP/1.1\\r\\nHost: x\\r\\nIcy-MetaData: 1\\r\\n\\r\\n")
end, begin = time.monotonic() + seconds, time.monotonic()
s.settimeout(1)
while time.monotonic() < end:
    if stall and time.monotonic() - begin < stall:
        time.sleep(0.1)
        continue
    try:
        got = s.recv(1 if not stall else 65536)
    except socket.timeout:
        continue
    except ConnectionError:
        break
    if not got:
        break
    out.write(got)
    if not stall:
        time.sleep(1)
`;
	return new Promise((done) => {
		const child = spawn("python3", ["-c", script, String(port), String(seconds), String(stall)]);
		const pieces = [];
		child.stdout.on("data", (bytes) => pieces.push(bytes));
		child.stdout.on("close", () => done(Buffer.concat(pieces)));
	});
}

const metrics = async (server) => Object.fromEntries([...(await (await fetch(`${server.url}/metrics`)).text())
	.matchAll(/^carillon_(station_\w+)\{.*\} (.*)$/gm)].map(([, name, value]) => [name, Number(value)]));
const memory = (server) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

test("players hear both streams without a gap and see the titles, beside some who hardly read", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);
	const [mp3, opus] = streams.map((name) => `${server.url}/stations/wikipedia/${name}`);
	await Promise.all([mp3, opus].map((url) => listen(url, 5000))); /* until there is a whole burst for who comes next */
	const before = memory(server), stall = 23;
	let most = before;
	const watch = setInterval(() => { most = Math.max(most, memory(server)); }, 500);
	t.after(() => clearInterval(watch));
	const slow = Promise.all(Array.from({ length: 20 }, () => readSlowly(server.port, SECONDS, 0)));
	const stalled = readSlowly(server.port, stall + 3, stall);
	const [byFfmpeg, titled, plain, pages, byMpv, byChromium] = await Promise.all([
		Promise.all([mp3, opus].map((url) => hearByFfmpeg(url, SECONDS))),
		listen(mp3, SECONDS * 1000, "GET", { "Icy-MetaData": "1" }),
		listen(mp3, SECONDS * 1000 + 2000),
		listen(opus, SECONDS * 1000),
		Promise.all([mp3, opus].map((url) => hearByMpv(url, SECONDS))),
		inChromium(t, (page) => page.evaluate(playAll, [[mp3, opus], SECONDS])),
	]);
	for (const [i, name] of streams.entries()) {
		const ffmpeg = byFfmpeg[i], mpv = byMpv[i], page = byChromium[i];
		t.diagnostic(`${name}: ffmpeg ${ffmpeg.seconds.toFixed(2)} s of sound in ${ffmpeg.wall.toFixed(2)} s; mpv ${mpv.seconds.toFixed(2)} s in ` +
			`${mpv.wall.toFixed(2)} s; Chromium ${page.seconds?.toFixed(2)} s in ${page.wall?.toFixed(2)} s`);
		assert.deepEqual(ffmpeg.complaints, [], name);
		assert.deepEqual(ffmpeg.gaps, [], name);
		// The burst of four seconds is sound of before; up to two seconds wait for their turn. It asked some time after it was
		// started, and before it heard something.
		const { seconds, wall, heard } = ffmpeg;
		assert.ok(seconds - heard > 1 && seconds - wall < 4.2, `${name}: ${seconds} s, ${wall} s after its start, ${heard} s after the first`);
		assert.deepEqual(mpv.complaints, [], name);
		assert.ok(mpv.stalls <= STALLS, `${name}: ${mpv.stalls}`);
		assert.ok(mpv.wall > SECONDS * 0.8 && Math.abs(mpv.seconds - mpv.wall) < APART, `${name}: ${mpv.seconds} s in ${mpv.wall} s`);
		assert.equal(page.error, null, name);
		assert.ok(page.stalls <= STALLS, `${name}: ${page.stalls}`);
		assert.ok(Math.abs(page.seconds - page.wall) < APART, `${name}: ${page.seconds} s in ${page.wall} s`);
	}
	const ogg = oggGaps(pages.body);
	assert.deepEqual(ogg.gaps, []);
	assert.ok(ogg.packets > (SECONDS + 1) * 50);

	const interval = Number(titled.headers["icy-metaint"]);
	assert.equal(interval, 16000);
	assert.equal(titled.headers["icy-br"], "128");
	assert.equal(titled.headers["icy-name"], "Wikipedia");
	assert.equal(plain.headers["icy-metaint"], undefined, "who didn't ask gets none");
	const { sound, titles } = untitled(titled.body, interval);
	// Either may have come a little earlier, and have had a little more of what was before.
	const begin = plain.body.indexOf(sound.subarray(0, 4000)), skip = begin < 0 ? sound.indexOf(plain.body.subarray(0, 4000)) : 0;
	assert.ok(begin >= 0 || skip >= 0, "the same sound");
	const ours = sound.subarray(skip), theirs = plain.body.subarray(Math.max(begin, 0)), common = Math.min(ours.length, theirs.length);
	assert.ok(common > SECONDS * 16000 && theirs.subarray(0, common).equals(ours.subarray(0, common)), "byte for byte");
	assert.ok(titles.length > SECONDS / 8 && titles.length <= SECONDS / 4 + 3, `${titles.length} titles`);
	for (const [i, { at, title }] of titles.entries()) {
		assert.match(title, /^(Carillon \d+ - )?Wikipedia$/);
		assert.ok(!i || title !== titles[i - 1].title || !at);
		assert.ok(i < 2 || at - titles[i - 1].at >= 2 * interval, "each stays for some seconds");
	}
	t.diagnostic(`titles: ${titles.slice(0, 8).map(({ at, title }) => `${(at / 16000).toFixed(0)} s ${title}`).join(", ")}; mpv: ${byMpv[0].titles.length}`);
	assert.ok(new Set(byMpv[0].titles).size >= 3, "a player shows them");

	// A byte a second: nothing but what the kernel's buffers had room for, and then no more memory.
	const readBytes = await slow;
	assert.ok(readBytes.every(({ length }) => length <= SECONDS + 2), readBytes.map(({ length }) => length).join(" "));
	const rest = await stalled, after = await metrics(server);
	clearInterval(watch);
	t.diagnostic(`slow readers: ${(most - before).toFixed(1)} MiB more; one that stalled ${stall} s had ${rest.length} bytes; ${after.station_audio_skips_total} skips; ` +
		`${after.station_late_blocks_total} late blocks`);
	if (process.env.FULL) /* the address sanitizer keeps what was freed for a while */
		assert.ok(most - before < 16, `${most - before} MiB`);
	assert.ok(after.station_audio_skips_total >= 1, "a skip is counted");
	assert.ok(rest.length < (stall + 6) * 16000 - 50000, "what it missed it doesn't get");
	// Titles and frames stand where they belong, before and after what it missed.
	const skipped = path.join(site, "skipped.mp3"), { sound: parts } = untitled(rest.subarray(rest.indexOf("\r\n\r\n") + 4), interval);
	const frames = Math.floor(parts.length / FRAME);
	for (let i = 0; i < frames; i++)
		assert.equal(parts.readUInt16BE(i * FRAME), 0xFFFB, `frame ${i} of ${frames}`);
	writeFileSync(skipped, parts.subarray(0, frames * FRAME));
	const decoded = await run(["-nostdin", "-v", "error", "-i", skipped, "-f", "null", "-"], { program: "ffmpeg" });
	assert.equal(decoded.stderr, "");
	assert.equal(after.station_pages_dropped_total, 0);
	if (process.env.FULL) /* else see STALLS */
		assert.equal(after.station_blocks_dropped_total, 0);
});

test("the sound goes on while the log is stuck and all workers are busy", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);
	const url = `${server.url}/stations/wikipedia/listen.opus`;
	await listen(url, 3000);
	const before = await metrics(server);
	const hearing = listen(url, 9000);
	await sleep(1000);
	let stuck = true;
	const lock = run([path.join(site, "var/events.db")], { program: "sqlite3", input: "BEGIN IMMEDIATE;\n.shell sleep 5\nROLLBACK;\n" })
		.then((result) => { stuck = false; return result; });
	let asked = 0;
	await Promise.all(Array.from({ length: 12 }, async () => {
		while (stuck) {
			await (await fetch(`${server.url}/api/search?q=bells+or+chimes+${asked++}`)).arrayBuffer();
			await (await fetch(`${server.url}/shows/bells/`)).arrayBuffer();
		}
	}));
	assert.equal((await lock).stderr, "");
	const { body, silent } = await hearing, after = await metrics(server);
	const ogg = oggGaps(body), late = after.station_late_blocks_total - before.station_late_blocks_total;
	t.diagnostic(`${ogg.packets} pages, longest wait ${silent.toFixed(0)} ms, ${late} late blocks; ${asked} searches meanwhile`);
	assert.deepEqual(ogg.gaps, []);
	assert.ok(ogg.packets > (9 + 1) * 50);
	assert.equal(after.station_blocks_dropped_total, 0);
	assert.equal(after.station_pages_dropped_total, 0);
});
