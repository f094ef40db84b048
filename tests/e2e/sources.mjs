// sources.mjs - what a stream may do to us: cuts at any byte, repetitions, errors, redirects, silence. What was sent is
// stored, once, and an upstream is never hammered.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import test from "node:test";

import { atOnce, build, makeSite, recentchange, serve, siteYaml, sleep, waitFor } from "./carillon.mjs";
import { positionOf, query, storedCount, storedIds } from "./log.mjs";

const CUTS = Number(process.env.CUTS ?? (process.env.FULL ? 500 : 50));
const SEED = Number(process.env.SEED ?? 20261120);

// Mulberry32's idea: a small generator whose seed makes a failure repeatable.
function randoms(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let z = Math.imul(state ^ (state >>> 15), 1 | state);
		z ^= z + Math.imul(z ^ (z >>> 7), 61 | z);
		return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
	};
}

const canary = (n) => ({
	$schema: "/mediawiki/recentchange/1.0.1", meta: { domain: "canary", id: `canary-${n}`, dt: "2026-01-01T00:00:00Z" },
});
const eventStream = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" };

// An HTTP server whose answers are the test's: answer(request, response, n) for the n-th request, n from 0.
async function fake(t, answer, make = (listener) => http.createServer(listener)) {
	const requests = [];
	const server = make((request, response) => {
		requests.push({ at: Date.now(), url: request.url, headers: request.headers });
		response.on("error", () => {});
		answer(request, response, requests.length - 1);
	});
	server.on("clientError", () => {});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return { server, requests, port: server.address().port, url: `http://127.0.0.1:${server.address().port}/stream` };
}

const message = (id, data, end = "\n") =>
	`event: message${end}id: ${id}${end}data: ${typeof data === "string" ? data : JSON.stringify(data)}${end}${end}`;

function stream(response, ...messages) {
	response.writeHead(200, eventStream);
	response.write(":ok\n\n" + messages.join(""));
}

const ndjson = (messages) => messages.map((m) => JSON.stringify(m) + "\n").join("");
const site = (t, url, extra = "") => makeSite(t, { "carillon.yaml": siteYaml(url, extra) });

// A stream's whole life as bytes; each part knows the id that stands behind it.
function longStream(random) {
	const parts = [];
	const sent = [];
	function add(text, id) {
		parts.push({ bytes: Buffer.from(text), id });
	}
	const count = CUTS * 25; // a cut comes after 20 or so
	for (let n = 0; n < count; n++) {
		const id = `[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":${1790000000000 + n}}]`;
		const event = recentchange({ title: `Žluťoučký kůň ${n} 鐘 \u{1F514}` });
		const end = random() < 0.3 ? "\r\n" : "\n";
		if (n % 50 === 10) {
			add(message(id, canary(n), end), id);
		} else if (n % 50 === 20) { // several data lines make one message
			sent.push(event.meta.id);
			const lines = JSON.stringify(event, null, 1).split("\n").map((line) => `data: ${line}${end}`).join("");
			add(`id: ${id}${end}${lines}${end}`, id);
		} else if (n % 200 === 30) {
			add(`event: error${end}data: {"message":"broker restarts"}${end}${end}`, undefined);
		} else if (n === 299) {
			add(message(id, recentchange({ comment: "x".repeat((4 << 20) + 1000) }), end), id);
		} else {
			sent.push(event.meta.id);
			add(message(id, event, end), id);
			if (random() < 0.1)
				add(message(id, event, end), id); // said twice
		}
		if (random() < 0.1)
			add(`: still here${end}${end}`, undefined);
	}
	return { parts, sent };
}

