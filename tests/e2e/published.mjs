// published.mjs - what the tests of `carillon publish` share: a site with everything in it, the files of an output, where
// their links lead, and a plain file server.
// SPDX-License-Identifier: MIT
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { picture, root } from "./carillon.mjs";

// A silent WAV of so many seconds, 8 kHz, 8 bits.
export function silence(seconds) {
	const n = seconds * 8000, wav = Buffer.alloc(44 + n, 128);
	wav.write("RIFF", 0);
	wav.writeUInt32LE(36 + n, 4);
	wav.write("WAVEfmt ", 8);
	[16, 0x10001, 8000, 8000].forEach((value, i) => wav.writeUInt32LE(value, 16 + 4 * i));
	wav.writeUInt16LE(1, 32);
	wav.writeUInt16LE(8, 34);
	wav.write("data", 36);
	wav.writeUInt32LE(n, 40);
	return wav;
}

const captions = (...lines) => `WEBVTT\n\n${lines.map((line, i) => `00:${String(2 * i).padStart(2, "0")}.000 --> 00:${String(2 * i + 2).padStart(2, "0")}.000\n${line}\n`).join("\n")}`;

export const files = {
	"carillon.yaml": "title: Towers & Co\nbase_url: https://towers.example\ndescription: What rings.\nredirects:\n  /old/first: /shows/bells/one\n" +
		"  /feed.xml: /feeds/bells.xml\n  /away: https://elsewhere.example/\n" +
		"sources:\n  - {name: tape, url: \"file:tape.ndjson\", mapping: mediawiki}\nstations:\n  - {name: live, title: Live, match: {source: tape}}\n" +
		"shows:\n  - {name: bells, title: Bells, description: About bells., language: en, author: Ringers, category: Technology, image: media/cover.png}\n",
	"tape.ndjson": "",
	"episodes/one.md": "---\ntitle: The <first>\ndate: 2021-04-05T06:07:08\nmedia: one.wav\nguests: [A. Bell]\n" +
		"chapters: [\"0:00 Start\", \"0:04 Middle\", \"0:08 End\"]\n---\n\nAbout \"ropes\" & [the talk](/conferences/towers-2020/on-ropes#t=4).\n",
	"transcripts/one.vtt": captions("<v A. Bell>Good morning, said the tall", "<v A. Bell>tower to the ringers of C++.", "<v Ben>One bell is enough for me.",
		"<v Ben>And the bells rang on.", "<v A. Bell>This is the last line."),
	"episodes/two words.md": "---\ntitle: Ünïcode, 100 % \"quoted\"\nslug: größe\ndate: 2022-05-01T10:00:00\nmedia: two ü.wav\n---\n\nNo transcript here. 1 < 2.\n",
	"episodes/draft.md": "---\ntitle: Hidden words\ndate: 2023-05-01T10:00:00\npublished: false\n---\n\nUnfinished xylophone.\n",
	"talks/towers-2020/category.json": JSON.stringify({ title: "Towers 2020" }),
	"talks/towers-2020/videos/on-ropes.json": JSON.stringify({ title: "On Ropes", speakers: ["Ada Bell"], recorded: "2020-05-02", duration: 1200,
		description: "How ropes are spliced.", language: "eng", videos: [{ type: "youtube", url: "https://www.youtube.com/watch?v=abcdefghijk" }] }),
	"talks/towers-2020/captions/on-ropes.en.vtt": captions("<v Ada Bell>A rope is spliced", "<v Ada Bell>with steady hands.", "<v Carla>Who taught you?"),
	"people.yaml": "people:\n  - {name: Ada Bell, aliases: [A. Bell], about: Rings.}\n",
	"media/cover.png": picture(1400),
	"media/one.wav": silence(12),
	"media/two ü.wav": silence(2),
	"media/.partial": "not media",
};

export const filesOf = (folder, below = "") => readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) =>
	entry.isDirectory() ? filesOf(folder, path.join(below, entry.name)) : [path.join(below, entry.name)]).sort();

