// audio_streams.mjs - what a player gets from /stations/NAME/listen.mp3 and .opus, and what `render` makes of the same
// events while the server runs. Other programs are the judges: ffmpeg, mpv, Chromium. FULL=1: they listen for ten
// minutes instead of twenty seconds.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { test } from "node:test";
import { keepEditing, makeSite, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { hearByFfmpeg, hearByMpv, inChromium, playAll } from "./players.mjs";

const SECONDS = process.env.FULL ? 600 : 20;

// Listens for a while: { status, headers, body }.
function listen(url, ms, method = "GET", headers = {}) {
	return new Promise((done, failed) => {
		const request = http.request(url, { method, headers, agent: false }, (response) => {
			const pieces = [];
			let last = performance.now(), silent = 0;
			response.on("data", (bytes) => {
				pieces.push(bytes);
				silent = Math.max(silent, performance.now() - last);
				last = performance.now();
			});
			const end = () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces), silent });
			response.on("end", end);
			response.on("error", () => {});
			if (ms)
				setTimeout(() => { end(); request.destroy(); }, ms);
		});
		request.on("error", failed);
		request.end();
	});
}

async function judge(file) {
	const probed = await run(["-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels:format=duration",
		"-of", "json", file], { program: "ffprobe" });
	assert.equal(probed.code, 0, probed.stderr);
	const decoded = await run(["-nostdin", "-v", "error", "-i", file, "-f", "f32le", "-ac", "2", "-ar", "48000", "-"],
		{ program: "ffmpeg", encoding: "buffer", maxBuffer: 256 << 20 });
	assert.equal(decoded.stderr.toString(), "", "ffmpeg decodes without complaint");
	const bytes = decoded.stdout;
	const frames = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
	const { streams: [stream], format } = JSON.parse(probed.stdout);
	return { ...stream, duration: Number(format.duration), frames, seconds: frames.length / 2 / 48000 };
}

// Loudness of a stretch, in dB below full scale (root mean square).
function level(frames, from, to) {
	let sum = 0;
	const part = frames.subarray(Math.floor(from * 48000) * 2, Math.floor(to * 48000) * 2);
	for (const x of part)
		sum += x * x;
	return 10 * Math.log10(sum / part.length + 1e-12);
}

const streams = [
	{ name: "listen.mp3", type: "audio/mpeg", codec: "mp3" },
	{ name: "listen.opus", type: "audio/ogg; codecs=opus", codec: "opus" },
];

test("ten seconds of each stream are sound that another program decodes", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);

	const heard = await Promise.all(streams.map((s) => listen(`${server.url}/stations/wikipedia/${s.name}`, 10000)));
	for (const [i, s] of streams.entries()) {
		await t.test(s.name, async () => {
			const { status, headers, body } = heard[i];
			assert.equal(status, 200);
			assert.equal(headers["content-type"], s.type);
			assert.equal(headers["cache-control"], "no-store");
			assert.equal(headers["accept-ranges"], "none");
			assert.equal(headers["icy-name"], s.codec === "mp3" ? "Wikipedia" : undefined);
			const file = path.join(site, s.name);
			writeFileSync(file, body);
			const sound = await judge(file);
			assert.equal(sound.codec_name, s.codec);
			assert.equal(sound.sample_rate, "48000");
			assert.equal(sound.channels, 2);
			// The burst of three seconds comes on top, the second in the making goes off.
			assert.ok(sound.seconds > 11 && sound.seconds < 13.5, `${sound.seconds} s`);
			for (let from = 4; from + 2 <= 9; from += 1) {
				const db = level(sound.frames, from, from + 2);
				assert.ok(db > -45, `${s.name}: ${db.toFixed(1)} dB from second ${from}`);
			}
			t.diagnostic(`${s.name}: ${body.length} bytes, ${sound.seconds.toFixed(2)} s, ` +
				`${level(sound.frames, 4, sound.seconds).toFixed(1)} dB`);
		});
	}
});

test("listeners share one encoder: a later one gets the same pages", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	keepEditing(t, source);
	const url = `${server.url}/stations/wikipedia/listen.opus`;
	const early = listen(url, 5000);
	await sleep(2500);
	const started = Date.now();
	const late = await listen(url, 1000);
	const { body } = await early;
	assert.ok(Date.now() - started < 5000);
	// What a player needs to start at once: the two header pages, then three seconds of 20 ms pages.
	const pages = late.body.toString("latin1").split("OggS").length - 1;
	assert.ok(pages >= 150, `${pages} pages in the first second`);
	const header = late.body.indexOf("OggS", late.body.indexOf("OpusTags"));
	assert.ok(body.subarray(0, header).equals(late.body.subarray(0, header)), "the same header");
	assert.ok(body.indexOf(late.body.subarray(header, header + 8000)) > header, "the same pages");
});

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