test("what a stream sends over cuts at any byte is stored once, in order", async (t) => {
	const random = randoms(SEED);
	const { parts, sent } = longStream(random);
	const total = parts.reduce((sum, part) => sum + part.bytes.length, 0);
	const ids = parts.map((part) => part.id);
	let cuts = 0;
	t.diagnostic(`seed ${SEED}, ${CUTS} cuts, ${total} bytes`);
	const up = await fake(t, (request, response) => {
		const last = request.headers["last-event-id"];
		let from = last === undefined ? 0 : ids.lastIndexOf(last);
		assert.ok(from >= 0, `asked for an id that was never sent: ${last}`);
		from = Math.max(0, from - 2); // at least once: some of what was there already comes again
		const rest = Buffer.concat([Buffer.from("retry: 20\n\n"), ...parts.slice(from).map((part) => part.bytes)]);
		if (cuts++ >= CUTS) {
			response.writeHead(200, eventStream);
			response.write(rest);
			return;
		}
		// Anywhere: in a character, between CR and LF, in an id; now and then beyond the one that is too large.
		const large = parts.slice(from, from + 4).some((part) => part.bytes.length > 4 << 20) && random() < 0.3;
		const n = Math.floor(random() * Math.min(rest.length, large ? 5 << 20 : 40 * 800));
		if (random() < 0.05) {
			response.socket.destroy(); // not even an answer
			return;
		}
		response.writeHead(200, eventStream);
		response.write(rest.subarray(0, n), () => setTimeout(() => response.socket?.destroy(), 5 * random()));
	});
	const folder = site(t, up.url);
	await serve(t, folder);
	await waitFor(() => storedIds(folder).includes(sent.at(-1)), "the last event", 120000);
	await sleep(300);
	assert.deepEqual(storedIds(folder), sent);
	assert.ok(up.requests.length > CUTS);
	assert.equal(positionOf(folder, "wikimedia"), ids.findLast((id) => id));
});

test("a restart resumes where the log ends, and says who asks", async (t) => {
	const first = recentchange(), second = recentchange();
	const up = await fake(t, (request, response) => {
		const resumed = request.headers["last-event-id"];
		stream(response, ...(resumed ? [message("[2]", second)] : [message("[1]", first)]));
	});
	const folder = site(t, up.url, "base_url: https://bells.example.org\n");
	const before = await serve(t, folder);
	await waitFor(() => storedCount(folder) === 1, "the first event");
	await before.stop();
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === 2, "the second event");
	assert.deepEqual(storedIds(folder), [first.meta.id, second.meta.id]);
	assert.equal(up.requests[0].headers["last-event-id"], undefined);
	assert.equal(up.requests[1].headers["last-event-id"], "[1]");
	for (const { headers } of up.requests) {
		assert.equal(headers.accept, "text/event-stream");
		assert.equal(headers["accept-encoding"], "identity");
		assert.match(headers["user-agent"], /^carillon\/\d+\.\d+\.\d+ \(\+https:\/\/bells\.example\.org\)$/);
		assert.match(headers.host, /^127\.0\.0\.1:\d+$/);
	}
});

test("a burst far over what the log takes at once is stored whole", async (t) => {
	const messages = Array.from({ length: 20000 }, (_, n) => recentchange({ title: `Burst ${n}` }));
	const up = await fake(t, (request, response) => {
		const from = Number(request.headers["last-event-id"] ?? -1) + 1;
		stream(response, messages.slice(from).map((m, i) => message(from + i, m)).join(""));
	});
	const folder = site(t, up.url);
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === messages.length, "20,000 events", 120000);
	assert.deepEqual(storedIds(folder), messages.map((m) => m.meta.id));
	assert.equal(up.requests.length, 1);
});

