// audio_streams.mjs - what a player gets from /stations/NAME/listen.mp3 and .opus, and what `render` makes of the same
// events while the server runs. Another program, ffmpeg, is the judge.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { keepEditing, makeSite, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { listen } from "./players.mjs";

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
			const { status, headers, body, seconds } = heard[i];
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
			// The burst of four seconds comes on top; up to two wait for their turn.
			assert.ok(sound.seconds > seconds + 1 && sound.seconds < seconds + 4.5, `${sound.seconds} s in ${seconds} s`);
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
	const early = listen(url, 6000);
	await sleep(2500);
	const late = await listen(url, 1500);
	const { body } = await early;
	// What a player needs to start at once: the two header pages, then four seconds of 20 ms pages.
	const pages = late.body.toString("latin1").split("OggS").length - 1;
	assert.ok(pages >= 200, `${pages} pages in the first ${late.seconds} s`);
	const header = late.body.indexOf("OggS", late.body.indexOf("OpusTags"));
	assert.ok(body.subarray(0, header).equals(late.body.subarray(0, header)), "the same header");
	assert.ok(body.indexOf(late.body.subarray(header, header + 8000)) > header, "the same pages");
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
	const windowOf = (from) => ["--site", site, "--station", "wikipedia", "--from", String(from), "--to", String(from + 6)];

	const early = await run(["render", ...windowOf(Math.floor(Date.now() / 1000) - 1), "--output", path.join(site, "early.wav")]);
	assert.equal(early.code, 3);
	assert.match(early.stderr, /no events yet; run carillon serve/);
	assert.ok(!existsSync(path.join(site, "early.wav")));

	await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);
	const from = Math.floor(Date.now() / 1000) - 1, window = windowOf(from);
	await waitFor(() => Date.now() / 1000 > from + 6 + 2, "the window to pass");

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