// A reader with almost no buffer of its own: after the head, a byte a second, or nothing for so many seconds and then all
// that comes. Gives what it read.
function readSlowly(port, seconds, stall) {
	const script = `
import socket, sys, time
port, seconds, stall = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(("127.0.0.1", port))
s.sendall(b"GET /stations/wikipedia/listen.mp3 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
end, n, begin = time.monotonic() + seconds, 0, time.monotonic()
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
    n += len(got)
    if not stall:
        time.sleep(1)
print(n)
`;
	return new Promise((done) => {
		const child = spawn("python3", ["-c", script, String(port), String(seconds), String(stall)]);
		let text = "";
		child.stdout.on("data", (bytes) => { text += bytes; });
		child.stderr.on("data", (bytes) => { text += bytes; });
		child.on("exit", () => done(Number(text)));
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
	const [mp3, opus] = streams.map((s) => `${server.url}/stations/wikipedia/${s.name}`);
	await Promise.all([mp3, opus].map((url) => listen(url, 500)));
	const before = memory(server), stall = 26;
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
	for (const [i, { name }] of streams.entries()) {
		const ffmpeg = byFfmpeg[i], mpv = byMpv[i], page = byChromium[i];
		t.diagnostic(`${name}: ffmpeg ${ffmpeg.seconds.toFixed(2)} s of sound in ${ffmpeg.wall.toFixed(2)} s; mpv ${mpv.seconds.toFixed(2)} s in ` +
			`${mpv.wall.toFixed(2)} s; Chromium ${page.seconds?.toFixed(2)} s in ${page.wall?.toFixed(2)} s`);
		assert.deepEqual(ffmpeg.complaints, [], name);
		assert.deepEqual(ffmpeg.gaps, [], name);
		// The burst of three seconds is sound of before; up to a second is still in the making.
		assert.ok(Math.abs(ffmpeg.seconds - 2.5 - ffmpeg.wall) < 1, `${name}: ${ffmpeg.seconds} s in ${ffmpeg.wall} s`);
		assert.deepEqual(mpv.complaints, [], name);
		assert.equal(mpv.stalls, 0, name);
		assert.ok(mpv.wall > SECONDS * 0.8 && Math.abs(mpv.seconds - mpv.wall) < 1, `${name}: ${mpv.seconds} s in ${mpv.wall} s`);
		assert.equal(page.error, null, name);
		assert.equal(page.stalls, 0, name);
		assert.ok(Math.abs(page.seconds - page.wall) < 1, `${name}: ${page.seconds} s in ${page.wall} s`);
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
	const begin = plain.body.indexOf(sound.subarray(0, 4000));
	assert.ok(begin >= 0, "the same sound");
	const common = Math.min(sound.length, plain.body.length - begin);
	assert.ok(common > SECONDS * 16000 && plain.body.subarray(begin, begin + common).equals(sound.subarray(0, common)), "byte for byte");
	assert.ok(titles.length > SECONDS / 6 && titles.length <= SECONDS / 4 + 3, `${titles.length} titles`);
	for (const [i, { at, title }] of titles.entries()) {
		assert.match(title, /^(Carillon \d+ - )?Wikipedia$/);
		assert.ok(!i || title !== titles[i - 1].title || !at);
		assert.ok(i < 2 || at - titles[i - 1].at >= 3 * interval, "each stays for some seconds");
	}
	t.diagnostic(`titles: ${titles.slice(0, 8).map(({ at, title }) => `${(at / 16000).toFixed(0)} s ${title}`).join(", ")}; mpv: ${byMpv[0].titles.length}`);
	assert.ok(new Set(byMpv[0].titles).size > SECONDS / 8, "a player shows them");

	// A byte a second: nothing but what the kernel's buffers had room for, and then no more memory.
	const readBytes = await slow;
	assert.ok(readBytes.every((n) => n <= SECONDS + 2), readBytes.join(" "));
	const rest = await stalled, after = await metrics(server);
	t.diagnostic(`slow readers: ${(most - before).toFixed(1)} MiB more; one that stalled ${stall} s had ${rest} bytes; ${after.station_audio_skips_total} skips; ` +
		`${after.station_late_blocks_total} late blocks`);
	assert.ok(most - before < 48, `${most - before} MiB`);
	assert.ok(rest > 0, "it goes on");
	assert.ok(after.station_audio_skips_total >= 1, "a skip is counted");
	assert.ok(rest < (stall + 6) * 16000, "what it missed it doesn't get");
	assert.equal(after.station_pages_dropped_total, 0);
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
	assert.ok(ogg.packets > (9 + 1.5) * 50);
	assert.equal(after.station_blocks_dropped_total, 0);
	assert.equal(after.station_pages_dropped_total, 0);
	/* A late block is one that began 10 ms after its time: it is heard all the same. With sanitizers the searches alone take
	 * more than two processors have. */
	if (process.env.FULL)
		assert.ok(late <= 9, `${late} of 900 blocks were late`);
});

test("HEAD answers the headers alone, and an unknown station is 404", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	for (const s of streams) {
		const head = await listen(`${server.url}/stations/wikipedia/${s.name}`, 0, "HEAD");
		assert.equal(head.status, 200);
		assert.equal(head.headers["content-type"], s.type);
		assert.equal(head.headers["accept-ranges"], "none");
		assert.equal(head.body.length, 0);
		const none = await listen(`${server.url}/stations/nowhere/${s.name}`, 0);
		assert.equal(none.status, 404);
	}
});

test("render makes the same file of the same window, beside a running server", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const from = Math.floor(Date.now() / 1000) - 1, to = from + 6;
	const window = ["--site", site, "--station", "wikipedia", "--from", String(from), "--to", String(to)];

	const early = await run(["render", ...window, "--output", path.join(site, "early.wav")]);
	assert.equal(early.code, 3);
	assert.match(early.stderr, /no events yet; run carillon serve/);
	assert.ok(!existsSync(path.join(site, "early.wav")));

	await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);
	await waitFor(() => Date.now() / 1000 > to + 2, "the window to pass", 20000);

	const codecs = { wav: "pcm_s16le", flac: "flac", opus: "opus", mp3: "mp3" };
	for (const [ending, codec] of Object.entries(codecs)) {
		const files = ["a", "b"].map((name) => path.join(site, `${name}.${ending}`));
		for (const file of files) {
			const made = await run(["render", ...window, "--output", file]);
			assert.equal(made.code, 0, made.stderr);
			assert.equal(made.stderr, "", "silent where nobody looks");
			assert.match(made.stdout, /: \d+ events, [1-9]\d* notes, \d+\.\d seconds, peak -\d+\.\d dBFS\n$/);
		}
		assert.ok(readFileSync(files[0]).equals(readFileSync(files[1])), `${ending}: the same bytes`);
		const sound = await judge(files[0]);
		assert.equal(sound.codec_name, codec);
		assert.ok(sound.seconds >= 6 && sound.seconds < 22, `${sound.seconds} s`);
		assert.ok(Math.abs(sound.duration - sound.seconds) < 0.1);
		assert.ok(level(sound.frames, 3, 6) > -45);
	}
});

