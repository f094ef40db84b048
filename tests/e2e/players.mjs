// players.mjs - other people's programs that listen to a station for a while and tell what they had: ffmpeg, mpv,
// Chromium.
// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { sleep, waitFor } from "./carillon.mjs";

// A client of our own: what came in so many ms, and the longest that nothing did: { status, headers, body, silent, seconds:
// from the head to the end, by the clock }.
export function listen(url, ms, method = "GET", headers = {}) {
	return new Promise((done, failed) => {
		const request = http.request(url, { method, headers, agent: false }, (response) => {
			const pieces = [];
			const begin = performance.now();
			let last = begin, silent = 0;
			response.on("data", (bytes) => {
				pieces.push(bytes);
				silent = Math.max(silent, performance.now() - last);
				last = performance.now();
			});
			const end = () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces), silent,
				seconds: (performance.now() - begin) / 1000 });
			response.on("end", end);
			response.on("error", () => {});
			if (ms)
				setTimeout(() => { end(); request.destroy(); }, ms);
		});
		request.on("error", failed);
		request.end();
	});
}

// Decodes as fast as it comes, for so many seconds since the first sound: { seconds: of sound, wall: since it was started,
// heard: since the first sound, gaps: where a frame didn't begin at the end of the one before, complaints: what it warned of }.
export async function hearByFfmpeg(url, seconds) {
	const child = spawn("ffmpeg", ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-i", url, "-af", "ashowinfo", "-f", "null", "-"],
		{ stdio: ["ignore", "ignore", "pipe"] });
	const heard = { samples: 0, gaps: [], complaints: [] };
	let next, rest = "", rate = 48000, firstAt;
	child.stderr.on("data", (bytes) => {
		const lines = (rest + bytes).split("\n");
		rest = lines.pop();
		for (const line of lines) {
			const frame = / pts:(-?\d+) .*rate:(\d+) nb_samples:(\d+) /.exec(line);
			if (frame) {
				const [pts, of, n] = frame.slice(1).map(Number);
				firstAt ??= performance.now();
				if (next !== undefined && pts !== next)
					heard.gaps.push({ at: heard.samples / of, samples: pts - next });
				next = pts + n;
				rate = of;
				heard.samples += n;
			} else if (/\[(warning|error|fatal|panic)\]/.test(line)) {
				heard.complaints.push(line);
			}
		}
	});
	let over = false;
	const ended = new Promise((done) => child.on("exit", () => { over = true; done(); })), begin = performance.now();
	await waitFor(() => firstAt || over, "ffmpeg to hear something");
	await Promise.race([sleep(seconds * 1000), ended]);
	const end = performance.now();
	child.kill("SIGINT");
	await ended;
	return { ...heard, seconds: heard.samples / rate, wall: (end - begin) / 1000, heard: (end - firstAt) / 1000 };
}

// Plays in time, for so many seconds since the first sound: { seconds: played, wall, stalls: how often it waited for more
// after it had begun, titles, complaints }.
export async function hearByMpv(url, seconds) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-mpv-")), socketPath = path.join(folder, "ipc");
	const child = spawn("mpv", ["--no-config", "--no-video", "--ao=null", "--msg-level=all=warn",
		`--input-ipc-server=${socketPath}`, url], { stdio: ["ignore", "pipe", "pipe"] });
	const heard = { titles: [], stalls: 0, complaints: [] };
	for (const pipe of [child.stdout, child.stderr])
		pipe.on("data", (bytes) => heard.complaints.push(...String(bytes).split("\n").filter((line) => line.trim() &&
			// Its null device says so when mpv itself had no processor; when there was no sound, paused-for-cache tells.
			!/^Audio device underrun detected/.test(line))));
	let over = false;
	const ended = new Promise((done) => child.on("exit", () => { over = true; done(); }));
	const ipc = await waitFor(() => new Promise((done) => {
		const socket = net.connect(socketPath, () => done(socket));
		socket.on("error", () => done(null));
	}), "mpv to listen");
	let time, first, firstAt, lastAt, rest = "";
	ipc.on("error", () => {});
	ipc.on("data", (bytes) => {
		const lines = (rest + bytes).split("\n");
		rest = lines.pop();
		for (const { name, data } of lines.filter(Boolean).map((line) => JSON.parse(line))) {
			if (name === "time-pos" && typeof data === "number") {
				time = data;
				lastAt = performance.now();
				first ??= (firstAt = lastAt, data);
			} else if (name === "paused-for-cache" && data === true && first !== undefined) {
				heard.stalls++;
			} else if (name === "metadata/by-key/icy-title" && data) {
				heard.titles.push(data);
			}
		}
	});
	["time-pos", "paused-for-cache", "metadata/by-key/icy-title"].forEach((name, i) =>
		ipc.write(`${JSON.stringify({ command: ["observe_property", i + 1, name] })}\n`));
	await waitFor(() => first !== undefined || over, "mpv to play");
	await Promise.race([sleep(seconds * 1000), ended]);
	child.kill("SIGTERM");
	await ended;
	ipc.destroy();
	rmSync(folder, { recursive: true, force: true });
	return { ...heard, seconds: time - first, wall: (lastAt - firstAt) / 1000 };
}

