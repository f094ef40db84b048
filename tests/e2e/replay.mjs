// replay.mjs - `carillon replay`: recordings through the real path, with and without a running server; every message is
// accounted for.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { corpora, makeSite, recentchange, run, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { positionOf, storedCount, storedIds } from "./log.mjs";

const nowhere = "http://127.0.0.1:9/stream"; // nothing is connected to by replay

// "in 5 = logged 3 + duplicates 1 + skipped 1 (canary 1)" as numbers, and it adds up.
function counts(stdout) {
	const line = /^in (\d+) = logged (\d+) \+ duplicates (\d+) \+ skipped (\d+)(?: \((.*)\))?$/m.exec(stdout);
	assert.ok(line, `no summary in: ${stdout}`);
	const [total, logged, duplicates, skipped] = line.slice(1, 5).map(Number);
	const reasons = Object.fromEntries((line[5] ?? "").split(", ").filter(Boolean).map((part) => {
		const [name, n] = part.split(" ");
		return [name, Number(n)];
	}));
	assert.equal(total, logged + duplicates + skipped);
	assert.equal(skipped, Object.values(reasons).reduce((sum, n) => sum + n, 0));
	return { in: total, logged, duplicates, skipped, reasons };
}

function newSite(t, files = {}) {
	return makeSite(t, { "carillon.yaml": siteYaml(nowhere), ...files });
}

const replay = (site, file, ...more) => run(["replay", "--site", site, "--source", "wikimedia", ...more, file]);
const lines = (...messages) => messages.map((m) => (typeof m === "string" ? m : JSON.stringify(m)) + "\n").join("");
const many = (n) => Array.from({ length: n }, () => recentchange());
const canary = {
	$schema: "/mediawiki/recentchange/1.0.1", meta: { domain: "canary", id: "x", dt: "2026-01-01T00:00:00Z" },
};
const telegram = () => recentchange({ type: "telegram" });

test("every message of a recording is logged, a duplicate, or skipped with its reason and line", async (t) => {
	const one = recentchange(), two = recentchange(), three = recentchange();
	const incomplete = { ...recentchange(), title: undefined };
	const site = newSite(t, {
		"a.ndjson": lines(one, "", two, "{broken", one, canary, incomplete, telegram(), three),
	});
	const file = path.join(site, "a.ndjson");
	const result = await replay(site, file, "--rate", "0");
	assert.deepEqual(counts(result.stdout), {
		in: 8, logged: 3, duplicates: 1, skipped: 4, reasons: { canary: 1, broken: 1, incomplete: 1, type: 1 },
	});
	assert.equal(result.code, 1);
	assert.match(result.stderr, /^carillon: .*a\.ndjson:4: .*; skipped$/m);
	assert.match(result.stderr, /^carillon: .*a\.ndjson:7: no title; skipped$/m);
	assert.equal(result.stderr.trim().split("\n").length, 2);
	assert.deepEqual(storedIds(site), [one, two, three].map((m) => m.meta.id));

	const again = await replay(site, file, "--rate", "0");
	assert.equal(counts(again.stdout).duplicates, 4);
	assert.equal(storedIds(site).length, 3);
});

test("canaries and types that the mapping leaves out are no faults", async (t) => {
	const site = newSite(t, { "a.jsonl": lines(recentchange(), canary, telegram()) });
	const result = await replay(site, path.join(site, "a.jsonl"), "--rate", "0");
	assert.equal(result.code, 0, result.stderr);
	assert.equal(result.stderr, "");
});

test("an event stream is replayed; its ids don't become the upstream's resume position", async (t) => {
	const one = recentchange(), two = recentchange();
	const cut = JSON.stringify(recentchange()).slice(0, 40);
	const site = newSite(t, {
		"a.sse": `:ok\n\nevent: message\nid: [1]\ndata: ${JSON.stringify(one)}\n\n` +
			`event: error\ndata: {"message":"no"}\n\n` +
			`id: [2]\r\ndata: ${JSON.stringify(two)}\r\n\r\nid: [3]\ndata: ${cut}`,
	});
	const result = await replay(site, path.join(site, "a.sse"), "--rate", "0");
	assert.deepEqual(counts(result.stdout),
		{ in: 4, logged: 2, duplicates: 0, skipped: 2, reasons: { broken: 1, cut: 1 } });
	assert.match(result.stderr, /a\.sse:7: the upstream reported an error/);
	assert.match(result.stderr, /a\.sse:13: the file ends inside this event; skipped/);
	assert.equal(positionOf(site, "wikimedia"), null);
});