test("429 and 503 are asked again when they say, not before", async (t) => {
	const up = await fake(t, (request, response, n) => {
		if (n === 0) {
			response.writeHead(429, { "retry-after": "2" }).end("too many");
		} else if (n === 1) {
			response.writeHead(503, { "retry-after": new Date(Date.now() + 4000).toUTCString() }).end();
		} else if (n === 2) {
			response.writeHead(503).end();
		} else {
			stream(response, message("[1]", recentchange()));
		}
	});
	const folder = site(t, up.url);
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) === 1, "the event");
	const [a, b, c, d] = up.requests.map((request) => request.at);
	assert.ok(b - a >= 2000 && b - a < 7000, `after 429: ${b - a} ms`);
	assert.ok(c - b >= 2900 && c - b < 9500, `after 503 with a date: ${c - b} ms`);
	assert.ok(d - c >= 500 && d - c < 12000, `after 503 alone: ${d - c} ms`);
	assert.match(server.output(), /answers 429/);
});

test("other refusals are left alone for a minute, each told with its reason", async (t) => {
	const answers = [
		[403, {}, "", /answers 403.*trying again in 6\d{4} ms/],
		[404, {}, "", /answers 404.*trying again in 6\d{4} ms/],
		[200, { "content-type": "text/html" }, "<p>Hello", /isn't an event stream.*in 6\d{4} ms/],
		[200, { ...eventStream, "content-encoding": "gzip" }, "\x1f\x8b", /compressed.*in 6\d{4} ms/],
		[302, {}, "", /leads nowhere.*in 6\d{4} ms/],
		[301, { location: "ftp://127.0.0.1/" }, "", /in 6\d{4} ms/],
	];
	await Promise.all(answers.map(async ([status, headers, body, text]) => {
		const up = await fake(t, (request, response) => response.writeHead(status, headers).end(body));
		const server = await serve(t, site(t, up.url));
		await waitFor(() => text.test(server.output()), `${status}: ${text}`);
		await sleep(2500);
		assert.equal(up.requests.length, 1, `${status} was asked again`);
	}));
});

test("204 ends it for good", async (t) => {
	const up = await fake(t, (request, response, n) => {
		if (n === 0)
			stream(response, "retry: 100\n\n", message("[1]", recentchange())), response.end();
		else
			response.writeHead(204).end();
	});
	const folder = site(t, up.url);
	const server = await serve(t, folder);
	await waitFor(() => /has ended the stream/.test(server.output()), "the end");
	await sleep(3000);
	assert.equal(up.requests.length, 2);
	assert.equal(storedCount(folder), 1);
});

test("redirects are followed, each kind, but not for ever", async (t) => {
	const kinds = [301, 302, 303, 307, 308];
	const target = await fake(t, (request, response) => stream(response, message("[1]", recentchange())));
	const up = await fake(t, (request, response, n) => {
		const last = n === kinds.length - 1;
		const location = last ? `http://127.0.0.1:${target.port}/there?x=1` : `step${n}`;
		response.writeHead(kinds[n], { location }).end();
	});
	const folder = site(t, up.url);
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === 1, "the event behind five redirects");
	assert.deepEqual(up.requests.map((request) => request.url), ["/stream", "/step0", "/step1", "/step2", "/step3"]);
	assert.equal(target.requests[0].url, "/there?x=1");
	assert.equal(target.requests[0].headers.host, `127.0.0.1:${target.port}`);

	const ring = await fake(t, (request, response) => response.writeHead(302, { location: "/again" }).end());
	const server = await serve(t, site(t, ring.url));
	await waitFor(() => /redirects without end/.test(server.output()), "an end of redirects");
	assert.equal(ring.requests.length, 6);
});

test("an upstream that isn't there is tried with growing, jittered waits", async (t) => {
	const up = await fake(t, (request, response) => response.socket.destroy());
	const server = await serve(t, site(t, up.url));
	await waitFor(() => up.requests.length >= 4, "four attempts");
	const at = up.requests.map((request) => request.at);
	const steps = [1000, 2000, 4000];
	steps.forEach((step, i) => {
		const wait = at[i + 1] - at[i];
		assert.ok(wait >= step / 2 - 50 && wait <= step + 3000, `wait ${i} was ${wait} ms`);
	});
	assert.match(server.output(), /trying again in/);
});