// A page of somebody else's, so that what it may do is what the answers' headers allow. run(page) drives it.
export async function inChromium(t, run) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-chromium-"));
	const pages = http.createServer((request, response) => {
		response.writeHead(200, { "content-type": "text/html" });
		response.end("<!doctype html><title>somebody's page</title>");
	}).listen(0, "127.0.0.1");
	await new Promise((done) => pages.on("listening", done));
	const context = await chromium.launchPersistentContext(folder, {
		executablePath: "/usr/bin/chromium", headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
	});
	t.after(async () => {
		await context.close();
		pages.closeAllConnections();
		pages.close();
		rmSync(folder, { recursive: true, force: true });
	});
	const page = context.pages()[0] ?? await context.newPage();
	await page.goto(`http://localhost:${pages.address().port}/`);
	return run(page);
}

// In the page: plays these for a while. Each: { seconds: played since it began, wall, stalls, error }.
export const playAll = ([urls, seconds]) => Promise.all(urls.map((url) => new Promise((done) => {
	const audio = new Audio(url);
	let stalls = 0, began, beganAt;
	audio.addEventListener("waiting", () => { stalls += began !== undefined; });
	audio.addEventListener("playing", () => {
		if (began === undefined) {
			began = audio.currentTime;
			beganAt = performance.now();
			setTimeout(() => {
				done({ seconds: audio.currentTime - began, wall: (performance.now() - beganAt) / 1000, stalls, error: null });
				audio.src = "";
			}, seconds * 1000);
		}
	});
	audio.addEventListener("error", () => done({ error: audio.error.message }));
	audio.play().catch((error) => done({ error: String(error) }));
})));

// In the page: the list and its segments by way of Media Source Extensions, as players in browsers do it.
export const playSegments = async ([list, seconds]) => {
	const audio = new Audio(), media = new MediaSource();
	audio.src = URL.createObjectURL(media);
	await new Promise((done) => media.addEventListener("sourceopen", done, { once: true }));
	const buffer = media.addSourceBuffer('audio/mp4; codecs="mp4a.40.2"');
	const append = async (url) => {
		const answer = await fetch(url);
		if (!answer.ok)
			throw new Error(`${url}: ${answer.status}`);
		buffer.appendBuffer(await answer.arrayBuffer());
		await new Promise((done, failed) => {
			buffer.addEventListener("updateend", done, { once: true });
			buffer.addEventListener("error", () => failed(new Error(`${url} wasn't taken`)), { once: true });
		});
	};
	let stalls = 0, last = 0, began, beganAt;
	audio.addEventListener("waiting", () => { stalls += began !== undefined; });
	audio.addEventListener("playing", () => {
		began ??= (beganAt = performance.now(), audio.currentTime);
	});
	const end = performance.now() + seconds * 1000;
	while (performance.now() < end) {
		const text = await (await fetch(list)).text();
		const uris = text.split("\n").filter((line) => line && !line.startsWith("#"));
		if (!last)
			await append(new URL(/URI="(.*)"/.exec(text)[1], list));
		for (const uri of uris) {
			const number = Number(/(\d+)\.m4s/.exec(uri)[1]);
			if (number > last)
				await append(new URL(uri, list));
			last = Math.max(last, number);
		}
		if (began === undefined && buffer.buffered.length && buffer.buffered.end(0) - buffer.buffered.start(0) > 5) {
			audio.currentTime = buffer.buffered.start(0);
			await audio.play();
		}
		await new Promise((done) => setTimeout(done, 1000));
	}
	return { seconds: audio.currentTime - began, wall: (performance.now() - beganAt) / 1000, stalls, ranges: buffer.buffered.length,
		error: audio.error?.message ?? null };
};