export const bytesOf = (folder) => Object.fromEntries(filesOf(folder).map((file) => [file, readFileSync(path.join(folder, file)).toString("base64")]));

const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]);

// Every address in the folder's pages: [{ page, url }].
export function linksOf(folder) {
	return filesOf(folder).filter((file) => file.endsWith(".html")).flatMap((page) =>
		[...readFileSync(path.join(folder, page), "utf8").replace(/<script[\s\S]*?<\/script>/g, (script) => script.replace(/>[\s\S]*</, "><"))
			.matchAll(/\s(?:href|src|action|poster|data-index)="([^"]*)"/g)].map(([, url]) => ({ page, url: unescape(url) })));
}

// The file that a link leads to, as a web server without any rules would find it; null for other sites.
export function fileBehind(folder, page, url, baseUrl) {
	if (baseUrl && url.startsWith(`${baseUrl}/`))
		url = url.slice(baseUrl.length);
	else if (/^[a-z]+:/i.test(url))
		return null;
	const address = new URL(url, `http://x/${page.split(path.sep).map(encodeURIComponent).join("/")}`);
	let file = path.join(folder, decodeURIComponent(address.pathname));
	if (existsSync(file) && statSync(file).isDirectory())
		file = path.join(file, "index.html");
	return { file, fragment: decodeURIComponent(address.hash.slice(1)) };
}

// What html5lib has against each page; "" when all are right.
export function htmlErrors(folder) {
	const script = "import html5lib, sys\nfor f in sys.stdin.read().split('\\n'):\n\tp = html5lib.HTMLParser()\n\tp.parse(open(f, 'rb'))\n\tif p.errors: print(f, p.errors)";
	return execFileSync("/usr/bin/python3", ["-c", script], { encoding: "utf8",
		input: filesOf(folder).filter((file) => /(index|404)\.html$/.test(file)).map((file) => path.join(folder, file)).join("\n") });
}

// What independent parsers make of every file of a folder (parse_back.py), by file; throws with the name of one that isn't
// well-formed. null: Python's html5lib isn't installed.
export function parsedBack(folder) {
	return new Promise((done, fail) => execFile("/usr/bin/python3", [path.join(root, "tests/e2e/parse_back.py"), folder], { maxBuffer: 256 << 20, timeout: 120000 },
		(error, stdout, stderr) => error?.code === 77 ? done(null) : error ? fail(new Error(`${stderr}${stdout.slice(0, 200)}`)) : done(JSON.parse(stdout))));
}

const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", json: "application/json", wav: "audio/wav", vtt: "text/vtt" };

// A file server that knows nothing of Carillon; seen: what was asked for.
export async function fileServer(t, folder) {
	const seen = [];
	const server = http.createServer((request, response) => {
		const { pathname, search } = new URL(request.url, "http://x");
		let file = path.join(folder, decodeURIComponent(pathname)), status = 200;
		seen.push(pathname);
		if (existsSync(file) && statSync(file).isDirectory()) {
			if (!pathname.endsWith("/")) {
				response.writeHead(301, { location: `${pathname}/${search}` }).end();
				return;
			}
			file = path.join(file, "index.html");
		}
		if (!existsSync(file)) {
			file = path.join(folder, "404.html");
			status = 404;
		}
		const bytes = readFileSync(file), range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
		const type = types[path.extname(file).slice(1)] ?? "text/plain";
		if (range) {
			const end = Math.min(range[2] ? Number(range[2]) : bytes.length - 1, bytes.length - 1), part = bytes.subarray(Number(range[1]), end + 1);
			response.writeHead(206, { "content-type": type, "content-range": `bytes ${range[1]}-${end}/${bytes.length}`, "content-length": part.length }).end(part);
		} else {
			response.writeHead(status, { "content-type": type, "content-length": bytes.length, "accept-ranges": "bytes" }).end(bytes);
		}
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return { url: `http://127.0.0.1:${server.address().port}`, seen };
}