test("a message over 4 MiB is skipped, counted, and doesn't stop the rest", async (t) => {
	const site = newSite(t, {
		"a.ndjson": lines(recentchange(), recentchange({ comment: "x".repeat(4 << 20) }), recentchange()),
	});
	const result = await replay(site, path.join(site, "a.ndjson"), "--rate", "0");
	assert.deepEqual(counts(result.stdout), { in: 3, logged: 2, duplicates: 0, skipped: 1, reasons: { oversize: 1 } });
	assert.match(result.stderr, /a\.ndjson:2: larger than 4 MiB; skipped/);
	assert.equal(result.code, 1);
});

test("of many faults of a kind the first 20 are listed and the rest counted", async (t) => {
	const site = newSite(t, { "a.ndjson": "{no\n".repeat(500) + lines(recentchange()) });
	const result = await replay(site, path.join(site, "a.ndjson"), "--rate", "0");
	const listed = result.stderr.trim().split("\n");
	assert.equal(listed.length, 21);
	assert.match(listed[20], /480 more of these \(broken\)/);
	assert.equal(counts(result.stdout).logged, 1);
});

test("what is no recording gets one clear line and the right exit code", async (t) => {
	const site = newSite(t, {
		"empty.sse": "", "binary.jsonl": Buffer.from([1, 0, 2, 0]), "notes.txt": "hello\n", "blank.ndjson": "\n\n",
	});
	mkdirSync(path.join(site, "folder.sse"));
	for (const [name, code, text] of [
		["empty.sse", 1, /empty.*\.sse, \.ndjson or \.jsonl/],
		["binary.jsonl", 1, /binary.*\.sse, \.ndjson or \.jsonl/],
		["notes.txt", 1, /\.sse, \.ndjson or \.jsonl/],
		["blank.ndjson", 1, /nothing in it is a message.*\.sse, \.ndjson or \.jsonl/],
		["folder.sse", 1, /not a regular file/],
		["missing.sse", 3, /No such file/],
	]) {
		const result = await replay(site, path.join(site, name), "--rate", "0");
		assert.equal(result.code, code, name);
		assert.match(result.stderr, text);
		assert.equal(result.stderr.trim().split("\n").length, 1, result.stderr);
	}
	const unknown = await run(["replay", "--site", site, "--source", "wikipedia", "x.sse"]);
	assert.equal(unknown.code, 2);
	assert.match(unknown.stderr, /wikipedia.*known: wikimedia/);
	for (const args of [["x.sse"], ["--source", "wikimedia"], ["--source", "wikimedia", "--rate", "-1", "x.sse"],
		["--source", "wikimedia", "--rate", "soon", "x.sse"], ["--source", "wikimedia", "a.sse", "b.sse"]])
		assert.equal((await run(["replay", "--site", site, ...args])).code, 2, args.join(" "));
	assert.equal((await run(["replay", "--help"])).code, 0);
});

test("a rate of its own and the recorded times are kept to", async (t) => {
	const start = Date.now() - 86400000;
	const at = (ms) => recentchange({ timestamp: undefined, time: start + ms });
	const messages = [at(0), at(300), at(350), at(1200), at(1100)]; // the last one out of order
	const withTimes = messages.map((m) => ({ ...m, meta: { ...m.meta, dt: new Date(m.time).toISOString() } }));
	const site = newSite(t, { "a.ndjson": lines(...withTimes), "b.ndjson": lines(...many(21)) });
	let begun = Date.now();
	let result = await replay(site, path.join(site, "a.ndjson"));
	let took = Date.now() - begun;
	assert.equal(counts(result.stdout).logged, 5);
	assert.ok(took >= 1200 && took < 10000, `by the recorded times: ${took} ms`);
	begun = Date.now();
	result = await replay(site, path.join(site, "b.ndjson"), "--rate", "20");
	took = Date.now() - begun;
	assert.equal(counts(result.stdout).logged, 21);
	assert.ok(took >= 1000 && took < 10000, `20 a second: ${took} ms`);
});

test("while the site is served, the server logs what is replayed, and its upstream's position stays", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const server = await serve(t, site);
	await waitFor(() => up.clients(), "the upstream's client");
	up.send("[7]", recentchange());
	await waitFor(() => storedCount(site) === 1, "the live event");

	const socket = path.join(site, "var/control.sock");
	assert.equal(statSync(socket).mode & 0o777, 0o600);
	const messages = many(3000);
	writeFileSync(path.join(site, "a.sse"),
		messages.map((m, i) => `id: [${i}]\ndata: ${JSON.stringify(m)}\n\n`).join(""));
	appendFileSync(path.join(site, "a.sse"), `data: {no\n\ndata: ${JSON.stringify(messages[0])}\n\n`);
	const result = await replay(site, path.join(site, "a.sse"), "--rate", "0");
	assert.deepEqual(counts(result.stdout),
		{ in: 3002, logged: 3000, duplicates: 1, skipped: 1, reasons: { broken: 1 } });
	assert.equal(result.code, 1);
	assert.equal(storedIds(site).length, 3001);
	assert.equal(positionOf(site, "wikimedia"), "[7]");

	// Two at once: their messages keep apart.
	const [first, second] = await Promise.all([1, 2].map(async (n) => {
		const file = path.join(site, `b${n}.ndjson`);
		writeFileSync(file, lines(...many(30)));
		return replay(site, file, "--rate", "100");
	}));
	for (const one of [first, second]) {
		if (one.code === 0)
			assert.equal(counts(one.stdout).logged, 30);
		else
			assert.match(one.stderr, /another replay into this source is going on/);
	}
	assert.ok(first.code === 0 || second.code === 0);
	await server.stop();
	assert.ok(!existsSync(socket));
});

