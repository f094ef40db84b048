// hls.mjs - /stations/NAME/hls.m3u8 as RFC 8216 has it, and as players hear it: ffmpeg, mpv, Chromium by Media Source
// Extensions. Fourteen seconds; FULL=1: ten minutes.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { atOnce, keepEditing, makeSite, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { hearByFfmpeg, hearByMpv, inChromium, playSegments } from "./players.mjs";

// With sanitizers, and all players on two processors, one of them may have to wait for a processor.
const STALLS = process.env.FULL ? 0 : 3, APART = process.env.FULL ? 1 : 2;
const SECONDS = process.env.FULL ? 600 : 14;
const SEGMENT = 140 * 1024 / 48000;

async function station(t) {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to connect to its upstream");
	keepEditing(t, source);
	return { site, server, list: `${server.url}/stations/wikipedia/hls.m3u8` };
}

// The list, strictly: every line must be a known one, in its place.
function parse(text) {
	const head = /^#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:(\d+)\n#EXT-X-MEDIA-SEQUENCE:(\d+)\n#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="(hls\/init-[0-9a-f]{16}\.mp4)"\n/
		.exec(text);
	assert.ok(head, text);
	const segments = text.slice(head[0].length).matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+Z)\n#EXTINF:([\d.]+),\n(hls\/(\d+)\.m4s)\n/gy);
	const list = { target: Number(head[1]), sequence: Number(head[2]), run: Number(head[3]), init: head[4], segments: [] };
	let end = head[0].length;
	for (const [line, date, seconds, uri, number] of segments) {
		list.segments.push({ date: Date.parse(date), seconds: Number(seconds), uri, number: Number(number) });
		end += line.length;
	}
	assert.equal(end, text.length, "nothing else is in it");
	return list;
}

test("the list moves on as RFC 8216 has it, and its parts join into a sound without a gap", async (t) => {
	const { site, server, list: url } = await station(t);
	const metric = async (name) =>
		Number(new RegExp(`^carillon_${name}\\{.*\\} (.*)$`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())[1]);
	assert.equal(await metric("station_hls"), 0, "nobody asked: nothing is made");
	const begin = performance.now();
	const first = await fetch(url);
	assert.equal(first.status, 200);
	assert.ok(performance.now() - begin < atOnce(8000), "the first answer waits for a segment, not longer");
	assert.equal(first.headers.get("content-type"), "application/vnd.apple.mpegurl");
	assert.equal(first.headers.get("cache-control"), "no-cache");
	assert.equal(first.headers.get("access-control-allow-origin"), "*");
	let list = parse(await first.text());
	assert.equal(await metric("station_hls"), 1);
	const oldest = list.segments[0];
	const init = await fetch(new URL(list.init, url));
	assert.equal(init.headers.get("content-type"), "audio/mp4");
	const pieces = [Buffer.from(await init.arrayBuffer())], numbers = [];
	const from = performance.now();
	let listed = from, listedAt = Date.now();
	while (listed - from < SECONDS * 1000) {
		const later = parse(await (await fetch(url)).text());
		listed = performance.now(), listedAt = Date.now();
		assert.ok(later.segments.length <= 8);
		assert.equal(later.sequence, later.segments[0].number);
		assert.ok(later.sequence >= list.sequence);
		assert.deepEqual([later.target, later.run, later.init], [3, list.run, list.init]);
		for (const [i, segment] of later.segments.entries()) {
			assert.ok(segment.seconds <= later.target);
			assert.ok(Math.abs(segment.seconds - SEGMENT) < 1e-5);
			if (i) {
				assert.equal(segment.number, later.segments[i - 1].number + 1);
				assert.ok(Math.abs(segment.date - later.segments[i - 1].date - SEGMENT * 1000) <= 1);
			}
			if (numbers.includes(segment.number))
				continue;
			numbers.push(segment.number);
			const answer = await fetch(new URL(segment.uri, url));
			assert.equal(answer.status, 200);
			assert.equal(answer.headers.get("cache-control"), "public, max-age=3600, immutable");
			assert.equal(answer.headers.get("access-control-allow-origin"), "*");
			pieces.push(Buffer.from(await answer.arrayBuffer()));
			const again = await fetch(new URL(segment.uri, url), { headers: { "if-none-match": answer.headers.get("etag") } });
			assert.equal(again.status, 304);
		}
		list = later;
		await sleep(1000);
	}
	// As much as time has passed, within the segment that is in the making and the one that was there at the start.
	const passed = (listed - from) / 1000;
	assert.ok(Math.abs(numbers.length * SEGMENT - passed) <= 2 * SEGMENT, `${numbers.length} segments in ${passed} s`);
	const age = (listedAt - list.segments.at(-1).date) / 1000 - SEGMENT;
	assert.ok(age > -0.5 && age < SEGMENT + 1.5, `the newest ended ${age} s ago`);
	const file = path.join(site, "joined.mp4");
	writeFileSync(file, Buffer.concat(pieces));
	const decoded = await run(["-nostdin", "-v", "warning", "-i", file, "-f", "s16le", "-"],
		{ program: "ffmpeg", encoding: "buffer", maxBuffer: 1 << 30 });
	assert.equal(decoded.stderr.toString(), "", "ffmpeg decodes without complaint");
	assert.equal(decoded.stdout.length / 4, numbers.length * 140 * 1024, "sample for sample");
	if (SECONDS > 100)
		assert.equal((await fetch(new URL(oldest.uri, url))).status, 404, "what left the window is gone");
	for (const wrong of ["hls/1.m4s", "hls/init-0000000000000000.mp4", "hls/-1.m4s", "hls/x.m4s", `hls/${list.segments.at(-1).number + 5}.m4s`])
		assert.equal((await fetch(new URL(wrong, url))).status, 404, wrong);
	assert.equal((await fetch(`${server.url}/stations/nowhere/hls.m3u8`)).status, 404);
	assert.equal((await fetch(`${server.url}/stations/nowhere/hls/1.m4s`)).status, 404);
	t.diagnostic(`${numbers.length} segments, ${pieces.reduce((sum, piece) => sum + piece.length, 0)} bytes`);
});