test("an upstream that says nothing for 30 s is asked again from the same place", { timeout: 150000 }, async (t) => {
	const first = recentchange(), second = recentchange();
	const up = await fake(t, (request, response, n) =>
		stream(response, n ? message("[2]", second) : message("[1]", first)));
	const folder = site(t, up.url);
	await serve(t, folder);
	await waitFor(() => up.requests.length === 2, "the second request", 60000);
	const waited = up.requests[1].at - up.requests[0].at;
	assert.ok(waited >= 30000 && waited < 40000, `${waited} ms`);
	assert.equal(up.requests[1].headers["last-event-id"], "[1]");
	await waitFor(() => storedCount(folder) === 2, "the second event");
});

test("the end of a stream is normal: it resumes soon, at info level", async (t) => {
	const up = await fake(t, (request, response, n) => {
		stream(response, message(`[${n}]`, recentchange()));
		response.end();
	});
	const folder = site(t, up.url);
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) >= 3, "three connections");
	const [a, b, c] = up.requests.map((request) => request.at);
	for (const wait of [b - a, c - b])
		assert.ok(wait >= 450 && wait < 5000, `${wait} ms`);
	assert.doesNotMatch(server.output(), /lvl=warn.*mod=source/);
});

test("while the stream can't be reached the recording plays, and is told apart", async (t) => {
	const closed = await fake(t, () => {});
	const port = closed.port;
	closed.server.close();
	const recorded = Array.from({ length: 4 }, (_, n) => {
		const event = recentchange();
		event.meta.dt = new Date(Date.UTC(2020, 0, 1, 0, 0, 0, 200 * n)).toISOString();
		delete event.timestamp;
		return event;
	});
	const yaml = siteYaml(`http://127.0.0.1:${port}/stream`).replace("mapping: mediawiki}",
		"mapping: mediawiki, fallback: 'file:recording.ndjson'}");
	const folder = makeSite(t, { "carillon.yaml": yaml, "recording.ndjson": ndjson(recorded) });
	const began = Date.now();
	await serve(t, folder);
	await waitFor(() => storedCount(folder) > 6, "more than one round of the recording");
	const rows = query(folder, "SELECT id, time_ms FROM events ORDER BY seq");
	rows.forEach(([id, time], i) => {
		assert.match(id, new RegExp(`^${recorded[i % 4].meta.id}~\\d+$`));
		assert.ok(time >= began && time <= Date.now(), "it happens now");
	});
	assert.equal(positionOf(folder, "wikimedia"), null);

	const live = recentchange();
	const server = http.createServer((request, response) => {
		assert.equal(request.headers["last-event-id"], undefined);
		stream(response, message("[1]", live));
	});
	await new Promise((done) => server.listen(port, "127.0.0.1", done));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	await waitFor(() => storedIds(folder).includes(live.meta.id), "the live event", 70000);
	const count = storedCount(folder);
	await sleep(1500);
	assert.equal(storedCount(folder), count, "the recording has stopped");
	assert.equal(storedIds(folder).at(-1), live.meta.id);
});

const fileYaml = (options) =>
	siteYaml("file:recording.ndjson").replace("mapping: mediawiki}", `mapping: mediawiki, ${options}}`);

test("a file is a source: played once, a restart goes on where it was", async (t) => {
	const messages = Array.from({ length: 40 }, () => recentchange());
	const folder = makeSite(t, {
		"carillon.yaml": fileYaml("rate: 20"),
		"recording.ndjson": ndjson(messages),
	});
	const killed = await serve(t, folder);
	await waitFor(() => storedCount(folder) > 5, "some events");
	await killed.stop("SIGKILL");
	const stored = storedCount(folder);
	assert.ok(stored < 40);
	const server = await serve(t, folder);
	await waitFor(() => /played to its end/.test(server.output()), "the end");
	await server.stop();
	assert.deepEqual(storedIds(folder), messages.map((m) => m.meta.id));
	// Nothing of it a third time, but what is added to it.
	const more = recentchange();
	appendFileSync(path.join(folder, "recording.ndjson"), JSON.stringify(more) + "\n");
	await serve(t, folder);
	await waitFor(() => storedCount(folder) === 41, "what was added");
	assert.equal(storedIds(folder).at(-1), more.meta.id);
});