test("who listens to the station hears the replay", async (t) => {
	const messages = Array.from({ length: 5 }, (_, n) => recentchange({ title: `Heard ${n}` }));
	const site = newSite(t, { "a.ndjson": lines(...messages) });
	const server = await serve(t, site);
	const listening = await fetch(`${server.url}/stations/wikipedia/events`);
	assert.equal(listening.status, 200);
	const result = await replay(site, path.join(site, "a.ndjson"), "--rate", "0");
	assert.equal(result.code, 0, result.stderr);
	let heard = "";
	const reader = listening.body.getReader();
	while (!/Heard 4/.test(heard))
		heard += Buffer.from((await reader.read()).value).toString();
	messages.forEach((m) => assert.ok(heard.includes(m.title)));
	await reader.cancel();
});

test("the socket that a killed server left is in nobody's way", async (t) => {
	const site = newSite(t, { "a.ndjson": lines(recentchange()), "b.ndjson": lines(recentchange()) });
	const killed = await serve(t, site);
	await waitFor(() => existsSync(path.join(site, "var/control.sock")), "the socket");
	await killed.stop("SIGKILL");
	assert.ok(existsSync(path.join(site, "var/control.sock")));
	assert.equal((await replay(site, path.join(site, "a.ndjson"), "--rate", "0")).code, 0);
	await serve(t, site);
	assert.equal((await replay(site, path.join(site, "b.ndjson"), "--rate", "0")).code, 0);
	assert.equal(storedIds(site).length, 2);
});

test("a server that dies under a replay is told as such", async (t) => {
	const site = newSite(t, { "a.ndjson": lines(...many(200)) });
	const server = await serve(t, site);
	const going = replay(site, path.join(site, "a.ndjson"), "--rate", "50");
	await waitFor(() => storedCount(site) > 5, "some of it");
	await server.stop("SIGKILL");
	const result = await going;
	assert.equal(result.code, 3);
	assert.match(result.stderr, /the running server went away/);
});

test("a client that is killed leaves the server well, and what it sent is logged", async (t) => {
	const site = newSite(t, { "a.ndjson": lines(...many(200)) });
	await serve(t, site);
	await waitFor(() => existsSync(path.join(site, "var/control.sock")), "the socket");
	const file = path.join(site, "a.ndjson");
	const killed = new AbortController();
	const going = run(["replay", "--site", site, "--source", "wikimedia", "--rate", "50", file], { signal: killed.signal, killSignal: "SIGKILL" });
	await waitFor(() => storedCount(site) > 5, "some of it");
	killed.abort();
	assert.notEqual((await going).code, 0);
	const result = await replay(site, path.join(site, "a.ndjson"), "--rate", "0");
	assert.equal(result.code, 0, result.stderr);
	const { logged, duplicates } = counts(result.stdout);
	assert.equal(logged + duplicates, 200);
	assert.ok(duplicates > 0);
	assert.equal(storedIds(site).length, 200);
});

test("a site may lie deeper than a socket's path is long", async (t) => {
	const outer = makeSite(t, { "a.ndjson": lines(recentchange()) });
	const site = path.join(outer, "d".repeat(100), "e".repeat(100));
	mkdirSync(site, { recursive: true });
	writeFileSync(path.join(site, "carillon.yaml"), siteYaml(nowhere));
	await serve(t, site);
	const result = await replay(site, path.join(outer, "a.ndjson"), "--rate", "0");
	assert.equal(counts(result.stdout).logged, 1);
});

// Recordings of Wikimedia's streams, where they lie beside the checkout.

function unpacked(t) {
	const archive = path.join(corpora, "events.tar.zst");
	if (!existsSync(archive))
		return null;
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-corpora-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	try {
		execFileSync("tar", ["--zstd", "-xf", archive, "-C", folder], { stdio: "ignore" });
	} catch {
		return null;
	}
	const found = execFileSync("find", [folder, "-name", "recentchange-full.jsonl"], { encoding: "utf8" }).trim();
	return found ? path.dirname(found) : null;
}