test("render says what is wrong with a command", async (t) => {
	const site = makeSite(t, { "carillon.yaml": siteYaml("http://127.0.0.1:1/") });
	const good = { "--site": site, "--station": "wikipedia", "--from": "2026-11-20T09:00Z", "--to": "2026-11-20T09:01Z",
		"--output": path.join(site, "out.wav") };
	const cases = [
		[{ "--station": "wikpedia" }, 2, /did you mean wikipedia\? There are: wikipedia/],
		[{ "--station": undefined }, 2, /--station is missing/],
		[{ "--from": "yesterday" }, 2, /--from 'yesterday' is no time; write 2026/],
		[{ "--to": "2026-11-20T09:00Z" }, 2, /isn't after/],
		[{ "--to": "2027-11-20" }, 2, /24 is the most/],
		[{ "--speed": "-1" }, 2, /no positive number/],
		[{ "--speed": "nan" }, 2, /no positive number/],
		[{ "--output": "out.aiff" }, 2, /\.wav, \.flac, \.opus or \.mp3/],
		[{ "--site": path.join(site, "nowhere") }, 3, /no such folder/],
		[{}, 3, /no events yet/],
	];
	for (const [change, code, text] of cases) {
		const args = Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined).flat();
		const answer = await run(["render", ...args]);
		assert.equal(answer.code, code, `${args.join(" ")}: ${answer.stderr}`);
		assert.match(answer.stderr, text);
		assert.match(answer.stderr, /^carillon: /);
	}
});