test("those who wait for the first segment may go, and the server may end meanwhile", async (t) => {
	const { server, list } = await station(t);
	const asked = Array.from({ length: 20 }, () => {
		const going = new AbortController();
		const answer = fetch(list, { signal: going.signal }).then((each) => each.status, () => "gone");
		return { going, answer };
	});
	await sleep(20);
	asked.slice(0, 10).forEach((each) => each.going.abort());
	const statuses = await Promise.all(asked.map((each) => each.answer));
	assert.ok(statuses.slice(10).every((status) => status === 200), statuses.join(" "));
	await server.stop();
});

test("ffmpeg, mpv and Chromium hear it without a gap", async (t) => {
	const { server, list } = await station(t);
	await (await fetch(list)).text();
	await sleep(6 * 1000); // players start some segments behind the newest, where there are some
	const [ffmpeg, mpv, page] = await Promise.all([hearByFfmpeg(list, SECONDS), hearByMpv(list, SECONDS),
		inChromium(t, (each) => each.evaluate(playSegments, [list, SECONDS]))]);
	t.diagnostic(`ffmpeg: ${ffmpeg.seconds.toFixed(1)} s of sound in ${ffmpeg.wall.toFixed(1)} s; mpv: ${mpv.seconds.toFixed(1)} s in ` +
		`${mpv.wall.toFixed(1)} s; Chromium: ${page.seconds.toFixed(1)} s in ${page.wall.toFixed(1)} s`);
	// ffmpeg reads the moov again after each reload of a list, of its own lists too, and complains of itself.
	const complaints = (of) => of.complaints.filter((line) => !/Found duplicated MOOV Atom\. Skipped it/.test(line));
	assert.deepEqual(complaints(ffmpeg), []);
	assert.deepEqual(ffmpeg.gaps, []);
	// It takes what is there at once: up to three segments more than the time that passed, or the one in the making less.
	assert.ok(ffmpeg.seconds > ffmpeg.heard - 1 - SEGMENT && ffmpeg.seconds < ffmpeg.wall + 3 * SEGMENT + 1, `${ffmpeg.seconds} s`);
	assert.deepEqual(complaints(mpv), []);
	assert.ok(mpv.stalls <= STALLS, `mpv: ${mpv.stalls}`);
	assert.ok(mpv.wall > SECONDS / 2 && Math.abs(mpv.seconds - mpv.wall) < APART, `${mpv.seconds} s in ${mpv.wall} s`);
	assert.equal(page.error, null);
	assert.equal(page.ranges, 1, "segments lie one beside the other");
	assert.ok(page.stalls <= STALLS, `Chromium: ${page.stalls}`);
	assert.ok(page.wall > SECONDS / 2 && Math.abs(page.seconds - page.wall) < APART, `${page.seconds} s in ${page.wall} s`);
	const text = await (await fetch(`${server.url}/metrics`)).text();
	assert.match(text, /^carillon_station_pages_dropped_total\{.*\} 0$/m);
});