// RFC 4180: quoted fields may hold commas, quotes and line ends.
function parseCsv(text) {
	const rows = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
		rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
		if (end !== ",")
			rows.push([]);
	}
	const [head, ...body] = rows.filter((row) => row.length > 1);
	return body.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
}

function fromCsv(row) {
	const number = (text) => (text === undefined || text === "" ? undefined : Number(text));
	return {
		$schema: "/mediawiki/recentchange/1.0.1",
		meta: { id: `csv-${row.wiki}-${row.id}`, domain: row.domain, stream: "mediawiki.recentchange" },
		id: Number(row.id), type: "edit", namespace: Number(row.namespace), title: row.title, comment: row.comment,
		timestamp: Number(row.timestamp), user: row.user, bot: row.bot === "True", minor: row.minor === "True",
		length: { old: number(row.length_old), new: number(row.length_new) },
		revision: { old: number(row.revision_old), new: number(row.revision_new) },
		server_name: row.domain, wiki: row.wiki, title_url: row.title_url, notify_url: row.wiki_url,
	};
}

function fromTicker(line, n) {
	const m = JSON.parse(line);
	const language = /^#(.*)\.wikipedia$/.exec(m.channel)?.[1] ?? "en";
	const dt = m.time ?? m.timestamp;
	return {
		$schema: "/mediawiki/recentchange/1.0.0",
		meta: { id: `ticker-${n}`, dt, domain: `${language}.wikipedia.org`, stream: "mediawiki.recentchange" },
		type: m.isNew ? "new" : "edit", namespace: m.namespace === "Main" ? 0 : 1, title: m.page,
		comment: m.comment ?? "", user: m.user, bot: m.isRobot, minor: m.isMinor,
		length: m.isNew ? { new: Math.max(0, m.delta) } : { old: 10000, new: 10000 + m.delta },
		wiki: `${language}wiki`, server_name: `${language}.wikipedia.org`,
	};
}

test("10,000 recorded Wikimedia events and more, as they are and as recentchange: none is lost", async (t) => {
	const folder = unpacked(t);
	if (!folder) {
		t.skip("no recordings beside this checkout");
		return;
	}
	const site = newSite(t);
	const read = (name) => readFileSync(path.join(folder, name), "utf8");
	const names = execFileSync("ls", [folder], { encoding: "utf8" }).trim().split("\n");
	const csv = names.filter((name) => name.endsWith(".csv")).flatMap((name) => parseCsv(read(name)).map(fromCsv));
	const tickers = names.filter((name) => /^(wikiticker|wikipedia-).*\.jsonl$/.test(name));
	const ticker = tickers.flatMap((name) => read(name).trim().split("\n")).map(fromTicker);
	writeFileSync(path.join(site, "csv.jsonl"), lines(...csv));
	writeFileSync(path.join(site, "ticker.ndjson"), lines(...ticker));

	const expected = new Set([...csv, ...ticker].map((m) => m.meta.id));
	let total = 0, logged = 0, adaptable = 0;
	async function check(file, wanted) {
		const result = await replay(site, file, "--rate", "0");
		const got = counts(result.stdout);
		total += got.in;
		logged += got.logged;
		assert.equal(storedCount(site), logged, file);
		if (wanted !== undefined)
			assert.equal(got.in, wanted, file);
		t.diagnostic(`${path.basename(file)}: ${/^in .*$/m.exec(result.stdout)[0]}`);
		return got;
	}
	// As the recordings are.
	for (const name of names.filter((one) => one.endsWith(".sse") || one === "recentchange-full.jsonl")) {
		const n = name.endsWith(".jsonl") ? read(name).trim().split("\n").length : undefined;
		const got = await check(path.join(folder, name), n);
		adaptable += got.logged;
	}
	for (const name of [...tickers, ...names.filter((one) => one.startsWith("irc-") && one.endsWith(".jsonl"))]) {
		const got = await check(path.join(folder, name), read(name).trim().split("\n").length);
		assert.equal(got.logged, 0); // another schema: each is told as skipped
	}
	// As recentchange events.
	const fromCsvs = await check(path.join(site, "csv.jsonl"), csv.length);
	const fromTickers = await check(path.join(site, "ticker.ndjson"), ticker.length);
	assert.equal(fromCsvs.skipped + fromTickers.skipped, 0);

	const stored = storedIds(site);
	assert.equal(stored.length, logged);
	const storedSet = new Set(stored);
	assert.equal(storedSet.size, logged);
	assert.equal(expected.size + adaptable, logged);
	for (const id of expected)
		assert.ok(storedSet.has(id), id);
	assert.ok(total >= 10000, `${total} events`);
	t.diagnostic(`${total} in, ${logged} logged`);
});
