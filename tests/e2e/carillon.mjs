// carillon.mjs - what every end-to-end test needs: sites in temporary folders, the program as a command and as a server,
// an upstream that speaks Server-Sent Events. Everything on loopback; only processes started here are ended.
// SPDX-License-Identifier: MIT
import { spawn, execFile } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const build = process.env.BUILD ?? path.join(root, "build-test");
export const modules = ["carillon-codecs.so", "carillon-fetch.so", "carillon-speaker.so"];
export const program = process.env.CARILLON ?? path.join(build, "server/carillon");
export const corpora = process.env.CORPORA ?? path.join(root, "../shared/corpora");
export const hasCorpora = existsSync(corpora);

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// How long something may take that should be there at once, in ms: as promised, in the optimised build with the machine to
// itself; with sanitizers, beside another suite and on a slow machine, only not for ever.
export const atOnce = (ms) => process.env.FULL ? ms : Math.max(4 * ms, ms + 2000);

// Calls look() until it gives something true, and gives that; throws when it takes longer.
export async function waitFor(look, what = "a condition", ms = 40000) {
	const end = Date.now() + ms;
	for (;;) {
		const found = await look();
		if (found)
			return found;
		if (Date.now() > end)
			throw new Error(`waited ${ms} ms for ${what}`);
		await sleep(25);
	}
}

const servers = new Map(); // by site: what stops them

// A site in a temporary folder: { "carillon.yaml": "...", "episodes/one.md": "..." }. Removed with t.after.
export function makeSite(t, files) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-test-"));
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(folder, name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, content);
	}
	t.after(async () => {
		/* Hooks run in the order in which they were made: a server would still be writing there. */
		for (const stop of servers.get(folder) ?? [])
			await stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	});
	return folder;
}

// Runs a command to its end: { code, stdout, stderr }.
export function run(args, options = {}) {
	return new Promise((done) => {
		const child = execFile(options.program ?? program, args, { maxBuffer: 64 << 20, timeout: 120000, ...options },
			(error, stdout, stderr) => done({ code: error ? error.code ?? error.signal : 0, stdout, stderr }));
		if (options.input !== undefined)
			child.stdin.end(options.input);
	});
}

// Options for run() by which somebody without root's rights runs the program: root may write everywhere. The program is
// copied, because it may lie where only root may go.
export function asSomeone(t) {
	if (process.getuid?.() !== 0)
		return {};
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-program-"));
	const copy = path.join(folder, "carillon");
	copyFileSync(program, copy);
	for (const name of modules)
		copyFileSync(path.join(path.dirname(program), name), path.join(folder, name));
	chmodSync(folder, 0o755);
	chmodSync(copy, 0o755);
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return { uid: 65534, gid: 65534, cwd: "/", program: copy };
}

// `carillon serve` on a free port. { url, port, stop(), output() }; stopped with t.after, and must then exit cleanly.
export async function serve(t, site, args = []) {
	const child = spawn(program, ["serve", "--site", site, "--listen", "127.0.0.1:0", ...args],
		{ stdio: ["ignore", "pipe", "pipe"] });
	let text = "";
	child.stdout.on("data", (bytes) => { text += bytes; });
	child.stderr.on("data", (bytes) => { text += bytes; });
	const ended = new Promise((done) => child.on("exit", (code, signal) => done(code ?? signal)));
	let over = false;
	ended.then(() => { over = true; });
	const url = await waitFor(() => {
		if (over)
			throw new Error(`serve ended at once:\n${text}`);
		return /(http:\/\/[\d.]+:\d+)\//.exec(text)?.[1];
	}, "serve to listen", 60000);
	async function stop(signal = "SIGTERM") {
		if (!over)
			child.kill(signal);
		return ended;
	}
	servers.set(site, [...servers.get(site) ?? [], stop]);
	t.after(async () => {
		const code = await stop();
		if (code !== 0 && code !== "SIGKILL")
			throw new Error(`serve ended with ${code}:\n${text.slice(-4000)}`);
	});
	return { url, port: Number(new URL(url).port), pid: child.pid, stop, ended, output: () => text };
}

// An upstream of Server-Sent Events. send(id, data) goes to everyone connected; requests() lists what was asked.
export async function upstream(t, handle) {
	const clients = new Set();
	const requests = [];
	const server = http.createServer((request, response) => {
		requests.push({ url: request.url, headers: request.headers });
		if (handle?.(request, response))
			return;
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(":ok\n\n");
		clients.add(response);
		response.on("close", () => clients.delete(response));
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${server.address().port}/v2/stream/recentchange`,
		clients: () => clients.size,
		requests: () => requests,
		send(id, data) {
			const text = typeof data === "string" ? data : JSON.stringify(data);
			for (const client of clients)
				client.write(`event: message\nid: ${id}\ndata: ${text}\n\n`);
		},
	};
}

let serial = 0;
// A recentchange as EventStreams sends it, 1.0.1; `fields` overrides.
export function recentchange(fields = {}) {
	const n = ++serial;
	const title = fields.title ?? `Page ${n}`;
	return {
		$schema: "/mediawiki/recentchange/1.0.1",
		meta: {
			uri: `https://en.wikipedia.org/wiki/${encodeURIComponent(title)}`,
			id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
			dt: new Date().toISOString(), domain: "en.wikipedia.org", stream: "mediawiki.recentchange",
		},
		id: n, type: "edit", namespace: 0, title, comment: "", timestamp: Math.floor(Date.now() / 1000), user: "Somebody",
		bot: false, minor: false, notify_url: `https://en.wikipedia.org/w/index.php?diff=${n + 1}&oldid=${n}`,
		length: { old: 1000, new: 1100 }, revision: { old: n, new: n + 1 }, server_url: "https://en.wikipedia.org",
		server_name: "en.wikipedia.org", server_script_path: "/w", wiki: "enwiki", ...fields,
	};
}

// Edits of all sizes, ten a second, until the test ends. Gives how many there were.
export function keepEditing(t, source) {
	let n = 0;
	const timer = setInterval(() => {
		n++;
		const old = 5000, size = old + ((n * 397) % 3001) - 900;
		const change = recentchange({ title: `Carillon ${n % 23}`, length: { old, new: size } });
		source.send(JSON.stringify([{ topic: "test", partition: 0, offset: n }]), change);
	}, 100);
	t.after(() => clearInterval(timer));
	return () => n;
}

// A site that listens to this upstream with one station, and has one show.
export function siteYaml(upstreamUrl, extra = "") {
	return `title: Test site
sources:
  - {name: wikimedia, url: "${upstreamUrl}", mapping: mediawiki}
stations:
  - {name: wikipedia, title: Wikipedia, match: {source: wikimedia, channel: [enwiki, dewiki], namespace: 0}, score: hatnote}
shows:
  - {name: bells, title: Bells, description: About bells., language: en, author: The bell ringers, category: Technology, explicit: false, type: episodic}
${extra}`;
}

// The head of a PNG, which is all that feeds look at.
export function picture(width, height = width) {
	const bytes = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82", "latin1");
	bytes.writeUInt32BE(width, 16);
	bytes.writeUInt32BE(height, 20);
	return bytes;
}