test("a file that repeats never runs dry, also after a restart", async (t) => {
	const messages = Array.from({ length: 3 }, () => recentchange());
	const folder = makeSite(t, {
		"carillon.yaml": fileYaml("rate: 30, repeat: true"),
		"recording.ndjson": ndjson(messages),
	});
	const first = await serve(t, folder);
	await waitFor(() => storedCount(folder) >= 6, "two rounds");
	await first.stop();
	const before = storedCount(folder);
	await serve(t, folder);
	await waitFor(() => storedCount(folder) >= before + 6, "two rounds more");
	assert.equal(new Set(storedIds(folder)).size, storedCount(folder));
});

test("a source that can't be started is told, and the others go on", async (t) => {
	const folder = makeSite(t, {
		"carillon.yaml": fileYaml("repeat: true").replace("stations:",
			`  - {name: gone, url: "file:gone.sse", mapping: mediawiki}
  - {name: wrong, url: "file:carillon.yaml", mapping: mediawiki}
  - {name: binary, url: "file:binary.sse", mapping: mediawiki}
stations:`),
		"recording.ndjson": JSON.stringify(recentchange()) + "\n",
		"binary.sse": Buffer.from([0, 1, 2]),
	});
	const server = await serve(t, folder);
	await waitFor(() => storedCount(folder) > 0, "the good one's event");
	await waitFor(() => /binary, not text/.test(server.output()), "the binary file's line");
	assert.match(server.output(), /No such file/);
	assert.match(server.output(), /\.sse, \.ndjson or \.jsonl/);
});

test("https: the certificate must be good, and for this name", async (t) => {
	const keys = makeSite(t, {});
	const make = (name, subject) => execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${subject}`,
		"-addext", `subjectAltName=DNS:${subject}`, "-keyout", path.join(keys, `${name}.key`),
		"-out", path.join(keys, `${name}.crt`)], { stdio: "ignore" });
	const read = (name) => readFileSync(path.join(keys, name), "utf8");
	make("good", "localhost");
	make("other", "elsewhere.example.org");
	make("unknown", "localhost");
	writeFileSync(path.join(keys, "trusted.pem"), read("good.crt") + read("other.crt"));
	const before = process.env.SSL_CERT_FILE;
	process.env.SSL_CERT_FILE = path.join(keys, "trusted.pem");
	t.after(() => {
		if (before === undefined)
			delete process.env.SSL_CERT_FILE;
		else
			process.env.SSL_CERT_FILE = before;
	});
	async function listen(name) {
		const options = { key: read(`${name}.key`), cert: read(`${name}.crt`) };
		const up = await fake(t, (request, response) => stream(response, message("[1]", recentchange())),
			(listener) => https.createServer(options, listener).on("tlsClientError", () => {}));
		const folder = site(t, `https://localhost:${up.port}/stream`);
		return { up, folder, server: await serve(t, folder) };
	}
	const good = await listen("good");
	await waitFor(() => storedCount(good.folder) === 1, "the event over TLS");
	assert.equal(good.up.requests[0].headers.host, `localhost:${good.up.port}`);
	for (const name of ["other", "unknown"]) {
		const bad = await listen(name);
		await waitFor(() => /trying again in/.test(bad.server.output()), `${name} to be refused`);
		assert.equal(bad.up.requests.length, 0, `${name}: nothing may be asked`);
		assert.equal(storedCount(bad.folder), 0);
	}
	// From https it doesn't go down to http.
	const plain = await fake(t, (request, response) => stream(response, message("[1]", recentchange())));
	const options = { key: read("good.key"), cert: read("good.crt") };
	const down = await fake(t, (request, response) => response.writeHead(302, { location: plain.url }).end(),
		(listener) => https.createServer(options, listener));
	const server = await serve(t, site(t, `https://localhost:${down.port}/stream`));
	await waitFor(() => /from https to http/.test(server.output()), "the refusal");
	assert.equal(plain.requests.length, 0);
});

