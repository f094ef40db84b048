// personal.mjs - a station's sound narrowed for one listener: only what it wants is heard, equal ones are shared, and no more
// play than the configuration allows.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";

async function metric(server, line) {
	const all = await (await fetch(`${server.url}/metrics`)).text();
	return Number(all.split("\n").find((each) => each.startsWith(`carillon_${line} `))?.split(" ")[1]);
}

// An endless stream, kept as it comes: { status, bytes(), stop() }.
async function listen(server, query, format = "mp3") {
	const abort = new AbortController();
	const response = await fetch(`${server.url}/stations/wikipedia/listen.${format}${query}`, { signal: abort.signal });
	const pieces = [];
	const done = response.status === 200 ? (async () => {
		for await (const piece of response.body)
			pieces.push(piece);
	})().catch(() => {}) : response.text();
	return { status: response.status, text: () => done, bytes: () => Buffer.concat(pieces), stop: async () => { abort.abort(); await done; } };
}

// The loudest sample, in 16 bits.
function peak(bytes) {
	const pcm = execFileSync("ffmpeg", ["-v", "error", "-f", "mp3", "-i", "-", "-f", "s16le", "-"], { input: bytes, maxBuffer: 64 << 20 });
	const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
	return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

test("what is narrowed away isn't heard", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients() === 1, "the upstream");
	const listeners = await Promise.all(["", "?channel=dewiki", "?channel=enwiki", "?actor_kind=bot", "?channel=dewiki&actor_kind=bot"]
		.map((query) => listen(server, query)));
	await sleep(500);
	for (let n = 0; n < 30; n++) {
		up.send(`[${n}]`, recentchange({ server_name: "de.wikipedia.org", wiki: "dewiki", bot: false, meta: { ...recentchange().meta, domain: "de.wikipedia.org" } }));
		await sleep(100);
	}
	await sleep(1500);
	const peaks = [];
	for (const each of listeners) {
		assert.equal(each.status, 200);
		await each.stop();
		peaks.push(peak(each.bytes()));
	}
	assert.ok(peaks[0] > 1000 && peaks[1] > 1000, String(peaks));
	assert.deepEqual(peaks.slice(2).map((value) => value < 4), [true, true, true], String(peaks));
});

test("equal ones are shared, whatever their order, and end with their last listener", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url, "personal_stations: 2\n") }));
	const all = [await listen(server, "?channel=enwiki,dewiki"), await listen(server, "?channel=dewiki,enwiki,dewiki&actor_kind="),
		await listen(server, "?channel=dewiki%2Cenwiki", "opus"), await listen(server, "?actor_kind=anon,member")];
	assert.deepEqual(all.map((each) => each.status), [200, 200, 200, 200]);
	assert.equal(await metric(server, "personal_stations"), 2);
	assert.equal(await metric(server, 'station_audio_listeners{station="wikipedia"}'), 4);
	const refused = await listen(server, "?channel=frwiki");
	assert.equal(refused.status, 503);
	assert.match(await refused.text(), /as this server allows/);
	const plain = await listen(server, "");
	assert.equal(plain.status, 200); /* the station itself isn't a listener's own */
	for (const each of all)
		await each.stop();
	await waitFor(async () => await metric(server, "personal_stations") === 0, "both to end");
	const again = await listen(server, "?channel=frwiki");
	assert.equal(again.status, 200);
	await again.stop();
	await plain.stop();
});

test("none are allowed where the configuration says 0, and nonsense is refused", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url, "personal_stations: 0\n") }));
	const refused = await listen(server, "?channel=enwiki");
	assert.equal(refused.status, 503);
	assert.match(await refused.text(), /no stations of listeners/);
	assert.equal((await listen(server, "?actor_kind=robot")).status, 400);
});

test("a narrowed station comes as HLS, too: its list leads to its own segments", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	const response = await fetch(`${server.url}/stations/wikipedia/hls.m3u8?channel=dewiki,enwiki&actor_kind=anon`);
	assert.equal(response.status, 200);
	const list = await response.text();
	const parts = [...list.matchAll(/hls\/[^\s"]+/g)].map(([part]) => part);
	assert.ok(parts.length >= 2, list);
	for (const part of parts) {
		assert.ok(part.endsWith("?channel=dewiki,enwiki&actor_kind=anon"), part);
		assert.equal((await fetch(`${server.url}/stations/wikipedia/${part}`)).status, 200, part);
		assert.equal((await fetch(`${server.url}/stations/wikipedia/${part.replace("anon", "bot")}`)).status, 404, part);
	}
});