test("a resolver that stalls holds up no page, and no end of the server", async (t) => {
	const up = await fake(t, (request, response) => stream(response, message("[1]", recentchange())));
	const folder = site(t, `http://localhost:${up.port}/stream`);
	process.env.LD_PRELOAD = path.join(build, "tests/tools/slow_dns.so");
	process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0`;
	t.after(() => delete process.env.LD_PRELOAD);
	const server = await serve(t, folder);
	delete process.env.LD_PRELOAD;
	let worst = 0;
	for (const end = Date.now() + 2000; Date.now() < end;) { // the name takes four seconds, and some have passed
		const start = performance.now();
		await (await fetch(`${server.url}/healthz`)).text();
		worst = Math.max(worst, performance.now() - start);
		await sleep(10);
	}
	assert.equal(up.requests.length, 0, "the name isn't known yet");
	assert.ok(worst < atOnce(100), `a request took ${worst.toFixed(0)} ms`);
	await waitFor(() => storedCount(folder) === 1, "the event");

	process.env.LD_PRELOAD = path.join(build, "tests/tools/slow_dns.so");
	const second = await serve(t, site(t, `http://localhost:${up.port}/stream`));
	delete process.env.LD_PRELOAD;
	const start = Date.now();
	await second.stop();
	assert.ok(Date.now() - start < 3500, `the end took ${Date.now() - start} ms`);
});

test("an upstream that breaks HTTP itself hurts nobody", async (t) => {
	const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
	const good = recentchange();
	const body = message("[1]", good);
	const answers = [
		"nonsense\r\n\r\n",
		"HTTP/1.1 999 \r\n\r\n",
		`${head}transfer-encoding: chunked\r\n\r\nFFFFFFFF\r\n${"x".repeat(3000)}`,
		`${head}transfer-encoding: chunked\r\n\r\n80000000\r\n${"x".repeat(3000)}`,
		`${head}transfer-encoding: chunked\r\n\r\n-5\r\n${"x".repeat(300)}`,
		`${head}transfer-encoding: chunked\r\n\r\n5;name=value\r\nabcde\r\n`,
		`${head}content-length: -1\r\n\r\n${"x".repeat(300)}`,
		`${head}content-length: 99999999999999999999\r\n\r\n: x\n\n`,
		`${head}x: ${"y".repeat(40000)}\r\n\r\n`,
		`HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/${"z".repeat(15000)}\r\n\r\n`,
	];
	let n = 0;
	const server = net.createServer((socket) => {
		socket.on("error", () => {});
		socket.once("data", () => {
			if (n < answers.length) {
				socket.end(answers[n++]);
				return;
			}
			// A plain body without a length, to the end of the connection.
			socket.write(`${head}connection: close\r\n\r\n${body}`);
		});
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => server.close());
	const url = `http://127.0.0.1:${server.address().port}/stream`;
	// Each answer meets a source of its own: else a minute would pass between some of them.
	const names = answers.map((_, i) => `up${i}`);
	const sources = [...names, "last"]
		.map((name) => `  - {name: ${name}, url: "${url}", mapping: mediawiki}`).join("\n");
	const folder = makeSite(t, {
		"carillon.yaml": siteYaml(url).replace(/ {2}- \{name: wikimedia.*\n/, sources + "\n")
			.replace("source: wikimedia, ", ""),
	});
	await serve(t, folder);
	await waitFor(() => storedIds(folder).includes(good.meta.id), "the good event");
});
